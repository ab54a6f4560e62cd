"""What an item analysis leaves behind: answers turned into arrays, results turned into documents and pictures.

Together with `jobs`, the only place that knows both the examination and `analysis`. Nothing here reads or writes a
database. `analysis` loads numpy and matplotlib, so it is imported on use.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from exam.queries.responses import Responses
from registry.columns import Document
from testing_platform.i18n import LANGUAGES

if TYPE_CHECKING:
    from analysis.administration import Administration as Analysed
    from analysis.irt.calibration import Calibration
    from analysis.responses import ResponseMatrix

Draw = Callable[[], str]

MODEL_PICTURES = ("wright", "expected", "residuals")  # of each calibration, beside its information
MODELS = ("rasch", "2pl")  # the engine knows more; these two are what a try-out of some hundreds can carry


@dataclass(frozen=True)
class Analysis:
    """The answers and what was made of them."""

    responses: Responses
    analysed: "Analysed"


def analyse(responses: Responses, *, cut_percent: int) -> Analysis:
    """Classical figures pooled over forms, both calibrations, and a verdict on every item."""
    from analysis.administration import Wishes, analyze_administration

    wishes = Wishes(models=MODELS, cut_percent=cut_percent)
    return Analysis(responses, analyze_administration(response_matrix(responses), wishes))


def response_matrix(responses: Responses) -> "ResponseMatrix":
    """The answers as `analysis` takes them; the column "group" is the kind of site."""
    import numpy as np

    from analysis.responses import ResponseMatrix

    rows = responses.attempts
    return ResponseMatrix.from_arrays(
        np.array([row.answers for row in rows], dtype=np.int8),
        key=[item.key_position for item in responses.items],
        item_names=[item.name for item in responses.items],
        person_ids=[str(row.public_id) for row in rows],
        groups={"form": [row.form for row in rows], "group": [row.site_kind for row in rows]},
        sections=[item.section.value for item in responses.items],
        n_options=[item.n_options for item in responses.items],
        presented_position=np.array([row.presented_at for row in rows], dtype=np.int16),
    )


# Figures ----------------------------------------------------------------------------------------------------------


def run_figures(analysis: Analysis) -> Document:
    """All figures of an administration, under the names that `testing-platform analyze` writes, and what pages need."""
    from analysis.report.figures import as_figures

    figures = as_figures(analysis.analysed)
    for part in figures["irt"].values():
        part.pop("eap_first_20", None)  # abilities of single people belong to no report
    for form, statistics in zip(figures["classical"]["forms"], analysis.analysed.classical.forms, strict=True):
        form["form"] = _form_code(analysis.responses, statistics.item_names)
        form["cautions"] = [{"code": c.code, "numbers": _numbers(c.numbers)} for c in statistics.cautions]
    figures["model_pictures"] = list(MODEL_PICTURES)  # analyses from before these were drawn have none
    figures["cut_percent"] = analysis.analysed.wishes.cut_percent
    figures["items"] = [
        {"name": item.name, "version": str(item.public_id), "section": item.section.value}
        for item in analysis.responses.items
    ]
    return figures


def _form_code(responses: Responses, item_names: Sequence[str]) -> str:
    """The forms that present exactly these items; the same items in another order are one form to the analysis."""
    wanted, names = set(item_names), [item.name for item in responses.items]
    one_of_each = {row.form: row for row in responses.attempts}
    presented = {
        code: {name for name, place in zip(names, row.presented_at, strict=True) if place}
        for code, row in one_of_each.items()
    }
    return ", ".join(sorted(code for code, held in presented.items() if held == wanted))


def item_figures(analysis: Analysis, place: int) -> Document:
    """All figures of one item; an undefined one is None."""
    item, column = analysis.analysed.classical.items[place], analysis.responses.items[place]
    classical: Document = _without_nan(asdict(item))
    return {
        **classical,
        "section": column.section.value,
        "alpha_if_deleted": _finite(analysis.analysed.classical.alpha_if_deleted(item.name)),
        "irt": {fit.model: _parameters(fit, place) for fit in analysis.analysed.calibrations},
    }


def item_reasons(analysis: Analysis, place: int) -> list[Document]:
    """Why the policy says what it says, each reason with its numbers and the criterion that it re-opens."""
    return [
        {
            "code": reason.code,
            "outcome": reason.outcome.value,
            "criterion": reason.criterion,
            "option": reason.option,
            "numbers": _numbers(reason.numbers),
        }
        for reason in analysis.analysed.verdicts[place].reasons
    ]


def _parameters(fit: "Calibration", place: int) -> Document:
    return {
        "a": _finite(fit.a[place]),
        "b": _finite(fit.b[place]),
        "d": _finite(fit.d[place]),
        "se_a": None if fit.se_a is None else _finite(fit.se_a[place]),
        "se_d": None if fit.se_d is None else _finite(fit.se_d[place]),
        "converged": fit.converged,
    }


def _numbers(pairs: Sequence[tuple[str, float]]) -> Document:
    return {name: _finite(value) for name, value in pairs}


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(inner) for inner in value]
    return _finite(value) if isinstance(value, float) else value


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


# Pictures ---------------------------------------------------------------------------------------------------------


def drawings(analysis: Analysis) -> Iterator[tuple[str, Draw]]:
    """Every picture by its name, drawn when called. Those of single items, two for each, are in Indonesian only."""
    for language in LANGUAGES:
        yield from _of_the_test(analysis.analysed, language)
    yield from _of_the_items(analysis.analysed)


def _of_the_test(analysed: "Analysed", language: str) -> Iterator[tuple[str, Draw]]:
    from analysis import pictures

    cut, policy, items = analysed.wishes.cut_percent, analysed.wishes.policy, analysed.classical.items
    plot = partial(pictures.difficulty_by_discrimination, items, analysed.verdicts)
    yield f"map-{language}", partial(plot, language=language, policy=policy)
    for place, form in enumerate(analysed.classical.forms):
        histogram = partial(pictures.score_histogram, form, cut_percent=cut, language=language)
        yield f"histogram-{place}-{language}", histogram
    for fit in analysed.calibrations:
        information = partial(pictures.information_curve, fit, cut_percent=cut, language=language)
        yield f"information-{fit.model}-{language}", information
    yield from _of_the_models(analysed, language)


def _of_the_models(analysed: "Analysed", language: str) -> Iterator[tuple[str, Draw]]:
    from analysis import irt_pictures
    from analysis.irt.fit import group_residuals
    from analysis.report.figures import MODEL_NAMES

    cut = analysed.wishes.cut_percent
    for fit, people in zip(analysed.calibrations, analysed.abilities, strict=True):
        wright = partial(irt_pictures.wright_map, fit, people, cut_percent=cut, language=language)
        yield f"wright-{fit.model}-{language}", wright
        expected = partial(irt_pictures.expected_score_curve, fit, cut_percent=cut, language=language)
        yield f"expected-{fit.model}-{language}", expected
        residuals = group_residuals(analysed.matrix, fit, people)
        plot = partial(irt_pictures.residual_plot, residuals, fit.item_names, model=MODEL_NAMES[fit.model])
        yield f"residuals-{fit.model}-{language}", partial(plot, language=language)


def _of_the_items(analysed: "Analysed") -> Iterator[tuple[str, Draw]]:
    from analysis import pictures

    matrix = analysed.matrix
    for name in matrix.item_names:
        yield f"options-{name}", partial(pictures.option_curves, matrix, name)
    for fit, people in zip(analysed.calibrations, analysed.abilities, strict=True):
        if fit.model == "2pl":
            for name in fit.item_names:
                if name not in fit.unestimated:
                    yield f"curve-{name}", partial(pictures.item_curve, matrix, fit, people, name)
