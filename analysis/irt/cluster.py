"""One calibration on many machines: workers read and count their parts of the people, the client climbs.

A part is one file of a partitioned Parquet data set. A worker reads it once, keeps its answers at one byte each, and
for every look at all answers returns what the M-step needs: expected counts and the log-likelihood, in double
precision. The client adds up in the order of the file names, so the same files give the same digits, whichever worker
was first. When a worker dies, others read its parts again and the look goes on: nothing but the files and the
parameters is needed for that.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import BadInput, DuplicatePerson, UnreadableFile
from analysis.frames import stream_parquet
from analysis.irt.answers import Answers, Block, Form, choose_reference, refuse_reference_alone
from analysis.irt.calibration import Calibration, Effort, calibrate_people, estimable
from analysis.irt.curves import Floats
from analysis.irt.fitting import reduced
from analysis.irt.models import Specification
from analysis.irt.stream import Streamed, answers_of_blocks
from analysis.keys import Key, read_key
from analysis.reading import PERSON_COLUMNS
from analysis.responses import ResponseMatrix

_PATIENCE = 10  # seconds for a cluster to answer
_FIRST_LOOK = 8192  # people of all parts whose answers say where to start
Told = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Reading:
    """How every part is read."""

    key: Key
    weight: str | None = None
    group: str | None = None
    not_reached_counts_wrong: bool = True


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the cluster whose scheduler has this address, such as tcp://10.0.0.5:8786.

    Raises
    ------
    BadInput
        When nothing answers there, or the extra `cluster` is not installed.
    """
    try:
        distributed = import_module("distributed")  # takes a while to load
    except ModuleNotFoundError as error:
        what, mend = "dask.distributed is not installed.", "install testing-platform[cluster]."
        raise BadInput(what, mend=mend) from error
    try:
        client = distributed.Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        what, mend = f"No scheduler answers at {address}.", "start one with `dask scheduler` and give its address."
        raise BadInput(what, mend=mend) from error
    with client:
        yield client


def calibrate_on_cluster(
    client: Any,
    source: str | Path,
    reading: Reading,
    specification: Specification,
    *,
    reference: str | None = None,
    effort: Effort | None = None,
    told: Told | None = None,
) -> Calibration:
    """Calibrate a folder of Parquet files, which every worker sees under the same path; see `calibrate`.

    Double precision throughout, until nothing moves: the estimates are those of a local calibration with
    `Effort(is_exact=True)` to 1e-8. `told` hears the number of each pass over the answers while workers are at it.

    Raises
    ------
    BadInput
        One of its kinds, as for a single file; also when one part after the other loses its workers.
    """
    try:
        return _calibrated(
            client,
            parts_of(Path(source)),
            reading,
            specification,
            reference=reference,
            effort=effort or Effort(),
            told=told,
        )
    except import_module("distributed").KilledWorker as error:
        mend = "give the workers more memory, or make the files smaller."
        raise BadInput("Worker after worker died over the same file.", mend=mend, file=source) from error


def parts_of(source: Path) -> list[Path]:
    """The files of a data set, in the order of their names; a file is a data set of one part."""
    files = sorted(source.rglob("*.parquet")) if source.is_dir() else [source]
    if not files:
        raise UnreadableFile("The folder holds no .parquet file.", mend="choose a partitioned data set.", file=source)
    return [file.resolve() for file in files]


def reading_of(
    key: str | Path, *, weight: str | None = None, group: str | None = None, not_reached_counts_wrong: bool = True
) -> Reading:
    """How to read all parts, with the key from a CSV file of this machine."""
    return Reading(read_key(key), weight, group, not_reached_counts_wrong)


# The client ---------------------------------------------------------------------------------------------------------


def _calibrated(
    client: Any,
    files: Sequence[Path],
    reading: Reading,
    specification: Specification,
    *,
    reference: str | None,
    effort: Effort,
    told: Told | None,
) -> Calibration:
    refuse_reference_alone(reading.group, reference)
    laid = [client.submit(_lay_out, file, reading, pure=False) for file in files]
    outlines: list[Outline] = client.gather([client.submit(_outline, one, pure=False) for one in laid])
    _refuse_doubles(outlines, files)
    names = outlines[0].item_names
    specification.check(names)
    far = _far(outlines, _group_order(outlines, reference))
    kept = estimable(far, specification, names)
    plan = Plan(far.group_names, far.forms, kept, specification)
    ready = [client.submit(_prepare, one, plan, pure=False) for one in laid]
    step = max(1, far.n_persons // _FIRST_LOOK)
    samples = client.gather([client.submit(_sample, one, step, pure=False) for one in ready])
    found = calibrate_people(
        far.only(kept).starting_from(samples),
        specification,
        kept=kept,
        item_names=names,
        n_options=np.max([outline.n_options for outline in outlines], axis=0),
        n_persons=far.n_persons,
        effort=replace(effort, is_exact=True),
        crew=_Workers(client, ready, told),
    )
    return replace(found, n_without_group=sum(outline.n_without_group for outline in outlines))


@dataclass(eq=False)
class _Workers:
    """The crew: every worker does its parts, wherever the client's stand-in has nothing to share out."""

    client: Any
    ready: Sequence[Any]
    told: Told | None
    n_passes: int = 0

    def __call__(self, work: Callable[[Any], Any], shares: Iterable[Any], /) -> Iterator[Any]:
        del shares
        found = [self.client.submit(_do, part, work, pure=False) for part in self.ready]
        self.n_passes += 1
        if self.told is not None:
            self.told(self.n_passes)
        while found:
            yield found.pop(0).result()


@dataclass(frozen=True, eq=False)
class FarAnswers(Answers):
    """What the client knows of answers that lie elsewhere: their forms and sums, and those of a few people."""

    right: Floats  # (n_items,) people who were right
    seen: Floats  # (n_items,) people presented
    weights: Floats  # (n_groups,)
    sample: Answers | None = None

    @cached_property
    def counts(self) -> tuple[Floats, Floats]:
        return self.right, self.seen

    @cached_property
    def group_weights(self) -> Floats:
        return self.weights

    @cached_property
    def total_weight(self) -> float:
        return float(self.weights.sum())

    def part(self, step: int) -> Answers:
        del step
        return self if self.sample is None else self.sample

    def only(self, kept: NDArray[np.bool_]) -> "FarAnswers":
        forms = Answers(self.n_items, self.group_names, self.forms, (), 0).only(kept).forms
        return replace(self, n_items=int(kept.sum()), forms=forms, right=self.right[kept], seen=self.seen[kept])

    def starting_from(self, samples: Sequence[Answers]) -> "FarAnswers":
        """The same, with people of every part who say where the climb starts."""
        blocks = tuple(block for sample in samples for block in sample.blocks)
        n_persons = sum(block.n_persons for block in blocks)
        return replace(self, sample=Answers(self.n_items, self.group_names, self.forms, blocks, n_persons=n_persons))


def _far(outlines: "Sequence[Outline]", names: tuple[str, ...]) -> FarAnswers:
    forms: dict[FormKey, Form] = {}
    weights = np.zeros(len(names))
    for outline in outlines:
        for name, weight in zip(outline.group_names, outline.group_weights, strict=True):
            weights[names.index(name)] += weight
        for form in outline.forms:
            name = outline.group_names[form.group]
            forms.setdefault(_key_of(form, name), replace(form, group=names.index(name)))
    right, seen = (np.sum([getattr(outline, what) for outline in outlines], axis=0) for what in ("right", "seen"))
    n_persons = sum(outline.n_persons for outline in outlines)
    return FarAnswers(len(right), names, tuple(forms.values()), (), n_persons, right, seen, weights)


def _group_order(outlines: "Sequence[Outline]", reference: str | None) -> tuple[str, ...]:
    """The reference first: the named one, else the largest."""
    sizes: dict[str, float] = {}
    for outline in outlines:
        for name, weight in zip(outline.group_names, outline.group_weights.tolist(), strict=True):
            sizes[name] = sizes.get(name, 0.0) + weight
    names = sorted(sizes)
    first = choose_reference(sizes, reference)
    return (first, *(name for name in names if name != first))


def _refuse_doubles(outlines: "Sequence[Outline]", files: Sequence[Path]) -> None:
    if any(outline.persons is None for outline in outlines):
        return
    persons = np.concatenate([outline.persons for outline in outlines if outline.persons is not None])
    of_file = np.repeat(np.arange(len(files)), [outline.n_persons + outline.n_without_group for outline in outlines])
    order = np.argsort(persons, kind="stable")
    again = np.flatnonzero(np.diff(persons[order]) == 0)
    if again.size:
        one, other = (files[of_file[order[again[0] + offset]]].name for offset in (0, 1))
        what = f"A person of {one} stands in {other} too." if one != other else "Two rows are one person's."
        raise DuplicatePerson(what, mend="keep one row a person.", file=other)


# The workers --------------------------------------------------------------------------------------------------------

FormKey = tuple[str, bool, bytes]


@dataclass(frozen=True, eq=False)
class Laid:
    """The answers of a part, and a fingerprint of each person where persons have identifiers."""

    taken: Streamed
    persons: NDArray[np.uint64] | None


@dataclass(frozen=True, eq=False)
class Outline:
    """What the client wants to know of a part before the climb."""

    item_names: tuple[str, ...]
    n_options: NDArray[np.int8]
    group_names: tuple[str, ...]
    group_weights: Floats
    forms: tuple[Form, ...]
    right: Floats
    seen: Floats
    n_persons: int
    n_without_group: int
    persons: NDArray[np.uint64] | None


@dataclass(frozen=True, eq=False)
class Plan:
    """What all parts have in common: groups and forms in one order, and the items that have estimates."""

    group_names: tuple[str, ...]
    forms: tuple[Form, ...]
    kept: NDArray[np.bool_]
    specification: Specification


def _lay_out(file: Path, reading: Reading) -> Laid:
    persons: list[NDArray[np.uint64]] = []

    def watched() -> Iterator[ResponseMatrix]:
        for block in stream_parquet(file, reading.key, weight=reading.weight):
            persons.append(_fingerprints(block.person_ids))
            yield block

    taken = answers_of_blocks(watched(), group=reading.group, not_reached_counts_wrong=reading.not_reached_counts_wrong)
    return Laid(taken, np.concatenate(persons) if _names_persons(file, reading) else None)


def _names_persons(file: Path, reading: Reading) -> bool:
    import polars as pl

    columns = set(pl.scan_parquet(file).collect_schema().names()) - {*reading.key.items, reading.weight}
    return not PERSON_COLUMNS.isdisjoint(name.lower() for name in columns)


def _fingerprints(persons: Sequence[str]) -> NDArray[np.uint64]:
    """The same on every machine, unlike Python's own hashes."""
    together = b"".join(blake2b(person.encode(), digest_size=8).digest() for person in persons)
    return np.frombuffer(together, dtype=np.uint64)


def _outline(laid: Laid) -> Outline:
    answers = laid.taken.answers
    right, seen = answers.counts
    return Outline(
        item_names=laid.taken.item_names,
        n_options=laid.taken.n_options,
        group_names=answers.group_names,
        group_weights=answers.group_weights,
        forms=answers.forms,
        right=right,
        seen=seen,
        n_persons=answers.n_persons,
        n_without_group=answers.n_without_group,
        persons=laid.persons,
    )


def _prepare(laid: Laid, plan: Plan) -> Answers:
    """The answers of a part with groups, forms and items numbered as in all parts."""
    answers = laid.taken.answers
    number = {_key_of(form, plan.group_names[form.group]): place for place, form in enumerate(plan.forms)}
    own = [number[_key_of(form, answers.group_names[form.group])] for form in answers.forms]
    blocks = tuple(replace(block, form=own[block.form]) for block in answers.blocks)
    whole = replace(answers, group_names=plan.group_names, forms=plan.forms, blocks=blocks)
    return reduced(whole.only(plan.kept), plan.specification)


def _key_of(form: Form, group: str) -> FormKey:
    return group, form.masked, np.asarray(form.items, dtype=np.int64).tobytes()


def _sample(ready: Answers, step: int) -> Answers:
    return ready.part(step)


def _do(ready: Answers, work: Callable[[Any], Any]) -> Any:
    """One share of work for all blocks, each widened to double precision when its turn comes."""
    return work(_doubled(block) for block in ready.blocks)


def _doubled(block: Block) -> Block:
    return replace(block, rows=block.rows.astype(np.float64, copy=False))
