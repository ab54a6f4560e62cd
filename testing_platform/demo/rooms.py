"""The rooms of the demo: planned, filled by a roster, opened by their proctors, sat in over HTTP, closed and sealed."""

import csv
import io
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.credentials import parse_pin
from exam.model import Form, FormItem, Sitting
from exam.operations.enrolling import enrol_roster
from exam.operations.proctoring import admit_all
from exam.operations.sittings import Card as PrintedCard
from exam.operations.sittings import close_sitting, issue_cards, open_sitting, plan_sitting, seal_sitting
from registry.actor import Actor
from registry.model import Site
from testing_platform.demo.candidates import Candidate, Card, Connection
from testing_platform.demo.cast import Cast
from testing_platform.demo.population import Population, skips
from testing_platform.demo.server import Server
from testing_platform.wiring import Platform, utc_now

AT_ONCE = 6  # candidates whose browsers talk at the same moment
_FIRST_NAMES = [
    "Aisyah",
    "Budi",
    "Citra",
    "Dewi",
    "Eko",
    "Fitri",
    "Gilang",
    "Hana",
    "Indra",
    "Joko",
    "Kartika",
    "Lukman",
    "Maya",
    "Nanda",
    "Oki",
    "Putri",
]
_LAST_NAMES = [
    "Siregar",
    "Wibowo",
    "Nasution",
    "Kusuma",
    "Tanjung",
    "Prasetyo",
    "Manurung",
    "Hidayat",
    "Lestari",
    "Pattiasina",
    "Rumbiak",
    "Daeng",
]


@dataclass(frozen=True)
class RoomPlan:
    """One sitting, ready to open."""

    sitting: int
    start_code: str
    proktor: Actor
    cards: list[PrintedCard] = field(repr=False)


@dataclass(frozen=True)
class FormKey:
    """Which item and option stand behind the random ids of a form: what the demo knows and a browser does not."""

    codes: tuple[str, ...]
    item_keys: tuple[str, ...]
    option_keys: tuple[tuple[str, ...], ...]


def prepare(
    platform: Platform, cast: Cast, form: Form, *, title: str, n_candidates: int, first_number: int
) -> list[RoomPlan]:
    """Plan a sitting of the form at every site, enrol its candidates and print their cards."""
    share = n_candidates // len(cast.sites)
    counts = [share + (place < n_candidates % len(cast.sites)) for place in range(len(cast.sites))]
    plans = []
    number = first_number
    for site, count in zip(cast.sites, counts, strict=True):
        with platform.database.transaction() as session:
            now = utc_now()
            held = session.get_one(Form, form.id)
            sitting = plan_sitting(
                session,
                administration=held.administration,
                form=held,
                site=session.get_one(Site, site.id),
                title=title,
                room=f"Lab {form.code}",
                opens_at=now,
                closes_at=now + timedelta(hours=4),
                actor=cast.bank_manager,
                now=now,
            )
            plans.append(_fill(session, platform, cast, sitting, n_candidates=count, first_number=number))
        number += count
    return plans


def _fill(
    session: Session, platform: Platform, cast: Cast, sitting: Sitting, *, n_candidates: int, first_number: int
) -> RoomPlan:
    now = utc_now()
    roster = _roster(range(first_number, first_number + n_candidates))
    enrol_roster(session, sitting, roster, file="peserta.csv", keys=platform.keys, actor=cast.bank_manager, now=now)
    cards = issue_cards(session, sitting, keys=platform.keys, actor=cast.bank_manager, now=now)
    return RoomPlan(
        sitting=sitting.id,
        start_code=sitting.start_code,
        proktor=cast.proktor_of(sitting.site),
        cards=cards,
    )


def _roster(numbers: range) -> bytes:
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["nuptk", "nama", "jenjang", "mapel", "sekolah"])
    for number in numbers:
        chance = random.Random(number)  # noqa: S311 - names for a demo
        name = f"{chance.choice(_FIRST_NAMES)} {chance.choice(_LAST_NAMES)}"
        level = chance.choice(["SMP", "SMA", "SMK"])
        rows.writerow(
            [f"{9_000_000_000_000_000 + number}", name, level, "Matematika", f"{level} Contoh {number % 40 + 1}"]
        )
    return table.getvalue().encode()


def sit(
    platform: Platform,
    server: Server,
    plan: RoomPlan,
    population: Population,
    *,
    ability: float,
    seed: int,
    report: Callable[[int], None],
) -> list[str]:
    """Open a room, let everybody sit the test over HTTP, close and seal it; the receipts' short codes come back."""
    with platform.database.transaction() as session:
        sitting = session.get_one(Sitting, plan.sitting)
        open_sitting(session, sitting, actor=plan.proktor, now=utc_now())
        key = _form_key(session, sitting.form_id)
    answers = population.answers(key.codes, n_people=len(plan.cards), ability=ability, seed=seed)
    people = [
        Person(card, key, answers=row, seed=seed * 1000 + card.seat)
        for card, row in zip(plan.cards, answers, strict=True)
    ]
    with _browsers(server, people) as candidates:
        _in_parallel(lambda person: candidates[person].arrive(plan.start_code), people)
        with platform.database.transaction() as session:
            admit_all(session, session.get_one(Sitting, plan.sitting), actor=plan.proktor, now=utc_now())
        receipts = _in_parallel(lambda person: person.work(candidates[person]), people, report=report)
    with platform.database.transaction() as session:
        sitting = session.get_one(Sitting, plan.sitting)
        close_sitting(session, sitting, actor=plan.proktor, now=utc_now())
        seal_sitting(session, sitting, keys=platform.keys, actor=plan.proktor, now=utc_now())
    return receipts


@dataclass(frozen=True, eq=False)
class Person:
    """A candidate with a card in hand and a mind made up."""

    card: PrintedCard
    key: FormKey
    answers: Sequence[int]
    seed: int

    def work(self, candidate: Candidate) -> str:
        """Begin, answer, hand in; the short code of the receipt."""
        candidate.begin()
        order = {item: place for place, item in enumerate(candidate.seat["order"])}
        left_out = skips(self.seed, len(order))
        choices = {
            item: self.key.option_keys[place][self.answers[place]]
            for place, item in enumerate(self.key.item_keys)
            if order[item] not in left_out
        }
        candidate.answer(choices)
        return str(candidate.submit()["short_code"])


@contextmanager
def _browsers(server: Server, people: Sequence[Person]) -> Iterator[dict[Person, Candidate]]:
    candidates = {
        person: Candidate(
            Connection(server.host, server.port),
            Card(participant_number=person.card.participant_number, pin=parse_pin(person.card.pin)),
        )
        for person in people
    }
    try:
        yield candidates
    finally:
        for candidate in candidates.values():
            candidate.connection.close()


def _in_parallel(
    act: Callable[[Person], str], people: Sequence[Person], *, report: Callable[[int], None] = lambda _percent: None
) -> list[str]:
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        running = [pool.submit(act, person) for person in people]
        for n_done, one in enumerate(as_completed(running), start=1):
            one.result()
            report(100 * n_done // len(running))
        return [one.result() for one in running]


def _form_key(session: Session, form_id: int) -> FormKey:
    rows = session.scalars(select(FormItem).where(FormItem.form_id == form_id).order_by(FormItem.position)).all()
    return FormKey(
        codes=tuple(row.version.item.code for row in rows),
        item_keys=tuple(row.item_key for row in rows),
        option_keys=tuple(tuple(row.option_keys) for row in rows),
    )
