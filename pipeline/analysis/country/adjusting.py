"""What similar schools achieve at a school's own context: their average, moved to where the school itself stands.

The nearest schools are never quite like a school: those nearest to the poorest of a county are all less poor than it.
Their average is therefore moved along what context explains of the figure among all schools of the pool, by as much as
the school's own context lies from theirs. What context explains is a linear regression on the variables of the search,
each school weighing as its pupils, the school in question left out: its own figure has no part in its baseline.

What few pupils show of a slope is half chance. Slopes are drawn towards none by a ridge (Hoerl & Kennard 1970).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

#: The ridge in pupils for each standard deviation of context: a slope that rests on as many pupils is drawn half way.
#: On Hampshire's and North Yorkshire's results of 2016/17 to 2018/19 any from 50 to 250 left schools as near to their
#: baselines, and free meals as little in what is left over, as can be had; far larger ones leave poverty in.
RIDGE_PUPILS = 100.0
#: The same where figures weigh by their precision, since no file says of how many pupils they are: in schools.
RIDGE_SCHOOLS = 2.0
#: Schools with a figure for each variable, at least: among fewer a regression follows single schools.
_SCHOOLS_PER_VARIABLE = 3


@dataclass(frozen=True)
class Pool:
    """Schools that are compared on the same variables and with the same candidates; rows are those of the grid."""

    schools: np.ndarray  # rows of the schools compared, sorted
    others: np.ndarray  # rows of the schools that may be chosen, sorted
    rows: np.ndarray  # rows of both, sorted
    points: np.ndarray  # (``rows``, variables): standard deviations from the mean of the phase


@dataclass(frozen=True)
class Adjustment:
    """What is added to the similar schools' averages (schools of the pool, cells); 0 where no slope is known."""

    added: np.ndarray
    variance: np.ndarray  # of ``added``: how little is known of the slopes


def adjust_averages(
    pool: Pool, chosen: csr_array, value: np.ndarray, weight: np.ndarray, ridge: np.ndarray
) -> Adjustment:
    """Move the averages of the similar schools of ``pool.schools`` to those schools' own context.

    ``chosen`` (rows, rows) is 1 where a school is similar to another. ``value`` and ``weight`` (rows, cells) are the
    figures of every school and what each weighs, 0 where there is none; ``ridge`` (cells) is in units of ``weight``.
    """
    mine = np.searchsorted(pool.rows, pool.schools)
    beside = chosen[pool.schools][:, pool.rows]
    figures, sizes = value[pool.rows], weight[pool.rows]
    candidate = np.isin(pool.rows, pool.others)
    design = np.column_stack([np.ones(len(pool.rows)), pool.points])
    added, variance = np.zeros((2, len(mine), value.shape[1]))
    for cell in range(value.shape[1]):
        weights = np.where(candidate, sizes[:, cell], 0.0)
        used = int(np.count_nonzero(weights))
        if used >= _SCHOOLS_PER_VARIABLE * pool.points.shape[1]:
            away = _measure_distance(pool.points, mine, beside, sizes[:, cell])
            slopes = _estimate_slopes(design, figures[:, cell], weights, float(ridge[cell]), used)
            added[:, cell], variance[:, cell] = slopes.move(design[mine], weights[mine], figures[mine, cell], away)
    return Adjustment(added, variance)


def _measure_distance(points: np.ndarray, mine: np.ndarray, beside: csr_array, sizes: np.ndarray) -> np.ndarray:
    """How far each school's context lies from its similar schools' (schools, variables); 0 where none has a figure."""
    total = (beside @ sizes)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, points[mine] - beside @ (sizes[:, None] * points) / total, 0.0)


@dataclass(frozen=True)
class _Slopes:
    """A weighted ridge regression; the constant stands first and is not penalised."""

    coefficients: np.ndarray
    inverse: np.ndarray  # of the penalised normal matrix
    left: float  # variance of a figure of weight 1 around the regression

    def move(
        self, design: np.ndarray, weights: np.ndarray, figures: np.ndarray, away: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """What the regression without the school itself adds for so much context ``away``, and its variance."""
        solved = design @ self.inverse
        leverage = weights * (solved * design).sum(axis=1)
        residual = np.where(weights > 0, figures - design @ self.coefficients, 0.0)
        without = self.coefficients - solved * (weights * residual / (1 - leverage))[:, None]
        step = np.column_stack([np.zeros(len(away)), away])
        return (step * without).sum(axis=1), self.left * ((step @ self.inverse) * step).sum(axis=1)


def _estimate_slopes(design: np.ndarray, figures: np.ndarray, weights: np.ndarray, ridge: float, used: int) -> _Slopes:
    penalty = np.diag([0.0, *np.full(design.shape[1] - 1, ridge)])
    inverse = np.linalg.inv((design.T * weights) @ design + penalty)
    coefficients = inverse @ (design.T @ (weights * figures))
    residual = figures - design @ coefficients
    return _Slopes(coefficients, inverse, float((weights * residual**2).sum() / (used - design.shape[1])))
