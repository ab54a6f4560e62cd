"""The words of the analysis for people: verdicts, cautions, problems of a job, and one line on every statistic.

Reasons have their sentences in `verdict_words`, which the bank uses too.
"""

from collections.abc import Mapping
from typing import Any

from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import format_decimal, get_locale, gettext, lazy_gettext

from itembank.model import CurationAct
from itembank.states import ItemState
from testing_platform.jobs import FEWEST_CANDIDATES, TooFewCandidatesError
from testing_platform.web.verdict_words import figure

VERDICTS = ("keep", "watch", "revise", "drop", "check_key")
TONES = {"keep": "ok", "watch": "", "revise": "warn", "drop": "bad", "check_key": "bad"}

_MEANINGS: Mapping[str, Any] = {
    "keep": lazy_gettext("No rule of the policy speaks against the item. It may count in scores."),
    "watch": lazy_gettext(
        "A figure lies on the wrong side, but this sample is too small to prove it. Use the item, and look again."
    ),
    "revise": lazy_gettext("A rule is broken for certain. The writer gets a new draft, with the criteria to look at."),
    "drop": lazy_gettext("The item does not tell strong from weak candidates. It is better not used again."),
    "check_key": lazy_gettext(
        "A distractor behaves as the key should. Let somebody who knows the subject check the key."
    ),
}

# Pictures of a calibration: what each shows, and what to look for in it.
MODEL_PICTURES: Mapping[str, tuple[Any, Any]] = {
    "wright": (
        lazy_gettext("Candidates and items on one scale"),
        lazy_gettext(
            "To the left the candidates, to the right the items, hard ones on top. Items should stand where "
            "candidates stand, and some of them near the cut."
        ),
    ),
    "expected": (
        lazy_gettext("Expected score by ability"),
        lazy_gettext(
            "Which score each ability leads to, with the band in which two of three scores fall, and the cut."
        ),
    ),
    "residuals": (
        lazy_gettext("What the model leaves over"),
        lazy_gettext(
            "Each dot is an item in a group of like ability. Beyond two is unusual; items beyond three are named."
        ),
    ),
}

_CAUTIONS: Mapping[str, Any] = {
    "few_persons": lazy_gettext("Only %(n)s candidates: below %(wanted)s, these figures are rough hints."),
    "scores_do_not_differ": lazy_gettext(
        "All %(n)s candidates have the same score, so discrimination and reliability are undefined."
    ),
    "constant_items": lazy_gettext("%(count)s items were answered right by everybody, or wrong by everybody."),
    "mostly_blank_items": lazy_gettext("%(count)s items were left blank by more than half of those who had them."),
    "reliability_below_wanted": lazy_gettext(
        "Reliability %(alpha)s lies below %(wanted)s. This is a remark on the whole form, not on its items."
    ),
}
_WHOLE = frozenset({"n", "count"})

# One line on every statistic, by the name under which it is stored.
TERMS: Mapping[str, tuple[Any, Any]] = {
    "mean": (lazy_gettext("Mean"), lazy_gettext("Average number of items right.")),
    "sd": (lazy_gettext("Standard deviation"), lazy_gettext("How far scores typically lie from the mean.")),
    "alpha": (
        lazy_gettext("Alpha"),
        lazy_gettext(
            "Reliability by Cronbach: how far the items of the form agree, from 0 to 1. In brackets its 95 per cent "
            "interval (Feldt)."
        ),
    ),
    "kr20": (lazy_gettext("KR-20"), lazy_gettext("The same figure for items that are right or wrong; equals alpha.")),
    "split_half": (
        lazy_gettext("Split half"),
        lazy_gettext("Agreement of the odd with the even items, stepped up to full length (Spearman-Brown)."),
    ),
    "stratified_alpha": (
        lazy_gettext("Stratified alpha"),
        lazy_gettext("Alpha that allows the pedagogic and the professional part to measure different things."),
    ),
    "sem": (
        lazy_gettext("Standard error (SEM)"),
        lazy_gettext("How many items a score typically lies from the person's true score."),
    ),
    "length": (
        lazy_gettext("Length for 0.70"),
        lazy_gettext("So many items like these would reach a reliability of 0.70 (Spearman-Brown)."),
    ),
    "passing": (
        lazy_gettext("Reach the cut"),
        lazy_gettext("Candidates with at least the score that passes, counted in whole numbers."),
    ),
    "p": (
        lazy_gettext("p"),
        lazy_gettext("Difficulty: share of right answers of all who met the item. Wanted: 0.25 to 0.75."),
    ),
    "point_biserial": (
        lazy_gettext("r pb"),
        lazy_gettext("Point-biserial: how well the item tells strong from weak candidates. Wanted: at least 0.20."),
    ),
    "item_rest": (
        lazy_gettext("Rest"),
        lazy_gettext("Item-rest: the same correlation with the score on all other items."),
    ),
    "biserial": (
        lazy_gettext("r bis"),
        lazy_gettext("Biserial: the correlation if knowing were a matter of degree; it may exceed 1."),
    ),
    "a": (
        lazy_gettext("a"),
        lazy_gettext("Slope in the 2PL model: how sharply the item separates people near its difficulty."),
    ),
    "b": (
        lazy_gettext("b"),
        lazy_gettext("Difficulty in the 2PL model: the ability at which half of the people are right."),
    ),
    "upper_lower": (
        lazy_gettext("Upper less lower"),
        lazy_gettext("Share right in the upper 27 per cent less that in the lower 27 per cent."),
    ),
    "alpha_if_deleted": (
        lazy_gettext("Alpha without it"),
        lazy_gettext("Reliability of the form if this item were left out. Higher than now: the item does harm."),
    ),
    "r_option": (
        lazy_gettext("r"),
        lazy_gettext(
            "Correlation of choosing this option with the score: above 0 for the key, below 0 for the others."
        ),
    ),
}

_TARGETS: Mapping[ItemState, Any] = {
    ItemState.OPERATIONAL: lazy_gettext("The item becomes operational"),
    ItemState.PRETEST: lazy_gettext("The item is tried out again"),
    ItemState.REVISION: lazy_gettext("The item goes to revision"),
    ItemState.RETIRED: lazy_gettext("The item is retired"),
}
_STAYS: Mapping[ItemState, Any] = {
    ItemState.OPERATIONAL: lazy_gettext("The item stays operational"),
    ItemState.PRETEST: lazy_gettext("The item stays in the try-out"),
}
_EFFECTS: Mapping[ItemState, Any] = {
    ItemState.OPERATIONAL: lazy_gettext("Forms that count in scores may take it."),
    ItemState.PRETEST: lazy_gettext("Further try-outs may take it; scores may not."),
    ItemState.REVISION: lazy_gettext("This version ends. The writer gets a new draft with the criteria to look at."),
    ItemState.RETIRED: lazy_gettext("It is never used again. This cannot be undone."),
}


def install(state: BlueprintSetupState) -> None:
    """Teach the templates the words."""
    state.app.jinja_env.globals.update(
        verdict_meaning=lambda verdict: _MEANINGS.get(verdict, ""),
        verdict_tone=lambda verdict: TONES.get(verdict, ""),
        all_verdicts=VERDICTS,
        caution_text=caution_text,
        job_problem_text=job_problem_text,
        interval_text=interval_text,
        term=lambda name: TERMS[name][0],
        meaning=lambda name: TERMS[name][1],
        calibration_text=calibration_text,
        model_picture=lambda kind: MODEL_PICTURES[kind],
        curation_act_name=lambda act: gettext("Accepted") if act == CurationAct.ACCEPTED else gettext("Overruled"),
    )


def caution_text(caution: Mapping[str, Any]) -> str:
    """What a reader must know before trusting a figure; a caution of a later edition shows its code."""
    code, numbers = str(caution["code"]), caution["numbers"]
    if code not in _CAUTIONS:
        return code
    # The wanted number of people is a count, the wanted reliability is none; both go by the same name.
    whole = _WHOLE | {"wanted"} if code == "few_persons" else _WHOLE
    shown = {name: format_decimal(round(v)) if name in whole else figure(v) or "–" for name, v in numbers.items()}
    return str(_CAUTIONS[code]) % shown


def calibration_text(message: str) -> str:
    """What the engine says of a calibration, in the language of the page."""
    from analysis.phrasebook import said_in

    return said_in(message, str(get_locale() or "en"))


def job_problem_text(problem: str | None, *, n_answered: int) -> str:
    """Why a job could not be done, for the person who asked."""
    if problem is None or not problem.startswith(TooFewCandidatesError.code):
        return str(
            gettext(
                "Something broke while computing. No answer is lost. Start again; if it fails again, tell the operator."
            )
        )
    text = gettext(
        "There are too few answers: %(n)s candidates in sittings that are closed, and an analysis needs at least "
        "%(wanted)s. Close further sittings, then start again.",
        n=n_answered,
        wanted=FEWEST_CANDIDATES,
    )
    return str(text)


def interval_text(limits: tuple[float | None, float | None] | None, digits: int = 2) -> str:
    """Two limits as people read them; nothing where there are none."""
    if limits is None or limits[0] is None or limits[1] is None:
        return ""
    return f"{figure(limits[0], digits)} – {figure(limits[1], digits)}"


def target_text(target: ItemState, *, now_in: ItemState) -> str:
    """What becomes of the item."""
    words = _STAYS if target is now_in else _TARGETS
    return str(words.get(target, _TARGETS.get(target, target.value)))


def target_effect(target: ItemState) -> str:
    """What follows from it."""
    return str(_EFFECTS.get(target, ""))
