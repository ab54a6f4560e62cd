"""The items of a form as the key check shows them: wording with pictures, keys, treatment, and what was changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.model import Form, FormItem, KeyEntry, KeySet
from exam.operations.scoring import KeyChange
from exam.queries.challenges import ItemReports, reports_of_form
from exam.queries.standings import form_items
from exam.states import Treatment
from itembank.model import ItemPicture, ItemVersion, Media
from testing_platform.web.challenge_words import ShownReports
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
    reports: ShownReports | None  # of candidates who found it broken
    reports_read: int  # how many of them somebody has read, or says so now

    @property
    def has_unread(self) -> bool:
        """Whether there are reports that nobody has read yet."""
        return self.reports is not None and self.reports.n_reports > self.reports_read

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
    session: Session,
    form: Form,
    key_set: KeySet | None,
    *,
    typed: Sequence[KeyChange] = (),
    reports_read: Mapping[int, int] | None = None,
) -> list[KeyedItem]:
    """The items of a form by what somebody typed, else by the key set, else by the bank; with candidates' reports."""
    reports = reports_of_form(session, form)
    if reports_read is None:
        reports_read = {int(place): count for place, count in key_set.reports_read.items()} if key_set else {}
    entries: dict[int, KeyEntry | KeyChange] = {entry.position: entry for entry in (key_set.entries if key_set else [])}
    entries.update((change.position, change) for change in typed)
    return [
        _keyed(
            form,
            item,
            entries.get(item.position),
            reports=reports.get(item.position),
            n_read=reports_read.get(item.position, 0),
        )
        for item in form_items(session, form)
    ]


def _keyed(
    form: Form, item: FormItem, entry: KeyEntry | KeyChange | None, *, reports: ItemReports | None, n_read: int
) -> KeyedItem:
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
        reports=ShownReports(reports, n_options=len(version.options)) if reports else None,
        reports_read=n_read,
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
