"""The same as a list of pupils: ``early_pupils.csv``, counted as it is read.

No row, name or result of a single pupil goes on from here: not into a table, a log or a message. What is wrong with a
cell is said by its line and column, never by what stands in it, and nothing says which school a row would name that is
none of the area's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import PupilGroup, Unit
from pipeline.sources.frames import OBSERVATIONS, shape_frame
from pipeline.sources.local.early import KEY, describe_figure, give_value, name_figure, stack_early
from pipeline.sources.local.early_measures import EARLY, EarlyMeasure, ResultKind
from pipeline.sources.local.evidence import NO, YES
from pipeline.sources.local.files import EARLY_FILE, EARLY_PUPILS_FILE
from pipeline.sources.local.rows import Row, Schools
from pipeline.sources.tabular.cells import parse_cell

#: The rounding of an average as a person writes it down: of two accounts of it, half of that apart is the same.
_WRITTEN = 0.1
_SLACK = 1e-9
_BELOW = -np.inf


@dataclass(frozen=True)
class _Result:
    """What a pupil reached: as much as ``at_least`` and no more than ``at_most``, equal where it is a number.

    Missing where it is not to be counted.
    """

    at_least: float
    at_most: float

    @property
    def counts(self) -> bool:
        return not np.isnan(self.at_least)

    def reached(self, level: float) -> bool | None:
        """Whether the level was reached; None where that is not known."""
        if self.at_least >= level:
            return True
        return False if self.at_most < level else None


_LEFT_OUT = _Result(np.nan, np.nan)


@dataclass(frozen=True)
class _Pupil:
    urn: int
    disadvantaged: bool | None  # None where the list does not say
    results: dict[str, _Result]  # by column


def count_early_pupils(rows: Sequence[Row], schools: Schools, year: int, smallest: int) -> pd.DataFrame:
    """OBSERVATIONS counted from a list of pupils, of all, disadvantaged and other pupils; faults are noted by row.

    ``year`` is the year under review, of which the list is. A figure of fewer pupils than ``smallest`` is withheld. A
    measure that some result leaves open for a school, such as a score told by a word, is not counted for it: a warning
    says so once a school and measure.
    """
    read = [(row, _read_pupil(row, schools)) for row in rows]
    by_school: dict[int, list[tuple[Row, _Pupil]]] = {}
    for row, pupil in read:
        by_school.setdefault(pupil.urn, []).append((row, pupil))
    figures = []
    for urn, pupils in sorted(by_school.items()):
        _refuse_holes([row for row, _ in pupils])
        if urn:
            figures += list(_count_school(urn, pupils, year, smallest))
    return shape_frame(pd.DataFrame(figures, columns=list(OBSERVATIONS)), OBSERVATIONS)


def _refuse(row: Row, column: str, what: str, remedy: str) -> None:
    """Note a fault that says where and not what: not even a URN, which may be a pupil's number in the wrong column."""
    row.faults.append(Fault(row.file, row.line, column, what, remedy))


def _read_pupil(row: Row, schools: Schools) -> _Pupil:
    urn = row.number if row.number in schools.own else 0
    if schools.leaves_aside(row.number):
        replace(row, number=None).leave_aside("urn", "the school")  # which it need not be, in the wrong column
    elif not urn:
        _refuse(row, "urn", "is no school of this edition's area", "Write the school's six digits.")
    said = row["disadvantaged"].casefold()
    if said and said not in (*YES, *NO):
        _refuse(row, "disadvantaged", "says neither yes nor no", "Write yes or no.")
    results = {name: _read_result(row, name) for name in EARLY.columns if row[name]}
    if not results:
        _refuse(row, next(iter(EARLY.columns)), "the pupil has no result", "Write one, or remove the row.")
    return _Pupil(urn or 0, None if not said else said in YES, results)


def _read_result(row: Row, column: str) -> _Result:
    kind, said = EARLY.kinds[EARLY.columns[column].kind], row[column].upper()
    if said in kind.levels:
        return _Result(kind.levels[said], kind.levels[said])
    if said in kind.left_out:
        return _LEFT_OUT
    if said in kind.below:
        return _Result(_BELOW, _BELOW)
    if kind.standard is not None and kind.least is not None and kind.most is not None:
        if said in kind.reached:
            return _Result(kind.standard, kind.most)
        if said in kind.missed:
            return _Result(kind.least, kind.standard - 1)
    value = parse_cell(said).value
    if kind.least is None or kind.most is None or not kind.least <= value <= kind.most or _is_broken(kind, value):
        _refuse(row, column, "is no result of this column", f"Write {_list_words(kind)}.")
        return _LEFT_OUT
    return _Result(value, value)


def _is_broken(kind: ResultKind, value: float) -> bool:
    return kind.whole and not value.is_integer()


def _list_words(kind: ResultKind) -> str:
    numbers = [] if kind.least is None else [f"{kind.least:g} to {kind.most:g}"]
    words = (*kind.levels, *kind.reached, *kind.missed, *kind.below, *kind.left_out)
    return "; or ".join([*numbers, *([", ".join(words)] if words else [])])


def _refuse_holes(rows: Sequence[Row]) -> None:
    """Note a fault for each empty cell of a column that other pupils of the school have filled."""
    for stage in dict.fromkeys(column.stage for column in EARLY.columns.values()):
        names = [name for name, column in EARLY.columns.items() if column.stage == stage]
        of_stage = [row for row in rows if any(row[name] for name in names)]
        for name in (*names, "disadvantaged"):
            if not any(row[name] for row in of_stage):
                continue
            for row in of_stage:
                if not row[name]:
                    what = "is empty, where other pupils of the school have it"
                    _refuse(row, name, what, "Write it; a pupil who is not to count has a word for it.")


def _count_school(
    urn: int, pupils: Sequence[tuple[Row, _Pupil]], year: int, smallest: int
) -> Iterator[dict[str, object]]:
    for key, about in EARLY.measures.items():
        counted = [(row, one) for row, one in pupils if about.columns and set(about.columns) <= set(one.results)]
        if not counted:
            continue
        if any(_is_open(about, one) for _, one in counted):
            row = counted[0][0]
            what = f"{about.name} is not counted for URN {urn}: results told by a word leave it open"
            remedy = "Write the scores, or the figure itself in early_results.csv."
            row.warnings.append(Fault(row.file, None, None, what, remedy, urn))
            continue
        for group in (PupilGroup.ALL, PupilGroup.DISADVANTAGED, PupilGroup.OTHER):
            chosen = [one for _, one in counted if _is_of(one, group)]
            total, number = _count(about, chosen)
            if number:
                figure = describe_figure(urn, key, str(group), year, EARLY_PUPILS_FILE.name)
                yield {**figure, "availability": "", **give_value(about, total, number, smallest)}


def _is_of(pupil: _Pupil, group: PupilGroup) -> bool:
    if group is PupilGroup.ALL:
        return True
    return pupil.disadvantaged is not None and pupil.disadvantaged == (group is PupilGroup.DISADVANTAGED)


def _is_open(about: EarlyMeasure, pupil: _Pupil) -> bool:
    """Whether it is not known if the pupil reached the measure, or with which score."""
    results = [pupil.results[name] for name in about.columns]
    if not all(one.counts for one in results):
        return False
    if about.average:
        return any(one.at_least != one.at_most for one in results)
    reached = [pupil.results[name].reached(level) for name, level in about.reach.items()]
    return None in reached and False not in reached


def _count(about: EarlyMeasure, pupils: Sequence[_Pupil]) -> tuple[float, int]:
    """How many reached the measure, or their average; and of how many pupils that is."""
    counted = [one for one in pupils if all(one.results[name].counts for name in about.columns)]
    if about.average:
        scores = [one.results[about.average].at_least for one in counted]
        known = [score for score in scores if score != _BELOW]
        return (sum(known) / len(known) if known else 0.0), len(known)
    reached = [all(one.results[name].reached(level) for name, level in about.reach.items()) for one in counted]
    return float(sum(reached)), len(counted)


def join_early(stated: pd.DataFrame | None, counted: pd.DataFrame | None) -> tuple[pd.DataFrame, list[Fault]]:
    """OBSERVATIONS of both files, and a fault for each figure that they tell differently, which names both.

    No fault says how many pupils were counted: a list of pupils may tell of too few.
    """
    none = shape_frame(pd.DataFrame(), OBSERVATIONS)
    stated, counted = (none if frame is None else frame for frame in (stated, counted))
    if stated.empty or counted.empty:
        return stack_early([stated, counted]), []
    both = stated.merge(counted, on=list(KEY), suffixes=("", "_counted"))
    share = both["unit"].astype(str) == str(Unit.PERCENT)
    slack = np.where(share, 0.0, np.maximum(both["step"].fillna(0), _WRITTEN) / 2) + _SLACK
    alike = (both["value"] - both["value_counted"]).abs() <= slack
    alike &= both["cohort"] == both["cohort_counted"]
    alike |= both["value"].isna() & both["value_counted"].isna()
    rows: Iterable[Any] = both[~alike].itertuples(index=False)
    faults = [
        Fault(
            EARLY_FILE.name,
            int(row.line),
            "number" if row.unit == Unit.PERCENT else "value",
            f"{EARLY_PUPILS_FILE.name} counts otherwise for {name_figure(row)}",
            "Correct this row or the list of pupils, or leave this row out: the list is counted all the same.",
            int(row.urn),
        )
        for row in rows
    ]
    known = pd.MultiIndex.from_frame(stated[list(KEY)].astype(object))
    again = pd.MultiIndex.from_frame(counted[list(KEY)].astype(object)).isin(known)
    return stack_early([stated, counted[~again]]), faults
