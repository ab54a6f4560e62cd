"""What proves how a sitting went: outages, incidents, emergency files, heads that left the server, the seal.

None of it changes an answer. It says which late steps count, what the minutes print, and by what a journal that was
rewritten is found out.
"""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam.model.attempts import Attempt
from exam.model.sittings import Sitting
from exam.states import IncidentKind
from registry.columns import Base, Digest, Document, Key, Line, PublicId, Short, one_of
from registry.model import Account
from registry.protection import Protection

# The protection of a row compares old and new, and PostgreSQL compares no plain JSON.
_COMPARED_JSON = JSON().with_variant(JSONB(), "postgresql")


class ServerPulse(Base):
    """When a worker of this installation was last alive; one row, moved on every few seconds."""

    __tablename__ = "server_pulse"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at_ms: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class ServerGap(Base):
    """A time in which the server was not alive, found when it came back."""

    __tablename__ = "server_gap"

    id: Mapped[Key]
    from_ms: Mapped[int] = mapped_column(BigInteger, unique=True)
    until_ms: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("until_ms > from_ms", name="order"),
        {"info": {"protection": Protection(table="server_gap")}},
    )


class ContactGap(Base):
    """A time in which the server did not hear a working seat: opened when it falls silent, closed when it is back."""

    __tablename__ = "contact_gap"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    from_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    until_ms: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("until_ms IS NULL OR until_ms > from_ms", name="order"),
        {"info": {"protection": Protection(table="contact_gap", frozen=("attempt_id", "from_ms"), once=("until_ms",))}},
    )


class Outage(Base):
    """An interval in which late steps count: evidenced, proposed by one person, approved by another."""

    __tablename__ = "outage"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    from_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[Document] = mapped_column(_COMPARED_JSON)  # the gaps that cover it, as both people saw them
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    approved_at: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship()
    proposed_by: Mapped[Account] = relationship(foreign_keys=[proposed_by_id])
    approved_by: Mapped[Account | None] = relationship(foreign_keys=[approved_by_id])

    __table_args__ = (
        CheckConstraint("until_ms > from_ms", name="order"),
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approval_whole"),
        {
            "info": {
                "protection": Protection(
                    table="outage",
                    frozen=("sitting_id", "from_ms", "until_ms", "reason", "evidence", "proposed_by_id", "proposed_at"),
                    once=("approved_by_id", "approved_at"),
                    deletable_while="OLD.approved_at IS NULL",
                ),
            },
        },
    )


class Incident(Base):
    """Something that happened in the room, as the proctor noted it for the minutes."""

    __tablename__ = "incident"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"))  # none: the whole room
    kind: Mapped[IncidentKind]
    note: Mapped[str] = mapped_column(Text)
    happened_at: Mapped[datetime]
    noted_at: Mapped[datetime]
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))

    sitting: Mapped[Sitting] = relationship()
    attempt: Mapped[Attempt | None] = relationship()
    noted_by: Mapped[Account] = relationship()

    __table_args__ = (
        CheckConstraint(one_of("kind", IncidentKind), name="kind_known"),
        {"info": {"protection": Protection(table="incident")}},
    )


class EmergencyFile(Base):
    """Answers that came on a stick because the server was gone: kept as they came, imported by two people."""

    __tablename__ = "emergency_file"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(String(9))  # eight characters of the file's digest
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    size: Mapped[int]  # bytes
    received_at: Mapped[datetime]
    received_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    imported_at: Mapped[datetime | None]
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    outcome: Mapped[Document | None] = mapped_column(_COMPARED_JSON)  # how many steps were new, there already, counted

    attempt: Mapped[Attempt] = relationship()
    received_by: Mapped[Account] = relationship(foreign_keys=[received_by_id])
    imported_by: Mapped[Account | None] = relationship(foreign_keys=[imported_by_id])

    __table_args__ = (
        UniqueConstraint("attempt_id", "fingerprint"),
        CheckConstraint("imported_by_id IS NULL OR imported_by_id <> received_by_id", name="two_people"),
        CheckConstraint("(imported_by_id IS NULL) = (imported_at IS NULL)", name="import_whole"),
        {
            "info": {
                "protection": Protection(
                    table="emergency_file",
                    frozen=("public_id", "attempt_id", "fingerprint", "content", "received_at", "received_by_id"),
                    once=("imported_at", "imported_by_id", "outcome"),
                ),
            },
        },
    )


class Anchor(Base):
    """A signed head that left the server: of one sitting, or of the audit chain. The whole text went to the file."""

    __tablename__ = "anchor"

    id: Mapped[Key]
    subject: Mapped[Short]  # the public id of a sitting, or "audit"
    minute: Mapped[int]  # minutes since 1970; of several workers one makes the head of a minute
    n_steps: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[Digest]
    signature: Mapped[Line]

    __table_args__ = (
        UniqueConstraint("subject", "minute"),
        {"info": {"protection": Protection(table="anchor")}},
    )


class Seal(Base):
    """The seal of a sitting: the Merkle root over its attempts, signed. Kept to the byte, because it was signed."""

    __tablename__ = "seal"

    id: Mapped[Key]
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), unique=True)
    n_attempts: Mapped[int]
    root: Mapped[Digest]
    statement: Mapped[str] = mapped_column(Text)
    leaves: Mapped[str] = mapped_column(Text, deferred=True)  # what the root is over, as JSON; it can be computed anew

    sitting: Mapped[Sitting] = relationship()

    __table_args__ = ({"info": {"protection": Protection(table="seal")}},)
