"""What `verify` found, in words for a person and as JSON for a program."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from exam.audit_proof import AuditVerdict
from exam.findings import Fault, Finding
from exam.receipt_check import ReceiptVerdict
from exam.timing import instant
from exam.verification import AttemptVerdict, SittingVerdict

if TYPE_CHECKING:
    from exam.queries.evidence import SittingName
    from testing_platform.verifying import Proved

FAULTS: Mapping[Fault, str] = {
    Fault.BEGINNING: "the beginning of the journal does not fit who sat, which form and in which order",
    Fault.STEP_CHANGED: "this step was changed, removed or put in: its digest does not follow from the step before",
    Fault.STEP_MISSING: "this step is missing",
    Fault.STEPS_CUT: "this step and those after it are missing: the attempt or a signed head names a later one",
    Fault.HEAD: "the head of the journal is not that of its last step",
    Fault.REWRITTEN: "the journal was rewritten: what was signed at that time is not on it",
    Fault.MARK: "the mark (on time, late, after submit) cannot be right by the clock of the attempt",
    Fault.DEADLINE: "the deadline is later than all that was granted",
    Fault.BEGIN: "the clock is said to have begun after the first step came",
    Fault.BREAKS: "the breaks are longer than was granted",
    Fault.END: "the attempt ended otherwise than the head that left the server says",
    Fault.RECEIPT_GONE: "the candidate handed in, or a head names the receipt, and there is none",
    Fault.RECEIPT_PERSON: "the receipt names another participant number than the one that the attempt has now",
    Fault.RECEIPT_FORGED: "the receipt was not signed by this installation, or was changed",
    Fault.RECEIPT_WRONG: "the receipt says something else than the journal",
    Fault.ATTEMPT_GONE: "the attempt is not in the database any more; a signed head names it",
    Fault.ATTEMPT_NEW: "the attempt was put into the database after the fact: no signed head of its sitting names it",
    Fault.PLAN: "window, duration, form or site are not those that the audit journal names",
    Fault.ROOM: "the room was opened, closed or sealed at a moment of which the audit journal does not tell",
    Fault.MINUTES: "the added minutes are not those that the audit journal names",
    Fault.OUTAGE: "the approved outages are not those that two people signed by the audit journal",
    Fault.PAUSE: "this clock stood, or ran again, by no act that the audit journal names",
    Fault.PERSON: "the place belongs to another teacher or participant number than the audit journal names",
    Fault.GRANT: "extra time or breaks of this place are not those that the audit journal names",
    Fault.PLACE_GONE: "somebody who was enrolled has no place any more",
    Fault.SITTING_GONE: "this sitting was opened, and it is not in the database any more",
    Fault.UNREADABLE: "a row holds what this program never writes, or names a row that is gone; it cannot be read",
    Fault.SEAL_GONE: "the sitting was sealed and its seal is gone",
    Fault.SEAL_FORGED: "the seal was not signed by this installation, or was changed",
    Fault.SEAL_CONTRADICTED: "the seal is not that of the attempts as they stand now",
    Fault.ROSTER: "who holds which place is not as it was sealed",
    Fault.NOT_AS_SEALED: "the attempt is not as it was sealed: its end, marks of its steps or its state were changed",
    Fault.LINE_FORGED: "a head bears a signature that does not fit",
    Fault.LINE_GONE: "a head was made and is not in the files",
    Fault.LINE_MOVED: "a head stands before the one that it follows",
    Fault.LINE_CONTRADICTED: "the root of a head does not follow from the heads before it",
    Fault.ROW_CONTRADICTED: "the database says something else than the head that it names",
    Fault.AUDIT_CHANGED: "this audit event does not follow from the one before",
    Fault.AUDIT_REWRITTEN: "the audit journal was rewritten: what was signed at that time is not on it",
    Fault.AUDIT_CUT: "this audit event and those after it are missing",
    Fault.AUDIT_BACKDATED: "this audit event says that it is older than the head in which it is missing",
}

_OUTCOMES = {0: "PROVEN", 1: "BROKEN", 3: "UNPROVEN"}


def as_text(proved: "Proved") -> str:
    """For a person: each sitting, each attempt, the audit journal, the outcome."""
    return "\n".join(_lines(proved))


def as_json(proved: "Proved") -> str:
    """For a program."""
    audit = proved.audit
    said = {
        "outcome": _OUTCOMES[proved.exit_code].lower(),
        "key_id": proved.book.key_id,
        "heads": {
            "genuine": proved.book.n_lines,
            "foreign": proved.book.n_foreign,
            "unreadable": proved.book.n_unreadable,
            "forged": [_finding(found) for found in proved.book.forged],
        },
        "sittings": [_sitting(sitting, verdict) for sitting, verdict in proved.sittings],
        "audit": {
            "n_events": audit.n_events,
            "n_proven": audit.n_proven,
            "proven_at_ms": audit.proven_at_ms,
            "findings": [_finding(found) for found in audit.findings],
        },
        "receipt": _receipt(proved.receipt) if proved.receipt else None,
    }
    return json.dumps(said, indent=2)


# In words ---------------------------------------------------------------------------------------------------------


def _lines(proved: "Proved") -> Iterator[str]:
    book = proved.book
    yield f"Key {book.key_id}. Heads from outside the database: {book.n_lines}."
    if book.n_unreadable or book.n_foreign:
        yield f"  Passed over: {book.n_unreadable} lines that cannot be read, {book.n_foreign} of other installations."
    yield from (f"  BROKEN {_place(found)}: {FAULTS[found.fault]}" for found in book.forged)
    for sitting, verdict in proved.sittings:
        yield ""
        yield from _sitting_lines(sitting, verdict)
    yield ""
    yield from _audit_lines(proved)
    if proved.receipt is not None:
        yield _receipt_line(proved.receipt)
    yield ""
    yield f"Outcome: {_OUTCOMES[proved.exit_code]}{_how_far(proved)}"
    yield from _all_findings(proved)


def _how_far(proved: "Proved") -> str:
    """Up to when, and what is not proven: nobody should read more into one word than it says."""
    verdicts = [verdict for _sitting, verdict in proved.sittings]
    attempts = [attempt for verdict in verdicts for attempt in verdict.attempts]
    heads = sorted(verdict.last_head_ms for verdict in verdicts if verdict.last_head_ms is not None)
    said = [_heads(heads)] if proved.exit_code == 0 and heads else []
    if n_unproven := sum(attempt.n_unproven > 0 for attempt in attempts):
        n_steps = sum(attempt.n_unproven for attempt in attempts)
        said.append(f"{_number(n_unproven, 'attempt')} unproven in {_number(n_steps, 'step')}")
    if n_receiptless := sum(attempt.has_no_receipt for attempt in attempts):
        said.append(f"{_number(n_receiptless, 'attempt')} ended without a receipt")
    return (" " if proved.exit_code == 0 else ": ") + "; ".join(said) if said else ""


def _heads(heads: Sequence[int]) -> str:
    if heads[0] == heads[-1]:
        return f"up to the heads of {_time(heads[0])}"
    return f"up to the heads of each sitting, from {_time(heads[0])} to {_time(heads[-1])}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _all_findings(proved: "Proved") -> Iterator[str]:
    """Once more, in one place: of a hundred lines people read the last ones."""
    yield from (f"  BROKEN {_place(found)}: {FAULTS[found.fault]}" for found in proved.book.forged)
    for sitting, verdict in proved.sittings:
        name = f"{sitting.title} ({verdict.sitting})"
        yield from (f"  BROKEN {name}, {_place(found)}: {FAULTS[found.fault]}" for found in verdict.findings)
        broken = [_attempt_line(attempt) for attempt in verdict.attempts if attempt.broken is not None]
        yield from (f"  BROKEN {name}, {line.removeprefix('BROKEN ')}" for line in broken)
    yield from (f"  BROKEN {line}" for line in _audit_findings(proved.audit))
    if proved.receipt is not None and not proved.receipt.holds:
        yield f"  BROKEN {_receipt_line(proved.receipt)}"


def _sitting_lines(sitting: "SittingName", verdict: SittingVerdict) -> Iterator[str]:
    yield f"Sitting {verdict.sitting} ({sitting.title}, {sitting.state})"
    last = f", the last of {_time(verdict.last_head_ms)}" if verdict.last_head_ms is not None else ""
    steps = sum(attempt.n_steps for attempt in verdict.attempts)
    yield f"  {len(verdict.attempts)} attempts, {steps} steps, {verdict.n_heads} heads{last}."
    yield from (f"  BROKEN {_place(found)}: {FAULTS[found.fault]}" for found in verdict.findings)
    yield from (f"  {_attempt_line(attempt)}" for attempt in verdict.attempts)


def _attempt_line(verdict: AttemptVerdict) -> str:
    who = f"seat {verdict.seat}, attempt {verdict.attempt}: "
    if verdict.broken is not None:
        return f"BROKEN {who}{_steps_of(verdict.broken)}: {FAULTS[verdict.broken.fault]}{_shown_by(verdict.broken)}"
    if verdict.n_steps == 0:
        return f"{who}no steps"
    if verdict.proof is None:
        return f"{who}{verdict.n_steps} steps hold together, unproven{_receiptless(verdict)}"
    proof = verdict.proof
    proven = f"{who}proven up to step {proof.seq} by the {proof.by} of {_time(proof.at_ms)}"
    return (
        proven + (f", {verdict.n_unproven} later steps unproven" if verdict.n_unproven else "") + _receiptless(verdict)
    )


def _receiptless(verdict: AttemptVerdict) -> str:
    return "; the time ran out and no receipt was issued" if verdict.has_no_receipt else ""


def _audit_lines(proved: "Proved") -> Iterator[str]:
    audit = proved.audit
    proven = f"the first {audit.n_proven} proven by the head of {_time(audit.proven_at_ms)}"
    yield f"Audit journal: {audit.n_events} events, {proven if audit.proven_at_ms is not None else 'unproven'}."
    yield from (f"  BROKEN {line}" for line in _audit_findings(audit))


def _audit_findings(audit: AuditVerdict) -> Iterator[str]:
    for found in audit.findings:
        event = f"event {found.seq} of the audit journal" if found.seq is not None else _place(found)
        yield f"{event}: {FAULTS[found.fault]}{_shown_by(found)}"


def _receipt_line(receipt: ReceiptVerdict) -> str:
    if not receipt.is_genuine:
        return "Receipt: NOT GENUINE. It was not signed by this installation, or was changed."
    if receipt.verdict is None:
        return f"Receipt: genuine, but the attempt {receipt.attempt} is not in what was looked at."
    if receipt.verdict.broken is not None:
        return "Receipt: genuine, but the journal of its attempt is broken (above)."
    return f"Receipt: genuine, on the journal, {'under the seal' if receipt.is_sealed else 'not sealed yet'}."


def _steps_of(found: Finding) -> str:
    if found.seq is None:
        return "as a whole"
    if found.until_seq is not None and found.until_seq != found.seq:
        return f"between step {found.seq} and step {found.until_seq}"
    return f"step {found.seq}"


def _place(found: Finding) -> str:
    seat = f"seat {found.seat}" if found.seat is not None else ""
    parts = [seat, f"attempt {found.attempt}" if found.attempt else "", found.where]
    return ", ".join([*filter(None, parts), *([_time(found.at_ms)] if found.at_ms is not None else [])]) or "as a whole"


def _shown_by(found: Finding) -> str:
    return f" ({found.where}, {_time(found.at_ms)})" if found.where and found.at_ms is not None else ""


def _time(at_ms: int | None) -> str:
    return instant(at_ms).strftime("%Y-%m-%d %H:%M:%S UTC") if at_ms is not None else ""


# As JSON ----------------------------------------------------------------------------------------------------------


def _sitting(sitting: "SittingName", verdict: SittingVerdict) -> dict[str, Any]:
    return {
        "sitting": str(verdict.sitting),
        "state": sitting.state,
        "broken": verdict.is_broken,
        "n_heads": verdict.n_heads,
        "last_head_ms": verdict.last_head_ms,
        "findings": [_finding(found) for found in verdict.findings],
        "attempts": [_attempt(attempt) for attempt in verdict.attempts],
    }


def _attempt(verdict: AttemptVerdict) -> dict[str, Any]:
    return {
        "attempt": str(verdict.attempt),
        "seat": verdict.seat,
        "n_steps": verdict.n_steps,
        "proof": asdict(verdict.proof) if verdict.proof else None,
        "n_unproven": verdict.n_unproven,
        "has_receipt": not verdict.has_no_receipt,
        "broken": _finding(verdict.broken) if verdict.broken else None,
    }


def _finding(found: Finding) -> dict[str, Any]:
    said = asdict(found) | {"attempt": str(found.attempt) if found.attempt else None, "says": FAULTS[found.fault]}
    return {name: value for name, value in said.items() if value not in {None, ""}}


def _receipt(receipt: ReceiptVerdict) -> dict[str, Any]:
    return {
        "genuine": receipt.is_genuine,
        "attempt": str(receipt.attempt) if receipt.attempt else None,
        "holds": receipt.holds,
        "sealed": receipt.is_sealed,
    }
