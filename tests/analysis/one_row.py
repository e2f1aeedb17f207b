"""One school's figures as a grid of one row, written short for tests: pooled, compared and followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.analysis.grids.comparators import ENGLAND
from pipeline.analysis.grids.figures import Figure
from pipeline.analysis.grids.grid import Baselines, Grid
from pipeline.analysis.grids.pooling import count_pupils
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.indicators.windows import list_comparable, list_window
from pipeline.analysis.ratings.judging import Judgement, judge_in_full
from pipeline.analysis.ratings.rating import Pool, read_comparison, read_pool, take_number
from pipeline.analysis.ratings.trend import Years, follow_years, read_trend
from pipeline.analysis.results import Comparison, Trend
from pipeline.analysis.school_grid import lay_out_windows, pick_window
from pipeline.sources.frames import School

SCHOOL = School(100001, "Elm Bank", phase="primary", census_phase="primary")
FIGURES = Mapping[int, Figure]


@dataclass(frozen=True)
class Claim:
    """Figures of one indicator beside one baseline, the same in every year; None where there is none."""

    indicator: Indicator
    figures: FIGURES
    baseline: float | None = None
    rounding: float = 0.0


def lay_out(claims: Sequence[Claim], year: int) -> Grid:
    windows = [pick_window(one.indicator, one.figures, year) for one in claims]
    return lay_out_windows([one.indicator for one in claims], windows, year)


def judge_claims(claims: Sequence[Claim], year: int = 2019, *, drift: float = 1.0) -> Judgement:
    grid = lay_out(claims, year).allow_for(drift)
    numbers = [[np.nan if one.baseline is None else one.baseline, one.rounding] for one in claims]
    value, rounding = (np.repeat(each, 3).reshape(grid.value.shape) for each in np.array(numbers).T)
    nothing, fits = np.zeros(grid.value.shape), np.ones(grid.value.shape[:2], dtype=bool)
    return judge_in_full(grid, [Baselines(ENGLAND, value, rounding, nothing + np.inf, nothing, fits)])


def rate_claims(
    claims: Sequence[Claim], missing: str = "", year: int = 2019, *, drift: float = 1.0
) -> tuple[Comparison, ...]:
    """Every claim rated, all of them under one control."""
    judgement = judge_claims(claims, year, drift=drift)
    (compared,) = judgement.compared
    pools = [read(judgement, place, claim, year) for place, claim in enumerate(claims)]
    return tuple(read_comparison(judgement, compared, place, pool, missing) for place, pool in enumerate(pools))


def read(judgement: Judgement, place: int, claim: Claim, year: int) -> Pool:
    comparable = list_comparable(claim.indicator, year)
    window = {past: claim.figures[past] for past in comparable if past in claim.figures}
    return read_pool(judgement, place, window, SCHOOL, year)


@dataclass(frozen=True)
class Pooled(Pool):
    """What one indicator of one school is pooled to: as it is read, and the numbers behind (None: none)."""

    weights: tuple[float, ...] = ()
    lowest: float | None = None
    highest: float | None = None
    error: float | None = None
    rounding: float | None = None


def pool_years(indicator: Indicator, figures: FIGURES, year: int) -> Pooled:
    judgement = judge_claims([Claim(indicator, figures)], year)
    row = judgement.pooled
    numbers = {name: take_number(getattr(row, name), 0, 0) for name in ("lowest", "highest", "error", "rounding")}
    weights = tuple(row.weights[0, 0][row.used[0, 0]].tolist())
    return Pooled(**vars(read(judgement, 0, Claim(indicator, figures), year)), weights=weights, **numbers)


def count_of(value: float, pupils: float, step: float | None) -> tuple[float, float, float]:
    """The best count behind one percentage, the least and the most."""
    arrays = (np.array([number], dtype=float) for number in (value, pupils, step))
    count, lowest, highest = count_pupils(*arrays)
    return float(count[0]), float(lowest[0]), float(highest[0])


def follow(indicator: Indicator, figures: FIGURES, year: int = 2019) -> Years:
    grid = lay_out([Claim(indicator, figures)], year)
    return follow_years(grid, np.ones((1, 1), dtype=bool))


def find_trend(indicator: Indicator, figures: FIGURES, year: int = 2019) -> Trend | None:
    return read_trend(indicator, follow(indicator, figures, year), 0, list_window(indicator, year))


def find_interval(indicator: Indicator, figure: Figure) -> tuple[float, float]:
    """The 95% interval of one year alone; NaN where there is none."""
    years = follow(indicator, {figure.year: figure}, figure.year + indicator.years_behind)
    return float(years.lower[0, 0, -1]), float(years.upper[0, 0, -1])
