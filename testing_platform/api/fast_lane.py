"""Takes the steps of candidates past Flask, whose work for each request costs more than keeping an answer does.

Only a plain success leaves from here, with the headers that Flask would have given it, learned from Flask itself.
Whatever else happens is handed to Flask with what was found, and Flask's view tells it: every refusal and every
failure has one path, one shape and one line in the log.
"""

import io
import json
import re
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify

from testing_platform.api.steps import keep_steps

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from testing_platform.wiring import Platform

FOUND = "testing_platform.found"  # in the WSGI environment: what the view has to raise

_STEPS = re.compile(r"/api/v1/attempts/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/steps")

_ENCODER = json.JSONEncoder(separators=(",", ":"))  # `json.dumps` would make one for each answer

Headers = list[tuple[str, str]]


class FastLane:
    """A WSGI application in front of Flask's own."""

    def __init__(self, app: Flask, platform: "Platform", *, body_limit: int) -> None:
        self._app = app
        self._platform = platform
        self._body_limit = body_limit
        self._headers: dict[str, Headers] = {}  # by scheme
        self.behind: WSGIApplication = app.wsgi_app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer, or let Flask answer."""
        match = _STEPS.fullmatch(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "POST" else None
        length = _length(environ)
        # Bodies without a length, or above the limit, are for Flask to refuse or to count.
        if match is None or length is None or length > self._body_limit or environ.get("QUERY_STRING"):
            return self.behind(environ, start_response)
        body = environ["wsgi.input"].read(length)
        try:
            answer = self._kept(uuid.UUID(match.group(1)), environ, body)
        except Exception as found:
            environ[FOUND] = found
            environ["wsgi.input"] = io.BytesIO(body)
            return self.behind(environ, start_response)
        start_response("200 OK", [*self._learned(environ["wsgi.url_scheme"]), ("Content-Length", str(len(answer)))])
        return (answer,)

    def _kept(self, attempt: uuid.UUID, environ: "WSGIEnvironment", body: bytes) -> bytes:
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        answer = keep_steps(self._platform, attempt, authorization=authorization, body=body)
        return _ENCODER.encode(answer).encode()

    def _learned(self, scheme: str) -> Headers:
        """The headers that Flask gives to an answer of this call, but for its length."""
        known = self._headers.get(scheme)
        if known is None:
            known = self._headers[scheme] = _headers_of(self._app, scheme)
        return known


def _headers_of(app: Flask, scheme: str) -> Headers:
    path = f"/api/v1/attempts/{uuid.UUID(int=0)}/steps"
    with app.test_request_context(path, method="POST", base_url=f"{scheme}://localhost"):
        response: Response = app.process_response(jsonify({}))
    return [(name, value) for name, value in response.headers.items() if name != "Content-Length"]


def _length(environ: "WSGIEnvironment") -> int | None:
    text = environ.get("CONTENT_LENGTH", "")
    is_whole = text.isascii() and text.isdigit() and "HTTP_TRANSFER_ENCODING" not in environ
    return int(text) if is_whole else None


def found_before(environ: dict[str, Any]) -> Exception | None:
    """What the fast lane met with this very request; the view raises it instead of doing everything again."""
    found = environ.pop(FOUND, None)
    return found if isinstance(found, Exception) else None
