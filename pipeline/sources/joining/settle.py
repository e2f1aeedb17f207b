"""All files' figures settled, questioned and joined, some schools at a time: a country's fit into memory only so.

A school is settled with all that any file tells of it and of the schools of its own line. What a question compares with
all other schools, how far its rows lie from other years, is gathered first and asked when all schools have been seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import Level
from pipeline.sources.frames import OBSERVATIONS, shape_frame
from pipeline.sources.joining.combine import (
    Tenths,
    chain_selected,
    combine_observations,
    describe_filled,
    fill_cohorts,
    find_latest,
    lend_pupils,
    sort_figures,
    stack_observations,
)
from pipeline.sources.joining.histories import list_ancestors
from pipeline.sources.joining.packing import AREAS, PackedObservations
from pipeline.sources.joining.withhold import describe_withheld, withhold_with_others
from pipeline.sources.plausibility import RowsCompared, question_counts, set_aside_row
from pipeline.sources.tabular.reconcile import Overlap

#: Rows of all files that are settled together.
ROWS_TOGETHER = 400_000


@dataclass(frozen=True)
class ToldFigures:
    """What one file tells, and of which family it is."""

    file: str
    family: str
    observations: PackedObservations


class Settlement:
    """All files' figures on their way to the prepared tables; what was found on it is whole when they have been read.

    ``tenths`` ranks them, ``areas`` are those of no school, ``overlaps`` tell where two files had the same, ``faults``
    name what is not believed.
    """

    def __init__(self, files: Sequence[ToldFigures], links: pd.DataFrame, schools: pd.DataFrame) -> None:
        self.tenths = Tenths(schools)
        self.areas = shape_frame(pd.DataFrame(columns=list(OBSERVATIONS)), OBSERVATIONS)
        self.overlaps: list[Overlap] = []
        self.faults: list[Fault] = []
        self._filled: Counter[tuple[str, bool]] = Counter()
        self._withheld: Counter[str] = Counter()
        self._links, self._schools = links, schools
        self._latest = {one.file: find_latest(one.observations) for one in files}
        self._compared = RowsCompared()
        self._parts = _part_schools([one.observations for one in files], links)
        self._settled = [self._settle(some.urns, files) for some in self._parts]

    @property
    def notes(self) -> Iterator[tuple[str, str]]:
        """What to note of files: each file's name and the note."""
        for noted in (describe_filled(self._filled), describe_withheld(self._withheld)):
            yield from noted.items()

    def read(self) -> Iterator[pd.DataFrame]:
        """OBSERVATIONS of schools by URN, each figure once, some at a time; to be read once.

        With what is told of a school comes what was told of the schools it followed singly.
        """
        waiting: list[PackedObservations] = []  # of schools that come later by URN than others of their line
        ends = [*(some.least for some in self._parts), AREAS]
        for begin, end, far in zip(ends, ends[1:], self._compared.find_far(), strict=False):
            figures = self._finish(self._settled.pop(0).unpack(), far)
            before = (figures["urn"] < end).to_numpy()
            now = [figures if before.all() else figures[before]]
            for packed in waiting:
                now.append(packed.select(packed.urns[(packed.urns >= begin) & (packed.urns < end)]))
            if not before.all():
                waiting.append(PackedObservations(figures[~before]))
            now = [frame for frame in now if len(frame)]
            if now:
                yield now[0] if len(now) == 1 else sort_figures(stack_observations(now))

    def _settle(self, urns: np.ndarray, files: Sequence[ToldFigures]) -> PackedObservations:
        latest = [self._latest[one.file] for one in files]
        families = [one.family for one in files]
        observations, overlaps = combine_observations(  # it alone holds the frames, and lets them go
            lend_pupils([one.observations.select(urns) for one in files], families, latest), latest
        )
        self.overlaps += overlaps
        self._filled += fill_cohorts(observations)
        self.faults += question_counts(observations)
        self._compared.add(observations)
        return PackedObservations(observations)

    def _finish(self, observations: pd.DataFrame, far: Sequence[tuple[str, int]]) -> pd.DataFrame:
        """The figures of schools as they stand; those of areas are put aside."""
        self.faults += [set_aside_row(observations, file, line) for file, line in far]
        self.tenths.add(observations)
        at_school = (observations["level"] == str(Level.SCHOOL)).to_numpy()
        if not at_school.all():
            self.areas = observations[~at_school].reset_index(drop=True)
            observations = observations[at_school]
        figures, overlaps = chain_selected(observations, self._links, self._schools, self._latest)
        self.overlaps += overlaps
        figures, withheld = withhold_with_others(figures)
        self._withheld += withheld
        return figures


@dataclass(frozen=True)
class _SomeSchools:
    """Schools that are settled together: their URNs, sorted, and the least of all those of their lines."""

    least: int
    urns: np.ndarray


def _part_schools(files: Sequence[PackedObservations], links: pd.DataFrame) -> list[_SomeSchools]:
    """All schools that ``files`` tell of, by the least URN of their line, as many together as have some rows."""
    told = [np.empty(0, "int32"), *(one.urns for one in files)]
    urns, place = np.unique(np.concatenate(told), return_inverse=True)
    rows = np.bincount(place, np.concatenate([np.empty(0), *(one.rows_of_each for one in files)]), len(urns))
    least = _find_least_of_line(urns, links)
    order = np.lexsort((urns, least))
    urns, least, before = urns[order], least[order], np.cumsum(rows[order]) - rows[order]
    begins = np.diff(least, prepend=-1) > 0
    part = np.maximum.accumulate(np.where(begins, before, 0)) // ROWS_TOGETHER
    places = np.split(np.arange(len(urns)), np.flatnonzero(np.diff(part)) + 1)
    return [_SomeSchools(int(least[at[0]]), np.sort(urns[at])) for at in places if len(at)]


def _find_least_of_line(urns: np.ndarray, links: pd.DataFrame) -> np.ndarray:
    """For each of ``urns`` the least URN among it, those it followed and those that followed it."""
    pairs = list_ancestors(links)[["urn", "ancestor"]].to_numpy("int64")
    linked, place = np.unique(pairs, return_inverse=True)
    place, least = place.reshape(pairs.shape), linked.copy()
    while len(pairs):
        known = least.copy()
        for one, other in ((0, 1), (1, 0)):
            np.minimum.at(least, place[:, one], least[place[:, other]])
        if (known == least).all():
            break
    found = urns.astype("int64")
    is_linked = np.isin(urns, linked)
    found[is_linked] = least[np.searchsorted(linked, urns[is_linked])]
    return found
