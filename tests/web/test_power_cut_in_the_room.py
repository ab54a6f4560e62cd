"""Twenty computers forget everything in a power cut: one press of a button, and all go on where they were."""

from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import Select, select

from exam.model import Attempt, Enrolment, Sitting, Step
from exam.operations.proctoring import admit_all
from exam.states import AttemptState
from registry.actor import SYSTEM
from registry.roles import Role
from testing_platform.wiring import Platform, utc_now
from tests.exam_room import Room, furnish
from tests.examination import make_staff
from tests.web.conftest import Browser, Cast
from tests.web.sitting_scenes import in_english
from tests.web.test_api_contract import Runner

SEATS = 20


@pytest.fixture
def start_file(sqlite_banked: Path) -> Path:
    """The shipped bank is there."""
    return sqlite_banked


@pytest.fixture
def room(platform: Platform) -> Room:
    """An open room with twenty candidates in front of it."""
    with platform.database.transaction() as session:
        return furnish(session, n_seats=SEATS, now=utc_now(), keys=platform.keys)


@pytest.fixture
def options(platform: Platform, room: Room) -> dict[str, str]:
    """The option that everybody chooses, by item, in the form's own ids."""
    with platform.database.reading() as session:
        form = session.get_one(Sitting, room.sitting.id).form
        return {item.item_key: item.option_keys[1] for item in form.items}


@pytest.fixture
def proctor(cast: Cast, platform: Platform, room: Room) -> Browser:
    """The proctor of the site."""
    browser = in_english(cast.stranger())
    with platform.database.transaction() as session:
        site = session.scalars(select(Sitting)).one().site
        browser.sign_in_as(session, make_staff(session, Role.PROKTOR, "Proktor Ruang", site=site))
    assert room.sitting.room == "Lab 1"
    return browser


def at_work(app: Flask, platform: Platform, room: Room, *, options: dict[str, str]) -> list[Runner]:
    """Everybody signs in at a computer, begins, and answers: seat 1 one item, seat 2 two, and so on."""
    runners = [
        Runner(app.test_client(), enrolment.participant_number, pin)
        for enrolment, pin in zip(room.enrolments, room.pins, strict=True)
    ]
    for seat, runner in enumerate(runners, start=1):
        runner.sign_in()
        runner.take_seat(device=f"lama-{seat}")
    with platform.database.transaction() as session:
        admit_all(session, session.scalars(select(Sitting)).one(), actor=SYSTEM, now=utc_now())
    for seat, runner in enumerate(runners, start=1):
        key = runner.begin().get_json()
        assert key["form_key"]
        answer_items(runner, range(1, seat + 1), options)
    return runners


def answer_items(runner: Runner, numbers: range, options: dict[str, str]) -> None:
    """Answer some of the items that this candidate is shown."""
    for number in numbers:
        item = runner.seat["order"][number - 1]
        answer = runner.send(runner.answer_step(number, item=item, option=options[item]), prev=runner.seat["digest"])
        assert answer.status_code == 200, answer.get_json()
        runner.seat["digest"] = answer.get_json()["digest"]


def come_back(app: Flask, old: Runner, seat: int, found: list[Runner]) -> None:
    """The same person at a computer that knows nothing: card, start code, and on."""
    runner = Runner(app.test_client(), old.number, old.pin)
    assert runner.sign_in().status_code == 200
    assert runner.take_seat(device=f"baru-{seat}").status_code == 200
    assert runner.begin().status_code == 200
    found.append(runner)


def test_a_room_that_forgot_everything_goes_on_with_every_answer(
    app: Flask, platform: Platform, room: Room, *, proctor: Browser, options: dict[str, str]
) -> None:
    before = at_work(app, platform, room, options=options)
    refused = Runner(app.test_client(), before[0].number, before[0].pin)
    refused.sign_in()
    assert refused.take_seat(device="baru-1").get_json()["type"].endswith("other-device")

    proctor.submit(f"/ruang/{room.sitting.public_id}/lepaskan")
    assert "20 seats are free." in proctor.get(f"/ruang/{room.sitting.public_id}").text

    after: list[Runner] = []
    threads = [Thread(target=come_back, args=(app, old, seat, after)) for seat, old in enumerate(before, start=1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(after) == SEATS

    for seat, old in enumerate(before, start=1):
        runner = next(each for each in after if each.number == old.number)
        shown = runner.seat["order"][:seat]
        assert runner.seat["answers"] == {item: options[item] for item in shown}
        assert (runner.seat["state"], runner.seat["last_seq"]) == ("working", seat)
        assert old.on_attempt("steps", {"prev": old.seat["digest"], "steps": []}).status_code in {401, 403, 409}
        answer_items(runner, range(seat + 1, seat + 2), options)

    with platform.database.reading() as session:
        journals = {
            attempt.enrolment.seat: [step.seq for step in session.scalars(_steps_of(attempt))]
            for attempt in session.scalars(select(Attempt).join(Enrolment))
        }
        states = set(session.scalars(select(Attempt.state)))
    assert journals == {seat: list(range(1, seat + 2)) for seat in range(1, SEATS + 1)}
    assert states == {AttemptState.WORKING}
    board = proctor.get(f"/ruang/{room.sitting.public_id}").text
    assert "20</span>" in board
    assert "Working" in board


def _steps_of(attempt: Attempt) -> Select[Step]:
    return select(Step).where(Step.attempt_id == attempt.id).order_by(Step.seq)
