"""Logs as JSON lines. They hold ids, never names, numbers of people, tokens, PINs or addresses of candidates."""

import logging
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TextIO, cast

import structlog

from testing_platform.config import Settings

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

_N_FRAMES = 12  # the innermost ones, where the failure is


class _StandardError:
    """Standard error, whatever it is now. A line that a full disk does not take must not change what is answered."""

    def write(self, line: str) -> None:
        with suppress(OSError):
            sys.stderr.write(line)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


_STANDARD_ERROR = _StandardError()


def request_failed(exc_info: ExcInfo, *, request: str | None, endpoint: str | None) -> None:
    """One line for a request that failed: which, where in the code, and the class of the error."""
    kind, _error, trace = exc_info
    frames = traceback.extract_tb(trace)[-_N_FRAMES:]
    structlog.get_logger().error(
        "request_failed",
        request=request,
        endpoint=endpoint,
        error=kind.__name__ if kind else None,
        trace=[f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    )


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
        logger_factory=lambda *_: structlog.WriteLogger(cast("TextIO", _STANDARD_ERROR)),
        cache_logger_on_first_use=False,
    )
