"""What must hold after every fault.

Nothing acknowledged is lost or doubled, nothing is invented, journals and receipts hold, scores equal the replay.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam import journal
from exam.errors import JournalBrokenError
from exam.journal import JournalStep
from exam.model import Attempt, Enrolment, Form, FormItem, Step
from exam.queries.scoring import bank_keys, score_attempts
from exam.receipts import is_genuine
from exam.scoring import ItemKey
from exam.states import StepKind, StepMark
from testing_platform.wiring import Platform
from tests.faults.candidates import Act, Candidate


@dataclass
class Findings:
    """What was found wrong, each with the participant number; empty when all is well."""

    n_acknowledged: int = 0
    n_stored: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    wrong_scores: list[str] = field(default_factory=list)
    wrong_receipts: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Everything wrong, as text."""
        kinds = ("lost", "doubled", "invented", "broken", "wrong_scores", "wrong_receipts")
        return [f"{kind}: {found}" for kind in kinds for found in getattr(self, kind)]

    def __str__(self) -> str:
        return f"{self.n_acknowledged} acknowledged, {self.n_stored} stored; {self.wrong[:10] or 'nothing wrong'}"


def examine(platform: Platform, candidates: Sequence[Candidate]) -> Findings:
    """Compare the journals of the candidates with what they saw acknowledged, and verify all that is signed."""
    findings = Findings()
    with platform.database.reading() as session:
        _see_one_state(session)
        scores = _scores(session, findings)
        for candidate in candidates:
            attempt = session.scalar(
                select(Attempt)
                .join(Enrolment)
                .where(Enrolment.participant_number == candidate.card.participant_number),
            )
            if attempt is None:
                _compare(findings, candidate, [])
            else:
                _examine_one(findings, candidate, Kept.of(session, attempt), platform.keys.public)
                _check_score(findings, candidate, Kept.of(session, attempt), scores)
    return findings


def _see_one_state(session: Session) -> None:
    # Candidates may be at work: heads and steps must be those of one moment.
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


@dataclass(frozen=True)
class Kept:
    """What the server keeps of one attempt."""

    attempt: Attempt
    steps: Sequence[Step]
    places: Mapping[int, FormItem]
    keys: Mapping[int, ItemKey]

    @classmethod
    def of(cls, session: Session, attempt: Attempt) -> "Kept":
        """Read it whole."""
        return cls(
            attempt=attempt,
            steps=session.scalars(select(Step).where(Step.attempt_id == attempt.id).order_by(Step.seq)).all(),
            places={item.position: item for item in attempt.form.items},
            keys={item.position: item for item in bank_keys(session, attempt.form)},
        )

    def acts(self) -> list[Act]:
        """The steps in the words of the candidate's browser."""
        return [_act(step, self.places) for step in self.steps]


def _examine_one(findings: Findings, candidate: Candidate, kept: Kept, public_key: bytes) -> None:
    number, attempt, steps = candidate.card.participant_number, kept.attempt, kept.steps
    broken = journal.first_broken(attempt.genesis, [(as_kept(step), step.digest) for step in steps])
    head = (len(steps), steps[-1].digest if steps else attempt.genesis)
    if broken is not None or head != (attempt.last_seq, attempt.digest):
        findings.broken.append(f"{number} step {broken}, head {attempt.last_seq} of {len(steps)}")
    _compare(findings, candidate, kept.acts())
    if candidate.receipt is not None:
        digests = {0: attempt.genesis} | {step.seq: step.digest for step in steps}
        told = (candidate.receipt["attempt"], candidate.receipt["digest"])
        stored = (str(attempt.public_id), digests.get(candidate.receipt["last_seq"], b"").hex())
        if told != stored or not is_genuine(candidate.receipt, public_key):
            findings.wrong_receipts.append(number)


def as_kept(step: Step) -> JournalStep:
    """A stored step as the chain covers it."""
    names = ("seq", "kind", "item", "option", "value", "at_ms", "received_ms")
    return JournalStep(**{name: getattr(step, name) for name in names})


def _act(step: Step, places: Mapping[int, FormItem]) -> Act:
    place = None if step.item is None else places[step.item]
    option = None if step.option is None or place is None else place.option_keys[step.option]
    return (step.kind.value, place.item_key if place else None, option, step.value, step.at_ms)


def _compare(findings: Findings, candidate: Candidate, stored: Sequence[Act]) -> None:
    counts, number = Counter(stored), candidate.card.participant_number
    findings.n_acknowledged += len(candidate.acknowledged)
    findings.n_stored += len(stored)
    findings.lost += [f"{number} {act}" for act in candidate.acknowledged if counts[act] == 0]
    findings.doubled += [f"{number} {act}" for act, count in counts.items() if count > 1]
    findings.invented += [f"{number} {act}" for act in counts if act not in candidate.acted]


def _scores(session: Session, findings: Findings) -> dict[str, int]:
    """The raw score of every attempt that was begun, as scoring finds it."""
    scores: dict[str, int] = {}
    for form in session.scalars(select(Form)):
        try:
            scored = score_attempts(session, form, bank_keys(session, form))
        except JournalBrokenError as error:
            findings.broken.append(f"refused by scoring: {error.parameters}")
        else:
            scores |= {str(each.public_id): each.score.raw_score for each in scored}
    return scores


def _check_score(findings: Findings, candidate: Candidate, kept: Kept, scores: Mapping[str, int]) -> None:
    """The score is what a plain replay adds up to, and what the screen shows of a candidate who handed in in time."""
    number, replayed = candidate.card.participant_number, {}
    for step in kept.steps:
        if step.kind is StepKind.ANSWER and step.mark is StepMark.ON_TIME:
            replayed[step.item] = step.option
    right = sum(
        replayed.get(position) in kept.keys[position].keys for position in kept.places if kept.keys[position].scored
    )
    found = scores.get(str(kept.attempt.public_id), 0)
    if found != right:
        findings.wrong_scores.append(f"{number} has {found}, the replay {right}")
    everything_counts = all(step.mark is StepMark.ON_TIME for step in kept.steps)
    if candidate.receipt is not None and everything_counts:
        shown = {place.position: candidate.screen.get(place.item_key) for place in kept.places.values()}
        answered = {
            position: None if option is None else kept.places[position].option_keys.index(option)
            for position, option in shown.items()
        }
        if {item: option for item, option in replayed.items() if option is not None} != {
            item: option for item, option in answered.items() if option is not None
        }:
            findings.wrong_scores.append(f"{number} has other answers than the screen shows")
