"""How acts upon accounts enter the audit journal."""

from datetime import datetime

from sqlalchemy.orm import Session

from registry.actor import Actor
from registry.audit import record
from registry.columns import Document
from registry.model import Account


def owner_of(account: Account) -> Actor:
    """The owner of an account as who acts, where roles play no part."""
    return Actor(account_id=account.id, public_id=account.public_id, name=account.full_name)


def record_act(
    session: Session, account: Account, *, action: str, actor: Actor, now: datetime, details: Document | None = None
) -> None:
    """Write down what was done to an account."""
    subject = account.public_id
    record(session, actor=actor, action=action, subject_kind="account", subject=subject, at=now, details=details)
