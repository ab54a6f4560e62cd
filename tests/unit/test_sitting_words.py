"""How a seat looks to a proctor, and how times and seats are written."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import Babel

from exam.queries.live_room import SeatRow
from exam.queries.room_log import STRAYS, LogLine, folded, together
from exam.states import AttemptState
from registry.model import TimeZone
from testing_platform.web.room_seats import ago, minutes_left, seat_kind
from testing_platform.web.sitting_words import event_name, seat_list, window_text
from tests.conftest import NOW

WORKING = SeatRow(
    enrolment=uuid.uuid4(),
    attempt=uuid.uuid4(),
    seat=1,
    name="Siti Contoh",
    participant_number="2600000018",
    state=AttemptState.WORKING,
    epoch=1,
    is_paused=False,
    break_ends_at=None,
    is_held=True,
    n_answered=3,
    n_unsent=0,
    n_challenges=0,
    last_seen_at=NOW,
    n_outages=0,
    outage_seconds=0,
    remaining_seconds=3600,
    minutes_added=0,
    extra_minutes=0,
    break_minutes=0,
    has_card=True,
)


@pytest.fixture(autouse=True)
def _request() -> Iterator[None]:
    """A request in English."""
    app = Flask(__name__)
    Babel(app, default_locale="en")
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (replace(WORKING, state=None, attempt=None, is_held=False, last_seen_at=None), "not_started"),
        (replace(WORKING, state=AttemptState.WAITING), "waiting"),
        (replace(WORKING, state=AttemptState.ADMITTED), "admitted"),
        (WORKING, "working"),
        (replace(WORKING, is_paused=True), "paused"),
        (replace(WORKING, is_paused=True, break_ends_at=NOW), "on_break"),
        (replace(WORKING, is_held=False), "released"),
        (replace(WORKING, is_held=False, is_paused=True), "released"),
        (replace(WORKING, last_seen_at=NOW - timedelta(seconds=60)), "working"),
        (replace(WORKING, last_seen_at=NOW - timedelta(seconds=61)), "offline"),
        (replace(WORKING, state=AttemptState.WAITING, last_seen_at=NOW - timedelta(hours=1)), "waiting"),
        (replace(WORKING, state=AttemptState.SUBMITTED, is_held=False), "submitted"),
        (replace(WORKING, state=AttemptState.EXPIRED, last_seen_at=NOW - timedelta(hours=1)), "expired"),
    ],
)
def test_a_seat_has_one_look(row: SeatRow, kind: str) -> None:
    assert seat_kind(row, now=NOW) == kind


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "just now"), (1, "1 min ago"), (119, "119 min ago"), (120, "2 h ago")]
)
def test_how_long_ago_is_told_coarsely(minutes: int, words: str) -> None:
    assert ago(minutes) == words


@pytest.mark.parametrize(
    ("minutes", "words"), [(None, ""), (0, "under 1 min left"), (1, "1 min left"), (90, "90 min left")]
)
def test_remaining_time_is_told_in_whole_minutes(minutes: int | None, words: str) -> None:
    assert minutes_left(minutes) == words


@pytest.mark.parametrize(
    ("seats", "words"),
    [((3,), "3"), ((1, 2), "1, 2"), ((1, 2, 3), "1–3"), ((9, 1, 2, 5, 6, 7), "1, 2, 5–7, 9")],
)
def test_seats_are_written_as_people_write_them(seats: tuple[int, ...], words: str) -> None:
    assert seat_list(seats) == words


def test_lines_that_differ_in_the_seat_alone_are_one() -> None:
    lines = [LogLine(at=NOW, kind="released", seats=(seat,), actor="Proktor") for seat in (3, 1, 2)]
    later = LogLine(at=NOW + timedelta(seconds=1), kind="released", seats=(3,), actor="Proktor")
    other = LogLine(at=NOW, kind="released", seats=(4,), actor="Orang lain")
    assert {line.seats for line in together([*lines, later, other])} == {(1, 2, 3), (3,), (4,)}


def test_minutes_are_told_with_their_number() -> None:
    assert event_name(LogLine(at=NOW, kind="minutes_added", seats=(), actor=None, minutes=12)) == "12 minutes added"


def test_what_a_released_seat_sent_is_told_with_its_number_and_not_folded_with_another() -> None:
    lines = [LogLine(at=NOW, kind=STRAYS, seats=(seat,), actor=None, n_steps=n) for seat, n in ((1, 2), (2, 2), (3, 1))]
    two, one = together(lines)
    assert (two.seats, one.seats) == ((1, 2), (3,))
    assert event_name(two) == "2 steps from the computer after its seat was released; kept apart, not counted"
    assert event_name(one).startswith("1 step from the computer")


def test_a_window_names_its_day_once_unless_it_crosses_midnight() -> None:
    assert window_text(NOW, NOW + timedelta(hours=3), TimeZone.WIT) == "Monday, 2 November 2026, 10.00–13.00 WIT"
    crossing = window_text(NOW, NOW + timedelta(hours=15), TimeZone.WIT)
    assert crossing == "Monday, 2 November 2026, 10.00–3 November, 01.00 WIT"


def test_a_page_that_is_loaded_again_and_again_is_one_line_of_its_seat() -> None:
    def line(minute: int, kind: str, *seats: int) -> LogLine:
        return LogLine(at=NOW + timedelta(minutes=minute), kind=kind, seats=seats, actor=None)

    opened, other, taken = line(9, "key_released", 1), line(8, "key_released", 2), line(6, "device_taken", 1)
    lines = [opened, other, line(7, "key_released", 1), taken, line(5, "key_released", 1)]
    first, second, *rest = folded(lines)
    assert (first.at, first.times, first.first_at) == (opened.at, 2, NOW + timedelta(minutes=7))
    assert event_name(first) == "Test opened on the computer (2 times)"
    assert (second, rest) == (other, [taken, lines[-1]])


def test_a_released_computer_that_sends_again_and_again_is_one_line_with_all_its_steps() -> None:
    def line(minute: int) -> LogLine:
        return LogLine(at=NOW + timedelta(minutes=minute), kind=STRAYS, seats=(1,), actor=None, n_steps=minute)

    (found,) = folded([line(9), line(7), line(5)])
    assert (found.at, found.first_at, found.times) == (NOW + timedelta(minutes=9), NOW + timedelta(minutes=5), 3)
    assert event_name(found).startswith("21 steps from the computer")
