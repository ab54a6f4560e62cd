"""The answers of an administration as plain rows and columns, for whoever analyses them.

Answers are derived from the journals by replay, in one pass over the steps; nothing here knows a statistic. Only
sittings that are closed or sealed count: in an open one people still change their minds.
"""

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session, defer

from exam.journal import Replay, replay
from exam.model import Administration, AnalysisRun, Attempt, Form, FormItem, Sitting, Step
from exam.queries.outages import excused_steps
from exam.states import SittingState
from itembank.model import Item, ItemPicture, ItemVersion, Media, Section
from registry.model import Site

OVER = (SittingState.CLOSED, SittingState.SEALED)
_STEPS_AT_ONCE = 5000


class Blank(IntEnum):
    """Why a cell holds no option; the numbers are those of `analysis.responses`, as a test makes sure."""

    OMITTED = -1  # seen and left unanswered
    NOT_REACHED = -2  # never seen: items are permuted, so a place in the form says nothing
    NOT_PRESENTED = -3  # not in this person's form


@dataclass(frozen=True)
class PresentedItem:
    """A column: a version that stood in some form of the administration."""

    version_id: int
    public_id: uuid.UUID
    name: str  # the item's code; with its version where two versions of one item were presented
    section: Section
    key_position: int
    n_options: int


@dataclass(frozen=True)
class AnsweredAttempt:
    """A row: what one person chose, under the random id of the attempt and no other name."""

    public_id: uuid.UUID
    form: str  # its code
    site_kind: str
    answers: tuple[int, ...]  # one a column: option position from 0, or a Blank
    presented_at: tuple[int, ...]  # one a column: place in which it was shown, from 1; 0 where it was not


@dataclass(frozen=True)
class Responses:
    """All answers of an administration so far."""

    items: tuple[PresentedItem, ...]
    attempts: tuple[AnsweredAttempt, ...]

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 over versions, keys and every answer: the same answers give the same analysis."""
        columns = [[str(item.public_id), item.key_position, item.n_options] for item in self.items]
        rows = [[str(row.public_id), row.form, row.site_kind, row.answers, row.presented_at] for row in self.attempts]
        return hashlib.sha256(json.dumps([columns, rows], separators=(",", ":")).encode()).digest()


def collect_responses(session: Session, administration: Administration) -> Responses:
    """Every attempt that was begun in a sitting that is over, the earliest first."""
    forms = _forms(session, administration)
    items = _items(forms)
    column_of = {item.version_id: column for column, item in enumerate(items)}
    columns = {form: [column_of[place.version_id] for place in places] for form, places in forms.items()}
    answered = dict(_replayed(session, administration))
    heads = session.execute(_heads(administration)).all()
    rows = tuple(
        _row(head, answered.get(head.id, Replay()), columns=columns[head.form_id], width=len(items)) for head in heads
    )
    return Responses(items=items, attempts=rows)


def _forms(session: Session, administration: Administration) -> dict[int, list[Row[*tuple[Any, ...]]]]:
    """The places of each form in canonical order."""
    columns = (FormItem.form_id, FormItem.version_id, FormItem.section, FormItem.option_keys)
    rows = session.execute(
        select(*columns, ItemVersion.public_id, ItemVersion.number, ItemVersion.key_position, Item.code)
        .join(FormItem.form)
        .join(FormItem.version)
        .join(ItemVersion.item)
        .where(Form.administration_id == administration.id)
        .order_by(FormItem.form_id, FormItem.position),
    )
    return {form: list(places) for form, places in groupby(rows, key=lambda row: int(row.form_id))}


def _items(forms: dict[int, list[Row[*tuple[Any, ...]]]]) -> tuple[PresentedItem, ...]:
    """The columns by section and code, so that pedagogic items stand together whatever the forms hold."""
    places = {place.version_id: place for form in forms.values() for place in form}
    versions = Counter(place.code for place in places.values())
    ordered = sorted(places.values(), key=lambda place: (list(Section).index(place.section), place.code, place.number))
    return tuple(
        PresentedItem(
            version_id=place.version_id,
            public_id=place.public_id,
            name=place.code if versions[place.code] == 1 else f"{place.code} v{place.number}",
            section=place.section,
            key_position=place.key_position,
            n_options=len(place.option_keys),
        )
        for place in ordered
    )


def _counts(administration: Administration) -> ColumnElement[bool]:
    over = (Sitting.administration_id == administration.id) & Sitting.state.in_(OVER)
    return over & Attempt.begun_ms.is_not(None)


def _heads(administration: Administration) -> Select[*tuple[Any, ...]]:
    columns = (Attempt.id, Attempt.public_id, Attempt.form_id, Attempt.item_order, Form.code, Site.kind)
    return (
        select(*columns)
        .join(Attempt.sitting)
        .join(Attempt.form)
        .join(Sitting.site)
        .where(_counts(administration))
        .order_by(Attempt.id)
    )


def _replayed(session: Session, administration: Administration) -> Iterator[tuple[int, Replay]]:
    """What each journal adds up to, in one pass over all of them."""
    rows = session.execute(
        select(Step.attempt_id, Step.kind, Step.item, Step.option, Step.value, Step.mark)
        .join(Attempt, Attempt.id == Step.attempt_id)
        .join(Attempt.sitting)
        .where(_counts(administration))
        .order_by(Step.attempt_id, Step.seq)
        .execution_options(yield_per=_STEPS_AT_ONCE),
    )
    sittings = select(Sitting.id).where(Sitting.administration_id == administration.id, Sitting.state.in_(OVER))
    excused = excused_steps(session, Attempt.sitting_id.in_(sittings))
    for attempt, steps in groupby(rows, key=lambda row: int(row[0])):
        journal = ((kind, item, option, value, mark) for _, kind, item, option, value, mark in steps)
        yield attempt, replay(journal, excused=excused.get(attempt, frozenset()))


def _row(head: Row[*tuple[Any, ...]], journal: Replay, *, columns: Sequence[int], width: int) -> AnsweredAttempt:
    answers, presented_at = [int(Blank.NOT_PRESENTED)] * width, [0] * width
    for place, position in enumerate(head.item_order, start=1):
        column = columns[position - 1]
        unanswered = Blank.OMITTED if position in journal.viewed else Blank.NOT_REACHED
        answers[column] = int(journal.answers.get(position, unanswered))
        presented_at[column] = place
    return AnsweredAttempt(head.public_id, head.code, head.kind.value, tuple(answers), tuple(presented_at))


# What stands where ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AdministrationStanding:
    """How far one administration is on its way to an analysis."""

    administration: Administration
    n_sittings: int
    n_over: int  # closed or sealed
    n_answered: int  # attempts that would go into an analysis now
    latest: AnalysisRun | None


def administration_standings(session: Session) -> list[AdministrationStanding]:
    """Every administration, the newest first."""
    found = session.scalars(select(Administration).order_by(Administration.id.desc()))
    return [administration_standing(session, each) for each in found]


def administration_standing(session: Session, administration: Administration) -> AdministrationStanding:
    """One administration: its sittings, how many answered, its newest analysis."""
    states = session.scalars(select(Sitting.state).where(Sitting.administration_id == administration.id)).all()
    answered = select(func.count(Attempt.id)).join(Attempt.sitting).where(_counts(administration))
    return AdministrationStanding(
        administration=administration,
        n_sittings=len(states),
        n_over=sum(state in OVER for state in states),
        n_answered=session.scalar(answered) or 0,
        latest=latest_run(session, administration),
    )


def latest_run(session: Session, administration: Administration) -> AnalysisRun | None:
    """The newest analysis; figures and pictures are large, so they are read when they are asked for."""
    return session.scalar(
        select(AnalysisRun)
        .where(AnalysisRun.administration_id == administration.id)
        .order_by(AnalysisRun.id.desc())
        .limit(1)
        .options(defer(AnalysisRun.figures), defer(AnalysisRun.pictures))
    )


def run_of_digest(session: Session, administration: Administration, digest: bytes) -> uuid.UUID | None:
    """The analysis of exactly these answers, if there is one."""
    return session.scalar(
        select(AnalysisRun.public_id).where(
            AnalysisRun.administration_id == administration.id, AnalysisRun.responses_digest == digest
        )
    )


def picture_of_run(session: Session, run: uuid.UUID, name: str) -> str | None:
    """One picture of an analysis, without reading the others."""
    return session.scalar(select(AnalysisRun.pictures[name].as_string()).where(AnalysisRun.public_id == run))


def media_of_administration(session: Session, administration: Administration, sha256: str) -> Media | None:
    """A picture, if some item of the administration shows it."""
    return session.scalar(
        select(Media)
        .join(ItemPicture, ItemPicture.sha256 == Media.sha256)
        .join(FormItem, FormItem.version_id == ItemPicture.version_id)
        .join(FormItem.form)
        .where(Form.administration_id == administration.id, Media.sha256 == sha256)
        .limit(1)
    )
