"""The item bank for its readers: lists, the page of an item; managers move versions here."""

import uuid
from dataclasses import dataclass

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from exam.queries.exposure import exposure
from itembank import desks, operations, queries
from itembank.checklist import current_checklist
from itembank.errors import ItemBankError
from itembank.model import Blueprint as BlueprintRow
from itembank.model import ItemVersion, Media
from itembank.operations import drafting
from itembank.queries.life import item_life
from itembank.queries.shelf import Shelf, authors, options_of, shelf
from itembank.searching import Piece, excerpt, readable
from itembank.states import ItemState
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor, may
from testing_platform.web import bank_drift, bank_life, bank_words
from testing_platform.web.authoring_words import part_name
from testing_platform.web.bank_asked import AskedItems, written_place
from testing_platform.web.item_markup import excerpt as item_excerpt
from testing_platform.web.item_markup import shown_item
from testing_platform.wiring import platform, utc_now

bp = Blueprint("bank", __name__, url_prefix="/bank")
bp.record_once(bank_words.install)

# The parts of the page of an item, as its address names them.
PARTS = ("soal", "riwayat", "telaah", "statistik", "periksa")

# A picture of the bank opened by itself must not be able to do anything, whatever somebody hid in an SVG.
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"


@bp.get("/")
@requires(Permission.BANK_READ)
def items() -> tuple[str, int]:
    """All items, narrowed by what the reader chose."""
    asked = AskedItems.parse(request.args, now=utc_now())
    with platform().database.reading() as session:
        found = shelf(session, asked.wanted, exposure=exposure(), ordering=asked.ordering, turn=asked.turn)
        text = render_template(
            "bank/items.html",
            asked=asked,
            found=found,
            excerpts=_excerpts(session, asked, found),
            authors=authors(session),
            plans=_plans(session),
            written_place=written_place,
        )
    return text, 422 if asked.errors else 200


@bp.get("/soal/<uuid:version_id>")
@requires(Permission.BANK_READ)
def item(version_id: uuid.UUID) -> str:
    """One version as the candidate sees it, with all that is known about it."""
    with platform().database.reading() as session:
        return _item_page(session, version_id)


@bp.get("/soal/<uuid:version_id>/pergeseran.svg")
@requires(Permission.BANK_READ)
def drift(version_id: uuid.UUID) -> Response:
    """The figures of an item over its administrations, as a picture."""
    with platform().database.reading() as session:
        item = _version(session, version_id).item
        statistics = item_life(session, item).statistics or abort(404)
        return bank_drift.drawn(item.code, statistics, language="en" if str(get_locale()) == "en" else "id")


@bp.post("/soal/<uuid:version_id>/pindah")
@requires(Permission.ITEM_MOVE)
def move(version_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Move a version through its life, with the reason."""
    wanted = WantedMove.parse(request.form)
    if wanted.reason_error:
        with platform().database.reading() as session:
            return _item_page(session, version_id, refused=wanted), 422
    try:
        with platform().database.transaction() as session:
            shown = _carry_out(session, _version(session, version_id), wanted)
            target = url_for(".item", version_id=shown.public_id)
    except ItemBankError as error:
        flash(text_of(error), "bad")
        return redirect(url_for(".item", version_id=version_id))
    flash(gettext("The move is written down."), "ok")
    return redirect(target)


@bp.get("/media/<string:sha256>")
@requires(Permission.BANK_READ)
def media(sha256: str) -> Response:
    """A picture of the bank. It is confidential like the item it belongs to, so nothing may cache it."""
    with platform().database.reading() as session:
        found = session.get(Media, sha256)
        if found is None:
            abort(404)
        response = Response(found.content, mimetype=found.media_type)
    response.headers["Content-Security-Policy"] = _PICTURE_POLICY
    response.headers["Content-Disposition"] = "inline"
    return response


# What a request asks for ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WantedMove:
    """A move as asked for; `reason_error` says what is wrong with its reason."""

    to: ItemState
    reason: str
    reason_error: str

    @classmethod
    def parse(cls, form: MultiDict[str, str]) -> "WantedMove":
        """The state and the reason; a state that does not exist comes from no page of ours."""
        if form.get("to") not in set(ItemState):
            abort(400)
        reason = form.get("reason", "").strip()
        to = ItemState(form["to"])
        needs_none = to is ItemState.IN_REVIEW  # handing in a draft explains itself
        is_fit = needs_none or bank_words.REASON_MIN <= len(reason) <= bank_words.REASON_MAX
        return cls(to, reason, "" if is_fit else gettext("Write a reason of 5 to 500 characters."))


# Presenting -------------------------------------------------------------------------------------------------------


def _excerpts(session: Session, asked: AskedItems, found: Shelf) -> dict[uuid.UUID, tuple[Piece, ...]]:
    """What the list shows of each item: the words around the first hit."""
    options = options_of(session, [row.public_id for row in found.rows]) if asked.wanted.search else {}
    texts = {row.public_id: "\n".join([row.stem, *options.get(row.public_id, ())]) for row in found.rows}
    search = asked.wanted.search
    length = 170 if search else 110  # around a hit more is worth reading
    return {public_id: excerpt(readable(text), search, length=length) for public_id, text in texts.items()}


def _plans(session: Session) -> list[BlueprintRow]:
    found = [queries.blueprint_by_code(session, plan.code) for plan in queries.blueprints(session)]
    return [plan for plan in found if plan is not None]


def _version(session: Session, version_id: uuid.UUID) -> ItemVersion:
    return queries.version_by_public_id(session, version_id) or abort(404)


def _item_page(session: Session, version_id: uuid.UUID, *, refused: WantedMove | None = None) -> str:
    page = queries.item_page(session, version_id) or abort(404)
    desk = desks.review_desk(session, page.version, current_actor())
    moves = desks.moves_by_hand(page.version.state, history=page.history, has_statistics=bool(page.statistics))
    part = request.args.get("bagian", PARTS[0])
    life = bank_life.life_of(session, page.item)
    return render_template(
        "bank/item.html",
        page=page,
        shown=shown_item(page.version),
        life=life,
        shift=bank_drift.shift_of(life.on_file.statistics) if part == "riwayat" else None,
        checked=bank_life.checked(session, page.version) if part == "periksa" else None,
        excerpt=item_excerpt,
        part=part if part in PARTS else PARTS[0],
        moves=moves if may(Permission.ITEM_MOVE) else (),
        refused=refused,
        # Whoever may be asked to read it must not know what the first reader said.
        hides_reviews=may(Permission.ITEM_REVIEW) and page.version.state is ItemState.IN_REVIEW and desk.is_blind,
        checklist=current_checklist(),
        part_name=part_name,
    )


def _carry_out(session: Session, version: ItemVersion, wanted: WantedMove) -> ItemVersion:
    """The version to show afterwards: after a revision that is the new draft."""
    actor, now = current_actor(), utc_now()
    if wanted.to is ItemState.REVISION:
        return operations.send_to_revision(session, version, reason=wanted.reason, actor=actor, now=now)
    if wanted.to is ItemState.IN_REVIEW:
        drafting.hand_in(session, version, neighbours=platform().neighbours, actor=actor, now=now)
    else:
        operations.move_version(session, version, to=wanted.to, reason=wanted.reason, actor=actor, now=now)
    return version
