"""Installations to maltreat, furnished once for all tests of this folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from testing_platform.demo.candidates import Card
from tests.faults.installation import Installation, Template, installation, make_template
from tests.faults.power_cut import build_library

N_SEATS = 360


@pytest.fixture(scope="session")
def workshop() -> Iterator[Path]:
    """A folder that other users may read: pytest's own is closed to the user that PostgreSQL runs as."""
    with TemporaryDirectory(prefix="tp-faults-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="session")
def library(workshop: Path) -> Path:
    """The library that notes what programs write and sync."""
    return build_library(workshop)


@pytest.fixture(scope="session")
def sqlite_installation(workshop: Path) -> Template:
    """A furnished installation on SQLite."""
    return make_template("sqlite", workshop / "sqlite", n_seats=N_SEATS)


@pytest.fixture(scope="session")
def postgresql_installation(workshop: Path) -> Template:
    """A furnished installation on PostgreSQL."""
    return make_template("postgresql", workshop / "postgresql", n_seats=N_SEATS)


@pytest.fixture(params=["sqlite", "postgresql"])
def template(request: pytest.FixtureRequest) -> Template:
    """A furnished installation of each kind."""
    found: Template = request.getfixturevalue(f"{request.param}_installation")
    return found


@dataclass
class RunningSite:
    """An installation that runs as long as the tests of this folder, with fresh cards for each test."""

    made: Installation
    n_taken: int = 0

    def cards(self, n: int) -> tuple[Card, ...]:
        """Cards that nobody has used."""
        taken = self.made.cards[self.n_taken : self.n_taken + n]
        assert len(taken) == n, "all cards are used up: raise N_SEATS"
        self.n_taken += n
        return taken


@pytest.fixture(scope="package")
def sqlite_site(sqlite_installation: Template) -> Iterator[RunningSite]:
    """A running installation on SQLite."""
    with installation(sqlite_installation) as made:
        made.start()
        yield RunningSite(made)


@pytest.fixture(scope="package")
def postgresql_site(postgresql_installation: Template) -> Iterator[RunningSite]:
    """A running installation on PostgreSQL."""
    with installation(postgresql_installation) as made:
        made.start()
        yield RunningSite(made)


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest) -> RunningSite:
    """A running installation of each kind; a test that kills a part of it starts it again."""
    found: RunningSite = request.getfixturevalue(f"{request.param}_site")
    return found
