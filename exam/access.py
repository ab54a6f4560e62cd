"""Who may do what with a sitting: the rule that binds site roles to their own site.

Which kind of person may ask at all stands in the shell's permissions. This rule is about the object: a proctor
of one site has the permission to run sittings, and still none over another site's.
"""

from exam.errors import CommitteeOnlyError, NotYourSiteError
from exam.model import Sitting
from registry.actor import SYSTEM, Actor
from registry.roles import Role


def may_prepare(actor: Actor, sitting: Sitting) -> bool:
    """True for who enrols candidates and issues cards: the bank manager anywhere, the proktor at the own site."""
    return Role.BANK_MANAGER in actor.roles or may_run(actor, sitting)


def may_run(actor: Actor, sitting: Sitting) -> bool:
    """True for who opens and closes the room, frees seats and gives time: the proktor of the site."""
    return actor == SYSTEM or (Role.PROKTOR in actor.roles and sitting.site_id in actor.site_ids)


def may_admit(actor: Actor, sitting: Sitting) -> bool:
    """True for who checks identities: proktor and pengawas of the site."""
    return may_run(actor, sitting) or (Role.PENGAWAS in actor.roles and sitting.site_id in actor.site_ids)


def may_approve_outage(actor: Actor) -> bool:
    """True for who gives the second signature under an outage: the committee, for any site."""
    return Role.COMMITTEE in actor.roles


def require_prepare(actor: Actor, sitting: Sitting) -> None:
    """Refuse whoever may not prepare the sitting."""
    _require(may_prepare(actor, sitting))


def require_run(actor: Actor, sitting: Sitting) -> None:
    """Refuse whoever may not run the room."""
    _require(may_run(actor, sitting))


def require_admit(actor: Actor, sitting: Sitting) -> None:
    """Refuse whoever may not check identities in the room."""
    _require(may_admit(actor, sitting))


def require_approve_outage(actor: Actor) -> None:
    """Refuse whoever may not give the second signature."""
    if not may_approve_outage(actor):
        raise CommitteeOnlyError


def require_withdraw_outage(actor: Actor, sitting: Sitting) -> None:
    """Refuse whoever may give neither of the two signatures."""
    _require(may_run(actor, sitting) or may_approve_outage(actor))


def _require(allowed: object) -> None:
    if not allowed:
        raise NotYourSiteError
