"""A bank for the tests of the pages: two items with pictures and maths, and people who wrote and reviewed them."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from itembank import operations
from itembank.model import ItemVersion
from itembank.operations import Draft
from itembank.states import ItemState
from registry.actor import SYSTEM, Actor
from testing_platform.database import Database, make_engine, sqlite_url
from tests.conftest import NOW
from tests.store.bank_builder import drawing, new_item, read_by, with_statistics

PICTURED = Draft(
    stem="Perhatikan gambar.\n\n![Garis miring](figures/garis.svg)\n\nBerapa kemiringan garis itu?",
    options=("$\\frac{1}{2}$", "$\\frac{1}{3}$", "$2$", "$3$"),
    key_position=1,
    rationale="Rahasia pembahasan: hitung selisih tegak dan mendatar.",
    pictures={"garis.svg": drawing()},
)


def in_review(session: Session, writer: Actor, *, code: str = "UJI-01-1") -> ItemVersion:
    """A pictured item that was handed to the reviewers."""
    version = new_item(session, writer, code=code, content=PICTURED)
    operations.submit_for_review(session, version, actor=writer, now=NOW)
    return version


def approved(session: Session, writer: Actor, *readers: Actor, code: str = "UJI-01-1") -> ItemVersion:
    """A pictured item that two reviewers found in order."""
    version = in_review(session, writer, code=code)
    read_by(session, version, *readers)
    return version


def tried_out(session: Session, version: ItemVersion, manager: Actor) -> ItemVersion:
    """The same version in a try-out, with figures."""
    operations.start_pretest(session, [version], actor=manager, now=NOW)
    with_statistics(session, version)
    return version


def seeded(template: Path, folder: Path) -> Path:
    """The template of a database with all that the product ships."""
    path = folder / "shipped.sqlite"
    shutil.copy(template, path)
    engine = make_engine(sqlite_url(path))
    with Database(engine).transaction() as session:
        operations.seed_shipped_bank(session, actor=SYSTEM, now=NOW)
    engine.dispose()
    return path


def make_operational(session: Session, versions: Sequence[ItemVersion]) -> None:
    """Take versions through a try-out into use."""
    for version in versions:
        tried_out(session, version, SYSTEM)
        operations.move_version(session, version, to=ItemState.OPERATIONAL, reason="terbukti", actor=SYSTEM, now=NOW)
