"""What only all files of an edition together tell: a year group larger than its school, a row that is another school's.

Figures stand side by side here that come from different files and years. What is questioned is set aside in place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import Availability, Level, PupilGroup, Unit, name_academic_year
from pipeline.sources.frames import split_rows
from pipeline.sources.plausibility.relations import load_relations

#: A number of pupils as many times its school's other years, or as many times fewer, is not believed where two years
#: or more, none further off than this, agree among themselves. No real one of 2,596 is so.
TIMES_OTHER_YEARS = 5
YEARS_NEAR = 3
FEWEST_OTHER_YEARS = 2
#: The same of a number and the two groups it is made of: tidy files have them in rows of their own.
TIMES_ITS_HALVES = 2
#: Where there are no more pupils than this in any year, a fifth of them is no telling difference.
FEW_PUPILS = 20
#: A row of which three in four figures lie as many spreads from the same school's other years is another school's.
#: In the real files of three years no row's three quarters lie further than 2.3. The others have to be within half of
#: that of each other, or it is they that may be wrong.
SPREADS_OFF = 4.0
QUARTER = 0.25
#: Fewer figures of a row, or fewer schools, do not tell.
FIGURES_OF_A_ROW = 4
ENOUGH_SCHOOLS = 20

_REMEDY = (
    "Compare the row with the publisher's website, or download the file again. "
    "The figures of these pupils are shown but not judged."
)
_ROW = "Compare the row with the publisher's website, or download the file again: rows may have been moved."
_LINES = 1 << 24  # more than a file has
_MEASURES, _YEARS = 1 << 12, 1 << 12  # more than there are


def _find_school_rows(observations: pd.DataFrame, group: PupilGroup = PupilGroup.ALL) -> np.ndarray:
    """Figures of a group of pupils of a school."""
    found = ~np.isnan(observations["value"].to_numpy())
    for name, wanted in (("level", Level.SCHOOL), ("group", group)):
        column = observations[name].cat
        code = column.categories.get_loc(str(wanted)) if str(wanted) in column.categories else -2
        found &= column.codes.to_numpy() == code
    return found


# Numbers of pupils.


def question_counts(observations: pd.DataFrame) -> list[Fault]:
    """Set aside in ``observations`` (combined, of all files) numbers of pupils that are not believed, and name them.

    All that is told of a school must be there.
    """
    counts = _select_counts(observations)
    if counts.empty:
        return []
    counts["usual"] = _find_usual(counts)
    counts["halves"] = _sum_halves(observations, counts)
    school = counts["urn"] * _YEARS + counts["year"]
    rolls = counts.set_index(school)[(counts["measure"] == load_relations().roll).to_numpy()]
    rolls = rolls.loc[~rolls.index.duplicated(), ["value", "usual"]].add_prefix("roll_").reindex(school)
    counts[["roll_value", "roll_usual"]] = rolls.to_numpy()
    faults = []
    for row in map(_Count._make, counts.loc[_is_questioned(counts), list(_Count._fields)].itertuples(index=False)):
        _set_aside_count(observations, row)
        faults.append(Fault(row.file, row.line, row.column, _say_count(row), _REMEDY, row.published_urn))
    return faults


class _Count(NamedTuple):
    """A number of pupils that is questioned, and where it stands in the frame."""

    place: int
    published_urn: int
    year: int
    value: float
    usual: float
    roll_value: float
    halves: float
    file: str
    line: int
    column: str


def _select_counts(observations: pd.DataFrame) -> pd.DataFrame:
    relations = load_relations()
    chosen = _find_school_rows(observations)
    chosen &= observations["measure"].isin([*relations.counts, relations.roll]).to_numpy()
    columns = ["urn", "published_urn", "measure", "year", "value", "file", "line", "column"]
    counts = observations[columns].take(np.flatnonzero(chosen))
    counts["place"] = np.flatnonzero(chosen)
    return counts.astype(dict.fromkeys(("urn", "published_urn", "year", "line"), "int64"))


def _number_counts(rows: pd.DataFrame) -> np.ndarray:
    """One number for each school and measure."""
    return rows["urn"].to_numpy("int64", na_value=0) * _MEASURES + rows["measure"].cat.codes.to_numpy()


def _find_usual(counts: pd.DataFrame) -> np.ndarray:
    """The number of the school's two nearest other years, where they agree; else missing."""
    one, other = _find_two_others(_number_counts(counts), counts["year"].to_numpy(), counts["value"].to_numpy())
    agree = (np.minimum(one, other) > 0) & (np.maximum(one, other) < TIMES_OTHER_YEARS * np.minimum(one, other))
    return np.where(agree, (one + other) / 2, np.nan)


def _sum_halves(observations: pd.DataFrame, counts: pd.DataFrame) -> np.ndarray:
    """The pupils of the two halves of each number in ``counts``, where both stand beside it; else missing."""
    relations = load_relations()
    total = np.full(len(counts), np.nan)
    chosen = observations["measure"].isin(relations.counts).to_numpy()
    wanted = _number_counts(counts) * _YEARS + counts["year"].to_numpy()
    for halves in relations.halves:
        parts = []
        for half in halves:
            rows = np.flatnonzero(_find_school_rows(observations, half) & chosen)
            found = observations[["urn", "year", "measure", "value"]].take(rows)
            by_figure = found.set_index(_number_counts(found) * _YEARS + found["year"].to_numpy())["value"]
            parts.append(by_figure[~by_figure.index.duplicated()].reindex(wanted).to_numpy())
        total = np.where(np.isnan(total), parts[0] + parts[1], total)
    return total


def _is_far(counts: pd.DataFrame, value: str, usual: str, times: float = TIMES_OTHER_YEARS) -> np.ndarray:
    """Where the numbers in the column ``value`` are many times those in ``usual``, or the other way round."""
    most, least = counts[[value, usual]].max(axis=1), counts[[value, usual]].min(axis=1)
    known = counts[[value, usual]].notna().all(axis=1)
    return (known & (most > FEW_PUPILS) & (most > times * least)).to_numpy()


def _is_questioned(counts: pd.DataFrame) -> np.ndarray:
    own, roll = _is_far(counts, "value", "usual"), _is_far(counts, "roll_value", "roll_usual")
    own = own | _is_far(counts, "value", "halves", TIMES_ITS_HALVES)
    return own | ((counts["value"] > counts["roll_value"]).to_numpy() & ~roll)


def _say_count(row: _Count) -> str:
    said = []
    if row.value > row.roll_value:
        said.append(f"the whole school has {row.roll_value:g} in {name_academic_year(row.year)}")
    if row.halves == row.halves and row.halves != row.value:
        said.append(f"the two groups it is made of have {row.halves:g} together")
    if row.usual == row.usual:
        said.append(f"in its other years there are about {row.usual:g}")
    return f"{row.value:g} pupils are not believed and not used: {' and '.join(said)}"


def _set_aside_count(observations: pd.DataFrame, row: _Count) -> None:
    _question(observations, np.array([row.place]))
    same = (observations["file"] == row.file).to_numpy() & (observations["line"] == row.line).to_numpy()
    same &= (observations["year"] == row.year).to_numpy() & (observations["level"] == str(Level.SCHOOL)).to_numpy()
    own = observations.loc[same & observations["measure"].isin(load_relations().counts).to_numpy(), "group"]
    counted = set(own.astype(str)) - {str(PupilGroup.ALL)}  # of the others the pupils were a share of this number
    same &= ~observations["group"].isin(counted).to_numpy()
    observations.loc[observations.index[same], "cohort"] = np.nan


# Rows.


class RowsCompared:
    """How far each row's figures lie from the same school's other years: asked once all schools have been added."""

    def __init__(self) -> None:
        #: For each time that some were added: files by name, and a number for each row's file and line.
        self._rows: list[tuple[pd.Index, np.ndarray]] = []
        self._count = 0  # of rows
        #: By measure: the place of each figure's row, how far the figure lies off two other years, and these apart.
        self._figures: dict[str, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = defaultdict(list)

    def add(self, observations: pd.DataFrame) -> None:
        """Add OBSERVATIONS (combined, of all files) of some schools: all that is told of them."""
        compared = _find_school_rows(observations)
        compared &= observations["unit"].isin([str(unit) for unit in _COMPARED]).to_numpy()
        rows = observations[["urn", "measure", "year", "value", "file", "line"]].take(np.flatnonzero(compared))
        value = rows["value"].to_numpy()
        one, other = _find_two_others(_number_counts(rows), rows["year"].to_numpy(), value)
        off = value - (one + other) / 2
        known = np.flatnonzero(~np.isnan(off))
        rows, off, apart = rows.take(known), off[known], np.abs(one - other)[known]
        file = rows["file"].cat.codes.to_numpy("int64")
        place, numbers = pd.factorize(file * _LINES + rows["line"].to_numpy())
        place = (place + self._count).astype("int32")
        self._rows.append((rows["file"].cat.categories, numbers))
        self._count += len(numbers)
        for measure, at in split_rows(rows["measure"].cat.codes.to_numpy()):
            self._figures[str(rows["measure"].cat.categories[measure])].append((place[at], off[at], apart[at]))

    def find_far(self) -> list[list[tuple[str, int]]]:
        """File and line of each row of which nothing is believed, for each time that some were added."""
        sizes, near, divided = np.zeros((3, self._count), dtype="int64")
        for parts in self._figures.values():
            place, off, apart = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
            centre = np.median(off)
            spread = 1.4826 * np.median(np.abs(off - centre))
            if len(off) < ENOUGH_SCHOOLS or not spread > 0:
                continue
            spreads = np.abs(off - centre) / spread
            sizes += np.bincount(place, minlength=self._count)
            near += np.bincount(place[spreads <= SPREADS_OFF], minlength=self._count)
            divided += np.bincount(place[apart / spread >= SPREADS_OFF / 2], minlength=self._count)
        quarter = (QUARTER * (sizes - 1)).astype(int)  # so few may be near where three in four are far
        is_far = (sizes >= FIGURES_OF_A_ROW) & (near <= quarter) & (divided <= quarter)
        ends = np.cumsum([len(numbers) for _, numbers in self._rows])
        return [
            [(str(files[number // _LINES]), int(number % _LINES)) for number in numbers[far]]
            for (files, numbers), far in zip(self._rows, np.split(is_far, ends), strict=False)
        ]


_COMPARED = (Unit.PERCENT, Unit.POINTS, Unit.SCALED_SCORE, Unit.PROGRESS)


def _find_two_others(key: np.ndarray, year: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each value those of the two nearest other years of its ``key``; missing where there are not two."""
    order = np.lexsort((year, key))
    k, y, v = key[order], year[order].astype("int64"), value[order]
    here, found = np.arange(len(v)), np.full((2, len(v)), np.nan)
    for first, second in ((-1, 1), (-2, -1), (1, 2)):
        one, other = np.roll(here, -first), np.roll(here, -second)
        both = np.isnan(found[0]) & (here + first >= 0) & (here + second < len(v)) & (y[one] != y[other])
        for place in (one, other):
            both &= (k[place] == k) & (y[place] != y) & (np.abs(y[place] - y) <= YEARS_NEAR)
        found[0][both], found[1][both] = v[one][both], v[other][both]
    back = np.argsort(order, kind="stable")
    return found[0][back], found[1][back]


def set_aside_row(observations: pd.DataFrame, name: str, line: int) -> Fault:
    """Set aside in ``observations`` every figure of a row of the file ``name``, and name the row."""
    same = (observations["file"] == name).to_numpy() & (observations["line"] == line).to_numpy()
    places = np.flatnonzero(same)
    urn = observations["published_urn"].iloc[places[0]]
    _question(observations, places[~np.isnan(observations["value"].to_numpy()[places])])
    what = "nearly every figure of the row lies far from the same school's other years, as if it were another's"
    return Fault(name, line, None, f"{what}: nothing of it is believed", _ROW, None if pd.isna(urn) else int(urn))


def _question(observations: pd.DataFrame, places: np.ndarray) -> None:
    """Set the figures in ``places`` aside, their numbers kept as words."""
    words = [f"{value:.6g}" for value in observations["value"].to_numpy()[places]]
    _add_words(observations, words)
    index = observations.index[places]
    observations.loc[index, "word"] = words
    observations.loc[index, "availability"] = str(Availability.QUESTIONED)
    for name in ("value", "lower", "upper", "step"):
        observations.loc[index, name] = np.nan


def _add_words(observations: pd.DataFrame, words: Sequence[str]) -> None:
    known = observations["word"].cat.categories
    together = sorted({*map(str, known), *words})
    if len(together) > len(known):
        observations["word"] = observations["word"].cat.set_categories(together)
