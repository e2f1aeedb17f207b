"""Results that an organisation has collected before they are published: ``early_results.csv``, a row a figure.

A share is written as a number of pupils, so that nothing is lost to rounding; an average as the average. Both become
observations that say by their file that they are early, and give way to the published figure once it is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.foundation.vocabulary import Availability, Level, PupilGroup, name_academic_year, read_academic_year
from pipeline.sources.frames import OBSERVATIONS, shape_frame
from pipeline.sources.local.early_measures import EARLY, EarlyMeasure
from pipeline.sources.local.files import EARLY_FILE, EARLY_GROUPS, find_nearest, simplify
from pipeline.sources.local.rows import Row, Schools, refuse_repeats
from pipeline.sources.tabular.cells import Cell, parse_cell

#: Academic years, counted back from the year under review, that an early figure may be of.
YEARS = 3
#: How a figure is known: school, measure, pupil group, year.
KEY = ("urn", "measure", "group", "year")
_GROUP_WORDS = {word: str(group) for group, words in EARLY_GROUPS.items() for word in (str(group), *words)}


def read_early_results(rows: Sequence[Row], schools: Schools, year: int, smallest: int) -> pd.DataFrame:
    """OBSERVATIONS of the file's rows, each with its line; every fault is noted with its row.

    ``year`` is the year under review. Figures of fewer pupils than ``smallest`` are withheld, and their numbers of
    pupils with them; a word of the publishers' lists in place of a number withholds a figure too.
    """
    found = [_read_row(row, schools, year, smallest) for row in rows]
    what = "line {line} holds the same measure of the same pupils of the school"
    refuse_repeats(rows, [tuple(one[name] or None for name in KEY) for one in found], what, "Keep one of the two.")
    _check_parts(rows, found)
    return shape_frame(pd.DataFrame(found, columns=list(OBSERVATIONS)), OBSERVATIONS)


def describe_figure(urn: int, measure: str, group: str, year: int, file: str, line: int = 0) -> dict[str, object]:
    """What a row of OBSERVATIONS says of an early figure beside its value."""
    return {
        "level": str(Level.SCHOOL),
        "urn": urn,
        "published_urn": urn,
        "measure": measure,
        "group": group,
        "year": year,
        "unit": str(EARLY.measures[measure].unit) if measure else "percent",
        "file": file,
        "line": line,
        "column": "",
        "word": "",
    }


def give_value(
    measure: EarlyMeasure, total: float, pupils: float, smallest: int, step: float = 0.0
) -> dict[str, object]:
    """Value, cohort and availability of a figure: ``total`` is the number of pupils who reached it, or the average.

    ``step`` is the rounding of an average as it was written. Withheld where it is of fewer pupils than ``smallest``.
    """
    if pupils < smallest:
        return {"value": np.nan, "cohort": np.nan, "availability": str(Availability.SUPPRESSED)}
    value = 100 * total / pupils if measure.is_share else total
    return {"value": value, "cohort": pupils, "step": step, "availability": str(Availability.AVAILABLE)}


def _read_row(row: Row, schools: Schools, year: int, smallest: int) -> dict[str, object]:
    urn = row.read_urn(schools)
    measure = EARLY.names.get(row.choose("measure", list(EARLY.names), "measure of early results"), "")
    figure = describe_figure(urn, measure, _read_group(row), _read_year(row, year), EARLY_FILE.name, row.line)
    if not measure:
        return figure
    about = EARLY.measures[measure]
    column, other = ("number", "value") if about.is_share else ("value", "number")
    figure["column"] = column
    if row[other]:
        _refuse_other(row, about, other)
    cell = parse_cell(row[column])
    if cell.availability is Availability.UNKNOWN or cell.signed:
        row.refuse(column, "is no number", f"Write {_say_what(about)}, or SUPP where it must not be shown.")
    elif not row[column]:
        row.refuse(column, f"{_say_what(about)} is missing", f"Write it: {about.name} is told by `{column}`.")
    elif cell.availability is not Availability.AVAILABLE:
        return {**figure, "availability": str(Availability.SUPPRESSED), "word": cell.word}
    pupils = _read_pupils(row)
    if cell.signed or np.isnan(cell.value) or np.isnan(pupils) or not _is_possible(row, about, column, cell, pupils):
        return figure
    step = 0.0 if about.is_share else 10.0**-cell.decimals
    return {**figure, **give_value(about, cell.value, pupils, smallest, step)}


def _refuse_other(row: Row, about: EarlyMeasure, column: str) -> None:
    if about.is_share:
        what = f"{about.name} is a share of pupils, and this column is for averages"
        row.refuse(column, what, "Write in `number` how many pupils reached it, and leave this cell empty.")
    else:
        what = f"{about.name} is an average, and this column is for numbers of pupils"
        row.refuse(column, what, "Write the average in `value`, and leave this cell empty.")


def _say_what(about: EarlyMeasure) -> str:
    return "how many pupils reached it" if about.is_share else "the average"


def _read_group(row: Row) -> str:
    if not row["group"]:
        return str(PupilGroup.ALL)
    words = {simplify(word): group for word, group in _GROUP_WORDS.items()}
    found = words.get(simplify(row["group"]), "")
    if not found:
        near = find_nearest(row["group"], list(_GROUP_WORDS))
        remedy = f"Did you mean {near!r}? " if near else ""
        listed = ", ".join(str(group) for group in EARLY_GROUPS)
        row.refuse("group", f"{row['group']!r} is no group of pupils of this file", f"{remedy}Use one of: {listed}.")
    return found


def _read_year(row: Row, under_review: int) -> int:
    if not row["year"]:
        return under_review
    try:
        year = read_academic_year(row["year"])
    except ValueError:
        row.refuse("year", f"{row['year']!r} is not an academic year", "Write it as 2024/25, or leave it empty.")
        return 0
    first = under_review - YEARS + 1
    if not first <= year <= under_review:
        span = f"{name_academic_year(first)} to {name_academic_year(under_review)}"
        what = f"{name_academic_year(year)} is none of the years that this edition speaks of, {span}"
        row.refuse("year", what, "Correct it, or put # before the row.")
    return year


def _read_pupils(row: Row) -> float:
    """How many pupils the figure covers; missing, with a fault, where the cell does not say."""
    cell = parse_cell(row["of_how_many"])
    if cell.availability is Availability.AVAILABLE and not cell.signed and cell.value >= 1 and cell.value.is_integer():
        return cell.value
    what = "how many pupils the figure covers is missing" if not row["of_how_many"] else "is no number of pupils"
    row.refuse("of_how_many", what, "Write a whole number, 1 or more; or SUPP in place of the figure.")
    return np.nan


def _is_possible(row: Row, about: EarlyMeasure, column: str, cell: Cell, pupils: float) -> bool:
    """Whether the number or average can be at all; a fault where it cannot."""
    if not about.is_share:
        if about.least <= cell.value <= about.most:
            return True
        what = f"{cell.value:g} is impossible: {about.name} lies between {about.least:g} and {about.most:g}"
        row.refuse(column, what, "Write the average of all pupils, not their sum.")
        return False
    if cell.value < 0 or not cell.value.is_integer():
        row.refuse(column, "is no number of pupils", "Write how many pupils reached it, not a percentage.")
        return False
    if cell.value > pupils:
        what = "more pupils reached it than the figure covers"
        row.refuse(column, what, "Correct `number` or `of_how_many`; a percentage is not asked for.")
        return False
    return True


def _check_parts(rows: Sequence[Row], found: Sequence[Mapping[str, object]]) -> None:
    """Note a fault where the two parts of a school's pupils are more than all of them, or reached it oftener.

    No message gives a number: of a part it may be of too few pupils.
    """
    by_key = {tuple(one[name] for name in KEY): (row, one) for row, one in zip(rows, found, strict=True)}
    for (urn, measure, group, year), (row, _) in by_key.items():
        if group != PupilGroup.ALL or not measure:
            continue
        parts = [by_key.get((urn, measure, str(part), year)) for part in (PupilGroup.DISADVANTAGED, PupilGroup.OTHER)]
        told = [other for other, _ in filter(None, parts)]
        pupils, number = _count(row, "of_how_many"), _count(row, "number")
        if sum(_count(other, "of_how_many") for other in told) > pupils:
            what = "the groups of its pupils are more than the pupils it covers"
            row.refuse("of_how_many", what, f"Correct it here or in line {_list_lines(told)}.")
        elif EARLY.measures[str(measure)].is_share and sum(_count(other, "number") for other in told) > number:
            what = "more pupils of its groups reached it than of all pupils"
            row.refuse("number", what, f"Correct it here or in line {_list_lines(told)}.")
        elif len(told) == 2 and EARLY.measures[str(measure)].is_share:
            whole_pupils = sum(_count(other, "of_how_many") for other in told) == pupils
            if whole_pupils and sum(_count(other, "number") for other in told) < number:
                what = "fewer pupils of its groups reached it than of all pupils, though they are the same pupils"
                row.refuse("number", what, f"Correct it here or in line {_list_lines(told)}.")


def _count(row: Row, column: str) -> float:
    """The number in a cell; missing where there is none, so that no comparison with it holds."""
    cell = parse_cell(row[column])
    return np.nan if cell.signed else cell.value


def _list_lines(rows: Sequence[Row]) -> str:
    return " or ".join(str(row.line) for row in rows)


def stack_early(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """OBSERVATIONS under each other; a frame's categories are its own."""
    plain = [
        frame.astype({name: object for name, kind in OBSERVATIONS.items() if kind == "category"}) for frame in frames
    ]
    filled = [frame for frame in plain if len(frame)]
    return shape_frame(pd.concat(filled, ignore_index=True) if filled else plain[0], OBSERVATIONS)


def name_figure(row: Any) -> str:
    """A figure in words: ``reading expected (disadvantaged), 2024/25``."""
    measure, group = EARLY.measures[str(row.measure)], str(row.group)
    whose = "" if group == PupilGroup.ALL else f" ({group})"
    return f"{measure.name}{whose}, {name_academic_year(int(row.year))}"
