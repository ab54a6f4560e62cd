"""Passages at the writer's desk: texts that several items share."""

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from itembank.errors import ItemBankError
from itembank.media import CleanMedia, clean_media
from itembank.model import Passage
from itembank.operations import passages
from itembank.operations.desk_errors import PictureNeedsWords
from itembank.operations.drafting import picture_name
from itembank.queries import writing
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.authoring_words import refusal_text
from testing_platform.web.item_markup import with_pictures
from testing_platform.wiring import platform, utc_now

bp = Blueprint("authoring_passages", __name__, url_prefix="/menulis/wacana")

Answer = AnyResponse | tuple[str, int] | str


@bp.get("/")
@requires(Permission.ITEM_WRITE)
def index() -> str:
    """The passages that this writer may use, and a form for a new one."""
    with platform().database.reading() as session:
        return _list_page(session)


@bp.post("/")
@requires(Permission.ITEM_WRITE)
def create() -> Answer:
    """A new passage."""
    name = request.form.get("name", "")
    try:
        source, pictures = _sent()
        with platform().database.transaction() as session:
            made = passages.new_passage(
                session, name=name, source=source, pictures=pictures, actor=current_actor(), now=utc_now()
            )
            return _there(made)
    except ItemBankError as error:
        with platform().database.reading() as session:
            return _list_page(session, refusal=refusal_text(error)), 422


@bp.get("/<uuid:passage_id>")
@requires(Permission.ITEM_WRITE)
def show(passage_id: uuid.UUID) -> str:
    """A passage as candidates see it, with its text for whoever may change it."""
    with platform().database.reading() as session:
        return _passage_page(session, _passage(session, passage_id))


@bp.post("/<uuid:passage_id>")
@requires(Permission.ITEM_WRITE)
def edit(passage_id: uuid.UUID) -> Answer:
    """The next number of a passage."""
    try:
        source, pictures = _sent()
        with platform().database.transaction() as session:
            found = _passage(session, passage_id)
            made = passages.edit_passage(
                session, found, source=source, pictures=pictures, actor=current_actor(), now=utc_now()
            )
            return _there(made)
    except ItemBankError as error:
        with platform().database.reading() as session:
            return _passage_page(session, _passage(session, passage_id), refusal=refusal_text(error)), 422


def _there(passage: Passage) -> AnyResponse:
    flash(gettext("The passage is kept. Choose it in the editor of an item."), "ok")
    return redirect(url_for(".show", passage_id=passage.public_id))


def _sent() -> tuple[str, dict[str, CleanMedia]]:
    """The text that was sent; an uploaded picture goes to its end, with its words."""
    source, file = _source(), request.files.get("picture")
    if not file or not file.filename:
        return source, {}
    words = " ".join(request.form.get("alt", "").split())
    if not words:
        raise PictureNeedsWords
    picture = clean_media(file.read())
    name = picture_name(file.filename, picture)
    return f"{source.rstrip()}\n\n![{words}](figures/{name})".lstrip(), {name: picture}


def _source() -> str:
    return request.form.get("source", "").replace("\r\n", "\n").replace("\r", "\n")


def _passage(session: Session, passage_id: uuid.UUID) -> Passage:
    return writing.passage_for(session, str(passage_id), current_actor()) or abort(404)


def _list_page(session: Session, *, refusal: str = "") -> str:
    return render_template(
        "authoring/passages.html",
        passages=writing.passages_of(session, current_actor()),
        refusal=refusal,
        name=request.form.get("name", ""),
        source=_source(),
        alt=request.form.get("alt", ""),
    )


def _passage_page(session: Session, passage: Passage, *, refusal: str = "") -> str:
    actor = current_actor()
    addresses = {name: url_for("authoring_typing.picture", sha256=sha256) for name, sha256 in passage.pictures.items()}
    numbers = writing.numbers_of(session, passage)
    return render_template(
        "authoring/passage.html",
        passage=passage,
        shown=with_pictures(passage.html, addresses),
        numbers=numbers,
        is_newest=numbers[0] is passage,
        may_change=writing.may_change_passage(session, passage, actor),
        items=[each for each in writing.items_with(session, passage) if writing.may_write(session, each.item, actor)],
        source=_source() if refusal else passage.source,
        alt=request.form.get("alt", ""),
        refusal=refusal,
    )
