"""A candidate without a mouse, over the real server: from the first field to the receipt with keys alone.

Nothing here clicks, fills or focuses by the back door. After every move the focus must stand somewhere sensible and be
seen, and what a screen reader is told is read from the live regions.
"""

import re

from playwright.sync_api import Page, expect

from tests.browser.real_room import RealRoom
from tests.exam_room import START_CODE

SAVED = "Semua jawaban tersimpan di server"

# Whether the focus is drawn: an outline or a shadow on the element, or on the label that draws an input. A heading
# cannot be operated and needs none.
FOCUS_IS_SEEN = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return false;
    if (one.matches(':is(h1, h2)[tabindex="-1"]')) return true;
    const seen = [one, one.closest('label')].filter(Boolean).map((each) => getComputedStyle(each));
    const isDrawn = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    return seen.some((style) => isDrawn(style) || style.boxShadow !== 'none');
}"""


class Keyboard:
    """Two hands on the keys."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def scan(self, code: str) -> None:
        """What a scanner does: types fast and ends with Enter."""
        self.page.keyboard.type(code)
        self.press("Enter")

    def paste(self, text: str) -> None:
        """Ctrl+V of something that was copied elsewhere."""
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.press("Control+v")

    def stands_on(self, name: str) -> None:
        """The focus is on this button, and an eye finds it."""
        expect(self.page.get_by_role("button", name=name, exact=True)).to_be_focused()
        assert self.page.evaluate(FOCUS_IS_SEEN), f"nobody sees that {name} has the focus"

    def walk_to(self, name: str, *, back: bool = False) -> None:
        """Tab until the button of this name has the focus; every stop on the way is seen."""
        target = self.page.get_by_role("button", name=name, exact=True)
        for _ in range(90):
            self.press("Shift+Tab" if back else "Tab")
            assert self.page.evaluate(FOCUS_IS_SEEN), self.page.evaluate("document.activeElement.outerHTML")[:200]
            if target.evaluate_all("all => all.includes(document.activeElement)"):
                return
        raise AssertionError(f"the keyboard does not reach {name}")

    def heading(self, text: str) -> None:
        """A new page or item is there, and the focus on its heading."""
        expect(self.page.get_by_role("heading", name=text, exact=True)).to_be_focused()


def test_a_candidate_without_a_mouse(page: Page, open_room: RealRoom) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    card, keys = open_room.card(), Keyboard(page)
    page.goto(open_room.page)
    come_in(keys, card.participant_number, card.pin)
    practise(keys)
    start(keys, open_room)
    choose_change_and_clear(keys)
    flag_and_report(keys)
    see_a_picture_large(keys)
    change_the_looks(keys)
    ask_for_help_and_time(keys)
    find_the_way_in_the_grid(keys)
    hear_of_the_network(keys)
    hand_in(keys)
    paper = open_room.paper(card)
    assert paper.answers == {1: "C", 3: "A", 4: "B", 40: "D"}
    assert [act for act in paper.acts if act[:2] == ("answer", 2)] == [("answer", 2, "A"), ("answer", 2, "")]
    assert [act for act in paper.acts if act[:2] == ("flag", 4)] == [("flag", 4, "on")]
    (report,) = [value for kind, place, value in paper.acts if (kind, place) == ("challenge", 3)]
    assert report.startswith("two-answers;answer=A;")


def come_in(keys: Keyboard, number: str, pin: str) -> None:
    page = keys.page
    expect(page.get_by_label("Nomor peserta")).to_be_focused()
    keys.scan(number)  # its Enter leads on to the PIN
    expect(page.get_by_label("PIN")).to_be_focused()
    keys.paste(f" {pin.lower()} ")
    expect(page.get_by_label("PIN")).to_have_value("-".join(re.findall(".{1,4}", pin)))
    keys.press("Enter")
    keys.heading("Apakah data ini benar?")
    keys.walk_to("Ya, benar")
    keys.press("Enter")
    expect(page.get_by_label("Kode mulai")).to_be_focused()
    keys.scan(START_CODE)
    keys.heading("Mohon tunggu sebentar")


def practise(keys: Keyboard) -> None:
    keys.walk_to("Coba soal latihan")
    keys.press("Enter")
    keys.heading("Soal 1 dari 3")
    keys.press("b")
    expect(keys.page.get_by_role("radio", checked=True)).to_have_count(1)
    keys.walk_to("Selesai latihan")
    keys.press("Enter")


def start(keys: Keyboard, room: RealRoom) -> None:
    room.site.admit()
    expect(keys.page.get_by_role("heading", name="Semua sudah siap")).to_be_visible(timeout=15_000)
    expect(keys.page.get_by_role("status").filter(has_text="Silakan mulai")).to_be_visible()
    keys.walk_to("Mulai mengerjakan")
    keys.press("Enter")
    keys.heading("Soal 1 dari 40")


def choose_change_and_clear(keys: Keyboard) -> None:
    keys.press("a")
    keys.heading("Soal 1 dari 40")
    keys.press("c")  # changed: the last one counts
    keys.press("ArrowRight")
    keys.heading("Soal 2 dari 40")
    keys.press("a")
    keys.walk_to("Hapus jawaban")
    keys.press("Enter")
    expect(keys.page.get_by_role("radio", checked=True)).to_have_count(0)
    expect(keys.page.get_by_text("Belum dijawab").first).to_be_visible()
    assert keys.page.evaluate("document.activeElement.type") == "radio", "the focus fell off the button that went dead"
    assert keys.page.evaluate(FOCUS_IS_SEEN)


def flag_and_report(keys: Keyboard) -> None:
    page = keys.page
    keys.press("n")
    keys.heading("Soal 3 dari 40")
    keys.press("1")
    keys.press("l", "2")  # two presses: that there are two right answers
    expect(page.get_by_role("alert").filter(has_text="Laporan Anda untuk soal 3 sudah dicatat")).to_be_visible()
    keys.heading("Soal 3 dari 40")
    keys.press("n", "b", "r")
    expect(page.get_by_role("button", name="Soal 4 terjawab B, ragu-ragu")).to_be_visible()
    expect(page.get_by_role("button", name="Ragu-ragu", exact=True)).to_have_attribute("aria-pressed", "true")


def see_a_picture_large(keys: Keyboard) -> None:
    page = keys.page
    for place in range(5, 41):
        keys.press("n")
        keys.heading(f"Soal {place} dari 40")
        if page.get_by_role("button", name="Perbesar gambar").count():
            break
    keys.walk_to("Perbesar gambar")
    keys.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("heading", name="Gambar soal")).to_be_focused()
    keys.press("Escape")
    keys.stands_on("Perbesar gambar")


def change_the_looks(keys: Keyboard) -> None:
    page = keys.page
    keys.walk_to("Tampilan", back=True)
    keys.press("Enter")
    expect(page.get_by_role("dialog", name="Tampilan")).to_be_visible()
    walk_to_radio(keys, "theme")
    keys.press("ArrowRight", "ArrowRight")
    expect(page.locator("html")).to_have_attribute("data-theme", "contrast")
    walk_to_radio(keys, "size")
    keys.press("ArrowRight")
    expect(page.locator("html")).to_have_attribute("data-size", "large")
    keys.press("Escape")
    keys.stands_on("Tampilan")


def walk_to_radio(keys: Keyboard, name: str) -> None:
    for _ in range(12):
        if keys.page.evaluate("document.activeElement.name") == name:
            assert keys.page.evaluate(FOCUS_IS_SEEN)
            return
        keys.press("Tab")
    raise AssertionError(f"the keyboard does not reach {name}")


def ask_for_help_and_time(keys: Keyboard) -> None:
    page = keys.page
    keys.press("?")
    expect(page.get_by_role("dialog", name="Bantuan").get_by_role("row")).to_have_count(11)
    keys.press("Escape")
    keys.press("t")
    expect(page.locator("#announcer")).to_have_text(re.compile(r"Sisa waktu (2:00:00|1:59:\d\d)\."))


def find_the_way_in_the_grid(keys: Keyboard) -> None:
    keys.walk_to("Soal 40 belum dijawab")
    keys.press("Enter")
    keys.heading("Soal 40 dari 40")
    keys.press("d")
    expect(keys.page.locator(".saved")).to_have_text(SAVED)


def hear_of_the_network(keys: Keyboard) -> None:
    """Who does not see the line of the header is told what happens, in words that calm."""
    announcer = keys.page.locator("#announcer")
    keys.page.context.set_offline(True)
    keys.press("r")
    expect(announcer).to_contain_text("Sambungan ke server terputus. Silakan terus bekerja")
    keys.page.context.set_offline(False)
    expect(announcer).to_have_text("Sambungan kembali. Semua jawaban tersimpan di server.", timeout=15_000)
    keys.press("r")
    keys.heading("Soal 40 dari 40")


def hand_in(keys: Keyboard) -> None:
    page = keys.page
    keys.walk_to("Periksa akhir")
    keys.press("Enter")
    keys.heading("Periksa akhir")
    expect(page.locator("main").get_by_role("status")).to_have_text(SAVED)
    keys.walk_to("Kembali ke soal 2")
    keys.press("Enter")
    keys.heading("Soal 2 dari 40")
    keys.walk_to("Periksa akhir dan kumpulkan")
    keys.press("Enter")
    keys.heading("Periksa akhir")
    keys.walk_to("Kumpulkan jawaban")
    keys.press("Enter")
    expect(page.get_by_role("dialog", name="Kumpulkan jawaban sekarang?")).to_be_visible()
    keys.walk_to("Ya, kumpulkan")
    keys.press("Enter")
    keys.heading("Jawaban Anda sudah diterima")
    expect(page.locator("main")).to_contain_text(re.compile("4 dari 40"))
