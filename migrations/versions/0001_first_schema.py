"""The first schema: registry, item bank, examination, jobs, and the triggers that protect history.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from registry.protection import Protection, install, remove

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PROTECTIONS = (
    Protection(table="audit_event", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="media", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="analysis_run", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="form", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="form_picture", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="key_set", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="key_entry", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="key_signature", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="scoring_run", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(
        table="attempt",
        frozen=("public_id", "enrolment_id", "sitting_id", "form_id", "item_order", "genesis"),
        once=("begun_ms", "submitted_ms", "sealed_ms", "receipt"),
        open_while=None,
        deletable_while=None,
    ),
    Protection(
        table="release",
        frozen=("scoring_run_id", "digest", "proposed_by_id", "proposed_at"),
        once=("approved_by_id", "approved_at"),
        open_while=None,
        deletable_while="OLD.approved_at IS NULL",
    ),
    Protection(
        table="item_version",
        frozen=(
            "item_id",
            "number",
            "author_id",
            "stem",
            "stem_html",
            "rationale",
            "rationale_html",
            "key_position",
            "content_digest",
            "created_at",
        ),
        once=(),
        open_while="OLD.state = 'draft'",
        deletable_while=None,
    ),
    Protection(table="score", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="seat_event", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="step", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="time_credit", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="form_item", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(
        table="item_option",
        frozen=(),
        once=(),
        open_while="(SELECT state FROM item_version WHERE id = OLD.version_id) = 'draft'",
        deletable_while=None,
    ),
    Protection(table="item_statistics", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="review", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="curation", frozen=(), once=(), open_while=None, deletable_while=None),
)


def upgrade() -> None:
    _create_tables()
    for protection in PROTECTIONS:
        install(op.get_bind(), protection)


def downgrade() -> None:
    for protection in PROTECTIONS:
        remove(op.get_bind(), protection)
    _drop_tables()


def _create_tables() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=300), nullable=False),
        sa.Column("full_name", sa.String(length=300), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_signins", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_account_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_account_public_id")),
    )
    op.create_table(
        "administration",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose IN ('tryout', 'operational')", name=op.f("ck_administration_purpose_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administration")),
        sa.UniqueConstraint("code", name=op.f("uq_administration_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_administration_public_id")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject_kind", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("digest", name=op.f("uq_audit_event_digest")),
        sa.UniqueConstraint("previous_digest", name=op.f("uq_audit_event_previous_digest")),
    )
    op.create_index(op.f("ix_audit_event_at"), "audit_event", ["at"], unique=False)
    op.create_index(op.f("ix_audit_event_subject"), "audit_event", ["subject"], unique=False)
    op.create_table(
        "blueprint",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("section", sa.String(length=32), nullable=False),
        sa.Column("n_options", sa.Integer(), nullable=False),
        sa.CheckConstraint("section IN ('pedagogic', 'professional')", name=op.f("ck_blueprint_section_known")),
        sa.CheckConstraint("n_options IN (4, 5)", name=op.f("ck_blueprint_options_4_or_5")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blueprint")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_blueprint_code_version")),
        sa.UniqueConstraint("public_id", name=op.f("uq_blueprint_public_id")),
    )
    op.create_table(
        "form_specification",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("n_items", sa.Integer(), nullable=False),
        sa.Column("pass_percent", sa.Integer(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("key_position_min", sa.Integer(), nullable=False),
        sa.Column("key_position_max", sa.Integer(), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.CheckConstraint("pass_percent BETWEEN 1 AND 100", name=op.f("ck_form_specification_pass_percent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_specification")),
        sa.UniqueConstraint("code", name=op.f("uq_form_specification_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_form_specification_public_id")),
    )
    op.create_table(
        "installation_fact",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation_fact")),
    )
    op.create_table(
        "media",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_media")),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("time_zone", sa.String(length=32), nullable=False),
        sa.Column("province", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('LPTK', 'LPMP', 'P4TK')", name=op.f("ck_site_kind_known")),
        sa.CheckConstraint(
            "time_zone IN ('Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura')", name=op.f("ck_site_time_zone_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("code", name=op.f("uq_site_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_site_public_id")),
    )
    op.create_table(
        "teacher",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("nuptk", sa.String(length=16), nullable=False),
        sa.Column("full_name", sa.String(length=300), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("school", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level IN ('SD', 'SMP', 'SMA', 'SMK')", name=op.f("ck_teacher_level_known")),
        sa.CheckConstraint("length(nuptk) = 16", name=op.f("ck_teacher_nuptk_16_digits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teacher")),
        sa.UniqueConstraint("nuptk", name=op.f("uq_teacher_nuptk")),
        sa.UniqueConstraint("public_id", name=op.f("uq_teacher_public_id")),
    )
    op.create_table(
        "account_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "approved_by_id <> issued_by_id AND approved_by_id <> account_id",
            name=op.f("ck_account_link_approver_is_another"),
        ),
        sa.CheckConstraint(
            "approved_by_id IS NULL OR approved_at IS NOT NULL", name=op.f("ck_account_link_approval_has_its_time")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_link_account_id_account")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["account.id"], name=op.f("fk_account_link_approved_by_id_account")
        ),
        sa.ForeignKeyConstraint(["issued_by_id"], ["account.id"], name=op.f("fk_account_link_issued_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_link")),
        sa.UniqueConstraint("public_id", name=op.f("uq_account_link_public_id")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_account_link_token_digest")),
    )
    op.create_index(op.f("ix_account_link_account_id"), "account_link", ["account_id"], unique=False)
    op.create_table(
        "analysis_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("administration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("computed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("responses_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("n_persons", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("pictures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["administration_id"], ["administration.id"], name=op.f("fk_analysis_run_administration_id_administration")
        ),
        sa.ForeignKeyConstraint(
            ["computed_by_id"], ["account.id"], name=op.f("fk_analysis_run_computed_by_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis_run")),
        sa.UniqueConstraint("public_id", name=op.f("uq_analysis_run_public_id")),
    )
    op.create_index(op.f("ix_analysis_run_administration_id"), "analysis_run", ["administration_id"], unique=False)
    op.create_table(
        "core_competency",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("blueprint_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("regulation", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["blueprint_id"], ["blueprint.id"], name=op.f("fk_core_competency_blueprint_id_blueprint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_competency")),
        sa.UniqueConstraint("blueprint_id", "code", name=op.f("uq_core_competency_blueprint_id_code")),
    )
    op.create_table(
        "form",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("administration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("specification", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("n_items", sa.Integer(), nullable=False),
        sa.Column("pass_percent", sa.Integer(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("package", sa.LargeBinary(), nullable=False),
        sa.Column("package_size", sa.Integer(), nullable=False),
        sa.Column("package_sha256", sa.String(length=64), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("purpose IN ('tryout', 'operational')", name=op.f("ck_form_purpose_known")),
        sa.ForeignKeyConstraint(
            ["administration_id"], ["administration.id"], name=op.f("fk_form_administration_id_administration")
        ),
        sa.ForeignKeyConstraint(["sealed_by_id"], ["account.id"], name=op.f("fk_form_sealed_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form")),
        sa.UniqueConstraint("code", name=op.f("uq_form_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_form_public_id")),
    )
    op.create_index(op.f("ix_form_administration_id"), "form", ["administration_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_job_state_known")),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_job_progress")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["account.id"], name=op.f("fk_job_requested_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("public_id", name=op.f("uq_job_public_id")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("granted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(role IN ('proktor', 'pengawas')) = (site_id IS NOT NULL)",
            name=op.f("ck_role_grant_site_roles_have_sites"),
        ),
        sa.CheckConstraint(
            "role IN ('admin', 'item_writer', 'reviewer', 'bank_manager', 'psychometrician', 'committee', 'proktor', 'pengawas')",
            name=op.f("ck_role_grant_role_known"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_role_grant_account_id_account")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["account.id"], name=op.f("fk_role_grant_approved_by_id_account")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["account.id"], name=op.f("fk_role_grant_granted_by_id_account")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_role_grant_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint("public_id", name=op.f("uq_role_grant_public_id")),
    )
    op.create_index(op.f("ix_role_grant_account_id"), "role_grant", ["account_id"], unique=False)
    op.create_table(
        "signin_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_signin_event_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signin_event")),
    )
    op.create_index(op.f("ix_signin_event_at"), "signin_event", ["at"], unique=False)
    op.create_table(
        "staff_session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_staff_session_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_staff_session_token_digest")),
    )
    op.create_index(op.f("ix_staff_session_account_id"), "staff_session", ["account_id"], unique=False)
    op.create_table(
        "competency",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("core_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("source_code", sa.String(length=16), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("regulation", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["core_id"], ["core_competency.id"], name=op.f("fk_competency_core_id_core_competency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competency")),
        sa.UniqueConstraint("core_id", "code", name=op.f("uq_competency_core_id_code")),
    )
    op.create_table(
        "form_picture",
        sa.Column("form_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["form.id"], name=op.f("fk_form_picture_form_id_form")),
        sa.PrimaryKeyConstraint("form_id", "sha256", name=op.f("pk_form_picture")),
    )
    op.create_table(
        "key_set",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["form.id"], name=op.f("fk_key_set_form_id_form")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["account.id"], name=op.f("fk_key_set_proposed_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_set")),
        sa.UniqueConstraint("form_id", "number", name=op.f("uq_key_set_form_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_key_set_public_id")),
    )
    op.create_index(op.f("ix_key_set_form_id"), "key_set", ["form_id"], unique=False)
    op.create_table(
        "sitting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("administration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("form_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("room", sa.String(length=300), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_seconds", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("start_code", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('planned', 'open', 'closed', 'sealed')", name=op.f("ck_sitting_state_known")),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_sitting_window")),
        sa.CheckConstraint("duration_seconds > 0", name=op.f("ck_sitting_duration")),
        sa.ForeignKeyConstraint(
            ["administration_id"], ["administration.id"], name=op.f("fk_sitting_administration_id_administration")
        ),
        sa.ForeignKeyConstraint(["form_id"], ["form.id"], name=op.f("fk_sitting_form_id_form")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_sitting_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sitting_public_id")),
    )
    op.create_index(op.f("ix_sitting_administration_id"), "sitting", ["administration_id"], unique=False)
    op.create_index(op.f("ix_sitting_site_id"), "sitting", ["site_id"], unique=False)
    op.create_table(
        "enrolment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("teacher_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("participant_number", sa.String(length=64), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("extra_minutes", sa.Integer(), nullable=False),
        sa.Column("pin_mac", sa.LargeBinary(), nullable=True),
        sa.Column("result_code_mac", sa.LargeBinary(), nullable=True),
        sa.Column("card_issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_pins", sa.Integer(), nullable=False),
        sa.Column("pin_blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_start_codes", sa.Integer(), nullable=False),
        sa.Column("start_code_blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_result_codes", sa.Integer(), nullable=False),
        sa.Column("result_blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("extra_minutes BETWEEN 0 AND 600", name=op.f("ck_enrolment_extra_minutes")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_enrolment_sitting_id_sitting")),
        sa.ForeignKeyConstraint(["teacher_id"], ["teacher.id"], name=op.f("fk_enrolment_teacher_id_teacher")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("participant_number", name=op.f("uq_enrolment_participant_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_enrolment_public_id")),
        sa.UniqueConstraint("sitting_id", "seat", name=op.f("uq_enrolment_sitting_id_seat")),
        sa.UniqueConstraint("sitting_id", "teacher_id", name=op.f("uq_enrolment_sitting_id_teacher_id")),
    )
    op.create_index(op.f("ix_enrolment_sitting_id"), "enrolment", ["sitting_id"], unique=False)
    op.create_index(op.f("ix_enrolment_teacher_id"), "enrolment", ["teacher_id"], unique=False)
    op.create_table(
        "indicator",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("competency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("source_code", sa.String(length=16), nullable=True),
        sa.Column("bloom", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("bloom IN ('C1', 'C2', 'C3', 'C4', 'C5', 'C6')", name=op.f("ck_indicator_bloom_known")),
        sa.ForeignKeyConstraint(
            ["competency_id"], ["competency.id"], name=op.f("fk_indicator_competency_id_competency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("competency_id", "code", name=op.f("uq_indicator_competency_id_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_indicator_public_id")),
    )
    op.create_table(
        "key_entry",
        sa.Column("key_set_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("treatment", sa.String(length=32), nullable=False),
        sa.CheckConstraint("treatment IN ('score', 'credit', 'drop')", name=op.f("ck_key_entry_treatment_known")),
        sa.ForeignKeyConstraint(["key_set_id"], ["key_set.id"], name=op.f("fk_key_entry_key_set_id_key_set")),
        sa.PrimaryKeyConstraint("key_set_id", "position", name=op.f("pk_key_entry")),
    )
    op.create_table(
        "key_signature",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key_set_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_key_signature_account_id_account")),
        sa.ForeignKeyConstraint(["key_set_id"], ["key_set.id"], name=op.f("fk_key_signature_key_set_id_key_set")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_signature")),
        sa.UniqueConstraint("key_set_id", "account_id", name=op.f("uq_key_signature_key_set_id_account_id")),
    )
    op.create_table(
        "scoring_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key_set_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scored_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pass_percent", sa.Integer(), nullable=False),
        sa.Column("n_scored_items", sa.Integer(), nullable=False),
        sa.Column("n_attempts", sa.Integer(), nullable=False),
        sa.Column("n_passed", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("uncertainty", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["form.id"], name=op.f("fk_scoring_run_form_id_form")),
        sa.ForeignKeyConstraint(["key_set_id"], ["key_set.id"], name=op.f("fk_scoring_run_key_set_id_key_set")),
        sa.ForeignKeyConstraint(["scored_by_id"], ["account.id"], name=op.f("fk_scoring_run_scored_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring_run")),
        sa.UniqueConstraint("form_id", "number", name=op.f("uq_scoring_run_form_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_scoring_run_public_id")),
    )
    op.create_index(op.f("ix_scoring_run_form_id"), "scoring_run", ["form_id"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sitting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("form_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=True),
        sa.Column("item_order", sa.LargeBinary(), nullable=False),
        sa.Column("genesis", sa.LargeBinary(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_ms", sa.BigInteger(), nullable=True),
        sa.Column("deadline_ms", sa.BigInteger(), nullable=True),
        sa.Column("paused_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_seen_ms", sa.BigInteger(), nullable=False),
        sa.Column("submitted_ms", sa.BigInteger(), nullable=True),
        sa.Column("sealed_ms", sa.BigInteger(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.CheckConstraint("state <> 'working' OR begun_ms IS NOT NULL", name=op.f("ck_attempt_working_has_begun")),
        sa.CheckConstraint(
            "state IN ('waiting', 'admitted', 'working', 'submitted', 'expired')", name=op.f("ck_attempt_state_known")
        ),
        sa.CheckConstraint("(begun_ms IS NULL) = (deadline_ms IS NULL)", name=op.f("ck_attempt_clock")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_attempt_enrolment_id_enrolment")),
        sa.ForeignKeyConstraint(["form_id"], ["form.id"], name=op.f("fk_attempt_form_id_form")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_attempt_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("enrolment_id", name=op.f("uq_attempt_enrolment_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_attempt_public_id")),
    )
    op.create_index("ix_attempt_overdue", "attempt", ["state", "deadline_ms"], unique=False)
    op.create_index(op.f("ix_attempt_sitting_id"), "attempt", ["sitting_id"], unique=False)
    op.create_table(
        "item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("indicator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_item_indicator_id_indicator")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("code", name=op.f("uq_item_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_item_public_id")),
    )
    op.create_index(op.f("ix_item_indicator_id"), "item", ["indicator_id"], unique=False)
    op.create_table(
        "release",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("scoring_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name=op.f("ck_release_approval_whole")),
        sa.CheckConstraint(
            "approved_by_id IS NULL OR approved_by_id <> proposed_by_id", name=op.f("ck_release_two_people")
        ),
        sa.ForeignKeyConstraint(["approved_by_id"], ["account.id"], name=op.f("fk_release_approved_by_id_account")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["account.id"], name=op.f("fk_release_proposed_by_id_account")),
        sa.ForeignKeyConstraint(
            ["scoring_run_id"], ["scoring_run.id"], name=op.f("fk_release_scoring_run_id_scoring_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("public_id", name=op.f("uq_release_public_id")),
        sa.UniqueConstraint("scoring_run_id", name=op.f("uq_release_scoring_run_id")),
    )
    op.create_table(
        "item_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("stem", sa.Text(), nullable=False),
        sa.Column("stem_html", sa.Text(), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("rationale_html", sa.Text(), nullable=False),
        sa.Column("key_position", sa.Integer(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo_only", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'revision', 'approved', 'pretest', 'operational', 'suspended', 'retired')",
            name=op.f("ck_item_version_state_known"),
        ),
        sa.CheckConstraint("key_position BETWEEN 0 AND 4", name=op.f("ck_item_version_key_position")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_item_version_author_id_account")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_version_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_version")),
        sa.UniqueConstraint("item_id", "number", name=op.f("uq_item_version_item_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_item_version_public_id")),
    )
    op.create_index(op.f("ix_item_version_item_id"), "item_version", ["item_id"], unique=False)
    op.create_index(
        "ix_item_version_one_draft",
        "item_version",
        ["item_id"],
        unique=True,
        sqlite_where=sa.text("state = 'draft'"),
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_index(op.f("ix_item_version_state"), "item_version", ["state"], unique=False)
    op.create_table(
        "score",
        sa.Column("scoring_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("raw_score", sa.Integer(), nullable=False),
        sa.Column("n_scored", sa.Integer(), nullable=False),
        sa.Column("n_answered", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("section_scores", sa.JSON(), nullable=False),
        sa.Column("standard_error", sa.Double(), nullable=True),
        sa.Column("p_pass_if_true", sa.Double(), nullable=True),
        sa.Column("p_true_pass", sa.Double(), nullable=True),
        sa.CheckConstraint("raw_score BETWEEN 0 AND n_scored", name=op.f("ck_score_raw_score")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_score_attempt_id_attempt")),
        sa.ForeignKeyConstraint(
            ["scoring_run_id"], ["scoring_run.id"], name=op.f("fk_score_scoring_run_id_scoring_run")
        ),
        sa.PrimaryKeyConstraint("scoring_run_id", "attempt_id", name=op.f("pk_score")),
    )
    op.create_table(
        "seat_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_seat_event_actor_id_account")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_seat_event_attempt_id_attempt")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_event")),
    )
    op.create_index(op.f("ix_seat_event_attempt_id"), "seat_event", ["attempt_id"], unique=False)
    op.create_table(
        "step",
        sa.Column("attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("item", sa.SmallInteger(), nullable=True),
        sa.Column("option", sa.SmallInteger(), nullable=True),
        sa.Column("value", sa.String(length=200), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("kind IN ('answer', 'flag', 'view', 'focus', 'challenge')", name=op.f("ck_step_kind_known")),
        sa.CheckConstraint("mark IN ('on_time', 'late', 'after_submit')", name=op.f("ck_step_mark_known")),
        sa.CheckConstraint("seq > 0", name=op.f("ck_step_seq")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_step_attempt_id_attempt")),
        sa.PrimaryKeyConstraint("attempt_id", "seq", name=op.f("pk_step")),
        info={"protection": Protection(table="step", frozen=(), once=(), open_while=None, deletable_while=None)},
        sqlite_with_rowid=False,
    )
    op.create_table(
        "time_credit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("sitting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 1 AND 240", name=op.f("ck_time_credit_minutes")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_time_credit_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["account.id"], name=op.f("fk_time_credit_granted_by_id_account")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_time_credit_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_credit")),
    )
    op.create_index(op.f("ix_time_credit_sitting_id"), "time_credit", ["sitting_id"], unique=False)
    op.create_table(
        "form_item",
        sa.Column("form_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("section", sa.String(length=32), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scored", sa.Boolean(), nullable=False),
        sa.Column("item_key", sa.String(length=64), nullable=False),
        sa.Column("option_keys", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["form.id"], name=op.f("fk_form_item_form_id_form")),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_form_item_version_id_item_version")),
        sa.PrimaryKeyConstraint("form_id", "position", name=op.f("pk_form_item")),
        sa.UniqueConstraint("form_id", "version_id", name=op.f("uq_form_item_form_id_version_id")),
    )
    op.create_table(
        "item_option",
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.CheckConstraint("position BETWEEN 0 AND 4", name=op.f("ck_item_option_position")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_version.id"], name=op.f("fk_item_option_version_id_item_version")
        ),
        sa.PrimaryKeyConstraint("version_id", "position", name=op.f("pk_item_option")),
    )
    op.create_table(
        "item_picture",
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["media.sha256"], name=op.f("fk_item_picture_sha256_media")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_version.id"], name=op.f("fk_item_picture_version_id_item_version")
        ),
        sa.PrimaryKeyConstraint("version_id", "name", name=op.f("pk_item_picture")),
    )
    op.create_table(
        "item_statistics",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("administration", sa.Uuid(), nullable=False),
        sa.Column("administration_code", sa.String(length=64), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n_presented", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(length=64), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_version.id"], name=op.f("fk_item_statistics_version_id_item_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_statistics")),
        sa.UniqueConstraint("public_id", name=op.f("uq_item_statistics_public_id")),
    )
    op.create_index(op.f("ix_item_statistics_version_id"), "item_statistics", ["version_id"], unique=False)
    op.create_table(
        "review",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reviewer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("checklist", sa.String(length=64), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reviewer_id"], ["account.id"], name=op.f("fk_review_reviewer_id_account")),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_review_version_id_item_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("public_id", name=op.f("uq_review_public_id")),
        sa.UniqueConstraint("version_id", "reviewer_id", name=op.f("uq_review_version_id_reviewer_id")),
    )
    op.create_index(op.f("ix_review_version_id"), "review", ["version_id"], unique=False)
    op.create_table(
        "curation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("statistics_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("moved_to", sa.String(length=32), nullable=False),
        sa.Column("reopened", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("act IN ('accepted', 'overruled')", name=op.f("ck_curation_act_known")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_curation_decided_by_id_account")),
        sa.ForeignKeyConstraint(
            ["statistics_id"], ["item_statistics.id"], name=op.f("fk_curation_statistics_id_item_statistics")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curation")),
        sa.UniqueConstraint("statistics_id", name=op.f("uq_curation_statistics_id")),
    )
    # By hand: autogenerate leaves out indexes over expressions on SQLite.
    op.create_index(
        "ix_role_grant_once",
        "role_grant",
        ["account_id", "role", sa.text("coalesce(site_id, 0)")],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def _drop_tables() -> None:
    op.drop_table("curation")
    op.drop_index(op.f("ix_review_version_id"), table_name="review")
    op.drop_table("review")
    op.drop_index(op.f("ix_item_statistics_version_id"), table_name="item_statistics")
    op.drop_table("item_statistics")
    op.drop_table("item_picture")
    op.drop_table("item_option")
    op.drop_table("form_item")
    op.drop_index(op.f("ix_time_credit_sitting_id"), table_name="time_credit")
    op.drop_table("time_credit")
    op.drop_table("step")
    op.drop_index(op.f("ix_seat_event_attempt_id"), table_name="seat_event")
    op.drop_table("seat_event")
    op.drop_table("score")
    op.drop_index(op.f("ix_item_version_state"), table_name="item_version")
    op.drop_index(
        "ix_item_version_one_draft",
        table_name="item_version",
        sqlite_where=sa.text("state = 'draft'"),
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.drop_index(op.f("ix_item_version_item_id"), table_name="item_version")
    op.drop_table("item_version")
    op.drop_table("release")
    op.drop_index(op.f("ix_item_indicator_id"), table_name="item")
    op.drop_table("item")
    op.drop_index(op.f("ix_attempt_sitting_id"), table_name="attempt")
    op.drop_index("ix_attempt_overdue", table_name="attempt")
    op.drop_table("attempt")
    op.drop_index(op.f("ix_scoring_run_form_id"), table_name="scoring_run")
    op.drop_table("scoring_run")
    op.drop_table("key_signature")
    op.drop_table("key_entry")
    op.drop_table("indicator")
    op.drop_index(op.f("ix_enrolment_teacher_id"), table_name="enrolment")
    op.drop_index(op.f("ix_enrolment_sitting_id"), table_name="enrolment")
    op.drop_table("enrolment")
    op.drop_index(op.f("ix_sitting_site_id"), table_name="sitting")
    op.drop_index(op.f("ix_sitting_administration_id"), table_name="sitting")
    op.drop_table("sitting")
    op.drop_index(op.f("ix_key_set_form_id"), table_name="key_set")
    op.drop_table("key_set")
    op.drop_table("form_picture")
    op.drop_table("competency")
    op.drop_index(op.f("ix_staff_session_account_id"), table_name="staff_session")
    op.drop_table("staff_session")
    op.drop_index(op.f("ix_signin_event_at"), table_name="signin_event")
    op.drop_table("signin_event")
    op.drop_index(op.f("ix_role_grant_account_id"), table_name="role_grant")
    op.drop_table("role_grant")
    op.drop_table("job")
    op.drop_index(op.f("ix_form_administration_id"), table_name="form")
    op.drop_table("form")
    op.drop_table("core_competency")
    op.drop_index(op.f("ix_analysis_run_administration_id"), table_name="analysis_run")
    op.drop_table("analysis_run")
    op.drop_index(op.f("ix_account_link_account_id"), table_name="account_link")
    op.drop_table("account_link")
    op.drop_table("teacher")
    op.drop_table("site")
    op.drop_table("media")
    op.drop_table("installation_fact")
    op.drop_table("form_specification")
    op.drop_table("blueprint")
    op.drop_index(op.f("ix_audit_event_subject"), table_name="audit_event")
    op.drop_index(op.f("ix_audit_event_at"), table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_table("administration")
    op.drop_table("account")
