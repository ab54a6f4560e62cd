"""Tables of the shell itself: what this installation is, and the jobs that the worker claims."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

import exam.model
import itembank.model
from registry.columns import Base, Document, Key, PublicId, Short, one_of

# The metadata knows a table once its module was imported; migrations and tests take it from here, so none is missed.
TABLE_MODULES = (exam.model, itembank.model)
METADATA = Base.metadata


class InstallationFact(Base):
    """A fact about this installation, such as that its database is a demo which may be rebuilt."""

    __tablename__ = "installation_fact"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Document] = mapped_column(JSON)


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Base):
    """Long work that a person asked for. The worker claims it by a conditional UPDATE; progress is for the page."""

    __tablename__ = "job"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    kind: Mapped[Short]
    arguments: Mapped[Document] = mapped_column(JSON)
    state: Mapped[JobState]
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]  # a running job without one for minutes lost its worker
    finished_at: Mapped[datetime | None]
    progress: Mapped[int] = mapped_column(default=0)  # percent
    result: Mapped[Document | None] = mapped_column(JSON)
    problem: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(one_of("state", JobState), name="state_known"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
    )
