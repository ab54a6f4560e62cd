"""When one admin may decide alone. Two admins watch each other; one who could send the other away would watch nobody.

An installation begins with one admin, who decides alone until a second one was able to sign in. Should that second
one ever be disabled or lose the role, the remaining admin waits a week before deciding alone: time for the others
to notice, and an end to the waiting, so that no installation stays locked.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.actor import SYSTEM, Actor
from registry.model import Account, RoleGrant
from registry.queries import active_admins
from registry.roles import Role

WAIT_ALONE = timedelta(days=7)
ALWAYS = datetime.min.replace(tzinfo=UTC)


def approval_needed(session: Session, actor: Actor, *, now: datetime) -> str:
    """Whose word puts an act of this admin into effect, as the audit journal writes it."""
    if actor == SYSTEM:
        return "system"
    return "sole-admin" if decides_alone(session, actor, now=now) else "second-admin"


def decides_alone(session: Session, actor: Actor, *, now: datetime) -> bool:
    """True while what this admin decides takes effect without a second admin."""
    since = alone_from(session, actor)
    return since is not None and since <= now


def alone_from(session: Session, actor: Actor) -> datetime | None:
    """From when the only active admin decides alone; None while another admin can sign in.

    `ALWAYS` where nobody else was ever an active admin.
    """
    if active_admins(session) != {actor.account_id}:
        return None
    left = _others_left(session, actor.key)
    return max(left) + WAIT_ALONE if left else ALWAYS


def _others_left(session: Session, key: int) -> list[datetime]:
    # Without a password nobody was ever active, and a password is never taken away again.
    rows = session.execute(
        select(Account.id, Account.disabled_at, RoleGrant.revoked_at)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(RoleGrant.role == Role.ADMIN, RoleGrant.approved_at.is_not(None))
        .where(Account.password_hash.is_not(None), Account.id != key),
    )
    disabled: dict[int, datetime | None] = {}
    revoked: dict[int, list[datetime | None]] = defaultdict(list)
    for other, disabled_at, revoked_at in rows:
        disabled[other] = disabled_at
        revoked[other].append(revoked_at)
    return [_left(disabled[other], revoked[other]) for other in disabled]


def _left(disabled_at: datetime | None, revoked: list[datetime | None]) -> datetime:
    ends = [end for end in revoked if end is not None]
    # A role that is still held ends with the account; otherwise whatever came first shut the admin out.
    role_end = max(ends) if len(ends) == len(revoked) else None
    return min(end for end in (disabled_at, role_end) if end is not None)
