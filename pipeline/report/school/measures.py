"""Every measure beside England and similar schools: one table that draws each figure where it tells it.

Rows stand by subject. Each unit has one axis, printed once at the table's foot: shares over the whole of their scale,
points as distances from England, those of key stage 4 as grades a subject slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.analysis.indicators.subjects import load_subjects
from pipeline.analysis.indicators.telling import Drawn
from pipeline.analysis.indicators.themes import find_theme, load_themes
from pipeline.analysis.results import IndicatorResult
from pipeline.foundation.vocabulary import Direction, Phase, Rating, Unit
from pipeline.report.charts import format_tick
from pipeline.report.exhibits import Cell, Column, Group, Rated, Remainder, Table, clean_text
from pipeline.report.facts import ENGLAND, SIMILAR, SchoolReport, is_rated
from pipeline.report.plots import find_ticks
from pipeline.report.plotted import Mark, Plotted
from pipeline.report.school.tables import NOTHING
from pipeline.report.sentences.counting import count_things, join_words, start_sentence, start_within
from pipeline.report.sentences.early_wording import explain_early, explain_early_briefly, mark_early
from pipeline.report.sentences.rounding import format_interval, format_number, format_value
from pipeline.report.sentences.standing_wording import TOGETHER, count_a_year, name_subject
from pipeline.report.sentences.wording import (
    compare,
    explain_windows,
    find_ratings,
    has_figure,
    name_short,
    name_span,
    stands_out_alone,
)


@dataclass(frozen=True)
class Axis:
    """A line that the measures of a unit share: ``low`` and ``high`` are the values at its ends."""

    name: str
    unit: str
    drawn: Drawn
    low: float
    high: float

    def find(self, value: float) -> float:
        """Where a value lies, from 0 to 1; what lies beyond an end is drawn at it."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    @property
    def ticks(self) -> list[float]:
        return find_ticks(self.low, self.high, most=3)


def tabulate_measures(
    report: SchoolReport,
    results: Sequence[IndicatorResult],
    *,
    id: str,
    caption: str,
    grouped: bool = True,
    by_year: Sequence[IndicatorResult] = (),
) -> Table | None:
    """``results`` beside England and similar schools, drawn and in numbers; None where none was compared.

    ``grouped``: by subject; else the rows alone, in their order. Why years of those ``by_year`` are missing is said
    where they are told by year.
    """
    shown = [result for result in results if any(is_rated(result, one) for one in (ENGLAND, SIMILAR))]
    if not shown:
        return None
    axes = find_axes(shown)
    similar = grouped and any(is_rated(result, SIMILAR) for result in shown)
    pupils = grouped and any(count_a_year(result) is not None for result in shown)
    told = _Told(_mark_years(shown), grouped, similar, pupils)
    columns = (
        Column("Measure"),
        Column(f"School, England |{', similar ◇' if similar else ''}"),
        Column("School (range)" if grouped else "School", numeric=True),
        Column("England"),
        *([Column("Similar")] if similar else []),
        *([Column("Pupils a year", numeric=True)] if pupils else []),
    )
    rows: list[tuple[Cell, ...]] = []
    for group, found in _group(shown) if grouped else [("", shown)]:
        rows += [(Group(group),)] if group else []
        rows += [_tell_row(result, axes[_name_axis(result)], group, told) for result in found]
    rows += [tell_axis(axis, beside=grouped) for axis in axes.values()]
    return Table(
        id,
        caption,
        columns,
        tuple(rows),
        note=f"{_note(shown, told.years, by_year, grouped=grouped)} {_tell_kind(report, shown)}".strip(),
    )


@dataclass(frozen=True)
class _Told:
    """What a table of measures tells besides the school's figure and England's; ``years`` have letters."""

    years: dict[tuple[int, ...], str]
    whole: bool
    similar: bool
    pupils: bool


def _tell_row(result: IndicatorResult, axis: Axis, group: str, told: _Told) -> tuple[Cell, ...]:
    marks = (
        f"{'*' if result.key_priority and told.whole else ''}{'†' if result.provisional else ''}{mark_early(result)}"
    )
    return (
        f"{_name_within(result, group)}{marks}{told.years.get(result.years, '') if told.whole else ''}",
        _plot(result, axis, similar=told.similar),
        format_figure(result, result.value, *((result.lower, result.upper) if told.whole else (None, None))),
        _compare(result, ENGLAND),
        *([_compare(result, SIMILAR)] if told.similar else []),
        *([_count_a_year(result)] if told.pupils else []),
    )


def _name_within(result: IndicatorResult, group: str) -> str:
    """A measure's short title under the heading of its subject: ``Expected standard`` under *Reading*."""
    title = clean_text(result.short_title)
    if not group:
        return title
    title = title.removeprefix("Disadvantaged: ")
    named, comma, rest = title.partition(", ")
    if comma and named.split(" ")[0].casefold() == group.split(" ")[0].rstrip(",").casefold():
        return start_sentence(rest)
    if comma and rest.casefold() == group.casefold():
        return named
    return start_sentence(title.removeprefix(f"{group} "))


def _plot(result: IndicatorResult, axis: Axis, *, similar: bool) -> Plotted:
    england, others = result.against(ENGLAND), result.against(SIMILAR)
    start = _find_start(result)
    key = Rated(Rating(england.rating)).key if england is not None and is_rated(result, ENGLAND) else ""

    def find(value: float) -> float:
        return axis.find((value - start) / result.telling.slots)

    marks = []
    if england is not None and england.baseline is not None:
        marks.append(Mark("england", find(england.baseline)))
    if similar and others is not None and others.baseline is not None:
        marks.append(Mark("similar", find(others.baseline)))
    if result.value is not None:
        marks.append(Mark("school", find(result.value), key))
    ranged = result.lower is not None and result.upper is not None
    span = (find(result.lower or 0.0), find(result.upper or 0.0)) if ranged else None
    return Plotted(tuple(marks), span, tuple(axis.find(tick) for tick in axis.ticks))


def tell_axis(axis: Axis, *, beside: bool = True) -> tuple[Cell, ...]:
    """The row that says what an axis is of: ``beside`` its ticks, or before them where the first column has room."""
    labels = tuple(format_tick(tick, axis.unit, by_difference=axis.drawn == "around England") for tick in axis.ticks)
    drawn = Plotted(ticks=tuple(axis.find(tick) for tick in axis.ticks), labels=labels)
    if beside:
        return ("Scale", drawn, Remainder(axis.name))
    return (f"Scale: {start_within(axis.name)}", drawn, Remainder(""))


def _compare(result: IndicatorResult, comparator: str) -> Cell:
    """A comparator's figure, and in a word or two what the comparison came to: plainly where nothing was found."""
    comparison = result.against(comparator)
    if comparison is None or comparison.baseline is None:
        return NOTHING
    baseline = format_value(comparison.baseline, result.unit, result.decimals)
    if not is_rated(result, comparator):
        return baseline
    rating = Rating(comparison.rating)
    mark = "‡" if stands_out_alone(result, comparator) else ""
    if rating == Rating.NO_CLEAR_DIFFERENCE:
        return f"{baseline} not clear{mark}"
    return Rated(rating, f"{rating}{mark}", before=baseline)


def _count_a_year(result: IndicatorResult) -> str:
    count = count_a_year(result)
    if count is None:
        return NOTHING
    more = (compare(result, ENGLAND).difference or 0.0) > 0
    return f"{format_number(count, 0)} {'more' if more else 'fewer'}"


def format_figure(result: IndicatorResult, value: float | None, lower: float | None, upper: float | None) -> str:
    """A figure of ``result``, and its range, where it has one, in brackets without the unit: ``34% (28 to 42)``."""
    if value is None:
        return NOTHING
    figure = format_value(value, result.unit, result.decimals)
    if lower is None or upper is None:
        return figure
    return f"{figure} ({format_interval(lower, upper, result.unit, result.decimals).replace('%', '')})"


# Groups and axes

BY_SUBJECT, FURTHER = "By subject", "Further subjects"
_ENOUGH = 3  # subjects of one measure that need no heading each


def _group(results: Sequence[IndicatorResult]) -> list[tuple[str, list[IndicatorResult]]]:
    """Results by subject: all together, each subject in its order, then themes in theirs; key priorities first."""
    subjects = [clean_text(one.title) for one in load_subjects().values()]
    order = [TOGETHER, *subjects, *(theme.title for theme in load_themes().values())]
    found: dict[str, list[IndicatorResult]] = {}
    for result in results:
        found.setdefault(name_subject(result), []).append(result)
    places = {name: place for place, name in enumerate(order)}
    groups = [
        (name, sorted(found[name], key=lambda one: not one.key_priority))
        for name in sorted(found, key=lambda name: places.get(name, len(places)))
    ]
    return _gather_alone(groups, [name for name, _ in groups if name in subjects])


def _gather_alone(
    groups: list[tuple[str, list[IndicatorResult]]], subjects: Sequence[str]
) -> list[tuple[str, list[IndicatorResult]]]:
    """``groups`` with those of ``subjects`` that hold one measure in one group, at the last's place, where it helps."""
    alone = [name for name, of in groups if name in subjects and len(of) == 1]
    if len(alone) < _ENOUGH:
        return groups
    name = BY_SUBJECT if len(alone) == len(subjects) else FURTHER
    gathered = (name, [one for of_subject, of in groups if of_subject in alone for one in of])
    return [gathered if of == alone[-1] else (of, held) for of, held in groups if of not in alone[:-1]]


def find_axes(results: Sequence[IndicatorResult]) -> dict[tuple[str, ...], Axis]:
    """The axis of each unit among ``results``, as their own scale has it run, wide enough for every mark."""
    families: dict[tuple[str, ...], list[IndicatorResult]] = {}
    for result in results:
        families.setdefault(_name_axis(result), []).append(result)
    return {key: _find_axis(key[0], found) for key, found in families.items()}


def _name_axis(result: IndicatorResult) -> tuple[str, ...]:
    scale = result.telling.scale
    # what is drawn over the whole of one scale stands on one axis whatever its key stage
    apart = f"{scale.least} {scale.most}" if scale.drawn == "whole" else str(result.key_stage)
    name = result.telling.axis or clean_text(result.short_title)
    return name, str(result.unit), str(result.direction), scale.drawn, apart


def _find_axis(name: str, results: Sequence[IndicatorResult]) -> Axis:
    first = results[0]
    scale, unit = first.telling.scale, first.unit
    lower = " (lower is better)" if first.direction == Direction.LOWER_IS_BETTER else ""
    marks = [mark for result in results for mark in _list_marks(result)]
    low, high = min(marks), max(marks)
    if scale.drawn == "from the least":
        ends = scale.lowest, scale.lowest + max((high - scale.lowest) * 1.12, _least_width(unit))
    elif scale.drawn == "whole":
        ends = scale.lowest, scale.highest
    elif scale.drawn in ("around England", "around zero"):
        reach = max(abs(low), abs(high), 0.5) * 1.12
        ends = -reach, reach
    else:
        margin = max((high - low) * 0.12, 0.5)
        ends = scale.clip(low - margin), scale.clip(high + margin)
    if ends[0] >= ends[1]:  # every figure lies beyond one end of its scale
        ends = low - 0.5, high + 0.5
    return Axis(f"{clean_text(name)}{lower}", str(unit), scale.drawn, *ends)


def _list_marks(result: IndicatorResult) -> list[float]:
    baselines = [one.baseline for one in map(result.against, (ENGLAND, SIMILAR)) if one is not None]
    values = (result.value, result.lower, result.upper, *baselines)
    return [(value - _find_start(result)) / result.telling.slots for value in values if value is not None]


def _find_start(result: IndicatorResult) -> float:
    """What is drawn in the middle: England's figure where points of different sizes share a scale, else nought."""
    england = result.against(ENGLAND)
    if result.telling.scale.drawn != "around England" or england is None:
        return 0.0
    return england.baseline or 0.0


def _least_width(unit: str) -> float:
    return 5.0 if unit == Unit.PERCENT else 1.0


# Notes


def _mark_years(results: Sequence[IndicatorResult]) -> dict[tuple[int, ...], str]:
    """A letter for each set of years besides the commonest."""
    counted: dict[tuple[int, ...], int] = {}
    for result in results:
        if result.years:
            counted[result.years] = counted.get(result.years, 0) + 1
    usual = max(counted, key=lambda years: (counted[years], years), default=())
    others = [years for years in counted if years != usual]
    return {usual: ""} | {years: f" ({letter})" for years, letter in zip(others, "abcdefgh", strict=False)}


def _note(
    results: Sequence[IndicatorResult],
    years: dict[tuple[int, ...], str],
    by_year: Sequence[IndicatorResult],
    *,
    grouped: bool,
) -> str:
    compared = (ENGLAND, SIMILAR) if grouped else (ENGLAND,)
    lettered = [f"{letter.strip()} {name_span(span)}." for span, letter in years.items() if letter]
    found = {find_ratings(result).get(one) for result in results for one in compared}
    marks = [words for rating, words in _EXPLAINED.items() if rating in found]
    if grouped and any(result.key_priority for result in results):
        marks.append("* A key priority.")
    if any(result.provisional for result in results):
        marks.append("† From one year: provisional.")
    if any(stands_out_alone(result, one) for result in results for one in compared):
        marks.append("‡ The range leaves this figure out. Among so many comparisons that can be chance.")
    if not grouped:
        return " ".join(filter(None, [*marks, explain_early_briefly(results)]))
    marks += _tell_left_out(results)
    if any(result.telling.slots > 1 for result in results):
        marks.append("Points of key stage 4 are drawn as grades for each subject slot that they add up.")
    themes = load_themes()
    marks += dict.fromkeys(
        f"{theme.title}: {theme.explained[:1].lower()}{theme.explained[1:]}"
        for theme in (find_theme(result.theme, themes) for result in results if result.gap is None)
        if theme.explained
    )
    lower = [name_short(result) for result in results if result.direction == Direction.LOWER_IS_BETTER]
    if lower:
        marks.append(f"For {join_words(lower)}, lower is better.")
    windows = explain_windows([result for result in results if result not in by_year])
    return " ".join(one for one in (*lettered, windows, explain_early(results), *marks) if one)


def _tell_left_out(results: Sequence[IndicatorResult]) -> list[str]:
    """Which years between those taken together have a figure that had no part, for want of numbers of pupils."""
    left_out: dict[tuple[int, ...], list[str]] = {}
    for result in results:
        between = range(min(result.years, default=0), max(result.years, default=0))
        years = [one.year for one in result.by_year if has_figure(result, one) and one.cohort is None]
        if missing := tuple(year for year in years if year in between and year not in result.years):
            left_out.setdefault(missing, []).append(name_short(result))
    return [
        f"Left out of the years together, for want of numbers of pupils: {name_span(years)} of {join_words(names)}."
        for years, names in left_out.items()
    ]


def _tell_kind(report: SchoolReport, results: Sequence[IndicatorResult]) -> str:
    """Whose England's figures are, where they are not of all schools."""
    apart = [name_short(result) for result in results if result.by_phase]
    if report.school.phase != Phase.SPECIAL or not apart:
        return ""
    return f"England's {join_words(apart)} is that of its special schools."


_EXPLAINED = {
    Rating.IN_LINE: "In line: shown to be about the same.",
    Rating.NO_CLEAR_DIFFERENCE: "Not clear: too few pupils, or years too uneven, to tell.",
}


def title_measures(report: SchoolReport, results: Sequence[IndicatorResult]) -> str:
    """What the table shows, as its title: how many measures are above or below England, and the years."""
    counted = {rating: sum(compare(one, ENGLAND).rating == rating for one in report.compared) for rating in Rating}
    strengths, gaps = counted[Rating.STRENGTH], counted[Rating.GAP]
    if not report.compared:
        told = "Beside similar schools"
    elif not strengths and not gaps:
        told = "Nothing stands clearly above or below England"
    else:
        parts = [
            count_things(strengths, "strength") if strengths else "",
            count_things(gaps, "gap") if gaps else "",
        ]
        compared = len(report.compared)
        of = f"{format_number(compared, 0)} {'measure' if compared == 1 else 'measures'}"
        told = f"{start_sentence(join_words(parts))} beside England, of {of}"
    return f"{told}{name_usual_years(results)}"


def name_usual_years(results: Sequence[IndicatorResult]) -> str:
    """The years that most figures are of, to end a title: ``, 2022/23 to 2024/25``."""
    usual = next((span for span, letter in _mark_years(results).items() if not letter and span), ())
    return f", {name_span(usual)}" if usual else ""
