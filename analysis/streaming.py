"""Answers of any number of people, some ten thousand at a time, in the memory of one block.

What is larger than memory is not read otherwise: each block is a `ResponseMatrix` checked like any other, and classical
statistics or a calibration take the blocks one after the other.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.classical import ClassicalAnalysis, analyze_counts
from analysis.counting import count
from analysis.csv_text import Progress
from analysis.errors import DuplicatePerson, UnreadableFile
from analysis.frames import PARQUET, read_parquet, stream_parquet
from analysis.reading import read_csv, stream_csv
from analysis.responses import ResponseMatrix


def read_responses(
    source: str | Path, key: str | Path, *, weight: str | None = None, progress: Progress | None = None
) -> ResponseMatrix:
    """Read a CSV or Parquet file as a whole; its first bytes say which it is."""
    if is_parquet(Path(source)):
        return read_parquet(source, key, weight=weight)
    return read_csv(source, key, weight=weight, progress=progress)


def stream_blocks(
    source: str | Path, key: str | Path, *, weight: str | None = None, progress: Progress | None = None
) -> Iterator[ResponseMatrix]:
    """Read a CSV or Parquet file block by block; every block has the same items and key, and at least one person.

    Raises
    ------
    BadInput
        One of its kinds, when its block is read; a person who stands in two blocks is found after the last.
    """
    parquet = is_parquet(Path(source))
    blocks = (stream_parquet if parquet else stream_csv)(source, key, weight=weight, progress=progress)
    seen: list[NDArray[np.int64]] = []
    for block in blocks:
        seen.append(np.fromiter(map(hash, block.person_ids), dtype=np.int64, count=block.n_persons))
        yield block
    _refuse_doubles(seen, Path(source))


def analyze_stream(
    source: str | Path, key: str | Path, *, weight: str | None = None, progress: Progress | None = None
) -> ClassicalAnalysis:
    """The whole classical analysis of a file of any size, in one pass."""
    return analyze_counts(count(stream_blocks(source, key, weight=weight, progress=progress)))


def is_parquet(file: Path) -> bool:
    """Whether the file begins as Parquet does."""
    try:
        with file.open("rb") as stream:
            return stream.read(len(PARQUET)) == PARQUET
    except OSError as error:
        raise UnreadableFile(
            f"The file cannot be read: {error.strerror}.", mend="check its name and place.", file=file
        ) from error


def _refuse_doubles(seen: list[NDArray[np.int64]], file: Path) -> None:
    persons = np.concatenate(seen)
    order = np.argsort(persons, kind="stable")
    again = np.flatnonzero(np.diff(persons[order]) == 0)
    if again.size:
        first, second = (int(order[again[0] + offset]) + 1 for offset in (0, 1))
        what = f"Persons number {first} and {second} of the file carry the same identifier."
        raise DuplicatePerson(what, mend="keep one row a person.", file=file)
