"""The school year in which support is given: terms, half terms, closures and England's bank holidays."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from pipeline.edition.support.local import TERMS_FILE, read_file
from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.paths import EditionPaths
from pipeline.sources.local.rows import Row

_DAY = datetime.timedelta(days=1)
_MOST_TERMS, _LONGEST = 3, 150  # days from a term's first to its last: the longest real ones have some 110


@dataclass(frozen=True)
class Term:
    """One term, with the first and last day of its half term where it has one."""

    name: str
    first: datetime.date
    last: datetime.date
    half: tuple[datetime.date, datetime.date] | None = None


@dataclass(frozen=True)
class SchoolYear:
    """Two or three terms in their order, and the days within them on which schools are closed."""

    terms: tuple[Term, ...]
    closed: frozenset[datetime.date] = frozenset()

    @cached_property
    def days(self) -> tuple[datetime.date, ...]:
        """Every day on which schools are open, in order."""
        return tuple(
            day for term in self.terms for day in _list_days(term.first, term.last) if self._is_open(term, day)
        )

    def _is_open(self, term: Term, day: datetime.date) -> bool:
        in_half = term.half is not None and term.half[0] <= day <= term.half[1]
        return day.weekday() < 5 and not in_half and day not in self.closed and day not in list_bank_holidays(day.year)

    def explain_closed(self, day: datetime.date) -> str:
        """Why schools are closed on a day, in words; "" where they are open."""
        if day in self.days:
            return ""
        if day.weekday() > 4:
            return f"it is a {'Saturday' if day.weekday() == 5 else 'Sunday'}"
        term = next((one for one in self.terms if one.first <= day <= one.last), None)
        if term is None:
            return "it is in no term of terms.csv"
        if term.half is not None and term.half[0] <= day <= term.half[1]:
            return f"it is in the half term of {term.name}"
        return "terms.csv says so" if day in self.closed else "it is a bank holiday"

    def find_term(self, day: datetime.date) -> int:
        """The number of the term in which a day lies, from 1; of a day between terms, that of the term after it."""
        return next((place for place, term in enumerate(self.terms, 1) if day <= term.last), len(self.terms))

    def find_half(self, day: datetime.date) -> tuple[int, int]:
        """The term of a day, and whether it lies in its first half (1) or second (2)."""
        number = self.find_term(day)
        half = self.terms[number - 1].half
        return number, 2 if half is not None and day > half[0] else 1


def _list_days(first: datetime.date, last: datetime.date) -> Iterable[datetime.date]:
    return (first + _DAY * number for number in range((last - first).days + 1))


@lru_cache(maxsize=16)
def list_bank_holidays(year: int) -> frozenset[datetime.date]:
    """England's bank holidays by rule (Banking and Financial Dealings Act 1971, and proclamations that repeat yearly).

    A holiday granted once, or moved for one year, is not known: write it into terms.csv as ``closed``.
    """
    from dateutil.easter import easter

    sunday = easter(year)
    christmas = _pass_weekend(datetime.date(year, 12, 25))
    boxing = _pass_weekend(max(datetime.date(year, 12, 26), christmas + _DAY))
    mondays = {_find_monday(datetime.date(year, month, day)) for month, day in ((5, 1), (5, 25), (8, 25))}
    new_year = _pass_weekend(datetime.date(year, 1, 1))
    return frozenset({new_year, sunday - 2 * _DAY, sunday + _DAY, christmas, boxing, *mondays})


def _pass_weekend(day: datetime.date) -> datetime.date:
    while day.weekday() > 4:
        day += _DAY
    return day


def _find_monday(day: datetime.date) -> datetime.date:
    """The first Monday on or after a day."""
    return day + _DAY * (-day.weekday() % 7)


def read_terms(paths: EditionPaths, year: int) -> SchoolYear:
    """Read ``local/terms.csv`` for the school year that begins in the autumn of ``year``.

    Raises FaultyInput with every fault; also where the file is not there or names no term: days are never guessed.
    """
    found = find_terms(paths, year)
    if found is None:
        what = "it names no term" if (paths.folder / TERMS_FILE.name).is_file() else "the file is not there"
        raise FaultyInput([_refuse_no_term(what)])
    return found


def find_terms(paths: EditionPaths, year: int) -> SchoolYear | None:
    """The same; None where the file is not there or holds no row."""
    found = read_file(paths, TERMS_FILE, lambda rows: [_read_year(rows, year)] if rows else [])
    if not found:
        return None
    if not found[0].terms:
        raise FaultyInput([_refuse_no_term("it names no term")])
    return found[0]


def _refuse_no_term(what: str) -> Fault:
    remedy = (
        "Write the terms of the year: your authority or trust publishes them. `python -m pipeline plan-support` "
        "writes an empty file that says how."
    )
    return Fault(TERMS_FILE.name, None, None, f"{what}, so no day of support can be planned", remedy)


@dataclass(frozen=True)
class _Period:
    kind: str
    name: str
    first: datetime.date
    last: datetime.date
    row: Row


def _read_period(row: Row, year: int) -> _Period | None:
    kind = row.choose("kind", ("term", "half term", "closed"), "kind of days")
    name = row["name"] if kind != "term" else row.require("name", "the term has no name", "Write Autumn, for example.")
    days = [row.read_day(column) for column in ("first_day", "last_day")]
    for column in ("first_day", "last_day"):
        row.require(column, "the day is missing", "Write it as 2025-09-02; of one day alone, write it twice.")
    first, last = days
    if first is None or last is None or not kind:
        return None
    if last < first:
        row.refuse("last_day", f"{last.isoformat()} is before the first day", "Correct one of the two.")
        return None
    opens, ends = datetime.date(year, 8, 1), datetime.date(year + 1, 8, 31)
    if not opens <= first <= last <= ends:
        what = f"{first.isoformat()} to {last.isoformat()} is not in the school year {year}/{(year + 1) % 100:02d}"
        row.refuse("first_day", what, "Write the year that follows the one under review.")
        return None
    if (last - first).days > _LONGEST:
        row.refuse("last_day", f"it would be {(last - first).days} days long", "Correct one of the two days.")
        return None
    return _Period(kind, " ".join(name.split()), first, last, row)


def _read_year(rows: Sequence[Row], year: int) -> SchoolYear:
    """The year of all rows, each of which notes its faults. Of what one row says of another, only what no row that
    could not be read may be the reason of is a fault."""
    read = [_read_period(row, year) for row in rows]
    periods = [period for period in read if period is not None]
    terms = sorted((one for one in periods if one.kind == "term"), key=lambda one: one.first)
    for before, after in pairwise(terms):
        if after.first <= before.last:
            after.row.refuse(
                None, f"the term overlaps with {before.name} in line {before.row.line}", "Correct the days."
            )
    if len(terms) > _MOST_TERMS:
        remedy = "Where your year has six short terms, write two as one, and the days between them as its half term."
        terms[_MOST_TERMS].row.refuse(None, f"there are {len(terms)} terms, and the plan knows three", remedy)
    halves: dict[int, _Period] = {}
    for period in (one for one in periods if one.kind == "half term"):
        within = [one for one in terms if one.first < period.first and period.last < one.last]
        line = within[0].row.line if within else 0
        if line in halves:
            what = f"{within[0].name} has another half term in line {halves[line].row.line}"
            period.row.refuse(None, what, "Keep one.")
        elif within:
            halves[line] = period
        elif None not in read:
            period.row.refuse(None, "the half term lies within no term", "Correct its days, or those of the term.")
    closed = {day for one in periods if one.kind == "closed" for day in _list_days(one.first, one.last)}
    spans = {line: (half.first, half.last) for line, half in halves.items()}
    return SchoolYear(
        tuple(Term(one.name, one.first, one.last, spans.get(one.row.line)) for one in terms), frozenset(closed)
    )
