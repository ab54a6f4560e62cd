"""What candidates' browsers fetch ahead, kept in memory by each process: a room asks for the same bytes all at once.

The files are named by the digest of their content and never change, so that nothing here can grow stale.
"""

import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass

from sqlalchemy.orm import Session

from exam.queries.delivery import form_package, form_picture

PACKAGE = ""  # instead of a picture's digest: the form itself
_MOST_BYTES = 64 * 1024 * 1024  # a form with its pictures takes some 100 kB to 2 MB


@dataclass(frozen=True)
class SealedFile:
    """A form or a picture as ciphertext."""

    sha256: str
    content: bytes


class FormFiles:
    """The files that this process has met; when they are too many, those that nobody asked for longest go first."""

    def __init__(self, *, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._files: OrderedDict[tuple[uuid.UUID, str], SealedFile] = OrderedDict()
        self._n_bytes = 0
        self._lock = threading.Lock()

    def known(self, form: uuid.UUID, name: str = PACKAGE) -> SealedFile | None:
        """The file, if this process has it."""
        with self._lock:
            found = self._files.get((form, name))
            if found is not None:
                self._files.move_to_end((form, name))
            return found

    def load(self, session: Session, form: uuid.UUID, name: str = PACKAGE) -> SealedFile | None:
        """The file, read from the database; None when the form has none of this name."""
        found = _read(session, form, name)
        if found is not None:
            self._keep((form, name), found)
        return found

    def _keep(self, key: tuple[uuid.UUID, str], file: SealedFile) -> None:
        with self._lock:
            before = self._files.pop(key, None)
            self._files[key] = file
            self._n_bytes += len(file.content) - (len(before.content) if before else 0)
            while self._n_bytes > self._most_bytes and len(self._files) > 1:
                _, dropped = self._files.popitem(last=False)
                self._n_bytes -= len(dropped.content)


def _read(session: Session, form: uuid.UUID, name: str) -> SealedFile | None:
    if name == PACKAGE:
        package = form_package(session, form)
        return None if package is None else SealedFile(package.package_sha256, package.package)
    picture = form_picture(session, form, name)
    return None if picture is None else SealedFile(picture.sha256, picture.content)
