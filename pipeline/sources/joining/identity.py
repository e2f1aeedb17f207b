"""Whether the URN, LAESTAB and name of one row are one school's: else its figures would be told of another school.

A row is held against the lists of schools and the same schools' rows in the edition's other files. What changes in
honest files is no reason for doubt: a URN at a conversion, an authority's number, an establishment's, a name, the
spelling of a name. Doubtful is a row that points at two different schools:

- its LAESTAB is another school's than its URN, and the name, a slip of the pen or that other school's own row in the
  same file says that they have been mixed up;
- its URN is in no other file, its LAESTAB is a school's whose URN differs by one figure (or two that changed places),
  or one that files of earlier and later years, or a list, have all along;
- its name is another school's of the same authority, and not one that the school itself ever had.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

import pandas as pd

from pipeline.foundation.errors import Fault

#: Lists of schools: what they say of a school is believed, and not questioned.
BELIEVED = ("gias", "school_information", "spine")
#: Names less alike than this are different names, however differently one name may be spelt.
_ALIKE = 0.6
#: Words that many schools' names share.
_SHARED = frozenset(
    {"school", "schools", "primary", "secondary", "high", "college", "academy", "community", "church", "of", "england"}
    | {"ce", "cofe", "c", "e", "voluntary", "aided", "va", "controlled", "vc", "catholic", "roman", "rc", "the", "and"}
    | {"nursery", "st", "a"}
)
#: Years within which a school is looked for under the URN that a slip of the pen would have changed.
_NEAR = 2
_REMEDY = "Compare the line with the published file, and put the downloaded file back; else ask the publisher."


@dataclass(frozen=True)
class SchoolRows:
    """What one file's rows say of their schools: SCHOOLS, of which urn, la, laestab, name, opened and line are used."""

    file: str
    family: str
    year: int | None
    schools: pd.DataFrame


@dataclass
class _Known:
    """What all files tell, and which does: a row is never its own witness."""

    laestabs: dict[int, dict[int, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    urns: dict[int, dict[int, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    names: dict[int, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    owners: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    years: dict[str, int | None] = field(default_factory=dict)
    opened: dict[int, str] = field(default_factory=dict)  # by lists
    lists: set[str] = field(default_factory=set)
    linked: set[tuple[int, int]] = field(default_factory=set)
    in_file: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)  # LAESTAB and name by file and URN

    def find_laestabs(self, urn: int, file: str) -> list[int]:
        return sorted(number for number, files in self.laestabs[urn].items() if files - {file})

    def find_others(self, laestab: int, urn: int, file: str) -> list[int]:
        """Other schools of that LAESTAB that are not known to be its school's predecessor or successor."""
        found = [other for other, files in self.urns[laestab].items() if other != urn and files - {file}]
        return sorted(other for other in found if not self.are_linked(urn, other))

    def are_linked(self, urn: int, other: int) -> bool:
        return (urn, other) in self.linked or (other, urn) in self.linked

    def find_names(self, urn: int, file: str) -> list[str]:
        return sorted(name for name, files in self.names[urn].items() if files - {file})

    def is_named(self, name: str, urn: int, file: str) -> bool:
        """Whether other files give the school a name like ``name``."""
        return any(_are_alike(name, known) for known in self.find_names(urn, file))

    def is_sure_of_names(self, name: str, urn: int, other: int, file: str) -> bool:
        """Whether more than one file, or a list, speaks against the name: two files alone may each be wrong."""
        against = self.names[other][name].union(*(self.names[urn][one] for one in self.find_names(urn, file))) - {file}
        return len(against) > 1 or bool(against & self.lists)

    def is_near_in_time(self, urn: int, laestab: int, file: str) -> bool:
        """Whether a list, a file of the same year or two of the same three years have the school under that LAESTAB."""
        year = self.years[file]
        if year is not None and self.opened.get(urn, "") >= f"{year - 1}-09-01":
            return False  # it opened since the year began: the row may be its predecessor's
        others = self.urns[laestab][urn] - {file}
        told = [abs(one - year) for other in others if (one := self.years[other]) is not None and year is not None]
        return bool(others & self.lists) or 0 in told or sum(apart <= _NEAR for apart in told) > 1

    def has_all_along(self, urn: int, laestab: int, file: str) -> bool:
        """Whether files of years before and after have the school under that LAESTAB, or a list says it was there."""
        year = self.years[file]
        if year is None:
            return False
        told = [self.years[one] for one in self.urns[laestab][urn] - {file}]
        years = [one for one in told if one is not None]
        return (min(years, default=year) < year < max(years, default=year)) or (
            "" < self.opened.get(urn, "") < f"{year - 1}-09-01"
        )


def find_doubtful_rows(files: Sequence[SchoolRows], links: pd.DataFrame) -> dict[str, list[Fault]]:
    """By file, a fault for each row whose URN, LAESTAB and name are not one school's; ``links`` have urn, predecessor.

    Each says what disagrees and what would be believed; its row is not to be used.
    """
    rows = _stack_rows(files)
    if rows.empty:
        return {}
    faults: dict[str, list[Fault]] = defaultdict(list)
    questioned = rows[~rows["family"].isin(BELIEVED)]
    asked = _list_alone(rows, questioned)
    known = _gather(_choose_concerned(rows, asked), files, links)
    alone: Iterable[Any] = asked.itertuples(index=False)
    for row in alone:
        if what := _find_contradiction(known, row):
            faults[row.file].append(Fault(row.file, int(row.line), "URN", what, _REMEDY, urn=int(row.urn)))
    doubtful = {(fault.file, fault.line) for found in faults.values() for fault in found}
    if doubtful:  # what they say of names is no witness
        kept = [(file, line) not in doubtful for file, line in zip(rows["file"], rows["line"], strict=True)]
        rows = rows[kept]
        questioned = rows[~rows["family"].isin(BELIEVED)]
    asked = _list_misnamed(rows, questioned)
    known = _gather(_choose_concerned(rows, asked), files, links)
    misnamed: Iterable[Any] = asked.itertuples(index=False)
    for row in misnamed:
        if what := _find_other_name(known, row):
            faults[row.file].append(Fault(row.file, int(row.line), "URN", what, _REMEDY, urn=int(row.urn)))
    return {file: sorted(found, key=lambda fault: fault.line or 0) for file, found in sorted(faults.items())}


def _stack_rows(files: Sequence[SchoolRows]) -> pd.DataFrame:
    """Rows with a LAESTAB: file, family, urn, la, laestab, establishment, name (folded), shown, opened and line."""
    parts = [
        one.schools[["urn", "la", "laestab", "name", "opened", "line"]].assign(file=one.file, family=one.family)
        for one in files
        if len(one.schools)
    ]
    if not parts:
        return pd.DataFrame()
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[rows["laestab"].notna()].astype({"urn": "int64", "laestab": "int64"})
    shown = rows["name"].fillna("").astype(str)
    folded = {name: _fold(name) for name in shown.unique()}
    rows = rows.assign(name=shown.map(folded), shown=shown, establishment=rows["laestab"] % 10_000)
    return rows.reset_index(drop=True)


def _fold(name: str) -> str:
    """A name as it is compared: lower case, letters and figures alone, a saint always ``st``."""
    words = re.sub(r"[^a-z0-9 ]", " ", name.lower().replace("'", "").replace("’", "")).split()
    return " ".join("st" if word == "saint" else word for word in words)


def _are_alike(name: str, other: str) -> bool:
    """Whether two folded names may be one school's, words that many schools share left aside."""
    first, second = (" ".join(word for word in one.split() if word not in _SHARED) or one for one in (name, other))
    return first == second or SequenceMatcher(None, first, second, autojunk=False).ratio() >= _ALIKE


def _list_alone(rows: pd.DataFrame, questioned: pd.DataFrame) -> pd.DataFrame:
    """The rows whose school no other file tells under that establishment number."""
    pair = ["urn", "establishment"]
    told = rows.groupby(pair)["file"].nunique()
    return questioned[told.reindex(pd.MultiIndex.from_frame(questioned[pair])).to_numpy() == 1]


def _list_misnamed(rows: pd.DataFrame, questioned: pd.DataFrame) -> pd.DataFrame:
    """The rows whose name other rows give another school of the authority, and no other file gives theirs."""
    named = rows[rows["name"] != ""]
    owners = named.groupby(["la", "name"])["urn"].nunique()
    files = named.groupby(["urn", "name"])["file"].nunique()
    asked = questioned[questioned["name"] != ""]
    elsewhere = owners.reindex(pd.MultiIndex.from_frame(asked[["la", "name"]])).to_numpy() > 1
    own = files.reindex(pd.MultiIndex.from_frame(asked[["urn", "name"]])).to_numpy() > 1
    return asked[elsewhere & ~own]


def _choose_concerned(rows: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """All rows of the schools of ``asked``, and of those that share a LAESTAB or a name with one of its rows.

    A country has many rows, and few of them are asked about.
    """
    shared = rows["laestab"].isin(asked["laestab"]) | rows["name"].isin(asked.loc[asked["name"] != "", "name"])
    return rows[rows["urn"].isin(asked["urn"]) | rows["urn"].isin(rows.loc[shared, "urn"])]


def _gather(rows: pd.DataFrame, files: Sequence[SchoolRows], links: pd.DataFrame) -> _Known:
    known = _Known(years={one.file: one.year for one in files})
    known.lists = {one.file for one in files if one.family in BELIEVED}
    known.linked = set(zip(links["urn"].astype(int), links["predecessor"].astype(int), strict=True))
    columns = (rows[name].tolist() for name in ("file", "family", "urn", "laestab", "name", "opened"))
    for file, family, urn, laestab, name, opened in zip(*columns, strict=True):
        known.laestabs[urn][laestab].add(file)
        known.urns[laestab][urn].add(file)
        known.in_file[file, urn] = laestab, name
        if name:
            known.names[urn][name].add(file)
            known.owners[name].add(urn)
        if family in BELIEVED and isinstance(opened, str):
            known.opened[urn] = opened
    return known


def _find_contradiction(known: _Known, row: Any) -> str:
    """What speaks against a row whose URN and establishment number no other file puts together; "" where nothing."""
    urn, laestab, file = int(row.urn), int(row.laestab), row.file
    others = known.find_others(laestab, urn, file)
    own = known.find_laestabs(urn, file)
    for other in others:
        slipped = _is_slip(urn, other) and known.is_near_in_time(other, laestab, file)
        if not own and (slipped or known.has_all_along(other, laestab, file)):
            return f"URN {urn} is in no other file, and LAESTAB {laestab} is that of {_name(known, other, file)}: " + (
                f"URN {other} would be believed"
            )
        if own and _are_mixed_up(known, row, other):
            is_named = bool(row.name) and known.is_named(row.name, urn, file)
            believed = f"the LAESTAB {own[-1]}" if is_named else f"URN {other}"
            return (
                f"URN {urn} is that of {_name(known, urn, file)}, LAESTAB {laestab} that of "
                f"{_name(known, other, file)}{_quote(row.shown)}: {believed} would be believed"
            )
    return ""


def _are_mixed_up(known: _Known, row: Any, other: int) -> bool:
    """Whether a row that points at two schools has mixed them up; without that a number may have been given anew."""
    urn, file = int(row.urn), row.file
    if row.name and known.find_names(other, file) and known.find_names(urn, file):
        return True
    has_a_row = (file, other) in known.in_file and known.in_file[file, other][0] != row.laestab
    return _is_slip(urn, other) or has_a_row


def _find_other_name(known: _Known, row: Any) -> str:
    urn, file = int(row.urn), row.file
    if not known.find_names(urn, file) or known.is_named(row.name, urn, file):
        return ""
    owners = [
        other
        for other in sorted(known.owners[row.name] - {urn})
        if known.names[other][row.name] - {file} and _has_swapped_name(known, row, other)
    ]
    if not owners or not known.is_sure_of_names(row.name, urn, owners[0], file):
        return ""
    return (
        f"URN {urn} and LAESTAB {row.laestab} are those of {_name(known, urn, file)}, the name {row.shown!r} is that "
        f"of URN {owners[0]}: the number would be believed"
    )


def _has_swapped_name(known: _Known, row: Any, other: int) -> bool:
    """Whether the row of ``other`` in the same file bears a name of the school that bears its own."""
    _, name = known.in_file.get((row.file, other), (0, ""))
    return bool(name) and name != row.name and known.is_named(name, int(row.urn), row.file)


def _is_slip(urn: int, other: int) -> bool:
    """Whether two URNs differ in one figure, or in two neighbours that changed places."""
    apart = [place for place, (one, two) in enumerate(zip(str(urn), str(other), strict=False)) if one != two]
    if len(str(urn)) != len(str(other)) or len(apart) > 2:
        return False
    if len(apart) < 2:
        return True
    first, second = apart
    return second == first + 1 and str(urn)[first] == str(other)[second] and str(urn)[second] == str(other)[first]


def _name(known: _Known, urn: int, file: str) -> str:
    names = known.find_names(urn, file)
    return f"URN {urn}" + (f" ({names[0].title()})" if names else "")


def _quote(name: str) -> str:
    return f", the name {name!r}" if name else ""
