"""The proctor's pages: my rooms, the room with its live board, a seat, the time, what happened, the projector."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from exam.errors import AttemptStateError, UnfinishedWorkError
from exam.model import Attempt, Sitting
from exam.operations import proctoring
from exam.operations.seals import short_code_of
from exam.operations.sittings import change_start_code, close_sitting, open_sitting, seal_sitting
from exam.queries.live_room import SeatRow, find_seat, n_unfinished, room
from exam.queries.room_log import room_log
from exam.queries.sittings import SittingRow, find_attempt, sittings_for
from exam.states import SittingState
from exam.timing import OPENS_EARLY, instant, may_open
from registry.roles import SITE_ROLES
from testing_platform.error_texts import error_text
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.acting import acting
from testing_platform.web.room_board import Board, BoardMemory, BoardView
from testing_platform.web.room_entry import entered
from testing_platform.web.room_seats import SeatFacts
from testing_platform.web.room_time import AskedTime
from testing_platform.web.typed_number import typed_number
from testing_platform.wiring import platform, utc_now

bp = Blueprint("proctoring", __name__, url_prefix="/ruang")
_MEMORY = "room_boards"


@bp.record_once
def _remember_boards(state: BlueprintSetupState) -> None:
    state.app.extensions[_MEMORY] = BoardMemory()


Act = Callable[[Session, Sitting], str]  # does it, and says what was done


@bp.get("/")
@requires(Permission.SITTING_ADMIT)
def index() -> str:
    """My rooms: open ones, today's, later ones, and those that are over."""
    actor = current_actor()
    # Somebody who holds another role as well still enters the rooms of the own site only.
    as_site_staff = replace(actor, roles=actor.roles & SITE_ROLES)
    with platform().database.reading() as session:
        rooms = MyRooms.of(sittings_for(session, as_site_staff), now=utc_now())
    return render_template("proctoring/index.html", rooms=rooms)


@bp.get("/<uuid:sitting_id>")
@requires(Permission.SITTING_ADMIT)
def show(sitting_id: uuid.UUID) -> str:
    """The room: start code, board of seats, and what the proctor does with the whole room."""
    now = utc_now()
    with platform().database.reading() as session:
        sitting = entered(session, sitting_id)
        return render_template(
            "proctoring/room.html",
            sitting=sitting,
            board=_board(session, sitting, request.args, now=now),
            may_open_now=may_open(now, opens_at=sitting.opens_at, closes_at=sitting.closes_at),
            opens_from=sitting.opens_at - OPENS_EARLY,
            is_over=now >= sitting.closes_at,
            n_items=sitting.form.n_items,
        )


@bp.get("/<uuid:sitting_id>/kursi")
@requires(Permission.SITTING_ADMIT)
def seats(sitting_id: uuid.UUID) -> Response | tuple[str, int]:
    """The board alone, asked for every few seconds: what changed of it, and nothing when nothing changed."""
    with platform().database.reading() as session:
        sitting = entered(session, sitting_id)
        if request.args.get("keadaan") != sitting.state.value:
            return Response(headers={"HX-Refresh": "true"})  # opened or closed elsewhere: the buttons change too
        seen = _boards().shown_before(request.args.get("seen", ""))
        board = _board(session, sitting, request.args, now=utc_now())
    if request.args.get("seen") == board.digest:
        return "", HTTPStatus.NO_CONTENT
    changed = board.changed_since(seen)
    if changed is None:
        return Response(render_template("proctoring/_board_anew.html", sitting=sitting, board=board))
    part = render_template("proctoring/_board_changes.html", sitting=sitting, board=board, changed=changed)
    return Response(part, headers={"HX-Reswap": "none"})  # each tile finds its own place


@bp.get("/<uuid:sitting_id>/layar")
@requires(Permission.SITTING_ADMIT)
def screen(sitting_id: uuid.UUID) -> str:
    """The start code for the projector, readable from the last row; its part alone when it refreshes."""
    with platform().database.reading() as session:
        sitting = entered(session, sitting_id)
        part = "proctoring/_screen.html" if "HX-Request" in request.headers else "proctoring/screen.html"
        return render_template(part, sitting=sitting, now=utc_now())


# The whole room ---------------------------------------------------------------------------------------------------


@bp.post("/<uuid:sitting_id>/buka")
@requires(Permission.SITTING_RUN)
def open_room(sitting_id: uuid.UUID) -> AnyResponse:
    """Open the room."""

    def act(session: Session, sitting: Sitting) -> str:
        open_sitting(session, sitting, actor=current_actor(), now=utc_now())
        return str(gettext("The room is open. Show the start code."))

    return _answer(sitting_id, act)


@bp.post("/<uuid:sitting_id>/tutup")
@requires(Permission.SITTING_RUN)
def close_room(sitting_id: uuid.UUID) -> AnyResponse:
    """Close the room: the test ends for everybody. While people work, only who was told so may do it."""

    def act(session: Session, sitting: Sitting) -> str:
        if n_unfinished(session, sitting) and not request.form.get("understood"):
            raise UnfinishedWorkError
        ended = close_sitting(session, sitting, actor=current_actor(), now=utc_now())
        return str(
            ngettext(
                "The room is closed. %(num)s unfinished test was ended.",
                "The room is closed. %(num)s unfinished tests were ended.",
                ended,
            )
        )

    return _answer(sitting_id, act)


@bp.post("/<uuid:sitting_id>/segel")
@requires(Permission.SITTING_RUN)
def seal_room(sitting_id: uuid.UUID) -> AnyResponse:
    """Make the answers final."""

    def act(session: Session, sitting: Sitting) -> str:
        seal = seal_sitting(session, sitting, keys=platform().keys, actor=current_actor(), now=utc_now())
        return str(gettext("The answers are sealed. Seal: %(seal)s", seal=short_code_of(seal)))

    return _answer(sitting_id, act)


@bp.post("/<uuid:sitting_id>/kode")
@requires(Permission.SITTING_RUN)
def new_code(sitting_id: uuid.UUID) -> AnyResponse:
    """A new start code, when the old one has left the room."""

    def act(session: Session, sitting: Sitting) -> str:
        change_start_code(session, sitting, actor=current_actor(), now=utc_now())
        return str(gettext("The start code is a new one. Who is signed in stays signed in."))

    return _answer(sitting_id, act)


@bp.post("/<uuid:sitting_id>/izinkan")
@requires(Permission.SITTING_ADMIT)
def admit_everybody(sitting_id: uuid.UUID) -> AnyResponse:
    """Let everybody begin whose identity was checked."""

    def act(session: Session, sitting: Sitting) -> str:
        admitted = proctoring.admit_all(session, sitting, actor=current_actor(), now=utc_now())
        return str(ngettext("%(num)s candidate may begin.", "%(num)s candidates may begin.", admitted))

    return _answer(sitting_id, act)


@bp.post("/<uuid:sitting_id>/lepaskan")
@requires(Permission.SITTING_RUN)
def release_everybody(sitting_id: uuid.UUID) -> AnyResponse:
    """Free all seats, after a power cut for instance."""

    def act(session: Session, sitting: Sitting) -> str:
        released = proctoring.release_room(session, sitting, actor=current_actor(), now=utc_now(), as_of=_as_of())
        return str(ngettext("%(num)s seat is free.", "%(num)s seats are free.", released))

    return _answer(sitting_id, act)


@bp.get("/<uuid:sitting_id>/waktu")
@requires(Permission.SITTING_RUN)
def time(sitting_id: uuid.UUID) -> str:
    """Minutes and pauses for the whole room."""
    with platform().database.reading() as session:
        return _time_page(session, sitting_id, AskedTime())


@bp.post("/<uuid:sitting_id>/waktu")
@requires(Permission.SITTING_RUN)
def change_time(sitting_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Give the room minutes, stop its clocks, or let them run again."""
    asked = AskedTime.parse(request.form)
    if not asked.errors:
        with acting() as act:
            sitting = entered(act.session, sitting_id)
            done = asked.do_for_room(act.session, sitting, actor=current_actor(), now=utc_now())
        if act.refusal is None:
            flash(done, "ok")
            return redirect(url_for(".show", sitting_id=sitting_id))
        asked.errors[""] = error_text(act.refusal)
    with platform().database.reading() as session:
        return _time_page(session, sitting_id, asked), 422


# One seat ---------------------------------------------------------------------------------------------------------


@bp.get("/<uuid:sitting_id>/kursi/<uuid:enrolment_id>")
@requires(Permission.SITTING_ADMIT)
def seat(sitting_id: uuid.UUID, enrolment_id: uuid.UUID) -> str:
    """One seat: who sits there, how far, what happened, and what can be done."""
    with platform().database.reading() as session:
        return _seat_page(session, entered(session, sitting_id), enrolment_id, AskedTime())


@bp.post("/<uuid:sitting_id>/kursi/<uuid:enrolment_id>/izinkan")
@requires(Permission.SITTING_ADMIT)
def admit(sitting_id: uuid.UUID, enrolment_id: uuid.UUID) -> AnyResponse:
    """Let one candidate begin, after the identity check."""

    def act(session: Session, sitting: Sitting) -> str:
        row = _seat_row(session, sitting, enrolment_id)
        proctoring.admit(session, _attempt(session, row), actor=current_actor(), now=utc_now())
        return str(gettext("Seat %(seat)s, %(name)s: may begin.", seat=row.seat, name=row.name))

    return _answer(sitting_id, act, focus=enrolment_id)


@bp.post("/<uuid:sitting_id>/kursi/<uuid:enrolment_id>/lepaskan")
@requires(Permission.SITTING_RUN)
def release(sitting_id: uuid.UUID, enrolment_id: uuid.UUID) -> AnyResponse:
    """Free one seat, so that the candidate goes on at another computer."""

    def act(session: Session, sitting: Sitting) -> str:
        row = _seat_row(session, sitting, enrolment_id)
        seen = request.form.get("epoch", type=typed_number)
        attempt = _attempt(session, row)
        proctoring.release_seat(session, attempt, actor=current_actor(), now=utc_now(), seen_epoch=seen)
        return str(
            gettext("Seat %(seat)s is free: %(name)s signs in at another computer.", seat=row.seat, name=row.name)
        )

    return _answer(sitting_id, act)


@bp.post("/<uuid:sitting_id>/kursi/<uuid:enrolment_id>/waktu")
@requires(Permission.SITTING_RUN)
def change_seat_time(sitting_id: uuid.UUID, enrolment_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Give one candidate minutes, stop the clock, or let it run again."""
    asked = AskedTime.parse(request.form)
    if not asked.errors:
        with acting() as act:
            row = _seat_row(act.session, entered(act.session, sitting_id), enrolment_id)
            attempt = _attempt(act.session, row)
            done = asked.do_for_seat(act.session, attempt, actor=current_actor(), now=utc_now())
        if act.refusal is None:
            flash(gettext("Seat %(seat)s: %(done)s", seat=row.seat, done=done), "ok")
            return redirect(url_for(".show", sitting_id=sitting_id, _anchor=f"kursi-{row.seat}"))
        asked.errors[""] = error_text(act.refusal)
    with platform().database.reading() as session:
        return _seat_page(session, entered(session, sitting_id), enrolment_id, asked), 422


# Acting and presenting --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MyRooms:
    """The rooms of somebody's sites: those at work first, then as the day orders them."""

    open_now: list[SittingRow]
    today: list[SittingRow]
    later: list[SittingRow]
    over: list[SittingRow]

    @classmethod
    def of(cls, rows: Sequence[SittingRow], *, now: datetime) -> "MyRooms":
        """A room that nobody sealed after its day still needs somebody today."""
        rooms = cls([], [], [], [])
        for row in reversed(rows):
            day, today = (at.astimezone(ZoneInfo(row.time_zone)).date() for at in (row.opens_at, now))
            rooms._group(row, day, today).append(row)
        rooms.over.reverse()
        return rooms

    def _group(self, row: SittingRow, day: date, today: date) -> list[SittingRow]:
        if row.state is SittingState.OPEN:
            return self.open_now
        if day == today or (day < today and row.state is SittingState.CLOSED):
            return self.today
        return self.later if day > today else self.over

    @property
    def is_empty(self) -> bool:
        """True when there is none at all."""
        return not (self.open_now or self.today or self.later or self.over)


def _seat_row(session: Session, sitting: Sitting, enrolment_id: uuid.UUID) -> SeatRow:
    return find_seat(session, sitting, enrolment_id, now=utc_now()) or abort(404)


def _attempt(session: Session, row: SeatRow) -> Attempt:
    attempt = find_attempt(session, row.attempt) if row.attempt else None
    if attempt is None:
        raise AttemptStateError(state="not_started")
    return attempt


def _n_grants(session: Session, row: SeatRow) -> int:
    attempt = find_attempt(session, row.attempt) if row.attempt else None
    return proctoring.n_grants(session, attempt.sitting, attempt) if attempt else 0


def _answer(sitting_id: uuid.UUID, act: Act, *, focus: uuid.UUID | None = None) -> AnyResponse:
    """Do it, say what was done or why not, and show the room again: the board alone to who asked from the board.

    There the button that was pressed is gone, so the focus moves to the name on its seat.
    """
    with acting() as acted:
        done = act(acted.session, entered(acted.session, sitting_id))
    if acted.refusal is None:
        flash(done, "ok")
    else:
        flash(error_text(acted.refusal), "bad")
    if "HX-Request" not in request.headers:
        return redirect(url_for(".show", sitting_id=sitting_id))
    with platform().database.reading() as session:
        sitting = entered(session, sitting_id)
        board = _board(session, sitting, request.form, now=utc_now())
        return Response(render_template("proctoring/_board_answer.html", sitting=sitting, board=board, focus=focus))


def _as_of() -> datetime | None:
    """When the proctor saw the room that is to be released."""
    seen_ms = request.form.get("per", type=typed_number)
    return None if seen_ms is None else instant(seen_ms)


def _boards() -> BoardMemory:
    boards: BoardMemory = current_app.extensions[_MEMORY]
    return boards


def _board(session: Session, sitting: Sitting, asked: Mapping[str, str], *, now: datetime) -> Board:
    rows = room(session, sitting, now=now, tallies=_boards().tallies)
    board = Board.of(sitting, rows, view=BoardView.parse(asked), now=now)
    _boards().remember(board)
    return board


def _time_page(session: Session, sitting_id: uuid.UUID, asked: AskedTime) -> str:
    sitting = entered(session, sitting_id)
    n_seen = proctoring.n_grants(session, sitting)
    return render_template("proctoring/time.html", sitting=sitting, asked=asked, n_seen=n_seen)


def _seat_page(session: Session, sitting: Sitting, enrolment_id: uuid.UUID, asked: AskedTime) -> str:
    row, now = _seat_row(session, sitting, enrolment_id), utc_now()
    return render_template(
        "proctoring/seat.html",
        sitting=sitting,
        row=row,
        seat=SeatFacts.of(row, now=now),
        n_items=sitting.form.n_items,
        n_seen=_n_grants(session, row),
        lines=room_log(session, sitting, enrolment=enrolment_id),
        asked=asked,
    )
