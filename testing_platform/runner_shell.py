"""The candidate's page as one version: the document, every file that it needs, and the worker that keeps them.

A reload must work while the server is away, so the browser keeps the page. It may only ever keep one version whole:
the version is a digest over the document and the tree of static files, and each file is kept under its own digest.
"""

import hashlib
import json
from functools import cache

from flask import render_template

from testing_platform.static_files import static_files, static_manifest

PAGE = "/ujian"
WORKER = "/sw.js"
_API = "/api/v1"
_WORKER_SOURCE = "runner/service_worker.js"


@cache
def version() -> str:
    """The name of this version: it changes with the document and with every file."""
    return _digest(static_files().version + _render(""))[:12]


@cache
def document() -> str:
    """The page, which says which version it is."""
    return _render(version())


def _render(name: str) -> str:
    return render_template("runner/runner.html", api_base=_API, shell=name, worker=WORKER, scope=PAGE)


@cache
def worker() -> str:
    """The service worker: the list of what it keeps, then its own text."""
    assets = static_manifest()["assets"]
    files = {asset["url"]: asset["sha256"] for asset in assets if not asset["url"].endswith(_WORKER_SOURCE)}
    shell = {"version": version(), "page": PAGE, "files": {**files, PAGE: _digest(document())}}
    source = static_files().assets[_WORKER_SOURCE].content.decode()
    return f"const SHELL = {json.dumps(shell)};\n{source}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
