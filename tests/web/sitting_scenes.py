"""Rooms for the tests of sittings and proctoring: a site with its staff, and seats in every state."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from exam.model import Attempt, Enrolment, Form, SeatEvent, Sitting, Step
from exam.states import AttemptState, SittingState, StepKind, StepMark
from exam.timing import MINUTE_MS, epoch_ms
from registry.actor import Actor
from registry.model import Level, Site, Teacher, TimeZone
from registry.roles import Role
from testing_platform.database import Database
from testing_platform.i18n import COOKIE_FIELD
from testing_platform.wiring import utc_now
from tests.examination import Plan, make_form, make_site, make_staff, wait_at_the_door
from tests.web.conftest import Browser, Cast

START_CODE = "HKWT47"


@dataclass(frozen=True)
class Scene:
    """A sitting at a site, with the proctor and the invigilator of that site."""

    sitting: Sitting
    site: Site
    form: Form
    proktor: Browser
    pengawas: Browser

    @property
    def room(self) -> str:
        """The address of the room."""
        return f"/ruang/{self.sitting.public_id}"

    @property
    def page(self) -> str:
        """The address of the sitting."""
        return f"/sesi/{self.sitting.public_id}"


def make_scene(
    cast: Cast, database: Database, *, state: SittingState = SittingState.OPEN, n_seats: int = 0, zone: str = "WITA"
) -> Scene:
    """A sitting whose window began five minutes ago."""
    with database.transaction() as session:
        form = make_form(session, Plan(n_pedagogic=2, n_professional=6))
        site = make_site(session)
        site.time_zone = TimeZone[zone]
        sitting = plan_room(session, form, site, state=state)
        for number in range(1, n_seats + 1):
            seat_somebody(session, sitting, number)
        browsers = [_site_staff(cast, session, role, site) for role in (Role.PROKTOR, Role.PENGAWAS)]
    return Scene(sitting, site, form, *browsers)


def _site_staff(cast: Cast, session: Session, role: Role, site: Site) -> Browser:
    actor: Actor = make_staff(session, role, f"{role.value} {site.code}", site=site)
    browser = in_english(cast.stranger())
    browser.sign_in_as(session, actor)
    return browser


def in_english(browser: Browser) -> Browser:
    """The browser of somebody who chose English, so that tests read the texts of the source."""
    with browser.session_transaction() as cookie:
        cookie[COOKIE_FIELD] = "en"
    return browser


def plan_room(session: Session, form: Form, site: Site, *, state: SittingState) -> Sitting:
    """A sitting whose window began five minutes ago, without anybody in it."""
    now = utc_now()
    sitting = Sitting(
        administration=form.administration,
        form=form,
        site=site,
        title="Sesi 1, pagi",
        room="Lab Komputer 2",
        opens_at=now - timedelta(minutes=5),
        closes_at=now + timedelta(hours=3),
        duration_seconds=7200,
        state=state,
        start_code=START_CODE,
        created_at=now,
    )
    session.add(sitting)
    session.flush()
    return sitting


def seat_somebody(session: Session, sitting: Sitting, seat: int, *, name: str = "") -> Enrolment:
    """A candidate with a card, who has not come yet."""
    teacher = Teacher(
        nuptk=f"{sitting.id:08}{seat:08}",
        full_name=name or f"Guru {seat}",
        level=Level.SMP,
        subject="Matematika",
        school="SMP Negeri 1 Contoh",
        created_at=sitting.created_at,
    )
    number = f"26{sitting.id:04}{seat:04}"
    enrolment = Enrolment(
        sitting=sitting,
        teacher=teacher,
        participant_number=number,
        seat=seat,
        pin_mac=bytes(32),
        card_issued_at=sitting.created_at,
    )
    session.add(enrolment)
    session.flush()
    return enrolment


def sign_in(session: Session, enrolment: Enrolment, *, now: datetime) -> Attempt:
    """The candidate waits for the check of the identity."""
    attempt = wait_at_the_door(session, enrolment)
    attempt.device, attempt.last_seen_ms = "komputer", epoch_ms(now)
    session.add(SeatEvent(attempt_id=attempt.id, at=now, kind="device_taken", details={}))
    session.flush()
    return attempt


def work(session: Session, enrolment: Enrolment, *, now: datetime, minutes_left: int = 90) -> Attempt:
    """The candidate works."""
    attempt = sign_in(session, enrolment, now=now)
    attempt.state = AttemptState.WORKING
    attempt.begun_ms = epoch_ms(now) - 30 * MINUTE_MS
    attempt.deadline_ms = epoch_ms(now) + minutes_left * MINUTE_MS + 30_000
    session.flush()
    return attempt


def challenge(session: Session, attempt: Attempt, seq: int, *, item: int, value: str = "no_right_answer") -> None:
    """The candidate reports an item."""
    session.add(
        Step(
            attempt_id=attempt.id,
            seq=seq,
            kind=StepKind.CHALLENGE,
            item=item,
            option=None,
            value=value,
            at_ms=attempt.last_seen_ms,
            received_ms=attempt.last_seen_ms,
            mark=StepMark.ON_TIME,
            digest=bytes(32),
        )
    )
    attempt.last_seq = max(attempt.last_seq, seq)
    session.flush()
