"""The release of results: one member of the committee proposes a scoring run, another one approves it.

Both of them act on the digest that their page showed. The scores on file are hashed again each time, so what goes
out is what was looked at, to the last decision.
"""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from exam.errors import (
    OwnReleaseError,
    ReasonMissingError,
    ReleaseApprovedError,
    ReleaseExistsError,
    RunChangedError,
    RunNotLatestError,
)
from exam.model import Attempt, Form, Release, Score, ScoringRun
from exam.scoring import run_digest
from registry.actor import Actor
from registry.audit import record

_SHORTEST_REASON = 5


def propose_release(session: Session, run: ScoringRun, *, digest: bytes, actor: Actor, now: datetime) -> Release:
    """Ask for a run's results to go out."""
    _wait_for_turn(session, run)
    _require_as_seen(session, run, digest)
    if session.scalar(select(Release.id).where(Release.scoring_run_id == run.id)) is not None:
        raise ReleaseExistsError
    release = Release(run=run, digest=digest, proposed_by_id=actor.key, proposed_at=now)
    session.add(release)
    session.flush()
    _record(session, release, "release.propose", actor=actor, now=now)
    return release


def approve_release(session: Session, release: Release, *, digest: bytes, actor: Actor, now: datetime) -> Release:
    """Let the results go out; by another person than the one who proposed, on the exact digest."""
    _wait_for_turn(session, release.run)
    if release.proposed_by_id == actor.key:
        raise OwnReleaseError
    if digest != release.digest:
        raise RunChangedError
    _require_as_seen(session, release.run, digest)
    approved = session.execute(
        update(Release)
        .where(Release.id == release.id, Release.approved_by_id.is_(None))
        .values(approved_by_id=actor.key, approved_at=now)
        .execution_options(synchronize_session=False)
        .returning(Release.id),
    ).one_or_none()
    if approved is None:
        raise ReleaseApprovedError
    session.refresh(release)
    _record(session, release, "release.approve", actor=actor, now=now)
    return release


def withdraw_release(session: Session, release: Release, *, reason: str, actor: Actor, now: datetime) -> None:
    """Take a proposal back; what was approved stays."""
    if len(reason.strip()) < _SHORTEST_REASON:
        raise ReasonMissingError(at_least=_SHORTEST_REASON)
    _wait_for_turn(session, release.run)
    session.refresh(release)
    if release.approved_at is not None:
        raise ReleaseApprovedError
    _record(session, release, "release.withdraw", actor=actor, now=now, reason=reason.strip())
    session.delete(release)
    session.flush()


def _require_as_seen(session: Session, run: ScoringRun, digest: bytes) -> None:
    newest = session.scalar(select(func.max(ScoringRun.number)).where(ScoringRun.form_id == run.form_id))
    if newest != run.number:
        raise RunNotLatestError(number=run.number, newest=newest)
    if digest != run.digest or run.digest != _digest_on_file(session, run):
        raise RunChangedError


def _digest_on_file(session: Session, run: ScoringRun) -> bytes:
    columns = (Attempt.public_id, Score.raw_score, Score.n_scored, Score.passed)
    rows = session.execute(select(*columns).join(Score.attempt).where(Score.scoring_run_id == run.id))
    scores = [(attempt, raw, n_scored, passed) for attempt, raw, n_scored, passed in rows]
    return run_digest(run.key_set.digest, pass_percent=run.pass_percent, scores=scores, outages=run.outages)


def _record(
    session: Session, release: Release, action: str, *, actor: Actor, now: datetime, reason: str | None = None
) -> None:
    details: dict[str, object] = {"run": str(release.run.public_id), "digest": release.digest.hex()}
    if reason is not None:
        details["reason"] = reason
    record(
        session,
        actor=actor,
        action=action,
        subject_kind="release",
        subject=release.public_id,
        at=now,
        details=details,
    )


def _wait_for_turn(session: Session, run: ScoringRun) -> None:
    # A second scoring run, and a second decision, wait for the one that came first.
    session.execute(select(Form.id).where(Form.id == run.form_id).with_for_update(key_share=True))
