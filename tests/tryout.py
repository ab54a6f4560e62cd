"""A simulated try-out in the journals: two overlapping forms, candidates who answer as `analysis` draws them.

The rows are what delivery leaves behind (views, answers, blanks where somebody gave up), so that tests of the analysis
begin where a real one does: at the journals.
"""

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from analysis.responses import NOT_REACHED
from analysis.simulation import Fault, Tryout, simulate_tryout
from exam.journal import JournalStep, chain, genesis
from exam.model import Administration, Attempt, Enrolment, Form, FormItem, Purpose, Sitting, Step
from exam.states import AttemptState, SittingState, StepKind, StepMark
from exam.timing import epoch_ms
from itembank.model import ItemVersion
from itembank.states import ItemState
from tests.conftest import NOW
from tests.examination import MINUTE, Plan, enrol, make_form, make_sitting

PLANTED = (Fault.WRONG_KEY, Fault.DEAD_DISTRACTOR, Fault.GUESSING, Fault.TOO_EASY)


@dataclass(frozen=True)
class Scene:
    """How large the try-out is."""

    n_items: int = 60
    n_persons: int = 600  # over both forms
    faults: Sequence[Fault] = PLANTED
    seed: int = 3


@dataclass(frozen=True)
class Simulated:
    """What was written, and the truth behind it."""

    administration: Administration
    versions: list[ItemVersion]  # by the columns of the simulation
    tryout: Tryout
    forms: list[Form]

    def planted(self) -> dict[str, Fault]:
        """Which item codes carry which fault."""
        names = self.tryout.matrix.item_names
        return {self.versions[names.index(name)].item.code: fault for name, fault in self.tryout.planted.items()}


def furnish_tryout(session: Session, scene: Scene = Scene(), *, state: SittingState = SittingState.SEALED) -> Simulated:
    """Write a whole try-out: half of the candidates sit the first two thirds of the items, half the last two thirds."""
    n_pedagogic = scene.n_items // 3
    bank = make_form(session, Plan(n_pedagogic, scene.n_items - n_pedagogic, purpose=Purpose.TRYOUT))
    versions = [place.version for place in bank.items]
    for version in versions:
        version.state = ItemState.PRETEST
    administration = Administration(
        code="UC-2026", title="Uji coba Matematika 2026", purpose=Purpose.TRYOUT, created_at=NOW
    )
    third = scene.n_items // 3
    forms = [
        _form(session, administration, bank, code=code, columns=range(first, first + 2 * third))
        for code, first in (("UC-A", 0), ("UC-B", third))
    ]
    tryout = simulate_tryout(scene.seed, n_persons=scene.n_persons, n_items=scene.n_items, faults=scene.faults)
    simulated = Simulated(administration, versions, tryout, forms)
    half = scene.n_persons // 2
    for form, people in zip(forms, (range(half), range(half, scene.n_persons)), strict=True):
        sitting = make_sitting(session, form, state=state)
        _sit(session, simulated, sitting, people)
    session.flush()
    return simulated


def _form(session: Session, administration: Administration, bank: Form, *, code: str, columns: range) -> Form:
    form = Form(
        code=code,
        title=f"Paket {code[-1]}",
        administration=administration,
        specification="uji-coba",
        purpose=Purpose.TRYOUT,
        seed=1,
        n_items=len(columns),
        pass_percent=75,
        duration_minutes=120,
        digest=code.encode().ljust(32, b"."),
        package=b"",
        package_size=0,
        package_sha256="0" * 64,
        wrapped_key=b"",
        sealed_at=NOW - timedelta(days=7),
    )
    form.items = [
        FormItem(
            position=position,
            section=bank.items[column].section,
            version=bank.items[column].version,
            scored=True,
            item_key=f"{code}-{position}",
            option_keys=[f"{code}-{position}{letter}" for letter in "abcd"],
        )
        for position, column in enumerate(columns, start=1)
    ]
    session.add(form)
    session.flush()
    return form


def _sit(session: Session, simulated: Simulated, sitting: Sitting, people: range) -> None:
    """Every person of the range sits, in an order of the items of their own."""
    for person in people:
        order = list(range(1, sitting.form.n_items + 1))
        random.Random(person).shuffle(order)
        attempt = _attempt(enrol(session, sitting, f"Guru {person}"), bytes(order))
        steps = list(_steps(simulated, sitting, person=person, order=order, begun=attempt.begun_ms or 0))
        digests = chain(attempt.genesis, steps)
        attempt.last_seq, attempt.digest = len(steps), digests[-1] if digests else attempt.genesis
        session.add(attempt)
        session.flush()
        if steps:
            session.execute(insert(Step), [_row(attempt.id, *pair) for pair in zip(steps, digests, strict=True)])


def _attempt(enrolment: Enrolment, order: bytes) -> Attempt:
    form, begun, public_id = enrolment.sitting.form, epoch_ms(enrolment.sitting.opens_at), uuid.uuid4()
    start = genesis(attempt=public_id, enrolment=enrolment.public_id, form_digest=form.digest, item_order=order)
    return Attempt(
        public_id=public_id,
        enrolment=enrolment,
        sitting_id=enrolment.sitting.id,
        form_id=form.id,
        state=AttemptState.SUBMITTED,
        item_order=order,
        genesis=start,
        created_at=enrolment.sitting.opens_at,
        begun_ms=begun,
        deadline_ms=begun + 120 * MINUTE,
        submitted_ms=begun + 119 * MINUTE,
        last_seen_ms=begun + 119 * MINUTE,
    )


def _steps(
    simulated: Simulated, sitting: Sitting, *, person: int, order: list[int], begun: int
) -> Iterator[JournalStep]:
    """A look at every item that was reached, and the option chosen, turned to where the version has its key."""
    seq, matrix = 0, simulated.tryout.matrix
    for position in order:
        version = sitting.form.items[position - 1].version
        column = simulated.versions.index(version)
        chosen = int(matrix.options[person, column])
        if chosen == NOT_REACHED:
            continue
        seq += 1
        at = begun + seq * 20_000
        yield JournalStep(seq, StepKind.VIEW, position, None, None, at, at)
        if chosen >= 0:
            seq += 1
            turned = (chosen + version.key_position - int(matrix.key[column])) % 4
            yield JournalStep(seq, StepKind.ANSWER, position, turned, None, at + 9_000, at + 9_000)


def _row(attempt: int, step: JournalStep, digest: bytes) -> dict[str, Any]:
    return {
        "attempt_id": attempt,
        "seq": step.seq,
        "kind": step.kind,
        "item": step.item,
        "option": step.option,
        "value": step.value,
        "at_ms": step.at_ms,
        "received_ms": step.received_ms,
        "mark": StepMark.ON_TIME,
        "digest": digest,
    }
