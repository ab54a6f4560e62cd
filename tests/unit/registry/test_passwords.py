"""Passwords of staff: what is refused, what is kept, and that nobody is told who has an account."""

import pytest

from registry import passwords
from registry.errors import (
    PasswordCommonError,
    PasswordPersonalError,
    PasswordRefusedError,
    PasswordTooLongError,
    PasswordTooShortError,
)

GOOD = "kereta pagi ke Solo"


def check(password: str) -> None:
    passwords.check_password(password, email="siti.rahayu@contoh.id", full_name="Siti Rahayu Ningsih")


@pytest.mark.parametrize("password", [GOOD, "x" * 5 + "yz-abc-1234", "!@#$%^&*()_+", "ŝĥĉĵĝŭ-ŝĥĉĵĝŭ-1"])
def test_a_long_password_of_ones_own_is_accepted(password: str) -> None:
    check(password)


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("kereta pagi", PasswordTooShortError),
        ("k" * 200 + "ereta" * 20, PasswordTooLongError),
        ("Password12345", PasswordCommonError),
        ("rahasia-123456", PasswordCommonError),
        ("QWERTYuiop12", PasswordCommonError),
        ("rahasiarahasia", PasswordCommonError),
        ("123456789012", PasswordCommonError),
        ("aaaaaaaaaaaaaaab", PasswordCommonError),
        ("siti.rahayu@contoh.id", PasswordPersonalError),
        ("SitiRahayuNingsih", PasswordPersonalError),
        ("ningsih rahayu siti", PasswordPersonalError),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, error: type[PasswordRefusedError]) -> None:
    with pytest.raises(error):
        check(password)


def test_the_kept_hash_is_argon2_and_fits_only_its_password() -> None:
    kept = passwords.hash_password(GOOD)
    assert kept.startswith("$argon2id$")
    assert GOOD not in kept
    assert passwords.is_password(kept, GOOD)
    assert not passwords.is_password(kept, GOOD + " ")
    assert not passwords.needs_rehash(kept)


def test_an_account_without_a_password_does_the_same_work_and_accepts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def spy(kept: str, password: str) -> bool:  # noqa: ARG001 - the signature of what it replaces
        seen.append(kept)
        return True

    monkeypatch.setattr(passwords, "_fits", spy)
    assert not passwords.is_password(None, GOOD)
    assert seen[0].startswith("$argon2id$")


def test_a_password_without_end_is_cut_before_it_costs_anything_and_never_fits() -> None:
    kept = passwords.hash_password("a" * 257)
    assert not passwords.is_password(kept, "a" * 10_000)


def test_an_old_weak_hash_asks_for_a_new_one() -> None:
    weak = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$7sj5vHvYf1Xs2oHTdEXS0w"
    assert passwords.needs_rehash(weak)


def test_a_damaged_hash_accepts_nothing() -> None:
    assert not passwords.is_password("not a hash", GOOD)
