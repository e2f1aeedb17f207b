"""What is said of early results: collected before publication, not validated, and marked wherever they appear."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.analysis.results import IndicatorResult
from pipeline.foundation.vocabulary import name_academic_year
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import SchoolReport
from pipeline.report.sentences.counting import join_words

EARLY = "early"  # of a figure, in a cell or behind its name; what it means is said beside
NOT_VALIDATED = "early, not validated"


def mark_early(result: IndicatorResult) -> str:
    """``, early``, to stand behind the name of what rests on early results; else nothing."""
    return f", {EARLY}" if result.early else ""


def mark_years(result: IndicatorResult, *years: int) -> str:
    """`` (2024/25 early, not validated)``, to stand behind years of which one is early; else nothing."""
    early = [name_academic_year(year) for year in result.early_years if year in years]
    return f" ({join_words(early)} {NOT_VALIDATED})" if early else ""


def name_early_years(result: IndicatorResult) -> str:
    """The years of an indicator that are early."""
    return join_words(name_academic_year(year) for year in result.early_years)


def phrase_early(result: IndicatorResult) -> str:
    """Which of an indicator's years are early and whose figure of England stands beside; empty where none is."""
    if not result.early_years:
        return ""
    figures, are = ("figure", "is") if len(result.early_years) == 1 else ("figures", "are")
    return f"The {figures} of {name_early_years(result)} {are} {NOT_VALIDATED}{_phrase_stand_in(result)}."


def _phrase_stand_in(result: IndicatorResult) -> str:
    beside = [one for one in result.by_year if one.early and one.england_year and one.england is not None]
    if not beside:
        return ""
    lent = join_words(name_academic_year(one.england_year or 0) for one in beside)
    own = join_words(name_academic_year(one.year) for one in beside)
    return f"; England's of {own} is not known yet, so that of {lent} stands in"


def explain_early(results: Sequence[IndicatorResult]) -> str:
    """What the mark means where any of ``results`` shows an early figure; the same is said once."""
    said = dict.fromkeys(phrase_early(result) for result in results if result.early_years)
    noted = (words.replace("The figure", "Early: the figure", 1) for words in said)
    return " ".join(words.replace(NOT_VALIDATED, "not validated") for words in noted)


def phrase_early_report(report: SchoolReport) -> str:
    """What a report says at its head where it shows early results: whose they are, and what they are not."""
    if not report.early_years:
        return ""
    years = join_words(name_academic_year(year) for year in report.early_years)
    whom = clean_text(report.organisation) or "the authority or trust"
    lent = any(_phrase_stand_in(result) for result in report.analysis.results)
    beside = " Until England's own figure is published, that of the year before stands beside them." if lent else ""
    decide = (
        "They are judged as published figures are, and have part in the category."
        if report.assignment.early
        else "They have no part in the category, which rests on published figures alone."
    )
    return (
        f"Early results, not validated. Figures of {years} that are marked early were collected by {whom} before "
        f"publication. Published figures may differ, and will take their place.{beside} {decide}"
    )


def phrase_early_writing(report: SchoolReport) -> str:
    """That the question of how writing was assessed rests on early results; empty where it does not."""
    check = report.analysis.writing_check
    years = [year for year in (check.years if check else ()) if year in report.early_years]
    if not years:
        return ""
    return f"Results of {join_words(name_academic_year(year) for year in years)} among these are {NOT_VALIDATED}."
