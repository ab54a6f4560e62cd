"""The candidate's page and the worker that keeps it: one whole version, each file under its own digest."""

import hashlib
import json
import re
from typing import Any

from tests.web.conftest import Browser


def shell(client: Browser) -> dict[str, Any]:
    """The list at the head of the worker."""
    text = client.get("/sw.js").get_data(as_text=True)
    listed: dict[str, Any] = json.loads(text[len("const SHELL = ") : text.index(";\n")])
    return listed


def test_worker_may_look_after_the_page_and_nothing_else(client: Browser) -> None:
    answer = client.get("/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == "/ujian"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "/api/" not in answer.get_data(as_text=True)


def test_every_file_is_there_with_the_digest_that_the_worker_demands(client: Browser) -> None:
    files = shell(client)["files"]
    assert {path.rpartition("/")[2] for path in files} >= {
        "ujian",
        "linked.js",
        "runner.css",
        "tokens.css",
        "text.en.js",
    }
    assert not any(path.endswith("service_worker.js") for path in files)
    served = {path: hashlib.sha256(client.get(path).data).hexdigest() for path in files}
    assert served == files


def test_page_asks_only_for_files_that_are_kept(client: Browser) -> None:
    listed = shell(client)
    page = client.get("/ujian").get_data(as_text=True)
    assert listed["page"] == "/ujian"
    assert f'data-shell="{listed["version"]}"' in page
    assert set(re.findall(r"/static/[^\"']+", page)) <= set(listed["files"])
