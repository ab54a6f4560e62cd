"""What can go wrong in an examination. Each error has a stable code and the parameters of its text;
the texts themselves stand in the shell's translations.

    ExamError
    |-- FormError          assembling and sealing
    |-- SittingError       planning, roster, opening and closing
    |-- CredentialError    PIN, start code, result code
    |-- DeliveryError      the answer path
    |-- ProofError         heads, seals, receipts
    |-- ScoringError       key sets, scoring runs
    `-- ReleaseError       release of results
"""

from typing import ClassVar

from registry.sheets import Problem


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


class NotWorkingError(DeliveryError):
    """The clock of this attempt does not run, so there is nothing to take a break from."""

    code = "not-working"


class NoBreakLeftError(DeliveryError):
    """No break was granted, or it is used up."""

    code = "no-break-left"


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


class RosterError(SittingError):
    """A roster is refused as a whole; `problems` names everything that is wrong in it."""

    code = "roster-refused"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(n_problems=len(problems))
        self.problems = problems


# Forms -----------------------------------------------------------------------------------------------------------


class CellShortError(FormError):
    """Cells of the blueprint hold too few items: (cell code, wanted, available, short) for each of them."""

    code = "cell-short"

    def __init__(self, *, cells: list[tuple[str, int, int, int]]) -> None:
        super().__init__(cells=cells)
        self.cells = cells


class KeyBalanceError(FormError):
    """The cells can be filled, but not with balanced keys; `closest` counts the key positions A, B, ... of the best."""

    code = "key-balance"

    def __init__(self, *, at_least: int, at_most: int, closest: list[int]) -> None:
        super().__init__(at_least=at_least, at_most=at_most, closest=closest)


class PlanContradictsItselfError(FormError):
    """A form specification whose numbers no bank could satisfy."""

    code = "plan-contradicts-itself"


class SolverFailedError(FormError):
    """The solver gave up without an answer; nothing was assembled."""

    code = "solver-failed"


class SpecificationUnknownError(FormError):
    """There is no form specification of this code, or no blueprint that it names."""

    code = "specification-unknown"


class FormCodeTakenError(FormError):
    """Another form bears this code."""

    code = "form-code-taken"


class AdministrationCodeTakenError(FormError):
    """Another administration bears this code."""

    code = "administration-code-taken"


class PurposeMismatchError(FormError):
    """A form for another purpose than its administration has."""

    code = "purpose-mismatch"


class BankMovedError(FormError):
    """Versions left the states that the form may take while it was being assembled; assemble again."""

    code = "bank-moved"


class PictureMissingError(FormError):
    """An item names a picture that the bank does not hand over."""

    code = "picture-missing"


class FormKeyUnreadableError(FormError):
    """The key of a form cannot be unwrapped: another secret, or a changed row."""

    code = "form-key-unreadable"


# Key sets, scoring and release ------------------------------------------------------------------------------------


class FormNotOperationalError(ScoringError):
    """A try-out judges items, not people: its forms get no key set and no scores."""

    code = "form-not-operational"


class KeyChangeRefusedError(ScoringError):
    """A change names an item or an option that the form does not have, or leaves a scored item without a key."""

    code = "key-change-refused"


class NothingCountsError(ScoringError):
    """With these treatments no item would count."""

    code = "nothing-counts"


class ReasonMissingError(ScoringError):
    """A change of keys, and the withdrawal of a release, need a reason that others can read later."""

    code = "reason-missing"


class ReportsUnreadError(ScoringError):
    """Candidates reported items of the form, at `positions`, and nobody has read the reports yet."""

    code = "reports-unread"


class KeySetUnchangedError(ScoringError):
    """The proposal says the same as the key set in force."""

    code = "key-set-unchanged"


class KeySetSupersededError(ScoringError):
    """A newer key set was proposed; this one can no longer be signed or scored by."""

    code = "key-set-superseded"


class OwnProposalError(ScoringError):
    """Whoever proposed a key set is not one of the two who sign it."""

    code = "own-proposal"


class AlreadySignedError(ScoringError):
    """This person's signature, or both signatures, stand under the key set already."""

    code = "already-signed"


class DigestChangedError(ScoringError):
    """What was signed is not what is on file; look at it again."""

    code = "digest-changed"


class SignaturesMissingError(ScoringError):
    """The key check lacks signatures."""

    code = "signatures-missing"


class SittingsNotSealedError(ScoringError):
    """Sittings of the form are not sealed yet, or none exists; `sittings` names them."""

    code = "sittings-not-sealed"


class NobodyBeganError(ScoringError):
    """No candidate of the form began the test, so there is nothing to score."""

    code = "nobody-began"


class JournalBrokenError(ScoringError):
    """The journals of these attempts do not hold together; they must be looked into before anything is scored."""

    code = "journal-broken"


class RunNotLatestError(ReleaseError):
    """A newer scoring run of the form exists; only the latest can be released."""

    code = "run-not-latest"


class ReleaseExistsError(ReleaseError):
    """The run is proposed for release already."""

    code = "release-exists"


class OwnReleaseError(ReleaseError):
    """Whoever proposed a release is not who approves it."""

    code = "own-release"


class ReleaseApprovedError(ReleaseError):
    """The release is approved; results are out and stay on file."""

    code = "release-approved"


class RunChangedError(ReleaseError):
    """The scores on file are not those that were proposed for release."""

    code = "run-changed"


# Running a sitting ------------------------------------------------------------------------------------------------


class NotYourSiteError(SittingError):
    """Site roles act at their own site only."""

    code = "not-your-site"


class FormElsewhereError(SittingError):
    """The form belongs to another administration than the sitting."""

    code = "form-elsewhere"


class RoomTakenError(SittingError):
    """Another sitting uses the room in this window."""

    code = "room-taken"


class SittingStateError(SittingError):
    """The sitting is not in the state that this act needs, perhaps because somebody else was faster."""

    code = "sitting-state"


class NotYetError(SittingError):
    """It is too early to open the room, or the window is over; `time_zone` is the one of its clock."""

    code = "not-yet"


class RosterMissingError(SittingError):
    """A sitting without candidates, or with candidates without cards, cannot open."""

    code = "roster-missing"


class UnknownEnrolmentError(SittingError):
    """The enrolment is not one of this sitting."""

    code = "unknown-enrolment"


class AttemptStateError(SittingError):
    """The seat is not in the state that this act needs, perhaps because somebody else was faster."""

    code = "attempt-state"


class MinutesRefusedError(SittingError):
    """Minutes are added in whole ones, from 1 to 240 at a time."""

    code = "minutes-refused"


class TimeReasonMissingError(SittingError):
    """Whoever touches a candidate's time gives the reason that the minutes of the sitting will print."""

    code = "time-reason-missing"


class MinutesMeanwhileError(SittingError):
    """Somebody else granted minutes after the proctor looked, perhaps the same ones."""

    code = "minutes-meanwhile"


class AccommodationRefusedError(SittingError):
    """Extra time must fit into the window (`most_extra` minutes), breaks end after `most_break` minutes."""

    code = "accommodation-refused"


class UnfinishedWorkError(SittingError):
    """People are still at work, and whoever closes the room did not say that the test may end for them."""

    code = "unfinished-work"


class IncidentNoteMissingError(SittingError):
    """An incident is told in words of at least `at_least` characters."""

    code = "incident-note-missing"


class IncidentTimeError(SittingError):
    """An incident happened on the day of the sitting, and not in the future."""

    code = "incident-time"


# Outages and emergency files --------------------------------------------------------------------------------------


class OutageUnprovenError(SittingError):
    """Neither the server nor enough seats were silent throughout the interval, so no late answer can count by it."""

    code = "outage-unproven"


class OutageIntervalError(SittingError):
    """The interval ends before it begins, or lies in the future."""

    code = "outage-interval"


class OutageReasonMissingError(SittingError):
    """Whoever proposes an outage says what happened, for the second person and for the minutes."""

    code = "outage-reason-missing"


class OwnOutageError(SittingError):
    """Whoever proposed an outage is not who approves it."""

    code = "own-outage"


class CommitteeOnlyError(SittingError):
    """The second signature under an outage is the committee's."""

    code = "committee-only"


class OutageApprovedError(SittingError):
    """The outage is approved; it stays on file."""

    code = "outage-approved"


class EmergencyFileError(SittingError):
    """An emergency file cannot be taken."""

    code = "emergency-file-error"


class EmergencyFileTooLargeError(EmergencyFileError):
    """The file is larger than any emergency file can be."""

    code = "emergency-file-too-large"


class NotEmergencyFileError(EmergencyFileError):
    """The file is none that the test's page made, or it was changed or cut off on the way."""

    code = "not-emergency-file"


class EmergencyFileUnreadableError(EmergencyFileError):
    """The file does not open with this centre's key: another centre's, or changed on the way."""

    code = "emergency-file-unreadable"


class EmergencyFileForeignError(EmergencyFileError):
    """The file belongs to another sitting, or what it holds was not given to this seat by this server."""

    code = "emergency-file-foreign"


class FingerprintMalformedError(EmergencyFileError):
    """A fingerprint has eight characters, as XXXX-XXXX."""

    code = "fingerprint-malformed"


class FingerprintNotNotedError(EmergencyFileError):
    """Nobody noted the fingerprint of this file for this seat while the candidate was there."""

    code = "fingerprint-not-noted"


class FingerprintReasonMissingError(EmergencyFileError):
    """Whoever strikes out a fingerprint says why in words of at least `at_least` characters."""

    code = "fingerprint-reason-missing"


class FingerprintUsedError(EmergencyFileError):
    """A file came in by this fingerprint already, so it was right."""

    code = "fingerprint-used"


class EmergencyFileKnownError(EmergencyFileError):
    """This very file was received already."""

    code = "emergency-file-known"


class EmergencyFileImportedError(EmergencyFileError):
    """The file was imported already; its answers are in the journal."""

    code = "emergency-file-imported"


class SamePersonError(EmergencyFileError):
    """Whoever received an emergency file is not who imports it."""

    code = "same-person"


class EmergencyFileDisputedError(EmergencyFileError):
    """For some items the candidate chose otherwise at another computer meanwhile, so the candidate must be asked."""

    code = "emergency-file-disputed"


class EmergencyFileConflictError(EmergencyFileError):
    """The file follows answers that this journal does not have, so it cannot be added; it stays as evidence."""

    code = "emergency-file-conflict"


class EmergencyFileWaitingError(EmergencyFileError):
    """A file was received and its answers are not imported yet; after the seal they could never be."""

    code = "emergency-file-waiting"


# Proofs -----------------------------------------------------------------------------------------------------------


class ProofError(ExamError):
    """What should prove something cannot be used."""

    code = "proof-error"


class AnchorUnreadableError(ProofError):
    """A line is no signed head of this platform."""

    code = "anchor-unreadable"


class AnchorForgedError(ProofError):
    """A line bears no signature of a platform whose heads are kept here."""

    code = "anchor-forged"


class ReceiptUnreadableError(ProofError):
    """A text is no receipt of this platform: cut off, or something else."""

    code = "receipt-unreadable"


class ReceiptForgedError(ProofError):
    """A receipt was not signed here, or was changed after it was signed."""

    code = "receipt-forged"


class OutagePendingError(SittingError):
    """An outage was proposed and is neither approved nor withdrawn, so nobody knows yet which answers count."""

    code = "outage-pending"
