"""What the bank would refuse of an item that lies in a file: text that no candidate may see, and pictures that act.

The rules of the linter judge wording; this is the gate behind them, asked here so that who keeps items as files
hears everything at once and in the words of the editor.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from itembank.errors import (
    AltTextMissing,
    ItemBankError,
    MathsRefused,
    MediaError,
    MediaTooLarge,
    PictureUnknown,
    TextTooLong,
)
from itembank.linter.findings import Finding
from itembank.linter.reading import LintItem
from itembank.linter.rulebook import Severity
from itembank.markup import LIMIT_CHARACTERS
from itembank.media import LIMIT_RASTER_BYTES, CleanMedia, clean_media
from itembank.textformat import ItemText
from itembank.typed_item import TypedItem, draw
from testing_platform.error_texts import text_of
from testing_platform.web.authoring_words import place_of

# Rules of the linter speak of these already, with the words that they point to.
_TOLD_BY_RULES = (AltTextMissing, MathsRefused, PictureUnknown)
_SEVERITY = Severity.ERROR.value


def refusals_of(text: ItemText, figures: Path) -> list[dict[str, Any]]:
    """One finding for each part that the bank would refuse, and for each picture in the folder that it would."""
    media, found = _media(text, figures)
    typed = TypedItem(stem=text.stem, options=text.options, key=text.key, rationale=text.rationale)
    problems = draw(typed, media=media).problems.items()
    found += [(part, "", error) for part, error in problems if not isinstance(error, _TOLD_BY_RULES)]
    return [_document(error, part, source=typed.parts[part], picture=picture) for part, picture, error in found]


def speaks(finding: Finding, refusals: Sequence[dict[str, Any]]) -> bool:
    """Whether a finding has something to say: of a part that is far too long, nothing but that is told."""
    endless = {refusal["part"] for refusal in refusals if refusal["rule"] == TextTooLong.code}
    return finding.part not in endless


def shortened(text: ItemText) -> ItemText:
    """The item with no part longer than any may be: reading on would take long and tell nothing."""
    return ItemText(
        code=text.code,
        blueprint=text.blueprint,
        indicator=text.indicator,
        bloom=text.bloom,
        key=text.key,
        stem=text.stem[:LIMIT_CHARACTERS],
        options=tuple(option[:LIMIT_CHARACTERS] for option in text.options),
        rationale=text.rationale[:LIMIT_CHARACTERS],
    )


def _media(text: ItemText, figures: Path) -> tuple[dict[str, CleanMedia], list[tuple[str, str, ItemBankError]]]:
    media: dict[str, CleanMedia] = {}
    refused: list[tuple[str, str, ItemBankError]] = []
    for part, name in _pictures(text):
        if not (figures / name).is_file():
            continue  # a picture that is not there is told by its rule
        try:
            media[name] = clean_media(_bytes_of(figures / name))
        except MediaError as error:
            refused.append((part, name, error))
    return media, refused


def _bytes_of(path: Path) -> bytes:
    size = path.stat().st_size
    if size > LIMIT_RASTER_BYTES:
        raise MediaTooLarge(size=size, limit=LIMIT_RASTER_BYTES)
    return path.read_bytes()


def _pictures(text: ItemText) -> Iterator[tuple[str, str]]:
    """The part and the file of each picture; a name that leads elsewhere is refused where it stands."""
    item = LintItem.of(text)
    for part in (*item.texts, item.rationale):
        for name, _alt, _start in part.pictures:
            folder, _slash, file = name.rpartition("/")
            if folder == "figures" and file not in {"", ".", ".."}:
                yield part.part, file


def _document(error: ItemBankError, part: str, *, source: str, picture: str) -> dict[str, Any]:
    start, end = _span(source, picture) if picture else place_of(error, source)
    return {
        "rule": error.code,
        "criterion": "",
        "severity": _SEVERITY,
        "part": part,
        "start": start,
        "end": end,
        "words": source[start:end],
        "message": f"{picture}: {text_of(error)}" if picture else text_of(error),
        "remedy": "",
    }


def _span(source: str, words: str) -> tuple[int, int]:
    start = source.index(words)
    return start, start + len(words)
