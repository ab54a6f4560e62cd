"""Items as texts, many at a time: what the linter reads and what the command line writes, without a row object each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.linter.reading import LintItem
from itembank.model import Blueprint, Competency, Indicator, Item, ItemOption, ItemPicture, ItemVersion
from itembank.queries.cells import with_blueprint
from itembank.states import ItemState
from itembank.textformat import LETTERS, ItemText

_BATCH = 500


@dataclass(frozen=True)
class VersionText:
    """One version as a text, with what the linter needs besides."""

    version_id: int
    number: int
    state: ItemState
    competency: str
    text: ItemText
    pictures: frozenset[str]
    has_passage: bool

    @property
    def lint_item(self) -> LintItem:
        """The item ready to be read by the rules."""
        return LintItem.of(self.text, pictures=self.pictures)


def texts_of(session: Session, keys: Sequence[int]) -> Iterator[VersionText]:
    """The versions of these keys; each part of them by item code."""
    for start in range(0, len(keys), _BATCH):
        yield from _texts(session, keys[start : start + _BATCH])


def _texts(session: Session, keys: Sequence[int]) -> Iterator[VersionText]:
    options: dict[int, list[str]] = {}
    wanted = select(ItemOption.version_id, ItemOption.text).where(ItemOption.version_id.in_(keys))
    for key, option in session.execute(wanted.order_by(ItemOption.version_id, ItemOption.position)):
        options.setdefault(key, []).append(option)
    pictures: dict[int, set[str]] = {}
    for key, name in session.execute(
        select(ItemPicture.version_id, ItemPicture.name).where(ItemPicture.version_id.in_(keys))
    ):
        pictures.setdefault(key, set()).add(name)
    columns = (ItemVersion.id, ItemVersion.number, ItemVersion.state, Competency.code, ItemVersion.passage_id)
    cell = (Item.code, Blueprint.code, Indicator.code, Indicator.bloom, ItemVersion.key_position)
    statement = with_blueprint(select(*columns, *cell, ItemVersion.stem, ItemVersion.rationale).join(ItemVersion.item))
    rows = session.execute(statement.where(ItemVersion.id.in_(keys)).order_by(Item.code, ItemVersion.number))
    for key, number, state, competency, passage, code, blueprint, indicator, bloom, position, stem, rationale in rows:
        text = ItemText(
            code=code,
            blueprint=blueprint,
            indicator=indicator,
            bloom=bloom.value,
            key=LETTERS[position],
            stem=stem,
            options=tuple(options.get(key, ())),
            rationale=rationale,
        )
        yield VersionText(key, number, state, competency, text, frozenset(pictures.get(key, ())), passage is not None)
