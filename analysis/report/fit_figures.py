"""The second look as plain dictionaries, under the names that R's mirt carries where it has them."""

from dataclasses import asdict
from typing import Any

from analysis.appraisal import FormAppraisal, ModelAppraisal
from analysis.explanations import explain_caution

Figures = dict[str, Any]
_PAIRS = 10


def model_figures(appraisal: ModelAppraisal) -> Figures:
    """Fit of one calibration; nothing about single people."""
    whole, scores = appraisal.whole, appraisal.scores
    largest = appraisal.dependence.largest(_PAIRS)
    mean = appraisal.dependence.mean
    return {
        "M2": None
        if whole is None
        else {
            **{name: getattr(whole, name) for name in ("M2", "df", "p", "RMSEA", "SRMSR", "TLI", "CFI", "n_persons")},
            "RMSEA_5": whole.RMSEA_interval[0],
            "RMSEA_95": whole.RMSEA_interval[1],
        },
        "S_X2": {
            item.item: {"S_X2": item.S_X2, "df": item.df, "p": item.p, "n_persons": item.n_persons}
            for item in appraisal.items
        },
        "infit": {
            item.item: {name: getattr(item, name) for name in ("infit", "infit_z", "outfit", "outfit_z")}
            for item in appraisal.items
        },
        "Q3_largest": {"value": largest[0][2], "items": list(largest[0][:2])} if largest else None,
        "Q3_mean": mean,
        "Q3_pairs": [
            {"items": [first, second], "value": value, "adjusted": value - mean} for first, second, value in largest
        ],
        "person_fit": {"n": appraisal.n_looked_at, "n_strange": appraisal.n_strange, "statistic": "lz_star"},
        "sum_score_table": [
            {"raw_score": raw, "theta": float(theta), "se": float(scores.se[raw]), "share": float(scores.share[raw])}
            for raw, theta in enumerate(scores.eap)
        ],
        "cautions": [explain_caution(caution, "en") for caution in appraisal.cautions],
    }


def form_figures(appraisal: FormAppraisal) -> Figures:
    """Shape, reliability and sections of one form."""
    found = appraisal.omega
    return {
        "kr21": appraisal.kr21,
        "omega": None if found is None else found.omega,
        "omega_srmsr": None if found is None else found.srmsr,
        "omega_converged": None if found is None else found.converged,
        "shape": asdict(appraisal.shape),
        "errors_by_score": [asdict(error) for error in appraisal.errors],
        "subscores": {
            worth.section: asdict(worth) | {"is_reportable": worth.is_reportable} for worth in appraisal.sections
        },
    }


def decision_figures(appraisal: FormAppraisal) -> Figures:
    """Consistency and accuracy at the cut by each method, and which of them is the headline."""
    headline = appraisal.headline
    return {
        "headline": None if headline is None else headline.method,
        "quality": {found.method: asdict(found) for found in appraisal.decisions},
    }
