"""Participant cards: what is handed to the page, and that a page of eight cards comes out of it."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask_babel import Babel

from exam.credentials import new_pin, parse_pin, participant_number, shown
from exam.operations.sittings import Card
from testing_platform.cards import CardSheet, card_document, cards_pdf, grouped
from tests.conftest import NOW

SHEET = CardSheet(
    title="Sesi 1, pagi",
    place="Lab Komputer 2, Universitas Contoh",
    time="Monday, 2 November 2026, 08.00 WIB",
    address="https://ujian.contoh.id/ujian",
    results_address="https://ujian.contoh.id/hasil",
)


@pytest.fixture(autouse=True)
def _request() -> Iterator[None]:
    """A request in English."""
    app = Flask(__name__)
    Babel(app, default_locale="en")
    with app.test_request_context():
        yield


def _card(seat: int = 1, *, name: str = "Siti Contoh", extra_minutes: int = 0) -> Card:
    return Card(
        enrolment=uuid.uuid4(),
        name=name,
        school="SMP Negeri 1 Contoh",
        participant_number=participant_number(seat, NOW),
        seat=seat,
        extra_minutes=extra_minutes,
        pin=shown(new_pin()),
        result_code=shown(new_pin()),
    )


def _n_pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize(("n_cards", "n_pages"), [(1, 1), (8, 1), (9, 2), (30, 4)])
def test_eight_cards_share_a_page(n_cards: int, n_pages: int) -> None:
    pdf = cards_pdf([_card(seat) for seat in range(1, n_cards + 1)], SHEET)
    assert pdf.startswith(b"%PDF-")
    assert _n_pages(pdf) == n_pages


def test_a_card_says_all_that_a_candidate_needs() -> None:
    card = _card(7, extra_minutes=30)
    document = card_document([card], SHEET)
    (entry,) = document["cards"]
    assert entry["pin"] == card.pin
    assert parse_pin(entry["result"]) == parse_pin(card.result_code)
    assert (entry["name"], entry["seat"], entry["extra"]) == ("Siti Contoh", 7, "30 minutes")
    assert entry["number"].replace(" ", "") == card.participant_number
    assert document["sitting"] == {"title": SHEET.title, "place": SHEET.place, "time": SHEET.time}
    assert (document["address"], document["results_address"]) == (SHEET.address, SHEET.results_address)
    assert all(document["words"].values())


def test_once_the_sitting_is_over_a_slip_replaces_the_card_and_bears_no_pin() -> None:
    slip = replace(_card(7), pin="")
    (entry,) = card_document([slip], SHEET)["cards"]
    assert entry["pin"] is None
    assert parse_pin(entry["result"]) == parse_pin(slip.result_code)
    assert _n_pages(cards_pdf([slip], SHEET)) == 1


def test_a_card_without_extra_time_does_not_speak_of_it() -> None:
    assert card_document([_card()], SHEET)["cards"][0]["extra"] is None


@pytest.mark.parametrize(
    "name",
    ["#panic()", "*_`$", '"\\', "] #eval(1)", "Prof. Dr. " + "Hadikusumo " * 20, "عائشة"],
)
def test_no_name_can_break_or_command_the_page(name: str) -> None:
    assert _n_pages(cards_pdf([_card(name=name)], SHEET)) == 1


def test_numbers_stand_in_groups_that_can_be_read_aloud() -> None:
    assert grouped("2600000124") == "26 0000 0124"


def test_codes_are_kept_out_of_logs() -> None:
    card = _card()
    assert card.pin not in repr(card)
    assert card.result_code not in repr(card)
