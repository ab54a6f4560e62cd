"""An examination that is over, row by row: form, sealed sitting, attempts with whole journals, and the staff.

Scoring begins where delivery ends. These rows are what delivery leaves behind, written directly, so that tests of
scoring do not depend on assembly, rosters and the runner.
"""

import itertools
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from exam.credentials import participant_number
from exam.journal import JournalStep, chain, genesis
from exam.model import Administration, Attempt, Enrolment, Form, FormItem, Purpose, Sitting, Step
from exam.states import AttemptState, SittingState, StepKind, StepMark
from exam.timing import epoch_ms
from itembank.model import (
    Bloom,
    Blueprint,
    Competency,
    CoreCompetency,
    Indicator,
    Item,
    ItemOption,
    ItemVersion,
    Section,
)
from itembank.states import ItemState
from registry.actor import Actor
from registry.model import Account, Level, RoleGrant, Site, SiteKind, Teacher, TimeZone
from registry.roles import SITE_ROLES, Role
from tests.conftest import NOW

_numbers = itertools.count(1)
MINUTE = 60_000


@dataclass(frozen=True)
class Plan:
    """How large the form is; pretest items stand at its end."""

    n_pedagogic: int = 1
    n_professional: int = 3
    n_pretest: int = 0
    purpose: Purpose = Purpose.OPERATIONAL


def make_staff(session: Session, role: Role, name: str, *, site: Site | None = None) -> Actor:
    """An account that holds one role."""
    if role in SITE_ROLES and site is None:
        site = make_site(session)
    account = Account(email=f"{name.lower().replace(' ', '.')}@contoh.id", full_name=name, created_at=NOW)
    grant = RoleGrant(account=account, role=role, site=site, granted_at=NOW, approved_at=NOW)
    session.add_all([account, grant])
    session.flush()
    return Actor(
        account_id=account.id,
        public_id=account.public_id,
        name=name,
        roles=frozenset({role}),
        site_ids=frozenset({site.id}) if site else frozenset(),
    )


def make_site(session: Session) -> Site:
    """A site of its own."""
    number = next(_numbers)
    site = Site(
        code=f"S{number}",
        name=f"LPMP Contoh {number}",
        kind=SiteKind.LPMP,
        time_zone=TimeZone.WIB,
        province="Jawa Tengah",
        created_at=NOW,
    )
    session.add(site)
    session.flush()
    return site


def make_form(session: Session, plan: Plan = Plan()) -> Form:
    """A sealed form whose keys run A, B, C, D, A, ... ."""
    number = next(_numbers)
    administration = Administration(code=f"U{number}", title=f"Ujian {number}", purpose=plan.purpose, created_at=NOW)
    places = _places(plan)
    form = Form(
        code=f"P{number}",
        title=f"Paket {number}",
        administration=administration,
        specification="uji",
        purpose=plan.purpose,
        seed=1,
        n_items=len(places),
        pass_percent=75,
        duration_minutes=120,
        digest=bytes([number % 256]) * 32,
        package=b"",
        package_size=0,
        package_sha256="0" * 64,
        wrapped_key=b"",
        sealed_at=NOW - timedelta(days=7),
    )
    versions = _versions(session, [section for section, _ in places])
    form.items = [
        FormItem(
            position=position,
            section=section,
            version=version,
            scored=scored,
            item_key=f"i{position}",
            option_keys=[f"{position}{letter}" for letter in "abcd"],
        )
        for position, ((section, scored), version) in enumerate(zip(places, versions, strict=True), start=1)
    ]
    session.add(form)
    session.flush()
    return form


def _places(plan: Plan) -> list[tuple[Section, bool]]:
    return (
        [(Section.PEDAGOGIC, True)] * plan.n_pedagogic
        + [(Section.PROFESSIONAL, True)] * plan.n_professional
        + [(Section.PROFESSIONAL, False)] * plan.n_pretest
    )


def _versions(session: Session, sections: Sequence[Section]) -> list[ItemVersion]:
    indicators = {section: _indicator(session, section) for section in dict.fromkeys(sections)}
    return [_version(indicators[section], place) for place, section in enumerate(sections)]


def _indicator(session: Session, section: Section) -> Indicator:
    number = next(_numbers)
    blueprint = Blueprint(
        code=f"b{number}",
        version=1,
        title="Kisi-kisi",
        subject="Matematika",
        levels=["SMP"],
        section=section,
        n_options=4,
    )
    core = CoreCompetency(blueprint=blueprint, position=1, code="M1", title="Inti")
    competency = Competency(core=core, position=1, code="M1.1", title="Kompetensi")
    indicator = Indicator(competency=competency, position=1, code="M01", bloom=Bloom.C3, text="Menghitung")
    session.add(indicator)
    session.flush()
    return indicator


def _version(indicator: Indicator, place: int) -> ItemVersion:
    number = next(_numbers)
    return ItemVersion(
        item=Item(code=f"MAT-{number}", indicator=indicator, created_at=NOW),
        number=1,
        state=ItemState.OPERATIONAL,
        changed_at=NOW,
        stem=f"Soal {number}",
        stem_html=f"<p>Berapakah {number} + {number}?</p>",
        rationale="Dijumlahkan.",
        rationale_html="<p>Dijumlahkan.</p>",
        key_position=place % 4,
        content_digest=bytes(32),
        created_at=NOW,
        options=[
            ItemOption(position=option, text=str(option), html=f"<p>{2 * number + option - place % 4}</p>")
            for option in range(4)
        ],
    )


def make_sitting(session: Session, form: Form, *, state: SittingState = SittingState.SEALED) -> Sitting:
    """A sitting of the form two days ago."""
    site, number = make_site(session), next(_numbers)
    opens_at = NOW - timedelta(days=2)
    sitting = Sitting(
        administration=form.administration,
        form=form,
        site=site,
        title=f"Sesi {number}",
        room=f"Lab {number}",
        opens_at=opens_at,
        closes_at=opens_at + timedelta(hours=3),
        duration_seconds=7200,
        state=state,
        start_code="ACDEFH",
        created_at=opens_at - timedelta(days=7),
    )
    session.add(sitting)
    session.flush()
    return sitting


def enrol(session: Session, sitting: Sitting, name: str = "") -> Enrolment:
    """A teacher with a seat, who has not come yet."""
    number = next(_numbers)
    teacher = Teacher(
        nuptk=f"{number:016}",
        full_name=name or f"Guru {number}",
        level=Level.SMP,
        subject="Matematika",
        school="SMP Negeri 1 Contoh",
        created_at=NOW,
    )
    enrolment = Enrolment(
        sitting=sitting,
        teacher=teacher,
        participant_number=participant_number(number, NOW),
        seat=number,
        pin_mac=bytes(32),
    )
    session.add(enrolment)
    session.flush()
    return enrolment


def take_test(
    session: Session, enrolment: Enrolment, answers: Mapping[int, int], *, late: Iterable[int] = ()
) -> Attempt:
    """An attempt with these answers, submitted; answers to the items in `late` came after the deadline."""
    attempt = _new_attempt(enrolment)
    begun = epoch_ms(enrolment.sitting.opens_at)
    attempt.begun_ms, attempt.deadline_ms = begun, begun + 120 * MINUTE
    attempt.state, attempt.submitted_ms = AttemptState.SUBMITTED, begun + 119 * MINUTE
    steps = [
        JournalStep(
            seq=seq, kind=StepKind.ANSWER, item=item, option=option, value=None, at_ms=begun, received_ms=begun + seq
        )
        for seq, (item, option) in enumerate(answers.items(), start=1)
    ]
    digests = chain(attempt.genesis, steps)
    attempt.last_seq, attempt.digest = len(steps), digests[-1] if digests else attempt.genesis
    session.add(attempt)
    session.flush()
    session.add_all(
        Step(
            attempt_id=attempt.id,
            seq=step.seq,
            kind=step.kind,
            item=step.item,
            option=step.option,
            value=step.value,
            at_ms=step.at_ms,
            received_ms=step.received_ms,
            mark=StepMark.LATE if step.item in set(late) else StepMark.ON_TIME,
            digest=digest,
        )
        for step, digest in zip(steps, digests, strict=True)
    )
    session.flush()
    return attempt


def wait_at_the_door(session: Session, enrolment: Enrolment) -> Attempt:
    """A candidate who signed in and never began."""
    attempt = _new_attempt(enrolment)
    session.add(attempt)
    session.flush()
    return attempt


def _new_attempt(enrolment: Enrolment) -> Attempt:
    form, public_id = enrolment.sitting.form, uuid.uuid4()
    order = bytes(range(1, form.n_items + 1))
    start = genesis(attempt=public_id, enrolment=enrolment.public_id, form_digest=form.digest, item_order=order)
    return Attempt(
        public_id=public_id,
        enrolment=enrolment,
        sitting_id=enrolment.sitting.id,
        form_id=form.id,
        state=AttemptState.WAITING,
        item_order=order,
        genesis=start,
        digest=start,
        last_seq=0,
        created_at=enrolment.sitting.opens_at,
        last_seen_ms=epoch_ms(enrolment.sitting.opens_at),
    )


def answers_with(form: Form, n_right: int) -> dict[int, int]:
    """Answers to every item of which the first so many are right."""
    return {
        item.position: item.version.key_position if item.position <= n_right else (item.version.key_position + 1) % 4
        for item in form.items
    }
