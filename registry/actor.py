"""Who does something. Operations take an actor as an argument, so no rule ever asks a request who is signed in."""

import uuid
from dataclasses import dataclass, field

from registry.roles import Role


@dataclass(frozen=True)
class Actor:
    """A signed-in member of staff, or the system itself (`SYSTEM`, for the command line and the worker)."""

    account_id: int | None
    public_id: uuid.UUID | None
    name: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    site_ids: frozenset[int] = field(default_factory=frozenset)  # sites of the site roles; empty for other staff

    @property
    def key(self) -> int:
        """The account's key, where an act must belong to a person; the system cannot sign or approve."""
        if self.account_id is None:
            raise PermissionError("the system cannot sign in place of a person")
        return self.account_id


SYSTEM = Actor(account_id=None, public_id=None, name="system")
