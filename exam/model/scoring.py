"""From answers to decisions: analysis runs, key sets, scoring runs, releases."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam.model.attempts import Attempt
from exam.model.forms import Administration, Form
from exam.states import Treatment
from registry.columns import Base, Digest, Document, Key, PublicId, one_of
from registry.model import Account
from registry.protection import Protection


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
    reports_read: Mapped[Document] = mapped_column(JSON, default=dict)  # item position -> reports that were read
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
    digest: Mapped[Digest]  # over the key set, the outages and every score
    outages: Mapped[list[str]] = mapped_column(JSON, default=list)  # public ids of those by which late answers counted
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
