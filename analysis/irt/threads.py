"""Who does the work: threads that each own a core and run single-threaded linear algebra.

Two threads on blocks that fit a core's cache beat one multi-threaded product on everything, since the exponential pass
runs in parallel too. Results come back in order, so the number of threads changes no digit.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from importlib import import_module
from typing import Any

from analysis.irt.expectation import Crew

_FEWEST_SHARES = 2


@contextmanager
def crew_for(n_shares: int, n_threads: int | None = None) -> Iterator[Crew]:
    """A crew for so many shares; a plain loop where threads would only cost."""
    wanted = min(n_threads or n_cores(), n_shares)
    with _single_threaded_algebra():
        if wanted < _FEWEST_SHARES:
            yield map
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=wanted, thread_name_prefix="calibrate") as pool:
            yield pool.map


def n_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _single_threaded_algebra() -> AbstractContextManager[Any]:
    controller = _controller()
    return nullcontext() if controller is None else controller.limit(limits=1, user_api="blas")


@cache
def _controller() -> Any:
    """Finds the linear algebra libraries that are loaded, once; None where threadpoolctl is not installed."""
    try:
        return import_module("threadpoolctl").ThreadpoolController()
    except ModuleNotFoundError:
        return None
