"""The words of sittings and of what happens in them, for people; templates find them as functions."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask.blueprints import BlueprintSetupState
from flask_babel import lazy_gettext, ngettext

from exam.queries.room_log import INCIDENT, LogLine
from exam.states import IncidentKind, SittingState
from registry.model import TimeZone
from testing_platform.cards import grouped
from testing_platform.i18n import local_text, zone_name

_SITTING_STATES = {
    SittingState.PLANNED: lazy_gettext("In preparation"),
    SittingState.OPEN: lazy_gettext("Open"),
    SittingState.CLOSED: lazy_gettext("Closed"),
    SittingState.SEALED: lazy_gettext("Sealed"),
}

INCIDENT_KINDS = {
    IncidentKind.POWER: lazy_gettext("Electricity"),
    IncidentKind.NETWORK: lazy_gettext("Network"),
    IncidentKind.COMPUTER: lazy_gettext("Computer"),
    IncidentKind.CONDUCT: lazy_gettext("Conduct"),
    IncidentKind.HEALTH: lazy_gettext("Health"),
    IncidentKind.OTHER: lazy_gettext("Other"),
}

_EVENTS = {
    "device_taken": lazy_gettext("Signed in at a computer"),
    "admitted": lazy_gettext("Identity checked, may begin"),
    "key_released": lazy_gettext("Test opened on the computer"),
    "released": lazy_gettext("Seat released for another computer"),
    "paused": lazy_gettext("Clock stopped"),
    "resumed": lazy_gettext("Clock runs again"),
    "expired": lazy_gettext("Time over"),
    "break_begun": lazy_gettext("Break begun"),
    "break_ended": lazy_gettext("Break ended"),
    "silent": lazy_gettext("No contact with the computer"),
    "emergency_fingerprint": lazy_gettext("Fingerprint of an emergency file noted"),
    "emergency_fingerprint_struck": lazy_gettext("Fingerprint of an emergency file struck out"),
    "emergency_received": lazy_gettext("Emergency file received"),
    "emergency_imported": lazy_gettext("Emergency file imported"),
    "outage.proposed": lazy_gettext("Outage proposed"),
    "outage.approved": lazy_gettext("Outage approved; late answers in it count"),
    "outage.withdraw": lazy_gettext("Outage withdrawn or refused"),
    "sitting.plan": lazy_gettext("Sitting planned"),
    "sitting.enrol": lazy_gettext("Roster taken in"),
    "sitting.accommodate": lazy_gettext("Extra time or breaks granted"),
    "sitting.issue-cards": lazy_gettext("Participant cards issued"),
    "sitting.issue-result-codes": lazy_gettext("Result codes issued anew"),
    "sitting.open": lazy_gettext("Room opened"),
    "sitting.change-start-code": lazy_gettext("New start code"),
    "sitting.close": lazy_gettext("Room closed"),
    "sitting.seal": lazy_gettext("Answers sealed"),
}


def install(state: BlueprintSetupState) -> None:
    """Teach the templates the words."""
    state.app.jinja_env.globals.update(
        sitting_state=lambda state: str(_SITTING_STATES[SittingState(state)]),
        event_name=event_name,
        seat_list=seat_list,
        window_text=window_text,
    )
    state.app.jinja_env.filters.update(participant=grouped, zone=TimeZone)


def window_text(opens_at: datetime, closes_at: datetime, zone: TimeZone) -> str:
    """A window as people say it: the day once, both times, and the zone."""
    there = ZoneInfo(zone.value)
    same_day = opens_at.astimezone(there).date() == closes_at.astimezone(there).date()
    begins = local_text(opens_at, zone, "EEEE, d MMMM yyyy, HH.mm").removesuffix(f" {zone_name(zone)}")
    return f"{begins}–{local_text(closes_at, zone, 'HH.mm' if same_day else 'd MMMM, HH.mm')}"


def local_instant(typed: str, zone: TimeZone) -> datetime | None:
    """The instant at which the clock of a site shows what was typed; None for anything else."""
    try:
        written = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return written.replace(tzinfo=ZoneInfo(zone.value)) if written.tzinfo is None and len(typed) >= 16 else None


def event_name(line: LogLine) -> str:
    """What happened, in words."""
    if line.kind == "minutes_added" and line.minutes is not None:
        return str(ngettext("%(num)s minute added", "%(num)s minutes added", line.minutes))
    if line.n_steps is not None:
        return str(
            ngettext(
                "%(num)s step from the computer after its seat was released; kept apart, not counted",
                "%(num)s steps from the computer after its seat was released; kept apart, not counted",
                line.n_steps,
            )
        )
    if line.kind.startswith(INCIDENT):
        return str(INCIDENT_KINDS[IncidentKind(line.kind.removeprefix(INCIDENT))])
    name = str(_EVENTS.get(line.kind, line.kind))
    return name if line.times == 1 else f"{name} ({ngettext('%(num)s time', '%(num)s times', line.times)})"


def seat_list(seats: tuple[int, ...]) -> str:
    """Seats as people write them: 1, 2, 5–9."""
    runs: list[list[int]] = []
    for seat in sorted(seats):
        if runs and seat == runs[-1][-1] + 1:
            runs[-1].append(seat)
        else:
            runs.append([seat])
    return ", ".join(_run(run) for run in runs)


def _run(run: list[int]) -> str:
    return "–".join(dict.fromkeys((str(run[0]), str(run[-1])))) if len(run) != 2 else f"{run[0]}, {run[1]}"
