"""Waiting after wrong tries: one rule for passwords of staff and codes of candidates.

The wait grows but is capped at minutes, because whoever can make others wait for hours has a weapon.
"""

from datetime import datetime, timedelta
from math import ceil

FREE_TRIES = 5
_FIRST_DELAY = timedelta(seconds=30)
_LONGEST_DELAY = timedelta(minutes=5)


def throttle(failures: int, now: datetime) -> datetime | None:
    """Until when the next try must wait, after so many wrong ones in a row; None while tries are free."""
    if failures < FREE_TRIES:
        return None
    delay: timedelta = _FIRST_DELAY * (1 << min(failures - FREE_TRIES, 10))
    return now + min(delay, _LONGEST_DELAY)


def tries_left(failures: int) -> int:
    """How many wrong tries are free before waiting begins."""
    return max(0, FREE_TRIES - failures)


def retry_after_seconds(blocked_until: datetime | None, now: datetime) -> int:
    """Whole seconds until a try is heard again; 0 when it is heard now."""
    return 0 if blocked_until is None else max(0, ceil((blocked_until - now).total_seconds()))
