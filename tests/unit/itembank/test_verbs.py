"""The verbs of indicators: measurable, and of the level that stands beside them."""

import pytest

from itembank.textformat import shipped_blueprints
from itembank.verbs import Severity, VerbProblem, current_verbs, listed_twice, verb_finding, verb_of


@pytest.mark.parametrize(
    ("text", "bloom", "problem"),
    [
        ("Menjelaskan manfaat tes awal", "C2", None),
        ("Menganalisis fungsi pada Excel", "C2", VerbProblem.OTHER_LEVEL),
        ("Mengidentifikasi prosedur penilaian", "C5", VerbProblem.OTHER_LEVEL),
        ("Menyebutkan ciri-ciri tes", "C2", VerbProblem.OTHER_LEVEL),
        ("Memahami konsep limit", "C2", VerbProblem.UNMEASURABLE),
        ("Peserta didik dapat memahami konsep limit", "C2", VerbProblem.UNMEASURABLE),
        ("Peserta dapat menghitung limit", "C3", None),
        ("Mampu", "C3", VerbProblem.UNMEASURABLE),
        ("Memfaktorkan bentuk kuadrat", "C3", VerbProblem.UNKNOWN),
        ("1.2.3", "C3", VerbProblem.MISSING),
    ],
)
def test_the_verb_is_judged(text: str, bloom: str, problem: VerbProblem | None) -> None:
    finding = verb_finding(text, bloom)
    assert (finding.problem if finding else None) == problem


def test_a_finding_says_what_would_do() -> None:
    other = verb_finding("Menganalisis fungsi", "C2")
    unmeasurable = verb_finding("Memahami fungsi", "C2")
    assert other is not None
    assert unmeasurable is not None
    assert other.levels == ("C4",)
    assert "menjelaskan" in unmeasurable.instead


def test_the_shipped_blueprints_have_verbs_that_fit() -> None:
    found = [
        (indicator.code, finding)
        for plan in shipped_blueprints()
        for indicator in plan.indicators()
        if (finding := verb_finding(indicator.text, indicator.bloom)) is not None
    ]
    assert found == []


def test_a_check_can_be_switched_off() -> None:
    off = current_verbs().severity.model_copy(update={"unknown": Severity.OFF})
    verbs = current_verbs().model_copy(update={"severity": off})
    assert verb_finding("Memfaktorkan bentuk kuadrat", "C3", verbs) is None


def test_no_verb_is_measurable_and_unmeasurable_at_once() -> None:
    assert list(listed_twice(current_verbs())) == []
    assert all(current_verbs().of_level(f"C{level}") for level in range(1, 7))


def test_the_verb_is_the_first_word_that_says_what_is_done() -> None:
    assert verb_of("  Guru mampu merancang pembelajaran") == "merancang"
    assert verb_of("Disajikan grafik, peserta dapat menafsirkan isinya") == "menafsirkan"
