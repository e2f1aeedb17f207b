"""The tables of a school's report: every figure in words and numbers, so that no picture is needed to read it.

A figure that was not published as a number is shown by its availability, never as a number.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.analysis.grids.comparators import NOT_LIKE_ALL_SCHOOLS
from pipeline.analysis.results import ContextFigure, IndicatorResult
from pipeline.foundation.vocabulary import Availability, Phase, Unit, name_academic_year
from pipeline.policy.outcome import Assignment
from pipeline.report.exhibits import Cell, Column, Remainder, Table, clean_text
from pipeline.report.facts import SchoolReport
from pipeline.report.plotted import Mark, Plotted
from pipeline.report.sentences.counting import count_things, start_sentence
from pipeline.report.sentences.early_wording import explain_early, mark_early
from pipeline.report.sentences.rounding import format_interval, format_value
from pipeline.report.sentences.similar_wording import (
    describe_likeness,
    find_shared_authority,
    format_telephone,
    is_small,
    list_nearest,
    title_nearest,
)
from pipeline.report.sentences.wording import (
    explain_not_rated,
    find_ratings,
    name_short,
    phrase_tenth,
)

SMALL_SHOWN = 5  # figures drawn towards similar schools
NOTHING = "–"  # a cell to which nothing belongs; a figure that is missing says why instead


def tabulate_small(report: SchoolReport, *, id: str = "small-numbers", most: int = SMALL_SHOWN) -> Table | None:
    """Figures that rest on few pupils, and the same drawn towards similar schools; None where there are none.

    At most ``most`` of them: key priorities first, then those with the least weight of their own.
    """
    small = [result for result in report.analysis.results if is_small(result)]
    if not small:
        return None
    chosen = sorted(small, key=lambda one: (not one.key_priority, one.shrunk.reliability))[:most]  # type: ignore[union-attr]
    shown = [result for result in small if result in chosen]
    more = len(small) - len(shown)
    note = f"{start_sentence(count_things(more, 'more figure rests', 'more figures rest'))} on as few." if more else ""
    return Table(
        id,
        "Figures that rest on few pupils",
        (
            Column("Measure"),
            Column("Figure" if any(result.early for result in shown) else "Published", numeric=True),
            Column("Its range", numeric=True),
            Column("Drawn towards", numeric=True),
            Column("Estimate", numeric=True),
            Column("Range of the estimate", numeric=True),
        ),
        tuple(_format_small(result) for result in shown),
        note=" ".join(one for one in (_note_key(shown), explain_early(shown), note) if one),
    )


def _format_small(result: IndicatorResult) -> tuple[str, ...]:
    shrunk = result.shrunk
    if shrunk is None:
        raise ValueError(f"{result.indicator} was not drawn towards anything")
    return (
        _name_result(result),
        _write(result, result.value),
        _format_range(result),
        _write(result, shrunk.towards),
        _write(result, shrunk.value),
        format_interval(shrunk.lower, shrunk.upper, result.unit, result.decimals),
    )


def _name_kind(report: SchoolReport) -> str:
    """``'s special schools``, where England's figures are theirs."""
    return "'s special schools" if report.school.phase == Phase.SPECIAL else ""


def tabulate_nearest(report: SchoolReport, *, id: str = "similar-schools") -> Table | None:
    """The schools most like this one, by name, and what each does clearly better; None where none were found."""
    similar = report.analysis.similar
    if similar is None or not similar.schools or similar.reason:
        return None
    titles = {result.indicator: name_short(result) for result in report.analysis.results}
    shown = list_nearest(similar)
    numbered, apart = any(one.telephone for one in shown), not find_shared_authority(shown)
    named = any(clean_text(one.la_name) for one in shown)  # else a school is found by its number
    better = ["; ".join(titles[key] for key in one.better if key in titles) for one in shown]
    return Table(
        id,
        title_nearest(shown),
        (
            Column("School"),
            *([Column("Authority" if named else "URN")] if apart else []),
            *([Column("Telephone")] if numbered else []),
            Column("How alike"),
            Column("What it does better"),
        ),
        tuple(
            (
                clean_text(one.name) or f"URN {one.urn}",
                *([(clean_text(one.la_name) or NOTHING) if named else str(one.urn)] if apart else []),
                *([format_telephone(one.telephone) or NOTHING] if numbered else []),
                start_sentence(describe_likeness(one.distance)),
                start_sentence(words) or "Nothing clearly",
            )
            for one, words in zip(shown, better, strict=True)
        ),
    )


def tabulate_context(report: SchoolReport, *, id: str = "context") -> Table | None:
    """The school's pupils beside England's, and their place among its schools; None where no file says of them."""
    figures = report.analysis.context
    if not figures:
        return None
    years = {figure.year for figure in figures if figure.year is not None}
    common = f", {name_academic_year(min(years))}" if len(years) == 1 else ""
    placed = any(figure.tenth is not None for figure in figures)
    columns = (
        Column("Pupils"),
        *([Column("Among schools")] if placed else []),
        Column("School", numeric=True),
        Column("England", numeric=True),
        *([Column("Place")] if placed else []),
        *([] if common else [Column("Year")]),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            clean_text(figure.title),
            *([_draw_place(figure.tenth)] if placed else []),
            _format_context(figure),
            NOTHING if figure.england is None else _format_share(figure.unit, figure.england),
            *([phrase_tenth(figure.tenth)] if placed else []),
            *([] if common else [NOTHING if figure.year is None else name_academic_year(figure.year)]),
        )
        for figure in figures
    ]
    if placed:
        labels = ("low", "middle", "high")
        rows.append(("Scale", Plotted(ticks=_ENDS_AND_MIDDLE, labels=labels), Remainder("all schools in their order")))
    caption = f"Pupils of the school and of England{_name_kind(report)}{common}"
    return Table(id, caption, columns, tuple(rows), note=_explain_places(report, placed=placed))


_ENDS_AND_MIDDLE = (0.0, 0.5, 1.0)


def _draw_place(tenth: int | None) -> Plotted:
    return Plotted(() if tenth is None else (Mark("school", (tenth - 0.5) / 10),), ticks=_ENDS_AND_MIDDLE)


def _explain_places(report: SchoolReport, *, placed: bool) -> str:
    if not placed and report.school.phase in NOT_LIKE_ALL_SCHOOLS:
        return "The place among England's schools is told of mainstream schools alone."
    if not placed:
        return "No file of this edition holds all England's schools, so the place among them is not told."
    return "The place is among England's mainstream schools, those of the same phase where a file tells phases apart."


def list_not_rated(report: SchoolReport) -> dict[str, list[str]]:
    """Why indicators have no rating → which they are, with the figure where there is one."""
    reasons: dict[str, list[str]] = {}
    for result in report.analysis.results:
        if not find_ratings(result):
            figure = "" if result.value is None else f" ({_write(result, result.value)})"
            reasons.setdefault(explain_not_rated(result), []).append(f"{_name_result(result)}{figure}")
    return reasons


def tabulate_not_rated(report: SchoolReport, *, id: str = "not-rated") -> Table | None:
    """Why indicators have no rating, and which they are, with the figure where there is one; None where all have."""
    reasons = list_not_rated(report)
    if not reasons:
        return None
    return Table(
        id,
        "Measures that are not rated, and why",
        (Column("Why"), Column("Measures (figure, where there is one)")),
        tuple((reason, "; ".join(names)) for reason, names in reasons.items()),
        note=explain_early([result for result in report.analysis.results if not find_ratings(result)]),
    )


def tabulate_clauses(assignment: Assignment, *, id: str = "clauses") -> Table | None:
    """Every clause of the policy that was tried, what it asked and what was found; None where none is recorded."""
    if not assignment.checks:
        return None
    return Table(
        id,
        "The clauses of the policy, in the order in which they were tried; the first that holds decides",
        (Column("Clause"), Column("It asks"), Column("Found"), Column("Holds")),
        tuple(
            (
                start_sentence(check.clause.replace("_", " ")),
                "; ".join(check.asked) or "nothing more",
                "; ".join(check.found) or NOTHING,
                "yes" if check.held else "no",
            )
            for check in assignment.checks
        ),
    )


# Cells


def _name_result(result: IndicatorResult) -> str:
    star = "*" if result.key_priority else ""
    return f"{clean_text(result.short_title)}{star}{mark_early(result)}"


def _note_key(results: Sequence[IndicatorResult]) -> str:
    return "* A key priority." if any(result.key_priority for result in results) else ""


def _write(result: IndicatorResult, value: float | None) -> str:
    return NOTHING if value is None else format_value(value, result.unit, result.decimals)


def _format_range(result: IndicatorResult) -> str:
    if result.lower is None or result.upper is None:
        return NOTHING
    return format_interval(result.lower, result.upper, result.unit, result.decimals)


def _format_context(figure: ContextFigure) -> str:
    if figure.availability != Availability.AVAILABLE or figure.value is None:
        return str(figure.availability) if figure.availability != Availability.AVAILABLE else "no figure"
    return _format_share(figure.unit, figure.value)


def _format_share(unit: str, value: float) -> str:
    """Context is published to one decimal, grades gained to two; a count to the pupil."""
    return format_value(value, unit, {Unit.PERCENT: 1, Unit.DIFFERENCE: 2}.get(Unit(unit)))
