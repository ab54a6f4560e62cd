"""The lives of a sitting and of an attempt: states and the tables of legal moves.

A move is a conditional UPDATE (`WHERE state = old`): of two workers that try, one wins.
"""

from enum import StrEnum


class SittingState(StrEnum):
    """Where a sitting stands."""

    PLANNED = "planned"  # roster and cards are being prepared
    OPEN = "open"  # the start code is shown, candidates may sign in
    CLOSED = "closed"  # nobody may begin or work any more; late steps are still kept
    SEALED = "sealed"  # the journals are final; scoring may begin


SITTING_TRANSITIONS: dict[SittingState, frozenset[SittingState]] = {
    SittingState.PLANNED: frozenset({SittingState.OPEN}),
    SittingState.OPEN: frozenset({SittingState.CLOSED}),
    SittingState.CLOSED: frozenset({SittingState.SEALED}),
    SittingState.SEALED: frozenset(),
}


class AttemptState(StrEnum):
    """Where a candidate's attempt stands."""

    WAITING = "waiting"  # signed in with the start code; the proctor has not checked the identity yet
    ADMITTED = "admitted"  # may begin; the clock does not run yet
    WORKING = "working"  # the clock runs
    SUBMITTED = "submitted"  # handed in by the candidate
    EXPIRED = "expired"  # the time ran out, or the room was closed


ATTEMPT_TRANSITIONS: dict[AttemptState, frozenset[AttemptState]] = {
    AttemptState.WAITING: frozenset({AttemptState.ADMITTED, AttemptState.EXPIRED}),
    AttemptState.ADMITTED: frozenset({AttemptState.WORKING, AttemptState.EXPIRED}),
    AttemptState.WORKING: frozenset({AttemptState.SUBMITTED, AttemptState.EXPIRED}),
    AttemptState.SUBMITTED: frozenset(),
    AttemptState.EXPIRED: frozenset(),
}


class StepKind(StrEnum):
    """What a candidate does; the words of the journal."""

    ANSWER = "answer"  # chose an option, or cleared the answer
    FLAG = "flag"  # marked or unmarked an item as doubtful
    VIEW = "view"  # looked at an item
    FOCUS = "focus"  # the window lost or gained the focus
    CHALLENGE = "challenge"  # reported an item as broken


class StepMark(StrEnum):
    """When a step reached the server, judged once at receipt."""

    ON_TIME = "on_time"
    LATE = "late"
    AFTER_SUBMIT = "after_submit"


class Treatment(StrEnum):
    """What a key set does with an item."""

    SCORE = "score"  # right when the chosen option is one of its keys
    CREDIT = "credit"  # faulty: everybody gets it
    DROP = "drop"  # faulty: nobody does, and it leaves the denominator


class IncidentKind(StrEnum):
    """What kind of thing happened in the room, as the minutes sort it."""

    POWER = "power"  # electricity failed
    NETWORK = "network"  # the connection failed
    COMPUTER = "computer"  # one computer failed
    CONDUCT = "conduct"  # somebody broke the rules
    HEALTH = "health"  # somebody fell ill
    OTHER = "other"
