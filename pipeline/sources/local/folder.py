"""An edition's ``local/`` folder, read whole: every file's rows, and every fault of every file at once."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.vocabulary import name_academic_year
from pipeline.sources.frames import LocalSlice
from pipeline.sources.local.categories import read_last_year, read_moderation
from pipeline.sources.local.early import read_early_results
from pipeline.sources.local.early_pupils import count_early_pupils, join_early
from pipeline.sources.local.evidence import read_self_evaluations, read_soft_intelligence
from pipeline.sources.local.files import (
    EARLY_FILE,
    EARLY_PUPILS_FILE,
    LAST_YEAR_FILE,
    MODERATION_FILE,
    RETURNS_FILE,
    SELF_EVALUATION_FILE,
    SOFT_INTELLIGENCE_FILE,
    LocalFile,
    find_local_files,
    list_misnamed_files,
)
from pipeline.sources.local.returns import LocalReturns, refuse_strange_schools
from pipeline.sources.local.rows import Days, Row, Schools, open_table, read_rows
from pipeline.sources.reading import PublishedFile

#: Academic years, counted back from the year under review, of which a report speaks; older notes are to be retired.
YEARS = 3


@dataclass(frozen=True)
class LocalReading:
    """What the folder's files hold of all schools, and what is to be known of them."""

    local: LocalSlice
    warnings: tuple[Fault, ...]


@dataclass(frozen=True)
class _Folder:
    files: dict[str, PublishedFile]
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def read(self, about: LocalFile, read: Callable[[list[Row]], pd.DataFrame]) -> pd.DataFrame | None:
        """One file's frame; None where it is not there or its faults, which are noted, leave nothing to read."""
        if about.stem not in self.files:
            return None
        try:
            table = open_table(self.files[about.stem], secret=about.secret)
            rows, faults, warnings = read_rows(table, about, past_headings=True)
            frame = read(rows)
        except FaultyInput as error:
            self.faults.extend(error.faults)
            return None
        self.faults.extend(faults)
        self.warnings.extend(warnings)
        return None if any(row.unread for row in rows) else frame  # to be held against no other file


def read_local(
    folder: Path,
    schools: Schools,
    *,
    year: int,
    date: datetime.date,
    categories: Sequence[str] = (),
    last_categories: Sequence[str] = (),
    smallest: int = 0,
) -> LocalReading:
    """Read every local file of ``folder``. A file that is not there, or is an empty template, holds nothing.

    ``year`` is that under review, ``date`` that of the edition. ``categories`` are the words by which the policy lets
    a panel name a category, ``last_categories`` those that may stand for last year's. Early results of fewer pupils
    than ``smallest`` are withheld; those that stand are told apart from what is published later, by ``settle_early``.
    Raises FaultyInput with every fault of every file: a report that left out a panel's decision would be wrong.
    """
    found = _Folder(find_local_files(folder), list_misnamed_files(folder))
    heard, decided = _days_of_evidence(year, date), list_days_of_panels(year, date)
    frames = {
        "self_evaluation": found.read(SELF_EVALUATION_FILE, lambda rows: read_self_evaluations(rows, schools, heard)),
        "soft_intelligence": found.read(
            SOFT_INTELLIGENCE_FILE, lambda rows: read_soft_intelligence(rows, schools, heard)
        ),
        "moderation": found.read(MODERATION_FILE, lambda rows: read_moderation(rows, schools, decided, categories)),
        "last_year": found.read(LAST_YEAR_FILE, lambda rows: read_last_year(rows, schools, last_categories)),
    }
    stated = found.read(EARLY_FILE, lambda rows: read_early_results(rows, schools, year, smallest))
    counted = found.read(EARLY_PUPILS_FILE, lambda rows: count_early_pupils(rows, schools, year, smallest))
    frames["early"], disagreeing = join_early(stated, counted)
    found.faults.extend(disagreeing)
    _check_returns(found, schools, year)
    if found.faults:
        once = dict.fromkeys(found.faults)  # the returns' headings are looked at twice
        raise FaultyInput(sorted(once, key=lambda fault: (fault.file, fault.line or 0)))
    return LocalReading(
        LocalSlice(**{name: frame for name, frame in frames.items() if frame is not None}), tuple(found.warnings)
    )


def _check_returns(found: _Folder, schools: Schools, year: int) -> None:
    """Look for faults in the local returns. Their figures are read with the published files, which know no schools."""
    file = found.files.get(RETURNS_FILE.stem)
    if file is None:
        return
    try:
        table = open_table(file)
        rows, faults, warnings = read_rows(table, RETURNS_FILE, past_headings=True)
        refuse_strange_schools(rows, schools)
        found.warnings.extend(warnings)
        found.faults.extend(faults)
        LocalReturns().read(table, year)
    except FaultyInput as error:
        found.faults.extend(error.faults)


def _end_of_academic_year(date: datetime.date) -> datetime.date:
    return datetime.date(date.year + (date.month >= 9), 8, 31)


def _days_of_evidence(year: int, date: datetime.date) -> Days:
    """The three academic years of which a report speaks, and the one in which it is written."""
    last = _end_of_academic_year(date)
    return Days(
        first=datetime.date(year - YEARS, 9, 1),
        last=last,
        why_not_before=f"is before {name_academic_year(year - YEARS + 1)}, the earliest year this edition speaks of",
        why_not_after=f"is after {name_academic_year(last.year)}, the academic year in which the edition is dated",
    )


def list_days_of_panels(year: int, date: datetime.date) -> Days:
    """The days on which a panel of the edition of ``year``, dated ``date``, may have met.

    From the summer in which the first results of the year under review are known.
    """
    evidence = _days_of_evidence(year, date)
    return Days(
        first=datetime.date(year, 7, 1),
        last=evidence.last,
        why_not_before=f"is before any result of {name_academic_year(year)} was known: a panel of another edition",
        why_not_after=evidence.why_not_after,
    )
