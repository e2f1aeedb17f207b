"""The tables of a school's report: every figure in words and numbers, so that no picture is needed to read it.

A figure that was not published as a number is shown by its availability, never as a number.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.analysis.results import ContextFigure, IndicatorResult, InspectionFact, YearFigure
from pipeline.policy.outcome import Assignment
from pipeline.report.exhibits import Column, Rated, Table, clean_text
from pipeline.report.facts import ENGLAND, SchoolReport, is_rated
from pipeline.report.rounding import write_interval, write_number, write_signed_difference, write_value
from pipeline.report.wording import (
    counts_pupils,
    explain_gap_in_years,
    explain_not_rated,
    find_rated,
    name_span,
    start_sentence,
    write_inspection,
    write_position,
)
from pipeline.vocabulary import Availability, PupilGroup, Rating, Unit, name_academic_year

NOTHING = "–"  # a cell to which nothing belongs; a figure that is missing says why instead


def tabulate_strengths_and_gaps(report: SchoolReport, *, id: str = "strengths-and-gaps") -> Table | None:
    """Strengths, then gaps, key priorities first in each; None where there are neither."""
    found = [*find_rated(report, Rating.STRENGTH), *find_rated(report, Rating.GAP)]
    if not found:
        return None
    return Table(
        id,
        "Strengths and gaps against England",
        (
            Column("Indicator"),
            Column("Rating"),
            Column("School", numeric=True),
            Column("England", numeric=True),
            Column("Difference", numeric=True),
            Column("Could fairly lie in", numeric=True),
        ),
        tuple(
            (
                _name_result(result),
                Rated(_rating(result)),
                _write(result, result.value),
                _write_england(result),
                _write_difference_in_pupils(result),
                _write_range(result),
            )
            for result in found
        ),
        note=_note_marks(found),
    )


def tabulate_indicators(report: SchoolReport, *, id: str = "indicators") -> Table | None:
    """Every indicator that applies to the school, rated or not; None where there is none."""
    results = report.analysis.results
    if not results:
        return None
    return Table(
        id,
        "Every indicator against England",
        (
            Column("Indicator"),
            Column("School", numeric=True),
            Column("Pupils", numeric=True),
            Column("England", numeric=True),
            Column("Difference", numeric=True),
            Column("Rating"),
            Column("Years"),
        ),
        tuple(
            (
                _name_result(result),
                _write_or_explain(result),
                NOTHING if result.cohort is None else write_number(result.cohort, 0),
                _write_england(result),
                _write_difference(result),
                Rated(_rating(result)),
                _write_years(result),
            )
            for result in results
        ),
        note=_note_marks(results),
    )


def tabulate_trends(
    results: Sequence[IndicatorResult], *, id: str = "trends-table", caption: str = "Year by year, beside England"
) -> Table | None:
    """Each indicator by year: the school, then England in brackets, and the change; None where no year is there."""
    years = sorted({figure.year for result in results for figure in result.by_year})
    if not years:
        return None
    return Table(
        id,
        caption,
        (Column("Indicator"), *(Column(name_academic_year(year), numeric=True) for year in years), Column("Change")),
        tuple(
            (
                clean_text(result.short_title),
                *(_write_year(result, year) for year in years),
                start_sentence(result.trend.words) if result.trend else "Too few years to say",
            )
            for result in results
        ),
        note="England's figure stands in brackets. A change is named only where chance is an unlikely explanation.",
    )


def tabulate_positions(report: SchoolReport, *, id: str = "positions") -> Table | None:
    """Where the latest figures stand nationally; None where no national file was given."""
    placed = [result for result in report.analysis.results if result.position is not None]
    if not placed:
        return None
    return Table(
        id,
        "Where the latest figures stand among mainstream state-funded schools",
        (Column("Indicator"), Column("Position"), Column("Schools", numeric=True)),
        tuple(
            (
                clean_text(result.short_title),
                start_sentence(write_position(result.position, result.direction)),
                write_number(result.position.schools, 0),
            )
            for result in placed
            if result.position is not None
        ),
        note="A position is not a rating: most schools change places from year to year by chance alone.",
    )


def tabulate_context(report: SchoolReport, *, id: str = "context") -> Table | None:
    """The school's pupils beside England's; None where no file says anything of them."""
    if not report.analysis.context:
        return None
    return Table(
        id,
        "The school's pupils",
        (Column("Pupils"), Column("School", numeric=True), Column("England", numeric=True), Column("Year")),
        tuple(
            (
                clean_text(figure.title),
                _write_context(figure),
                NOTHING if figure.england is None else _write_share(figure.unit, figure.england),
                NOTHING if figure.year is None else name_academic_year(figure.year),
            )
            for figure in report.analysis.context
        ),
    )


def tabulate_inspections(report: SchoolReport, *, id: str = "inspections") -> Table | None:
    """Inspection outcomes in each framework's own words; None where no file holds one."""
    facts = [fact for fact in report.analysis.inspections if fact.outcome.strip().casefold() != "not applicable"]
    if not facts:
        return None
    inspections = list(dict.fromkeys(_identify(fact) for fact in facts))
    facts.sort(key=lambda fact: (inspections.index(_identify(fact)), not fact.area.startswith("Overall")))
    return Table(
        id,
        "Inspection outcomes, in the words of each inspection's own framework",
        (Column("What was judged"), Column("Outcome"), Column("Inspection")),
        tuple(
            (clean_text(fact.area) or "Outcome", clean_text(fact.outcome) or NOTHING, write_inspection(fact))
            for fact in facts
        ),
        note="Areas that the publisher marks as not applicable are left out."
        if len(facts) < len(report.analysis.inspections)
        else "",
    )


def tabulate_not_rated(report: SchoolReport, *, id: str = "not-rated") -> Table | None:
    """Indicators without a rating, what is known of them, and why; None where every one is rated."""
    found = [result for result in report.analysis.results if not is_rated(result)]
    if not found:
        return None
    return Table(
        id,
        "Indicators that are not rated, and why",
        (Column("Indicator"), Column("Figure", numeric=True), Column("Why it is not rated")),
        tuple((_name_result(result), _write_or_explain(result), explain_not_rated(result)) for result in found),
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
    dagger = "†" if result.group == PupilGroup.DISADVANTAGED else ""
    return f"{clean_text(result.short_title)}{star}{dagger}"


def _note_marks(results: Sequence[IndicatorResult]) -> str:
    notes = []
    if any(result.key_priority for result in results):
        notes.append("* A key priority.")
    if any(result.group == PupilGroup.DISADVANTAGED for result in results):
        notes.append("† Compared with England's other pupils: those who are not disadvantaged.")
    if any(result.unit == Unit.PERCENT and is_rated(result) for result in results):
        notes.append("pp: percentage points. Differences are worked out before rounding.")
    return " ".join(notes)


def _rating(result: IndicatorResult) -> Rating:
    comparison = result.against(ENGLAND)
    return comparison.rating if comparison is not None and is_rated(result) else Rating.NOT_RATED


def _write(result: IndicatorResult, value: float | None) -> str:
    return NOTHING if value is None else write_value(value, result.unit, result.decimals)


def _write_or_explain(result: IndicatorResult) -> str:
    """The figure; where there is none, the availability of the latest year."""
    if result.value is not None:
        return write_value(result.value, result.unit, result.decimals)
    withheld = [figure for figure in result.by_year if figure.availability != Availability.AVAILABLE]
    return str(withheld[-1].availability) if withheld else "no figure"


def _write_england(result: IndicatorResult) -> str:
    comparison = result.against(ENGLAND)
    return NOTHING if comparison is None else _write(result, comparison.baseline)


def _write_difference(result: IndicatorResult) -> str:
    comparison = result.against(ENGLAND)
    if comparison is None or comparison.difference is None:
        return NOTHING
    return write_signed_difference(comparison.difference, result.unit, result.decimals)


def _write_difference_in_pupils(result: IndicatorResult) -> str:
    comparison, difference = result.against(ENGLAND), _write_difference(result)
    if comparison is None or not counts_pupils(result) or comparison.pupils is None or abs(comparison.pupils) < 1:
        return difference
    pupils = write_number(abs(comparison.pupils), 0)
    return f"{difference} (about {pupils} {'pupil' if pupils == '1' else 'pupils'})"


def _write_range(result: IndicatorResult) -> str:
    if result.lower is None or result.upper is None:
        return NOTHING
    return write_interval(result.lower, result.upper, result.unit, result.decimals)


def _write_years(result: IndicatorResult) -> str:
    return name_span(result.years) if result.years else NOTHING


def _write_year(result: IndicatorResult, year: int) -> str:
    figure = next((found for found in result.by_year if found.year == year), None)
    if figure is None:
        return explain_gap_in_years(result, year)
    school = _write_school_year(result, figure)
    if figure.england is None or figure.availability == Availability.NOT_APPLICABLE:
        return school
    return f"{school} ({write_value(figure.england, result.unit, result.decimals)})"


def _write_school_year(result: IndicatorResult, figure: YearFigure) -> str:
    if figure.availability != Availability.AVAILABLE or figure.value is None:
        return explain_gap_in_years(result, figure.year)
    predecessor = ", predecessor" if figure.predecessor else ""
    return f"{write_value(figure.value, result.unit, result.decimals)}{predecessor}"


def _write_context(figure: ContextFigure) -> str:
    if figure.availability != Availability.AVAILABLE or figure.value is None:
        return str(figure.availability) if figure.availability != Availability.AVAILABLE else "no figure"
    return _write_share(figure.unit, figure.value)


def _write_share(unit: str, value: float) -> str:
    """Context is published to one decimal; a count to the pupil."""
    return write_value(value, unit, 1 if unit == Unit.PERCENT else None)
