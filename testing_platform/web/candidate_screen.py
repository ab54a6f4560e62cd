"""A finished item on the candidate's own page: the modules and styles of the runner, and no exam behind them."""

import re
from typing import Any

from flask import Response, render_template, url_for

from itembank.model import ItemVersion
from testing_platform.web.authoring_page import EDITOR_POLICY, PREVIEW_POLICY

# `itembank.markup` writes the name first; the candidate's page asks for pictures by the digest of their bytes.
_PICTURE = re.compile(r'<img data-media-name="([^"]+)"')


def allow_frame(response: Response) -> Response:
    """Let a page of ours hold that frame; for the blueprints whose pages do."""
    if response.mimetype == "text/html" and "Content-Security-Policy" not in response.headers:
        response.headers["Content-Security-Policy"] = EDITOR_POLICY
    return response


def candidate_screen(version: ItemVersion, *, endpoint: str, **place: Any) -> Response:
    """The page for a frame; `endpoint` and `place` are where this reader gets the pictures."""
    sources = {picture.name: picture.sha256 for picture in version.pictures}
    shown = {
        "html": _with_digests(version.stem_html, sources),
        "options": [_with_digests(option.html, sources) for option in version.options],
        "rationale": "",
        "pictures": {sha256: url_for(endpoint, sha256=sha256, **place) for sha256 in sources.values()},
    }
    text = render_template("authoring/screen.html", preview=shown, code=version.item.code)
    return Response(text, headers={"Content-Security-Policy": PREVIEW_POLICY})


def _with_digests(html: str, sources: dict[str, str]) -> str:
    return _PICTURE.sub(lambda match: f'<img data-media="{sources.get(match.group(1), "")}"', html)
