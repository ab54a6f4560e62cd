"""The words of specifications of forms for people; templates find them as functions."""

from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import gettext, lazy_gettext

from itembank.specification_changes import SpecificationChange, SpecificationChangeKind
from testing_platform.web.specifications_form import Way

_WAYS = {
    Way.ALLOCATION: lazy_gettext("A number for each competency"),
    Way.PER_INDICATOR: lazy_gettext("As many of every indicator"),
    Way.MIN_PER_CORE: lazy_gettext("A total, and at least some of each core competency"),
}
_CHANGES = {
    SpecificationChangeKind.TITLE: lazy_gettext("Title from “%(before)s” to “%(after)s”"),
    SpecificationChangeKind.MINUTES: lazy_gettext("Minutes from %(before)s to %(after)s"),
    SpecificationChangeKind.CUT: lazy_gettext("Passed at %(after)s of 100 instead of %(before)s"),
    SpecificationChangeKind.SECTION_ADDED: lazy_gettext("New section from %(blueprint)s with %(after)s items"),
    SpecificationChangeKind.SECTION_REMOVED: lazy_gettext("Section from %(blueprint)s with %(before)s items removed"),
    SpecificationChangeKind.SECTION_ORDER: lazy_gettext("Order of the sections: %(after)s"),
    SpecificationChangeKind.ITEMS: lazy_gettext("%(blueprint)s: %(after)s items instead of %(before)s"),
    SpecificationChangeKind.COMPETENCY: lazy_gettext("%(competency)s: %(after)s items instead of %(before)s"),
}


def install(setup: BlueprintSetupState) -> None:
    """Teach the templates the words."""
    setup.app.jinja_env.globals.update(
        way_name=lambda way: _WAYS[Way(way)],
        ways=lambda: [(way.value, str(name)) for way, name in _WAYS.items()],
        specification_change_text=change_text,
    )


def change_text(change: SpecificationChange) -> str:
    """A difference between two editions."""
    if change.kind is SpecificationChangeKind.WAY:
        way = str(_WAYS[Way(change.after.split()[0])])
        return str(gettext("%(blueprint)s is spread another way: %(way)s", blueprint=change.blueprint, way=way.lower()))
    shown = {"blueprint": change.blueprint, "competency": change.competency}
    return str(_CHANGES[change.kind]) % {**shown, "before": change.before, "after": change.after}
