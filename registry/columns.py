"""Column types and the declarative base that every table of the platform shares.

They live in the lowest package because every other package builds on them.
"""

import enum
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Integer, LargeBinary, MetaData, String, TypeDecorator, Uuid
from sqlalchemy.orm import DeclarativeBase, mapped_column

# Alembic needs stable names to find a constraint again; SQLite batch migrations too.
NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Naive values are refused on the way in, values are aware and in UTC on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: every instant needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        # SQLite forgets the zone; what we stored was UTC.
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _values(members: type[enum.Enum]) -> list[str]:
    return [member.value for member in members]


class Base(DeclarativeBase):
    """The one metadata of the platform; migrations compare the database with it."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - declared by SQLAlchemy as an instance attribute
        datetime: UtcDateTime,
        str: String,
        bytes: LargeBinary,
        # Enums are text with a check constraint of their own: a native type cannot be changed inside a migration.
        enum.Enum: Enum(enum.Enum, native_enum=False, length=32, values_callable=_values),
    }


# SQLite only counts up by itself in INTEGER columns.
BigKey = BigInteger().with_variant(Integer, "sqlite")

Key = Annotated[int, mapped_column(BigKey, primary_key=True, autoincrement=True)]
PublicId = Annotated[uuid.UUID, mapped_column(Uuid, unique=True, default=uuid.uuid4)]
Short = Annotated[str, mapped_column(String(64))]
Line = Annotated[str, mapped_column(String(300))]
Digest = Annotated[bytes, mapped_column(LargeBinary(32))]
Document = dict[str, Any]


def one_of(column: str, values: type[Any]) -> str:
    """The SQL condition that a text column holds a member of a string enum, for check constraints."""
    members = ", ".join(f"'{member.value}'" for member in values)
    return f"{column} IN ({members})"
