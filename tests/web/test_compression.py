"""Pages travel compressed where nobody can use the length to guess what they hold."""

import gzip

import brotli
import pytest

from tests.web.conftest import Browser

OWN = {"Sec-Fetch-Site": "same-origin", "Accept-Encoding": "gzip, deflate, br"}


def test_pages_are_compressed_for_browsers_that_ask_from_the_site_itself(client: Browser) -> None:
    plain = client.get("/masuk", headers={"Accept-Encoding": "br"})
    packed = client.get("/masuk", headers=OWN)
    assert packed.headers["Content-Encoding"] == "br"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert packed.content_length == len(packed.data) < len(plain.data) / 2
    assert b"csrf_token" in brotli.decompress(packed.data)
    by_gzip = client.get("/masuk", headers={**OWN, "Accept-Encoding": "gzip", "Sec-Fetch-Site": "none"})
    assert b"csrf_token" in gzip.decompress(by_gzip.data)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", None])
def test_pages_that_another_site_asks_for_keep_their_length(client: Browser, site: str | None) -> None:
    headers = {"Accept-Encoding": "br", **({"Sec-Fetch-Site": site} if site is not None else {})}
    assert "Content-Encoding" not in client.get("/masuk", headers=headers).headers


def test_small_answers_and_the_contract_stay_as_they_are(client: Browser) -> None:
    assert "Content-Encoding" not in client.get("/health", headers=OWN).headers
    assert "Content-Encoding" not in client.post("/api/v1/session", json={"pin": "x" * 3000}, headers=OWN).headers


def test_files_carry_few_headers_and_pages_all(client: Browser) -> None:
    page = client.get("/masuk").headers
    file = client.get("/static/tokens.css").headers
    for name in ("Content-Security-Policy", "Permissions-Policy", "Referrer-Policy"):
        assert name in page
        assert name not in file
    assert file["X-Content-Type-Options"] == page["X-Content-Type-Options"] == "nosniff"
    assert file["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Content-Security-Policy" in client.get("/static/mark.svg").headers  # a picture can be opened by itself
