"""Where the server listens and how it speaks there: TLS away from this machine, and a page for who comes without."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from testing_platform.config import Settings
from testing_platform.tls.context import ServerCertificate, ServerContext, require_certificate
from testing_platform.tls.errors import PortTakenError
from testing_platform.tls.wrong_door import WrongDoor
from testing_platform.web_server.worker import WebServer
from testing_platform.wiring import utc_now

HTTP_PORT = 80
_DAY_SECONDS = 86_400

log = structlog.get_logger()


@dataclass(frozen=True)
class Doors:
    """The ports of one server, known to be free, and the certificate, known to be good."""

    settings: Settings
    certificate: ServerCertificate | None
    plain_port: int  # 0: none

    @classmethod
    def of(cls, settings: Settings, *, now: datetime) -> "Doors":
        """Check everything that could keep the server from starting, before anything is started."""
        certificate = None
        if settings.serves_tls:
            paths = settings.certificate_path, settings.key_path
            certificate = require_certificate(*paths, host=settings.host, now=now)
        _require_free(settings.host, settings.port)
        return cls(settings, certificate, _plain_port(settings))

    @property
    def binds(self) -> list[str]:
        """The addresses, as gunicorn wants them."""
        host = _bracketed(self.settings.host)
        return [f"{host}:{port}" for port in (self.settings.port, self.plain_port) if port]

    @property
    def origin(self) -> str:
        """Where browsers find the server."""
        host, port = self.settings.host, self.settings.port
        if self.certificate is None:
            return f"http://{_bracketed(host)}:{port}"
        named = self.certificate.hosts[0] if self.certificate.hosts else host
        return f"https://{_bracketed(named)}" + ("" if port == 443 else f":{port}")

    def notices(self, *, now: datetime) -> Iterator[str]:
        """What the operator should know before the room opens."""
        if self.certificate is None:
            return
        if self.certificate.expires_soon(now):
            yield (
                f"WARNING: the certificate expires on {self.certificate.expires_at:%Y-%m-%d}. "
                "Renew it: testing-platform site certificate"
            )
        if not self.plain_port and self.settings.plain_port:
            yield f"Port {self.settings.plain_port} is not to be had; who opens http:// there gets no instructions."

    def web_server(self) -> WebServer:
        """What the processes of the server share."""
        if self.certificate is None:
            return WebServer(trusts_proxy=self.settings.behind_proxy)
        context = ServerContext(self.certificate)
        page = WrongDoor(self.certificate.hosts, port=self.settings.port)
        return WebServer(tls=context.context, refresh=context.refresh, wrong_door=page, plain_port=self.plain_port)

    def watch(self, every: Callable[[float], bool]) -> None:
        """Say once a day that the certificate expires; servers run for months. `every` waits, True when it is over."""
        if self.certificate is not None:
            threading.Thread(target=self._watch, args=(every,), daemon=True).start()

    def _watch(self, every: Callable[[float], bool]) -> None:
        while not every(_DAY_SECONDS):
            self.warn(now=utc_now())

    def warn(self, *, now: datetime) -> None:
        """A line in the log when the certificate on disk expires soon."""
        paths = self.settings.certificate_path, self.settings.key_path
        certificate = require_certificate(*paths, host=self.settings.host, now=now)
        if certificate.expires_soon(now):
            log.warning("certificate_expires", on=f"{certificate.expires_at:%Y-%m-%d}", renew="site certificate")


def _plain_port(settings: Settings) -> int:
    if not settings.serves_tls or settings.plain_port == settings.port:
        return 0
    if settings.plain_port != HTTP_PORT:
        if settings.plain_port:
            _require_free(settings.host, settings.plain_port)
        return settings.plain_port
    try:
        _require_free(settings.host, HTTP_PORT)
    except PortTakenError:  # the default is an offer, not a wish: often only root may have it
        return 0
    return HTTP_PORT


def _require_free(host: str, port: int) -> None:
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise PortTakenError(host=host, port=port, problem=error.strerror or str(error)) from None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
