"""The signed tokens that candidates' browsers carry, so that the answer path needs no account query.

A session token says which enrolment signed in with which card; an attempt token says which attempt the device
holds and in which epoch: release by the proctor raises the epoch, and older tokens die.
"""

import hashlib
import time
import uuid
from dataclasses import dataclass
from functools import lru_cache

from itsdangerous import BadData, URLSafeTimedSerializer

SESSION_SECONDS = 12 * 3600
ATTEMPT_SECONDS = 24 * 3600
_KNOWN_TOKENS = 10_000  # some 5 MB in a process


@dataclass(frozen=True)
class SessionToken:
    """Who signed in; `card` changes when the PIN is issued anew."""

    enrolment: uuid.UUID
    card: str


@dataclass(frozen=True)
class AttemptToken:
    """Who holds an attempt. The form stands here, so that steps can be checked without asking the database for it."""

    attempt: uuid.UUID
    form: uuid.UUID
    epoch: int


class Tokens:
    """Signs and reads both kinds; a token of one kind is never read as the other."""

    def __init__(self, key: bytes) -> None:
        self._session = URLSafeTimedSerializer(
            key, salt="candidate-session", signer_kwargs={"digest_method": hashlib.sha256}
        )
        self._attempt = URLSafeTimedSerializer(key, salt="attempt", signer_kwargs={"digest_method": hashlib.sha256})
        # A seat sends the same token a hundred times: its signature is checked once, its age each time. What fails
        # is not remembered, so forged tokens push no true one out.
        self._known = lru_cache(maxsize=_KNOWN_TOKENS)(self._read_attempt)

    def sign_session(self, token: SessionToken) -> str:
        """The text of a session token."""
        return str(self._session.dumps([token.enrolment.hex, token.card]))

    def read_session(self, text: str) -> SessionToken | None:
        """The token behind the text; None when it is forged, damaged or too old."""
        try:
            (enrolment, card), signed_at = self._session.loads(text, return_timestamp=True)
            token = SessionToken(enrolment=uuid.UUID(enrolment), card=str(card))
        except (BadData, ValueError, TypeError):
            return None
        return token if _age_seconds(int(signed_at.timestamp())) <= SESSION_SECONDS else None

    def sign_attempt(self, token: AttemptToken) -> str:
        """The text of an attempt token."""
        return str(self._attempt.dumps([token.attempt.hex, token.form.hex, token.epoch]))

    def read_attempt(self, text: str, *, within_seconds: int | None = ATTEMPT_SECONDS) -> AttemptToken | None:
        """The token behind the text; None when it is forged, damaged or too old. Without a limit any age will do."""
        try:
            token, signed_at = self._known(text)
        except (BadData, ValueError, TypeError):
            return None
        return token if within_seconds is None or _age_seconds(signed_at) <= within_seconds else None

    def _read_attempt(self, text: str) -> tuple[AttemptToken, int]:
        (attempt, form, epoch), signed_at = self._attempt.loads(text, return_timestamp=True)
        token = AttemptToken(attempt=uuid.UUID(attempt), form=uuid.UUID(form), epoch=int(epoch))
        return token, int(signed_at.timestamp())


def _age_seconds(signed_at: int) -> int:
    # Below nothing for a token from before the computer's clock was set back. It is as genuine as any other: were it
    # refused, a clock that is put right by a second would put everybody out of the room.
    return int(time.time()) - signed_at
