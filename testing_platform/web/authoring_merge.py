"""Two texts of one draft side by side, by two people or from two windows. Nobody's words are overwritten."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from itembank.differences import Kind, Stretch, word_changes
from itembank.errors import ItemBankError
from itembank.merging import Conflict, Side, conflicts, merged
from itembank.model import ItemVersion
from itembank.operations import drafting
from itembank.operations.desk_errors import DraftChanged, TypedElsewhere
from itembank.operations.drafting import Stand
from itembank.queries import writing
from itembank.typed_item import PASSAGE, TypedItem
from itembank.version_text import typed_of_version
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.authoring_page import Sent
from testing_platform.web.authoring_words import part_name
from testing_platform.wiring import platform, utc_now

bp = Blueprint("authoring_merge", __name__, url_prefix="/menulis")

Answer = AnyResponse | tuple[str, int]


@dataclass(frozen=True)
class Other:
    """The text that stands against what somebody has in the window."""

    typed: TypedItem
    base: TypedItem | None  # what both began with, if it is known
    stand: Stand  # where the result goes on
    is_window: bool  # the same writer's other window; else a draft that somebody saved
    saved: writing.AtWork | None


@bp.post("/<uuid:version_id>/gabung")
@requires(Permission.ITEM_WRITE)
def compare(version_id: uuid.UUID) -> Answer:
    """Show both texts, part by part."""
    return both_texts(version_id)


def both_texts(version_id: uuid.UUID, *, stand: Stand | None = None) -> Answer:
    """The page of both texts; `stand` where the server kept what was sent a moment ago."""
    with platform().database.reading() as session:
        version = _version(session, version_id)
        sent = _sent(version)
        other = _other(session, version, stand or sent.stand)
        if other is not None and conflicts(sent.typed, other.typed, other.base):
            return _page(session, version, sent.typed, other), 409
    return _go_on(version_id)


@bp.post("/<uuid:version_id>/gabung/pilih")
@requires(Permission.ITEM_WRITE)
def choose(version_id: uuid.UUID) -> Answer:
    """Go on with the parts that were chosen."""
    try:
        with platform().database.transaction() as session:
            version = _version(session, version_id)
            sent, choices = _sent(version), _choices(request.form)
            is_window = request.form.get("with") == "window"
            other = _window(session, version) if is_window else _draft(session, version)
            still_open = {each.part for each in conflicts(sent.typed, other.typed, other.base)} - set(choices)
            if still_open or other.stand != sent.stand:
                return _page(session, version, sent.typed, other, choices=choices), 422
            keep = drafting.keep_typing if is_window else drafting.merge_typing
            typed = merged(sent.typed, other.typed, choices)
            keep(session, version, typed, stand=other.stand, actor=current_actor(), now=utc_now())
    except (TypedElsewhere, DraftChanged):
        return both_texts(version_id)
    except ItemBankError as error:
        flash(text_of(error), "bad")
        return redirect(url_for("authoring.editor", version_id=version_id))
    flash(gettext("The text that you put together stands in the fields. Save it when it is as you want it."), "ok")
    return redirect(url_for("authoring.editor", version_id=version_id))


def _go_on(version_id: uuid.UUID) -> AnyResponse:
    """Nothing differs any more: what was sent is kept where the server stands now."""
    try:
        with platform().database.transaction() as session:
            version = _version(session, version_id)
            copy = writing.own_copy(session, version, current_actor())
            stand = Stand(copy.counter if copy else 0, version.content_digest)
            typed = _sent(version).typed
            drafting.merge_typing(session, version, typed, stand=stand, actor=current_actor(), now=utc_now())
    except ItemBankError as error:
        flash(text_of(error), "bad")
    return redirect(url_for("authoring.editor", version_id=version_id))


# The two texts ----------------------------------------------------------------------------------------------------


def _other(session: Session, version: ItemVersion, stand: Stand) -> Other | None:
    """Against what the sent text stands: first the own other window, then a draft saved meanwhile."""
    copy = writing.own_copy(session, version, current_actor())
    if copy is not None and copy.counter != stand.counter:
        return _window(session, version)
    is_overtaken = (copy.based_on if copy else stand.based_on) != version.content_digest
    return _draft(session, version) if is_overtaken else None


def _window(session: Session, version: ItemVersion) -> Other:
    actor = current_actor()
    copy = writing.own_copy(session, version, actor) or abort(404)
    saved = writing.AtWork(actor.name, copy.saved_at)
    return Other(TypedItem.of_document(copy.content), None, Stand(copy.counter, copy.based_on), True, saved)


def _draft(session: Session, version: ItemVersion) -> Other:
    copy = writing.own_copy(session, version, current_actor())
    base = TypedItem.of_document(copy.content["base"]) if copy and copy.content.get("base") else None
    typed = typed_of_version(version, n_options=writing.n_options_of(version))
    stand = Stand(copy.counter if copy else 0, version.content_digest)
    return Other(typed, base, stand, False, writing.last_saving(session, version))


def _version(session: Session, version_id: uuid.UUID) -> ItemVersion:
    return writing.writer_version(session, version_id, current_actor()) or abort(404)


def _sent(version: ItemVersion) -> Sent:
    return Sent.parse(request.form, n_options=version.item.indicator.competency.core.blueprint.n_options)


def _choices(form: MultiDict[str, str]) -> dict[str, Side]:
    chosen = {name.removeprefix("choice-"): text for name, text in form.items() if name.startswith("choice-")}
    return {part: Side(text) for part, text in chosen.items() if text in set(Side)}


# Presenting -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownConflict:
    """A part in which the texts differ, with the words marked that the other does not have."""

    conflict: Conflict
    name: str
    mine: tuple[Stretch, ...]
    theirs: tuple[Stretch, ...]
    chosen: Side | None
    is_open: bool  # nobody chose yet although the page was sent


def _page(
    session: Session,
    version: ItemVersion,
    typed: TypedItem,
    other: Other,
    *,
    choices: Mapping[str, Side] | None = None,
) -> str:
    shown = [_shown(session, each, choices=choices) for each in conflicts(typed, other.typed, other.base)]
    return render_template("authoring/merge.html", version=version, typed=typed, other=other, parts=shown)


def _shown(session: Session, conflict: Conflict, *, choices: Mapping[str, Side] | None) -> ShownConflict:
    theirs, mine = (_words(session, conflict.part, text) for text in (conflict.theirs, conflict.mine))
    changes = word_changes(theirs, mine)
    chosen = (choices or {}).get(conflict.part, conflict.proposed)
    return ShownConflict(
        conflict=conflict,
        name=part_name(conflict.part),
        mine=tuple(each for each in changes if each.kind is not Kind.GONE),
        theirs=tuple(each for each in changes if each.kind is not Kind.NEW),
        chosen=chosen,
        is_open=choices is not None and chosen is None,
    )


def _words(session: Session, part: str, text: str) -> str:
    if part != PASSAGE:
        return text
    passage = writing.passage_for(session, text, current_actor())
    return passage.code if passage else gettext("None")
