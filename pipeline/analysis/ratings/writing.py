"""The teacher-assessment check: writing as teachers assessed it beside what the same pupils' tests suggest.

Reading and maths are tests, marked outside the school; writing is the school's own judgement. Over many schools the
three go together closely. A school whose writing lies far from what schools with such test results and as many pupils
assess is asked about it: the answer may be excellent teaching, a moderation that was missed, or a mistake. It is a
question and never a gap; no rating and no category rests on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.analysis.grids.comparators import NOT_LIKE_ALL_SCHOOLS
from pipeline.analysis.grids.grid import Grid
from pipeline.analysis.grids.pooling import SLACK, Pooled, find_usable, pool_grid
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.results import WritingCheck
from pipeline.analysis.statistics.counts import find_beta_binomial_quantiles
from pipeline.sources.frames import WRITING_PATTERN, SchoolSlice, shape_frame

#: The three shares at the expected standard: the one that is assessed, and the two that are tested (reading, maths).
_SHARES = 3
#: Schools behind the pattern: with fewer, what is usual is not known well enough to ask anyone about.
LEAST_SCHOOLS = 100
#: Pupils of a school, over the years pooled: as for any indicator that is rated.
LEAST_PUPILS = 11
#: The share of schools that the range is to hold.
RANGE = 0.98
#: A suggested share is kept this far from none and all (per cent): a straight line does not know that it may not pass.
_EDGE = 1.0


def estimate_writing_pattern(grid: Grid) -> pd.DataFrame:
    """Estimate WRITING_PATTERN from all schools of ``grid``, mainstream ones only; empty for fewer than 100 of them.

    Each school's writing, reading and maths are pooled over the years in which all three are published. Writing is
    regressed on the two by least squares, each school weighing as its pupils. What is left over between schools is
    more than chance among the pupils: the variance of a share p of n pupils, p(1 - p)/n, is taken off (by moments, and
    with three coefficients fitted), and the root of what stays is the spread.
    """
    three = _pool_common_years(grid)
    if three is None or three.enough.sum() < LEAST_SCHOOLS:
        return shape_frame(pd.DataFrame(), WRITING_PATTERN)
    enough, years = three.enough, three.list_years(three.enough)
    shares, pupils = three.pooled.value[enough], three.pooled.pupils[enough, 0]
    writing, tests = shares[:, 0], np.column_stack([np.ones(len(shares)), shares[:, 1:]])
    weight = pupils / pupils.sum()
    root = np.sqrt(weight)[:, None]
    coefficients, *_ = np.linalg.lstsq(tests * root, writing * root[:, 0], rcond=None)
    suggested = _keep_possible(tests @ coefficients)
    left_over = (weight * (writing - tests @ coefficients) ** 2).sum() * len(pupils) / (len(pupils) - 3)
    chance = (weight * suggested * (100 - suggested) / pupils).sum()
    row = {
        **dict(zip(("constant", "reading", "maths"), coefficients.tolist(), strict=True)),
        "spread": max(0.0, left_over - chance) ** 0.5,
        "schools": len(pupils),
        "first_year": years[0],
        "last_year": years[-1],
    }
    return shape_frame(pd.DataFrame([row]), WRITING_PATTERN)


@dataclass(frozen=True)
class _Three:
    """Writing, reading and maths of many schools, each pooled over the years that have all three."""

    pooled: Pooled
    enough: np.ndarray  # (rows,): of pupils enough to be asked about
    common: np.ndarray  # (rows, 3): the years that have all three
    years: np.ndarray  # (3,)

    def list_years(self, rows: np.ndarray) -> list[int]:
        """The years that any of ``rows`` (a mask) has."""
        return self.years[self.common[rows].any(axis=0)].tolist()


def _pool_common_years(grid: Grid) -> _Three | None:
    """Pool the three shares over common years; None where they are not among the indicators."""
    places = _find_places(grid.indicators)
    if not places:
        return None
    chosen = grid.choose(places)
    common: np.ndarray = np.all(find_usable(chosen), axis=1)
    pooled = pool_grid(replace(chosen, value=np.where(common[:, None], chosen.value, np.nan)))
    return _Three(pooled, np.all(pooled.pupils >= LEAST_PUPILS, axis=1), common, chosen.years[0])


def _find_places(indicators: Sequence[Indicator]) -> list[int]:
    """Where the share assessed stands, and those its file says it is suggested by; empty where one is not there."""
    places = {one.key: place for place, one in enumerate(indicators)}
    for one in indicators:
        named = (one.key, *one.suggested_by)
        if len(named) == _SHARES and places.keys() >= set(named):
            return [places[key] for key in named]
    return []


def list_writing_measures(indicators: Sequence[Indicator]) -> set[str]:
    """The measures on which the check rests; empty where ``indicators`` do not hold all of them."""
    return {indicators[place].measure for place in _find_places(indicators)}


def check_writing(slice: SchoolSlice, grid: Grid) -> WritingCheck | None:
    """Put a school's writing beside what its tests suggest; None where there is no pattern or nothing to put beside it.

    ``grid`` is the school's own, of one row. The range holds 98% of schools with such test results and as many pupils:
    chance among pupils and the spread between schools together, as the beta-binomial distribution combines them. The
    school is asked where its count of pupils lies outside by one whole pupil or more, whatever publication rounded
    away.
    """
    if slice.study.writing_pattern.empty or slice.school.phase in NOT_LIKE_ALL_SCHOOLS:
        return None
    three = _pool_common_years(grid)
    if three is None or not three.enough[0]:
        return None
    shares, pattern = three.pooled.value[0], slice.study.writing_pattern.iloc[0]
    pupils, lowest, highest = (
        float(each[0, 0]) for each in (three.pooled.pupils, three.pooled.lowest, three.pooled.highest)
    )
    suggested = float(
        _keep_possible(pattern["constant"] + pattern["reading"] * shares[1] + pattern["maths"] * shares[2])
    )
    least, most = find_usual_counts(suggested, float(pattern["spread"]), pupils)
    return WritingCheck(
        years=tuple(three.list_years(np.array([True]))),
        writing=float(shares[0]),
        suggested=suggested,
        lower=100 * least / pupils,
        upper=100 * most / pupils,
        pupils=pupils,
        schools=int(pattern["schools"]),
        asks=highest <= least - 1 + SLACK or lowest >= most + 1 - SLACK,
    )


def find_usual_counts(suggested: float, spread: float, pupils: float) -> tuple[float, float]:
    """The counts, among ``pupils``, between which 98% of schools lie whose true shares lie around ``suggested``.

    ``suggested`` and ``spread`` (a standard deviation between schools) are in per cent. Shares that vary between
    schools as a beta distribution and pupils by chance within them make counts beta-binomial; both limits are inside.
    """
    if not np.isfinite([suggested, spread]).all():  # ``max`` below would take NaN for no spread at all
        raise ValueError("what writing is held against must be numbers")
    share = suggested / 100
    # the part of a single pupil's variance that lies between schools: 0 would be chance alone, 1 no chance at all
    between = min(0.5, max(1e-6, (spread / 100) ** 2 / (share * (1 - share))))
    size = 1 / between - 1
    first, second = share * size, (1 - share) * size
    if not (first > 0 and second > 0 and pupils >= 0):
        raise ValueError(f"{suggested:g}% of {pupils:g} pupils has no range, and nothing lies outside of none")
    chances = ((1 - RANGE) / 2, (1 + RANGE) / 2)
    least, most = find_beta_binomial_quantiles(chances, round(pupils), first, second)
    return least, most


def _keep_possible(share: np.ndarray | float) -> np.ndarray:
    return np.clip(share, _EDGE, 100 - _EDGE)
