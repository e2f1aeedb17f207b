"""What a reader could work out of what is kept of a school, tried as somebody would who wants a withheld figure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Told:
    """A figure that something of ours tells: of how many pupils, where that is told too."""

    value: float
    pupils: float | None
    where: str


@dataclass(frozen=True)
class Withheld:
    """A share that the publisher withholds: of how many pupils, and between what it lies, as other cells of the
    published file give it away."""

    urn: int
    what: str
    pupils: int
    lowest: float
    highest: float

    def is_given_by(self, value: float) -> bool:
        """Whether ``value`` is the withheld share, as nearly as whole pupils tell shares apart."""
        half = 50 / self.pupils
        return self.lowest - half < value < self.highest + half


def list_told(facts: Mapping[str, Any], indicator: str) -> list[Told]:
    """Every figure of one indicator that a school's facts hold, also those that only a difference tells."""
    found = []
    for one in facts["indicators"]:
        if not one["indicator"].startswith(indicator):
            continue
        name = one["indicator"]
        found.append(Told(one["value"], one["pupils"], f"{name}, pooled"))
        found += [Told(year["value"], year["pupils"], f"{name}, {year['year']}") for year in one["by_year"]]
        if one["own_gap"] is not None:
            found.append(Told(one["value"] + one["own_gap"], None, f"{name}, other pupils"))
        for beside in [] if one["gap"] is None else [one["gap"], *one["gap"]["by_year"]]:
            if None not in (beside["value"], beside["others"]):
                found.append(Told(beside["value"] + beside["others"], None, f"{name}, from its gap"))
        if one["trend"] is not None:
            found.append(Told(one["by_year"][-1]["value"] - one["trend"]["change"], None, f"{name}, before"))
        for beside in one["comparisons"]:
            if None not in (beside["baseline"], beside["difference"]):
                found.append(Told(beside["baseline"] + beside["difference"], one["pupils"], f"{name}, compared"))
    return [told for told in found if told.value is not None]


def find_ways(told: Sequence[Told], withheld: Withheld) -> Iterator[str]:
    """Every difference, complement and ratio of what is told that gives the withheld share of so many pupils."""
    for one in told:
        if one.pupils == withheld.pupils and withheld.is_given_by(one.value):
            yield f"{one.where}: it stands there"
        if one.pupils == withheld.pupils and withheld.is_given_by(100 - one.value):
            yield f"100 less {one.where}"
    known = [one for one in told if one.pupils]
    for count in (1, 2):
        for whole in known:
            for parts in itertools.combinations([one for one in known if one is not whole], count):
                rest = whole.pupils - sum(part.pupils for part in parts)
                if rest != withheld.pupils:  # how many there are is published: what is left must be those
                    continue
                did = whole.value * whole.pupils - sum(part.value * part.pupils for part in parts)
                if withheld.is_given_by(did / rest):
                    yield f"{whole.where} less {', '.join(part.where for part in parts)}"
    for one, other in itertools.permutations(known, 2):
        if other.pupils == withheld.pupils and other.value and withheld.is_given_by(100 * one.value / other.value):
            yield f"{one.where} over {other.where}"
