"""How a candidate presents a code from the card: the PIN to sit the test, the result code to see the result.

Wrong codes are counted in the database, per enrolment and kind of code, because a lab sits behind one address and
counters in a worker protect nothing. The count must survive the refusal, so a refusal is returned and committed
instead of raised. The first refusals do not say whether the participant number exists; being told to wait does.

Only wrong codes are slowed down. Participant numbers run in sequence, so whoever could make the owner of a number wait
could keep a whole lab out; a right code of 60 bits is not guessed, and always enters.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from exam.credentials import Credential, is_same_mac, mac, retry_after_seconds, throttle
from exam.keys import Keys
from exam.model import Enrolment, Sitting
from exam.states import SittingState

_ENOUGH = 1_000_000  # wrong codes; a counter that an attacker drives must not run out of its column


@dataclass(frozen=True)
class Refusal:
    """Why a candidate was not let in, and how long to wait before the next try."""

    code: str  # bad-credentials, bad-start-code or slow-down
    retry_after_seconds: int = 0
    tries_left: int | None = None


@dataclass(frozen=True)
class _Columns:
    """Where an enrolment keeps what belongs to one kind of code."""

    mac: str
    failures: str
    blocked_until: str


_COLUMNS = {
    Credential.PIN: _Columns("pin_mac", "failed_pins", "pin_blocked_until"),
    Credential.RESULT_CODE: _Columns("result_code_mac", "failed_result_codes", "result_blocked_until"),
}


def sign_in_candidate(
    session: Session, *, participant_number: str, pin: str, keys: Keys, now: datetime
) -> Enrolment | Refusal:
    """Let a candidate in by participant number and PIN. A PIN dies when its sitting closes."""
    return _present(session, Credential.PIN, participant_number=participant_number, code=pin, keys=keys, now=now)


def open_result(
    session: Session, *, participant_number: str, code: str, keys: Keys, now: datetime
) -> Enrolment | Refusal:
    """Let a candidate see the result by participant number and result code."""
    kind = Credential.RESULT_CODE
    return _present(session, kind, participant_number=participant_number, code=code, keys=keys, now=now)


def _present(
    session: Session, kind: Credential, *, participant_number: str, code: str, keys: Keys, now: datetime
) -> Enrolment | Refusal:
    columns = _COLUMNS[kind]
    enrolment = _locked(session, participant_number)
    if enrolment is None or getattr(enrolment, columns.mac) is None:
        return Refusal("bad-credentials")
    given = mac(
        keys.credential,
        purpose=kind,
        sitting=enrolment.sitting.public_id,
        participant_number=participant_number,
        code=code,
    )
    if is_same_mac(getattr(enrolment, columns.mac), given) and not _is_dead(kind, enrolment.sitting):
        setattr(enrolment, columns.failures, 0)
        setattr(enrolment, columns.blocked_until, None)
        return enrolment
    return _refused(enrolment, columns, now=now)


def _refused(enrolment: Enrolment, columns: _Columns, *, now: datetime) -> Refusal:
    blocked_until: datetime | None = getattr(enrolment, columns.blocked_until)
    if blocked_until and blocked_until > now:
        # Nothing is written: whoever hammers a number must not make the disk work for each try.
        return Refusal("slow-down", retry_after_seconds=retry_after_seconds(blocked_until, now))
    failures: int = getattr(enrolment, columns.failures) + 1
    setattr(enrolment, columns.failures, min(failures, _ENOUGH))
    setattr(enrolment, columns.blocked_until, throttle(failures, now))
    return Refusal("bad-credentials")


def _locked(session: Session, participant_number: str) -> Enrolment | None:
    return session.scalar(
        select(Enrolment)
        .where(Enrolment.participant_number == participant_number)
        .options(
            joinedload(Enrolment.sitting).joinedload(Sitting.site),
            joinedload(Enrolment.teacher),
            joinedload(Enrolment.attempt),
        )
        .with_for_update(of=Enrolment),
    )


def _is_dead(kind: Credential, sitting: Sitting) -> bool:
    return kind is Credential.PIN and sitting.state in {SittingState.CLOSED, SittingState.SEALED}
