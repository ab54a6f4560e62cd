"""Logs as JSON lines. They hold ids, never names, numbers of people, tokens, PINs or addresses of candidates."""

import logging
import sys

import structlog

from testing_platform.config import Settings


def configure(settings: Settings) -> None:
    """Write JSON lines to standard error at the level of the settings."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
