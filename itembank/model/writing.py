"""The writer's desk: tasks for empty cells, what is being typed, and what people say about it."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from itembank.model.blueprints import Indicator
from itembank.model.items import Item, ItemVersion
from registry.columns import Base, Digest, Document, Key, PublicId, Short
from registry.model import Account
from registry.protection import Protection


class WritingTask(Base):
    """An empty cell given to a writer: so many items for an indicator, until a day."""

    __tablename__ = "writing_task"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    assignee_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    n_items: Mapped[int]
    due_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text, default="")
    assigned_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    assigned_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # fulfilled or taken back

    indicator: Mapped[Indicator] = relationship()
    assignee: Mapped[Account] = relationship(foreign_keys=[assignee_id])
    assigned_by: Mapped[Account] = relationship(foreign_keys=[assigned_by_id])

    __table_args__ = (
        CheckConstraint("n_items BETWEEN 1 AND 50", name="n_items"),
        # More items of one cell from the same writer are a larger number, not a second task.
        Index(
            "ix_writing_task_once",
            "indicator_id",
            "assignee_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class ItemAuthor(Base):
    """Somebody who writes on an item: sees it on the own desk, and never reviews it."""

    __tablename__ = "item_author"

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, index=True)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    added_at: Mapped[datetime]

    item: Mapped[Item] = relationship()
    account: Mapped[Account] = relationship(foreign_keys=[account_id])

    __table_args__ = ({"info": {"protection": Protection(table="item_author")}},)


class WorkingCopy(Base):
    """What one writer has typed into a draft, as typed, whether or not it can be drawn yet. Nothing typed is lost."""

    __tablename__ = "working_copy"

    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    counter: Mapped[int]  # counts the savings, so that an older tab is found out
    based_on: Mapped[Digest]  # content digest of the draft that it changes
    content: Mapped[Document] = mapped_column(JSON)
    saved_at: Mapped[datetime]

    version: Mapped[ItemVersion] = relationship()
    account: Mapped[Account] = relationship()


class ItemComment(Base):
    """What somebody says about a version, to the writer and everybody who may read it."""

    __tablename__ = "item_comment"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    part: Mapped[Short]  # stem, a letter, rationale, or empty: the whole item
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    written_at: Mapped[datetime]

    version: Mapped[ItemVersion] = relationship()
    author: Mapped[Account] = relationship()

    __table_args__ = ({"info": {"protection": Protection(table="item_comment")}},)
