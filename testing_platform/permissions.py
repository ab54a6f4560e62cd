"""Who may do what: one enum of permissions, one table of roles, and the decorator that every route carries.

A typo grants nothing because permissions are enum members, and a view without a declared permission does not
start: `check_all_declared` runs when the application is built.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from flask import Flask

from registry.roles import Role

View = TypeVar("View", bound=Callable[..., object])


class Permission(StrEnum):
    """What a route may ask for, as `scope:action`."""

    PUBLIC = "public:see"  # sign-in pages, the runner's document, results by code, health
    CANDIDATE = "candidate:act"  # the runner's contract checks its own signed tokens
    SIGNED_IN = "session:hold"  # anybody who is signed in, even before setting up a second factor that is demanded
    STAFF = "staff:see"  # anybody who is signed in and owes nothing
    ACCOUNT_MANAGE = "account:manage"
    SITE_MANAGE = "site:manage"
    TEACHER_MANAGE = "teacher:manage"
    AUDIT_READ = "audit:read"
    BANK_READ = "bank:read"
    BLUEPRINT_READ = "blueprint:read"
    BLUEPRINT_EDIT = "blueprint:edit"  # drafts and publishing; items that changed with their indicator
    TASK_GIVE = "task:give"
    ITEM_WRITE = "item:write"  # the own items at the writer's desk; operations ask whose they are
    ITEM_REVIEW = "item:review"
    REVIEW_ASSIGN = "review:assign"  # the board of reviews: ask people, rule where they differ
    CHECKS_READ = "checks:read"  # how well reviewers agree, and whether the checks foresaw the statistics
    ITEM_MOVE = "item:move"
    FORM_ASSEMBLE = "form:assemble"
    SITTING_PLAN = "sitting:plan"
    SITTING_RUN = "sitting:run"  # open, close, release, add minutes, at the own site
    SITTING_ADMIT = "sitting:admit"  # check identities, at the own site
    OUTAGE_PROPOSE = "outage:propose"  # the first signature, at the own site
    OUTAGE_APPROVE = "outage:approve"  # the second signature, for any site
    EMERGENCY_NOTE = "emergency:note"  # note fingerprints and import as the second person, at the own site
    EMERGENCY_RECEIVE = "emergency:receive"  # take an emergency file in as the first person, at the own site
    ANALYSIS_READ = "analysis:read"
    ANALYSIS_RUN = "analysis:run"
    CURATION_DECIDE = "curation:decide"
    KEY_PROPOSE = "key:propose"
    KEY_SIGN = "key:sign"
    SCORING_RUN = "scoring:run"
    SCORE_READ = "score:read"
    RELEASE_DECIDE = "release:decide"


P = Permission
_BLUEPRINTS = frozenset({P.BLUEPRINT_READ, P.BLUEPRINT_EDIT, P.TASK_GIVE})
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset({P.ACCOUNT_MANAGE, P.SITE_MANAGE, P.TEACHER_MANAGE, P.AUDIT_READ}),
    Role.ITEM_WRITER: frozenset({P.ITEM_WRITE}),
    Role.REVIEWER: frozenset({P.ITEM_REVIEW}),  # what they were asked to read, and nothing else of the bank
    Role.BANK_MANAGER: _BLUEPRINTS
    | frozenset(
        {
            P.BANK_READ,
            P.ITEM_WRITE,
            P.REVIEW_ASSIGN,
            P.CHECKS_READ,
            P.ITEM_MOVE,
            P.FORM_ASSEMBLE,
            P.SITTING_PLAN,
            P.TEACHER_MANAGE,
        }
    ),
    Role.PSYCHOMETRICIAN: frozenset(
        {
            P.BANK_READ,
            P.CHECKS_READ,
            P.BLUEPRINT_READ,
            P.ANALYSIS_READ,
            P.ANALYSIS_RUN,
            P.CURATION_DECIDE,
            P.KEY_PROPOSE,
            P.KEY_SIGN,
            P.SCORING_RUN,
            P.SCORE_READ,
        },
    ),
    Role.COMMITTEE: frozenset(
        {P.ANALYSIS_READ, P.KEY_SIGN, P.SCORE_READ, P.RELEASE_DECIDE, P.AUDIT_READ, P.OUTAGE_APPROVE},
    ),
    Role.PROKTOR: frozenset({P.SITTING_RUN, P.SITTING_ADMIT, P.OUTAGE_PROPOSE, P.EMERGENCY_NOTE, P.EMERGENCY_RECEIVE}),
    Role.PENGAWAS: frozenset({P.SITTING_ADMIT, P.EMERGENCY_NOTE}),
}


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """All that the roles permit together. An account without any role can still sign out and change its password."""
    return frozenset({Permission.SIGNED_IN, Permission.STAFF}).union(*(ROLE_PERMISSIONS[role] for role in roles))


def requires(permission: Permission) -> Callable[[View], View]:
    """Declare what a view asks for; `security.guard` enforces it before the view runs."""

    def declare(view: View) -> View:
        view.required_permission = permission  # type: ignore[attr-defined]  # a mark on the function itself
        return view

    return declare


def required_by(app: Flask, endpoint: str) -> Permission | None:
    """The permission that an endpoint declares; None when nobody declared one."""
    permission: Permission | None = getattr(app.view_functions[endpoint], "required_permission", None)
    return permission


def check_all_declared(app: Flask) -> None:
    """Refuse to start while a route has no declared permission."""
    missing = [rule.endpoint for rule in app.url_map.iter_rules() if required_by(app, rule.endpoint) is None]
    if missing:
        raise RuntimeError(f"routes without a declared permission: {', '.join(sorted(set(missing)))}")
