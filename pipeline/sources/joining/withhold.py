"""What would give a withheld figure back is withheld with it.

A publisher withholds the figure of a few pupils, and prints beside it what it can be worked out from: the whole and the
other part, or three years together and two of them. Key stage 2 files do so for girls and boys and for pupils by prior
attainment, destinations of 2024/25 for disadvantaged and other pupils, and the three-year shares count years that stand
as SUPP. No page of ours sets such figures side by side, and so that none can, the tables pages are made from do not
hold them either. Which figure is withheld with another is decided by what is withheld alone, never by its size.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.foundation.vocabulary import Availability, PupilGroup

#: Groups that make up all pupils between them, as far as it is known in which each pupil is.
PARTITIONS: tuple[tuple[PupilGroup, ...], ...] = (
    (PupilGroup.DISADVANTAGED, PupilGroup.OTHER),
    (PupilGroup.GIRLS, PupilGroup.BOYS),
    (PupilGroup.PRIOR_LOW, PupilGroup.PRIOR_MIDDLE, PupilGroup.PRIOR_HIGH),
)
#: How measures are called that are made of another: its three years up to a year, and its distance from England.
THREE_YEARS, DIFFERENCE = "_3yr", "_difference"
_MEASURES, _GROUPS, _YEARS = 4096, 64, 4096  # more than there are of each


def withhold_with_others(observations: pd.DataFrame) -> tuple[pd.DataFrame, Counter[str]]:
    """Give schools' OBSERVATIONS without the figures that would give a withheld one back, and how many of each file.

    A figure counts as withheld where no file tells it. The rows stay, as suppressed, and keep their cohort.
    """
    figures = _number_figures(observations)
    for add in (_add_parts, _add_differences, _add_three_years):
        figures = add(figures)
    gone = figures.gone
    if not gone.any():
        return observations, Counter()
    files = Counter(observations.loc[gone, "file"].astype(str))
    changed = {name: observations[name].mask(gone) for name in ("value", "lower", "upper", "step")}
    for name, word in (("availability", str(Availability.SUPPRESSED)), ("word", "")):
        column = observations[name]
        column = column if word in column.cat.categories else column.cat.add_categories([word])
        changed[name] = column.mask(gone, word)
    return observations.assign(**changed), files


def describe_withheld(files: Counter[str]) -> dict[str, str]:
    """A note for each file of which ``withhold_with_others`` withheld figures."""
    return {name: _note(count) for name, count in sorted(files.items())}


def _note(count: int) -> str:
    figures = "figure is" if count == 1 else "figures are"
    return f"{count:,} {figures} not kept, because with others a withheld figure could be worked out from it"


@dataclass(frozen=True)
class _Keys:
    """Figures named by number: URN, measure and group by their places, year."""

    urn: np.ndarray
    measure: np.ndarray
    group: np.ndarray
    year: np.ndarray

    @property
    def numbers(self) -> np.ndarray:
        """One number for each figure."""
        found: np.ndarray = ((self.urn * _MEASURES + self.measure) * _GROUPS + self.group) * _YEARS + self.year
        return found

    @classmethod
    def read(cls, numbers: np.ndarray) -> _Keys:
        rest, year = np.divmod(numbers, _YEARS)
        rest, group = np.divmod(rest, _GROUPS)
        return cls(*np.divmod(rest, _MEASURES), group, year)

    def choose(self, which: np.ndarray) -> _Keys:
        return _Keys(*(part[which] for part in (self.urn, self.measure, self.group, self.year)))


@dataclass(frozen=True)
class _Figures:
    """Which figure every row is, whether it is a number and is to be withheld here; and what is withheld so far."""

    measures: list[str]
    groups: list[str]
    numbers: np.ndarray
    order: np.ndarray  # in which the numbers rise
    there: np.ndarray
    gone: np.ndarray
    withheld: _Keys  # no row tells them

    def add(self, wanted: list[np.ndarray]) -> _Figures:
        """The same with the figures ``wanted`` withheld too."""
        numbers = np.concatenate([np.zeros(0, dtype="int64"), *wanted])
        found = self.there & ~self.gone & self._find_rows(numbers)
        known = np.concatenate([self.withheld.numbers, pd.unique(self.numbers[found])])
        return replace(self, gone=self.gone | found, withheld=_Keys.read(known))

    def _find_rows(self, numbers: np.ndarray) -> np.ndarray:
        """Which rows are of the figures ``numbers``: few beside all rows, which mostly come in order."""
        if not len(numbers):
            return np.zeros(len(self.numbers), dtype=bool)
        order = self.order
        begins, ends = (np.searchsorted(self.numbers, numbers, side, sorter=order) for side in ("left", "right"))
        changes = np.bincount(begins, minlength=len(order) + 1) - np.bincount(ends, minlength=len(order) + 1)
        found = np.zeros(len(order), dtype=bool)
        found[order[np.cumsum(changes)[:-1] > 0]] = True
        return found

    def pair_measures(self, ending: str) -> list[tuple[int, int]]:
        """Each measure of that ``ending``, and the one it is made from."""
        places = {name: place for place, name in enumerate(self.measures)}
        made = [(name, name.removesuffix(ending)) for name in places if name.endswith(ending)]
        return [(places[name], places[base]) for name, base in made if base in places]


def _number_figures(observations: pd.DataFrame) -> _Figures:
    measure, group = (observations[name].astype("category").cat for name in ("measure", "group"))
    keys = _Keys(
        observations["urn"].to_numpy("int64", na_value=0),
        measure.codes.to_numpy(dtype="int64"),
        group.codes.to_numpy(dtype="int64"),
        observations["year"].to_numpy(dtype="int64"),
    )
    numbers = keys.numbers
    is_number = (observations["availability"] == Availability.AVAILABLE) & observations["value"].notna()
    # of a figure that was set aside the cell's own text is kept, which would tell as much
    is_set_aside = observations["availability"].isin([str(Availability.QUESTIONED), str(Availability.UNKNOWN)])
    there = (is_number | is_set_aside).to_numpy()
    withheld = pd.Series(pd.unique(numbers[(observations["availability"] == Availability.SUPPRESSED).to_numpy()]))
    told = pd.Series(numbers[is_number.to_numpy()])
    told = told[told.isin(withheld)]  # few: what is looked up in must be small
    return _Figures(
        [str(name) for name in measure.categories],
        [str(name) for name in group.categories],
        numbers,
        np.argsort(numbers, kind="stable"),
        there,
        np.zeros(len(observations), dtype=bool),
        _Keys.read(withheld[~withheld.isin(told)].to_numpy()),
    )


def _add_parts(figures: _Figures) -> _Figures:
    """Parts of all pupils where one figure alone is withheld, a part's or that of all: the rest would tell it."""
    withheld = figures.withheld
    places = {name: place for place, name in enumerate(figures.groups)}
    wanted = []
    for partition in PARTITIONS:
        members = [places[name] for name in (PupilGroup.ALL, *partition) if name in places]
        if len(members) <= len(partition):
            continue
        concerned = withheld.choose(np.isin(withheld.group, members))
        whole = pd.Series(replace(concerned, group=np.zeros_like(concerned.group)).numbers)
        alone = concerned.choose(~whole.duplicated(keep=False).to_numpy())
        wanted += [replace(alone, group=np.full_like(alone.group, place)).numbers for place in members[1:]]
    return figures.add(wanted)


def _add_differences(figures: _Figures) -> _Figures:
    """Differences from England's published figure where the school's own is withheld."""
    withheld = figures.withheld
    wanted = []
    for made, base in figures.pair_measures(DIFFERENCE):
        own = withheld.choose(withheld.measure == base)
        wanted.append(replace(own, measure=np.full_like(own.measure, made)).numbers)
    return figures.add(wanted)


def _add_three_years(figures: _Figures) -> _Figures:
    """Three-year figures that count a withheld year."""
    withheld = figures.withheld
    wanted = []
    for made, base in figures.pair_measures(THREE_YEARS):
        own = withheld.choose(withheld.measure == base)
        for later in range(3):
            wanted.append(replace(own, measure=np.full_like(own.measure, made), year=own.year + later).numbers)
    return figures.add(wanted)
