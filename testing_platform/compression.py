"""Compresses pages of staff on their way out, where nobody can use that to guess what they hold.

The length of a compressed page tells how often something in it repeats. An attacker who makes a signed-in browser ask
for pages with words of his choice, and who sees the lengths on the wire, could so guess a secret (BREACH). Our CSRF
tokens are signed with the time but not masked: their first half stays the same for a session. So a page is compressed
only when the browser says that the request came from the site itself or from the person (`Sec-Fetch-Site`), which no
other site can make it say; browsers that say nothing get the page as it is. The runner's contract stays out of it: its
replies are small, and forms are sealed after they were compressed.
"""

import gzip

import brotli
from flask import Flask, Response, request

_AT_LEAST = 1_400  # less fits into one packet anyway
_TYPES = frozenset({"text/html", "application/json", "text/csv", "image/svg+xml"})
_ASKED_BY_US = frozenset({"same-origin", "none"})


def install(app: Flask) -> None:
    """Compress what every other function has finished; those that are registered first run last."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    encoding = _encoding() if _is_worth_it(response) else ""
    if encoding:
        content = response.get_data()
        response.set_data(_packed(content, encoding))
        response.headers["Content-Encoding"] = encoding
        response.vary.add("Accept-Encoding")
        if tag := response.get_etag()[0]:
            response.set_etag(tag, weak=True)  # other bytes, the same content
    return response


def _is_worth_it(response: Response) -> bool:
    return (
        response.mimetype in _TYPES
        and not response.is_streamed
        and not response.direct_passthrough
        and "Content-Encoding" not in response.headers
        and (response.content_length or 0) >= _AT_LEAST
        and not request.path.startswith("/api/")
    )


def _encoding() -> str:
    if request.headers.get("Sec-Fetch-Site") not in _ASKED_BY_US:
        return ""
    return next((name for name in ("br", "gzip") if request.accept_encodings.quality(name) > 0), "")


def _packed(content: bytes, encoding: str) -> bytes:
    if encoding == "br":
        packed: bytes = brotli.compress(content, mode=brotli.MODE_TEXT, quality=4)
        return packed
    return gzip.compress(content, compresslevel=5, mtime=0)
