"""What people do with the bank: one function per thing, in one module per kind of work.

    blueprints   load blueprints and form specifications
    writing      create items, write drafts, submit them
    reviewing    mark the checklist, approve, send back
    life         every other move of a version
    curation     statistics, verdicts, decisions
    seeding      the bank that ships with the product
    tasks        empty cells given to writers

Operations take the actor and the time, write one audit event for each act, and never commit.
"""

from itembank.operations.blueprints import load_blueprint, load_form_specification
from itembank.operations.curation import PROPOSED, decide_verdict, record_statistics, reopened
from itembank.operations.life import move_version, start_pretest
from itembank.operations.reviewing import REVIEWS_NEEDED, approve, review_version, send_to_revision
from itembank.operations.seeding import SeedReport, seed_shipped_bank
from itembank.operations.tasks import change_task, fulfil_tasks, give_task, take_task_back
from itembank.operations.writing import Draft, create_item, open_demo_version, submit_for_review, write_draft

__all__ = [
    "PROPOSED",
    "REVIEWS_NEEDED",
    "Draft",
    "SeedReport",
    "approve",
    "change_task",
    "create_item",
    "decide_verdict",
    "fulfil_tasks",
    "give_task",
    "load_blueprint",
    "load_form_specification",
    "move_version",
    "open_demo_version",
    "record_statistics",
    "reopened",
    "review_version",
    "seed_shipped_bank",
    "send_to_revision",
    "start_pretest",
    "submit_for_review",
    "take_task_back",
    "write_draft",
]
