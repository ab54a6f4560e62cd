"""What the demo prints at its end: figures that were computed, and the way in for whoever wants to look."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from registry.roles import Role


@dataclass(frozen=True)
class VerdictLine:
    """What became of one item."""

    code: str
    planted: str  # empty for a sound item
    verdict: str
    moved_to: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class OpenRoom:
    """A room in which the reader can sit down."""

    title: str
    start_code: str
    cards: tuple[tuple[str, str], ...] = field(repr=False)  # participant number, PIN


@dataclass(frozen=True)
class Outcome:
    """Everything that the summary tells."""

    n_steps: int
    n_tryout: int
    verdicts: Sequence[VerdictLine]
    n_scored: int
    n_passed: int
    mean_score: float
    standard_error: float  # at the cut, in points
    p_true_pass_at_cut: float | None
    alpha: float | None
    result_card: tuple[str, str] = field(repr=False)  # participant number and result code of one candidate
    open_room: OpenRoom
    accounts: Sequence[tuple[str, Role, str]]
    password: str = field(repr=False)

    @property
    def caught(self) -> list[VerdictLine]:
        """The planted faults that the analysis flagged."""
        return [line for line in self.verdicts if line.planted and line.verdict in {"revise", "drop", "check_key"}]

    @property
    def wronged(self) -> list[VerdictLine]:
        """Sound items that were dropped or suspected of a wrong key; there must be none."""
        return [line for line in self.verdicts if not line.planted and line.verdict in {"drop", "check_key"}]


def tell(outcome: Outcome, *, seconds: float, origin: str, is_staying: bool) -> None:
    """Print the summary."""
    _tell_items(outcome)
    _tell_decision(outcome)
    print(f"\nThe whole loop took {seconds:.0f} s.")
    if is_staying:
        _tell_way_in(outcome, origin)


def _tell_items(outcome: Outcome) -> None:
    n_planted = sum(1 for line in outcome.verdicts if line.planted)
    print(f"\nJOURNAL   {outcome.n_steps} steps acknowledged, every one on disk")
    print(f"\nTRY-OUT   {outcome.n_tryout} candidates")
    for line in outcome.verdicts:
        if line.planted:
            print(f"  {line.code}  {line.planted:<31} -> {line.verdict:<10} {', '.join(line.reasons)}")
    print(f"  planted faults caught: {len(outcome.caught)} of {n_planted}")
    n_sound = len(outcome.verdicts) - n_planted
    print(f"  sound items dropped or suspected of a wrong key: {len(outcome.wronged)} of {n_sound}")
    states = [line.moved_to for line in outcome.verdicts]
    print("  bank now: " + ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states))))


def _tell_decision(outcome: Outcome) -> None:
    rate = 100 * outcome.n_passed / outcome.n_scored
    passed = f"{outcome.n_passed} of {outcome.n_scored} passed at 75 ({rate:.1f} %)"
    print(f"\nDECISION  {passed}, mean {outcome.mean_score:.1f}")
    print(f"  standard error of measurement at the cut: {outcome.standard_error:.1f} points")
    if outcome.alpha is not None:
        print(f"  alpha: {outcome.alpha:.2f}")
    if outcome.p_true_pass_at_cut is not None:
        share = 100 * outcome.p_true_pass_at_cut
        print(f"  of those who score exactly at the cut, about {share:.0f} % are truly at or above it")


def _tell_way_in(outcome: Outcome, origin: str) -> None:
    print(f"\nLOOK AROUND   {origin}   (stop with Ctrl+C)")
    print(f"  password of every account: {outcome.password}")
    for email, role, name in outcome.accounts:
        print(f"  {role.value:<16} {email:<22} {name}")
    room = outcome.open_room
    print(f"\n  Sit the test yourself at {origin}/ujian in the room '{room.title}', start code {room.start_code}")
    for number, pin in room.cards:
        print(f"    participant number {number}   PIN {pin}")
    print("    (proktor@demo.test admits you under 'My rooms')")
    print(
        f"  See a result at {origin}/hasil: participant number {outcome.result_card[0]}, code {outcome.result_card[1]}"
    )
