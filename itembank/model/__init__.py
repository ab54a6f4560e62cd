"""Tables of the item bank: blueprints, items and their versions, the writer's desk, reviews, statistics."""

from itembank.model.blueprints import (
    Bloom,
    Blueprint,
    BlueprintState,
    Competency,
    CoreCompetency,
    FormSpecification,
    Indicator,
    Section,
)
from itembank.model.items import Item, ItemOption, ItemPicture, ItemVersion, Media, Passage
from itembank.model.reviews import Checklist, Mark, Review, ReviewAssignment, Ruling
from itembank.model.statistics import Curation, CurationAct, ItemStatistics
from itembank.model.writing import ItemAuthor, ItemComment, WorkingCopy, WritingTask

__all__ = [
    "Bloom",
    "Blueprint",
    "BlueprintState",
    "Checklist",
    "Competency",
    "CoreCompetency",
    "Curation",
    "CurationAct",
    "FormSpecification",
    "Indicator",
    "Item",
    "ItemAuthor",
    "ItemComment",
    "ItemOption",
    "ItemPicture",
    "ItemStatistics",
    "ItemVersion",
    "Mark",
    "Media",
    "Passage",
    "Review",
    "ReviewAssignment",
    "Ruling",
    "Section",
    "WorkingCopy",
    "WritingTask",
]
