"""The story at desks: administration, bank, forms, sittings, analysis, scores and release."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.browser.story_candidates import PrintedCard, read_cards
from tests.browser.story_stage import Person, Stage

ADMIN = "admin@localhost"
SITES = (
    ("LPTK-YK", "Universitas Contoh Yogyakarta", "LPTK", "DI Yogyakarta", "WIB"),
    ("LPMP-MK", "LPMP Contoh Makassar", "LPMP", "Sulawesi Selatan", "WITA"),
)
ZONE = ZoneInfo("Asia/Makassar")
PLACE = "LPMP Contoh Makassar"

# Everybody but the second administrator and the second member of the committee, who come when two are needed.
STAFF = (
    ("Bambang Hartono, M.Pd.", "bambang@contoh.test", "item_writer", ""),
    ("Siti Rahmawati, M.Pd.", "siti@contoh.test", "reviewer", ""),
    ("Hendra Gunawan, M.Pd.", "hendra@contoh.test", "reviewer", ""),
    ("Made Wirawan, S.Pd.", "made@contoh.test", "bank_manager", ""),
    ("Ratna Dewi, M.Si.", "ratna@contoh.test", "psychometrician", ""),
    ("Dr. Yohanes Mote", "yohanes@contoh.test", "committee", ""),
    ("Andi Tenri, S.Kom.", "andi@contoh.test", "proktor", "LPMP-MK"),
)
SECOND_ADMIN = ("Wulan Sari, M.Ak.", "wulan@contoh.test", "admin", "")
SECOND_MEMBER = ("Dr. Nurhayati Lubis", "nurhayati@contoh.test", "committee", "")

# The administrator's office -----------------------------------------------------------------------------------------


def set_up(admin: Person, link: str) -> None:
    """The first administrator takes the keys of the house."""
    admin.set_password(link, ADMIN, picture="admin-tautan-pertama")
    expect(admin.page).to_have_url(re.compile(r"/admin/akun$"))


def add_sites(admin: Person) -> None:
    """Add the places where the test is sat."""
    admin.open("/admin/tempat")
    admin.look("admin-tempat-kosong")
    for code, name, kind, province, zone in SITES:
        admin.go("/admin/tempat/baru")
        admin.fill(code=code, name=name, province=province)
        admin.check("kind", kind)
        admin.check("zone", zone)
        if code == SITES[0][0]:
            admin.look("admin-tempat-baru")
        admin.press("/admin/tempat/baru")
    expect(admin.page.locator("tbody tr")).to_have_count(len(SITES))
    admin.look("admin-tempat")


def appoint(admin: Person, who: tuple[str, str, str, str], *, picture: str = "") -> str:
    """Add an account, keep its one-time link for the owner, and grant the role."""
    name, email, role, site = who
    admin.open("/admin/akun/baru")
    admin.fill(full_name=name, email=email)
    admin.press("/admin/akun/baru")
    link = admin.page.locator("#f-link").input_value()
    if picture:
        admin.look(picture)
    admin.go("#roles")
    admin.page.locator('main [name="role"]').select_option(role)
    if site:
        admin.page.locator('main [name="site"]').select_option(label=f"{PLACE} ({site})")
    admin.press("/peran")
    return link


def approve_role(admin: Person) -> None:
    """A second administrator puts a proposed role into effect."""
    admin.open("/admin/akun")
    expect(admin.page.locator('form[action$="/setujui"]')).to_have_count(1)
    admin.look("admin-peran-menunggu")
    admin.press("/setujui")
    expect(admin.page.locator('form[action$="/setujui"]')).to_have_count(0)


def read_audit(admin: Person) -> None:
    """Read what everybody did, and see that nobody tampered with it."""
    admin.open("/admin/jejak")
    expect(admin.page.locator("section.tp-live .tp-notice-ok")).to_be_visible()
    admin.look("admin-jejak")


# Forms and sittings -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """A round of testing with one form and one sitting."""

    purpose: str
    code: str
    title: str
    room: str
    n_candidates: int
    first_number: int

    @property
    def is_first(self) -> bool:
        """The first round is the one that the handbook shows."""
        return self.purpose == "tryout"


TRYOUT = Round("tryout", "UC-2026-1", "Uji coba matematika", "Lab Komputer 1", n_candidates=61, first_number=1)
OPERATIONAL = Round(
    "operational", "UT-2026-1", "Uji tulis matematika", "Lab Komputer 2", n_candidates=30, first_number=101
)


def assemble(manager: Person, round_: Round) -> None:
    """Open the administration and assemble its form."""
    manager.open("/paket/pelaksanaan/baru")
    manager.check("purpose", round_.purpose)
    manager.fill(code=round_.code, title=round_.title)
    if round_.is_first:
        manager.look("paket-pelaksanaan")
    manager.press("/paket/pelaksanaan/baru")
    manager.check("specification", "uji-tulis-40")
    manager.fill(code=f"{round_.code}-A", title=f"{round_.title}, paket A", seed="2026")
    if round_.is_first:
        manager.look("paket-rakit")
    manager.press("/paket/baru")
    expect(manager.page).to_have_url(re.compile(r"/paket/[0-9a-f-]{36}$"))
    if round_.is_first:
        manager.look("paket-jadi")


def plan(manager: Person, round_: Round) -> None:
    """Plan the sitting; its times are those of the clock in Makassar."""
    manager.open("/sesi/baru")
    form = manager.page.locator('main [name="form"]')
    form.select_option(form.locator("option", has_text=f"{round_.code}-A").get_attribute("value"))
    site = manager.page.locator('main [name="site"]')
    site.select_option(site.locator("option", has_text=PLACE).get_attribute("value"))
    manager.press("/sesi/baru")
    opens = datetime.now(ZONE) + timedelta(minutes=10)
    manager.fill(
        room=round_.room,
        title=f"{round_.title}, sesi 1",
        opens=opens.strftime("%Y-%m-%dT%H:%M"),
        closes=(opens + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M"),
    )
    if round_.is_first:
        manager.look("sesi-rencana")
    manager.press("/sesi/baru")
    expect(manager.page.get_by_text("WITA").first).to_be_visible()


def roster(round_: Round, *, mistaken: bool = False) -> bytes:
    """The list of candidates as a school office would send it; the mistaken one as it sometimes does."""
    names = (
        "Aisyah Daeng",
        "Budi Tangke",
        "Citra Lestari",
        "Dewi Anggraini",
        "Eko Prasetyo",
        "Fitri Ramli",
        "Gilang Putra",
    )
    lines = ["nuptk,nama,jenjang,mapel,sekolah"]
    for number in range(round_.first_number, round_.first_number + round_.n_candidates):
        name = f"{names[number % len(names)]} {'ABCDEFGHIJ'[number % 10]}."
        level = ("SMP", "SMA", "SMK")[number % 3]
        lines.append(
            f"{9_000_000_000_000_000 + number},{name},{level},Matematika,{level} Negeri {number % 20 + 1} Contoh"
        )
    if mistaken:
        lines[3] = lines[2]
        lines[5] = "12345,Nomor Pendek,SMP,Matematika,SMP Negeri 9 Contoh"
        lines[6] = lines[6].replace(",Matematika,", ",,")
    return "\n".join(lines).encode()


def enrol(manager: Person, round_: Round) -> None:
    """Send the roster; the first file is wrong, and the page says where."""
    manager.go("/peserta")
    if round_.is_first:
        _send(manager, roster(round_, mistaken=True), refused=True)
        assert manager.page.locator("#problems tbody tr").count() >= 3
        manager.look("sesi-peserta-salah")
    _send(manager, roster(round_))
    expect(manager.page.locator("#people tbody tr")).to_have_count(round_.n_candidates)
    if round_.is_first:
        manager.look("sesi-siap")


def _send(manager: Person, content: bytes, *, refused: bool = False) -> None:
    file = {"name": "peserta.csv", "mimeType": "text/csv", "buffer": content}
    manager.page.locator('main [name="roster"]').set_input_files(file)  # type: ignore[arg-type]
    with manager.excusing("status of 422") if refused else manager.excusing():
        manager.press("/peserta")


def print_cards(manager: Person, round_: Round) -> list[PrintedCard]:
    """Issue the cards; PIN and result code come from the paper and from nowhere else."""
    manager.go("/kartu")
    if round_.is_first:
        manager.look("sesi-kartu")
    pdf = manager.download(manager.page.locator('form[action$="/kartu"] button[type=submit]'))
    cards = read_cards(pdf)
    assert len(cards) == len({card.number for card in cards}) == round_.n_candidates
    expect(manager.page.locator("#cards-state")).to_contain_text(f"{round_.n_candidates}")
    return cards


# Analysis -----------------------------------------------------------------------------------------------------------


def analyse(psychometrician: Person) -> None:
    """Start the analysis, watch it, read the report."""
    psychometrician.open("/analisis/")
    psychometrician.look("analisis-daftar")
    psychometrician.press("/mulai")
    psychometrician.look("analisis-berjalan")
    expect(psychometrician.page.locator(".tp-figures").first).to_be_visible(timeout=90_000)
    expect(psychometrician.page.locator("main")).to_contain_text(f"Hanya {TRYOUT.n_candidates} peserta: di bawah 100, ")
    psychometrician.look("analisis-ringkasan")


def curate(psychometrician: Person) -> None:
    """Accept what the policy would keep at once, and decide on the rest one by one, with reasons."""
    report = psychometrician.page.url.partition("?")[0]
    psychometrician.open(report + "?bagian=soal")
    psychometrician.look("analisis-soal")
    psychometrician.confirm("accept-kept", picture="analisis-terima")
    psychometrician.open(report + "?bagian=soal&usulan=menunggu")
    rest = psychometrician.page.locator("tbody th a").evaluate_all("links => links.map((link) => link.href)")
    for number, address in enumerate(rest):
        psychometrician.open(address)
        _decide(psychometrician, picture="analisis-putusan" if number == 0 else "")
    psychometrician.open(report + "?bagian=soal&usulan=menunggu")
    expect(psychometrician.page.locator("tbody th a")).to_have_count(0)


def _decide(psychometrician: Person, *, picture: str) -> None:
    operational = psychometrician.page.locator('main [name="choice"][value$=":operational"]')
    operational.check()
    psychometrician.fill(reason="Hanya 61 peserta; isi soal sudah diperiksa ulang dan tetap dipakai.")
    if picture:
        psychometrician.look(picture)
    psychometrician.press("/putusan")


# Scores and release -------------------------------------------------------------------------------------------------


def propose_keys(psychometrician: Person) -> None:
    """Put the keys of the bank up for signing."""
    psychometrician.open("/penilaian/")
    psychometrician.go("/kunci")
    psychometrician.press("/kunci")


def sign_keys(member: Person, *, picture: str = "") -> None:
    """Read every key and sign."""
    member.open("/penilaian/")
    member.go("/kunci")
    if picture:
        member.look(picture)
    member.press("/tanda-tangan")


def score(psychometrician: Person) -> None:
    """Let the answers be scored."""
    psychometrician.open("/penilaian/")
    psychometrician.look("penilaian-daftar")
    psychometrician.press("/skor")
    expect(psychometrician.page).to_have_url(re.compile("/penilaian/hasil/"))
    psychometrician.look("penilaian-nilai")


def propose_release(member: Person, run: str) -> None:
    """Ask for the results to go out."""
    member.open(run)
    member.press("/usul")


def approve_release(member: Person, run: str) -> None:
    """Let the results go out."""
    member.open(run)
    member.look("penilaian-setujui")
    member.press("/setujui")
    expect(member.page.locator('form[action$="/setujui"]')).to_have_count(0)


def read_result(stage: Stage, card: PrintedCard) -> None:
    """A candidate opens the own result with what stands on the card."""
    candidate = stage.person("candidate at home")
    candidate.open("/")
    candidate.look("depan")
    candidate.go("/hasil/")
    candidate.look("hasil-tanya")
    candidate.fill(participant_number=card.number, code=card.result_code.lower())
    candidate.press("/hasil/")
    expect(candidate.page.locator("[data-state=pass]")).to_be_visible()
    candidate.look("hasil")
    candidate.leave()
