"""The codes that candidates type: PIN, result code, start code and participant number.

A code is typed once, by somebody who is nervous, from paper. So confusable characters are one character, and a
check character finds typing errors before anything is counted against the candidate.

The check is a weighted sum over the field of 32 elements with a different weight at each place, which finds every
single wrong character and every swap of two characters, neighbours or not. It needs no characters beyond the
alphabet itself, as a remainder modulo 37 would.
"""

import hashlib
import hmac
import secrets
import uuid
from datetime import datetime
from enum import StrEnum

from exam.errors import PinMistypedError
from registry.throttling import FREE_TRIES, retry_after_seconds, throttle, tries_left

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
_CONFUSED = str.maketrans({"O": "0", "I": "1", "L": "1"})
_IGNORED = frozenset("-‐‑‒–—_ \t\r\n\u00a0")
_N_RANDOM = 12  # 60 bits: guessing is hopeless, so a fast MAC suffices where a password needs a slow hash

# Nothing that reads like another character, on a projector, from the last row.
_START_CODE_ALPHABET = "3479ACDEFHJKMNPRTVWXY"
_START_CODE_LENGTH = 6


class Credential(StrEnum):
    """What a code opens; a MAC for one purpose never serves the other."""

    PIN = "pin"
    RESULT_CODE = "result-code"


def new_pin() -> str:
    """A fresh PIN: twelve random characters and their check character, without hyphens."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_N_RANDOM))
    return body + check_character(body)


def new_result_code() -> str:
    """A fresh code that opens the result after release; it has the shape of a PIN."""
    return new_pin()


def shown(code: str) -> str:
    """A PIN or result code as the card prints it: 4-4-4 and the check character."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def fold(text: str) -> str:
    """What was meant: capitals, no hyphens or spaces, O as 0, I and L as 1; PinMistypedError for anything foreign."""
    folded = "".join(c for c in text.upper() if c not in _IGNORED).translate(_CONFUSED)
    if any(character not in ALPHABET for character in folded):
        raise PinMistypedError
    return folded


def parse_pin(text: str) -> str:
    """The PIN or result code that was typed; PinMistypedError for a typing error, which nobody counts."""
    folded = fold(text)
    if len(folded) != _N_RANDOM + 1 or check_character(folded[:-1]) != folded[-1]:
        raise PinMistypedError
    return folded


def check_character(body: str) -> str:
    """The character that follows the body; see the module's opening for what it finds."""
    total = 0
    for character in body:
        total = _times_alpha(total ^ ALPHABET.index(character))
    return ALPHABET[total]


def _times_alpha(value: int) -> int:
    # Multiplication by x in GF(2)[x] modulo x^5 + x^2 + 1, whose powers of x run through all 31 non-zero elements.
    doubled = value << 1
    return doubled ^ 0b100101 if doubled & 0b100000 else doubled


def mac(key: bytes, *, purpose: Credential, sitting: uuid.UUID, participant_number: str, code: str) -> bytes:
    """What the database keeps of a code: HMAC-SHA-256 over purpose, sitting, participant and code."""
    parts = (purpose.value, sitting.hex, participant_number, code)
    return hmac.new(key, "\0".join(parts).encode(), hashlib.sha256).digest()


def is_same_mac(kept: bytes | None, given: bytes) -> bool:
    """Compare in constant time; an enrolment without a card accepts nothing."""
    return hmac.compare_digest(kept or bytes(len(given)), given) and kept is not None


def new_start_code() -> str:
    """A code for the wall of the room."""
    return "".join(secrets.choice(_START_CODE_ALPHABET) for _ in range(_START_CODE_LENGTH))


def is_start_code(expected: str, typed: str) -> bool:
    """True when the typed code is the one on the wall, whatever its case and hyphens."""
    try:
        return hmac.compare_digest(fold(expected), fold(typed))
    except PinMistypedError:
        return False


def participant_number(sequence: int, now: datetime) -> str:
    """The number on a card: two digits of the year, seven of a running sequence, a Luhn check digit."""
    if not 0 <= sequence < 10**7:
        raise ValueError(f"sequence {sequence} does not fit seven digits")
    body = f"{now.year % 100:02}{sequence:07}"
    return body + _luhn_digit(body)


def sequence_of(number: str) -> int:
    """The running sequence inside a participant number."""
    return int(number[2:9])


def is_participant_number(text: str) -> bool:
    """True when the text can be a participant number; a single wrong digit makes it False."""
    return len(text) == 10 and text.isascii() and text.isdigit() and _luhn_digit(text[:-1]) == text[-1]


def _luhn_digit(body: str) -> str:
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body))]
    return str(-sum(number // 10 + number % 10 for number in doubled) % 10)


__all__ = [
    "ALPHABET",
    "FREE_TRIES",
    "Credential",
    "check_character",
    "fold",
    "is_participant_number",
    "is_same_mac",
    "is_start_code",
    "mac",
    "new_pin",
    "new_result_code",
    "new_start_code",
    "parse_pin",
    "participant_number",
    "retry_after_seconds",
    "sequence_of",
    "shown",
    "throttle",
    "tries_left",
]
