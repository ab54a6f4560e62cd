"""Which competencies of a blueprint stand for which number of the ministerial regulation."""

import re
from collections import defaultdict
from collections.abc import Sequence

from itembank.model import Competency


def crosswalk(competencies: Sequence[Competency]) -> list[tuple[str, list[Competency]]]:
    """The numbers of Permendiknas 16/2007 in their order with the competencies that bear them; unpaired ones last."""
    paired: dict[str, list[Competency]] = defaultdict(list)
    for competency in competencies:
        paired[competency.regulation or ""].append(competency)
    return sorted(paired.items(), key=lambda pair: (pair[0] == "", _numbers(pair[0]), pair[0]))


def _numbers(text: str) -> list[int]:
    # 20.10 comes after 20.9, as people count.
    return [int(digits) for digits in re.findall(r"[0-9]+", text)]
