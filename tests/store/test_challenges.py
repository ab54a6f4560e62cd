"""Candidates' reports wait for whoever checks the keys: counted by item and reason, and never passed over unread."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.challenges import ChallengeReason
from exam.errors import KeySetUnchangedError, ReportsUnreadError, SignaturesMissingError
from exam.model import Attempt, Form, Step
from exam.operations.scoring import propose_key_set, require_ready, sign_key_set
from exam.queries.challenges import (
    report_counts,
    report_totals,
    reports_of_form,
    reports_of_sitting,
    reports_of_version,
)
from exam.states import StepKind, StepMark
from registry.actor import Actor
from registry.roles import Role
from tests.conftest import NOW
from tests.examination import answers_with, enrol, make_form, make_sitting, make_staff, take_test


@pytest.fixture
def form(session: Session) -> Form:
    """A form of four items that three people sat; the keys run A, B, C, D."""
    form = make_form(session)
    sitting = make_sitting(session, form)
    for n_right in (4, 4, 0):
        take_test(session, enrol(session, sitting), answers_with(form, n_right))
    return form


@pytest.fixture
def staff(session: Session) -> list[Actor]:
    return [make_staff(session, Role.PSYCHOMETRICIAN, f"Orang {number}") for number in range(3)]


def report(session: Session, whose: int, item: int, value: str) -> None:
    """One more report in the journal of somebody who sat."""
    attempt = session.scalars(select(Attempt).order_by(Attempt.id)).all()[whose]
    attempt.last_seq += 1
    session.add(
        Step(
            attempt_id=attempt.id,
            seq=attempt.last_seq,
            kind=StepKind.CHALLENGE,
            item=item,
            option=None,
            value=value,
            at_ms=1,
            received_ms=1,
            mark=StepMark.LATE,
            digest=bytes(32),
        )
    )
    session.flush()


def test_reports_are_counted_by_item_and_reason_with_the_answers_of_those_who_reported(
    session: Session, form: Form
) -> None:
    report(session, 0, 2, "two-answers;answer=B;view=1366x768")
    report(session, 2, 2, "picture;auto=1")
    report(session, 2, 2, "two-answers")
    report(session, 1, 4, "typing")
    second, fourth = reports_of_form(session, form).values()
    assert (second.position, second.n_reports, second.n_automatic) == (2, 3, 1)
    assert second.by_reason == [(ChallengeReason.TWO_ANSWERS, 2), (ChallengeReason.PICTURE, 1)]
    assert second.answers == {1: 1, 2: 1}  # one chose the key B, the other C; who reported twice answered once
    assert (fourth.position, fourth.n_reports) == (4, 1)
    sitting = session.scalars(select(Attempt)).first()
    assert sitting is not None
    assert [one.position for one in reports_of_sitting(session, sitting.sitting)] == [2, 4]
    assert report_totals(session, form) == {2: 3, 4: 1}
    version = form.items[1].version_id
    assert [(code, one.n_reports) for code, one in reports_of_version(session, version)] == [(form.code, 3)]
    assert report_counts(session, [version, form.items[0].version_id]) == {version: 3}


def test_keys_wait_until_the_reports_were_read(session: Session, form: Form, staff: list[Actor]) -> None:
    report(session, 0, 2, "two-answers")
    with pytest.raises(ReportsUnreadError) as refused:
        propose_key_set(session, form, changes=[], reason="", actor=staff[0], now=NOW)
    assert refused.value.parameters == {"positions": [2]}
    key_set = propose_key_set(session, form, changes=[], reason="", reports_read={2: 1}, actor=staff[0], now=NOW)
    sign_key_set(session, key_set, digest=key_set.digest, actor=staff[1], now=NOW)


def test_reports_that_come_after_the_proposal_are_read_before_it_is_signed(
    session: Session, form: Form, staff: list[Actor]
) -> None:
    first = propose_key_set(session, form, changes=[], reason="", actor=staff[0], now=NOW)
    with pytest.raises(KeySetUnchangedError):
        propose_key_set(session, form, changes=[], reason="masih sama", actor=staff[0], now=NOW)
    report(session, 1, 3, "no-right-answer")
    with pytest.raises(ReportsUnreadError):
        sign_key_set(session, first, digest=first.digest, actor=staff[1], now=NOW)
    again = propose_key_set(
        session, form, changes=[], reason="Laporan sudah dibaca", reports_read={3: 1}, actor=staff[0], now=NOW
    )
    assert (again.number, again.digest) == (2, first.digest)
    sign_key_set(session, again, digest=again.digest, actor=staff[1], now=NOW)


def test_scoring_waits_for_reports_that_came_after_both_signatures(
    session: Session, form: Form, staff: list[Actor]
) -> None:
    key_set = propose_key_set(session, form, changes=[], reason="", actor=staff[0], now=NOW)
    for signer in staff[1:]:
        sign_key_set(session, key_set, digest=key_set.digest, actor=signer, now=NOW)
    assert require_ready(session, form) is key_set
    report(session, 1, 3, "no-right-answer")
    with pytest.raises(ReportsUnreadError):
        require_ready(session, form)


def test_signatures_are_asked_for_first(session: Session, form: Form) -> None:
    report(session, 1, 3, "no-right-answer")
    with pytest.raises(SignaturesMissingError):
        require_ready(session, form)
