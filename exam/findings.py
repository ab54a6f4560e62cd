"""What a check may find: each fault has a stable word, and a finding says where it is."""

import uuid
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What is wrong."""

    # one journal
    BEGINNING = "beginning"  # does not fit who sat, which form, in which order
    STEP_CHANGED = "step-changed"  # a step does not follow from the one before it
    STEP_MISSING = "step-missing"  # a number is left out
    STEPS_CUT = "steps-cut"  # the head, or a signed statement, names a later step than there is
    HEAD = "head"  # the head is not that of the last step
    REWRITTEN = "rewritten"  # holds together, and contradicts what was signed before
    MARK = "mark"  # counted, or not, against the clock of the attempt
    DEADLINE = "deadline"  # later than all that was granted
    BEGIN = "begin"  # the clock is said to have begun after the first step
    BREAKS = "breaks"  # longer than was granted
    END = "end"  # ended otherwise than a signed head says
    RECEIPT_GONE = "receipt-gone"  # handed in, or named by a signed head, and no receipt
    RECEIPT_FORGED = "receipt-forged"
    RECEIPT_WRONG = "receipt-wrong"  # genuine, and says something else than the journal
    RECEIPT_PERSON = "receipt-person"  # genuine, and of another participant number
    ATTEMPT_GONE = "attempt-gone"  # named by a signed statement, and not in the database
    ATTEMPT_NEW = "attempt-new"  # in the database, and under no signed head of its time
    # what staff gave, against the audit journal
    PLAN = "plan"  # window, duration, form or site are not those that were planned
    ROOM = "room"  # opened, closed or sealed at a moment of which no event tells
    MINUTES = "minutes"  # added time that nobody granted, or that was granted and is gone
    OUTAGE = "outage"  # counts without two signatures on record, or was signed and is gone
    PAUSE = "pause"  # a clock stood, or ran again, by nobody's act
    PERSON = "person"  # a place belongs to another teacher or number than was enrolled
    GRANT = "grant"  # extra time or breaks are not those that were granted
    PLACE_GONE = "place-gone"  # somebody was enrolled and has no place any more
    SITTING_GONE = "sitting-gone"  # was opened, or is named by a signed head, and is not in the database
    UNREADABLE = "unreadable"  # a row holds what this program never writes, or names a row that is gone
    # the seal
    SEAL_GONE = "seal-gone"
    SEAL_FORGED = "seal-forged"
    SEAL_CONTRADICTED = "seal-contradicted"  # its root is not that of the attempts as they stand now
    ROSTER = "roster"  # the places are not those that were sealed
    NOT_AS_SEALED = "not-as-sealed"  # this attempt ended otherwise: another end, other marks, another state
    # the heads outside
    LINE_FORGED = "line-forged"
    LINE_GONE = "line-gone"  # another line, or a row of the database, names it
    LINE_MOVED = "line-moved"  # stands before the line that it follows
    LINE_CONTRADICTED = "line-contradicted"  # its root does not follow from the lines before it
    ROW_CONTRADICTED = "row-contradicted"  # the database says something else than the line that it names
    # the audit journal
    AUDIT_CHANGED = "audit-changed"
    AUDIT_REWRITTEN = "audit-rewritten"
    AUDIT_CUT = "audit-cut"
    AUDIT_BACKDATED = "audit-backdated"  # says that it was earlier than a head in which it is not


@dataclass(frozen=True)
class Finding:
    """A fault and its place, without anybody's name."""

    fault: Fault
    attempt: uuid.UUID | None = None
    seat: int | None = None
    seq: int | None = None  # the first step that it can be
    until_seq: int | None = None  # and the last, where only a stretch is known
    at_ms: int | None = None  # of the statement that shows it
    where: str = ""  # a file and its line
