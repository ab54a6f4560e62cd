"""The four faults that the demo plants, and how candidates react to them.

They replace four shipped items in the demo's own database only; their versions are marked `demo_only`. Each stands
in a cell of the blueprint that has more items than the form needs, so that curation can take it out.
"""

from dataclasses import dataclass, replace

from analysis.simulation import Fault
from itembank.textformat import ItemText


@dataclass(frozen=True)
class Planted:
    """A shipped item, spoiled."""

    code: str
    fault: Fault
    explanation: str


PLANTED = (
    Planted("MAT-PRO-10-1", Fault.WRONG_KEY, "the key names a wrong option"),
    Planted("MAT-PRO-14-1", Fault.DEAD_DISTRACTOR, "one option attracts nobody"),
    Planted("MAT-PRO-31-1", Fault.GUESSING, "nobody can know the answer"),
    Planted("MAT-PRO-24-1", Fault.TOO_EASY, "everybody knows the answer"),
)


def spoil(item: ItemText) -> ItemText:
    """The item as the demo shows it; items without a planted fault stay as they are."""
    fault = next((planted.fault for planted in PLANTED if planted.code == item.code), None)
    if fault is None:
        return item
    return _SPOILERS[fault](item)


def _with_wrong_key(item: ItemText) -> ItemText:
    letters = "ABCDE"[: len(item.options)]
    return replace(item, key=letters[(letters.index(item.key) + 1) % len(letters)])


def _with_dead_distractor(item: ItemText) -> ItemText:
    dead = (_letter_index(item) + 1) % len(item.options)
    options = list(item.options)
    options[dead] = "Warna papan tulis"
    return replace(item, options=tuple(options))


def _guessable_only(item: ItemText) -> ItemText:
    stem = "Seorang guru menyimpan sebuah angka di dalam amplop tertutup. Angka berapakah yang ia simpan?"
    return replace(item, stem=stem, options=("$2$", "$4$", "$6$", "$8$"))


def _too_easy(item: ItemText) -> ItemText:
    sums = [6, 8, 10, 12]
    half = sums[_letter_index(item)] // 2
    stem = f"Berapakah hasil dari ${half} + {half}$?"
    return replace(item, stem=stem, options=tuple(f"${number}$" for number in sums))


def _letter_index(item: ItemText) -> int:
    return "ABCDE".index(item.key)


_SPOILERS = {
    Fault.WRONG_KEY: _with_wrong_key,
    Fault.DEAD_DISTRACTOR: _with_dead_distractor,
    Fault.GUESSING: _guessable_only,
    Fault.TOO_EASY: _too_easy,
}
