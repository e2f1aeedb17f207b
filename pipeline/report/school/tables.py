"""The tables of a school's report: every figure in words and numbers, so that no picture is needed to read it.

A figure that was not published as a number is shown by its availability, never as a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipeline.analysis.results import ContextFigure, IndicatorResult, InspectionFact, YearFigure
from pipeline.foundation.vocabulary import Availability, Direction, Rating, Unit, name_academic_year
from pipeline.policy.outcome import Assignment
from pipeline.report.exhibits import Column, Rated, Table, clean_text
from pipeline.report.facts import ENGLAND, SIMILAR, SchoolReport, is_rated
from pipeline.report.school.similar_wording import is_small
from pipeline.report.sentences.counting import CHANCE, count_things, join_words, start_sentence
from pipeline.report.sentences.early_wording import EARLY, explain_early, mark_early
from pipeline.report.sentences.rounding import format_interval, format_number, format_value
from pipeline.report.sentences.wording import (
    FROM_ONE_YEAR,
    compare,
    counts_pupils,
    explain_gap_in_years,
    explain_not_rated,
    explain_windows,
    find_ratings,
    find_standing,
    has_figure,
    judge_whole,
    name_beside,
    name_change,
    name_short,
    name_span,
    phrase_inspection,
    phrase_position,
    stands_out_alone,
)

_ORDER = (Rating.STRENGTH, Rating.GAP, Rating.IN_LINE, Rating.NO_CLEAR_DIFFERENCE)
NOT_CLEAR = "not clear"  # no clear difference, in a cell: many rows may say it
SMALL_SHOWN = 5  # figures drawn towards similar schools
NOTHING = "–"  # a cell to which nothing belongs; a figure that is missing says why instead


def tabulate_indicators(report: SchoolReport, *, id: str = "indicators") -> Table | None:
    """Every rated indicator: strengths, gaps, what is in line, then the rest, key priorities first in each.

    Similar schools have columns of their own where any indicator was compared with them. None where nothing is
    rated. The years that most indicators cover stand in the caption, others in a note.
    """
    found = [result for rating in _ORDER for result in find_standing(report, rating)]
    if not found:
        return None
    similar = bool(report.compared_with(SIMILAR))
    usual = Counter(result.years for result in found if result.years).most_common(1)
    years = usual[0][0] if usual else ()
    others = dict.fromkeys(result.years for result in found if result.years not in ((), years))
    marks = {other: f" ({letter})" for other, letter in zip(others, "abcdefgh", strict=False)}
    named = [f"{mark.strip()} {name_span(other)}." for other, mark in marks.items()]
    comparators = ((ENGLAND, "England"), *([(SIMILAR, "similar")] if similar else []))
    return Table(
        id,
        f"Every rated indicator beside England{' and similar schools' if similar else ''}"
        f"{f', {name_span(years)}' if years else ''}",
        (
            Column("Indicator"),
            Column("School", numeric=True),
            Column("Range", numeric=True),
            Column("Pupils", numeric=True),
            *(
                column
                for _, name in comparators
                for column in (Column(start_sentence(name), numeric=True), Column(f"Against {name}"))
            ),
        ),
        tuple(
            (
                f"{_name_result(result)}{'†' if result.provisional else ''}{marks.get(result.years, '')}",
                _write(result, result.value),
                _format_range(result),
                NOTHING if result.cohort is None else format_number(result.cohort, 0),
                *(cell for one, _ in comparators for cell in _compare_cells(result, one)),
            )
            for result in found
        ),
        note=" ".join(one for one in (*named, explain_windows(found), explain_early(found), _note_marks(found)) if one),
    )


def _compare_cells(result: IndicatorResult, comparator: str) -> tuple[str | Rated, str | Rated]:
    """A comparator's figure, then the rating against it with how far apart the two are."""
    comparison = result.against(comparator)
    if comparison is None or comparison.baseline is None:
        return NOTHING, NOTHING
    baseline = _write(result, comparison.baseline)
    if not is_rated(result, comparator):
        return baseline, Rated(Rating.NOT_RATED)
    rating = Rating(comparison.rating)
    if not rating.is_finding:
        said = NOT_CLEAR if rating == Rating.NO_CLEAR_DIFFERENCE else str(rating)
        return baseline, Rated(rating, f"{said}{'‡' if stands_out_alone(result, comparator) else ''}")
    return baseline, Rated(rating, after=_format_apart(result, comparator))


def _format_apart(result: IndicatorResult, comparator: str) -> str:
    """``(20)`` pupils where the figure is a share of pupils, else ``(1.9)`` of the figure's own points."""
    comparison = compare(result, comparator)
    if counts_pupils(result) and comparison.pupils is not None:
        return f"({format_number(abs(comparison.pupils), 0)})"
    return f"({format_number(abs(comparison.difference or 0.0), result.decimals)})"


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
            Column("Indicator"),
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


def tabulate_trends(results: Sequence[IndicatorResult], *, id: str = "trends-table", caption: str = "") -> Table | None:
    """Each indicator by year: the school, then England in brackets, and the change; None where no year is there."""
    shown = [result for result in results if any(has_figure(result, figure) for figure in result.by_year)]
    years = sorted({figure.year for result in shown for figure in result.by_year})
    if not years:
        return None
    beside = name_beside(shown)
    in_brackets = "England's figure stands in brackets. " if beside else ""
    return Table(
        id,
        caption or f"Year by year{f',{beside}' if beside else ''}",
        (Column("Indicator"), *(Column(name_academic_year(year), numeric=True) for year in years), Column("Change")),
        tuple(
            (
                clean_text(result.short_title),
                *(_format_year(result, year) for year in years),
                name_change(result),
            )
            for result in shown
        ),
        note=f"{in_brackets}A change is named only where {CHANCE} are an unlikely explanation. "
        f"{explain_windows(shown)} {explain_early(shown)}".rstrip(),
    )


def tabulate_positions(report: SchoolReport, *, id: str = "positions") -> Table | None:
    """Where the latest figures stand nationally; None where no national file was given."""
    placed = [result for result in report.analysis.results if result.position is not None]
    if not placed:
        return None
    return Table(
        id,
        "Where the latest figures stand among England's mainstream state-funded schools",
        (Column("Indicator"), Column("Position"), Column("Of schools", numeric=True)),
        tuple(
            (
                clean_text(result.short_title),
                start_sentence(phrase_position(result.position, result.direction)),
                format_number(result.position.schools, 0),
            )
            for result in placed
            if result.position is not None
        ),
        note="A position is not a rating: most schools change places from year to year by chance alone.",
    )


def tabulate_context(report: SchoolReport, *, id: str = "context") -> Table | None:
    """The school's pupils beside England's; None where no file says anything of them."""
    figures = report.analysis.context
    if not figures:
        return None
    years = {figure.year for figure in figures if figure.year is not None}
    common = f", {name_academic_year(min(years))}" if len(years) == 1 else ""
    year = () if common else (Column("Year"),)
    return Table(
        id,
        f"Pupils of the school and of England{common}",
        (Column("Pupils"), Column("School", numeric=True), Column("England", numeric=True), *year),
        tuple(
            (
                clean_text(figure.title),
                _format_context(figure),
                NOTHING if figure.england is None else _format_share(figure.unit, figure.england),
                *([] if common else [NOTHING if figure.year is None else name_academic_year(figure.year)]),
            )
            for figure in figures
        ),
    )


def tabulate_inspections(report: SchoolReport, *, id: str = "inspections") -> Table | None:
    """Inspection outcomes in each framework's own words; None where no file holds one."""
    facts = [fact for fact in report.analysis.inspections if fact.outcome.strip().casefold() != "not applicable"]
    if not facts:
        return None
    inspections = list(dict.fromkeys(_identify(fact) for fact in facts))
    facts.sort(key=lambda fact: (inspections.index(_identify(fact)), not fact.area.startswith("Overall")))
    named = [phrase_inspection(fact, report.edition.date) for fact in facts]
    only = named[0] if len(set(named)) == 1 else ""
    return Table(
        id,
        f"Inspection outcomes{f': {only[:1].lower()}{only[1:]}' if only else ''}",
        (Column("What was judged"), Column("Outcome"), *([] if only else [Column("Inspection")])),
        tuple(
            (clean_text(fact.area) or "Outcome", clean_text(fact.outcome) or NOTHING, *([] if only else [inspection]))
            for fact, inspection in zip(facts, named, strict=True)
        ),
    )


def tabulate_not_rated(report: SchoolReport, *, id: str = "not-rated") -> Table | None:
    """Why indicators have no rating, and which they are, with the figure where there is one; None where all have."""
    reasons: dict[str, list[str]] = {}
    for result in report.analysis.results:
        if not find_ratings(result):
            figure = "" if result.value is None else f" ({_write(result, result.value)})"
            reasons.setdefault(explain_not_rated(result), []).append(f"{_name_result(result)}{figure}")
    if not reasons:
        return None
    return Table(
        id,
        "Indicators that are not rated, and why",
        (Column("Why"), Column("Indicators (figure, where there is one)")),
        tuple((reason, "; ".join(names)) for reason, names in reasons.items()),
    )


def tabulate_entitlement(assignment: Assignment, *, id: str = "entitlement-amounts") -> Table | None:
    """What the category brings in numbers, such as days a year; None where the policy states none."""
    amounts = assignment.entitlement.amounts
    if not amounts:
        return None
    return Table(
        id,
        f"Support in the category {clean_text(assignment.title)}",
        (Column("Support"), Column("Amount", numeric=True)),
        tuple((name, amount) for name, amount in amounts),
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


def _identify(fact: InspectionFact) -> tuple[str, str, str, bool]:
    return fact.framework, fact.kind, fact.date, fact.about_predecessor


# Cells


def _name_result(result: IndicatorResult) -> str:
    star = "*" if result.key_priority else ""
    return f"{clean_text(result.short_title)}{star}{mark_early(result)}"


def _note_key(results: Sequence[IndicatorResult]) -> str:
    return "* A key priority." if any(result.key_priority for result in results) else ""


def _note_marks(results: Sequence[IndicatorResult]) -> str:
    notes = [_note_key(results)]
    if any(result.provisional for result in results):
        notes.append(f"† {start_sentence(FROM_ONE_YEAR)}.")
    if any(rating == Rating.NO_CLEAR_DIFFERENCE for result in results for rating in find_ratings(result).values()):
        notes.append(f"{start_sentence(NOT_CLEAR)}: no clear difference, in either direction.")
    if any(stands_out_alone(result, one) for result in results for one in find_ratings(result)):
        notes.append(
            "‡ The range leaves this figure out: on its own that may stand out, among so many comparisons it does not."
        )
    if any(judge_whole(result).is_finding for result in results):
        own = [
            f"; for {name_short(one)}, {clean_text(one.telling.apart_in)}" for one in results if one.telling.apart_in
        ]
        said = "In brackets: how far apart, in pupils where the figure is a share of them, else in points"
        notes.append(f"{said}{''.join(own)}.")
    lower = [name_short(result) for result in results if result.direction == Direction.LOWER_IS_BETTER]
    if lower:
        notes.append(f"For {join_words(lower)}, lower is better.")
    return " ".join(note for note in notes if note)


def _write(result: IndicatorResult, value: float | None) -> str:
    return NOTHING if value is None else format_value(value, result.unit, result.decimals)


def _format_range(result: IndicatorResult) -> str:
    if result.lower is None or result.upper is None:
        return NOTHING
    return format_interval(result.lower, result.upper, result.unit, result.decimals)


def _format_year(result: IndicatorResult, year: int) -> str:
    figure = next((found for found in result.by_year if found.year == year), None)
    if figure is None:
        return explain_gap_in_years(result, year)
    school = _format_school_year(result, figure)
    if figure.england is None or figure.availability == Availability.NOT_APPLICABLE:
        return school
    lent = "" if figure.england_year is None else f" in {name_academic_year(figure.england_year)}"
    return f"{school} ({format_value(figure.england, result.unit, result.decimals)}{lent})"


def _format_school_year(result: IndicatorResult, figure: YearFigure) -> str:
    if figure.value is None or not has_figure(result, figure):
        return explain_gap_in_years(result, figure.year)
    predecessor = ", predecessor" if figure.predecessor else ""
    early = f", {EARLY}" if figure.early else ""
    return f"{format_value(figure.value, result.unit, result.decimals)}{predecessor}{early}"


def _format_context(figure: ContextFigure) -> str:
    if figure.availability != Availability.AVAILABLE or figure.value is None:
        return str(figure.availability) if figure.availability != Availability.AVAILABLE else "no figure"
    return _format_share(figure.unit, figure.value)


def _format_share(unit: str, value: float) -> str:
    """Context is published to one decimal, grades gained to two; a count to the pupil."""
    return format_value(value, unit, {Unit.PERCENT: 1, Unit.DIFFERENCE: 2}.get(Unit(unit)))
