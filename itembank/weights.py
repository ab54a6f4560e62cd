"""How much of a form each competency of a blueprint gets, by its weight."""

from collections.abc import Sequence

from itembank.model import Competency


def weight_of(competency: Competency) -> int:
    """The weight that was given, or one part for each indicator."""
    return competency.weight or len(competency.indicators)


def shares(competencies: Sequence[Competency]) -> dict[str, int]:
    """Each competency's share in percent, rounded, by its code."""
    total = sum(map(weight_of, competencies)) or 1
    return {competency.code: round(100 * weight_of(competency) / total) for competency in competencies}


def allocation(competencies: Sequence[Competency], *, n_items: int) -> dict[str, int]:
    """So many items spread over the competencies by weight; what rounding leaves goes to the largest remainders."""
    total = sum(map(weight_of, competencies)) or 1
    exact = {competency.code: n_items * weight_of(competency) / total for competency in competencies}
    given = {code: int(share) for code, share in exact.items()}
    by_remainder = sorted(exact, key=lambda code: (given[code] - exact[code], list(exact).index(code)))
    for code in by_remainder[: n_items - sum(given.values())]:
        given[code] += 1
    return given
