"""What the policy says of an item, in the language of the request.

The sentences stand here once more although `analysis.explanations` has its own: that package brings its arrays and
solvers along, and a worker that only shows pages must not load them.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import format_decimal, lazy_gettext

_VERDICTS = {
    "keep": lazy_gettext("Keep"),
    "watch": lazy_gettext("Watch"),
    "revise": lazy_gettext("Revise"),
    "drop": lazy_gettext("Drop"),
    "check_key": lazy_gettext("Check the key"),
}

_SHARES = frozenset({"p", "limit", "share"})  # shown in percent wherever they occur

# Code -> sentence, and the further numbers that are shares.
_REASONS: Mapping[str, tuple[Any, frozenset[str]]] = {
    "too_few_answers": (
        lazy_gettext("Only %(n)s candidates met this item; a judgement needs at least %(wanted)s."),
        frozenset(),
    ),
    "distractor_beats_key": (
        lazy_gettext(
            "Option %(option)s goes with the total score (%(distractor)s) more than the key does (%(key)s). "
            "The key may be wrong."
        ),
        frozenset(),
    ),
    "upper_group_prefers_distractor": (
        lazy_gettext(
            "The upper group chooses %(option)s (%(distractor)s) more often than the key (%(key)s). "
            "The key may be wrong."
        ),
        frozenset({"distractor", "key"}),
    ),
    "discrimination_undefined": (
        lazy_gettext("Discrimination cannot be computed from these answers (%(p)s right)."),
        frozenset(),
    ),
    "discrimination_low": (
        lazy_gettext(
            "Discrimination %(value)s (upper limit %(upper_limit)s) lies below %(wanted)s: the item hardly separates "
            "those who know from those who do not."
        ),
        frozenset(),
    ),
    "answers_spread_evenly": (
        lazy_gettext("Answers spread evenly over the options, also in the upper group: candidates seem to guess."),
        frozenset(),
    ),
    "too_easy": (
        lazy_gettext(
            "Too easy: %(p)s are right (lower limit %(limit)s, wanted at most %(wanted)s). "
            "See whether something gives the key away."
        ),
        frozenset({"wanted"}),
    ),
    "too_hard": (
        lazy_gettext(
            "Too hard: only %(p)s are right (upper limit %(limit)s, wanted at least %(wanted)s). "
            "See whether the stem is clear."
        ),
        frozenset({"wanted"}),
    ),
    "distractor_dead": (
        lazy_gettext(
            "Distractor %(option)s is hardly chosen (%(share)s, upper limit %(upper_limit)s; "
            "wanted at least %(wanted)s)."
        ),
        frozenset({"upper_limit", "wanted"}),
    ),
    "distractor_attracts_the_able": (
        lazy_gettext(
            "Distractor %(option)s attracts the stronger candidates (correlation %(value)s, "
            "lower limit %(lower_limit)s)."
        ),
        frozenset(),
    ),
}
_COUNTS = {"too_few_answers"}  # its numbers are people


def verdict_name(verdict: str) -> str:
    """What the policy proposes, in a word."""
    return str(_VERDICTS.get(verdict, verdict))


def reason_text(reason: Mapping[str, Any]) -> str:
    """Why the policy proposes it, as stored with the statistics; a reason of a later edition shows its code."""
    code = str(reason["code"])
    if code not in _REASONS:
        return code
    sentence, shares = _REASONS[code]
    numbers: Mapping[str, float | None] = reason.get("numbers") or {}
    shown = {name: _shown(value, code=code, is_share=name in shares | _SHARES) for name, value in numbers.items()}
    return str(sentence) % {"option": reason.get("option") or "", **shown}


def _shown(value: float | None, *, code: str, is_share: bool) -> str:
    if value is None:
        return "–"
    if code in _COUNTS:
        return str(format_decimal(round(value)))
    return f"{format_decimal(round(100 * value, 1))}%" if is_share else str(figure(value))


def figure(value: float | None, digits: int = 2) -> str | None:
    """A statistic as the language writes it; None (which tables show as a dash) where there is none."""
    if value is None:
        return None
    return str(format_decimal(round(float(value), digits), format="0." + "0" * digits)).replace("-", "−")
