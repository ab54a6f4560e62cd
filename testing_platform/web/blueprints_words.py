"""The words of blueprints and writing campaigns for people; templates find them as functions."""

from collections.abc import Iterable
from datetime import date

from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import format_date, gettext, lazy_gettext, ngettext

from itembank.coverage import Stage
from itembank.model import Bloom, BlueprintState, Section
from itembank.operations.publishing import Problem, ProblemKind
from itembank.plan_changes import Change, ChangeKind, PartKind
from itembank.verbs import VerbFinding, VerbProblem

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
_SECTIONS = {Section.PEDAGOGIC: lazy_gettext("Pedagogic"), Section.PROFESSIONAL: lazy_gettext("Professional")}
_PARTS = {
    PartKind.BLUEPRINT: lazy_gettext("Blueprint"),
    PartKind.CORE: lazy_gettext("Core competency"),
    PartKind.COMPETENCY: lazy_gettext("Competency"),
    PartKind.INDICATOR: lazy_gettext("Indicator"),
}
_CHANGES = {
    ChangeKind.ADDED: lazy_gettext("New: %(after)s"),
    ChangeKind.REMOVED: lazy_gettext("Removed: %(before)s"),
    ChangeKind.REWORDED: lazy_gettext("Reworded from “%(before)s” to “%(after)s”"),
    ChangeKind.RECODED: lazy_gettext("New code: %(before)s became %(after)s"),
    ChangeKind.MOVED: lazy_gettext("Moved from %(before)s to %(after)s"),
    ChangeKind.BLOOM: lazy_gettext("Bloom level from %(before)s to %(after)s"),
    ChangeKind.REGULATION: lazy_gettext("Number in the regulation from %(before)s to %(after)s"),
    ChangeKind.SOURCE_CODE: lazy_gettext("Number in the source from %(before)s to %(after)s"),
    ChangeKind.WEIGHT: lazy_gettext("Weight from %(before)s to %(after)s"),
    ChangeKind.TITLE: lazy_gettext("Title from “%(before)s” to “%(after)s”"),
    ChangeKind.SUBJECT: lazy_gettext("Subject from “%(before)s” to “%(after)s”"),
    ChangeKind.LEVELS: lazy_gettext("School levels from %(before)s to %(after)s"),
    ChangeKind.SECTION: lazy_gettext("Section from %(before)s to %(after)s"),
    ChangeKind.OPTIONS: lazy_gettext("Options of an item from %(before)s to %(after)s"),
}
# As schools are called: the general kind and the one of the ministry of religion.
LEVELS = {"SD": "SD/MI", "SMP": "SMP/MTs", "SMA": "SMA/MA", "SMK": "SMK/MAK"}


def install(setup: BlueprintSetupState) -> None:
    """Teach the templates the words."""
    setup.app.jinja_env.globals.update(
        stage_name=lambda stage: _STAGES[Stage(stage)],
        stage_meaning=lambda stage: _STAGE_MEANINGS[Stage(stage)],
        blueprint_state_name=lambda state: _STATES[BlueprintState(state)],
        part_name=lambda kind: _PARTS[PartKind(kind)],
        levels_text=levels_text,
        level_options=lambda: list(LEVELS.items()),
        section_options=lambda: [(section.value, str(name)) for section, name in _SECTIONS.items()],
        bloom_levels=lambda: [level.value for level in Bloom],
        change_text=change_text,
        problem_text=problem_text,
        verb_text=verb_text,
        day_text=day_text,
    )


def day_text(on: date) -> str:
    """A day as people write it."""
    return str(format_date(on, "d MMM yyyy"))


def levels_text(levels: Iterable[str]) -> str:
    """The school levels of a blueprint."""
    return ", ".join(LEVELS.get(level, level) for level in levels)


def change_text(change: Change) -> str:
    """A difference between two versions, after the name of the part."""
    before, after = change.before or "–", change.after or "–"
    if change.kind is ChangeKind.SECTION:
        before, after = str(_SECTIONS[Section(before)]), str(_SECTIONS[Section(after)])
    return str(_CHANGES[change.kind]) % {"before": before, "after": after}


def problem_text(problem: Problem) -> str:
    """What stands between a draft and its publication, and what to do about it."""
    if problem.verb is not None:
        return verb_text(problem.verb)
    numbers = {"n_items": problem.n_items, "n_tasks": problem.n_tasks}
    texts = {
        ProblemKind.EMPTY: gettext("Nothing stands below it yet. Add a part, or remove it."),
        ProblemKind.IN_USE: gettext(
            "It was left out, but %(n_items)s items and %(n_tasks)s open writing tasks hang on it. Move the items to "
            "another indicator or retire them, and take the tasks back; or discard the draft.",
            **numbers,
        ),
        ProblemKind.SPECIFICATION: gettext(
            "Forms can no longer be assembled by this specification (%(detail)s) until it is adapted. "
            "Sealed forms stay as they are.",
            detail=problem.detail,
        ),
        ProblemKind.UNCHANGED: gettext("Nothing differs from the version in force."),
        ProblemKind.MALFORMED: gettext("A text cannot be written to a file: %(detail)s", detail=problem.detail),
    }
    return str(texts[problem.kind])


def verb_text(finding: VerbFinding) -> str:
    """What is wrong with the verb of an indicator."""
    if finding.problem is VerbProblem.UNMEASURABLE:
        return str(
            gettext(
                "“%(verb)s” cannot be observed. Write instead: %(instead)s.", verb=finding.verb, instead=finding.instead
            )
        )
    if finding.problem is VerbProblem.OTHER_LEVEL:
        return str(
            ngettext(
                "“%(verb)s” belongs to level %(levels)s. Choose another verb, or that level.",
                "“%(verb)s” belongs to the levels %(levels)s. Choose another verb, or one of those levels.",
                len(finding.levels),
                verb=finding.verb,
                levels=", ".join(finding.levels),
            )
        )
    if finding.problem is VerbProblem.UNKNOWN:
        return str(
            gettext(
                "“%(verb)s” is not on the list of measurable verbs. Make sure that it can be observed.",
                verb=finding.verb,
            )
        )
    return str(gettext("The indicator has no verb."))
