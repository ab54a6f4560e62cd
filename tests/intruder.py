"""Somebody who holds the database and not the secret: takes the triggers away and rewrites what he likes."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, inspect, select, update
from sqlalchemy.orm import Session

from exam.journal import JournalStep, genesis, link
from exam.model import Anchor, Attempt, Enrolment, Form, Outage, Seal, SeatEvent, Step, TimeCredit
from exam.states import StepKind, StepMark
from registry.columns import Base
from registry.model import AuditEvent
from registry.protection import remove
from testing_platform.database import Database

Steps = list[dict[str, Any]]


@dataclass
class Intruder:
    """What he does to one database."""

    database: Database

    def __post_init__(self) -> None:
        with self.database.engine.begin() as connection:
            for table in (Step, Attempt, Anchor, Seal, SeatEvent, TimeCredit, AuditEvent, Outage):
                remove(connection, Base.metadata.tables[table.__tablename__].info["protection"])

    def change(self, model: type[Base], where: Any, **values: Any) -> None:
        """Overwrite columns of a row."""
        with self.database.transaction() as session:
            session.execute(update(model).where(where).values(**values))

    def force(self, table: str, column: str, value: str) -> None:
        """Write into every row what the schema forbids."""
        with self.database.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                prepare = ["COMMIT", "PRAGMA foreign_keys = OFF", "PRAGMA ignore_check_constraints = ON"]
            else:
                names = [check["name"] for check in inspect(connection).get_check_constraints(table)]
                prepare = [f"ALTER TABLE {table} DROP CONSTRAINT {name}" for name in names]
                prepare.append("SET LOCAL session_replication_role = replica")
            for statement in [*prepare, f"UPDATE {table} SET {column} = {value}"]:  # noqa: S608
                connection.exec_driver_sql(statement)
            if connection.dialect.name == "sqlite":
                connection.invalidate()
            else:
                connection.commit()

    def take_away(self, model: type[Base], where: Any) -> None:
        """Delete rows."""
        with self.database.transaction() as session:
            session.execute(delete(model).where(where))

    def rewrite(self, attempt: uuid.UUID, act: Callable[[Steps], Steps]) -> None:
        """Change a journal and compute every digest after it anew, and the head with it."""
        with self.database.transaction() as session:
            held = session.scalars(select(Attempt).where(Attempt.public_id == attempt)).one()
            steps = act(_steps(session, held.id))
            session.execute(delete(Step).where(Step.attempt_id == held.id))
            digest = self._beginning(session, held)
            for seq, step in enumerate(steps, start=1):
                digest = link(digest, _journal_step(step, seq))
                session.execute(insert(Step).values(step | {"attempt_id": held.id, "seq": seq, "digest": digest}))
            session.execute(update(Attempt).where(Attempt.id == held.id).values(digest=digest, last_seq=len(steps)))

    def remove_attempt(self, attempt: uuid.UUID) -> None:
        """An attempt, with everything that points to it, is gone."""
        with self.database.transaction() as session:
            key = session.scalars(select(Attempt.id).where(Attempt.public_id == attempt)).one()
            for model in (Step, SeatEvent, TimeCredit):
                session.execute(delete(model).where(model.attempt_id == key))
            session.execute(delete(Attempt).where(Attempt.id == key))

    def _beginning(self, session: Session, attempt: Attempt) -> bytes:
        enrolment = session.get_one(Enrolment, attempt.enrolment_id)
        form = session.get_one(Form, attempt.form_id)
        return genesis(
            attempt=attempt.public_id,
            enrolment=enrolment.public_id,
            form_digest=form.digest,
            item_order=attempt.item_order,
        )


def a_step(item: int, option: int | None, *, at_ms: int) -> dict[str, Any]:
    """A step that nobody made."""
    return {
        "kind": StepKind.ANSWER,
        "item": item,
        "option": option,
        "value": None,
        "at_ms": at_ms,
        "received_ms": at_ms,
        "mark": StepMark.ON_TIME,
    }


def _steps(session: Session, attempt: int) -> Steps:
    columns = (Step.kind, Step.item, Step.option, Step.value, Step.at_ms, Step.received_ms, Step.mark)
    rows = session.execute(select(*columns).where(Step.attempt_id == attempt).order_by(Step.seq))
    return [dict(row._mapping) for row in rows]


def _journal_step(step: dict[str, Any], seq: int) -> JournalStep:
    fields = {name: value for name, value in step.items() if name != "mark"}
    return JournalStep(seq=seq, **fields)
