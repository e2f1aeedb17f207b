"""Where an authority stands beside the top tenth of all authorities: an ambition measured, never a rating.

Only figures of one file are held against each other: two publications of one thing can differ by a point, which is ten
places. Those counted are the authorities of that year with a figure in that file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.foundation.vocabulary import Direction, PupilGroup
from pipeline.foundation.yaml_files import Record, read_record

#: England has had 150 to 153 authorities since 2009, and some have no figure: a file in which fewer have one does not
#: tell of all.
FEWEST_AUTHORITIES = 145
#: The City of London: one primary school, of which hardly anything is published. Without it the same authorities are
#: counted measure by measure.
CITY_OF_LONDON = 201
#: Years shown: that under review and those before it.
YEARS = 3
_ALIKE = 1e-9  # figures nearer than this are equal: a percentile is computed


class ComparedMeasure(Record):
    """One measure by which authorities are compared."""

    measure: str
    group: PupilGroup
    title: str
    decimals: int
    direction: Direction = Direction.HIGHER_IS_BETTER


class ComparedMeasures(Record):
    """All of ``top_tenth.yaml``."""

    measures: tuple[ComparedMeasure, ...]


@cache
def load_compared() -> tuple[ComparedMeasure, ...]:
    """The measures of ``top_tenth.yaml``, in order; raises FaultyInput naming every mistake in it."""
    return read_record(Path(__file__).parent / "top_tenth.yaml", ComparedMeasures).measures


@dataclass(frozen=True)
class TopTenth:
    """The best tenth of some authorities' figures, counted both ways."""

    authorities: int  # with a figure
    place: int  # the last of the best tenth
    threshold: float  # the figure of the authority in that place
    percentile: float  # P90, or P10 where lower is better
    direction: Direction
    by_place: int  # authorities at or beyond the threshold
    by_percentile: int  # and at or beyond the percentile

    def measure_distance(self, value: float) -> float:
        """How far ``value`` is beyond the threshold, in its own unit; negative where that is still to go."""
        return self._turn(value - self.threshold)

    def is_within(self, value: float) -> bool:
        """Whether ``value`` is in the top tenth by place: at the threshold or beyond."""
        return bool(self.measure_distance(value) >= -_ALIKE)

    def is_within_percentile(self, value: float) -> bool:
        """Whether ``value`` is in the top tenth by percentile."""
        return bool(self._turn(value - self.percentile) >= -_ALIKE)

    def _turn(self, difference: float) -> float:
        return -difference if self.direction == Direction.LOWER_IS_BETTER else difference


def find_top_tenth(values: Iterable[float], direction: Direction = Direction.HIGHER_IS_BETTER) -> TopTenth:
    """The top tenth of ``values``, one figure an authority.

    In words: an authority is in the top tenth where its figure is at least as good as that of the authority in place
    n ÷ 10, rounded to the nearest whole place (a half counts up). Of 149 to 152 authorities that is the 15th. All that
    are equal to it are in, so that there can be more than a tenth. Where lower is better, the lowest comes first.

    Beside it stands P90 (P10 where lower is better), by linear interpolation between places, as spreadsheets have it.
    Raises ValueError where there is no value.
    """
    figures = np.sort(np.asarray(list(values), dtype=float))
    if not len(figures):
        raise ValueError("no authority has a figure")
    is_lower = direction == Direction.LOWER_IS_BETTER
    best_first = figures if is_lower else figures[::-1]
    place = max(1, (2 * len(figures) + 10) // 20)
    found = TopTenth(
        authorities=len(figures),
        place=place,
        threshold=float(best_first[place - 1]),
        percentile=float(np.percentile(figures, 10 if is_lower else 90)),
        direction=direction,
        by_place=0,
        by_percentile=0,
    )
    return TopTenth(
        **{
            **vars(found),
            "by_place": sum(map(found.is_within, figures)),
            "by_percentile": sum(map(found.is_within_percentile, figures)),
        }
    )


@dataclass(frozen=True)
class AuthorityStanding:
    """One figure of an authority beside the top tenth of all authorities, in one file."""

    source: str  # what files of its family are called
    file: str
    measure: str
    group: str
    title: str
    unit: str
    decimals: int
    year: int
    value: float
    provisional: bool
    rank: int  # 1 the best; equal figures have the same
    top: TopTenth

    @property
    def distance(self) -> float:
        """How far beyond the threshold, negative where that is still to go."""
        return self.top.measure_distance(self.value)

    @property
    def is_counted_otherwise(self) -> bool:
        """Whether another number of authorities is in the top tenth by percentile than by place."""
        return self.top.by_place != self.top.by_percentile


def compare_with_all(
    authorities: pd.DataFrame, authority: int, year: int, measures: Iterable[ComparedMeasure] | None = None
) -> tuple[AuthorityStanding, ...]:
    """The figures of ``authority`` beside the top tenth, by source, measure and year: the ``year`` and the two before.

    ``authorities`` is a frame of AUTHORITIES; ``measures`` are those of ``load_compared`` where none are given.
    Empty where no file tells of all authorities. Of several files of one source the one of that year counts, then the
    one in which more authorities have a figure.
    """
    rows = authorities[authorities["value"].notna() & (authorities["la"] != CITY_OF_LONDON)]
    rows = rows.astype(dict.fromkeys(("source", "file", "measure", "group", "unit"), str))
    latest = rows.groupby("file")["year"].max()
    found = []
    for source in sorted(rows["source"].unique()):
        for about in load_compared() if measures is None else measures:
            chosen = rows[
                (rows["source"] == source) & (rows["measure"] == about.measure) & (rows["group"] == str(about.group))
            ]
            for each in range(year - YEARS + 1, year + 1):
                of_year = chosen[chosen["year"] == each]
                told = [
                    ((-int(latest[file] == each), -len(figures), str(file)), figures)
                    for file, figures in of_year.groupby("file")
                    if len(figures) >= FEWEST_AUTHORITIES and (figures["la"] == authority).any()
                ]
                if told:
                    found.append(_compare(about, authority, min(told, key=lambda one: one[0])[1]))
    return tuple(found)


def _compare(about: ComparedMeasure, authority: int, figures: pd.DataFrame) -> AuthorityStanding:
    own = figures[figures["la"] == authority].iloc[0]
    top = find_top_tenth(figures["value"], about.direction)
    ahead = sum(top.measure_distance(value) > top.measure_distance(own["value"]) + _ALIKE for value in figures["value"])
    return AuthorityStanding(
        source=own["source"],
        file=own["file"],
        measure=about.measure,
        group=str(about.group),
        title=about.title,
        unit=own["unit"],
        decimals=round(-np.log10(own["step"])) if own["step"] > 0 else about.decimals,
        year=int(own["year"]),
        value=float(own["value"]),
        provisional=bool(own["provisional"]),
        rank=1 + int(ahead),
        top=top,
    )
