"""The analysis as plain dictionaries, under the names that other programs' results carry too. Undefined is None."""

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from analysis.administration import Administration
from analysis.appraisal import can_count_out
from analysis.classical import FormStatistics
from analysis.decision import passing_score
from analysis.dif import Comparison
from analysis.distribution import discriminative_efficiency
from analysis.explanations import explain_caution, explain_reason
from analysis.irt.calibration import Calibration
from analysis.irt.scoring import Abilities, form_information, marginal_reliability
from analysis.items import ItemStatistics, OptionStatistics
from analysis.report.fit_figures import decision_figures, form_figures, model_figures
from analysis.verdict import Verdict

MODEL_NAMES = {"rasch": "Rasch", "1pl": "1PL", "2pl": "2PL", "3pl": "3PL"}
_THETA = np.arange(-3, 3.5, 0.5)
_FORM_FIGURES = (
    *("n_persons", "n_items", "mean", "sd", "min", "max", "median", "skewness", "kurtosis_excess", "kr20", "alpha"),
    *("alpha_interval", "stratified_alpha", "sem", "n_items_for_wanted_reliability", "histogram", "item_names"),
)
Figures = dict[str, Any]


def as_figures(administration: Administration) -> Figures:
    """The whole analysis, ready for JSON."""
    fits = zip(administration.calibrations, administration.abilities, administration.model_appraisals, strict=True)
    first = administration.comparisons[0] if administration.comparisons else None
    whole = {
        "classical": _classical(administration),
        "irt": {MODEL_NAMES[fit.model]: _irt(fit, people) | model_figures(more) for fit, people, more in fits},
        "model_comparisons": [asdict(comparison) for comparison in administration.model_comparisons],
        "mantel_haenszel": None if first is None else _comparison(first),
        "mantel_haenszel_groups": [
            {key: value for key, value in asdict(comparison).items() if key != "items"}
            | {"items": _comparison(comparison)}
            for comparison in administration.comparisons
        ],
        "verdicts": {verdict.item: _verdict(verdict) for verdict in administration.verdicts},
        "decision": [_decision(administration, form) for form in range(len(administration.classical.forms))],
        "weights": _weights(administration),
        "cross_check": [asdict(opinion) for opinion in administration.opinions],
        "converged": administration.converged,
    }
    plain: Figures = _without_nan(whole)
    return plain


# These have no standard form for weights that are no whole numbers of people.
_UNWEIGHTED = ("S_X2", "infit", "outfit", "M2", "RMSEA", "SRMSR", "CFI", "TLI", "Q3", "person_fit")


def _weights(administration: Administration) -> Figures | None:
    """What the rows stand for, and which figures count every row once all the same."""
    weights = administration.matrix.weights
    if weights is None:
        return None
    return {
        "column": administration.wishes.weight,
        "n_rows": administration.matrix.n_persons,
        "n_people": float(weights.sum()),
        "left_aside_by": [*(() if can_count_out(weights) else _UNWEIGHTED), "cross_check"],
    }


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(inner) for inner in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value


def _classical(administration: Administration) -> Figures:
    analysis = administration.classical
    forms = [
        _form(form, administration.wishes.cut_percent) | form_figures(more)
        for form, more in zip(analysis.forms, administration.form_appraisals, strict=True)
    ]
    efficiency = dict(
        zip(administration.matrix.item_names, discriminative_efficiency(administration.matrix), strict=True)
    )
    # Figures of a test as a whole belong to a form; with several forms there is no single one to print.
    of_test = forms[0] if len(forms) == 1 else dict.fromkeys(forms[0])
    return of_test | {
        "n_persons": analysis.n_persons,
        "n_items": analysis.n_items,
        "items": {
            item.name: _item(item, analysis.alpha_if_deleted(item.name))
            | {"discriminative_efficiency": efficiency[item.name]}
            for item in analysis.items
        },
        "forms": forms,
    }


def _form(form: FormStatistics, cut_percent: int) -> Figures:
    return {name: getattr(form, name) for name in _FORM_FIGURES} | {
        "split_half_odd_even_spearman_brown": form.split_half,
        "pass_75_count": form.n_passing(75),
        "pass_count": form.n_passing(cut_percent),
        "cautions": [explain_caution(caution, "en") for caution in form.cautions],
    }


def _item(item: ItemStatistics, alpha_if_deleted: float) -> Figures:
    figures = asdict(item) | {"alpha_if_deleted": alpha_if_deleted}
    return figures | {"options": {option.letter: _option(option) for option in item.options}}


def _option(option: OptionStatistics) -> Figures:
    return {name: value for name, value in asdict(option).items() if name != "letter"}


def _irt(calibration: Calibration, people: Abilities) -> Figures:
    n = range(min(20, calibration.n_persons))
    return {
        "converged": calibration.converged,
        "message": calibration.message,
        "n_iterations": calibration.n_iter,
        "log_likelihood": calibration.log_likelihood,
        "log_posterior": calibration.log_posterior,
        "n_parameters": calibration.n_parameters,
        "AIC": calibration.aic,
        "BIC": calibration.bic,
        "group_variance": calibration.group_variance,
        "unestimated": calibration.unestimated,
        "items": {name: _parameters(calibration, j) for j, name in enumerate(calibration.item_names)},
        "eap_first_20": [{"theta": people.theta[i], "se": people.se[i]} for i in n],
        "empirical_reliability": people.empirical_reliability,
        # For Rasch other programs assume N(0, 1) here, so the name would promise what the figure is not.
        "marginal_reliability": None if calibration.model == "rasch" else marginal_reliability(calibration),
        "theta_grid": _THETA.tolist(),
        "test_information": form_information(calibration, _THETA).tolist(),
    }


def _parameters(calibration: Calibration, j: int) -> Figures:
    errors = {
        "a1": None if calibration.se_a is None else calibration.se_a[j],
        "d": None if calibration.se_d is None else calibration.se_d[j],
        "c": None if calibration.se_c is None else calibration.se_c[j],
    }
    return {
        "a": calibration.a[j],
        "d": calibration.d[j],
        "b": calibration.b[j],
        "c": calibration.guessing[j],
        "se": errors,
    }


def _comparison(comparison: Comparison) -> Figures:
    return {item.item: {k: v for k, v in asdict(item).items() if k != "item"} for item in comparison.items}


def _verdict(verdict: Verdict) -> Figures:
    reasons = [
        {
            "code": reason.code,
            "outcome": reason.outcome.value,
            "criterion": reason.criterion,
            "option": reason.option,
            "numbers": dict(reason.numbers),
            "id": explain_reason(reason, "id"),
            "en": explain_reason(reason, "en"),
        }
        for reason in verdict.reasons
    ]
    return {"outcome": verdict.outcome.value, "reasons": reasons}


def _decision(administration: Administration, form: int) -> Figures:
    n_items, spread = administration.classical.forms[form].n_items, administration.populations[form]
    return {
        "cut_percent": administration.wishes.cut_percent,
        "n_items": n_items,
        "passing_raw_score": passing_score(n_items, administration.wishes.cut_percent),
        "population": None if spread is None else asdict(spread) | {"mean": spread.mean, "sd": spread.sd},
        **decision_figures(administration.form_appraisals[form]),
        "by_raw_score": [asdict(sure) for sure in administration.how_sure(form)],
    }
