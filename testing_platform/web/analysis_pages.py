"""Item analysis for psychometricians and the committee: start it, read it, decide on every verdict, take it along."""

import json
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from exam.model import Administration, AnalysisRun
from exam.queries import responses
from exam.queries.challenges import report_counts, reports_of_version
from exam.queries.forms import administration_by_public_id
from exam.queries.responses import AdministrationStanding
from itembank.checklist import Criterion, current_checklist
from itembank.errors import ItemBankError
from itembank.model import ItemStatistics, ItemVersion
from itembank.queries import administration_statistics
from itembank.textformat import LETTERS
from registry.columns import Document
from registry.model import Account
from testing_platform import exports, job_queue
from testing_platform.error_texts import text_of
from testing_platform.jobs import FEWEST_CANDIDATES
from testing_platform.model import Job, JobState
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web import analysis_exports, analysis_words, bank_words, curation_desk
from testing_platform.web.challenge_words import ShownReports
from testing_platform.web.curation_desk import Decision
from testing_platform.web.item_markup import ShownItem, with_pictures
from testing_platform.wiring import platform, utc_now

bp = Blueprint("analysis", __name__, url_prefix="/analisis")
bp.record_once(bank_words.install)
bp.record_once(analysis_words.install)

JOB = "analyse_administration"
PARTS = ("ringkasan", "soal", "unduhan")
STOP_POLLING = 286  # htmx: swap this answer in and ask no more

# A drawing opened by itself must not be able to do anything.
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"

Page = str | tuple[str, int] | AnyResponse


@dataclass(frozen=True)
class Report:
    """The newest analysis of an administration with the verdicts that it led to."""

    standing: AdministrationStanding
    verdicts: list[ItemStatistics]

    @property
    def run(self) -> AnalysisRun:
        """The analysis; pages of a report ask only where there is one."""
        return self.standing.latest or abort(404)

    @property
    def waiting(self) -> list[ItemStatistics]:
        """The verdicts that nobody has decided on."""
        return [statistics for statistics in self.verdicts if curation_desk.is_waiting(statistics)]

    def waiting_after(self, place: int) -> ItemStatistics | None:
        """The next verdict to decide on after one of them, round the end of the list if need be."""
        around = self.verdicts[place + 1 :] + self.verdicts[:place]
        return next((statistics for statistics in around if curation_desk.is_waiting(statistics)), None)

    @cached_property
    def kept(self) -> list[ItemStatistics]:
        """The verdicts that one act may accept together."""
        return curation_desk.kept_and_waiting(self.verdicts)

    @cached_property
    def flagged(self) -> list[ItemStatistics]:
        """The items that need a look, the severest verdict first."""
        severe = list(reversed(analysis_words.VERDICTS[2:]))
        found = [statistics for statistics in self.verdicts if statistics.verdict in severe]
        return sorted(found, key=lambda statistics: severe.index(statistics.verdict))

    @staticmethod
    def first_reason(statistics: ItemStatistics) -> Document:
        """The reason that decided: the first of those as severe as the verdict."""
        deciding = [reason for reason in statistics.reasons if reason["outcome"] == statistics.verdict]
        return deciding[0]

    @property
    def counts(self) -> dict[str, int]:
        """How often each verdict was given."""
        given = [statistics.verdict for statistics in self.verdicts]
        return {verdict: given.count(verdict) for verdict in analysis_words.VERDICTS}

    @property
    def n_new(self) -> int:
        """Candidates who answered and are not in the analysis yet."""
        return self.standing.n_answered - self.run.n_persons

    @property
    def unsettled(self) -> list[tuple[str, str]]:
        """The models whose estimate did not settle, with what the engine says about it."""
        models: dict[str, Any] = self.run.figures["irt"]
        return [(name, fit["message"]) for name, fit in models.items() if not fit["converged"]]

    @property
    def models(self) -> list[tuple[str, str]]:
        """The calibrations there are: their names for people and for pictures."""
        return [(name, name.lower()) for name in self.run.figures["irt"]]


# Looking ----------------------------------------------------------------------------------------------------------


@bp.get("/")
@requires(Permission.ANALYSIS_READ)
def index() -> str:
    """All administrations: who answered, what was computed, what waits for a decision."""
    with platform().database.reading() as session:
        reports = [_report(session, standing) for standing in responses.administration_standings(session)]
        return render_template("analysis/index.html", reports=reports, fewest=FEWEST_CANDIDATES)


@bp.get("/<uuid:administration_id>")
@requires(Permission.ANALYSIS_READ)
def report(administration_id: uuid.UUID) -> str:
    """The newest analysis of one administration."""
    with platform().database.reading() as session:
        return _report_page(session, administration_id)


@bp.get("/<uuid:administration_id>/soal/<uuid:version_id>")
@requires(Permission.ANALYSIS_READ)
def item(administration_id: uuid.UUID, version_id: uuid.UUID) -> str:
    """One item: how its options were chosen, its curves, the verdict with its reasons, and the decision."""
    with platform().database.reading() as session:
        return _item_page(session, administration_id, version_id)


@bp.get("/<uuid:administration_id>/gambar/<uuid:run_id>/<string:name>.svg")
@requires(Permission.ANALYSIS_READ)
def picture(administration_id: uuid.UUID, run_id: uuid.UUID, name: str) -> Response:  # noqa: ARG001 - the address says whose it is
    """One drawing of an analysis; it never changes, so the reader's own browser may keep it for a while."""
    with platform().database.reading() as session:
        drawn = responses.picture_of_run(session, run_id, name) or abort(404)
    return _picture(drawn.encode(), "image/svg+xml", caching="private, max-age=3600")


@bp.get("/<uuid:administration_id>/media/<string:sha256>")
@requires(Permission.ANALYSIS_READ)
def media(administration_id: uuid.UUID, sha256: str) -> Response:
    """A picture of an item of the administration; the committee has no access to the bank as a whole."""
    with platform().database.reading() as session:
        found = responses.media_of_administration(session, _administration(session, administration_id), sha256)
        if found is None:
            abort(404)
        return _picture(found.content, found.media_type, caching="no-store")


# Computing --------------------------------------------------------------------------------------------------------


@bp.post("/<uuid:administration_id>/mulai")
@requires(Permission.ANALYSIS_RUN)
def start(administration_id: uuid.UUID) -> AnyResponse:
    """Ask for an analysis; while one is on its way, that one is shown instead of a second."""
    arguments = {"administration": str(administration_id)}
    with platform().database.transaction() as session:
        _administration(session, administration_id)
        job = job_queue.latest(session, kind=JOB, arguments=arguments)
        if job is None or job.state in {JobState.DONE, JobState.FAILED}:
            job = job_queue.enqueue(session, kind=JOB, arguments=arguments, actor=current_actor(), now=utc_now())
        return redirect(url_for(".progress", job_id=job.public_id))


@bp.get("/pekerjaan/<uuid:job_id>")
@requires(Permission.ANALYSIS_READ)
def progress(job_id: uuid.UUID) -> Page:
    """How far an analysis is; once it is there, the analysis itself."""
    with platform().database.reading() as session:
        job, standing = _job(session, job_id)
        if job.state is JobState.DONE:
            _tell_outcome(job)
            return redirect(_report_url(job))
        return render_template("analysis/progress.html", job=job, standing=standing)


@bp.get("/pekerjaan/<uuid:job_id>/keadaan")
@requires(Permission.ANALYSIS_READ)
def progress_fragment(job_id: uuid.UUID) -> Page:
    """The part of that page which refreshes itself; it leads to the report when the work is done."""
    with platform().database.reading() as session:
        job, standing = _job(session, job_id)
        if job.state is JobState.DONE:
            return Response("", headers={"HX-Redirect": url_for(".progress", job_id=job_id)})
        text = render_template("analysis/_progress.html", job=job, standing=standing)
    return text, STOP_POLLING if job.state is JobState.FAILED else 200


def _job(session: Session, job_id: uuid.UUID) -> tuple[Job, AdministrationStanding]:
    job = job_queue.find(session, job_id)
    if job is None or job.kind != JOB:
        abort(404)
    administration = _administration(session, uuid.UUID(job.arguments["administration"]))
    return job, responses.administration_standing(session, administration)


def _tell_outcome(job: Job) -> None:
    if (job.result or {}).get("repeated"):
        flash(gettext("Nothing has changed since the last analysis, so it stands as it is."), "note")
    else:
        flash(gettext("The analysis is ready."), "ok")


def _report_url(job: Job) -> str:
    return url_for(".report", administration_id=job.arguments["administration"])


# Deciding ---------------------------------------------------------------------------------------------------------


@bp.post("/<uuid:administration_id>/soal/<uuid:version_id>/putusan")
@requires(Permission.CURATION_DECIDE)
def decide(administration_id: uuid.UUID, version_id: uuid.UUID) -> Page:
    """Accept or overrule the verdict that the page showed."""
    decision = Decision.parse(request.form)
    if decision.errors:
        with platform().database.reading() as session:
            return _item_page(session, administration_id, version_id, decision=decision), 422
    try:
        with platform().database.transaction() as session:
            statistics = _verdict(_verdicts(session, administration_id), version_id)
            if str(statistics.public_id) != request.form.get("statistics"):
                return _changed_meanwhile(administration_id)
            curation_desk.decide(session, statistics, decision, actor=current_actor(), now=utc_now())
    except ItemBankError as error:
        with platform().database.reading() as session:
            return _item_page(session, administration_id, version_id, decision=decision, refusal=text_of(error)), 422
    flash(gettext("The decision is written down."), "ok")
    return redirect(url_for(".item", administration_id=administration_id, version_id=version_id))


@bp.post("/<uuid:administration_id>/pertahankan")
@requires(Permission.CURATION_DECIDE)
def accept_kept(administration_id: uuid.UUID) -> AnyResponse:
    """Accept every "keep" of the analysis that the page showed, each as a decision of its own."""
    run_id = request.form.get("run", type=uuid.UUID) or abort(400)
    try:
        with platform().database.transaction() as session:
            verdicts = _verdicts(session, administration_id)
            if any(statistics.figures.get("run") != str(run_id) for statistics in verdicts):
                return _changed_meanwhile(administration_id)
            n = curation_desk.accept_kept(session, verdicts, run=run_id, actor=current_actor(), now=utc_now())
    except ItemBankError as error:
        flash(text_of(error), "bad")
    else:
        flash(ngettext("%(num)s item is operational now.", "%(num)s items are operational now.", n), "ok")
    return redirect(url_for(".report", administration_id=administration_id, bagian="soal"))


def _changed_meanwhile(administration_id: uuid.UUID) -> AnyResponse:
    flash(gettext("A newer analysis was made meanwhile. Nothing was decided: look at its figures first."), "warn")
    return redirect(url_for(".report", administration_id=administration_id, bagian="soal"))


# Taking along -----------------------------------------------------------------------------------------------------


@bp.get("/<uuid:administration_id>/unduh/<string:what>")
@requires(Permission.ANALYSIS_READ)
def download(administration_id: uuid.UUID, what: str) -> Response:
    """A file of the analysis; who took it is written down."""
    if what not in {"soal.csv", "soal.json", "jawaban.csv", "kunci.csv", "jawaban-rinci.csv"}:
        abort(404)
    with platform().database.transaction() as session:
        administration = _administration(session, administration_id)
        run = responses.latest_run(session, administration) or abort(404)
        content = _content(session, administration, run, what)
        analysis_exports.record_export(
            session, administration, what=what, run=run.public_id, actor=current_actor(), now=utc_now()
        )
    response = Response(content, mimetype="application/json" if what.endswith(".json") else "text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{administration.code}-{what}"'
    return response


def _content(session: Session, administration: Administration, run: AnalysisRun, what: str) -> bytes:
    if what.startswith("soal"):
        verdicts = administration_statistics(session, administration.public_id)
        if what == "soal.csv":
            return exports.as_csv(analysis_exports.items_table(verdicts))
        return json.dumps(analysis_exports.analysis_document(run, verdicts), ensure_ascii=False, indent=1).encode()
    found = responses.collect_responses(session, administration)
    table = {
        "jawaban.csv": analysis_exports.answers_table,
        "kunci.csv": analysis_exports.key_table,
        "jawaban-rinci.csv": analysis_exports.single_answers_table,
    }[what]
    return exports.as_csv(table(found))


# Presenting -------------------------------------------------------------------------------------------------------


def _administration(session: Session, administration_id: uuid.UUID) -> Administration:
    return administration_by_public_id(session, administration_id) or abort(404)


def _report(session: Session, standing: AdministrationStanding) -> Report:
    verdicts = administration_statistics(session, standing.administration.public_id) if standing.latest else []
    return Report(standing, verdicts)


def _report_page(session: Session, administration_id: uuid.UUID) -> str:
    found = _report(session, responses.administration_standing(session, _administration(session, administration_id)))
    if found.standing.latest is None:
        return render_template("analysis/none_yet.html", standing=found.standing, fewest=FEWEST_CANDIDATES)
    wanted, part = request.args.get("usulan", ""), request.args.get("bagian", PARTS[0])
    return render_template(
        "analysis/report.html",
        report=found,
        part=part if part in PARTS else PARTS[0],
        wanted=wanted,
        shown=[each for each in found.verdicts if _is_wanted(each, wanted)],
        is_waiting=curation_desk.is_waiting,
        n_reports=report_counts(session, [each.version_id for each in found.verdicts]),
    )


def _is_wanted(statistics: ItemStatistics, wanted: str) -> bool:
    return curation_desk.is_waiting(statistics) if wanted == "menunggu" else wanted in {"", statistics.verdict}


def _verdicts(session: Session, administration_id: uuid.UUID) -> list[ItemStatistics]:
    return administration_statistics(session, _administration(session, administration_id).public_id)


def _verdict(verdicts: list[ItemStatistics], version_id: uuid.UUID) -> ItemStatistics:
    found = [statistics for statistics in verdicts if statistics.version.public_id == version_id]
    return found[0] if found else abort(404)


def _item_page(
    session: Session,
    administration_id: uuid.UUID,
    version_id: uuid.UUID,
    *,
    decision: Decision | None = None,
    refusal: str = "",
) -> str:
    found = _report(session, responses.administration_standing(session, _administration(session, administration_id)))
    statistics = _verdict(found.verdicts, version_id)
    place = found.verdicts.index(statistics)
    decided_by = session.get(Account, statistics.curation.decided_by_id) if statistics.curation else None
    return render_template(
        "analysis/item.html",
        report=found,
        statistics=statistics,
        figures=statistics.figures,
        shown=_shown(statistics.version, administration_id),
        choices=curation_desk.choice_fields(statistics),
        decision=decision or Decision("", "", {}),
        refusal=refusal,
        decided_by=decided_by,
        criteria=_criteria(),
        is_waiting=curation_desk.is_waiting(statistics),
        is_rescued=_is_rescued(statistics),
        previous=found.verdicts[place - 1] if place else None,
        following=found.verdicts[place + 1] if place + 1 < len(found.verdicts) else None,
        next_waiting=found.waiting_after(place),
        reports=_reports(session, statistics.version),
    )


def _reports(session: Session, version: ItemVersion) -> list[tuple[str, ShownReports]]:
    """What candidates reported about a version, form by form."""
    found = reports_of_version(session, version.id)
    return [(form, ShownReports(reports, n_options=len(version.options))) for form, reports in found]


def _is_rescued(statistics: ItemStatistics) -> bool:
    """Whether an extreme difficulty was accepted because of how the item discriminates."""
    p, codes = statistics.figures["p"], {reason["code"] for reason in statistics.reasons}
    return p is not None and not 0.25 <= p <= 0.75 and not codes & {"too_easy", "too_hard", "too_few_answers"}


def _shown(version: ItemVersion, administration_id: uuid.UUID) -> ShownItem:
    addresses = {
        picture.name: url_for(".media", administration_id=administration_id, sha256=picture.sha256)
        for picture in version.pictures
    }
    return ShownItem(
        stem=with_pictures(version.stem_html, addresses),
        options=tuple((LETTERS[part.position], with_pictures(part.html, addresses)) for part in version.options),
        key=LETTERS[version.key_position],
        rationale=with_pictures(version.rationale_html, addresses),
    )


def _criteria() -> dict[str, Criterion]:
    return {criterion.code: criterion for criterion in current_checklist().criteria}


def _picture(content: bytes, media_type: str, *, caching: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers["Content-Security-Policy"] = _PICTURE_POLICY
    response.headers["Content-Disposition"] = "inline"
    response.headers["Cache-Control"] = caching
    return response
