"""Chances of counts: binomial and hypergeometric ones, and the quantiles of binomial and beta-binomial counts.

These are SciPy's own functions, number for number what ``scipy.stats`` gives where the count can be. The import of that
module takes four tenths of a second of every process that makes reports, and none needs anything else of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import _ufuncs, betaln

Chance = Callable[..., np.ndarray]


@dataclass(frozen=True)
class Distribution:
    """Chances of a count, whose parameters follow it; ``ends`` says of these the least and the most that it can be."""

    ends: Callable[..., tuple[np.ndarray | float, np.ndarray]]
    _just: Chance
    _more: Chance
    _no_more: Chance

    def exactly(self, count: np.ndarray, *parameters: np.ndarray) -> np.ndarray:
        """The chance of ``count`` itself."""
        least, most = self.ends(*parameters)
        return np.where((count >= least) & (count <= most), self._just(np.clip(count, least, most), *parameters), 0.0)

    def above(self, count: np.ndarray, *parameters: np.ndarray) -> np.ndarray:
        """The chance of more than ``count``."""
        least, most = self.ends(*parameters)
        return np.where(count < least, 1.0, self._more(np.clip(count, least, most), *parameters))

    def below(self, count: np.ndarray, *parameters: np.ndarray) -> np.ndarray:
        """The chance of fewer than ``count``."""
        least, most = self.ends(*parameters)
        return np.where(count <= least, 0.0, self._no_more(np.clip(count - 1, least, most), *parameters))


def _end_binomial(pupils: np.ndarray, share: np.ndarray) -> tuple[float, np.ndarray]:
    return 0.0, pupils


def _end_hypergeometric(such: np.ndarray, drawn: np.ndarray, together: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.maximum(drawn - (together - such), 0), np.minimum(such, drawn)


#: Of ``(count, pupils, share)``.
BINOMIAL = Distribution(_end_binomial, _ufuncs._binom_pmf, _ufuncs._binom_sf, _ufuncs._binom_cdf)
#: Of ``(count, such pupils in both together, pupils drawn, pupils in both together)``.
HYPERGEOMETRIC = Distribution(
    _end_hypergeometric, _ufuncs._hypergeom_pmf, _ufuncs._hypergeom_sf, _ufuncs._hypergeom_cdf
)


def find_binomial_quantiles(chance: np.ndarray, pupils: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The fewest of ``pupils`` that ``chance`` or more of all draws do not exceed."""
    found: np.ndarray = _ufuncs._binom_ppf(chance, pupils, share)
    return found


def find_beta_binomial_quantiles(
    chances: Sequence[float], pupils: int, first: float, second: float
) -> tuple[float, ...]:
    """The same of pupils whose share itself varies as the beta distribution of ``first`` and ``second``."""
    counts = np.arange(pupils + 1)
    ways = -np.log(pupils + 1) - betaln(pupils - counts + 1, counts + 1)
    up_to = np.exp(ways + betaln(counts + first, pupils - counts + second) - betaln(first, second)).cumsum()
    return tuple(float(place) for place in np.minimum(np.searchsorted(up_to, chances), pupils))
