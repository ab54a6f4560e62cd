"""Style sheets, scripts and fonts: held in memory, compressed once, under addresses that change with their content.

One version, the digest over the whole tree, stands as a folder in every address (`/static/v-<version>/...`). So modules
go on importing each other by relative addresses, and browsers may keep each file for a year: a new release is a new
folder. Without the version a file is asked for anew each time, which costs a 304.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import brotli
import structlog
from flask import Flask, Response, abort, current_app, jsonify, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from testing_platform import pages
from testing_platform.module_link import Linked, NotLinkableError, link
from testing_platform.permissions import Permission, requires

ENDPOINTS = frozenset({"static", "static_manifest"})
YEAR_SECONDS = 31_536_000
_SMALL = 200  # bytes that no compression makes worth while
_TEXTS = ("text/", "application/javascript", "application/json", "image/svg+xml")
_TYPES = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml"}

# What the candidate's page loads; everything else in the tree belongs to staff pages.
ENTRY = "runner/main.js"
LINKED = "runner/linked.js"  # the entry with all that it imports, see `module_link`
RUNNER_ASSETS = ("runner/", "tokens.css", "mark.svg", "vendor/fonts/")

log = structlog.get_logger()


@dataclass(frozen=True)
class Asset:
    """One file with its digest, and its compressed forms once somebody asked for them."""

    name: str
    content: bytes = field(repr=False)
    sha256: str
    mimetype: str
    _encoded: dict[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def is_compressible(self) -> bool:
        """Fonts and pictures are compressed already."""
        return self.mimetype.startswith(_TEXTS) and len(self.content) > _SMALL

    def encoded(self, encoding: str) -> bytes:
        """The bytes in an encoding (`br`, `gzip` or none, the empty word)."""
        if not encoding:
            return self.content
        if encoding not in self._encoded:  # two threads may both compress; either result is right
            self._encoded[encoding] = _compress(self.content, encoding)
        return self._encoded[encoding]

    def best_encoding(self) -> str:
        """The smallest form that the browser of this request understands."""
        if not self.is_compressible:
            return ""
        accepted = request.accept_encodings
        return next((name for name in ("br", "gzip") if accepted.quality(name) > 0), "")


def _compress(content: bytes, encoding: str) -> bytes:
    if encoding == "br":
        packed: bytes = brotli.compress(content, mode=brotli.MODE_TEXT, quality=11)
        return packed
    return gzip.compress(content, compresslevel=9, mtime=0)


class StaticFiles:
    """The whole tree, read once."""

    def __init__(self, folder: Path) -> None:
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        self.assets = {asset.name: asset for asset in (_read(folder, path) for path in files)}
        self.linked = _linked(self.assets)
        self.assets[LINKED] = _asset(LINKED, self.linked.code.encode())
        whole = "".join(f"{asset.name}\0{asset.sha256}\n" for asset in self.assets.values())
        self.version = hashlib.sha256(whole.encode()).hexdigest()[:12]

    def url(self, name: str) -> str:
        """The address of a file under the version of the tree."""
        return f"/static/v-{self.version}/{name}"

    def compress_all(self) -> None:
        """Make what browsers will ask for, before the processes of the server part ways and share it."""
        for asset in self.assets.values():
            if asset.is_compressible and asset.name not in self.linked.modules:
                asset.encoded("br")
                asset.encoded("gzip")


def _read(folder: Path, path: Path) -> Asset:
    return _asset(path.relative_to(folder).as_posix(), path.read_bytes())


def _asset(name: str, content: bytes) -> Asset:
    suffix = name[name.rfind(".") :]
    kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(name=name, content=content, sha256=hashlib.sha256(content).hexdigest(), mimetype=kind)


def _linked(assets: Mapping[str, Asset]) -> Linked:
    sources = {
        name: assets[name].content.decode() for name in assets if name.startswith("runner/") and name[-3:] == ".js"
    }
    try:
        return link(sources, ENTRY)
    except NotLinkableError as error:
        log.warning("runner_not_linked", why=str(error))  # slower on a bad network, and nothing else
        return Linked("import './main.js';\n", frozenset())


@cache
def static_files() -> StaticFiles:
    """The tree of this installation; a change on disk is seen after a restart."""
    return StaticFiles(pages.static_folder())


def static_manifest() -> dict[str, Any]:
    """Every file that the candidate's page may ask for: address, digest and size, for the service worker."""
    files = static_files()
    needed = [asset for asset in files.assets.values() if _belongs_to_runner(asset.name)]
    return {
        "version": files.version,
        "prefix": files.url(""),
        "assets": [
            {"url": files.url(asset.name), "sha256": asset.sha256, "bytes": len(asset.content)} for asset in needed
        ],
    }


def _belongs_to_runner(name: str) -> bool:
    if name in static_files().linked.modules:
        return False  # it travels inside the linked one
    return name.startswith(RUNNER_ASSETS) and name.endswith((".js", ".css", ".svg", ".woff2"))


class _Sessions(SecureCookieSessionInterface):
    """The signed session, except that files know nothing of it: `Vary: Cookie` would make browsers fetch them anew."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if request.endpoint not in ENDPOINTS:
            super().save_session(app, session, response)


def install(app: Flask) -> None:
    """Serve the tree, and let `url_for('static', ...)` write versioned addresses."""
    app.session_interface = _Sessions()
    app.add_url_rule("/static/v-<version>/<path:filename>", endpoint="static", view_func=_static)
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=_static)
    app.add_url_rule("/static/manifest.json", endpoint="static_manifest", view_func=_manifest)
    app.url_defaults(_add_version)


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static":
        values.setdefault("version", static_files().version)


@requires(Permission.PUBLIC)
def _static(filename: str, version: str = "") -> Response:
    asset = static_files().assets.get(filename)
    if asset is None:
        abort(404)
    encoding = asset.best_encoding()
    tag = f"{asset.sha256[:24]}{'-' + encoding if encoding else ''}"
    if request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        response = current_app.response_class(asset.encoded(encoding), mimetype=asset.mimetype)
    response.set_etag(tag)
    response.headers["Cache-Control"] = _keeping(version)
    if encoding and response.status_code == 200:
        response.headers["Content-Encoding"] = encoding
    if asset.is_compressible:
        response.headers["Vary"] = "Accept-Encoding"
    return response


def _keeping(version: str) -> str:
    # Of two servers in the middle of an upgrade, one may be asked for the files of the other: it answers with what it
    # has, and nobody keeps that.
    if version == static_files().version:
        return f"public, max-age={YEAR_SECONDS}, immutable"
    return "no-cache"


@requires(Permission.PUBLIC)
def _manifest() -> Response:
    response = jsonify(static_manifest())
    response.headers["Cache-Control"] = "no-cache"
    return response
