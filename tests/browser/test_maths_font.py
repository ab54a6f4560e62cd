"""Formulas drawn with the maths face that candidates load have the measures that the whole face gives them."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from itembank.latex import to_mathml
from testing_platform import pages
from tests.unit.itembank.test_latex import GALLERY

ROOT = Path(__file__).parents[2]
FONTS = pages.static_folder() / "vendor" / "fonts"
WHOLE = ROOT / "scripts/maths_font/stix-two-math.woff2"
SUBSET = FONTS / "stix-two-math-subset.woff2"

TALL = r"\left(\frac{\frac{\frac{1}{2}}{3}}{\frac{4}{\frac{5}{6}}}\right)"
STRETCHED = [
    *(TALL.replace("(", left).replace(")", right) for left, right in ((r"\{", r"\}"), ("[", "]"), ("|", "|"))),
    TALL,
    rf"\sqrt{{{TALL}}}",
    rf"\sqrt[3]{{\sqrt{{x^2+\sqrt{{{TALL}}}}}}}",
    r"\overline{ABCDEFGH} \overrightarrow{ABCDEF} \vec{v}",
    r"\begin{cases}a\\b\\c\\d\\e\\f\end{cases} \begin{pmatrix}1\\2\\3\\4\\5\\6\\7\\8\end{pmatrix}",
    r"\int_0^1 \sum_{i=1}^{n} x_i^2",
]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser.new_page(viewport={"width": 1366, "height": 2400})
        browser.close()


def measures(page: Page, face: Path) -> list[list[float]]:
    """Width and height of every part of every formula, with this face."""
    content = base64.b64encode(face.read_bytes()).decode()
    source = (
        f"@font-face {{ font-family: Maths; src: url(data:font/woff2;base64,{content}) }} math {{ font: 24px Maths }}"
    )
    formulas = "".join(f"<p>{to_mathml(latex, display=True)}</p>" for latex in [*GALLERY, *STRETCHED])
    page.set_content(f"<!doctype html><style>{source} math {{ font: 24px Maths }}</style>{formulas}")
    page.evaluate("document.fonts.load('24px Maths').then(() => document.fonts.ready)")
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll('math *:not(mtext)')].map((part) => {
                const { width, height } = part.getBoundingClientRect();
                return [width, height];
            })"""
        )
    )


def test_every_part_of_every_formula_has_the_measures_of_the_whole_face(page: Page) -> None:
    whole, ours = measures(page, WHOLE), measures(page, SUBSET)
    assert len(whole) > 400
    assert ours == whole


def test_brackets_and_roots_grow_with_what_they_hold(page: Page) -> None:
    measures(page, SUBSET)
    heights = page.evaluate(
        """() => [...document.querySelectorAll('mo')].filter((sign) => sign.textContent === '(')
            .map((sign) => sign.getBoundingClientRect().height)"""
    )
    assert max(heights) > 4 * min(heights)
