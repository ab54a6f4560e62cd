"""How every command of the analysis speaks: exit codes, errors that can be mended, and progress on long work.

Exit codes: 0 done; 2 bad input, with what, where and how to mend it; 3 an estimate did not converge, or the answers do
not determine it, and the results are written all the same, marked.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from analysis.errors import AnalysisError, BadInput
from analysis.irt.result import Calibration
from analysis.phrasebook import LANGUAGES, explain_error, said_in

_DOUBTFUL = {"id": "{}; angkanya meragukan.", "en": "{}; its figures are doubtful."}
DONE, BAD_INPUT, NOT_CONVERGED = 0, 2, 3
_PATIENCE = 2.0  # seconds without a word; nobody needs to hear of work that is over by then


class Progress:
    """Tells on the standard error what is being done, once the work takes longer than a person likes to wait."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told_at = clock()

    def stage(self, name: str) -> None:
        """Begin another part of the work."""
        self._tell(f"{name} ...")

    def reading(self, share: float) -> None:
        """How much of a file is read, from 0 to 1."""
        self._tell(f"reading, {100 * share:.0f} %")

    def _tell(self, text: str) -> None:
        now = self._clock()
        if now - self._told_at >= _PATIENCE:
            self._told_at = now
            print(text, file=sys.stderr, flush=True)


def language_of(namespace: argparse.Namespace) -> str:
    """The language that was asked for; Indonesian without a wish."""
    return getattr(namespace, "language", None) or LANGUAGES[0]


def _asked_for(namespace: argparse.Namespace) -> tuple[str, ...]:
    """Complaints come in the language that was asked for; without a wish in both, since nobody knows who reads them."""
    asked = getattr(namespace, "language", None)
    return (asked,) if asked else LANGUAGES


def _complain(error: Exception, namespace: argparse.Namespace) -> None:
    told = dict.fromkeys(explain_error(error, language) for language in _asked_for(namespace))
    print("\n".join(told), file=sys.stderr)


def guarded(work: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Tell what a person can mend in one line, with exit code 2 instead of a traceback."""

    def run(namespace: argparse.Namespace) -> int:
        try:
            return work(namespace)
        except AnalysisError as error:
            _complain(error, namespace)
        except OSError as error:
            said = f"{error.filename}: {error.strerror}. To mend: choose another place."
            _complain(AnalysisError(said), namespace)
        except MemoryError:
            said = "The answers do not fit into memory. To mend: analyse fewer at a time."
            _complain(AnalysisError(said), namespace)
        return BAD_INPUT

    run.__doc__ = work.__doc__
    return run


def told_doubts(calibrations: Iterable[Calibration], namespace: argparse.Namespace) -> int:
    """Name each calibration that nobody should lean on; the exit code says whether there was one."""
    code = DONE
    for found in calibrations:
        if not found.converged or (found.covariance is None and found.n_parameters):
            for language in _asked_for(namespace):
                said = _DOUBTFUL[language].format(said_in(found.message, language))
                print(f"{found.model}: {said}", file=sys.stderr)
            code = NOT_CONVERGED
    return code


def suffix_of(file: Path, *known: str) -> str:
    """The kind of file to write, by its name.

    Raises
    ------
    BadInput
        When the name ends otherwise.
    """
    if file.suffix.lower() not in known:
        raise BadInput(f"{file.name} ends in no known kind.", mend=f"let it end in {', '.join(known)}.")
    return file.suffix.lower()


def refuse_missing_folder(*files: Path | None) -> None:
    """Find out before long work that its results have no place."""
    for file in files:
        if file is not None and not file.parent.is_dir():
            raise BadInput(f"There is no folder {file.parent}.", mend="make it, or choose another.", file=file)


def number_pair(text: str) -> tuple[float, float]:
    """Read MEAN,SD."""
    try:
        mean, sd = (float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError("two numbers with a comma between, such as 0,0.5") from error
    if not (math.isfinite(mean) and 0 < sd < math.inf):
        raise argparse.ArgumentTypeError("a finite number, and after it a standard deviation above 0")
    return mean, sd


def percent(text: str) -> int:
    """Read a whole number from 1 to 100."""
    if not (text.isdecimal() and text.isascii()) or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError("a whole number from 1 to 100")
    return int(text)


def count_of(text: str) -> int:
    """Read a whole number from 1."""
    if not (text.isdecimal() and text.isascii()) or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number, 1 or more")
    return int(text)
