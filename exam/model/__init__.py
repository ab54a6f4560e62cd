"""Tables of the examination, in the order of its life: form, sitting, attempt, evidence, scoring and release."""

from exam.model.attempts import Attempt, SeatEvent, Step, TimeCredit
from exam.model.evidence import Anchor, ContactGap, EmergencyFile, Incident, Outage, Seal, ServerGap, ServerPulse
from exam.model.forms import Administration, Form, FormItem, FormPicture, Purpose
from exam.model.scoring import AnalysisRun, KeyEntry, KeySet, KeySignature, Release, Score, ScoringRun
from exam.model.sittings import Enrolment, Sitting

__all__ = [
    "Administration",
    "AnalysisRun",
    "Anchor",
    "Attempt",
    "ContactGap",
    "EmergencyFile",
    "Enrolment",
    "Form",
    "FormItem",
    "FormPicture",
    "Incident",
    "KeyEntry",
    "KeySet",
    "KeySignature",
    "Outage",
    "Purpose",
    "Release",
    "Score",
    "ScoringRun",
    "Seal",
    "SeatEvent",
    "ServerGap",
    "ServerPulse",
    "Sitting",
    "Step",
    "TimeCredit",
]
