"""Emergency files: what a candidate's computer seals when the server is gone, opened strictly.

The file is sealed to the centre's public key, so whoever finds the stick reads nothing, and bound to the attempt, so
it opens for no other. Eight characters of its digest are noted in the room before the candidate leaves: a file that
was made up afterwards has another fingerprint. The shape is fixed in docs/api.md.
"""

import base64
import binascii
import json
import re
import uuid
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from exam.errors import (
    EmergencyFileTooLargeError,
    EmergencyFileUnreadableError,
    FingerprintMalformedError,
    NotEmergencyFileError,
)
from exam.receipts import short_code
from exam.states import StepKind
from exam.step_shape import wrong_with

FORMAT = "testing-platform-emergency-1"
MOST_BYTES = 1024 * 1024
_KEY_LABEL = b"testing-platform/emergency-file/v1"
_POINT_BYTES, _NONCE_BYTES, _MOST_TOKEN, _MOST_VALUE = 65, 12, 2000, 200
_MOST_MS = 2**52
_MOST_SEQ = 10_000_000
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9-]{1,20}")
_MISREAD = str.maketrans("OIL", "011")  # as people read Crockford characters

Whole = TypeVar("Whole")


@dataclass(frozen=True)
class Envelope:
    """The outside of an emergency file: readable by anybody, and nothing in it that must be kept secret."""

    attempt: uuid.UUID
    participant_number: str
    made_at_ms: int  # by the candidate's computer
    public_key: bytes
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True)
class SentStep:
    """A step as the runner writes it, with the random ids of the form."""

    seq: int
    kind: StepKind
    item: str | None
    option: str | None
    value: str | None
    at_ms: int


@dataclass(frozen=True)
class Contents:
    """The inside: who held the seat, what the server had acknowledged last, and every step since."""

    token: str
    head_seq: int
    head_digest: bytes
    steps: tuple[SentStep, ...]


def fingerprint(content: bytes) -> str:
    """Eight characters over the bytes of the file, as the runner shows them."""
    return short_code(content)


def written_fingerprint(typed: str) -> str:
    """A fingerprint as people write it down, as XXXX-XXXX."""
    characters = "".join(typed.upper().split()).replace("-", "").translate(_MISREAD)
    if not re.fullmatch("[0-9A-HJKMNP-TV-Z]{8}", characters):
        raise FingerprintMalformedError
    return f"{characters[:4]}-{characters[4:]}"


def read_envelope(content: bytes) -> Envelope:
    """The outside of a file; refused when it is none of ours, or not whole."""
    if len(content) > MOST_BYTES:
        raise EmergencyFileTooLargeError
    return _strictly(_envelope, content)


def open_file(content: bytes, key: ec.EllipticCurvePrivateKey) -> Contents:
    """The inside of a file; refused when it was sealed to another centre or changed on the way."""
    envelope = read_envelope(content)
    try:
        ephemeral = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), envelope.public_key)
    except ValueError as error:
        raise NotEmergencyFileError from error
    cipher = AESGCM(_file_key(key.exchange(ec.ECDH(), ephemeral), envelope.public_key))
    try:
        plain = cipher.decrypt(envelope.nonce, envelope.ciphertext, str(envelope.attempt).encode())
    except InvalidTag as error:
        raise EmergencyFileUnreadableError from error
    return _strictly(_contents, plain)


def _file_key(secret: bytes, public_key: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=public_key, info=_KEY_LABEL).derive(secret)


# Reading strictly -------------------------------------------------------------------------------------------------


def _strictly(read: Callable[[dict[str, Any]], Whole], text: bytes) -> Whole:
    try:
        found = json.loads(text.decode())
        return read(_checked(found, dict))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise NotEmergencyFileError from error


def _envelope(found: dict[str, Any]) -> Envelope:
    _only(found, {"format", "attempt", "participant_number", "made_at_ms", "public_key", "nonce", "ciphertext"})
    if found["format"] != FORMAT:
        raise ValueError("another format")
    return Envelope(
        attempt=uuid.UUID(_checked(found["attempt"], str)),
        participant_number=_matching(_NUMBER, found["participant_number"]),
        made_at_ms=_whole_number(found["made_at_ms"], most=_MOST_MS),
        public_key=_base64(found["public_key"], size=_POINT_BYTES),
        nonce=_base64(found["nonce"], size=_NONCE_BYTES),
        ciphertext=_base64(found["ciphertext"]),
    )


def _contents(found: dict[str, Any]) -> Contents:
    _only(found, {"token", "head", "steps", "unsent"})
    head = _checked(found["head"], dict)
    _only(head, {"seq", "digest"})
    head_seq = _whole_number(head["seq"], most=_MOST_SEQ)
    steps = tuple(_step(each) for each in _checked(found["steps"], list))
    if [step.seq for step in steps] != list(range(head_seq + 1, head_seq + 1 + len(steps))):
        raise ValueError("steps do not follow the head one by one")
    _whole_number(found["unsent"], most=_MOST_SEQ)
    token = _checked(found["token"], str)
    if len(token) > _MOST_TOKEN:
        raise ValueError("no token is that long")
    return Contents(token, head_seq, bytes.fromhex(_matching(_DIGEST, head["digest"])), steps)


def _step(found: object) -> SentStep:
    step = _checked(found, dict)
    _only(step, {"seq", "kind", "item", "option", "value", "at"}, optional={"item", "option", "value"})
    return _whole_step(step, value=None if step.get("value") is None else _value(step["value"]))


def _whole_step(step: dict[str, Any], *, value: str | None) -> SentStep:
    sent = SentStep(
        seq=_whole_number(step["seq"], most=_MOST_SEQ),
        kind=StepKind(step["kind"]),
        item=None if step.get("item") is None else _matching(_ID, step["item"]),
        option=None if step.get("option") is None else _matching(_ID, step["option"]),
        value=value,
        at_ms=_whole_number(step["at"], most=_MOST_MS),
    )
    if wrong := wrong_with(sent.kind, item=sent.item, option=sent.option, value=sent.value):
        raise ValueError(wrong)
    return sent


def _value(found: object) -> str:
    text = _checked(found, str)
    text.encode()  # half a character of two, which JSON can write, is no text
    if len(text) > _MOST_VALUE or "\0" in text:
        raise ValueError("no step holds such a value")
    return text


def _only(found: dict[str, Any], names: set[str], *, optional: AbstractSet[str] = frozenset()) -> None:
    if not names - optional <= found.keys() <= names:
        raise ValueError("other fields than the format has")


def _checked(found: object, kind: type[Whole]) -> Whole:
    if not isinstance(found, kind):
        raise TypeError("another kind of value")
    return found


def _whole_number(found: object, *, most: int) -> int:
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= most:
        raise ValueError("no such number")
    return found


def _matching(pattern: re.Pattern[str], found: object) -> str:
    text = _checked(found, str)
    if not pattern.fullmatch(text):
        raise ValueError("no such text")
    return text


def _base64(found: object, *, size: int | None = None) -> bytes:
    try:
        content = base64.b64decode(_checked(found, str), validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
    if size not in (None, len(content)):
        raise ValueError("another size")
    return content
