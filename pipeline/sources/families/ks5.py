"""16 to 18 by school, the wide downloads: results, destinations of leavers, progression to higher education.

Rows are of schools and colleges and of consortia that share a sixth form. A school that shares one has the consortium's
figures in its own row: these are no school's, and are set aside.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import Availability, Level, Unit, count_noun, name_academic_year
from pipeline.sources.families.wide import WideFile, read_successors, read_wide
from pipeline.sources.reading import RawTable, Reading
from pipeline.sources.tabular.columns import AliasTable, Columns, Figure, list_names, load_aliases
from pipeline.sources.tabular.rows import LEVEL_OF_KIND, Rows, place_by_record

_CONSORTIUM = "sixth-form consortium"
#: What the rules of types call such a centre (``schools.yaml``): a phase of its own, outside the review.
_CONSORTIUM_TYPE = "Sixth form centres"
_STRAY_TYPE = r"\d{3,}"  # a map reference that stands where a type does


class _After16(WideFile):
    """What the wide files on 16 to 18 share."""

    title: str
    known_by: frozenset[str]
    years_behind = 0

    def recognises(self, header: tuple[str, ...]) -> bool:
        return self.known_by <= {name.lower() for name in header}

    def read(self, table: RawTable, year: int) -> Reading:
        """Observations bear the year in which the students ended: ``years_behind`` before ``year``."""
        aliases = load_aliases(self.family)
        table, notes = clear_types(say_uncounted(table, aliases), aliases)
        ended = year - self.years_behind
        reading, rows, columns = read_wide(table, ended, aliases, lambda found: place_by_record(found, aliases), {})
        reading = replace(reading, year=year, notes=(*reading.notes, *notes))
        reading = set_aside_shared(reading, columns, aliases, rows)
        if self.years_behind:
            note = f"tells of students who ended 16 to 18 study in {name_academic_year(ended)}"
            reading = replace(reading, notes=(*reading.notes, note))
        else:
            reading = _finish_results(reading, columns, aliases, rows)
        used = tuple(name for name in table.header if name in columns.used)
        return replace(reading, columns_used=used, columns_unused=columns.unused)


class KeyStage5(_After16):
    """Files known by the average points an A level entry beside the number of students."""

    family = "ks5"
    title = "16 to 18 results"
    known_by = frozenset({"tallppe_alev_1618", "tpup1618"})


class DestinationsAfter18(_After16):
    """Files known by the percentage of students, of all levels, in a sustained destination."""

    family = "destinations_after_18"
    title = "destinations after 16 to 18"
    known_by = frozenset({"tot_overallper", "tot_cohort"})
    years_behind = 2


class Progression(_After16):
    """Files known by the percentage of level 3 students who went on to level 4 or above."""

    family = "progression_after_18"
    title = "progression to higher education or training"
    known_by = frozenset({"all_progressed", "all_cohort"})
    years_behind = 3


def say_uncounted(table: RawTable, aliases: AliasTable) -> RawTable:
    """The table with NA where rows of areas leave a number of students blank: none is ever printed there."""
    columns = Columns(table, aliases.renames)
    kinds = place_by_record(columns, aliases)
    if kinds is None:
        return table
    figures = [figure for about in aliases.measures.values() for figure in about.columns.values()]
    counts = list_names([figure.cohort for figure in figures if isinstance(figure, Figure)])
    is_area = ~kinds.map(LEVEL_OF_KIND).eq(Level.SCHOOL)
    cells = table.cells.copy()
    for name in filter(None, map(columns.find, counts)):
        cells[name] = cells[name].mask(is_area & (cells[name].str.strip() == ""), "NA")
    return replace(table, cells=cells)


def clear_types(table: RawTable, aliases: AliasTable) -> tuple[RawTable, tuple[str, ...]]:
    """The table with consortia typed as what they are and without numbers that are no type; a note on these."""
    columns = Columns(table, aliases.renames)
    name, kinds = columns.find(aliases.keys["type"]), place_by_record(columns, aliases)
    if name is None or kinds is None:
        return table, ()
    types = table.cells[name].str.strip()
    stray = types.str.fullmatch(_STRAY_TYPE)
    cells = table.cells.copy()
    cells[name] = types.mask(stray, "").mask(kinds == _CONSORTIUM, _CONSORTIUM_TYPE)
    if not stray.any():
        return replace(table, cells=cells), ()
    row = int(np.flatnonzero(stray)[0])
    rows, verb = count_noun(int(stray.sum()), "row"), "has" if stray.sum() == 1 else "have"
    told = f"{rows} {verb} a number for a type (line {int(table.lines[row])}: {types.iloc[row]}): the type is not known"
    return replace(table, cells=cells), (told,)


def set_aside_shared(reading: Reading, columns: Columns, aliases: AliasTable, rows: Rows) -> Reading:
    """The reading without the figures of a consortium in the rows of schools that share its sixth form.

    How many students such a school has is its own.
    """
    feeder = columns.text(aliases.keys["feeder"])
    shared = feeder == "1" if feeder is not None else None
    if shared is None or not shared.any() or reading.observations is None:
        return reading
    observations = reading.observations
    gone = observations["line"].isin(rows.line[shared.to_numpy()]) & (observations["unit"] != Unit.PUPILS)
    note = (
        f"{count_noun(int(shared.sum()), 'row')} of schools that share a sixth form hold its figures, not their own: "
        "those are not used as the school's"
    )
    return replace(reading, observations=_set_aside(observations, gone), notes=(*reading.notes, note))


def _set_aside(observations: pd.DataFrame, gone: pd.Series) -> pd.DataFrame:
    names = ("value", "lower", "upper", "cohort", "step")
    changed = {name: observations[name].mask(gone) for name in names}
    changed["availability"] = observations["availability"].mask(gone, str(Availability.NOT_PUBLISHED))
    changed["word"] = observations["word"].mask(gone, "")
    return observations.assign(**changed)


def _finish_results(reading: Reading, columns: Columns, aliases: AliasTable, rows: Rows) -> Reading:
    """The reading of a results file with what only such a file says: grades, checks under way, successors."""
    reading = question_grades(reading, columns, aliases, rows)
    checked = columns.text(aliases.keys["under_check"])
    under_check = 0 if checked is None else int((checked.str.upper() == "R").sum())
    note = f"{count_noun(under_check, 'row')} marked R: results under check when the file was made"
    notes = (*reading.notes, note) if under_check else reading.notes
    return replace(reading, names=read_successors(columns, aliases, rows), notes=notes)


_GRADE = re.compile(r"(A\*|[A-E])([+-]?)")
_POINTS_OF_GRADE = {"A*": 60, "A": 50, "B": 40, "C": 30, "D": 20, "E": 10}
_THIRD = 10 / 3  # of a grade: C+ is a third above C
_GRADE_SLACK = 0.02  # what rounding to two decimals may add at a boundary
_LEAST_GRADED = 10 / 2  # below the least E- there is no grade but U or none


def find_grade_range(word: str) -> tuple[float, float] | None:
    """The points that are such a grade: C+ is 31.67 to 35.00; None where ``word`` is no grade."""
    match = _GRADE.fullmatch(word)
    if match is None:
        return None
    middle = _POINTS_OF_GRADE[match[1]] + {"+": _THIRD, "-": -_THIRD, "": 0}[match[2]]
    return middle - _THIRD / 2 - _GRADE_SLACK, middle + _THIRD / 2 + _GRADE_SLACK


def question_grades(reading: Reading, columns: Columns, aliases: AliasTable, rows: Rows) -> Reading:
    """The reading with points set aside that are not the grade printed beside them, and a fault for each."""
    if reading.observations is None:
        return reading
    observations, faults = reading.observations, []
    words: dict[object, str] = {}
    for grade_name, points_name in aliases.grades.items():
        grade, points = columns.text(grade_name), columns.find(points_name)
        if grade is None or points is None:
            continue
        grades = dict(zip(rows.line.tolist(), grade, strict=True))
        cells = dict(zip(rows.line.tolist(), columns.table.cells[points].str.strip(), strict=True))
        printed = observations[(observations["column"] == points) & observations["value"].notna()]
        for place, line, value in zip(printed.index, printed["line"].tolist(), printed["value"].tolist(), strict=True):
            if _is_grade_of(grades[line], value):
                continue
            words[place] = cells[line]
            beside = f"the grade {grades[line]!r} beside them" if grades[line] else "beside a grade"
            what = f"{cells[line]} points are not {beside}: they are left out"
            remedy = "Compare both cells with the publisher's file, and ask the publisher which is right."
            faults.append(Fault(columns.table.file.name, line, points, what, remedy))
    if not words:
        return reading
    text = pd.Series(words).reindex(observations.index)
    gone = text.notna()
    observations = _set_aside(observations, gone)
    said = observations["word"].astype(object).mask(gone, text)
    availability = observations["availability"].mask(gone, str(Availability.QUESTIONED))
    observations = observations.assign(word=said.astype("category"), availability=availability)
    return replace(reading, observations=observations, faults=(*reading.faults, *faults))


def _is_grade_of(word: str, points: float) -> bool:
    found = find_grade_range(word)
    return points < _LEAST_GRADED if found is None else found[0] <= points <= found[1]


SOURCES = (KeyStage5(), DestinationsAfter18(), Progression())
