"""What people read when the rules refuse something: one text for each error class, in the language of the request.

Domain code raises codes with parameters and knows no language. Each text says what happened and what to do now;
nothing was changed when one of these is shown, so no text needs to say it. A class without a text of its own is
shown with that of its nearest ancestor. The bank's errors carry their English text with them, and that text is the
msgid: the command line shows it as it is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from flask_babel import gettext, lazy_gettext

from exam import errors as exam
from itembank.errors import ItemBankError
from itembank.states import ItemState
from registry import errors as registry
from registry.model import TimeZone
from testing_platform.i18n import ITEM_STATE_NAMES, local_text

Texts = Mapping[type[Exception], Any]  # lazy texts have no type of their own

_FORMS: Texts = {
    exam.FormError: lazy_gettext("The form cannot be assembled like this."),
    exam.CellShortError: lazy_gettext(
        "The bank holds too few items for this form. Short: %(cells)s. Bring more items to the needed state first."
    ),
    exam.KeyBalanceError: lazy_gettext(
        "The items can be found, but not with balanced keys (each position %(at_least)s to %(at_most)s times). "
        "The best possible was %(closest)s. Add items whose keys lie elsewhere."
    ),
    exam.PlanContradictsItselfError: lazy_gettext(
        "The form specification contradicts itself in %(section)s: %(n_items)s items are wanted, "
        "and its parts allow %(at_least)s to %(at_most)s."
    ),
    exam.SolverFailedError: lazy_gettext("The assembly ended without an answer (%(status)s). Try another seed."),
    exam.SpecificationUnknownError: lazy_gettext("There is no such form specification or blueprint."),
    exam.FormCodeTakenError: lazy_gettext("There is a form %(form)s already. Choose another code."),
    exam.AdministrationCodeTakenError: lazy_gettext(
        "There is an administration %(administration)s already. Choose another code."
    ),
    exam.PurposeMismatchError: lazy_gettext(
        "The form and its administration serve different purposes. Choose an administration of the same purpose."
    ),
    exam.BankMovedError: lazy_gettext("Items changed their state while the form was being assembled. Assemble again."),
    exam.PictureMissingError: lazy_gettext("The picture %(name)s is missing in the bank. Add it, then assemble again."),
    exam.FormKeyUnreadableError: lazy_gettext(
        "The key of the form cannot be read. The installation's secret is another one than when the form was sealed: "
        "ask the operator."
    ),
}

_SITTINGS: Texts = {
    exam.SittingError: lazy_gettext("The sitting does not allow this."),
    exam.WindowPastError: lazy_gettext("The window begins in the past. Choose a later start."),
    exam.WindowReversedError: lazy_gettext("The window ends before it begins. Correct one of the times."),
    exam.WindowTooShortError: lazy_gettext(
        "The window has %(window_minutes)s minutes, which is shorter than the test. Make it longer."
    ),
    exam.RosterError: lazy_gettext(
        "The roster was refused because of %(n_problems)s problems. Mend them in the file and send it again."
    ),
    exam.NotYourSiteError: lazy_gettext("This sitting belongs to another site. Ask the proctor there."),
    exam.FormElsewhereError: lazy_gettext("Form %(form)s belongs to another administration than the sitting."),
    exam.RoomTakenError: lazy_gettext(
        "Room %(room)s is taken in this window by the sitting %(sitting)s. Choose another room or time."
    ),
    exam.SittingStateError: lazy_gettext(
        "The sitting is in another state than this needs, perhaps because somebody else was faster. Look again."
    ),
    exam.NotYetError: lazy_gettext("The room can be opened from half an hour before %(opens_at)s until %(closes_at)s."),
    exam.RosterMissingError: lazy_gettext(
        "The sitting cannot open: %(n_enrolled)s candidates are enrolled and %(n_cards)s of them have a card. "
        "Send a roster and issue the cards first."
    ),
    exam.UnknownEnrolmentError: lazy_gettext("This candidate does not belong to this sitting."),
    exam.AttemptStateError: lazy_gettext(
        "The seat is in another state than this needs, perhaps because somebody else was faster. Look again."
    ),
    exam.MinutesRefusedError: lazy_gettext("Add whole minutes, from 1 to %(most)s at a time."),
    exam.TimeReasonMissingError: lazy_gettext("Write the reason; the minutes of the sitting will print it."),
    exam.MinutesMeanwhileError: lazy_gettext(
        "Somebody else added minutes a moment ago, so nothing was added now. See what happened, then decide anew."
    ),
    exam.AccommodationRefusedError: lazy_gettext(
        "In this sitting extra time can be from 0 to %(most_extra)s minutes, breaks from 0 to %(most_break)s minutes."
    ),
    exam.UnfinishedWorkError: lazy_gettext(
        "People are still working, so the room stays open. Tick the box if the test may end for them."
    ),
    exam.IncidentNoteMissingError: lazy_gettext("Write what happened, in at least %(at_least)s characters."),
    exam.IncidentTimeError: lazy_gettext(
        "Write when it happened: not in the future, and not more than a day before the window."
    ),
}

_PROOFS: Texts = {
    exam.ProofError: lazy_gettext("This proves nothing here."),
    exam.AnchorUnreadableError: lazy_gettext("A line is no signed head of a platform like this one."),
    exam.AnchorForgedError: lazy_gettext("A line bears no signature of a platform whose heads are kept here."),
    exam.ReceiptUnreadableError: lazy_gettext(
        "This is no receipt. Copy the whole text of the receipt, from the first brace to the last, or choose its file."
    ),
    exam.ReceiptForgedError: lazy_gettext("This receipt is not genuine: it was not signed here, or was changed since."),
    exam.EmergencyFileWaitingError: lazy_gettext(
        "The answers cannot be sealed yet: %(n_files)s received emergency files are not imported. Let a second person "
        "import them first."
    ),
    exam.OutagePendingError: lazy_gettext(
        "The answers cannot be sealed yet: an outage is waiting to be approved or withdrawn. Settle it first."
    ),
}

_DELIVERY: Texts = {
    exam.ExamError: lazy_gettext("The rules of the examination do not allow this."),
    exam.CredentialError: lazy_gettext("The code is not accepted. Compare it with the card."),
    exam.PinMistypedError: lazy_gettext("The code has a typing error. Compare each character with the card."),
    exam.DeliveryError: lazy_gettext("The server could not take this. Answers that were saved before are safe."),
    exam.SittingNotOpenError: lazy_gettext("The sitting is not open. Wait for the proctor."),
    exam.OtherDeviceError: lazy_gettext("Another computer holds this seat. Ask the proctor to release it."),
    exam.NotAdmittedError: lazy_gettext("The proctor has not admitted this seat yet, or the test is over."),
    exam.SupersededError: lazy_gettext("The seat was released and continues on another computer."),
    exam.ChainMismatchError: lazy_gettext("The answers do not continue what the server has; they are sent again."),
    exam.UnknownItemError: lazy_gettext("The item or the option is not part of this form."),
    exam.SealedError: lazy_gettext("The sitting is sealed; answers can no longer be added."),
    exam.NotWorkingError: lazy_gettext("The clock does not run, so there is nothing to take a break from."),
    exam.NoBreakLeftError: lazy_gettext("There is no break left."),
}

_OUTAGES: Texts = {
    exam.OutageUnprovenError: lazy_gettext(
        "Nothing proves this interval: the server did not stop throughout it, and %(n_silent)s seats were silent "
        "throughout it where %(n_needed)s are needed. Choose an interval from the list of what was found."
    ),
    exam.OutageIntervalError: lazy_gettext("The outage must end after it begins, and not in the future."),
    exam.OutageReasonMissingError: lazy_gettext(
        "Write what happened in at least %(at_least)s characters; the second person and the minutes need it."
    ),
    exam.OwnOutageError: lazy_gettext("You proposed this outage. Somebody else must approve it."),
    exam.CommitteeOnlyError: lazy_gettext("Only the committee gives the second signature under an outage."),
    exam.OutageApprovedError: lazy_gettext("This outage was decided meanwhile. Look again."),
    exam.EmergencyFileError: lazy_gettext("The emergency file cannot be taken."),
    exam.EmergencyFileTooLargeError: lazy_gettext(
        "The file is larger than 1 MB, so it is no emergency file. Choose the file whose name begins with “jawaban-”."
    ),
    exam.NotEmergencyFileError: lazy_gettext(
        "This is no emergency file, or it was damaged on the way. Choose the file whose name begins with “jawaban-”, "
        "and copy it from the candidate's computer once more."
    ),
    exam.EmergencyFileUnreadableError: lazy_gettext(
        "The file cannot be opened. It was made for another centre, or changed on the way. Copy it once more; if that "
        "does not help, note an incident and keep the stick."
    ),
    exam.EmergencyFileForeignError: lazy_gettext(
        "The file does not belong to a seat of this sitting. Look at the participant number in its name, and choose "
        "the right sitting."
    ),
    exam.FingerprintMalformedError: lazy_gettext(
        "A fingerprint has eight letters and digits, as in 7K2M-Q9XD. Compare it with the candidate's screen."
    ),
    exam.FingerprintNotNotedError: lazy_gettext(
        "Nobody noted the fingerprint %(fingerprint)s for seat %(seat)s. A file counts only if its fingerprint was "
        "noted while the candidate was there. Was it mistyped? Compare it with the notes."
    ),
    exam.FingerprintReasonMissingError: lazy_gettext(
        "Write why the fingerprint is wrong, in at least %(at_least)s characters; the minutes print it."
    ),
    exam.FingerprintUsedError: lazy_gettext(
        "A file with the fingerprint %(fingerprint)s was received already, so it is not wrong."
    ),
    exam.EmergencyFileKnownError: lazy_gettext("This file was received already. It stands in the list."),
    exam.EmergencyFileImportedError: lazy_gettext("This file was imported already; its answers are saved."),
    exam.SamePersonError: lazy_gettext("You received this file. A second person must import it."),
    exam.EmergencyFileDisputedError: lazy_gettext(
        "At another computer the candidate chose differently meanwhile, for item %(items)s. Ask the candidate which "
        "answer holds; nothing was added yet."
    ),
    exam.EmergencyFileConflictError: lazy_gettext(
        "The file follows answers that this server does not have, so nothing was added. The server's "
        "answers count. The file stays as evidence: note an incident and let the committee decide."
    ),
}

_SCORING: Texts = {
    exam.ScoringError: lazy_gettext("Keys or scores do not allow this."),
    exam.FormNotOperationalError: lazy_gettext("Form %(form)s is a try-out. It judges items; nobody is scored by it."),
    exam.KeyChangeRefusedError: lazy_gettext(
        "Item %(position)s: mark at least one option of this item as right, or choose another treatment."
    ),
    exam.NothingCountsError: lazy_gettext("With these treatments no item would count. Leave at least one in."),
    exam.ReasonMissingError: lazy_gettext("Write the reason in at least %(at_least)s characters; others will read it."),
    exam.ReportsUnreadError: lazy_gettext(
        "Nobody has read yet what candidates reported about these items: %(positions)s. "
        "Read the reports, then propose the keys."
    ),
    exam.KeySetUnchangedError: lazy_gettext("Key set %(number)s says exactly this already. Nothing to propose."),
    exam.KeySetSupersededError: lazy_gettext("A newer key set was proposed meanwhile. Look at that one."),
    exam.OwnProposalError: lazy_gettext("You proposed these keys. Two other people must check and sign them."),
    exam.AlreadySignedError: lazy_gettext("You signed these keys already, or both signatures are there."),
    exam.DigestChangedError: lazy_gettext(
        "The keys on file are not the ones that you saw. Read them again before you sign."
    ),
    exam.SignaturesMissingError: lazy_gettext(
        "The key check has %(signatures)s of %(needed)s signatures. Scoring waits for all of them."
    ),
    exam.SittingsNotSealedError: lazy_gettext("Sittings that are not sealed yet: %(sittings)s."),
    exam.NobodyBeganError: lazy_gettext("Nobody began the test with form %(form)s, so there is nothing to score."),
    exam.JournalBrokenError: lazy_gettext(
        "The journals of these participants do not hold together: %(participants)s. Nothing was scored. "
        "Tell the operator at once and change nothing."
    ),
    exam.ReleaseError: lazy_gettext("The results cannot be released like this."),
    exam.RunNotLatestError: lazy_gettext("Run %(number)s was replaced by run %(newest)s. Only the newest can go out."),
    exam.ReleaseExistsError: lazy_gettext("The release of this run is proposed already."),
    exam.OwnReleaseError: lazy_gettext("You proposed this release. Another member of the committee must approve it."),
    exam.ReleaseApprovedError: lazy_gettext("The release is approved; the results are out and stay on file."),
    exam.RunChangedError: lazy_gettext(
        "The scores on file are not the ones that you saw, so nothing was released. Read them again, "
        "and tell the operator."
    ),
}

_REGISTRY: Texts = {
    registry.RegistryError: lazy_gettext("The rules of the registry do not allow this."),
    registry.PasswordRefusedError: lazy_gettext("Choose another password."),
    registry.PasswordTooShortError: lazy_gettext("The password needs at least %(shortest)s characters."),
    registry.PasswordTooLongError: lazy_gettext("The password may have at most %(longest)s characters."),
    registry.PasswordCommonError: lazy_gettext("This password is among the first that attackers try. Choose another."),
    registry.PasswordPersonalError: lazy_gettext("The password must not be your name or e-mail address."),
    registry.AccountError: lazy_gettext("The account cannot be changed like this."),
    registry.EmailTakenError: lazy_gettext("Another account has this e-mail address."),
    registry.EmailMalformedError: lazy_gettext("Write an e-mail address like nama@contoh.id."),
    registry.NotFirstError: lazy_gettext("Somebody can sign in already. Ask an administrator for an account."),
    registry.LastAdminError: lazy_gettext("This is the last administrator. Appoint another one first."),
    registry.AccountDisabledError: lazy_gettext("The account is disabled. Enable it first."),
    registry.LinkRefusedError: lazy_gettext("The link can no longer be used. Ask an administrator for a new one."),
    registry.OwnLinkError: lazy_gettext(
        "Another administrator must approve this link: neither the one who made it nor the owner of the account."
    ),
    registry.LinkSettledError: lazy_gettext(
        "This link was approved, replaced or used meanwhile, or is older than 48 hours. Look again."
    ),
    registry.SecondFactorError: lazy_gettext("Two-step verification cannot be changed like this."),
    registry.SecondFactorHeldError: lazy_gettext(
        "Two-step verification is on already. For another phone, turn it off first, then on again."
    ),
    registry.NotEnrollingError: lazy_gettext("The square was shown too long ago. Begin again: you get a new one."),
    registry.CodeRefusedError: lazy_gettext(
        "This code does not fit. Wait until the app shows new digits, then type those six."
    ),
    registry.ClocksDifferError: lazy_gettext(
        "The code is right for another time: the clocks of your phone and of the server differ by about %(minutes)s "
        "minutes. Let the phone set its time by itself; if it does, tell the operator that the server's clock is wrong."
    ),
    registry.GrantError: lazy_gettext("The role cannot be given or taken like this."),
    registry.NotAdminError: lazy_gettext("Only administrators hand out roles and one-time links."),
    registry.OwnGrantError: lazy_gettext(
        "Another administrator must decide about this role. If there is none, the page of the account says "
        "from when you decide alone."
    ),
    registry.RolesConflictError: lazy_gettext(
        "Nobody may both hand out roles and approve items or results. Give this role to another account."
    ),
    registry.MixedSitesError: lazy_gettext("An account that works at several sites has the same role at each."),
    registry.RoleSiteError: lazy_gettext("Choose a site for proctors and invigilators, and none for other roles."),
    registry.RoleHeldError: lazy_gettext("The account holds this role already, or it waits for approval."),
    registry.GrantSettledError: lazy_gettext("This role was decided meanwhile. Look again."),
    registry.SiteCodeTakenError: lazy_gettext("Another site has this code."),
    registry.NuptkTakenError: lazy_gettext("Another teacher has this NUPTK."),
    registry.NuptkMalformedError: lazy_gettext("A NUPTK has sixteen digits."),
    registry.TeacherFileError: lazy_gettext(
        "The list was refused because of %(n_problems)s problems. Mend them in the file and send it again."
    ),
}

# What a LaTeX command needs or met, as the reader of formulas names it.
_LATEX_PHRASES = {
    "a power or an index": lazy_gettext("a power or an index"),
    "two parts, {...}{...},": lazy_gettext("two parts, {...}{...},"),
    "what stands under the root": lazy_gettext("what stands under the root"),
    "what stands under it": lazy_gettext("what stands under it"),
    "an index": lazy_gettext("an index"),
    "plain words": lazy_gettext("plain words"),
    "the name of a table": lazy_gettext("the name of a table"),
    r"a bracket: ( ) [ ] | \{ \} or . for none": lazy_gettext(r"a bracket: ( ) [ ] | \{ \} or . for none"),
    "nothing": lazy_gettext("nothing"),
    # What a drawing must not hold.
    "a drawing of more than 5000 elements": lazy_gettext("a drawing of more than 5000 elements"),
    "a style with url(), @ or an escape": lazy_gettext("a style with url(), @ or an escape"),
    # What is wrong with a file of items.
    "is missing": lazy_gettext("is missing"),
    "is out of place": lazy_gettext("is out of place"),
    "is one too many": lazy_gettext("is one too many"),
    "is empty": lazy_gettext("is empty"),
    "must come before any text": lazy_gettext("must come before any text"),
    "Field required": lazy_gettext("this setting is missing"),
    "Extra inputs are not permitted": lazy_gettext("there is no such setting"),
}

TEXTS: Texts = {**_FORMS, **_SITTINGS, **_PROOFS, **_DELIVERY, **_OUTAGES, **_SCORING, **_REGISTRY}


def text_of(error: Exception) -> str:
    """What a person reads about an error that a rule raised."""
    if isinstance(error, ItemBankError):
        return _bank_text(error)
    parameters: Mapping[str, object] = getattr(error, "parameters", {})
    zone = parameters.get("time_zone")
    clock = zone if isinstance(zone, TimeZone) else TimeZone.WIB
    shown = {name: _shown(value, clock) for name, value in parameters.items()}
    text = next(TEXTS[kind] for kind in type(error).__mro__ if kind in TEXTS)
    return str(text) % shown


error_text = text_of


def _bank_text(error: ItemBankError) -> str:
    # A refusal inside a refusal (maths inside a stem) is told inside the outer one's sentence.
    inner = {"reason": _bank_text(error.cause)} if error.cause else {}
    shown = {name: _state_or_value(value) for name, value in error.params.items()}
    return str(gettext(error.message)) % {**shown, **inner}


def _state_or_value(value: str | int) -> str | int:
    if isinstance(value, ItemState):
        return str(ITEM_STATE_NAMES[value])
    return str(_LATEX_PHRASES.get(value, value)) if isinstance(value, str) else value


def _shown(value: object, clock: TimeZone) -> str:
    if isinstance(value, datetime):
        return local_text(value, clock)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_shown_part(part) for part in value) or "–"
    return str(value)


def _shown_part(part: object) -> str:
    # A cell of a blueprint that is short of items comes as (cell, wanted, available, short).
    if isinstance(part, tuple) and len(part) == 4:
        cell, wanted, available, _short = part
        return f"{cell} ({available}/{wanted})"
    return str(part)
