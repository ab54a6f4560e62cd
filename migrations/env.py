"""Alembic's entry: migrates the engine that the application hands over, in one transaction.

SQLite cannot alter constraints, so tables are rebuilt; foreign keys stand aside meanwhile and are checked after.
"""

from alembic import context
from sqlalchemy import Connection, text

from testing_platform.model import METADATA


def migrate(connection: Connection) -> None:
    """Run the revisions that the command asked for on this connection."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
            if broken:
                raise RuntimeError(f"migration left broken foreign keys: {broken[:5]}")


migrate(context.config.attributes["connection"])
