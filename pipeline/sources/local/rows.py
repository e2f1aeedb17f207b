"""The rows of a local file, cell by cell: what each says, and every fault of it with its place.

These files are written by hand, so every fault is a person's to mend: it is named with line, column and URN.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

import pandas as pd

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.sources.local.files import (
    FOR_THE_EYE,
    LocalFile,
    find_nearest,
    list_columns,
    match_word,
    simplify,
)
from pipeline.sources.reading import PublishedFile, RawTable
from pipeline.sources.tabular.cells import is_scientific
from pipeline.sources.tabular.identifiers import read_dates, read_whole_numbers
from pipeline.sources.tabular.tables import read_table

#: 2025-10-03 and 3/10/2025 mean one day each; 03-10-25 and 20251003 are left to nobody's guess.
_DATE = r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}"
_MEND = "Mend it in a text editor or a spreadsheet, and save it as CSV UTF-8."
_RETIRE = "put # before the row"
_NOT_LISTED = f"Nothing, if that is meant; else correct the URN, or {_RETIRE}."


@dataclass(frozen=True)
class Schools:
    """Whom the rows may be about. ``own`` are the area's schools and ``others`` the rest that the files name, by URN.

    ``only_own`` says that a row about another school is a mistake; a hand-picked list of schools may be part of an
    area whose local files say more.
    """

    own: Mapping[int, str]
    others: Mapping[int, str] = field(default_factory=dict)
    only_own: bool = True

    def leaves_aside(self, urn: int | None) -> bool:
        """Whether what is said of a school counts for nothing: a file knows it, and the list of schools does not."""
        return not self.only_own and urn in self.others


@dataclass(frozen=True)
class Days:
    """The first and last day that a date may be, both included, and what each is, in words."""

    first: datetime.date
    last: datetime.date
    why_not_before: str
    why_not_after: str


@dataclass
class Row:
    """One row. ``number`` is the URN as read and ``day`` the ISO date; None and "" where they are none."""

    file: str
    line: int
    cells: Mapping[str, str]  # by column name, blanks around the text removed
    number: int | None
    day: str
    faults: list[Fault]
    warnings: list[Fault]
    unread: frozenset[str] = frozenset()  # columns whose heading is missing or misspelt: nothing is said of their cells

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def refuse(self, column: str | None, what: str, remedy: str) -> None:
        """Note a fault of this row."""
        if self._can_tell(column):
            self.faults.append(Fault(self.file, self.line, column, what, remedy, self._name_urn()))

    def warn(self, column: str | None, what: str, remedy: str) -> None:
        """Note what stops nothing and should be known."""
        if self._can_tell(column):
            self.warnings.append(Fault(self.file, self.line, column, what, remedy, self._name_urn()))

    def _can_tell(self, column: str | None) -> bool:
        """Whether a fault can be told though headings are missing: one of a cell that was read."""
        return not self.unread or (column is not None and column not in self.unread)

    def leave_aside(self, column: str, school: str, counted: str = "row") -> None:
        """Warn that what is said of a ``school`` that the edition does not list counts for nothing."""
        self.warn(column, f"{school} is none that this edition lists: the {counted} counts for nothing", _NOT_LISTED)

    def _name_urn(self) -> int | None:
        return self.number if self.number is not None and 100000 <= self.number <= 999999 else None

    def require(self, column: str, what: str, remedy: str) -> str:
        """The cell's text; a fault where it is empty."""
        if not self.cells[column]:
            self.refuse(column, what, remedy)
        return self.cells[column]

    def choose(self, column: str, known: Sequence[str], what: str) -> str:
        """The word of ``known`` that stands in the cell, as ``known`` spells it; a fault where none does.

        ``what`` says of what kind the words are. Where ``known`` is empty, any word will do.
        """
        said = self.cells[column]
        if not known:
            return self.require(column, f"the {what} is missing", "Write it.")
        listed = ", ".join(_list_once(known))
        if not said:
            self.refuse(column, f"the {what} is missing", f"Write one of: {listed}.")
            return ""
        found = match_word(said, list(known))
        if found is None:
            near = find_nearest(said, list(known))
            remedy = f"Did you mean {near!r}? " if near else ""
            self.refuse(column, f"{said!r} is no {what}", f"{remedy}Use one of: {listed}.")
        return found or ""

    def read_urn(self, schools: Schools | None) -> int:
        """The URN; a fault where it is none, or that of a school the row may not be about; 0 then.

        Where ``schools`` is None only the six digits are asked for.
        """
        said = self.cells["urn"]
        if self.number is None or not 100000 <= self.number <= 999999:
            self.refuse("urn", *_describe_no_urn(said, schools))
            return 0
        if schools is None or self.number in schools.own:
            return self.number
        return self._read_strange_urn(self.number, schools)

    def _read_strange_urn(self, urn: int, schools: Schools) -> int:
        hint = _suggest_school(str(urn), schools)
        if urn not in schools.others:
            remedy = f"Correct it, add a school list that names the school to published/, or {_RETIRE}."
            self.refuse("urn", f"no file of this edition names URN {urn}", hint + remedy)
        elif schools.only_own:
            what = f"URN {urn} is {_name(schools.others[urn])}, which is no school of this edition's area"
            self.refuse("urn", what, f"{hint}Correct it, or {_RETIRE}.")
        else:
            self.leave_aside("urn", _name(schools.others[urn]))
        return urn

    def read_day(self, column: str) -> datetime.date | None:
        """The day in a column other than ``date``; None where the cell is empty, or holds none, which is a fault."""
        said = self.cells[column]
        if not said:
            return None
        day = parse_day(said)
        if day is None:
            self.refuse(column, *describe_no_date(said))
        return day

    def read_date(self, days: Days) -> str:
        """The ISO date; a fault where the cell holds none, or one that cannot be meant; "" then."""
        said = self.cells["date"]
        if not said:
            self.refuse("date", "the date is missing", "Write the day as 2025-10-03 or 03/10/2025.")
        elif not self.day:
            self.refuse("date", *describe_no_date(said))
        elif not days.first.isoformat() <= self.day <= days.last.isoformat():
            late = self.day > days.last.isoformat()
            why, limit = (days.why_not_after, days.last) if late else (days.why_not_before, days.first)
            remedy = f"Write a day {'up to' if late else 'from'} {limit.isoformat()}, or {_RETIRE}."
            self.refuse("date", f"{self.day} {why}", remedy)
        return self.day


def _list_once(words: Sequence[str]) -> list[str]:
    """The words, without those that say the same as an earlier one."""
    found: dict[str, str] = {}
    for word in words:
        found.setdefault(simplify(word), word)
    return list(found.values())


def _describe_no_urn(said: str, schools: Schools | None) -> tuple[str, str]:
    if not said:
        return "the URN is missing", f"Write the school's six digits, or {_RETIRE}."
    if is_scientific(said):
        return f"a spreadsheet has rewritten the URN as {said}", "Format the column as text and write the six digits."
    hint = _suggest_school(said, schools) if schools else ""
    return f"{said!r} is no URN: a URN has six digits", f"{hint}Write the school's six digits, or {_RETIRE}."


def _suggest_school(said: str, schools: Schools) -> str:
    """The school whose URN is nearest, as the beginning of a remedy; by its name, where that was written instead."""
    by_text = {str(urn): urn for urn in schools.own}
    by_name = {simplify(name): urn for urn, name in schools.own.items() if name}
    near = get_close_matches(said, list(by_text), n=1, cutoff=0.8)
    urn = by_text[near[0]] if near else by_name.get(simplify(said))
    return f"Did you mean {urn} ({_name(schools.own[urn])})? " if urn else ""


def _name(school: str) -> str:
    """A school as a message calls it; some files name schools by their URN alone."""
    return school or "a school whose name no file gives"


def parse_day(said: str) -> datetime.date | None:
    """The day that a text means by the rules of every local file; None where it means none."""
    read = str(read_dates(pd.Series([said if re.fullmatch(_DATE, said) else ""], dtype="str")).iloc[0])
    return datetime.date.fromisoformat(read) if read else None


def describe_no_date(said: str) -> tuple[str, str]:
    """What is wrong with a text that means no day, and how to write one."""
    american = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", said)
    if american and int(american[1]) <= 12 < int(american[2]) <= 31:
        month, day, year = american.groups()
        return f"{said!r} has no month {day}", f"Days come first: write {int(day):02d}/{int(month):02d}/{year}."
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}", said):
        return f"the calendar has no {said}", "Write a day that there is, as 2025-10-03 or 03/10/2025."
    return f"{said!r} is not a date", "Write the day as 2025-10-03 or 03/10/2025."


def read_rows(
    raw: RawTable, about: LocalFile, *, past_headings: bool = False
) -> tuple[list[Row], list[Fault], list[Fault]]:
    """The rows of a local file, and the lists to which they add their faults and warnings.

    Where a heading is missing, or is none of the file's, nothing in it can be trusted: raises FaultyInput, or where
    rows are read ``past_headings``, so that every fault is told at once, has those among the faults and nothing in the
    columns that they leave unread. Of a secret file no row is read past its headings.
    """
    columns, faults = _find_columns(raw, about)
    if faults and (about.secret or not past_headings):
        raise FaultyInput(faults)
    unread = frozenset(about.columns) - set(columns) if faults else frozenset[str]()
    warnings: list[Fault] = []
    texts = {name: raw.cells[heading].fillna("").str.strip() for name, heading in columns.items()}
    empty = pd.Series("", index=raw.cells.index)
    texts |= {name: empty for name in about.columns if name not in texts}  # a column that may be left out
    numbers = read_whole_numbers(texts["urn"]) if "urn" in texts else pd.Series(pd.NA, index=raw.cells.index)
    days = None
    if "date" in texts:
        days = read_dates(texts["date"].where(texts["date"].str.fullmatch(_DATE), ""))
    rows = [
        Row(
            file=raw.file.name,
            line=int(line),
            cells={name: str(text.iloc[place]) for name, text in texts.items()},
            number=None if numbers.isna().iloc[place] else int(numbers.iloc[place]),
            day="" if days is None else str(days.iloc[place]),
            faults=faults,
            warnings=warnings,
            unread=unread,
        )
        for place, line in enumerate(raw.lines)
    ]
    return rows, faults, warnings


def _find_columns(raw: RawTable, about: LocalFile) -> tuple[dict[str, str], list[Fault]]:
    """The heading of each column, and a fault for each one missing and each that is none of the file's."""
    found = dict(list_columns(raw.header, about))
    known = {heading for heading in found.values() if heading}
    faults = []
    for heading in raw.header:
        if heading in known or simplify(heading) == FOR_THE_EYE or _is_blank(raw, heading):
            continue
        near = find_nearest(heading, [name for name in found if found[name] is None])
        remedy = f"Did you mean {near!r}? " if near else ""
        expected = f"The headings are {', '.join(about.columns)}; a column {FOR_THE_EYE!r} may be added."
        named = f"number {raw.header.index(heading) + 1}" if about.secret else heading
        faults.append(Fault(raw.file.name, 1, named, "no column of this file has this heading", remedy + expected))
    for name, there in found.items():
        if there is None and name not in about.optional:
            what = f"the column {name!r} is missing"
            faults.append(Fault(raw.file.name, 1, None, what, f"Write the headings {', '.join(about.columns)}."))
    return {name: heading for name, heading in found.items() if heading}, faults


def _is_blank(raw: RawTable, heading: str) -> bool:
    """Whether a column has neither a heading nor a cell: what a spreadsheet adds on its way."""
    return heading.startswith("(column ") and not raw.cells[heading].str.strip().any()


def open_table(file: PublishedFile, *, secret: bool = False, too_long: list[Fault] | None = None) -> RawTable:
    """The file's text cells; raises FaultyInput with remedies that fit a file written by hand.

    Faults of rows with more cells than headings are added to ``too_long`` where it is given. Of a ``secret`` file no
    fault says what stands in it: without headings, its first row may be a pupil's.
    """
    try:
        table = read_table(file, by_hand=True, too_long=too_long)
    except FaultyInput as error:
        faults = [replace(fault, remedy=_MEND) for fault in error.faults]
        raise FaultyInput([_keep_secret(fault) for fault in faults] if secret else faults) from None
    if too_long:
        too_long[:] = [replace(fault, remedy="Put text that holds a comma in quotation marks.") for fault in too_long]
    return table


def _keep_secret(fault: Fault) -> Fault:
    what = "its headings cannot be read: there must be several, parted by commas and each once"
    return replace(fault, column=None, what=what if fault.line == 1 else fault.what)


def join_left_aside(warnings: Iterable[Fault]) -> list[Fault]:
    """The warnings of a file, those of schools that the edition does not list as one for each column."""
    kept: list[Fault] = []
    aside: dict[str | None, list[Fault]] = {}
    for warning in warnings:
        if warning.remedy == _NOT_LISTED:
            aside.setdefault(warning.column, []).append(warning)
        else:
            kept.append(warning)
    for first, *others in aside.values():
        lines = list(dict.fromkeys(one.line for one in others if one.line is not None))
        named = f"; so it is in line{'s' * (len(lines) > 1)} {_list_lines(lines)}" if lines else ""
        kept.append(replace(first, what=first.what + named))
    return sorted(kept, key=lambda one: one.line or 0)


def _list_lines(lines: Sequence[int]) -> str:
    """The rising ``lines``, those that follow each other as from and to."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][-1] + 1:
            runs[-1][1:] = [line]
        else:
            runs.append([line])
    return ", ".join(" to ".join(map(str, run)) for run in runs)


def refuse_repeats(rows: Sequence[Row], keys: Sequence[tuple], what: str, remedy: str) -> None:
    """Note a fault for each row whose key, as read, is that of an earlier row.

    ``what`` names the earlier row's line as ``{line}``. A key with a part that could not be read (None) is left out.
    """
    first: dict[tuple, int] = {}
    for row, key in zip(rows, keys, strict=True):
        if None in key:
            continue
        if key in first:
            row.refuse(None, what.format(line=first[key]), remedy)
        first.setdefault(key, row.line)
