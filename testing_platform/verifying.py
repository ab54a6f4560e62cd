"""`testing-platform verify`: proves sittings and the audit journal from the database and the heads outside it.

It only reads, in one snapshot, so it may run beside a room at work.
"""

import argparse
import json
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from exam.act_proof import ActBook
from exam.anchor_book import AnchorBook, Named, Written
from exam.audit_proof import AuditVerdict, judge_audit
from exam.findings import Fault, Finding
from exam.keys import Keys
from exam.model import Sitting
from exam.queries.evidence import (
    SittingName,
    audit_events,
    audit_rows,
    journals,
    read_sitting,
    sitting_facts,
    sittings_to_prove,
)
from exam.receipt_check import ReceiptVerdict, head_of_receipt, judge_receipt
from exam.statements import key_id
from exam.verification import (
    AttemptVerdict,
    Journal,
    SittingFacts,
    SittingVerdict,
    judge_attempt,
    judge_sitting,
    unreadable,
)
from testing_platform.config import load
from testing_platform.database import Database, require_current
from testing_platform.errors import ProofInputError
from testing_platform.verdict_report import as_json, as_text
from testing_platform.wiring import build

PROVEN, BROKEN, UNPROVEN = 0, 1, 3

# What reading a row raises when somebody wrote into it what this program never writes.
NOT_OURS = (LookupError, ValueError, TypeError, AttributeError, OverflowError)

Told = Callable[[str], None]


@dataclass(frozen=True)
class Proved:
    """Everything that was looked at."""

    sittings: Sequence[tuple[SittingName, SittingVerdict]]
    audit: AuditVerdict
    book: AnchorBook
    receipt: ReceiptVerdict | None

    @property
    def exit_code(self) -> int:
        """0 proven, 1 broken, 3 whole and yet unproven, because nothing of it was ever known outside the database."""
        verdicts = [verdict for _sitting, verdict in self.sittings]
        receipt = self.receipt is not None and not self.receipt.holds
        if receipt or self.book.forged or self.audit.findings or any(verdict.is_broken for verdict in verdicts):
            return BROKEN
        return UNPROVEN if any(verdict.is_unproven for verdict in verdicts) else PROVEN


def run(options: argparse.Namespace) -> int:
    """Prove, tell, and answer with the exit code."""
    only = _sitting_id(options.sitting)
    receipt = _receipt(options.receipt) if options.receipt else None
    settings = load()
    platform = build(settings)
    require_current(platform.database.engine)
    book = read_book(platform.keys.public, [settings.anchors_folder, *_existing(options.anchors)])
    with snapshot(platform.database) as session:
        proved = prove(session, book, keys=platform.keys, only=only, receipt=receipt, tell=_progress())
    print(as_json(proved) if options.json else as_text(proved))
    return proved.exit_code


def prove(
    session: Session,
    book: AnchorBook,
    *,
    keys: Keys,
    only: uuid.UUID | None = None,
    receipt: Mapping[str, Any] | None = None,
    tell: Told = lambda _words: None,
) -> Proved:
    """Judge one sitting or all of them, and the audit journal."""
    tell("audit journal")
    acts = ActBook()
    audit = _judged_audit(session, book, acts)
    known = acts.opened | book.sittings
    sittings = sittings_to_prove(session, only, known=known)
    if only is None:
        gone = known - {str(name.sitting) for name in sittings}
        missed = [Finding(Fault.SITTING_GONE, where=f"sitting {each}") for each in sorted(gone)]
        audit = replace(audit, findings=[*audit.findings, *missed])
    elif not sittings:
        raise ProofInputError(f"there is no sitting {only} in this database")
    outside = head_of_receipt(receipt, book.public_key) if receipt is not None else None
    judged = []
    for place, name in enumerate(sittings, start=1):
        tell(f"sitting {place} of {len(sittings)}")
        try:
            verdict = _judged(session, name, book=book, acts=acts, keys=keys, outside=outside, tell=tell)
        except NOT_OURS as error:
            verdict = unreadable(name.sitting, _what(error))
        judged.append((name, verdict))
    tell("")
    found = None if receipt is None else judge_receipt(outside, [verdict for _sitting, verdict in judged])
    return Proved(judged, audit, book, found)


def _judged_audit(session: Session, book: AnchorBook, acts: ActBook) -> AuditVerdict:
    try:
        return judge_audit(acts.noting(audit_events(session)), audit_rows(session), book)
    except NOT_OURS as error:
        return AuditVerdict(0, 0, None, [Finding(Fault.UNREADABLE, where=f"audit journal: {_what(error)}")])


def _what(error: Exception) -> str:
    return str(error).partition("\n")[0][:200] or type(error).__name__


def _judged(
    session: Session,
    name: SittingName,
    *,
    book: AnchorBook,
    acts: ActBook,
    keys: Keys,
    outside: tuple[uuid.UUID, Named] | None,
    tell: Told,
) -> SittingVerdict:
    sitting = read_sitting(session, name)
    facts = sitting_facts(session, sitting, roster_key=keys.roster)
    named = book.named(str(facts.sitting))
    if outside is not None:
        named.setdefault(outside[0], []).append(outside[1])
    attempts = _judged_attempts(session, sitting, facts, named, book=book, tell=tell)
    return judge_sitting(facts, attempts, book=book, acts=acts, public_key=book.public_key)


def _judged_attempts(
    session: Session,
    sitting: Sitting,
    facts: SittingFacts,
    named: Mapping[uuid.UUID, Sequence[Named]],
    *,
    book: AnchorBook,
    tell: Told,
) -> list[AttemptVerdict]:
    found: dict[uuid.UUID, AttemptVerdict] = {}
    by_id = {attempt.attempt: attempt for attempt in facts.attempts}
    standings = book.standings(str(facts.sitting))

    def judge(attempt: uuid.UUID, journal: Journal) -> None:
        if attempt not in by_id:
            return  # without its place or its form it is no attempt, and missed by whoever named it
        found[attempt] = judge_attempt(
            by_id[attempt],
            journal,
            named=named.get(attempt, ()),
            public_key=book.public_key,
            standing=standings.get(attempt),
        )
        tell(f"attempt {len(found)} of {len(by_id)}")

    with closing(journals(session, sitting)) as kept:
        for attempt, journal in kept:
            judge(attempt, journal)
    for attempt in by_id.keys() - found.keys():
        judge(attempt, ())
    return sorted(found.values(), key=lambda verdict: verdict.seat)


# What is read -----------------------------------------------------------------------------------------------------


def read_book(public_key: bytes, paths: Iterable[Path]) -> AnchorBook:
    """All lines in files and folders; refused when all of them are another installation's."""
    book = AnchorBook(public_key, key_id(public_key))
    for path in _files(paths):
        book.read(_lines(path))
    if book.n_foreign and not book.n_lines:
        raise ProofInputError("these heads belong to another installation: none bears the name of this one's key")
    return book


def _files(paths: Iterable[Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for path in paths:
        # Folders of other installations, whose heads are kept here, are given by name when they are meant.
        files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        found.update((file.resolve(), None) for file in files if file.is_file())
    return list(found)


def _lines(path: Path) -> Iterator[Written]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            yield Written(str(path), number, line)


def _existing(paths: Iterable[Path]) -> list[Path]:
    for path in paths:
        if not path.exists() or not _files([path]):
            raise ProofInputError(f"there are no heads (*.jsonl) at {path}")
    return list(paths)


def _sitting_id(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise ProofInputError(f"{text} is no public id of a sitting; the address of its page ends with it") from None


def _receipt(path: Path) -> Mapping[str, Any]:
    try:
        receipt = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProofInputError(f"cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise ProofInputError(f"{path} is no receipt: it should be the JSON text as it was issued") from None
    if not isinstance(receipt, dict) or "attempt" not in receipt:
        raise ProofInputError(f"{path} is no receipt: it should be the JSON text as it was issued")
    return receipt


@contextmanager
def snapshot(database: Database) -> Iterator[Session]:
    """One consistent state of the whole database, read-only."""
    if database.engine.dialect.name == "sqlite":
        with database.reading() as session:
            yield session
        return
    engine = database.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with Session(engine, autoflush=False) as session:
        yield session


def _progress() -> Told:
    if not sys.stderr.isatty():
        return lambda _words: None
    return lambda words: print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)
