"""The second factor of staff: six digits that change every half minute (RFC 6238), and codes for a lost phone.

Whoever holds a stolen password lacks both. The shared secret is kept sealed and the recovery codes only as keyed
digests, with keys that live outside the database; so a stolen database makes no codes either.
"""

import hashlib
import hmac
import os
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

STEP_SECONDS = 30
DIGITS = 6
WINDOW = 1  # steps either way: a phone's clock is never quite the server's
N_RECOVERY_CODES = 10
ISSUER = "Ujian Kompetensi"  # what the phone's app writes above the digits

_NONCE_BYTES = 12
_FAR = 40  # steps in which a wrong clock is still recognised as one: twenty minutes
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: codes are typed from paper
_CONFUSED = str.maketrans({"O": "0", "I": "1", "L": "1"})
_RECOVERY_LENGTH = 16  # 80 bits: nothing to guess, so a right one never has to wait


@dataclass(frozen=True, repr=False)
class FactorKeys:
    """The keys of second factors, derived from the installation's secret; the repr shows neither."""

    secret: bytes  # AES-256: seals what phone and server share
    recovery: bytes  # MACs of recovery codes


def new_secret() -> str:
    """What phone and server will share: 160 random bits in base32, which people can type."""
    return pyotp.random_base32()


def address(secret: str, *, email: str) -> str:
    """The `otpauth:` address that the QR code holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def in_groups(text: str) -> str:
    """A secret or recovery code in groups of four, as people read and type it."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def step_at(now: datetime) -> int:
    """The number of the half minute that `now` lies in."""
    return int(now.timestamp()) // STEP_SECONDS


def digits_of(typed: str) -> str | None:
    """The six digits that somebody typed, with or without spaces; None when it is no such code."""
    digits = "".join(typed.split())
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdigit() else None


def matching_step(secret: str, typed: str, *, now: datetime, window: int = WINDOW) -> int | None:
    """The half minute whose code was typed, nearest first; None when it fits none within the window."""
    digits = digits_of(typed)
    if digits is None:
        return None
    codes, present = pyotp.HOTP(secret, digits=DIGITS), step_at(now)
    for step in sorted(range(present - window, present + window + 1), key=lambda each: abs(each - present)):
        if step >= 0 and hmac.compare_digest(codes.at(step), digits):
            return step
    return None


def clock_gap_minutes(secret: str, typed: str, *, now: datetime) -> int | None:
    """By how many minutes, rounded up, the phone's clock differs from the server's; None when it is not the clock."""
    step = matching_step(secret, typed, now=now, window=_FAR)
    gap = abs(step - step_at(now)) if step is not None else 0
    return None if gap <= WINDOW else -(-gap * STEP_SECONDS // 60)


# Keeping ----------------------------------------------------------------------------------------------------------


def seal_secret(key: bytes, secret: str, *, account: uuid.UUID) -> bytes:
    """The secret as the database keeps it (AES-256-GCM); it opens for this account only."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret.encode(), account.bytes)


def open_secret(key: bytes, sealed: bytes, *, account: uuid.UUID) -> str | None:
    """The secret again; None when it was sealed with another key or for another account."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], account.bytes).decode()
    except InvalidTag:
        return None


def new_recovery_codes() -> tuple[str, ...]:
    """Ten fresh codes, each good for one sign-in without the phone."""
    return tuple(
        "".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_LENGTH)) for _number in range(N_RECOVERY_CODES)
    )


def recovery_digest(key: bytes, typed: str, *, account: uuid.UUID) -> bytes | None:
    """What the database keeps of a recovery code, however it was typed; None when it has not the shape of one."""
    code = "".join(each for each in typed.upper() if each.isalnum()).translate(_CONFUSED)
    if len(code) != _RECOVERY_LENGTH or any(each not in _ALPHABET for each in code):
        return None
    return hmac.new(key, account.bytes + code.encode(), hashlib.sha256).digest()
