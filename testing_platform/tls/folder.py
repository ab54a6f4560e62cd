"""The files of the site's TLS in the data folder; private keys belong to the service alone (0600)."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from testing_platform.tls.authority import Credential, Host, hosts_of, make_authority, make_server
from testing_platform.tls.errors import CertificateUnusableError, HostMissingError


@dataclass(frozen=True)
class TlsFolder:
    """Where everything is."""

    folder: Path

    @property
    def authority(self) -> Path:
        """What PCs learn to trust. `.crt`, because Windows opens that."""
        return self.folder / "authority.crt"

    @property
    def authority_key(self) -> Path:
        """Whoever has it can pretend to be this server on the lab network."""
        return self.folder / "authority.key"

    @property
    def certificate(self) -> Path:
        """What the server shows."""
        return self.folder / "server.crt"

    @property
    def key(self) -> Path:
        """The server's private key."""
        return self.folder / "server.key"

    @property
    def steps(self) -> Path:
        """What to do on each PC."""
        return self.folder / "langkah-kiosk.md"


@dataclass(frozen=True)
class Issued:
    """What a run of `site certificate` left."""

    authority: x509.Certificate
    certificate: x509.Certificate
    is_new_authority: bool


def issue(place: TlsFolder, hosts: Sequence[Host], *, now: datetime, renews_authority: bool = False) -> Issued:
    """A certificate for the server, for the same names as before where none are given; the authority stays the same."""
    hosts = list(hosts) or (hosts_of(read_certificate(place.certificate)) if place.certificate.exists() else [])
    if not hosts:
        raise HostMissingError
    is_new = renews_authority or not place.authority_key.exists()
    place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority = make_authority(hosts, now=now) if is_new else read_credential(place.authority, place.authority_key)
    server = make_server(authority, hosts, now=now)
    if is_new:
        write_credential(authority, place.authority, place.authority_key)
    write_credential(server, place.certificate, place.key)
    return Issued(authority.certificate, server.certificate, is_new)


def read_certificate(path: Path) -> x509.Certificate:
    """The first certificate of a file."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        raise CertificateUnusableError(path=path, problem=_why(error)) from None
    except ValueError:
        raise CertificateUnusableError(path=path, problem="it holds no certificate in PEM form") from None


def read_credential(certificate: Path, key: Path) -> Credential:
    """A certificate and its key."""
    try:
        private = load_pem_private_key(key.read_bytes(), password=None)
    except OSError as error:
        raise CertificateUnusableError(path=key, problem=_why(error)) from None
    except (ValueError, TypeError):
        raise CertificateUnusableError(path=key, problem="it holds no private key without a password") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise CertificateUnusableError(path=key, problem="it is no key that this program made")
    return Credential(private, read_certificate(certificate))


def write_credential(credential: Credential, certificate: Path, key: Path) -> None:
    """Write both, each at once or not at all."""
    private = credential.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _replace(key, private, mode=0o600)
    _replace(certificate, credential.certificate.public_bytes(Encoding.PEM), mode=0o644)


def _replace(path: Path, content: bytes, *, mode: int) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _why(error: OSError) -> str:
    return error.strerror.lower() if error.strerror else "it cannot be read"
