"""Where the tables of benchmarks go: between the marks that a page keeps for them."""

import re
from pathlib import Path


def put(page: Path, part: str, table: str) -> None:
    """Put a table between its marks on a page."""
    text, begin, end = page.read_text(), f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    pattern = re.compile(f"{begin}.*?{end}", re.DOTALL)
    assert pattern.search(text), f"{page} has no place for {part}"
    page.write_text(pattern.sub(lambda _: f"{begin}\n{table}\n{end}", text))
