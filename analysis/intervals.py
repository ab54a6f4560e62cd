"""Limits around an estimate, and what a sample is too small to tell.

Confidence is given as the normal quantile z: 1.96 for two-sided 95 %, 1.645 for one-sided 95 %.
"""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

TWO_SIDED_95 = 1.959963984540054
ONE_SIDED_95 = 1.6448536269514722

Interval = tuple[float, float]
UNKNOWN: Interval = (math.nan, math.nan)


def wilson(successes: float, n: float, *, z: float = TWO_SIDED_95) -> Interval:
    """Limits of a proportion that stay inside 0..1 even when nobody, or everybody, succeeded.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    if n <= 0:
        return UNKNOWN
    p, zz = successes / n, z * z
    centre = (p + zz / (2 * n)) / (1 + zz / n)
    half = z / (1 + zz / n) * math.sqrt(p * (1 - p) / n + zz / (4 * n * n))
    # Exact at the ends, where rounding would leave a trace.
    return centre - half if successes > 0 else 0.0, centre + half if successes < n else 1.0


def correlation_interval(r: float, se: float, *, z: float = TWO_SIDED_95) -> Interval:
    """Limits of a correlation by Fisher's transformation, with a standard error that presumes no distribution.

    Source: Fisher (1921); the error is carried over by the derivative 1 / (1 - r^2).
    """
    if not (math.isfinite(r) and math.isfinite(se)) or abs(r) >= 1:
        return UNKNOWN
    centre, half = math.atanh(r), z * se / (1 - r * r)
    return math.tanh(centre - half), math.tanh(centre + half)


def feldt(alpha: float, *, n_persons: int, n_items: int, confidence: float = 0.95) -> Interval:
    """Limits of coefficient alpha: 1 - (1 - alpha) F at n - 1 and (n - 1)(k - 1) degrees of freedom.

    Source: Feldt (1965), The approximate sampling distribution of Kuder-Richardson reliability coefficient twenty,
    Psychometrika 30.
    """
    if not math.isfinite(alpha) or n_persons < 2 or n_items < 2:
        return UNKNOWN
    from scipy.special import fdtri

    tail = (1 - confidence) / 2
    df = (n_persons - 1, (n_persons - 1) * (n_items - 1))
    low, high = float(fdtri(*df, 1 - tail)), float(fdtri(*df, tail))
    return 1 - (1 - alpha) * low, 1 - (1 - alpha) * high


def normal_ordinate(p: float) -> float:
    """Height of the standard normal curve where it cuts off the proportion p; nan at 0 and 1."""
    if not 0 < p < 1:
        return math.nan
    standard = NormalDist()
    return standard.pdf(standard.inv_cdf(p))


def chi_square_tail(value: NDArray[np.float64], df: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of a chi-square at least this large; nan in, nan out."""
    from scipy.special import chdtrc

    return np.asarray(chdtrc(df, value), dtype=np.float64)
