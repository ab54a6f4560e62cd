"""The whole loop in real browsers: from the first start of an empty installation to a result in a candidate's hands.

Every person has a browser of their own; everything but the writing of one item (its pages come later) happens on
pages, with CSRF on, under the production policy. `HANDBOOK_PICTURES=docs/pictures` renews the handbook's pictures.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright
from pydantic import SecretStr

from registry.audit import chain_state
from testing_platform.config import load
from testing_platform.wiring import Platform, build
from tests.browser import story_bank as bank
from tests.browser import story_office as office
from tests.browser import story_room as room
from tests.browser.runner_hands import CHROMIUM
from tests.browser.story_candidates import Crowd, FormTruth, PrintedCard
from tests.browser.story_office import OPERATIONAL, TRYOUT
from tests.browser.story_stage import PATIENCE, FirstStart, Person, Stage, command
from tests.ports import free_port

# The pictures of the handbook, and how much of their height it shows.
PUBLISHED = {
    **{"admin-tautan": 768, "admin-peran-menunggu": 560, "admin-jejak": 768, "telaah-soal": 768, "bank-daftar": 768},
    **{"paket-jadi": 768, "sesi-rencana": 768, "sesi-peserta-salah": 768, "sesi-kartu": 768, "ruang-layar": 768},
    **{"ruang-menunggu": 768, "ruang-berlangsung": 768, "peserta-masuk": 680, "peserta-siap": 768, "runner-item": 768},
    **{"peserta-periksa-akhir": 700, "peserta-tanda-terima": 700, "analisis-ringkasan": 768, "analisis-soal": 768},
    **{"peserta-berkas-darurat": 768, "ruang-berkas-darurat": 768, "ruang-gangguan": 768},
    **{"analisis-putusan": 768, "penilaian-kunci": 768, "penilaian-nilai": 768, "hasil": 768},
}


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(**CHROMIUM)
    yield browser
    browser.close()


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """An installation as an operator makes it: migrated, seeded, and empty of people."""
    port = free_port()
    platform = build(load({}, data=tmp_path / "data", port=port, secret=SecretStr(""), log_level="error"))
    command(platform.settings, "migrate")
    command(platform.settings, "seed")
    yield platform
    platform.database.engine.dispose()


@pytest.fixture
def stage(platform: Platform, browser: Browser, tmp_path: Path) -> Iterator[Stage]:
    expect.set_options(timeout=PATIENCE)
    with FirstStart(platform.settings, tmp_path / "server.log") as server:
        yield (stage := Stage(platform, server, browser, tmp_path))
        stage.keep_last_pages()
    expect.set_options(timeout=None)


def test_the_whole_loop_from_an_empty_house_to_a_result(stage: Stage) -> None:
    people = move_in(stage)
    bank.give_a_task(people["bank_manager"])
    bank.write_an_item(people["item_writer"])
    bank.ask_reviewers(people["bank_manager"])
    bank.review(people["reviewer"], is_last=False)
    bank.review(people["second_reviewer"], is_last=True)
    bank.read_bank(people["bank_manager"])
    try_out(stage, people)
    office.analyse(people["psychometrician"])
    office.curate(people["psychometrician"])
    card = operate(stage, people)
    run = decide(people)
    office.read_result(stage, card)
    take_along(people["psychometrician"], run)
    office.read_audit(people["admin"])
    with stage.platform.database.reading() as session:
        assert chain_state(session).broken is None
    stage.publish(PUBLISHED)
    assert stage.complaints == []


def move_in(stage: Stage) -> dict[str, Person]:
    """The first administrator sets up sites and people; everybody sets a password."""
    assert isinstance(stage.server, FirstStart)
    people = {"admin": stage.person("admin")}
    admin = people["admin"]
    office.set_up(admin, stage.server.setup_link)
    office.add_sites(admin)
    links = {
        who: office.appoint(admin, who, picture="admin-tautan" if who is office.STAFF[1] else "")
        for who in office.STAFF
    }
    links[office.SECOND_ADMIN] = office.appoint(admin, office.SECOND_ADMIN)
    for who, link in links.items():
        _name, email, role, _site = who
        key = f"second_{role}" if role in people else role
        people[key] = stage.person(key)
        people[key].set_password(link, email, picture="akun-kata-sandi" if key == "reviewer" else "")
    link = office.appoint(admin, office.SECOND_MEMBER)
    admin.look("admin-akun-satu")
    office.approve_role(people["second_admin"])
    people["second_committee"] = stage.person("second member of the committee")
    people["second_committee"].set_password(link, office.SECOND_MEMBER[1])
    admin.open("/admin/akun")
    admin.look("admin-akun")
    return people


def try_out(stage: Stage, people: dict[str, Person]) -> None:
    """The try-out: one candidate in person, sixty who follow the same contract without a browser."""
    manager, proctor = people["bank_manager"], people["proktor"]
    office.assemble(manager, TRYOUT)
    office.plan(manager, TRYOUT)
    office.enrol(manager, TRYOUT)
    card, *others = office.print_cards(manager, TRYOUT)
    code = room.open_room(proctor, TRYOUT.room)
    room.show_code(proctor, code)
    candidate = stage.person("candidate")
    room.arrive(candidate, card, code, picture="peserta")
    room.wait_for_admission(candidate)
    crowd = Crowd(stage.server, others)
    crowd.arrive(code)
    room.admit(proctor, 1)
    room.admit_everybody(proctor)
    crowd.begin_work(FormTruth.of(stage.platform, TRYOUT.room), mean=0.0, seed=2026)
    room.begin(candidate)
    room.work_a_little(candidate)
    room.look_at_a_figure(candidate)
    room.reload(candidate)
    room.watch_board(proctor)
    with candidate.excusing("401"):  # the old page asks once more, and is told that the seat went on elsewhere
        room.release_seat(proctor, 1)
        elsewhere = stage.person("candidate elsewhere")
        room.arrive(elsewhere, card, code)
        room.go_on(elsewhere)
        room.add_minutes(proctor, 1)
        room.hear_of_minutes(elsewhere)
        fingerprint, file = room.save_a_file(elsewhere)
        room.take_the_file(proctor, 1, fingerprint=fingerprint, file=file)
        room.note_silences(stage.platform, TRYOUT.room)
        room.read_outages(proctor)
        room.finish(elsewhere)
        candidate.leave()
    elsewhere.leave()
    assert len(set(crowd.finish())) == len(others)
    room.close_and_seal(proctor, TRYOUT.room, picture=True)


def operate(stage: Stage, people: dict[str, Person]) -> PrintedCard:
    """The test that counts, with items that data speak for; the card of one who passed comes back."""
    manager, proctor = people["bank_manager"], people["proktor"]
    office.assemble(manager, OPERATIONAL)
    office.plan(manager, OPERATIONAL)
    office.enrol(manager, OPERATIONAL)
    cards = office.print_cards(manager, OPERATIONAL)
    code = room.open_room(proctor, OPERATIONAL.room)
    crowd = Crowd(stage.server, cards)
    crowd.arrive(code)
    room.admit_everybody(proctor)
    crowd.begin_work(FormTruth.of(stage.platform, OPERATIONAL.room), mean=1.2, seed=75)
    assert len(set(crowd.finish())) == len(cards)
    room.close_and_seal(proctor, OPERATIONAL.room)
    return cards[5]


def decide(people: dict[str, Person]) -> str:
    """Keys, scores, release: nobody does two of these things alone. The address of the run comes back."""
    psychometrician, first, second = (people[who] for who in ("psychometrician", "committee", "second_committee"))
    office.propose_keys(psychometrician)
    office.sign_keys(first, picture="penilaian-kunci")
    office.sign_keys(second)
    office.score(psychometrician)
    run = psychometrician.page.url
    office.propose_release(first, run)
    office.approve_release(second, run)
    return run


def take_along(psychometrician: Person, run: str) -> None:
    """Save the scores as files: both tell of the same people."""
    psychometrician.open(run)
    psychometrician.look("penilaian-rilis")
    as_csv = psychometrician.download(psychometrician.page.locator('a[href$="nilai.csv"]'))
    as_xlsx = psychometrician.download(psychometrician.page.locator('a[href$="nilai.xlsx"]'))
    rows = list(csv.reader(io.StringIO(as_csv.read_text(encoding="utf-8-sig"))))
    sheet = openpyxl.load_workbook(as_xlsx).worksheets[0]
    assert len(rows) == len(list(sheet.rows)) == 1 + OPERATIONAL.n_candidates
