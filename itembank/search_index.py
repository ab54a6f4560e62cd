"""The index by which items are found by their words: FTS5 in SQLite, full text in PostgreSQL.

It belongs to no model, since the two databases build it differently; `refresh` is called wherever the content of a
version is written. PostgreSQL searches with its Indonesian configuration, under a name of our own that keeps meaning
what it meant when the index was built; where a server has no Indonesian, the words are taken as they are.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Double,
    Subquery,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.orm import Session

from itembank.linter.roots import root
from itembank.model import Item, ItemOption, ItemVersion
from itembank.searching import Search, is_stretchable, words_of

TABLE = CONFIGURATION = "item_words"
_WEIGHTS = (8.0, 4.0, 1.0, 1.0)  # a hit in the code or the stem says more than one in the explanation
_SQLITE = table(TABLE, column("rowid"), column("code"), column("stem"), column("rest"), column("roots"))
_POSTGRESQL = table(TABLE, column("version_id"), column("document"))
_BATCH = 500
_KEEP = text(
    "INSERT INTO item_words (version_id, document) VALUES (:rowid, setweight(to_tsvector('item_words', :code), 'A') "
    "|| setweight(to_tsvector('item_words', :stem), 'B') || setweight(to_tsvector('item_words', :rest), 'D')) "
    "ON CONFLICT (version_id) DO UPDATE SET document = excluded.document"
)


def owns(name: str) -> bool:
    """Whether a table, index or the like belongs to the index, and therefore to no model."""
    return name == TABLE or name.startswith((f"{TABLE}_", f"ix_{TABLE}_", f"pk_{TABLE}"))


# Building it ----------------------------------------------------------------------------------------------------------


def install(connection: Connection) -> None:
    """Create the empty index."""
    if connection.dialect.name == "sqlite":
        tokens = "tokenize = 'unicode61 remove_diacritics 2'"
        connection.execute(text(f"CREATE VIRTUAL TABLE {TABLE} USING fts5(code, stem, rest, roots, {tokens})"))
        return
    has_indonesian = connection.scalar(text("SELECT count(*) FROM pg_ts_config WHERE cfgname = 'indonesian'"))
    language = "indonesian" if has_indonesian else "simple"
    for statement in (
        f"CREATE TEXT SEARCH CONFIGURATION {CONFIGURATION} (COPY = pg_catalog.{language})",
        f"CREATE TABLE {TABLE} (version_id bigint CONSTRAINT pk_{TABLE} PRIMARY KEY, document tsvector NOT NULL)",
        f"CREATE INDEX ix_{TABLE}_document ON {TABLE} USING gin (document)",
    ):
        connection.execute(text(statement))


def remove(connection: Connection) -> None:
    """Take the index away."""
    connection.execute(text(f"DROP TABLE {TABLE}"))
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"DROP TEXT SEARCH CONFIGURATION {CONFIGURATION}"))


def refresh(session: Session, version_ids: Sequence[int]) -> None:
    """Read the words of versions anew, after their content was written."""
    for some in _batches(version_ids):
        _put(session.connection(), list(_entries(session.connection(), some)))


def fill(connection: Connection) -> None:
    """Read the words of every version, for a bank that was there before its index."""
    for some in _batches(connection.scalars(select(ItemVersion.id)).all()):
        _put(connection, list(_entries(connection, some)))


def _batches(version_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (version_ids[start : start + _BATCH] for start in range(0, len(version_ids), _BATCH))


def _entries(connection: Connection, version_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    options: dict[int, list[str]] = {}
    of_versions = select(ItemOption.version_id, ItemOption.text).where(ItemOption.version_id.in_(version_ids))
    for version_id, option in connection.execute(of_versions.order_by(ItemOption.version_id, ItemOption.position)):
        options.setdefault(version_id, []).append(option)
    columns = (ItemVersion.id, Item.code, ItemVersion.stem, ItemVersion.rationale)
    rows = connection.execute(select(*columns).join(ItemVersion.item).where(ItemVersion.id.in_(version_ids)))
    for version_id, code, stem, rationale in rows:
        first, rest = words_of(stem), words_of("\n".join([*options.get(version_id, []), rationale]))
        yield {
            "rowid": version_id,
            "code": " ".join(words_of(code)),
            "stem": " ".join(first),
            "rest": " ".join(rest),
            "roots": " ".join(root(word) for word in (*first, *rest)),
        }


def _put(connection: Connection, entries: Sequence[dict[str, Any]]) -> None:
    if not entries:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(delete(_SQLITE).where(_SQLITE.c.rowid.in_([entry["rowid"] for entry in entries])))
        connection.execute(insert(_SQLITE), entries)
    else:
        connection.execute(_KEEP, entries)


# Asking it ------------------------------------------------------------------------------------------------------------


def hits(session: Session, search: Search) -> Subquery:
    """The versions that hold every phrase, with `version_id` and `rank`; the smaller the rank, the better the hit."""
    if session.get_bind().dialect.name == "sqlite":
        rank = literal_column(f"bm25({TABLE}, {', '.join(map(str, _WEIGHTS))})", Double)
        found = select(_SQLITE.c.rowid.label("version_id"), rank.label("rank"))
        return found.where(text(f"{TABLE} MATCH :phrases").bindparams(phrases=fts5_query(search))).subquery("hits")
    asked = func.to_tsquery(CONFIGURATION, bindparam("phrases", tsquery(search), unique=True))
    # The weight is a four-byte number; as eight bytes it comes back from a page's address as exactly the same.
    weight = -cast(func.ts_rank(_POSTGRESQL.c.document, asked), Double)
    matching = _POSTGRESQL.c.document.op("@@")(asked)
    return select(_POSTGRESQL.c.version_id, weight.label("rank")).where(matching).subquery("hits")


def fts5_query(search: Search) -> str:
    """The search as SQLite wants it: every word in quotation marks, so that none can be an operator."""
    return " AND ".join(_alone(phrase[0]) if len(phrase) == 1 else f'"{" ".join(phrase)}"' for phrase in search.phrases)


def _alone(word: str) -> str:
    return f'("{word}"* OR "{root(word)}")' if is_stretchable(word) else f'"{word}"'


def tsquery(search: Search) -> str:
    """The search as PostgreSQL wants it; words hold nothing but letters and digits."""
    return " & ".join(f"({' <-> '.join(_lexemes(phrase))})" for phrase in search.phrases)


def _lexemes(phrase: Sequence[str]) -> Iterable[str]:
    alone = len(phrase) == 1
    return (f"'{word}':*" if alone and is_stretchable(word) else f"'{word}'" for word in phrase)
