"""The writer's desk: the own tasks and items, beginning an item, the editor, saving, handing in."""

import uuid
from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from itembank import queries
from itembank.checklist import Checklist
from itembank.errors import ItemBankError
from itembank.linter.reading import LintItem
from itembank.linter.rulebook import Severity
from itembank.media import clean_media
from itembank.model import ItemVersion
from itembank.operations import drafting
from itembank.operations.desk_errors import DraftChanged, DraftIncomplete, PictureNeedsWords, TypedElsewhere
from itembank.operations.drafting import Stand
from itembank.queries import writing
from itembank.queries.checklists import checklist_in_use, checklist_named
from itembank.queries.mending import Mending, to_mend
from itembank.queries.tasks import tasks_of
from itembank.states import ItemState
from itembank.typed_item import TypedItem
from itembank.version_text import findings_of, text_of_version
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.authoring_merge import both_texts
from testing_platform.web.authoring_page import EDITOR_POLICY, Sent, editor_of
from testing_platform.web.authoring_words import part_name, refusal_text
from testing_platform.web.item_markup import excerpt, shown_item
from testing_platform.web.verdict_words import reason_text
from testing_platform.wiring import platform, utc_now

bp = Blueprint("authoring", __name__, url_prefix="/menulis")

Answer = AnyResponse | tuple[AnyResponse, int] | tuple[str, int]


@bp.get("/")
@requires(Permission.ITEM_WRITE)
def desk() -> str:
    """Everything that waits for this writer."""
    with platform().database.reading() as session:
        actor = current_actor()
        return render_template(
            "authoring/desk.html",
            tasks=tasks_of(session, actor),
            desk=writing.desk_of(session, actor),
            writer=actor.public_id,
            excerpt=excerpt,
            now=utc_now(),
        )


@bp.post("/butir/<uuid:indicator>")
@requires(Permission.ITEM_WRITE)
def open_item(indicator: uuid.UUID) -> AnyResponse:
    """Begin an item for an indicator."""
    try:
        with platform().database.transaction() as session:
            cell = writing.indicator_by_public_id(session, indicator) or abort(404)
            version = drafting.open_item(session, cell, actor=current_actor(), now=utc_now())
            return redirect(url_for(".editor", version_id=version.public_id))
    except ItemBankError as error:
        flash(text_of(error), "bad")
        return redirect(url_for(".desk"))


@bp.get("/<uuid:version_id>")
@requires(Permission.ITEM_WRITE)
def editor(version_id: uuid.UUID) -> Answer:
    """The editor of a draft; a version that was handed in is shown to be read."""
    with platform().database.reading() as session:
        return _page(session, _version(session, version_id))


@bp.post("/<uuid:version_id>")
@requires(Permission.ITEM_WRITE)
def save(version_id: uuid.UUID) -> Answer:
    """Keep what was typed, then do what the pressed button says; a refusal costs no word of it."""
    try:
        sent = _keep(version_id)
    except TypedElsewhere:
        return both_texts(version_id)
    except ItemBankError as error:
        return _refused(version_id, error, typed=_sent(version_id).typed)
    act = _ACTS.get(request.form.get("act", ""), _save)
    try:
        with platform().database.transaction() as session:
            version = _version(session, version_id)
            done = act(session, version, sent)
    except DraftChanged:
        return both_texts(version_id, stand=sent.stand)
    except ItemBankError as error:
        return _refused(version_id, error)
    flash(done, "ok")
    return redirect(url_for(".editor", version_id=version_id))


def _keep(version_id: uuid.UUID) -> Sent:
    """What was sent, kept in a transaction of its own: whatever is refused afterwards, the text is there."""
    with platform().database.transaction() as session:
        version = _version(session, version_id)
        sent = Sent.parse(request.form, n_options=writing.n_options_of(version))
        typed = sent.typed.cleaned() if request.form.get("act") == "clean" else sent.typed
        copy = drafting.keep_typing(session, version, typed, stand=sent.stand, actor=current_actor(), now=utc_now())
        return Sent(TypedItem.of_document(copy.content), Stand(copy.counter, copy.based_on))


def _sent(version_id: uuid.UUID) -> Sent:
    with platform().database.reading() as session:
        return Sent.parse(request.form, n_options=writing.n_options_of(_version(session, version_id)))


# What the buttons do ----------------------------------------------------------------------------------------------


def _save(session: Session, version: ItemVersion, sent: Sent) -> str:
    drafting.save_draft(
        session, version, sent.typed, based_on=sent.stand.based_on, actor=current_actor(), now=utc_now()
    )
    found = [*findings_of(version), *platform().neighbours.findings(session, LintItem.of(text_of_version(version)))]
    if not found:
        return str(gettext("The draft is saved, and the checks found nothing. Hand it in when it is done."))
    n_errors = sum(finding.severity is Severity.ERROR for finding in found)
    told = gettext("The draft is saved. The checks found %(errors)s errors and %(others)s other remarks.")
    return str(told) % {"errors": n_errors, "others": len(found) - n_errors}


def _hand_in(session: Session, version: ItemVersion, sent: Sent) -> str:
    _save(session, version, sent)
    neighbours = platform().neighbours
    drafting.hand_in(session, version, neighbours=neighbours, actor=current_actor(), now=utc_now())
    return str(
        gettext("The item is with the reviewers now. It can no longer change; you will find here what they say.")
    )


def _clean(session: Session, version: ItemVersion, sent: Sent) -> str:  # noqa: ARG001 - all acts are called alike
    return str(gettext("Characters that nobody can see were taken out."))


def _put_picture_in(session: Session, version: ItemVersion, sent: Sent) -> str:
    """Without script: the picture goes to the end of the stem."""
    words = " ".join(request.form.get("alt", "").split())
    if not words:
        raise PictureNeedsWords
    file = request.files.get("picture")
    picture = clean_media(file.read() if file else b"")
    actor, now = current_actor(), utc_now()
    name, copy = drafting.add_picture(
        session, version, picture, file_name=file.filename or "" if file else "", stand=sent.stand, actor=actor, now=now
    )
    kept = TypedItem.of_document(copy.content)
    shown = f"{kept.stem.rstrip()}\n\n![{words}](figures/{name})".lstrip()
    stand = Stand(copy.counter, copy.based_on)
    drafting.keep_typing(session, version, replace(kept, stem=shown), stand=stand, actor=actor, now=now)
    return str(gettext("The picture stands at the end of the stem. Move its line to where it belongs."))


_ACTS: dict[str, Callable[[Session, ItemVersion, Sent], str]] = {
    "save": _save,
    "hand-in": _hand_in,
    "clean": _clean,
    "picture": _put_picture_in,
}


# Presenting -------------------------------------------------------------------------------------------------------


def _version(session: Session, version_id: uuid.UUID) -> ItemVersion:
    return writing.writer_version(session, version_id, current_actor()) or abort(404)


def _refused(version_id: uuid.UUID, error: ItemBankError, *, typed: TypedItem | None = None) -> Answer:
    with platform().database.reading() as session:
        return _page(session, _version(session, version_id), refusal=error, typed=typed), 422


def _page(
    session: Session, version: ItemVersion, *, refusal: ItemBankError | None = None, typed: TypedItem | None = None
) -> AnyResponse:
    actor, now = current_actor(), utc_now()
    is_draft = version.state is ItemState.DRAFT
    mending = to_mend(session, version)
    text = render_template(
        "authoring/editor.html" if is_draft else "authoring/version.html",
        editor=editor_of(session, version, actor=actor, now=now, typed=typed, neighbours=platform().neighbours),
        version=version,
        mending=mending,
        reason_text=reason_text,
        mending_checklist=_checklist_of(session, mending),
        comments=writing.comments_of(session, version),
        passages=writing.passages_of(session, actor),
        authors=writing.authors_of(session, version.item),
        colleagues=writing.possible_co_authors(session, version.item),
        versions=queries.versions_of(session, version.item),
        part_name=part_name,
        shown=None if is_draft else shown_item(version, endpoint="authoring_typing.picture"),
        writer=actor.public_id,
        refusal=refusal_text(refusal) if refusal else "",
        is_unfinished=isinstance(refusal, DraftIncomplete),
        alt=request.form.get("alt", ""),
    )
    return Response(text, headers={"Content-Security-Policy": EDITOR_POLICY})


def _checklist_of(session: Session, mending: Mending | None) -> Checklist:
    """The checklist under which a version was sent back."""
    name = mending.checklist if mending else ""
    return checklist_named(session, name) if name else checklist_in_use(session)
