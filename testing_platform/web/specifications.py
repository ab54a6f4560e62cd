"""Specifications of forms: all of them, one with its editions and its forms, and the form for its next edition."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from exam.queries.forms import forms_by, n_forms_by_specification
from itembank.errors import ItemBankError
from itembank.model import FormSpecification
from itembank.operations.plan_errors import (
    BankTooSmall,
    CellOverdrawn,
    SectionBlueprintUnknown,
    SectionTwice,
    SpecificationRevisedMeanwhile,
)
from itembank.operations.specifications import ITEMS_MAX, revise_specification
from itembank.plan_changes import indicators_of
from itembank.queries import form_specification, form_specifications
from itembank.queries import specifications as queries
from itembank.specification_changes import changes
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web import specifications_words
from testing_platform.web.specifications_form import MINUTES_MAX, TITLE_MAX, TypedRevision, TypedSection, Way
from testing_platform.web.specifications_view import Bank, SectionView, section_view
from testing_platform.web.tasks_form import number
from testing_platform.wiring import platform, utc_now

bp = Blueprint("specifications", __name__, url_prefix="/kisi-kisi/spesifikasi")
bp.record_once(specifications_words.install)

LIMITS = {"items": ITEMS_MAX, "minutes": MINUTES_MAX, "title": TITLE_MAX}


@bp.get("/")
@requires(Permission.BLUEPRINT_READ)
def index() -> str:
    """All specifications, each with its newest edition."""
    with platform().database.reading() as session:
        bank = Bank.read(session)
        found = form_specifications(session)
        return render_template(
            "specifications/index.html",
            rows=[(each, _sections(TypedRevision.stored(each, bank.plans), bank)) for each in found],
            n_forms=n_forms_by_specification(session),
            plans=bank.plans.values(),
        )


@bp.get("/<string:code>")
@requires(Permission.BLUEPRINT_READ)
def show(code: str) -> str:
    """The edition by which new forms are assembled."""
    return _show(code, edition=None)


@bp.get("/<string:code>/edisi/<int(max=9999):edition>")
@requires(Permission.BLUEPRINT_READ)
def show_edition(code: str, edition: int) -> str:
    """An edition, as forms that were sealed by it know it."""
    return _show(code, edition=edition)


def _show(code: str, *, edition: int | None) -> str:
    with platform().database.reading() as session:
        found = form_specification(session, code, edition=edition) or abort(404)
        bank, editions = Bank.read(session), queries.editions(session, code)
        return render_template(
            "specifications/show.html",
            specification=found,
            newest=editions[0],
            sections=_sections(TypedRevision.stored(found, bank.plans), bank),
            history=[
                (each, changes(before, each) if before else [])
                for each, before in zip(editions, [*editions[1:], None], strict=True)
            ],
            written=queries.written(session, editions),
            forms=forms_by(session, code),
        )


# The next edition -------------------------------------------------------------------------------------------------


@bp.get("/<string:code>/ubah")
@requires(Permission.BLUEPRINT_EDIT)
def edit(code: str) -> str:
    """The form for the next edition, filled with the newest."""
    with platform().database.reading() as session:
        newest = _newest(session, code)
        bank = Bank.read(session)
        return _edit_page(session, newest, TypedRevision.stored(newest, bank.plans), bank)


@bp.post("/<string:code>/ubah")
@requires(Permission.BLUEPRINT_EDIT)
def revise(code: str) -> AnyResponse | tuple[str, int]:
    """Write the next edition; or add, spread or remove a section on the page, which saves nothing yet."""
    typed = TypedRevision.parse(request.form)
    act, _colon, blueprint = request.form.get("act", "").partition(":")
    if act not in _ACTS:
        return _save(code, typed)
    with platform().database.reading() as session:
        bank = Bank.read(session)
        typed = _ACTS[act](replace(typed, errors={}), blueprint, bank)
        page = _edit_page(session, _newest(session, code), typed, bank)
        return page, 422 if typed.errors else 200


def _save(code: str, typed: TypedRevision) -> AnyResponse | tuple[str, int]:
    others = None
    if not typed.errors:
        try:
            with platform().database.transaction() as session:
                _revise(session, code, typed)
        except BankTooSmall as error:
            typed.errors["short_ok"] = text_of(error)
        except SpecificationRevisedMeanwhile as error:
            typed.errors[""], others = text_of(error), typed.seen
        except ItemBankError as error:
            typed.errors[_field_of(error, typed)] = text_of(error)
    if not typed.errors:
        flash(gettext("Saved. New forms are assembled by this edition; sealed forms keep theirs."), "ok")
        return redirect(url_for(".show", code=code))
    with platform().database.reading() as session:
        return _edit_page(session, _newest(session, code), typed, Bank.read(session), since=others), 422


def _revise(session: Session, code: str, typed: TypedRevision) -> None:
    revise_specification(
        session,
        _newest(session, code),
        typed.revision(),
        seen=typed.seen,
        is_ahead="short_ok" in request.form,
        actor=current_actor(),
        now=utc_now(),
    )


def _field_of(error: ItemBankError, typed: TypedRevision) -> str:
    """The field that a refusal is about; none where it is about the whole."""
    blueprint = error.params.get("blueprint")
    section = next((each for each in typed.sections if each.blueprint == blueprint), None)
    if section is None or isinstance(error, SectionBlueprintUnknown):
        return ""
    if isinstance(error, CellOverdrawn) and section.way is Way.ALLOCATION:
        return f"n:{blueprint}:{error.params['part']}"
    fields = {Way.PER_INDICATOR: f"each:{blueprint}", Way.MIN_PER_CORE: f"items:{blueprint}"}
    return fields.get(section.way, f"total:{blueprint}")


# Acts that change the page only -----------------------------------------------------------------------------------


def _add(typed: TypedRevision, _blueprint: str, bank: Bank) -> TypedRevision:
    code = request.form.get("add", "")
    plan = bank.plans.get(code)
    if plan is None:
        return replace(typed, errors={"add": gettext("Choose a blueprint that is in force.")})
    if any(each.blueprint == code for each in typed.sections):
        return replace(typed, errors={"add": text_of(SectionTwice(blueprint=code))})
    return typed.with_section(TypedSection.by_weight(plan, min(ITEMS_MAX, len(indicators_of(plan)))))


def _spread(typed: TypedRevision, blueprint: str, bank: Bank) -> TypedRevision:
    plan, n_items = bank.plans.get(blueprint), number(request.form.get(f"total:{blueprint}", ""), most=ITEMS_MAX)
    if plan is None or n_items is None:
        words = gettext("Write a whole number from 1 to %(most)s.", most=ITEMS_MAX)
        return replace(typed, errors={f"total:{blueprint}": words})
    return typed.with_section(TypedSection.by_weight(plan, n_items))


def _up(typed: TypedRevision, blueprint: str, _bank: Bank) -> TypedRevision:
    return typed.moved_up(blueprint)


def _remove(typed: TypedRevision, blueprint: str, _bank: Bank) -> TypedRevision:
    return typed.without(blueprint)


_ACTS: Mapping[str, Callable[[TypedRevision, str, Bank], TypedRevision]] = {
    "add": _add,
    "spread": _spread,
    "up": _up,
    "remove": _remove,
}


# Presenting -------------------------------------------------------------------------------------------------------


def _newest(session: Session, code: str) -> FormSpecification:
    return form_specification(session, code) or abort(404)


def _sections(typed: TypedRevision, bank: Bank) -> list[SectionView]:
    return [section_view(each, bank) for each in typed.sections]


def _edit_page(
    session: Session, newest: FormSpecification, typed: TypedRevision, bank: Bank, *, since: int | None = None
) -> str:
    """With `since`: somebody wrote editions after that one; the page tells what they changed, and saves after them."""
    seen = None
    if since is not None:
        seen = form_specification(session, newest.code, edition=since)
        typed = replace(typed, seen=newest.edition)
    return render_template(
        "specifications/edit.html",
        specification=newest,
        typed=typed,
        sections=_sections(typed, bank),
        addable=[plan for plan in bank.plans.values() if plan.code not in {each.blueprint for each in typed.sections}],
        others=changes(seen, newest) if seen else [],
        written=queries.written(session, [newest]),
        n_forms=n_forms_by_specification(session)[newest.code],
        limits=LIMITS,
    )
