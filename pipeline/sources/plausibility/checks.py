"""What one row's figures must agree with, asked of all rows of a file at once.

A check names the columns it looks at and says of each row whether it holds, fails, or cannot be asked. Which of a
failing check's columns is to blame is not decided here (see ``blame``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.foundation.vocabulary import Level, PupilGroup, Unit
from pipeline.sources.plausibility.relations import Relations
from pipeline.sources.tabular.blocks import Block
from pipeline.sources.tabular.rows import Rows

#: Differences below this are of the arithmetic, not of the figures.
EXACT = 1e-6
#: A published interval is as wide as the spread of pupils' scores over the root of their number. Within one column the
#: widths so scaled differ by less than a tenth of their middle in every real file, and by the rounding of both ends.
WIDTH = 0.2
#: Fewer intervals do not tell their middle.
ENOUGH_WIDTHS = 8

#: Pupils without a result who may be counted beside a percentage and not in it: two at most in every real file.
PUPILS_LEFT_OUT = 2
#: In an authority's or England's count a few pupils' sex or eligibility is not known: in real files fewer than these.
UNKNOWN_OF_MANY = 0.001

#: Rows that stand for schools of all kinds; special schools alone are of another scale in earnest.
OF_ALL_KINDS = [level for level in Level if level not in (Level.SCHOOL, Level.TRUST, Level.ENGLAND_SPECIAL)]
#: Of as many schools the middle tells a column's scale, and an area's figure as many times larger or smaller is of
#: another one.
ENOUGH_SCHOOLS = 5
SCALES_APART = 20

NOT_ASKED, HOLDS, FAILS = -1, 0, 1


@dataclass(frozen=True)
class Check:
    """One relation in one year: its columns, how it stands in each row, and what it says of a row where it fails."""

    columns: tuple[str, ...]
    state: np.ndarray  # int8: NOT_ASKED, HOLDS or FAILS
    say: Callable[[int], str]
    year: int
    is_exact: bool = True  # holds by chance only seldom: a column that it holds for is most likely right
    clears: tuple[str, ...] | None = None  # those columns, where not all: an average hardly moves with its weights
    is_of_pupils: bool = False  # rests on which pupils a percentage is of
    apart: np.ndarray | None = None  # of a percentage beside its count: points between the two
    nearly: np.ndarray | None = None  # of a share: where it would hold with few pupils fewer


@dataclass(frozen=True)
class Figures:
    """A file's blocks by measure, group and year."""

    blocks: Mapping[tuple[str, PupilGroup, int], Block]
    rows: Rows

    @property
    def keys(self) -> list[tuple[PupilGroup, int]]:
        return list(dict.fromkeys((group, year) for _, group, year in self.blocks))

    @property
    def years(self) -> list[int]:
        return list(dict.fromkeys(year for *_, year in self.blocks))

    def find(self, measure: str, group: PupilGroup, year: int) -> Block | None:
        return self.blocks.get((measure, group, year))

    def find_all(self, wanted: Sequence[tuple[str, PupilGroup]], year: int) -> list[Block] | None:
        """The blocks of every measure and group in ``wanted``; None where one is not there."""
        found = [self.blocks.get((*one, year)) for one in wanted]
        return None if any(block is None for block in found) else [block for block in found if block is not None]


def list_checks(blocks: Sequence[Block], rows: Rows, relations: Relations) -> Iterator[Check]:
    """Every check that the file's columns allow, in a fixed order."""
    figures = Figures({(block.measure, block.group, block.year): block for block in blocks}, rows)
    school = (rows.level == Level.SCHOOL).to_numpy()
    for block in blocks:
        yield from _check_by_itself(block, rows, school, relations)
    for year in figures.years:
        yield from _check_counts(figures, relations, year, school)
        yield from _check_percents(figures, relations, year, school)
        yield from _check_halves(figures, relations, year, school)
        yield from _check_sums(figures, relations, year)
        yield from _check_differences(figures, relations, year, school)
    for group, year in figures.keys:
        yield from _check_order(figures, relations, group, year)
        yield from _check_bounds(figures, relations, group, year)
        yield from _check_together(figures, relations, group, year)
        yield from _check_bands(figures, relations, group, year)


def _judge(asked: np.ndarray, holds: np.ndarray) -> np.ndarray:
    return np.where(asked, np.where(holds, HOLDS, FAILS), NOT_ASKED).astype("int8")


def _have(*values: np.ndarray) -> np.ndarray:
    return ~np.isnan(np.sum(values, axis=0))


def _say(number: float) -> str:
    return f"{number:.6g}"


# One figure and what stands beside it.


def _check_by_itself(block: Block, rows: Rows, school: np.ndarray, relations: Relations) -> Iterator[Check]:
    if block.unit is not Unit.BAND:
        yield _check_decimals(block)
    if block.unit in (Unit.PERCENT, Unit.POINTS):
        yield _check_scale(block, school, rows.are_of(OF_ALL_KINDS))
    if block.unit is Unit.PERCENT and block.cohort_columns and relations.is_of_cohort(block.measure, block.year):
        if block.count is not None:
            yield _check_count_of_percent(block, school)
        if block.is_counted:
            yield _check_share(block, school)
    if len(block.bound_columns):
        area = rows.are_of((Level.SCHOOL, Level.AUTHORITY, Level.TRUST))
        yield _check_interval(block, area)
        if block.cohort_columns and relations.is_of_cohort(block.measure, block.year):
            yield from _check_width(block, school)


def _check_decimals(block: Block) -> Check:
    value, step, decimals = block.cells.value, block.cells.step, block.cells.decimals
    asked = ~np.isnan(value) & (step > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        places = np.where(asked, np.rint(-np.log10(step)), 0)

    def say(row: int) -> str:
        return f"the column is published to {_say(step[row])}, this one to {_say(10.0 ** -int(decimals[row]))}"

    return Check((block.column,), _judge(asked, decimals <= places), say, block.year, is_exact=False)


def _check_scale(block: Block, school: np.ndarray, areas: np.ndarray) -> Check:
    """An authority's or England's figure is of its schools' scale: not a twentieth of their middle, nor 20 times it."""
    value = block.cells.value
    of_schools = value[school & ~np.isnan(value)]
    middle = float(np.median(of_schools)) if len(of_schools) >= ENOUGH_SCHOOLS else np.nan
    asked = areas & (value > 0) & (middle > 0)
    holds = (value > middle / SCALES_APART) & (value < middle * SCALES_APART)

    def say(row: int) -> str:
        return f"{_say(value[row])} is of another scale than the schools' figures, whose middle is {_say(middle)}"

    return Check((block.column,), _judge(asked, holds), say, block.year, is_exact=False)


def find_shares(value: np.ndarray, step: np.ndarray, pupils: np.ndarray) -> np.ndarray:
    """Where a whole number of ``pupils`` is the percentage ``value`` once rounded to ``step``.

    Halves may have been rounded either way.
    """
    least = np.ceil((value - step / 2 - EXACT) * pupils / 100)
    most = np.floor((value + step / 2 + EXACT) * pupils / 100)
    return least <= most


def name_shares(value: float, pupils: float) -> str:
    """The percentages next to ``value`` that a whole number of ``pupils`` gives, in words."""
    near = math.floor(value * pupils / 100)
    return " or ".join(f"{_say(round(100 * k / pupils, 2))}%" for k in (near, near + 1) if k <= pupils)


def _check_share(block: Block, school: np.ndarray) -> Check:
    value, step, pupils = block.cells.value, block.cells.step, block.cohort
    asked = school & _have(value, pupils) & (pupils > 0)
    holds = find_shares(value, step, pupils)
    fewer = [find_shares(value, step, pupils - left_out) for left_out in range(1, PUPILS_LEFT_OUT + 1)]
    nearly = asked & ~holds & np.any(fewer, axis=0)

    def say(row: int) -> str:
        around = name_shares(float(value[row]), float(pupils[row]))
        return f"{_say(value[row])}% is no whole number of {_say(pupils[row])} pupils (believable: {around})"

    columns = (block.column, *block.cohort_columns)
    return Check(columns, _judge(asked, holds), say, block.year, is_exact=False, is_of_pupils=True, nearly=nearly)


def _check_count_of_percent(block: Block, school: np.ndarray) -> Check:
    """A percentage beside its own count: 100 × count / pupils, rounded."""
    assert block.count is not None
    value, step, count, pupils = block.cells.value, block.cells.step, block.count, block.cohort
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = 100 * count / pupils
    asked = school & _have(value, exact) & (pupils > 0)

    def say(row: int) -> str:
        counted = f"{_say(count[row])} of {_say(pupils[row])} pupils are {exact[row]:.2f}%"
        return f"{counted}, not {_say(value[row])}%"

    columns = (block.column, block.count_column, *block.cohort_columns)
    apart = np.abs(exact - value)
    return Check(columns, _judge(asked, apart <= step / 2 + EXACT), say, block.year, is_of_pupils=True, apart=apart)


def _check_interval(block: Block, area: np.ndarray) -> Check:
    """Intervals are centred on the score they are printed with.

    In every real file they are to half a printed step; a whole one is what rounding score and ends apart would give.
    """
    value, step, lower, upper = block.cells.value, block.cells.step, block.lower, block.upper
    asked = area & _have(value, lower, upper)
    holds = (lower <= upper) & (np.abs((lower + upper) / 2 - value) <= step + EXACT)

    def say(row: int) -> str:
        shown = f"the interval from {_say(lower[row])} to {_say(upper[row])}"
        if lower[row] > upper[row]:
            return f"{shown} ends below where it begins"
        return f"{shown} has its middle at {_say((lower[row] + upper[row]) / 2)}, not at {_say(value[row])}"

    return Check((block.column, *block.bound_columns), _judge(asked, holds), say, block.year)


def _check_width(block: Block, school: np.ndarray) -> Iterator[Check]:
    lower, upper, pupils, step = block.lower, block.upper, block.cohort, block.cells.step
    asked = school & _have(block.cells.value, lower, upper, pupils) & (pupils > 0)
    if asked.sum() < ENOUGH_WIDTHS:
        return
    root = np.sqrt(np.where(asked, pupils, 1))
    width = upper - lower
    middle = float(np.median((width * root)[asked]))
    expected = middle / root
    holds = np.abs(width - expected) <= WIDTH * expected + 2 * step + EXACT

    def say(row: int) -> str:
        shown = f"the interval from {_say(lower[row])} to {_say(upper[row])}"
        return f"{shown} is not that of {_say(pupils[row])} pupils, which would be {expected[row]:.2g} wide"

    columns = (*block.bound_columns, *block.cohort_columns)
    yield Check(columns, _judge(asked, holds), say, block.year, clears=block.bound_columns)


# Counts of pupils.


def _check_counts(figures: Figures, relations: Relations, year: int, school: np.ndarray) -> Iterator[Check]:
    for measure in relations.counts:
        everyone = figures.find(measure, PupilGroup.ALL, year)
        if everyone is None:
            continue
        for halves in relations.halves:
            if parts := figures.find_all([(measure, half) for half in halves], year):
                yield _check_parts(everyone, parts, whole=True, areas=~school)
        if parts := figures.find_all([(measure, third) for third in relations.thirds], year):
            yield _check_parts(everyone, parts, whole=False)
        for (name, group, when), part in figures.blocks.items():
            if name == measure and group is not PupilGroup.ALL and when == year:
                yield _check_parts(everyone, [part], whole=False)


def _check_parts(everyone: Block, parts: Sequence[Block], *, whole: bool, areas: np.ndarray | None = None) -> Check:
    total = np.sum([part.cells.value for part in parts], axis=0)
    all_pupils = everyone.cells.value
    most_unknown = np.zeros(len(total)) if areas is None else np.where(areas, UNKNOWN_OF_MANY, 0)
    least = all_pupils * (1 - most_unknown) if whole else np.zeros(len(total))
    holds = (total <= all_pupils) & (total >= least)
    named = " and ".join(part.group for part in parts)

    def say(row: int) -> str:
        added = " and ".join(_say(part.cells.value[row]) for part in parts)
        verb = "are" if len(parts) > 1 else "is"
        most = "not" if whole else "more than"
        together = f" together, {_say(total[row])}," if len(parts) > 1 else ""
        return f"{added} pupils ({named}){together} {verb} {most} the {_say(all_pupils[row])} there are"

    columns = (everyone.column, *(part.column for part in parts))
    return Check(columns, _judge(_have(total, all_pupils), holds), say, everyone.year, is_exact=whole)


def _check_percents(figures: Figures, relations: Relations, year: int, school: np.ndarray) -> Iterator[Check]:
    for measure, rule in relations.percent_of.items():
        block = figures.find(measure, PupilGroup.ALL, year)
        counts = figures.find_all([(rule.counts, group) for group in (rule.part, *rule.whole)], year)
        if counts is None and rule.whole == (PupilGroup.ALL,):  # of earlier years two halves alone are published
            half = next((halves for halves in relations.halves if rule.part in halves), ())
            counts = figures.find_all([(rule.counts, group) for group in (rule.part, *half)], year) if half else None
        if block is None or counts is None:
            continue
        part, whole = counts[0].cells.value, np.sum([one.cells.value for one in counts[1:]], axis=0)
        columns = tuple(dict.fromkeys((block.column, *(one.column for one in counts))))
        yield _check_ratio(block, columns, part, whole, school)


def _check_ratio(
    block: Block, columns: tuple[str, ...], part: np.ndarray, whole: np.ndarray, school: np.ndarray
) -> Check:
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = 100 * part / whole
    value, step = block.cells.value, block.cells.step

    def say(row: int) -> str:
        counted = f"{_say(part[row])} of {_say(whole[row])} pupils are {exact[row]:.2f}%"
        return f"{counted}, not {_say(value[row])}%"

    asked = school & _have(value, exact) & (whole > 0)
    apart = np.abs(exact - value)
    return Check(columns, _judge(asked, apart <= step / 2 + EXACT), say, block.year, is_of_pupils=True, apart=apart)


# Two halves and all pupils.


def _check_halves(figures: Figures, relations: Relations, year: int, school: np.ndarray) -> Iterator[Check]:
    for halves in relations.halves:
        counted: set[str] = set()
        for measure in relations.averages_of_halves:
            if found := figures.find_all([(measure, PupilGroup.ALL), *((measure, half) for half in halves)], year):
                yield from _check_average(found)
                if measure not in counted:
                    yield from _check_pupils_of_halves(found, school)
                    counted.update(relations.averages_of_halves)
        for measure in relations.between_halves:
            if found := figures.find_all([(measure, PupilGroup.ALL), *((measure, half) for half in halves)], year):
                yield _check_between(found)


def _check_average(found: Sequence[Block]) -> Iterator[Check]:
    everyone, one, other = found
    if not (one.is_counted and other.is_counted):
        return
    value = everyone.cells.value
    with np.errstate(divide="ignore", invalid="ignore"):
        average = (one.cells.value * one.cohort + other.cells.value * other.cohort) / (one.cohort + other.cohort)
    finest = np.maximum(one.cells.step, other.cells.step)
    asked = _have(value, average)
    holds = np.abs(average - value) <= (everyone.cells.step + finest) / 2 + EXACT

    def say(row: int) -> str:
        halves = " and ".join(
            f"{_say(half.cells.value[row])} of {_say(half.cohort[row])} pupils ({half.group})" for half in (one, other)
        )
        return f"{halves} average {average[row]:.4g}, not {_say(value[row])}"

    columns = tuple(block.column for block in found) + one.cohort_columns + other.cohort_columns
    clears = tuple(block.column for block in found)
    yield Check(tuple(dict.fromkeys(columns)), _judge(asked, holds), say, everyone.year, clears=clears)


def _check_pupils_of_halves(found: Sequence[Block], school: np.ndarray) -> Iterator[Check]:
    """The pupils of two halves are those of all, where each is counted in a column of its own."""
    columns = tuple(dict.fromkeys(column for block in found for column in block.cohort_columns))
    if len(columns) != len(found) or not all(block.is_counted for block in found):
        return
    everyone, one, other = (block.cohort for block in found)

    def say(row: int) -> str:
        return f"{_say(one[row])} and {_say(other[row])} pupils are not the {_say(everyone[row])} there are"

    asked = school & _have(everyone, one, other)
    yield Check(columns, _judge(asked, one + other == everyone), say, found[0].year)


def _check_between(found: Sequence[Block]) -> Check:
    everyone, one, other = found
    value = everyone.cells.value
    least, most = np.minimum(one.cells.value, other.cells.value), np.maximum(one.cells.value, other.cells.value)
    asked = _have(value, least, most)
    step = everyone.cells.step
    holds = (value >= least - step - EXACT) & (value <= most + step + EXACT)

    def say(row: int) -> str:
        halves = f"{_say(one.cells.value[row])} ({one.group}) and {_say(other.cells.value[row])} ({other.group})"
        return f"{_say(value[row])} for all pupils does not lie between {halves}"

    return Check(tuple(block.column for block in found), _judge(asked, holds), say, everyone.year, is_exact=False)


# Other figures of the same row.


def _check_sums(figures: Figures, relations: Relations, year: int) -> Iterator[Check]:
    for measure, names in relations.sums.items():
        for group in relations.sums_for:
            whole = figures.find(measure, group, year)
            parts = figures.find_all([(name, group) for name in names], year)
            if whole is None or parts is None or not _are_alike([whole, *parts]):
                continue
            yield _check_sum(whole, parts)


def _are_alike(blocks: Sequence[Block]) -> bool:
    """Whether the figures are of the same pupils, as their cohorts tell."""
    return len({block.cohort_columns for block in blocks}) == 1


def _check_sum(whole: Block, parts: Sequence[Block]) -> Check:
    value, total = whole.cells.value, np.sum([part.cells.value for part in parts], axis=0)
    rounding = np.sum([part.cells.step for part in (whole, *parts)], axis=0) / 2

    def say(row: int) -> str:
        added = " + ".join(_say(part.cells.value[row]) for part in parts)
        return f"{added} is {total[row]:.4g}, not {_say(value[row])}"

    columns = (whole.column, *(part.column for part in parts))
    holds = np.abs(total - value) <= rounding + EXACT
    return Check(columns, _judge(_have(value, total), holds), say, whole.year)


def _check_differences(figures: Figures, relations: Relations, year: int, school: np.ndarray) -> Iterator[Check]:
    for measure, of in relations.differences.items():
        found = figures.find_all([(measure, PupilGroup.DISADVANTAGED), (of, PupilGroup.DISADVANTAGED)], year)
        others = figures.find(of, PupilGroup.OTHER, year)
        if found is None or others is None:
            continue
        england = others.cells.value[figures.rows.is_england & (figures.rows.level == Level.ENGLAND_STATE).to_numpy()]
        if len(england) != 1 or np.isnan(england[0]):
            continue
        difference, own = found
        yield _check_difference(difference, own, float(england[0]), school)


def _check_difference(difference: Block, own: Block, england: float, school: np.ndarray) -> Check:
    value, expected = difference.cells.value, own.cells.value - england

    def say(row: int) -> str:
        shown = f"{_say(own.cells.value[row])} less England's {_say(england)}"
        return f"{shown} is {_say(expected[row])}, not {_say(value[row])}"

    holds = np.abs(expected - value) <= difference.cells.step + EXACT
    asked = school & _have(value, expected)
    return Check((difference.column, own.column), _judge(asked, holds), say, difference.year)


def _check_order(figures: Figures, relations: Relations, group: PupilGroup, year: int) -> Iterator[Check]:
    for names in relations.never_above:
        if found := figures.find_all([(name, group) for name in names], year):
            yield _check_pair(*found)


def _check_pair(more: Block, less: Block) -> Check:
    high, low = more.cells.value, less.cells.value
    rounding = np.abs(more.cells.step - less.cells.step) / 2

    def say(row: int) -> str:
        return f"{_say(high[row])} in {more.column} is more than {_say(low[row])} in {less.column}, which it is part of"

    holds = high <= low + rounding + EXACT
    return Check((more.column, less.column), _judge(_have(high, low), holds), say, more.year, is_exact=False)


def _check_bounds(figures: Figures, relations: Relations, group: PupilGroup, year: int) -> Iterator[Check]:
    for bound in relations.bounds:
        found = figures.find_all([(bound.of, group), (bound.by, group)], year)
        if not found:
            continue
        of, by = (block.cells.value for block in found)
        least, most = bound.least[0] + bound.least[1] * by, bound.most[0] + bound.most[1] * by

        def say(row: int, of=of, by=by, least=least, most=most, name=found[1].column) -> str:
            between = f"between {_say(max(least[row], 0))} and {_say(min(most[row], 120))}"
            return f"{_say(of[row])} beside {_say(by[row])} in {name} would have to lie {between}"

        columns = tuple(block.column for block in found)
        yield Check(columns, _judge(_have(of, by), (of >= least) & (of <= most)), say, year, is_exact=False)


def _check_together(figures: Figures, relations: Relations, group: PupilGroup, year: int) -> Iterator[Check]:
    """A row that has one of two figures has the other too, if only as a word."""
    for names in relations.together:
        found = figures.find_all([(name, group) for name in names], year)
        if not found:
            continue
        numbers = [~np.isnan(block.cells.value) for block in found]
        there = [number | (block.cells.word > 0) for number, block in zip(numbers, found, strict=True)]
        columns = tuple(block.column for block in found)

        def say(row: int, there=there, columns=columns) -> str:
            given, lacking = columns if there[0][row] else columns[::-1]
            return f"{given} stands alone: the cell under {lacking} is blank"

        yield Check(columns, _judge(numbers[0] | numbers[1], there[0] & there[1]), say, year, is_exact=False)


def _check_bands(figures: Figures, relations: Relations, group: PupilGroup, year: int) -> Iterator[Check]:
    """The department's band says on which side of England the whole interval lies; 3 is on neither."""
    for measure, of in relations.bands.items():
        found = figures.find_all([(measure, group), (of, group)], year)
        if found and len(found[1].bound_columns):
            yield _check_band(*found)


def _check_band(band: Block, score: Block) -> Check:
    value, lower, upper, step = band.cells.value, score.lower, score.upper, score.cells.step
    of_column = np.nanmax(step) if not np.isnan(step).all() else 0.0  # where the score itself is no number
    slack = np.where(np.isnan(step), of_column, step) / 2 + EXACT
    above, below = lower > -slack, upper < slack
    average = (lower < slack) & (upper > -slack)
    holds = np.where(value < 3, above, np.where(value > 3, below, average))

    def say(row: int) -> str:
        return f"band {_say(value[row])} does not go with the interval from {_say(lower[row])} to {_say(upper[row])}"

    columns = (band.column, *score.bound_columns)
    return Check(columns, _judge(_have(value, lower, upper), holds), say, band.year, is_exact=False)
