"""A small cast and a small bank for the tests of the item bank."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy.orm import Session

from itembank import operations
from itembank.checklist import current_checklist
from itembank.media import CleanMedia, clean_svg
from itembank.model import ItemStatistics, ItemVersion, Mark
from itembank.operations import Draft
from itembank.states import ItemState
from itembank.textformat import shipped_blueprints
from registry.actor import SYSTEM, Actor
from registry.model import Account, RoleGrant
from registry.roles import Role
from tests.conftest import NOW

ALL_YES = dict.fromkeys(current_checklist().codes, Mark.YES)
PEDAGOGIC = "matematika-pedagogik"


@dataclass(frozen=True)
class Cast:
    """The people of the bank."""

    writer: Actor
    reviewer: Actor
    second: Actor  # another reviewer: every item is read twice
    manager: Actor
    psychometrician: Actor


def cast(session: Session) -> Cast:
    """Accounts for everybody who works on items."""
    return Cast(
        writer=person(session, "writer", Role.ITEM_WRITER),
        reviewer=person(session, "reviewer", Role.REVIEWER),
        second=person(session, "second", Role.REVIEWER),
        manager=person(session, "manager", Role.BANK_MANAGER),
        psychometrician=person(session, "psychometrician", Role.PSYCHOMETRICIAN),
    )


def person(session: Session, name: str, role: Role) -> Actor:
    """One account, as an actor."""
    account = Account(email=f"{name}@example.test", full_name=name.title(), created_at=NOW)
    session.add(account)
    if role is Role.REVIEWER:  # reviewers are chosen by the role on file
        session.add(RoleGrant(account=account, role=role, granted_at=NOW, approved_at=NOW))
    session.flush()
    return Actor(account.id, account.public_id, account.full_name, frozenset({role}))


def load_pedagogic(session: Session) -> None:
    """The pedagogic blueprint and nothing else."""
    text = next(plan for plan in shipped_blueprints() if plan.code == PEDAGOGIC)
    operations.load_blueprint(session, text, actor=SYSTEM, now=NOW)


@cache
def drawing(shade: str = "black") -> CleanMedia:
    """A picture of one line."""
    line = f'<line x1="0" y1="0" x2="40" y2="20" stroke="{shade}"/>'
    return clean_svg(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">{line}</svg>'.encode())


def draft(stem: str = "Berapa nilai $\\frac{1}{2} + \\frac{1}{4}$?", *, key: int = 2) -> Draft:
    """A plain item."""
    return Draft(
        stem=stem,
        options=("$\\frac{1}{6}$", "$\\frac{2}{6}$", "$\\frac{3}{4}$", "$\\frac{7}{8}$"),
        key_position=key,
        rationale="Samakan penyebutnya.",
    )


def new_item(
    session: Session, actor: Actor, *, code: str = "UJI-01-1", indicator: str = "P01", content: Draft | None = None
) -> ItemVersion:
    """An item with its first draft."""
    return operations.create_item(
        session,
        code=code,
        blueprint=PEDAGOGIC,
        indicator=indicator,
        draft=content or draft(),
        actor=actor,
        now=NOW,
    )


def approved_item(session: Session, people: Cast, *, code: str = "UJI-01-1") -> ItemVersion:
    """An item that went through review."""
    version = new_item(session, people.writer, code=code)
    operations.submit_for_review(session, version, actor=people.writer, now=NOW)
    read_by(session, version, people.reviewer, people.second)
    return version


def ask(session: Session, version: ItemVersion, *readers: Actor) -> None:
    """Ask people to review a version."""
    for reader in readers:
        account = session.get_one(Account, reader.key)
        due_on = NOW.date() + timedelta(days=7)
        operations.assign(session, version, reviewer=account, due_on=due_on, actor=SYSTEM, now=NOW)


def read_by(session: Session, version: ItemVersion, *readers: Actor) -> None:
    """Ask people to review a version, and let them find everything in order: two approve it."""
    ask(session, version, *readers)
    for reader in readers:
        operations.review_version(session, version, marks=ALL_YES, actor=reader, now=NOW)


def with_statistics(session: Session, version: ItemVersion, *, verdict: str = "keep") -> ItemStatistics:
    """The figures of an imagined try-out."""
    administration = version.public_id  # any UUID does
    return operations.record_statistics(
        session,
        version,
        administration=administration,
        administration_code="UJICOBA-1",
        n_presented=300,
        figures={"difficulty": 0.55, "point_biserial": 0.41},
        verdict=verdict,
        reasons=[{"code": "dead_distractor", "criterion": "M2", "numbers": {"share": 0.003}}],
        actor=SYSTEM,
        now=NOW,
    )


def operational_item(session: Session, people: Cast, *, code: str = "UJI-01-1") -> ItemVersion:
    """An item that a try-out proved."""
    version = approved_item(session, people, code=code)
    operations.start_pretest(session, [version], actor=people.manager, now=NOW)
    with_statistics(session, version)
    operations.move_version(
        session, version, to=ItemState.OPERATIONAL, reason="terbukti", actor=people.manager, now=NOW
    )
    return version
