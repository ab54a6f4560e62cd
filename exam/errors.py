"""What can go wrong in an examination. Each error has a stable code and the parameters of its text;
the texts themselves stand in the shell's translations.

    ExamError
    |-- FormError          assembling and sealing
    |-- SittingError       planning, roster, opening and closing
    |-- CredentialError    PIN, start code, result code
    |-- DeliveryError      the answer path
    |-- ScoringError       key sets, scoring runs
    `-- ReleaseError       release of results
"""

from typing import ClassVar


class ExamError(Exception):
    """An act that the rules of the examination refuse. Nothing was changed."""

    code: ClassVar[str] = "exam-error"

    def __init__(self, **parameters: object) -> None:
        super().__init__(f"{self.code} {parameters}" if parameters else self.code)
        self.parameters = parameters


class FormError(ExamError):
    """A form cannot be assembled or sealed."""

    code = "form-error"


class SittingError(ExamError):
    """A sitting cannot be planned or run like this."""

    code = "sitting-error"


class CredentialError(ExamError):
    """A candidate's PIN or code is not accepted."""

    code = "credential-error"


class DeliveryError(ExamError):
    """The answer path refuses a call; what was acknowledged before is safe."""

    code = "delivery-error"


class ScoringError(ExamError):
    """A key set or a scoring run is refused."""

    code = "scoring-error"


class ReleaseError(ExamError):
    """A release is refused."""

    code = "release-error"


# The answer path -------------------------------------------------------------------------------------------------


class SittingNotOpenError(DeliveryError):
    """The sitting is not open for candidates."""

    code = "sitting-not-open"


class OtherDeviceError(DeliveryError):
    """Another device holds the attempt; the proctor must release the seat first."""

    code = "other-device"


class NotAdmittedError(DeliveryError):
    """The proctor has not checked the identity yet, or the attempt is over."""

    code = "not-admitted"


class SupersededError(DeliveryError):
    """The seat was released, and this token belongs to the time before."""

    code = "superseded"


class ChainMismatchError(DeliveryError):
    """The steps do not continue the journal; the server says where it stands."""

    code = "chain-mismatch"

    def __init__(self, *, last_seq: int, digest: str) -> None:
        super().__init__(last_seq=last_seq, digest=digest)


class UnknownItemError(DeliveryError):
    """A step names an item or option that is not in this form."""

    code = "unknown-item"


class SealedError(DeliveryError):
    """The sitting is sealed; its journals are final."""

    code = "sealed"


# Sittings and credentials ----------------------------------------------------------------------------------------


class PinMistypedError(CredentialError):
    """The check character shows a typing error; nothing was counted."""

    code = "pin-mistyped"


class WindowPastError(SittingError):
    """The window begins in the past."""

    code = "window-past"


class WindowReversedError(SittingError):
    """The window ends before it begins."""

    code = "window-reversed"


class WindowTooShortError(SittingError):
    """The window is shorter than the test."""

    code = "window-too-short"
