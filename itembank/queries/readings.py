"""The readings that can be compared: versions that two people have read under one checklist."""

from collections import defaultdict
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from itembank.model import Review, Ruling
from itembank.readings import Reading, ReadTwice

MOST_ITEMS = 1000  # the latest; older readings say little about who reads today, and a page must not wait for them


def read_twice(session: Session, *, checklist: str) -> list[ReadTwice]:
    """The latest versions with two readings under a checklist, the oldest first.

    One that a colleague has not finished reading is left out: until both are in, nobody learns of the other's marks.
    """
    by_people = (Review.checklist == checklist, Review.reviewer_id.is_not(None))
    both = select(Review.version_id).where(*by_people).group_by(Review.version_id).having(func.count() > 1)
    latest = both.order_by(func.max(Review.id).desc()).limit(MOST_ITEMS)
    columns = (Review.version_id, Review.id, Review.reviewer_id, Review.marks)
    rows = session.execute(
        select(*columns).where(*by_people, Review.version_id.in_(latest)).order_by(Review.version_id, Review.id)
    )
    rulings = _rulings(session)
    groups = (list(group) for _, group in groupby(rows, key=lambda row: row.version_id))
    pairs = ([Reading(row.reviewer_id, row.marks, rulings.get(row.id, {})) for row in group] for group in groups)
    return [ReadTwice(first, second) for first, second, *_ in pairs]


def _rulings(session: Session) -> dict[int, dict[str, bool]]:
    found: dict[int, dict[str, bool]] = defaultdict(dict)
    for review_id, criterion, upheld in session.execute(select(Ruling.review_id, Ruling.criterion, Ruling.upheld)):
        found[review_id][criterion] = upheld
    return found
