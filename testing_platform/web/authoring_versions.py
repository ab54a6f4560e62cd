"""Around a draft: how its versions differ, what people say about it, who writes on it, back to the saved draft."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from itembank.differences import Stretch, word_changes
from itembank.errors import ItemBankError
from itembank.model import ItemVersion
from itembank.operations import comments, drafting
from itembank.queries import versions_of, writing
from itembank.textformat import LETTERS
from itembank.typed_item import PASSAGE
from itembank.version_text import typed_of_version
from registry.queries import find_account
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.authoring_page import stand_of
from testing_platform.web.authoring_words import part_name, refusal_text
from testing_platform.web.typed_number import typed_number
from testing_platform.wiring import platform, utc_now

bp = Blueprint("authoring_versions", __name__, url_prefix="/menulis")


@bp.get("/<uuid:version_id>/versi")
@requires(Permission.ITEM_WRITE)
def differences(version_id: uuid.UUID) -> str:
    """What changed from an earlier version to this one, word by word."""
    with platform().database.reading() as session:
        version = _version(session, version_id)
        versions = versions_of(session, version.item)
        before = _chosen(version, versions, request.args.get("dari", 0, type=typed_number))
        return render_template(
            "authoring/differences.html",
            version=version,
            versions=versions,
            before=before,
            changes=_changes(before, version) if before else [],
            pictures=_pictures(before, version) if before else [],
        )


@bp.post("/<uuid:version_id>/komentar")
@requires(Permission.ITEM_WRITE)
def comment(version_id: uuid.UUID) -> AnyResponse:
    """Say something about a version."""
    part, text = request.form.get("part", ""), request.form.get("comment", "").replace("\r\n", "\n")
    return _act(
        version_id,
        lambda session, version: comments.add_comment(
            session, version, part=part, text=text, actor=current_actor(), now=utc_now()
        ),
        done=gettext("The comment is written down."),
    )


@bp.post("/<uuid:version_id>/rekan")
@requires(Permission.ITEM_WRITE)
def share(version_id: uuid.UUID) -> AnyResponse:
    """Let a colleague write on the item too."""

    def add(session: Session, version: ItemVersion) -> None:
        account = find_account(session, _uuid(request.form.get("colleague", ""))) or abort(404)
        drafting.add_author(session, version, account, actor=current_actor(), now=utc_now())

    return _act(version_id, add, done=gettext("Your colleague finds the item at the writing desk now."))


@bp.post("/<uuid:version_id>/buang")
@requires(Permission.ITEM_WRITE)
def discard(version_id: uuid.UUID) -> AnyResponse:
    """Give up what was typed since the draft was saved."""
    stand = stand_of(request.form)
    return _act(
        version_id,
        lambda session, version: drafting.discard_typing(
            session, version, stand=stand, actor=current_actor(), now=utc_now()
        ),
        done=gettext("The fields show the saved draft again."),
    )


def _act(version_id: uuid.UUID, operation: Callable[[Session, ItemVersion], object], *, done: str) -> AnyResponse:
    try:
        with platform().database.transaction() as session:
            operation(session, _version(session, version_id))
        flash(done, "ok")
    except ItemBankError as error:
        flash(refusal_text(error), "bad")
    return redirect(url_for("authoring.editor", version_id=version_id))


def _version(session: Session, version_id: uuid.UUID) -> ItemVersion:
    return writing.writer_version(session, version_id, current_actor()) or abort(404)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        abort(400)


# Differences ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A part that is not what it was."""

    name: str
    words: tuple[Stretch, ...]


@dataclass(frozen=True)
class PictureChange:
    """A picture that came, went or is another one under the same name."""

    name: str
    before: str  # SHA-256; empty: there was none
    after: str


def _chosen(version: ItemVersion, versions: list[ItemVersion], number: int) -> ItemVersion | None:
    """The version that was asked for, else the one before."""
    earlier = [each for each in versions if each.number < version.number and each.options]
    return next((each for each in earlier if each.number == number), earlier[0] if earlier else None)


def _changes(before: ItemVersion, after: ItemVersion) -> list[Change]:
    old, new = (_parts(each) for each in (before, after))
    return [
        Change(part_name(part), word_changes(old.get(part, ""), text))
        for part, text in new.items()
        if text != old.get(part, "")
    ]


def _parts(version: ItemVersion) -> dict[str, str]:
    typed = typed_of_version(version, n_options=max(len(version.options), len(LETTERS) - 1))
    passage = version.passage
    return {**typed.parts, PASSAGE: f"{passage.code} ({passage.number})\n\n{passage.source}" if passage else ""}


def _pictures(before: ItemVersion, after: ItemVersion) -> list[PictureChange]:
    old, new = ({picture.name: picture.sha256 for picture in each.pictures} for each in (before, after))
    names = sorted({*old, *new})
    found = [PictureChange(name, old.get(name, ""), new.get(name, "")) for name in names]
    return [each for each in found if each.before != each.after]
