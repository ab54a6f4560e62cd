"""Settings: from the environment (`TESTING_PLATFORM_*`) and one optional TOML file, checked once at the start.

Outside production the installation makes its own secret inside the data folder. In production nothing is
made up: a missing secret stops the program with the sentence that says how to mend it.
"""

import ipaddress
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from exam.statements import key_id
from registry.roles import Role
from testing_platform.database import sqlite_url
from testing_platform.errors import SettingError

PREFIX = "TESTING_PLATFORM_"


_MAKE_ONE = 'Make one: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'


class Settings(BaseModel):
    """All settings with their defaults; `docs/settings.md` has a line for each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Literal["local", "production"] = "local"
    data: Path = Path("data")
    database_url: str = ""
    secret: SecretStr = SecretStr("")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    plain_port: int = Field(default=80, ge=0, le=65535)  # answers plain HTTP with a page that says how to go on
    tls_certificate: str = ""
    tls_key: str = ""
    workers: int = Field(default=2, ge=1, le=64)
    threads: int = Field(default=8, ge=1, le=128)
    secure_cookies: bool = False  # a proxy in front implies it
    behind_proxy: bool = False  # trust X-Forwarded-* of exactly one proxy
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    second_factor_roles: str = ""  # roles that sign in with a second factor or not at all
    anchors: str = ""  # folder of the signed heads; empty: "anchors" in the data folder
    anchor_url: str = ""  # a second server that takes them
    anchor_peers: str = ""  # public keys of installations whose heads are kept here

    @property
    def url(self) -> str:
        """The database's URL; without one, the embedded file in the data folder."""
        return self.database_url or sqlite_url(self.data / "testing-platform.sqlite")

    @property
    def serves_tls(self) -> bool:
        """Away from loopback always, unless a proxy does it; on loopback only with a certificate that was named."""
        return not self.behind_proxy and (not _is_loopback(self.host) or bool(self.tls_certificate))

    @property
    def certificate_path(self) -> Path:
        """The server's certificate; without the setting, the one that `site certificate` made."""
        return Path(self.tls_certificate) if self.tls_certificate else self.data / "tls" / "server.crt"

    @property
    def key_path(self) -> Path:
        """The key of the certificate."""
        return Path(self.tls_key) if self.tls_key else self.certificate_path.with_name("server.key")

    @property
    def anchors_folder(self) -> Path:
        """Where the signed heads are written."""
        return Path(self.anchors) if self.anchors else self.data / "anchors"

    @property
    def roles_with_second_factor(self) -> frozenset[Role]:
        """The roles whose people must set up a second factor before they do anything else."""
        return frozenset(map(Role, _words(self.second_factor_roles)))

    @property
    def peers(self) -> Mapping[str, bytes]:
        """The public keys of the installations whose heads are kept here, by their names."""
        return {key_id(key): key for key in map(_public_key, _words(self.anchor_peers))}

    @field_validator("second_factor_roles")
    @classmethod
    def _check_roles(cls, value: str) -> str:
        unknown = [word for word in _words(value) if word not in set(Role)]
        if unknown:
            raise ValueError(f"there is no role {unknown[0]}; the roles are: {', '.join(Role)}")
        return value

    @field_validator("anchor_peers")
    @classmethod
    def _check_peers(cls, value: str) -> str:
        for key in _words(value):
            _public_key(key)
        return value

    @field_validator("anchor_url")
    @classmethod
    def _check_anchor_url(cls, value: str) -> str:
        # Whoever stands in between could answer "taken" and throw the heads away.
        parts = urlsplit(value)
        if value and parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
            raise ValueError("needs an address that begins with https://")
        return value


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _public_key(text: str) -> bytes:
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise ValueError("a public key has 64 characters, 0-9 and a-f, as `testing-platform public-key` prints it")
    return bytes.fromhex(text)


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or bool(ipaddress.ip_address(host or "").is_loopback)
    except ValueError:
        return False


def load(environment: Mapping[str, str] = os.environ, **overrides: Any) -> Settings:
    """Read the settings; a wrong one is refused by its name, with what to do."""
    values = _from_file(environment.get(PREFIX + "CONFIG")) | _from_environment(environment) | overrides
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else PREFIX + "*"
        raise SettingError(
            setting=name, problem=first["msg"], mend="See docs/settings.md for what it may be."
        ) from None
    _check_url(settings)
    return _with_secret(settings)


def _check_url(settings: Settings) -> None:
    try:
        make_url(settings.url)
    except ArgumentError:
        # The value may hold a password, so it is not repeated.
        raise SettingError(
            setting=PREFIX + "DATABASE_URL",
            problem="this is no address of a database",
            mend="Write postgresql://USER@HOST:PORT/NAME, or leave it out to use the file in the data folder.",
        ) from None


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    stray = [
        name for name in environment if name.startswith(PREFIX) and name not in known and name != PREFIX + "CONFIG"
    ]
    if stray:
        raise SettingError(
            setting=stray[0],
            problem="no such setting",
            mend="Is it misspelled? docs/settings.md lists them all.",
        )
    return {known[name]: value for name, value in environment.items() if name in known}


def _from_file(path: str | None) -> dict[str, Any]:
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        mend = "Correct the path, or unset it."
        raise SettingError(
            setting=PREFIX + "CONFIG", problem=f"cannot read {path}: {error.strerror}", mend=mend
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(setting=PREFIX + "CONFIG", problem=f"{path}: {error}", mend="Mend the file.") from None


def _with_secret(settings: Settings) -> Settings:
    given = settings.secret.get_secret_value()
    if given:
        if len(given) < 32:
            raise SettingError(
                setting=PREFIX + "SECRET",
                problem="shorter than 32 characters",
                mend=_MAKE_ONE,
            )
        return settings
    if settings.environment == "production":
        raise SettingError(
            setting=PREFIX + "SECRET",
            problem="missing, and in production none is made up",
            mend=f"{_MAKE_ONE}, and keep it outside the database",
        )
    try:
        own = _own_secret(settings.data / "secret.key")
    except OSError as error:
        problem = f"cannot use the folder {settings.data}: {error.strerror}"
        raise SettingError(
            setting=PREFIX + "DATA", problem=problem, mend="Choose one that can be written to."
        ) from None
    return settings.model_copy(update={"secret": SecretStr(own)})


def _own_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make_secret(path)
    own = path.read_text().strip()
    if len(own) < 32:
        raise SettingError(
            setting=PREFIX + "SECRET",
            problem=f"{path} holds no whole secret",
            mend="Restore it from a backup: cards, receipts and sealed forms were made with it.",
        )
    return own


def _make_secret(path: Path) -> None:
    own = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(own, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    # A whole file gets the name, once: of two programs that start together, both use the first one's secret.
    with suppress(FileExistsError):
        os.link(own, path)
    own.unlink()
    # Everything is derived from it, so it must outlive a power cut from the first moment that it is used.
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
