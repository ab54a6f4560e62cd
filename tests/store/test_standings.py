"""What scoring pages and candidates read, against real databases: standings, lists, and the result behind a code."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from exam.credentials import Credential, mac, new_result_code
from exam.keys import Keys
from exam.model import Enrolment, Form
from exam.operations.codes import Refusal, open_result
from exam.operations.release import approve_release, propose_release
from exam.queries.standings import (
    candidate_standing,
    form_standing,
    form_standings,
    run_by_public_id,
    scored_candidates,
    unscored_candidates,
    unsealed_sittings,
)
from exam.states import SittingState
from registry.actor import Actor
from registry.roles import Role
from tests.conftest import NOW
from tests.examination import answers_with, enrol, make_form, make_sitting, make_staff, take_test, wait_at_the_door
from tests.store.test_scoring import drop, score, signed

KEYS = Keys.derive("a secret that is used in tests and nowhere else")


@pytest.fixture
def form(session: Session) -> Form:
    return make_form(session)


@pytest.fixture
def staff(session: Session) -> list[Actor]:
    return [
        make_staff(session, Role.PSYCHOMETRICIAN, "Ratna Dewi"),
        make_staff(session, Role.COMMITTEE, "Siti Aminah"),
        make_staff(session, Role.COMMITTEE, "Yohanes Lase"),
    ]


def release(session: Session, form: Form, staff: list[Actor]) -> None:
    run = score(session, form, staff[0])
    proposal = propose_release(session, run, digest=run.digest, actor=staff[1], now=NOW)
    approve_release(session, proposal, digest=run.digest, actor=staff[2], now=NOW)


def test_a_form_stands_where_its_rows_say(session: Session, form: Form, staff: list[Actor]) -> None:
    sealed, closed = make_sitting(session, form), make_sitting(session, form, state=SittingState.CLOSED)
    take_test(session, enrol(session, sealed), answers_with(form, 3))
    wait_at_the_door(session, enrol(session, sealed))
    enrol(session, closed)
    standing = form_standing(session, form)
    assert (standing.n_sittings, standing.n_sealed, standing.is_sealed) == (2, 1, False)
    assert (standing.n_enrolled, standing.n_begun, standing.n_signatures) == (3, 1, 0)
    assert [sitting.id for sitting in unsealed_sittings(session, form)] == [closed.id]
    assert [one.form.id for one in form_standings(session)] == [form.id]
    signed(session, form, staff)
    assert form_standing(session, form).n_signatures == 2


def test_a_run_is_outdated_once_other_keys_are_proposed(session: Session, form: Form, staff: list[Actor]) -> None:
    take_test(session, enrol(session, make_sitting(session, form)), answers_with(form, 3))
    signed(session, form, staff)
    score(session, form, staff[0])
    assert not form_standing(session, form).is_run_outdated
    signed(session, form, staff, drop(1))
    assert form_standing(session, form).is_run_outdated


def test_lists_hold_everybody_once(session: Session, form: Form, staff: list[Actor]) -> None:
    sitting = make_sitting(session, form)
    began, waited, absent = (enrol(session, sitting) for _ in range(3))
    take_test(session, began, answers_with(form, 3))
    wait_at_the_door(session, waited)
    signed(session, form, staff)
    run = run_by_public_id(session, score(session, form, staff[0]).public_id)
    assert run is not None
    assert [line.candidate.participant_number for line in scored_candidates(session, run)] == [began.participant_number]
    assert [(line.candidate.participant_number, line.came) for line in unscored_candidates(session, form)] == [
        (waited.participant_number, True),
        (absent.participant_number, False),
    ]


# The candidate's own result ---------------------------------------------------------------------------------------


def give_card(enrolment: Enrolment) -> str:
    code = new_result_code()
    enrolment.result_code_mac = mac(
        KEYS.credential,
        purpose=Credential.RESULT_CODE,
        sitting=enrolment.sitting.public_id,
        participant_number=enrolment.participant_number,
        code=code,
    )
    return code


def open_with(session: Session, enrolment: Enrolment, code: str, *, minutes: int = 0) -> Enrolment | Refusal:
    now = NOW + timedelta(minutes=minutes)
    number = enrolment.participant_number
    return open_result(session, participant_number=number, code=code, keys=KEYS, now=now)


def test_only_a_released_result_is_shown(session: Session, form: Form, staff: list[Actor]) -> None:
    enrolment = enrol(session, make_sitting(session, form))
    take_test(session, enrolment, answers_with(form, 3))
    signed(session, form, staff)
    proposed = score(session, form, staff[0])
    proposal = propose_release(session, proposed, digest=proposed.digest, actor=staff[1], now=NOW)
    assert open_with(session, enrolment, give_card(enrolment)) is enrolment
    before = candidate_standing(session, enrolment)
    assert (before.began, before.is_released, before.result) == (True, False, None)
    approve_release(session, proposal, digest=proposed.digest, actor=staff[2], now=NOW)
    after = candidate_standing(session, enrolment).result
    assert after is not None
    assert (after.score.raw_score, after.run.number, after.released_at) == (3, 1, NOW)


def test_a_later_release_takes_the_place_of_the_one_before(session: Session, form: Form, staff: list[Actor]) -> None:
    enrolment = enrol(session, make_sitting(session, form))
    take_test(session, enrolment, answers_with(form, 3))
    signed(session, form, staff)
    release(session, form, staff)
    signed(session, form, staff, drop(1))
    release(session, form, staff)
    result = candidate_standing(session, enrolment).result
    assert result is not None
    assert (result.score.raw_score, result.score.n_scored) == (2, 3)


def test_wrong_codes_slow_down_and_the_right_one_always_enters(session: Session, form: Form) -> None:
    enrolment = enrol(session, make_sitting(session, form))
    code = give_card(enrolment)
    for _ in range(5):
        assert open_with(session, enrolment, new_result_code()).code == "bad-credentials"  # type: ignore[union-attr]
    assert open_with(session, enrolment, new_result_code()) == Refusal("slow-down", retry_after_seconds=30)
    assert open_with(session, enrolment, code) is enrolment
    assert enrolment.failed_result_codes == 0


def test_an_enrolment_without_a_card_opens_nothing(session: Session, form: Form) -> None:
    refused = open_with(session, enrol(session, make_sitting(session, form)), new_result_code())
    assert refused == Refusal("bad-credentials")
