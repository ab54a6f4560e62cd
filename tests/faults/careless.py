"""The server with SQLite's syncing switched off: what the test of power cuts must catch, lest it prove nothing."""

import sqlite3

from sqlalchemy import Pool, event

from testing_platform.app import create_app


# At checkout, because the platform sets its own pragmas when a connection is made.
@event.listens_for(Pool, "checkout")
def _never_sync(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


app = create_app()
