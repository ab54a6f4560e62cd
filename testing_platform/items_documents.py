"""Items of the bank as the command line writes them."""

import argparse
from typing import Any

from sqlalchemy.orm import Session

from exam.queries.exposure import exposure, forms_of_items
from itembank.model import Bloom, ItemVersion
from itembank.queries.items import item_by_code
from itembank.queries.life import item_life
from itembank.queries.lists import ItemFilter, ItemRow, find_items
from itembank.states import ItemState
from itembank.textformat import ItemText, format_item
from itembank.version_text import text_of_version

Document = dict[str, Any]


def wanted(options: argparse.Namespace) -> ItemFilter:
    """What the options narrow a list to."""
    return ItemFilter(
        blueprint=options.blueprint,
        competency=options.competency,
        indicator=options.indicator,
        bloom=Bloom(options.bloom) if options.bloom else None,
        state=ItemState(options.state) if options.state else None,
        text=options.text,
    )


def listed(session: Session, options: argparse.Namespace) -> list[Document]:
    """The items of a list."""
    return [_of_row(row) for row in find_items(session, wanted(options), exposure=exposure())]


def _of_row(row: ItemRow) -> Document:
    return {
        "code": row.item_code,
        "version": row.number,
        "blueprint": row.blueprint,
        "competency": row.competency,
        "indicator": row.indicator,
        "bloom": row.bloom.value,
        "state": row.state.value,
        "key": row.key,
        "difficulty": row.difficulty,
        "discrimination": row.discrimination,
        "n_seen": row.n_seen,
        "created_at": row.created_at.isoformat(),
        "changed_at": row.changed_at.isoformat(),
    }


def current_version(session: Session, code: str) -> ItemVersion | None:
    """The version of an item that lists show: the newest one, planted ones left out."""
    item = item_by_code(session, code)
    return next((version for version in reversed(item.versions) if not version.demo_only), None) if item else None


def described(session: Session, code: str) -> Document | None:
    """One item with its whole life."""
    version = current_version(session, code)
    if version is None:
        return None
    life, text = item_life(session, version.item), text_of_version(version)
    forms = forms_of_items(session, [code])
    return {
        **_of_text(text),
        "version": version.number,
        "state": version.state.value,
        "n_seen": sum(form.n_seen for form in forms),
        "versions": [
            {"version": each.number, "state": each.state.value, "changed_at": each.changed_at.isoformat()}
            for each in life.versions
        ],
        "statistics": [
            {
                "administration": each.administration_code,
                "version": each.version.number,
                "n": each.n_presented,
                "difficulty": each.difficulty,
                "discrimination": each.discrimination,
                "verdict": each.verdict,
            }
            for each in life.statistics
        ],
        "forms": [
            {"form": form.code, "administration": form.administration, "version": form.version, "n_seen": form.n_seen}
            for form in forms
        ],
    }


def _of_text(text: ItemText) -> Document:
    return {
        "code": text.code,
        "blueprint": text.blueprint,
        "indicator": text.indicator,
        "bloom": str(text.bloom),
        "key": text.key,
        "stem": text.stem,
        "options": list(text.options),
        "rationale": text.rationale,
    }


def sheet(document: Document) -> str:
    """An item for the eye: as its file, with its life above."""
    names = ("code", "blueprint", "indicator", "bloom", "key", "stem", "rationale")
    text = ItemText(**{name: document[name] for name in names}, options=tuple(document["options"]))
    lines = [f"{document['code']}, version {document['version']}: {document['state']}, seen by {document['n_seen']}"]
    for each in document["statistics"]:
        figures = f"p {_figure(each['difficulty'])}, r {_figure(each['discrimination'])}, {each['verdict']}"
        lines.append(f"  {each['administration']} (n {each['n']}): {figures}")
    lines += [
        f"  form {each['form']} of {each['administration']}: seen by {each['n_seen']}" for each in document["forms"]
    ]
    return "\n".join([*lines, "", format_item(text) if text.options else "nothing is written yet"])


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
