"""Proves by the audit journal that staff gave what a sitting was given: minutes, pauses, outages, places, window.

Such rows decide which answers count, and they stand in the database in plain sight. The audit journal is a chain whose
head leaves the server every minute, so a row that no event of it tells of was written by nobody who may.
"""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from exam.findings import Fault, Finding
from registry.model import AuditEvent

_ROOM = frozenset({"sitting.plan", "sitting.open", "sitting.close", "sitting.seal", "sitting.enrol"})
_GIVEN = frozenset({"seat.add-minutes", "room.add-minutes", "outage.propose", "outage.approve", "sitting.accommodate"})
_STOPPED = frozenset({"seat.pause", "room.pause", "seat.resume", "room.resume"})
_TOLD = _ROOM | _GIVEN | _STOPPED
_MINUTES = ("seat.add-minutes", "room.add-minutes")
_PAUSES = {"paused": ("seat.pause", "room.pause"), "resumed": ("seat.resume", "room.resume")}


@dataclass(frozen=True)
class Credit:
    """Minutes as the database has them."""

    subject: uuid.UUID  # the attempt, or the sitting for the whole room
    minutes: int
    at: datetime


@dataclass(frozen=True)
class SignedOutage:
    """An approved outage as the database has it."""

    outage: uuid.UUID
    from_ms: int
    until_ms: int
    evidence: Mapping[str, Any]
    proposed: tuple[uuid.UUID | None, datetime]  # by whom, when
    approved: tuple[uuid.UUID | None, datetime | None]


@dataclass(frozen=True)
class ClockAct:
    """A clock that staff stopped, or let run again."""

    attempt: uuid.UUID
    seat: int
    kind: str  # paused, resumed
    at: datetime


@dataclass(frozen=True)
class HeldPlace:
    """Who holds a place and what was granted to it, as digests."""

    enrolment: uuid.UUID
    seat: int
    person: str
    granted: str
    attempt: uuid.UUID | None


@dataclass(frozen=True)
class GivenFacts:
    """Everything that staff gave to a sitting, as the database tells it."""

    sitting: uuid.UUID
    plan: Mapping[str, object]  # as `sitting.plan` names it
    moved: Mapping[str, datetime | None]  # when it was opened, closed and sealed, by the action
    credits: Sequence[Credit] = ()
    outages: Sequence[SignedOutage] = ()
    clock_acts: Sequence[ClockAct] = ()
    places: Sequence[HeldPlace] = ()
    attempts: Collection[uuid.UUID] = ()


@dataclass
class ActBook:
    """The events of the audit journal that decide about sittings, by what they are about."""

    by_subject: dict[str, list[AuditEvent]] = field(default_factory=dict)
    first_naming: int | None = None  # the first event of all that names who holds a place; older versions named none

    def noting(self, events: Iterable[AuditEvent]) -> Iterator[AuditEvent]:
        """Pass events on, and keep those that decide about sittings."""
        for event in events:
            if event.action in _TOLD:
                self.by_subject.setdefault(event.subject, []).append(event)
                if self.first_naming is None and "places" in event.details:
                    self.first_naming = event.id
            yield event

    @property
    def opened(self) -> set[str]:
        """Every sitting that was ever opened."""
        events = (event for found in self.by_subject.values() for event in found)
        return {event.subject for event in events if event.action == "sitting.open"}

    def of(self, subject: uuid.UUID, *actions: str) -> list[AuditEvent]:
        """The events about a subject, in their order."""
        return [event for event in self.by_subject.get(str(subject), []) if event.action in actions]


def judge_acts(facts: GivenFacts, book: ActBook) -> list[Finding]:
    """What stands in the database without an act, and what was done and is gone from it."""
    return [
        *_plan(facts, book),
        *_moved(facts, book),
        *_credits(facts, book),
        *_outages(facts, book),
        *_pauses(facts, book),
        *_places(facts, book),
    ]


def _plan(facts: GivenFacts, book: ActBook) -> Iterator[Finding]:
    planned = book.of(facts.sitting, "sitting.plan")
    said = planned[-1].details if planned else {}
    # The first versions did not name the duration.
    if not planned or not all(_is_said(value, said[name]) for name, value in facts.plan.items() if name in said):
        yield Finding(Fault.PLAN)


def _is_said(value: object, said: object) -> bool:
    return datetime.fromisoformat(str(said)) == value if isinstance(value, datetime) else said == value


def _moved(facts: GivenFacts, book: ActBook) -> Iterator[Finding]:
    for action, at in facts.moved.items():
        done = [event.at for event in book.of(facts.sitting, action)]
        if done != ([] if at is None else [at]):
            yield Finding(Fault.ROOM)
            return


def _credits(facts: GivenFacts, book: ActBook) -> Iterator[Finding]:
    granted = Counter(
        (subject, event.details["minutes"], event.at)
        for subject in (facts.sitting, *facts.attempts)
        for event in book.of(subject, *_MINUTES)
    )
    if granted != Counter((credit.subject, credit.minutes, credit.at) for credit in facts.credits):
        yield Finding(Fault.MINUTES)


def _outages(facts: GivenFacts, book: ActBook) -> Iterator[Finding]:
    proposed = {event.details["outage"]: event for event in book.of(facts.sitting, "outage.propose")}
    approved = {event.details["outage"]: event for event in book.of(facts.sitting, "outage.approve")}
    signed = {str(outage.outage): outage for outage in facts.outages}
    if signed.keys() != approved.keys() or not all(
        _is_signed(outage, proposed.get(name), approved[name]) for name, outage in signed.items()
    ):
        yield Finding(Fault.OUTAGE)


def _is_signed(outage: SignedOutage, proposal: AuditEvent | None, approval: AuditEvent) -> bool:
    if proposal is None or proposal.actor is None or proposal.actor == approval.actor:
        return False
    said = {"from_ms": outage.from_ms, "until_ms": outage.until_ms, "evidence": outage.evidence}
    says_so = all({name: event.details[name] for name in said} == said for event in (proposal, approval))
    by_whom = [(event.actor, event.at) for event in (proposal, approval)]
    return says_so and by_whom == [outage.proposed, outage.approved]


def _pauses(facts: GivenFacts, book: ActBook) -> Iterator[Finding]:
    for act in facts.clock_acts:
        of_seat, of_room = _PAUSES[act.kind]
        done = [*book.of(act.attempt, of_seat), *book.of(facts.sitting, of_room)]
        if act.at not in {event.at for event in done}:
            yield Finding(Fault.PAUSE, attempt=act.attempt, seat=act.seat)


def _places(facts: GivenFacts, book: ActBook) -> Iterator[Finding]:
    enrolled = book.of(facts.sitting, "sitting.enrol")
    first = book.first_naming
    is_old = any("places" not in event.details and (first is None or event.id < first) for event in enrolled)
    persons, granted = _named(enrolled), _granted(book.of(facts.sitting, "sitting.enrol", "sitting.accommodate"))
    for place in facts.places:
        name = str(place.enrolment)
        if name not in persons and is_old:
            continue  # enrolled by a version that did not name places yet
        if persons.get(name) != {place.person}:
            yield Finding(Fault.PERSON, attempt=place.attempt, seat=place.seat)
        elif granted.get(name) != place.granted:
            yield Finding(Fault.GRANT, attempt=place.attempt, seat=place.seat)
    gone = persons.keys() - {str(place.enrolment) for place in facts.places}
    yield from (Finding(Fault.PLACE_GONE) for _ in gone)


def _named(enrolled: Iterable[AuditEvent]) -> dict[str, set[str]]:
    """Everybody who was ever said to hold a place: one person, or something is wrong."""
    persons: dict[str, set[str]] = {}
    for event in enrolled:
        for place, (person, _granted) in event.details.get("places", {}).items():
            persons.setdefault(place, set()).add(person)
    return persons


def _granted(events: Iterable[AuditEvent]) -> dict[str, str]:
    """What was granted to each place last."""
    granted: dict[str, str] = {}
    for event in events:
        for place, (_person, given) in event.details.get("places", {}).items():
            granted[place] = given
        if event.action == "sitting.accommodate" and "granted" in event.details:
            granted[event.details["enrolment"]] = event.details["granted"]
    return granted
