"""The lines that left the server, read again: which are genuine, whether one was taken away, and what they name.

The lines of one subject are a chain of their own. A line may stand in several files (the server's own, the second
server's), and a worker that died between writing and committing leaves one that nothing follows: neither is a fault.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exam.anchors import FIRST, AnchorLine, AuditAnchor, End, Head, SealAnchor, SittingAnchor, name_of, parse, root_of
from exam.errors import AnchorUnreadableError
from exam.findings import Fault, Finding
from exam.statements import is_genuine


@dataclass(frozen=True)
class Written:
    """A line as it stands in a file."""

    file: str
    number: int
    text: str

    @property
    def where(self) -> str:
        """The place in words."""
        return f"{self.file}:{self.number}"


@dataclass(frozen=True)
class Entry:
    """A genuine line and where it was found first."""

    line: AnchorLine
    statement: Mapping[str, Any]
    at: Written


@dataclass(frozen=True)
class Row:
    """What the database remembers of a line."""

    subject: str
    minute: int
    n: int
    root: bytes
    signature: str


@dataclass(frozen=True)
class Named:
    """A head that a line names."""

    last_seq: int
    digest: bytes
    at_ms: int
    where: str


@dataclass(frozen=True)
class Standing:
    """What the lines say about the end of an attempt and the marks of its steps, and where they say it."""

    on_time_until: int  # as long as it had not ended, all steps up to this one were on time
    end: End | None
    at_ms: int
    where: str


@dataclass
class AnchorBook:
    """All lines of an installation."""

    public_key: bytes
    key_id: str
    by_subject: dict[str, list[Entry]] = field(default_factory=dict)
    forged: list[Finding] = field(default_factory=list)
    n_unreadable: int = 0  # torn by a power cut, or spoilt: if one mattered, its row misses it
    n_foreign: int = 0  # of other installations
    _places: dict[str, dict[str, int]] = field(default_factory=dict)  # by file: where the line of a name stands
    _known: set[str] = field(default_factory=set)

    def read(self, lines: Iterable[Written]) -> None:
        """Take lines in."""
        for each in lines:
            if each.text.strip():
                self._read(each)

    @property
    def n_lines(self) -> int:
        """How many different genuine lines there are."""
        return sum(map(len, self.by_subject.values()))

    def faults(self, subject: str, rows: Sequence[Row]) -> list[Finding]:
        """What is wrong with the lines about a subject: links and rows that miss theirs, order, roots."""
        entries = self.entries(subject)
        found = [*_missing(entries), *self._moved(entries), *_against_rows(entries, rows)]
        return found or _roots(entries)

    @property
    def sittings(self) -> set[str]:
        """Every sitting of which a line tells."""
        return {subject for subject, found in self.by_subject.items() if isinstance(found[0].line, SittingAnchor)}

    def looks(self) -> list[int]:
        """Every moment in which somebody looked for news, as the lines tell, in order."""
        lines = [entry.line for entries in self.by_subject.values() for entry in entries]
        return sorted({line.at_ms for line in lines if not isinstance(line, SealAnchor)})

    def entries(self, subject: str) -> list[Entry]:
        """The lines about a subject, in the order of what they tell."""
        return sorted(self.by_subject.get(subject, []), key=_progress)

    def named(self, subject: str) -> dict[uuid.UUID, list[Named]]:
        """Every head that the lines about a sitting name, by attempt, from the first to the last step."""
        found: dict[uuid.UUID, list[Named]] = {}
        for entry in self.entries(subject):
            if isinstance(entry.line, SittingAnchor):
                for head in entry.line.heads:
                    named = Named(head.last_seq, head.digest, entry.line.at_ms, entry.at.where)
                    found.setdefault(head.attempt, []).append(named)
        return {
            attempt: sorted(heads, key=lambda head: (head.last_seq, head.at_ms)) for attempt, heads in found.items()
        }

    def standings(self, subject: str) -> dict[uuid.UUID, Standing]:
        """What the lines about a sitting say about the ends of its attempts; the latest word of each."""
        found: dict[uuid.UUID, Standing] = {}
        lines = [(entry.line, entry.at.where) for entry in self.entries(subject)]
        for line, where in lines:
            if not isinstance(line, SittingAnchor) or line.ended is None:
                continue
            for head in line.heads:
                if head.attempt not in found or found[head.attempt].end is None:
                    found[head.attempt] = Standing(head.last_seq, None, line.at_ms, where)
            found.update((end.attempt, Standing(0, end, line.at_ms, where)) for end in line.ends)
        return found

    def _read(self, written: Written) -> None:
        try:
            statement = json.loads(written.text)
            line = parse(statement)
        except (ValueError, TypeError, AnchorUnreadableError):
            self.n_unreadable += 1
            return
        if line.key_id != self.key_id:
            self.n_foreign += 1
        elif not is_genuine(statement, self.public_key):
            self.forged.append(Finding(Fault.LINE_FORGED, at_ms=line.at_ms, where=written.where))
        else:
            self._keep(Entry(line, statement, written))

    def _keep(self, entry: Entry) -> None:
        name = name_of(entry.line.signature)
        self._places.setdefault(entry.at.file, {}).setdefault(name, entry.at.number)
        if name not in self._known:
            self._known.add(name)
            self.by_subject.setdefault(entry.line.subject, []).append(entry)

    def _moved(self, entries: Iterable[Entry]) -> list[Finding]:
        """Lines that stand before the one that they follow, in the same file."""
        found = []
        for entry in entries:
            followed = self._places[entry.at.file].get(_previous(entry), 0)
            if followed > entry.at.number:
                found.append(Finding(Fault.LINE_MOVED, at_ms=entry.line.at_ms, where=entry.at.where))
        return found


def _previous(entry: Entry) -> str:
    return FIRST if isinstance(entry.line, SealAnchor) else entry.line.previous


def _progress(entry: Entry) -> tuple[int, int, int]:
    # Journals only grow, so what a line tells says where it belongs, whatever the clocks said.
    line = entry.line
    if isinstance(line, SittingAnchor):
        return line.n_steps, line.n_attempts, line.at_ms
    return (line.n_events, 0, line.at_ms) if isinstance(line, AuditAnchor) else (0, 0, line.at_ms)


def _missing(entries: Sequence[Entry]) -> list[Finding]:
    known = {name_of(entry.line.signature) for entry in entries} | {FIRST}
    return [
        Finding(Fault.LINE_GONE, at_ms=entry.line.at_ms, where=f"before {entry.at.where}")
        for entry in entries
        if _previous(entry) not in known
    ]


def _against_rows(entries: Sequence[Entry], rows: Iterable[Row]) -> list[Finding]:
    by_signature = {entry.line.signature: entry for entry in entries}
    found = []
    for row in rows:
        entry = by_signature.get(row.signature)
        if entry is None:
            found.append(Finding(Fault.LINE_GONE, at_ms=row.minute * 60_000, where="named by the database"))
        elif (row.n, row.root.hex()) != _figures(entry.line):
            found.append(Finding(Fault.ROW_CONTRADICTED, at_ms=entry.line.at_ms, where=entry.at.where))
    return found


def _figures(line: AnchorLine) -> tuple[int, str]:
    if isinstance(line, SittingAnchor):
        return line.n_steps, line.root
    return (line.n_events, line.head) if isinstance(line, AuditAnchor) else (line.n_attempts, line.root)


def _roots(entries: Iterable[Entry]) -> list[Finding]:
    """Whether each root is that of all heads named so far."""
    heads: dict[uuid.UUID, Head] = {}
    for entry in entries:
        if not isinstance(entry.line, SittingAnchor):
            continue
        heads.update((head.attempt, head) for head in entry.line.heads)
        if len(heads) != entry.line.n_attempts or root_of(heads.values()).hex() != entry.line.root:
            return [Finding(Fault.LINE_CONTRADICTED, at_ms=entry.line.at_ms, where=entry.at.where)]
    return []
