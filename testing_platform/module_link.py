"""Links the runner's modules into one file when the server starts, so that a cold page is one request and not forty.

Each module stays a plain ES module on disk, served as it is too; nothing has to be built before anything runs. On a
slow network a tree of imports costs a round trip for each level, and a storm of candidates forty requests a seat. The
linker is as strict as our modules are plain: what it does not understand it refuses, and the page loads the modules.

A module becomes a function that runs once, after those it imports; its exports become the object that it returns.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import dirname, join, normpath, relpath

_IMPORT = re.compile(r"^import\s+(?:(\{[^}]*\}|\w+)\s+from\s+)?'(\.[^']+)';[ \t]*\n?", re.MULTILINE)
_EXPORT = re.compile(r"^export\s+((?:async\s+)?function\*?|class|const)\s+(\w+)", re.MULTILINE)
_DEFAULT = re.compile(r"^export default (?=\{)", re.MULTILINE)
_DYNAMIC = re.compile(r"\bimport\('(\.[^']+)'\)")
_AS = re.compile(r"\s+as\s+")
_LEFT_OVER = re.compile(r"^(?:import|export|await)\b.*", re.MULTILINE)


class NotLinkableError(Exception):
    """A module uses something that the linker does not understand, or the modules import each other in a circle."""


@dataclass(frozen=True)
class _Module:
    name: str
    imports: tuple[tuple[str, str], ...]  # what is taken, from which module
    exports: tuple[str, ...]
    has_default: bool
    code: str


@dataclass(frozen=True)
class Linked:
    """One module that does what an entry and all that it imports do; to be served from the folder of the entry."""

    code: str
    modules: frozenset[str]  # that are in it


def link(sources: Mapping[str, str], entry: str) -> Linked:
    """Link an entry with all that it imports; modules that are imported only when needed stay files of their own."""
    modules: dict[str, _Module] = {}
    _visit(entry, sources, modules, path=())
    numbers = {name: number for number, name in enumerate(modules)}
    code = "".join(_wrapped(module, numbers, entry) for module in modules.values())
    return Linked(code, frozenset(modules))


def _visit(name: str, sources: Mapping[str, str], modules: dict[str, _Module], *, path: tuple[str, ...]) -> None:
    if name in path:
        raise NotLinkableError(f"a circle of imports: {' > '.join([*path, name])}")
    if name in modules:
        return
    if name not in sources:
        raise NotLinkableError(f"{path[-1] if path else 'the page'} imports {name}, which is not there")
    module = _read(name, sources[name])
    for _taken, target in module.imports:
        _visit(target, sources, modules, path=(*path, name))
    modules[name] = module  # after all that it imports


def _read(name: str, source: str) -> _Module:
    imports = tuple((match[1] or "", _beside(name, match[2])) for match in _IMPORT.finditer(source))
    code = _IMPORT.sub("", source)
    exports = tuple(match[2] for match in _EXPORT.finditer(code))
    has_default = _DEFAULT.search(code) is not None
    code = _DEFAULT.sub("const $default = ", _EXPORT.sub(r"\1 \2", code))
    if left := _LEFT_OVER.search(code):
        raise NotLinkableError(f"{name}: {left[0]}")
    return _Module(name, imports, exports, has_default, code)


def _wrapped(module: _Module, numbers: Mapping[str, int], entry: str) -> str:
    taken = "".join(_taken(what, numbers[target]) for what, target in module.imports)
    given = [*module.exports, *(["default: $default"] if module.has_default else [])]
    code = taken + _at_home(module, entry)
    number = numbers[module.name]
    return f"// {module.name}\nconst $m{number} = (() => {{\n{code}\nreturn {{ {', '.join(given)} }};\n}})();\n"


def _taken(what: str, number: int) -> str:
    if not what:
        return ""
    if not what.startswith("{"):
        return f"const {{ default: {what} }} = $m{number};\n"
    return f"const {_AS.sub(': ', what)} = $m{number};\n"


def _at_home(module: _Module, entry: str) -> str:
    # Addresses that a module counts from its own place count from the linked file now.
    home = dirname(entry)
    place = relpath(module.name, home)
    code = module.code.replace("import.meta.url", f"new URL('{place}', import.meta.url)")
    return _DYNAMIC.sub(lambda match: f"import('./{relpath(_beside(module.name, match[1]), home)}')", code)


def _beside(name: str, target: str) -> str:
    return normpath(join(dirname(name), target))
