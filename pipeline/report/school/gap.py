"""The gap to close: the school's pupils of a group, England's of the same group, and its others, drawn in one table.

Each year has a row, and the years together have one. A year that was withheld says so and has no figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.analysis.indicators.telling import Drawn
from pipeline.analysis.indicators.themes import find_theme, load_themes
from pipeline.analysis.results import IndicatorResult, YearFigure
from pipeline.foundation.vocabulary import Direction, PupilGroup, name_academic_year, round_half_up
from pipeline.report.exhibits import Cell, Column, Exhibit, Exhibits, Paragraph, Table, clean_text
from pipeline.report.facts import ENGLAND
from pipeline.report.plotted import Mark, Plotted
from pipeline.report.school.measures import Axis, format_figure, tell_axis
from pipeline.report.school.tables import NOTHING
from pipeline.report.sentences.counting import count_things, start_sentence
from pipeline.report.sentences.early_wording import EARLY, explain_early, mark_early
from pipeline.report.sentences.gap_wording import find_gap, format_gap, phrase_gap, title_gap
from pipeline.report.sentences.rounding import format_number, format_value
from pipeline.report.sentences.wording import explain_missing_year, has_figure


@dataclass(frozen=True)
class _Row:
    """One year of a gap, or its years together; ``reason`` says why the school has no figure."""

    name: str
    school: float | None
    lower: float | None
    upper: float | None
    pupils: float | None
    england: float | None
    others: float | None
    gap: float | None
    reason: str = ""
    predecessor: bool = False

    def list_marks(self) -> list[float]:
        """Every value that is drawn."""
        return [one for one in (self.school, self.lower, self.upper, self.england, self.others) if one is not None]


def has_gap(result: IndicatorResult) -> bool:
    """Whether a result has a gap to close of any year."""
    return result.gap is not None and any(one.value is not None for one in result.gap.by_year)


def show_gaps(theme: str, results: Sequence[IndicatorResult]) -> Exhibit | None:
    """Each gap to close by year and together, and which way it moves; None where no result has one."""
    shown = [result for result in results if has_gap(result)]
    if not shown:
        return None
    parts: list[Exhibit] = []
    for result, id in zip(shown, name_tables(theme, shown), strict=True):
        parts.append(tabulate_gap(result, id=id, explained=shown if result is shown[0] else ()))
        parts += [Paragraph(words)] if (words := phrase_gap(result)) else []
    return Exhibits(tuple(parts))


def name_tables(theme: str, results: Sequence[IndicatorResult]) -> tuple[str, ...]:
    """The ids of the tables of a theme's gaps, in their order."""
    name, count = f"gap-{theme.replace('_', '-')}", sum(map(has_gap, results))
    return (name,) if count == 1 else tuple(f"{name}-{number}" for number in range(1, count + 1))


def tabulate_gap(result: IndicatorResult, *, id: str, explained: Sequence[IndicatorResult] | None = None) -> Table:
    """One indicator's gap to close by year and together: the school, England's same pupils, England's others.

    Its note says what a gap is, of the results ``explained`` under several tables; of none, it says nothing of that.
    """
    told = (result,) if explained is None else explained
    own, others = PupilGroup(result.group).words, PupilGroup(find_gap(result).group).words
    rows = _list_rows(result)
    axis = _lay_axis(result, rows)
    pupils = find_theme(result.theme, load_themes()).explained
    behind = "plus" if result.direction == Direction.LOWER_IS_BETTER else "minus"
    note = (
        f"The gap to close is the school's figure less that of England's {others}; a {behind} sign is behind. It is "
        f"not rated: ratings set {own} beside England's. {pupils}"
    ).rstrip()
    is_rounded = any(_seems_else(one, row) for one in told for row in _list_rows(one))
    rounded = "Gaps to close are taken before rounding." if is_rounded else ""
    return Table(
        id,
        title_gap(result),
        (
            Column("Year"),
            Column("School, England |, others □"),
            Column("School (range)", numeric=True),
            Column("Pupils", numeric=True),
            Column(f"England, {_name_briefly(result.group)}", numeric=True),
            Column(f"England, {_name_briefly(find_gap(result).group)}", numeric=True),
            Column("To close", numeric=True),
        ),
        (*(_tell_row(result, row, axis) for row in rows), tell_axis(axis)),
        note=" ".join(words for words in (note if told else "", rounded, explain_early([result])) if words),
    )


def _seems_else(result: IndicatorResult, row: _Row) -> bool:
    """Whether a reader who takes one printed figure from the other finds another gap than is printed."""
    if row.gap is None or row.school is None or row.others is None:
        return False
    school, others, gap = (round_half_up(one, result.decimals) for one in (row.school, row.others, row.gap))
    return school - others != gap


def _name_briefly(group: str) -> str:
    """A group in a column's head, where pupils are meant anyway: ``disadvantaged``."""
    return PupilGroup(group).words.removesuffix(" pupils")


def _tell_row(result: IndicatorResult, row: _Row, axis: Axis) -> tuple[Cell, ...]:
    def write(value: float | None) -> str:
        return NOTHING if value is None else format_value(value, result.unit, result.decimals)

    ranged = row.lower is not None and row.upper is not None
    drawn = (("england", row.england), ("others", row.others), ("school", row.school))
    marks = tuple(
        Mark(kind, axis.find(value), hollow=row.predecessor and kind == "school")  # type: ignore[arg-type]
        for kind, value in drawn
        if value is not None
    )
    span = (axis.find(row.lower or 0.0), axis.find(row.upper or 0.0)) if ranged else None
    return (
        row.name,
        Plotted(marks, span, tuple(axis.find(tick) for tick in axis.ticks)),
        row.reason
        or f"{format_figure(result, row.school, row.lower, row.upper)}{', predecessor' if row.predecessor else ''}",
        NOTHING if row.pupils is None else format_number(row.pupils, 0),
        write(row.england),
        write(row.others),
        format_gap(result, row.gap),
    )


def _name_axis(result: IndicatorResult) -> str:
    """What the axis is of: the measure itself where its file's words are of distances from England."""
    if result.telling.scale.drawn == "around England" or not result.telling.axis:
        return clean_text(result.short_title).removeprefix("Disadvantaged: ")
    return clean_text(result.telling.axis)


def _list_rows(result: IndicatorResult) -> list[_Row]:
    gap = find_gap(result)
    beside = {one.year: one for one in gap.by_year}
    rows = []
    for figure in result.by_year:
        one = beside.get(figure.year)
        rows.append(_describe_year(result, figure, None if one is None else one.others, one.value if one else None))
    comparison = result.against(ENGLAND)
    if result.value is not None and len(result.years) > 1:
        england = comparison.baseline if comparison is not None else None
        numbers = (result.value, result.lower, result.upper, result.cohort, england, gap.others, gap.value)
        together = start_sentence(f"{count_things(len(result.years), 'year')} together")
        rows.append(_Row(f"{together}{mark_early(result)}", *numbers))
    return rows


def _describe_year(result: IndicatorResult, figure: YearFigure, others: float | None, value: float | None) -> _Row:
    name = f"{name_academic_year(figure.year)}{f', {EARLY}' if figure.early else ''}"
    if not has_figure(result, figure):
        reason = explain_missing_year(result, figure.year)
        return _Row(name, None, None, None, None, figure.england, others, None, reason)
    numbers = (figure.value, figure.lower, figure.upper, figure.cohort, figure.england, others, value)
    return _Row(name, *numbers, predecessor=figure.predecessor)


def _lay_axis(result: IndicatorResult, rows: Sequence[_Row]) -> Axis:
    """One that others draw around England's figure runs here over the figures themselves."""
    drawn: Drawn = "whole" if result.telling.scale.drawn == "whole" else "around the figures"
    return Axis(_name_axis(result), str(result.unit), drawn, *_find_range(result, rows))


def _find_range(result: IndicatorResult, rows: Sequence[_Row]) -> tuple[float, float]:
    """The axis: the whole scale where an indicator is drawn so, else a little wider than the marks."""
    scale = result.telling.scale
    if scale.drawn == "whole":
        return scale.lowest, scale.highest
    marks = [mark for row in rows for mark in row.list_marks()]
    margin = max((max(marks) - min(marks)) * 0.12, 0.5)
    low, high = scale.clip(min(marks) - margin), scale.clip(max(marks) + margin)
    return (low, high) if low < high else (min(marks) - margin, max(marks) + margin)  # all lie beyond one end
