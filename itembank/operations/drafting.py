"""At the writer's desk: beginning an item, keeping what is typed, saving the draft, handing it in.

What is typed is kept as it is, each writer's apart from the other's, and nothing that one saves is written over what
another saved: whoever saves names the draft that was opened, and is told if it is no longer that one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PureWindowsPath

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from itembank.linter.reading import LintItem
from itembank.media import CleanMedia
from itembank.model import Indicator, Item, ItemVersion, Media, WorkingCopy
from itembank.neighbours import Neighbours
from itembank.operations.assigning import excuse_author
from itembank.operations.desk_errors import (
    DraftChanged,
    DraftIncomplete,
    NotYourCell,
    NotYourItem,
    NotYourPassage,
    TypedElsewhere,
    TypingTooLong,
    WriterUnfit,
)
from itembank.operations.errors import NotADraft
from itembank.operations.life import place, written
from itembank.operations.writing import (
    Draft,
    keep_picture,
    note_author,
    open_empty,
    passage_media,
    require_sound,
    submit_for_review,
    write_draft,
)
from itembank.queries.writing import has_task, may_write, n_options_of, own_copy, passage_for
from itembank.states import ItemState
from itembank.typed_item import LIMIT_TYPED, TypedItem
from itembank.version_text import text_of_version, typed_of_version
from registry.actor import Actor
from registry.columns import Document
from registry.model import Account
from registry.queries import actor_of
from registry.roles import Role

_CODE_TRIES = 5
_EXTENSIONS = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True)
class Stand:
    """Where a page stood when it sent something: how often it was kept, and on which draft it builds."""

    counter: int  # of the writer's working copy; 0: there was none
    based_on: bytes  # content digest of the draft


# Items


def open_item(session: Session, indicator: Indicator, *, actor: Actor, now: datetime) -> ItemVersion:
    """Begin an item for an indicator, under the next free code; writers do so for their tasks."""
    if Role.BANK_MANAGER not in actor.roles and not has_task(session, indicator, actor):
        raise NotYourCell(indicator=indicator.code)
    for _attempt in range(_CODE_TRIES - 1):
        try:
            with session.begin_nested():
                return _opened(session, indicator, actor=actor, now=now)
        except IntegrityError:
            continue  # somebody began the next item of this cell at the same moment
    return _opened(session, indicator, actor=actor, now=now)


def _opened(session: Session, indicator: Indicator, *, actor: Actor, now: datetime) -> ItemVersion:
    version = open_empty(session, code=_next_code(session, indicator), indicator=indicator, actor=actor, now=now)
    note_author(session, version.item, actor.key, by=actor.key, now=now)
    return version


def _next_code(session: Session, indicator: Indicator) -> str:
    """As the shipped items are named: MAT-PRO-07-4 is the fourth of indicator M07."""
    words = indicator.competency.core.blueprint.code.split("-")
    number = "".join(re.findall(r"\d+", indicator.code)) or indicator.code
    start = "-".join([*(word[:3].upper() for word in words), number]) + "-"
    taken = session.scalars(select(Item.code).where(Item.code.startswith(start, autoescape=True)))
    used = [int(code.removeprefix(start)) for code in taken if code.removeprefix(start).isdecimal()]
    return start + str(max(used, default=0) + 1)


def add_author(session: Session, version: ItemVersion, account: Account, *, actor: Actor, now: datetime) -> None:
    """Let a colleague write on an item too; who was added stays a writer of it and never reviews it."""
    require_author(session, version.item, actor)
    if account.disabled_at is not None or Role.ITEM_WRITER not in actor_of(account).roles:
        raise WriterUnfit(person=account.full_name)
    note_author(session, version.item, account.id, by=actor.key, now=now)
    written(session, version, "item.share", actor=actor, now=now, details={"with": str(account.public_id)})
    excuse_author(session, version.item, account, actor=actor, now=now)


def hand_in(session: Session, version: ItemVersion, *, neighbours: Neighbours, actor: Actor, now: datetime) -> None:
    """Hand the saved draft to the reviewers, unless it stands in the bank already."""
    require_author(session, version.item, actor)
    if version.options:
        near = neighbours.findings(session, LintItem.of(text_of_version(version)))
        require_sound(version, near)
    submit_for_review(session, version, actor=actor, now=now)


def require_author(session: Session, item: Item, actor: Actor) -> None:
    """Refuse whoever does not write on an item."""
    if not may_write(session, item, actor):
        raise NotYourItem(item=item.code)


# What is being typed


def keep_typing(
    session: Session, version: ItemVersion, typed: TypedItem, *, stand: Stand, actor: Actor, now: datetime
) -> WorkingCopy:
    """Keep what somebody typed, whether or not it can be drawn; pictures come in by `add_picture` alone."""
    require_author(session, version.item, actor)
    if version.state is not ItemState.DRAFT:
        raise NotADraft(**place(version), state=version.state)
    if typed.n_characters > LIMIT_TYPED:
        raise TypingTooLong(length=typed.n_characters, limit=LIMIT_TYPED)
    copy = own_copy(session, version, actor)
    draft = typed_of_version(version, n_options=n_options_of(version))
    kept = TypedItem.of_document(copy.content) if copy else draft
    base = _base_of(copy, draft=draft, stand=stand, version=version)
    content = {**replace(typed, pictures={**draft.pictures, **kept.pictures}).document(), "base": base}
    based_on = copy.based_on if copy else stand.based_on
    return _put(session, version, content, stand=Stand(stand.counter, based_on), actor=actor, now=now)


def merge_typing(
    session: Session, version: ItemVersion, typed: TypedItem, *, stand: Stand, actor: Actor, now: datetime
) -> WorkingCopy:
    """Go on with a text that somebody put together from two; it builds on the draft that `stand` names."""
    if stand.based_on != version.content_digest:
        raise DraftChanged(**place(version))
    kept = keep_typing(session, version, typed, stand=stand, actor=actor, now=now)
    draft = typed_of_version(version, n_options=n_options_of(version))
    content = {**kept.content, "base": draft.document()}
    return _put(session, version, content, stand=Stand(kept.counter, stand.based_on), actor=actor, now=now)


def discard_typing(session: Session, version: ItemVersion, *, stand: Stand, actor: Actor, now: datetime) -> WorkingCopy:
    """Back to the saved draft; what was typed since is given up."""
    draft = typed_of_version(version, n_options=n_options_of(version))
    return merge_typing(
        session, version, draft, stand=Stand(stand.counter, version.content_digest), actor=actor, now=now
    )


def add_picture(
    session: Session,
    version: ItemVersion,
    picture: CleanMedia,
    *,
    file_name: str,
    stand: Stand,
    actor: Actor,
    now: datetime,
) -> tuple[str, WorkingCopy]:
    """Put a cleaned picture beside what is typed; the texts show it by the name that comes back."""
    copy = own_copy(session, version, actor)
    draft = typed_of_version(version, n_options=n_options_of(version))
    typed = TypedItem.of_document(copy.content) if copy else draft
    kept = keep_typing(session, version, typed, stand=stand, actor=actor, now=now)
    keep_picture(session, picture)
    name = picture_name(file_name, picture)
    content = {**kept.content, "pictures": {**kept.content["pictures"], name: picture.sha256}}
    return name, _put(session, version, content, stand=Stand(kept.counter, kept.based_on), actor=actor, now=now)


def picture_name(file_name: str, picture: CleanMedia) -> str:
    """Under which name texts show an uploaded picture."""
    # The digest in the name: two writers never mean different pictures by the same name.
    stem = re.sub(r"[^a-z0-9]+", "-", PureWindowsPath(file_name).stem.lower()).strip("-")[:40] or "gambar"
    return f"{stem}-{picture.sha256[:8]}.{_EXTENSIONS[picture.media_type]}"


def _base_of(copy: WorkingCopy | None, *, draft: TypedItem, stand: Stand, version: ItemVersion) -> Document:
    """The draft that the typing builds on, for merging; unknown where it changed before anything was kept."""
    if copy is not None:
        return dict(copy.content.get("base", {}))
    return draft.document() if stand.based_on == version.content_digest else {}


def _put(
    session: Session, version: ItemVersion, content: Document, *, stand: Stand, actor: Actor, now: datetime
) -> WorkingCopy:
    """Write the working copy if it still is the one that the page knew; of two windows the second is told."""
    values = {"based_on": stand.based_on, "content": content, "saved_at": now, "counter": stand.counter + 1}
    key = {"version_id": version.id, "account_id": actor.key}
    if stand.counter == 0:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        insertion = dialect.insert(WorkingCopy).values(**key, **values).on_conflict_do_nothing()
        won = session.scalar(insertion.returning(WorkingCopy.counter))
    else:
        same = (
            WorkingCopy.version_id == version.id,
            WorkingCopy.account_id == actor.key,
            WorkingCopy.counter == stand.counter,
        )
        change = update(WorkingCopy).where(*same).values(**values).returning(WorkingCopy.counter)
        won = session.scalar(change, execution_options={"synchronize_session": False})
    if won is None:
        raise TypedElsewhere(item=version.item.code)
    return session.get_one(WorkingCopy, (version.id, actor.key), populate_existing=True)


# The draft


def save_draft(
    session: Session, version: ItemVersion, typed: TypedItem, *, based_on: bytes, actor: Actor, now: datetime
) -> None:
    """Make what was typed the draft, if it is complete, can be drawn, and nobody saved another one meanwhile."""
    require_author(session, version.item, actor)
    if version.state is not ItemState.DRAFT:
        raise NotADraft(**place(version), state=version.state)
    if version.content_digest != based_on:
        raise DraftChanged(**place(version))
    missing = typed.missing()
    if missing:
        raise DraftIncomplete(item=version.item.code, missing=", ".join(missing))
    write_draft(session, version, _draft_of(session, typed, actor), actor=actor, now=now)
    copy = own_copy(session, version, actor)
    if copy is not None:
        content = {**typed.document(), "base": typed.document()}
        _put(session, version, content, stand=Stand(copy.counter, version.content_digest), actor=actor, now=now)


def _draft_of(session: Session, typed: TypedItem, actor: Actor) -> Draft:
    passage = None
    if typed.passage:
        passage = passage_for(session, typed.passage, actor)
        if passage is None:
            raise NotYourPassage
    return Draft(
        stem=typed.stem,
        options=typed.options,
        key_position=typed.key_position,
        rationale=typed.rationale,
        sources=typed.sources,
        passage=passage,
        pictures={**passage_media(session, passage), **pictures_of(session, typed.pictures)},
    )


def pictures_of(session: Session, names: Mapping[str, str]) -> dict[str, Media]:
    """The stored pictures behind the names of a typed item."""
    found = {media.sha256: media for media in session.scalars(select(Media).where(Media.sha256.in_(names.values())))}
    return {name: found[sha256] for name, sha256 in names.items() if sha256 in found}
