"""Codes of a second factor: the numbers of RFC 6238, how far a clock may be off, and what is kept of secrets."""

import base64
import uuid
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import second_factor
from registry.second_factor import FactorKeys, matching_step

SECRET = base64.b32encode(b"12345678901234567890").decode()  # of RFC 6238, appendix B
KEY = bytes(range(32))
ACCOUNT = uuid.UUID(int=7)
NOW = datetime(2026, 11, 2, 1, 0, 7, tzinfo=UTC)

moments = st.datetimes(datetime(2020, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def code_at(when: datetime, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(when)


# The RFC prints eight digits; an app that shows six shows the last six of them.
@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_codes_are_those_of_the_rfc(seconds: int, eight_digits: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(SECRET, eight_digits[2:], now=now) == seconds // 30
    assert matching_step(SECRET, eight_digits[:6], now=now) is None


@given(moments, st.integers(-300, 300))
def test_a_code_fits_its_half_minute_and_its_two_neighbours(now: datetime, seconds_off: int) -> None:
    shown_at = now + timedelta(seconds=seconds_off)
    distance = second_factor.step_at(shown_at) - second_factor.step_at(now)
    found = matching_step(SECRET, code_at(shown_at), now=now)
    if abs(distance) <= 1:
        assert found == second_factor.step_at(shown_at)
    else:  # two half minutes may share a code by chance, once in a million
        assert found is None or code_at(shown_at) in {code_at(now + timedelta(seconds=30 * n)) for n in (-1, 0, 1)}


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "½23456", "１２３４５６", "12345\n7x"])
def test_what_is_not_six_digits_fits_nothing(typed: str) -> None:
    assert second_factor.digits_of(typed) is None
    assert matching_step(SECRET, typed, now=NOW) is None


def test_spaces_as_the_app_shows_them_do_not_matter() -> None:
    code = code_at(NOW)
    assert matching_step(SECRET, f" {code[:3]} {code[3:]} ", now=NOW) is not None


@pytest.mark.parametrize(("minutes_off", "told"), [(0, None), (2, 2), (-5, 5), (19, 19), (25, None)])
def test_a_wrong_clock_is_told_from_a_wrong_code(minutes_off: int, told: int | None) -> None:
    code = code_at(NOW + timedelta(minutes=minutes_off))
    assert second_factor.clock_gap_minutes(SECRET, code, now=NOW) == told


def test_the_square_holds_what_an_app_needs() -> None:
    address = second_factor.address(SECRET, email="siti@contoh.id")
    read = pyotp.parse_uri(address)
    assert isinstance(read, pyotp.TOTP)
    assert (read.secret, read.name, read.issuer, read.interval) == (SECRET, "siti@contoh.id", "Ujian Kompetensi", 30)


def test_a_sealed_secret_opens_for_its_account_and_key_only() -> None:
    secret = second_factor.new_secret()
    sealed = second_factor.seal_secret(KEY, secret, account=ACCOUNT)
    assert secret.encode() not in sealed
    assert second_factor.open_secret(KEY, sealed, account=ACCOUNT) == secret
    assert second_factor.open_secret(KEY, sealed, account=uuid.UUID(int=8)) is None
    assert second_factor.open_secret(bytes(32), sealed, account=ACCOUNT) is None
    assert len(base64.b32decode(secret)) == 20


@given(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=16, max_size=16), st.data())
def test_a_recovery_code_is_known_however_it_is_typed(code: str, data: st.DataObject) -> None:
    typed = "".join(
        data.draw(st.sampled_from({"0": "0Oo", "1": "1IlLi"}.get(each, each + each.lower())))
        + data.draw(st.sampled_from(["", " ", "-"]))
        for each in code
    )
    kept = second_factor.recovery_digest(KEY, code, account=ACCOUNT)
    assert kept is not None
    assert second_factor.recovery_digest(KEY, typed, account=ACCOUNT) == kept
    assert second_factor.recovery_digest(KEY, code, account=uuid.UUID(int=8)) != kept
    assert second_factor.recovery_digest(KEY, code[:-1], account=ACCOUNT) is None
    assert second_factor.recovery_digest(KEY, code[:-1] + "U", account=ACCOUNT) is None


def test_ten_codes_all_differ_and_nothing_shows_the_keys() -> None:
    codes = second_factor.new_recovery_codes()
    assert (len(set(codes)), {len(code) for code in codes}) == (10, {16})
    assert "secret" not in repr(FactorKeys(secret=KEY, recovery=KEY)).lower()
