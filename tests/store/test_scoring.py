"""Key check and scoring against real databases: who may sign, what is refused, what a run keeps."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam.errors import (
    AlreadySignedError,
    DigestChangedError,
    FormNotOperationalError,
    JournalBrokenError,
    KeyChangeRefusedError,
    KeySetSupersededError,
    KeySetUnchangedError,
    NobodyBeganError,
    NothingCountsError,
    OwnProposalError,
    ReasonMissingError,
    SignaturesMissingError,
    SittingsNotSealedError,
)
from exam.model import Form, KeySet, Purpose, Score, ScoringRun
from exam.operations.scoring import HowSure, KeyChange, Uncertainty, propose_key_set, run_scoring, sign_key_set
from exam.scoring import AttemptScore, ItemKey
from exam.states import SittingState, Treatment
from registry.actor import SYSTEM, Actor
from registry.model import AuditEvent
from registry.roles import Role
from tests.conftest import NOW
from tests.examination import (
    Plan,
    answers_with,
    enrol,
    make_form,
    make_sitting,
    make_staff,
    take_test,
    wait_at_the_door,
)


def estimate(scores: Sequence[AttemptScore], _items: Sequence[ItemKey], pass_percent: int) -> Uncertainty:
    """Figures that a test can recognise."""
    figures = HowSure(standard_error=6.5, p_pass_if_true=0.5, p_true_pass=None)
    return Uncertainty(by_raw_score={s.raw_score: figures for s in scores}, form={"cut": pass_percent})


@pytest.fixture
def form(session: Session) -> Form:
    return make_form(session)


@pytest.fixture
def staff(session: Session) -> list[Actor]:
    """Three people: one proposes, two sign."""
    return [
        make_staff(session, Role.PSYCHOMETRICIAN, "Ratna Dewi"),
        make_staff(session, Role.PSYCHOMETRICIAN, "Bambang Irawan"),
        make_staff(session, Role.COMMITTEE, "Siti Aminah"),
    ]


def propose(
    session: Session, form: Form, actor: Actor, *changes: KeyChange, reason: str = "Kunci diperiksa ulang"
) -> KeySet:
    return propose_key_set(session, form, changes=changes, reason=reason, actor=actor, now=NOW)


def signed(session: Session, form: Form, staff: list[Actor], *changes: KeyChange) -> KeySet:
    key_set = propose(session, form, staff[0], *changes)
    for signer in staff[1:]:
        sign_key_set(session, key_set, digest=key_set.digest, actor=signer, now=NOW)
    return key_set


def score(session: Session, form: Form, actor: Actor) -> ScoringRun:
    return run_scoring(session, form, estimate=estimate, actor=actor, now=NOW)


def drop(position: int, treatment: Treatment = Treatment.DROP) -> KeyChange:
    return KeyChange(position=position, keys=frozenset({0}), treatment=treatment)


# Key sets ---------------------------------------------------------------------------------------------------------


def test_the_first_key_set_holds_the_keys_of_the_bank(session: Session, form: Form, staff: list[Actor]) -> None:
    key_set = propose(session, form, staff[0], reason="")
    session.expire_all()
    assert [(e.position, e.keys, e.treatment) for e in key_set.entries] == [
        (1, [0], Treatment.SCORE),
        (2, [1], Treatment.SCORE),
        (3, [2], Treatment.SCORE),
        (4, [3], Treatment.SCORE),
    ]


def test_a_change_takes_the_place_of_the_bank_key_and_needs_a_reason(
    session: Session, form: Form, staff: list[Actor]
) -> None:
    change = KeyChange(position=2, keys=frozenset({1, 3}), treatment=Treatment.SCORE)
    with pytest.raises(ReasonMissingError):
        propose(session, form, staff[0], change, reason=" ")
    assert propose(session, form, staff[0], change).entries[1].keys == [1, 3]


def test_a_change_that_says_what_the_bank_says_is_none(session: Session, form: Form, staff: list[Actor]) -> None:
    same = KeyChange(position=2, keys=frozenset({1}), treatment=Treatment.SCORE)
    assert propose(session, form, staff[0], same, reason="").reason == ""


@pytest.mark.parametrize(
    "change",
    [
        KeyChange(position=9, keys=frozenset({0}), treatment=Treatment.SCORE),
        KeyChange(position=1, keys=frozenset({4}), treatment=Treatment.SCORE),
        KeyChange(position=1, keys=frozenset(), treatment=Treatment.SCORE),
    ],
)
def test_a_change_that_the_form_cannot_have_is_refused(
    session: Session, form: Form, staff: list[Actor], change: KeyChange
) -> None:
    with pytest.raises(KeyChangeRefusedError):
        propose(session, form, staff[0], change)


def test_dropping_every_item_is_refused(session: Session, form: Form, staff: list[Actor]) -> None:
    with pytest.raises(NothingCountsError):
        propose(session, form, staff[0], *(drop(position) for position in range(1, 5)))


def test_the_same_proposal_twice_is_refused(session: Session, form: Form, staff: list[Actor]) -> None:
    propose(session, form, staff[0])
    with pytest.raises(KeySetUnchangedError):
        propose(session, form, staff[1])


def test_a_tryout_form_gets_no_key_set(session: Session, staff: list[Actor]) -> None:
    with pytest.raises(FormNotOperationalError):
        propose(session, make_form(session, Plan(purpose=Purpose.TRYOUT)), staff[0])


def test_the_system_cannot_propose(session: Session, form: Form) -> None:
    with pytest.raises(PermissionError):
        propose(session, form, SYSTEM)


def test_the_proposer_may_not_sign(session: Session, form: Form, staff: list[Actor]) -> None:
    key_set = propose(session, form, staff[0])
    with pytest.raises(OwnProposalError):
        sign_key_set(session, key_set, digest=key_set.digest, actor=staff[0], now=NOW)


def test_one_person_signs_once(session: Session, form: Form, staff: list[Actor]) -> None:
    key_set = propose(session, form, staff[0])
    sign_key_set(session, key_set, digest=key_set.digest, actor=staff[1], now=NOW)
    with pytest.raises(AlreadySignedError):
        sign_key_set(session, key_set, digest=key_set.digest, actor=staff[1], now=NOW)


def test_a_signature_under_another_digest_is_refused(session: Session, form: Form, staff: list[Actor]) -> None:
    key_set = propose(session, form, staff[0])
    with pytest.raises(DigestChangedError):
        sign_key_set(session, key_set, digest=bytes(32), actor=staff[1], now=NOW)


def test_a_superseded_key_set_cannot_be_signed(session: Session, form: Form, staff: list[Actor]) -> None:
    first = propose(session, form, staff[0])
    propose(session, form, staff[0], drop(1))
    with pytest.raises(KeySetSupersededError):
        sign_key_set(session, first, digest=first.digest, actor=staff[1], now=NOW)


# Scoring ----------------------------------------------------------------------------------------------------------


def test_scoring_waits_for_both_signatures(session: Session, form: Form, staff: list[Actor]) -> None:
    take_test(session, enrol(session, make_sitting(session, form)), answers_with(form, 3))
    with pytest.raises(SignaturesMissingError):
        score(session, form, staff[0])
    key_set = propose(session, form, staff[0])
    sign_key_set(session, key_set, digest=key_set.digest, actor=staff[1], now=NOW)
    with pytest.raises(SignaturesMissingError) as refused:
        score(session, form, staff[0])
    assert refused.value.parameters == {"signatures": 1, "needed": 2}


def test_scoring_waits_for_every_sitting_and_names_those_that_lack(
    session: Session, form: Form, staff: list[Actor]
) -> None:
    take_test(session, enrol(session, make_sitting(session, form)), answers_with(form, 3))
    unsealed = make_sitting(session, form, state=SittingState.CLOSED)
    signed(session, form, staff)
    with pytest.raises(SittingsNotSealedError) as refused:
        score(session, form, staff[0])
    assert refused.value.parameters == {"sittings": [unsealed.title]}


def test_a_form_that_nobody_began_is_not_scored(session: Session, form: Form, staff: list[Actor]) -> None:
    wait_at_the_door(session, enrol(session, make_sitting(session, form)))
    signed(session, form, staff)
    with pytest.raises(NobodyBeganError):
        score(session, form, staff[0])


def test_a_run_scores_who_began_and_keeps_the_figures(session: Session, form: Form, staff: list[Actor]) -> None:
    sitting = make_sitting(session, form)
    three = take_test(session, enrol(session, sitting), answers_with(form, 3))
    two = take_test(session, enrol(session, sitting), answers_with(form, 2))
    blank = take_test(session, enrol(session, sitting), {})
    wait_at_the_door(session, enrol(session, sitting))
    enrol(session, sitting)
    signed(session, form, staff)
    run = score(session, form, staff[0])
    session.expire_all()
    assert [(s.attempt_id, s.raw_score, s.passed, s.n_answered) for s in run.scores] == [
        (three.id, 3, True, 4),
        (two.id, 2, False, 4),
        (blank.id, 0, False, 0),
    ]
    assert (run.number, run.n_attempts, run.n_passed, run.n_scored_items) == (1, 3, 1, 4)
    assert run.scores[0].section_scores == {
        "pedagogic": {"raw": 1, "scored": 1},
        "professional": {"raw": 2, "scored": 3},
    }
    assert (run.scores[0].standard_error, run.scores[0].p_true_pass, run.uncertainty) == (6.5, None, {"cut": 75})


def test_scoring_again_with_nothing_changed_is_the_same_run(session: Session, form: Form, staff: list[Actor]) -> None:
    take_test(session, enrol(session, make_sitting(session, form)), answers_with(form, 3))
    signed(session, form, staff)
    first = score(session, form, staff[0])
    assert score(session, form, staff[1]) is first
    signed(session, form, staff, drop(1))
    second = score(session, form, staff[0])
    signed(session, form, staff)
    third = score(session, form, staff[0])
    assert [run.number for run in (first, second, third)] == [1, 2, 3]


def test_late_answers_stay_in_the_journal_and_do_not_count(session: Session, form: Form, staff: list[Actor]) -> None:
    take_test(session, enrol(session, make_sitting(session, form)), answers_with(form, 3), late=[1])
    signed(session, form, staff)
    result = score(session, form, staff[0]).scores[0]
    assert (result.raw_score, result.n_answered) == (2, 3)


def test_a_drop_raises_the_bar_and_a_credit_does_not(session: Session, form: Form, staff: list[Actor]) -> None:
    take_test(session, enrol(session, make_sitting(session, form)), answers_with(form, 2))
    signed(session, form, staff, drop(4))
    dropped = score(session, form, staff[0])
    assert [(s.raw_score, s.n_scored, s.passed) for s in dropped.scores] == [(2, 3, False)]
    signed(session, form, staff, drop(4, Treatment.CREDIT))
    credited = score(session, form, staff[0])
    assert [(s.raw_score, s.n_scored, s.passed) for s in credited.scores] == [(3, 4, True)]
    assert credited.number == 2
    assert dropped.digest != credited.digest


def test_pretest_items_ride_along_uncounted(session: Session, staff: list[Actor]) -> None:
    form = make_form(session, Plan(n_pretest=2))
    take_test(session, enrol(session, make_sitting(session, form)), answers_with(form, 6))
    signed(session, form, staff)
    result = score(session, form, staff[0]).scores[0]
    assert (result.raw_score, result.n_scored, result.n_answered) == (4, 4, 6)


@pytest.mark.parametrize("column", ["digest", "last_seq"])
def test_a_journal_that_does_not_hold_stops_the_scoring(
    session: Session, form: Form, staff: list[Actor], column: str
) -> None:
    enrolment = enrol(session, make_sitting(session, form))
    attempt = take_test(session, enrolment, answers_with(form, 4))
    signed(session, form, staff)
    setattr(attempt, column, bytes(32) if column == "digest" else 3)
    with pytest.raises(JournalBrokenError) as refused:
        score(session, form, staff[0])
    assert refused.value.parameters == {"participants": [enrolment.participant_number]}


@pytest.mark.parametrize("statement", ["UPDATE score SET raw_score = 4", "DELETE FROM scoring_run"])
def test_a_run_is_never_rewritten(session: Session, form: Form, staff: list[Actor], statement: str) -> None:
    take_test(session, enrol(session, make_sitting(session, form)), answers_with(form, 2))
    signed(session, form, staff)
    score(session, form, staff[0])
    session.execute(select(Score))
    with pytest.raises(DBAPIError, match="keeps its history"):
        session.execute(text(statement))


def test_every_act_is_in_the_audit(session: Session, form: Form, staff: list[Actor]) -> None:
    take_test(session, enrol(session, make_sitting(session, form)), answers_with(form, 2))
    signed(session, form, staff)
    score(session, form, staff[0])
    acts = session.execute(select(AuditEvent.action, AuditEvent.actor).order_by(AuditEvent.id)).all()
    assert [tuple(act) for act in acts] == [
        ("key_set.propose", staff[0].public_id),
        ("key_set.sign", staff[1].public_id),
        ("key_set.sign", staff[2].public_id),
        ("scoring.run", staff[0].public_id),
    ]
