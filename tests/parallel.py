"""Which tests may run beside which, when several processes share them.

A module stays in one process, so that what it sets up for itself is set up once. Tests that share costly things over
several modules, or that measure time and would disturb each other, stay together too.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

# Paths that begin like this stay in one process, under the name of the first of them.
TOGETHER: Sequence[Sequence[str]] = (
    ("tests/faults/",),
    ("tests/serving/", "tests/attacks/test_wire.py", "tests/attacks/test_logs.py", "tests/attacks/test_script.py"),
    ("tests/browser/test_lab_stories.py", "tests/browser/test_keyboard_story.py", "tests/browser/test_old_browser.py"),
)

# What takes long begins first, so that no process is left with it at the end.
FIRST: Sequence[str] = ("tests/faults/", "tests/browser/", "tests/system/", "tests/serving/", "tests/attacks/")


def number_of_processes() -> int:
    """One more than processors: some tests mostly wait, for browsers and for time to pass."""
    return (os.cpu_count() or 1) + 1


def group(nodeid: str) -> str:
    """The name of those tests with which this one shares a process."""
    for prefixes in TOGETHER:
        if nodeid.startswith(tuple(prefixes)):
            return prefixes[0]
    return nodeid.partition("::")[0]


def rank(item: pytest.Item) -> int:
    """How early a test begins; 0 comes first."""
    found = [place for place, prefix in enumerate(FIRST) if group(item.nodeid).startswith(prefix)]
    return found[0] if found else len(FIRST)


def scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Gives whole groups to processes, in the order in which they were collected."""
    config.option.loadscopereorder = False
    made = LoadScopeScheduling(config, log)
    made._split_scope = group
    return made


def common_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A temporary folder of the whole run, whichever process asks."""
    mine = tmp_path_factory.getbasetemp()
    return mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
