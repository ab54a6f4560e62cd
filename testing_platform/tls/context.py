"""What `serve` needs of its certificate, checked before the first browser does; and the context for all connections."""

import contextlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from testing_platform.tls.authority import Host, hosts_of, parse_host
from testing_platform.tls.errors import (
    CertificateExpiredError,
    CertificateMissingError,
    CertificateUnusableError,
    CertificateWrongHostError,
)
from testing_platform.tls.folder import read_certificate

WARN_DAYS = 30


@dataclass(frozen=True)
class ServerCertificate:
    """The files, and what the certificate in them says."""

    path: Path
    key: Path
    hosts: tuple[str, ...]
    expires_at: datetime

    def expires_soon(self, now: datetime) -> bool:
        """Whether somebody should renew it."""
        return self.expires_at - now < timedelta(days=WARN_DAYS)


def require_certificate(path: Path, key: Path, *, host: str, now: datetime) -> ServerCertificate:
    """The certificate, if a browser could accept it; otherwise an error that says how to get one."""
    if not path.exists():
        raise CertificateMissingError(path=path, host=host)
    certificate = read_certificate(path)
    _check_key(certificate, path=path, key=key)
    if now >= certificate.not_valid_after_utc:
        raise CertificateExpiredError(path=path, expired_at=certificate.not_valid_after_utc)
    if now < certificate.not_valid_before_utc:
        problem = f"it begins only at {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC; is the clock right?"
        raise CertificateUnusableError(path=path, problem=problem)
    hosts = hosts_of(certificate)
    if not _may_be_reached(hosts, host):
        raise CertificateWrongHostError(path=path, host=host, hosts=[str(each) for each in hosts])
    return ServerCertificate(path, key, tuple(str(each) for each in hosts), certificate.not_valid_after_utc)


class ServerContext:
    """One TLS context for all connections; a renewed certificate is taken up while the server runs."""

    def __init__(self, certificate: ServerCertificate) -> None:
        self._certificate = certificate
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        self._load()
        self._seen = self._changed_at()

    def refresh(self) -> None:
        """Look whether the files changed; until both fit together the old pair stays."""
        with contextlib.suppress(OSError):
            changed_at = self._changed_at()
            if changed_at != self._seen:
                self._load()  # an SSLError is an OSError
                self._seen = changed_at

    def _load(self) -> None:
        self.context.load_cert_chain(self._certificate.path, self._certificate.key)

    def _changed_at(self) -> tuple[int, int]:
        return self._certificate.path.stat().st_mtime_ns, self._certificate.key.stat().st_mtime_ns


def _check_key(certificate: x509.Certificate, *, path: Path, key: Path) -> None:
    try:
        private = load_pem_private_key(key.read_bytes(), password=None)
    except OSError as error:
        raise CertificateUnusableError(path=key, problem=(error.strerror or "unreadable").lower()) from None
    except (ValueError, TypeError):
        raise CertificateUnusableError(path=key, problem="it holds no private key without a password") from None
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if private.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        raise CertificateUnusableError(path=path, problem=f"the key in {key} belongs to another certificate")


def _may_be_reached(hosts: Sequence[Host], host: str) -> bool:
    listens_at = parse_host(host)
    if isinstance(listens_at, str) or listens_at in hosts:
        return listens_at in hosts
    # An address to listen at need not be what browsers open: that may be a name which leads there.
    return listens_at.is_unspecified or any(isinstance(each, str) for each in hosts)
