"""What the staff of scoring and the committee look at: where each form stands, and the scores of a run."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from exam.model import Attempt, Enrolment, Form, FormItem, KeySet, Purpose, Release, Score, ScoringRun, Sitting
from exam.queries.scoring import latest_key_set
from exam.states import SittingState
from itembank.model import ItemVersion
from registry.model import TimeZone


@dataclass(frozen=True)
class FormStanding:
    """How far an operational form is on its way to results."""

    form: Form
    n_sittings: int
    n_sealed: int
    n_enrolled: int
    n_begun: int
    key_set: KeySet | None  # the one proposed last
    run: ScoringRun | None  # the one scored last

    @property
    def n_signatures(self) -> int:
        """Signatures under the key set proposed last."""
        return len(self.key_set.signatures) if self.key_set else 0

    @property
    def release(self) -> Release | None:
        """The release of the run scored last, proposed or approved."""
        return self.run.release if self.run else None

    @property
    def is_sealed(self) -> bool:
        """Whether every sitting is sealed, and there is one."""
        return 0 < self.n_sittings == self.n_sealed

    @property
    def is_run_outdated(self) -> bool:
        """Whether other keys were proposed since the last run."""
        return self.run is not None and self.key_set is not None and self.run.key_set_id != self.key_set.id


def form_standings(session: Session) -> list[FormStanding]:
    """All operational forms, the newest first."""
    forms = session.scalars(
        select(Form)
        .where(Form.purpose == Purpose.OPERATIONAL)
        .options(defer(Form.package), joinedload(Form.administration))
        .order_by(Form.sealed_at.desc(), Form.id.desc()),
    )
    return [form_standing(session, form) for form in forms]


def form_standing(session: Session, form: Form) -> FormStanding:
    """Where one form stands."""
    sealed = case((Sitting.state == SittingState.SEALED, 1))
    sittings = session.execute(
        select(func.count(Sitting.id), func.count(sealed)).where(Sitting.form_id == form.id),
    ).one()
    people = session.execute(
        select(func.count(Enrolment.id), func.count(Attempt.begun_ms))
        .join(Enrolment.sitting)
        .outerjoin(Enrolment.attempt)
        .where(Sitting.form_id == form.id),
    ).one()
    return FormStanding(
        form=form,
        n_sittings=sittings[0],
        n_sealed=sittings[1],
        n_enrolled=people[0],
        n_begun=people[1],
        key_set=latest_key_set(session, form),
        run=_latest_run(session, form),
    )


def _latest_run(session: Session, form: Form) -> ScoringRun | None:
    return session.scalar(
        select(ScoringRun)
        .where(ScoringRun.form_id == form.id)
        .order_by(ScoringRun.number.desc())
        .limit(1)
        .options(joinedload(ScoringRun.release)),
    )


def form_by_public_id(session: Session, public_id: uuid.UUID) -> Form | None:
    """An operational form; try-outs are not scored."""
    return session.scalar(
        select(Form)
        .where(Form.public_id == public_id, Form.purpose == Purpose.OPERATIONAL)
        .options(defer(Form.package), joinedload(Form.administration)),
    )


def form_items(session: Session, form: Form) -> Sequence[FormItem]:
    """The items of a form with their wording, for the key check."""
    return session.scalars(
        select(FormItem)
        .where(FormItem.form_id == form.id)
        .order_by(FormItem.position)
        .options(
            joinedload(FormItem.version).joinedload(ItemVersion.item),
            joinedload(FormItem.version).selectinload(ItemVersion.options),
        ),
    ).all()


def unsealed_sittings(session: Session, form: Form) -> Sequence[Sitting]:
    """The sittings that scoring still waits for."""
    return session.scalars(
        select(Sitting)
        .where(Sitting.form_id == form.id, Sitting.state != SittingState.SEALED)
        .order_by(Sitting.opens_at, Sitting.id)
        .options(joinedload(Sitting.site)),
    ).all()


# Runs -------------------------------------------------------------------------------------------------------------


def run_by_public_id(session: Session, public_id: uuid.UUID) -> ScoringRun | None:
    """One run with its form, keys and release."""
    return session.scalar(
        select(ScoringRun)
        .where(ScoringRun.public_id == public_id)
        .options(
            joinedload(ScoringRun.form).options(defer(Form.package), joinedload(Form.administration)),
            joinedload(ScoringRun.key_set).options(selectinload(KeySet.signatures), selectinload(KeySet.entries)),
            joinedload(ScoringRun.release).options(joinedload(Release.proposed_by), joinedload(Release.approved_by)),
        ),
    )


def runs_of(session: Session, form: Form) -> Sequence[ScoringRun]:
    """All runs of a form, the newest first; none is ever removed."""
    return session.scalars(
        select(ScoringRun)
        .where(ScoringRun.form_id == form.id)
        .order_by(ScoringRun.number.desc())
        .options(joinedload(ScoringRun.release), joinedload(ScoringRun.key_set)),
    ).all()


@dataclass(frozen=True)
class Candidate:
    """Who sat, as lists and exports name them."""

    participant_number: str
    nuptk: str
    name: str
    school: str
    site: str
    sitting: str


@dataclass(frozen=True)
class ScoredCandidate:
    """One line of a run."""

    candidate: Candidate
    score: Score


def scored_candidates(session: Session, run: ScoringRun) -> list[ScoredCandidate]:
    """Everybody in a run, by participant number."""
    scores = session.scalars(
        select(Score)
        .join(Score.attempt)
        .join(Attempt.enrolment)
        .where(Score.scoring_run_id == run.id)
        .order_by(Enrolment.participant_number)
        .options(
            joinedload(Score.attempt)
            .joinedload(Attempt.enrolment)
            .options(joinedload(Enrolment.teacher), joinedload(Enrolment.sitting).joinedload(Sitting.site)),
        ),
    )
    return [ScoredCandidate(_candidate(score.attempt.enrolment), score) for score in scores]


@dataclass(frozen=True)
class UnscoredCandidate:
    """Somebody who was enrolled and never began: no score, and no failure either."""

    candidate: Candidate
    came: bool  # took the seat and was not admitted or did not begin


def unscored_candidates(session: Session, form: Form) -> list[UnscoredCandidate]:
    """Everybody who was enrolled for a form and never began, by participant number."""
    enrolments = session.scalars(
        select(Enrolment)
        .join(Enrolment.sitting)
        .outerjoin(Enrolment.attempt)
        .where(Sitting.form_id == form.id, Attempt.begun_ms.is_(None))
        .order_by(Enrolment.participant_number)
        .options(
            joinedload(Enrolment.teacher),
            joinedload(Enrolment.sitting).joinedload(Sitting.site),
            joinedload(Enrolment.attempt),
        ),
    )
    return [UnscoredCandidate(_candidate(one), came=one.attempt is not None) for one in enrolments]


def _candidate(enrolment: Enrolment) -> Candidate:
    return Candidate(
        participant_number=enrolment.participant_number,
        nuptk=enrolment.teacher.nuptk,
        name=enrolment.teacher.full_name,
        school=enrolment.teacher.school,
        site=enrolment.sitting.site.name,
        sitting=enrolment.sitting.title,
    )


# The candidate's own result ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CandidateResult:
    """What one candidate is told, and when it was released."""

    score: Score
    run: ScoringRun
    released_at: datetime | None


@dataclass(frozen=True)
class CandidateStanding:
    """A candidate in front of the result: who, which sitting, and the result once it is out."""

    enrolment: Enrolment
    began: bool
    is_released: bool  # whether any result of the form is out
    result: CandidateResult | None

    @property
    def time_zone(self) -> TimeZone:
        """The zone of the site, in which dates are written."""
        return self.enrolment.sitting.site.time_zone


def candidate_standing(session: Session, enrolment: Enrolment) -> CandidateStanding:
    """What a candidate may see now: only what the committee released, by the latest release."""
    released = select(Release.approved_at, ScoringRun).join(Release.run).where(Release.approved_at.is_not(None))
    latest = session.execute(
        released.where(ScoringRun.form_id == enrolment.sitting.form_id).order_by(ScoringRun.number.desc()).limit(1),
    ).one_or_none()
    attempt = enrolment.attempt
    score = session.get(Score, (latest[1].id, attempt.id)) if latest and attempt else None
    return CandidateStanding(
        enrolment=enrolment,
        began=attempt is not None and attempt.begun_ms is not None,
        is_released=latest is not None,
        result=CandidateResult(score, latest[1], latest[0]) if latest and score else None,
    )
