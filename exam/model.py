"""Tables of the examination, in the order of its life: form, sitting, enrolment, attempt, step, key set, release.

Why no `answer` table: an answer is derived by replay of the steps, so it can never disagree with the journal.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam.states import AttemptState, SittingState, StepKind, StepMark, Treatment
from itembank.model import ItemVersion, Section
from registry.columns import Base, Digest, Document, Key, Line, PublicId, Short, one_of
from registry.model import Account, Site, Teacher
from registry.protection import Protection


class Purpose(StrEnum):
    """Why a form is sat."""

    TRYOUT = "tryout"  # the answers judge the items
    OPERATIONAL = "operational"  # the answers judge the candidates


class Administration(Base):
    """One round of testing: the forms and sittings whose answers are analysed together."""

    __tablename__ = "administration"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Short] = mapped_column(unique=True)
    title: Mapped[Line]
    purpose: Mapped[Purpose]
    created_at: Mapped[datetime]

    forms: Mapped[list["Form"]] = relationship(back_populates="administration", order_by="Form.id")
    sittings: Mapped[list["Sitting"]] = relationship(back_populates="administration", order_by="Sitting.id")

    __table_args__ = (CheckConstraint(one_of("purpose", Purpose), name="purpose_known"),)


class Form(Base):
    """A form (*paket*): a sealed list of item versions with a digest, and the ciphertext that candidates fetch.

    A form exists only sealed; assembly computes it and writes it once.
    """

    __tablename__ = "form"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Short] = mapped_column(unique=True)
    title: Mapped[Line]
    administration_id: Mapped[int] = mapped_column(ForeignKey("administration.id"), index=True)
    specification: Mapped[Short]  # code of the form specification it was assembled by
    purpose: Mapped[Purpose]
    seed: Mapped[int] = mapped_column(BigInteger)
    n_items: Mapped[int]
    pass_percent: Mapped[int]
    duration_minutes: Mapped[int]
    digest: Mapped[Digest]  # over the ordered versions, keys left out
    # Nonce and AES-256-GCM ciphertext of what candidates read; large, so it is loaded only where it is asked for.
    package: Mapped[bytes] = mapped_column(deferred=True)
    package_size: Mapped[int]  # bytes
    package_sha256: Mapped[str] = mapped_column(String(64))
    wrapped_key: Mapped[bytes]  # the package's key, encrypted with the installation's key
    sealed_at: Mapped[datetime]
    sealed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    administration: Mapped[Administration] = relationship(back_populates="forms")
    items: Mapped[list["FormItem"]] = relationship(back_populates="form", order_by="FormItem.position")
    pictures: Mapped[list["FormPicture"]] = relationship(back_populates="form", order_by="FormPicture.sha256")

    __table_args__ = (
        CheckConstraint(one_of("purpose", Purpose), name="purpose_known"),
        {"info": {"protection": Protection(table="form")}},
    )


class FormItem(Base):
    """An item's place in a form, under the random ids that candidates' browsers know it by."""

    __tablename__ = "form_item"

    form_id: Mapped[int] = mapped_column(ForeignKey("form.id"), primary_key=True)
    position: Mapped[int] = mapped_column(
        SmallInteger, primary_key=True, autoincrement=False
    )  # canonical order, from 1
    section: Mapped[Section]
    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"))
    scored: Mapped[bool]  # False for a pretest item that rides along
    item_key: Mapped[Short]  # random id of the item within this form
    option_keys: Mapped[list[str]] = mapped_column(JSON)  # random ids of its options, in the authored order

    form: Mapped[Form] = relationship(back_populates="items")
    version: Mapped[ItemVersion] = relationship()

    __table_args__ = (
        UniqueConstraint("form_id", "version_id"),
        {"info": {"protection": Protection(table="form_item")}},
    )


class FormPicture(Base):
    """A picture of a form as ciphertext, named by the SHA-256 of that ciphertext."""

    __tablename__ = "form_picture"

    form_id: Mapped[int] = mapped_column(ForeignKey("form.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[Short]
    content: Mapped[bytes] = mapped_column(deferred=True)
    size: Mapped[int]  # bytes

    form: Mapped[Form] = relationship(back_populates="pictures")

    __table_args__ = ({"info": {"protection": Protection(table="form_picture")}},)


class Sitting(Base):
    """A sitting (*sesi*): one form, one room of one site, one window of time."""

    __tablename__ = "sitting"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    administration_id: Mapped[int] = mapped_column(ForeignKey("administration.id"), index=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("form.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    title: Mapped[Line]
    room: Mapped[Line]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]  # hard end: no deadline lies beyond it unless time was credited
    duration_seconds: Mapped[int]
    state: Mapped[SittingState]
    start_code: Mapped[Short]
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    sealed_at: Mapped[datetime | None]

    administration: Mapped[Administration] = relationship(back_populates="sittings")
    form: Mapped[Form] = relationship()
    site: Mapped[Site] = relationship()
    enrolments: Mapped[list["Enrolment"]] = relationship(back_populates="sitting", order_by="Enrolment.seat")

    __table_args__ = (
        CheckConstraint(one_of("state", SittingState), name="state_known"),
        CheckConstraint("closes_at > opens_at", name="window"),
        CheckConstraint("duration_seconds > 0", name="duration"),
    )


class Enrolment(Base):
    """A teacher's place in a sitting: seat, participant number, PIN. Candidates sign in as their enrolment."""

    __tablename__ = "enrolment"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    teacher_id: Mapped[int] = mapped_column(ForeignKey("teacher.id"), index=True)
    participant_number: Mapped[Short] = mapped_column(unique=True)
    seat: Mapped[int]
    extra_minutes: Mapped[int] = mapped_column(default=0)  # accommodation granted beforehand
    pin_mac: Mapped[bytes | None]  # keyed MAC; none until the card was issued. Reprinting issues a new PIN
    result_code_mac: Mapped[bytes | None]  # keyed MAC of the code that opens the result after release
    card_issued_at: Mapped[datetime | None]
    failed_pins: Mapped[int] = mapped_column(default=0)
    pin_blocked_until: Mapped[datetime | None]
    failed_start_codes: Mapped[int] = mapped_column(default=0)
    start_code_blocked_until: Mapped[datetime | None]
    failed_result_codes: Mapped[int] = mapped_column(default=0)
    result_blocked_until: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship(back_populates="enrolments")
    teacher: Mapped[Teacher] = relationship()
    attempt: Mapped["Attempt | None"] = relationship(back_populates="enrolment")

    __table_args__ = (
        UniqueConstraint("sitting_id", "teacher_id"),
        UniqueConstraint("sitting_id", "seat"),
        CheckConstraint("extra_minutes BETWEEN 0 AND 600", name="extra_minutes"),
    )


class Attempt(Base):
    """A candidate's attempt: the head of its journal, its clock, and who holds it.

    Times that the answer path compares are epoch milliseconds, so that one conditional statement can judge them.
    """

    __tablename__ = "attempt"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), unique=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("form.id"))
    state: Mapped[AttemptState]
    epoch: Mapped[int] = mapped_column(default=1)  # raised by release: tokens of the old seat die
    device: Mapped[str | None] = mapped_column(String(64))  # none: released, the next device takes it
    item_order: Mapped[bytes]  # canonical positions in the order shown, a byte each
    genesis: Mapped[Digest]
    digest: Mapped[Digest]  # head of the chain
    last_seq: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    admitted_at: Mapped[datetime | None]
    begun_ms: Mapped[int | None] = mapped_column(BigInteger)
    deadline_ms: Mapped[int | None] = mapped_column(BigInteger)
    paused_ms: Mapped[int | None] = mapped_column(BigInteger)
    last_seen_ms: Mapped[int] = mapped_column(BigInteger)
    submitted_ms: Mapped[int | None] = mapped_column(BigInteger)
    # On the row itself and not only on the sitting, so that the one statement of the answer path sees a seal
    # that was set while it waited for this row.
    sealed_ms: Mapped[int | None] = mapped_column(BigInteger)
    receipt: Mapped[str | None] = mapped_column(Text)  # the JSON text that was signed, to the byte

    enrolment: Mapped[Enrolment] = relationship(back_populates="attempt")
    sitting: Mapped[Sitting] = relationship()
    form: Mapped[Form] = relationship()

    __table_args__ = (
        CheckConstraint(one_of("state", AttemptState), name="state_known"),
        CheckConstraint("(begun_ms IS NULL) = (deadline_ms IS NULL)", name="clock"),
        CheckConstraint("state <> 'working' OR begun_ms IS NOT NULL", name="working_has_begun"),
        Index("ix_attempt_overdue", "state", "deadline_ms"),
        {
            "info": {
                "protection": Protection(
                    table="attempt",
                    frozen=("public_id", "enrolment_id", "sitting_id", "form_id", "item_order", "genesis"),
                    once=("begun_ms", "submitted_ms", "sealed_ms", "receipt"),
                ),
            },
        },
    )


class Step(Base):
    """One act of a candidate. Never updated, never deleted; the mark is set once, at receipt."""

    __tablename__ = "step"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[StepKind]
    item: Mapped[int | None] = mapped_column(SmallInteger)  # canonical position in the form
    option: Mapped[int | None] = mapped_column(SmallInteger)  # authored position, 0 = A; none: cleared
    value: Mapped[str | None] = mapped_column(String(200))
    at_ms: Mapped[int] = mapped_column(BigInteger)  # the candidate's clock: evidence, never a judgement
    received_ms: Mapped[int] = mapped_column(BigInteger)
    mark: Mapped[StepMark]
    digest: Mapped[Digest]

    __table_args__ = (
        CheckConstraint(one_of("kind", StepKind), name="kind_known"),
        CheckConstraint(one_of("mark", StepMark), name="mark_known"),
        CheckConstraint("seq > 0", name="seq"),
        {"sqlite_with_rowid": False, "info": {"protection": Protection(table="step")}},
    )


class TimeCredit(Base):
    """Minutes that a proctor added, for one seat or the whole room, with the reason that the minutes will print."""

    __tablename__ = "time_credit"

    id: Mapped[Key]
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"))  # none: the whole room
    minutes: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    granted_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("minutes BETWEEN 1 AND 240", name="minutes"),
        {"info": {"protection": Protection(table="time_credit")}},
    )


class SeatEvent(Base):
    """What happened to a seat besides answers: admission, key release, device change, release, pause."""

    __tablename__ = "seat_event"

    id: Mapped[Key]
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[Short]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # none: the candidate
    details: Mapped[Document] = mapped_column(JSON)

    __table_args__ = ({"info": {"protection": Protection(table="seat_event")}},)


class AnalysisRun(Base):
    """One item analysis of one administration, kept with the digest of the answers that went in."""

    __tablename__ = "analysis_run"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    administration_id: Mapped[int] = mapped_column(ForeignKey("administration.id"), index=True)
    computed_at: Mapped[datetime]
    computed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    responses_digest: Mapped[Digest]
    n_persons: Mapped[int]
    figures: Mapped[Document] = mapped_column(JSON)
    pictures: Mapped[dict[str, str]] = mapped_column(JSON)  # name -> SVG

    administration: Mapped[Administration] = relationship()

    __table_args__ = ({"info": {"protection": Protection(table="analysis_run")}},)


class KeySet(Base):
    """The keys by which a form is scored, with the treatment of each item. Two people sign its exact digest."""

    __tablename__ = "key_set"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    form_id: Mapped[int] = mapped_column(ForeignKey("form.id"), index=True)
    number: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    digest: Mapped[Digest]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[datetime]

    form: Mapped[Form] = relationship()
    proposed_by: Mapped[Account] = relationship()
    entries: Mapped[list["KeyEntry"]] = relationship(back_populates="key_set", order_by="KeyEntry.position")
    signatures: Mapped[list["KeySignature"]] = relationship(back_populates="key_set", order_by="KeySignature.id")

    __table_args__ = (
        UniqueConstraint("form_id", "number"),
        {"info": {"protection": Protection(table="key_set")}},
    )


class KeyEntry(Base):
    """One item of a key set: which options are right, and how it counts."""

    __tablename__ = "key_entry"

    key_set_id: Mapped[int] = mapped_column(ForeignKey("key_set.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    keys: Mapped[list[int]] = mapped_column(JSON)  # authored option positions that are right
    treatment: Mapped[Treatment]

    key_set: Mapped[KeySet] = relationship(back_populates="entries")

    __table_args__ = (
        CheckConstraint(one_of("treatment", Treatment), name="treatment_known"),
        {"info": {"protection": Protection(table="key_entry")}},
    )


class KeySignature(Base):
    """A person's signature under the exact digest of a key set; each person signs once."""

    __tablename__ = "key_signature"

    id: Mapped[Key]
    key_set_id: Mapped[int] = mapped_column(ForeignKey("key_set.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    digest: Mapped[Digest]
    signed_at: Mapped[datetime]

    key_set: Mapped[KeySet] = relationship(back_populates="signatures")
    account: Mapped[Account] = relationship()

    __table_args__ = (
        UniqueConstraint("key_set_id", "account_id"),
        {"info": {"protection": Protection(table="key_signature")}},
    )


class ScoringRun(Base):
    """One scoring of all attempts of a form in sealed sittings by one key set. A new key means a new run; both stay."""

    __tablename__ = "scoring_run"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    form_id: Mapped[int] = mapped_column(ForeignKey("form.id"), index=True)
    key_set_id: Mapped[int] = mapped_column(ForeignKey("key_set.id"))
    number: Mapped[int]
    scored_at: Mapped[datetime]
    scored_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    pass_percent: Mapped[int]
    n_scored_items: Mapped[int]
    n_attempts: Mapped[int]
    n_passed: Mapped[int]
    digest: Mapped[Digest]  # over the key set and every score
    uncertainty: Mapped[Document] = mapped_column(JSON)  # form-level figures and how they were computed

    form: Mapped[Form] = relationship()
    key_set: Mapped[KeySet] = relationship()
    scores: Mapped[list["Score"]] = relationship(back_populates="run", order_by="Score.attempt_id")
    release: Mapped["Release | None"] = relationship(back_populates="run")

    __table_args__ = (
        UniqueConstraint("form_id", "number"),
        {"info": {"protection": Protection(table="scoring_run")}},
    )


class Score(Base):
    """One attempt's score in one run, with the three figures that say how sure the decision is."""

    __tablename__ = "score"

    scoring_run_id: Mapped[int] = mapped_column(ForeignKey("scoring_run.id"), primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    raw_score: Mapped[int]
    n_scored: Mapped[int]
    n_answered: Mapped[int]
    passed: Mapped[bool]  # exact: 100 x raw >= cut x scored, in integers
    section_scores: Mapped[Document] = mapped_column(JSON)  # section -> raw and scored
    standard_error: Mapped[float | None]  # conditional standard error of measurement, in score points (Lord)
    p_pass_if_true: Mapped[float | None]  # P(pass | true score = this score)
    p_true_pass: Mapped[float | None]  # P(true score >= cut | this score, population)

    run: Mapped[ScoringRun] = relationship(back_populates="scores")
    attempt: Mapped[Attempt] = relationship()

    __table_args__ = (
        CheckConstraint("raw_score BETWEEN 0 AND n_scored", name="raw_score"),
        {"info": {"protection": Protection(table="score")}},
    )


class Release(Base):
    """The committee's release of one scoring run: proposed by one member, approved by another."""

    __tablename__ = "release"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    scoring_run_id: Mapped[int] = mapped_column(ForeignKey("scoring_run.id"), unique=True)
    digest: Mapped[Digest]  # of the scoring run, as both of them saw it
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    approved_at: Mapped[datetime | None]

    run: Mapped[ScoringRun] = relationship(back_populates="release")
    proposed_by: Mapped[Account] = relationship(foreign_keys=[proposed_by_id])
    approved_by: Mapped[Account | None] = relationship(foreign_keys=[approved_by_id])

    __table_args__ = (
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approval_whole"),
        {
            "info": {
                "protection": Protection(
                    table="release",
                    frozen=("scoring_run_id", "digest", "proposed_by_id", "proposed_at"),
                    once=("approved_by_id", "approved_at"),
                    deletable_while="OLD.approved_at IS NULL",
                ),
            },
        },
    )
