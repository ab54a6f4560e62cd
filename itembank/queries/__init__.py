"""What people look up in the bank: lists, the page of an item, the coverage of a blueprint, what a form may take."""

from itembank.queries.coverage import (
    blueprint_by_code,
    blueprints,
)
from itembank.queries.formable import OPERATIONAL_STATES, TRYOUT_STATES, EligibleVersion, eligible_versions
from itembank.queries.items import ItemPage, history_of, item_by_code, item_page, version_by_public_id, versions_of
from itembank.queries.lists import ItemFilter, ItemRow, Span, find_items
from itembank.queries.specifications import form_specification, form_specifications
from itembank.queries.statistics import administration_statistics, statistics_by_public_id, statistics_of

__all__ = [
    "OPERATIONAL_STATES",
    "TRYOUT_STATES",
    "EligibleVersion",
    "ItemFilter",
    "ItemPage",
    "ItemRow",
    "Span",
    "administration_statistics",
    "blueprint_by_code",
    "blueprints",
    "eligible_versions",
    "find_items",
    "form_specification",
    "form_specifications",
    "history_of",
    "item_by_code",
    "item_page",
    "statistics_by_public_id",
    "statistics_of",
    "version_by_public_id",
    "versions_of",
]
