"""How forms are put together from a blueprint: which specifications there are, and a new one from its weights."""

from dataclasses import dataclass, field

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from itembank.errors import ItemBankError
from itembank.model import Blueprint as BlueprintRow
from itembank.operations.errors import SpecificationExists
from itembank.operations.specifications import ITEMS_MAX, plan_forms
from itembank.queries import form_specifications
from itembank.queries import plans as queries
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.blueprints_editing import CODE, CODE_MAX
from testing_platform.web.specifications_form import MINUTES_MAX, TITLE_MAX, TypedSection
from testing_platform.web.specifications_view import Bank, SectionView, section_view
from testing_platform.web.tasks_form import number
from testing_platform.wiring import platform, utc_now

bp = Blueprint("blueprints_specifications", __name__, url_prefix="/kisi-kisi")


@dataclass(frozen=True)
class TypedSpecification:
    """A specification as typed, with what is wrong with it."""

    code: str = ""
    title: str = ""
    n_items: str = "40"
    duration_minutes: str = "120"
    cut: str = "75"
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, form: MultiDict[str, str]) -> "TypedSpecification":
        """Checks the shape only."""
        names = ("code", "title", "n_items", "duration_minutes", "cut")
        code, title, n_items, minutes, cut = (" ".join(form.get(name, "").split()) for name in names)
        typed = cls(code, title, n_items, minutes, cut)
        if not CODE.fullmatch(code) or len(code) > CODE_MAX:
            typed.errors["code"] = gettext("The code has small letters, digits and hyphens, for example kimia-40.")
        if not 0 < len(title) <= TITLE_MAX:
            typed.errors["title"] = gettext("Write a title of at most %(limit)s characters.", limit=TITLE_MAX)
        limits = {"n_items": ITEMS_MAX, "duration_minutes": MINUTES_MAX, "cut": 100}
        for name, most in limits.items():
            if number(getattr(typed, name), most=most) is None:
                typed.errors[name] = gettext("Write a whole number from 1 to %(most)s.", most=most)
        return typed


@bp.get("/<string:code>/spesifikasi")
@requires(Permission.BLUEPRINT_READ)
def index(code: str) -> str:
    """The specifications that take items from a blueprint, and the form for a new one."""
    with platform().database.reading() as session:
        n_items = request.args.get("n_items", TypedSpecification().n_items)
        return _page(session, code, TypedSpecification(n_items=n_items))


@bp.post("/<string:code>/spesifikasi")
@requires(Permission.BLUEPRINT_EDIT)
def create(code: str) -> AnyResponse | tuple[str, int]:
    """Add one, with the items spread by weight."""
    typed = TypedSpecification.parse(request.form)
    if not typed.errors:
        try:
            with platform().database.transaction() as session:
                _create(session, code, typed)
                section = _by_weight(session, queries.published(session, code), int(typed.n_items))
            if section is not None and section.short:
                flash(gettext("Saved, but the bank holds too few items for it so far."), "warn")
            else:
                flash(gettext("Forms can be assembled by this specification now."), "ok")
            return redirect(url_for(".index", code=code))
        except ItemBankError as error:
            typed.errors["code" if isinstance(error, SpecificationExists) else "n_items"] = text_of(error)
    with platform().database.reading() as session:
        return _page(session, code, typed), 422


def _create(session: Session, code: str, typed: TypedSpecification) -> None:
    plan = queries.published(session, code) or abort(404)
    plan_forms(
        session,
        plan,
        code=typed.code,
        title=typed.title,
        n_items=int(typed.n_items),
        duration_minutes=int(typed.duration_minutes),
        pass_percent=int(typed.cut),
        actor=current_actor(),
        now=utc_now(),
    )


def _page(session: Session, code: str, typed: TypedSpecification) -> str:
    plan = queries.published(session, code) or abort(404)
    uses = [
        (specification, section)
        for specification in form_specifications(session)
        for section in specification.sections
        if section["blueprint"] == code
    ]
    return render_template(
        "blueprints/specifications.html",
        plan=plan,
        uses=uses,
        typed=typed,
        section=_by_weight(session, plan, number(typed.n_items, most=ITEMS_MAX)),
        limits={"items": ITEMS_MAX, "minutes": MINUTES_MAX},
    )


def _by_weight(session: Session, plan: BlueprintRow | None, n_items: int | None) -> SectionView | None:
    """So many items spread by weight, beside what the bank holds."""
    if plan is None or n_items is None:
        return None
    return section_view(TypedSection.by_weight(plan, n_items), Bank.read(session))
