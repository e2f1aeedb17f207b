"""Schools worth a look: the gaps that are probable over the whole area, for its officers alone.

A head's report names what chance can hardly have made of one school by itself. The list goes further: over all schools
at once it names what is probably a gap, as long as few of those named are expected to be named in vain. It holds only
what a school's own report rates, in that report's own figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.analysis.country.simulation import tell_apart
from pipeline.analysis.country.worth_a_look import choose_worth_a_look, find_gap_probabilities, find_worse
from pipeline.analysis.indicators import Indicator
from pipeline.foundation.vocabulary import Rating
from pipeline.report.area.evidence import lay_out_evidence

if TYPE_CHECKING:
    from pipeline.sources.prepared import Prepared


@dataclass(frozen=True)
class Beside:
    """A school's figure beside one comparator, on the list."""

    comparator: str
    baseline: float
    probability: float  # that it is a gap as large as counts, 0 to 1
    named: bool  # the school's own report rates it a gap


@dataclass(frozen=True)
class Entry:
    """One measure of one school on the list, with the comparators beside which it is probably a gap."""

    indicator: str
    short_title: str
    key_priority: bool
    unit: str
    decimals: int
    value: float
    beside: tuple[Beside, ...]
    early: bool = False  # rests on early results, not validated


@dataclass(frozen=True)
class WorthALook:
    """The list. A gap is a measure of a school beside one comparator."""

    schools: Mapping[int, tuple[Entry, ...]]  # by URN, measures in the order of indicators
    compared: int  # comparisons whose probability is known, listed or not
    looked_at: int  # schools of which any is

    @property
    def gaps(self) -> tuple[Beside, ...]:
        """Every gap on the list."""
        return tuple(one for entries in self.schools.values() for entry in entries for one in entry.beside)

    @property
    def named(self) -> int:
        """How many of them the schools' own reports name."""
        return sum(one.named for one in self.gaps)

    @property
    def expected_false(self) -> float:
        """How many of them are expected to be none."""
        return sum(1 - one.probability for one in self.gaps)


#: The list of an area of which nothing is known that it could be made from.
NOTHING_KNOWN = WorthALook({}, 0, 0)


def find_worth_a_look(
    prepared: Prepared, school_facts: Sequence[Mapping[str, Any]], indicators: Sequence[Indicator], year: int
) -> WorthALook:
    """Choose the probable gaps of all reported schools of an area, of what their own reports rate."""
    ordered = sorted(school_facts, key=lambda facts: facts["school"]["urn"])
    if not ordered:
        return NOTHING_KNOWN
    evidence = lay_out_evidence(prepared, ordered, indicators, year, early=True)
    england, similar = tell_apart(evidence.baselines)
    held = [one for one in (england, similar) if one is not None]
    comparators = [one.comparator for one in held]
    found = np.stack(find_gap_probabilities(evidence.grid, england, similar, evidence.spread), axis=1)
    keys = [one.key for one in evidence.grid.indicators]
    rated = [_list_rated(facts) for facts in ordered]
    known = np.array([[[(key, one) in each for key in keys] for one in comparators] for each in rated], dtype=bool)
    asked = known.reshape(found.shape) & ~np.isnan(found)
    probable = np.where(asked & find_worse(evidence.grid, held), found, np.nan)
    listed = choose_worth_a_look(probable)
    schools = {}
    for row in np.flatnonzero(listed.any(axis=(1, 2))):
        shown = {one["indicator"]: one for one in ordered[row]["indicators"]}
        schools[int(ordered[row]["school"]["urn"])] = tuple(
            _describe(shown[keys[place]], dict(zip(comparators, probable[row, :, place], strict=True)), chosen)
            for place in np.flatnonzero(listed[row].any(axis=0))
            if (chosen := [one for one, is_listed in zip(comparators, listed[row, :, place], strict=True) if is_listed])
        )
    return WorthALook(schools, int(asked.sum()), int(asked.any(axis=(1, 2)).sum()))


def _list_rated(facts: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Indicator and comparator of whatever a school's own report rates: nothing else may stand on the list."""
    return frozenset(
        (one["indicator"], beside["comparator"])
        for one in facts["indicators"]
        for beside in one["comparisons"]
        if one["value"] is not None and beside["baseline"] is not None and beside["rating"] != Rating.NOT_RATED
    )


def _describe(facts: Mapping[str, Any], probable: Mapping[str, float], chosen: Iterable[str]) -> Entry:
    compared = {one["comparator"]: one for one in facts["comparisons"]}
    return Entry(
        facts["indicator"],
        facts["short_title"],
        facts["key_priority"],
        facts["unit"],
        facts["decimals"],
        facts["value"],
        tuple(
            Beside(one, compared[one]["baseline"], float(probable[one]), compared[one]["rating"] == Rating.GAP)
            for one in chosen
        ),
        facts["early"],
    )
