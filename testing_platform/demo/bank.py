"""The demo's bank: the shipped one, with four items spoiled beside their sound versions."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from itembank import queries
from itembank.checklist import current_checklist
from itembank.media import CleanMedia
from itembank.model import Mark
from itembank.operations import (
    Draft,
    assign_proposed,
    open_demo_version,
    review_version,
    seed_shipped_bank,
    submit_for_review,
)
from itembank.operations.tasks import today
from itembank.textformat import ItemText, shipped_items, shipped_media
from registry.actor import SYSTEM
from testing_platform.demo.cast import Cast
from testing_platform.demo.planted import PLANTED, spoil

READING_TIME = timedelta(days=7)


def furnish_bank(session: Session, cast: Cast, *, now: datetime) -> tuple[ItemText, ...]:
    """Seed the bank and plant the faults; the sound texts come back."""
    seed_shipped_bank(session, actor=SYSTEM, now=now)
    items, pictures = shipped_items(), shipped_media()
    spoiled = {planted.code for planted in PLANTED}
    for text in items:
        if text.code in spoiled:
            _plant(session, cast, spoil(text), pictures=pictures, now=now)
    return tuple(items)


def _plant(session: Session, cast: Cast, text: ItemText, *, pictures: Mapping[str, CleanMedia], now: datetime) -> None:
    item = queries.item_by_code(session, text.code)
    assert item is not None  # noqa: S101 - it was seeded a moment ago
    version = open_demo_version(session, item, Draft.of(text, pictures=pictures), actor=cast.writer, now=now)
    submit_for_review(session, version, actor=cast.writer, now=now)
    assign_proposed(session, [version], due_on=today(now) + READING_TIME, actor=cast.bank_manager, now=now)
    marks = dict.fromkeys(current_checklist().codes, Mark.YES)
    for reviewer in (cast.reviewer, cast.second_reviewer):
        review_version(session, version, marks=marks, actor=reviewer, now=now)
