"""Forms: rounds of testing, assembly of a form from the bank, and the sealed form laid open for bank managers."""

import re
import secrets
import uuid
from dataclasses import dataclass, field

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from exam.errors import AdministrationCodeTakenError, CellShortError, FormCodeTakenError, FormError
from exam.model import Administration, Form, Purpose
from exam.operations.forms import assemble_form, create_administration
from exam.queries import forms as queries
from itembank import queries as bank
from itembank.textformat import LETTERS
from registry.queries import audit_page
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.wiring import platform, utc_now

bp = Blueprint("forms", __name__, url_prefix="/paket")

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
TITLE_MAX = 300
SEED_MAX = 2**31 - 1

Shortage = tuple[str, int, int, int]  # cell, wanted, available, missing


@bp.get("/")
@requires(Permission.FORM_ASSEMBLE)
def index() -> str:
    """All rounds of testing with their forms."""
    with platform().database.reading() as session:
        return render_template("forms/index.html", administrations=queries.administrations(session))


@bp.get("/pelaksanaan/baru")
@requires(Permission.FORM_ASSEMBLE)
def new_administration() -> str:
    """The form for a round of testing."""
    return render_template("forms/administration.html", asked=AskedAdministration())


@bp.post("/pelaksanaan/baru")
@requires(Permission.FORM_ASSEMBLE)
def open_administration() -> AnyResponse | tuple[str, int]:
    """Open a round of testing."""
    asked = AskedAdministration.parse(request.form)
    if not asked.errors:
        try:
            with platform().database.transaction() as session:
                made = _create(session, asked)
                target = url_for(".new", administration=made.public_id)
        except AdministrationCodeTakenError as error:
            asked.errors["code"] = text_of(error)
    if asked.errors:
        return render_template("forms/administration.html", asked=asked), 422
    flash(gettext("The administration %(code)s is open. Now assemble its first form.", code=asked.code), "ok")
    return redirect(target)


@bp.get("/baru")
@requires(Permission.FORM_ASSEMBLE)
def new() -> str:
    """The form for a form: which specification, for which administration, from which seed."""
    seed = 100_000 + secrets.randbelow(900_000)  # six digits are easy to write into a record
    asked = AskedForm(administration=request.args.get("administration", ""), seed=str(seed))
    with platform().database.reading() as session:
        return _assembly_page(session, asked)


@bp.post("/baru")
@requires(Permission.FORM_ASSEMBLE)
def assemble() -> AnyResponse | tuple[str, int]:
    """Assemble, seal and write down a form."""
    asked = AskedForm.parse(request.form)
    if not asked.errors:
        try:
            with platform().database.transaction() as session:
                target = url_for(".form", form_id=_assemble(session, asked).public_id)
            flash(gettext("Form %(code)s is assembled and sealed.", code=asked.code), "ok")
            return redirect(target)
        except FormError as error:
            asked.refuse(error)
    with platform().database.reading() as session:
        return _assembly_page(session, asked), 422


@bp.get("/<uuid:form_id>")
@requires(Permission.FORM_ASSEMBLE)
def form(form_id: uuid.UUID) -> str:
    """A sealed form with its keys, for bank managers only."""
    with platform().database.reading() as session:
        found = queries.find_form(session, form_id) or abort(404)
        return render_template(
            "forms/form.html",
            form=found,
            sheet=queries.form_sheet(session, found),
            specification=bank.form_specification(session, found.specification, edition=found.specification_edition),
            sealed_by=audit_page(session, subject=str(form_id)).names,
            letters=LETTERS,
        )


# What a request asks for ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AskedAdministration:
    """A round of testing as typed."""

    code: str = ""
    title: str = ""
    purpose: str = Purpose.TRYOUT.value
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, form: MultiDict[str, str]) -> "AskedAdministration":
        """Checks the shape only."""
        code, title, purpose = (form.get(name, "").strip() for name in ("code", "title", "purpose"))
        asked = cls(code, title, purpose)
        asked.errors.update(_code_and_title(asked.code, asked.title))
        if asked.purpose not in set(Purpose):
            asked.errors["purpose"] = gettext("Choose what the administration is for.")
        return asked


@dataclass(frozen=True)
class AskedForm:
    """A form as typed."""

    administration: str = ""
    specification: str = ""
    code: str = ""
    title: str = ""
    seed: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    shortages: list[Shortage] = field(default_factory=list)

    @classmethod
    def parse(cls, form: MultiDict[str, str]) -> "AskedForm":
        """Checks the shape only."""
        names = ("administration", "specification", "code", "title", "seed")
        administration, specification, code, title, seed = (form.get(name, "").strip() for name in names)
        asked = cls(administration, specification, code, title, seed)
        if not asked.administration:
            asked.errors["administration"] = gettext("Choose the administration that the form belongs to.")
        if not asked.specification:
            asked.errors["specification"] = gettext("Choose a specification.")
        asked.errors.update(_code_and_title(asked.code, asked.title))
        if not asked.seed.isascii() or not asked.seed.isdigit() or int(asked.seed[:12]) > SEED_MAX:
            asked.errors["seed"] = gettext("The seed is a whole number from 0 to %(limit)s.", limit=SEED_MAX)
        return asked

    def refuse(self, error: FormError) -> None:
        """Take the refusal of the assembly into the words of the page."""
        if isinstance(error, CellShortError):
            self.shortages.extend(error.cells)
            self.errors[""] = gettext("The bank holds too few items for this form. What is missing stands below.")
        else:
            self.errors["code" if isinstance(error, FormCodeTakenError) else ""] = text_of(error)


def _code_and_title(code: str, title: str) -> dict[str, str]:
    errors = {}
    if not CODE.fullmatch(code):
        errors["code"] = gettext("The code has 1 to 64 letters, digits, full stops or hyphens, without spaces.")
    if not 0 < len(title) <= TITLE_MAX:
        errors["title"] = gettext("Write a title of at most %(limit)s characters.", limit=TITLE_MAX)
    return errors


# Carrying out and presenting --------------------------------------------------------------------------------------


def _create(session: Session, asked: AskedAdministration) -> Administration:
    return create_administration(
        session,
        code=asked.code,
        title=asked.title,
        purpose=Purpose(asked.purpose),
        actor=current_actor(),
        now=utc_now(),
    )


def _assemble(session: Session, asked: AskedForm) -> Form:
    administration = queries.administration_by_public_id(session, _uuid(asked.administration)) or abort(404)
    return assemble_form(
        session,
        administration=administration,
        specification_code=asked.specification,
        code=asked.code,
        title=asked.title,
        seed=int(asked.seed),
        purpose=administration.purpose,
        actor=current_actor(),
        now=utc_now(),
        keys=platform().keys,
    )


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        abort(404)


def _assembly_page(session: Session, asked: AskedForm) -> str:
    return render_template(
        "forms/assemble.html",
        asked=asked,
        administrations=queries.administrations(session),
        specifications=bank.form_specifications(session),
        cell_titles=_cell_titles(session) if asked.shortages else {},
    )


def _cell_titles(session: Session) -> dict[str, str]:
    """What the cells of all blueprints are about, by their codes."""
    plans = [bank.blueprint_by_code(session, plan.code) for plan in bank.blueprints(session)]
    cores = [core for plan in plans if plan for core in plan.cores]
    competencies = [competency for core in cores for competency in core.competencies]
    indicators = [indicator for competency in competencies for indicator in competency.indicators]
    return {
        **{indicator.code: indicator.text for indicator in indicators},
        **{competency.code: competency.title for competency in competencies},
        **{core.code: core.title for core in cores},
    }
