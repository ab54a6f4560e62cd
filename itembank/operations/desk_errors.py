"""What can go wrong at the writer's desk; each with what to do, and nothing of what was typed is lost.

ItemBankError
└── WorkflowError
    └── DeskError        an act at the desk that was not carried out
"""

from itembank.operations.errors import WorkflowError


class DeskError(WorkflowError):
    """An act at the writer's desk that was not carried out."""

    code = "desk"


class NotYourItem(DeskError):
    """Somebody else's item: writers work on their own ones only."""

    code = "not-your-item"
    message = "Item %(item)s belongs to other writers. Ask one of them, or the bank manager, to add you."


class NotYourCell(DeskError):
    """A new item for an indicator that the writer has no open task for."""

    code = "not-your-cell"
    message = "You have no open writing task for indicator %(indicator)s. Ask the bank manager for one."


class TypingTooLong(DeskError):
    """More text than the desk keeps for one item."""

    code = "typing-too-long"
    message = (
        "This item has %(length)d characters altogether; the desk keeps at most %(limit)d. "
        "Shorten it; what was saved before is still there."
    )


class TypedElsewhere(DeskError):
    """The same writer typed into the same draft in another window meanwhile."""

    code = "typed-elsewhere"
    message = "You typed into item %(item)s in another window meanwhile. Both texts are kept: choose what is to stay."


class DraftChanged(DeskError):
    """Somebody saved the draft after this writer had opened it."""

    code = "draft-changed"
    message = (
        "Somebody saved item %(item)s, version %(version)d, after you had opened it. "
        "Both texts are kept: choose what is to stay."
    )


class DraftIncomplete(DeskError):
    """Parts without which a typed item is no draft."""

    code = "draft-incomplete"
    message = "Item %(item)s is not complete yet. Missing: %(missing)s."


class DraftEmpty(DeskError):
    """A draft that nobody wrote yet, handed to the reviewers."""

    code = "draft-empty"
    message = "Nobody has written item %(item)s yet. Write it first."


class DraftUnsound(DeskError):
    """A draft that cannot be scored as it is, handed to the reviewers."""

    code = "draft-unsound"
    message = "Item %(item)s cannot go to the reviewers: %(found)d errors were found. The first: %(first)s"


class PictureNeedsWords(DeskError):
    """A picture without alternative text."""

    code = "picture-needs-words"
    message = "Say in words what the picture shows, for candidates who cannot see it."


class PassageNameTaken(DeskError):
    """A passage under a name that another one bears."""

    code = "passage-name-taken"
    message = "There is a passage “%(passage)s” already. Choose another name."


class PassageEmpty(DeskError):
    """A passage without a name or without text."""

    code = "passage-empty"
    message = "A passage needs a name of at most %(limit)d characters and a text."


class PassageUnreadable(DeskError):
    """A passage that cannot be shown; `cause` says why."""

    code = "passage-unreadable"
    message = "The passage cannot be shown. %(reason)s"


class PassageChanged(DeskError):
    """A passage that somebody edited meanwhile."""

    code = "passage-changed"
    message = (
        "Somebody edited the passage “%(passage)s” meanwhile. What you typed is below; compare it with the newest."
    )


class NotYourPassage(DeskError):
    """Somebody else's passage."""

    code = "not-your-passage"
    message = "This passage belongs to somebody else. Copy its text into one of your own."


class CommentEmpty(DeskError):
    """A comment without words, or with too many."""

    code = "comment-empty"
    message = "Write a comment of 1 to %(limit)d characters."


class WriterUnfit(DeskError):
    """A co-author who is no item writer, or can no longer sign in."""

    code = "writer-unfit"
    message = "%(person)s is no item writer, or can no longer sign in. Choose somebody else."
