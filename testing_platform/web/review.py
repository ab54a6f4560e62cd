"""Reviewing: the queue, the page on which a reviewer marks the criteria, approval and the way back to the writer."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from itembank import desks, operations, queries
from itembank.checklist import current_checklist
from itembank.errors import ItemBankError
from itembank.model import ItemVersion, Mark
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.item_markup import shown_item
from testing_platform.wiring import platform, utc_now

bp = Blueprint("review", __name__, url_prefix="/telaah")

COMMENT_MAX = 2000
REASON_MIN, REASON_MAX = 5, 500


@bp.get("/")
@requires(Permission.ITEM_REVIEW)
def queue() -> str:
    """What waits for a review, and since when."""
    with platform().database.reading() as session:
        waiting = desks.waiting_for_review(session, current_actor())
        return render_template("review/queue.html", waiting=waiting, needed=operations.REVIEWS_NEEDED, now=utc_now())


@bp.get("/<uuid:version_id>")
@requires(Permission.ITEM_REVIEW)
def desk(version_id: uuid.UUID) -> str:
    """The item beside the criteria."""
    with platform().database.reading() as session:
        return _desk_page(session, version_id)


@bp.post("/<uuid:version_id>")
@requires(Permission.ITEM_REVIEW)
def submit(version_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Hand in a reading."""
    reading = Reading.parse(request.form)
    if reading.errors:
        with platform().database.reading() as session:
            return _desk_page(session, version_id, reading=reading), 422
    return _act(
        version_id,
        lambda session, version: operations.review_version(
            session, version, marks=reading.marks, comment=reading.comment, actor=current_actor(), now=utc_now()
        ),
        done=gettext("Your review is handed in."),
        reading=reading,
    )


@bp.post("/<uuid:version_id>/setujui")
@requires(Permission.ITEM_REVIEW)
def approve(version_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Approve a version that reviewers found in order."""
    return _act(
        version_id,
        lambda session, version: operations.approve(session, version, actor=current_actor(), now=utc_now()),
        done=gettext("The item is approved. A try-out may take it now."),
    )


@bp.post("/<uuid:version_id>/revisi")
@requires(Permission.ITEM_REVIEW)
def revise(version_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Send a version back; the writer gets a new draft with its content."""
    reason = request.form.get("reason", "").strip()
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        refused = gettext("Write a reason of 5 to 500 characters.")
        with platform().database.reading() as session:
            return _desk_page(session, version_id, reason_error=refused, reason=reason), 422
    return _act(
        version_id,
        lambda session, version: operations.send_to_revision(
            session, version, reason=reason, actor=current_actor(), now=utc_now()
        ),
        done=gettext("The item is back with its writer, as a new draft."),
    )


@dataclass(frozen=True)
class Reading:
    """A filled-in checklist: as typed, and what is missing in it."""

    typed: dict[str, str]  # criterion -> yes, no or nothing
    comment: str
    errors: dict[str, str] = field(default_factory=dict)  # field name -> message

    @classmethod
    def parse(cls, form: MultiDict[str, str]) -> "Reading":
        """Checks the shape only; whether this person may review is for the operation to say."""
        typed = {code: form.get(f"mark-{code}", "") for code in current_checklist().codes}
        comment = form.get("comment", "").strip()
        errors = {
            f"mark-{code}": gettext("%(criterion)s: choose yes or no.", criterion=code)
            for code, mark in typed.items()
            if mark not in set(Mark)
        }
        refused = [code for code, mark in typed.items() if mark == Mark.NO]
        if refused and not comment:
            errors["comment"] = gettext("Say what is wrong with %(criteria)s.", criteria=", ".join(refused))
        if len(comment) > COMMENT_MAX:
            errors["comment"] = gettext("The comment is too long: at most %(limit)s characters.", limit=COMMENT_MAX)
        return cls(typed, comment, errors)

    @property
    def marks(self) -> dict[str, Mark]:
        """The marks of a reading without errors."""
        return {code: Mark(mark) for code, mark in self.typed.items()}


def _act(
    version_id: uuid.UUID,
    operation: Callable[[Session, ItemVersion], object],
    *,
    done: str,
    reading: Reading | None = None,
) -> AnyResponse | tuple[str, int]:
    """Carry out an operation; a refusal comes back in words on the same page, with all that was typed."""
    try:
        with platform().database.transaction() as session:
            operation(session, _version(session, version_id))
    except ItemBankError as error:
        with platform().database.reading() as session:
            return _desk_page(session, version_id, reading=reading, refusal=text_of(error)), 422
    flash(done, "ok")
    return redirect(url_for(".desk", version_id=version_id))


def _version(session: Session, version_id: uuid.UUID) -> ItemVersion:
    return queries.version_by_public_id(session, version_id) or abort(404)


def _desk_page(
    session: Session,
    version_id: uuid.UUID,
    *,
    reading: Reading | None = None,
    refusal: str = "",
    reason_error: str = "",
    reason: str = "",
) -> str:
    page = queries.item_page(session, version_id) or abort(404)
    return render_template(
        "review/desk.html",
        page=page,
        desk=desks.review_desk(session, page.version, current_actor()),
        shown=shown_item(page.version),
        checklist=current_checklist(),
        reading=reading or Reading({}, ""),
        refusal=refusal,
        reason_error=reason_error,
        reason=reason,
    )
