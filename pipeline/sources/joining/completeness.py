"""Rows that a file has lost: its authority's own row counts more pupils than its schools have, or is not there itself.

A download that was cut at the end of a line, or from which rows were deleted, is still a table that reads well. The
rows of authorities, which the same file holds, tell of the schools that should be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pandas as pd

from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import Level, PupilGroup
from pipeline.foundation.yaml_files import Record, read_record

_AGAIN = "Compare the number of rows with the publisher's file, or download it again. If it is complete, go on."


class Count(Record):
    """The measure by which a family counts pupils, and the share of an authority's that its schools may be short of."""

    measure: str | None = None  # none where its files count no pupils that are in one school alone
    short: float = 0.0
    short_provisional: float = 0.0


class Counts(Record):
    """All of ``completeness.yaml``: the families whose files hold a row for every authority."""

    families: dict[str, Count]


@cache
def load_counts() -> Mapping[str, Count]:
    """The families of ``completeness.yaml``; raises FaultyInput naming every mistake in it."""
    return read_record(Path(__file__).with_name("completeness.yaml"), Counts).families


#: A school whose count is withheld has at most this many pupils (the publisher withholds 5 or fewer).
MOST_WITHHELD = 5


def find_lost_rows(
    family: str, name: str, observations: pd.DataFrame, schools: pd.DataFrame | None, *, is_provisional: bool = False
) -> list[Fault]:
    """Faults for authorities whose schools are fewer than their row says, and for authorities without a row.

    ``observations`` and ``schools`` are what the file ``name`` gave (OBSERVATIONS, SCHOOLS).
    """
    count = load_counts().get(family)
    if count is None or observations.empty:
        return []
    faults = _find_missing_authorities(name, observations)
    if count.measure is not None:
        short = count.short_provisional if is_provisional else count.short
        faults += _find_short_authorities(name, observations, schools, count.measure, short)
    return faults


def _find_missing_authorities(name: str, observations: pd.DataFrame) -> list[Fault]:
    told = {
        level: set(observations.loc[observations["level"] == level, "la"].dropna().unique())
        for level in (Level.SCHOOL, Level.AUTHORITY)
    }
    missing = sorted(told[Level.SCHOOL] - told[Level.AUTHORITY])
    if not missing:
        return []
    named = ", ".join(str(la) for la in missing[:8]) + (" …" if len(missing) > 8 else "")
    whose = f"authority {named}" if len(missing) == 1 else f"the authorities {named}"
    what = (
        f"the file has schools of {whose}, but no row of the authority itself: they cannot be shown beside its own "
        "figures, nor counted against them"
    )
    return [Fault(name, None, None, what, "Take the publisher's file with the authority's row left in.")]


def _find_short_authorities(
    name: str, observations: pd.DataFrame, schools: pd.DataFrame | None, measure: str, most_short: float
) -> list[Fault]:
    counts = observations[(observations["measure"] == measure) & (observations["group"] == PupilGroup.ALL)]
    counts = counts[counts["year"] == counts["year"].max()]
    rows = counts[counts["level"] == Level.AUTHORITY].dropna(subset=["value", "la"]).drop_duplicates("la")
    at_school = counts[counts["level"] == Level.SCHOOL]
    if schools is not None and len(schools):
        private = schools.loc[(schools["state_funded"] == False).fillna(False), "urn"]  # noqa: E712 - three-valued
        at_school = at_school[~at_school["urn"].isin(private)]
    found = at_school.groupby("la", observed=True).agg(
        pupils=("value", "sum"), schools=("urn", "nunique"), rows=("value", "size"), told=("value", "count")
    )
    faults = []
    for row in rows.sort_values("line").itertuples(index=False):
        pupils, number, all_rows, told = found.loc[row.la] if row.la in found.index else (0, 0, 0, 0)
        short = row.value - pupils - MOST_WITHHELD * (all_rows - told)
        if number and short > max(most_short * row.value, MOST_WITHHELD):
            what = (
                f"the row of authority {row.la} counts {row.value:,.0f} pupils, its {int(number)} schools in this file "
                f"{pupils:,.0f}: rows of schools are missing"
            )
            faults.append(Fault(name, int(row.line), str(row.column), what, _AGAIN))
    return faults
