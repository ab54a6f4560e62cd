"""Admits everybody who waits, as a program of its own: whatever writes to a powered folder must run under its library.

usage: python -m tests.faults.proctor SITTING
"""

import sys

from exam.model import Sitting
from exam.operations.proctoring import admit_all
from registry.actor import SYSTEM
from testing_platform.config import load
from testing_platform.wiring import Platform, build, utc_now


def admit(platform: Platform, sitting: int) -> None:
    """Let everybody begin who is waiting."""
    with platform.database.transaction() as session:
        admit_all(session, session.get_one(Sitting, sitting), actor=SYSTEM, now=utc_now())


if __name__ == "__main__":
    admit(build(load()), int(sys.argv[1]))
