"""A room with the real server behind it: seats for candidates, what a proctor and bad luck do, and what was kept.

The server, its database and the ways to kill it are those of the tests of faults; here people sit at browsers.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from exam import journal
from exam.model import Attempt, Enrolment
from exam.receipts import is_genuine
from exam.states import AttemptState, StepKind, StepMark
from testing_platform.demo.candidates import Card
from tests.exam_room import START_CODE
from tests.faults.checker import Kept, as_kept
from tests.faults.installation import Installation, installation, make_template

N_SEATS = 24
LETTERS = "ABCDE"


@dataclass(frozen=True)
class Paper:
    """What the server keeps of one candidate, in the words of the screen: places as shown, letters."""

    state: AttemptState
    answers: Mapping[int, str]  # as the replay finds them
    acts: tuple[tuple[str, int, str], ...]  # every step on an item in order: kind, place, letter or value
    marks: frozenset[StepMark]

    def times(self, kind: str, place: int) -> int:
        """How often this was done on the item at this place."""
        return sum(act[:2] == (kind, place) for act in self.acts)


@dataclass
class RealRoom:
    """The running site, and the cards that nobody holds yet."""

    site: Installation
    cards: list[Card] = field(default_factory=list)

    @property
    def page(self) -> str:
        """The address of the candidates' page."""
        return "http://{}:{}/ujian".format(*self.site.address)

    def card(self) -> Card:
        """A card for one more candidate."""
        return self.cards.pop()

    def paper(self, card: Card) -> Paper:
        """Read the journal of this candidate from the database; it must hold, and hold each step once."""
        with self.site.platform.database.reading() as session:
            seat = Enrolment.participant_number == card.participant_number
            kept = Kept.of(session, session.scalars(select(Attempt).join(Enrolment).where(seat)).one())
            steps = [(as_kept(step), step.digest) for step in kept.steps]
            assert journal.first_broken(kept.attempt.genesis, steps) is None
            assert (kept.attempt.last_seq, kept.attempt.digest) == (len(steps), steps[-1][1])
            assert len(set(kept.acts())) == len(steps), "a step is there twice"
            return _paper(kept)

    def is_genuine(self, receipt: Mapping[str, object]) -> bool:
        """Whether this receipt carries the site's signature."""
        return is_genuine(receipt, self.site.platform.keys.public)


def _paper(kept: Kept) -> Paper:
    places = {position: place for place, position in enumerate(kept.attempt.item_order, start=1)}
    found = journal.replay((step.kind, step.item, step.option, step.value, step.mark) for step in kept.steps)
    acts = [
        (step.kind.value, places[step.item], step.value or ("" if step.option is None else LETTERS[step.option]))
        for step in kept.steps
        if step.item is not None
    ]
    return Paper(
        state=kept.attempt.state,
        answers={places[item]: LETTERS[option] for item, option in found.answers.items() if option is not None},
        acts=tuple(acts),
        marks=frozenset(step.mark for step in kept.steps if step.kind is StepKind.ANSWER),
    )


@contextmanager
def real_room(folder: Path) -> Iterator[RealRoom]:
    """An open sitting on a fresh installation, served."""
    template = make_template("sqlite", folder / "template", n_seats=N_SEATS)
    with installation(template) as site:
        site.start()
        yield RealRoom(site, list(template.cards))


def sit_down(page: Page, room: RealRoom, card: Card, *, address: str = "") -> None:
    """Sign in and give the start code; everything is fetched, the identity check is still to come."""
    page.goto(address or room.page)
    page.get_by_label("Nomor peserta").fill(card.participant_number)
    page.get_by_label("PIN").fill(card.pin)
    page.get_by_role("button", name="Masuk").click()
    page.get_by_role("button", name="Ya, benar").click()
    page.get_by_label("Kode mulai").fill(START_CODE)
    page.get_by_role("button", name="Lanjutkan").click()
    expect(page.get_by_text("Semua soal dan gambar sudah lengkap")).to_be_visible()


def begin(page: Page, room: RealRoom, card: Card, *, address: str = "") -> None:
    """Come to the first item."""
    sit_down(page, room, card, address=address)
    start_work(page, room)


def start_work(page: Page, room: RealRoom) -> None:
    """Be admitted, and start the clock."""
    room.site.admit()
    page.reload()  # it asks at once, where the page by itself asks every three seconds
    page.get_by_role("button", name="Mulai mengerjakan").click()
    expect(page.get_by_role("heading", name="Soal 1 dari 40")).to_be_visible()


def until_kept(page: Page) -> None:
    """The service worker has the whole page; from now on the server may go."""
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
