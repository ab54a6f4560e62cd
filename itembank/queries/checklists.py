"""The checklists of this installation: the one in use, and those under which old reviews were written."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.checklist import Checklist as Criteria
from itembank.checklist import current_checklist, parse_checklist, shipped_source
from itembank.model import Checklist


@dataclass(frozen=True)
class LoadedChecklist:
    """A checklist with its text, and since when it is here; the shipped one has no day."""

    criteria: Criteria
    source: str
    loaded_at: datetime | None


def checklist_in_use(session: Session) -> Criteria:
    """The checklist that new reviews are written with: the one loaded last, or the shipped one."""
    source = session.scalar(select(Checklist.source).order_by(Checklist.id.desc()).limit(1))
    return current_checklist() if source is None else _parsed(source)


def checklist_named(session: Session, name: str) -> Criteria:
    """The checklist that a review names; the shipped one where nobody loaded it."""
    code, _, edition = name.rpartition("/")
    statement = select(Checklist.source).where(Checklist.code == code, Checklist.edition == int(edition))
    source = session.scalar(statement)
    return current_checklist() if source is None else _parsed(source)


def checklists(session: Session) -> list[LoadedChecklist]:
    """All checklists, the one in use first."""
    rows = session.scalars(select(Checklist).order_by(Checklist.id.desc()))
    loaded = [LoadedChecklist(_parsed(row.source), row.source, row.loaded_at) for row in rows]
    shipped = LoadedChecklist(current_checklist(), shipped_source(), None)
    known = {each.criteria.name for each in loaded}
    return loaded if shipped.criteria.name in known else [*loaded, shipped]


@lru_cache(maxsize=16)
def _parsed(source: str) -> Criteria:
    return parse_checklist(source)
