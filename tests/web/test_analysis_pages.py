"""The pages of the analysis: who may, what they show, how an analysis is started, decided on and taken along.

One try-out is simulated and analysed once; each test gets a copy of its database. Browsers read English, whose words
stand in the code.
"""

import csv
import io
import json
import re
import shutil
import uuid
from collections import Counter
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.classical import analyze
from analysis.reading import read_csv
from exam.model import Administration, AnalysisRun, Enrolment
from exam.queries.responses import collect_responses
from itembank.model import Curation, CurationAct, ItemPicture, ItemStatistics, ItemVersion, Media
from itembank.queries import administration_statistics, versions_of
from itembank.states import ItemState
from registry.model import AuditEvent, Teacher
from registry.roles import Role
from testing_platform.config import Settings
from testing_platform.database import Database
from testing_platform.i18n import COOKIE_FIELD
from testing_platform.jobs import analyse_administration
from testing_platform.model import Job, JobState
from testing_platform.wiring import Platform, build, utc_now
from testing_platform.worker import Worker
from tests.examination import make_form
from tests.tryout import Scene, furnish_tryout
from tests.web.conftest import Browser, Cast

READERS = {Role.PSYCHOMETRICIAN, Role.COMMITTEE}
SCENE = Scene(n_items=24, n_persons=400, seed=13)  # every verdict occurs


@pytest.fixture(scope="module")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which a try-out was sat and analysed; it takes the place of the empty one in this module."""
    folder = tmp_path_factory.mktemp("analysed")
    shutil.copy(sqlite_template, folder / "testing-platform.sqlite")
    platform = build(Settings(data=folder, secret=SecretStr("for tests only: " + "x" * 32)))
    with platform.database.transaction() as session:
        simulated = furnish_tryout(session, SCENE)
    arguments = {"administration": str(simulated.administration.public_id)}
    analyse_administration(platform, arguments, None, lambda _percent: None)
    with platform.database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    platform.database.engine.dispose()
    return folder / "testing-platform.sqlite"


@pytest.fixture
def reader(cast: Cast) -> Browser:
    """A psychometrician who reads English."""
    browser = cast[Role.PSYCHOMETRICIAN]
    with browser.session_transaction() as cookie:
        cookie[COOKIE_FIELD] = "en"
    return browser


@pytest.fixture
def home(web_database: Database) -> str:
    """The address of the analysed administration."""
    with web_database.reading() as session:
        return f"/analisis/{administration_of(session).public_id}"


def administration_of(session: Session) -> Administration:
    return session.scalars(select(Administration).where(Administration.code == "UC-2026")).one()


def verdicts_of(session: Session) -> list[ItemStatistics]:
    return administration_statistics(session, administration_of(session).public_id)


def one_with(database: Database, verdict: str) -> ItemStatistics:
    """The first item of a verdict."""
    with database.reading() as session:
        found = next(each for each in verdicts_of(session) if each.verdict == verdict)
        session.refresh(found.version, ["item"])
        return found


def n_decisions(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count(Curation.id))) or 0


def decide(
    browser: Browser, home: str, statistics: ItemStatistics, choice: str, *, reason: str = "", shown: str = ""
) -> tuple[int, str]:
    """Fill in the form of an item; `shown` is the verdict that the page carried, if not the newest."""
    address = f"{home}/soal/{statistics.version.public_id}"
    sent = {"statistics": shown or str(statistics.public_id), "choice": choice, "reason": reason}
    response = browser.submit(f"{address}/putusan", sent)
    return response.status_code, browser.get(address).text if response.status_code == 302 else response.text


# Who may ----------------------------------------------------------------------------------------------------------


def test_who_may_read(cast: Cast, home: str, web_database: Database) -> None:
    version = one_with(web_database, "keep").version.public_id
    with web_database.reading() as session:
        run = session.scalars(select(AnalysisRun.public_id)).one()
    pages = ["", "?bagian=soal", f"/soal/{version}", f"/gambar/{run}/map-id.svg", f"/media/{'0' * 64}"]
    pages += [f"/unduh/{what}" for what in ("soal.csv", "soal.json", "jawaban.csv", "kunci.csv", "jawaban-rinci.csv")]
    assert cast.who_may("GET", "/analisis/") == READERS
    assert {page: cast.who_may("GET", home + page) for page in pages} == dict.fromkeys(pages, READERS)
    for page in ("", "/keadaan"):
        assert cast.who_may("GET", f"/analisis/pekerjaan/{uuid.uuid4()}{page}") == READERS


def test_who_may_act(cast: Cast, home: str, web_database: Database) -> None:
    version = one_with(web_database, "keep").version.public_id
    acts = ["/mulai", "/pertahankan", f"/soal/{version}/putusan"]
    assert {act: cast.who_may("POST", home + act) for act in acts} == {act: {Role.PSYCHOMETRICIAN} for act in acts}


def test_a_forged_form_is_refused(reader: Browser, home: str, web_database: Database) -> None:
    assert reader.post(f"{home}/mulai").status_code == 400
    assert reader.post(f"{home}/pertahankan").status_code == 400
    assert n_decisions(web_database) == 0


def test_the_committee_sees_no_act_that_would_be_refused(cast: Cast, home: str, web_database: Database) -> None:
    committee = cast[Role.COMMITTEE]
    kept = one_with(web_database, "keep")
    pages = [committee.get(f"{home}{page}").text for page in ("?bagian=soal", f"/soal/{kept.version.public_id}")]
    for page in pages:
        for act in ("/pertahankan", "accept-kept", "/putusan", "/bank/soal/"):
            assert act not in page


# What is shown ----------------------------------------------------------------------------------------------------


def test_the_list_says_who_answered_and_what_waits(reader: Browser) -> None:
    page = reader.get("/analisis/").text
    assert "Uji coba Matematika 2026" in page
    row = re.sub(r"<[^>]+>|\s+", " ", page[page.index("Uji coba Matematika 2026") :])
    assert re.search(r"UC-2026 · Try-out +24 +400 ", row)
    assert re.search(r"2/2 sittings .*WIB ", row)
    assert "at least 30 candidates are needed" in page  # the other administration, which nobody sat


def test_the_overview_tells_the_figures_of_each_form(reader: Browser, home: str, web_database: Database) -> None:
    page = reader.get(home).text
    with web_database.reading() as session:
        run = session.scalars(select(AnalysisRun)).one()
        forms = run.figures["classical"]["forms"]
        counts = Counter(each.verdict for each in verdicts_of(session))
    for form in forms:
        assert f"Form {form['form']}" in page
        for name in ("mean", "alpha", "stratified_alpha", "split_half_odd_even_spearman_brown", "sem"):
            assert f"{form[name]:.2f}" in page, name
        assert f"95% interval {form['alpha_interval'][0]:.2f} – {form['alpha_interval'][1]:.2f}" in page
    weak = [form for form in forms if form["alpha"] < 0.7]
    assert page.count("would reach 0.70 (Spearman-Brown)") == len(weak)
    assert set(counts) >= {"keep", "revise", "drop", "check_key"}
    for verdict, count in counts.items():
        assert re.search(rf"usulan={verdict}\">[^<]+</a></span>\s*<span class=\"tp-figure-value\">{count}<", page)
    assert "did not settle" not in page
    for name in ("map-en", "histogram-0-en", "histogram-1-en", "information-rasch-en", "information-2pl-en"):
        assert f"{name}.svg" in page


def test_people_and_items_expected_scores_and_residuals_are_drawn_for_each_model(reader: Browser, home: str) -> None:
    page = reader.get(home).text
    for kind in ("wright", "expected", "residuals"):
        for model in ("rasch", "2pl"):
            (address,) = set(re.findall(rf'src="([^"]*/{kind}-{model}-en\.svg)"', page))
            assert reader.get(address).data.startswith(b"<svg")


def test_an_estimate_that_did_not_settle_and_a_weak_form_are_told(
    reader: Browser, home: str, web_database: Database
) -> None:
    with web_database.transaction() as session:
        run = session.scalars(select(AnalysisRun)).one()
        figures = json.loads(json.dumps(run.figures))
        del figures["model_pictures"]  # as of an analysis from before these were drawn
        figures["irt"]["2PL"] |= {"converged": False, "message": "not settled after 4000 EM steps"}
        caution = {"code": "reliability_below_wanted", "numbers": {"alpha": 0.61, "wanted": 0.7}}
        figures["classical"]["forms"][0] |= {"cautions": [caution], "n_items_for_wanted_reliability": 59.6}
        session.add(
            AnalysisRun(
                administration_id=run.administration_id,
                computed_at=utc_now(),
                responses_digest=bytes(32),
                n_persons=run.n_persons,
                figures=figures,
                pictures=run.pictures,
            )
        )
    page = reader.get(home).text
    assert "The 2PL estimate did not settle" in page
    assert "not settled after 4000 EM steps" in page
    assert "Reliability 0.61 lies below 0.70" in page
    assert "About 60 items like these would reach 0.70" in page
    assert "wright-" not in page


def test_the_item_table_is_narrowed_to_a_proposal(reader: Browser, home: str, web_database: Database) -> None:
    with web_database.reading() as session:
        names = {each.figures["name"]: each.verdict for each in verdicts_of(session)}
    for wanted in ("", "keep", "revise", "drop", "check_key", "menunggu"):
        page = reader.get(f"{home}?bagian=soal&usulan={wanted}").text
        shown = set(re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page))
        expected = {name for name, verdict in names.items() if wanted in {"", "menunggu", verdict}}
        assert shown == expected, wanted
    assert "No item has this proposal" in reader.get(f"{home}?bagian=soal&usulan=tidak-ada").text


def test_the_page_of_an_item_gives_reasons_with_numbers_and_criteria(
    reader: Browser, home: str, web_database: Database
) -> None:
    suspected = one_with(web_database, "check_key")
    page = reader.get(f"{home}/soal/{suspected.version.public_id}").text
    assert "Check the key" in page
    assert "The key may be wrong." in page
    assert "Re-opens criterion M3: " in page
    assert f"{suspected.figures['point_biserial']:.2f}".replace("-", "−") in page
    for option in suspected.figures["options"]:
        assert f"{option['upper']:.2f}" in page
    assert f"options-{suspected.figures['name']}.svg" in page
    assert f"curve-{suspected.figures['name']}.svg" in page


def test_pictures_are_served_as_drawings_that_can_do_nothing(
    reader: Browser, home: str, web_database: Database
) -> None:
    page = reader.get(home).text + reader.get(f"{home}/soal/{one_with(web_database, 'drop').version.public_id}").text
    addresses = set(re.findall(r'<img src="([^"]+\.svg)"', page))
    assert len(addresses) == 13
    for address in addresses:
        answer = reader.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
        assert answer.text.startswith("<svg ")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"].startswith("private")
    assert reader.get(next(iter(addresses)).rpartition("/")[0] + "/nothing.svg").status_code == 404


def test_pictures_of_items_are_served_to_readers_of_the_analysis(cast: Cast, home: str, web_database: Database) -> None:
    with web_database.transaction() as session:
        here, elsewhere = verdicts_of(session)[0].version, make_form(session).items[0].version
        for shade in ("a", "b"):
            session.add(Media(sha256=shade * 64, media_type="image/svg+xml", content=b"<svg/>", width=1, height=1))
        session.flush()
        session.add(ItemPicture(version_id=here.id, name="gambar", sha256="a" * 64))
        session.add(ItemPicture(version_id=elsewhere.id, name="gambar", sha256="b" * 64))
    committee = cast[Role.COMMITTEE]
    assert committee.get(f"{home}/media/{'a' * 64}").data == b"<svg/>"
    assert committee.get(f"{home}/media/{'b' * 64}").status_code == 404  # of no item of this administration


def test_an_administration_without_an_analysis_says_so(reader: Browser, web_database: Database) -> None:
    with web_database.reading() as session:
        other = session.scalars(select(Administration).where(Administration.code != "UC-2026")).one()
    page = reader.get(f"/analisis/{other.public_id}").text
    assert "Too few answers for an analysis" in page
    assert "/mulai" not in page
    assert reader.get(f"/analisis/{uuid.uuid4()}").status_code == 404


# Starting ---------------------------------------------------------------------------------------------------------


def start(browser: Browser, home: str) -> str:
    answer = browser.submit(f"{home}/mulai")
    assert answer.status_code == 302
    return answer.headers["Location"]


def test_starting_twice_is_one_job_and_the_page_leads_to_the_report(
    reader: Browser, home: str, platform: Platform
) -> None:
    page = start(reader, home)
    assert start(reader, home) == page
    shown = reader.get(page).text
    assert "Waiting for its turn" in shown
    assert f'hx-get="{page}/keadaan"' in shown
    assert reader.get(f"{page}/keadaan").status_code == 200
    assert Worker(platform).work_once()
    assert not Worker(platform).work_once()
    assert reader.get(f"{page}/keadaan").headers["HX-Redirect"] == page
    assert reader.get(page).headers["Location"] == home
    assert "Nothing has changed since the last analysis" in reader.get(home).text
    assert start(reader, home) != page  # that one is over, so asking again asks anew


def test_a_job_with_too_few_candidates_fails_in_words(
    reader: Browser, web_database: Database, platform: Platform
) -> None:
    with web_database.reading() as session:
        other = session.scalars(select(Administration).where(Administration.code != "UC-2026")).one()
    page = start(reader, f"/analisis/{other.public_id}")
    assert Worker(platform).work_once()
    with web_database.reading() as session:
        assert session.scalars(select(Job)).one().state is JobState.FAILED
    fragment = reader.get(f"{page}/keadaan")
    assert fragment.status_code == 286  # htmx stops asking
    for text in (fragment.text, reader.get(page).text):
        assert "There are too few answers: 0 candidates" in text
        assert "Start again" in text


# Deciding ---------------------------------------------------------------------------------------------------------


def state_of(database: Database, statistics: ItemStatistics) -> ItemState:
    with database.reading() as session:
        return session.get_one(ItemVersion, statistics.version_id).state


def test_an_accepted_keep_is_operational(reader: Browser, home: str, web_database: Database) -> None:
    kept = one_with(web_database, "keep")
    status, page = decide(reader, home, kept, "accepted:operational")
    assert status == 302
    assert state_of(web_database, kept) is ItemState.OPERATIONAL
    assert "psychometrician 1" in page
    assert "/putusan" not in page
    with web_database.reading() as session:
        order = [each.version.public_id for each in verdicts_of(session)]
    following = order[order.index(kept.version.public_id) + 1]
    assert re.search(rf'href="{home}/soal/{following}">Next item that waits<', page)


def test_an_accepted_revision_opens_a_draft_with_the_criteria(
    reader: Browser, home: str, web_database: Database
) -> None:
    faulty = one_with(web_database, "check_key")
    assert decide(reader, home, faulty, "accepted:revision")[0] == 302
    with web_database.reading() as session:
        curation = session.scalars(select(Curation)).one()
        assert (curation.act, curation.moved_to) == (CurationAct.ACCEPTED, ItemState.REVISION)
        named = {reason["criterion"] for reason in faulty.reasons}
        assert set(curation.reopened) == named
        assert "M3" in named
        newest, old = versions_of(session, session.get_one(ItemVersion, faulty.version_id).item)
        assert (newest.state, old.state) == (ItemState.DRAFT, ItemState.REVISION)


def test_an_accepted_drop_retires(reader: Browser, home: str, web_database: Database) -> None:
    dropped = one_with(web_database, "drop")
    assert decide(reader, home, dropped, "accepted:retired")[0] == 302
    assert state_of(web_database, dropped) is ItemState.RETIRED


def test_overruling_needs_a_reason_and_keeps_what_was_typed(reader: Browser, home: str, web_database: Database) -> None:
    dropped = one_with(web_database, "drop")
    status, page = decide(reader, home, dropped, "overruled:pretest", reason="xyz")
    assert status == 422
    assert "Say why you overrule the proposal" in page
    assert re.search(r'value="overruled:pretest" checked', page)
    assert "xyz</textarea>" in page
    assert n_decisions(web_database) == 0
    assert decide(reader, home, dropped, "overruled:pretest", reason="Kelompok ini terlalu homogen.")[0] == 302
    with web_database.reading() as session:
        curation = session.scalars(select(Curation)).one()
        assert (curation.act, curation.reason) == (CurationAct.OVERRULED, "Kelompok ini terlalu homogen.")
    assert state_of(web_database, dropped) is ItemState.PRETEST


@pytest.mark.parametrize("choice", ["", "accepted", "accepted:nowhere", "perhaps:revision"])
def test_a_choice_that_is_none_is_asked_for_again(
    reader: Browser, home: str, web_database: Database, choice: str
) -> None:
    status, page = decide(reader, home, one_with(web_database, "keep"), choice)
    assert status == 422
    assert "Choose what becomes of the item" in page
    assert n_decisions(web_database) == 0


def test_accepting_cannot_mean_something_else_and_nobody_decides_twice(
    reader: Browser, home: str, web_database: Database
) -> None:
    dropped = one_with(web_database, "drop")
    assert decide(reader, home, dropped, "accepted:operational")[0] == 422
    assert n_decisions(web_database) == 0
    assert decide(reader, home, dropped, "accepted:retired")[0] == 302
    assert decide(reader, home, dropped, "accepted:retired")[0] == 422
    assert n_decisions(web_database) == 1


def test_a_verdict_that_is_no_longer_the_newest_is_not_decided(
    reader: Browser, home: str, web_database: Database
) -> None:
    kept = one_with(web_database, "keep")
    status, page = decide(reader, home, kept, "accepted:operational", shown=str(uuid.uuid4()))
    assert status == 302
    assert "Nothing was decided" in page
    assert n_decisions(web_database) == 0


def test_all_kept_are_accepted_in_one_act_each_with_its_own_decision(
    reader: Browser, home: str, web_database: Database
) -> None:
    with web_database.reading() as session:
        run = session.scalars(select(AnalysisRun.public_id)).one()
        n_kept = sum(each.verdict == "keep" for each in verdicts_of(session))
    assert f"Accept all {n_kept} “Keep”" in reader.get(f"{home}?bagian=soal").text
    assert reader.submit(f"{home}/pertahankan", {"run": str(uuid.uuid4())}).status_code == 302
    assert n_decisions(web_database) == 0
    assert reader.submit(f"{home}/pertahankan", {"run": str(run)}).status_code == 302
    assert f"{n_kept} items are operational now" in reader.get(f"{home}?bagian=soal").text
    with web_database.reading() as session:
        curations = session.scalars(select(Curation)).all()
        assert len({curation.statistics_id for curation in curations}) == len(curations) == n_kept
        assert all(each.version.state is ItemState.PRETEST for each in verdicts_of(session) if each.verdict != "keep")
    page = reader.get(f"{home}?bagian=soal").text
    assert "/pertahankan" not in page
    assert reader.submit(f"{home}/pertahankan", {"run": "x"}).status_code == 400


# Taking along -----------------------------------------------------------------------------------------------------


def test_answers_and_key_can_be_analysed_again_by_the_command(
    reader: Browser, home: str, web_database: Database, tmp_path: Path
) -> None:
    files = {}
    for what in ("jawaban.csv", "kunci.csv"):
        answer = reader.get(f"{home}/unduh/{what}")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="UC-2026-{what}"'
        files[what] = tmp_path / what
        files[what].write_bytes(answer.data)
    matrix = read_csv(files["jawaban.csv"], files["kunci.csv"])
    again = {item.name: item for item in analyze(matrix).items}
    with web_database.reading() as session:
        for statistics in verdicts_of(session):
            item = again[statistics.figures["name"]]
            assert item.n_presented == statistics.n_presented
            for name in ("p", "point_biserial", "item_rest", "biserial"):
                assert getattr(item, name) == pytest.approx(statistics.figures[name], abs=1e-12)
    assert set(matrix.groups) == {"form", "group"}


def test_single_answers_carry_the_place_and_the_kind_of_blank(
    reader: Browser, home: str, web_database: Database
) -> None:
    rows = list(csv.DictReader(io.StringIO(reader.get(f"{home}/unduh/jawaban-rinci.csv").data.decode("utf-8-sig"))))
    assert len(rows) == 400 * 16
    assert {row["status"] for row in rows} == {"answered", "omitted", "not_reached"}
    first = rows[:16]
    assert sorted(int(row["presented_position"]) for row in first) == list(range(1, 17))
    with web_database.reading() as session:
        responses = collect_responses(session, administration_of(session))
        right = sum(
            answer == item.key_position
            for row in responses.attempts
            for item, answer in zip(responses.items, row.answers, strict=True)
        )
    assert sum(int(row["right"]) for row in rows) == right


def test_the_item_table_leaves_as_csv_and_json(reader: Browser, home: str, web_database: Database) -> None:
    kept = one_with(web_database, "keep")
    decide(reader, home, kept, "accepted:operational")
    text = reader.get(f"{home}/unduh/soal.csv").data.decode("utf-8-sig")
    rows = {row["item"]: row for row in csv.DictReader(io.StringIO(text))}
    document = json.loads(reader.get(f"{home}/unduh/soal.json").data)
    items = {item["item"]: item for item in document["items"]}
    assert len(rows) == len(items) == 24
    name = kept.figures["name"]
    assert float(rows[name]["p"]) == kept.figures["p"] == items[name]["figures"]["p"]
    assert (rows[name]["decision"], rows[name]["moved_to"]) == ("accepted", "operational")
    assert items[name]["decision"]["act"] == "accepted"
    assert document["figures"]["irt"]["2PL"]["converged"] is True


def test_files_hold_no_names_and_are_written_down(reader: Browser, home: str, web_database: Database) -> None:
    wanted = ("soal.csv", "soal.json", "jawaban.csv", "kunci.csv", "jawaban-rinci.csv")
    content = "".join(reader.get(f"{home}/unduh/{what}").data.decode("utf-8-sig") for what in wanted)
    with web_database.reading() as session:
        teacher = session.scalars(select(Teacher)).first()
        enrolment = session.scalars(select(Enrolment)).first()
        assert teacher is not None
        assert enrolment is not None
        for secret in (teacher.full_name, teacher.nuptk, enrolment.participant_number, str(enrolment.public_id)):
            assert secret not in content
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "analysis.export")).all()
        assert [event.details["what"] for event in events] == list(wanted)
        assert reader.actor is not None
        assert {event.actor for event in events} == {reader.actor.public_id}
    assert reader.get(f"{home}/unduh/semua.zip").status_code == 404
