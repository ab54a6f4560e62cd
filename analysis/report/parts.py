"""What a report is made of: headings, sentences, tables and pictures, whoever prints them."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from analysis.drawing import number


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    text: str
    is_warning: bool = False


@dataclass(frozen=True)
class Table:
    """Cells are texts; the columns after `n_text` hold numbers and stand to the right."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_text: int = 1
    is_captioned: bool = True  # whether the caption is seen; it is there for screen readers anyway


@dataclass(frozen=True)
class Picture:
    svg: str
    description: str
    is_narrow: bool = False  # two of them stand beside each other


@dataclass(frozen=True)
class Pictures:
    """Narrow pictures that follow each other."""

    each: tuple[Picture, ...]


Block = Heading | Paragraph | Table | Picture
Laid = Block | Pictures


def laid_out(blocks: Iterable[Block]) -> Iterator[Laid]:
    """The same, with neighbouring narrow pictures together, and no caption that repeats the heading above it."""
    waiting: list[Picture] = []
    heading = ""
    for block in blocks:
        if isinstance(block, Picture) and block.is_narrow:
            waiting.append(block)
            continue
        if waiting:
            yield Pictures(tuple(waiting))
            waiting = []
        if isinstance(block, Heading):
            heading = block.text
        yield replace(block, is_captioned=False) if isinstance(block, Table) and block.caption == heading else block
    if waiting:
        yield Pictures(tuple(waiting))


def figure(value: float, pattern: str, language: str) -> str:
    """A number as the language writes it; a dash where it is undefined."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return number(value, pattern, language) if math.isfinite(value) else "–"
