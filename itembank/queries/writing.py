"""The writer's desk: the own tasks, items and passages, what is being typed, what reviewers want mended.

Writers see what they write on and nothing else of the bank. Every read here asks for the actor; who may not see a
version gets none, as if it did not exist. Bank managers see all.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from itembank.model import (
    Competency,
    CoreCompetency,
    Indicator,
    Item,
    ItemAuthor,
    ItemComment,
    ItemPicture,
    ItemVersion,
    Media,
    Passage,
    WorkingCopy,
    WritingTask,
)
from itembank.states import ItemState
from itembank.typed_item import TypedItem
from itembank.version_text import typed_of_version
from registry.actor import Actor
from registry.model import Account, AuditEvent
from registry.queries import actor_of
from registry.roles import Role

# Who may write


def author_ids(session: Session, item_id: int) -> set[int]:
    """The accounts that wrote on an item in any version, or were added to its writers."""
    wrote = select(ItemVersion.author_id).where(ItemVersion.item_id == item_id, ItemVersion.author_id.is_not(None))
    added = select(ItemAuthor.account_id).where(ItemAuthor.item_id == item_id)
    return {found for found in (*session.scalars(wrote), *session.scalars(added)) if found is not None}


def may_write(session: Session, item: Item, actor: Actor) -> bool:
    """Whether somebody may see and write the versions of an item at the desk."""
    return Role.BANK_MANAGER in actor.roles or actor.account_id in author_ids(session, item.id)


def has_task(session: Session, indicator: Indicator, actor: Actor) -> bool:
    """Whether somebody was asked to write for an indicator; a task follows its indicator into the next blueprint."""
    wanted = (
        WritingTask.assignee_id == actor.account_id,
        WritingTask.ended_at.is_(None),
        Indicator.lineage == indicator.lineage,
    )
    return bool(session.scalar(select(exists(select(WritingTask.id).join(WritingTask.indicator).where(*wanted)))))


def indicator_by_public_id(session: Session, public_id: uuid.UUID) -> Indicator | None:
    """The cell that a page names."""
    return session.scalar(select(Indicator).where(Indicator.public_id == public_id))


def writer_version(session: Session, public_id: uuid.UUID, actor: Actor) -> ItemVersion | None:
    """A version that this person may see at the desk; none where it is somebody else's."""
    version = session.scalar(select(ItemVersion).where(ItemVersion.public_id == public_id))
    return version if version is not None and may_write(session, version.item, actor) else None


def n_options_of(version: ItemVersion) -> int:
    """How many options the blueprint of an item asks for."""
    return version.item.indicator.competency.core.blueprint.n_options


def possible_co_authors(session: Session, item: Item) -> list[Account]:
    """Item writers who do not write on this item yet."""
    known = author_ids(session, item.id)
    accounts = session.scalars(select(Account).where(Account.disabled_at.is_(None)).order_by(Account.full_name))
    return [each for each in accounts if each.id not in known and Role.ITEM_WRITER in actor_of(each).roles]


def authors_of(session: Session, item: Item) -> list[Account]:
    """The people who write on an item, by name."""
    found = select(Account).where(Account.id.in_(author_ids(session, item.id))).order_by(Account.full_name)
    return list(session.scalars(found))


# The desk


@dataclass(frozen=True)
class DeskItem:
    """An item on a writer's desk, by its latest version."""

    version: ItemVersion
    was_returned: bool  # reviewers sent the version before back
    typed_at: datetime | None  # when this writer last typed into the draft
    stem: str  # as typed last


@dataclass(frozen=True)
class Desk:
    """All that lies before a writer, apart from the tasks."""

    returned: tuple[DeskItem, ...]
    drafts: tuple[DeskItem, ...]
    in_review: tuple[DeskItem, ...]
    done: tuple[DeskItem, ...]


def desk_of(session: Session, actor: Actor) -> Desk:
    """The items that this person writes on, in the order in which they want attention."""
    versions = _latest_of(session, actor)
    drafts_of = [version for version in versions if version.state is ItemState.DRAFT]
    copies, returned = _own_copies(session, drafts_of, actor), _returned(session, drafts_of)
    items = [_desk_item(version, copies.get(version.id), was_returned=version.id in returned) for version in versions]
    drafts = [each for each in items if each.version.state is ItemState.DRAFT]
    return Desk(
        returned=tuple(each for each in drafts if each.was_returned),
        drafts=tuple(each for each in drafts if not each.was_returned),
        in_review=tuple(each for each in items if each.version.state is ItemState.IN_REVIEW),
        done=tuple(each for each in items if each.version.state not in {ItemState.DRAFT, ItemState.IN_REVIEW}),
    )


def _latest_of(session: Session, actor: Actor) -> Sequence[ItemVersion]:
    wrote = select(ItemVersion.item_id).where(ItemVersion.author_id == actor.key)
    added = select(ItemAuthor.item_id).where(ItemAuthor.account_id == actor.key)
    newer = aliased(ItemVersion)
    is_latest = ~exists(select(newer.id).where(newer.item_id == ItemVersion.item_id, newer.number > ItemVersion.number))
    cell = selectinload(ItemVersion.item).selectinload(Item.indicator).selectinload(Indicator.competency)
    statement = (
        select(ItemVersion)
        .where(or_(ItemVersion.item_id.in_(wrote), ItemVersion.item_id.in_(added)), is_latest)
        .options(cell.selectinload(Competency.core).selectinload(CoreCompetency.blueprint))
        .order_by(ItemVersion.changed_at.desc(), ItemVersion.id)
    )
    return session.scalars(statement).all()


def _desk_item(version: ItemVersion, copy: WorkingCopy | None, *, was_returned: bool) -> DeskItem:
    stem = str(copy.content.get("stem", "")) if copy else version.stem
    return DeskItem(version, was_returned, copy.saved_at if copy else None, stem)


def _own_copies(session: Session, drafts: Sequence[ItemVersion], actor: Actor) -> dict[int, WorkingCopy]:
    wanted = WorkingCopy.version_id.in_([draft.id for draft in drafts])
    found = session.scalars(select(WorkingCopy).where(WorkingCopy.account_id == actor.key, wanted))
    return {copy.version_id: copy for copy in found}


def _returned(session: Session, drafts: Sequence[ItemVersion]) -> set[int]:
    """The drafts that continue a version which a revision ended."""
    before = aliased(ItemVersion)
    ended = and_(before.item_id == ItemVersion.item_id, before.number == ItemVersion.number - 1)
    statement = select(ItemVersion.id).join(before, ended).where(before.state == ItemState.REVISION)
    return set(session.scalars(statement.where(ItemVersion.id.in_([draft.id for draft in drafts]))))


# What is being typed


@dataclass(frozen=True)
class AtWork:
    """Somebody else who is typing into the same draft."""

    name: str
    typed_at: datetime


def own_copy(session: Session, version: ItemVersion, actor: Actor) -> WorkingCopy | None:
    """What this person typed into a version last."""
    return session.get(WorkingCopy, (version.id, actor.key))


def typed_by(session: Session, version: ItemVersion, actor: Actor) -> TypedItem:
    """What this person finds in the editor: the own typing, else the draft."""
    copy = own_copy(session, version, actor)
    n_options = n_options_of(version)
    return TypedItem.of_document(copy.content) if copy else typed_of_version(version, n_options=n_options)


def others_at_work(session: Session, version: ItemVersion, actor: Actor, *, since: datetime) -> list[AtWork]:
    """Who else typed into a draft since a moment, the latest first."""
    statement = (
        select(Account.full_name, WorkingCopy.saved_at)
        .join(WorkingCopy.account)
        .where(WorkingCopy.version_id == version.id, WorkingCopy.account_id != actor.key, WorkingCopy.saved_at >= since)
        .order_by(WorkingCopy.saved_at.desc())
    )
    return [AtWork(name, at) for name, at in session.execute(statement)]


def last_saving(session: Session, version: ItemVersion) -> AtWork | None:
    """Who saved the draft last, and when."""
    event = session.scalar(
        select(AuditEvent)
        .where(AuditEvent.subject == str(version.public_id), AuditEvent.action.in_(["item.write", "item.create"]))
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    if event is None:
        return None
    name = session.scalar(select(Account.full_name).where(Account.public_id == event.actor))
    return AtWork(name or "", event.at)


# Comments, passages, pictures


def comments_of(session: Session, version: ItemVersion) -> list[ItemComment]:
    """What was said about a version, the oldest first."""
    statement = (
        select(ItemComment)
        .where(ItemComment.version_id == version.id)
        .options(selectinload(ItemComment.author))
        .order_by(ItemComment.id)
    )
    return list(session.scalars(statement))


def passages_of(session: Session, actor: Actor) -> list[Passage]:
    """The newest number of every passage that this person may put before a stem, by name."""
    newest = select(func.max(Passage.id)).group_by(Passage.code)
    statement = select(Passage).where(Passage.id.in_(newest)).order_by(Passage.code)
    if Role.BANK_MANAGER not in actor.roles:
        statement = statement.where(Passage.code.in_(_own_passage_codes(session, actor)))
    return list(session.scalars(statement))


def _own_passage_codes(session: Session, actor: Actor) -> set[str]:
    wrote = select(Passage.code).where(Passage.written_by_id == actor.account_id)
    used = select(Passage.code).join(ItemVersion, ItemVersion.passage_id == Passage.id)
    return set(session.scalars(wrote)) | set(session.scalars(used.where(_writes_on(actor))))


def passage_for(session: Session, public_id: str, actor: Actor) -> Passage | None:
    """A passage that this person may put before a stem, in the number that was asked for."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    passage = session.scalar(select(Passage).where(Passage.public_id == wanted))
    if passage is None:
        return None
    is_allowed = Role.BANK_MANAGER in actor.roles or passage.code in _own_passage_codes(session, actor)
    return passage if is_allowed else None


def may_change_passage(session: Session, passage: Passage, actor: Actor) -> bool:
    """Whether somebody may write the next number of a passage: whoever wrote one of it, and bank managers."""
    wrote = select(Passage.id).where(Passage.code == passage.code, Passage.written_by_id == actor.key)
    return Role.BANK_MANAGER in actor.roles or session.scalar(wrote.limit(1)) is not None


def numbers_of(session: Session, passage: Passage) -> list[Passage]:
    """All numbers of a passage, the newest first."""
    return list(session.scalars(select(Passage).where(Passage.code == passage.code).order_by(Passage.number.desc())))


def items_with(session: Session, passage: Passage) -> list[ItemVersion]:
    """The drafts and living versions that stand behind any number of a passage."""
    numbers = select(Passage.id).where(Passage.code == passage.code)
    statement = select(ItemVersion).where(
        ItemVersion.passage_id.in_(numbers), ItemVersion.state.not_in([ItemState.REVISION, ItemState.RETIRED])
    )
    return list(session.scalars(statement.order_by(ItemVersion.id)))


@dataclass(frozen=True)
class PictureSize:
    """How large a picture is drawn; its bytes stay where they are."""

    width: int
    height: int


def picture_sizes(session: Session, names: Mapping[str, str]) -> dict[str, PictureSize]:
    """The sizes of the pictures that a typed item names."""
    columns = select(Media.sha256, Media.width, Media.height).where(Media.sha256.in_(names.values()))
    found = {sha256: PictureSize(width, height) for sha256, width, height in session.execute(columns)}
    return {name: found[sha256] for name, sha256 in names.items() if sha256 in found}


def may_see_picture(session: Session, sha256: str, actor: Actor) -> bool:
    """Whether a picture belongs to something on this person's desk."""
    if Role.BANK_MANAGER in actor.roles:
        return True
    shown = select(ItemPicture.version_id).join(ItemVersion, ItemVersion.id == ItemPicture.version_id)
    if session.scalar(select(exists(shown.where(ItemPicture.sha256 == sha256, _writes_on(actor))))):
        return True
    copies = session.scalars(select(WorkingCopy).where(WorkingCopy.account_id == actor.key))
    kept: Iterable[dict[str, str]] = [copy.content.get("pictures", {}) for copy in copies]
    passages = session.scalars(select(Passage).where(Passage.code.in_(_own_passage_codes(session, actor))))
    return any(sha256 in pictures.values() for pictures in (*kept, *(each.pictures for each in passages)))


def _writes_on(actor: Actor) -> ColumnElement[bool]:
    wrote = select(ItemVersion.item_id).where(ItemVersion.author_id == actor.key)
    added = select(ItemAuthor.item_id).where(ItemAuthor.account_id == actor.key)
    return or_(ItemVersion.item_id.in_(wrote), ItemVersion.item_id.in_(added))
