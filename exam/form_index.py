"""Translates between the random ids that a browser knows and the canonical positions of a form.

A sealed form never changes, so each worker keeps its index for good; the answer path then needs no query for it.
"""

import uuid
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.errors import UnknownItemError
from exam.model import Form, FormItem, FormPicture


@dataclass(frozen=True)
class PictureName:
    """A picture of a form, as browsers are told of it before they fetch it."""

    sha256: str
    media_type: str
    size: int


@dataclass(frozen=True)
class FormIndex:
    """The ids of one form. Positions of items count from 1, of options from 0 (= A)."""

    form: uuid.UUID
    item_keys: tuple[str, ...]
    option_keys: tuple[tuple[str, ...], ...]
    pictures: tuple[PictureName, ...] = ()

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {key: position for position, key in enumerate(self.item_keys, start=1)}

    def position_of(self, item_key: str) -> int:
        """The canonical position of an item."""
        try:
            return self._positions[item_key]
        except KeyError:
            raise UnknownItemError(item=item_key[:64]) from None

    def option_of(self, position: int, option_key: str) -> int:
        """The authored position of an option of the item at a position."""
        try:
            return self.option_keys[position - 1].index(option_key)
        except ValueError:
            raise UnknownItemError(item=self.item_keys[position - 1], option=option_key[:64]) from None

    def item_key(self, position: int) -> str:
        """The id of the item at a position."""
        return self.item_keys[position - 1]

    def option_key(self, position: int, option: int) -> str:
        """The id of an option of the item at a position."""
        return self.option_keys[position - 1][option]


class FormIndexes:
    """The indexes that this process has met."""

    def __init__(self) -> None:
        self._known: dict[uuid.UUID, FormIndex] = {}

    def known(self, form: uuid.UUID) -> FormIndex | None:
        """The index, if this process has it."""
        return self._known.get(form)

    def load(self, session: Session, form: uuid.UUID) -> FormIndex:
        """The index, read from the database the first time."""
        found = self._known.get(form)
        if found is None:
            rows = session.execute(
                select(FormItem.item_key, FormItem.option_keys)
                .join(Form)
                .where(Form.public_id == form)
                .order_by(FormItem.position),
            ).all()
            found = FormIndex(
                form=form,
                item_keys=tuple(row.item_key for row in rows),
                option_keys=tuple(tuple(row.option_keys) for row in rows),
                pictures=_pictures(session, form),
            )
            self._known[form] = found
        return found


def _pictures(session: Session, form: uuid.UUID) -> tuple[PictureName, ...]:
    rows = session.execute(
        select(FormPicture.sha256, FormPicture.media_type, FormPicture.size)
        .join(Form)
        .where(Form.public_id == form)
        .order_by(FormPicture.sha256),
    )
    return tuple(PictureName(sha256, media_type, size) for sha256, media_type, size in rows)
