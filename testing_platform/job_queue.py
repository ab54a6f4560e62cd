"""The queue of long work: a table, claimed by conditional UPDATE, so that any number of workers may look at it.

A job whose worker died is found by its missing heartbeat and queued again; jobs are therefore written so that
doing them twice does no harm.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, or_, select, update
from sqlalchemy.orm import Session

from registry.actor import Actor
from registry.columns import Document
from testing_platform.model import Job, JobState

LOST_AFTER = timedelta(minutes=2)


def enqueue(session: Session, *, kind: str, arguments: Document, actor: Actor, now: datetime) -> Job:
    """Ask for long work."""
    job = Job(
        kind=kind,
        arguments=arguments,
        state=JobState.QUEUED,
        requested_by_id=actor.account_id,
        requested_at=now,
    )
    session.add(job)
    session.flush()
    return job


def claim(session: Session, *, now: datetime) -> Job | None:
    """The oldest waiting or abandoned job, now ours; None when there is none or another worker was faster."""
    job = session.scalar(select(Job).where(_is_waiting(now)).order_by(Job.id).limit(1))
    if job is None:
        return None
    claimed = session.execute(
        update(Job)
        .where(Job.id == job.id, _is_waiting(now))
        .values(state=JobState.RUNNING, started_at=now, heartbeat_at=now, progress=0),
    )
    if cast("CursorResult[Any]", claimed).rowcount != 1:
        return None
    session.refresh(job)
    return job


def beat(session: Session, job_id: int, *, progress: int, now: datetime) -> None:
    """The job is alive and so far done, in percent."""
    session.execute(update(Job).where(Job.id == job_id).values(progress=progress, heartbeat_at=now))


def finish(session: Session, job_id: int, *, result: Document, now: datetime) -> None:
    """The job is done."""
    values = {"state": JobState.DONE, "result": result, "finished_at": now, "progress": 100}
    session.execute(update(Job).where(Job.id == job_id).values(values))


def fail(session: Session, job_id: int, *, problem: str, now: datetime) -> None:
    """The job ended without its result; the problem is for the person who asked."""
    values = {"state": JobState.FAILED, "problem": problem, "finished_at": now}
    session.execute(update(Job).where(Job.id == job_id).values(values))


def find(session: Session, public_id: uuid.UUID) -> Job | None:
    """A job by its public id."""
    return session.scalar(select(Job).where(Job.public_id == public_id))


def latest(session: Session, *, kind: str, arguments: Document) -> Job | None:
    """The newest job of a kind with these arguments."""
    jobs = session.scalars(select(Job).where(Job.kind == kind).order_by(Job.id.desc()).limit(50))
    return next((job for job in jobs if job.arguments == arguments), None)


def _is_waiting(now: datetime) -> ColumnElement[bool]:
    abandoned = (Job.state == JobState.RUNNING) & (Job.heartbeat_at < now - LOST_AFTER)
    return or_(Job.state == JobState.QUEUED, abandoned)
