"""Rulings: the bank manager's word where two reviewers disagree, and the return of a version to its writer."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from itembank.characters import visible_words
from itembank.consensus import REVIEWS_NEEDED, Refusal, Standing, open_criteria, refusals, standing
from itembank.model import ItemVersion, Review, Ruling
from itembank.operations.assigning import lock_version
from itembank.operations.errors import (
    NothingToMend,
    NotInReview,
    OwnReview,
    ReviewMissing,
    RulingMissing,
    RulingNotOpen,
)
from itembank.operations.life import place, reason_given, written
from itembank.operations.reviewing import require_stranger, reviews_of, send_to_revision, settle
from itembank.states import ItemState
from registry.actor import Actor


@dataclass(frozen=True)
class Word:
    """What the manager says to one reviewer's no."""

    upheld: bool
    reason: str


def rule(
    session: Session,
    version: ItemVersion,
    words: Mapping[tuple[uuid.UUID, str], Word],
    *,
    actor: Actor,
    now: datetime,
) -> Standing:
    """Rule on disputed criteria, by the review's public id and the criterion. Neither writer nor reviewer may.

    Once nothing is disputed any more, a version without an open no is approved; one that has some goes back to its
    writer with all that is to mend.
    """
    reviews = _judged(session, version, actor)
    disputed = {(each.review.public_id, each.criterion): each for each in refusals(reviews) if each.is_disputed}
    for (review_id, criterion), word in words.items():
        if (review_id, criterion) not in disputed:
            raise RulingNotOpen(item=version.item.code, criterion=criterion)
        said = Word(upheld=word.upheld, reason=reason_given(version, word.reason))
        _write_down(session, disputed[review_id, criterion], said, actor=actor, now=now)
    session.flush()
    for review in reviews:
        session.expire(review, ["rulings"])
    details = {"rulings": {criterion: word.upheld for (_, criterion), word in words.items()}}
    written(session, version, "review.rule", actor=actor, now=now, details=details)
    found = settle(session, version, actor=actor, now=now)
    if found is Standing.TO_MEND:
        _send_back(session, version, reviews, note="", actor=actor, now=now)
    return found


def send_back(session: Session, version: ItemVersion, *, note: str, actor: Actor, now: datetime) -> ItemVersion:
    """Return a version whose reviewers agree on what is wrong; the writer's new draft shows what to mend.

    `note` adds the manager's own words; it may be empty.
    """
    reviews = _judged(session, version, actor)
    found = standing(reviews)
    if found is Standing.DISPUTED:
        criteria = dict.fromkeys(each.criterion for each in refusals(reviews) if each.is_disputed)
        raise RulingMissing(item=version.item.code, criteria=", ".join(criteria))
    if found is not Standing.TO_MEND:
        raise NothingToMend(**place(version))
    return _send_back(session, version, reviews, note=note, actor=actor, now=now)


def _judged(session: Session, version: ItemVersion, actor: Actor) -> list[Review]:
    """The readings that somebody may judge now."""
    lock_version(session, version)
    if version.state is not ItemState.IN_REVIEW:
        raise NotInReview(**place(version), state=version.state)
    require_stranger(session, version, actor)
    reviews = reviews_of(session, version)
    if any(review.reviewer_id == actor.key for review in reviews):
        raise OwnReview(**place(version))
    if len(reviews) < REVIEWS_NEEDED:
        raise ReviewMissing(**place(version), found=len(reviews), needed=REVIEWS_NEEDED)
    return reviews


def _write_down(session: Session, refusal: Refusal, word: Word, *, actor: Actor, now: datetime) -> None:
    session.add(
        Ruling(
            review_id=refusal.review.id,
            criterion=refusal.criterion,
            upheld=word.upheld,
            reason=word.reason,
            ruled_by_id=actor.key,
            ruled_at=now,
        )
    )


def _send_back(
    session: Session, version: ItemVersion, reviews: Sequence[Review], *, note: str, actor: Actor, now: datetime
) -> ItemVersion:
    # The criteria and the words on them stand in the reviews; the reason names them for whoever reads the history.
    reason = visible_words(note) or ", ".join(open_criteria(reviews))
    return send_to_revision(session, version, reason=reason, actor=actor, now=now)
