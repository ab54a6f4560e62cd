"""The worker: takes long jobs from the queue, and has its periodic duties beside them.

`serve` starts one; at a centre any number may run. It looks once a second and stops with its parent.
"""

import os
import signal
import threading
from types import FrameType

import structlog

from testing_platform import job_queue, jobs
from testing_platform.duties import DUTIES, Duties
from testing_platform.errors import JobProblemError
from testing_platform.model import Job
from testing_platform.wiring import Platform, utc_now

PAUSE_SECONDS = 1.0

log = structlog.get_logger()


class Worker:
    """One loop over the queue, until told to stop or left alone by its parent."""

    def __init__(self, platform: Platform, *, parent: int | None = None) -> None:
        self._platform = platform
        self._parent = parent
        self._stopping = threading.Event()

    def run(self) -> None:
        """Work until stopped."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        duties = Duties(self._platform, DUTIES)
        duties.start()
        while not self._stopping.is_set() and not self._is_orphan():
            try:
                did_work = self.work_once()
            except Exception:
                # The loop must outlive a database that is away for a minute.
                log.exception("worker_failed")
                did_work = False
            if not did_work:
                self._stopping.wait(PAUSE_SECONDS)
        duties.stop()

    def work_once(self) -> bool:
        """Do one job, if there is one."""
        with self._platform.database.transaction() as session:
            job = job_queue.claim(session, now=utc_now())
        if job is None:
            return False
        self._do(job)
        return True

    def _do(self, job: Job) -> None:
        def progress(percent: int) -> None:
            with self._platform.database.transaction() as session:
                job_queue.beat(session, job.id, progress=percent, now=utc_now())

        try:
            result = jobs.KINDS[job.kind](self._platform, job.arguments, job.requested_by_id, progress)
        except JobProblemError as problem:
            self._fail(job, str(problem))
        except Exception:
            log.exception("job_failed", job=str(job.public_id), kind=job.kind)
            self._fail(job, "internal")
        else:
            with self._platform.database.transaction() as session:
                job_queue.finish(session, job.id, result=result, now=utc_now())

    def _fail(self, job: Job, problem: str) -> None:
        with self._platform.database.transaction() as session:
            job_queue.fail(session, job.id, problem=problem, now=utc_now())

    def _is_orphan(self) -> bool:
        return self._parent is not None and os.getppid() != self._parent

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping.set()
