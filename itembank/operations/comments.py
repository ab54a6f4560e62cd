"""What writers and the bank manager say to each other about a version; reviewers speak in their reviews."""

from datetime import datetime

from sqlalchemy.orm import Session

from itembank.characters import visible_words
from itembank.model import ItemComment, ItemVersion
from itembank.operations.desk_errors import CommentEmpty
from itembank.operations.drafting import require_author
from itembank.operations.life import written
from itembank.textformat import LETTERS
from itembank.typed_item import RATIONALE, STEM
from registry.actor import Actor

LIMIT_COMMENT = 2_000
WHOLE = ""
PARTS = (WHOLE, STEM, *LETTERS, RATIONALE)


def add_comment(
    session: Session, version: ItemVersion, *, part: str, text: str, actor: Actor, now: datetime
) -> ItemComment:
    """Say something about a version or one part of it; a comment is never changed."""
    require_author(session, version.item, actor)
    words = visible_words(text)  # what other programs paste along is no reason to refuse what somebody said
    if not words or len(words) > LIMIT_COMMENT or part not in PARTS:
        raise CommentEmpty(limit=LIMIT_COMMENT)
    comment = ItemComment(version_id=version.id, part=part, text=words, author_id=actor.key, written_at=now)
    session.add(comment)
    session.flush()
    written(session, version, "item.comment", actor=actor, now=now, details={"part": part})
    return comment
