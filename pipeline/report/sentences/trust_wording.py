"""How far a school may trust its report, in words that need no course in statistics; docs/method.md has the rest."""

from __future__ import annotations

from pipeline.foundation.vocabulary import PupilGroup, name_academic_year
from pipeline.policy.outcome import LIKELY_IN_100, SURE_IN_100
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import SchoolReport
from pipeline.report.sentences.counting import join_words, start_sentence
from pipeline.report.sentences.early_wording import phrase_early_report
from pipeline.report.sentences.rounding import format_number
from pipeline.report.sentences.wording import find_ratings, phrase_checks


def explain_trust(report: SchoolReport) -> tuple[tuple[str, str], ...]:
    """Pairs of a lead and a paragraph: figures, ranges, strengths and gaps, the category, checks, files."""
    told = (
        ("Figures.", _explain_figures(report)),
        ("Early results.", phrase_early_report(report)),
        ("Ranges.", _explain_ranges(report)),
        ("Strengths and gaps.", _explain_findings(report)),
        ("The category.", _explain_category(report)),
        ("Files.", _list_files(report)),
        ("Checks.", phrase_checks(report)),
    )
    return tuple((lead, words) for lead, words in told if words)


def _explain_figures(report: SchoolReport) -> str:
    first, last = name_academic_year(report.analysis.year - 2), name_academic_year(report.analysis.year)
    one_year = " What rests on one year is marked as provisional." if _any_provisional(report) else ""
    whose = "All but those marked early" if report.early_years else "All"
    window = range(report.analysis.year - 2, report.analysis.year + 1)
    alone = one_year and all(len(set(window) & set(result.years)) < 2 for result in report.analysis.results)
    together = f" Years from {first} to {last} are taken together, so that one small year group does not decide."
    return (
        f"{whose} are published; what was withheld is not shown, guessed or held against the school."
        f"{'' if alone else together}{one_year}"
    )


def _any_provisional(report: SchoolReport) -> bool:
    return any(result.provisional for result in report.analysis.results)


def _explain_ranges(report: SchoolReport) -> str:
    if not any(result.lower is not None for result in report.analysis.results):
        return ""
    return (
        "Another year group would have given another figure. The range shows where the school's own could fairly lie, "
        "at 95 in 100. The fewer the pupils, the wider it is."
    )


def _explain_findings(report: SchoolReport) -> str:
    ratings = [rating for result in report.analysis.results for rating in find_ratings(result).values()]
    if not ratings:
        return ""
    count = format_number(len(ratings), 0)
    among = f" The {count} comparisons made here are allowed for." if len(ratings) > 1 else ""
    return (
        f"Each is a difference that chance and the usual change from year to year are unlikely to make, and large "
        f"enough to matter.{among}{_explain_groups(report)}"
    )


def _explain_groups(report: SchoolReport) -> str:
    compared = (one for one in report.analysis.results if one.gap_to and find_ratings(one))
    groups = dict.fromkeys(PupilGroup(one.group).words for one in compared)
    return "".join(f" {start_sentence(own)} are compared with {own} elsewhere." for own in groups)


def _explain_category(report: SchoolReport) -> str:
    if report.certainty is None or report.certainty.probability is None or report.assignment.tier is None:
        return ""
    draws = format_number(report.certainty.resamples, 0)
    return (
        f"The figures were made anew {draws} times, as other pupils like these might have made them. A category that "
        f"comes of fewer than {SURE_IN_100} in 100 is called borderline, of fewer than {LIKELY_IN_100} doubtful."
    )


def _list_files(report: SchoolReport) -> str:
    files = {clean_text(year.file) for result in report.analysis.results for year in result.by_year if year.file}
    subjects = report.subjects[report.subjects["urn"].notna()]
    files |= set(map(clean_text, subjects.loc[subjects["year"] == subjects["year"].max(), "file"]))
    return f"{join_words(sorted(files), between=';')}." if files else ""
