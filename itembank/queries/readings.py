"""The readings that can be compared: versions that two people have read under one checklist."""

from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from itembank.model import Review
from itembank.readings import Reading, ReadTwice


def read_twice(session: Session, *, checklist: str) -> list[ReadTwice]:
    """Every version with two readings under a checklist, the oldest first.

    One that a colleague has not finished reading is left out: until both are in, nobody learns of the other's marks.
    """
    statement = (
        select(Review)
        .where(Review.checklist == checklist, Review.reviewer_id.is_not(None))
        .options(selectinload(Review.rulings))
        .order_by(Review.version_id, Review.id)
    )
    groups = (list(reviews) for _, reviews in groupby(session.scalars(statement), key=lambda each: each.version_id))
    return [ReadTwice(_reading(pair[0]), _reading(pair[1])) for pair in groups if len(pair) > 1]


def _reading(review: Review) -> Reading:
    rulings = {ruling.criterion: ruling.upheld for ruling in review.rulings}
    return Reading(reader=review.reviewer_id or 0, marks=review.marks, rulings=rulings)
