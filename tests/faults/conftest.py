"""Installations to maltreat, furnished once for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.installation import Template, make_template
from tests.faults.power_cut import build_library

N_SEATS = 200


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
