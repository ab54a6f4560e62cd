"""The lab's authority and the server's certificate: what they say, who may read the keys, and what is refused."""

import ipaddress
import json
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from testing_platform.config import Settings, load
from testing_platform.doors import Doors
from testing_platform.tls import errors
from testing_platform.tls.authority import fingerprint, make_authority, make_server, parse_host
from testing_platform.tls.context import ServerContext, require_certificate
from testing_platform.tls.folder import TlsFolder, issue, read_certificate
from testing_platform.tls.kiosk import both, site_of
from tests.serving.platform_server import command

NOW = datetime.now(UTC).replace(microsecond=0)
ALL = "0.0.0.0"  # noqa: S104 - nothing listens there in these tests
HOSTS = [parse_host("lab.test"), parse_host("10.0.0.5")]


@pytest.fixture
def place(tmp_path: Path) -> TlsFolder:
    place = TlsFolder(tmp_path / "tls")
    issue(place, HOSTS, now=NOW)
    return place


def required(place: TlsFolder, *, host: str = "lab.test", now: datetime = NOW) -> object:
    return require_certificate(place.certificate, place.key, host=host, now=now)


# What is made -----------------------------------------------------------------------------------------------------


def test_a_browser_accepts_the_certificate_for_its_hosts_and_no_others(place: TlsFolder) -> None:
    authority, server = read_certificate(place.authority), read_certificate(place.certificate)
    policy = PolicyBuilder().store(Store([authority])).time(NOW)
    for good in (x509.DNSName("lab.test"), x509.IPAddress(ipaddress.ip_address("10.0.0.5"))):
        policy.build_server_verifier(good).verify(server, [])
    for bad in (x509.DNSName("other.test"), x509.IPAddress(ipaddress.ip_address("10.0.0.6"))):
        with pytest.raises(VerificationError):
            policy.build_server_verifier(bad).verify(server, [])


def test_browsers_refuse_longer_lives_than_397_days(place: TlsFolder) -> None:
    server, authority = read_certificate(place.certificate), read_certificate(place.authority)
    assert server.not_valid_after_utc - server.not_valid_before_utc <= timedelta(days=397)
    assert authority.not_valid_after_utc - NOW > timedelta(days=3600)


def test_a_stolen_authority_key_speaks_for_no_site_of_the_internet() -> None:
    authority = make_authority(HOSTS, now=NOW)
    with pytest.raises(errors.HostOutsideAuthorityError, match=r"bank\.example"):
        make_server(authority, [parse_host("bank.example")], now=NOW)
    with pytest.raises(errors.HostOutsideAuthorityError):
        make_server(authority, [parse_host("203.0.113.9")], now=NOW)


def test_an_authority_speaks_for_the_public_names_that_it_was_made_for() -> None:
    hosts = [parse_host("ujian.sekolah.sch.id"), parse_host("203.0.113.9")]
    authority = make_authority(hosts, now=NOW)
    server = make_server(authority, hosts, now=NOW).certificate
    policy = PolicyBuilder().store(Store([authority.certificate])).time(NOW)
    policy.build_server_verifier(x509.DNSName("ujian.sekolah.sch.id")).verify(server, [])


def test_keys_belong_to_the_service_alone(place: TlsFolder) -> None:
    for key in (place.key, place.authority_key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700


def test_running_it_again_renews_for_the_same_hosts_under_the_same_authority(place: TlsFolder) -> None:
    authority, first = place.authority.read_bytes(), read_certificate(place.certificate)
    later = NOW + timedelta(days=300)
    issued = issue(place, [], now=later)
    assert (issued.is_new_authority, place.authority.read_bytes()) == (False, authority)
    assert issued.certificate.not_valid_after_utc > first.not_valid_after_utc
    required(place, now=later + timedelta(days=300))
    required(place, host="10.0.0.5", now=later)


def test_a_new_authority_replaces_the_old_one(place: TlsFolder) -> None:
    before = place.authority.read_bytes()
    assert issue(place, [], now=NOW, renews_authority=True).is_new_authority
    assert place.authority.read_bytes() != before


@pytest.mark.parametrize("text", ["", "a b", "-a.test", "a..b", "10.0.0.256", "10.0.0", "http://lab.test", "x" * 64])
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(errors.HostNameError):
        parse_host(text)


def test_a_first_certificate_needs_a_host(tmp_path: Path) -> None:
    with pytest.raises(errors.HostMissingError, match="--host"):
        issue(TlsFolder(tmp_path / "tls"), [], now=NOW)
    assert not (tmp_path / "tls").exists()


def test_the_steps_name_what_a_person_compares(place: TlsFolder) -> None:
    authority = read_certificate(place.authority)
    text = both(site_of(authority, read_certificate(place.certificate), port=8000))
    digest = fingerprint(authority)
    assert digest in "".join(line.strip() for line in text.splitlines())
    for expected in ("https://lab.test:8000/ujian", "certutil -addstore", "policies.json", "Sidik jari", "fingerprint"):
        assert expected in text


# What serve refuses -----------------------------------------------------------------------------------------------


def test_serve_refuses_a_missing_certificate_and_says_how_to_make_one(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, host=ALL)
    with pytest.raises(errors.CertificateMissingError, match="site certificate --host"):
        Doors.of(settings, now=NOW)


def test_serve_refuses_an_expired_certificate(place: TlsFolder) -> None:
    with pytest.raises(errors.CertificateExpiredError, match="site certificate"):
        required(place, now=NOW + timedelta(days=397))


def test_serve_refuses_a_certificate_of_the_future(place: TlsFolder) -> None:
    with pytest.raises(errors.CertificateUnusableError, match="clock"):
        required(place, now=NOW - timedelta(days=2))


def test_serve_refuses_a_certificate_for_other_hosts(place: TlsFolder, tmp_path: Path) -> None:
    addressed = TlsFolder(tmp_path / "addressed")
    issue(addressed, [parse_host("10.0.0.5")], now=NOW)
    with pytest.raises(errors.CertificateWrongHostError, match=r"10\.0\.0\.5, not for 10\.0\.0\.6"):
        required(addressed, host="10.0.0.6")
    with pytest.raises(errors.CertificateWrongHostError, match=r"not for other\.test"):
        required(place, host="other.test")
    for good in (ALL, "::", "10.0.0.5", "10.0.0.6", "lab.test"):  # the name may lead to any address
        required(place, host=good)


def test_serve_refuses_keys_that_it_cannot_use(place: TlsFolder, tmp_path: Path) -> None:
    other = TlsFolder(tmp_path / "other")
    issue(other, HOSTS, now=NOW)
    certificate = place.certificate
    empty = tmp_path / "empty.key"
    empty.write_text("")
    for key, problem in (
        (other.key, "another certificate"),
        (tmp_path / "none.key", "no such file"),
        (tmp_path, "is a directory"),
        (empty, "no private key"),
    ):
        with pytest.raises(errors.CertificateUnusableError, match=problem):
            require_certificate(certificate, key, host="lab.test", now=NOW)
    with pytest.raises(errors.CertificateUnusableError, match="no certificate"):
        require_certificate(empty, place.key, host="lab.test", now=NOW)


def test_serve_warns_thirty_days_before(place: TlsFolder) -> None:
    settings = load({}, data=place.folder.parent, tls_certificate=str(place.certificate), port=1, plain_port=0)
    good = require_certificate(place.certificate, place.key, host="lab.test", now=NOW)
    doors = Doors(settings, good, 0)
    assert list(doors.notices(now=NOW + timedelta(days=360))) == []
    (warning,) = doors.notices(now=NOW + timedelta(days=370))
    assert "site certificate" in warning


def test_behind_a_proxy_and_on_loopback_nothing_is_asked_for(tmp_path: Path) -> None:
    assert not Settings(data=tmp_path, host=ALL, behind_proxy=True).serves_tls
    assert not Settings(data=tmp_path, host="127.0.0.2").serves_tls
    assert not Settings(data=tmp_path, host="localhost").serves_tls
    assert Settings(data=tmp_path, host="10.0.0.5").serves_tls
    assert Settings(data=tmp_path, tls_certificate="server.crt").serves_tls


def test_a_renewed_certificate_is_taken_up_without_a_restart(place: TlsFolder) -> None:
    server = ServerContext(require_certificate(place.certificate, place.key, host="lab.test", now=NOW))
    first = shown(server.context, place)
    issue(place, [], now=NOW)
    server.refresh()
    assert shown(server.context, place) != first


def test_half_a_renewal_leaves_the_old_pair(place: TlsFolder) -> None:
    server = ServerContext(require_certificate(place.certificate, place.key, host="lab.test", now=NOW))
    first = shown(server.context, place)
    place.certificate.write_text("half a certifi")
    server.refresh()
    assert shown(server.context, place) == first


def shown(server: ssl.SSLContext, place: TlsFolder) -> bytes:
    """The certificate that a browser sees, by a handshake in memory."""
    client = ssl.create_default_context(cafile=str(place.authority))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname="lab.test")
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (ours, theirs, ours, theirs):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    certificate = ours.getpeercert(binary_form=True)
    assert certificate is not None
    return certificate


# The command ------------------------------------------------------------------------------------------------------


def test_the_command_tells_what_it_made(tmp_path: Path) -> None:
    done = command(tmp_path, ["site", "certificate", "--host", "lab.test", "--host", "10.0.0.5", "--json"])
    told = json.loads(done.stdout)
    assert (done.returncode, told["hosts"], told["authority_is_new"]) == (0, ["lab.test", "10.0.0.5"], True)
    assert Path(told["certificate"]).exists()
    assert "https://lab.test:8000/ujian" in Path(told["steps"]).read_text()
    again = command(tmp_path, ["site", "certificate", "--port", "443"])
    assert "PCs keep what they have" in again.stdout
    assert "https://lab.test/ujian" in Path(told["steps"]).read_text()
    refused = command(tmp_path, ["site", "certificate", "--host", "bank.example"])
    assert (refused.returncode, "--new-authority" in refused.stderr) == (2, True)
