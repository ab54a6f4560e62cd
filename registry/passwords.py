"""Passwords of staff: hashing with Argon2id, and what a new password must be.

The policy follows what helps (length, not a famous one, not one's own name) and leaves out what only annoys
(digits, capitals, expiry).
"""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from registry.errors import (
    PasswordCommonError,
    PasswordPersonalError,
    PasswordTooLongError,
    PasswordTooShortError,
)

SHORTEST = 12
LONGEST = 256  # beyond it a password is a way to keep the server busy

# Of the passwords that every attacker tries first, those long enough to pass, with the Indonesian favourites.
# Digits at the end and repetition are undone before the comparison, so a stem stands for its family.
_COMMON_STEMS = frozenset(
    {
        "password",
        "passwordpassword",
        "katasandi",
        "katasandiku",
        "rahasia",
        "rahasiaku",
        "rahasiasekali",
        "bismillah",
        "bismillahirrahmanirrahim",
        "alhamdulillah",
        "sayangku",
        "akucintakamu",
        "iloveyou",
        "indonesia",
        "indonesiaraya",
        "indonesiamerdeka",
        "merdeka",
        "qwerty",
        "qwertyuiop",
        "qwertyuiopasdf",
        "qwertyuiopasdfghjkl",
        "asdfghjkl",
        "qazwsxedcrfv",
        "1qaz2wsx3edc",
        "1q2w3e4r5t6y",
        "letmein",
        "letmeinplease",
        "welcome",
        "administrator",
        "superadmin",
        "adminadmin",
        "changeme",
        "changemeplease",
        "trustno",
        "sunshine",
        "princess",
        "football",
        "sepakbola",
        "superman",
        "gurumatematika",
        "gurukuhebat",
        "ujianonline",
        "sertifikasiguru",
        "abcdefghijkl",
        "abcdefghijklm",
        "abcdefghijklmnop",
        "testingplatform",
    },
)
_RUNS = ("0123456789" * 3, "9876543210" * 3)

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The Argon2id hash that the database keeps."""
    return _hasher.hash(password)


def is_password(kept: str | None, password: str) -> bool:
    """True when the password fits. An account without one takes as long, so timing tells nobody who has an account."""
    fits = _fits(kept or _nobodys_hash(), password[: LONGEST + 1])
    return fits and kept is not None and len(password) <= LONGEST


def needs_rehash(kept: str) -> bool:
    """True when the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def check_password(password: str, *, email: str, full_name: str) -> None:
    """Refuse a new password that is short, endless, famous or the owner's own name."""
    if len(password) < SHORTEST:
        raise PasswordTooShortError(shortest=SHORTEST)
    if len(password) > LONGEST:
        raise PasswordTooLongError(longest=LONGEST)
    if _is_common(password):
        raise PasswordCommonError
    if _bare(password) in _personal(email, full_name):
        raise PasswordPersonalError


def _fits(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return hash_password(secrets.token_urlsafe(16))


def _is_common(password: str) -> bool:
    bare = _bare(password)
    stem = _smallest_period(bare.rstrip("0123456789"))
    if len(set(password)) < 4 or stem in _COMMON_STEMS or bare in _COMMON_STEMS:
        return True
    return bool(bare) and any(bare in run for run in _RUNS)


def _smallest_period(text: str) -> str:
    # abcabcabc is abc typed three times.
    period = (text + text).find(text, 1)
    return text[:period] if text else text


def _bare(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _personal(email: str, full_name: str) -> set[str]:
    names = {_bare(full_name), _bare("".join(reversed(full_name.split())))}
    return names | {_bare(email), _bare(email.partition("@")[0])}
