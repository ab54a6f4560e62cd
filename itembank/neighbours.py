"""Keeps the items of the bank ready to be asked for the nearest of one, in the memory of each process.

What was handed in never changes its words, so the index only grows: versions that came since are added when somebody
asks. Drafts stay outside; two people may well try the same idea before one of them hands it in. Reading ten thousand
items takes seconds: a page that can wait has that begun beside the work of others.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.linter.findings import Finding
from itembank.linter.reading import LintItem
from itembank.model import Indicator, Item, ItemOption, ItemVersion
from itembank.states import ItemState
from itembank.textformat import LETTERS, ItemText

if TYPE_CHECKING:  # brings numpy along, which a process that only delivers examinations never needs
    from itembank.linter.similarity import Neighbour, SimilarityIndex

_BATCH = 500


class Neighbours:
    """The nearest item of the bank for any text; what it says names codes, never the words of somebody else's item."""

    def __init__(self) -> None:
        self._index: SimilarityIndex | None = None
        self._known: set[int] = set()
        self._texts: dict[str, LintItem] = {}
        self._lock = threading.Lock()
        self._warming: threading.Thread | None = None

    def findings(self, session: Session, item: LintItem) -> list[Finding]:
        """Whether the item stands in the bank already, or one that is very similar."""
        from itembank.linter.bank import nearest_findings

        with self._lock:
            return nearest_findings(item, self._caught_up(session), text_of=self._texts.__getitem__)

    def nearest(self, session: Session, item: LintItem, *, n: int = 5) -> "list[Neighbour]":
        """The items most like the given one, most similar first; one that was revised counts by its nearest wording."""
        with self._lock:
            found = self._caught_up(session).nearest(item, n=3 * n)
        nearest_wording = {neighbour.code: neighbour for neighbour in reversed(found)}
        return sorted(nearest_wording.values(), key=lambda each: (-each.similarity, each.code))[:n]

    @property
    def is_ready(self) -> bool:
        """Whether the bank was read, so that an answer needs no waiting."""
        return self._index is not None and not self._lock.locked()

    def warm(self, reading: Callable[[], AbstractContextManager[Session]]) -> None:
        """Begin to read the bank beside the work of others; `reading` opens a session for that."""
        if self._index is None and self._warming is None:
            self._warming = threading.Thread(target=self._read_all, args=(reading,), daemon=True)
            self._warming.start()

    def _read_all(self, reading: Callable[[], AbstractContextManager[Session]]) -> None:
        try:
            with reading() as session, self._lock:
                self._caught_up(session)
        finally:
            self._warming = None

    def _caught_up(self, session: Session) -> "SimilarityIndex":
        from itembank.linter.similarity import SimilarityIndex

        index = SimilarityIndex() if self._index is None else self._index
        handed_in = select(ItemVersion.id).where(ItemVersion.state != ItemState.DRAFT, ItemVersion.demo_only.is_(False))
        missing = sorted(set(session.scalars(handed_in)) - self._known)
        for start in range(0, len(missing), _BATCH):
            for version_id, item in _read(session, missing[start : start + _BATCH]):
                index.add(item)
                self._known.add(version_id)
                self._texts[item.code] = item
        self._index = index
        return index


def _read(session: Session, keys: Sequence[int]) -> Iterator[tuple[int, LintItem]]:
    """Versions as the linter reads them, by their keys, without loading more than the words."""
    columns = (ItemVersion.id, Item.code, Indicator.code, Indicator.bloom, ItemVersion.key_position, ItemVersion.stem)
    rows = session.execute(select(*columns).join(ItemVersion.item).join(Item.indicator).where(ItemVersion.id.in_(keys)))
    options = _options(session, keys)
    for key, code, indicator, bloom, key_position, stem in rows:
        text = ItemText(
            code=code,
            blueprint="",
            indicator=indicator,
            bloom=bloom,
            key=LETTERS[key_position],
            stem=stem,
            options=options.get(key, ()),
            rationale="",
        )
        yield key, LintItem.of(text)


def _options(session: Session, keys: Sequence[int]) -> dict[int, tuple[str, ...]]:
    statement = (
        select(ItemOption.version_id, ItemOption.text)
        .where(ItemOption.version_id.in_(keys))
        .order_by(ItemOption.version_id, ItemOption.position)
    )
    groups = groupby(session.execute(statement), key=lambda row: row[0])
    return {key: tuple(text for _key, text in rows) for key, rows in groups}
