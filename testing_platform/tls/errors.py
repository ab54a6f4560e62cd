"""What can be wrong with the server's certificate, each with the command that mends it.

TlsError (a PlatformError)
|-- HostNameError              the text is no name or address of a host
|-- HostMissingError           a first certificate needs a name
|-- HostOutsideAuthorityError  the authority may not speak for this name
|-- CertificateMissingError    there is no certificate, and away from this machine only TLS is served
|-- CertificateUnusableError   a file cannot be read, or is not what it should be
|-- CertificateExpiredError    the certificate's time is over
|-- CertificateWrongHostError  the certificate speaks for other names
`-- PortTakenError             something else listens there, or only root may
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from testing_platform.errors import PlatformError

_RENEW = "Renew it: testing-platform site certificate"


class TlsError(PlatformError):
    """Something is wrong with the server's certificate or its ports."""


class HostNameError(TlsError):
    """The text is no name or address of a host."""

    def __init__(self, *, host: str) -> None:
        super().__init__(f"{host!r} is no host: write a name such as lab.test or an address such as 10.0.0.5.")


class HostMissingError(TlsError):
    """A first certificate needs a name or an address."""

    def __init__(self) -> None:
        super().__init__(
            "Say under which name or address the PCs reach this server: "
            "testing-platform site certificate --host lab.test --host 10.0.0.5"
        )


class HostOutsideAuthorityError(TlsError):
    """The authority was made for a lab, and may not speak for this name."""

    def __init__(self, *, hosts: Sequence[str]) -> None:
        super().__init__(
            f"The authority of this site may not speak for {', '.join(hosts)}. Make a new one, which every PC must "
            "then learn to trust: add --new-authority"
        )


class CertificateMissingError(TlsError):
    """There is no certificate, and away from this machine only TLS is served."""

    def __init__(self, *, path: Path, host: str) -> None:
        super().__init__(
            f"Refusing to serve plain HTTP on {host}: browsers then lack what protects the answers. There is no "
            f"certificate at {path}. Make one: testing-platform site certificate --host NAME-OR-ADDRESS; or put a TLS "
            "proxy in front and set TESTING_PLATFORM_BEHIND_PROXY=true; or serve on 127.0.0.1 only."
        )


class CertificateUnusableError(TlsError):
    """A file of the certificate cannot be read, or is not what it should be."""

    def __init__(self, *, path: Path, problem: str) -> None:
        super().__init__(
            f"{path} cannot be used: {problem}. Correct the file or the settings TLS_CERTIFICATE and TLS_KEY, "
            "or make both anew: testing-platform site certificate"
        )


class CertificateExpiredError(TlsError):
    """The certificate's time is over; browsers refuse it."""

    def __init__(self, *, path: Path, expired_at: datetime) -> None:
        super().__init__(f"The certificate {path} expired on {expired_at:%Y-%m-%d}; browsers refuse it. {_RENEW}")


class CertificateWrongHostError(TlsError):
    """The certificate speaks for other names than the one that is served."""

    def __init__(self, *, path: Path, host: str, hosts: Sequence[str]) -> None:
        named = ", ".join(hosts) or "nobody"
        super().__init__(
            f"The certificate {path} speaks for {named}, not for {host}; browsers would refuse it. "
            f"Make one that does: testing-platform site certificate {' '.join(f'--host {each}' for each in hosts)} "
            f"--host {host}"
        )


class PortTakenError(TlsError):
    """Something else listens on the port, or the address is not one of this machine, or only root may use it."""

    def __init__(self, *, host: str, port: int, problem: str) -> None:
        super().__init__(
            f"Cannot listen on {host} port {port}: {problem.lower()}. Stop what listens there, or choose another with "
            "--port NUMBER or the setting TESTING_PLATFORM_PORT."
        )
