"""The words of candidates' reports of broken items."""

from flask_babel import lazy_gettext

from exam.challenges import ChallengeReason

_REASONS = {
    ChallengeReason.NO_RIGHT_ANSWER: lazy_gettext("No option is right"),
    ChallengeReason.TWO_ANSWERS: lazy_gettext("More than one option is right"),
    ChallengeReason.PICTURE: lazy_gettext("A picture is missing"),
    ChallengeReason.TYPING: lazy_gettext("Typing error"),
    ChallengeReason.OFF_TOPIC: lazy_gettext("Off topic"),
    ChallengeReason.OTHER: lazy_gettext("Something else"),
}


def reason_name(reason: ChallengeReason) -> str:
    """What a candidate found wrong, in words."""
    return str(_REASONS[reason])
