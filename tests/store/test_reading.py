"""A page or a proof reads several times; all of it must be of one moment, whatever is written meanwhile."""

from sqlalchemy import func, select

from registry.model import Site, SiteKind, TimeZone
from testing_platform.database import Database
from tests.conftest import NOW


def test_reading_sees_one_state_while_others_write(database: Database) -> None:
    with database.reading() as session:
        before = session.scalar(select(func.count()).select_from(Site))
        with database.transaction() as writing:
            writing.add(_site())
        assert session.scalar(select(func.count()).select_from(Site)) == before
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Site)) == (before or 0) + 1


def _site() -> Site:
    return Site(
        code="BARU",
        name="LPMP Baru",
        kind=SiteKind.LPMP,
        time_zone=TimeZone.WIB,
        province="Jawa Tengah",
        created_at=NOW,
    )
