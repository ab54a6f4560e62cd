"""A bank of any size, grown from the shipped items by variation, with what such a bank has gathered over the years."""

import hashlib
import random
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, selectinload

from exam.model import Administration, Attempt, Enrolment, Form, FormItem, Purpose, Sitting
from exam.states import AttemptState, SittingState
from itembank import search_index
from itembank.model import (
    Item,
    ItemAuthor,
    ItemOption,
    ItemPicture,
    ItemStatistics,
    ItemVersion,
    Review,
    ReviewAssignment,
)
from itembank.operations import seed_shipped_bank
from itembank.states import ItemState
from registry.actor import SYSTEM, Actor
from registry.audit import GENESIS, digest_of
from registry.model import AuditEvent, Level, Site, SiteKind, Teacher, TimeZone
from registry.roles import Role
from tests.examination import make_staff

BEGUN = datetime(2023, 1, 2, 1, 0, tzinfo=UTC)
SEATS = 40  # candidates of a form
_ITEMS_A_FORM = 40
_NAMES = ("Ratna", "Dimas", "Yusuf", "Maria", "Wayan", "Siti", "Budi", "Nia", "Togar", "Lestari", "Hasan", "Melati")
_NAME = re.compile(r"\b(?:Pak|Bu) [A-Z][a-z]+")
_NUMBER = re.compile(r"(?<![\d\\{^_.,-])\b[2-9]\d?\b(?![\d}^_.,-])")
_STATES = (
    *(ItemState.OPERATIONAL,) * 50,
    *(ItemState.APPROVED,) * 20,
    *(ItemState.PRETEST,) * 15,
    *(ItemState.IN_REVIEW,) * 6,
    *(ItemState.RETIRED,) * 5,
    *(ItemState.DRAFT,) * 2,
    *(ItemState.SUSPENDED,) * 2,
)
_TRIED = {ItemState.OPERATIONAL, ItemState.PRETEST, ItemState.RETIRED}


@dataclass(frozen=True)
class LargeBank:
    """What a measurement asks for."""

    manager: Actor
    writer: Actor
    reviewer: Actor


def grow(session: Session, *, n_items: int, seed: int = 7) -> LargeBank:
    """Seed the shipped bank and let it grow to so many items."""
    chance = random.Random(seed)
    seed_shipped_bank(session, actor=SYSTEM, now=BEGUN)
    people = [make_staff(session, Role.ITEM_WRITER, f"Penulis {number}") for number in range(20)]
    readers = [make_staff(session, Role.REVIEWER, f"Penelaah {number}") for number in range(10)]
    bank = LargeBank(make_staff(session, Role.BANK_MANAGER, "Pengelola"), people[0], readers[0])
    loaded = select(ItemVersion).options(selectinload(ItemVersion.options), selectinload(ItemVersion.pictures))
    shipped = session.scalars(loaded).all()
    models = [shipped[number % len(shipped)] for number in range(n_items - len(shipped))]
    grown = _write(session, models, people, chance)
    _search(session)
    _review(session, grown, readers)
    _administer(session, chance)
    _remember(session, grown, bank)
    return bank


def _write(
    session: Session, models: Sequence[ItemVersion], people: Sequence[Actor], chance: random.Random
) -> list[tuple[int, uuid.UUID, ItemState, datetime]]:
    """Item, version, options and author of each variation; keys are counted on from the shipped ones."""
    first = (session.scalars(select(Item.id).order_by(Item.id.desc()).limit(1)).first() or 0) + 1
    last = (session.scalars(select(ItemVersion.id).order_by(ItemVersion.id.desc()).limit(1)).first() or 0) + 1
    items, versions, options, pictures, authors, grown = [], [], [], [], [], []
    for number, model in enumerate(models):
        item_id, version_id, author = first + number, last + number, people[number % len(people)]
        written_at = BEGUN + timedelta(minutes=150 * number + chance.randrange(100))
        state, public_id = chance.choice(_STATES), uuid.uuid4()
        code = f"{model.item.code}-{number // 100:03}{number % 100:02}"
        items.append({"id": item_id, "code": code, "indicator_id": model.item.indicator_id, "created_at": written_at})
        items[-1]["public_id"] = uuid.uuid4()
        versions.append(
            {
                **_copied(model, chance),
                "id": version_id,
                "public_id": public_id,
                "item_id": item_id,
                "number": 1,
                "state": state,
                "changed_at": written_at,
                "created_at": written_at,
                "author_id": author.key,
            }
        )
        options += [
            {"version_id": version_id, "position": option.position, "text": option.text, "html": option.html}
            for option in model.options
        ]
        pictures += [{"version_id": version_id, "name": p.name, "sha256": p.sha256} for p in model.pictures]
        authors.append(
            {"item_id": item_id, "account_id": author.key, "added_by_id": author.key, "added_at": written_at}
        )
        grown.append((version_id, public_id, state, written_at))
    for table, rows in ((Item, items), (ItemVersion, versions), (ItemOption, options), (ItemPicture, pictures)):
        _insert(session, table, rows)
    _insert(session, ItemAuthor, authors)
    return grown


def _copied(model: ItemVersion, chance: random.Random) -> dict[str, Any]:
    name = chance.choice(_NAMES)
    stem = _NUMBER.sub(lambda _match: str(chance.randrange(2, 99)), _NAME.sub(f"Bu {name}", model.stem))
    return {
        "stem": stem,
        "stem_html": model.stem_html,
        "rationale": model.rationale,
        "rationale_html": model.rationale_html,
        "key_position": model.key_position,
        "content_digest": hashlib.sha256(stem.encode()).digest(),
        "demo_only": False,
    }


def _search(session: Session) -> None:
    search_index.refresh(session, session.scalars(select(ItemVersion.id)).all())


def _review(
    session: Session, grown: Sequence[tuple[int, uuid.UUID, ItemState, datetime]], readers: Sequence[Actor]
) -> None:
    """Two readings of everything that is approved, two people asked for what is in review."""
    shipped = session.scalars(select(Review).limit(1)).one()
    reviews, asked = [], []
    for number, (version_id, _public_id, state, written_at) in enumerate(grown):
        pair = (readers[number % len(readers)], readers[(number + 3) % len(readers)])
        for reader in pair:
            if state is ItemState.IN_REVIEW:
                due = date(2026, 11, 1) + timedelta(days=number % 40)
                asked.append({"version_id": version_id, "reviewer_id": reader.key, "due_on": due})
                asked[-1] |= {"assigned_at": written_at, "public_id": uuid.uuid4()}
            elif state is not ItemState.DRAFT:
                review = {"version_id": version_id, "reviewer_id": reader.key, "checklist": shipped.checklist}
                review |= {"marks": shipped.marks}
                reviews.append({**review, "comment": "", "submitted_at": written_at, "public_id": uuid.uuid4()})
    _insert(session, Review, reviews)
    _insert(session, ReviewAssignment, asked)


# What candidates did with it ------------------------------------------------------------------------------------------


def _administer(session: Session, chance: random.Random) -> None:
    """Rounds of testing whose forms hold the items that were tried, with candidates and figures."""
    tried = session.scalars(select(ItemVersion.id).where(ItemVersion.state.in_(_TRIED))).all()
    site = Site(
        code="LPTK-99",
        name="Universitas Contoh",
        kind=SiteKind.LPTK,
        time_zone=TimeZone.WIB,
        province="DI Yogyakarta",
        created_at=BEGUN,
    )
    session.add(site)
    for number, start in enumerate(range(0, 2 * len(tried), _ITEMS_A_FORM)):
        chosen = [tried[(start + place) % len(tried)] for place in range(min(_ITEMS_A_FORM, len(tried)))]
        _sit(session, site, number=number, versions=chosen, chance=chance)


def _sit(session: Session, site: Site, *, number: int, versions: Sequence[int], chance: random.Random) -> None:
    at = BEGUN + timedelta(days=2 * number)
    code = f"UJI-{number:04}"
    administration = Administration(code=code, title=code, purpose=Purpose.TRYOUT, created_at=at)
    form = Form(
        code=f"{code}-A",
        title="Paket A",
        administration=administration,
        specification="uji-tulis-40",
        purpose=Purpose.TRYOUT,
        seed=1,
        n_items=len(versions),
        pass_percent=75,
        duration_minutes=120,
        digest=bytes(32),
        package=b"",
        package_size=0,
        package_sha256="0" * 64,
        wrapped_key=b"",
        sealed_at=at,
    )
    sitting = Sitting(
        administration=administration,
        form=form,
        site=site,
        title=f"Sesi {number}",
        room="Lab 1",
        opens_at=at,
        closes_at=at + timedelta(hours=3),
        duration_seconds=7200,
        state=SittingState.OPEN if number % 100 == 99 else SittingState.SEALED,
        start_code="HKWT47",
        created_at=at,
    )
    session.add_all([form, sitting])
    session.flush()
    places = [
        {"form_id": form.id, "position": place, "section": "professional", "version_id": version, "scored": True}
        | {"item_key": f"{number}-{place}", "option_keys": []}
        for place, version in enumerate(versions, start=1)
    ]
    _insert(session, FormItem, places)
    _insert(session, ItemStatistics, list(_figures(versions, administration, at, chance)))
    _candidates(session, sitting, form, number=number)


def _figures(
    versions: Sequence[int], administration: Administration, at: datetime, chance: random.Random
) -> Iterator[dict[str, Any]]:
    for version in versions:
        p, r = chance.uniform(0.2, 0.9), chance.uniform(0.0, 0.6)
        options = [{"letter": letter, "n": 100, "proportion": 0.25, "point_biserial": 0.1} for letter in "ABCD"]
        yield {
            "public_id": uuid.uuid4(),
            "version_id": version,
            "administration": administration.public_id,
            "administration_code": administration.code,
            "computed_at": at + timedelta(days=1),
            "n_presented": 400,
            "figures": {"p": p, "p_interval": [p - 0.05, p + 0.05], "point_biserial": r, "options": options},
            "difficulty": p,
            "discrimination": r,
            "verdict": "keep" if r > 0.2 else "revise",
            "reasons": [],
        }


def _candidates(session: Session, sitting: Sitting, form: Form, *, number: int) -> None:
    first = SEATS * number + 1
    teachers = [
        Teacher(
            nuptk=f"{first + seat:016}",
            full_name=f"Guru {first + seat}",
            level=Level.SMA,
            subject="Matematika",
            school="SMA Contoh",
            created_at=sitting.created_at,
        )
        for seat in range(SEATS)
    ]
    enrolments = [
        Enrolment(sitting=sitting, teacher=teacher, participant_number=f"26 {first + seat:08}", seat=seat + 1)
        for seat, teacher in enumerate(teachers)
    ]
    session.add_all(enrolments)
    session.flush()
    begun = [
        {"public_id": uuid.uuid4(), "enrolment_id": enrolment.id, "sitting_id": sitting.id, "form_id": form.id}
        | {"state": AttemptState.SUBMITTED, "item_order": bytes(40), "genesis": bytes(32), "digest": bytes(32)}
        | {"epoch": 1, "last_seq": 0, "created_at": sitting.created_at, "begun_ms": 1, "deadline_ms": 2}
        | {"break_used_ms": 0, "unsent": 0, "last_seen_ms": 1, "submitted_ms": 2, "receipt": "x" * 900}
        for enrolment in enrolments
    ]
    _insert(session, Attempt, begun)


# The journal ----------------------------------------------------------------------------------------------------------


def _remember(session: Session, grown: Sequence[tuple[int, uuid.UUID, ItemState, datetime]], bank: LargeBank) -> None:
    """Three acts for each item, chained to what the journal holds already."""
    previous = session.scalar(select(AuditEvent.digest).order_by(AuditEvent.id.desc()).limit(1)) or GENESIS
    rows = []
    for number, (_version_id, public_id, state, written_at) in enumerate(grown):
        for action, details in (
            ("item.create", {}),
            ("item.submit", {"from": "draft", "to": "in_review"}),
            ("item.move", {"from": "approved", "to": state.value, "reason": f"Alasan {number}"}),
        ):
            event = AuditEvent(
                at=written_at,
                actor=bank.manager.public_id,
                action=action,
                subject_kind="item_version",
                subject=str(public_id),
                details=details,
                previous_digest=previous,
            )
            previous = event.digest = digest_of(event)
            names = ("at", "actor", "action", "subject_kind", "subject", "details", "previous_digest", "digest")
            rows.append({name: getattr(event, name) for name in names})
    _insert(session, AuditEvent, rows)


def _insert(session: Session, table: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 1000):
        session.execute(insert(table), rows[start : start + 1000])
    session.flush()
