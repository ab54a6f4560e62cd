"""The roles that people hold, and which of them may never meet in one account."""

from enum import StrEnum


class Role(StrEnum):
    """What an account may be granted; what a role permits stands in `testing_platform/permissions.py`."""

    ADMIN = "admin"
    ITEM_WRITER = "item_writer"
    REVIEWER = "reviewer"
    BANK_MANAGER = "bank_manager"
    PSYCHOMETRICIAN = "psychometrician"
    COMMITTEE = "committee"
    PROKTOR = "proktor"  # runs the technical side of a room: opens it, shows the start code, frees seats
    PENGAWAS = "pengawas"  # watches the room: checks identities, writes down incidents


# These belong to a site; everybody else works for the whole authority.
SITE_ROLES = frozenset({Role.PROKTOR, Role.PENGAWAS})

# Whoever approves results or items must not also hand out roles: an admin could otherwise approve alone.
APPROVAL_ROLES = frozenset({Role.REVIEWER, Role.BANK_MANAGER, Role.PSYCHOMETRICIAN, Role.COMMITTEE})


def may_be_combined(held: set[Role], wanted: Role) -> bool:
    """False where a new role would let one person both hand out power and use it to approve."""
    if wanted is Role.ADMIN:
        return not held & APPROVAL_ROLES
    return not (Role.ADMIN in held and wanted in APPROVAL_ROLES)
