"""The life of an item version: its states and the table of legal moves."""

from enum import StrEnum


class ItemState(StrEnum):
    """Where a version stands between the writer's desk and the archive."""

    DRAFT = "draft"  # being written; the only state in which its content may change
    IN_REVIEW = "in_review"  # reviewers mark the 16 criteria
    REVISION = "revision"  # ends this version; a new draft version continues the item
    APPROVED = "approved"  # every criterion met, never tried out
    PRETEST = "pretest"  # sits in a try-out form, its statistics are being collected
    OPERATIONAL = "operational"  # proved by data; may count in a score
    SUSPENDED = "suspended"  # taken out at once, for instance after a leak
    RETIRED = "retired"  # never used again


# Suspension remembers where it came from only in the audit; it returns to any of the three.
_SUSPENDABLE = frozenset({ItemState.APPROVED, ItemState.PRETEST, ItemState.OPERATIONAL})

TRANSITIONS: dict[ItemState, frozenset[ItemState]] = {
    ItemState.DRAFT: frozenset({ItemState.IN_REVIEW}),
    ItemState.IN_REVIEW: frozenset({ItemState.REVISION, ItemState.APPROVED}),
    ItemState.REVISION: frozenset(),
    ItemState.APPROVED: frozenset({ItemState.PRETEST, ItemState.SUSPENDED}),
    ItemState.PRETEST: frozenset(
        {ItemState.OPERATIONAL, ItemState.REVISION, ItemState.RETIRED, ItemState.SUSPENDED},
    ),
    ItemState.OPERATIONAL: frozenset({ItemState.REVISION, ItemState.RETIRED, ItemState.SUSPENDED}),
    ItemState.SUSPENDED: _SUSPENDABLE,
    ItemState.RETIRED: frozenset(),
}


def may_move(old: ItemState, new: ItemState) -> bool:
    """Whether a version may go from one state to another."""
    return new in TRANSITIONS[old]
