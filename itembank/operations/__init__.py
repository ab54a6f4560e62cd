"""What people do with the bank: one function per thing, in one module per kind of work.

    blueprints   load blueprints
    specifications  load, plan and revise specifications of forms
    writing      create items, write drafts, submit them
    assigning    ask people to review, replace and release them
    reviewing    mark the checklist, approve, send back
    rulings      the bank manager's word where reviewers disagree
    checklists   load a checklist
    life         every other move of a version
    curation     statistics, verdicts, decisions
    seeding      the bank that ships with the product
    tasks        empty cells given to writers

Operations take the actor and the time, write one audit event for each act, and never commit.
"""

from itembank.consensus import REVIEWS_NEEDED
from itembank.operations.assigning import assign, assign_proposed, give_back, reassign, release_reviewer
from itembank.operations.blueprints import load_blueprint
from itembank.operations.checklists import load_checklist
from itembank.operations.curation import PROPOSED, decide_verdict, record_statistics, reopened
from itembank.operations.life import move_version, start_pretest
from itembank.operations.reviewing import approve, review_version, send_to_revision
from itembank.operations.rulings import Word, rule, send_back
from itembank.operations.seeding import SeedReport, seed_shipped_bank
from itembank.operations.specifications import load_form_specification, revise_specification
from itembank.operations.tasks import change_task, fulfil_tasks, give_task, take_task_back
from itembank.operations.writing import Draft, create_item, open_demo_version, submit_for_review, write_draft

__all__ = [
    "PROPOSED",
    "REVIEWS_NEEDED",
    "Draft",
    "SeedReport",
    "Word",
    "approve",
    "assign",
    "assign_proposed",
    "change_task",
    "create_item",
    "decide_verdict",
    "fulfil_tasks",
    "give_back",
    "give_task",
    "load_blueprint",
    "load_checklist",
    "load_form_specification",
    "move_version",
    "open_demo_version",
    "reassign",
    "record_statistics",
    "release_reviewer",
    "reopened",
    "review_version",
    "revise_specification",
    "rule",
    "seed_shipped_bank",
    "send_back",
    "send_to_revision",
    "start_pretest",
    "submit_for_review",
    "take_task_back",
    "write_draft",
]
