"""Moving many items at once: first a page that says what will move, what will not, and why; then a report."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from exam.queries.exposure import forms_of_items
from itembank.model import ItemVersion
from itembank.operations.bulk import BulkMove, Outcome, foresee, move_all
from itembank.queries.shelf import versions_by_public_id
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.bank_words import REASON_MAX, REASON_MIN
from testing_platform.wiring import platform, utc_now

bp = Blueprint("bank_moves", __name__, url_prefix="/bank/pindahkan")

MOST = 200  # at once, so that a page can be read before it is confirmed


@dataclass(frozen=True)
class Wanted:
    """Which items go where, and why."""

    move: BulkMove
    items: tuple[uuid.UUID, ...]
    reason: str
    back: str  # the list that the items were ticked in

    @classmethod
    def parse(cls, form: MultiDict[str, str]) -> "Wanted":
        """What the list or the page of confirmation sends; anything else comes from no page of ours."""
        if form.get("move") not in set(BulkMove) or len(form.getlist("item")) > MOST:
            abort(400)
        try:
            items = tuple(dict.fromkeys(uuid.UUID(text) for text in form.getlist("item")))
        except ValueError:
            abort(400)
        back = form.get("back", "")
        is_ours = back.startswith(url_for("bank.items"))
        reason = form.get("reason", "").strip()
        return cls(BulkMove(form["move"]), items, reason, back if is_ours else url_for("bank.items"))

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong with it."""
        if REASON_MIN <= len(self.reason) <= REASON_MAX:
            return {}
        return {"reason": gettext("Write a reason of 5 to 500 characters.")}


@bp.post("")
@requires(Permission.ITEM_MOVE)
def foreseen() -> AnyResponse | str:
    """What would become of each of the chosen items; nothing has moved yet."""
    wanted = Wanted.parse(request.form)
    if not wanted.items:
        flash(gettext("Tick the items first, then choose what to do with them."), "note")
        return redirect(wanted.back)
    with platform().database.reading() as session:
        return _page(session, wanted, foresee(session, _versions(session, wanted), wanted.move))


@bp.post("/jalankan")
@requires(Permission.ITEM_MOVE)
def carry_out() -> str | tuple[str, int]:
    """Move them, each wholly or not at all, and report."""
    wanted = Wanted.parse(request.form)
    if wanted.errors:
        with platform().database.reading() as session:
            outcomes = foresee(session, _versions(session, wanted), wanted.move)
            return _page(session, wanted, outcomes, errors=wanted.errors), 422
    with platform().database.transaction() as session:
        versions = _versions(session, wanted)
        outcomes = move_all(session, versions, wanted.move, reason=wanted.reason, actor=current_actor(), now=utc_now())
        n_moved = sum(outcome.new is not None for outcome in outcomes)
        title = ngettext("%(num)s item was moved", "%(num)s items were moved", n_moved)
        return _page(session, wanted, outcomes, report=title)


def _versions(session: Session, wanted: Wanted) -> list[ItemVersion]:
    return versions_by_public_id(session, wanted.items)


def _page(
    session: Session,
    wanted: Wanted,
    outcomes: Sequence[Outcome],
    *,
    report: str = "",
    errors: dict[str, str] | None = None,
) -> str:
    moving = [outcome for outcome in outcomes if outcome.new is not None]
    forms = forms_of_items(session, [each.version.item.code for each in moving]) if _takes_out(wanted) else []
    return render_template(
        "bank/moves.html",
        wanted=wanted,
        moving=moving,
        staying=[outcome for outcome in outcomes if outcome.new is None],
        running=[form for form in forms if form.running],
        text_of=text_of,
        report=report,
        errors=errors or {},
    )


def _takes_out(wanted: Wanted) -> bool:
    return wanted.move in {BulkMove.SUSPEND, BulkMove.RETIRE}
