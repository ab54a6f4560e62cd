"""Emergency files: the fingerprint is noted in the room, one person receives the file, a second one imports it.

What comes in this way enters the journal like any other step: by the answer path, marked by the time of receipt. The
seat may have been released meanwhile (`exam.emergency_joining`). A file that cannot follow the journal changes nothing
and stays as evidence, for people to decide.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, joinedload

from exam.access import require_admit, require_run
from exam.answer_path import Holder, NewStep, append
from exam.emergency import Contents, Envelope, SentStep, fingerprint, open_file, read_envelope, written_fingerprint
from exam.emergency_joining import Joined, join
from exam.errors import (
    EmergencyFileConflictError,
    EmergencyFileDisputedError,
    EmergencyFileForeignError,
    EmergencyFileImportedError,
    EmergencyFileKnownError,
    ExamError,
    FingerprintNotNotedError,
    FingerprintReasonMissingError,
    FingerprintUsedError,
    NotAdmittedError,
    SamePersonError,
    SittingStateError,
    UnknownItemError,
)
from exam.form_index import FormIndex, FormIndexes
from exam.keys import Keys
from exam.model import Attempt, EmergencyFile, SeatEvent, Sitting, Step
from exam.queries.emergency import NOTED, STRUCK, is_noted
from exam.queries.outages import excused_steps
from exam.states import SittingState, StepKind, StepMark
from exam.timing import epoch_ms
from exam.tokens import AttemptToken, Tokens
from registry.actor import Actor
from registry.audit import record
from registry.columns import Document

SHORTEST_REASON, LONGEST_REASON = 5, 500
_AT_ONCE = 50  # steps in one statement, as over the network: no database takes any number of values


@dataclass(frozen=True)
class Opener:
    """What opens a file of this centre and tells whether this server gave the seat away."""

    keys: Keys
    tokens: Tokens


@dataclass(frozen=True)
class Outlook:
    """What an import would do now, or why it can do nothing. With disputed items it asks for the candidate first."""

    n_new: int = 0
    n_known: int = 0
    n_answers: int = 0  # among the new ones
    disputed: tuple[int, ...] = ()  # numbers of items as the candidate sees them
    refusal: ExamError | None = None


@dataclass(frozen=True)
class _Opened:
    token: AttemptToken
    contents: Contents
    steps: tuple[NewStep, ...]  # in the positions of the form


def note_fingerprint(session: Session, attempt: Attempt, *, typed: str, actor: Actor, now: datetime) -> str:
    """Write down the fingerprint on a candidate's screen, before the candidate leaves; returns it as it was noted."""
    require_admit(actor, attempt.sitting)
    noted = written_fingerprint(typed)
    _require_unsealed(session, attempt)
    if attempt.begun_ms is None:
        raise NotAdmittedError(state=attempt.state.value)
    if not is_noted(session, attempt, noted):
        _note(session, attempt, kind=NOTED, actor=actor, now=now, details={"fingerprint": noted})
        _record(session, attempt, "emergency.note", actor=actor, now=now, details={"fingerprint": noted})
    return noted


def strike_fingerprint(
    session: Session, attempt: Attempt, *, fingerprint: str, reason: str, actor: Actor, now: datetime
) -> None:
    """Strike out a fingerprint that was mistyped. It stays visible with the reason, and no file comes in by it."""
    require_admit(actor, attempt.sitting)
    _require_unsealed(session, attempt)
    if len(reason.strip()) < SHORTEST_REASON:
        raise FingerprintReasonMissingError(at_least=SHORTEST_REASON)
    if not is_noted(session, attempt, fingerprint):
        raise FingerprintNotNotedError(fingerprint=fingerprint, seat=attempt.enrolment.seat)
    if _is_received(session, attempt, fingerprint):
        raise FingerprintUsedError(fingerprint=fingerprint)
    said: Document = {"fingerprint": fingerprint, "reason": reason.strip()[:LONGEST_REASON]}
    _note(session, attempt, kind=STRUCK, actor=actor, now=now, details=said)
    # The reason stays with the seat: people write names into reasons, and the audit journal holds none.
    _record(session, attempt, "emergency.strike", actor=actor, now=now, details={"fingerprint": fingerprint})


def receive_file(
    session: Session, sitting: Sitting, *, content: bytes, opener: Opener, actor: Actor, now: datetime
) -> EmergencyFile:
    """The first person: take a file in, if it opens and its fingerprint was noted. No answer changes yet."""
    require_run(actor, sitting)
    envelope = read_envelope(content)
    attempt = _attempt_of(session, sitting, envelope)
    _require_unsealed(session, attempt)
    _open(session, attempt, content, opener=opener)
    code = fingerprint(content)
    if not is_noted(session, attempt, code):
        raise FingerprintNotNotedError(fingerprint=code, seat=attempt.enrolment.seat)
    if _is_received(session, attempt, code):
        raise EmergencyFileKnownError
    received = EmergencyFile(
        attempt=attempt,
        fingerprint=code,
        content=content,
        size=len(content),
        received_at=now,
        received_by_id=actor.key,
    )
    session.add(received)
    details: Document = {"fingerprint": code, "size": len(content)}
    _note(session, attempt, kind="emergency_received", actor=actor, now=now, details=details)
    _record(session, attempt, "emergency.receive", actor=actor, now=now, details=details)
    return received


def outlook(session: Session, file: EmergencyFile, *, opener: Opener) -> Outlook:
    """What the second person should know before importing. Shows how much there is, never what was answered."""
    try:
        joined = _joined(session, file.attempt, _open(session, file.attempt, file.content, opener=opener))
    except ExamError as refusal:
        return Outlook(refusal=refusal)
    return Outlook(
        n_new=len(joined.lacking),
        n_known=joined.n_known,
        n_answers=_n_answers(joined.lacking),
        disputed=_shown_numbers(file.attempt, joined.disputed),
    )


def import_file(
    session: Session,
    file: EmergencyFile,
    *,
    opener: Opener,
    actor: Actor,
    now: datetime,
    asked_about: Collection[int] = (),
) -> EmergencyFile:
    """The second person: add to the journal what it does not hold yet. The file says afterwards how much that was.

    Where the candidate chose otherwise at another computer meanwhile, the import is refused. `asked_about` are the
    items, as numbered on the screen, for which the candidate confirmed the later choice: it stands, and the rest of
    the file is added.
    """
    attempt = file.attempt
    require_admit(actor, attempt.sitting)
    _require_unsealed(session, attempt)
    if file.received_by_id == actor.key:
        raise SamePersonError
    if not is_noted(session, attempt, file.fingerprint):
        raise FingerprintNotNotedError(fingerprint=file.fingerprint, seat=attempt.enrolment.seat)
    joined = _joined(session, attempt, _open(session, attempt, file.content, opener=opener))
    disputed = _shown_numbers(attempt, joined.disputed)
    if not set(disputed) <= set(asked_about):
        raise EmergencyFileDisputedError(items=list(disputed))
    new = _append(session, attempt, joined, now=now)
    outcome = {**_outcome(session, attempt, new, joined.n_known), "left_out": list(disputed)}
    _set_imported(session, file, outcome=outcome, actor=actor, now=now)
    details: Document = {"fingerprint": file.fingerprint, **(file.outcome or {})}
    _note(session, attempt, kind="emergency_imported", actor=actor, now=now, details=details)
    _record(session, attempt, "emergency.import", actor=actor, now=now, details=details)
    return file


def _is_received(session: Session, attempt: Attempt, code: str) -> bool:
    known = select(EmergencyFile.id).where(EmergencyFile.attempt_id == attempt.id, EmergencyFile.fingerprint == code)
    return session.scalar(known) is not None


def _attempt_of(session: Session, sitting: Sitting, envelope: Envelope) -> Attempt:
    attempt = session.scalar(
        select(Attempt)
        .where(Attempt.public_id == envelope.attempt, Attempt.sitting_id == sitting.id)
        .options(joinedload(Attempt.enrolment), joinedload(Attempt.sitting)),
    )
    if attempt is None or attempt.enrolment.participant_number != envelope.participant_number.replace("-", ""):
        raise EmergencyFileForeignError
    return attempt


def _require_unsealed(session: Session, attempt: Attempt) -> None:
    # The row is locked like by any act of its holder: nothing is added to the journal between looking and writing.
    session.execute(select(Attempt.id).where(Attempt.id == attempt.id).with_for_update())
    session.refresh(attempt)
    session.refresh(attempt.sitting, ["state"])
    if attempt.sealed_ms is not None or attempt.sitting.state is SittingState.SEALED:
        raise SittingStateError(state=SittingState.SEALED.value)


def _open(session: Session, attempt: Attempt, content: bytes, *, opener: Opener) -> _Opened:
    contents = open_file(content, opener.keys.emergency)
    token = opener.tokens.read_attempt(contents.token, within_seconds=None)
    if token is None or (token.attempt, token.form) != (attempt.public_id, attempt.form.public_id):
        raise EmergencyFileForeignError
    index = FormIndexes().load(session, token.form)
    try:
        return _Opened(token, contents, tuple(_in_positions(step, index) for step in contents.steps))
    except UnknownItemError as error:
        raise EmergencyFileForeignError from error


def _in_positions(step: SentStep, index: FormIndex) -> NewStep:
    item = None if step.item is None else index.position_of(step.item)
    option = None if item is None or step.option is None else index.option_of(item, step.option)
    return NewStep(step.seq, step.kind, item, option, step.value, step.at_ms)


def _joined(session: Session, attempt: Attempt, opened: _Opened) -> Joined:
    """The steps that the journal does not hold yet, whichever seat it was continued from since."""
    if _digest_after(session, attempt, opened.contents.head_seq) != opened.contents.head_digest:
        raise EmergencyFileConflictError
    later = session.execute(
        select(Step.seq, Step.kind, Step.item, Step.option, Step.value, Step.at_ms)
        .where(Step.attempt_id == attempt.id, Step.seq > opened.contents.head_seq)
        .order_by(Step.seq),
    )
    return join(opened.steps, [NewStep(*row) for row in later])


def _append(session: Session, attempt: Attempt, joined: Joined, *, now: datetime) -> tuple[NewStep, ...]:
    new = joined.numbered_from(attempt.last_seq)
    holder, prev = Holder(attempt=attempt.public_id, epoch=attempt.epoch), attempt.digest
    for first in range(0, len(new), _AT_ONCE):
        steps = new[first : first + _AT_ONCE]
        prev = append(session.connection(), holder, prev=prev, steps=steps, now_ms=epoch_ms(now)).digest
    session.expire(attempt)
    return new


def _shown_numbers(attempt: Attempt, items: Iterable[int]) -> tuple[int, ...]:
    """Items by the number that stands above them on the candidate's screen."""
    return tuple(sorted(attempt.item_order.index(item) + 1 for item in items))


def _digest_after(session: Session, attempt: Attempt, seq: int) -> bytes | None:
    if seq == 0:
        return attempt.genesis
    return session.scalar(select(Step.digest).where(Step.attempt_id == attempt.id, Step.seq == seq))


def _n_answers(steps: Sequence[NewStep]) -> int:
    return sum(step.kind is StepKind.ANSWER for step in steps)


def _outcome(session: Session, attempt: Attempt, new: Sequence[NewStep], n_known: int) -> Document:
    mark = None
    if new:
        mark = session.scalars(select(Step.mark).where(Step.attempt_id == attempt.id, Step.seq == new[0].seq)).one()
    excused = excused_steps(session, Attempt.id == attempt.id).get(attempt.id, frozenset())
    counted = len(new) if mark is StepMark.ON_TIME else sum(step.seq in excused for step in new)
    return {
        "n_new": len(new),
        "n_known": n_known,
        "n_answers": _n_answers(new),
        "mark": mark.value if mark else None,
        "n_counted": counted,
        "from_seq": new[0].seq if new else None,  # which steps of the journal came in this way
        "until_seq": new[-1].seq if new else None,
    }


def _set_imported(session: Session, file: EmergencyFile, *, outcome: Document, actor: Actor, now: datetime) -> None:
    imported = session.execute(
        update(EmergencyFile)
        .where(EmergencyFile.id == file.id, EmergencyFile.imported_at.is_(None))
        .values(imported_at=now, imported_by_id=actor.key, outcome=outcome),
        execution_options={"synchronize_session": False},
    )
    if cast("CursorResult[Any]", imported).rowcount != 1:
        raise EmergencyFileImportedError
    session.refresh(file, ["imported_at", "imported_by_id", "outcome"])


def _note(session: Session, attempt: Attempt, *, kind: str, actor: Actor, now: datetime, details: Document) -> None:
    session.add(SeatEvent(attempt_id=attempt.id, at=now, kind=kind, actor_id=actor.account_id, details=details))
    session.flush()


def _record(session: Session, attempt: Attempt, action: str, *, actor: Actor, now: datetime, details: Document) -> None:
    subject: uuid.UUID = attempt.public_id
    record(session, actor=actor, action=action, subject_kind="attempt", subject=subject, at=now, details=details)
