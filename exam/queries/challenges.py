"""Reports of broken items, for those who check keys: how often each item was reported, why, and by which answers.

Nobody is named: a report is shown with what was on the screen, and the reporters' answers only as counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import ColumnElement, func, select
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Session

from exam.challenges import ChallengeReason, Report, read_report
from exam.journal import Replay, replay
from exam.model import Attempt, Form, FormItem, Sitting, Step
from exam.queries.outages import excused_steps

# Written into the statement, so that the database knows that its small index of reports is enough.
_IS_REPORT = sql_text("step.kind = 'challenge'")


@dataclass(frozen=True)
class ItemReports:
    """What was reported about one item of a form."""

    position: int
    reports: Sequence[Report]
    answers: Mapping[int | None, int] = field(default_factory=dict)  # option position -> reporters; None: no answer

    @property
    def n_reports(self) -> int:
        """How many reports there are; somebody who reported twice counts twice."""
        return len(self.reports)

    @property
    def by_reason(self) -> list[tuple[ChallengeReason, int]]:
        """How often each reason was given, the most frequent first."""
        counts = Counter(report.reason for report in self.reports)
        order = list(ChallengeReason)
        return sorted(counts.items(), key=lambda pair: (-pair[1], order.index(pair[0])))

    @property
    def n_automatic(self) -> int:
        """How many came from computers that could not show a picture."""
        return sum(report.is_automatic for report in self.reports)


def reports_of_sitting(session: Session, sitting: Sitting) -> list[ItemReports]:
    """The items that were reported in one room, by their place in the form."""
    return _reports(session, Attempt.sitting_id == sitting.id)


def reports_of_form(session: Session, form: Form) -> dict[int, ItemReports]:
    """The items of a form that were reported anywhere, by their place in the form."""
    return {one.position: one for one in _reports(session, Attempt.form_id == form.id)}


def reports_of_version(session: Session, version_id: int) -> list[tuple[str, ItemReports]]:
    """What was reported about one version of an item, in every form that holds it; with the code of the form."""
    places = session.execute(
        select(Form.id, Form.code, FormItem.position)
        .join(FormItem, FormItem.form_id == Form.id)
        .where(FormItem.version_id == version_id)
        .order_by(Form.id),
    ).all()
    found = []
    for form_id, code, position in places:
        here = (Attempt.form_id == form_id) & (Step.item == position)
        found += [(code, one) for one in _reports(session, here)]
    return found


def report_totals(session: Session, form: Form) -> dict[int, int]:
    """By place in a form: how many reports there are."""
    rows = session.execute(
        select(Step.item, func.count())
        .join(Attempt, Attempt.id == Step.attempt_id)
        .where(Attempt.form_id == form.id, _IS_REPORT, Step.item.is_not(None))
        .group_by(Step.item)
        .order_by(Step.item),
    )
    return {int(position): n_reports for position, n_reports in rows if position is not None}


def report_counts(session: Session, version_ids: Sequence[int]) -> dict[int, int]:
    """By version of an item: how often it was reported anywhere."""
    rows = session.execute(
        select(FormItem.version_id)
        .join(Attempt, Attempt.form_id == FormItem.form_id)
        .join(Step, (Step.attempt_id == Attempt.id) & (Step.item == FormItem.position))
        .where(_IS_REPORT, FormItem.version_id.in_(version_ids)),
    )
    return Counter(version for (version,) in rows)


def _reports(session: Session, which: ColumnElement[bool]) -> list[ItemReports]:
    rows = session.execute(
        select(Step.item, Step.attempt_id, Step.value)
        .join(Attempt, Attempt.id == Step.attempt_id)
        .where(which, _IS_REPORT, Step.item.is_not(None))
        .order_by(Step.item, Step.received_ms, Step.attempt_id, Step.seq),
    ).all()
    answers = _answers(session, {row.attempt_id for row in rows})
    found = []
    for position, steps in groupby(rows, key=lambda row: int(row.item)):
        lines = list(steps)
        reporters = {line.attempt_id for line in lines}
        chosen = Counter(answers[one].answers.get(position) for one in reporters)
        found.append(ItemReports(position, [read_report(line.value) for line in lines], dict(chosen)))
    return found


def _answers(session: Session, attempts: set[int]) -> dict[int, Replay]:
    """What the reporters answered in the end, by the rule that scoring uses."""
    if not attempts:
        return {}
    excused = excused_steps(session, Attempt.id.in_(attempts))
    rows = session.execute(
        select(Step.attempt_id, Step.kind, Step.item, Step.option, Step.value, Step.mark)
        .where(Step.attempt_id.in_(attempts))
        .order_by(Step.attempt_id, Step.seq),
    )
    return {
        attempt: replay(
            ((kind, item, option, value, mark) for _, kind, item, option, value, mark in steps),
            excused=excused.get(attempt, frozenset()),
        )
        for attempt, steps in groupby(rows, key=lambda row: int(row[0]))
    }
