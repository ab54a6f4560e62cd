"""The linter over many items: files that are in no bank, or the whole bank on as many cores as there are."""

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import gettext

from itembank.errors import ItemBankError
from itembank.linter.bank import nearest_findings
from itembank.linter.findings import Finding
from itembank.linter.reading import LintItem
from itembank.linter.rulebook import Severity
from itembank.linter.similarity import SimilarityIndex
from itembank.queries.lists import ItemFilter, find_keys
from itembank.queries.texts import VersionText, texts_of
from itembank.states import ItemState
from itembank.textformat import ItemText, parse_item
from itembank.version_text import findings_in
from testing_platform.database import Database
from testing_platform.error_texts import text_of
from testing_platform.items_documents import wanted
from testing_platform.items_refusals import refusals_of, shortened, speaks
from testing_platform.web.authoring_words import message_of

Document = dict[str, Any]
_ENDING = ".item.md"
_CHUNK = 50
_PATIENCE = 2.0  # seconds between two words about how far the work is
_WORTH_HELP = 500  # items, from which on a second process is quicker than waiting


@dataclass(frozen=True)
class Linted:
    """What came of it, ready to be written."""

    documents: list[Document]
    n_refused: int = 0  # files that could not be read as an item

    @property
    def n_found(self) -> int:
        """All findings."""
        return sum(len(document["findings"]) for document in self.documents)

    @property
    def n_errors(self) -> int:
        """Findings that keep an item from the reviewers."""
        return sum(
            finding["severity"] == Severity.ERROR for document in self.documents for finding in document["findings"]
        )


@dataclass(frozen=True)
class _Sheet:
    """One item to be linted, and what is known of it."""

    text: ItemText
    item: LintItem  # the same, taken apart once for all that is asked of it
    has_passage: bool
    place: Document
    refusals: tuple[Document, ...] = ()  # what the bank would not take at all, told like findings


# Files ----------------------------------------------------------------------------------------------------------------


def lint_files(
    paths: Iterable[Path], *, language: str, complain: Callable[[str], None], tell: Callable[[str], None]
) -> Linted:
    """Lint items in the shipped text format; a file that cannot be read is complained about, the others go on."""
    sheets, n_refused = [], 0
    for path in _files(paths):
        try:
            sheets.append(_sheet_of(path))
        except (OSError, UnicodeDecodeError, ItemBankError) as error:
            complain(_why(path, error))
            n_refused += 1
    codes = [sheet.text.code for sheet in sheets]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        complain(gettext("the code %(code)s stands in several files; give each item its own", code=code))
        n_refused += 1
    return Linted(_documents(sheets, sheets, language=language, tell=tell), n_refused)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob(f"*{_ENDING}"))
        else:
            yield path


def _sheet_of(path: Path) -> _Sheet:
    text = parse_item(path.read_text(encoding="utf-8"), source=str(path))
    figures = path.parent / "figures"
    pictures = {figure.name for figure in figures.iterdir()} if figures.is_dir() else set()
    item = LintItem.of(shortened(text), pictures=pictures)
    refusals = tuple(refusals_of(text, figures))
    return _Sheet(text, item, has_passage=False, place={"state": None, "file": str(path)}, refusals=refusals)


def _why(path: Path, error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        return f"{path}:{line}: " + str(gettext("this is not UTF-8 text. Save the file as UTF-8."))
    if isinstance(error, OSError):
        words = gettext("the file cannot be read (%(why)s). Check its name and place.", why=error.strerror)
        return f"{path}: {words}"
    return text_of(error)


# The bank -------------------------------------------------------------------------------------------------------------


def lint_bank(database: Database, options: argparse.Namespace, *, tell: Callable[[str], None]) -> Linted:
    """Lint every version that lists show, each against the whole bank."""
    with database.reading() as session:
        chosen = set(find_keys(session, wanted(options)))
        everything = sorted(chosen.union(find_keys(session, ItemFilter())))
        texts = [text for text in texts_of(session, everything) if text.text.options]  # an empty draft says nothing
    sheets = {text.version_id: _of_version(text) for text in sorted(texts, key=lambda text: text.text.code)}
    bank = [sheets[text.version_id] for text in texts if text.state is not ItemState.DRAFT]
    asked = [sheet for key, sheet in sheets.items() if key in chosen]
    return Linted(_documents(asked, bank, language=options.language, tell=tell))


def _of_version(version: VersionText) -> _Sheet:
    place = {"state": version.state.value, "version": version.number}
    return _Sheet(version.text, version.lint_item, version.has_passage, place)


# The work itself ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Work:
    """All that a process needs to lint a part of the items."""

    sheets: Sequence[_Sheet]
    index: SimilarityIndex
    items: dict[str, LintItem]
    language: str

    def part(self, start: int) -> list[Document]:
        """Lint the items from a place on."""
        return [_document(sheet, self._findings(sheet), self.language) for sheet in self.sheets[start : start + _CHUNK]]

    def _findings(self, sheet: _Sheet) -> list[Finding]:
        found = findings_in(sheet.item, has_passage=sheet.has_passage)
        return found + nearest_findings(sheet.item, self.index, text_of=self.items.__getitem__)


_work: _Work | None = None  # what forked processes inherit; sending it to them would take longer than the work


def _part(start: int) -> list[Document]:
    assert _work is not None  # noqa: S101 - set before any process is forked
    return _work.part(start)


def _documents(
    sheets: Sequence[_Sheet], bank: Sequence[_Sheet], *, language: str, tell: Callable[[str], None]
) -> list[Document]:
    global _work  # noqa: PLW0603 - see there
    items = {sheet.text.code: sheet.item for sheet in bank}
    _work = _Work(sheets, SimilarityIndex(sheet.item for sheet in bank), items, language)
    starts = range(0, len(sheets), _CHUNK)
    documents: list[Document] = []
    told_at = time.monotonic()
    for part in _parts(starts, helped=len(sheets) >= _WORTH_HELP):
        documents += part
        if time.monotonic() - told_at >= _PATIENCE:
            told_at = time.monotonic()
            tell(f"{len(documents)} of {len(sheets)} items read ...")
    return documents


def _parts(starts: range, *, helped: bool) -> Iterator[list[Document]]:
    n_processes = min(8, len(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else 1
    if not helped or n_processes == 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(_part, starts)
        return
    with multiprocessing.get_context("fork").Pool(n_processes) as pool:
        yield from pool.imap(_part, starts)


def _document(sheet: _Sheet, found: Iterable[Finding], language: str) -> Document:
    text = sheet.text
    return {
        "code": text.code,
        "blueprint": text.blueprint,
        "indicator": text.indicator,
        "bloom": str(text.bloom),
        "key": text.key,
        **sheet.place,
        "findings": [
            *sheet.refusals,
            *(
                {
                    "rule": finding.code,
                    "criterion": finding.criterion,
                    "severity": finding.severity.value,
                    "part": finding.part,
                    "start": finding.start,
                    "end": finding.end,
                    "words": finding.words,
                    "message": message_of(finding, language),
                    "remedy": finding.remedy(language),
                }
                for finding in found
                if speaks(finding, sheet.refusals)
            ),
        ],
    }
