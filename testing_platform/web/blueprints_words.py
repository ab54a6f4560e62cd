"""The words of blueprints and writing campaigns for people; templates find them as functions."""

from collections.abc import Iterable
from datetime import date

from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import format_date, lazy_gettext

from itembank.coverage import Stage
from itembank.model import BlueprintState

_STAGES = {
    Stage.WRITTEN: lazy_gettext("Being written"),
    Stage.IN_REVIEW: lazy_gettext("In review"),
    Stage.APPROVED: lazy_gettext("Approved"),
    Stage.OPERATIONAL: lazy_gettext("Operational"),
}
_STAGE_MEANINGS = {
    Stage.WRITTEN: lazy_gettext("Drafts"),
    Stage.IN_REVIEW: lazy_gettext("Wait for reviewers"),
    Stage.APPROVED: lazy_gettext("Approved or in a try-out; not yet proved by data"),
    Stage.OPERATIONAL: lazy_gettext("Proved by data; may count in a score"),
}
_STATES = {
    BlueprintState.DRAFT: lazy_gettext("Draft"),
    BlueprintState.PUBLISHED: lazy_gettext("In force"),
    BlueprintState.REPLACED: lazy_gettext("Replaced"),
}
# As schools are called: the general kind and the one of the ministry of religion.
LEVELS = {"SD": "SD/MI", "SMP": "SMP/MTs", "SMA": "SMA/MA", "SMK": "SMK/MAK"}


def install(setup: BlueprintSetupState) -> None:
    """Teach the templates the words."""
    setup.app.jinja_env.globals.update(
        stage_name=lambda stage: _STAGES[Stage(stage)],
        stage_meaning=lambda stage: _STAGE_MEANINGS[Stage(stage)],
        blueprint_state_name=lambda state: _STATES[BlueprintState(state)],
        levels_text=levels_text,
        day_text=day_text,
    )


def day_text(on: date) -> str:
    """A day as people write it."""
    return str(format_date(on, "d MMM yyyy"))


def levels_text(levels: Iterable[str]) -> str:
    """The school levels of a blueprint."""
    return ", ".join(LEVELS.get(level, level) for level in levels)
