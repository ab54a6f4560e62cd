"""The job from journals to verdicts: what it finds, what it keeps, and that doing it twice adds nothing."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.simulation import Fault
from exam.model import Administration, AnalysisRun, Sitting
from exam.queries.responses import collect_responses, latest_run, picture_of_run
from exam.states import SittingState
from itembank.model import ItemStatistics
from itembank.queries import administration_statistics
from registry.actor import SYSTEM
from registry.columns import Document
from registry.model import AuditEvent
from registry.roles import Role
from testing_platform import jobs
from testing_platform.analysis_documents import analyse
from testing_platform.config import Settings
from testing_platform.database import Database
from testing_platform.job_queue import enqueue
from testing_platform.jobs import TooFewCandidatesError, analyse_administration
from testing_platform.model import Job, JobState
from testing_platform.wiring import Platform, build, utc_now
from testing_platform.worker import Worker
from tests.examination import answers_with, enrol, make_staff, take_test
from tests.tryout import Scene, Simulated, furnish_tryout

# Small, because two pictures are drawn for each item.
SMALL = Scene(n_items=6, n_persons=80, faults=())


@pytest.fixture
def platform(database: Database, tmp_path: Path) -> Iterator[Platform]:
    """The platform on the database of the test."""
    url = database.engine.url.render_as_string(hide_password=False)
    platform = build(Settings(data=tmp_path, database_url=url, secret=SecretStr("for tests only: " + "x" * 32)))
    yield platform
    platform.database.engine.dispose()


def furnished(database: Database, scene: Scene = SMALL) -> Simulated:
    with database.transaction() as session:
        return furnish_tryout(session, scene)


def arguments_of(simulated: Simulated) -> Document:
    return {"administration": str(simulated.administration.public_id)}


def counted(session: Session, table: type[AnalysisRun] | type[ItemStatistics] | type[AuditEvent]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_run_keeps_figures_pictures_and_a_verdict_for_each_item(platform: Platform) -> None:
    simulated = furnished(platform.database)
    with platform.database.transaction() as session:
        actor = make_staff(session, Role.PSYCHOMETRICIAN, "Ratna Dewi")
    heard: list[int] = []
    result = analyse_administration(platform, arguments_of(simulated), actor.account_id, heard.append)
    assert result["repeated"] is False
    assert heard == sorted(heard)
    assert 0 < heard[0] < heard[-1] < 100
    with platform.database.reading() as session:
        run = session.scalars(select(AnalysisRun)).one()
        assert (str(run.public_id), run.n_persons, run.computed_by_id) == (result["run"], 80, actor.account_id)
        assert run.responses_digest == collect_responses(session, run.administration).digest
        _check_figures(run)
        _check_statistics(session, run)
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "analysis.run")).one()
        assert (event.actor, event.details["run"]) == (actor.public_id, result["run"])


def _check_figures(run: AnalysisRun) -> None:
    forms = run.figures["classical"]["forms"]
    assert [(form["form"], form["n_persons"], form["n_items"]) for form in forms] == [("UC-A", 40, 4), ("UC-B", 40, 4)]
    assert {caution["code"] for caution in forms[0]["cautions"]} >= {"few_persons"}
    assert set(run.figures["irt"]) == {"Rasch", "2PL"}
    assert "eap_first_20" not in run.figures["irt"]["2PL"]
    names = {"map-id", "map-en", "histogram-0-id", "histogram-1-en", "information-rasch-id", "information-2pl-en"}
    items = {item["name"] for item in run.figures["items"]}
    assert set(run.pictures) >= names | {f"options-{item}" for item in items} | {f"curve-{item}" for item in items}
    assert all(picture.startswith("<svg ") for picture in run.pictures.values())


def _check_statistics(session: Session, run: AnalysisRun) -> None:
    kept = administration_statistics(session, run.administration.public_id)
    assert len(kept) == 6
    for statistics in kept:
        figures = statistics.figures
        assert figures["run"] == str(run.public_id)
        assert figures["name"] == statistics.version.item.code
        assert statistics.n_presented in {40, 80}
        assert 0 < figures["p_interval"][0] < figures["p"] < figures["p_interval"][1] < 1
        assert [option["letter"] for option in figures["options"]] == list("ABCD")
        assert set(figures["irt"]) == {"rasch", "2pl"}
        assert isinstance(figures["irt"]["2pl"]["b"], float)


def quiet(_percent: int) -> None:
    """For jobs whose progress nobody watches."""


@pytest.fixture
def one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pictures play no part, one is enough."""
    monkeypatch.setattr(jobs, "drawings", lambda _analysis: [("map-id", lambda: "<svg />")])


@pytest.mark.usefixtures("one_picture")
def test_the_same_answers_twice_add_nothing_and_new_answers_a_run(platform: Platform) -> None:
    simulated = furnished(platform.database)
    first = analyse_administration(platform, arguments_of(simulated), None, quiet)
    with platform.database.reading() as session:
        before = [counted(session, table) for table in (AnalysisRun, ItemStatistics, AuditEvent)]
    again = analyse_administration(platform, arguments_of(simulated), None, quiet)
    assert again == {"run": first["run"], "repeated": True}
    with platform.database.reading() as session:
        assert [counted(session, table) for table in (AnalysisRun, ItemStatistics, AuditEvent)] == before
    with platform.database.transaction() as session:
        sitting = session.scalars(select(Sitting).order_by(Sitting.id)).all()[-1]
        take_test(session, enrol(session, sitting), answers_with(sitting.form, 2))
    third = analyse_administration(platform, arguments_of(simulated), None, quiet)
    assert third["run"] != first["run"]
    with platform.database.reading() as session:
        assert counted(session, AnalysisRun) == 2
        administration = session.get_one(Administration, simulated.administration.id)
        newest = latest_run(session, administration)
        assert newest is not None
        assert str(newest.public_id) == third["run"]
        kept = administration_statistics(session, administration.public_id)
        assert {statistics.figures["run"] for statistics in kept} == {third["run"]}


def test_of_two_workers_with_the_same_job_one_writes(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    simulated = furnished(platform.database)
    faster: list[Document] = []

    def overtaken(_analysis: object) -> list[tuple[str, Callable[[], str]]]:
        monkeypatch.setattr(jobs, "drawings", lambda _analysis: [])
        faster.append(analyse_administration(platform, arguments_of(simulated), None, quiet))
        return []

    monkeypatch.setattr(jobs, "drawings", overtaken)
    slower = analyse_administration(platform, arguments_of(simulated), None, quiet)
    assert slower == {"run": faster[0]["run"], "repeated": True}
    with platform.database.reading() as session:
        assert counted(session, AnalysisRun) == 1


@pytest.mark.usefixtures("one_picture")
def test_a_picture_is_read_without_the_others(platform: Platform) -> None:
    simulated = furnished(platform.database)
    result = analyse_administration(platform, arguments_of(simulated), None, quiet)
    with platform.database.reading() as session:
        run = uuid.UUID(result["run"])
        assert picture_of_run(session, run, "map-id") == "<svg />"
        assert picture_of_run(session, run, "map") is None
        assert picture_of_run(session, uuid.uuid4(), "map-id") is None


def test_too_few_candidates_is_said_in_words_and_the_job_fails(platform: Platform) -> None:
    simulated = furnished(platform.database, Scene(n_items=6, n_persons=20, faults=()))
    with pytest.raises(TooFewCandidatesError, match=r"too-few-candidates: 20 candidates answered .* at least 30"):
        analyse_administration(platform, arguments_of(simulated), None, quiet)
    with platform.database.transaction() as session:
        enqueue(session, kind="analyse_administration", arguments=arguments_of(simulated), actor=SYSTEM, now=utc_now())
    assert Worker(platform).work_once()
    with platform.database.reading() as session:
        job = session.scalars(select(Job)).one()
        assert job.state is JobState.FAILED
        assert (job.problem or "").startswith("too-few-candidates")
        assert counted(session, AnalysisRun) == 0


def test_answers_of_an_open_sitting_are_not_analysed(platform: Platform) -> None:
    with platform.database.transaction() as session:
        simulated = furnish_tryout(session, SMALL, state=SittingState.OPEN)
    with pytest.raises(TooFewCandidatesError, match="0 candidates"):
        analyse_administration(platform, arguments_of(simulated), None, quiet)


def test_the_planted_faults_are_found_and_no_sound_item_is_dropped(sqlite_database: Database) -> None:
    simulated = furnished(sqlite_database, Scene())
    with sqlite_database.reading() as session:
        analysis = analyse(collect_responses(session, simulated.administration), cut_percent=75)
        planted = simulated.planted()
    outcome = {verdict.item: verdict.outcome.value for verdict in analysis.analysed.verdicts}
    expected = {
        Fault.WRONG_KEY: {"check_key"},
        Fault.DEAD_DISTRACTOR: {"revise"},
        Fault.GUESSING: {"drop"},
        Fault.TOO_EASY: {"revise", "drop"},
    }
    assert {fault for item, fault in planted.items() if outcome[item] not in expected[fault]} == set()
    sound = [outcome[item] for item in outcome if item not in planted]
    assert not {"drop", "check_key"} & set(sound)
    assert sound.count("keep") + sound.count("watch") > 45
    assert analysis.analysed.converged
