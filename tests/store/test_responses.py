"""Answers out of the journals: what counts, what a blank means, and what stays out."""

import time
from collections import Counter

import pytest
from sqlalchemy.orm import Session

from analysis import responses as codes
from exam.model import Attempt, Form, Purpose, Step
from exam.queries.responses import Blank, Responses, administration_standing, collect_responses
from exam.states import SittingState, StepKind, StepMark
from registry.model import SiteKind
from testing_platform.database import Database
from tests.examination import Plan, answers_with, enrol, make_form, make_sitting, take_test, wait_at_the_door
from tests.tryout import Scene, furnish_tryout


@pytest.fixture
def form(session: Session) -> Form:
    """Four items with the keys A, B, C, D."""
    return make_form(session, Plan(purpose=Purpose.TRYOUT))


def collected(session: Session, form: Form) -> Responses:
    session.flush()
    session.expire_all()
    return collect_responses(session, form.administration)


def look(session: Session, attempt: Attempt, item: int) -> None:
    """A further step: a look at an item, without an answer."""
    attempt.last_seq += 1
    step = {"item": item, "option": None, "value": None, "at_ms": 0, "received_ms": 0, "digest": bytes(32)}
    session.add(
        Step(attempt_id=attempt.id, seq=attempt.last_seq, kind=StepKind.VIEW, mark=StepMark.ON_TIME, **step),
    )


def test_the_codes_of_blanks_are_those_of_the_analysis() -> None:
    assert {blank.name: blank.value for blank in Blank} == {
        "OMITTED": codes.OMITTED,
        "NOT_REACHED": codes.NOT_REACHED,
        "NOT_PRESENTED": codes.NOT_PRESENTED,
    }


def test_answers_blanks_and_places(session: Session, form: Form) -> None:
    attempt = take_test(session, enrol(session, make_sitting(session, form)), {1: 0, 2: 3})
    look(session, attempt, 3)
    found = collected(session, form)
    (row,) = found.attempts
    assert row.answers == (0, 3, Blank.OMITTED, Blank.NOT_REACHED)
    assert row.presented_at == (1, 2, 3, 4)
    assert (row.public_id, row.form, row.site_kind) == (attempt.public_id, form.code, SiteKind.LPMP)
    assert [item.key_position for item in found.items] == [0, 1, 2, 3]
    assert {item.n_options for item in found.items} == {4}


def test_late_steps_do_not_count_not_even_as_a_look(session: Session, form: Form) -> None:
    take_test(session, enrol(session, make_sitting(session, form)), {1: 0, 2: 1}, late=[2])
    (row,) = collected(session, form).attempts
    assert row.answers == (0, Blank.NOT_REACHED, Blank.NOT_REACHED, Blank.NOT_REACHED)


def test_only_begun_attempts_of_sittings_that_are_over(session: Session, form: Form) -> None:
    for state in SittingState:
        take_test(session, enrol(session, make_sitting(session, form, state=state)), answers_with(form, 2))
    sealed = make_sitting(session, form)
    wait_at_the_door(session, enrol(session, sealed))
    enrol(session, sealed)
    assert len(collected(session, form).attempts) == 2
    standing = administration_standing(session, form.administration)
    assert (standing.n_sittings, standing.n_over, standing.n_answered, standing.latest) == (5, 3, 2, None)


def test_the_digest_is_of_the_answers(session: Session, form: Form) -> None:
    sitting = make_sitting(session, form)
    take_test(session, enrol(session, sitting), answers_with(form, 2))
    before = collected(session, form).digest
    assert collected(session, form).digest == before
    take_test(session, enrol(session, sitting), answers_with(form, 1))
    assert collected(session, form).digest != before


def test_nobody_sat(session: Session, form: Form) -> None:
    found = collected(session, form)
    assert (len(found.items), found.attempts) == (4, ())


def test_a_whole_tryout_comes_back_as_it_was_simulated_and_fast(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        simulated = furnish_tryout(session, Scene())
    with sqlite_database.reading() as session:
        administration = session.get_one(type(simulated.administration), simulated.administration.id)
        begin = time.process_time()
        found = collect_responses(session, administration)
        spent = time.process_time() - begin
    assert (len(found.attempts), len(found.items)) == (600, 60)
    assert spent < 3
    codes_of_items = [version.item.code for version in simulated.versions]
    order = [codes_of_items.index(item.name) for item in found.items]
    matrix = simulated.tryout.matrix
    for person in (0, 299, 300, 599):
        row = found.attempts[person]
        form = simulated.forms[person // 300]
        presented = {place.version.item.code for place in form.items}
        for item, column, answer in zip(found.items, order, row.answers, strict=True):
            if item.name not in presented:
                assert answer == Blank.NOT_PRESENTED
                continue
            truth = int(matrix.options[person, column])
            turned = (truth + item.key_position - int(matrix.key[column])) % 4 if truth >= 0 else truth
            assert answer == turned
        assert sorted(place for place in row.presented_at if place) == list(range(1, 41))
    kinds = Counter(answer for row in found.attempts for answer in row.answers if answer < 0)
    assert kinds[Blank.NOT_PRESENTED] == 600 * 20
    assert kinds[Blank.OMITTED] > 100
    assert kinds[Blank.NOT_REACHED] > 20
