"""Checks that compare the options with one another and with the key."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations, pairwise
from math import gcd
from statistics import median
from typing import Any

from itembank.linter.findings import Hit
from itembank.linter.quantities import Quantity, quantity
from itembank.linter.reading import LintItem, Text
from itembank.linter.roots import root

_COMMAND = re.compile(r"\\[A-Za-z]+|[{}^_$\\]")
_MARKED = re.compile(r"[*✓✔√#]\s*$|^\s*(?:\*\*|__).+(?:\*\*|__)\s*$", re.DOTALL)
_STAR_IN_MATHS = re.compile(r"\^\s*\{?\s*(?:\*|\\ast)\s*\}?\s*\$?\s*$")
_FRACTION = re.compile(r"\\frac\{(\d+)\}\{(\d+)\}")
_TOLERANCE = 1e-9
_KIN_LETTERS = 8  # words with so many first letters alike are forms of one


def whole(text: Text, **values: object) -> Hit:
    """A finding about a part as a whole."""
    return Hit(text.part, 0, len(text.source), values)


def visible_length(text: Text) -> int:
    """How long a text looks: maths without its commands."""
    return len(" ".join(_COMMAND.sub("", text.source).split()))


def key_stands_out(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """The key is much longer or shorter than every distractor."""
    key = visible_length(item.key_option)
    others = [visible_length(option) for option in item.distractors]
    longest, shortest, gap = max(others), min(others), parameters["least_characters"]
    if key >= parameters["ratio"] * longest and key - longest >= gap:
        yield whole(item.key_option, letter=item.key, length=key, others=longest)
    elif key * parameters["ratio"] <= shortest and shortest - key >= gap:
        yield whole(item.key_option, letter=item.key, length=key, others=shortest)


def option_stands_out(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A distractor is much longer or shorter than the others."""
    lengths = {option.part: visible_length(option) for option in item.options}
    for option in item.distractors:
        middle = median(length for letter, length in lengths.items() if letter != option.part)
        length = lengths[option.part]
        apart = abs(length - middle) >= parameters["least_characters"]
        if apart and max(length, middle) >= parameters["ratio"] * max(1, min(length, middle)):
            yield whole(option, letter=option.part, length=length, others=round(middle))


def sums_up_others(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """An option says that all or none of the others are right, or names other options by their letters."""
    pattern = re.compile("|".join(f"(?:{each})" for each in parameters["patterns"]), re.IGNORECASE)
    for option in item.options:
        match = pattern.search(option.plain)
        if match:
            yield Hit(option.part, *match.span(), {"letter": option.part, "words": match.group().strip()})


def out_of_order(item: LintItem, _parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Numbers or times neither rise nor fall."""
    values = [quantity(option.source) for option in item.options]
    if not _comparable(values):
        return
    steps = [after.value - before.value for before, after in pairwise(each for each in values if each)]
    if all(step >= 0 for step in steps) or all(step <= 0 for step in steps):
        return
    rising = sorted(zip(values, item.options, strict=True), key=lambda pair: pair[0].value if pair[0] else 0)
    first = next(option for option, (_value, wanted) in zip(item.options, rising, strict=True) if option is not wanted)
    yield whole(first, order=" < ".join(option.source.strip() for _value, option in rising))


def _comparable(values: list[Quantity | None]) -> bool:
    return all(value is not None for value in values) and len({value.unit for value in values if value}) == 1


def same_answer(item: LintItem, _parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Two options are the same text, or the same value."""
    for first, second in combinations(item.options, 2):
        if _same(first, second):
            yield whole(second, first=first.part, second=second.part)


def _same(first: Text, second: Text) -> bool:
    if _squeezed(first.source) == _squeezed(second.source):
        return True
    one, other = quantity(first.source), quantity(second.source)
    if one is None or other is None or one.unit != other.unit:
        return False
    return abs(one.value - other.value) <= _TOLERANCE * max(1.0, abs(one.value))


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text).rstrip(".").casefold()


def words_in_every_option(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """The same word of weight stands in every option."""
    light = set(parameters["light_words"])
    if any(quantity(option.source) for option in item.options):
        return  # what follows a number is its unit
    common = frozenset.intersection(*(_without_units(option) for option in item.options))
    first = item.options[0]
    words = [word for word in first.words if word.root in common and word.lower not in light and len(word.text) > 2]
    if words and any(len(option.words) > 1 for option in item.options):
        values = {"words": ", ".join(dict.fromkeys(word.lower for word in words))}
        yield Hit(first.part, words[0].start, words[0].end, values)


def _without_units(option: Text) -> frozenset[str]:
    # "12 sapi dan 0 kambing": what is counted must be named in every option.
    return frozenset(word.root for word in option.words if not re.search(r"[\d$]\s*$", option.source[: word.start]))


def clue_in_stem(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A word of weight stands in the stem and in the key, and in no distractor."""
    if len(item.key_option.words) < 1 or quantity(item.key_option.source):
        return
    light = {root(word) for word in parameters["light_words"]}  # *pembelajaran* is no clue, nor is *dipelajari*
    start, _end = item.stem.last_sentence
    asked = {word.root for word in item.stem.words if word.start >= start}
    in_distractors = frozenset.union(*(option.roots for option in item.distractors))
    shared_by_distractors = frozenset.union(*(option.roots & item.stem.roots for option in item.distractors))
    for word in item.key_option.words:
        is_clue = _is_kin(word.root, asked) and not _is_kin(word.root, in_distractors) and word.root not in light
        if is_clue and len(word.text) >= parameters["least_letters"] and not (shared_by_distractors & asked):
            yield Hit(item.key_option.part, word.start, word.end, {"word": word.text, "letter": item.key})
            return


def _is_kin(root: str, others: Collection[str]) -> bool:
    """Whether a word stands among others, or another form of it: *konstruksi* and *konstruktivisme*."""
    return root in others or (
        len(root) >= _KIN_LETTERS and any(each.startswith(root[:_KIN_LETTERS]) for each in others)
    )


def key_is_marked(item: LintItem, _parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A mark at one option gives it away."""
    marked = [
        option for option in item.options if _MARKED.search(option.source) or _STAR_IN_MATHS.search(option.source)
    ]
    if len(marked) == 1:
        option = marked[0]
        yield Hit(
            option.part, max(0, len(option.source.rstrip()) - 1), len(option.source.rstrip()), {"letter": option.part}
        )


def absolute_words(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A word that admits no exception stands in some options only; test-wise people strike those out."""
    pattern = re.compile(rf"\b(?:{'|'.join(parameters['words'])})\b", re.IGNORECASE)
    found = [(option, match) for option in item.options if (match := pattern.search(option.plain))]
    if 0 < len(found) < len(item.options):
        for option, match in found:
            yield Hit(option.part, *match.span(), {"word": match.group(), "letter": option.part})


def unreduced_fraction(item: LintItem, _parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A fraction among the options can be cancelled, though the others are in lowest terms."""
    fractions = [(option, match) for option in item.options for match in _FRACTION.finditer(option.source)]
    reducible = [(option, match) for option, match in fractions if gcd(int(match[1]), int(match[2])) > 1]
    if 0 < len(reducible) < len(fractions):
        for option, match in reducible:
            yield Hit(option.part, *match.span(), {"letter": option.part, "words": f"{match[1]}/{match[2]}"})


def uneven_beginnings(item: LintItem, _parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """One option begins with a capital and the others do not, or the other way round."""
    cases = {option.part: option.words[0].text[0].isupper() for option in item.options if _begins_with_word(option)}
    counts = Counter(cases.values())
    if len(cases) < 4 or len(counts) != 2 or min(counts.values()) > 1:
        return
    odd = min(counts, key=lambda case: counts[case])
    part = next(letter for letter, case in cases.items() if case is odd)
    option = next(option for option in item.options if option.part == part)
    first = option.words[0]
    if not odd or not _is_name(first.text, item):
        yield Hit(part, first.start, first.end, {"letter": part, "word": first.text})


def _begins_with_word(option: Text) -> bool:
    return bool(option.words) and not option.source[: option.words[0].start].strip(" *_\"'“‘(")


def _is_name(word: str, item: LintItem) -> bool:
    # A name is written with a capital in the middle of a sentence too.
    return any(
        other.text == word and text.plain[: other.start].rstrip()[-1:] not in (*".!?:", "")
        for text in (item.stem, item.rationale)
        for other in text.words
    )


def uneven_endings(item: LintItem, _parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Some options end with a full stop and others do not."""
    stopped = [option for option in item.options if option.source.rstrip().endswith(".")]
    if 0 < len(stopped) < len(item.options):
        option = stopped[0]
        end = len(option.source.rstrip())
        yield Hit(option.part, end - 1, end, {"letters": ", ".join(each.part for each in stopped)})
