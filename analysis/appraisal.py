"""The second look at an administration: what a psychometrician asks after the tables have been read.

Everything here is worked out when it is asked for, because not every reader asks, and gathered so that JSON, report and
pages say the same. A figure that cannot be had is None or nan; why stands in the docstring of the function behind it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from analysis.classical import Caution, FormStatistics
from analysis.consistency import DecisionQuality, lee_binomial, lee_irt, livingston_lewis, rudner
from analysis.decision import passing_score
from analysis.distribution import ErrorAtScore, ScoreShape, errors_by_score, kr21, score_shape
from analysis.errors import NotEstimable
from analysis.forms import Floats, Form, count_unlinked, find_forms
from analysis.irt.calibration import Calibration
from analysis.irt.fit import ItemFit, item_fit
from analysis.irt.model_fit import NESTED, Comparison, LocalDependence, ModelFit, compare_models, local_dependence
from analysis.irt.model_fit import model_fit as fit_of_model
from analysis.irt.person_fit import lz_star
from analysis.irt.scoring import Abilities, wle
from analysis.irt.sum_scores import SumScoreTable, sum_score_table
from analysis.omega import Omega, omega
from analysis.responses import ResponseMatrix
from analysis.subscores import SubscoreWorth, worth_of_sections

# Below these numbers of people parameters stray too far to lean on: Linacre (1994) for Rasch, de Ayala (2009) for the
# others.
WANTED_PERSONS = {"rasch": 150, "1pl": 150, "2pl": 500, "3pl": 1000}
COUNTED_OUT = 200_000  # people that rows may stand for where each must be a row of its own
LOOKED_AT = 10_000  # people whose answers are looked at one by one; of more, every m-th
STRANGE = 1.6448536269514722  # one in twenty when the model holds

Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class FormAppraisal:
    """What more can be said about one form."""

    shape: ScoreShape
    kr21: float
    omega: Omega | None
    errors: tuple[ErrorAtScore, ...]
    sections: tuple[SubscoreWorth, ...]  # empty when the items carry no sections
    decisions: tuple[DecisionQuality, ...]  # the headline first

    @property
    def headline(self) -> DecisionQuality | None:
        """The figures on the cut to quote: Lee's with the largest model, else Livingston & Lewis's."""
        return self.decisions[0] if self.decisions else None


@dataclass(frozen=True, eq=False)
class ModelAppraisal:
    """What more can be said about one calibration."""

    model: str
    items: tuple[ItemFit, ...]
    whole: ModelFit | None
    dependence: LocalDependence
    scores: SumScoreTable
    n_looked_at: int
    n_strange: int  # people whose answers are less likely than those of nineteen in twenty of their equals
    cautions: tuple[Caution, ...]


def appraise_form(
    matrix: ResponseMatrix,
    form: Form,
    statistics: FormStatistics,
    *,
    cut_percent: int,
    calibrations: tuple[Calibration, ...] = (),
) -> FormAppraisal:
    """Shape, reliability, sections and the quality of the decision at the cut."""
    return FormAppraisal(
        shape=score_shape(statistics),
        kr21=kr21(statistics),
        omega=_if_estimable(lambda: omega(matrix, form)),
        errors=errors_by_score(statistics),
        sections=_if_estimable(lambda: worth_of_sections(matrix, form)) or (),
        decisions=tuple(_decisions(matrix, form, statistics, cut_percent=cut_percent, calibrations=calibrations)),
    )


def _if_estimable(ask: Callable[[], Found]) -> Found | None:
    try:
        return ask()
    except NotEstimable:
        return None


def _decisions(
    matrix: ResponseMatrix,
    form: Form,
    statistics: FormStatistics,
    *,
    cut_percent: int,
    calibrations: tuple[Calibration, ...],
) -> Iterator[DecisionQuality]:
    """By every method that can serve; only settled calibrations may speak about a decision."""
    passing, histogram = passing_score(statistics.n_items, cut_percent), statistics.people
    chosen = max((c for c in calibrations if c.converged), key=_weight_of_its_word, default=None)
    asked: list[Callable[[], DecisionQuality]] = []
    if chosen is not None:
        asked.append(lambda: lee_irt(chosen, passing=passing, columns=form.items))
    asked.append(lambda: livingston_lewis(histogram, passing=passing, reliability=statistics.alpha))
    asked.append(lambda: lee_binomial(histogram, passing=passing))
    if chosen is not None:
        asked.append(lambda: _on_theta(matrix, form, chosen, passing=passing))
    yield from (found for found in map(_if_estimable, asked) if found is not None)


def _weight_of_its_word(calibration: Calibration) -> tuple[bool, int]:
    # The richest model that has people enough; where none has, the poorest, which asks the least of them.
    has_enough = calibration.n_persons >= WANTED_PERSONS.get(calibration.model, 0)
    return has_enough, calibration.n_parameters if has_enough else -calibration.n_parameters


def _on_theta(matrix: ResponseMatrix, form: Form, calibration: Calibration, *, passing: int) -> DecisionQuality:
    headline = lee_irt(calibration, passing=passing, columns=form.items)
    some = some_people(matrix, form.persons)
    return rudner(wle(some, calibration), theta_cut=headline.true_cut, weights=some.weights)


def some_people(matrix: ResponseMatrix, persons: NDArray[np.intp] | None = None) -> ResponseMatrix:
    """These people, or of more than 10,000 every m-th of them."""
    rows = np.arange(matrix.n_persons) if persons is None else persons
    rows = rows[:: -(-len(rows) // LOOKED_AT)]
    return matrix if len(rows) == matrix.n_persons else matrix.select_persons(rows)


def rows_of(matrix: ResponseMatrix, rows: NDArray[np.intp]) -> ResponseMatrix:
    """These rows, each as one person; a row may stand several times."""
    return ResponseMatrix(
        options=matrix.options[rows],
        letters=matrix.letters,
        key=matrix.key,
        item_names=matrix.item_names,
        person_ids=tuple(f"{matrix.person_ids[int(row)]}/{place}" for place, row in enumerate(rows)),
        sections=matrix.sections,
        n_options=matrix.n_options,
    )


def can_count_out(weights: Floats) -> bool:
    """Whether every row can stand as often as it counts: in whole numbers, and not for a nation."""
    return bool((weights == np.round(weights)).all()) and float(weights.sum()) <= COUNTED_OUT


def rows_counted_out(matrix: ResponseMatrix) -> NDArray[np.intp] | None:
    """Every row as often as it counts; None when rows count once, or cannot be counted out."""
    weights = matrix.weights
    if weights is None or not can_count_out(weights):
        return None
    return np.repeat(np.arange(matrix.n_persons), weights.astype(np.intp))


def appraise_model(matrix: ResponseMatrix, calibration: Calibration, people: Abilities) -> ModelAppraisal:
    """Fit of items, of the whole and of people; pairs that depend on each other; abilities by number right.

    Rows that count several times are that many people; weights that are no whole numbers, or stand for more than
    200,000 people, are left aside, and said so.
    """
    rows = rows_counted_out(matrix)
    if rows is not None:
        matrix, people = rows_of(matrix, rows), Abilities(theta=people.theta[rows], se=people.se[rows])
    looked_at = some_people(matrix)
    strange = lz_star(looked_at, calibration, wle(looked_at, calibration))
    return ModelAppraisal(
        model=calibration.model,
        items=item_fit(matrix, calibration, people),
        whole=_if_estimable(lambda: fit_of_model(matrix, calibration)),
        dependence=local_dependence(matrix, calibration, people),
        scores=sum_score_table(calibration),
        n_looked_at=int(np.isfinite(strange).sum()),
        n_strange=int(np.count_nonzero(np.nan_to_num(strange) < -STRANGE)),
        cautions=tuple(_cautions(matrix, calibration)),
    )


def _cautions(matrix: ResponseMatrix, calibration: Calibration) -> Iterator[Caution]:
    if matrix.weights is not None:
        yield Caution("weights_left_aside")
    if count_unlinked(form.items for form in find_forms(matrix)) > 1:
        yield Caution("forms_not_linked")
    wanted = WANTED_PERSONS.get(calibration.model, 0)
    if calibration.n_persons < wanted:
        yield Caution("few_persons_for_model", (("n", calibration.n_persons), ("wanted", wanted)))


def compare_all(calibrations: tuple[Calibration, ...]) -> tuple[Comparison, ...]:
    """Every pair of nested models side by side."""
    pairs = ((one, other) for one in calibrations for other in calibrations if (one.model, other.model) in NESTED)
    found = (_if_estimable(partial(compare_models, one, other)) for one, other in pairs)
    return tuple(comparison for comparison in found if comparison is not None)
