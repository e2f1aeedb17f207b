"""Which school followed which, and whose past results may stand as a school's own history.

Only a single predecessor by succession is a school's own past. After a merger, an amalgamation or a split the pupils
are not the same school's, so those histories are told but never joined.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.foundation.vocabulary import Level, PupilGroup, count_noun
from pipeline.sources.families.links import RegisterLinks, find_chained, join_links
from pipeline.sources.frames import LINKS, shape_frame
from pipeline.sources.joining.tellings import Telling, compare_tellings, name_tellings, order_schools, sum_overlaps
from pipeline.sources.tabular.reconcile import Overlap

#: Families that list schools whole: a school they do not name is worth a second look.
SCHOOL_LISTS = ("gias", "school_information", "spine", "ees_ks4_information", "ees_ks2_information")


@dataclass(frozen=True)
class ToldLinks:
    """What one file says of links: its own, and which schools it lists as open."""

    file: str
    family: str
    year: int | None  # of the file; None for lists of schools
    links: pd.DataFrame | None
    open_schools: frozenset[int] = frozenset()

    @property
    def is_list(self) -> bool:
        return self.family in SCHOOL_LISTS


def settle_links(told: Sequence[ToldLinks], year: int) -> tuple[pd.DataFrame, dict[str, str]]:
    """LINKS of all files as they stand in a review of the academic year that ends in ``year``, and notes by file.

    Two things keep a link from joining histories. A results file of a later year that lists the predecessor as open
    and does not repeat the link withdraws it, and such a link is left out; so does a later extract of the register's
    links. A link dated on or after the last day of the year under review (31 August; the day an old school closes is
    the day before its academy opens) has not come, and stays unchained, unless a list of schools shows the later
    school open and the earlier one not: that list knows more than a date.
    """
    standing, notes = [], {}
    for one in told:
        if one.links is not None and len(one.links):
            settled, withdrawn = _find_settled_later(one, one.links, told)
            standing.append(one.links[~settled])
            if withdrawn.any():
                notes[one.file] = f"{count_noun(int(withdrawn.sum()), 'link')} withdrawn by a later file: not used"
    joined = join_links(standing)
    come = _find_come(joined, told, year)
    joined["chained"] = False
    joined.loc[come, "chained"] = find_chained(joined[come])
    waiting = _name_pairs(joined[~come])
    for one in told:
        count = 0 if one.links is None else int(_name_pairs(one.links).isin(waiting).sum())
        if count:
            said = f"{count_noun(count, 'link')} dated after the year under review: not used yet"
            notes[one.file] = "; ".join(filter(None, [notes.get(one.file), said]))
    return shape_frame(joined, LINKS), notes


def _find_settled_later(
    one: ToldLinks, links: pd.DataFrame, told: Sequence[ToldLinks]
) -> tuple[np.ndarray, np.ndarray]:
    """Which of a file's ``links`` a later file has its own word on, and which of these it does not repeat."""
    settled, withdrawn = np.zeros(len(links), dtype=bool), np.zeros(len(links), dtype=bool)
    for other in told:
        if one.family == other.family == RegisterLinks.family:
            concerned = np.full(len(links), _date_extract(other) > _date_extract(one) > "")
        elif one.is_list or other.is_list or one.year is None or other.year is None or other.year <= one.year:
            continue
        else:
            concerned = links["predecessor"].isin(other.open_schools).to_numpy(dtype=bool)
        settled |= concerned
        withdrawn |= concerned & ~_is_told_by(other, links)
    return settled, withdrawn


def _date_extract(one: ToldLinks) -> str:
    """The day in an extract's name (links_edubasealldata20250422.csv); "" where it has none."""
    match = re.search(r"(20\d{6})(?!\d)", one.file.rsplit("/", 1)[-1])
    return match[1] if match else ""


def _is_told_by(other: ToldLinks, links: pd.DataFrame) -> np.ndarray:
    return (
        np.zeros(len(links), dtype=bool) if other.links is None else _name_pairs(links).isin(_name_pairs(other.links))
    )


def _name_pairs(links: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(links[["urn", "predecessor"]].astype("int64"))


def _find_come(joined: pd.DataFrame, told: Sequence[ToldLinks], year: int) -> np.ndarray:
    """Whether each link's day lies before the end of the year under review, or a list of schools shows that it came."""
    listed = frozenset().union(*(one.open_schools for one in told if one.is_list))
    shown = joined["urn"].isin(listed) & ~joined["predecessor"].isin(listed)
    return ((joined["date"] < f"{year}-08-31") | shown).to_numpy(dtype=bool)


def list_carried_on(links: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """The chained LINKS whose later school is among ``schools``: of their predecessors it carries on the history."""
    return links[links["chained"].fillna(False).astype(bool) & links["urn"].isin(schools["urn"])]


def list_ancestors(links: pd.DataFrame) -> pd.DataFrame:
    """Every school with each school of its own line: columns urn, ancestor and steps (1 for the predecessor)."""
    chained = links.loc[links["chained"].astype(bool), ["urn", "predecessor"]].astype("int64")
    line = chained.rename(columns={"predecessor": "ancestor"}).assign(steps=1)
    lines, farther = [line], line
    while len(farther):
        farther = farther.merge(chained, left_on="ancestor", right_on="urn", suffixes=("", "_between"))
        farther = farther.assign(ancestor=farther["predecessor"], steps=farther["steps"] + 1)[list(line)]
        lines.append(farther)
    return pd.concat(lines, ignore_index=True).sort_values(["urn", "steps"], ignore_index=True)


def chain_histories(
    observations: pd.DataFrame, links: pd.DataFrame, schools: pd.DataFrame, latest: Mapping[str, int] | None = None
) -> tuple[pd.DataFrame, list[Overlap]]:
    """OBSERVATIONS with, for each school in ``schools``, what was published of the schools it followed singly.

    An added row is a copy of the predecessor's with ``urn`` the school of today; ``published_urn`` stays the
    predecessor's. All pupil groups of a measure and year come from one school, that whose telling of all pupils
    ``tellings.order_schools`` puts first; the nearest where several tell alike. A figure of another group that one of
    the line withholds stays withheld. Nothing else of a school's own is changed, and predecessors keep their rows.

    ``latest`` gives the latest year of each file; without it every row counts as one of its own year. Told besides is
    what was set aside for what.
    """
    ancestors = list_ancestors(links)
    ancestors = ancestors[ancestors["urn"].isin(schools["urn"].astype("int64"))]
    if ancestors.empty or observations.empty:
        return observations, []
    rows = observations.reset_index(drop=True)
    candidates = _list_candidates(rows, ancestors, latest or {})
    chosen = _keep_withheld(_choose_schools(candidates), candidates)
    copies = chosen[chosen["steps"] > 0].sort_values(["urn", "row"], kind="stable")
    added = rows.iloc[copies["row"].to_numpy()].copy()
    added["urn"] = copies["urn"].astype(rows["urn"].dtype).array
    own = candidates.loc[candidates["steps"] == 0, "row"].to_numpy()
    kept = np.ones(len(rows), dtype=bool)
    kept[own] = np.isin(own, chosen.loc[chosen["steps"] == 0, "row"])
    return pd.concat([rows[kept], added], ignore_index=True), _count_set_aside(rows, candidates, chosen)


def _list_candidates(rows: pd.DataFrame, ancestors: pd.DataFrame, latest: Mapping[str, int]) -> pd.DataFrame:
    """Each row as a telling of a school's figure: row, urn, steps, place, key, group, is_all, telling, order."""
    at_school = ((rows["level"] == str(Level.SCHOOL)) & rows["urn"].notna()).to_numpy()
    urn = rows["urn"].fillna(0).to_numpy("int64")
    own = np.flatnonzero(at_school & np.isin(urn, ancestors["urn"]))
    from_ancestor = np.flatnonzero(at_school & np.isin(urn, ancestors["ancestor"]))
    lines = pd.DataFrame({"row": from_ancestor, "ancestor": urn[from_ancestor]}).merge(ancestors, on="ancestor")
    found = pd.concat(
        [pd.DataFrame({"row": own, "urn": urn[own], "steps": 0}), lines[["row", "urn", "steps"]]], ignore_index=True
    ).astype("int64")
    those = rows.iloc[found["row"].to_numpy()]
    years = those["file"].astype(str).map(dict(latest)).fillna(0).to_numpy()
    found["key"] = _key_rows(found["urn"].to_numpy(), those)
    found["place"] = np.arange(len(found))
    found["group"] = those["group"].cat.codes.to_numpy()
    found["is_all"] = (those["group"] == str(PupilGroup.ALL)).to_numpy()
    found["telling"] = name_tellings(those, years)
    found["order"] = order_schools(found["telling"].to_numpy(), (found["steps"] == 0).to_numpy())
    return found


def _choose_schools(candidates: pd.DataFrame) -> pd.DataFrame:
    """Of each figure the rows of the school whose telling stands first: of all pupils, else of any group."""
    nothing = len(Telling) * 2
    of_all = candidates["order"].where(candidates["is_all"], nothing)
    each = candidates.assign(of_all=of_all).groupby(["key", "steps"])[["of_all", "order"]].min().reset_index()
    best = each.sort_values(["key", "of_all", "order", "steps"]).drop_duplicates("key")
    return candidates.merge(best[["key", "steps"]], on=["key", "steps"])


def _keep_withheld(chosen: pd.DataFrame, candidates: pd.DataFrame) -> pd.DataFrame:
    """``chosen`` with each number that another school of the line withholds replaced by that school's cell.

    A school's own row of that year speaks of its own pupils and stands.
    """
    number = chosen["telling"].isin([Telling.FULL_THEN, Telling.VALUE_THEN, Telling.FULL_LATER, Telling.VALUE_LATER])
    own_then = (chosen["steps"] == 0) & chosen["telling"].isin([Telling.FULL_THEN, Telling.VALUE_THEN])
    withheld = candidates[candidates["telling"].isin([Telling.WITHHELD_THEN, Telling.WITHHELD_LATER])]
    withheld = withheld.sort_values(["order", "steps"], kind="stable").drop_duplicates(["key", "group"])
    shown = chosen.loc[number & ~own_then, ["key", "group", "place"]]
    revealed = shown.merge(withheld, on=["key", "group"], suffixes=("_shown", ""))
    kept = chosen[~chosen["place"].isin(revealed["place_shown"])]
    return pd.concat([kept, revealed[list(chosen)]], ignore_index=True)


def _count_set_aside(rows: pd.DataFrame, candidates: pd.DataFrame, chosen: pd.DataFrame) -> list[Overlap]:
    """What each file's tellings gave way to: the same figure from another school of the line, or none of that group."""
    gone = candidates[~candidates["place"].isin(chosen["place"])]
    same = gone.merge(chosen[["key", "group", "row"]], on=["key", "group"], how="left", suffixes=("", "_stands"))
    told = same[same["row_stands"].notna()]
    pairs = np.r_[told["row_stands"].to_numpy("int64"), told["row"].to_numpy("int64")]
    overlaps = compare_tellings(rows.take(pairs)) if len(told) else []
    alone = same.loc[same["row_stands"].isna(), ["key", "row"]]
    alone = alone.merge(chosen[["key", "row"]].drop_duplicates("key"), on="key", suffixes=("", "_stands"))
    file = rows["file"].astype(str).to_numpy()
    counted = Counter(zip(file[alone["row_stands"]], file[alone["row"]], strict=True))
    overlaps += [
        Overlap(won_by=won_by, set_aside=set_aside, agree=0, disagree=0, alone=count)
        for (won_by, set_aside), count in counted.items()
    ]
    return sum_overlaps(overlaps)


def _key_rows(urn: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """One number for each school, measure and year."""
    measures = rows["measure"].cat.codes.to_numpy("int64")
    return (urn << 32) | (measures << 16) | rows["year"].to_numpy("int64")
