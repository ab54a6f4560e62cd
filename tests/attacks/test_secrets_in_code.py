"""How the code treats secrets and what was sent: compared in constant time, truly random, never run or printed."""

import ast
from collections.abc import Iterator
from pathlib import Path

from exam.keys import Keys
from testing_platform.config import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("registry", "itembank", "exam", "testing_platform")
SECRET_WORDS = ("mac", "pin", "token", "password", "signature", "secret", "start_code", "result_code", "hash")
# Equal or not is no secret here: the words name rows, places and kinds, not what somebody guesses.
HARMLESS = {
    ("registry/operations/signins.py", "token_digest"),  # SHA-256 of 256 random bits, looked up in an index
    ("registry/operations/accounts.py", "token_digest"),  # of one-time links, likewise
    ("testing_platform/web/auth.py", "password"),  # two fields that the same person typed
}
DANGEROUS_CALLS = {"eval", "exec", "compile", "__import__"}
DANGEROUS_MODULES = {"pickle", "marshal", "shelve", "dill", "yaml", "telnetlib", "ftplib"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the product."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def names_in(node: ast.AST) -> Iterator[str]:
    """The name of a value: of a variable, an attribute, a key or a call."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        yield str(node.slice.value)
    elif isinstance(node, ast.Call):
        yield from names_in(node.func)


def is_secret(name: str) -> bool:
    """Whether a name is that of something that must not be guessed."""
    words = name.lower().strip("_")
    return any(words == word or words.endswith("_" + word) or words.startswith(word + "_") for word in SECRET_WORDS)


def test_secrets_are_never_compared_by_equality() -> None:
    found = []
    for place, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
                continue
            names = {name for side in (node.left, *node.comparators) for name in names_in(side)}
            constants = [side for side in (node.left, *node.comparators) if isinstance(side, ast.Constant)]
            secret = {name for name in names if is_secret(name)}
            if secret and not constants and not any((place, name) in HARMLESS for name in names):
                found.append(f"{place}:{node.lineno} {sorted(secret)}")
    assert found == []


def test_what_opens_a_seat_is_compared_in_constant_time() -> None:
    for place in ("exam/credentials.py", "exam/operations/receipts.py"):
        assert "hmac.compare_digest(" in (ROOT / place).read_text(encoding="utf-8")


def test_no_random_number_of_the_product_can_be_predicted() -> None:
    """`random` draws forms, which are chosen again from their seed; nothing that opens anything comes from it."""
    users = {
        place
        for place, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and "random" in {getattr(node, "module", None), *(name.name for name in node.names)}
    }
    secret_makers = {"exam/credentials.py", "registry/tokens.py", "exam/tokens.py", "exam/keys.py", "exam/sealing.py"}
    assert users & secret_makers == set()
    assert {place for place in users if "demo" not in place} <= {"exam/assembly.py", "exam/ordering.py"}


def runs_no_program(call: ast.Call) -> bool:
    """A template may be given something named `shell`."""
    return "render_template" in names_in(call.func)


def test_nothing_that_was_sent_is_ever_run() -> None:
    found = []
    for place, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in DANGEROUS_CALLS:
                found.append(f"{place}:{node.lineno} {node.func.id}")
            if isinstance(node, ast.Call):
                found += [
                    f"{place}:{node.lineno} shell"
                    for word in node.keywords
                    if word.arg == "shell" and not runs_no_program(node)
                ]
            if isinstance(node, ast.Import | ast.ImportFrom):
                modules = {getattr(node, "module", None) or "", *(name.name for name in node.names)}
                found += [f"{place}:{node.lineno} {name}" for name in modules & DANGEROUS_MODULES]
    assert found == []


def test_no_sql_is_put_together_from_what_was_sent() -> None:
    """Text that becomes SQL holds no values: only the names of our own tables are ever put into it."""
    makers = {
        place
        for place, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and any(name in {"text", "exec_driver_sql", "execute"} for name in names_in(node.func))
        and any(isinstance(argument, ast.JoinedStr) for argument in node.args)
    }
    assert makers <= {
        "itembank/search_index.py",
        "registry/protection.py",
        "testing_platform/database.py",
        "testing_platform/demo/database_file.py",
    }


def test_no_secret_is_printed_with_the_object_that_holds_it() -> None:
    secret = "a secret that is used in this test and nowhere else"
    keys = Keys.derive(secret)
    shown = repr(keys) + str(keys) + repr(Settings.model_validate({"secret": secret}))
    assert secret not in shown
    private = [value for value in list(vars(keys).values()) if isinstance(value, bytes)]
    assert [value for value in private if repr(value) in shown or value.hex() in shown] == []
