"""What the editor shows of one draft: fields, preview, findings, who else is at work, what came back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from itembank.errors import ItemBankError
from itembank.linter.findings import Finding
from itembank.linter.reading import LintItem
from itembank.model import ItemVersion, Passage, WorkingCopy
from itembank.neighbours import Neighbours
from itembank.operations.drafting import Stand
from itembank.queries import writing
from itembank.textformat import LETTERS
from itembank.typed_item import KEY, PASSAGE, RATIONALE, SOURCES, STEM, Drawing, TypedItem, draw
from itembank.version_text import findings_so_far, text_so_far, typed_of_version
from registry.actor import Actor
from registry.columns import Document
from testing_platform.security import CONTENT_POLICY
from testing_platform.web.authoring_words import Remark, part_name, remarks_of
from testing_platform.web.item_markup import with_pictures

# Whoever typed within this time counts as being at work on the draft.
AT_WORK = timedelta(minutes=3)

# The editor shows the candidate's page in a frame of its own site; nobody else may.
EDITOR_POLICY = f"{CONTENT_POLICY}; frame-src 'self'"
PREVIEW_POLICY = CONTENT_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")

_PICTURE = re.compile(r'<img data-media-name="([^"]+)"')


@dataclass(frozen=True)
class Sent:
    """What a page of the editor sent."""

    typed: TypedItem
    stand: Stand

    @classmethod
    def parse(cls, form: MultiDict[str, str], *, n_options: int) -> "Sent":
        """The fields as typed; line ends as everywhere, and a key that is no letter is none."""
        letters = LETTERS[:n_options]
        key = form.get(KEY, "")
        typed = TypedItem(
            stem=_lines(form.get(STEM, "")),
            options=tuple(_lines(form.get(f"option-{letter}", "")) for letter in letters),
            key=key if key in [*letters] else "",
            rationale=_lines(form.get(RATIONALE, "")),
            sources=_lines(form.get(SOURCES, "")),
            passage=form.get(PASSAGE, "").strip(),
        )
        return cls(typed, stand_of(form))


def stand_of(form: MultiDict[str, str]) -> Stand:
    """Where the page stood that sent a form; what no page of ours sends is an old page."""
    counter, digest = form.get("counter", ""), form.get("based_on", "")
    is_digest = re.fullmatch(r"[0-9a-f]{64}", digest) is not None
    is_number = re.fullmatch(r"[0-9]{1,9}", counter) is not None
    return Stand(int(counter) if is_number else -1, bytes.fromhex(digest) if is_digest else b"")


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True)
class Editor:
    """A draft on somebody's desk, ready to be shown."""

    version: ItemVersion
    typed: TypedItem
    copy: WorkingCopy | None
    drawing: Drawing
    remarks: tuple[Remark, ...]
    passage: Passage | None
    others: tuple[writing.AtWork, ...]
    saved: writing.AtWork | None

    @property
    def letters(self) -> str:
        """The letters of its options."""
        return LETTERS[: len(self.typed.options)]

    @property
    def counter(self) -> int:
        """How often the typing was kept."""
        return self.copy.counter if self.copy else 0

    @property
    def based_on(self) -> str:
        """The draft that the fields build on."""
        return (self.copy.based_on if self.copy else self.version.content_digest).hex()

    @property
    def is_saved(self) -> bool:
        """Whether the fields are the draft."""
        return self.typed == typed_of_version(self.version, n_options=len(self.typed.options))

    @property
    def is_overtaken(self) -> bool:
        """Whether somebody saved the draft since these fields were begun."""
        return self.based_on != self.version.content_digest.hex()

    @property
    def has_hidden(self) -> bool:
        """Whether some text holds characters that nobody sees."""
        return self.typed != self.typed.cleaned()

    def remarks_on(self, part: str) -> list[Remark]:
        """What stands beside one field."""
        return [remark for remark in self.remarks if remark.part == part]

    @property
    def missing(self) -> list[str]:
        """The names of the parts that are still empty."""
        return [part_name(part) for part in self.typed.missing()]

    def shown(self, part: str) -> Markup:
        """A part as the candidate sees it, or words that say why not."""
        return with_pictures(self._html(part), self._addresses)

    @property
    def options(self) -> list[tuple[str, Markup]]:
        """The options with their letters, as the candidate sees them."""
        return [(letter, self.shown(letter)) for letter in self.letters]

    def preview(self) -> Document:
        """The item in the shape of a sealed form, for the candidate's own page."""
        options = [self._addressed(self._html(letter)) for letter in self.letters]
        pictures = {sha256: url_for("authoring_typing.picture", sha256=sha256) for sha256 in self._sources.values()}
        stem, rationale = self._addressed(self._html(STEM)), self._addressed(self._html(RATIONALE))
        return {"html": stem, "options": options, "rationale": rationale, "pictures": pictures}

    def _html(self, part: str) -> str:
        before = f"<blockquote>{self.passage.html}</blockquote>" if part == STEM and self.passage else ""
        if part in self.drawing.rendered:
            return before + (self.drawing.rendered[part].html or "<p>…</p>" * (part == STEM))
        return before + str(Markup("<p><em>{}</em></p>").format(gettext("Cannot be shown yet: see the field.")))

    @property
    def _sources(self) -> Mapping[str, str]:
        return {**(self.passage.pictures if self.passage else {}), **self.typed.pictures}

    @property
    def _addresses(self) -> dict[str, str]:
        return {name: url_for("authoring_typing.picture", sha256=sha256) for name, sha256 in self._sources.items()}

    def _addressed(self, html: str) -> str:
        return _PICTURE.sub(lambda match: f'<img data-media="{self._sources.get(match.group(1), "")}"', html)


def editor_of(
    session: Session,
    version: ItemVersion,
    *,
    actor: Actor,
    now: datetime,
    typed: TypedItem | None = None,
    neighbours: Neighbours | None = None,
) -> Editor:
    """The editor for a draft; `typed` is what was sent just now, where it was not kept.

    With `neighbours` a complete item is compared with the whole bank too, which is too much for every key press.
    """
    found = typed or writing.typed_by(session, version, actor)
    passage = writing.passage_for(session, found.passage, actor) if found.passage else None
    drawing = draw(found, media=writing.picture_sizes(session, found.pictures))
    findings = _found(session, version, found, neighbours)
    return Editor(
        version=version,
        typed=found,
        copy=writing.own_copy(session, version, actor),
        drawing=drawing,
        remarks=tuple(remarks_of(findings, _told(found, drawing), parts=found.parts)),
        passage=passage,
        others=tuple(writing.others_at_work(session, version, actor, since=now - AT_WORK)),
        saved=writing.last_saving(session, version),
    )


def _told(typed: TypedItem, drawing: Drawing) -> dict[str, ItemBankError]:
    return {part: problem for part, problem in drawing.problems.items() if typed.parts[part].strip()}


def _found(session: Session, version: ItemVersion, typed: TypedItem, neighbours: Neighbours | None) -> list[Finding]:
    found = findings_so_far(version, typed)
    if neighbours is None or typed.missing():
        return found
    return found + neighbours.findings(session, LintItem.of(text_so_far(version, typed)))
