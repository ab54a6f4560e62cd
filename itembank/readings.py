"""What was read twice, counted: how well two readers agree on each criterion, as a pair, and each with all others.

Pure counting over the marks; what a number is worth stands in `agreement`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from itembank.agreement import Agreement, Share, agreement, mixed_agreement

Marks = Mapping[str, str]  # criterion -> yes or no
NO = "no"


@dataclass(frozen=True)
class Reading:
    """One reader's marks of a version, and what the bank manager said to the disputed ones."""

    reader: int
    marks: Marks
    rulings: Mapping[str, bool]  # criterion -> whether the no was upheld

    @property
    def nos(self) -> frozenset[str]:
        """The criteria that were not met."""
        return frozenset(code for code, mark in self.marks.items() if mark == NO)


@dataclass(frozen=True)
class ReadTwice:
    """A version with its two readings, the earlier one first."""

    first: Reading
    second: Reading

    @property
    def readings(self) -> tuple[Reading, Reading]:
        """Both."""
        return self.first, self.second

    def marks_of(self, code: str) -> tuple[str, str] | None:
        """Both marks on a criterion; None where one of the readers did not have it."""
        pair = self.first.marks.get(code), self.second.marks.get(code)
        return pair if pair[0] and pair[1] else None  # type: ignore[return-value]  # both are there

    def shared_marks(self) -> list[tuple[str, str]]:
        """Both marks on every criterion."""
        pairs = (self.marks_of(code) for code in self.first.marks)
        return [pair for pair in pairs if pair]


@dataclass(frozen=True)
class CriterionAgreement:
    """How well readers agree on one criterion, whoever they are."""

    code: str
    found: Agreement
    n_both_no: int
    n_one_no: int
    n_upheld: int  # of the nos that one reader said alone


@dataclass(frozen=True)
class PairAgreement:
    """How well two certain readers agree: on whole items, and on all marks together."""

    readers: tuple[int, int]
    n_items: int
    items: Agreement  # does the item need mending at all?
    marks: Agreement  # its marks hang together within items, so its standard error means nothing


@dataclass(frozen=True)
class ReaderAgreement:
    """One reader beside all others who read the same items."""

    reader: int
    n_items: int
    marks: Agreement
    nos: Share  # of all marks
    alone_upheld: Share  # of the nos that only this reader said, and that were ruled on
    missed: int  # nos that only the other one said, and that were upheld


def by_criterion(read: Sequence[ReadTwice], codes: Iterable[str]) -> list[CriterionAgreement]:
    """Agreement on each criterion; the readers change, so their order means nothing."""
    return [_criterion(read, code) for code in codes]


def _criterion(read: Sequence[ReadTwice], code: str) -> CriterionAgreement:
    pairs = [pair for each in read if (pair := each.marks_of(code))]
    rulings = [reading.rulings.get(code) for each in read for reading in each.readings]
    return CriterionAgreement(
        code=code,
        found=mixed_agreement(pairs),
        n_both_no=pairs.count((NO, NO)),
        n_one_no=sum(first != second for first, second in pairs),
        n_upheld=rulings.count(True),
    )


def overall(read: Sequence[ReadTwice]) -> Agreement:
    """Agreement on the question that matters most: does the item need mending?"""
    return mixed_agreement([_needs_mending(each) for each in read])


def by_pair(read: Iterable[ReadTwice]) -> list[PairAgreement]:
    """Agreement of each two people, those with the most items first."""
    together: dict[tuple[int, int], list[ReadTwice]] = defaultdict(list)
    for each in read:
        ordered = each if each.first.reader < each.second.reader else ReadTwice(each.second, each.first)
        together[ordered.first.reader, ordered.second.reader].append(ordered)
    found = [
        PairAgreement(
            readers=readers,
            n_items=len(items),
            items=agreement([_needs_mending(each) for each in items]),
            marks=agreement([pair for each in items for pair in each.shared_marks()]),
        )
        for readers, items in together.items()
    ]
    return sorted(found, key=lambda pair: (-pair.n_items, pair.readers))


def by_reader(read: Sequence[ReadTwice]) -> list[ReaderAgreement]:
    """Each reader with all others, those with the most items first."""
    readers = {reading.reader for each in read for reading in each.readings}
    found = [
        _reader(reader, [_seen_by(reader, each) for each in read if _has_read(reader, each)]) for reader in readers
    ]
    return sorted(found, key=lambda each: (-each.n_items, each.reader))


def _reader(reader: int, items: Sequence[ReadTwice]) -> ReaderAgreement:
    pairs = [pair for each in items for pair in each.shared_marks()]
    own = [upheld for each in items for upheld in each.first.rulings.values()]
    return ReaderAgreement(
        reader=reader,
        n_items=len(items),
        marks=agreement(pairs),
        nos=Share(sum(mine == NO for mine, _ in pairs), len(pairs)),
        alone_upheld=Share(own.count(True), len(own)),
        missed=sum(upheld for each in items for upheld in each.second.rulings.values()),
    )


def _has_read(reader: int, each: ReadTwice) -> bool:
    return reader in {each.first.reader, each.second.reader}


def _seen_by(reader: int, each: ReadTwice) -> ReadTwice:
    return each if each.first.reader == reader else ReadTwice(each.second, each.first)


def _needs_mending(each: ReadTwice) -> tuple[bool, bool]:
    return bool(each.first.nos), bool(each.second.nos)
