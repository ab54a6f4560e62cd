"""The items of a form as the key check shows them: wording with pictures, keys, treatment, and what was changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.model import Form, FormItem, KeyEntry, KeySet
from exam.operations.scoring import KeyChange
from exam.queries.standings import form_items
from exam.states import Treatment
from itembank.model import ItemPicture, ItemVersion, Media
from testing_platform.web.item_markup import with_pictures
from testing_platform.web.scoring_words import LETTERS, key_letters


@dataclass(frozen=True)
class KeyedItem:
    """One item in front of somebody who checks its key."""

    position: int
    code: str
    section: str
    scored: bool
    stem: Markup
    options: tuple[tuple[str, Markup], ...]
    keys: tuple[int, ...]
    treatment: Treatment
    bank_key: int

    @property
    def is_changed(self) -> bool:
        """Whether it counts otherwise than the bank says."""
        return self.keys != (self.bank_key,) or self.treatment is not Treatment.SCORE

    @property
    def letters(self) -> list[str]:
        """The right options as letters."""
        return key_letters(self.keys)

    @property
    def choices(self) -> list[tuple[int, str]]:
        """The options for a group of checkboxes."""
        return list(enumerate(LETTERS[: len(self.options)]))


def keyed_items(
    session: Session, form: Form, key_set: KeySet | None, *, typed: Sequence[KeyChange] = ()
) -> list[KeyedItem]:
    """The items of a form by what somebody typed, else by the key set, else by the bank."""
    entries: dict[int, KeyEntry | KeyChange] = {entry.position: entry for entry in (key_set.entries if key_set else [])}
    entries.update((change.position, change) for change in typed)
    return [_keyed(form, item, entries.get(item.position)) for item in form_items(session, form)]


def _keyed(form: Form, item: FormItem, entry: KeyEntry | KeyChange | None) -> KeyedItem:
    version = item.version
    addresses = {
        picture.name: url_for("scoring.picture", form_id=form.public_id, sha256=picture.sha256)
        for picture in version.pictures
    }
    return KeyedItem(
        position=item.position,
        code=version.item.code,
        section=item.section.value,
        scored=item.scored,
        stem=with_pictures(version.stem_html, addresses),
        options=tuple((LETTERS[part.position], with_pictures(part.html, addresses)) for part in version.options),
        keys=tuple(sorted(entry.keys)) if entry else (version.key_position,),
        treatment=entry.treatment if entry else Treatment.SCORE,
        bank_key=version.key_position,
    )


def picture_of_form(session: Session, form: Form, sha256: str) -> Media | None:
    """A picture, if an item of the form shows it."""
    return session.scalar(
        select(Media)
        .join(ItemPicture, ItemPicture.sha256 == Media.sha256)
        .join(ItemVersion, ItemVersion.id == ItemPicture.version_id)
        .join(FormItem, FormItem.version_id == ItemVersion.id)
        .where(FormItem.form_id == form.id, Media.sha256 == sha256)
        .limit(1),
    )
