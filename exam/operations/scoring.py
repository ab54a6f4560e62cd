"""Key check and scoring: propose a key set, sign it, score a form by it.

Two people sign the exact digest of a key set, and the proposer is neither of them: a wrong key that one person
wanted must pass two others. A scoring run is written once; a new key means a new key set and a new run, and all
of them stay on file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam.errors import (
    AlreadySignedError,
    DigestChangedError,
    FormNotOperationalError,
    KeyChangeRefusedError,
    KeySetSupersededError,
    KeySetUnchangedError,
    NobodyBeganError,
    NothingCountsError,
    OwnProposalError,
    ReasonMissingError,
    ReportsUnreadError,
    SignaturesMissingError,
    SittingsNotSealedError,
)
from exam.model import Form, KeyEntry, KeySet, KeySignature, Purpose, Score, ScoringRun, Sitting
from exam.queries.challenges import report_totals
from exam.queries.outages import approved_outages
from exam.queries.scoring import ScoredAttempt, bank_keys, item_keys, latest_key_set, option_counts, score_attempts
from exam.scoring import AttemptScore, ItemKey, has_passed, key_set_digest, run_digest
from exam.states import SittingState, Treatment
from registry.actor import Actor
from registry.audit import record
from registry.columns import Document

NEEDED_SIGNATURES = 2
_SHORTEST_REASON = 5
_NO_REPORTS: Mapping[int, int] = MappingProxyType({})


@dataclass(frozen=True)
class KeyChange:
    """How one item shall count instead of by its bank key."""

    position: int
    keys: frozenset[int]
    treatment: Treatment


@dataclass(frozen=True)
class HowSure:
    """The three figures beside a decision; None where a figure cannot be estimated."""

    standard_error: float | None
    p_pass_if_true: float | None
    p_true_pass: float | None


@dataclass(frozen=True)
class Uncertainty:
    """What the statistics say of one scoring: the figures for each raw score that occurs, and those of the form."""

    by_raw_score: Mapping[int, HowSure]
    form: Document


# How sure the decisions are is estimated outside this package, which knows no statistics.
EstimateUncertainty = Callable[[Sequence[AttemptScore], Sequence[ItemKey], int], Uncertainty]


# Key sets ---------------------------------------------------------------------------------------------------------


def propose_key_set(
    session: Session,
    form: Form,
    *,
    changes: Sequence[KeyChange],
    reason: str,
    actor: Actor,
    now: datetime,
    reports_read: Mapping[int, int] = _NO_REPORTS,
) -> KeySet:
    """Put up keys to be signed: the bank's keys with these changes. The proposal takes the place of any before it.

    A change that says what the bank says is none; a page may therefore send every item. `reports_read` says, by place
    in the form, how many candidates' reports the proposer has read; nobody proposes keys over reports unread.
    """
    if form.purpose is not Purpose.OPERATIONAL:
        raise FormNotOperationalError(form=form.code)
    _wait_for_turn(session, form)
    bank = {item.position: item for item in bank_keys(session, form)}
    changes = [change for change in changes if not _says_what_the_bank_says(change, bank.get(change.position))]
    entries = _entries(bank, changes, n_options=option_counts(session, form))
    _require_read(session, form, reports_read)
    latest = latest_key_set(session, form)
    digest = key_set_digest(form.digest, entries)
    if latest is not None and latest.digest == digest and not _unread(session, form, _reports_read(latest)):
        raise KeySetUnchangedError(number=latest.number)
    if (changes or latest) and len(reason.strip()) < _SHORTEST_REASON:
        raise ReasonMissingError(at_least=_SHORTEST_REASON)
    key_set = KeySet(
        form=form,
        number=latest.number + 1 if latest else 1,
        reason=reason.strip(),
        digest=digest,
        reports_read={str(position): n_reports for position, n_reports in sorted(reports_read.items())},
        proposed_by_id=actor.key,
        proposed_at=now,
        entries=[
            KeyEntry(position=position, keys=sorted(keys), treatment=treatment) for position, keys, treatment in entries
        ],
    )
    session.add(key_set)
    session.flush()
    _record(session, key_set, "key_set.propose", actor=actor, now=now, changed=[c.position for c in changes])
    return key_set


def _require_read(session: Session, form: Form, reports_read: Mapping[int, int]) -> None:
    if unread := _unread(session, form, reports_read):
        raise ReportsUnreadError(positions=unread)


def _unread(session: Session, form: Form, reports_read: Mapping[int, int]) -> list[int]:
    """The items with reports that came in after somebody read them, or that nobody read."""
    totals = report_totals(session, form)
    return [position for position, n_reports in totals.items() if n_reports > reports_read.get(position, 0)]


def _reports_read(key_set: KeySet) -> dict[int, int]:
    return {int(position): int(n_reports) for position, n_reports in key_set.reports_read.items()}


def _says_what_the_bank_says(change: KeyChange, bank: ItemKey | None) -> bool:
    return bank is not None and (change.keys, change.treatment) == (bank.keys, bank.treatment)


def _entries(
    bank: Mapping[int, ItemKey], changes: Sequence[KeyChange], *, n_options: Mapping[int, int]
) -> list[tuple[int, frozenset[int], Treatment]]:
    for change in changes:
        if change.position not in bank:
            raise KeyChangeRefusedError(position=change.position)
        _check_keys(change, n_options=n_options[change.position])
    changed = {change.position: change for change in changes}
    entries: list[tuple[int, frozenset[int], Treatment]] = []
    for position, item in bank.items():
        entry = changed.get(position, item)
        entries.append((position, entry.keys, entry.treatment))
    if not any(bank[position].scored and treatment is not Treatment.DROP for position, _, treatment in entries):
        raise NothingCountsError
    return entries


def _check_keys(change: KeyChange, *, n_options: int) -> None:
    if not all(0 <= key < n_options for key in change.keys):
        raise KeyChangeRefusedError(position=change.position)
    if change.treatment is Treatment.SCORE and not change.keys:
        raise KeyChangeRefusedError(position=change.position)


def sign_key_set(session: Session, key_set: KeySet, *, digest: bytes, actor: Actor, now: datetime) -> KeySignature:
    """Sign the exact digest that was shown; two signatures by two people, neither of them the proposer's."""
    _wait_for_turn(session, key_set.form)
    latest = latest_key_set(session, key_set.form)
    if latest is None or latest.id != key_set.id:
        raise KeySetSupersededError(number=key_set.number)
    if digest != key_set.digest or key_set.digest != _digest_on_file(key_set):
        raise DigestChangedError(number=key_set.number)
    if key_set.proposed_by_id == actor.key:
        raise OwnProposalError
    _require_read(session, key_set.form, _reports_read(key_set))
    session.refresh(key_set, ["signatures"])
    signers = {signature.account_id for signature in key_set.signatures}
    if actor.key in signers or len(signers) >= NEEDED_SIGNATURES:
        raise AlreadySignedError
    signature = KeySignature(key_set=key_set, account_id=actor.key, digest=digest, signed_at=now)
    session.add(signature)
    session.flush()
    _record(session, key_set, "key_set.sign", actor=actor, now=now)
    return signature


def _digest_on_file(key_set: KeySet) -> bytes:
    return key_set_digest(key_set.form.digest, [(e.position, e.keys, e.treatment) for e in key_set.entries])


def _record(
    session: Session, key_set: KeySet, action: str, *, actor: Actor, now: datetime, changed: list[int] | None = None
) -> None:
    details: Document = {"form": key_set.form.code, "number": key_set.number, "digest": key_set.digest.hex()}
    if changed is not None:
        details["changed"] = changed
    record(
        session,
        actor=actor,
        action=action,
        subject_kind="key_set",
        subject=key_set.public_id,
        at=now,
        details=details,
    )


# Scoring ----------------------------------------------------------------------------------------------------------


def run_scoring(
    session: Session, form: Form, *, estimate: EstimateUncertainty, actor: Actor, now: datetime
) -> ScoringRun:
    """Score every attempt of the form that was begun, by the latest key set; refused until all is signed and sealed.

    Asked for again with nothing changed, it is the run that there is: a second click makes no second run.
    """
    _wait_for_turn(session, form)
    key_set = require_ready(session, form)
    items = item_keys(session, key_set)
    scored = score_attempts(session, form, items)
    if not scored:
        raise NobodyBeganError(form=form.code)
    uncertainty = estimate([attempt.score for attempt in scored], items, form.pass_percent)
    run = _new_run(session, key_set, scored, uncertainty=uncertainty, actor=actor, now=now)
    newest = session.scalar(
        select(ScoringRun).where(ScoringRun.form_id == form.id).order_by(ScoringRun.number.desc()).limit(1)
    )
    if newest is not None and newest.digest == run.digest:
        return newest
    session.add(run)
    session.flush()
    record(
        session,
        actor=actor,
        action="scoring.run",
        subject_kind="scoring_run",
        subject=run.public_id,
        at=now,
        details={"form": form.code, "number": run.number, "attempts": run.n_attempts, "digest": run.digest.hex()},
    )
    return run


def require_ready(session: Session, form: Form) -> KeySet:
    """The key set to score by; otherwise the error that names what is missing."""
    key_set = latest_key_set(session, form)
    n_signatures = len(key_set.signatures) if key_set else 0
    if key_set is None or n_signatures < NEEDED_SIGNATURES:
        raise SignaturesMissingError(signatures=n_signatures, needed=NEEDED_SIGNATURES)
    if key_set.digest != _digest_on_file(key_set):
        raise DigestChangedError(number=key_set.number)
    _require_read(session, form, _reports_read(key_set))
    sittings = session.scalars(select(Sitting).where(Sitting.form_id == form.id).order_by(Sitting.id)).all()
    unsealed = [sitting.title for sitting in sittings if sitting.state is not SittingState.SEALED]
    if unsealed or not sittings:
        raise SittingsNotSealedError(sittings=unsealed)
    return key_set


def _new_run(
    session: Session,
    key_set: KeySet,
    scored: Sequence[ScoredAttempt],
    *,
    uncertainty: Uncertainty,
    actor: Actor,
    now: datetime,
) -> ScoringRun:
    form = key_set.form
    last = session.scalar(select(func.max(ScoringRun.number)).where(ScoringRun.form_id == form.id))
    scores = [_new_score(attempt, form.pass_percent, uncertainty) for attempt in scored]
    decisions = [
        (attempt.public_id, score.raw_score, score.n_scored, score.passed)
        for attempt, score in zip(scored, scores, strict=True)
    ]
    outages = [str(outage.public_id) for outage in approved_outages(session, form)]
    return ScoringRun(
        form=form,
        key_set=key_set,
        number=(last or 0) + 1,
        scored_at=now,
        scored_by_id=actor.key,
        pass_percent=form.pass_percent,
        n_scored_items=scored[0].score.n_scored,
        n_attempts=len(scores),
        n_passed=sum(score.passed for score in scores),
        digest=run_digest(key_set.digest, pass_percent=form.pass_percent, scores=decisions, outages=outages),
        outages=outages,
        uncertainty=uncertainty.form,
        scores=scores,
    )


def _new_score(attempt: ScoredAttempt, pass_percent: int, uncertainty: Uncertainty) -> Score:
    score = attempt.score
    sure = uncertainty.by_raw_score[score.raw_score]
    return Score(
        attempt_id=attempt.attempt_id,
        raw_score=score.raw_score,
        n_scored=score.n_scored,
        n_answered=score.n_answered,
        passed=has_passed(score.raw_score, n_scored=score.n_scored, pass_percent=pass_percent),
        section_scores={
            section.value: {"raw": part.raw_score, "scored": part.n_scored} for section, part in score.sections.items()
        },
        standard_error=sure.standard_error,
        p_pass_if_true=sure.p_pass_if_true,
        p_true_pass=sure.p_true_pass,
    )


def _wait_for_turn(session: Session, form: Form) -> None:
    # Two people may propose, sign or score at the same moment; the form's row decides who is first. NO KEY UPDATE,
    # so that nobody who signs a key set holds up candidates whose attempts refer to the form.
    session.execute(select(Form.id).where(Form.id == form.id).with_for_update(key_share=True))
