"""The candidates of the story who are no human: cards read out of the printed PDF, answers from a model of truth."""

import random
import re
import zlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from pypdf import PdfReader
from sqlalchemy import select

from analysis.simulation import draw_item, probability_right
from exam.credentials import parse_pin
from exam.model import FormItem, Sitting
from testing_platform.demo.candidates import Candidate, Card, Connection
from testing_platform.demo.server import Server
from testing_platform.wiring import Platform

AT_ONCE = 4
_CARD = re.compile(r"(\d{2} \d{4} \d{4})\D.*?((?:[0-9A-Z]{4}-){3}[0-9A-Z]).*?((?:[0-9A-Z]{4}-){3}[0-9A-Z])", re.DOTALL)


@dataclass(frozen=True)
class PrintedCard:
    """What a candidate reads on the card in hand."""

    number: str
    pin: str = field(repr=False)
    result_code: str = field(repr=False)


def read_cards(pdf: Path) -> list[PrintedCard]:
    """The cards of a PDF, in the order of the seats."""
    text = "\n".join(page.extract_text() for page in PdfReader(pdf).pages)
    return [PrintedCard(*found) for found in _CARD.findall(text)]


@dataclass(frozen=True)
class FormTruth:
    """How likely each option of each item is, for people of any ability; a browser knows nothing of this."""

    item_keys: tuple[str, ...]
    option_keys: tuple[tuple[str, ...], ...]
    codes: tuple[str, ...]
    key_positions: tuple[int, ...]

    @classmethod
    def of(cls, platform: Platform, room: str) -> "FormTruth":
        """The truth behind the form of the sitting in this room."""
        with platform.database.reading() as session:
            form = session.scalars(select(Sitting.form_id).where(Sitting.room == room)).one()
            rows = session.scalars(select(FormItem).where(FormItem.form_id == form).order_by(FormItem.position)).all()
            return cls(
                item_keys=tuple(row.item_key for row in rows),
                option_keys=tuple(tuple(row.option_keys) for row in rows),
                codes=tuple(row.version.item.code for row in rows),
                key_positions=tuple(row.version.key_position for row in rows),
            )

    def answers(self, ability: float, *, seed: int) -> dict[str, str]:
        """What a person of this ability chooses: a sound item each, so few that the policy doubts many of them."""
        chance = random.Random(seed)
        chosen = {}
        for place, code in enumerate(self.codes):
            key = self.key_positions[place]
            is_right = chance.random() < _chance_right(code, key, ability)
            wrong = [option for option in range(len(self.option_keys[place])) if option != key]
            chosen[self.item_keys[place]] = self.option_keys[place][key if is_right else chance.choice(wrong)]
        return chosen


def _chance_right(code: str, key: int, ability: float) -> float:
    item = draw_item(np.random.default_rng(zlib.crc32(code.encode())), key=key)
    sharp = replace(item, a=max(item.a, 1.4), b=item.b / 2)
    return float(probability_right([sharp], np.array([ability]))[0, 0])


class Crowd:
    """The simulated people of a room, working beside whoever sits there in person."""

    def __init__(self, server: Server, cards: Sequence[PrintedCard]) -> None:
        self.people = [
            Candidate(Connection(server.host, server.port), Card(card.number.replace(" ", ""), parse_pin(card.pin)))
            for card in cards
        ]
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._working: list[Future[str]] = []

    def arrive(self, start_code: str) -> None:
        """Everybody signs in and waits for the identity check."""
        assert set(self._pool.map(lambda person: person.arrive(start_code), self.people)) == {"waiting"}

    def begin_work(self, truth: FormTruth, *, mean: float, seed: int) -> None:
        """Everybody answers and hands in, while the story goes on."""
        theta = np.random.default_rng(seed).normal(mean, 1.2, len(self.people))
        self._working = [
            self._pool.submit(_work, person, truth.answers(float(ability), seed=seed + place))
            for place, (person, ability) in enumerate(zip(self.people, theta, strict=True))
        ]

    def finish(self) -> list[str]:
        """Wait for the last one; the short codes of all receipts."""
        receipts = [one.result() for one in self._working]
        self._pool.shutdown()
        return receipts


def _work(person: Candidate, choices: dict[str, str]) -> str:
    person.begin()
    person.answer(choices)
    receipt = person.submit()
    person.connection.close()
    return str(receipt["short_code"])
