"""What the audit journal calls acts and things, in the language of the request. A test keeps the tables complete."""

from flask_babel import lazy_gettext

ACTIONS = {
    "account.create": lazy_gettext("Account created"),
    "account.update": lazy_gettext("Account corrected"),
    "account.first-admin": lazy_gettext("First administrator set up"),
    "account.issue-link": lazy_gettext("One-time link issued"),
    "account.approve-link": lazy_gettext("One-time link approved"),
    "account.use-link": lazy_gettext("Password set by link"),
    "account.change-password": lazy_gettext("Password changed"),
    "account.disable": lazy_gettext("Account disabled"),
    "account.enable": lazy_gettext("Account enabled"),
    "account.revoke-sessions": lazy_gettext("Signed out everywhere"),
    "role.grant": lazy_gettext("Role proposed"),
    "role.approve": lazy_gettext("Role approved"),
    "role.revoke": lazy_gettext("Role taken away"),
    "site.create": lazy_gettext("Site added"),
    "site.update": lazy_gettext("Site corrected"),
    "teacher.create": lazy_gettext("Teacher added"),
    "teacher.import": lazy_gettext("List of teachers taken"),
    "blueprint.load": lazy_gettext("Blueprint loaded"),
    "blueprint.set-target": lazy_gettext("Target of a writing campaign set"),
    "blueprint.create": lazy_gettext("Draft of a blueprint made"),
    "blueprint.edit": lazy_gettext("Draft of a blueprint changed"),
    "blueprint.discard": lazy_gettext("Draft of a blueprint thrown away"),
    "blueprint.publish": lazy_gettext("Blueprint published"),
    "item.confirm-fit": lazy_gettext("Item found to fit its changed indicator"),
    "item.move-to-cell": lazy_gettext("Item moved to another indicator"),
    "form_specification.load": lazy_gettext("Form specification loaded"),
    "item.create": lazy_gettext("Item created"),
    "item.write": lazy_gettext("Item draft written"),
    "item.ship": lazy_gettext("Item brought along with the product"),
    "item.plant": lazy_gettext("Demonstration version of an item written"),
    "item.submit": lazy_gettext("Item handed to the reviewers"),
    "item.review": lazy_gettext("Item reviewed"),
    "review.assign": lazy_gettext("Review given to somebody"),
    "review.release": lazy_gettext("Review taken or given back"),
    "review.rule": lazy_gettext("Ruled where reviewers differ"),
    "checklist.load": lazy_gettext("Checklist loaded"),
    "item.approve": lazy_gettext("Item approved"),
    "item.revise": lazy_gettext("Item sent to revision"),
    "item.move": lazy_gettext("Item moved"),
    "item.statistics": lazy_gettext("Item statistics recorded"),
    "item.curate": lazy_gettext("Verdict on an item decided"),
    "task.give": lazy_gettext("Writing task given"),
    "task.change": lazy_gettext("Writing task changed"),
    "task.take-back": lazy_gettext("Writing task taken back"),
    "task.fulfil": lazy_gettext("Writing task fulfilled"),
    "administration.create": lazy_gettext("Administration opened"),
    "form.seal": lazy_gettext("Form sealed"),
    "sitting.plan": lazy_gettext("Sitting planned"),
    "sitting.enrol": lazy_gettext("Candidates enrolled"),
    "sitting.accommodate": lazy_gettext("Extra time or breaks granted"),
    "sitting.issue-cards": lazy_gettext("Participant cards issued"),
    "sitting.issue-result-codes": lazy_gettext("Result codes issued anew"),
    "sitting.open": lazy_gettext("Room opened"),
    "sitting.change-start-code": lazy_gettext("Start code changed"),
    "sitting.close": lazy_gettext("Room closed"),
    "sitting.seal": lazy_gettext("Sitting sealed"),
    "incident.note": lazy_gettext("Incident noted"),
    "room.admit": lazy_gettext("Room admitted"),
    "room.pause": lazy_gettext("Room paused"),
    "room.resume": lazy_gettext("Room resumed"),
    "room.release": lazy_gettext("Room released"),
    "room.add-minutes": lazy_gettext("Minutes added to the room"),
    "seat.admit": lazy_gettext("Seat admitted"),
    "seat.pause": lazy_gettext("Seat paused"),
    "seat.resume": lazy_gettext("Seat resumed"),
    "seat.release": lazy_gettext("Seat released"),
    "seat.add-minutes": lazy_gettext("Minutes added to a seat"),
    "outage.propose": lazy_gettext("Outage proposed"),
    "outage.approve": lazy_gettext("Outage approved"),
    "outage.withdraw": lazy_gettext("Outage withdrawn or refused"),
    "emergency.note": lazy_gettext("Fingerprint of an emergency file noted"),
    "emergency.strike": lazy_gettext("Fingerprint of an emergency file struck out"),
    "emergency.receive": lazy_gettext("Emergency file received"),
    "emergency.import": lazy_gettext("Emergency file imported"),
    "analysis.run": lazy_gettext("Answers analysed"),
    "key_set.propose": lazy_gettext("Keys proposed"),
    "key_set.sign": lazy_gettext("Keys signed"),
    "scoring.run": lazy_gettext("Scores computed"),
    "release.propose": lazy_gettext("Release proposed"),
    "release.approve": lazy_gettext("Release approved"),
    "release.withdraw": lazy_gettext("Release withdrawn"),
    "analysis.export": lazy_gettext("File of the analysis taken along"),
    "scores.export": lazy_gettext("File of the scores taken along"),
}

SUBJECTS = {
    "account": lazy_gettext("Account"),
    "site": lazy_gettext("Site"),
    "teacher": lazy_gettext("Teacher"),
    "blueprint": lazy_gettext("Blueprint"),
    "form_specification": lazy_gettext("Form specification"),
    "checklist": lazy_gettext("Checklist"),
    "item_version": lazy_gettext("Item"),
    "writing_task": lazy_gettext("Writing task"),
    "administration": lazy_gettext("Administration"),
    "form": lazy_gettext("Form"),
    "sitting": lazy_gettext("Sitting"),
    "attempt": lazy_gettext("Seat"),
    "key_set": lazy_gettext("Key set"),
    "scoring_run": lazy_gettext("Scoring run"),
    "release": lazy_gettext("Release"),
}


def action_name(action: str) -> str:
    """An act in words; one that a newer version wrote keeps its code."""
    return str(ACTIONS.get(action, action))


def subject_name(kind: str) -> str:
    """What kind of thing was acted on."""
    return str(SUBJECTS.get(kind, kind))


def action_options() -> list[tuple[str, str]]:
    """All acts as choices of a filter, by their words."""
    return sorted(((action, str(words)) for action, words in ACTIONS.items()), key=lambda pair: pair[1])
