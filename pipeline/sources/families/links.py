"""Which school followed which: the register's links, and those that a school list names in a cell."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from pipeline.sources.frames import LINKS, NAMES, shape_frame
from pipeline.sources.reading import RawTable, Reading, Source
from pipeline.sources.tabular.headings import WantedColumn
from pipeline.sources.tabular.identifiers import (
    clear_words,
    list_faults,
    list_unreadable_dates,
    read_dates,
    read_whole_numbers,
)

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
_COLUMNS = ("URN", "LinkURN", "LinkType", "LinkEstablishedDate")
_NAME = "LinkName"


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
            names=_read_names(table, linked),
            rows_by_kind={kind: count for kind, count in rows.items() if count},
            columns_used=tuple(name for name in table.header if name in (*_COLUMNS, _NAME)),
            columns_unused=tuple(name for name in table.header if name not in (*_COLUMNS, _NAME)),
            faults=tuple(faults),
            notes=tuple(
                f"{count} links of the unknown type {word!r} are not read"
                for word, count in table.cells.loc[unknown, "LinkType"].value_counts().sort_index().items()
            ),
            year=year,
        )


def _read_names(table: RawTable, linked: pd.Series) -> pd.DataFrame | None:
    """NAMES of the linked schools."""
    if _NAME not in table.header:
        return None
    name = clear_words(table.cells[_NAME])
    told = linked.notna() & (name != "")
    return shape_frame(pd.DataFrame({"urn": linked, "name": name})[told].drop_duplicates("urn"), NAMES)


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
    closes on the 31st, its academy opens on the 1st) or lack one: the earliest stands. Where they differ in kind, a
    merger, amalgamation or split stands before a succession.
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
    pairs["chained"] = find_chained(pairs)
    return shape_frame(pairs, LINKS)


def find_chained(pairs: pd.DataFrame) -> pd.Series:
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


SOURCES: tuple[Source, ...] = (RegisterLinks(),)
