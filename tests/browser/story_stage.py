"""The stage of the story: a real server, people with a browser of their own each, and eyes on every page.

Whatever a page complains about (console, content policy, axe-core) is gathered here and judged at the end, so that
one run tells everything that is wrong.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, ViewportSize, expect

from testing_platform.config import PREFIX, Settings
from testing_platform.demo.server import Server
from testing_platform.wiring import Platform

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
SCREEN: ViewportSize = {"width": 1366, "height": 768}
SMALL: ViewportSize = {"width": 800, "height": 600}
PATIENCE = 30_000  # milliseconds: on a machine that does much else, scoring alone takes a while
PASSWORD = "bunga kenanga di tepi jalan"
PICTURES = "HANDBOOK_PICTURES"  # a folder: the handbook's pictures are written there, and small screens looked at

_VIOLATIONS = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}"""


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment in which our command line works on this installation."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    ours = {"DATA": str(settings.data), "PORT": str(settings.port), "LOG_LEVEL": settings.log_level}
    return outside | {PREFIX + name: value for name, value in ours.items()}


def command(settings: Settings, name: str) -> str:
    """Run `testing-platform NAME` as an operator does; what it printed comes back."""
    program = [sys.executable, "-m", "testing_platform", name]
    done = subprocess.run(program, env=environment_of(settings), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class FirstStart(Server):
    """The server with its first words kept: they hold the set-up link."""

    def __init__(self, settings: Settings, log: Path) -> None:
        super().__init__(settings)
        self._log = log

    def start(self) -> None:
        """Start the process, its output going to a file."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "testing_platform", "serve"],
                env=environment_of(self.settings),
                stdout=log,
                start_new_session=True,
            )
        self._wait_until_it_answers(self._process)

    @property
    def setup_link(self) -> str:
        """The one-time link for the first administrator, as it was printed."""
        (link,) = [line.strip() for line in self._log.read_text().splitlines() if "/atur/" in line]
        return link


@dataclass
class Stage:
    """The house in which the story plays, and what its pages complained about."""

    platform: Platform
    server: Server
    browser: Browser
    folder: Path
    complaints: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    @property
    def publishes(self) -> bool:
        """True when the handbook's pictures are wanted."""
        return bool(os.environ.get(PICTURES))

    def person(self, name: str) -> "Person":
        """Somebody at a computer, with a browser that nobody else uses."""
        context = self.browser.new_context(viewport=SCREEN, locale="id-ID", accept_downloads=True)
        context.set_default_timeout(PATIENCE)
        person = Person(self, name, context.new_page())
        person.watch(person.page)
        return person

    def keep_last_pages(self) -> None:
        """Pictures of what everybody saw last, and everybody goes home: a failed run is understood from them."""
        for context in self.browser.contexts:
            for page in context.pages:
                page.screenshot(path=self.folder / f"last-{len(list(self.folder.glob('last-*')))}.png")
            context.close()

    def publish(self, names: Mapping[str, int]) -> None:
        """Write the handbook's pictures, each cut to a height, with few colours so that they stay small."""
        if not self.publishes:
            return
        target = Path(os.environ[PICTURES])
        target.mkdir(parents=True, exist_ok=True)
        for name, height in names.items():
            with Image.open(self.folder / f"{name}.png") as picture:
                cut = picture.convert("RGB").crop((0, 0, picture.width, min(height, picture.height)))
                cut.quantize(64, dither=Image.Dither.NONE).save(target / f"{name}.png", optimize=True)


@dataclass
class Person:
    """Somebody of the story at their browser."""

    stage: Stage
    name: str
    page: Page
    excused: tuple[str, ...] = ()

    def watch(self, page: Page) -> None:
        """Write down what the page complains about."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._complain(str(error)))

    @contextmanager
    def excusing(self, *words: str) -> Iterator[None]:
        """Let errors with these words pass: the browser reports every refusal of the server as one."""
        self.excused = words
        yield
        self.excused = ()

    def open(self, path: str) -> None:
        """Type an address."""
        answer = self.page.goto(path if path.startswith("http") else self.stage.server.origin + path)
        assert answer is not None, path
        assert answer.ok, f"{path}: {answer.status}"

    def press(self, action: str, *, within: Locator | None = None) -> None:
        """Send the form with this action."""
        form = (within or self.page.locator("main")).locator(f'form[action$="{action}"]').first
        self.follow(form.locator("button[type=submit]").first)

    def follow(self, target: Locator) -> None:
        """Click what leads to another page, and wait for that page."""
        with self.page.expect_navigation():
            target.click()

    def go(self, href: str) -> None:
        """Click the first link whose address ends like this."""
        self.follow(self.page.locator(f'a[href$="{href}"]').first)

    def confirm(self, dialog: str, *, picture: str = "") -> None:
        """Open a confirmation, read it, and confirm."""
        self.page.locator(f'[data-dialog-open="{dialog}"]').click()
        opened = self.page.locator(f"dialog#{dialog}")
        expect(opened).to_be_visible()
        if picture:
            self.look(picture)
        self.follow(opened.locator("button[type=submit]"))

    def fill(self, **fields: str) -> None:
        """Fill in fields by their names."""
        for name, value in fields.items():
            self.page.locator(f'main [name="{name}"]').fill(value)

    def check(self, name: str, value: str) -> None:
        """Choose a radio button."""
        self.page.locator(f'main [name="{name}"][value="{value}"]').check()

    def look(self, picture: str) -> None:
        """Look at the page as a whole: nothing is inaccessible; and keep a picture of it."""
        self.page.mouse.move(1, 1)  # nothing lies under the pointer
        self.page.evaluate("document.fonts.ready.then(() => scrollTo(0, 0))")
        self.page.evaluate(AXE)
        where = f"{picture} ({urlsplit(self.page.url).path})"
        self.stage.complaints += [f"{where}: {line}" for line in self.page.evaluate(_VIOLATIONS)]
        self._photograph(picture)
        if self.stage.publishes:
            self._look_small(picture)
        self.stage.seen.append(picture)

    def set_password(self, link: str, email: str, *, picture: str = "") -> None:
        """Open the one-time link, set a password, and sign in with it."""
        self.open(link)
        if picture:
            self.look(picture)
        self.fill(password=PASSWORD, again=PASSWORD)
        self.press(urlsplit(link).path)
        self.sign_in(email, picture=f"{picture}-masuk" if picture else "")

    def sign_in(self, email: str, *, picture: str = "") -> None:
        """Sign in as staff."""
        self.fill(email=email, password=PASSWORD)
        if picture:
            self.look(picture)
        self.press("/masuk")
        expect(self.page.locator("details.tp-account")).to_be_visible()

    def download(self, target: Locator) -> Path:
        """Click what sends a file, and keep the file."""
        with self.page.expect_download() as sent:
            target.click()
        kept = self.stage.folder / sent.value.suggested_filename
        shutil.copyfile(sent.value.path(), kept)
        return kept

    def leave(self) -> None:
        """Close the browser."""
        self.page.context.close()

    def _look_small(self, picture: str) -> None:
        self.page.set_viewport_size(SMALL)
        self._photograph(f"{picture}-800x600")
        self.page.set_viewport_size(SCREEN)

    def _photograph(self, picture: str) -> None:
        # Playwright hides the caret by inline styles, which a refresh would carry along, against the policy.
        self.page.screenshot(path=self.stage.folder / f"{picture}.png", caret="initial")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(words in message.text for words in self.excused):
            place = message.location
            self._complain(f"{message.text} [{urlsplit(place['url']).path}:{place.get('lineNumber', 0)}]")

    def _complain(self, text: str) -> None:
        self.stage.complaints.append(f"{self.name} at {urlsplit(self.page.url).path}: {text}")
