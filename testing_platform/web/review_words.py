"""The words of the pages of reviews: ages, days, who a reader is, where a version stands."""

from datetime import date, datetime, timedelta

from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import format_date, format_decimal, format_percent, gettext, lazy_gettext, ngettext

from itembank.agreement import Share
from itembank.consensus import Standing
from itembank.operations.tasks import today
from testing_platform.web.verdict_words import figure
from testing_platform.wiring import utc_now

_STANDINGS = {
    Standing.READING: lazy_gettext("Waits for readings"),
    Standing.AGREED: lazy_gettext("Nothing is open"),
    Standing.DISPUTED: lazy_gettext("Reviewers disagree"),
    Standing.TO_MEND: lazy_gettext("To be mended"),
}


def install(setup: BlueprintSetupState) -> None:
    """Teach the templates the words."""
    setup.app.jinja_env.globals.update(
        age_text=age_text,
        day_text=day_text,
        due_text=due_text,
        number_interval=number_interval,
        percent=percent,
        percent_interval=percent_interval,
        reader_name=reader_name,
        standing_name=lambda standing: _STANDINGS[standing],
    )


def age_text(since: datetime) -> str:
    """How long ago something was, as people say it."""
    age = max(utc_now() - since, timedelta())
    if age.days:
        return str(ngettext("%(num)s day", "%(num)s days", age.days))
    hours = age.seconds // 3600
    return str(ngettext("%(num)s hour", "%(num)s hours", hours) if hours else gettext("less than an hour"))


def day_text(day: date) -> str:
    """A day as it is written."""
    return str(format_date(day, "d MMM yyyy"))


def due_text(due_on: date) -> str:
    """How a day lies to today."""
    days = (due_on - today(utc_now())).days
    if days < 0:
        return str(ngettext("%(num)s day late", "%(num)s days late", -days))
    if days == 0:
        return str(gettext("due today"))
    return str(ngettext("%(num)s day left", "%(num)s days left", days))


def percent(share: Share) -> str:
    """A share in whole per cents; a dash for a share of nothing."""
    return "–" if share.value is None else str(format_percent(share.value, "#,##0 %"))


def percent_interval(share: Share) -> str:
    """The 95 % interval of a share."""
    low, high = share.interval
    return f"{format_decimal(100 * low, '#,##0')}–{format_percent(high, '#,##0 %')}"


def number_interval(interval: tuple[float, float] | None) -> str:
    """The 95 % interval of a figure; nothing where there is too little for one."""
    return "" if interval is None else f"{figure(interval[0])} … {figure(interval[1])}"


def reader_name(number: int) -> str:
    """A reviewer to those who must not know who it is."""
    return str(gettext("Reviewer %(number)s", number=number))
