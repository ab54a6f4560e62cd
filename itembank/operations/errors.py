"""What can go wrong in the life of an item; the branch of `itembank.errors` that the operations raise.

ItemBankError
└── WorkflowError        an act that the life of an item does not allow; nothing was changed
"""

from itembank.errors import ItemBankError


class WorkflowError(ItemBankError):
    """An act that the life of an item does not allow. Nothing was changed."""

    code = "workflow"


class BlueprintExists(WorkflowError):
    """A blueprint whose code and version the bank holds already."""

    code = "blueprint-exists"
    message = "The blueprint %(blueprint)s, version %(version)d, is in the bank already. Raise its version."


class SpecificationExists(WorkflowError):
    """A form specification whose code the bank holds already."""

    code = "specification-exists"
    message = "The form specification %(specification)s is in the bank already. Give the new one its own code."


class IndicatorUnknown(WorkflowError):
    """An indicator that the blueprint does not have."""

    code = "indicator-unknown"
    message = "The blueprint %(blueprint)s has no indicator %(indicator)s."


class ItemCodeTaken(WorkflowError):
    """An item code that another item bears."""

    code = "item-code-taken"
    message = "There is an item %(item)s already. Give the new one its own code."


class OptionCountWrong(WorkflowError):
    """More or fewer options than the blueprint asks for."""

    code = "option-count-wrong"
    message = "Item %(item)s has %(found)d options; its blueprint asks for %(needed)d."


class OptionsAlike(WorkflowError):
    """Two options with the same words."""

    code = "options-alike"
    message = "Options %(first)s and %(second)s of item %(item)s are the same. Change one of them."


class KeyOutOfRange(WorkflowError):
    """A key that names no option."""

    code = "key-out-of-range"
    message = "The key of item %(item)s must be one of its %(needed)d options."


class NotADraft(WorkflowError):
    """A version that was submitted, and therefore never changes again."""

    code = "not-a-draft"
    message = (
        "Item %(item)s, version %(version)d, is %(state)s and can no longer be changed. "
        "To change the item, ask the bank manager for a revision: that opens a new version."
    )


class DraftExists(WorkflowError):
    """A second draft of one item."""

    code = "draft-exists"
    message = "Item %(item)s has a draft already. Continue that one."


class IllegalMove(WorkflowError):
    """A move that the table of states does not know."""

    code = "illegal-move"
    message = "Item %(item)s, version %(version)d, cannot go from %(old)s to %(new)s."


class MovedMeanwhile(WorkflowError):
    """Somebody else moved the version first."""

    code = "moved-meanwhile"
    message = "Item %(item)s, version %(version)d, is no longer %(old)s: somebody else was faster. Look at it again."


class ReasonMissing(WorkflowError):
    """An act that must say why, without words."""

    code = "reason-missing"
    message = "Say why item %(item)s is treated like this."


class ReturnElsewhere(WorkflowError):
    """A suspended version sent to a state that it did not come from."""

    code = "return-elsewhere"
    message = "Item %(item)s was %(old)s when it was suspended, and can only return to that."


class NotSuspended(WorkflowError):
    """A version that should come back without having been taken out."""

    code = "not-suspended"
    message = "Item %(item)s, version %(version)d, is not suspended, so there is nothing to bring back."


class NotTriedOut(WorkflowError):
    """A version that would count in scores without any data."""

    code = "not-tried-out"
    message = "Item %(item)s, version %(version)d, has no statistics yet. Only a try-out can make it operational."


class NotInReview(WorkflowError):
    """A review of a version that nobody asked to review."""

    code = "not-in-review"
    message = "Item %(item)s, version %(version)d, is %(state)s, not in review."


class OwnItem(WorkflowError):
    """Somebody reviews or approves an item that they wrote."""

    code = "own-item"
    message = "You wrote a version of item %(item)s; somebody else must review and approve it."


class AlreadyReviewed(WorkflowError):
    """A second review of one version by the same person."""

    code = "already-reviewed"
    message = "You reviewed item %(item)s, version %(version)d, already. Reviews are never rewritten."


class MarksIncomplete(WorkflowError):
    """A review that leaves out criteria, or marks some that the checklist does not have."""

    code = "marks-incomplete"
    message = "Every criterion needs a mark. Missing: %(missing)s. Unknown: %(unknown)s."


class CommentMissing(WorkflowError):
    """A no without a word on what is wrong."""

    code = "comment-missing"
    message = "Say in the comment what is wrong with %(criteria)s, so that the writer can mend it."


class ReviewMissing(WorkflowError):
    """An approval without the reviews that it needs."""

    code = "review-missing"
    message = "Item %(item)s, version %(version)d, has %(found)d complete reviews; it needs %(needed)d."


class CriterionOpen(WorkflowError):
    """An approval although a reviewer said no."""

    code = "criterion-open"
    message = "Item %(item)s, version %(version)d, has open criteria: %(criteria)s. Send it to revision."


class NotAssigned(WorkflowError):
    """A review by somebody who was not asked for it."""

    code = "not-assigned"
    message = "Item %(item)s, version %(version)d, is not among the items that you were asked to review."


class ReviewerUnfit(WorkflowError):
    """An assignment to somebody who is not, or no longer, a reviewer."""

    code = "reviewer-unfit"
    message = "%(person)s is no reviewer, or can no longer sign in. Choose somebody else."


class AuthorAsReviewer(WorkflowError):
    """An assignment to somebody who wrote a version of the item."""

    code = "author-as-reviewer"
    message = "%(person)s wrote a version of item %(item)s. Choose somebody else to review it."


class AlreadyAssigned(WorkflowError):
    """A second assignment of one version to the same person."""

    code = "already-assigned"
    message = "%(person)s has item %(item)s already. Choose somebody else."


class ReviewersComplete(WorkflowError):
    """More reviewers than a version has."""

    code = "reviewers-complete"
    message = (
        "Item %(item)s, version %(version)d, has its %(needed)d reviewers. To change one, replace or release them."
    )


class ReviewersTooFew(WorkflowError):
    """An item for which the authority has not enough reviewers."""

    code = "reviewers-too-few"
    message = (
        "Item %(item)s needs %(needed)d reviewers who did not write it, and there are only %(found)d. "
        "Ask an administrator to appoint reviewers."
    )


class ReviewDuePast(WorkflowError):
    """A review that should be done by a day that is over."""

    code = "review-due-past"
    message = "The day by which the review is due is over. Choose today or a later day."


class AssignmentEnded(WorkflowError):
    """A change of an assignment that was fulfilled or ended."""

    code = "assignment-ended"
    message = "This assignment of item %(item)s has ended or is fulfilled already. Look at it again."


class OwnReview(WorkflowError):
    """A ruling by one of the two reviewers."""

    code = "own-review"
    message = "You reviewed item %(item)s, version %(version)d, yourself; another bank manager must rule on it."


class RulingNotOpen(WorkflowError):
    """A ruling on a no that needs none: shared by both reviewers, ruled on already, or never said."""

    code = "ruling-not-open"
    message = "There is nothing to rule on %(criterion)s of item %(item)s: reviewers agree, or it was ruled on already."


class RulingMissing(WorkflowError):
    """A return to the writer while the reviewers still disagree."""

    code = "ruling-missing"
    message = "The reviewers of item %(item)s disagree on %(criteria)s. Rule on that first."


class NothingToMend(WorkflowError):
    """A return to the writer without a criterion that is not met."""

    code = "nothing-to-mend"
    message = "The reviews of item %(item)s, version %(version)d, name nothing that the writer should mend."


class ChecklistExists(WorkflowError):
    """A checklist whose code and edition are taken."""

    code = "checklist-exists"
    message = "There is a checklist %(checklist)s already. A change needs a higher edition."


class VerdictDecided(WorkflowError):
    """A second answer to one verdict."""

    code = "verdict-decided"
    message = "The verdict on item %(item)s, version %(version)d, was decided already."


class VerdictContradicted(WorkflowError):
    """An acceptance that does something else than the verdict proposes."""

    code = "verdict-contradicted"
    message = (
        "The verdict %(verdict)s on item %(item)s does not lead to %(target)s. To do so, overrule it with a reason."
    )
