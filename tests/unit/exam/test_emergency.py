"""Emergency files as bytes: what our runner makes opens, and nothing else does."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam.emergency import MOST_BYTES, SentStep, fingerprint, open_file, read_envelope, written_fingerprint
from exam.errors import (
    EmergencyFileTooLargeError,
    EmergencyFileUnreadableError,
    FingerprintMalformedError,
    NotEmergencyFileError,
)
from exam.keys import Keys
from exam.states import StepKind
from tests.emergency_files import FileMaker, shown_fingerprint
from tests.exam_room import KEYS

ATTEMPT = "0b5e3a52-7c5c-4a57-9d5a-6b8f8b9b1f00"
OTHER = "0b5e3a52-7c5c-4a57-9d5a-6b8f8b9b1f01"


def maker(**changes: Any) -> FileMaker:
    known: dict[str, Any] = {
        "centre": KEYS.emergency_public,
        "attempt": ATTEMPT,
        "number": "2600000018",
        "token": "signed",
        "head_seq": 7,
        "head_digest": "ab" * 32,
    }
    made = FileMaker(**(known | changes))
    made.act("view", item="i1", at=1000)
    made.act("answer", item="i1", option="i1b", value=None, at=2000)
    return made


def test_what_the_runner_sealed_opens_and_holds_every_step() -> None:
    contents = open_file(maker().make(), KEYS.emergency)
    assert (contents.token, contents.head_seq, contents.head_digest) == ("signed", 7, b"\xab" * 32)
    assert contents.steps == (
        SentStep(8, StepKind.VIEW, item="i1", option=None, value=None, at_ms=1000),
        SentStep(9, StepKind.ANSWER, item="i1", option="i1b", value=None, at_ms=2000),
    )


def test_the_outside_says_whose_it_is_and_nothing_else() -> None:
    file = maker().make()
    envelope = read_envelope(file)
    assert (str(envelope.attempt), envelope.participant_number) == (ATTEMPT, "2600000018")
    assert b"i1b" not in file
    assert b"signed" not in file


def test_the_fingerprint_is_the_one_that_the_candidate_sees() -> None:
    for number in range(50):
        content = number.to_bytes(2, "big")
        assert fingerprint(content) == shown_fingerprint(content)


@pytest.mark.parametrize("typed", ["7k2m-q9xd", " 7K2MQ9XD ", "7K2M Q9XD"])
def test_a_fingerprint_is_read_as_people_write_it(typed: str) -> None:
    assert written_fingerprint(typed) == "7K2M-Q9XD"


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert written_fingerprint("OIL0-1000") == "0110-1000"


@pytest.mark.parametrize("typed", ["", "7K2M-Q9X", "7K2M-Q9XDD", "7K2M-Q9XU", "é" * 8])
def test_what_is_no_fingerprint_is_refused(typed: str) -> None:
    with pytest.raises(FingerprintMalformedError):
        written_fingerprint(typed)


def test_a_file_for_another_centre_does_not_open() -> None:
    with pytest.raises(EmergencyFileUnreadableError):
        open_file(maker(centre=Keys.derive("another secret " * 3).emergency_public).make(), KEYS.emergency)


def test_a_file_written_over_to_another_attempt_does_not_open() -> None:
    with pytest.raises(EmergencyFileUnreadableError):
        open_file(maker().make(attempt=OTHER), KEYS.emergency)


@given(place=st.integers(min_value=0), flip=st.integers(1, 255))
def test_a_file_of_which_one_byte_changed_never_opens_to_something_else(place: int, flip: int) -> None:
    whole = maker().make()
    changed = bytearray(whole)
    changed[place % len(whole)] ^= flip
    try:
        opened = open_file(bytes(changed), KEYS.emergency)
    except (NotEmergencyFileError, EmergencyFileUnreadableError):
        return
    assert opened == open_file(whole, KEYS.emergency)  # a letter of the number or of the clock on its outside


@given(content=st.binary(max_size=300))
def test_any_bytes_at_all_are_refused_in_words(content: bytes) -> None:
    with pytest.raises(NotEmergencyFileError):
        read_envelope(content)


@pytest.mark.parametrize(
    "outside",
    [
        {"format": "testing-platform-emergency-2"},
        {"attempt": "no uuid"},
        {"participant_number": "<b>"},
        {"participant_number": 26},
        {"made_at_ms": "soon"},
        {"made_at_ms": -1},
        {"made_at_ms": True},
        {"public_key": base64.b64encode(bytes(65)).decode()},
        {"public_key": base64.b64encode(bytes(64)).decode()},
        {"public_key": "not base64!"},
        {"nonce": base64.b64encode(bytes(11)).decode()},
        {"ciphertext": None},
        {"more": 1},
    ],
)
def test_an_outside_that_no_runner_writes_is_refused(outside: dict[str, Any]) -> None:
    with pytest.raises(NotEmergencyFileError):
        open_file(maker().make(**outside), KEYS.emergency)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff", b"[" * 100_000, b"1" * 9000, b'{"format": NaN}'])
def test_other_json_or_none_is_refused(content: bytes) -> None:
    with pytest.raises(NotEmergencyFileError):
        open_file(content, KEYS.emergency)


def test_a_file_beyond_a_megabyte_is_not_even_read() -> None:
    with pytest.raises(EmergencyFileTooLargeError):
        open_file(b"x" * (MOST_BYTES + 1), KEYS.emergency)


GOOD = {"seq": 8, "kind": "answer", "item": "i1", "option": "i1b", "value": None, "at": 1}


@pytest.mark.parametrize(
    "step",
    [
        GOOD | {"seq": 9},
        GOOD | {"seq": 7},
        GOOD | {"seq": "8"},
        GOOD | {"seq": 8.0},
        GOOD | {"kind": "cheat"},
        GOOD | {"kind": ["answer"]},
        GOOD | {"kind": "view"},
        GOOD | {"item": None},
        GOOD | {"item": "i 1"},
        GOOD | {"item": "i" * 65},
        GOOD | {"option": "../x"},
        GOOD | {"value": "x" * 201},
        GOOD | {"value": "a\0b"},
        GOOD | {"value": "\ud800"},
        GOOD | {"value": 1},
        GOOD | {"at": None},
        GOOD | {"at": 2**53},
        GOOD | {"mark": "on_time"},
        {name: value for name, value in GOOD.items() if name != "at"},
        {"seq": 8, "kind": "flag", "item": "i1", "value": "maybe", "at": 1},
        "answer",
    ],
)
def test_a_step_that_the_answer_path_would_not_take_is_refused(step: object) -> None:
    inside = maker().inside() | {"steps": [step]}
    with pytest.raises(NotEmergencyFileError):
        open_file(maker().make(inside), KEYS.emergency)


@pytest.mark.parametrize(
    "change",
    [
        {"token": 5},
        {"token": "x" * 3000},
        {"head": {"seq": 7, "digest": "AB" * 32}},
        {"head": {"seq": -1, "digest": "ab" * 32}},
        {"head": {"seq": 7}},
        {"steps": {}},
        {"unsent": "two"},
        {"key": "A"},
    ],
)
def test_an_inside_that_no_runner_writes_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(NotEmergencyFileError):
        open_file(maker().make(maker().inside() | change), KEYS.emergency)


def test_steps_without_the_fields_that_they_do_not_need_are_whole() -> None:
    inside = maker().inside() | {"steps": [{"seq": 8, "kind": "focus", "value": "lost", "at": 1}]}
    assert open_file(maker().make(inside), KEYS.emergency).steps[0].item is None


def test_an_inside_that_is_not_json_is_refused() -> None:
    made = maker()
    made.inside = lambda: json.loads('"text"')  # type: ignore[method-assign]
    with pytest.raises(NotEmergencyFileError):
        open_file(made.make(), KEYS.emergency)
