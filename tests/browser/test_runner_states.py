"""Each state of the runner for everybody: axe-core, all themes, narrow, zoomed, with more space, in forced colours.

`RUNNER_PICTURES=FOLDER` keeps a picture of every state at the two sizes of screens that labs have.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.runner_hands import barriers
from tests.browser.runner_peer import Peer
from tests.browser.runner_states import WAYS, Way

PICTURES = os.environ.get("RUNNER_PICTURES")
SIZES = ((1366, 768), (800, 600))
THEMES = ("dark", "contrast", "light")
COLOURS = ("color-contrast", "link-in-text-block")  # what the other themes change; structure is looked at once

# What WCAG 1.4.12 lets people set.
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } "
    "p { margin-bottom: 2em !important }"
)

# Text that is cut off, and small targets: axe-core does not measure the one and forgives much of the other.
CUT_OFF = """() => [...document.querySelectorAll('#runner *, dialog[open] *')]
    .filter((one) => one.offsetParent && !one.closest('.visually-hidden, .tool-word, .time-label, math'))
    .filter((one) => ['hidden', 'clip'].includes(getComputedStyle(one).overflowX))
    .filter((one) => one.scrollWidth > one.clientWidth + 1)
    .map((one) => `cut off: ${one.textContent.slice(0, 60)}`)"""
SMALL = """() => [...document.querySelectorAll('button, a[href], summary, input:not(.visually-hidden)')]
    .filter((one) => one.offsetParent && !one.closest('.skip'))
    .map((one) => [one, (one.closest('label') ?? one).getBoundingClientRect()])
    .filter(([, { width, height }]) => width < 24 || height < 24)
    .map(([one]) => `small: ${one.outerHTML.slice(0, 80)}`)"""
SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_state_is_open_to_everybody(page: Page, peer: Peer, address: str, way: Way) -> None:
    page.emulate_media(reduced_motion="reduce")
    way(page, peer, address)
    keep_pictures(page, way.__name__)
    page.set_viewport_size({"width": 800, "height": 600})
    found = [f"{theme}: {what}" for theme in THEMES for what in in_theme(page, theme)]
    found += barriers(page)
    found += page.evaluate(SMALL)
    found += at_twice_the_size(page)
    found += with_more_space(page)
    page.emulate_media(forced_colors="active")
    found += [f"forced colours: {what}" for what in barriers(page, *COLOURS)]
    assert found == []


def in_theme(page: Page, theme: str) -> list[str]:
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    return barriers(page, *COLOURS)


def at_twice_the_size(page: Page) -> list[str]:
    """A screen of 800 x 600 at 200 % has room for 400 x 300; nothing may stand aside."""
    page.set_viewport_size({"width": 400, "height": 300})
    sideways = page.evaluate(SIDEWAYS)
    found = [*page.evaluate(CUT_OFF), *(["zoomed: scrolls sideways"] if sideways > 0 else [])]
    page.set_viewport_size({"width": 800, "height": 600})
    return found


def with_more_space(page: Page) -> list[str]:
    # The policy forbids added style elements; a sheet that a script builds is not markup.
    page.evaluate(
        """(rules) => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(rules);
            document.adoptedStyleSheets = [sheet];
        }""",
        SPACED,
    )
    sideways = page.evaluate(SIDEWAYS)
    found = [*page.evaluate(CUT_OFF), *(["spaced: scrolls sideways"] if sideways > 0 else [])]
    page.evaluate("() => { document.adoptedStyleSheets = []; }")
    return found


def keep_pictures(page: Page, name: str) -> None:
    for width, height in SIZES if PICTURES else ():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)  # a sign that appears late is to be seen
        page.screenshot(path=Path(str(PICTURES)) / f"{name}-{width}.png")
