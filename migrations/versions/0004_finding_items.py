"""What a bank of ten thousand items is searched and sorted by: words, two figures, the candidates who met a form.

Revision ID: 0004
Revises: 0003
"""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from itembank import search_index
from registry.protection import Protection, install, remove

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_STATISTICS = Protection(table="item_statistics", frozen=(), once=(), open_while=None, deletable_while=None)
_FIGURES = {"difficulty": "p", "discrimination": "point_biserial"}


def upgrade() -> None:
    _change_statistics(_add_figures)
    seen = sa.text("begun_ms IS NOT NULL")
    op.create_index("ix_attempt_form_seen", "attempt", ["form_id"], sqlite_where=seen, postgresql_where=seen)
    op.create_index("ix_form_item_version_id", "form_item", ["version_id"])
    search_index.install(op.get_bind())
    search_index.fill(op.get_bind())


def downgrade() -> None:
    search_index.remove(op.get_bind())
    op.drop_index("ix_form_item_version_id", table_name="form_item")
    op.drop_index("ix_attempt_form_seen", table_name="attempt")
    _change_statistics(_drop_figures)


def _change_statistics(change: Callable[[], None]) -> None:
    """The triggers stand aside while the table changes."""
    remove(op.get_bind(), _STATISTICS)
    change()
    install(op.get_bind(), _STATISTICS)


def _add_figures() -> None:
    for name in _FIGURES:
        op.add_column("item_statistics", sa.Column(name, sa.Double(), nullable=True))
    figures_of = sa.table("item_statistics", sa.column("id", sa.BigInteger()), sa.column("figures", sa.JSON()))
    sorted_by = sa.table("item_statistics", sa.column("id"), sa.column("difficulty"), sa.column("discrimination"))
    connection = op.get_bind()
    for key, figures in connection.execute(sa.select(figures_of)).all():
        values = {name: figures.get(figure) for name, figure in _FIGURES.items()}
        connection.execute(sa.update(sorted_by).where(sorted_by.c.id == key).values(values))


def _drop_figures() -> None:
    with op.batch_alter_table("item_statistics") as batch:
        for name in reversed(_FIGURES):
            batch.drop_column(name)
