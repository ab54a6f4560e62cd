"""Migrations: they lead to the tables and triggers that the models declare, down and up again, with rows in place."""

import re
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, select, text

from itembank import search_index
from itembank.model import FormSpecification
from registry.actor import SYSTEM
from registry.audit import record
from registry.protection import Protection, statements
from testing_platform.database import Database, current_revision, head_revision, migrate, require_current
from testing_platform.errors import DatabaseBehindError, DatabaseUnknownError
from testing_platform.model import METADATA
from tests.conftest import NOW


def declared() -> list[Protection]:
    return [table.info["protection"] for table in METADATA.sorted_tables if "protection" in table.info]


def trigger_names(engine: Engine) -> set[str]:
    queries = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with engine.connect() as connection:
        return set(connection.scalars(text(queries[engine.dialect.name])))


def is_of_a_model(name: str | None, _kind: str, _parents: object) -> bool:
    return not search_index.owns(name or "")


# An index over an expression cannot be read back from SQLite, so alembic says that it leaves it out.
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_the_head_is_what_the_models_say(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_of_a_model})
        found = compare_metadata(context, METADATA)
    assert found == []


def test_every_declared_protection_is_installed_to_the_letter(database: Database) -> None:
    dialect = database.engine.dialect.name
    wanted = {
        match.group(1)
        for protection in declared()
        for statement in statements(protection, dialect)
        if (match := re.match(r"CREATE TRIGGER (\w+)", statement))
    }
    assert trigger_names(database.engine) == wanted
    if dialect == "sqlite":
        with database.engine.connect() as connection:
            installed = set(connection.scalars(text("SELECT sql FROM sqlite_master WHERE type = 'trigger'")))
        assert installed == {statement for protection in declared() for statement in statements(protection, dialect)}


def test_down_and_up_again_with_rows(database: Database) -> None:
    with database.transaction() as session:
        record(session, actor=SYSTEM, action="a", subject_kind="b", subject="c", at=NOW + timedelta(seconds=1))
    migrate(database.engine, "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    assert trigger_names(database.engine) == set()
    migrate(database.engine)
    assert current_revision(database.engine) == head_revision()


def test_the_newest_edition_of_a_specification_stays_where_there_are_none(database: Database) -> None:
    numbers = dict.fromkeys(("n_items", "pass_percent", "duration_minutes", "key_position_min", "key_position_max"), 9)
    with database.transaction() as session:
        session.add_all(
            FormSpecification(code="tes", edition=edition, title=f"Edisi {edition}", sections=[], **numbers)
            for edition in (1, 2)
        )
    migrate(database.engine, "0002")
    migrate(database.engine)
    with database.reading() as session:
        found = session.scalars(select(FormSpecification)).one()
        assert (found.edition, found.title) == (1, "Edisi 2")


def test_a_database_that_is_behind_is_refused_with_the_remedy(database: Database) -> None:
    migrate(database.engine, "base")
    with pytest.raises(DatabaseBehindError, match="testing-platform migrate"):
        require_current(database.engine)


def test_a_database_from_a_newer_program_is_refused(database: Database) -> None:
    with database.connection() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnknownError, match="newer version"):
        require_current(database.engine)
