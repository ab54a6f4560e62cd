"""Make answers whose truth is known: for the demo, for tests of the policy, and for planning a try-out.

A person who does not know the answer is drawn to the distractors in proportion to their attraction, which may lean
with ability. Everything follows from the generator that is passed in, so a seed gives the same answers everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from analysis.responses import NOT_REACHED, OMITTED, ResponseMatrix

Floats = NDArray[np.float64]
DIF_SHIFT = 0.8  # in difficulty, on the scale of ability
OUT_OF_REACH = 99.0  # a difficulty that nobody masters, so only the guessing floor remains


@dataclass(frozen=True)
class ItemParameters:
    """How an item truly behaves: P(right) = c + (1 - c) / (1 + exp(-a (theta - b))).

    `attraction` and `lean` have one entry an option; the entries of the key do not matter.
    """

    a: float
    b: float
    c: float
    key: int
    attraction: tuple[float, ...]  # relative pull on those who do not know
    lean: tuple[float, ...]  # above 0: pulls the abler more

    @property
    def n_options(self) -> int:
        return len(self.attraction)


class Fault(StrEnum):
    """What can be wrong with an item, planted on purpose."""

    WRONG_KEY = "wrong_key"
    DEAD_DISTRACTOR = "dead_distractor"
    GUESSING = "guessing"
    TOO_EASY = "too_easy"
    TOO_HARD = "too_hard"
    NEGATIVE = "negative"
    DIF = "dif"  # harder for every group but the first, at equal ability


@dataclass(frozen=True, eq=False)
class Tryout:
    """A simulated try-out: what was seen, and the truth behind it."""

    matrix: ResponseMatrix
    theta: Floats  # (n_persons,)
    items: tuple[ItemParameters, ...]
    planted: Mapping[str, Fault]  # item name -> fault


def draw_item(rng: np.random.Generator, *, key: int, n_options: int = 4) -> ItemParameters:
    """Draw a sound item: it discriminates, and is neither out of reach nor given away."""
    return ItemParameters(
        a=float(np.clip(rng.lognormal(0.1, 0.3), 0.7, 2.2)),
        b=float(np.clip(rng.normal(-0.3, 0.7), -1.3, 0.9)),
        c=float(rng.uniform(0.12, 0.22)),
        key=key,
        attraction=tuple(rng.dirichlet(np.full(n_options, 6.0)).tolist()),
        lean=tuple(rng.normal(0, 0.2, n_options).tolist()),
    )


def plant(item: ItemParameters, fault: Fault) -> tuple[ItemParameters, int]:
    """Spoil a sound item; returns the item and the key that is shown for it."""
    level = (1.0,) * item.n_options
    flat = (0.0,) * item.n_options
    next_option = (item.key + 1) % item.n_options
    if fault is Fault.WRONG_KEY:
        return item, next_option
    if fault is Fault.DIF:
        return item, item.key  # sound in itself; the groups differ
    if fault is Fault.DEAD_DISTRACTOR:
        pull = [0.0 if option == next_option else 1.0 for option in range(item.n_options)]
        return replace(item, attraction=tuple(pull)), item.key
    if fault is Fault.GUESSING:
        guessed = replace(item, a=1.0, b=OUT_OF_REACH, c=1 / item.n_options, attraction=level, lean=flat)
        return guessed, item.key
    extreme = {
        Fault.TOO_EASY: (1.0, -3.6, item.c),
        Fault.TOO_HARD: (1.1, 3.0, 0.08),
        Fault.NEGATIVE: (-0.6, -0.33, 0.0),
    }
    a, b, c = extreme[fault]
    return replace(item, a=a, b=b, c=c), item.key


def probability_right(items: Sequence[ItemParameters], theta: Floats) -> Floats:
    """(n_persons, n_items), the chance that each person gets each item right."""
    a, b, c = (np.array([getattr(item, name) for item in items]) for name in ("a", "b", "c"))
    return np.asarray(c + (1 - c) / (1 + np.exp(-a * (theta[:, None] - b))))


def simulate_answers(items: Sequence[ItemParameters], theta: Floats, *, rng: np.random.Generator) -> NDArray[np.int8]:
    """(n_persons, n_items) option codes that people of these abilities choose."""
    knows = rng.random((len(theta), len(items))) < probability_right(items, theta)
    answers = np.empty(knows.shape, dtype=np.int8)
    for j, item in enumerate(items):
        answers[:, j] = np.where(knows[:, j], item.key, _choose_distractor(item, theta, rng=rng))
    return answers


def _choose_distractor(item: ItemParameters, theta: Floats, *, rng: np.random.Generator) -> NDArray[np.intp]:
    pull = np.array(item.attraction) * np.exp(np.outer(theta, item.lean))
    pull[:, item.key] = 0
    reach = np.cumsum(pull, axis=1)
    return np.asarray((rng.random((len(theta), 1)) * reach[:, -1:] >= reach).sum(axis=1))


def leave_blanks(
    answers: NDArray[np.int8], *, rng: np.random.Generator, omitted: float = 0.008, slow: float = 0.03
) -> NDArray[np.int8]:
    """The same answers with single items left out, and the last quarter cut short for the slow."""
    n, k = answers.shape
    is_slow = (rng.random(n) < slow) & (k >= 4)  # fewer items have no last quarter
    reached = np.where(is_slow, rng.integers(min(k - k // 4, k - 1), k, n), k)
    kept = np.where(rng.random((n, k)) < omitted, np.int8(OMITTED), answers)
    return np.where(np.arange(k) >= reached[:, None], np.int8(NOT_REACHED), kept)


def simulate_tryout(
    seed: int,
    *,
    n_persons: int = 300,
    n_items: int = 40,
    faults: Sequence[Fault] = (),
    group_means: Mapping[str, float] | None = None,
) -> Tryout:
    """Simulate a whole try-out whose first item positions, shuffled, carry the given faults.

    `group_means` parts people by chance into groups whose ability lies that much higher; None makes no groups, unless
    an item must treat two of them differently.
    """
    rng = np.random.default_rng(seed)
    drawn = [draw_item(rng, key=int(rng.integers(4))) for _ in range(n_items)]
    spoiled = dict(zip(rng.permutation(n_items)[: len(faults)].tolist(), faults, strict=True))
    shown = [plant(item, spoiled[j]) if j in spoiled else (item, item.key) for j, item in enumerate(drawn)]
    items = tuple(item for item, _ in shown)
    theta = rng.normal(0.2, 1.0, n_persons)
    means = group_means or ({"LPTK": 0.0, "LPMP": 0.0} if Fault.DIF in faults else {})
    # Groups come from a generator of their own, so that answers without groups stay what they were.
    member = np.random.default_rng([seed, 1]).integers(max(len(means), 1), size=n_persons)
    theta = theta + np.array([*means.values(), 0.0])[member]
    apart = np.array([spoiled.get(j) is Fault.DIF for j in range(n_items)])
    answers = leave_blanks(_answers(items, theta, apart=apart, member=member, rng=rng), rng=rng)
    groups = {"group": np.array([*means])[member]} if means else None
    matrix = ResponseMatrix.from_arrays(answers, key=[key for _, key in shown], groups=groups)
    planted = {matrix.item_names[j]: fault for j, fault in spoiled.items()}
    return Tryout(matrix=matrix, theta=theta, items=items, planted=planted)


def _answers(
    items: Sequence[ItemParameters],
    theta: Floats,
    *,
    apart: NDArray[np.bool_],
    member: NDArray[np.integer],
    rng: np.random.Generator,
) -> NDArray[np.int8]:
    """Answers where the items set apart are harder for all groups but the first."""
    answers = simulate_answers(items, theta, rng=rng)
    for j in np.flatnonzero(apart).tolist():
        harder = replace(items[j], b=items[j].b + DIF_SHIFT)
        others = member > 0
        answers[others, j] = simulate_answers([harder], theta[others], rng=rng)[:, 0]
    return answers
