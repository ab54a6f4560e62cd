"""The board of reviews for the bank manager: who is asked, what waits for whom, and the word where reviewers differ."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from itembank import operations, queries
from itembank.consensus import Refusal, Standing
from itembank.errors import ItemBankError
from itembank.model import ItemVersion, ReviewAssignment
from itembank.operations import Word
from itembank.operations.reviewing import checklist_of
from itembank.operations.tasks import today
from itembank.queries.mending import to_mend
from itembank.queries.review_board import Waiting, assignment_by_public_id, board, waiting_version
from itembank.queries.reviewers import authors_of, candidates
from registry.model import Account
from registry.queries import find_account
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.authoring_words import part_name
from testing_platform.web.candidate_screen import allow_frame, candidate_screen
from testing_platform.web.item_markup import shown_item
from testing_platform.web.review_remarks import remarks_by_criterion
from testing_platform.web.tasks_form import day
from testing_platform.web.verdict_words import reason_text
from testing_platform.wiring import platform, utc_now

bp = Blueprint("review_board", __name__, url_prefix="/papan-telaah")
bp.after_request(allow_frame)

READING_DAYS = 7  # proposed; the manager may choose another day
REASON_MIN, REASON_MAX = 5, 500

Act = Callable[[Session], str]  # carries something out and says what was done


@bp.get("/")
@requires(Permission.REVIEW_ASSIGN)
def index() -> str:
    """What waits for whom, and since when."""
    now = utc_now()
    with platform().database.reading() as session:
        return render_template(
            "review/board.html",
            board=board(session),
            today=today(now),
            due_on=_proposed_day(),
        )


@bp.post("/tugaskan")
@requires(Permission.REVIEW_ASSIGN)
def assign_all() -> AnyResponse:
    """Take the platform's proposal for everything that lacks reviewers."""
    due_on = _day(request.form)

    def act(session: Session) -> str:
        versions = [each.version for each in board(session).to_assign if each.has_enough]
        given = operations.assign_proposed(session, versions, due_on=due_on, actor=current_actor(), now=utc_now())
        return str(ngettext("%(num)s review is given out.", "%(num)s reviews are given out.", len(given)))

    return _act(act, back=url_for(".index"))


@bp.get("/<uuid:version_id>")
@requires(Permission.REVIEW_ASSIGN)
def version(version_id: uuid.UUID) -> str:
    """One version: who reads it, both readings side by side, and the manager's decision."""
    with platform().database.reading() as session:
        return _page(session, version_id)


@bp.get("/<uuid:version_id>/layar")
@requires(Permission.REVIEW_ASSIGN)
def screen(version_id: uuid.UUID) -> Response:
    """The item on the very page of the candidate."""
    with platform().database.reading() as session:
        return candidate_screen(_version(session, version_id), endpoint="bank.media")


@bp.post("/<uuid:version_id>/tugaskan")
@requires(Permission.REVIEW_ASSIGN)
def assign(version_id: uuid.UUID) -> AnyResponse:
    """Ask the chosen people to read a version."""
    due_on, chosen = _day(request.form), [key for key in request.form.getlist("reviewer") if key]

    def act(session: Session) -> str:
        found = _version(session, version_id)
        for key in chosen:
            person = _person(session, key)
            operations.assign(session, found, reviewer=person, due_on=due_on, actor=current_actor(), now=utc_now())
        return str(ngettext("%(num)s review is given out.", "%(num)s reviews are given out.", len(chosen)))

    return _act(act, back=url_for(".version", version_id=version_id))


@bp.post("/tugas/<uuid:assignment_id>/ganti")
@requires(Permission.REVIEW_ASSIGN)
def reassign(assignment_id: uuid.UUID) -> AnyResponse:
    """Give a reading to somebody else."""
    due_on, key = _day(request.form), request.form.get("reviewer", "")
    with platform().database.reading() as session:
        place = _assignment(session, assignment_id).version.public_id

    def act(session: Session) -> str:
        given, person = _assignment(session, assignment_id), _person(session, key)
        operations.reassign(session, given, reviewer=person, due_on=due_on, actor=current_actor(), now=utc_now())
        return str(gettext("The review is now with %(person)s.", person=person.full_name))

    return _act(act, back=url_for(".version", version_id=place))


@bp.post("/<uuid:version_id>/putuskan")
@requires(Permission.REVIEW_ASSIGN)
def rule(version_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Rule on everything that reviewers dispute; the item is approved or goes back by that."""
    with platform().database.reading() as session:
        found = waiting_version(session, version_id) or abort(404)
        typed = Rulings.parse(request.form, found)
        if typed.errors:
            return _page(session, version_id, typed=typed), 422

    def act(session: Session) -> str:
        read = _version(session, version_id)
        standing = operations.rule(session, read, typed.words, actor=current_actor(), now=utc_now())
        if standing is Standing.AGREED:
            return str(gettext("The item is approved. A try-out may take it now."))
        return str(gettext("The item is back with its writer, as a new draft that shows what to mend."))

    return _act(act, back=url_for(".version", version_id=version_id))


@bp.post("/<uuid:version_id>/kembalikan")
@requires(Permission.REVIEW_ASSIGN)
def send_back(version_id: uuid.UUID) -> AnyResponse:
    """Return a version to its writer with what both reviewers want mended."""

    def act(session: Session) -> str:
        note = request.form.get("note", "")[:REASON_MAX]
        operations.send_back(session, _version(session, version_id), note=note, actor=current_actor(), now=utc_now())
        return str(gettext("The item is back with its writer, as a new draft that shows what to mend."))

    return _act(act, back=url_for(".version", version_id=version_id))


@bp.post("/<uuid:version_id>/tarik")
@requires(Permission.REVIEW_ASSIGN)
def withdraw(version_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Return a version to its writer before it was read to the end, with the reason."""
    reason = request.form.get("reason", "").strip()
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        refused = gettext("Write a reason of 5 to 500 characters.")
        with platform().database.reading() as session:
            return _page(session, version_id, withdrawal=(reason, refused)), 422

    def act(session: Session) -> str:
        found = _version(session, version_id)
        operations.send_to_revision(session, found, reason=reason, actor=current_actor(), now=utc_now())
        return str(gettext("The item is back with its writer, as a new draft that shows what to mend."))

    return _act(act, back=url_for(".version", version_id=version_id))


@bp.post("/<uuid:version_id>/setujui")
@requires(Permission.REVIEW_ASSIGN)
def approve(version_id: uuid.UUID) -> AnyResponse:
    """Approve by hand what was read before two readings approved by themselves."""

    def act(session: Session) -> str:
        operations.approve(session, _version(session, version_id), actor=current_actor(), now=utc_now())
        return str(gettext("The item is approved. A try-out may take it now."))

    return _act(act, back=url_for(".version", version_id=version_id))


# What a form says -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rulings:
    """The manager's word on everything that is disputed: as typed, and what is missing."""

    typed: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[tuple[uuid.UUID, str], Word] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, form: MultiDict[str, str], waiting: Waiting) -> "Rulings":
        """A word and a reason for each disputed no."""
        typed: dict[str, str] = {}
        words: dict[tuple[uuid.UUID, str], Word] = {}
        errors: dict[str, str] = {}
        for each in disputed(waiting):
            name = field_name(each)
            verdict, reason = form.get(f"ruling-{name}", ""), form.get(f"reason-{name}", "").strip()
            typed |= {f"ruling-{name}": verdict, f"reason-{name}": reason}
            if verdict not in {"uphold", "overrule"}:
                errors[f"ruling-{name}"] = gettext("%(criterion)s: choose one of the two.", criterion=each.criterion)
            if not REASON_MIN <= len(reason) <= REASON_MAX:
                errors[f"reason-{name}"] = gettext(
                    "%(criterion)s: write a reason of 5 to 500 characters.", criterion=each.criterion
                )
            words[each.review.public_id, each.criterion] = Word(upheld=verdict == "uphold", reason=reason)
        return cls(typed, words, errors)


def disputed(waiting: Waiting) -> list[Refusal]:
    """What the manager is to rule on."""
    return [each for each in waiting.refusals if each.is_disputed]


def field_name(refusal: Refusal) -> str:
    """How the fields of one ruling are named."""
    return f"{refusal.reader}-{refusal.criterion}"


def _day(form: MultiDict[str, str]) -> date:
    return day(form.get("due_on", "")) or _proposed_day()


def _proposed_day() -> date:
    return today(utc_now()) + timedelta(days=READING_DAYS)


# Presenting -------------------------------------------------------------------------------------------------------


def _act(act: Act, *, back: str) -> AnyResponse:
    """Carry something out and go back to where it was asked for, with the outcome or the refusal in words."""
    try:
        with platform().database.transaction() as session:
            done = act(session)
        flash(done, "ok")
    except ItemBankError as error:
        flash(text_of(error), "bad")
    return redirect(back)


def _page(
    session: Session, version_id: uuid.UUID, *, typed: Rulings | None = None, withdrawal: tuple[str, str] = ("", "")
) -> str:
    waiting = waiting_version(session, version_id) or abort(404)
    found = waiting.version
    newest, checklist = queries.versions_of(session, found.item)[0], checklist_of(session, found)
    return render_template(
        "review/version.html",
        waiting=waiting,
        version=found,
        indicator=found.item.indicator,
        shown=shown_item(found),
        checklist=checklist,
        remarks=remarks_by_criterion(found, checklist),
        part_name=part_name,
        disputed=disputed(waiting),
        field_name=field_name,
        people=_fit(session, waiting),
        is_author=current_actor().key in authors_of(session, {found.item_id})[found.item_id],
        has_read=any(review.reviewer_id == current_actor().key for review in found.reviews),
        typed=typed or Rulings(),
        withdrawal=withdrawal,  # a reason as typed, and what is wrong with it
        newest=newest,
        mending=to_mend(session, found),
        reason_text=reason_text,
        due_on=_proposed_day(),
        today=today(utc_now()),
    )


def _fit(session: Session, waiting: Waiting) -> list[Any]:
    """Who may still be asked to read a version, the least busy first."""
    strangers_to = authors_of(session, {waiting.version.item_id})[waiting.version.item_id]
    strangers_to |= {reading.reviewer.id for reading in waiting.readings}
    return [each for each in candidates(session) if each.account.id not in strangers_to]


def _version(session: Session, version_id: uuid.UUID) -> ItemVersion:
    return queries.version_by_public_id(session, version_id) or abort(404)


def _assignment(session: Session, assignment_id: uuid.UUID) -> ReviewAssignment:
    return assignment_by_public_id(session, assignment_id) or abort(404)


def _person(session: Session, key: str) -> Account:
    try:
        return find_account(session, uuid.UUID(key)) or abort(404)
    except ValueError:
        abort(400)
