"""Drafts of blueprints: made in three ways, edited part by part, thrown away."""

import re
import uuid
from contextlib import closing
from typing import TypeVar

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from itembank.errors import ItemBankError
from itembank.model import Blueprint as BlueprintRow
from itembank.model import Competency, CoreCompetency, Indicator
from itembank.operations import blueprint_drafts as drafts
from itembank.operations import blueprint_parts as parts
from itembank.operations.blueprint_parts import Part
from itembank.plantext import CompetencyHead, CoreHead, IndicatorText, parse_blueprint
from itembank.queries import plans as queries
from itembank.tomltext import Settings
from itembank.verbs import current_verbs, verb_finding
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.blueprints_draft import draft_of
from testing_platform.web.blueprints_forms import Typed, kind_of, stored_head, stored_part, typed_head, typed_part
from testing_platform.web.blueprints_words import verb_text
from testing_platform.wiring import platform, utc_now

bp = Blueprint("blueprints_editing", __name__, url_prefix="/kisi-kisi")

CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
CODE_MAX, FILE_MAX = 64, 400_000
_Kind = TypeVar("_Kind", CoreCompetency, Competency)
_TypedPart = Typed[CoreHead] | Typed[CompetencyHead] | Typed[IndicatorText]
_KINDS = {"core": CoreCompetency, "competency": Competency, "indicator": Indicator}


# A new draft ------------------------------------------------------------------------------------------------------


@bp.get("/baru")
@requires(Permission.BLUEPRINT_EDIT)
def new() -> str:
    """Three ways to a draft: from scratch, as a copy, from a file."""
    with platform().database.reading() as session:
        return _new_page(session)


@bp.post("/baru")
@requires(Permission.BLUEPRINT_EDIT)
def create() -> AnyResponse | tuple[str, int]:
    """Make the draft in the way that was asked for."""
    errors: dict[str, str] = {}
    try:
        with platform().database.transaction() as session:
            draft = _create(session, errors)
            if draft is not None:
                target = url_for("blueprints.show", plan_id=draft.public_id)
    except ItemBankError as error:
        errors[""] = text_of(error)
    if errors:
        with platform().database.reading() as session:
            return _new_page(session, errors=errors), 422
    flash(gettext("The draft is made. Nobody works by it before you publish it."), "ok")
    return redirect(target)


def _create(session: Session, errors: dict[str, str]) -> BlueprintRow | None:
    ways = {"copy": _copy, "file": _from_file}
    return ways.get(request.form.get("way", ""), _from_scratch)(session, errors)


def _from_scratch(session: Session, errors: dict[str, str]) -> BlueprintRow | None:
    typed = typed_head(request.form)
    errors.update(typed.errors | _code_error("code"))
    if errors or typed.value is None:
        return None
    code = request.form["code"].strip()
    return drafts.create_blueprint(session, code=code, head=typed.value, actor=current_actor(), now=utc_now())


def _copy(session: Session, errors: dict[str, str]) -> BlueprintRow | None:
    title = " ".join(request.form.get("copy_title", "").split())
    source = _plan(session, _uuid(request.form.get("source", "")))
    errors.update(_code_error("copy_code"))
    if not 0 < len(title) <= 300:
        errors["copy_title"] = gettext("Write a title of at most %(limit)s characters.", limit=300)
    if errors:
        return None
    code = request.form["copy_code"].strip()
    return drafts.copy_blueprint(session, source, code=code, title=title, actor=current_actor(), now=utc_now())


def _from_file(session: Session, errors: dict[str, str]) -> BlueprintRow | None:
    file = request.files.get("file")
    content = b""
    if file is not None:
        with closing(file):  # a large one lies on the disk
            content = file.stream.read(FILE_MAX + 1)
    if file is None or not content:
        errors["file"] = gettext("Choose a file.")
    elif len(content) > FILE_MAX:
        errors["file"] = gettext("The file is larger than a blueprint can be.")
    else:
        try:
            text = parse_blueprint(content.decode(), source=file.filename or "toml")
            return drafts.import_blueprint(session, text, actor=current_actor(), now=utc_now())
        except UnicodeDecodeError:
            errors["file"] = gettext("The file is no text in UTF-8.")
        except ItemBankError as error:
            errors["file"] = text_of(error)
    return None


def _code_error(name: str) -> dict[str, str]:
    code = request.form.get(name, "").strip()
    if CODE.fullmatch(code) and len(code) <= CODE_MAX:
        return {}
    return {name: gettext("The code has small letters, digits and hyphens, for example bahasa-inggris-profesional.")}


def _new_page(session: Session, *, errors: dict[str, str] | None = None) -> str:
    sources = queries.all_published(session)
    return render_template("blueprints/new.html", sources=sources, errors=errors or {}, typed=request.form)


@bp.post("/versi/<uuid:plan_id>/rancangan")
@requires(Permission.BLUEPRINT_EDIT)
def draft(plan_id: uuid.UUID) -> AnyResponse:
    """The draft of the next version; the one that somebody began already, if there is one."""
    with platform().database.transaction() as session:
        plan = _plan(session, plan_id)
        found = queries.draft_of(session, plan.code)
        found = found or drafts.open_draft(session, plan, actor=current_actor(), now=utc_now())
        target = url_for("blueprints.show", plan_id=found.public_id)
    return redirect(target)


@bp.post("/versi/<uuid:plan_id>/buang")
@requires(Permission.BLUEPRINT_EDIT)
def discard(plan_id: uuid.UUID) -> AnyResponse:
    """Throw a draft away."""
    try:
        with platform().database.transaction() as session:
            drafts.discard_draft(session, _plan(session, plan_id), actor=current_actor(), now=utc_now())
    except ItemBankError as error:
        flash(text_of(error), "bad")
        return redirect(url_for("blueprints.show", plan_id=plan_id))
    flash(gettext("The draft is thrown away."), "ok")
    return redirect(url_for("blueprints.index"))


# The head ---------------------------------------------------------------------------------------------------------


@bp.get("/versi/<uuid:plan_id>/kepala")
@requires(Permission.BLUEPRINT_EDIT)
def head(plan_id: uuid.UUID) -> str:
    """The form for what holds for the whole blueprint."""
    with platform().database.reading() as session:
        plan = draft_of(session, plan_id)
        return render_template("blueprints/head.html", plan=plan, typed=stored_head(plan))


@bp.post("/versi/<uuid:plan_id>/kepala")
@requires(Permission.BLUEPRINT_EDIT)
def change_head(plan_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Change it."""
    typed = typed_head(request.form)
    if typed.value is not None:
        try:
            with platform().database.transaction() as session:
                plan, by = _plan(session, plan_id), current_actor()
                parts.change_head(session, plan, typed.value, seen=typed.seen, actor=by, now=utc_now())
            return redirect(url_for("blueprints.show", plan_id=plan_id))
        except ItemBankError as error:
            typed.errors[""] = text_of(error)
    with platform().database.reading() as session:
        return render_template("blueprints/head.html", plan=_plan(session, plan_id), typed=typed), 422


# Parts ------------------------------------------------------------------------------------------------------------


@bp.get("/versi/<uuid:plan_id>/tambah/<string:kind>")
@requires(Permission.BLUEPRINT_EDIT)
def add(plan_id: uuid.UUID, kind: str) -> str:
    """The form for a further part, below the one whose code stands in the address."""
    with platform().database.reading() as session:
        plan = draft_of(session, plan_id)
        parent = request.args.get("induk", "")
        proposal = Typed[Settings]({"code": _next_code(plan, kind, parent)}, parent=parent)
        return _part_page(plan, kind, proposal, part=None)


@bp.post("/versi/<uuid:plan_id>/tambah/<string:kind>")
@requires(Permission.BLUEPRINT_EDIT)
def add_part(plan_id: uuid.UUID, kind: str) -> AnyResponse | tuple[str, int]:
    """Add it."""
    return _save(plan_id, kind, part_code=None)


@bp.get("/versi/<uuid:plan_id>/bagian/<string:code>")
@requires(Permission.BLUEPRINT_EDIT)
def part(plan_id: uuid.UUID, code: str) -> str:
    """The form for a part of a draft."""
    with platform().database.reading() as session:
        plan = draft_of(session, plan_id)
        found = _part(plan, code)
        return _part_page(plan, kind_of(found), stored_part(found), part=found)


@bp.post("/versi/<uuid:plan_id>/bagian/<string:code>")
@requires(Permission.BLUEPRINT_EDIT)
def change_part(plan_id: uuid.UUID, code: str) -> AnyResponse | tuple[str, int]:
    """Change it, and hang it elsewhere if that was chosen."""
    with platform().database.reading() as session:
        kind = kind_of(_part(_plan(session, plan_id), code))
    return _save(plan_id, kind, part_code=code)


@bp.post("/versi/<uuid:plan_id>/bagian/<string:code>/geser")
@requires(Permission.BLUEPRINT_EDIT)
def move(plan_id: uuid.UUID, code: str) -> AnyResponse:
    """Change places with the part before or after."""
    earlier = request.form.get("arah") == "naik"
    try:
        with platform().database.transaction() as session:
            found = _part(_plan(session, plan_id), code)
            parts.move_part(session, found, earlier=earlier, actor=current_actor(), now=utc_now())
    except ItemBankError as error:
        flash(text_of(error), "bad")
    return redirect(url_for("blueprints.show", plan_id=plan_id) + f"#{code}")


@bp.post("/versi/<uuid:plan_id>/bagian/<string:code>/hapus")
@requires(Permission.BLUEPRINT_EDIT)
def remove(plan_id: uuid.UUID, code: str) -> AnyResponse:
    """Take a part away."""
    try:
        with platform().database.transaction() as session:
            found = _part(_plan(session, plan_id), code)
            parts.remove_part(session, found, actor=current_actor(), now=utc_now())
        flash(gettext("%(part)s is removed from the draft.", part=code), "ok")
    except ItemBankError as error:
        flash(text_of(error), "bad")
    return redirect(url_for("blueprints.show", plan_id=plan_id))


def _save(plan_id: uuid.UUID, kind: str, *, part_code: str | None) -> AnyResponse | tuple[str, int]:
    if kind not in _KINDS:
        abort(404)
    typed = typed_part(kind, request.form)
    if typed.value is not None:
        try:
            with platform().database.transaction() as session:
                _write(session, _plan(session, plan_id), typed, part_code=part_code)
            _warn_of_verb(typed.value)
            return redirect(url_for("blueprints.show", plan_id=plan_id) + f"#{typed.value.code}")
        except ItemBankError as error:
            typed.errors[""] = text_of(error)
    with platform().database.reading() as session:
        plan = _plan(session, plan_id)
        found = _part(plan, part_code) if part_code else None
        return _part_page(plan, kind, typed, part=found), 422


def _write(
    session: Session,
    plan: BlueprintRow,
    typed: _TypedPart,
    *,
    part_code: str | None,
) -> None:
    actor, now = current_actor(), utc_now()
    found = _part(plan, part_code) if part_code else None
    value, seen = typed.value, typed.seen
    if isinstance(value, IndicatorText):
        competency = _of_kind(plan, typed.parent, Competency)
        if isinstance(found, Indicator):
            parts.change_indicator(session, found, value, competency=competency, seen=seen, actor=actor, now=now)
        else:
            parts.add_indicator(session, competency, value, actor=actor, now=now)
    elif isinstance(value, CompetencyHead):
        core = _of_kind(plan, typed.parent, CoreCompetency)
        if isinstance(found, Competency):
            parts.change_competency(session, found, value, core=core, seen=seen, actor=actor, now=now)
        else:
            parts.add_competency(session, core, value, actor=actor, now=now)
    elif isinstance(value, CoreHead):
        if isinstance(found, CoreCompetency):
            parts.change_core(session, found, value, seen=seen, actor=actor, now=now)
        else:
            parts.add_core(session, plan, value, actor=actor, now=now)


def _warn_of_verb(value: Settings) -> None:
    if isinstance(value, IndicatorText) and (finding := verb_finding(value.text, value.bloom)):
        flash(gettext("Saved. %(problem)s", problem=verb_text(finding)), "warn")


# Finding and presenting -------------------------------------------------------------------------------------------


def _plan(session: Session, plan_id: uuid.UUID) -> BlueprintRow:
    return queries.blueprint_by_public_id(session, plan_id) or abort(404)


def _part(plan: BlueprintRow, code: str) -> Part:
    return next((found for found in parts.parts_of(plan) if found.code == code), None) or abort(404)


def _of_kind(plan: BlueprintRow, code: str, kind: type[_Kind]) -> _Kind:
    found = _part(plan, code)
    return found if isinstance(found, kind) else abort(404)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        abort(404)


def _next_code(plan: BlueprintRow, kind: str, parent: str) -> str:
    """A free code in the manner of the others, as a proposal."""
    if kind == "competency" and parent:
        used = [found.code for found in parts.parts_of(plan)]
        return next(code for number in range(1, 200) if (code := f"{parent}.{number}") not in used)
    row = [found.code for found in parts.parts_of(plan) if kind_of(found) == kind]
    match = re.fullmatch(r"(.*?)(\d+)", row[-1]) if row else None
    if match is None:
        return ""
    highest = max(int(each[1]) for code in row if (each := re.fullmatch(re.escape(match[1]) + r"(\d+)", code)))
    return f"{match[1]}{highest + 1:0{len(match[2])}d}"


def _part_page(plan: BlueprintRow, kind: str, typed: _TypedPart | Typed[Settings], *, part: Part | None) -> str:
    if kind not in _KINDS:
        abort(404)
    return render_template("blueprints/part.html", plan=plan, kind=kind, typed=typed, part=part, verbs=current_verbs())
