"""Standard errors: how sharply the likelihood bends at its top.

The observed information is what complete answers would tell, less what is lost because ability is not seen:
Louis (1982), Finding the observed information matrix when using the EM algorithm, JRSS B 44. It is exact, and needs no
numerical differences.
"""

import numpy as np

from analysis.irt.expectation import Answers, Floats, Grid, expect, probability


def observed_information(answers: Answers, a: Floats, d: Floats, grid: Grid) -> Floats:
    """(2 n_items, 2 n_items) negative second derivatives of the log-likelihood, slopes first, then intercepts."""
    expected = expect(answers, a, d, grid)
    p = probability(a, d, grid.points)
    z, k = grid.points, len(a)
    complete, scores = np.zeros((2 * k, 2 * k)), np.zeros((2 * k, 2 * k))
    weight = expected.seen * p * (1 - p)
    for (row, column), power in zip(((0, 0), (0, 1), (1, 0), (1, 1)), (2, 1, 1, 0), strict=True):
        block = np.ix_(range(row * k, row * k + k), range(column * k, column * k + k))
        complete[block] = np.diag((z[:, None] ** power * weight).sum(axis=0))
    for point, theta in enumerate(z):
        residual = answers.right - (p[point] if answers.seen is None else answers.seen * p[point])
        products = (residual * expected.posterior[:, point, None]).T @ residual
        scores += np.kron(np.array([[theta * theta, theta], [theta, 1.0]]), products)
    mean = _mean_scores(answers, expected.posterior, p=p, z=z)
    return complete - scores + mean.T @ mean


def _mean_scores(answers: Answers, posterior: Floats, *, p: Floats, z: Floats) -> Floats:
    """(n_persons, 2 n_items) expected gradient of each person's complete log-likelihood."""
    of_slope, of_intercept = posterior @ (z[:, None] * p), posterior @ p
    if answers.seen is not None:
        of_slope, of_intercept = answers.seen * of_slope, answers.seen * of_intercept
    where = (posterior @ z)[:, None]
    return np.hstack([answers.right * where - of_slope, answers.right - of_intercept])


def covariance_of(information: Floats) -> Floats | None:
    """The inverse of the information; None where the answers do not determine the parameters."""
    try:
        np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return None
    return np.asarray(np.linalg.inv(information))
