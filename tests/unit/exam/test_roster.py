"""A roster file is understood as people write it, or refused with every problem named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam.errors import RosterError
from exam.roster import MOST_ROWS, Roster, parse_roster
from registry.model import Level
from registry.sheets import Problem, ProblemKind

HEADER = "nuptk,name,level,subject,school,seat,extra_minutes"
SITI = "1234567890123456,Siti Rahayu,SMP,Matematika,SMPN 1 Bandung,1,0"
BUDI = "2234567890123456,Budi Santoso,SMA,Matematika,SMAN 3 Kupang,2,30"


def parse(*lines: str) -> Roster:
    return parse_roster("\n".join(lines).encode(), file="daftar.csv")


def problems(content: bytes | str) -> tuple[Problem, ...]:
    with pytest.raises(RosterError) as refused:
        parse_roster(content.encode() if isinstance(content, str) else content, file="daftar.csv")
    return refused.value.problems


def places(content: bytes | str) -> list[tuple[int, str | None, ProblemKind]]:
    return [(problem.line, problem.column, problem.kind) for problem in problems(content)]


def test_a_roster_is_read_whole() -> None:
    siti, budi = parse(HEADER, SITI, BUDI).rows
    assert (siti.teacher.nuptk, siti.teacher.full_name, siti.seat, siti.extra_minutes) == (
        "1234567890123456",
        "Siti Rahayu",
        1,
        0,
    )
    assert (budi.teacher.level, budi.teacher.school, budi.extra_minutes, budi.line) == (
        Level.SMA,
        "SMAN 3 Kupang",
        30,
        3,
    )


@pytest.mark.parametrize(
    "content",
    [
        "nuptk;nama;jenjang;mapel;sekolah\n1234567890123456;Siti Rahayu;smp;Matematika;SMPN 1, Bandung\n",
        "\ufeffNUPTK,Nama Lengkap,Jenjang,Mata Pelajaran,Sekolah\r\n1234567890123456,Siti Rahayu,SMP,Matematika,"
        '"SMPN 1, Bandung"\r\n',
        "sep=;\nSekolah;mapel;level;name;nuptk;\nSMPN 1, Bandung;Matematika;SMP;Siti  Rahayu;'1234567890123456;\n\n",
        "nuptk,nama,jenjang,mapel,sekolah,kursi,tambahan_menit\r1234 5678 9012 3456,Siti Rahayu,SMP,Matematika,"
        '"SMPN 1, Bandung",,',
    ],
)
def test_what_spreadsheets_write_is_understood(content: str) -> None:
    (row,) = parse_roster(content.encode(), file="daftar.csv").rows
    assert (row.teacher.nuptk, row.teacher.full_name) == ("1234567890123456", "Siti Rahayu")
    assert (row.teacher.level, row.teacher.subject, row.teacher.school) == (
        Level.SMP,
        "Matematika",
        "SMPN 1, Bandung",
    )
    assert row.seat is None
    assert row.extra_minutes == (0 if "tambahan_menit" in content else None)  # no column: what was granted stays
    assert row.break_minutes is None


def test_every_problem_is_named_at_once_from_top_to_bottom() -> None:
    content = "\n".join(
        [
            HEADER,
            SITI,
            "1.23E+15,Ani,SMP,Matematika,SMPN 2,3,0",
            "12345,Ali,SMU,Matematika,SMPN 2,1,lama",
            "1234567890123456,,SMP,Matematika," + "x" * 301 + ",satu,0",
            "3234567890123456,Eko,SMP,Matematika",
        ]
    )
    assert places(content) == [
        (3, "nuptk", ProblemKind.NUPTK_SCIENTIFIC),
        (4, "nuptk", ProblemKind.NUPTK_NOT_16_DIGITS),
        (4, "level", ProblemKind.LEVEL_UNKNOWN),
        (4, "extra_minutes", ProblemKind.MINUTES_NOT_A_NUMBER),
        (4, "seat", ProblemKind.SEAT_TWICE),
        (5, "name", ProblemKind.EMPTY_CELL),
        (5, "school", ProblemKind.TOO_LONG),
        (5, "seat", ProblemKind.SEAT_NOT_A_NUMBER),
        (5, "nuptk", ProblemKind.NUPTK_TWICE),
        (6, None, ProblemKind.CELL_COUNT),
    ]


def test_twins_are_named_with_both_lines_under_the_header_as_written() -> None:
    content = "nuptk,nama,jenjang,mapel,sekolah,kursi\n" + "1234567890123456,A,SD,IPA,SDN 1,4\n" * 2
    nuptk, seat = problems(content)
    assert (nuptk.file, nuptk.line, nuptk.parameters["first_line"]) == ("daftar.csv", 3, 2)
    assert (seat.column, seat.line, seat.parameters["first_line"]) == ("kursi", 3, 2)


def test_numbers_that_excel_spoiled_are_not_called_twins() -> None:
    spoiled = "1,23457E+15;Ani;SMP;Matematika;SMPN 2\n"
    content = "nuptk;nama;jenjang;mapel;sekolah\n" + spoiled * 2
    assert [kind for _, _, kind in places(content)] == [ProblemKind.NUPTK_SCIENTIFIC] * 2


def test_wrong_columns_are_named_and_lines_below_are_left_alone() -> None:
    content = "nuptk,nama,alamat,nama,mapel\n12,A,B,C,D\n"
    assert places(content) == [
        (1, "alamat", ProblemKind.COLUMN_UNKNOWN),
        (1, "nama", ProblemKind.COLUMN_TWICE),
        (1, "level", ProblemKind.COLUMN_MISSING),
        (1, "school", ProblemKind.COLUMN_MISSING),
    ]
    assert "jenjang" in problems(content)[2].parameters["accepted"]  # type: ignore[operator]


def test_windows_bytes_are_named_with_line_and_text() -> None:
    content = f"{HEADER}\n{SITI}\n".encode() + BUDI.replace("Budi", "Renée").encode("latin-1")
    (problem,) = problems(content)
    assert (problem.line, problem.kind) == (3, ProblemKind.ENCODING_LATIN)
    assert "Renée" in str(problem.parameters["text"])


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", ProblemKind.EMPTY_FILE),
        (b"\xef\xbb\xbf\r\n  \r\n", ProblemKind.EMPTY_FILE),
        (HEADER.encode(), ProblemKind.EMPTY_FILE),
        (HEADER.encode("utf-16"), ProblemKind.ENCODING_UTF16),
        (b"PK\x03\x04\x14\x00\x06\x00", ProblemKind.NOT_CSV),
        (b"a\0b", ProblemKind.NOT_CSV),
    ],
)
def test_what_is_no_roster_at_all_is_recognised(content: bytes, kind: ProblemKind) -> None:
    assert [found for _, _, found in places(content)] == [kind]


def test_an_open_quotation_mark_is_found_where_it_opens() -> None:
    assert (3, None, ProblemKind.BROKEN_QUOTES) in places(f'{HEADER}\n{SITI}\n"2234,Budi\n{BUDI}\n')


def test_a_line_break_inside_quotes_keeps_the_count_of_lines() -> None:
    content = f'{HEADER}\n1234567890123456,"Siti\nRahayu",SMP,Matematika,SMPN 1,1,0\n12,Budi,SMA,Matematika,SMAN 3,2,0'
    assert places(content) == [(4, "nuptk", ProblemKind.NUPTK_NOT_16_DIGITS)]


def test_an_invisible_character_is_found() -> None:
    assert places(f"{HEADER}\n{SITI.replace('Rahayu', 'Ra' + chr(0x202E) + 'hayu')}") == [
        (2, "name", ProblemKind.CONTROL_CHARACTER)
    ]


def test_more_rows_than_a_roster_holds_are_refused_at_the_first_too_many() -> None:
    lines = [f"{number:016},Guru,SD,IPA,SDN 1,," for number in range(MOST_ROWS + 1)]
    assert len(parse(HEADER, *lines[:-1]).rows) == MOST_ROWS
    assert places("\n".join([HEADER, *lines])) == [(MOST_ROWS + 2, None, ProblemKind.TOO_MANY_ROWS)]


@pytest.mark.parametrize(("cell", "fine"), [("1", True), ("999", True), ("0", False), ("1000", False), ("٣", False)])
def test_seats_are_numbers_of_a_room(cell: str, fine: bool) -> None:
    line = SITI.replace(",1,0", f",{cell},0")
    if fine:
        assert parse(HEADER, line).rows[0].seat == int(cell)
    else:
        assert places(f"{HEADER}\n{line}") == [(2, "seat", ProblemKind.SEAT_NOT_A_NUMBER)]


@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_file_whatever_breaks_the_reader(content: bytes) -> None:
    with pytest.raises(RosterError) as refused:
        parse_roster(content, file="x")
    assert refused.value.problems
