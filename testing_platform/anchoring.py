"""Lets the heads leave the server: into a file once a minute, and from there to a second server when there is one."""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from http import HTTPStatus

import structlog

from exam.operations.anchors import Remembered, anchor_heads
from testing_platform.anchor_files import Cursor, append_lines, holding_cursor, next_lines, save_cursor
from testing_platform.wiring import Platform, utc_now

PATIENCE_SECONDS = 15.0
MOST_BYTES = 48_000  # of lines in one request; a line that is longer by itself goes alone

log = structlog.get_logger()


class HeadKeeper:
    """The duty of each minute. What it remembers keeps the lines short."""

    def __init__(self) -> None:
        self._platform: Platform | None = None
        self._remembered = Remembered()

    def __call__(self, platform: Platform) -> None:
        """Make the heads of this minute, unless another worker did."""
        now = utc_now()
        if platform is not self._platform:
            self._platform, self._remembered = platform, Remembered()

        def write(lines: Sequence[str]) -> None:
            append_lines(platform.settings.anchors_folder, lines, day=now.date())

        with platform.database.transaction() as session:
            remembered = anchor_heads(session, self._remembered, keys=platform.keys, write=write, now=now)
        self._remembered = remembered


def send_heads(platform: Platform) -> None:
    """Hand every line that the second server has not taken to it, in order, until it has all or does not answer."""
    url, folder = platform.settings.anchor_url, platform.settings.anchors_folder
    if not url:
        return
    with holding_cursor(folder) as held:
        cursor = held
        while cursor is not None:
            cursor = _send_next(url, platform, cursor)


def _send_next(url: str, platform: Platform, cursor: Cursor) -> Cursor | None:
    folder = platform.settings.anchors_folder
    lines, behind = next_lines(folder, cursor, most_bytes=MOST_BYTES)
    if behind == cursor:
        return None
    if lines and not _is_taken(url, lines):
        return None
    save_cursor(folder, behind)
    return behind


def _is_taken(url: str, lines: Sequence[str]) -> bool:
    body = json.dumps({"lines": list(lines)}, ensure_ascii=False).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310 - checked by the settings
    try:
        with _opener.open(request, timeout=PATIENCE_SECONDS) as response:
            return bool(response.status == HTTPStatus.OK)
    except urllib.error.HTTPError as error:
        with error:
            log.warning("heads_refused", status=error.code, reason=error.read(500).decode(errors="replace"))
    except OSError as error:
        log.warning("heads_not_sent", error=str(error))
    return False


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_more: object) -> None:
        """A second server that moved is for a person to look at."""


_opener = urllib.request.build_opener(_NoRedirect)
