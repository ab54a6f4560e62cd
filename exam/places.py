"""Who holds which place in a sitting, as keyed digests that the audit journal and the seal can carry.

A digest without a key would tell the teacher to whoever tries all numbers. With the key of the installation it tells
nothing, and still nobody who holds the database alone can give a place, and the answers on it, to somebody else.
"""

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping

_HEX = 32  # characters that are kept of a digest


def person_digest(key: bytes, *, enrolment: uuid.UUID, nuptk: str, participant_number: str) -> str:
    """Which teacher holds a place, under which number."""
    return _keyed(key, ["person", str(enrolment), nuptk, participant_number])


def grant_digest(key: bytes, *, enrolment: uuid.UUID, extra_minutes: int, break_minutes: int) -> str:
    """What was granted to a place beforehand. It says something about health, so it is never written in clear."""
    return _keyed(key, ["granted", str(enrolment), extra_minutes, break_minutes])


def roster_digest(people: Mapping[uuid.UUID, str]) -> str:
    """SHA-256 over all places of a sitting with the digests of who holds them, in the order of their ids."""
    lines = [f"{enrolment} {people[enrolment]}\n" for enrolment in sorted(people)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _keyed(key: bytes, fields: list[str | int]) -> str:
    text = json.dumps(fields, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:_HEX]
