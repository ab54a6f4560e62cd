"""What the readings of one version come to: approved by themselves, a ruling to be made, or back to the writer.

Two reviewers read blind. A no that the other one does not share is disputed, and the bank manager rules on it; a no
that both share needs no ruling. A no stays open until a ruling sets it aside, and nothing is approved over an open one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from itembank.model import Mark, Review, Ruling

# Complete readings that an approval needs. The shipped items carry a single one that names no reviewer.
REVIEWS_NEEDED = 2


class Standing(StrEnum):
    """Where a version in review stands."""

    READING = "reading"  # readings are still missing
    AGREED = "agreed"  # no criterion is open: it approves itself
    DISPUTED = "disputed"  # some no is not shared and not ruled on yet: the bank manager's turn
    TO_MEND = "to_mend"  # every no is shared or upheld: back to the writer


@dataclass(frozen=True)
class Refusal:
    """One reviewer's no to one criterion, and what became of it."""

    review: Review
    reader: int  # 1 or 2: how the writer and the page name the reviewer
    criterion: str
    is_shared: bool  # every other reviewer says no too
    upheld: bool | None  # the ruling; none: there is none

    @property
    def comment(self) -> str:
        """What the reviewer says about it; reviews from before have words on the whole item only."""
        return self.review.comments.get(self.criterion, "") or self.review.comment

    @property
    def is_open(self) -> bool:
        """Whether it forbids an approval."""
        return self.upheld is not False

    @property
    def is_disputed(self) -> bool:
        """Whether the bank manager must rule on it."""
        return not self.is_shared and self.upheld is None


def refusals(reviews: Sequence[Review]) -> tuple[Refusal, ...]:
    """Every no of some readings of one version, reader by reader in the order of their marks."""
    return tuple(
        Refusal(
            review=review,
            reader=reader,
            criterion=criterion,
            is_shared=len(reviews) > 1 and all(other.marks.get(criterion) == Mark.NO for other in reviews),
            upheld=_ruling(review.rulings, criterion),
        )
        for reader, review in enumerate(reviews, start=1)
        for criterion, mark in review.marks.items()
        if mark == Mark.NO
    )


def standing(reviews: Sequence[Review]) -> Standing:
    """What the readings come to, as they are."""
    if len(reviews) < REVIEWS_NEEDED:
        return Standing.READING
    found = refusals(reviews)
    if any(refusal.is_disputed for refusal in found):
        return Standing.DISPUTED
    return Standing.TO_MEND if any(refusal.is_open for refusal in found) else Standing.AGREED


def open_criteria(reviews: Sequence[Review]) -> tuple[str, ...]:
    """The criteria that forbid an approval, each once, in the order of the marks."""
    return tuple(dict.fromkeys(refusal.criterion for refusal in refusals(reviews) if refusal.is_open))


def _ruling(rulings: Iterable[Ruling], criterion: str) -> bool | None:
    return next((ruling.upheld for ruling in rulings if ruling.criterion == criterion), None)
