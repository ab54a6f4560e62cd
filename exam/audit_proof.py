"""Proves the audit journal: that its events follow each other, and that they are those that were signed outside."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from exam.anchor_book import AnchorBook, Row
from exam.anchors import AUDIT, AuditAnchor
from exam.findings import Fault, Finding
from exam.timing import MINUTE_MS, epoch_ms
from registry.audit import GENESIS, continues
from registry.model import AuditEvent

_SLACK_MS = 2 * MINUTE_MS  # an act names the moment in which it was asked for, and may have waited for its turn


@dataclass(frozen=True)
class AuditVerdict:
    """What can be said about the audit journal."""

    n_events: int
    n_proven: int  # so many from the first one are named by a head outside
    proven_at_ms: int | None
    findings: Sequence[Finding]


def judge_audit(events: Iterable[AuditEvent], rows: Sequence[Row], book: AnchorBook) -> AuditVerdict:
    """Follow the audit journal from its first event to its last, past every head that left the server."""
    digests, changed, moments = [GENESIS], None, [0]
    for event in events:
        if changed is None and not continues(event, digests[-1]):
            changed = Finding(Fault.AUDIT_CHANGED, seq=len(digests))
        digests.append(event.digest)
        moments.append(epoch_ms(event.at))
    lines = [(entry.line, entry.at.where) for entry in book.entries(AUDIT)]
    heads = [(line, where) for line, where in lines if isinstance(line, AuditAnchor)]
    broken = changed or next((fault for line, where in heads if (fault := _contradicted(line, where, digests))), None)
    broken = broken or _backdated(moments, heads, book.looks())
    last = heads[-1][0] if heads and broken is None else None
    return AuditVerdict(
        n_events=len(digests) - 1,
        n_proven=last.n_events if last else 0,
        proven_at_ms=last.at_ms if last else None,
        findings=[*([broken] if broken else []), *book.faults(AUDIT, rows)],
    )


def _contradicted(line: AuditAnchor, where: str, digests: Sequence[bytes]) -> Finding | None:
    if line.n_events >= len(digests):
        return Finding(Fault.AUDIT_CUT, seq=len(digests), at_ms=line.at_ms, where=where)
    if digests[line.n_events].hex() != line.head:
        return Finding(Fault.AUDIT_REWRITTEN, seq=line.n_events, at_ms=line.at_ms, where=where)
    return None


def _backdated(
    moments: Sequence[int], heads: Sequence[tuple[AuditAnchor, str]], looks: Sequence[int]
) -> Finding | None:
    """The first event that claims to be older than a look at the journal in which it was not there.

    Whoever makes the heads of rooms looks at the audit journal too, and tells what is new. The head that names the
    event must be later than that look: a clock that was set back is no forgery.
    """
    for (before, _), (after, where) in pairwise(heads):
        for seq in range(before.n_events + 1, after.n_events + 1):
            missed = bisect_right(looks, moments[seq] + _SLACK_MS)
            if missed < len(looks) and looks[missed] < after.at_ms:
                return Finding(Fault.AUDIT_BACKDATED, seq=seq, at_ms=after.at_ms, where=where)
    return None
