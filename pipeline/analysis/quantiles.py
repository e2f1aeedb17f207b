"""Quantiles of the binomial distribution for thousands of shares at once."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom

#: Pupils expected beyond which climbing to them takes longer than a search.
_FAR = 100.0
#: Steps between which the cases that are settled are put aside.
_STRIDE = 4


def draw_counts(probability: np.ndarray, pupils: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The least count whose cumulative ``probability`` (over 0, under 1) is reached; vectors of one length.

    As ``scipy.stats.binom.ppf``, which searches for every case alone: here all cases climb the distribution together,
    one pupil a step, from the end at which fewer pupils are. ``pupils`` are whole, ``share`` is from 0 to 1.
    """
    few = np.minimum(share, 1 - share)
    climbs = pupils * few < _FAR
    count = np.empty(len(share))
    count[~climbs] = binom.ppf(probability[~climbs], pupils[~climbs], share[~climbs])
    for others in (False, True):  # of the pupils who do, or of those who do not, whichever are fewer
        cases = np.flatnonzero(climbs & ((share > 0.5) == others))
        sought = 1 - probability[cases] if others else probability[cases]
        passed = _climb(sought, pupils[cases], few[cases], np.less_equal if others else np.less)
        count[cases] = pupils[cases] - passed if others else passed
    return count


def _climb(sought: np.ndarray, pupils: np.ndarray, share: np.ndarray, under: np.ufunc) -> np.ndarray:
    """How many counts under ``pupils``, from 0 on, have a cumulative probability ``under`` that which is ``sought``."""
    found = np.zeros(len(share))
    cases: np.ndarray = np.arange(len(share))
    odds: np.ndarray = share / (1 - share)
    chance: np.ndarray = np.exp(pupils * np.log1p(-share))
    left, reached, passed, step = pupils.copy(), chance.copy(), found.copy(), 0
    while len(cases):
        below = under(reached, sought)
        passed += below
        if step % _STRIDE == 0:
            found[cases] = passed
            kept = np.flatnonzero(below & (left > 0))
            cases = cases[kept]
            odds, chance, left, reached, passed, sought = (
                part[kept] for part in (odds, chance, left, reached, passed, sought)
            )
        step += 1
        chance *= odds
        chance *= left
        chance /= step
        left -= 1
        reached += chance
    numbers: np.ndarray = np.minimum(found, pupils)
    return numbers
