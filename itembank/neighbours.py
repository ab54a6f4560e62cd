"""Keeps the items of the bank ready to be asked for the nearest of one, in the memory of each process.

What was handed in never changes its words, so the index only grows: versions that came since are added when somebody
asks. Drafts stay outside; two people may well try the same idea before one of them hands it in.
"""

import threading
from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.linter.bank import nearest_findings
from itembank.linter.findings import Finding
from itembank.linter.reading import LintItem
from itembank.linter.similarity import SimilarityIndex
from itembank.model import Indicator, Item, ItemOption, ItemVersion
from itembank.states import ItemState
from itembank.textformat import LETTERS, ItemText

_BATCH = 500


class Neighbours:
    """The nearest item of the bank for any text; what it says names codes, never the words of somebody else's item."""

    def __init__(self) -> None:
        self._index = SimilarityIndex()
        self._known: set[int] = set()
        self._texts: dict[str, LintItem] = {}
        self._lock = threading.Lock()

    def findings(self, session: Session, item: LintItem) -> list[Finding]:
        """Whether the item stands in the bank already, or one that is very similar."""
        with self._lock:
            self._catch_up(session)
            return nearest_findings(item, self._index, text_of=self._texts.__getitem__)

    def _catch_up(self, session: Session) -> None:
        handed_in = select(ItemVersion.id).where(ItemVersion.state != ItemState.DRAFT, ItemVersion.demo_only.is_(False))
        missing = sorted(set(session.scalars(handed_in)) - self._known)
        for start in range(0, len(missing), _BATCH):
            for version_id, item in _read(session, missing[start : start + _BATCH]):
                self._index.add(item)
                self._known.add(version_id)
                self._texts[item.code] = item


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
