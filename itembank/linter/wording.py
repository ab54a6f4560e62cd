"""Checks of how stem and options are worded."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from itembank.linter.findings import Hit
from itembank.linter.reading import LintItem, Text

_DOTS_AT_END = re.compile(r"(?<!\.)(?P<dots>\.{2,}+|…\.?+)\s*+$")
_DOTS_IN_FORMULA = re.compile(r"(?:\\l?dots|\\cdots|\.\.\.|…)\s*\$+\s*$")
_DOUBLED = re.compile(r"\b(?P<word>[^\W\d_]{2,})\s+(?P=word)\b", re.IGNORECASE)


def _negations(text: Text, parameters: Mapping[str, Any], *, start: int = 0) -> Iterator[re.Match[str]]:
    pattern = re.compile(rf"\b(?:{'|'.join(parameters['words'])})\b", re.IGNORECASE)
    for match in pattern.finditer(text.plain, start):
        if not any(begin <= match.start() < end for begin, end in _harmless(text, parameters)):
            yield match


def _harmless(text: Text, parameters: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    for phrase in parameters.get("harmless", ()):
        for match in re.finditer(phrase, text.plain, re.IGNORECASE):
            yield match.span()


def double_negative(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """The stem asks for what is not, and an option denies too."""
    start, end = item.stem.last_sentence
    asked = [match for match in _asking_negations(item.stem, parameters) if start <= match.start() < end]
    if not asked:
        return
    for option in item.options:
        denied = next(_negations(option, parameters), None)
        if denied:
            values = {"stem": asked[0].group().strip(), "word": denied.group(), "letter": option.part}
            yield Hit(option.part, *denied.span(), values)
            return
    denials = [match for match in _negations(item.stem, parameters, start=start) if match.start() < end]
    further = [match for match in denials if not _overlaps(match, asked[0])]
    if further:
        word = further[0]
        yield Hit("stem", *word.span(), {"stem": asked[0].group().strip(), "word": word.group(), "letter": "stem"})


def _overlaps(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.start() < other.end() and other.start() < one.end()


def _asking_negations(text: Text, parameters: Mapping[str, Any]) -> Iterator[re.Match[str]]:
    for phrase in parameters["asking"]:
        yield from re.finditer(phrase, text.plain, re.IGNORECASE)


def unmarked_negation(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """The stem asks for the exception, and the word that says so is easily overlooked."""
    start, end = item.stem.last_sentence
    core = re.compile(rf"\b(?:{'|'.join(parameters['words'])})\b", re.IGNORECASE)
    for match in _asking_negations(item.stem, parameters):
        word = core.search(item.stem.plain, match.start(), match.end())
        if word and start <= match.start() < end and not item.stem.emphasised(*word.span()):
            yield Hit("stem", *word.span(), {"word": word.group()})
            return


def vocabulary(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A word that the authority does not use, with the one that it does."""
    for text in (*item.texts, item.rationale):
        yield from _replaced(text, parameters["replacements"])


def _replaced(text: Text, replacements: Mapping[str, str]) -> Iterator[Hit]:
    for match in _any_of(tuple(replacements)).finditer(text.plain):
        found = match.group()
        wanted = next(value for word, value in replacements.items() if re.fullmatch(word, found, re.IGNORECASE))
        yield Hit(text.part, *match.span(), {"word": found, "replacement": wanted})


@lru_cache(maxsize=32)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(words, key=len, reverse=True))})(?![\w-])", re.IGNORECASE)


def spelling(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A spelling that the standard dictionary does not know, with the one that it does."""
    for text in (*item.texts, item.rationale):
        yield from _replaced(text, parameters["replacements"])
        for pattern, wanted in parameters["patterns"].items():
            for match in re.finditer(pattern, text.plain, re.IGNORECASE):
                yield Hit(text.part, *match.span(), {"word": match.group().strip(), "replacement": wanted})


def foreign_words(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A foreign word that has an Indonesian one."""
    for text in item.texts:
        yield from _replaced(text, parameters["replacements"])


def regional_words(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A word that only one region, or only talk among friends, knows."""
    for text in item.texts:
        yield from _replaced(text, parameters["replacements"])


def doubled_word(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """The same word twice in a row."""
    for text in (*item.texts, item.rationale):
        for match in _DOUBLED.finditer(text.plain):
            if match["word"].lower() not in parameters["allowed"] and "\n" not in match.group():
                yield Hit(text.part, *match.span(), {"word": match["word"]})


def dangling_reference(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """The stem points to something above or below that is not there."""
    stem = item.stem
    sentences = list(stem.sentences())
    first_end = sentences[0][1] if sentences else 0
    for match in re.finditer(rf"\b(?:{'|'.join(parameters['above'])})\b", stem.plain, re.IGNORECASE):
        before = stem.source[: match.start()]
        if match.start() < first_end and not (_shows_something(Text("stem", before))):
            yield Hit("stem", *match.span(), {"words": match.group()})
    for match in re.finditer(rf"(?:{'|'.join(parameters['below'])})", stem.plain, re.IGNORECASE):
        rest = stem.source[match.end() :]
        if not _shows_something(Text("stem", rest)) and not _says_more(rest):
            yield Hit("stem", *match.span(), {"words": match.group()})


def _shows_something(text: Text) -> bool:
    return bool(text.has_list or text.has_table or text.pictures or text.maths)


def _says_more(rest: str) -> bool:
    # What was announced may follow as a paragraph of its own, or between quotation marks.
    return bool(re.search(r"\n\s*\n\s*\S.*\n\s*\n\s*\S|[“\"].+[”\"]", rest, re.DOTALL))


def other_item(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """The item speaks of another item, which this candidate may never see."""
    pattern = re.compile("|".join(f"(?:{each})" for each in parameters["patterns"]), re.IGNORECASE)
    for text in item.texts:
        match = pattern.search(text.plain)
        if match:
            yield Hit(text.part, *match.span(), {"words": match.group()})


def stem_ending(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A stem asks with a question mark, or stops at exactly three dots; anything else looks unfinished."""
    start, end = item.stem.last_sentence
    source = item.stem.source
    asked = source[start:end].rstrip()
    dots = _DOTS_AT_END.search(asked)
    if _DOTS_IN_FORMULA.search(asked):
        return
    is_question = bool(re.search(parameters["question"], item.stem.plain[start:end], re.IGNORECASE))
    if dots and dots["dots"] not in parameters["dots"]:
        yield Hit("stem", start + dots.start("dots"), start + dots.end("dots"), {"words": dots["dots"]})
    elif is_question and dots and re.search(parameters["copula"], item.stem.plain[start : start + dots.start()]):
        yield Hit("stem", start, start + len(asked), {"words": _end_of(asked)})
    elif not dots and (not asked.endswith("?") or re.search(parameters["copula"], asked)):
        yield Hit("stem", max(start, start + len(asked) - 12), start + len(asked), {"words": _end_of(asked)})


def _end_of(text: str) -> str:
    return "… " + " ".join(text[-60:].split()[-4:])


def mixed_question(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A stem that asks with a question word and also stops at *adalah* is two sentences in one."""
    start, end = item.stem.last_sentence
    sentence = item.stem.plain[start:end]
    asks = re.search(parameters["question"], sentence, re.IGNORECASE)
    copula = re.search(parameters["copula"], sentence, re.IGNORECASE)
    if asks and copula and copula.start() > asks.start():
        at = start + copula.start()
        yield Hit("stem", at, start + copula.end(), {"question": asks.group(), "words": copula.group().strip(" .…?")})


def long_sentence(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A sentence is too long to be understood at the first reading."""
    for start, end in item.stem.sentences():
        n_words = sum(start <= word.start < end for word in item.stem.words)
        if n_words > parameters["most_words"]:
            yield Hit("stem", start, end, {"n_words": n_words, "most": parameters["most_words"]})


def long_stem(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """The stem tells more than an item needs."""
    n_words = len(item.stem.words)
    if n_words > parameters["most_words"]:
        yield Hit("stem", 0, len(item.stem.source), {"n_words": n_words, "most": parameters["most_words"]})
