"""Loading a checklist: from then on reviews are written with it, and old ones stay under their own."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.checklist import current_checklist, parse_checklist
from itembank.model import Checklist
from itembank.operations.errors import ChecklistExists
from registry import audit
from registry.actor import Actor


def load_checklist(session: Session, text: str, *, source: str, actor: Actor, now: datetime) -> Checklist:
    """Take a checklist into use; `source` is how refusals name its file. Any change of one needs a new edition.

    Versions that one reviewer has read under another checklist are read to their end under that one. The shipped
    checklist may be loaded as it is, to return to it.
    """
    criteria = parse_checklist(text, source=source)
    taken = select(Checklist.id).where(Checklist.code == criteria.code, Checklist.edition == criteria.edition)
    is_changed_original = criteria.name == current_checklist().name and criteria != current_checklist()
    if session.scalar(taken) is not None or is_changed_original:
        raise ChecklistExists(checklist=criteria.name)
    row = Checklist(code=criteria.code, edition=criteria.edition, source=text, loaded_at=now)
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="checklist.load",
        subject_kind="checklist",
        subject=criteria.name,
        at=now,
        details={"criteria": len(criteria.criteria)},
    )
    return row
