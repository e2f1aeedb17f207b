"""What is said of early results: collected before publication, not validated, and marked wherever they appear."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.analysis.results import IndicatorResult
from pipeline.foundation.vocabulary import name_academic_year
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import SIMILAR, SchoolReport
from pipeline.report.sentences.counting import join_words

SHORT = "Early: collected before publication, not validated."
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
    """``; England's figure and similar schools' of 2024/25 are not known yet, so those of 2023/24 stand in``."""
    england = _list_lent_england(result)
    beside = result.against(SIMILAR)
    alike = [one for one in result.by_year if one.early and one.similar_year]
    alike = alike if beside is not None and beside.baseline is not None else []
    if not england and not alike:
        return ""
    lent = sorted({*england} | {one.similar_year or 0 for one in alike})
    own = join_words(name_academic_year(year + 1) for year in lent)
    whose = "England's figure" if england else "similar schools' figure"
    whose += " and similar schools'" if england and alike else ""
    one = len(lent) == 1 and bool(england) != bool(alike)
    are, those, stand = ("is", "that", "stands") if one else ("are", "those", "stand")
    return (
        f"; {whose} of {own} {are} not known yet, so {those} of {join_words(map(name_academic_year, lent))} {stand} in"
    )


def explain_early(results: Sequence[IndicatorResult]) -> str:
    """What the mark means where any of ``results`` shows an early figure; the same is said once.

    Where not all have the same said of them, what is said of the most stands last, and the others are named.
    """
    said: dict[str, list[IndicatorResult]] = {}
    for result in results:
        if result.early_years:
            said.setdefault(phrase_early(result), []).append(result)
    noted = list[str]()
    for words, found in sorted(said.items(), key=lambda one: len(one[1])):
        last = len(noted) == len(said) - 1
        whom = f" ({'the others' if last else _list_titles(found)})" if len(said) > 1 else ""
        noted.append(words.replace("The figure", f"Early{whom}: the figure", 1))
    return " ".join(words.replace(NOT_VALIDATED, "not validated") for words in noted)


def explain_early_briefly(results: Sequence[IndicatorResult]) -> str:
    """The same in few words, of figures beside England's alone: no year of England's stands in untold."""
    early = [result for result in results if result.early]
    lent = {result.indicator: _list_lent_england(result) for result in early}
    told = [SHORT] if early else []
    for years in sorted(set(filter(None, lent.values()))):
        named = [result for result in early if lent[result.indicator] == years]
        figures, stand = ("figure", "stands") if len(years) == 1 else ("figures", "stand")
        whom = " beside them" if len(named) == len(early) else f" ({_list_titles(named)})"
        told.append(f"England's {figures} of {join_words(map(name_academic_year, years))} {stand} in{whom}.")
    return " ".join(told)


def _list_titles(results: Sequence[IndicatorResult]) -> str:
    return join_words((clean_text(result.short_title) for result in results), between=";")


def _list_lent_england(result: IndicatorResult) -> tuple[int, ...]:
    """The years of which England's figures stand in for those of later years."""
    found = [one.england_year for one in result.by_year if one.early and one.england is not None]
    return tuple(year for year in found if year is not None)


def phrase_early_report(report: SchoolReport) -> str:
    """Whose early results a report shows, and what they are not; empty where it shows none."""
    if not report.early_years:
        return ""
    years = join_words(name_academic_year(year) for year in report.early_years)
    whom = clean_text(report.organisation) or "the authority or trust"
    lent = any(_phrase_stand_in(result) for result in report.analysis.results)
    beside = " Until England's figures of that year are published, those of the year before stand in." if lent else ""
    decide = "have part in the category" if report.assignment.early else "have no part in the category"
    return (
        f"Figures of {years} that are marked early were collected by {whom} before publication. They are not "
        f"validated, and {decide}. Published figures may differ, and will take their place.{beside}"
    )


def phrase_early_writing(report: SchoolReport) -> str:
    """That the question of how writing was assessed rests on early results; empty where it does not."""
    check = report.analysis.writing_check
    years = [year for year in (check.years if check else ()) if year in report.early_years]
    if not years:
        return ""
    return f"Results of {join_words(name_academic_year(year) for year in years)} among these are {NOT_VALIDATED}."
