"""The demo's bank: the shipped one, with four items spoiled beside their sound versions."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from itembank import queries
from itembank.checklist import current_checklist
from itembank.consensus import refusals
from itembank.media import CleanMedia
from itembank.model import ItemVersion, Mark
from itembank.operations import (
    Draft,
    Word,
    assign_proposed,
    create_item,
    open_demo_version,
    review_version,
    rule,
    seed_shipped_bank,
    submit_for_review,
)
from itembank.operations.tasks import today
from itembank.textformat import ItemText, shipped_items, shipped_media
from registry.actor import SYSTEM, Actor
from testing_platform.demo.cast import Cast
from testing_platform.demo.planted import PLANTED, spoil

READING_TIME = timedelta(days=7)

# What the second reviewer doubts in the planted items: one fault is foreseen, one doubt is a false alarm.
DOUBTS: dict[str, dict[str, str]] = {
    "MAT-PRO-14-1": {"M2": "“Warna papan tulis” tidak berhubungan dengan soal; tidak seorang pun akan memilihnya."},
    "MAT-PRO-24-1": {"M1": "Menjumlahkan dua bilangan tidak mengukur indikatornya."},
}

# Items on the way, so that every desk of the demo has something on it. None of them enters a form.
ON_THE_WAY: tuple[tuple[str, str, Draft], ...] = (
    (
        "MAT-PED-02-9",
        "P02",
        Draft(
            stem="Sebelum mengajarkan penjumlahan pecahan yang penyebutnya berbeda, kemampuan yang paling perlu "
            "dikuatkan guru adalah ...",
            options=(
                "menentukan kelipatan persekutuan dua bilangan",
                "mengubah pecahan biasa menjadi persen",
                "membaca data pada diagram batang",
                "membandingkan besar dua buah sudut",
            ),
            key_position=0,
            rationale="Penyebut disamakan dengan kelipatan persekutuan.",
        ),
    ),
    (
        "MAT-PED-12-9",
        "P12",
        Draft(
            stem="Guru ingin peserta didik menemukan dengan caranya sendiri bahwa jumlah sudut segitiga $180^\\circ$. "
            "Kegiatan yang paling sesuai adalah ...",
            options=(
                "menyalin bukti dari buku pelajaran",
                "menghafal lalu menuliskan sifatnya",
                "menggunting sudut lalu menyusunnya",
                "mendengarkan uraian guru di kelas",
            ),
            key_position=2,
            rationale="Menyusun potongan sudut memberi pengalaman menemukan, dan caranya dapat beragam.",
        ),
    ),
    (
        "MAT-PED-19-9",
        "P19",
        Draft(
            stem="Refleksi menunjukkan bahwa sebagian besar peserta didik menjumlahkan pembilang dengan pembilang dan "
            "penyebut dengan penyebut. Tindak lanjut yang paling tepat adalah ...",
            options=(
                "memberi latihan tambahan",
                "mengulang contoh yang sama",
                "melanjutkan ke materi berikutnya",
                "meminta peserta didik menggambar kedua pecahan, lalu memeriksa jawabannya dari gambar",
            ),
            key_position=3,
            rationale="Gambar memperlihatkan bahwa jawaban itu tidak masuk akal.",
        ),
    ),
)


def furnish_bank(session: Session, cast: Cast, *, now: datetime) -> tuple[ItemText, ...]:
    """Seed the bank and plant the faults; the sound texts come back."""
    seed_shipped_bank(session, actor=SYSTEM, now=now)
    items, pictures = shipped_items(), shipped_media()
    spoiled = {planted.code for planted in PLANTED}
    for text in items:
        if text.code in spoiled:
            _plant(session, cast, spoil(text), pictures=pictures, now=now)
    _fill_desks(session, cast, now=now)
    return tuple(items)


def _fill_desks(session: Session, cast: Cast, *, now: datetime) -> None:
    """One item without reviewers, one that waits for its second reader, one on which the readers differ."""
    _fresh, begun, disputed = (
        _hand_in(session, cast, code=code, indicator=indicator, draft=draft, now=now)
        for code, indicator, draft in ON_THE_WAY
    )
    for version in (begun, disputed):
        _ask(session, cast, version, now=now)
        read(session, version, cast.reviewer, now=now)
    doubts = {"K6": "Pilihan D jauh lebih panjang daripada pilihan lain."}
    read(session, disputed, cast.second_reviewer, doubts=doubts, now=now)


def _hand_in(session: Session, cast: Cast, *, code: str, indicator: str, draft: Draft, now: datetime) -> ItemVersion:
    version = create_item(
        session,
        code=code,
        blueprint="matematika-pedagogik",
        indicator=indicator,
        draft=draft,
        actor=cast.writer,
        now=now,
    )
    submit_for_review(session, version, actor=cast.writer, now=now)
    return version


def _plant(session: Session, cast: Cast, text: ItemText, *, pictures: Mapping[str, CleanMedia], now: datetime) -> None:
    item = queries.item_by_code(session, text.code)
    assert item is not None  # noqa: S101 - it was seeded a moment ago
    version = open_demo_version(session, item, Draft.of(text, pictures=pictures), actor=cast.writer, now=now)
    submit_for_review(session, version, actor=cast.writer, now=now)
    _ask(session, cast, version, now=now)
    read(session, version, cast.reviewer, now=now)
    doubts = DOUBTS.get(text.code, {})
    read(session, version, cast.second_reviewer, doubts=doubts, now=now)
    if doubts:
        _let_pass(session, cast, version, now=now)


def _let_pass(session: Session, cast: Cast, version: ItemVersion, *, now: datetime) -> None:
    """The bank manager sets every doubt aside, so that the try-out must find the fault."""
    word = Word(upheld=False, reason="Belum meyakinkan; biarlah uji coba yang membuktikannya.")
    disputed = [refusal for refusal in refusals(version.reviews) if refusal.is_disputed]
    words = {(refusal.review.public_id, refusal.criterion): word for refusal in disputed}
    rule(session, version, words, actor=cast.bank_manager, now=now)


def _ask(session: Session, cast: Cast, version: ItemVersion, *, now: datetime) -> None:
    assign_proposed(session, [version], due_on=today(now) + READING_TIME, actor=cast.bank_manager, now=now)


def read(
    session: Session, version: ItemVersion, reviewer: Actor, *, now: datetime, doubts: Mapping[str, str] | None = None
) -> None:
    """A review that says no where there are doubts, with their words, and yes everywhere else."""
    doubts = doubts or {}
    marks = dict.fromkeys(current_checklist().codes, Mark.YES) | dict.fromkeys(doubts, Mark.NO)
    review_version(session, version, marks=marks, comments=doubts, actor=reviewer, now=now)
