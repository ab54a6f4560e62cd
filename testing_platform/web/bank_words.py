"""The words of the bank for people, in the language of the request; templates find them as functions."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import format_date, lazy_gettext

from exam.model import Purpose
from itembank.checklist import CriterionGroup
from itembank.model import Bloom, Mark, Section
from itembank.operations.bulk import BulkMove
from itembank.states import ItemState
from itembank.textformat import LETTERS
from registry.model import TimeZone
from testing_platform.i18n import ITEM_STATE_NAMES
from testing_platform.web.bank_asked import AGES
from testing_platform.web.verdict_words import figure, reason_text, verdict_name

_STATE_MEANINGS = {
    ItemState.DRAFT: lazy_gettext("Being written; only now can it change."),
    ItemState.IN_REVIEW: lazy_gettext("Waits for reviewers to mark the 16 criteria."),
    ItemState.REVISION: lazy_gettext("This version has ended; a new draft continues the item."),
    ItemState.APPROVED: lazy_gettext("Every criterion is met. It has not been tried out yet."),
    ItemState.PRETEST: lazy_gettext("Stands in a try-out form; its statistics are being collected."),
    ItemState.OPERATIONAL: lazy_gettext("Proved by data; it may count in a score."),
    ItemState.SUSPENDED: lazy_gettext("Taken out at once; no new form takes it."),
    ItemState.RETIRED: lazy_gettext("Never used again."),
}
_PURPOSES = {Purpose.TRYOUT: lazy_gettext("Try-out"), Purpose.OPERATIONAL: lazy_gettext("Operational test")}
_SECTIONS = {Section.PEDAGOGIC: lazy_gettext("Pedagogic"), Section.PROFESSIONAL: lazy_gettext("Professional")}
_GROUPS = {
    CriterionGroup.MATERIAL: lazy_gettext("Material"),
    CriterionGroup.CONSTRUCTION: lazy_gettext("Construction"),
    CriterionGroup.LANGUAGE: lazy_gettext("Language"),
}
_MARKS = {Mark.YES: lazy_gettext("Yes"), Mark.NO: lazy_gettext("No")}
_BLOOM = {
    Bloom.C1: lazy_gettext("remember"),
    Bloom.C2: lazy_gettext("understand"),
    Bloom.C3: lazy_gettext("apply"),
    Bloom.C4: lazy_gettext("analyse"),
    Bloom.C5: lazy_gettext("evaluate"),
    Bloom.C6: lazy_gettext("create"),
}
_ACTS = {
    "item.create": lazy_gettext("Item created"),
    "item.plant": lazy_gettext("Demonstration version written"),
    "item.ship": lazy_gettext("Brought along with the product, as approved"),
    "item.write": lazy_gettext("Draft written"),
    "item.submit": lazy_gettext("Handed to the reviewers"),
    "item.review": lazy_gettext("Review written"),
    "review.assign": lazy_gettext("Review given to somebody"),
    "review.release": lazy_gettext("Review taken or given back"),
    "review.rule": lazy_gettext("Ruled where reviewers differ"),
    "item.approve": lazy_gettext("Approved"),
    "item.revise": lazy_gettext("Sent to revision"),
    "item.move": lazy_gettext("Moved"),
    "item.confirm-fit": lazy_gettext("Found to fit its changed indicator"),
    "item.move-to-cell": lazy_gettext("Moved to another indicator"),
    "item.statistics": lazy_gettext("Statistics recorded"),
    "item.curate": lazy_gettext("Verdict decided"),
    "item.share": lazy_gettext("Shared with a colleague"),
    "item.comment": lazy_gettext("Comment written"),
}


REASON_MIN, REASON_MAX = 5, 500

_BULK = {
    BulkMove.SUSPEND: (
        lazy_gettext("Suspend"),
        lazy_gettext("No new form takes the items. Sealed forms stay as they are. You can bring them back."),
    ),
    BulkMove.RETURN: (
        lazy_gettext("Bring back"),
        lazy_gettext("Each item returns to the state in which it was suspended."),
    ),
    BulkMove.OPERATE: (
        lazy_gettext("Put to use"),
        lazy_gettext("From now on forms that count in scores may take the items."),
    ),
    BulkMove.RETIRE: (
        lazy_gettext("Retire"),
        lazy_gettext("The items are never used again. This cannot be undone."),
    ),
}
_MOVES = {
    ItemState.IN_REVIEW: lazy_gettext("Hand to the reviewers"),
    ItemState.OPERATIONAL: lazy_gettext("Put to use"),
    ItemState.REVISION: lazy_gettext("Send to revision"),
    ItemState.SUSPENDED: lazy_gettext("Suspend"),
    ItemState.RETIRED: lazy_gettext("Retire"),
}
_MOVE_EFFECTS = {
    ItemState.IN_REVIEW: lazy_gettext("The wording can no longer change. Reviewers find the item in their queue."),
    ItemState.OPERATIONAL: lazy_gettext("From now on forms that count in scores may take the item."),
    ItemState.REVISION: lazy_gettext("This version ends. A new draft with the same content is opened for the writer."),
    ItemState.SUSPENDED: lazy_gettext(
        "No new form takes the item. Sealed forms stay as they are. You can bring it back."
    ),
    ItemState.RETIRED: lazy_gettext("The item is never used again. This cannot be undone."),
}


def install(setup: BlueprintSetupState) -> None:
    """Teach the templates the words."""
    setup.app.jinja_env.filters["day"] = _day
    setup.app.jinja_env.globals.update(
        state_name=lambda state: ITEM_STATE_NAMES[ItemState(state)],
        state_meaning=lambda state: _STATE_MEANINGS[ItemState(state)],
        move_effect=lambda state: _MOVE_EFFECTS.get(state, ""),
        purpose_name=lambda purpose: _PURPOSES[Purpose(purpose)],
        section_name=lambda section: _SECTIONS[Section(section)],
        group_name=lambda group: _GROUPS[CriterionGroup(group)],
        mark_name=lambda mark: _MARKS[Mark(mark)],
        bloom_name=lambda bloom: _BLOOM[Bloom(bloom)],
        act_name=lambda action: _ACTS.get(action, action),
        move_name=move_name,
        state_options=states,
        bloom_options=lambda: [(bloom.value, f"{bloom.value} {text}") for bloom, text in _BLOOM.items()],
        key_options=lambda: [(letter, letter) for letter in LETTERS],
        age_options=lambda: [(age, words[0]) for age, words in AGES.items()],
        bulk_options=lambda: [(move.value, words[0]) for move, words in _BULK.items()],
        bulk_name=lambda move: _BULK[move][0],
        bulk_effect=lambda move: _BULK[move][1],
        purpose_options=purposes,
        verdict_name=verdict_name,
        reason_text=reason_text,
        figure=figure,
    )


def _day(instant: datetime) -> str:
    """The day alone, where the hour says nothing."""
    return str(format_date(instant.astimezone(ZoneInfo(TimeZone.WIB.value)), "d MMM yyyy"))


def purposes() -> list[tuple[str, str]]:
    """The purposes as choices of a form."""
    return [(purpose.value, str(text)) for purpose, text in _PURPOSES.items()]


def states() -> list[tuple[str, str]]:
    """The states of an item as choices of a filter."""
    return [(state.value, str(text)) for state, text in ITEM_STATE_NAMES.items()]


def move_name(old: ItemState, new: ItemState) -> str:
    """What somebody does who moves a version."""
    return str(lazy_gettext("Bring back")) if old is ItemState.SUSPENDED else str(_MOVES[new])
