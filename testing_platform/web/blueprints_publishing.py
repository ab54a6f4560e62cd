"""Publishing a draft, the differences between versions, and the items that must be looked at again afterwards."""

import uuid
from collections import defaultdict
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from itembank.errors import ItemBankError
from itembank.model import Indicator, ItemVersion
from itembank.operations.blueprint_parts import seen_whole
from itembank.operations.publishing import confirm_fit, effects_of, move_to_cell, problems_of, publish
from itembank.plan_changes import Change, ChangeKind, changes
from itembank.queries import plans as queries
from itembank.queries import version_by_public_id
from itembank.verbs import Severity
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.blueprints_draft import draft_of
from testing_platform.web.item_markup import excerpt
from testing_platform.wiring import platform, utc_now

bp = Blueprint("blueprints_publishing", __name__, url_prefix="/kisi-kisi")

REASON_MIN, REASON_MAX = 5, 500


@bp.get("/versi/<uuid:plan_id>/terbitkan")
@requires(Permission.BLUEPRINT_EDIT)
def review(plan_id: uuid.UUID) -> str:
    """What publishing would change, what it would do to items, and what stands in its way."""
    with platform().database.reading() as session:
        return _review_page(session, plan_id)


@bp.post("/versi/<uuid:plan_id>/terbitkan")
@requires(Permission.BLUEPRINT_EDIT)
def put_in_force(plan_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Publish the draft as it was read."""
    seen, has_read = request.form.get("seen", ""), bool(request.form.get("read"))
    try:
        with platform().database.transaction() as session:
            draft = draft_of(session, plan_id)
            if not has_read and any(found.severity is Severity.WARNING for found in problems_of(session, draft)):
                error = gettext("Read the warnings, then tick the box.")
                return _review_page(session, plan_id, errors={"read": error}), 422
            done = publish(session, draft, seen=seen, actor=current_actor(), now=utc_now())
            code = draft.code
    except ItemBankError as error:
        with platform().database.reading() as session:
            return _review_page(session, plan_id, errors={"": text_of(error)}), 422
    flash(_told(done.n_followed), "ok")
    return redirect(url_for(".recheck", code=code) if done.n_left else url_for("blueprints_map.heat", code=code))


@bp.get("/versi/<uuid:plan_id>/perbedaan")
@requires(Permission.BLUEPRINT_READ)
def differences(plan_id: uuid.UUID) -> str:
    """What a version changed, in words."""
    with platform().database.reading() as session:
        plan = queries.blueprint_by_public_id(session, plan_id) or abort(404)
        before = queries.version_before(session, plan)
        found = changes(before, plan) if before else []
        return render_template("blueprints/differences.html", plan=plan, before=before, changes=found)


# Items to look at again -------------------------------------------------------------------------------------------


@bp.get("/<string:code>/periksa-ulang")
@requires(Permission.BLUEPRINT_EDIT)
def recheck(code: str) -> str:
    """The items whose indicator changed: what it said, what it says now."""
    with platform().database.reading() as session:
        return _recheck_page(session, code)


@bp.post("/<string:code>/periksa-ulang")
@requires(Permission.BLUEPRINT_EDIT)
def confirm(code: str) -> AnyResponse | tuple[str, int]:
    """The ticked items still fit."""
    chosen = set(request.form.getlist("item"))
    refused: list[str] = []
    with platform().database.transaction() as session:
        waiting = [found for found in queries.rechecks(session, code=code) if str(found.version.public_id) in chosen]
        for found in waiting:
            # One refusal (an own item, another number of options) does not keep the others from being settled.
            try:
                with session.begin_nested():
                    confirm_fit(session, found.item, actor=current_actor(), now=utc_now())
            except ItemBankError as error:
                refused.append(text_of(error))
    if len(waiting) > len(refused):
        n_settled = len(waiting) - len(refused)
        flash(
            ngettext("%(num)s item covers its cell again.", "%(num)s items cover their cells again.", n_settled), "ok"
        )
    for text in refused:
        flash(text, "bad")
    if not chosen:
        flash(gettext("Tick the items that still fit."), "bad")
    return redirect(url_for(".recheck", code=code))


@bp.get("/pindah-sel/<uuid:version_id>")
@requires(Permission.BLUEPRINT_EDIT)
def other_cell(version_id: uuid.UUID) -> str:
    """The form that moves an item to another indicator."""
    with platform().database.reading() as session:
        return _move_page(session, version_id)


@bp.post("/pindah-sel/<uuid:version_id>")
@requires(Permission.BLUEPRINT_EDIT)
def move(version_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Move it, with the reason."""
    reason = request.form.get("reason", "").strip()
    errors = (
        {} if REASON_MIN <= len(reason) <= REASON_MAX else {"reason": gettext("Write a reason of 5 to 500 characters.")}
    )
    if not errors:
        try:
            with platform().database.transaction() as session:
                target = _indicator(session)
                item = _version(session, version_id).item
                move_to_cell(session, item, target, reason=reason, actor=current_actor(), now=utc_now())
                address = url_for("blueprints_map.cell", indicator_id=target.public_id)
            flash(gettext("The item covers its new cell."), "ok")
            return redirect(address)
        except ItemBankError as error:
            errors[""] = text_of(error)
    with platform().database.reading() as session:
        return _move_page(session, version_id, errors=errors), 422


# Finding and presenting -------------------------------------------------------------------------------------------


def _version(session: Session, version_id: uuid.UUID) -> ItemVersion:
    return version_by_public_id(session, version_id) or abort(404)


def _indicator(session: Session) -> Indicator:
    try:
        wanted = uuid.UUID(request.form.get("indicator", ""))
    except ValueError:
        abort(404)
    return queries.indicator_by_public_id(session, wanted) or abort(404)


def _told(n_followed: int) -> str:
    published = gettext("The version is in force.")
    followed = ngettext("%(num)s item followed its indicator.", "%(num)s items followed their indicators.", n_followed)
    return f"{published} {followed}" if n_followed else str(published)


def _review_page(session: Session, plan_id: uuid.UUID, *, errors: dict[str, str] | None = None) -> str:
    draft = draft_of(session, plan_id)
    before = queries.version_before(session, draft)
    effects = effects_of(session, draft)
    problems = problems_of(session, draft)
    return render_template(
        "blueprints/publish.html",
        plan=draft,
        before=before,
        changes=changes(before, draft) if before else [],
        errors=errors or {},
        mistakes=[found for found in problems if found.severity is Severity.ERROR],
        warnings=[found for found in problems if found.severity is Severity.WARNING],
        n_following=sum(effect.n_items for effect in effects if effect.follows),
        staying=[effect for effect in effects if not effect.follows],
        seen=seen_whole(draft),
    )


@dataclass(frozen=True)
class Waiting:
    """An indicator that changed, what changed about it, and its items that wait to be looked at."""

    old: Indicator
    new: Indicator | None
    why: list[Change]
    items: list[queries.Recheck]


# What makes an item wait; a new number or place in the source does not.
_COUNTS = frozenset({ChangeKind.REWORDED, ChangeKind.BLOOM, ChangeKind.MOVED})


def _recheck_page(session: Session, code: str) -> str:
    plan = queries.published(session, code) or abort(404)
    found = queries.rechecks(session, code=code)
    groups: dict[int, list[queries.Recheck]] = defaultdict(list)
    for each in found:
        groups[each.old.id].append(each)
    return render_template(
        "blueprints/recheck.html",
        plan=plan,
        groups=[Waiting(part[0].old, part[0].new, _why(part[0]), part) for part in groups.values()],
        n_rechecks=len(found),
        excerpt=excerpt,
    )


def _why(found: queries.Recheck) -> list[Change]:
    """What changed for an item: the words, level or place of its indicator, and the number of options."""
    if found.new is None:
        return []
    old, new = found.old.competency.core.blueprint, found.new.competency.core.blueprint
    return [
        change
        for change in changes(old, new)
        if (change.lineage == found.new.lineage and change.kind in _COUNTS) or change.kind is ChangeKind.OPTIONS
    ]


def _move_page(session: Session, version_id: uuid.UUID, *, errors: dict[str, str] | None = None) -> str:
    version = _version(session, version_id)
    return render_template(
        "blueprints/move_item.html",
        version=version,
        indicator=version.item.indicator,
        plans=queries.all_published(session),
        errors=errors or {},
        typed=request.form,
        excerpt=excerpt,
    )
