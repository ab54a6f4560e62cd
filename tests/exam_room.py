"""A furnished examination for tests: a sealed form of the shipped bank, an open sitting, enrolments with cards."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.credentials import Credential, mac, new_pin, participant_number
from exam.keys import Keys
from exam.model import Administration, Enrolment, Form, Purpose, Sitting
from exam.operations.enrolling import Enrolled, record_enrolled
from exam.operations.forms import assemble_form, create_administration
from exam.states import SittingState
from itembank.operations import seed_shipped_bank
from registry.actor import SYSTEM
from registry.audit import record
from registry.columns import Document
from registry.model import Level, Site, SiteKind, Teacher, TimeZone

SECRET = "a secret that is used in tests and nowhere else"
KEYS = Keys.derive(SECRET)
START_CODE = "HKWT47"


@dataclass(frozen=True)
class Room:
    """One sitting with its candidates."""

    sitting: Sitting
    form: Form
    enrolments: list[Enrolment]
    pins: list[str]


def furnish(
    session: Session, *, n_seats: int, now: datetime, purpose: Purpose = Purpose.TRYOUT, keys: Keys = KEYS
) -> Room:
    """Seed the bank, seal a form and open a sitting with so many seats."""
    seed_shipped_bank(session, actor=SYSTEM, now=now)
    administration = create_administration(
        session,
        code="UJI-1",
        title="Uji coba 1",
        purpose=purpose,
        actor=SYSTEM,
        now=now,
    )
    form = assemble_form(
        session,
        administration=administration,
        specification_code="uji-tulis-40",
        code="UJI-1-A",
        title="Paket A",
        seed=7,
        purpose=purpose,
        actor=SYSTEM,
        now=now,
        keys=keys,
    )
    return open_room(session, administration, form, n_seats=n_seats, now=now, keys=keys)


def open_room(
    session: Session,
    administration: Administration,
    form: Form,
    *,
    n_seats: int,
    now: datetime,
    first: int = 1,
    keys: Keys = KEYS,
) -> Room:
    """Open a sitting of a form, with candidates numbered from `first`."""
    sitting = Sitting(
        administration=administration,
        form=form,
        site=_site(session, now),
        title="Sesi 1",
        room="Lab 1",
        opens_at=now - timedelta(minutes=5),
        closes_at=now + timedelta(hours=3),
        duration_seconds=120 * 60,
        state=SittingState.OPEN,
        start_code=START_CODE,
        created_at=now,
        opened_at=now,
    )
    session.add(sitting)
    session.flush()
    pins = [new_pin() for _ in range(n_seats)]
    enrolments = [_enrol(session, sitting, number=first + i, pin=pin, now=now, keys=keys) for i, pin in enumerate(pins)]
    session.flush()
    _record(session, sitting, enrolments, keys=keys, now=now)
    return Room(sitting=sitting, form=form, enrolments=enrolments, pins=pins)


def _record(session: Session, sitting: Sitting, enrolments: list[Enrolment], *, keys: Keys, now: datetime) -> None:
    """What the acts of planning, enrolling and opening leave in the audit journal."""
    planned: Document = {
        "form": str(sitting.form.public_id),
        "site": str(sitting.site.public_id),
        "opens_at": sitting.opens_at.isoformat(),
        "closes_at": sitting.closes_at.isoformat(),
        "duration_seconds": sitting.duration_seconds,
    }
    decided = frozenset(enrolment.public_id for enrolment in enrolments)
    _act(session, sitting, "sitting.plan", now=now, details=planned)
    enrolled = Enrolled(n_new=len(enrolments), n_changed=0, decided=decided)
    record_enrolled(session, sitting, enrolled, keys=keys, actor=SYSTEM, now=now)
    _act(session, sitting, "sitting.open", now=now)


def _act(session: Session, sitting: Sitting, action: str, *, now: datetime, details: Document | None = None) -> None:
    subject = sitting.public_id
    record(session, actor=SYSTEM, action=action, subject_kind="sitting", subject=subject, at=now, details=details)


def _site(session: Session, now: datetime) -> Site:
    found = session.scalar(select(Site).where(Site.code == "LPTK-01"))
    if found is None:
        found = Site(
            code="LPTK-01",
            name="Universitas Contoh",
            kind=SiteKind.LPTK,
            time_zone=TimeZone.WIB,
            province="DI Yogyakarta",
            created_at=now,
        )
        session.add(found)
    return found


def _enrol(session: Session, sitting: Sitting, *, number: int, pin: str, now: datetime, keys: Keys) -> Enrolment:
    teacher = Teacher(
        nuptk=f"{number:016}",
        full_name=f"Guru {number}",
        level=Level.SMA,
        subject="Matematika",
        school="SMA Contoh",
        created_at=now,
    )
    participant = participant_number(number, now)
    enrolment = Enrolment(
        sitting=sitting,
        teacher=teacher,
        participant_number=participant,
        seat=number,
        card_issued_at=now,
        pin_mac=mac(
            keys.credential,
            purpose=Credential.PIN,
            sitting=sitting.public_id,
            participant_number=participant,
            code=pin,
        ),
    )
    session.add(enrolment)
    return enrolment
