"""What the answer path asks of a database, in the fewest and cheapest statements; one class for each kind.

Here stands SQL and nothing else: whether a step counts, and what a mismatch means, is decided in `exam.answer_path`.
The statements go past SQLAlchemy to the driver, because its work for each statement costs more than the statement.
"""

from sqlalchemy import Connection

from exam.answer_store.rows import AnswerStore, Clock, Head, Move

__all__ = ["AnswerStore", "Clock", "Head", "Move", "store_of"]


def store_of(connection: Connection) -> AnswerStore:
    """The store over a connection of SQLAlchemy, inside whatever transaction is under way there."""
    driver = connection.connection.driver_connection
    # Each driver is loaded where it is used: a lab on SQLite has no need of PostgreSQL's.
    if connection.dialect.name == "postgresql":
        from exam.answer_store.postgresql import PostgresqlStore

        return PostgresqlStore(driver)  # type: ignore[arg-type]  # SQLAlchemy does not say of which driver it is
    from exam.answer_store.sqlite import SqliteStore

    return SqliteStore(driver)  # type: ignore[arg-type]  # as above
