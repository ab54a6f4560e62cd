"""Reading what candidates reported: every line is somebody's report, however old or damaged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam.challenges import ChallengeReason, read_report


def test_a_report_says_why_and_what_was_on_the_screen() -> None:
    report = read_report("picture;answer=B;size=large;view=1366x768;zoom=1.25;pictures=0/2")
    assert report.reason is ChallengeReason.PICTURE
    assert report.screen == {"answer": "B", "size": "large", "view": "1366x768", "zoom": "1.25", "pictures": "0/2"}
    assert not report.is_automatic
    assert read_report("picture;auto=1;pictures=0/2").is_automatic


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("two-answers", ChallengeReason.TWO_ANSWERS),
        ("two_answers", ChallengeReason.TWO_ANSWERS),
        ("Typing ;", ChallengeReason.TYPING),
        ("soal membingungkan", ChallengeReason.OTHER),
        ("", ChallengeReason.OTHER),
        (None, ChallengeReason.OTHER),
        ("off-topic;view=1366x7", ChallengeReason.OFF_TOPIC),
        ("off-topic;view", ChallengeReason.OFF_TOPIC),
    ],
)
def test_older_and_damaged_reports_are_still_reports(value: str | None, reason: ChallengeReason) -> None:
    assert read_report(value).reason is reason


@given(st.text(max_size=200))
def test_no_line_is_refused(value: str) -> None:
    assert read_report(value).reason in set(ChallengeReason)
