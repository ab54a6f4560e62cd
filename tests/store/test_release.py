"""The release against real databases: two people, one digest, and nothing goes out that nobody looked at."""

import uuid

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam.errors import (
    OwnReleaseError,
    ReasonMissingError,
    ReleaseApprovedError,
    ReleaseExistsError,
    RunChangedError,
    RunNotLatestError,
)
from exam.model import Form, Release, ScoringRun
from exam.operations.release import approve_release, propose_release, withdraw_release
from exam.scoring import run_digest
from registry.actor import Actor
from registry.model import AuditEvent
from registry.roles import Role
from tests.conftest import NOW
from tests.examination import answers_with, enrol, make_form, make_sitting, make_staff, take_test
from tests.store.test_scoring import drop, score, signed


@pytest.fixture
def staff(session: Session) -> list[Actor]:
    return [
        make_staff(session, Role.PSYCHOMETRICIAN, "Ratna Dewi"),
        make_staff(session, Role.COMMITTEE, "Siti Aminah"),
        make_staff(session, Role.COMMITTEE, "Yohanes Lase"),
    ]


@pytest.fixture
def form(session: Session) -> Form:
    return make_form(session)


@pytest.fixture
def run(session: Session, form: Form, staff: list[Actor]) -> ScoringRun:
    sitting = make_sitting(session, form)
    for n_right in range(5):
        take_test(session, enrol(session, sitting), answers_with(form, n_right))
    signed(session, form, staff)
    return score(session, form, staff[0])


def propose(session: Session, run: ScoringRun, actor: Actor) -> Release:
    return propose_release(session, run, digest=run.digest, actor=actor, now=NOW)


def test_a_release_takes_two_people(session: Session, run: ScoringRun, staff: list[Actor]) -> None:
    release = propose(session, run, staff[1])
    with pytest.raises(OwnReleaseError):
        approve_release(session, release, digest=run.digest, actor=staff[1], now=NOW)
    approved = approve_release(session, release, digest=run.digest, actor=staff[2], now=NOW)
    assert (approved.approved_by_id, approved.approved_at) == (staff[2].key, NOW)


def test_both_act_on_the_digest_that_they_saw(session: Session, run: ScoringRun, staff: list[Actor]) -> None:
    with pytest.raises(RunChangedError):
        propose_release(session, run, digest=bytes(32), actor=staff[1], now=NOW)
    release = propose(session, run, staff[1])
    with pytest.raises(RunChangedError):
        approve_release(session, release, digest=bytes(32), actor=staff[2], now=NOW)


def test_scores_that_were_changed_behind_our_back_do_not_go_out(
    session: Session, run: ScoringRun, staff: list[Actor]
) -> None:
    release = propose(session, run, staff[1])
    for trigger in _update_triggers(session, "score"):
        session.execute(text(trigger))
    session.execute(text("UPDATE score SET passed = true WHERE raw_score = 2"))
    with pytest.raises(RunChangedError):
        approve_release(session, release, digest=run.digest, actor=staff[2], now=NOW)


def test_a_run_that_was_forged_as_a_whole_is_not_the_run_that_was_proposed(
    session: Session, run: ScoringRun, staff: list[Actor]
) -> None:
    release = propose(session, run, staff[1])
    # Scores and digest fit each other again; only the proposal remembers another digest.
    for trigger in _update_triggers(session, "scoring_run"):
        session.execute(text(trigger))
    forged = run_digest(run.key_set.digest, pass_percent=70, scores=_scores(run))
    session.execute(update(ScoringRun).values(digest=forged, pass_percent=70))
    with pytest.raises(RunChangedError):
        approve_release(session, release, digest=forged, actor=staff[2], now=NOW)


def _scores(run: ScoringRun) -> list[tuple[uuid.UUID, int, int, bool]]:
    return [(score.attempt.public_id, score.raw_score, score.n_scored, score.passed) for score in run.scores]


def _update_triggers(session: Session, table: str) -> list[str]:
    """What somebody with the owner's power over the database would do first."""
    if session.get_bind().dialect.name == "postgresql":
        return [f"ALTER TABLE {table} DISABLE TRIGGER USER"]
    return [f"DROP TRIGGER protect_{table}_update"]


def test_a_run_is_proposed_once(session: Session, run: ScoringRun, staff: list[Actor]) -> None:
    propose(session, run, staff[1])
    with pytest.raises(ReleaseExistsError):
        propose(session, run, staff[2])


def test_only_the_latest_run_goes_out(session: Session, form: Form, run: ScoringRun, staff: list[Actor]) -> None:
    release = propose(session, run, staff[1])
    signed(session, form, staff, drop(1))
    newer = score(session, form, staff[0])
    with pytest.raises(RunNotLatestError) as refused:
        approve_release(session, release, digest=run.digest, actor=staff[2], now=NOW)
    assert refused.value.parameters == {"number": 1, "newest": 2}
    propose(session, newer, staff[1])


def test_a_proposal_can_be_withdrawn_with_a_reason(session: Session, run: ScoringRun, staff: list[Actor]) -> None:
    release = propose(session, run, staff[1])
    with pytest.raises(ReasonMissingError):
        withdraw_release(session, release, reason="", actor=staff[2], now=NOW)
    withdraw_release(session, release, reason="Menunggu berita acara", actor=staff[2], now=NOW)
    session.expire_all()
    assert run.release is None
    propose(session, run, staff[2])


def test_an_approved_release_stays(session: Session, run: ScoringRun, staff: list[Actor]) -> None:
    release = propose(session, run, staff[1])
    approve_release(session, release, digest=run.digest, actor=staff[2], now=NOW)
    with pytest.raises(ReleaseApprovedError):
        approve_release(session, release, digest=run.digest, actor=staff[2], now=NOW)
    with pytest.raises(ReleaseApprovedError):
        withdraw_release(session, release, reason="Keliru menekan", actor=staff[1], now=NOW)
    with pytest.raises(DBAPIError, match="keeps its history"):
        session.execute(text("DELETE FROM release"))


def test_every_act_is_in_the_audit(session: Session, run: ScoringRun, staff: list[Actor]) -> None:
    release = propose(session, run, staff[1])
    withdraw_release(session, release, reason="Menunggu berita acara", actor=staff[1], now=NOW)
    approve_release(session, propose(session, run, staff[1]), digest=run.digest, actor=staff[2], now=NOW)
    acts = session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == "release").order_by(AuditEvent.id)).all()
    assert [act.action for act in acts] == [
        "release.propose",
        "release.withdraw",
        "release.propose",
        "release.approve",
    ]
    assert acts[1].details["reason"] == "Menunggu berita acara"
