"""The figures of an item over its administrations: whether they shifted, and the picture of it."""

import math
from collections.abc import Sequence
from typing import Any

from flask import Response

from analysis.drift import Interval, Occasion, Shift, largest_shift
from itembank.model import ItemStatistics


def shift_of(statistics: Sequence[ItemStatistics]) -> Shift | None:
    """A change of difficulty that chance does not explain."""
    return largest_shift([_occasion(each) for each in statistics])


def drawn(item_code: str, statistics: Sequence[ItemStatistics], *, language: str) -> Response:
    """The picture. The address that asks for it names the latest figures, so browsers may keep it for a while."""
    from analysis.drift_pictures import drift_picture

    picture = drift_picture([_occasion(each) for each in statistics], item=item_code, language=language)
    response = Response(picture, mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _occasion(statistics: ItemStatistics) -> Occasion:
    figures = statistics.figures
    return Occasion(
        name=statistics.administration_code,
        n=statistics.n_presented,
        p=_number(statistics.difficulty),
        discrimination=_number(statistics.discrimination),
        p_interval=_interval(figures.get("p_interval")),
        discrimination_interval=_interval(figures.get("point_biserial_interval")),
    )


def _interval(found: Any) -> Interval:
    low, high = found if isinstance(found, list) and len(found) == 2 else (None, None)
    return _number(low), _number(high)


def _number(found: float | None) -> float:
    return math.nan if found is None else float(found)
