"""What a report is made of: headings, sentences, tables and pictures, whoever prints them."""

import math
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Picture:
    svg: str
    description: str


Block = Heading | Paragraph | Table | Picture


def figure(value: float, pattern: str, language: str) -> str:
    """A number as the language writes it; a dash where it is undefined."""
    return number(value, pattern, language) if math.isfinite(value) else "–"
