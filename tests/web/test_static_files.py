"""Static files: versioned addresses that browsers keep, compressed forms, and what the service worker is told."""

import gzip
import hashlib
import re

import brotli
import pytest

from testing_platform import pages
from testing_platform.static_files import LINKED, YEAR_SECONDS, StaticFiles, static_files, static_manifest
from tests.web.conftest import Browser

_RUNNER = pages.static_folder() / "runner"
MAIN = (_RUNNER / "main.js").read_bytes()


def versioned(name: str) -> str:
    return static_files().url(name)


def test_a_versioned_file_is_kept_for_a_year(client: Browser) -> None:
    answer = client.get(versioned("runner/main.js"))
    assert (answer.status_code, answer.data) == (200, MAIN)
    assert answer.headers["Cache-Control"] == f"public, max-age={YEAR_SECONDS}, immutable"
    assert answer.mimetype == "text/javascript"


@pytest.mark.parametrize("path", ["/static/runner/main.js", "/static/v-000000000000/runner/main.js"])
def test_a_file_of_another_version_is_kept_by_nobody(client: Browser, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")


def test_pages_name_versioned_addresses(client: Browser) -> None:
    for path in ("/ujian", "/masuk"):
        addresses = re.findall(r"/static/[^\"']+", client.get(path).get_data(as_text=True))
        assert addresses
        assert all(address.startswith(f"/static/v-{static_files().version}/") for address in addresses)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)],
)
def test_the_best_form_that_the_browser_understands_is_sent(
    client: Browser, accepted: str, encoding: str | None
) -> None:
    answer = client.get(versioned("runner/main.js"), headers={"Accept-Encoding": accepted})
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert answer.headers.get("Content-Encoding") == encoding
    assert unpack(answer.data) == MAIN
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.content_length == len(answer.data)


def test_fonts_are_not_compressed_twice(client: Browser) -> None:
    font = versioned("vendor/fonts/atkinson-hyperlegible-next.woff2")
    answer = client.get(font, headers={"Accept-Encoding": "br"})
    assert "Content-Encoding" not in answer.headers
    assert answer.mimetype == "font/woff2"


def test_a_file_that_did_not_change_is_not_sent_again(client: Browser) -> None:
    head = {"Accept-Encoding": "br"}
    tag = client.get("/static/tokens.css", headers=head).headers["ETag"]
    answer = client.get("/static/tokens.css", headers={**head, "If-None-Match": tag})
    assert (answer.status_code, answer.data) == (304, b"")
    other = client.get("/static/tokens.css", headers={"Accept-Encoding": "gzip", "If-None-Match": tag})
    assert other.status_code == 200


@pytest.mark.parametrize("name", ["nothing.css", "../app.py", "..%2fapp.py", "runner", "%2e%2e/config.py"])
def test_nothing_outside_the_tree_is_served(client: Browser, name: str) -> None:
    assert client.get("/static/" + name).status_code == 404
    assert client.get(versioned(name)).status_code == 404


def test_the_version_moves_with_any_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("tree")
    (folder / "a.js").write_text("1")
    before = StaticFiles(folder).version
    assert StaticFiles(folder).version == before
    (folder / "a.js").write_text("2")
    after = StaticFiles(folder).version
    (folder / "a.js").rename(folder / "b.js")
    assert len({before, after, StaticFiles(folder).version}) == 3


def test_the_manifest_names_what_the_runner_loads(client: Browser) -> None:
    manifest = client.get("/static/manifest.json").get_json()
    assert manifest == static_manifest()
    urls = {asset["url"] for asset in manifest["assets"]}
    modules = {path.relative_to(pages.static_folder()).as_posix() for path in _RUNNER.rglob("*.js")}
    assert static_files().linked.modules > {"runner/main.js", "runner/outbox.js", "runner/views/item.js"}
    assert {versioned(name) for name in (modules | {LINKED}) - static_files().linked.modules} <= urls
    assert not any("staff" in url or "htmx" in url for url in urls)
    for asset in manifest["assets"]:
        content = client.get(asset["url"]).data
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (asset["sha256"], asset["bytes"])


def test_a_cold_runner_is_small() -> None:
    assets = [static_files().assets[asset["url"].removeprefix(versioned(""))] for asset in static_manifest()["assets"]]
    sizes = {asset.name: len(asset.encoded("br" if asset.is_compressible else "")) for asset in assets}
    fonts = sum(size for name, size in sizes.items() if name.endswith(".woff2"))
    assert sum(sizes.values()) - fonts < 150_000
    assert sum(sizes.values()) < 300_000
    assert len(sizes) < 16
