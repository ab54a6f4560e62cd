"""The words of the writer's desk: names of parts, findings and refusals with their place in what was typed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import get_locale, gettext, lazy_gettext
from markupsafe import Markup, escape

from itembank.errors import HiddenCharacter, ItemBankError
from itembank.linter.findings import Finding
from itembank.linter.rulebook import Severity
from itembank.operations.desk_errors import DraftIncomplete
from itembank.textformat import LETTERS
from itembank.typed_item import KEY, PASSAGE, RATIONALE, SOURCES, STEM
from testing_platform.error_texts import text_of

_PARTS = {
    PASSAGE: lazy_gettext("Passage"),
    STEM: lazy_gettext("Stem"),
    KEY: lazy_gettext("Key"),
    RATIONALE: lazy_gettext("Explanation"),
    SOURCES: lazy_gettext("Sources"),
}
_SEVERITIES = {
    Severity.ERROR: lazy_gettext("Error"),
    Severity.WARNING: lazy_gettext("Warning"),
    Severity.HINT: lazy_gettext("Hint"),
}
_LOOKS = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.HINT: "note"}
_AROUND = 30  # characters shown on each side of the words that a finding points to


def part_name(part: str) -> str:
    """What a part of an item is called."""
    if part in LETTERS:
        return str(gettext("Option %(letter)s", letter=part))
    return str(_PARTS[part])


def refusal_text(error: ItemBankError) -> str:
    """The words of a refusal; parts of an item by their names on the page."""
    if isinstance(error, DraftIncomplete):
        names = ", ".join(part_name(part) for part in str(error.params["missing"]).split(", "))
        return str(gettext(error.message)) % {**error.params, "missing": names}
    return text_of(error)


@dataclass(frozen=True)
class Remark:
    """Something said about a part of a typed item, with the place of the words that it is about."""

    part: str
    look: str  # bad, warn, note
    severity: str  # the word for it
    message: str
    remedy: str
    criterion: str
    start: int
    end: int
    source: str  # what was typed into the part

    @property
    def excerpt(self) -> Markup:
        """The words between their neighbours, marked; nothing where the remark is about the part as a whole."""
        if not 0 <= self.start < self.end or self.end - self.start > 4 * _AROUND:
            return Markup("")
        before = self.source[max(0, self.start - _AROUND) : self.start]
        after = self.source[self.end : self.end + _AROUND]
        dots = "…" if self.start > _AROUND else "", "…" if self.end + _AROUND < len(self.source) else ""
        words = escape(self.source[self.start : self.end])
        return Markup(f"{dots[0]}{escape(before)}<mark>{words}</mark>{escape(after)}{dots[1]}")  # noqa: S704 - escaped

    def document(self) -> dict[str, object]:
        """As the page's script reads it; places counted as browsers count them."""
        return {
            "part": self.part,
            "look": self.look,
            "severity": self.severity,
            "message": self.message,
            "remedy": self.remedy,
            "criterion": self.criterion,
            "excerpt": str(self.excerpt),
            "start": _browser_offset(self.source, self.start),
            "end": _browser_offset(self.source, self.end),
        }


def remarks_of(
    findings: Iterable[Finding], problems: Mapping[str, ItemBankError], *, parts: Mapping[str, str]
) -> list[Remark]:
    """What is wrong and what the linter found, by part in the order of the editor; what cannot be drawn comes first."""
    language = "en" if str(get_locale()) == "en" else "id"
    said = [_of_problem(part, error, source=parts[part]) for part, error in problems.items()]
    # A formula that cannot be read is told by the reader itself, with its place.
    said += [
        _of_finding(each, source=parts[each.part], language=language) for each in findings if each.part not in problems
    ]
    order = list(parts)
    return sorted(said, key=lambda remark: order.index(remark.part))


def message_of(found: Finding, language: str) -> str:
    """What a finding says; a refusal that it names is told in the same language."""
    told = {name: text_of(value) if isinstance(value, ItemBankError) else value for name, value in found.values.items()}
    return found.rule.message(language, told)


def _of_finding(found: Finding, *, source: str, language: str) -> Remark:
    return Remark(
        part=found.part,
        look=_LOOKS[found.severity],
        severity=str(_SEVERITIES[found.severity]),
        message=message_of(found, language),
        remedy=found.remedy(language),
        criterion=found.criterion,
        start=found.start,
        end=found.end,
        source=source,
    )


def _of_problem(part: str, error: ItemBankError, *, source: str) -> Remark:
    start, end = place_of(error, source)
    return Remark(
        part=part,
        look="bad",
        severity=gettext("Cannot be shown"),
        message=text_of(error),
        remedy="",
        criterion="",
        start=start,
        end=end,
        source=source,
    )


def place_of(error: ItemBankError, source: str) -> tuple[int, int]:
    """Where to look: at the character, else at the words that the error names, else at its line."""
    if isinstance(error, HiddenCharacter):
        offset = int(error.params["offset"])
        return offset, offset + 1
    line = int(error.params.get("line", 0))
    if not line:
        return 0, 0
    lines = source.split("\n")
    start = sum(len(each) + 1 for each in lines[: line - 1])
    end = start + len(lines[line - 1]) if line <= len(lines) else start
    words = str(error.params.get("maths") or error.params.get("found") or error.params.get("name") or "")
    match = re.search(re.escape(words.removesuffix("…")), source[start:]) if words else None
    return (start + match.start(), start + match.end()) if match else (start, end)


def _browser_offset(text: str, offset: int) -> int:
    return len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2
