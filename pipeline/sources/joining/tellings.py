"""Which of several tellings of one figure counts.

A school's figure of one year may be told more than once: in its row of that year's file, in its predecessor's row, and
in the columns by which later files look back. docs/method.md, section 1, states the rule that is kept here:

- What one file withholds no other reveals.
- A value with its pupils comes before a value without.
- The row of the figure's own year comes before a later file that looks back; of those the latest comes first.
- A cell that tells nothing (not applicable, blank, new school) gives way to any that does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from enum import IntEnum
from typing import Any

import numpy as np
import pandas as pd

from pipeline.foundation.vocabulary import Availability, name_academic_year
from pipeline.sources.tabular.reconcile import Overlap

#: What a cell says where it tells nothing of the school.
NOT_TOLD = (Availability.NOT_APPLICABLE, Availability.NOT_AVAILABLE, Availability.NEW_SCHOOL)
#: What a cell says where the publisher has a figure and keeps it back.
WITHHELD = (Availability.SUPPRESSED, Availability.UNRELIABLE)
#: Disagreeing figures named one by one for a pair of files.
EXAMPLES_LISTED = 5


class Telling(IntEnum):
    """How much a cell tells, and whether its file is of the figure's own year (THEN) or looks back (LATER)."""

    WITHHELD_THEN = 0
    WITHHELD_LATER = 1
    FULL_THEN = 2  # a value and the number of its pupils
    WORD_THEN = 3  # why there is no value: low coverage, no entries, …
    FULL_LATER = 4
    VALUE_THEN = 5
    VALUE_LATER = 6
    WORD_LATER = 7
    SILENT_THEN = 8
    SILENT_LATER = 9


#: The order of tellings of one school's figure by several files. Value and word of one year stand equal: the fuller of
#: two files of one year decides. Where no file has a value, the word of the figure's own year stands, whatever it is.
ORDER_OF_FILES = np.array([0, 1, 2, 2, 4, 5, 6, 8, 7, 9], dtype="int8")
#: The order of tellings by a school (True) and its predecessors (False). A predecessor's row of that year comes before
#: the school's own without pupils, and what it withholds before the school's own look-backs.
_ORDER_OF_SCHOOLS = (
    (Telling.WITHHELD_THEN, True), (Telling.WITHHELD_LATER, True), (Telling.FULL_THEN, True), (Telling.WORD_THEN, True),
    (Telling.FULL_THEN, False), (Telling.VALUE_THEN, True),
    (Telling.WITHHELD_THEN, False), (Telling.WITHHELD_LATER, False), (Telling.WORD_THEN, False),
    (Telling.FULL_LATER, True), (Telling.FULL_LATER, False), (Telling.VALUE_THEN, False),
    (Telling.VALUE_LATER, True), (Telling.VALUE_LATER, False), (Telling.WORD_LATER, True), (Telling.WORD_LATER, False),
    (Telling.SILENT_THEN, True), (Telling.SILENT_LATER, True), (Telling.SILENT_THEN, False),
    (Telling.SILENT_LATER, False),
)  # fmt: skip
_PLACES = np.array([[_ORDER_OF_SCHOOLS.index((one, own)) for one in Telling] for own in (False, True)], dtype="int8")
_LATER = np.array([Telling[one.name.replace("_THEN", "_LATER")] for one in Telling], dtype="int8")


def name_tellings(rows: Any, latest: np.ndarray | int) -> np.ndarray:
    """The Telling of each row of OBSERVATIONS, as int8. ``latest`` is the latest year that its file tells of."""
    kinds = rows["availability"].astype("category").cat
    by_kind = np.array([_name_word(str(name)) for name in kinds.categories] or [Telling.SILENT_THEN], dtype="int8")
    told = by_kind[kinds.codes.to_numpy()]
    value = rows["value"].notna().to_numpy() & (told == Telling.VALUE_THEN)
    told[(told == Telling.VALUE_THEN) & ~value] = Telling.SILENT_THEN
    told[value & rows["cohort"].notna().to_numpy()] = Telling.FULL_THEN
    return np.where(rows["year"].to_numpy() < latest, _LATER[told], told)


def _name_word(availability: str) -> Telling:
    """What a cell of this availability tells, its pupils left aside."""
    if availability == Availability.AVAILABLE:
        return Telling.VALUE_THEN
    if availability in NOT_TOLD:
        return Telling.SILENT_THEN
    return Telling.WITHHELD_THEN if availability in WITHHELD else Telling.WORD_THEN


def order_schools(tellings: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Where each telling of a school's figure stands, least first; ``own`` or a predecessor's."""
    return _PLACES[own.astype(int), tellings]


def prefer_rows(rows: pd.DataFrame) -> np.ndarray:
    """The same order for OBSERVATIONS that no longer say which files look back; what is withheld comes first."""
    tellings = name_tellings(rows, 0)
    own = (rows["published_urn"] == rows["urn"]).fillna(True).to_numpy(dtype=bool)
    return np.where(tellings == Telling.WITHHELD_THEN, -1, order_schools(tellings, own))


def prefer_figure(availability: Availability, pupils: float | None, own: bool) -> int:
    """What ``prefer_rows`` gives for one figure."""
    telling = _name_word(availability)
    if telling is Telling.WITHHELD_THEN:
        return -1
    if telling is Telling.VALUE_THEN and pupils is not None:
        telling = Telling.FULL_THEN
    return int(_PLACES[int(own), telling])


def compare_tellings(rows: pd.DataFrame) -> list[Overlap]:
    """For each pair of files, how many of the figures both have agree within the published rounding.

    The first half of ``rows`` are the figures that stand, the second half those set aside, in the same order.
    """
    half = len(rows) // 2
    file = rows["file"].cat.codes.to_numpy("int64")
    names = list(rows["file"].cat.categories)
    value, step = rows["value"].to_numpy(), rows["step"].fillna(0).to_numpy()
    agree = np.abs(value[:half] - value[half:]) <= np.maximum(step[:half], step[half:]) / 2 + 1e-9
    agree |= np.isnan(value[:half]) & np.isnan(value[half:])
    pair = file[:half] * len(names) + file[half:]
    overlaps = []
    for one in np.unique(pair):
        apart = np.flatnonzero((pair == one) & ~agree)
        examples = [_describe_difference(rows.iloc[row], rows.iloc[row + half]) for row in apart[:EXAMPLES_LISTED]]
        overlaps.append(
            Overlap(
                won_by=names[one // len(names)],
                set_aside=names[one % len(names)],
                agree=int(((pair == one) & agree).sum()),
                disagree=len(apart),
                examples=tuple(examples),
            )
        )
    return overlaps


def _describe_difference(stands: pd.Series, other: pd.Series) -> str:
    who = str(stands["level"]) if pd.isna(stands["urn"]) else f"URN {stands['urn']}"
    about = f"{stands['measure']} ({stands['group']}) {name_academic_year(int(stands['year']))}"
    is_withheld = bool({str(stands["availability"]), str(other["availability"])} & {str(one) for one in WITHHELD})
    shown, hidden = (f"{_show_figure(row, is_withheld)} in line {row['line']}" for row in (stands, other))
    return f"{who}, {about}: {shown} stands, {hidden} does not"


def _show_figure(row: pd.Series, is_withheld: bool) -> str:
    """The cell as it stands; of a figure that another file withholds no more than that there is one."""
    if pd.isna(row["value"]):
        return str(row["word"] or row["availability"])
    return "a number" if is_withheld else f"{row['value']:g}"


def sum_overlaps(overlaps: Iterable[Overlap]) -> list[Overlap]:
    """One overlap for each pair of files, in the order of their names."""
    pairs: dict[tuple[str, str], list[Overlap]] = defaultdict(list)
    for one in overlaps:
        pairs[one.won_by, one.set_aside].append(one)
    return [
        Overlap(
            won_by=won_by,
            set_aside=set_aside,
            agree=sum(one.agree for one in found),
            disagree=sum(one.disagree for one in found),
            alone=sum(one.alone for one in found),
            examples=tuple(example for one in found for example in one.examples)[:EXAMPLES_LISTED],
        )
        for (won_by, set_aside), found in sorted(pairs.items())
    ]
