"""What brokering has to know of a school: its areas for improvement, its clear strengths, and where it lies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot
from typing import Any

import pandas as pd

from pipeline.edition.support.focus import Area, list_areas
from pipeline.foundation.vocabulary import Rating, count_noun
from pipeline.policy.outcome import Sureness

DOUBTED = " (category doubtful)"
_METRES_A_MILE = 1609.344
#: Where the register gives no place, what a distance is taken to be, in miles, and what is said of it.
_SAME_TOWN = (2.0, "the same town")
_SAME_DISTRICT = (8.0, "the same district")
_ELSEWHERE = (25.0, "how far is not known")


@dataclass(frozen=True)
class Place:
    """Where a school lies. ``grid`` is metres east and north on the National Grid, None where no file gives them."""

    town: str = ""
    district: str = ""
    grid: tuple[int, int] | None = None


@dataclass(frozen=True)
class Distance:
    """How far two schools lie apart: in a straight line where both places are known, else taken to be so far."""

    miles: float
    words: str


@dataclass(frozen=True)
class BrokeredSchool:
    """One school. ``category`` is a key of the policy; ``strengths`` are titles of what is strong in each area in which
    the school has a strength and no gap, by the area's key. ``doubtful`` where other categories together are likelier
    than its own and no panel has decided."""

    urn: int
    name: str
    phase: str
    category: str
    place: Place = Place()
    areas: tuple[Area, ...] = ()
    strengths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    doubtful: bool = False

    @property
    def doubted_name(self) -> str:
        """Its name, and where its category is doubtful, that too: by it a school is named to help."""
        return self.name + (DOUBTED if self.doubtful else "")

    def might_give(self, other: BrokeredSchool) -> bool:
        """Whether it has a clear strength in an area in which the other has a gap."""
        return any(area.key in self.strengths for area in other.areas)


def read_brokered_school(facts: Mapping[str, Any], place: Place | None = None) -> BrokeredSchool:
    """Read a school from the facts of its report. What is withheld there is rated nothing, so it is neither a gap nor a
    strength here. Where no ``place`` is known, the school's town is all there is."""
    school = facts["school"]
    return BrokeredSchool(
        school["urn"],
        school["name"],
        school["phase"],
        facts["final"]["category"],
        place or Place(school["town"]),
        list_areas(facts["indicators"]),
        _find_strengths(facts["indicators"]),
        _is_doubtful(facts),
    )


def _is_doubtful(facts: Mapping[str, Any]) -> bool:
    certainty, decided = facts.get("certainty") or {}, facts["final"]["decided_by_panel"]
    return certainty.get("sureness") == Sureness.DOUBTFUL and not decided


def _find_strengths(indicators: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """By subject, and by theme of what is of no subject: what is rated a strength, where nothing of it is a gap."""
    found: dict[str, list[str]] = defaultdict(list)
    gaps: set[str] = set()
    for one in indicators:
        keys = one["subjects"] or (one["theme"],)
        beside = [each["comparator"] for each in one["comparisons"] if each["rating"] == Rating.STRENGTH]
        if any(each["rating"] == Rating.GAP for each in one["comparisons"]):
            gaps.update(keys)
        if beside:
            words = f"{one['short_title']}{', early' if one['early'] else ''} ({_name_comparators(beside)})"
            for key in keys:
                found[key].append(words)
    return {key: tuple(titles) for key, titles in found.items() if key not in gaps}


def _name_comparators(beside: Sequence[str]) -> str:
    return f"beside {' and '.join(_BESIDE.get(one, one) for one in beside)}"


_BESIDE = {"england": "England", "similar": "similar schools"}


def read_places(schools: pd.DataFrame) -> dict[int, Place]:
    """Where each school lies, by URN, from SCHOOLS."""
    rows = schools[["urn", "town", "district", "easting", "northing"]].itertuples(index=False)
    return {
        int(urn): Place(
            town or "", district or "", None if pd.isna(east) or pd.isna(north) else (int(east), int(north))
        )
        for urn, town, district, east, north in rows
    }


def measure_distance(one: Place, other: Place) -> Distance:
    """How far two places lie apart."""
    if one.grid and other.grid:
        miles = hypot(one.grid[0] - other.grid[0], one.grid[1] - other.grid[1]) / _METRES_A_MILE
        return Distance(miles, f"about {count_noun(round(miles), 'mile')} away" if miles >= 1 else "under a mile away")
    return Distance(*_guess_distance(one, other))


def _guess_distance(one: Place, other: Place) -> tuple[float, str]:
    if one.town and one.town.casefold() == other.town.casefold():
        return _SAME_TOWN
    if one.district and one.district.casefold() == other.district.casefold():
        return _SAME_DISTRICT
    return _ELSEWHERE
