"""Every reason, caution and outcome in plain words, Indonesian and English, with its numbers filled in.

The texts stand here because the analysis must explain itself on the command line too, without the platform.
"""

import math

from analysis.classical import Caution
from analysis.verdict import Outcome, Reason

LANGUAGES = ("id", "en")

OUTCOMES: dict[Outcome, dict[str, str]] = {
    Outcome.KEEP: {"id": "Pertahankan", "en": "Keep"},
    Outcome.WATCH: {"id": "Amati", "en": "Watch"},
    Outcome.REVISE: {"id": "Revisi", "en": "Revise"},
    Outcome.DROP: {"id": "Gugurkan", "en": "Drop"},
    Outcome.CHECK_KEY: {"id": "Periksa kunci", "en": "Check the key"},
}

REASONS: dict[str, dict[str, str]] = {
    "too_few_answers": {
        "id": "Baru {n:.0f} peserta mengerjakan soal ini; penilaian memerlukan sedikitnya {wanted:.0f}.",
        "en": "Only {n:.0f} people were presented with this item; a judgement needs at least {wanted:.0f}.",
    },
    "distractor_beats_key": {
        "id": "Pilihan {option} lebih sejalan dengan skor total ({distractor:.2f}) daripada kunci ({key:.2f}). "
        "Kuncinya mungkin keliru.",
        "en": "Option {option} goes with the total score ({distractor:.2f}) more than the key does ({key:.2f}). "
        "The key may be wrong.",
    },
    "upper_group_prefers_distractor": {
        "id": "Kelompok atas lebih banyak memilih {option} ({distractor:.0%}) daripada kunci ({key:.0%}). "
        "Kuncinya mungkin keliru.",
        "en": "The upper group chooses {option} ({distractor:.0%}) more often than the key ({key:.0%}). "
        "The key may be wrong.",
    },
    "discrimination_undefined": {
        "id": "Daya beda tidak dapat dihitung ({p:.0%} benar): semua peserta menjawab sama, atau tidak ada soal lain "
        "sebagai pembanding.",
        "en": "Discrimination is undefined ({p:.0%} right): everyone answered alike, or there is no other item to "
        "compare with.",
    },
    "discrimination_low": {
        "id": "Daya beda {value:.2f} (batas atas {upper_limit:.2f}) di bawah {wanted:.2f}: soal ini kurang membedakan "
        "peserta yang menguasai dari yang belum.",
        "en": "Discrimination {value:.2f} (upper limit {upper_limit:.2f}) is below {wanted:.2f}: the item hardly tells "
        "those who know from those who do not.",
    },
    "answers_spread_evenly": {
        "id": "Jawaban tersebar merata di semua pilihan, pada kelompok atas maupun bawah (peluang "
        "{upper:.2f} dan {lower:.2f}): peserta tampaknya menebak.",
        "en": "Answers spread evenly over the options in the upper and the lower group alike (probabilities "
        "{upper:.2f} and {lower:.2f}): people seem to guess.",
    },
    "too_easy": {
        "id": "Terlalu mudah: {p:.0%} menjawab benar (batas bawah {limit:.0%}, seharusnya paling tinggi {wanted:.0%}). "
        "Periksa apakah ada petunjuk ke kunci.",
        "en": "Too easy: {p:.0%} are right (lower limit {limit:.0%}, wanted at most {wanted:.0%}). "
        "See whether something gives the key away.",
    },
    "too_hard": {
        "id": "Terlalu sukar: hanya {p:.0%} menjawab benar (batas atas {limit:.0%}, "
        "seharusnya sedikitnya {wanted:.0%}). Periksa kejelasan pokok soal.",
        "en": "Too hard: only {p:.0%} are right (upper limit {limit:.0%}, wanted at least {wanted:.0%}). "
        "See whether the stem is clear.",
    },
    "distractor_dead": {
        "id": "Pengecoh {option} hampir tidak dipilih ({share:.1%}, batas atas {upper_limit:.1%}; "
        "seharusnya sedikitnya {wanted:.0%}).",
        "en": "Distractor {option} is hardly chosen ({share:.1%}, upper limit {upper_limit:.1%}; "
        "wanted at least {wanted:.0%}).",
    },
    "distractor_attracts_the_able": {
        "id": "Pengecoh {option} justru menarik peserta yang lebih mampu (korelasi {value:.2f}, "
        "batas bawah {lower_limit:.2f}).",
        "en": "Distractor {option} attracts the abler (correlation {value:.2f}, lower limit {lower_limit:.2f}).",
    },
}

CAUTIONS: dict[str, dict[str, str]] = {
    "few_persons": {
        "id": "Peserta baru {n:.0f} orang; di bawah {wanted:.0f} angka-angka ini hanya petunjuk kasar.",
        "en": "There are only {n:.0f} people; below {wanted:.0f} these figures are rough hints.",
    },
    "scores_do_not_differ": {
        "id": "Semua {n:.0f} peserta memperoleh skor yang sama; daya beda dan reliabilitas tidak dapat dihitung.",
        "en": "All {n:.0f} people have the same score; discrimination and reliability are undefined.",
    },
    "constant_items": {
        "id": "{count:.0f} soal dijawab benar, atau salah, oleh semua peserta.",
        "en": "{count:.0f} items were answered right, or wrong, by everyone.",
    },
    "mostly_blank_items": {
        "id": "{count:.0f} soal dibiarkan kosong oleh lebih dari separuh peserta, dan jawaban kosong dihitung salah. "
        "Bila soal itu tidak disajikan kepada mereka, tulislah titik (.) di selnya.",
        "en": "{count:.0f} items were left blank by more than half of the people, and blanks count wrong. "
        "If they were not presented to them, write a dot (.) in their cells.",
    },
    "few_persons_for_model": {
        "id": "Model ini diestimasi dari {n:.0f} peserta; di bawah {wanted:.0f} parameter soal masih goyah.",
        "en": "This model rests on {n:.0f} people; below {wanted:.0f} item parameters are still shaky.",
    },
    "forms_not_linked": {
        "id": "Ada paket yang tidak memiliki soal bersama. Parameternya hanya dapat dibandingkan bila peserta kedua "
        "paket sama mampunya; hal itu diandaikan, tidak diukur.",
        "en": "Some forms share no items. Their parameters compare only if the people of both are equally able, "
        "which is assumed and not measured.",
    },
    "weights_left_aside": {
        "id": "Bobot peserta bukan bilangan bulat, atau mewakili lebih dari 200.000 orang, jadi angka "
        "kecocokan menghitung setiap baris satu kali.",
        "en": "The weights are no whole numbers, or stand for more than 200,000 people, so the figures of fit "
        "count every row once.",
    },
    "reliability_below_wanted": {
        "id": "Reliabilitas {alpha:.3f} di bawah {wanted:.2f}.",
        "en": "Reliability {alpha:.3f} is below {wanted:.2f}.",
    },
}


def explain_reason(reason: Reason, language: str = "id") -> str:
    """One sentence that says why the rule spoke."""
    return _filled(REASONS[reason.code][language], reason.numbers, language=language, option=reason.option or "")


def explain_caution(caution: Caution, language: str = "id") -> str:
    """One sentence that says what to know before trusting the figures."""
    return _filled(CAUTIONS[caution.code][language], caution.numbers, language=language)


def _filled(text: str, numbers: tuple[tuple[str, float], ...], *, language: str, option: str = "") -> str:
    values = {name: _Number(value) if math.isfinite(value) else _Unknown(value) for name, value in numbers}
    if language == "id":
        values = {name: _IndonesianNumber(value) if math.isfinite(value) else value for name, value in values.items()}
    return text.format(option=option, **values)


class _Number(float):
    """A number written with a decimal point, and a minus that is no hyphen."""

    def __format__(self, spec: str) -> str:
        return super().__format__(spec).replace("-", "−")


class _IndonesianNumber(_Number):
    """A number written with a decimal comma."""

    def __format__(self, spec: str) -> str:
        return super().__format__(spec).replace(".", ",")


class _Unknown(_Number):
    """A figure that could not be computed."""

    def __format__(self, spec: str) -> str:
        return "–"
