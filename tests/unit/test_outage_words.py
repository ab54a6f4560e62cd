"""What a proctor is offered: one line for one outage, whoever came back first."""

from exam.outages import Interval
from exam.queries.outages import Effect
from testing_platform.web.outage_words import Finding, without_twins

SECOND = 1000


def finding(begins: int, ends: int, *, n_answers: int = 0, is_server: bool = False) -> Finding:
    effect = Effect(n_steps=n_answers, n_answers=n_answers, n_seats=n_answers)
    interval = Interval(begins * SECOND, ends * SECOND)
    return Finding(interval, when="", length="", proof="", effect=effect, is_server=is_server, is_proposed=False)


def test_computers_that_come_back_one_by_one_make_one_line() -> None:
    twenty = [finding(seat, 300 + seat, n_answers=4 if seat == 7 else 3) for seat in range(20)]
    assert without_twins(twenty) == [twenty[7]]
    equal = [finding(0, 300), finding(2, 310), finding(4, 312)]
    assert without_twins(equal) == [equal[1]]


def test_what_is_another_outage_keeps_its_line() -> None:
    found = [finding(700, 900), finding(100, 500), finding(10, 300), finding(0, 300)]
    assert without_twins(found) == [found[0], found[1], found[3]]


def test_the_silence_of_the_server_stands_beside_that_of_the_seats() -> None:
    found = [finding(5, 300, is_server=True), finding(0, 302), finding(1, 303, n_answers=9)]
    assert without_twins(found) == [found[0], found[2]]
