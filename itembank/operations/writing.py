"""Writing items: a new item, a draft and its pictures, handing it to the reviewers.

What a candidate will see is rendered here, once, when it is saved; what was submitted never changes again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from itembank import search_index
from itembank.errors import SourceTextRefused, TextError
from itembank.linter.findings import Finding
from itembank.linter.rulebook import Severity
from itembank.markup import Rendered, refuse_bad_text
from itembank.media import CleanMedia
from itembank.model import Indicator, Item, ItemAuthor, ItemOption, ItemPicture, ItemVersion, Media, Passage
from itembank.operations.blueprints import indicator_of
from itembank.operations.desk_errors import DraftChanged, DraftEmpty, DraftUnsound
from itembank.operations.errors import (
    DraftExists,
    ItemCodeTaken,
    KeyOutOfRange,
    NotADraft,
    OptionCountWrong,
    OptionsAlike,
)
from itembank.operations.life import moved, place, written
from itembank.states import ItemState
from itembank.textformat import LETTERS, ItemText, RenderedItem, render_item
from itembank.version_text import findings_of
from registry.actor import Actor


@dataclass(frozen=True)
class Draft:
    """What a writer hands in. Pictures went through `itembank.media.clean_media`; their type says so."""

    stem: str
    options: tuple[str, ...]
    key_position: int  # 0 = option A
    rationale: str
    pictures: Mapping[str, CleanMedia | Media] = field(default_factory=dict)  # name in the text -> picture
    sources: str = ""
    passage: Passage | None = None

    @classmethod
    def of(cls, text: ItemText, *, pictures: Mapping[str, CleanMedia]) -> "Draft":
        """The draft that a file in the shipped text format holds."""
        return cls(text.stem, text.options, LETTERS.index(text.key), text.rationale, pictures)


@dataclass(frozen=True)
class _Ready:
    """A draft that passed every check, with what it looks like and the pictures that it uses."""

    draft: Draft
    rendered: RenderedItem  # its stem with the passage before it
    pictures: Mapping[str, Media | CleanMedia]

    def columns(self) -> dict[str, Any]:
        """What the row of a version holds of it."""
        used = {name: picture.sha256 for name, picture in self.pictures.items()}
        return {
            "stem": self.draft.stem,
            "stem_html": self.rendered.stem.html,
            "rationale": self.draft.rationale,
            "rationale_html": self.rendered.rationale.html,
            "sources": self.draft.sources,
            "passage_id": self.draft.passage.id if self.draft.passage else None,
            "key_position": self.draft.key_position,
            "content_digest": content_digest(self.draft, self.rendered, pictures=used),
        }


def create_item(
    session: Session, *, code: str, blueprint: str, indicator: str, draft: Draft, actor: Actor, now: datetime
) -> ItemVersion:
    """A new item for an indicator (codes name both), with its first draft."""
    if session.scalar(select(Item.id).where(Item.code == code)) is not None:
        raise ItemCodeTaken(item=code)
    found = indicator_of(session, blueprint=blueprint, code=indicator)
    ready = _ready(draft, code=code, indicator=found, media=draft.pictures)
    item = Item(code=code, indicator=found, created_at=now)
    session.add(item)
    session.flush()
    version = _add_version(session, item, ready, author_id=actor.account_id, now=now)
    written(session, version, "item.create", actor=actor, now=now)
    return version


def open_empty(session: Session, *, code: str, indicator: Indicator, actor: Actor, now: datetime) -> ItemVersion:
    """A new item without a word in it; it cannot be handed in before somebody wrote it."""
    item = Item(code=code, indicator=indicator, created_at=now)
    session.add(item)
    session.flush()
    nothing = {"stem": "", "stem_html": "", "rationale": "", "rationale_html": "", "key_position": 0}
    digest = hashlib.sha256(code.encode()).digest()
    version = _new_version(
        session, item, {**nothing, "content_digest": digest}, author_id=actor.account_id, now=now, demo_only=False
    )
    written(session, version, "item.create", actor=actor, now=now)
    return version


def open_demo_version(session: Session, item: Item, draft: Draft, *, actor: Actor, now: datetime) -> ItemVersion:
    """A draft with a planted fault beside the sound version, which stays as it is.

    Forms take it only where demo versions are allowed, and then in place of the sound one.
    """
    ready = _ready(draft, code=item.code, indicator=item.indicator, media=draft.pictures)
    version = _add_version(session, item, ready, author_id=actor.account_id, now=now, demo_only=True)
    written(session, version, "item.plant", actor=actor, now=now)
    return version


def write_draft(session: Session, version: ItemVersion, draft: Draft, *, actor: Actor, now: datetime) -> None:
    """Replace the content of a draft; pictures that its texts still name stay without being sent again."""
    if version.state is not ItemState.DRAFT:
        raise NotADraft(**place(version), state=version.state)
    media: dict[str, Media | CleanMedia] = {picture.name: picture.media for picture in version.pictures}
    item = version.item
    media |= {**passage_media(session, draft.passage), **draft.pictures}
    ready = _ready(draft, code=item.code, indicator=item.indicator, media=media)
    _claim_content(session, version, ready)
    _replace_parts(session, version, ready)
    if actor.account_id is not None:
        note_author(session, item, actor.account_id, by=actor.account_id, now=now)
    written(session, version, "item.write", actor=actor, now=now, details={"digest": version.content_digest.hex()})


def submit_for_review(session: Session, version: ItemVersion, *, actor: Actor, now: datetime) -> None:
    """Hand a draft to the reviewers; from now on the database refuses to change it.

    What the linter calls an error cannot be scored, and does not go to them.
    """
    if version.state is ItemState.DRAFT:
        require_sound(version, findings_of(version) if version.options else [])
    digest = version.content_digest.hex()
    moved(
        session,
        version,
        to=ItemState.IN_REVIEW,
        actor=actor,
        now=now,
        action="item.submit",
        details={"digest": digest},
    )


def copy_as_draft(session: Session, version: ItemVersion, *, now: datetime) -> ItemVersion:
    """A new draft version with the content of another, its author included until somebody else writes."""
    options = tuple(option.text for option in version.options)
    media: dict[str, Media | CleanMedia] = {picture.name: picture.media for picture in version.pictures}
    draft = Draft(
        stem=version.stem,
        options=options,
        key_position=version.key_position,
        rationale=version.rationale,
        sources=version.sources,
        passage=version.passage,
    )
    item = version.item
    ready = _ready(draft, code=item.code, indicator=item.indicator, media=media)
    # A planted fault stays marked as one, however often it is revised.
    return _add_version(session, item, ready, author_id=version.author_id, now=now, demo_only=version.demo_only)


def content_digest(draft: Draft, rendered: RenderedItem, *, pictures: Mapping[str, str]) -> bytes:
    """SHA-256 over all that a candidate or a reviewer reads: sources, HTML, key and picture digests."""
    parts = {
        "stem": [draft.stem, rendered.stem.html],
        "options": [list(draft.options), [option.html for option in rendered.options]],
        "rationale": [draft.rationale, rendered.rationale.html],
        "key": draft.key_position,
        "pictures": dict(pictures),
        # Left out where there are none, so that the digests of items from before stay what they were.
        **({"sources": draft.sources} if draft.sources else {}),
        **({"passage": [draft.passage.code, draft.passage.number]} if draft.passage else {}),
    }
    canonical = json.dumps(parts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(canonical.encode()).digest()


# Checks before anything is written


def _ready(draft: Draft, *, code: str, indicator: Indicator, media: Mapping[str, Media | CleanMedia]) -> _Ready:
    blueprint = indicator.competency.core.blueprint
    _check(draft, code=code, n_options=blueprint.n_options)
    text = ItemText(
        code=code,
        blueprint=blueprint.code,
        indicator=indicator.code,
        bloom=indicator.bloom,
        key=LETTERS[draft.key_position],
        stem=draft.stem,
        options=draft.options,
        rationale=draft.rationale,
    )
    _check_sources(draft, code=code)
    rendered = _after_passage(render_item(text, media=media), draft.passage)
    return _Ready(draft, rendered, {name: media[name] for name in sorted(_names(rendered))})


def _check(draft: Draft, *, code: str, n_options: int) -> None:
    if len(draft.options) != n_options:
        raise OptionCountWrong(item=code, found=len(draft.options), needed=n_options)
    if not 0 <= draft.key_position < n_options:
        raise KeyOutOfRange(item=code, needed=n_options)
    seen: dict[str, str] = {}
    for letter, option in zip(LETTERS, draft.options, strict=False):
        words = " ".join(option.split())
        if words in seen:
            raise OptionsAlike(item=code, first=seen[words], second=letter)
        seen[words] = letter


def _check_sources(draft: Draft, *, code: str) -> None:
    try:
        refuse_bad_text(draft.sources)
    except TextError as error:
        raise SourceTextRefused(source=code, part="Sumber", cause=error) from error


def _after_passage(rendered: RenderedItem, passage: Passage | None) -> RenderedItem:
    """The stem as the candidate reads it: after what several items share."""
    if passage is None:
        return rendered
    stem = rendered.stem
    names = (*passage.pictures, *(name for name in stem.media_names if name not in passage.pictures))
    html = f"<blockquote>{passage.html}</blockquote>{stem.html}"
    return replace(rendered, stem=Rendered(html, names, stem.plain_text))


def passage_media(session: Session, passage: Passage | None) -> dict[str, Media]:
    """The pictures of a passage by their names."""
    pictures = passage.pictures if passage else {}
    found = {media.sha256: media for media in session.scalars(select(Media).where(Media.sha256.in_(pictures.values())))}
    return {name: found[sha256] for name, sha256 in pictures.items()}


def require_sound(version: ItemVersion, findings: Iterable[Finding]) -> None:
    """Refuse a draft that nobody wrote yet, or one with errors among what the linter found."""
    if not version.options:
        raise DraftEmpty(item=version.item.code)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise DraftUnsound(item=version.item.code, found=len(errors), first=errors[0].message("id"))


def _names(rendered: RenderedItem) -> set[str]:
    texts = (rendered.stem, *rendered.options, rendered.rationale)
    return {name for text in texts for name in text.media_names}


# Rows


def _add_version(
    session: Session, item: Item, ready: _Ready, *, author_id: int | None, now: datetime, demo_only: bool = False
) -> ItemVersion:
    drafts = select(ItemVersion.id).where(ItemVersion.item_id == item.id, ItemVersion.state == ItemState.DRAFT)
    if session.scalar(drafts) is not None:
        raise DraftExists(item=item.code)
    version = _new_version(session, item, ready.columns(), author_id=author_id, now=now, demo_only=demo_only)
    _replace_parts(session, version, ready)
    return version


def _new_version(
    session: Session,
    item: Item,
    columns: Mapping[str, Any],
    *,
    author_id: int | None,
    now: datetime,
    demo_only: bool,
) -> ItemVersion:
    last = session.scalar(select(func.max(ItemVersion.number)).where(ItemVersion.item_id == item.id))
    version = ItemVersion(
        item=item,
        number=(last or 0) + 1,
        state=ItemState.DRAFT,
        changed_at=now,
        created_at=now,
        author_id=author_id,
        demo_only=demo_only,
        **columns,
    )
    session.add(version)
    session.flush()
    return version


def _claim_content(session: Session, version: ItemVersion, ready: _Ready) -> None:
    """Write the row if it still holds what this writer saw; of two who save at once the second is told."""
    statement = (
        update(ItemVersion)
        .where(
            ItemVersion.id == version.id,
            ItemVersion.state == ItemState.DRAFT,
            ItemVersion.content_digest == version.content_digest,
        )
        .values(**ready.columns())
        .returning(ItemVersion.id)
    )
    won = session.scalar(statement, execution_options={"synchronize_session": False})
    session.expire(version)
    if won is None:
        raise DraftChanged(**place(version))


def note_author(session: Session, item: Item, account_id: int, *, by: int, now: datetime) -> None:
    """Whoever writes on an item sees it from now on and never reviews it."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(ItemAuthor)
        .values(item_id=item.id, account_id=account_id, added_by_id=by, added_at=now)
        .on_conflict_do_nothing()
    )


def _replace_parts(session: Session, version: ItemVersion, ready: _Ready) -> None:
    session.execute(delete(ItemOption).where(ItemOption.version_id == version.id))
    session.execute(delete(ItemPicture).where(ItemPicture.version_id == version.id))
    for picture in ready.pictures.values():
        if isinstance(picture, CleanMedia):
            keep_picture(session, picture)
    session.add_all(
        ItemOption(version_id=version.id, position=position, text=text, html=option.html)
        for position, (text, option) in enumerate(zip(ready.draft.options, ready.rendered.options, strict=True))
    )
    session.add_all(
        ItemPicture(version_id=version.id, name=name, sha256=picture.sha256) for name, picture in ready.pictures.items()
    )
    session.flush()
    session.expire(version, ["options", "pictures"])
    search_index.refresh(session, [version.id])


def keep_picture(session: Session, picture: CleanMedia) -> None:
    """Store a cleaned picture once, under the digest of its bytes."""
    # Two writers may send the same picture at once; the row of the first serves both.
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(Media)
        .values(
            sha256=picture.sha256,
            media_type=picture.media_type,
            content=picture.data,
            width=picture.width,
            height=picture.height,
        )
        .on_conflict_do_nothing()
    )
