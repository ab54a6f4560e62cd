"""What can go wrong in the shell itself: settings, database, command line.

PlatformError
|-- SettingError          a setting is missing or makes no sense
|-- DatabaseBehindError   the database needs `testing-platform migrate`
|-- DatabaseUnknownError  the database is newer than this program
|-- NoSuchRevisionError   `migrate` was asked for a revision that there is not
|-- NotADemoError         the demo refuses a database that is not marked as one
|-- JobProblemError       a long job cannot be done, and whoever asked can mend it
`-- TlsError              the server's certificate or its ports, see testing_platform/tls/errors.py
"""

from collections.abc import Sequence
from pathlib import Path


class PlatformError(Exception):
    """An error whose text is fit for the operator who reads it."""


class SettingError(PlatformError):
    """A setting is missing or makes no sense."""

    def __init__(self, *, setting: str, problem: str, mend: str) -> None:
        super().__init__(f"Setting {setting}: {problem}. {mend}")


class DatabaseBehindError(PlatformError):
    """The database is older than this program."""

    def __init__(self, *, current: str | None, head: str | None) -> None:
        where = f"at revision {current}" if current else "empty"
        super().__init__(
            f"The database is {where}, this program needs revision {head}. "
            "Make a backup, then run: testing-platform migrate",
        )


class DatabaseUnknownError(PlatformError):
    """The database was migrated by a newer program."""

    def __init__(self, *, revision: str) -> None:
        super().__init__(
            f"The database is at revision {revision}, which this program does not know. "
            "It was migrated by a newer version: install that version, or restore the backup made before the upgrade.",
        )


class NoSuchRevisionError(PlatformError):
    """There is no such revision of the database."""

    def __init__(self, *, revision: str, known: Sequence[str]) -> None:
        names = ", ".join(known)
        super().__init__(f"There is no revision {revision}. There are: {names}; and head, base.")


class NotADemoError(PlatformError):
    """The demo rebuilds its database each time, so it must be sure that it is one."""

    def __init__(self, *, path: Path) -> None:
        super().__init__(
            f"{path} holds a database that is not marked as a demo; nothing was touched. "
            "Choose another folder: testing-platform demo --data FOLDER",
        )


class ProofInputError(PlatformError):
    """What should be proved, or should prove it, cannot be read."""


class JobProblemError(PlatformError):
    """A job cannot be done, for a reason that the person who asked can mend."""
