"""A sitting with as little around it as possible, for tests in which the items play no part."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from exam.keys import Keys
from exam.model import Administration, Attempt, Enrolment, Form, Purpose, Sitting, Step
from exam.operations import sittings
from exam.operations.sittings import Enrolled
from exam.states import AttemptState, StepKind, StepMark
from exam.timing import deadline_ms, epoch_ms
from registry.actor import SYSTEM, Actor
from registry.model import Account, Site, SiteKind, TimeZone
from registry.operations import create_account, create_site
from registry.roles import Role
from tests.conftest import NOW

KEYS = Keys.derive("a secret that is used in tests and nowhere else")
HEADER = "nuptk,nama,jenjang,mapel,sekolah,kursi,tambahan_menit\n"


def roster(*numbers: int, seat: bool = True) -> bytes:
    """A roster of teachers told apart by numbers, which are their seats too."""
    lines = [f"{n:016},Guru {n},SMP,Matematika,SMPN {n},{n if seat else ''},0" for n in numbers]
    return (HEADER + "\n".join(lines)).encode()


@dataclass
class House:
    """A site, a form, and the people who work there."""

    session: Session
    site: Site
    administration: Administration
    form: Form

    def plan(self, *, room: str = "Lab 1", opens_at: datetime = NOW, hours: float = 4) -> Sitting:
        return sittings.plan_sitting(
            self.session,
            administration=self.administration,
            form=self.form,
            site=self.site,
            title=f"Sesi {room}",
            room=room,
            opens_at=opens_at,
            closes_at=opens_at + timedelta(hours=hours),
            actor=SYSTEM,
            now=NOW,
        )

    def enrol(self, sitting: Sitting, content: bytes) -> Enrolled:
        return sittings.enrol_roster(
            self.session, sitting, content, file="daftar.csv", keys=KEYS, actor=SYSTEM, now=NOW
        )

    def opened(self, *numbers: int) -> Sitting:
        sitting = self.plan()
        self.enrol(sitting, roster(*numbers))
        sittings.issue_cards(self.session, sitting, keys=KEYS, actor=SYSTEM, now=NOW)
        sittings.open_sitting(self.session, sitting, actor=SYSTEM, now=NOW)
        self.session.refresh(sitting, ["enrolments"])
        return sitting

    def staff(self, role: Role, *, site: Site | None = None) -> Actor:
        name = f"{role.value}-{self.session.query(Account).count()}"
        account = create_account(self.session, email=f"{name}@contoh.id", full_name=name, actor=SYSTEM, now=NOW)
        sites = frozenset({site.id}) if site else frozenset[int]()
        return Actor(account.id, account.public_id, name, roles=frozenset({role}), site_ids=sites)


def house(session: Session) -> House:
    """A house with a form of two hours."""
    administration = Administration(code="TO-1", title="Uji coba", purpose=Purpose.TRYOUT, created_at=NOW)
    form = Form(
        code="TO-1-A",
        title="Paket A",
        administration=administration,
        specification="none",
        purpose=Purpose.TRYOUT,
        seed=1,
        n_items=40,
        pass_percent=75,
        duration_minutes=120,
        digest=bytes(32),
        package=b"sealed",
        package_size=6,
        package_sha256="0" * 64,
        wrapped_key=b"wrapped",
        sealed_at=NOW,
    )
    session.add(form)
    session.flush()
    return House(session, new_site(session, "KPG"), administration, form)


def new_site(session: Session, code: str) -> Site:
    return create_site(
        session,
        code=code,
        name=f"LPTK {code}",
        kind=SiteKind.LPTK,
        time_zone=TimeZone.WITA,
        province="NTT",
        actor=SYSTEM,
        now=NOW,
    )


def seated(session: Session, enrolment: Enrolment) -> Attempt:
    """An attempt as it is after signing in: waiting for the identity check."""
    attempt = Attempt(
        enrolment=enrolment,
        sitting_id=enrolment.sitting_id,
        form_id=enrolment.sitting.form_id,
        state=AttemptState.WAITING,
        epoch=1,
        device=f"device-{enrolment.seat}",
        item_order=bytes(range(1, 41)),
        genesis=bytes(32),
        digest=bytes(32),
        last_seq=0,
        created_at=NOW,
        last_seen_ms=epoch_ms(NOW),
    )
    session.add(attempt)
    session.flush()
    return attempt


def working(session: Session, enrolment: Enrolment, *, begun_at: datetime = NOW) -> Attempt:
    """An attempt whose clock runs since a moment."""
    attempt = seated(session, enrolment)
    sitting = enrolment.sitting
    attempt.state = AttemptState.WORKING
    attempt.begun_ms = epoch_ms(begun_at)
    attempt.deadline_ms = deadline_ms(
        epoch_ms(begun_at),
        duration_seconds=sitting.duration_seconds,
        hard_end_ms=epoch_ms(sitting.closes_at),
    )
    session.flush()
    return attempt


def answer(
    session: Session,
    attempt: Attempt,
    item: int,
    option: int | None,
    *,
    mark: StepMark = StepMark.ON_TIME,
    kind: StepKind = StepKind.ANSWER,
) -> None:
    """One more step in the journal of an attempt; the chain plays no part here."""
    attempt.last_seq += 1
    session.add(
        Step(
            attempt_id=attempt.id,
            seq=attempt.last_seq,
            kind=kind,
            item=item,
            option=option,
            value=None,
            at_ms=epoch_ms(NOW),
            received_ms=epoch_ms(NOW),
            mark=mark,
            digest=bytes(32),
        ),
    )
    session.flush()
