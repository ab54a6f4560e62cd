"""What the application is made of: settings, database, keys, and what each worker keeps in memory."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from flask import current_app

from exam.form_files import FormFiles
from exam.form_index import FormIndexes
from exam.keys import Keys
from exam.tokens import Tokens
from itembank.neighbours import Neighbours
from registry.second_factor import FactorKeys
from testing_platform.config import Settings
from testing_platform.database import Database, make_engine
from testing_platform.server_clock import SERVER_CLOCK


@dataclass(frozen=True)
class Platform:
    """One running instance."""

    settings: Settings
    database: Database
    keys: Keys
    tokens: Tokens
    form_indexes: FormIndexes = field(default_factory=FormIndexes)
    form_files: FormFiles = field(default_factory=FormFiles)
    neighbours: Neighbours = field(default_factory=Neighbours)

    @property
    def factor_keys(self) -> FactorKeys:
        """The keys of the second factors of staff."""
        return FactorKeys(secret=self.keys.second_factor, recovery=self.keys.recovery_code)


def build(settings: Settings) -> Platform:
    """Wire the parts together; nothing is opened before it is used."""
    keys = Keys.derive(settings.secret.get_secret_value())
    database = Database(make_engine(settings.url, pool_size=settings.threads + 2))
    return Platform(settings=settings, database=database, keys=keys, tokens=Tokens(keys.token))


def platform() -> Platform:
    """The platform that the current request belongs to."""
    return cast("Platform", current_app.extensions["testing_platform"])


def utc_now() -> datetime:
    """The server's clock, the only one that judges; read here and handed down as an argument."""
    return SERVER_CLOCK.now()
