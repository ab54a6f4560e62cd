"""The page on which a PC learns to trust the server."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from testing_platform.tls.authority import fingerprint, parse_host
from testing_platform.tls.folder import TlsFolder, issue
from tests.web.conftest import Browser


@pytest.fixture
def place(tmp_path: Path) -> TlsFolder:
    """The data folder of the application under test."""
    return TlsFolder(tmp_path / "tls")


def test_without_a_certificate_there_is_no_page(client: Browser) -> None:
    assert client.get("/menyiapkan-pc").status_code == 404
    assert client.get("/menyiapkan-pc/authority.crt").status_code == 404


def test_the_page_shows_the_steps_and_the_fingerprint(client: Browser, place: TlsFolder) -> None:
    issued = issue(place, [parse_host("lab.test")], now=datetime.now(UTC))
    page = client.get("/menyiapkan-pc").get_data(as_text=True)
    assert "Menyiapkan PC peserta" in page
    assert "https://lab.test" in page
    assert fingerprint(issued.authority)[:30] in page
    english = client.get("/menyiapkan-pc", headers={"Accept-Language": "en"})
    assert english.status_code == 200


def test_only_the_certificate_can_be_fetched(client: Browser, place: TlsFolder) -> None:
    issue(place, [parse_host("lab.test")], now=datetime.now(UTC))
    answer = client.get("/menyiapkan-pc/authority.crt")
    assert answer.data == place.authority.read_bytes()
    assert answer.mimetype == "application/x-x509-ca-cert"
    for other in ("authority.key", "server.key", "server.crt", "../secret.key"):
        assert client.get(f"/menyiapkan-pc/{other}").status_code == 404
