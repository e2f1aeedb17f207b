"""How published figures hang together: ``relations.yaml`` as frozen objects."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pipeline.foundation.vocabulary import PupilGroup
from pipeline.foundation.yaml_files import Record, read_record


class PercentOf(Record):
    """A percentage whose counts stand in the same row: ``part`` of the pupils of ``whole`` together."""

    counts: str
    part: PupilGroup
    whole: tuple[PupilGroup, ...]


class Bound(Record):
    """``least[0] + least[1] × by ≤ of ≤ most[0] + most[1] × by``."""

    of: str
    by: str
    least: tuple[float, float]
    most: tuple[float, float]


class OtherPupils(Record):
    """Whom a percentage is of, where not of the pupils beside it; ``until`` the year after which it is of those."""

    of: str
    until: int | None = None


class Witness(Record):
    """Columns that together are another, or a number; or of which a percentage is at least the share of another."""

    parts: tuple[str, ...]
    whole: str | float
    least_of: str | None = None


class Relations(Record):
    """All of ``relations.yaml``; each field is described there."""

    limits: dict[str, tuple[float, float]]
    not_of_cohort: dict[str, OtherPupils]
    percent_of: dict[str, PercentOf]
    counts: tuple[str, ...]
    roll: str
    halves: tuple[tuple[PupilGroup, PupilGroup], ...]
    thirds: tuple[PupilGroup, ...]
    never_above: tuple[tuple[str, str], ...]
    averages_of_halves: tuple[str, ...]
    between_halves: tuple[str, ...]
    sums_for: tuple[PupilGroup, ...]
    sums: dict[str, tuple[str, ...]]
    differences: dict[str, str]
    bounds: tuple[Bound, ...]
    bands: dict[str, str]
    never_all_below_one: tuple[str, ...]
    middles_below: tuple[tuple[str, str], ...]
    together: tuple[tuple[str, str], ...]
    witnesses: tuple[Witness, ...]

    def is_of_cohort(self, measure: str, year: int) -> bool:
        """Whether a percentage is a share of the pupils whose number stands beside it."""
        other = self.not_of_cohort.get(measure)
        return other is None or (other.until is not None and year > other.until)


@cache
def load_relations() -> Relations:
    """The relations; raises FaultyInput naming every mistake in their table."""
    return read_record(Path(__file__).parent / "relations.yaml", Relations)
