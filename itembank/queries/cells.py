"""Joins an item to the cell of the blueprint that it fills; lists, searches and forms all need it."""

from typing import TypeVarTuple

from sqlalchemy import Select

from itembank.model import Competency, CoreCompetency, Indicator, Item

_Columns = TypeVarTuple("_Columns")


def with_blueprint(statement: Select[*_Columns]) -> Select[*_Columns]:
    """The statement, which already has the items, with their indicators up to the blueprint."""
    return (
        statement.join(Item.indicator).join(Indicator.competency).join(Competency.core).join(CoreCompetency.blueprint)
    )
