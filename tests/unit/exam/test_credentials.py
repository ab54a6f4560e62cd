"""Codes that people type from paper: typing errors are found, nothing about a code leaks, waiting grows."""

import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam import credentials
from exam.credentials import ALPHABET, Credential
from exam.errors import PinMistypedError
from tests.conftest import NOW

bodies = st.text(alphabet=ALPHABET, min_size=12, max_size=12)


def whole(body: str) -> str:
    return body + credentials.check_character(body)


@given(body=bodies, place=st.integers(0, 12), other=st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(body: str, place: int, other: str) -> None:
    pin = whole(body)
    typed = pin[:place] + other + pin[place + 1 :]
    if typed == pin:
        assert credentials.parse_pin(typed) == pin
    else:
        with pytest.raises(PinMistypedError):
            credentials.parse_pin(typed)


@given(body=bodies, first=st.integers(0, 12), second=st.integers(0, 12))
def test_every_swap_of_two_characters_is_found(body: str, first: int, second: int) -> None:
    pin = whole(body)
    swapped = list(pin)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    typed = "".join(swapped)
    if typed != pin:
        with pytest.raises(PinMistypedError):
            credentials.parse_pin(typed)


@given(body=bodies)
def test_a_code_is_understood_as_shown_in_small_letters_and_with_confusables(body: str) -> None:
    pin = whole(body)
    typed = credentials.shown(pin).lower().replace("0", "o").replace("1", "l").replace("-", " - ")
    assert credentials.parse_pin(typed) == pin


def test_the_card_shows_three_groups_of_four_and_the_check_character() -> None:
    shown = credentials.shown(credentials.new_pin())
    assert [len(group) for group in shown.split("-")] == [4, 4, 4, 1]


@pytest.mark.parametrize("text", ["", "ABCD", "U" * 13, "ABCD-EFGH-JKMN", "ABCD-EFGH-JKMN-PQ", "٠٠٠٠-٠٠٠٠-٠٠٠٠-٠"])
def test_what_cannot_be_a_code_is_a_typing_error(text: str) -> None:
    with pytest.raises(PinMistypedError):
        credentials.parse_pin(text)


def test_no_two_codes_are_alike() -> None:
    codes = {credentials.new_pin() for _ in range(200)} | {credentials.new_result_code() for _ in range(200)}
    assert len(codes) == 400


def test_a_mac_depends_on_everything_that_it_covers() -> None:
    sitting, other = uuid.uuid4(), uuid.uuid4()
    macs = {
        credentials.mac(key, purpose=purpose, sitting=where, participant_number=number, code=code)
        for key in (b"k" * 32, b"x" * 32)
        for purpose in Credential
        for where in (sitting, other)
        for number in ("2600000018", "2600000026")
        for code in ("A" * 13, "B" * 13)
    }
    assert len(macs) == 32


def test_only_the_same_mac_is_accepted_and_a_missing_one_never() -> None:
    assert credentials.is_same_mac(b"a" * 32, b"a" * 32)
    assert not credentials.is_same_mac(b"a" * 32, b"b" * 32)
    assert not credentials.is_same_mac(None, bytes(32))


def test_a_start_code_has_nothing_ambiguous_and_is_compared_as_meant() -> None:
    code = credentials.new_start_code()
    assert len(code) == 6
    assert not set(code) & set("01OILU8B5S2ZGQ6")
    assert credentials.is_start_code(code, f" {code[:3].lower()}-{code[3:]} ")
    assert not credentials.is_start_code(code, code[:-1])
    assert not credentials.is_start_code(code, "u?!")


def test_five_tries_are_free_then_waiting_grows_to_five_minutes() -> None:
    waits = [credentials.throttle(failures, NOW) for failures in range(11)]
    assert waits[:5] == [None] * 5
    assert [(until - NOW).total_seconds() for until in waits[5:] if until] == [30, 60, 120, 240, 300, 300]
    assert credentials.throttle(10**6, NOW) == NOW + timedelta(minutes=5)
    assert [credentials.tries_left(failures) for failures in (0, 4, 5, 9)] == [5, 1, 0, 0]


def test_waiting_is_told_in_whole_seconds_rounded_up() -> None:
    assert credentials.retry_after_seconds(NOW + timedelta(milliseconds=1), NOW) == 1
    assert credentials.retry_after_seconds(NOW, NOW) == 0
    assert credentials.retry_after_seconds(NOW - timedelta(hours=1), NOW) == 0
    assert credentials.retry_after_seconds(None, NOW) == 0


@given(sequence=st.integers(0, 10**7 - 1), place=st.integers(0, 9), digit=st.sampled_from("0123456789"))
def test_a_wrong_digit_in_a_participant_number_is_found(sequence: int, place: int, digit: str) -> None:
    number = credentials.participant_number(sequence, NOW)
    assert len(number) == 10
    assert credentials.sequence_of(number) == sequence
    typed = number[:place] + digit + number[place + 1 :]
    assert credentials.is_participant_number(typed) == (typed == number)


def test_the_luhn_digit_is_the_well_known_one() -> None:
    assert credentials._luhn_digit("7992739871") == "3"


def test_an_eight_digit_sequence_has_no_number() -> None:
    with pytest.raises(ValueError, match="seven digits"):
        credentials.participant_number(10**7, NOW)
