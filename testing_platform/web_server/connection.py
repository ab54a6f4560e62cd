"""One client's connection: bytes in, bytes out, without ever waiting. Whoever took it is the only one to touch it."""

import select
import socket
import ssl
import time
from typing import Any, cast

from testing_platform.web_server.incoming import Incoming
from testing_platform.web_server.replies import Reply

READ = select.EPOLLIN | select.EPOLLONESHOT
WRITE = select.EPOLLOUT | select.EPOLLONESHOT

_TAKE_BYTES = 64 * 1024
_TLS_RECORD = 16 * 1024
_HANDSHAKE = 0x16  # the first byte of every TLS connection; no HTTP request begins with it
_WAIT_TO_READ = (BlockingIOError, InterruptedError, ssl.SSLWantReadError)
_WAIT_TO_WRITE = (BlockingIOError, InterruptedError, ssl.SSLWantWriteError)


class Connection:
    """The socket of a client with all that is known about it."""

    __slots__ = (
        "begun",
        "deadline",
        "fd",
        "incoming",
        "is_ending",
        "is_lingering",
        "is_plain",
        "is_refused",
        "is_shaken",
        "outgoing",
        "peer",
        "server",
        "socket",
    )

    def __init__(self, client: socket.socket, *, peer: Any, server: Any, incoming: Incoming, deadline: float) -> None:
        self.socket = client  # a TLS socket, once that began
        self.fd = client.fileno()
        self.peer = peer
        self.server = server
        self.incoming = incoming
        self.outgoing = memoryview(b"")
        self.deadline = deadline
        self.begun = 0.0  # when the unfinished request, or the handshake, began; 0 between requests
        self.is_plain = True  # HTTP; False once TLS began
        self.is_shaken = True  # no handshake is missing
        self.is_ending = False  # after what is outgoing
        self.is_lingering = False  # the reply is out, what still comes in is thrown away
        self.is_refused = False  # the sweep wants it to end

    def speaks_tls(self) -> bool | None:
        """Look at the first byte, without taking it: whether it begins a handshake. None while there is none."""
        try:
            first = self.socket.recv(1, socket.MSG_PEEK)
        except _WAIT_TO_READ:
            return None
        if not first:
            raise ConnectionResetError
        return first[0] == _HANDSHAKE

    def begin_tls(self, context: ssl.SSLContext) -> None:
        """From here on the socket is a TLS socket."""
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.is_plain = self.is_shaken = False

    def shake(self) -> int:
        """Go on with the handshake; what to wait for, or 0 when it is done."""
        try:
            cast(ssl.SSLSocket, self.socket).do_handshake()
        except ssl.SSLWantReadError:
            return READ
        except ssl.SSLWantWriteError:
            return WRITE
        self.is_shaken = True
        return 0

    def take(self) -> bool:
        """Read what is there into the buffer; False when the client sends no more, ever."""
        taken = self._received()
        if taken is None:
            return True
        self.incoming.buffer += taken
        if isinstance(self.socket, ssl.SSLSocket):
            while self.socket.pending():  # deciphered already: the poller would not tell
                self.incoming.buffer += self._received() or b""
        return bool(taken)

    def discard(self) -> bool:
        """Throw away what is there; False when the client sends no more."""
        taken = self._received()
        return taken is None or bool(taken)

    def send(self, reply: Reply) -> bool:
        """Send a reply as far as the client takes it now; True when all of it is out."""
        self.outgoing = memoryview(reply.content)
        self.is_ending = reply.is_last
        return self.flush()

    def flush(self) -> bool:
        """Send more of what is outgoing; True when nothing is left."""
        is_tls = isinstance(self.socket, ssl.SSLSocket)
        try:
            while self.outgoing:
                n_sent = self.socket.send(self.outgoing[:_TLS_RECORD] if is_tls else self.outgoing)
                self.outgoing = self.outgoing[n_sent:]
        except _WAIT_TO_WRITE:
            return False
        self.outgoing = memoryview(b"")
        return True

    def stop_sending(self) -> None:
        """Tell the client that nothing more comes."""
        if isinstance(self.socket, ssl.SSLSocket):
            self._say_goodbye()
        self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Let go of the socket and of all memory that was reserved."""
        self.incoming.release()
        self.socket.close()

    def is_late(self) -> bool:
        """Whether its time is up."""
        return self.is_refused or time.monotonic() > self.deadline

    def _received(self) -> bytes | None:
        try:
            return self.socket.recv(_TAKE_BYTES)
        except _WAIT_TO_READ:
            return None

    def _say_goodbye(self) -> None:
        try:
            cast(ssl.SSLSocket, self.socket).unwrap()
        except (OSError, ValueError):  # the client need not answer
            return
