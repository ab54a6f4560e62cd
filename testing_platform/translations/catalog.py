"""Read the msgids out of the sources, and keep the Indonesian catalog in step with them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from itembank.errors import ItemBankError
from itembank.operations.errors import WorkflowError

ROOT = Path(__file__).parents[2]
PO = Path(__file__).parent / "id" / "LC_MESSAGES" / "messages.po"
MO = PO.with_suffix(".mo")

_WHERE = [("testing_platform/**.py", "python"), ("templates/**.html", "jinja2")]
_OPTIONS = {"templates/**.html": {"encoding": "utf-8", "silent": "false"}}
_KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
_HEADER = """# Indonesian (id). One word for one thing: docs/glossary.md.
# Brought up to date by: python -m testing_platform.translations"""

_FIRST_WRITTEN = datetime(2026, 11, 22, tzinfo=UTC)  # constant, so that the same words give the same file

Msgid = str | tuple[str, ...]


def sources() -> Catalog:
    """Every msgid that a page, a word table or an error of the bank uses, without translations."""
    found = Catalog()
    for folder in ("testing_platform", "templates"):
        for name, line, msgid, _comments, _context in _extracted(folder):
            found.add(msgid, locations=[(f"{folder}/{name}", line)])
    # Both roots, so that both modules are loaded and their classes known; a msgid found twice is one msgid.
    for error in (*_bank_errors(ItemBankError), *_bank_errors(WorkflowError)):
        place = error.__module__.replace(".", "/") + ".py"
        found.add(error.message, locations=[(place, 0)])
    return found


def read(path: Path = PO) -> Catalog:
    """The catalog as it stands on disk."""
    return read_po(BytesIO(path.read_bytes()), locale="id")


def updated(old: Catalog, found: Catalog) -> Catalog:
    """The msgids of the sources with the translations that are known; what nothing uses any more is gone."""
    new = Catalog(
        locale="id",
        header_comment=_HEADER,
        project="testing-platform",
        version="1",
        copyright_holder="the authors of testing-platform",
        msgid_bugs_address="none",
        last_translator="the authors of testing-platform",
        language_team="Indonesian",
        creation_date=_FIRST_WRITTEN,
        revision_date=_FIRST_WRITTEN,
        fuzzy=False,
    )
    new.mime_headers = [("Plural-Forms", "nplurals=1; plural=0;")]  # Babel knows no Indonesian and would take English
    for message in found:
        if message.id:
            known = old.get(message.id if isinstance(message.id, str) else message.id[0])
            new.add(message.id, _translation(message, known), locations=message.locations, flags=message.flags)
    return new


def as_po(catalog: Catalog) -> bytes:
    """The text that people edit; without line numbers, so that moving code changes nothing here."""
    text = BytesIO()
    write_po(text, catalog, width=0, sort_output=True, ignore_obsolete=True, include_lineno=False)
    return text.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    """The compiled form that the server reads."""
    compiled = BytesIO()
    write_mo(compiled, catalog)
    return compiled.getvalue()


def untranslated(catalog: Catalog) -> list[Msgid]:
    """What has no Indonesian yet."""
    return [_key(message) for message in catalog if message.id and (message.fuzzy or not all(_texts(message)))]


def _extracted(folder: str) -> Iterator[tuple[str, int, Msgid, list[str], str | None]]:
    here = [(pattern.removeprefix(f"{folder}/"), method) for pattern, method in _WHERE]
    options = {pattern.removeprefix(f"{folder}/"): options for pattern, options in _OPTIONS.items()}
    yield from extract_from_dir(ROOT / folder, here, options, keywords=_KEYWORDS)


def _bank_errors(kind: type[ItemBankError]) -> Iterator[type[ItemBankError]]:
    # The bank's errors carry their English text as an attribute, which no extractor of calls can see.
    yield kind
    for child in kind.__subclasses__():
        yield from _bank_errors(child)


def _translation(message: Message, known: Message | None) -> Msgid:
    text = _texts(known)[0] if known else ""
    return text if isinstance(message.id, str) else (text,)


def _texts(message: Message) -> tuple[str, ...]:
    # Indonesian has one form, so a plural has a single text too.
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def _key(message: Message) -> Msgid:
    return message.id if isinstance(message.id, str) else tuple(message.id)
