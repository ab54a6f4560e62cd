"""The audit journal: a chain that shows where it was broken, and a table that refuses to be rewritten."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry.actor import SYSTEM
from registry.audit import first_broken, record
from registry.model import AuditEvent
from tests.conftest import NOW


def write_three(session: Session) -> list[AuditEvent]:
    for number in range(3):
        record(
            session,
            actor=SYSTEM,
            action="site.create",
            subject_kind="site",
            subject=f"site-{number}",
            at=NOW + timedelta(seconds=number),
            details={"number": number},
        )
    session.commit()
    return list(session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


def test_a_chain_as_written_holds(session: Session) -> None:
    events = write_three(session)
    session.expire_all()
    assert len(events) == 3
    assert first_broken(session.scalars(select(AuditEvent).order_by(AuditEvent.id))) is None


def test_the_first_changed_event_is_named(session: Session) -> None:
    events = write_three(session)
    session.expunge_all()
    events[1].details = {"number": 99}
    assert first_broken(events) is events[1]


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event"])
def test_the_database_refuses_to_rewrite_history(session: Session, statement: str) -> None:
    write_three(session)
    with pytest.raises(DBAPIError, match="keeps its history"):
        session.execute(text(statement))
