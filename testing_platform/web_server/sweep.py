"""Who is slow, counted by address: one address may have a few slow requests, not all the patience there is."""

from collections import defaultdict
from collections.abc import Iterable

from testing_platform.web_server.connection import Connection


def slow_ones(
    connections: Iterable[Connection], *, now: float, after: float, trusts_proxy: bool
) -> dict[str, list[Connection]]:
    """The unfinished requests and handshakes of each address that take longer than `after`; the oldest first."""
    found: dict[str, list[Connection]] = defaultdict(list)
    for connection in connections:
        if connection.begun and now - connection.begun > after and not connection.outgoing:
            address = _address(connection, trusts_proxy=trusts_proxy)
            if address is not None:
                found[address].append(connection)
    for group in found.values():
        group.sort(key=lambda each: each.begun)
    return found


def _address(connection: Connection, *, trusts_proxy: bool) -> str | None:
    if not trusts_proxy:
        return str(connection.peer[0]) if connection.peer else ""
    # Behind a proxy all connections are the proxy's; whom it speaks for stands in the head, once that is here.
    request = connection.incoming.request
    if request is None:
        return None
    said = [value for name, value in request.headers if name == "X-FORWARDED-FOR"]
    return said[-1].rpartition(",")[2].strip() if said else None
