"""What the editor's script asks for: keeping what is typed, the preview, pictures. Answers are JSON."""

import uuid
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from itembank.errors import ItemBankError
from itembank.media import clean_media
from itembank.model import ItemVersion, Media, WorkingCopy
from itembank.operations import drafting
from itembank.operations.desk_errors import PictureNeedsWords
from itembank.queries import writing
from itembank.states import ItemState
from testing_platform.error_texts import text_of
from testing_platform.i18n import local_text
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.authoring_page import PREVIEW_POLICY, Editor, Sent, editor_of, stand_of
from testing_platform.wiring import platform, utc_now

bp = Blueprint("authoring_typing", __name__, url_prefix="/menulis")

# A picture opened by itself must not be able to do anything, whatever somebody hid in an SVG.
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"


@bp.get("/<uuid:version_id>/ketikan")
@requires(Permission.ITEM_WRITE)
def stand(version_id: uuid.UUID) -> Response:
    """Where the server stands, for a page that comes back after the session or the server was away."""
    with platform().database.reading() as session:
        version, near = _version(session, version_id), platform().neighbours
        found = editor_of(session, version, actor=current_actor(), now=utc_now(), neighbours=near)
        return jsonify(_answer(found))


@bp.post("/<uuid:version_id>/ketikan")
@requires(Permission.ITEM_WRITE)
def keep(version_id: uuid.UUID) -> Response | tuple[Response, int]:
    """Keep what is typed, as typed, and draw what can be drawn."""
    try:
        with platform().database.transaction() as session:
            version = _version(session, version_id)
            sent = Sent.parse(request.form, n_options=writing.n_options_of(version))
            drafting.keep_typing(session, version, sent.typed, stand=sent.stand, actor=current_actor(), now=utc_now())
            return jsonify(_answer(editor_of(session, version, actor=current_actor(), now=utc_now())))
    except ItemBankError as error:
        return _refusal(error)


@bp.post("/<uuid:version_id>/gambar")
@requires(Permission.ITEM_WRITE)
def add_picture(version_id: uuid.UUID) -> Response | tuple[Response, int]:
    """Clean a picture and put it beside the text; the answer holds the words that show it."""
    words = " ".join(request.form.get("alt", "").split())
    file = request.files.get("picture")
    try:
        if not words:
            raise PictureNeedsWords
        picture = clean_media(file.read() if file else b"")
        with platform().database.transaction() as session:
            name, copy = drafting.add_picture(
                session,
                _version(session, version_id),
                picture,
                file_name=(file.filename or "") if file else "",
                stand=stand_of(request.form),
                actor=current_actor(),
                now=utc_now(),
            )
            shown = f"![{words.translate(_BRACKETS)}](figures/{name})"
            return jsonify({**_kept(copy), "text": shown})
    except ItemBankError as error:
        return _refusal(error)


@bp.get("/<uuid:version_id>/layar")
@requires(Permission.ITEM_WRITE)
def screen(version_id: uuid.UUID) -> Response:
    """The candidate's page without an exam behind it; the editor tells it what to show."""
    with platform().database.reading() as session:
        version = _version(session, version_id)
        shown = editor_of(session, version, actor=current_actor(), now=utc_now())
        text = render_template("authoring/screen.html", preview=shown.preview(), code=version.item.code)
    return Response(text, headers={"Content-Security-Policy": PREVIEW_POLICY})


@bp.get("/gambar/<string:sha256>")
@requires(Permission.ITEM_WRITE)
def picture(sha256: str) -> Response:
    """A picture of something on the own desk, and no other."""
    with platform().database.reading() as session:
        if not writing.may_see_picture(session, sha256, current_actor()):
            abort(404)
        found = session.get(Media, sha256) or abort(404)
        response = Response(found.content, mimetype=found.media_type)
    response.headers["Content-Security-Policy"] = _PICTURE_POLICY
    response.headers["Content-Disposition"] = "inline"
    return response


_BRACKETS = str.maketrans({"[": "(", "]": ")"})


def _version(session: Session, version_id: uuid.UUID) -> ItemVersion:
    return writing.writer_version(session, version_id, current_actor()) or abort(404)


def _kept(copy: WorkingCopy) -> dict[str, Any]:
    return {"counter": copy.counter, "based_on": copy.based_on.hex(), "csrf": generate_csrf()}


def _answer(editor: Editor) -> dict[str, Any]:
    return {
        "counter": editor.counter,
        "based_on": editor.based_on,
        "csrf": generate_csrf(),
        "time": local_text(editor.copy.saved_at, form="HH.mm.ss") if editor.copy else "",
        "is_draft": editor.version.state is ItemState.DRAFT,
        "is_overtaken": editor.is_overtaken,
        "preview": editor.preview(),
        "remarks": [remark.document() for remark in editor.remarks],
        "missing": editor.missing,
        "others": [{"name": each.name, "time": local_text(each.typed_at, form="HH.mm")} for each in editor.others],
        "saved_by": editor.saved.name if editor.saved else "",
    }


def _refusal(error: ItemBankError) -> tuple[Response, int]:
    return jsonify({"code": error.code, "message": text_of(error)}), 409
