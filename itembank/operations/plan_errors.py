"""What can go wrong with blueprints and writing tasks; another branch of `WorkflowError`.

WorkflowError            an act that the rules do not allow; nothing was changed
└── TaskError            a writing task that cannot be given or changed like this
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
