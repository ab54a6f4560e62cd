"""Statistics and verdicts: people decide, revision opens a draft, suspension is no way around the try-out."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from itembank import operations
from itembank.model import CurationAct, ItemVersion
from itembank.operations.errors import (
    IllegalMove,
    NotTriedOut,
    ReasonMissing,
    ReturnElsewhere,
    VerdictContradicted,
    VerdictDecided,
)
from itembank.queries import versions_of
from itembank.queries.mending import to_mend
from itembank.states import ItemState
from registry.actor import SYSTEM
from tests.conftest import NOW
from tests.store.bank_builder import Cast, approved_item, cast, load_pedagogic, operational_item, with_statistics


@pytest.fixture
def people(session: Session) -> Cast:
    load_pedagogic(session)
    return cast(session)


@pytest.fixture
def tried_out(session: Session, people: Cast) -> ItemVersion:
    """A version that sits in a try-out."""
    version = approved_item(session, people)
    operations.start_pretest(session, [version], actor=people.manager, now=NOW)
    return version


def test_an_accepted_keep_makes_the_version_operational(session: Session, people: Cast, tried_out: ItemVersion) -> None:
    statistics = with_statistics(session, tried_out)
    curation = operations.decide_verdict(
        session,
        statistics,
        act=CurationAct.ACCEPTED,
        target=ItemState.OPERATIONAL,
        reason="",
        actor=people.psychometrician,
        now=NOW,
    )
    session.commit()
    session.expire_all()
    assert tried_out.state is ItemState.OPERATIONAL
    assert (curation.moved_to, curation.reopened) == (ItemState.OPERATIONAL, [])
    assert statistics.curation is curation
    for statement in ("DELETE FROM curation", "UPDATE item_statistics SET verdict = 'drop'"):
        with pytest.raises(DBAPIError, match="keeps its history"):
            session.execute(text(statement))
        session.rollback()


def test_revision_opens_a_draft_and_the_criteria_behind_the_reasons(
    session: Session, people: Cast, tried_out: ItemVersion
) -> None:
    statistics = with_statistics(session, tried_out, verdict="revise")
    curation = operations.decide_verdict(
        session,
        statistics,
        act=CurationAct.ACCEPTED,
        target=ItemState.REVISION,
        reason="",
        actor=people.psychometrician,
        now=NOW,
    )
    assert curation.reopened == ["M2"]
    newest, old = versions_of(session, tried_out.item)
    assert (newest.number, newest.state, old.state) == (2, ItemState.DRAFT, ItemState.REVISION)
    mending = to_mend(session, newest)
    assert mending is not None
    assert [reason["code"] for reason in mending.verdict] == ["dead_distractor"]
    assert (mending.reopened, mending.mends, mending.own_reason) == (("M2",), (), "")


def test_accepting_cannot_mean_something_else(session: Session, people: Cast, tried_out: ItemVersion) -> None:
    statistics = with_statistics(session, tried_out, verdict="drop")
    with pytest.raises(VerdictContradicted):
        operations.decide_verdict(
            session,
            statistics,
            act=CurationAct.ACCEPTED,
            target=ItemState.OPERATIONAL,
            reason="",
            actor=people.psychometrician,
            now=NOW,
        )
    assert tried_out.state is ItemState.PRETEST


def test_overruling_needs_a_reason_and_happens_once(session: Session, people: Cast, tried_out: ItemVersion) -> None:
    statistics = with_statistics(session, tried_out, verdict="drop")

    def overrule(reason: str) -> None:
        operations.decide_verdict(
            session,
            statistics,
            act=CurationAct.OVERRULED,
            target=ItemState.PRETEST,
            reason=reason,
            actor=people.psychometrician,
            now=NOW,
        )

    with pytest.raises(ReasonMissing):
        overrule("")
    overrule("Kelompok ini terlalu homogen; uji lagi.")
    assert tried_out.state is ItemState.PRETEST
    with pytest.raises(VerdictDecided):
        overrule("sekali lagi")


def test_the_system_decides_nothing(session: Session, tried_out: ItemVersion) -> None:
    statistics = with_statistics(session, tried_out)
    with pytest.raises(PermissionError):
        operations.decide_verdict(
            session,
            statistics,
            act=CurationAct.ACCEPTED,
            target=ItemState.OPERATIONAL,
            reason="",
            actor=SYSTEM,
            now=NOW,
        )
    assert tried_out.state is ItemState.PRETEST


def test_only_data_makes_a_version_operational(session: Session, people: Cast, tried_out: ItemVersion) -> None:
    with pytest.raises(NotTriedOut):
        operations.move_version(
            session, tried_out, to=ItemState.OPERATIONAL, reason="mendesak", actor=people.manager, now=NOW
        )


def test_a_suspended_version_returns_to_where_it_was(session: Session, people: Cast) -> None:
    approved = approved_item(session, people, code="UJI-01-1")
    used = operational_item(session, people, code="UJI-02-1")
    for version in (approved, used):
        operations.move_version(session, version, to=ItemState.SUSPENDED, reason="bocor", actor=people.manager, now=NOW)
    session.commit()
    session.expire_all()
    with_statistics(session, approved)
    with pytest.raises(ReturnElsewhere):
        operations.move_version(
            session, approved, to=ItemState.OPERATIONAL, reason="aman", actor=people.manager, now=NOW
        )
    with pytest.raises(ReturnElsewhere):
        operations.move_version(session, used, to=ItemState.APPROVED, reason="aman", actor=people.manager, now=NOW)
    operations.move_version(session, used, to=ItemState.OPERATIONAL, reason="aman", actor=people.manager, now=NOW)
    operations.move_version(session, approved, to=ItemState.APPROVED, reason="aman", actor=people.manager, now=NOW)
    assert (used.state, approved.state) == (ItemState.OPERATIONAL, ItemState.APPROVED)


def test_retiring_needs_a_reason_and_is_final(session: Session, people: Cast) -> None:
    version = operational_item(session, people)
    with pytest.raises(ReasonMissing):
        operations.move_version(session, version, to=ItemState.RETIRED, reason="", actor=people.manager, now=NOW)
    operations.move_version(session, version, to=ItemState.RETIRED, reason="usang", actor=people.manager, now=NOW)
    with pytest.raises(IllegalMove):
        operations.move_version(
            session, version, to=ItemState.OPERATIONAL, reason="kembali", actor=people.manager, now=NOW
        )
