"""What proves how a sitting went: gaps, outages, incidents, emergency files, heads that left, seals; and breaks.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from registry.protection import Protection, install, remove

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COMPARED_JSON = sa.JSON().with_variant(JSONB(), "postgresql")

PROTECTIONS = (
    Protection(table="anchor", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="server_gap", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(
        table="outage",
        frozen=("sitting_id", "from_ms", "until_ms", "reason", "evidence", "proposed_by_id", "proposed_at"),
        once=("approved_by_id", "approved_at"),
        open_while=None,
        deletable_while="OLD.approved_at IS NULL",
    ),
    Protection(table="seal", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(
        table="contact_gap", frozen=("attempt_id", "from_ms"), once=("until_ms",), open_while=None, deletable_while=None
    ),
    Protection(
        table="emergency_file",
        frozen=("public_id", "attempt_id", "fingerprint", "content", "received_at", "received_by_id"),
        once=("imported_at", "imported_by_id", "outcome"),
        open_while=None,
        deletable_while=None,
    ),
    Protection(table="incident", frozen=(), once=(), open_while=None, deletable_while=None),
)


def upgrade() -> None:
    _create_tables()
    for protection in PROTECTIONS:
        install(op.get_bind(), protection)
    # Plain additions: rebuilding `attempt` on SQLite would take its triggers away.
    op.add_column("attempt", sa.Column("break_ends_ms", sa.BigInteger(), nullable=True))
    op.add_column("attempt", sa.Column("break_used_ms", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("attempt", sa.Column("unsent", sa.SmallInteger(), nullable=False, server_default="0"))
    resting = sa.text("break_ends_ms IS NOT NULL")
    op.create_index("ix_attempt_break", "attempt", ["break_ends_ms"], postgresql_where=resting, sqlite_where=resting)
    op.add_column("scoring_run", sa.Column("outages", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("key_set", sa.Column("reports_read", sa.JSON(), nullable=False, server_default="{}"))
    reports = sa.text("kind = 'challenge'")
    op.create_index("ix_step_challenge", "step", ["attempt_id", "item"], postgresql_where=reports, sqlite_where=reports)
    with op.batch_alter_table("enrolment") as batch:
        batch.add_column(sa.Column("break_minutes", sa.Integer(), nullable=False, server_default="0"))
        batch.create_check_constraint("break_minutes", "break_minutes BETWEEN 0 AND 120")


def downgrade() -> None:
    with op.batch_alter_table("enrolment") as batch:
        batch.drop_constraint("break_minutes", type_="check")
        batch.drop_column("break_minutes")
    op.drop_index("ix_attempt_break", table_name="attempt")
    op.drop_index("ix_step_challenge", table_name="step")
    op.drop_column("key_set", "reports_read")
    op.drop_column("scoring_run", "outages")
    for column in ("unsent", "break_used_ms", "break_ends_ms"):
        op.drop_column("attempt", column)
    for protection in PROTECTIONS:
        remove(op.get_bind(), protection)
    _drop_tables()


def _create_tables() -> None:
    op.create_table(
        "anchor",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("n_steps", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_anchor"),
        sa.UniqueConstraint("subject", "minute", name="uq_anchor_subject_minute"),
    )
    op.create_table(
        "server_gap",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("until_ms > from_ms", name="ck_server_gap_order"),
        sa.PrimaryKeyConstraint("id", name="pk_server_gap"),
        sa.UniqueConstraint("from_ms", name="uq_server_gap_from_ms"),
    )
    op.create_table(
        "server_pulse",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_server_pulse_one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_server_pulse"),
    )
    op.create_table(
        "outage",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", _COMPARED_JSON, nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="ck_outage_approval_whole"),
        sa.CheckConstraint("approved_by_id IS NULL OR approved_by_id <> proposed_by_id", name="ck_outage_two_people"),
        sa.CheckConstraint("until_ms > from_ms", name="ck_outage_order"),
        sa.ForeignKeyConstraint(["approved_by_id"], ["account.id"], name="fk_outage_approved_by_id_account"),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["account.id"], name="fk_outage_proposed_by_id_account"),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name="fk_outage_sitting_id_sitting"),
        sa.PrimaryKeyConstraint("id", name="pk_outage"),
        sa.UniqueConstraint("public_id", name="uq_outage_public_id"),
    )
    op.create_index("ix_outage_sitting_id", "outage", ["sitting_id"], unique=False)
    op.create_table(
        "seal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("sitting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("n_attempts", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("leaves", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name="fk_seal_sitting_id_sitting"),
        sa.PrimaryKeyConstraint("id", name="pk_seal"),
        sa.UniqueConstraint("sitting_id", name="uq_seal_sitting_id"),
    )
    op.create_table(
        "contact_gap",
        sa.Column("attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("until_ms IS NULL OR until_ms > from_ms", name="ck_contact_gap_order"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_contact_gap_attempt_id_attempt"),
        sa.PrimaryKeyConstraint("attempt_id", "from_ms", name="pk_contact_gap"),
    )
    op.create_table(
        "emergency_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fingerprint", sa.String(length=9), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("imported_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("outcome", _COMPARED_JSON, nullable=True),
        sa.CheckConstraint("(imported_by_id IS NULL) = (imported_at IS NULL)", name="ck_emergency_file_import_whole"),
        sa.CheckConstraint(
            "imported_by_id IS NULL OR imported_by_id <> received_by_id", name="ck_emergency_file_two_people"
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_emergency_file_attempt_id_attempt"),
        sa.ForeignKeyConstraint(["imported_by_id"], ["account.id"], name="fk_emergency_file_imported_by_id_account"),
        sa.ForeignKeyConstraint(["received_by_id"], ["account.id"], name="fk_emergency_file_received_by_id_account"),
        sa.PrimaryKeyConstraint("id", name="pk_emergency_file"),
        sa.UniqueConstraint("attempt_id", "fingerprint", name="uq_emergency_file_attempt_id_fingerprint"),
        sa.UniqueConstraint("public_id", name="uq_emergency_file_public_id"),
    )
    op.create_index("ix_emergency_file_attempt_id", "emergency_file", ["attempt_id"], unique=False)
    op.create_table(
        "incident",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('power', 'network', 'computer', 'conduct', 'health', 'other')", name="ck_incident_kind_known"
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_incident_attempt_id_attempt"),
        sa.ForeignKeyConstraint(["noted_by_id"], ["account.id"], name="fk_incident_noted_by_id_account"),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name="fk_incident_sitting_id_sitting"),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
        sa.UniqueConstraint("public_id", name="uq_incident_public_id"),
    )
    op.create_index("ix_incident_sitting_id", "incident", ["sitting_id"], unique=False)


def _drop_tables() -> None:
    op.drop_index("ix_incident_sitting_id", table_name="incident")
    op.drop_table("incident")
    op.drop_index("ix_emergency_file_attempt_id", table_name="emergency_file")
    op.drop_table("emergency_file")
    op.drop_table("contact_gap")
    op.drop_table("seal")
    op.drop_index("ix_outage_sitting_id", table_name="outage")
    op.drop_table("outage")
    op.drop_table("server_pulse")
    op.drop_table("server_gap")
    op.drop_table("anchor")
