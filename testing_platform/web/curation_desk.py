"""What a psychometrician decides on: the newest verdicts of an administration, the choices there are, and the decision.

The choices are computed here once, so that a page never offers what the operation would refuse.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from itembank.model import CurationAct, ItemStatistics
from itembank.operations import PROPOSED, decide_verdict
from itembank.states import ItemState, may_move
from registry.actor import Actor
from testing_platform.web.analysis_words import target_effect, target_text

# Elsewhere a version has ended already, or was taken out for reasons that no statistic knows.
DECIDABLE = frozenset({ItemState.PRETEST, ItemState.OPERATIONAL})
_TARGETS = (ItemState.OPERATIONAL, ItemState.PRETEST, ItemState.REVISION, ItemState.RETIRED)
REASON_MIN, REASON_MAX = 5, 500


@dataclass(frozen=True)
class Choice:
    """One thing that may be decided, as the value of a field names it."""

    act: CurationAct
    target: ItemState

    @property
    def value(self) -> str:
        """The value of the field."""
        return f"{self.act}:{self.target}"


def is_waiting(statistics: ItemStatistics) -> bool:
    """Whether somebody still has to decide."""
    return statistics.curation is None and statistics.version.state in DECIDABLE


def choices(statistics: ItemStatistics) -> list[Choice]:
    """What may be decided: first what the policy proposes, then everything else."""
    if not is_waiting(statistics):
        return []
    state = statistics.version.state
    legal = [target for target in _TARGETS if target is state or may_move(state, target)]
    proposed = [target for target in PROPOSED.get(statistics.verdict, ()) if target in legal]
    accepting = [Choice(CurationAct.ACCEPTED, target) for target in proposed]
    return accepting + [Choice(CurationAct.OVERRULED, target) for target in legal if target not in proposed]


def choice_fields(statistics: ItemStatistics) -> list[tuple[str, str, str]]:
    """The choices for a group of radio buttons: value, words, effect."""
    fields = []
    for choice in choices(statistics):
        outcome = target_text(choice.target, now_in=statistics.version.state)
        accepts = choice.act is CurationAct.ACCEPTED
        words = (
            gettext("Accept: %(outcome)s", outcome=outcome)
            if accepts
            else gettext("Overrule: %(outcome)s", outcome=outcome)
        )
        fields.append((choice.value, words, target_effect(choice.target)))
    return fields


@dataclass(frozen=True)
class Decision:
    """A filled-in decision: as typed, and what is wrong with it."""

    typed: str
    reason: str
    errors: dict[str, str]

    @classmethod
    def parse(cls, form: MultiDict[str, str]) -> "Decision":
        """Checks the shape only: a choice, and a reason where the verdict is overruled."""
        typed, reason = form.get("choice", ""), form.get("reason", "").strip()
        act, _, target = typed.partition(":")
        errors = {}
        if act not in set(CurationAct) or target not in set(ItemState):
            errors["choice"] = gettext("Choose what becomes of the item.")
        elif act == CurationAct.OVERRULED and len(reason) < REASON_MIN:
            errors["reason"] = gettext("Say why you overrule the proposal, in 5 to 500 characters.")
        if len(reason) > REASON_MAX:
            errors["reason"] = gettext("The reason is too long: at most %(limit)s characters.", limit=REASON_MAX)
        return cls(typed, reason, errors)

    @property
    def choice(self) -> Choice:
        """The choice of a decision without errors."""
        act, _, target = self.typed.partition(":")
        return Choice(CurationAct(act), ItemState(target))


def decide(session: Session, statistics: ItemStatistics, decision: Decision, *, actor: Actor, now: datetime) -> None:
    """Carry out one decision."""
    decide_verdict(
        session,
        statistics,
        act=decision.choice.act,
        target=decision.choice.target,
        reason=decision.reason,
        actor=actor,
        now=now,
    )


def kept_and_waiting(verdicts: Sequence[ItemStatistics]) -> list[ItemStatistics]:
    """The verdicts that one act may accept together: no rule speaks against the item, and nobody has decided."""
    return [statistics for statistics in verdicts if statistics.verdict == "keep" and is_waiting(statistics)]


def accept_kept(
    session: Session, verdicts: Sequence[ItemStatistics], *, run: uuid.UUID, actor: Actor, now: datetime
) -> int:
    """Accept every "keep" of the analysis that the page showed, each with a decision of its own; how many."""
    shown = [statistics for statistics in kept_and_waiting(verdicts) if statistics.figures.get("run") == str(run)]
    for statistics in shown:
        decide_verdict(
            session,
            statistics,
            act=CurationAct.ACCEPTED,
            target=ItemState.OPERATIONAL,
            reason="",
            actor=actor,
            now=now,
        )
    return len(shown)
