"""The scores of a run as a table for files: who, how many right, the decision, and how sure it is. Never a PIN."""

from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from exam.model import Score, ScoringRun
from exam.queries.standings import Candidate, scored_candidates, unscored_candidates
from exam.scoring import score_of_100
from registry.actor import Actor
from registry.audit import record
from testing_platform.exports import Cell, Table
from testing_platform.i18n import local_text
from testing_platform.web.scoring_words import FIGURES, decision_text


def scores_table(session: Session, run: ScoringRun) -> Table:
    """Everybody who was scored, then everybody who never began."""
    scored = scored_candidates(session, run)
    absent = unscored_candidates(session, run.form)
    rows = [[*_who(line.candidate), *_figures(line.score)] for line in scored]
    rows += [[*_who(line.candidate), None, None, None, decision_text(None), None, None, None] for line in absent]
    return Table(title=gettext("Scores"), headers=_headers(), rows=rows, notes=_notes(run))


def _headers() -> list[str]:
    who = [
        gettext("Participant number"),
        "NUPTK",
        gettext("Name"),
        gettext("School"),
        gettext("Site"),
        gettext("Sitting"),
    ]
    what = [gettext("Right"), gettext("Items that count"), gettext("Score"), gettext("Decision")]
    return [*who, *what, *(str(name) for name, _meaning in FIGURES)]


def _who(candidate: Candidate) -> list[Cell]:
    return [
        candidate.participant_number,
        candidate.nuptk,
        candidate.name,
        candidate.school,
        candidate.site,
        candidate.sitting,
    ]


def _figures(score: Score) -> list[Cell]:
    return [
        score.raw_score,
        score.n_scored,
        score_of_100(score.raw_score, score.n_scored),
        decision_text(score.passed),
        _rounded(score.standard_error, 2),
        _rounded(score.p_pass_if_true, 4),
        _rounded(score.p_true_pass, 4),
    ]


def _rounded(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)


def _notes(run: ScoringRun) -> list[tuple[str, str]]:
    notes = [
        (gettext("Form"), f"{run.form.title} ({run.form.code})"),
        (gettext("Scoring run"), f"{run.number}, {local_text(run.scored_at)}"),
        (gettext("Key set"), str(run.key_set.number)),
        (gettext("Cut"), gettext("%(cut)s of 100, by exact whole numbers", cut=run.pass_percent)),
        (gettext("Digest of the run"), run.digest.hex()),
    ]
    return [*notes, *((str(name), str(meaning)) for name, meaning in FIGURES)]


def record_export(session: Session, run: ScoringRun, *, kind: str, actor: Actor, now: datetime) -> None:
    """Write down who took names and scores out of the platform."""
    record(
        session,
        actor=actor,
        action="scores.export",
        subject_kind="scoring_run",
        subject=run.public_id,
        at=now,
        details={"format": kind, "attempts": run.n_attempts},
    )
