"""Key check, scoring runs and release, for psychometricians and the committee."""

import uuid
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from exam.errors import ExamError, ReportsUnreadError
from exam.model import Form, KeySet, ScoringRun
from exam.operations.release import approve_release, propose_release, withdraw_release
from exam.operations.scoring import NEEDED_SIGNATURES, KeyChange, propose_key_set, sign_key_set
from exam.queries import standings
from exam.queries.scoring import latest_key_set
from exam.scoring import passing_score
from exam.states import Treatment
from testing_platform import exports, jobs
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web import scoring_words
from testing_platform.web.acting import acting
from testing_platform.web.score_tables import record_export, scores_table
from testing_platform.web.scored_items import KeyedItem, keyed_items, picture_of_form
from testing_platform.wiring import platform, utc_now

bp = Blueprint("scoring", __name__, url_prefix="/penilaian")
bp.record_once(lambda state: scoring_words.install(state.app.jinja_env.globals))

Page = str | tuple[str, int] | AnyResponse

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/")
@requires(Permission.SCORE_READ)
def index() -> str:
    """All operational forms and where each stands on its way to results."""
    with platform().database.reading() as session:
        return render_template("scoring/index.html", standings=standings.form_standings(session))


# Key check --------------------------------------------------------------------------------------------------------


@bp.get("/<uuid:form_id>/kunci")
@requires(Permission.KEY_SIGN)
def keys(form_id: uuid.UUID) -> Page:
    """Every item of a form with its keys, to be read and signed."""
    with platform().database.reading() as session:
        return _keys_page(session, _form(session, form_id))


@bp.get("/<uuid:form_id>/kunci/ubah")
@requires(Permission.KEY_PROPOSE)
def edit_keys(form_id: uuid.UUID) -> Page:
    """The same items with fields for keys and treatment."""
    with platform().database.reading() as session:
        return _edit_page(session, _form(session, form_id))


@bp.post("/<uuid:form_id>/kunci")
@requires(Permission.KEY_PROPOSE)
def propose_keys(form_id: uuid.UUID) -> Page:
    """Put keys up for signing: the bank's, with the changes that the form carries."""
    changes, reason = _changes(request.form), request.form.get("reason", "")
    read = _reports_read(request.form)
    with acting() as act:
        form, actor, now = _form(act.session, form_id), current_actor(), utc_now()
        propose_key_set(act.session, form, changes=changes, reason=reason, reports_read=read, actor=actor, now=now)
    if act.refusal:
        typed = Proposal(changes, reason, read)
        with platform().database.reading() as session:
            return _edit_page(session, _form(session, form_id), typed=typed, error=act.refusal), 422
    flash(gettext("The keys are proposed. Two other people must check and sign them now."), "ok")
    return redirect(url_for(".keys", form_id=form_id))


@bp.post("/<uuid:form_id>/kunci/tanda-tangan")
@requires(Permission.KEY_SIGN)
def sign_keys(form_id: uuid.UUID) -> Page:
    """Sign the keys that the page showed."""
    with acting() as act:
        key_set = _shown_key_set(act.session, _form(act.session, form_id))
        sign_key_set(act.session, key_set, digest=_digest(), actor=current_actor(), now=utc_now())
    if act.refusal:
        with platform().database.reading() as session:
            return _keys_page(session, _form(session, form_id), error=act.refusal), 422
    flash(gettext("Your signature is on file."), "ok")
    return redirect(url_for(".keys", form_id=form_id))


@bp.get("/<uuid:form_id>/gambar/<string:sha256>")
@requires(Permission.KEY_SIGN)
def picture(form_id: uuid.UUID, sha256: str) -> Response:
    """A picture of an item of the form; the committee has no access to the bank as a whole."""
    with platform().database.reading() as session:
        found = picture_of_form(session, _form(session, form_id), sha256)
        if found is None:
            abort(404)
        response = Response(found.content, mimetype=found.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


def _changes(fields: MultiDict[str, str]) -> list[KeyChange]:
    """What the page sends for each item: the right options and the treatment. Nonsense is no change but a 400."""
    changes = []
    for name, value in fields.items():
        if name.startswith("treatment-"):
            try:
                position = int(name.removeprefix("treatment-"))
                keys = frozenset(int(key) for key in fields.getlist(f"keys-{position}"))
                changes.append(KeyChange(position=position, keys=keys, treatment=Treatment(value)))
            except ValueError:
                abort(400)
    return changes


def _reports_read(fields: MultiDict[str, str]) -> dict[int, int]:
    """By item: how many reports stood on the page whose box was ticked."""
    read = {}
    for name, value in fields.items():
        if name.startswith("reports-"):
            try:
                read[int(name.removeprefix("reports-"))] = int(value)
            except ValueError:
                abort(400)
    return read


def _keys_page(session: Session, form: Form, *, error: ExamError | None = None) -> str:
    key_set = latest_key_set(session, form)
    return render_template(
        "scoring/keys.html",
        form=form,
        key_set=key_set,
        items=keyed_items(session, form, key_set),
        needed=NEEDED_SIGNATURES,
        me=current_actor(),
        errors={"": text_of(error)} if error else {},
    )


@dataclass(frozen=True)
class Proposal:
    """Keys as somebody typed them."""

    changes: list[KeyChange] = field(default_factory=list)
    reason: str = ""
    reports_read: dict[int, int] | None = None


def _edit_page(session: Session, form: Form, *, typed: Proposal = Proposal(), error: ExamError | None = None) -> str:
    latest = latest_key_set(session, form)
    items = keyed_items(session, form, latest, typed=typed.changes, reports_read=typed.reports_read)
    return render_template(
        "scoring/edit_keys.html",
        form=form,
        items=items,
        reason=typed.reason,
        treatments=scoring_words.treatment_choices(),
        after_a_drop=_after_a_drop(items, form.pass_percent),
        errors=_field_errors(error),
    )


def _after_a_drop(items: list[KeyedItem], pass_percent: int) -> tuple[int, int]:
    """How many items remain when one more is dropped, and how many of them must then be right."""
    remaining = sum(item.scored and item.treatment is not Treatment.DROP for item in items) - 1
    return remaining, passing_score(remaining, pass_percent)


def _field_errors(error: ExamError | None) -> dict[str, str]:
    if error is None:
        return {}
    if isinstance(error, ReportsUnreadError):
        return _unread_errors(error)
    position = error.parameters.get("position")
    field = f"keys-{position}" if position else "reason" if error.code == "reason-missing" else ""
    return {field: text_of(error)}


def _unread_errors(error: ReportsUnreadError) -> dict[str, str]:
    positions = error.parameters.get("positions")
    words = gettext("Read the reports of this item, then tick the box.")
    return {f"reports-{place}": words for place in positions} if isinstance(positions, list) else {"": text_of(error)}


# Scoring and release ----------------------------------------------------------------------------------------------


@bp.post("/<uuid:form_id>/skor")
@requires(Permission.SCORING_RUN)
def score(form_id: uuid.UUID) -> Page:
    """Score the form; the page of the run is what comes of it."""
    with platform().database.reading() as session:
        _form(session, form_id)
    try:
        run_id = jobs.score_form(platform().database, form_id, actor=current_actor(), now=utc_now())
    except ExamError as error:
        with platform().database.reading() as session:
            page = render_template(
                "scoring/index.html", standings=standings.form_standings(session), errors={"": text_of(error)}
            )
        return page, 422
    return redirect(url_for(".run", run_id=run_id))


@bp.get("/hasil/<uuid:run_id>")
@requires(Permission.SCORE_READ)
def run(run_id: uuid.UUID) -> Page:
    """One run: what it costs whom, how sure it is, and everybody's score."""
    with platform().database.reading() as session:
        return _run_page(session, _run(session, run_id))


@bp.post("/hasil/<uuid:run_id>/usul")
@requires(Permission.RELEASE_DECIDE)
def propose(run_id: uuid.UUID) -> Page:
    """Ask for the results to go out."""

    def act(session: Session, run: ScoringRun) -> None:
        propose_release(session, run, digest=_digest(), actor=current_actor(), now=utc_now())

    return _decide(run_id, act, done=gettext("The release is proposed. Another member of the committee must approve."))


@bp.post("/hasil/<uuid:run_id>/setujui")
@requires(Permission.RELEASE_DECIDE)
def approve(run_id: uuid.UUID) -> Page:
    """Let the results go out."""

    def act(session: Session, run: ScoringRun) -> None:
        release = run.release or abort(409)
        approve_release(session, release, digest=_digest(), actor=current_actor(), now=utc_now())

    return _decide(run_id, act, done=gettext("The results are out. Candidates see them with their result code."))


@bp.post("/hasil/<uuid:run_id>/tarik")
@requires(Permission.RELEASE_DECIDE)
def withdraw(run_id: uuid.UUID) -> Page:
    """Take a proposal back."""

    def act(session: Session, run: ScoringRun) -> None:
        release = run.release or abort(409)
        reason = request.form.get("reason", "")
        withdraw_release(session, release, reason=reason, actor=current_actor(), now=utc_now())

    return _decide(run_id, act, done=gettext("The proposal is withdrawn."))


def _decide(run_id: uuid.UUID, act: Callable[[Session, ScoringRun], None], *, done: str) -> Page:
    with acting() as acted:
        act(acted.session, _run(acted.session, run_id))
    if acted.refusal:
        with platform().database.reading() as session:
            return _run_page(session, _run(session, run_id), error=acted.refusal), 422
    flash(done, "ok")
    return redirect(url_for(".run", run_id=run_id))


@bp.get("/hasil/<uuid:run_id>/nilai.<any(csv, xlsx):kind>")
@requires(Permission.SCORE_READ)
def export(run_id: uuid.UUID, kind: str) -> Response:
    """All scores as a file. Names leave the platform with it, so the audit writes down who took it."""
    with platform().database.transaction() as session:
        run = _run(session, run_id)
        table = scores_table(session, run)
        record_export(session, run, kind=kind, actor=current_actor(), now=utc_now())
        name = f"nilai-{run.form.code}-{run.number}.{kind}"
    if kind == "csv":
        response = Response(exports.as_csv(table), mimetype="text/csv")
    else:
        response = Response(exports.as_xlsx(table, notes_title=gettext("Notes")), mimetype=_XLSX)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _run_page(session: Session, run: ScoringRun, *, error: ExamError | None = None) -> str:
    figures: dict[str, Any] = run.uncertainty
    language = str(get_locale() or "id")
    return render_template(
        "scoring/run.html",
        run=run,
        figures=figures,
        picture=_as_address(figures["pictures"].get(language) or figures["pictures"]["id"]),
        histogram_rows=list(enumerate(figures["histogram"])),
        candidates=standings.scored_candidates(session, run),
        absent=standings.unscored_candidates(session, run.form),
        runs=standings.runs_of(session, run.form),
        standing=standings.form_standing(session, run.form),
        me=current_actor(),
        errors={"": text_of(error)} if error else {},
        reason_error=text_of(error) if error and error.code == "reason-missing" else "",
    )


def _as_address(svg: str) -> str:
    # As an address of its own the drawing keeps its styles, which the policy forbids inside the page.
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


# What the address names -------------------------------------------------------------------------------------------


def _form(session: Session, public_id: uuid.UUID) -> Form:
    return standings.form_by_public_id(session, public_id) or abort(404)


def _run(session: Session, public_id: uuid.UUID) -> ScoringRun:
    return standings.run_by_public_id(session, public_id) or abort(404)


def _shown_key_set(session: Session, form: Form) -> KeySet:
    return latest_key_set(session, form) or abort(409)


def _digest() -> bytes:
    """The digest of what the page showed; without one there is nothing that anybody could have agreed to."""
    try:
        return bytes.fromhex(request.form.get("digest", ""))
    except ValueError:
        abort(400)
