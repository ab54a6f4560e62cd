"""Row triggers that keep history as it was: append-only tables and columns that freeze.

An ORM habit protects nothing from a careless script, so the database itself refuses. Each table declares its
protection in `Table.info["protection"]`; `install` writes the triggers of one table. Migrations call it with
literal arguments, and a test compares what they leave with what the metadata declares.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Protection:
    """What the database refuses for a table. Conditions are SQL over OLD, the row as it stands.

    `frozen`: columns that an UPDATE may not change; empty, with `once` empty too, means that none may change.
    `once`: columns that may be set from NULL, and never again.
    `open_while`: the row may still change freely; None means never.
    `deletable_while`: the row may be deleted; None means the same as `open_while`.
    """

    table: str
    frozen: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    open_while: str | None = None
    deletable_while: str | None = None

    @property
    def update_refused(self) -> str:
        """The SQL condition, over OLD and NEW, under which an UPDATE is refused."""
        changes = [f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in self.frozen]
        changes += [f"OLD.{column} IS NOT NULL AND NEW.{column} IS DISTINCT FROM OLD.{column}" for column in self.once]
        touched = " OR ".join(f"({change})" for change in changes) or "1=1"
        return touched if self.open_while is None else f"NOT ({self.open_while}) AND ({touched})"

    @property
    def delete_refused(self) -> str:
        """The SQL condition, over OLD, under which a DELETE is refused."""
        allowed = self.deletable_while or self.open_while
        return "1=1" if allowed is None else f"NOT ({allowed})"


def install(connection: Connection, protection: Protection) -> None:
    """Create the triggers of one table, on SQLite or PostgreSQL."""
    for statement in statements(protection, connection.dialect.name):
        connection.execute(text(statement))


def statements(protection: Protection, dialect: str) -> list[str]:
    """The DDL of one table's triggers."""
    return _postgresql(protection) if dialect == "postgresql" else _sqlite(protection)


def _sqlite(p: Protection) -> list[str]:
    refuse = f"SELECT RAISE(ABORT, 'protected: {p.table} keeps its history')"
    # SQLite wrote IS NOT for IS DISTINCT FROM until 3.39; every version understands it.
    update_refused = p.update_refused.replace("IS DISTINCT FROM", "IS NOT")
    return [
        f"CREATE TRIGGER protect_{p.table}_update BEFORE UPDATE ON {p.table} WHEN {update_refused} BEGIN {refuse}; END",
        f"CREATE TRIGGER protect_{p.table}_delete BEFORE DELETE ON {p.table} WHEN {p.delete_refused} "
        f"BEGIN {refuse}; END",
    ]


def _postgresql(p: Protection) -> list[str]:
    # The condition stands inside the function: a trigger's WHEN clause may not hold a subquery.
    return [
        f"CREATE FUNCTION protect_{p.table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' THEN IF {p.update_refused} THEN "
        f"RAISE EXCEPTION 'protected: {p.table} keeps its history'; END IF; RETURN NEW; "
        f"ELSIF TG_OP = 'DELETE' THEN IF {p.delete_refused} THEN "
        f"RAISE EXCEPTION 'protected: {p.table} keeps its history'; END IF; RETURN OLD; "
        f"ELSE RAISE EXCEPTION 'protected: {p.table} keeps its history'; END IF; END $$",
        f"CREATE TRIGGER protect_{p.table} BEFORE UPDATE OR DELETE ON {p.table} "
        f"FOR EACH ROW EXECUTE FUNCTION protect_{p.table}()",
        f"CREATE TRIGGER protect_{p.table}_truncate BEFORE TRUNCATE ON {p.table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION protect_{p.table}()",
    ]


def remove(connection: Connection, protection: Protection) -> None:
    """Take the triggers of one table away, before a migration drops or rebuilds it."""
    table = protection.table
    if connection.dialect.name == "postgresql":
        for trigger in (f"protect_{table}", f"protect_{table}_truncate"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger} ON {table}"))
        connection.execute(text(f"DROP FUNCTION IF EXISTS protect_{table}()"))
        return
    for trigger in (f"protect_{table}_update", f"protect_{table}_delete"):
        connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
