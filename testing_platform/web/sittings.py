"""Sittings for bank managers: plan one, enrol its candidates from a roster, issue their cards, watch how far it is."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from exam.access import may_admit
from exam.errors import (
    RoomTakenError,
    RosterError,
    SittingError,
    WindowPastError,
    WindowReversedError,
    WindowTooShortError,
)
from exam.model import Form, Sitting
from exam.operations.sittings import Card, enrol_roster, issue_cards, issue_result_codes, plan_sitting
from exam.queries.enrolled import EnrolledRow, enrolled
from exam.queries.forms import administrations, find_form
from exam.queries.sittings import find_sitting, sittings_for
from exam.states import SittingState
from registry.model import Site, TimeZone
from registry.queries import find_site, sites
from testing_platform.cards import CardSheet, cards_pdf
from testing_platform.error_texts import error_text
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.sheet_texts import MOST_PROBLEMS_SHOWN, text_of_problem
from testing_platform.web import sitting_words
from testing_platform.web.roster_files import column_rows, example_file, roster_file
from testing_platform.web.sitting_steps import sitting_steps
from testing_platform.web.sitting_words import local_instant
from testing_platform.wiring import platform, utc_now

bp = Blueprint("sittings", __name__, url_prefix="/sesi")
bp.record_once(sitting_words.install)

TEXT_MAX = 300
MOST_DURATION = 600
ROSTER_LIMIT = 1024 * 1024
_OVER = frozenset({SittingState.CLOSED, SittingState.SEALED})


@bp.get("/")
@requires(Permission.SITTING_PLAN)
def index() -> str:
    """All sittings, the newest window first."""
    with platform().database.reading() as session:
        return render_template("sittings/index.html", sittings=sittings_for(session, current_actor()))


@bp.get("/baru")
@requires(Permission.SITTING_PLAN)
def new() -> str:
    """First form and site, because they decide the duration and the clock; then the rest."""
    with platform().database.reading() as session:
        return _plan_page(session, AskedSitting.start(request.args))


@bp.post("/baru")
@requires(Permission.SITTING_PLAN)
def plan() -> AnyResponse | tuple[str, int]:
    """Plan a sitting."""
    with platform().database.reading() as session:
        place = _place(session, request.form) or abort(400)
    asked = AskedSitting.parse(request.form, zone=place[1].time_zone)
    if not asked.errors:
        try:
            with platform().database.transaction() as session:
                target = url_for(".show", sitting_id=_plan(session, asked))
            flash(gettext("The sitting is planned. Now send its roster."), "ok")
            return redirect(target)
        except SittingError as error:
            asked.refuse(error)
    with platform().database.reading() as session:
        return _plan_page(session, asked), 422


@bp.get("/<uuid:sitting_id>")
@requires(Permission.SITTING_PLAN)
def show(sitting_id: uuid.UUID) -> str:
    """One sitting: how far it is, and who is enrolled."""
    with platform().database.reading() as session:
        sitting = _sitting(session, sitting_id)
        people = enrolled(session, sitting)
        return render_template(
            "sittings/show.html",
            sitting=sitting,
            people=people,
            steps=sitting_steps(sitting, people),
            may_enter=may_admit(current_actor(), sitting),
            full_time_until=sitting.closes_at - timedelta(seconds=sitting.duration_seconds),
        )


@bp.get("/<uuid:sitting_id>/peserta")
@requires(Permission.SITTING_PLAN)
def roster(sitting_id: uuid.UUID) -> str:
    """Where a roster is sent from."""
    with platform().database.reading() as session:
        return _roster_page(session, sitting_id)


@bp.post("/<uuid:sitting_id>/peserta")
@requires(Permission.SITTING_PLAN)
def enrol(sitting_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Take a roster in as a whole, or name every problem in it."""
    sent = request.files.get("roster")
    if sent is None or not sent.filename:
        return _refused_roster(sitting_id, error=gettext("Choose the file with the roster."))
    content = sent.read(ROSTER_LIMIT + 1)
    if len(content) > ROSTER_LIMIT:
        return _refused_roster(sitting_id, error=gettext("The file is larger than 1 MB. Is it the right one?"))
    try:
        with platform().database.transaction() as session:
            sitting = _sitting(session, sitting_id)
            done = enrol_roster(
                session,
                sitting,
                content,
                file=sent.filename,
                keys=platform().keys,
                actor=current_actor(),
                now=utc_now(),
            )
    except SittingError as error:
        return _refused_roster(sitting_id, error=error_text(error), cause=error, file=sent.filename)
    flash(
        gettext("Roster taken in: %(new)s enrolled, %(old)s brought up to date.", new=done.n_new, old=done.n_changed),
        "ok",
    )
    return redirect(url_for(".show", sitting_id=sitting_id))


@bp.get("/contoh-daftar-peserta.csv")
@requires(Permission.SITTING_PLAN)
def roster_template() -> Response:
    """How a roster looks."""
    return example_file()


@bp.get("/<uuid:sitting_id>/peserta.csv")
@requires(Permission.SITTING_PLAN)
def roster_csv(sitting_id: uuid.UUID) -> Response:
    """The roster as it stands, to be changed in a spreadsheet and sent again."""
    with platform().database.reading() as session:
        return roster_file(enrolled(session, _sitting(session, sitting_id)))


@bp.get("/<uuid:sitting_id>/kartu")
@requires(Permission.SITTING_PLAN)
def cards(sitting_id: uuid.UUID) -> str:
    """Where cards are issued."""
    with platform().database.reading() as session:
        return _cards_page(session, sitting_id, AskedCards())


@bp.post("/<uuid:sitting_id>/kartu")
@requires(Permission.SITTING_PLAN)
def print_cards(sitting_id: uuid.UUID) -> Response | tuple[str, int]:
    """Issue cards and hand them out as a PDF: the only time that their codes can be read."""
    with platform().database.reading() as session:
        sitting = _sitting(session, sitting_id)
        people = enrolled(session, sitting)
    asked = AskedCards.parse(request.form, people, is_over=sitting.state in _OVER)
    if not asked.errors:
        try:
            return _pdf(*_issue(sitting_id, asked))
        except SittingError as error:
            asked.errors[""] = error_text(error)
    with platform().database.reading() as session:
        return _cards_page(session, sitting_id, asked), 422


@bp.get("/<uuid:sitting_id>/kartu/keadaan")
@requires(Permission.SITTING_PLAN)
def cards_state(sitting_id: uuid.UUID) -> str:
    """How many have a card now; refreshes itself, because a download leaves the page as it was."""
    with platform().database.reading() as session:
        sitting = _sitting(session, sitting_id)
        return render_template("sittings/_cards_state.html", sitting=sitting, people=enrolled(session, sitting))


# What a request asks for ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AskedSitting:
    """A sitting as typed; times are what the clock of the site shows."""

    form: str = ""
    site: str = ""
    title: str = ""
    room: str = ""
    opens: str = ""
    closes: str = ""
    duration: str = ""
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def start(cls, given: MultiDict[str, str]) -> "AskedSitting":
        """Nothing but the form and the site that were chosen first."""
        asked = cls(form=given.get("form", ""), site=given.get("site", ""))
        if given and not (asked.form and asked.site):
            missing = "site" if asked.form else "form"
            asked.errors[missing] = gettext("Choose a form.") if missing == "form" else gettext("Choose a site.")
        return asked

    @classmethod
    def parse(cls, given: MultiDict[str, str], *, zone: TimeZone) -> "AskedSitting":
        """What was typed, with a message for each field that makes no sense."""
        names = ("form", "site", "title", "room", "opens", "closes", "duration")
        typed: dict[str, Any] = {name: given.get(name, "").strip() for name in names}
        opens_at, closes_at = local_instant(typed["opens"], zone), local_instant(typed["closes"], zone)
        asked = cls(**typed, opens_at=opens_at, closes_at=closes_at)
        asked.errors.update(asked._mistakes())
        return asked

    @property
    def duration_minutes(self) -> int:
        """The duration, once it was found to be a number."""
        return int(self.duration)

    def refuse(self, error: SittingError) -> None:
        """Put the words of a refusal beside the field that it is about."""
        fields = {WindowPastError: "opens", WindowReversedError: "closes", WindowTooShortError: "closes"}
        name = "room" if isinstance(error, RoomTakenError) else fields.get(type(error), "")
        self.errors[name] = error_text(error)

    def _mistakes(self) -> dict[str, str]:
        mistakes = {
            "title": "" if 1 <= len(self.title) <= TEXT_MAX else gettext("Write a title, for example: Sesi 1."),
            "room": "" if 1 <= len(self.room) <= TEXT_MAX else gettext("Write which room, for example: Lab 1."),
            "opens": "" if self.opens_at else gettext("Write the day and time when the window begins."),
            "closes": "" if self.closes_at else gettext("Write the day and time when the window ends."),
            "duration": "" if _is_duration(self.duration) else gettext("Write whole minutes, from 1 to 600."),
        }
        return {name: message for name, message in mistakes.items() if message}


@dataclass(frozen=True)
class AskedCards:
    """Whose cards are wanted."""

    who: str = ""  # missing, one or all
    person: str = ""
    understood: bool = False
    is_over: bool = False  # then one person at a time gets a result code, and nobody a PIN
    only: frozenset[uuid.UUID] = frozenset()
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, given: MultiDict[str, str], people: Sequence[EnrolledRow], *, is_over: bool = False) -> "AskedCards":
        """Whose cards, and whether the person knows that cards in use die."""
        who = "one" if is_over else given.get("who", "")
        person, understood = given.get("person", ""), bool(given.get("understood"))
        chosen = _chosen(who, person, people)
        asked = cls(who, person, understood, is_over=is_over, only=frozenset(row.public_id for row in chosen))
        if who not in {"missing", "one", "all"}:
            asked.errors["who"] = gettext("Choose whose cards are to be issued.")
        elif not chosen:
            where = "person" if who == "one" else "who"
            asked.errors[where] = gettext("Nobody fits this choice. Choose again.")
        elif any(row.card_issued_at for row in chosen) and not understood:
            asked.errors["understood"] = (
                gettext("Confirm that the old result code stops working.")
                if is_over
                else gettext("Confirm that the old cards of these people stop working.")
            )
        return asked


def _is_duration(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 5 and 1 <= int(typed) <= MOST_DURATION


def _chosen(who: str, person: str, people: Sequence[EnrolledRow]) -> Sequence[EnrolledRow]:
    if who == "missing":
        return [row for row in people if row.card_issued_at is None]
    if who == "one":
        return [row for row in people if str(row.public_id) == person]
    return people if who == "all" else []


# Acting and presenting --------------------------------------------------------------------------------------------


def _sitting(session: Session, sitting_id: uuid.UUID) -> Sitting:
    return find_sitting(session, sitting_id) or abort(404)


def _place(session: Session, given: MultiDict[str, str]) -> tuple[Form, Site] | None:
    """The form and the site that were chosen, if both exist."""
    try:
        form_id, site_id = uuid.UUID(given.get("form", "")), uuid.UUID(given.get("site", ""))
    except ValueError:
        return None
    form, site = find_form(session, form_id), find_site(session, site_id)
    return (form, site) if form and site else None


def _plan(session: Session, asked: AskedSitting) -> uuid.UUID:
    form, site = _place(session, request.form) or abort(400)
    assert asked.opens_at is not None  # noqa: S101 - parsed without errors
    assert asked.closes_at is not None  # noqa: S101 - parsed without errors
    sitting = plan_sitting(
        session,
        administration=form.administration,
        form=form,
        site=site,
        title=asked.title,
        room=asked.room,
        opens_at=asked.opens_at,
        closes_at=asked.closes_at,
        duration_minutes=asked.duration_minutes,
        actor=current_actor(),
        now=utc_now(),
    )
    return sitting.public_id


def _plan_page(session: Session, asked: AskedSitting) -> str:
    place = None if "form" in asked.errors or "site" in asked.errors else _place(session, _as_given(asked))
    form, site = place or (None, None)
    return render_template(
        "sittings/plan.html",
        asked=asked,
        form=form,
        site=site,
        administrations=administrations(session) if not place else (),
        sites=sites(session) if not place else (),
    )


def _as_given(asked: AskedSitting) -> MultiDict[str, str]:
    return MultiDict({"form": asked.form, "site": asked.site})


def _refused_roster(
    sitting_id: uuid.UUID, *, error: str, cause: SittingError | None = None, file: str = ""
) -> tuple[str, int]:
    found = cause.problems if isinstance(cause, RosterError) else ()
    problems = [text_of_problem(problem) for problem in found[:MOST_PROBLEMS_SHOWN]]
    with platform().database.reading() as session:
        page = _roster_page(session, sitting_id, error=error, file=file, problems=problems, n_problems=len(found))
    return page, 422


def _roster_page(session: Session, sitting_id: uuid.UUID, **refused: object) -> str:
    sitting = _sitting(session, sitting_id)
    return render_template(
        "sittings/roster.html",
        sitting=sitting,
        people=enrolled(session, sitting),
        column_rows=column_rows(),
        **refused,
    )


def _cards_page(session: Session, sitting_id: uuid.UUID, asked: AskedCards) -> str:
    sitting = _sitting(session, sitting_id)
    return render_template("sittings/cards.html", sitting=sitting, people=enrolled(session, sitting), asked=asked)


def _issue(sitting_id: uuid.UUID, asked: AskedCards) -> tuple[list[Card], CardSheet]:
    with platform().database.transaction() as session:
        sitting = _sitting(session, sitting_id)
        sheet = CardSheet.of(
            sitting,
            address=url_for("runner.document", _external=True),
            results_address=url_for("results.ask", _external=True).rstrip("/"),
        )
        issue = issue_result_codes if asked.is_over else issue_cards
        made = issue(session, sitting, keys=platform().keys, only=asked.only, actor=current_actor(), now=utc_now())
    return made, sheet


def _pdf(made: list[Card], sheet: CardSheet) -> Response:
    # Set after the transaction: on SQLite it would hold the lock that answers wait for. Whatever goes wrong from
    # here on, new cards can be issued.
    response = Response(cards_pdf(made, sheet), mimetype="application/pdf")
    name = "kartu-peserta" if all(card.pin for card in made) else "kode-hasil"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response
