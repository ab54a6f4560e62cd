"""The curation policy catches planted faults and leaves sound items alone."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from analysis.classical import Caution, analyze
from analysis.explanations import CAUTIONS, LANGUAGES, OUTCOMES, REASONS, explain_caution, explain_reason
from analysis.responses import ResponseMatrix
from analysis.simulation import Fault, simulate_tryout
from analysis.verdict import Outcome, Policy, judge, judge_all

FAULTS = (Fault.WRONG_KEY, Fault.DEAD_DISTRACTOR, Fault.GUESSING, Fault.TOO_EASY)
FLAGGED = {Outcome.REVISE, Outcome.DROP, Outcome.CHECK_KEY}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Counter[Outcome]]:
    """What the policy said of every item over 200 try-outs of 300 people and 40 items, by planted fault."""
    counts: dict[str, Counter[Outcome]] = {name: Counter() for name in ("sound", *FAULTS)}
    for seed in range(200):
        tryout = simulate_tryout(seed, faults=FAULTS)
        for verdict in judge_all(analyze(tryout.matrix)):
            counts[tryout.planted.get(verdict.item, "sound")][verdict.outcome] += 1
    return counts


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_flagged(outcomes: dict[str, Counter[Outcome]], fault: Fault) -> None:
    found = outcomes[fault]
    assert sum(found[outcome] for outcome in FLAGGED) >= 0.95 * found.total()


def test_a_wrong_key_is_called_a_wrong_key(outcomes: dict[str, Counter[Outcome]]) -> None:
    assert outcomes[Fault.WRONG_KEY][Outcome.CHECK_KEY] >= 0.95 * outcomes[Fault.WRONG_KEY].total()


def test_sound_items_are_neither_dropped_nor_suspected(outcomes: dict[str, Counter[Outcome]]) -> None:
    sound = outcomes["sound"]
    assert sound[Outcome.DROP] + sound[Outcome.CHECK_KEY] <= 0.01 * sound.total()
    assert sound[Outcome.KEEP] + sound[Outcome.WATCH] >= 0.95 * sound.total()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.WRONG_KEY, "distractor_beats_key"),
        (Fault.DEAD_DISTRACTOR, "distractor_dead"),
        (Fault.GUESSING, "answers_spread_evenly"),
        (Fault.TOO_EASY, "too_easy"),
        (Fault.TOO_HARD, "too_hard"),
        (Fault.NEGATIVE, "discrimination_low"),
    ],
)
def test_each_fault_is_named_with_its_numbers_and_criterion(fault: Fault, code: str) -> None:
    tryout = simulate_tryout(13, n_persons=2000, faults=[fault])
    (item,) = tryout.planted
    (verdict,) = (v for v in judge_all(analyze(tryout.matrix)) if v.item == item)
    reason = next(reason for reason in verdict.reasons if reason.code == code)
    assert reason.criterion is not None
    assert reason.outcome in FLAGGED
    assert all(np.isfinite(value) for _, value in reason.numbers)


def test_a_small_tryout_condemns_nothing() -> None:
    tryout = simulate_tryout(3, n_persons=25, faults=FAULTS)
    verdicts = judge_all(analyze(tryout.matrix))
    assert {verdict.outcome for verdict in verdicts} == {Outcome.WATCH}
    assert {reason.code for verdict in verdicts for reason in verdict.reasons} == {"too_few_answers"}


def test_a_dead_distractor_alone_never_drops_an_item() -> None:
    tryout = simulate_tryout(4, n_persons=3000, faults=[Fault.DEAD_DISTRACTOR])
    (item,) = tryout.planted
    (verdict,) = (v for v in judge_all(analyze(tryout.matrix)) if v.item == item)
    assert verdict.outcome is Outcome.REVISE


def test_an_easy_item_is_rescued_only_when_it_discriminates_and_every_distractor_works() -> None:
    sound = analyze(simulate_tryout(8, n_persons=3000).matrix).items
    easy = max((i for i in sound if min(o.proportion for o in i.distractors) > 0.02), key=lambda item: item.p)
    strict = Policy(difficulty_high=easy.p - 0.1)
    assert judge(easy, strict).outcome is Outcome.KEEP
    assert judge(easy, replace(strict, rescue_biserial=0.99)).outcome is Outcome.REVISE
    silent = replace(easy.distractors[0], n=0, proportion=0.0, point_biserial=float("nan"))
    spoiled = replace(easy, options=(silent, *(o for o in easy.options if o.letter != silent.letter)))
    assert "too_easy" in {reason.code for reason in judge(spoiled, strict).reasons}


def test_an_item_that_everyone_got_right_is_too_easy_and_not_dropped() -> None:
    options = np.zeros((200, 5), dtype=np.int8)
    options[::2, 1:] = 1
    verdict = judge_all(analyze(ResponseMatrix.from_arrays(options, key=[0] * 5)))[0]
    assert verdict.outcome is Outcome.REVISE
    assert {"discrimination_undefined", "too_easy"} <= {reason.code for reason in verdict.reasons}


def test_an_item_alone_is_watched_because_it_can_only_agree_with_itself() -> None:
    options = np.array([[0], [0], [1], [2], [3]] * 20, dtype=np.int8)
    (verdict,) = judge_all(analyze(ResponseMatrix.from_arrays(options, key=[0])))
    assert verdict.outcome is Outcome.WATCH
    assert [reason.code for reason in verdict.reasons] == ["discrimination_undefined"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_of_a_bad_tryout_is_explained(language: str) -> None:
    analysis = analyze(simulate_tryout(5, n_persons=60, faults=list(Fault)).matrix)
    sentences = [explain_reason(r, language) for verdict in judge_all(analysis) for r in verdict.reasons]
    sentences += [explain_caution(caution, language) for form in analysis.forms for caution in form.cautions]
    assert sentences
    assert not any("{" in sentence or "nan" in sentence for sentence in sentences)


def test_every_text_stands_in_both_languages() -> None:
    for table in (OUTCOMES, REASONS, CAUTIONS):
        assert all(set(texts) == set(LANGUAGES) for texts in table.values())
    assert set(OUTCOMES) == set(Outcome)


@pytest.mark.parametrize(("error", "outcome"), [(0.08, Outcome.WATCH), (0.05, Outcome.CHECK_KEY)])
def test_a_lead_in_the_upper_group_must_be_proven(error: float, outcome: Outcome) -> None:
    sound = analyze(simulate_tryout(8, n_persons=500).matrix).items[0]
    leading = replace(sound.distractors[0], upper_excess_over_key=0.2, upper_excess_over_key_se=error)
    item = replace(sound, options=(leading, *(o for o in sound.options if o.letter != leading.letter)))
    reason = next(r for r in judge(item).reasons if r.code == "upper_group_prefers_distractor")
    assert reason.outcome is outcome


def test_a_reliability_just_below_the_wanted_one_is_not_written_as_equal_to_it() -> None:
    caution = Caution("reliability_below_wanted", (("alpha", 0.6964), ("wanted", 0.7)))
    assert explain_caution(caution, "en") == "Reliability 0.696 is below 0.70."
