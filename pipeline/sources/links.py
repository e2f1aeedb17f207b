"""Which school followed which, and whose past results may stand as a school's own history.

Only a single predecessor by succession is a school's own past. After a merger, an amalgamation or a split the pupils
are not the same school's, so those histories are told but never joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from pipeline.sources.frames import LINKS, shape_frame
from pipeline.sources.headings import WantedColumn
from pipeline.sources.identifiers import clear_words, list_faults, list_unreadable_dates, read_dates, read_whole_numbers
from pipeline.sources.reading import RawTable, Reading, Source
from pipeline.vocabulary import Availability, Level

SUCCESSION, MERGER, AMALGAMATION, SPLIT = "succession", "merger", "amalgamation", "split"
#: Where two rows name different kinds for one pair, the first of these stands: histories join only when all agree.
_MOST_CAUTIOUS_FIRST = (MERGER, AMALGAMATION, SPLIT, SUCCESSION)

#: The register's link types → (kind, which of the two came first). *linked* is the school in LinkURN.
#: "Result of Amalgamation" and "Merged - …" stand on both schools' rows alike and do not say which came first.
LINK_TYPES: dict[str, tuple[str, str]] = {
    "predecessor": (SUCCESSION, "linked"),
    "successor": (SUCCESSION, "self"),
    "predecessor - merged": (MERGER, "linked"),
    "successor - merged": (MERGER, "self"),
    "predecessor - amalgamated": (AMALGAMATION, "linked"),
    "successor - amalgamated": (AMALGAMATION, "self"),
    "predecessor - split school": (SPLIT, "linked"),
    "successor - split school": (SPLIT, "self"),
    "result of amalgamation": (AMALGAMATION, "either"),
    "merged - change in age range": (MERGER, "either"),
    "merged - expansion of school capacity": (MERGER, "either"),
    "merged - expansion in school capacity and changer in age range": (MERGER, "either"),
    "merged - expansion in school capacity and change in age range": (MERGER, "either"),
}
#: Links that are no history: sixth form centres, expansions, closures.
OTHER_LINKS = frozenset({"sixth form centre school", "sixth form centre link", "other", "expansion", "closure"})

#: What a cell of a school's own says where it tells nothing of the school, and its predecessor's row may tell more.
NOT_TOLD = (Availability.NOT_APPLICABLE, Availability.NOT_AVAILABLE, Availability.NEW_SCHOOL)

_COLUMNS = ("URN", "LinkURN", "LinkType", "LinkEstablishedDate")


class RegisterLinks:
    """The register's links file (links_edubasealldata): one row per school and linked school."""

    family = "gias_links"
    title = "Get Information about Schools, links"
    needs_year = False

    def recognises(self, header: tuple[str, ...]) -> bool:
        return set(_COLUMNS) <= set(header)

    def list_wanted(self, header: tuple[str, ...], year: int | None) -> tuple[WantedColumn, ...]:
        return tuple(WantedColumn(name) for name in _COLUMNS)

    def find_year(self, table: RawTable) -> int | None:
        return None

    def read(self, table: RawTable, year: int | None) -> Reading:
        """LINKS of the table: both directions are read, and count once."""
        types = table.cells["LinkType"].str.strip().str.lower()
        urn, linked = (read_whole_numbers(table.cells[name]) for name in ("URN", "LinkURN"))
        numbered = urn.notna() & linked.notna()
        to_itself = numbered & (urn == linked).fillna(False)
        usable = numbered & ~to_itself & types.isin(LINK_TYPES.keys())
        remedy = "Give the register's six digits."
        faults = list_faults(table, urn.isna(), "URN", "{cell} is not a URN", remedy)
        faults += list_faults(table, linked.isna(), "LinkURN", "{cell} is not a URN", remedy)
        faults += list_faults(table, to_itself, "LinkURN", "the school is linked to itself", "Remove the row.")
        faults += list_unreadable_dates(table, ["LinkEstablishedDate"])
        unknown = ~types.isin(LINK_TYPES.keys()) & ~types.isin(OTHER_LINKS)
        kinds = types.map(lambda word: LINK_TYPES.get(word, ("",))[0])
        rows = {kind: int((usable & (kinds == kind)).sum()) for kind in _MOST_CAUTIOUS_FIRST}
        rows["other link"] = int((numbered & ~to_itself & types.isin(OTHER_LINKS)).sum())
        rows["link of an unknown type"] = int((numbered & ~to_itself & unknown).sum())
        rows["unusable"] = int((~numbered | to_itself).sum())
        return Reading(
            links=join_links(
                [_direct_links(urn, linked, types, read_dates(clear_words(table.cells[_COLUMNS[3]])), usable)]
            ),
            rows_by_kind={kind: count for kind, count in rows.items() if count},
            columns_used=_COLUMNS,
            columns_unused=tuple(name for name in table.header if name not in _COLUMNS),
            faults=tuple(faults),
            notes=tuple(
                f"{count} links of the unknown type {word!r} are not read"
                for word, count in table.cells.loc[unknown, "LinkType"].value_counts().sort_index().items()
            ),
            year=year,
        )


def _direct_links(
    urn: pd.Series, linked: pd.Series, types: pd.Series, dates: pd.Series, usable: pd.Series
) -> pd.DataFrame:
    """One row per link from the later school to the earlier; both ways round where the type does not say."""
    rows = pd.DataFrame({"self": urn, "linked": linked, "type": types, "date": dates})[usable]
    rows["kind"] = rows["type"].map(lambda word: LINK_TYPES[word][0])
    first = rows["type"].map(lambda word: LINK_TYPES[word][1])
    later_self = rows[first.isin(["linked", "either"])].rename(columns={"self": "urn", "linked": "predecessor"})
    later_linked = rows[first.isin(["self", "either"])].rename(columns={"linked": "urn", "self": "predecessor"})
    return pd.concat([later_self, later_linked])[["urn", "predecessor", "kind", "date"]]


_LISTED = re.compile(r"(\d{5,7}) (.+)")
#: What the list says of a school without links.
_NO_LINKS = ("", "does not have links")


def read_listed_links(urn: pd.Series, cells: pd.Series, opened: pd.Series) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """LINKS from cells such as ``115961 Predecessor; 148215 Successor``, and a note of those that are not read.

    ``urn`` (Int64) and ``opened`` (as published) are of the schools whose cells they are. The list dates no link: the
    day the later school opened stands, where the list has it.
    """
    listed = pd.DataFrame({"self": urn, "cell": cells.str.split(";")}).explode("cell", ignore_index=True)
    listed["cell"] = listed["cell"].fillna("").str.strip()
    listed = listed[listed["self"].notna() & ~listed["cell"].str.lower().isin(_NO_LINKS)].reset_index(drop=True)
    parts = listed["cell"].str.extract(_LISTED)
    linked, types = read_whole_numbers(parts[0].fillna("")), parts[1].fillna("").str.lower()
    usable = linked.notna() & (linked != listed["self"]).fillna(False) & types.isin(LINK_TYPES.keys())
    links = _direct_links(listed["self"], linked, types, pd.Series("", index=listed.index), usable)
    first_days = pd.Series(read_dates(opened).to_numpy(), index=urn)
    first_days = first_days[first_days.index.notna() & ~first_days.index.duplicated()]
    links["date"] = links["urn"].map(first_days).fillna("")
    unread = listed.loc[~usable & ~types.isin(OTHER_LINKS), "cell"]
    return join_links([links]), tuple(
        f"{count} links listed as {word!r} are not read"
        for word, count in unread.str.replace(r"\d+", "…", regex=True).value_counts().sort_index().items()
    )


def join_links(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """All links once, as LINKS sorted by urn and predecessor; ``chained`` is decided over all of them together.

    ``frames`` have urn, predecessor, kind and date. The two directions of a link may differ in date by a day (a school
    closes on the 31st, its academy opens on the 1st) or lack one: the earliest stands. It may be a planned date, and
    decides nothing. Where they differ in kind, a merger, amalgamation or split stands before a succession.
    """
    found = [frame[["urn", "predecessor", "kind", "date"]].astype(object) for frame in frames if len(frame)]
    if not found:
        return shape_frame(pd.DataFrame(columns=list(LINKS)), LINKS)
    stacked = pd.concat(found, ignore_index=True)
    stacked["caution"] = stacked["kind"].map({kind: rank for rank, kind in enumerate(_MOST_CAUTIOUS_FIRST)})
    stacked = stacked.astype({"urn": "int32", "predecessor": "int32", "caution": "int8"})
    pair = ["urn", "predecessor"]
    dated = stacked[stacked["date"] != ""].sort_values("date", kind="stable").drop_duplicates(pair)
    pairs = stacked.sort_values("caution", kind="stable").drop_duplicates(pair)[[*pair, "kind"]]
    pairs = pairs.merge(dated[[*pair, "date"]], on=pair, how="left").sort_values(pair, ignore_index=True)
    pairs["date"] = pairs["date"].fillna("")
    pairs["chained"] = _find_chained(pairs)
    return shape_frame(pairs, LINKS)


def _find_chained(pairs: pd.DataFrame) -> pd.Series:
    """Whether each pair is a single succession: one predecessor, which has one successor, and no circle."""
    alone = ~pairs["urn"].duplicated(keep=False) & ~pairs["predecessor"].duplicated(keep=False)
    chained = alone & (pairs["kind"] == SUCCESSION)
    before = dict(zip(pairs.loc[chained, "urn"], pairs.loc[chained, "predecessor"], strict=True))
    return chained & ~pairs["urn"].isin(_find_circles(before))


def _find_circles(before: dict[int, int]) -> set[int]:
    """The schools that come back to themselves when their predecessors are followed."""
    in_circle: set[int] = set()
    followed: set[int] = set()
    for start in before:
        path: list[int] = []
        school: int | None = start
        while school is not None and school not in followed:
            followed.add(school)
            path.append(school)
            school = before.get(school)
        if school in path:
            in_circle.update(path[path.index(school) :])
    return in_circle


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


def chain_histories(observations: pd.DataFrame, links: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """OBSERVATIONS with, for each school in ``schools``, what was published of the schools it followed singly.

    An added row is a copy of the predecessor's with ``urn`` the school of today; ``published_urn`` stays the
    predecessor's. All pupil groups of a measure and year come from one school: the school itself where any of its
    cells tells something, else the nearest of its line whose cells do. A cell tells something where it is a number, or
    says why there is none (suppressed, low coverage, no entries); NOT_TOLD gives way, for an academy's own row says
    "not applicable" of the years before it opened. Nothing else of a school's own is changed, and predecessors keep
    their rows.
    """
    ancestors = list_ancestors(links)
    ancestors = ancestors[ancestors["urn"].isin(schools["urn"].astype("int64"))]
    if ancestors.empty or observations.empty:
        return observations
    rows = observations.reset_index(drop=True)
    at_school = ((rows["level"] == str(Level.SCHOOL)) & rows["urn"].notna()).to_numpy()
    urn = rows["urn"].fillna(0).to_numpy("int64")
    own = _candidates(rows, np.flatnonzero(at_school & np.isin(urn, ancestors["urn"])), steps=0)
    from_ancestor = np.flatnonzero(at_school & np.isin(urn, ancestors["ancestor"]))
    lines = pd.DataFrame({"row": from_ancestor, "ancestor": urn[from_ancestor]}).merge(ancestors, on="ancestor")
    lent = _candidates(rows, lines["row"].to_numpy(), lines["steps"].to_numpy(), lines["urn"].to_numpy())
    chosen = _choose_nearest(pd.concat([own, lent], ignore_index=True))

    copies = chosen[chosen["steps"] > 0].sort_values(["urn", "row"], kind="stable")
    added = rows.iloc[copies["row"].to_numpy()].copy()
    added["urn"] = copies["urn"].astype(rows["urn"].dtype).array
    kept = np.ones(len(rows), dtype=bool)
    kept[own["row"]] = np.isin(own["row"], chosen.loc[chosen["steps"] == 0, "row"])
    return pd.concat([rows[kept], added], ignore_index=True)


def _candidates(rows: pd.DataFrame, places: np.ndarray, steps: Any, urn: np.ndarray | None = None) -> pd.DataFrame:
    """The rows at ``places`` as history of ``urn`` (their own where not given): figure, and whether the cell tells."""
    found = rows.iloc[places]
    urns = found["urn"].to_numpy("int64") if urn is None else urn
    tells = ~found["availability"].isin([str(kind) for kind in NOT_TOLD]).to_numpy()
    return pd.DataFrame(
        {"row": places, "urn": urns, "key": _key_rows(urns, found), "steps": steps, "is_silent": ~tells}
    )


def _choose_nearest(candidates: pd.DataFrame) -> pd.DataFrame:
    """Of each figure, the rows of the nearest school whose cells tell something; of the nearest where none does."""
    each = candidates.groupby(["key", "steps"])["is_silent"].all().reset_index()
    best = each.sort_values(["key", "is_silent", "steps"]).drop_duplicates("key")
    return candidates.merge(best[["key", "steps"]], on=["key", "steps"])


def _key_rows(urn: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """One number for each school, measure and year."""
    measures = rows["measure"].cat.codes.to_numpy("int64")
    return (urn << 32) | (measures << 16) | rows["year"].to_numpy("int64")


SOURCES: tuple[Source, ...] = (RegisterLinks(),)
