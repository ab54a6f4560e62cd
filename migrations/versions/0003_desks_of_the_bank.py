"""The writers' and reviewers' desks: passages, tasks, working copies, comments, assignments, rulings; versions of plans.

Revision ID: 0003
Revises: 0002
"""

import uuid
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from registry.protection import Protection, install, remove

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PROTECTIONS = (
    Protection(table="checklist", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="passage", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="item_author", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="item_comment", frozen=(), once=(), open_while=None, deletable_while=None),
    Protection(table="ruling", frozen=(), once=(), open_while=None, deletable_while=None),
)

_FROZEN = (
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
)
_DRAFT = "OLD.state = 'draft'"
_VERSION_BEFORE = Protection(table="item_version", frozen=_FROZEN, open_while=_DRAFT)
_VERSION_AFTER = Protection(
    table="item_version", frozen=(*_FROZEN[:7], "sources", "passage_id", *_FROZEN[7:]), open_while=_DRAFT
)
# A published blueprint never changes again.
_BLUEPRINTS = (
    Protection(
        table="blueprint", frozen=("code", "version", "title", "subject", "section", "n_options"), open_while=_DRAFT
    ),
    Protection(
        table="core_competency", open_while="(SELECT state FROM blueprint WHERE id = OLD.blueprint_id) = 'draft'"
    ),
    Protection(
        table="competency",
        open_while="(SELECT blueprint.state FROM blueprint JOIN core_competency "
        "ON core_competency.blueprint_id = blueprint.id WHERE core_competency.id = OLD.core_id) = 'draft'",
    ),
    Protection(
        table="indicator",
        open_while="(SELECT blueprint.state FROM blueprint JOIN core_competency "
        "ON core_competency.blueprint_id = blueprint.id JOIN competency ON competency.core_id = core_competency.id "
        "WHERE competency.id = OLD.competency_id) = 'draft'",
    ),
)
# A specification of forms has editions from now on, and none of them changes.
_SPECIFICATION = Protection(table="form_specification")
_OPTION = Protection(
    table="item_option", open_while="(SELECT state FROM item_version WHERE id = OLD.version_id) = 'draft'"
)


def upgrade() -> None:
    _create_tables()
    for protection in PROTECTIONS:
        install(op.get_bind(), protection)
    _give_blueprints_states()
    _give_indicators_lineages()
    # Words for each criterion; reviews from before have only those on the whole item. No batch: triggers guard the table.
    op.add_column("review", sa.Column("comments", sa.JSON(), nullable=False, server_default="{}"))
    _protect_versions(before=_VERSION_BEFORE, after=_VERSION_AFTER, change=_add_sources_and_passage)
    for protection in _BLUEPRINTS:
        install(op.get_bind(), protection)
    _give_specifications_editions()


def downgrade() -> None:
    _take_editions_away()
    op.drop_column("review", "comments")
    for protection in _BLUEPRINTS:
        remove(op.get_bind(), protection)
    _protect_versions(before=_VERSION_AFTER, after=_VERSION_BEFORE, change=_drop_sources_and_passage)
    op.drop_index("ix_indicator_lineage", table_name="indicator")
    with op.batch_alter_table("indicator") as batch:
        batch.drop_column("lineage")
    op.drop_index("ix_blueprint_one_in_force", table_name="blueprint")
    op.drop_index("ix_blueprint_one_draft", table_name="blueprint")
    with op.batch_alter_table("competency") as batch:
        batch.drop_constraint("weight", type_="check")
        batch.drop_column("weight")
    with op.batch_alter_table("blueprint") as batch:
        batch.drop_constraint("state_known", type_="check")
        batch.drop_constraint("target", type_="check")
        batch.drop_column("target_on")
        batch.drop_column("target")
        batch.drop_column("changed_at")
        batch.drop_column("state")
    for protection in PROTECTIONS:
        remove(op.get_bind(), protection)
    for table in (
        "ruling",
        "working_copy",
        "review_assignment",
        "item_author",
        "item_comment",
        "writing_task",
        "passage",
        "checklist",
    ):
        op.drop_table(table)


def _give_blueprints_states() -> None:
    with op.batch_alter_table("blueprint") as batch:
        batch.add_column(sa.Column("state", sa.String(length=32), nullable=False, server_default="published"))
        batch.add_column(sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("target", sa.Integer(), nullable=False, server_default="3"))
        batch.add_column(sa.Column("target_on", sa.Date(), nullable=True))
        batch.create_check_constraint("state_known", "state IN ('draft', 'published', 'replaced')")
        batch.create_check_constraint("target", "target BETWEEN 1 AND 50")
    with op.batch_alter_table("competency") as batch:
        batch.add_column(sa.Column("weight", sa.Integer(), nullable=True))
        batch.create_check_constraint("weight", "weight BETWEEN 1 AND 1000")
    op.execute(
        "UPDATE blueprint SET state = 'replaced' WHERE EXISTS "
        "(SELECT 1 FROM blueprint AS later WHERE later.code = blueprint.code AND later.version > blueprint.version)"
    )
    for name, state in (("ix_blueprint_one_draft", "draft"), ("ix_blueprint_one_in_force", "published")):
        where = sa.text(f"state = '{state}'")
        op.create_index(name, "blueprint", ["code"], unique=True, sqlite_where=where, postgresql_where=where)


def _give_specifications_editions() -> None:
    with op.batch_alter_table("form_specification") as batch:
        batch.add_column(sa.Column("edition", sa.Integer(), nullable=False, server_default="1"))
        batch.drop_constraint("uq_form_specification_code", type_="unique")
        batch.create_unique_constraint("uq_form_specification_code_edition", ["code", "edition"])
    install(op.get_bind(), _SPECIFICATION)
    # No batch: triggers guard the table.
    op.add_column("form", sa.Column("specification_edition", sa.Integer(), nullable=False, server_default="1"))


def _take_editions_away() -> None:
    op.drop_column("form", "specification_edition")
    remove(op.get_bind(), _SPECIFICATION)
    op.execute(  # only the newest one has a place under its code
        "DELETE FROM form_specification WHERE edition < "
        "(SELECT max(edition) FROM form_specification AS later WHERE later.code = form_specification.code)"
    )
    with op.batch_alter_table("form_specification") as batch:
        batch.drop_constraint("uq_form_specification_code_edition", type_="unique")
        batch.drop_column("edition")
        batch.create_unique_constraint("uq_form_specification_code", ["code"])


def _give_indicators_lineages() -> None:
    op.add_column("indicator", sa.Column("lineage", sa.Uuid(), nullable=True))
    indicator = sa.table("indicator", sa.column("id", sa.BigInteger()), sa.column("lineage", sa.Uuid()))
    connection = op.get_bind()
    for key in connection.scalars(sa.select(indicator.c.id)).all():
        connection.execute(sa.update(indicator).where(indicator.c.id == key).values(lineage=uuid.uuid4()))
    with op.batch_alter_table("indicator") as batch:
        batch.alter_column("lineage", existing_type=sa.Uuid(), nullable=False)
    op.create_index("ix_indicator_lineage", "indicator", ["lineage"])


def _protect_versions(*, before: Protection, after: Protection, change: Callable[[], None]) -> None:
    """Change the table of versions under new triggers; those of the options look into it and stand aside meanwhile."""
    connection = op.get_bind()
    for protection in (before, _OPTION):
        remove(connection, protection)
    change()
    for protection in (after, _OPTION):
        install(connection, protection)


def _add_sources_and_passage() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("item_version") as batch:
        batch.add_column(sa.Column("sources", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("passage_id", key, nullable=True))
        batch.create_foreign_key("fk_item_version_passage_id_passage", "passage", ["passage_id"], ["id"])


def _drop_sources_and_passage() -> None:
    with op.batch_alter_table("item_version") as batch:
        batch.drop_constraint("fk_item_version_passage_id_passage", type_="foreignkey")
        batch.drop_column("passage_id")
        batch.drop_column("sources")


def _create_tables() -> None:
    op.create_table(
        "checklist",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_checklist"),
        sa.UniqueConstraint("code", "edition", name="uq_checklist_code_edition"),
    )
    op.create_table(
        "passage",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("pictures", sa.JSON(), nullable=False),
        sa.Column("written_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["written_by_id"], ["account.id"], name="fk_passage_written_by_id_account"),
        sa.PrimaryKeyConstraint("id", name="pk_passage"),
        sa.UniqueConstraint("code", "number", name="uq_passage_code_number"),
        sa.UniqueConstraint("public_id", name="uq_passage_public_id"),
    )
    op.create_table(
        "writing_task",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("indicator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assignee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("n_items", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("assigned_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("n_items BETWEEN 1 AND 50", name="ck_writing_task_n_items"),
        sa.ForeignKeyConstraint(["assigned_by_id"], ["account.id"], name="fk_writing_task_assigned_by_id_account"),
        sa.ForeignKeyConstraint(["assignee_id"], ["account.id"], name="fk_writing_task_assignee_id_account"),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name="fk_writing_task_indicator_id_indicator"),
        sa.PrimaryKeyConstraint("id", name="pk_writing_task"),
        sa.UniqueConstraint("public_id", name="uq_writing_task_public_id"),
    )
    op.create_index("ix_writing_task_assignee_id", "writing_task", ["assignee_id"], unique=False)
    op.create_index(
        "ix_writing_task_once",
        "writing_task",
        ["indicator_id", "assignee_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_writing_task_indicator_id", "writing_task", ["indicator_id"], unique=False)
    op.create_table(
        "item_author",
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("added_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_item_author_account_id_account"),
        sa.ForeignKeyConstraint(["added_by_id"], ["account.id"], name="fk_item_author_added_by_id_account"),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_item_author_item_id_item"),
        sa.PrimaryKeyConstraint("item_id", "account_id", name="pk_item_author"),
    )
    op.create_index("ix_item_author_account_id", "item_author", ["account_id"], unique=False)
    op.create_table(
        "item_comment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name="fk_item_comment_author_id_account"),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name="fk_item_comment_version_id_item_version"),
        sa.PrimaryKeyConstraint("id", name="pk_item_comment"),
        sa.UniqueConstraint("public_id", name="uq_item_comment_public_id"),
    )
    op.create_index("ix_item_comment_version_id", "item_comment", ["version_id"], unique=False)
    op.create_table(
        "review_assignment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reviewer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("assigned_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["assigned_by_id"], ["account.id"], name="fk_review_assignment_assigned_by_id_account"),
        sa.ForeignKeyConstraint(["reviewer_id"], ["account.id"], name="fk_review_assignment_reviewer_id_account"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_version.id"], name="fk_review_assignment_version_id_item_version"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_review_assignment"),
        sa.UniqueConstraint("public_id", name="uq_review_assignment_public_id"),
    )
    op.create_index(
        "ix_review_assignment_once",
        "review_assignment",
        ["version_id", "reviewer_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_review_assignment_reviewer_id", "review_assignment", ["reviewer_id"], unique=False)
    op.create_index("ix_review_assignment_version_id", "review_assignment", ["version_id"], unique=False)
    op.create_table(
        "working_copy",
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.LargeBinary(length=32), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_working_copy_account_id_account"),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name="fk_working_copy_version_id_item_version"),
        sa.PrimaryKeyConstraint("version_id", "account_id", name="pk_working_copy"),
    )
    op.create_table(
        "ruling",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("criterion", sa.String(length=8), nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ruled_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name="fk_ruling_review_id_review"),
        sa.ForeignKeyConstraint(["ruled_by_id"], ["account.id"], name="fk_ruling_ruled_by_id_account"),
        sa.PrimaryKeyConstraint("id", name="pk_ruling"),
        sa.UniqueConstraint("review_id", "criterion", name="uq_ruling_review_id_criterion"),
    )
