"""Parts of a blueprint as typed: their shape is checked by the text format, and each field says what to mend."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from flask_babel import gettext
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from itembank.model import Blueprint, Competency, CoreCompetency, Indicator
from itembank.operations.blueprint_parts import Part, seen_of
from itembank.plantext import BlueprintHead, CompetencyHead, CoreHead, IndicatorText
from itembank.tomltext import Settings
from testing_platform.web.tasks_form import number

_Model = TypeVar("_Model", bound=Settings)
WEIGHT_MAX = 1000


@dataclass(frozen=True)
class Typed(Generic[_Model]):
    """What was typed, what is wrong with it, and the checked value where nothing is."""

    fields: Mapping[str, Any]
    seen: str = ""
    parent: str = ""  # the code of the part above
    errors: dict[str, str] = field(default_factory=dict)
    value: _Model | None = None

    def text(self, name: str) -> str:
        """A field as the page shows it again."""
        found = self.fields.get(name)
        return "" if found is None else str(found)


def typed_head(form: MultiDict[str, str]) -> Typed[BlueprintHead]:
    """What holds for a whole blueprint."""
    fields: dict[str, Any] = {name: form.get(name, "").strip() for name in ("title", "subject", "section")}
    fields["levels"] = tuple(form.getlist("levels"))
    fields["n_options"] = number(form.get("n_options", ""), most=9) or 0
    return _checked(BlueprintHead, fields, form)


def typed_part(kind: str, form: MultiDict[str, str]) -> Typed[CoreHead] | Typed[CompetencyHead] | Typed[IndicatorText]:
    """A core competency, a competency or an indicator."""
    if kind == "core":
        return _checked(CoreHead, _words(form, "code", "title", "regulation"), form)
    if kind == "competency":
        fields: dict[str, Any] = _words(form, "code", "source_code", "title", "regulation")
        weight = form.get("weight", "").strip()
        fields["weight"] = (number(weight, most=WEIGHT_MAX) or 0) if weight else None
        return _checked(CompetencyHead, fields, form)
    return _checked(IndicatorText, _words(form, "code", "source_code", "bloom", "text"), form)


def stored_head(plan: Blueprint) -> Typed[BlueprintHead]:
    """The head of a version, for its form."""
    names = ("title", "subject", "levels", "n_options")
    fields = {name: getattr(plan, name) for name in names} | {"section": plan.section.value}
    return Typed(fields, seen=seen_of(plan))


def stored_part(part: Part) -> Typed[Settings]:
    """A part of a version, for its form."""
    names: tuple[str, ...]
    if isinstance(part, CoreCompetency):
        names, parent = ("code", "title", "regulation"), ""
    elif isinstance(part, Competency):
        names, parent = ("code", "source_code", "title", "regulation", "weight"), part.core.code
    else:
        names, parent = ("code", "source_code", "text"), part.competency.code
    fields = {name: getattr(part, name) for name in names}
    bloom = {"bloom": part.bloom.value} if isinstance(part, Indicator) else {}
    return Typed(fields | bloom, seen=seen_of(part), parent=parent)


def kind_of(part: Part) -> str:
    """How addresses and forms call the kind of a part."""
    if isinstance(part, CoreCompetency):
        return "core"
    return "competency" if isinstance(part, Competency) else "indicator"


def _words(form: MultiDict[str, str], *names: str) -> dict[str, Any]:
    # One line each: what a browser sends of a text area may hold line breaks.
    typed = {name: " ".join(form.get(name, "").split()) for name in names}
    optional = {"regulation", "source_code"}
    return {name: None if name in optional and not value else value for name, value in typed.items()}


def _checked(model: type[_Model], fields: Mapping[str, Any], form: MultiDict[str, str]) -> Typed[_Model]:
    seen, parent = form.get("seen", ""), form.get("parent", "")
    try:
        return Typed(fields, seen, parent, value=model.model_validate(fields))
    except ValidationError as error:
        wrong = {str(each["loc"][0]) for each in error.errors(include_url=False)}
        return Typed(fields, seen, parent, errors={name: _mend(name) for name in fields if name in wrong})


def _mend(name: str) -> str:
    texts = {
        "code": gettext(
            "The code has capital letters and digits, parts joined by full stops, for example M1.2 or M07."
        ),
        "bloom": gettext("Choose a level."),
        "levels": gettext("Choose at least one school level."),
        "section": gettext("Choose a section."),
        "n_options": gettext("Choose 4 or 5 options."),
        "regulation": gettext("Write at most 16 characters, for example 20.4."),
        "source_code": gettext("Write at most 16 characters, for example 20.4."),
        "weight": gettext("Write a whole number from 1 to %(most)s.", most=WEIGHT_MAX),
        "subject": gettext("Write 1 to %(most)s characters that can be seen.", most=300),
        "title": gettext("Write 1 to %(most)s characters that can be seen.", most=300),
    }
    return str(texts.get(name) or gettext("Write 1 to %(most)s characters that can be seen.", most=600))
