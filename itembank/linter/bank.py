"""Rules that look at more than one item: duplicates across the bank, and the balance of keys over a form."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from itembank.linter.findings import Finding, Hit
from itembank.linter.linting import finding
from itembank.linter.reading import LintItem
from itembank.linter.rulebook import Rule, RuleBook, current_rulebook
from itembank.linter.similarity import Neighbour, SimilarityIndex, same_wording
from itembank.textformat import LETTERS


def nearest_findings(
    item: LintItem,
    index: SimilarityIndex,
    *,
    text_of: Callable[[str], LintItem],
    rulebook: RuleBook | None = None,
) -> list[Finding]:
    """What is to say about the nearest item of the bank; `text_of` reads the item of a code."""
    book = rulebook or current_rulebook()
    rules = {rule.code: rule for rule in book.enabled}
    return [
        finding(rules[code], Hit("stem", 0, len(item.stem.source), values), item)
        for neighbour in index.nearest(item)
        for code, values in _said_of(item, neighbour, text_of=text_of, similar=_threshold(book))
        if code in rules
    ]


def _said_of(
    item: LintItem, neighbour: Neighbour, *, text_of: Callable[[str], LintItem], similar: float
) -> Iterator[tuple[str, dict[str, object]]]:
    if neighbour.similarity < similar:
        return
    values: dict[str, object] = {"item": neighbour.code, "percent": math.floor(100 * neighbour.similarity)}
    yield ("duplicate" if same_wording(item, text_of(neighbour.code)) else "near-duplicate"), values


def _threshold(book: RuleBook) -> float:
    return float(book.rule("near-duplicate").parameters["similar"])


@dataclass(frozen=True)
class Imbalance:
    """A letter that is the key too often or too seldom in a form."""

    rule: Rule
    letter: str
    found: int
    n_items: int
    least: int
    most: int

    def message(self, language: str = "id") -> str:
        """What is the case."""
        values = {name: getattr(self, name) for name in ("letter", "found", "n_items", "least", "most")}
        return self.rule.message(language, values)


def key_imbalances(keys: Sequence[str], *, n_options: int, rulebook: RuleBook | None = None) -> list[Imbalance]:
    """The letters that are the key more or less often than chance and fairness allow in a form of these keys.

    Balanced is within a fifth of an even share, rounded outwards: 40 items with four options give 8 to 12 each.
    """
    rule = (rulebook or current_rulebook()).rule("key-balance")
    share = len(keys) / n_options
    least, most = math.floor(0.8 * share), math.ceil(1.2 * share)
    counts = Counter(keys)
    return [
        Imbalance(rule=rule, letter=letter, found=counts[letter], n_items=len(keys), least=least, most=most)
        for letter in LETTERS[:n_options]
        if rule.enabled and not least <= counts[letter] <= most
    ]
