"""Two-step sign-in of staff: what a phone shares with the server, recovery codes, and sessions that still owe a code.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from registry.protection import Protection, install, remove

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PROTECTIONS = (
    Protection(
        table="half_session",
        frozen=("account_id", "token_digest", "created_at", "expires_at"),
        once=("ended_at",),
        open_while=None,
        deletable_while=None,
    ),
    Protection(
        table="second_factor",
        frozen=("account_id", "sealed_secret", "created_at"),
        once=("confirmed_at",),
        open_while=None,
        deletable_while="1=1",
    ),
    Protection(
        table="recovery_code",
        frozen=("account_id", "digest", "created_at"),
        once=("used_at",),
        open_while=None,
        deletable_while="1=1",
    ),
)


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "half_session",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("account_id", _key(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_half_session_account_id_account"),
        sa.PrimaryKeyConstraint("id", name="pk_half_session"),
        sa.UniqueConstraint("token_digest", name="uq_half_session_token_digest"),
    )
    op.create_index("ix_half_session_account_id", "half_session", ["account_id"])
    op.create_table(
        "second_factor",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("account_id", _key(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_step", _key(), nullable=True),
        sa.Column("failed_tries", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_second_factor_account_id_account"),
        sa.PrimaryKeyConstraint("id", name="pk_second_factor"),
        sa.UniqueConstraint("account_id", name="uq_second_factor_account_id"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("account_id", _key(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_recovery_code_account_id_account"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
        sa.UniqueConstraint("digest", name="uq_recovery_code_digest"),
    )
    op.create_index("ix_recovery_code_account_id", "recovery_code", ["account_id"])
    for protection in PROTECTIONS:
        install(op.get_bind(), protection)


def downgrade() -> None:
    for protection in PROTECTIONS:
        remove(op.get_bind(), protection)
    op.drop_index("ix_recovery_code_account_id", table_name="recovery_code")
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
    op.drop_index("ix_half_session_account_id", table_name="half_session")
    op.drop_table("half_session")
