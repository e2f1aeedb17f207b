"""Files that know schools by their LAESTAB alone: whose figures they are, as the edition's other files tell it.

A LAESTAB is an authority's three digits and an establishment's four. An academy keeps the one of the school it follows,
and a school that changes gets another, so that of a number and a year is asked who bore it then. Nobody is guessed: a
figure whose school is not known for certain is not used, and counted.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.foundation.vocabulary import Level, count_noun

#: School rolls are counted on a Thursday in the middle of January: who bore the number then is the school of the year.
CENSUS_DAY = "01-16"


def list_bearers(schools: Sequence[tuple[int | None, pd.DataFrame]]) -> pd.DataFrame:
    """Who bore which LAESTAB: ``laestab``, ``urn``, ``told`` (the year of a file of results, else 0), dates.

    ``schools`` are SCHOOLS frames, each with the year of its file; None for lists, which are of no year. ``opened`` and
    ``closed`` are ISO dates, "" where no file says.
    """
    named = [
        frame.loc[frame["laestab"].notna(), ["laestab", "urn", "opened", "closed"]].assign(told=year or 0)
        for year, frame in schools
    ]
    none = pd.DataFrame({"laestab": [], "urn": [], "opened": [], "closed": [], "told": []})
    found = pd.concat(named or [none], ignore_index=True)
    found = found.astype({"laestab": "int64", "urn": "int64", "opened": "string", "closed": "string", "told": "int64"})
    for name in ("opened", "closed"):  # a list alone has them: what it says holds in every file
        found[name] = found[name].fillna("").groupby(found["urn"]).transform("max")
    return found.drop_duplicates(ignore_index=True)


def find_schools(laestabs: pd.DataFrame, bearers: pd.DataFrame) -> pd.Series:
    """URN (Int64) by ``laestab`` and ``year``, the columns of ``laestabs``; only of those known for certain.

    Whoever a file of that very year names bore the number; else who was open on census day, where nobody else was.
    """
    wanted = laestabs.drop_duplicates()
    pairs = wanted.merge(bearers, on="laestab")
    day = pairs["year"].astype(str) + "-" + CENSUS_DAY
    started = (pairs["opened"] == "") | (pairs["opened"] <= day)
    is_open = started & ((pairs["closed"] == "") | (pairs["closed"] > day))
    pairs = pairs.assign(is_told=pairs["told"] == pairs["year"], is_open=is_open)
    pairs = pairs.groupby(["laestab", "year", "urn"], as_index=False)[["is_told", "is_open"]].max()
    found = [_choose_single(pairs[pairs["is_open"]]), _choose_single(pairs[pairs["is_told"]])]
    certain: pd.Series = found[1].combine_first(found[0])
    return certain.astype("Int64")


def _choose_single(pairs: pd.DataFrame) -> pd.Series:
    alone = pairs[~pairs.duplicated(["laestab", "year"], keep=False)]
    return alone.set_index(["laestab", "year"])["urn"]


def join_by_laestab(observations: pd.DataFrame, bearers: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """OBSERVATIONS whose schools bear their LAESTAB as URN, with their URNs; without those not known; and notes."""
    at_school = (observations["level"] == str(Level.SCHOOL)).to_numpy()
    numbers = pd.DataFrame(
        {"laestab": observations["urn"].astype("Int64"), "year": observations["year"].astype("int64")}
    )[at_school].astype("int64")
    known = find_schools(numbers, bearers)
    known = known[~known.to_frame().reset_index().duplicated(["urn", "year"], keep=False).to_numpy()]
    urn = known.reindex(pd.MultiIndex.from_frame(numbers)).set_axis(numbers.index)
    joined = observations["urn"].astype("Int64").copy()
    joined[at_school] = urn
    joined = joined.astype("Int32")
    kept = ~at_school | joined.notna().to_numpy()
    frame = observations.assign(urn=joined, published_urn=joined)[kept].reset_index(drop=True)
    schools = numbers["laestab"].nunique()
    lost = numbers.loc[urn.isna(), ["laestab", "year"]].drop_duplicates()
    notes = [
        f"{count_noun(schools, 'school')} known by LAESTAB alone; their URNs are those of the edition's other files"
    ]
    if len(lost):
        found = sorted(lost["laestab"].unique())
        named = f"{', '.join(map(str, found[:3]))}{', …' if len(found) > 3 else ''}"
        notes.append(
            f"{count_noun(len(lost), 'row')} of {count_noun(len(found), 'LAESTAB')} not used: no file of the edition "
            f"tells for certain which school bore the number that year ({named})"
        )
    return frame, tuple(notes)
