"""Every route of the application with an address for it, so that a new page is attacked the day it is born."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule, UUIDConverter

from testing_platform.permissions import Permission, required_by

OPEN = frozenset({Permission.PUBLIC, Permission.CANDIDATE})


@dataclass(frozen=True)
class Route:
    """One address with one method and what it asks for."""

    method: str
    path: str
    endpoint: str
    permission: Permission
    names: frozenset[str]

    @property
    def is_for_staff(self) -> bool:
        """Whether somebody must be signed in."""
        return self.permission not in OPEN


def every_route(app: Flask, values: Mapping[str, object] | None = None) -> Iterator[Route]:
    """All routes; places in addresses are filled from `values`, or with something that fits and does not exist."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        permission = required_by(app, rule.endpoint)
        assert permission is not None
        path = adapter.build(rule.endpoint, _filled(rule, values or {}))
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield Route(method, path, rule.endpoint, permission, frozenset(rule.arguments))


def _filled(rule: Rule, values: Mapping[str, object]) -> dict[str, object]:
    return {name: values.get(name, _example(kind)) for name, kind in rule._converters.items()}


def _example(kind: BaseConverter) -> object:
    if isinstance(kind, AnyConverter):
        return min(kind.items)
    return {UUIDConverter: uuid.UUID(int=0), IntegerConverter: 1}.get(type(kind), "x")
