"""The teacher-assessment check: writing as teachers assessed it beside what the same pupils' tests suggest.

Reading and maths are tests, marked outside the school; writing is the school's own judgement. Over many schools the
three go together closely. A school whose writing lies far from what schools with such test results and as many pupils
assess is asked about it: the answer may be excellent teaching, a moderation that was missed, or a mistake. It is a
question and never a gap; no rating and no category rests on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import betabinom

from pipeline.analysis.comparators import NOT_LIKE_ALL_SCHOOLS
from pipeline.analysis.figures import FigureTable
from pipeline.analysis.grid import Grid
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.judging import pool_grid
from pipeline.analysis.pooling import Pool, is_usable, pool_years, window_of
from pipeline.analysis.results import WritingCheck
from pipeline.foundation.vocabulary import Level
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
_SLACK = 1e-9


def estimate_writing_pattern(grid: Grid) -> pd.DataFrame:
    """Estimate WRITING_PATTERN from all schools of ``grid``, mainstream ones only; empty for fewer than 100 of them.

    Each school's writing, reading and maths are pooled over the years in which all three are published. Writing is
    regressed on the two by least squares, each school weighing as its pupils. What is left over between schools is
    more than chance among the pupils: the variance of a share p of n pupils, p(1 - p)/n, is taken off (by moments, and
    with three coefficients fitted), and the root of what stays is the spread.
    """
    three = _pool_common_years(grid)
    if three is None:
        return shape_frame(pd.DataFrame(), WRITING_PATTERN)
    shares, pupils, years = three
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


def _pool_common_years(grid: Grid) -> tuple[np.ndarray, np.ndarray, list[int]] | None:
    """Shares (schools, 3) in per cent, pupils, and the years there are; None where too few schools have all three."""
    places = _find_places(grid.indicators)
    if not places:
        return None
    arrays = {name: getattr(grid, name)[:, places] for name in ("value", "pupils", "step", "lower", "upper")}
    whole = (np.isfinite(arrays["value"]) & (arrays["pupils"] >= 0.5)).all(axis=1, keepdims=True)
    arrays["value"] = np.where(whole, arrays["value"], np.nan)
    pooled = pool_grid(replace(grid, indicators=tuple(grid.indicators[place] for place in places), **arrays))
    enough = (pooled.pupils >= LEAST_PUPILS).all(axis=1)
    if enough.sum() < LEAST_SCHOOLS:
        return None
    found = whole[enough, 0].any(axis=0)
    years = grid.years[places[0]][found].tolist()
    return pooled.value[enough], pooled.pupils[enough, 0], years


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


def check_writing(
    slice: SchoolSlice, indicators: Sequence[Indicator], year: int, own: FigureTable | None = None
) -> WritingCheck | None:
    """Put a school's writing beside what its tests suggest; None where there is no pattern or nothing to put beside it.

    ``own`` are the figures of the slice's observations, where they are tabulated already.

    The range holds 98% of schools with such test results and as many pupils: chance among pupils and the spread
    between schools together, as the beta-binomial distribution combines them. The school is asked where its count of
    pupils lies outside by one whole pupil or more, whatever publication rounded away.
    """
    if slice.study.writing_pattern.empty or slice.school.phase in NOT_LIKE_ALL_SCHOOLS:
        return None
    pools = _pool_school(own or FigureTable(slice.observations), indicators, year)
    shares = [pool.value for pool in pools if pool.value is not None]
    counts = [pool.count for pool in pools if pool.count is not None and pool.count.pupils >= LEAST_PUPILS]
    if len(shares) < _SHARES or len(counts) < _SHARES:
        return None
    pattern, writing = slice.study.writing_pattern.iloc[0], counts[0]
    suggested = float(
        _keep_possible(pattern["constant"] + pattern["reading"] * shares[1] + pattern["maths"] * shares[2])
    )
    least, most = find_usual_counts(suggested, float(pattern["spread"]), writing.pupils)
    return WritingCheck(
        years=pools[0].years,
        writing=shares[0],
        suggested=suggested,
        lower=100 * least / writing.pupils,
        upper=100 * most / writing.pupils,
        pupils=writing.pupils,
        schools=int(pattern["schools"]),
        asks=writing.highest <= least - 1 + _SLACK or writing.lowest >= most + 1 - _SLACK,
    )


def _pool_school(figures: FigureTable, indicators: Sequence[Indicator], year: int) -> list[Pool]:
    """Writing, reading and maths, each pooled over the years that have all three."""
    chosen = [indicators[place] for place in _find_places(indicators)]
    windows = [window_of(one, figures.find(Level.SCHOOL, one.measure, one.group), year) for one in chosen]
    usable = [
        {past for past, figure in window.items() if is_usable(figure, one.scale)}
        for one, window in zip(chosen, windows, strict=True)
    ]
    common = sorted(set.intersection(*usable)) if usable else []
    return [
        pool_years(one, {past: window[past] for past in common}, year)
        for one, window in zip(chosen, windows, strict=True)
    ]


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
    least, most = betabinom.ppf(((1 - RANGE) / 2, (1 + RANGE) / 2), round(pupils), share * size, (1 - share) * size)
    if not np.isfinite([least, most]).all():
        raise ValueError(f"{suggested:g}% of {pupils:g} pupils has no range, and nothing lies outside of none")
    return float(least), float(most)


def _keep_possible(share: np.ndarray | float) -> np.ndarray:
    return np.clip(share, _EDGE, 100 - _EDGE)
