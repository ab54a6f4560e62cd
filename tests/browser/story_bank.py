"""The story at the desks of the bank: an empty cell of a blueprint becomes an approved item, through pages only."""

import re

from playwright.sync_api import expect

from itembank.checklist import current_checklist
from tests.browser.story_stage import Person

CELL, ITEM = "F03", "FIS-PRO-03-1"
STEM = "Sebuah balok bermassa 2 kg diam di permukaan miring kasar bersudut $30^\\circ$. Besar gaya geseknya adalah ..."
OPTIONS = ("6 N", "8 N", "10 N", "17 N", "20 N")
RATIONALE = (
    "Kunci: C. Balok diam, maka gaya gesek mengimbangi $mg\\sin 30^\\circ = 10$ N. A dan B memakai koefisien gesek "
    "yang tidak diketahui, D memakai kosinus, E memakai seluruh berat."
)


def give_a_task(manager: Person) -> None:
    """The heat map shows an empty cell; two presses make it somebody's task."""
    manager.open("/kisi-kisi/fisika-profesional/peta")
    manager.look("kisi-peta")
    row = manager.page.locator("tr", has=manager.page.get_by_role("link", name=CELL, exact=True)).first
    manager.follow(row.get_by_role("link", name="Beri tugas"))
    manager.look("kisi-sel")
    manager.follow(manager.page.get_by_role("button", name="Beri tugas"))


def write_an_item(writer: Person) -> None:
    """The task waits on the writer's desk; the item is written, checked and handed to the reviewers."""
    writer.open("/menulis/")
    writer.look("menulis-meja")
    writer.follow(writer.page.get_by_role("button", name="Tulis butir soal"))
    writer.fill(stem=STEM, rationale=RATIONALE)
    for letter, option in zip("ABCDE", OPTIONS, strict=True):
        writer.page.get_by_label(f"Pilihan {letter}", exact=True).fill(option)
    writer.page.get_by_role("radio", name="C adalah kunci").check()
    writer.look("menulis-soal")
    writer.follow(writer.page.get_by_role("button", name="Serahkan kepada penelaah"))
    expect(writer.page.locator('[data-state="in_review"]').first).to_be_visible()


def ask_reviewers(manager: Person) -> None:
    """Take the proposal of the board: two people read what was handed in."""
    manager.open("/papan-telaah/")
    manager.look("telaah-papan")
    manager.press("/papan-telaah/tugaskan")
    expect(manager.page.locator("#penelaah tbody tr")).to_have_count(2)


def review(reviewer: Person, *, is_last: bool) -> None:
    """Read an item and mark every criterion; the second reading without a no approves it."""
    expect(reviewer.page).to_have_url(re.compile("/telaah/?"))
    reviewer.open("/telaah/")
    if is_last:
        reviewer.look("telaah-antrean")
    reviewer.follow(reviewer.page.get_by_role("link", name=ITEM))
    if is_last:
        reviewer.look("telaah-soal")
    for code in current_checklist().codes:
        reviewer.check(f"mark-{code}", "yes")
    reviewer.fill(comment="Sudah sesuai indikator; pengecoh menangkap salah paham yang lazim.")
    reviewer.follow(reviewer.page.locator("form#review button[type=submit]"))
    if is_last:
        reviewer.look("telaah-putusan")
    reviewer.go("/telaah/")
    state = "approved" if is_last else "in_review"
    expect(reviewer.page.locator(f'tbody [data-state="{state}"]')).to_have_count(1)


def read_bank(manager: Person) -> None:
    """Look through the bank: the list, an item, how well the blueprint is covered."""
    manager.open("/bank/")
    manager.look("bank-daftar")
    manager.follow(manager.page.locator("tbody th a").first)
    manager.look("bank-soal")
