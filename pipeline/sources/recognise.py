"""Which family a file belongs to, and which academic year it is about: told by its content, checked against the rest.

A family is known by headers alone. The year is what the content says; where it is silent, what edition.yaml says;
else the folder or file name. Where two of these disagree, the file is refused: a year too early or late would pass
unnoticed into every comparison.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import PurePosixPath

import pandas as pd

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.vocabulary import name_academic_year, read_academic_year
from pipeline.sources.families import (
    absence,
    census,
    destinations,
    ks2,
    ks4,
    ks5,
    links,
    ofsted,
    schools,
    trusts,
)
from pipeline.sources.families.tidy import ees, lait, set_aside, subjects
from pipeline.sources.local import returns
from pipeline.sources.reading import PublishedFile, RawTable, Reading, Source
from pipeline.sources.tabular.headings import WantedColumn, find_likely, fold_heading

#: Headings by which the department's own descriptions of its files are known: lower case, all of a set.
_DESCRIPTIONS = (
    {"column", "fieldname"},
    {"column", "field name"},
    {"column", "metafile heading"},
    {"field number", "field reference"},
    {"variable", "label"},
    {"variable", "type", "description"},
    {"col_name", "label"},
    {"lea", "la name"},
    {"establishment-type-group-code", "type-of-establishment-code"},
)


#: What the reconciliation says of such a file.
DESCRIPTION = "describes columns or codes: holds no figures"


class DepartmentDescriptions:
    """The department's lists of columns and codes that come with every download. They hold no figures."""

    family = "description"
    title = "description of columns or codes"
    needs_year = False

    def recognises(self, header: tuple[str, ...]) -> bool:
        names = {name.lower() for name in header}
        return any(wanted <= names for wanted in _DESCRIPTIONS)

    def find_year(self, table: RawTable) -> int | None:
        """None: a description is of no year."""
        return None

    def list_wanted(self, header: tuple[str, ...], year: int | None) -> tuple[WantedColumn, ...]:
        """None: a description holds no figures."""
        return ()

    def read(self, table: RawTable, year: int | None) -> Reading:
        return Reading(
            rows_by_kind={"description": len(table.cells)}, columns_unused=table.header, notes=(DESCRIPTION,)
        )


SOURCES: tuple[Source, ...] = (
    *ks2.SOURCES,
    *ks4.SOURCES,
    *ks5.SOURCES,
    *absence.SOURCES,
    *census.SOURCES,
    *destinations.SOURCES,
    *ees.SOURCES,
    *lait.SOURCES,
    *subjects.SOURCES,
    *trusts.SOURCES,
    *schools.SOURCES,
    *links.SOURCES,
    *ofsted.SOURCES,
    *returns.SOURCES,
    *set_aside.SOURCES,
    DepartmentDescriptions(),
)


def recognise(table: RawTable) -> Source:
    """The family of ``table`` by its headers.

    Raises FaultyInput where no family, or more than one, has such headers, or where edition.yaml expects another.
    """
    found = [source for source in SOURCES if source.recognises(table.header)]
    if len(found) != 1:
        raise FaultyInput([_describe_unrecognised(table, found)])
    expected = table.file.family
    if expected and expected != found[0].family:
        what = f"edition.yaml expects the family {expected}, but the headings are those of {found[0].title}"
        remedy = f"Write `family: {found[0].family}`, remove the line, or put the right file in its place."
        raise FaultyInput([Fault(table.file.name, 1, None, what, remedy)])
    return found[0]


#: With fewer of a family's columns than this a row of a workbook is not its headings: a list of columns names one each.
_FEWEST_HEADINGS = 3


def is_known(header: tuple[str, ...]) -> bool:
    """Whether some family's table has these headings."""
    names = set(map(fold_heading, header))
    for source in SOURCES:
        if source.recognises(header):
            wanted = source.list_wanted(header, None)
            return sum(bool(names & column.spellings) for column in wanted) >= _FEWEST_HEADINGS
    return False


def _describe_unrecognised(table: RawTable, found: list[Source]) -> Fault:
    if tables := _find_same_tables(found):
        named = " and ".join(f"{family}.yaml" for family in tables)
        what = f"the headings fit more than one table of columns: {named} are recognised by the same headings"
        remedy = (
            "In pipeline/sources/aliases, name under `recognised_by` of one a heading that only its own files have, or "
            "under `unless` one that only the other's have; or take one of the tables out."
        )
        return Fault(table.file.name, 1, None, what, remedy)
    if found:
        what = f"the headings fit more than one family: {' and '.join(source.title for source in found)}"
        return Fault(table.file.name, 1, None, what, "Download the file again; a heading may have been changed.")
    nearly = _find_nearly(table.header)
    if nearly and all(heading for _, heading in nearly[1]):
        source, lacking = nearly
        told = "; ".join(f"it lacks {name} (`{heading}` is very like it)" for name, heading in lacking)
        what = f"the headings are nearly those of {source.title}, but {told}"
        remedy = (
            "If a heading was changed by hand, put back the publisher's file. If the publisher renamed it, report it, "
            "or add the new name to the family's table in pipeline/sources/aliases."
        )
        return Fault(table.file.name, 1, lacking[0][1], what, remedy)
    first = ", ".join(table.header[:6])
    what = f"no published family has these headings: {first}{', …' if len(table.header) > 6 else ''}"
    if nearly:
        what += f". The nearest, {nearly[0].title}, has {' and '.join(name for name, _ in nearly[1])} too"
    remedy = "Put the file as it was downloaded in its place; or leave it out: move it out of published/, or take its "
    remedy += "line out of edition.yaml."
    return Fault(table.file.name, 1, None, what, remedy)


def _find_same_tables(found: Sequence[Source]) -> list[str]:
    """The tidy families that every file of one of them is recognised as too: by its headings, or some of them."""
    headings = {
        source.family: {name.lower() for name in ees.load_tidy_aliases(source.family).recognised_by}
        for source in found
        if isinstance(source, ees.TidyFile)
    }
    same = [{one, other} for one in headings for other in headings if one != other and headings[one] <= headings[other]]
    return sorted(set().union(*same))


#: A family of which a file lacks more of the headings it is known by is not named as the likely one.
_MOST_LACKING = 2
#: A file has this share of a family's columns, or a heading very like each it lacks, to be nearly the family's.
_NEARLY = 0.9


def _find_nearly(header: tuple[str, ...]) -> tuple[Source, list[tuple[str, str]]] | None:
    """The family whose headings these nearly are, with each that it is known by and that is not here, and its likeness.

    None where no family, or more than one as nearly, comes near.
    """
    found = []
    for source in SOURCES:
        wanted = [column for column in source.list_wanted(header, None) if column.expected]
        present = {fold_heading(name) for name in header}
        missing = [column for column in wanted if not column.spellings & present]
        whole = (*header, *(column.name for column in missing))
        if not missing or not source.recognises(whole):
            continue
        needed = [
            column for column in missing if not source.recognises(tuple(name for name in whole if name != column.name))
        ]
        likely = find_likely(header, (), wanted)
        lacking = [(column.name, likely.get(column.name, "")) for column in needed]
        share = 1 - len(missing) / len(wanted)
        if len(lacking) <= _MOST_LACKING and (share >= _NEARLY or all(heading for _, heading in lacking)):
            found.append((share, source, lacking))
    found.sort(key=lambda one: -one[0])
    if not found or (len(found) > 1 and found[0][0] == found[1][0]):
        return None
    return found[0][1], found[0][2]


def settle_year(table: RawTable, source: Source) -> int | None:
    """The calendar year in which the file's academic year ends; None only for families that have no year.

    Raises FaultyInput where nothing tells the year, or where content, edition.yaml and path disagree.
    """
    by_content = source.find_year(table)
    if not getattr(source, "needs_year", True):
        return by_content or table.file.year
    by_path = find_years_in_name(table.file.name)
    stated = [("its content", by_content), ("edition.yaml", table.file.year), *by_path]
    claims = [(who, year) for who, year in stated if year is not None]
    if not claims:
        what = "nothing tells which academic year the file is about"
        remedy = "Put it in a folder named after its year, such as 2018-2019/, or say `year: 2018/19` in edition.yaml."
        raise FaultyInput([Fault(table.file.name, None, None, what, remedy)])
    if len({year for _, year in claims}) > 1:
        said = "; ".join(f"{who} says {name_academic_year(year)}" for who, year in claims)
        what = f"the academic year is in doubt: {said}"
        remedy = "Move the file to the folder of its own year, or correct `year:` in edition.yaml."
        raise FaultyInput([Fault(table.file.name, None, None, what, remedy)])
    return claims[0][1]


def find_years_in_name(name: str) -> list[tuple[str, int]]:
    """What the file's name and its nearest folder that names a year say: ``2018-2019/england_abs.csv`` is 2019."""
    path = PurePosixPath(name)
    found = [("its name", year) for year in [_find_year_in(path.stem)] if year]
    folders = [year for folder in reversed(path.parts[:-1]) if (year := _find_year_in(folder))]
    return found + [("its folder", year) for year in folders[:1]]


def _find_year_in(text: str) -> int | None:
    for match in re.finditer(r"(?<!\d)(20\d\d)[-_ ]?(20\d\d|\d\d)(?!\d)", text):
        try:
            return read_academic_year(f"{match[1]}-{match[2]}")
        except ValueError:
            continue
    return None


def read_authority_names(table: RawTable) -> pd.Series:
    """Authority names by number, from the department's list of authority codes; empty for any other description."""
    names = {name.lower(): name for name in table.header}
    if not {"lea", "la name"} <= set(names):
        return pd.Series(dtype="string")
    numbers = pd.to_numeric(table.cells[names["lea"]].str.strip(), errors="coerce")
    named = table.cells[names["la name"]].str.strip()[numbers.notna()]
    return pd.Series(named.to_numpy(), index=numbers.dropna().astype("int16"), dtype="string")


def is_table(file: PublishedFile) -> bool:
    """Whether the name says that the file is a table: a CSV, or a workbook into which one was saved."""
    return file.path.suffix.lower() in (".csv", ".txt", "", ".xlsx", ".xlsm", ".xls")


def is_list_of_abbreviations(file: PublishedFile) -> bool:
    """Whether the file is the workbook of abbreviations that comes with every download, told by its sheet's name."""
    try:
        with zipfile.ZipFile(file.path) as workbook:
            return b'name="Abbreviations"' in workbook.read("xl/workbook.xml")
    except (OSError, KeyError, zipfile.BadZipFile):
        return False
