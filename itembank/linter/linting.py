"""Lints an item: every rule that is switched on, in the order of the rule book."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from itembank.linter import figures, options, wording
from itembank.linter.findings import Finding, Hit
from itembank.linter.reading import LintItem, Text
from itembank.linter.rulebook import Rule, RuleBook, Severity, current_rulebook

Check = Callable[[LintItem, Mapping[str, Any]], Iterator[Hit]]

# What each rule of the book does. Rules without an entry look at more than one item: see `similarity` and `balance`.
CHECKS: Mapping[str, Check] = {
    "same-answer": options.same_answer,
    "unread-formula": figures.unread_formula,
    "missing-picture": figures.missing_picture,
    "missing-alternative": figures.missing_alternative,
    "key-marked": options.key_is_marked,
    "key-stands-out": options.key_stands_out,
    "option-stands-out": options.option_stands_out,
    "sums-up-others": options.sums_up_others,
    "out-of-order": options.out_of_order,
    "repeated-words": options.words_in_every_option,
    "clue-in-stem": options.clue_in_stem,
    "absolute-words": options.absolute_words,
    "unreduced-fraction": options.unreduced_fraction,
    "uneven-beginnings": options.uneven_beginnings,
    "uneven-endings": options.uneven_endings,
    "double-negative": wording.double_negative,
    "unmarked-negation": wording.unmarked_negation,
    "dangling-reference": wording.dangling_reference,
    "other-item": wording.other_item,
    "stem-ending": wording.stem_ending,
    "mixed-question": wording.mixed_question,
    "long-sentence": wording.long_sentence,
    "long-stem": wording.long_stem,
    "vocabulary": wording.vocabulary,
    "spelling": wording.spelling,
    "foreign-words": wording.foreign_words,
    "regional-words": wording.regional_words,
    "doubled-word": wording.doubled_word,
    "mixed-units": figures.mixed_units,
}


def lint(item: LintItem, *, rulebook: RuleBook | None = None) -> list[Finding]:
    """All that the rules find in one item, errors first, then in the order of the text."""
    rules = (rulebook or current_rulebook()).enabled
    found = [
        finding(rule, hit, item)
        for rule in rules
        if rule.code in CHECKS
        for hit in CHECKS[rule.code](item, rule.parameters)
    ]
    weight = list(Severity)
    parts = [text.part for text in _texts(item)]
    return sorted(found, key=lambda each: (weight.index(each.severity), parts.index(each.part), each.start))


def finding(rule: Rule, hit: Hit, item: LintItem) -> Finding:
    """A hit under its rule, with the words that it points to."""
    source = next(text.source for text in _texts(item) if text.part == hit.part)
    return Finding(
        rule=rule, part=hit.part, start=hit.start, end=hit.end, words=source[hit.start : hit.end], values=hit.values
    )


def _texts(item: LintItem) -> tuple[Text, ...]:
    return (*item.texts, item.rationale)
