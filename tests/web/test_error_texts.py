"""Every error that the rules can raise has a text that a person can act on."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from exam import errors as exam
from itembank.errors import LatexCharacter, MathsRefused
from registry import errors as registry
from registry.model import TimeZone
from testing_platform.error_texts import TEXTS, text_of


def family(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


@pytest.mark.parametrize("root", [exam.ExamError, registry.RegistryError])
def test_each_error_class_has_its_own_text(root: type[Exception]) -> None:
    assert [kind.__name__ for kind in family(root) if kind not in TEXTS] == []


def test_parameters_stand_in_the_text(app: Flask) -> None:
    with app.test_request_context():
        assert "17" in text_of(registry.PasswordTooShortError(shortest=17))
        assert "Sesi 1, Sesi 2" in text_of(exam.SittingsNotSealedError(sittings=["Sesi 1", "Sesi 2"]))
        assert "M1.7 (1/3)" in text_of(exam.CellShortError(cells=[("M1.7", 3, 1, 2)]))
        opens, closes = datetime(2026, 11, 2, 1, tzinfo=UTC), datetime(2026, 11, 2, 4, tzinfo=UTC)
        too_early = exam.NotYetError(opens_at=opens, closes_at=closes, time_zone=TimeZone.WIT)
        assert "10.00 WIT" in text_of(too_early)
        assert "13.00 WIT" in text_of(too_early)


def test_a_text_of_the_bank_tells_the_cause_inside(app: Flask) -> None:
    cause = LatexCharacter(offset=3, found="&")
    with app.test_request_context():
        text = text_of(MathsRefused(cause=cause, line=2, maths="a & b"))
    assert "a & b" in text
    assert "%" not in text
    # In the language of the reader as well, not only the sentence around it.
    assert "karakter 4" in text  # people count from 1
