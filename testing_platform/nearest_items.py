"""The items of the bank that are nearest to one, kept in the memory of each process and up to date at every question.

Reading a bank of ten thousand items takes seconds, so the first page that could need it has it read beside the work of
the others; whoever asks before it is there waits, or is told. Drafts are left out: they change with every key stroke.
"""

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.linter.reading import LintItem
from itembank.model import ItemVersion
from itembank.queries.texts import fixed_since
from itembank.states import ItemState
from testing_platform.database import Database

if TYPE_CHECKING:  # brings numpy along, which a process that only delivers examinations never needs
    from itembank.linter.similarity import Neighbour, SimilarityIndex

# A number is given before its transaction is seen, and the next one may be seen first; so we look back a little.
_LOOK_BACK = 200


@dataclass
class NearestItems:
    """The bank by similarity; an item that was revised is known by each of its wordings."""

    _index: "SimilarityIndex | None" = None
    _seen: set[int] = field(default_factory=set)
    _drafts: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _warming: threading.Thread | None = None

    @property
    def is_ready(self) -> bool:
        """Whether an answer needs no waiting."""
        return self._index is not None and not self._lock.locked()

    def warm(self, database: Database) -> None:
        """Begin to read the bank beside the work of others, once."""
        if self._index is None and self._warming is None:
            self._warming = threading.Thread(target=self._read_all, args=(database,), daemon=True)
            self._warming.start()

    def nearest(
        self, session: Session, item: LintItem, *, n: int = 5, other_than: frozenset[str] = frozenset()
    ) -> "list[Neighbour]":
        """The items most like the given one, most similar first; never itself."""
        with self._lock:
            found = self._caught_up(session).nearest(item, n=3 * n, other_than=other_than)
        nearest_wording = {neighbour.code: neighbour for neighbour in reversed(found)}
        return sorted(nearest_wording.values(), key=lambda each: (-each.similarity, each.code))[:n]

    def _read_all(self, database: Database) -> None:
        try:
            with database.reading() as session, self._lock:
                self._caught_up(session)
        finally:
            self._warming = None

    def _caught_up(self, session: Session) -> "SimilarityIndex":
        from itembank.linter.similarity import SimilarityIndex

        index = SimilarityIndex() if self._index is None else self._index
        after = min([max(self._seen, default=0) - _LOOK_BACK, *(draft - 1 for draft in self._drafts)])
        for version in fixed_since(session, seen=self._seen, after=after):
            index.add(version.lint_item)
            self._seen.add(version.version_id)
        self._drafts = set(session.scalars(select(ItemVersion.id).where(ItemVersion.state == ItemState.DRAFT)))
        self._index = index
        return index
