"""A candidate's result: opened by the code of the card, honest before the release, plain after it, never guessed."""

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from analysis.reporting import likely_scores
from exam.credentials import Credential, mac, new_result_code, shown
from exam.model import Enrolment, ScoringRun
from exam.operations.release import approve_release, propose_release
from exam.operations.scoring import propose_key_set, sign_key_set
from registry.actor import Actor
from registry.roles import Role
from testing_platform import jobs
from testing_platform.cards import grouped
from testing_platform.wiring import Platform
from tests.conftest import NOW
from tests.examination import answers_with, enrol, make_form, make_sitting, make_staff, take_test
from tests.web.conftest import Browser


@dataclass(frozen=True)
class Card:
    """What a candidate holds in the hand."""

    participant_number: str
    code: str

    @property
    def fields(self) -> dict[str, str]:
        return {"participant_number": self.participant_number, "code": self.code}


@dataclass(frozen=True)
class Cards:
    """Somebody who passes with 3 of 4, somebody who fails with 2, and somebody who never came."""

    passing: Card
    failing: Card
    absent: Card


@pytest.fixture
def cards(platform: Platform) -> Cards:
    with platform.database.transaction() as session:
        form = make_form(session)
        sitting = make_sitting(session, form)
        passing, failing, absent = (enrol(session, sitting) for _ in range(3))
        take_test(session, passing, answers_with(form, 3))
        take_test(session, failing, answers_with(form, 2))
        for n_right in range(5):
            take_test(session, enrol(session, sitting), answers_with(form, n_right))
        return Cards(*(issue(platform, enrolment) for enrolment in (passing, failing, absent)))


def issue(platform: Platform, enrolment: Enrolment) -> Card:
    code = new_result_code()
    enrolment.result_code_mac = mac(
        platform.keys.credential,
        purpose=Credential.RESULT_CODE,
        sitting=enrolment.sitting.public_id,
        participant_number=enrolment.participant_number,
        code=code,
    )
    return Card(enrolment.participant_number, shown(code))


@pytest.fixture
def released(platform: Platform, cards: Cards) -> Cards:
    """The same cards, after the committee released the scores."""
    with platform.database.transaction() as session:
        people = [make_staff(session, Role.COMMITTEE, f"Panitia {n}") for n in range(3)]
        form = session.scalars(select(Enrolment)).first().sitting.form  # type: ignore[union-attr]
        key_set = propose_key_set(session, form, changes=[], reason="", actor=people[0], now=NOW)
        for signer in people[1:]:
            sign_key_set(session, key_set, digest=key_set.digest, actor=signer, now=NOW)
        form_id = form.public_id
    release(platform, jobs.score_form(platform.database, form_id, actor=people[0], now=NOW), people)
    return cards


def release(platform: Platform, run_id: object, people: list[Actor]) -> None:
    with platform.database.transaction() as session:
        run = session.scalars(select(ScoringRun).where(ScoringRun.public_id == run_id)).one()
        proposal = propose_release(session, run, digest=run.digest, actor=people[1], now=NOW)
        approve_release(session, proposal, digest=run.digest, actor=people[2], now=NOW)


def body(response: TestResponse) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


def failures(platform: Platform, card: Card) -> int:
    with platform.database.reading() as session:
        of_card = select(Enrolment.failed_result_codes).where(Enrolment.participant_number == card.participant_number)
        return session.scalars(of_card).one()


def test_before_the_release_no_score_is_told(client: Browser, cards: Cards) -> None:
    page = client.submit("/hasil/", cards.passing.fields)
    assert page.status_code == 200
    assert "result-sheet" not in body(page)
    assert grouped(cards.passing.participant_number) in body(page)


def test_after_the_release_each_sees_the_own_result(client: Browser, released: Cards) -> None:
    passing, failing = (body(client.submit("/hasil/", card.fields)) for card in (released.passing, released.failing))
    assert 'class="result-number">75<' in passing
    assert 'data-state="pass"' in passing
    assert 'class="result-number">50<' in failing
    assert 'data-state="fail"' in failing


def test_the_range_of_the_score_is_told_and_no_section(client: Browser, released: Cards) -> None:
    page = body(client.submit("/hasil/", released.passing.fields))
    low, high = likely_scores(3, 4)
    assert re.search(rf"\b{25 * low}\b[^0-9]+\b{25 * high}\b", page)
    # One item cannot be a score of its own, so the pedagogic part is not reported.
    assert page.count("<h2") == 3


def test_who_never_began_is_told_so(client: Browser, released: Cards) -> None:
    page = client.submit("/hasil/", released.absent.fields)
    assert page.status_code == 200
    assert "result-sheet" not in body(page)


def test_nothing_stays_in_the_browser(client: Browser, released: Cards) -> None:
    page = client.submit("/hasil/", released.passing.fields)
    assert page.headers["Cache-Control"] == "no-store"
    with client.session_transaction() as cookie:
        assert set(cookie) <= {"csrf_token", "_fresh", "_permanent"}


def test_a_typing_error_is_not_counted(platform: Platform, client: Browser, cards: Cards) -> None:
    mistyped = cards.passing.code[:-1] + ("2" if cards.passing.code[-1] != "2" else "3")
    refused = client.submit("/hasil/", {**cards.passing.fields, "code": mistyped})
    assert refused.status_code == 422
    assert failures(platform, cards.passing) == 0


@pytest.mark.parametrize("number", ["", "12", "2600000010", "x" * 10])
def test_a_number_that_cannot_be_one_is_a_typing_error(client: Browser, number: str) -> None:
    refused = client.submit("/hasil/", {"participant_number": number, "code": new_result_code()})
    assert refused.status_code == 422
    assert 'href="#f-participant_number"' in body(refused)


def test_wrong_codes_are_counted_and_slow_down(platform: Platform, client: Browser, cards: Cards) -> None:
    wrong = {**cards.passing.fields, "code": cards.failing.code}
    assert [client.submit("/hasil/", wrong).status_code for _ in range(5)] == [422] * 5
    assert failures(platform, cards.passing) == 5
    slowed = client.submit("/hasil/", wrong)
    assert slowed.status_code == 429
    assert 0 < int(slowed.headers["Retry-After"]) <= 30
    assert client.submit("/hasil/", cards.passing.fields).status_code == 200


def test_the_right_code_forgives_the_wrong_ones(platform: Platform, client: Browser, cards: Cards) -> None:
    client.submit("/hasil/", {**cards.passing.fields, "code": cards.failing.code})
    assert client.submit("/hasil/", cards.passing.fields).status_code == 200
    assert failures(platform, cards.passing) == 0


def test_the_pin_does_not_open_the_result(platform: Platform, client: Browser, cards: Cards) -> None:
    with platform.database.transaction() as session:
        number = cards.passing.participant_number
        enrolment = session.scalars(select(Enrolment).where(Enrolment.participant_number == number)).one()
        pin = new_result_code()
        enrolment.pin_mac = mac(
            platform.keys.credential,
            purpose=Credential.PIN,
            sitting=enrolment.sitting.public_id,
            participant_number=number,
            code=pin,
        )
    assert client.submit("/hasil/", {**cards.passing.fields, "code": pin}).status_code == 422


def test_an_unknown_number_is_refused_like_a_wrong_code(client: Browser, cards: Cards) -> None:
    unknown = client.submit("/hasil/", {"participant_number": "2600999995", "code": cards.passing.code})
    wrong = client.submit("/hasil/", {**cards.passing.fields, "code": cards.failing.code})
    assert unknown.status_code == wrong.status_code == 422
    assert _error(unknown) == _error(wrong)


def _error(response: TestResponse) -> str:
    found = re.search(r'<li><a href="#f-code">([^<]+)</a>', body(response))
    assert found is not None
    return found.group(1)
