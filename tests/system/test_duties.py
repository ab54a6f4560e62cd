"""The worker's duties: one that fails or hangs hinders no other, and all end with the worker."""

import threading
from pathlib import Path

import pytest

from testing_platform.config import load
from testing_platform.database import sqlite_url
from testing_platform.duties import DUTIES, Duties, Duty, perform
from testing_platform.wiring import Platform, build


@pytest.fixture
def platform(tmp_path: Path, sqlite_template: Path) -> Platform:
    """A platform on a migrated database."""
    (tmp_path / "testing-platform.sqlite").write_bytes(sqlite_template.read_bytes())
    return build(load({}, data=tmp_path, database_url=sqlite_url(tmp_path / "testing-platform.sqlite")))


def test_a_duty_that_fails_or_hangs_hinders_no_other(platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    let_go, often = threading.Event(), threading.Semaphore(0)

    def failing(_platform: Platform) -> None:
        raise RuntimeError("the second server is away")

    def hanging(_platform: Platform) -> None:
        let_go.wait(60)

    def working(_platform: Platform) -> None:
        often.release()

    duties = Duties(
        platform, [Duty("fails", 0.01, failing), Duty("hangs", 0.01, hanging), Duty("works", 0.01, working)]
    )
    duties.start()
    for _ in range(3):
        assert often.acquire(timeout=30)
    let_go.set()
    duties.stop()
    assert "duty_failed" in "".join(capsys.readouterr())  # where it goes depends on who configured the log
    while often.acquire(blocking=False):
        pass
    assert not often.acquire(timeout=0.1)


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.name)
def test_each_duty_bears_an_empty_database_and_being_done_twice(duty: Duty, platform: Platform) -> None:
    assert perform(duty, platform)
    assert perform(duty, platform)


def test_duties_have_names_of_their_own() -> None:
    assert len({duty.name for duty in DUTIES}) == len(DUTIES)
