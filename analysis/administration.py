"""Everything that is said about one administration, in one object: what the report, the JSON and the pages show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from analysis.appraisal import FormAppraisal, ModelAppraisal, appraise_form, appraise_model, compare_all
from analysis.classical import ClassicalAnalysis, analyze
from analysis.decision import HowSure, TrueScores, how_sure, true_scores_from_histogram
from analysis.dif import Comparison, compare_groups
from analysis.errors import BadArrays, NotEstimable
from analysis.forms import find_forms
from analysis.irt.calibration import MODELS, Calibration, calibrate
from analysis.irt.cross_check import SecondOpinion, cross_check
from analysis.irt.model_fit import Comparison as ModelComparison
from analysis.irt.scoring import Abilities, eap
from analysis.responses import ResponseMatrix
from analysis.verdict import DEFAULT_POLICY, Policy, Verdict, judge_all

USUAL_GROUP = "group"


@dataclass(frozen=True, eq=False)
class Wishes:
    """What the reader asked to see."""

    models: tuple[str, ...] = MODELS
    group: str | None = None  # None: the column "group", if it parts people
    reference: str | None = None  # None: LPTK, or the largest group
    purify: bool = False  # compare groups without the items that treat them unlike
    weight: str | None = None  # the column that the weights of the matrix come from, to be told
    cut_percent: int = 75
    with_cross_check: bool = False
    policy: Policy = DEFAULT_POLICY


@dataclass(frozen=True, eq=False)
class Administration:
    """One administration, analysed."""

    matrix: ResponseMatrix
    wishes: Wishes
    classical: ClassicalAnalysis
    verdicts: tuple[Verdict, ...]
    calibrations: tuple[Calibration, ...]
    abilities: tuple[Abilities, ...]  # one a calibration
    comparisons: tuple[Comparison, ...]
    opinions: tuple[SecondOpinion, ...]
    populations: tuple[TrueScores | None, ...]  # one a form; None where the scores tell nothing of true scores

    @property
    def converged(self) -> bool:
        """Whether every calibration settled."""
        return all(calibration.converged for calibration in self.calibrations)

    @cached_property
    def form_appraisals(self) -> tuple[FormAppraisal, ...]:
        """One a form: shape, sections, quality of the decision; worked out when first asked for."""
        return tuple(
            appraise_form(
                self.matrix,
                form,
                statistics,
                cut_percent=self.wishes.cut_percent,
                calibrations=self.calibrations,
            )
            for form, statistics in zip(find_forms(self.matrix), self.classical.forms, strict=True)
        )

    @cached_property
    def model_appraisals(self) -> tuple[ModelAppraisal, ...]:
        """One a calibration: how it fits; worked out when first asked for."""
        pairs = zip(self.calibrations, self.abilities, strict=True)
        return tuple(appraise_model(self.matrix, calibration, people) for calibration, people in pairs)

    @cached_property
    def model_comparisons(self) -> tuple[ModelComparison, ...]:
        """Nested models side by side."""
        return compare_all(self.calibrations)

    def how_sure(self, form: int) -> tuple[HowSure, ...]:
        """The three figures for every raw score of a form."""
        n_items, population = self.classical.forms[form].n_items, self.populations[form]
        return tuple(
            how_sure(raw, n_items=n_items, cut_percent=self.wishes.cut_percent, population=population)
            for raw in range(n_items + 1)
        )


def analyze_administration(matrix: ResponseMatrix, wishes: Wishes | None = None) -> Administration:
    """Analyse an administration as wished: classical figures and verdicts always, the rest on demand.

    Raises
    ------
    BadArrays
        When nobody was presented with any item, or a group, reference or model does not exist.
    """
    asked = wishes or Wishes()
    if not matrix.presented.any():
        raise BadArrays("Nobody was presented with any item.", mend="give the answers of at least one person.")
    classical = analyze(matrix)
    calibrations = (
        tuple(calibrate(matrix, model, weights=matrix.weights) for model in asked.models)
        if _can_calibrate(matrix)
        else ()
    )
    return Administration(
        matrix=matrix,
        wishes=asked,
        classical=classical,
        verdicts=judge_all(classical, asked.policy),
        calibrations=calibrations,
        abilities=tuple(eap(matrix, calibration) for calibration in calibrations),
        comparisons=_compare(matrix, asked),
        opinions=tuple(cross_check(matrix, c) for c in calibrations) if asked.with_cross_check else (),
        populations=_populations(form.people for form in classical.forms),
    )


def _can_calibrate(matrix: ResponseMatrix) -> bool:
    counts = slice(None) if matrix.weights is None else matrix.weights > 0
    right, seen = (matrix.scored[counts] == 1).sum(axis=0), matrix.presented[counts].sum(axis=0)
    return bool(((right > 0) & (right < seen)).any())


def _compare(matrix: ResponseMatrix, wishes: Wishes) -> tuple[Comparison, ...]:
    if wishes.group is not None:
        return compare_groups(matrix, wishes.group, reference=wishes.reference, purify=wishes.purify)
    values: Sequence[str] = matrix.groups[USUAL_GROUP].tolist() if USUAL_GROUP in matrix.groups else ()
    if len(set(values) - {""}) < 2:
        return ()
    return compare_groups(matrix, USUAL_GROUP, reference=wishes.reference, purify=wishes.purify)


def _populations(histograms: Iterable[tuple[float, ...]]) -> tuple[TrueScores | None, ...]:
    found: list[TrueScores | None] = []
    for histogram in histograms:
        try:
            found.append(true_scores_from_histogram(histogram))
        except NotEstimable:
            found.append(None)
    return tuple(found)
