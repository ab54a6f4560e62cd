"""What can go wrong with blueprints, specifications of forms and writing tasks; another branch of `WorkflowError`.

WorkflowError            an act that the rules do not allow; nothing was changed
├── TaskError            a writing task that cannot be given or changed like this
├── PlanError            a blueprint that cannot be changed or published like this
└── SpecificationError   a specification of forms that cannot be written like this
"""

from itembank.operations.errors import WorkflowError

# Tasks


class TaskError(WorkflowError):
    """A writing task that cannot be given or changed like this."""

    code = "task"


class AssigneeNotWriter(TaskError):
    """A task for somebody who may not write items."""

    code = "assignee-not-writer"
    message = "%(name)s does not hold the role of item writer. Choose another person."


class TaskTwice(TaskError):
    """A second open task of one writer for one indicator."""

    code = "task-twice"
    message = "%(name)s has an open task for indicator %(indicator)s already. Change the number of items there."


class DueDatePast(TaskError):
    """A task that would be late from the beginning."""

    code = "due-date-past"
    message = "The date %(due)s is past. Choose today or a later day."


class TaskSizeWrong(TaskError):
    """A task for no item, or for more than anybody can write."""

    code = "task-size-wrong"
    message = "A task asks for 1 to %(most)d items."


class TaskEnded(TaskError):
    """A change of a task that was fulfilled or taken back."""

    code = "task-ended"
    message = "This task was fulfilled or taken back meanwhile. Look at the list again."


class IndicatorNotCurrent(TaskError):
    """A task for an indicator of a version that is not in force."""

    code = "indicator-not-current"
    message = (
        "Indicator %(indicator)s belongs to a version of the blueprint that is not in force. Choose the newest one."
    )


# Blueprints


class PlanError(WorkflowError):
    """A blueprint that cannot be changed or published like this."""

    code = "plan"


class BlueprintFixed(PlanError):
    """A change of a version that was published."""

    code = "blueprint-fixed"
    message = (
        "Version %(version)d of the blueprint %(blueprint)s is published and never changes. "
        "Make a draft of the next version."
    )


class BlueprintCodeTaken(PlanError):
    """A new blueprint under the code of another one."""

    code = "blueprint-code-taken"
    message = "There is a blueprint %(blueprint)s already. Choose another code, or make a draft of its next version."


class BlueprintDraftExists(PlanError):
    """A second draft of one blueprint."""

    code = "blueprint-draft-exists"
    message = "There is a draft of the blueprint %(blueprint)s already. Continue or discard that one."


class PartCodeTaken(PlanError):
    """A code that another part of the same blueprint bears."""

    code = "part-code-taken"
    message = "The code %(part)s stands in this blueprint already. Choose another one."


class PartNotEmpty(PlanError):
    """A part that still has others below it, to be removed."""

    code = "part-not-empty"
    message = "%(part)s still has parts below it. Move or remove them first."


class PartChangedMeanwhile(PlanError):
    """A change by somebody who saw an older wording."""

    code = "part-changed-meanwhile"
    message = "%(part)s was changed by somebody else meanwhile, so nothing was overwritten. Look at it again."


class IndicatorInUse(PlanError):
    """An indicator with live items or open tasks, to be removed."""

    code = "indicator-in-use"
    message = (
        "Indicator %(indicator)s still has %(n_items)d items and %(n_tasks)d open writing tasks. Move the items to "
        "another indicator or retire them, take the tasks back, then remove it."
    )


class PlanNotReady(PlanError):
    """A draft with problems that keep it from being published."""

    code = "plan-not-ready"
    message = "The draft cannot be published yet: %(n_problems)d problems stand on its page."


class IndicatorGone(PlanError):
    """An item that should stay with an indicator which the version in force does not have."""

    code = "indicator-gone"
    message = "The version in force has no indicator %(indicator)s. Move item %(item)s to another indicator."


class CellUnchanged(PlanError):
    """An item that stands in the cell already."""

    code = "cell-unchanged"
    message = "Item %(item)s stands at this indicator already."


# Specifications of forms


class SpecificationError(WorkflowError):
    """A specification of forms that cannot be written like this."""

    code = "specification"


class SpecificationRevisedMeanwhile(SpecificationError):
    """A revision by somebody who saw an older edition."""

    code = "specification-revised-meanwhile"
    message = (
        "Somebody else wrote edition %(edition)d of the specification %(specification)s meanwhile, "
        "so nothing was saved. Look at what changed, then save again."
    )


class SpecificationUnchanged(SpecificationError):
    """A revision that says what the newest edition says."""

    code = "specification-unchanged"
    message = "Nothing differs from edition %(edition)d of the specification %(specification)s."


class SectionsMissing(SpecificationError):
    """A specification without any section."""

    code = "sections-missing"
    message = "A form needs at least one section. Add one."


class SectionBlueprintUnknown(SpecificationError):
    """A section from a blueprint that is not in force."""

    code = "section-blueprint-unknown"
    message = "There is no published blueprint %(blueprint)s. Remove its section, or publish the blueprint first."


class SectionTwice(SpecificationError):
    """A second section from one blueprint."""

    code = "section-twice"
    message = "The blueprint %(blueprint)s fills a section already. Change the numbers there."


class SectionEmpty(SpecificationError):
    """A section that takes no item."""

    code = "section-empty"
    message = "The section from %(blueprint)s takes no item. Write how many it takes, or remove it."


class SectionTooSmall(SpecificationError):
    """A section that takes fewer items than its core competencies need together."""

    code = "section-too-small"
    message = (
        "The section from %(blueprint)s takes %(n_items)d items, but %(least)d of each core competency are %(needed)d. "
        "Take more items, or fewer of each."
    )


class CompetencyUnknown(SpecificationError):
    """A section that takes items of a competency which its blueprint does not have."""

    code = "competency-unknown"
    message = "The blueprint %(blueprint)s has no competency %(competency)s. Look at its newest version."


class FormTooLong(SpecificationError):
    """More items than anybody can sit."""

    code = "form-too-long"
    message = "A form has at most %(most)d items; these would be %(n_items)d."


class BankTooSmall(SpecificationError):
    """A specification by which no form can be assembled so far, from somebody who was not told."""

    code = "bank-too-small"
    message = (
        "The bank holds too few items for this: %(cells)s. Take fewer, or say below that you want it all the same."
    )


class CellOverdrawn(SpecificationError):
    """More items of a cell than its blueprint foresees and the bank has."""

    code = "cell-overdrawn"
    message = (
        "%(part)s is to give %(wanted)d items, but the blueprint %(blueprint)s foresees at most %(most)d. "
        "Take fewer, or raise the target of the writing campaign."
    )
