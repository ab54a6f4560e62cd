"""Passages: texts, tables or cases that several items share. An edit is a new number; items keep the one they took."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from itembank.characters import hidden_character
from itembank.errors import TextError
from itembank.markup import render
from itembank.media import CleanMedia
from itembank.model import Media, Passage
from itembank.operations.desk_errors import (
    NotYourPassage,
    PassageChanged,
    PassageEmpty,
    PassageNameTaken,
    PassageUnreadable,
)
from itembank.operations.drafting import picture_name, pictures_of
from itembank.operations.writing import keep_picture
from itembank.queries.writing import may_change_passage
from registry import audit
from registry.actor import Actor

LIMIT_NAME = 64


def new_passage(
    session: Session,
    *,
    name: str,
    source: str,
    pictures: Mapping[str, CleanMedia],
    actor: Actor,
    now: datetime,
) -> Passage:
    """A passage under a name of its own."""
    name = " ".join(name.split())
    if not name or len(name) > LIMIT_NAME or hidden_character(name) is not None:
        raise PassageEmpty(limit=LIMIT_NAME)
    if session.scalar(select(Passage.id).where(func.lower(Passage.code) == name.lower()).limit(1)) is not None:
        raise PassageNameTaken(passage=name)
    return _written(session, name, 1, source=source, pictures=pictures, actor=actor, now=now)


def edit_passage(
    session: Session,
    passage: Passage,
    *,
    source: str,
    pictures: Mapping[str, CleanMedia],
    actor: Actor,
    now: datetime,
) -> Passage:
    """The next number of a passage; drafts take it up when their writers want it, what was handed in never changes."""
    if not may_change_passage(session, passage, actor):
        raise NotYourPassage
    kept = pictures_of(session, passage.pictures)
    return _written(
        session, passage.code, passage.number + 1, source=source, pictures={**kept, **pictures}, actor=actor, now=now
    )


def named(pictures: Mapping[str, CleanMedia]) -> dict[str, CleanMedia]:
    """Uploaded pictures under the names by which the text shows them."""
    return {picture_name(file_name, picture): picture for file_name, picture in pictures.items()}


def _written(
    session: Session,
    name: str,
    number: int,
    *,
    source: str,
    pictures: Mapping[str, CleanMedia | Media],
    actor: Actor,
    now: datetime,
) -> Passage:
    if not source.strip():
        raise PassageEmpty(limit=LIMIT_NAME)
    try:
        rendered = render(source, media=pictures)
    except TextError as error:
        raise PassageUnreadable(cause=error) from error
    for picture in pictures.values():
        if isinstance(picture, CleanMedia):
            keep_picture(session, picture)
    used = {used: pictures[used].sha256 for used in rendered.media_names}
    passage = Passage(
        code=name,
        number=number,
        source=source,
        html=rendered.html,
        pictures=used,
        written_by_id=actor.key,
        written_at=now,
    )
    try:
        with session.begin_nested():
            session.add(passage)
            session.flush()
    except IntegrityError as error:  # somebody wrote this number first; of two at once it lets one through
        raise PassageChanged(passage=name) from error
    details = {"passage": name, "number": number}
    audit.record(
        session,
        actor=actor,
        action="passage.write",
        subject_kind="passage",
        subject=passage.public_id,
        at=now,
        details=details,
    )
    return passage
