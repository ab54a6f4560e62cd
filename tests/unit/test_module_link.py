"""The runner's modules become one file; what the linker does not understand it refuses."""

from pathlib import Path

import pytest

from testing_platform import pages
from testing_platform.module_link import NotLinkableError, link
from testing_platform.static_files import ENTRY, static_files

PLAIN = {
    "runner/main.js": "import { up as more } from './deep/count.js';\nimport words from './words.js';\nmore(words);\n",
    "runner/deep/count.js": "import words from '../words.js';\nexport const one = words.one;\n"
    "export async function up() { return import('./late.js'); }\nexport class Kept {}\nlet own = 0;\n"
    "const here = new URL('a.svg', import.meta.url);\n",
    "runner/words.js": "export default {\n  one: 1,\n};\n",
}


def test_what_is_imported_comes_first_and_once() -> None:
    code = link(PLAIN, ENTRY).code
    places = [code.index(f"// {name}\n") for name in ("runner/words.js", "runner/deep/count.js", "runner/main.js")]
    assert places == sorted(places)
    assert code.count("// runner/words.js") == 1


def test_names_are_handed_over_as_they_were_imported() -> None:
    code = link(PLAIN, ENTRY).code
    assert "const { up: more } = $m1;" in code
    assert "const { default: words } = $m0;" in code
    assert "return { one, up, Kept };" in code
    assert "return { default: $default };" in code
    assert not [line for line in code.splitlines() if line.startswith(("import", "export"))]


def test_addresses_count_from_the_file_that_is_served() -> None:
    code = link(PLAIN, ENTRY).code
    assert "new URL('a.svg', new URL('deep/count.js', import.meta.url))" in code
    assert "import('./deep/late.js')" in code


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import { a } from './b.js';\n", "not there"),
        ("import { a } from './main.js';\n", "circle"),
        ("import * as all from './words.js';\n", "import"),
        ("export { a };\n", "export"),
        ("export let count = 0;\n", "export"),
        ("export default function f() {}\n", "export default"),
        ("await ready;\n", "await"),
        ("import a, { b } from './words.js';\n", "import"),
    ],
)
def test_what_is_not_plain_is_refused(source: str, why: str) -> None:
    with pytest.raises(NotLinkableError, match=why):
        link({**PLAIN, "runner/main.js": source}, ENTRY)


def test_the_runner_is_linked() -> None:
    linked = static_files().linked
    outside = {path.relative_to(pages.static_folder()).as_posix() for path in _modules()} - linked.modules
    assert outside == {"runner/text.en.js", "runner/old_browser.js", "runner/service_worker.js"}


def _modules() -> list[Path]:
    return list((pages.static_folder() / "runner").rglob("*.js"))
