"""Grows the tree of a blueprint from its file."""

from itembank.model import Bloom, Competency, CoreCompetency, Indicator
from itembank.plantext import BlueprintText, CompetencyText, CoreText, IndicatorText


def tree_of(text: BlueprintText) -> list[CoreCompetency]:
    """The tree that a file describes, as rows that belong to no blueprint yet."""
    return [_core(core, position) for position, core in enumerate(text.cores, start=1)]


def _core(text: CoreText, position: int) -> CoreCompetency:
    return CoreCompetency(
        position=position,
        code=text.code,
        title=text.title,
        regulation=text.regulation,
        competencies=[_competency(part, number) for number, part in enumerate(text.competencies, start=1)],
    )


def _competency(text: CompetencyText, position: int) -> Competency:
    return Competency(
        position=position,
        code=text.code,
        source_code=text.source_code,
        title=text.title,
        regulation=text.regulation,
        weight=text.weight,
        indicators=[_indicator(part, number) for number, part in enumerate(text.indicators, start=1)],
    )


def _indicator(text: IndicatorText, position: int) -> Indicator:
    return Indicator(
        position=position, code=text.code, source_code=text.source_code, bloom=Bloom(text.bloom), text=text.text
    )
