"""Reviewing: what one was asked to read, and the page on which the criteria are marked, blind to the other reader."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from itembank import desks, operations, queries
from itembank.checklist import Checklist
from itembank.consensus import REVIEWS_NEEDED
from itembank.errors import ItemBankError
from itembank.model import ItemVersion, Mark, Media
from itembank.operations.reviewing import checklist_of
from itembank.operations.tasks import today
from itembank.queries.checklists import checklist_named
from itembank.states import ItemState
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web import review_words
from testing_platform.web.authoring_words import part_name
from testing_platform.web.candidate_screen import allow_frame, candidate_screen
from testing_platform.web.item_markup import shown_item
from testing_platform.web.review_remarks import remarks_by_criterion
from testing_platform.wiring import platform, utc_now

bp = Blueprint("review", __name__, url_prefix="/telaah")
bp.record_once(review_words.install)
bp.after_request(allow_frame)

WORDS_MAX = 1000  # on one criterion
COMMENT_MAX = 2000  # on the item as a whole
REASON_MIN, REASON_MAX = 5, 500

# A picture of the bank opened by itself must not be able to do anything, whatever somebody hid in an SVG.
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"


@bp.get("/")
@requires(Permission.ITEM_REVIEW)
def queue() -> str:
    """What one was asked to read: what waits, the most urgent first, and what became of the rest."""
    with platform().database.reading() as session:
        found = desks.my_reviews(session, current_actor())
        return render_template(
            "review/queue.html",
            waiting=[desk for desk in found if desk.may_mark],
            done=[desk for desk in found if desk.mine],
            today=today(utc_now()),
            needed=REVIEWS_NEEDED,
        )


@bp.get("/<uuid:version_id>")
@requires(Permission.ITEM_REVIEW)
def desk(version_id: uuid.UUID) -> str:
    """The item beside the criteria."""
    with platform().database.reading() as session:
        return _desk_page(session, version_id)


@bp.get("/<uuid:version_id>/media/<string:sha256>")
@requires(Permission.ITEM_REVIEW)
def media(version_id: uuid.UUID, sha256: str) -> Response:
    """A picture of an item that one was asked to read; reviewers have no access to the bank as a whole."""
    with platform().database.reading() as session:
        version = _readable(session, version_id)
        if sha256 not in {picture.sha256 for picture in version.pictures}:
            abort(404)
        found = session.get_one(Media, sha256)
        response = Response(found.content, mimetype=found.media_type)
    response.headers["Content-Security-Policy"] = _PICTURE_POLICY
    response.headers["Content-Disposition"] = "inline"
    return response


@bp.get("/<uuid:version_id>/layar")
@requires(Permission.ITEM_REVIEW)
def screen(version_id: uuid.UUID) -> Response:
    """The item on the very page of the candidate."""
    with platform().database.reading() as session:
        version = _readable(session, version_id)
        return candidate_screen(version, endpoint="review.media", version_id=version_id)


@bp.post("/<uuid:version_id>")
@requires(Permission.ITEM_REVIEW)
def submit(version_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Hand in a reading."""
    with platform().database.reading() as session:
        reading = Reading.parse(request.form, checklist_of(session, _on_desk(session, version_id)))
        if reading.errors:
            return _desk_page(session, version_id, reading=reading), 422
    return _act(
        version_id,
        lambda session, version: operations.review_version(
            session,
            version,
            marks=reading.marks,
            comments=reading.words,
            comment=reading.comment,
            actor=current_actor(),
            now=utc_now(),
        ),
        reading=reading,
    )


@bp.post("/<uuid:version_id>/kembalikan")
@requires(Permission.ITEM_REVIEW)
def give_back(version_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Return a reading that one cannot do; the bank manager asks somebody else."""
    reason = request.form.get("reason", "").strip()
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        refused = gettext("Write a reason of 5 to 500 characters.")
        with platform().database.reading() as session:
            return _desk_page(session, version_id, reason_error=refused, reason=reason), 422
    try:
        with platform().database.transaction() as session:
            version = _on_desk(session, version_id)
            operations.give_back(session, version, reason=reason, actor=current_actor(), now=utc_now())
    except ItemBankError as error:
        flash(text_of(error), "bad")
        return redirect(url_for(".desk", version_id=version_id))
    flash(gettext("The item is no longer on your desk. The bank manager asks somebody else."), "ok")
    return redirect(url_for(".queue"))


@dataclass(frozen=True)
class Reading:
    """A filled-in checklist: as typed, and what is missing in it."""

    typed: dict[str, str] = field(default_factory=dict)  # criterion -> yes, no or nothing
    words: dict[str, str] = field(default_factory=dict)  # criterion -> what is wrong
    comment: str = ""
    errors: dict[str, str] = field(default_factory=dict)  # field name -> message

    @classmethod
    def parse(cls, form: MultiDict[str, str], checklist: Checklist) -> "Reading":
        """Checks the shape only; whether this person may review is for the operation to say."""
        typed = {code: form.get(f"mark-{code}", "") for code in checklist.codes}
        words = {code: form.get(f"words-{code}", "").strip() for code in checklist.codes}
        comment = form.get("comment", "").strip()
        errors: dict[str, str] = {}
        for code in checklist.codes:
            errors |= _mistakes(code, mark=typed[code], words=words[code])
        if len(comment) > COMMENT_MAX:
            errors["comment"] = gettext("The comment is too long: at most %(limit)s characters.", limit=COMMENT_MAX)
        return cls(typed, words, comment, errors)

    @property
    def marks(self) -> dict[str, Mark]:
        """The marks of a reading without errors."""
        return {code: Mark(mark) for code, mark in self.typed.items()}


def _mistakes(code: str, *, mark: str, words: str) -> dict[str, str]:
    if mark not in set(Mark):
        return {f"mark-{code}": gettext("%(criterion)s: choose yes or no.", criterion=code)}
    if mark == Mark.NO and not words:
        return {f"words-{code}": gettext("%(criterion)s: say what is wrong and how to mend it.", criterion=code)}
    if len(words) > WORDS_MAX:
        too_long = gettext("%(criterion)s: at most %(limit)s characters.", criterion=code, limit=WORDS_MAX)
        return {f"words-{code}": too_long}
    return {}


def _act(
    version_id: uuid.UUID, operation: Callable[[Session, ItemVersion], object], *, reading: Reading
) -> AnyResponse | tuple[str, int]:
    """Carry out an operation; a refusal comes back in words on the same page, with all that was typed."""
    try:
        with platform().database.transaction() as session:
            version = _on_desk(session, version_id)
            operation(session, version)
            done = _what_became(version)
    except ItemBankError as error:
        with platform().database.reading() as session:
            return _desk_page(session, version_id, reading=reading, refusal=text_of(error)), 422
    flash(done, "ok")
    return redirect(url_for(".desk", version_id=version_id))


def _what_became(version: ItemVersion) -> str:
    if version.state is ItemState.APPROVED:
        return str(gettext("Your review is handed in. Both reviewers found the item in order: it is approved."))
    if len(version.reviews) < REVIEWS_NEEDED:
        return str(gettext("Your review is handed in. The other reviewer has not finished yet."))
    return str(gettext("Your review is handed in. The bank manager decides now."))


def _readable(session: Session, version_id: uuid.UUID) -> ItemVersion:
    """A version that this person was asked to read; every other one does not exist for them."""
    version = queries.version_by_public_id(session, version_id) or abort(404)
    if not desks.review_desk(session, version, current_actor()).may_read:
        abort(404)
    return version


def _on_desk(session: Session, version_id: uuid.UUID) -> ItemVersion:
    """The same for a page that may have been open for long: what went to somebody else meanwhile is said to be gone."""
    version = queries.version_by_public_id(session, version_id) or abort(404)
    is_gone = not desks.review_desk(session, version, current_actor()).may_read
    if is_gone and desks.was_asked(session, version, current_actor()):
        words = gettext("Item %(item)s is no longer on your desk; somebody else reads it now.", item=version.item.code)
        flash(words, "bad")
        abort(redirect(url_for(".queue")))
    return _readable(session, version_id)


def _desk_page(
    session: Session,
    version_id: uuid.UUID,
    *,
    reading: Reading | None = None,
    refusal: str = "",
    reason_error: str = "",
    reason: str = "",
) -> str:
    version = _on_desk(session, version_id)
    found = desks.review_desk(session, version, current_actor())
    checklist = checklist_named(session, found.mine.checklist) if found.mine else checklist_of(session, version)
    return render_template(
        "review/desk.html",
        desk=found,
        version=version,
        indicator=version.item.indicator,
        shown=shown_item(version, endpoint="review.media", version_id=version_id),
        checklist=checklist,
        remarks=remarks_by_criterion(version, checklist),
        part_name=part_name,
        reading=reading or Reading(),
        refusal=refusal,
        reason_error=reason_error,
        reason=reason,
        today=today(utc_now()),
    )
