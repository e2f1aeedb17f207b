"""Arithmetic of chance: intervals, exact tests, Student's t, and the control of false findings."""

import math
from functools import cache

import numpy as np
from scipy import stats

DEGREES = 20
Z, T = float(stats.norm.isf(0.025)), float(stats.t.isf(0.025, DEGREES))  # the page prints 1.96 and 2.086


def wilson(count, n, phi=1.0, z=Z):
    """Wilson's interval in per cent, counts and pupils divided by phi."""
    n, p = n / phi, count / n
    centre, wide = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    down = 1 + z * z / n
    return 100 * max(0.0, (centre - wide) / down), 100 * min(1.0, (centre + wide) / down)


@cache
def binomial(x, n, share):
    """Two-sided mid-P of x of n pupils beside a share of 1."""
    if x == n * share:
        return 1.0
    at = stats.binom.pmf(x, n, share)
    tail = stats.binom.cdf(x - 1, n, share) if x < n * share else stats.binom.sf(x, n, share)
    return min(1.0, 2 * (tail + at / 2))


@cache
def hypergeometric(x, n, y, m):
    """Two-sided mid-P of x of n pupils beside y of m (Fisher's exact test)."""
    if x * m == y * n:
        return 1.0
    law = stats.hypergeom(n + m, x + y, n)
    tail = law.cdf(x - 1) if x * m < y * n else law.sf(x)
    return min(1.0, 2 * (tail + law.pmf(x) / 2))


def normal_p(z):
    """Two-sided p of a standard normal deviate."""
    return min(1.0, 2 * stats.norm.sf(abs(z)))


def widen(p, phi, one_year):
    """The p of chance turned into that of a variance phi times as large; one year by Student's t."""
    if p >= 1:
        return 1.0
    z = stats.norm.isf(p / 2) / math.sqrt(phi)
    return 2 * (stats.t.sf(z, DEGREES) if one_year else stats.norm.sf(z))


def benjamini_hochberg(ps):
    """Adjusted p-values in the order given."""
    ps = np.asarray(ps, float)
    order = np.argsort(ps, kind="stable")
    ranked = ps[order] * len(ps) / np.arange(1, len(ps) + 1)
    ranked = np.minimum(1, np.minimum.accumulate(ranked[::-1])[::-1])
    out = np.empty(len(ps))
    out[order] = ranked
    return out


def three_digits(x):
    """Kept to three significant digits."""
    return float(f"{x:.3g}")
