"""Items to look at in tests of the runner: maths, a table, a picture, a long stem, long options."""

from typing import Any

from itembank.markup import render, render_option

FIGURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 240" width="480" height="240">'
    b'<path d="M60 200 H420 L60 40 Z" fill="#e8eef5" stroke="#1a2326" stroke-width="3"/>'
    b'<text x="30" y="125" font-size="20" font-family="sans-serif">6</text>'
    b'<text x="230" y="228" font-size="20" font-family="sans-serif">8</text></svg>'
)

_TEXTS: list[tuple[str, list[str]]] = [
    (
        "Seorang guru mencatat banyak siswa yang hadir dalam lima hari: "
        "28, 30, 27, 31, dan 29. Berapakah rata-rata kehadirannya?",
        ["28", "29", "30", "31"],
    ),
    (
        r"Diketahui $f(x) = \frac{2x+1}{x-3}$ untuk $x \neq 3$. Nilai dari $f^{-1}(5)$ adalah ....",
        [r"$\frac{16}{3}$", r"$\frac{14}{3}$", r"$4$", r"$-\frac{16}{3}$"],
    ),
    (
        r"Bentuk sederhana dari $$\lim_{x \to 2} \frac{x^2 - 4}{\sqrt{x+2} - 2}$$ adalah ....",
        ["$8$", "$16$", r"$4\sqrt{2}$", "Limitnya tidak ada karena penyebutnya menuju nol dari dua arah yang berbeda"],
    ),
    (
        "Perhatikan tabel hasil ulangan berikut.\n\n| Nilai | Banyak siswa |\n|---|---|\n"
        "| 60 | 4 |\n| 70 | 9 |\n| 80 | 12 |\n| 90 | 5 |\n\n"
        "Median nilai ulangan tersebut adalah ....",
        ["70", "75", "80", "85"],
    ),
    (
        "Bu Ratna mengajar kelas VIII dengan kemampuan awal yang sangat beragam. "
        "Beberapa siswa sudah menguasai persamaan linear, "
        "sebagian lain masih keliru mengoperasikan bilangan bulat negatif. "
        "Ia ingin semua siswa mencapai tujuan belajar yang sama pada akhir "
        "pekan, tanpa mempermalukan siapa pun. Langkah pertama yang **paling tepat** ialah ....",
        [
            "memberi tugas yang sama kepada semua siswa, lalu menambah latihan bagi siswa yang nilainya rendah",
            "melakukan penilaian diagnostik singkat dan menyusun kegiatan berjenjang menurut hasilnya",
            "memisahkan siswa ke dalam kelompok tetap menurut nilai rapor semester sebelumnya",
            "meminta siswa yang sudah menguasai untuk mengajari teman sebangkunya sepanjang pelajaran",
        ],
    ),
]


def make_items(count: int) -> list[dict[str, Any]]:
    """Items as they stand in a form; every fifth but one shows the picture named `segitiga`."""
    return [_item(number) for number in range(1, count + 1)]


def _item(number: int) -> dict[str, Any]:
    stem, options = _TEXTS[(number - 1) % len(_TEXTS)]
    html = render(stem, media=()).html
    if number % 5 == 1 and number > 1:
        html = (
            '<p><img data-media="PICTURE:segitiga" '
            'alt="Segitiga siku-siku dengan sisi 6 dan 8" width="480" height="240"></p>' + html
        )
    letters = zip("abcd", options, strict=True)
    return {
        "id": f"i{number}",
        "html": html,
        "options": [
            {"id": f"i{number}{letter}", "html": render_option(text, media=()).html} for letter, text in letters
        ],
    }
