"""Questions that governors may ask, each from what the report shows of this school: to open a talk, not to accuse."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.analysis.indicators.themes import load_themes
from pipeline.analysis.results import IndicatorResult
from pipeline.foundation.vocabulary import PupilGroup, Rating, format_date
from pipeline.report.facts import SIMILAR, SchoolReport
from pipeline.report.sentences.counting import join_words, spell_count, start_within
from pipeline.report.sentences.standing_wording import name_subject
from pipeline.report.sentences.wording import find_asked, find_standing, name_short

QUESTIONS = 5
_MOST_WORDS = 10  # of two strengths named in one question


def list_questions(report: SchoolReport) -> tuple[str, ...]:
    """Five questions, those that rest on the most first."""
    return tuple(dict.fromkeys(_list_questions(report)))[:QUESTIONS]


def _list_questions(report: SchoolReport) -> Iterator[str]:
    gaps, strengths = find_standing(report, Rating.GAP), find_standing(report, Rating.STRENGTH)
    asked = {key: theme.asks for key, theme in load_themes().items() if theme.asks}
    for first in [one for one in gaps if one.theme not in asked][:1]:
        yield _ask_of_gap(first)
    yield from (words for key, words in asked.items() if any(one.theme == key for one in gaps))
    if (poor := _find_poor(report)) is not None:
        area, date = poor
        yield f"What has changed in {area} since the inspection of {format_date(date)}, and how would we see it?"
    check = report.analysis.writing_check
    if check is not None and check.asks:
        side = "higher" if check.writing > check.upper else "lower"
        yield f"Writing is assessed {side} than the tests suggest. Who moderated it, and what was found?"
    if strengths:
        names = list(dict.fromkeys(_name(one) for one in strengths[:2]))
        named = join_words(names) if sum(len(name.split()) for name in names) <= _MOST_WORDS else names[0]
        yield f"What lies behind our strength in {named}, and who else could use it?"
    pairs = dict.fromkeys((one.group, one.gap.group) for one in report.analysis.results if one.gap is not None)
    for own, others in pairs:
        named = f"{PupilGroup(own).words} and {PupilGroup(others).words}"
        yield f"How far apart are our {named} within each year group now?"
    if report.compared_with(SIMILAR):
        yield "Which of the similar schools named here shall we ring first, and what shall we ask?"
    if any(one.provisional for one in report.analysis.results):
        yield "Some figures rest on one year. What do our own assessments say of the year groups that follow?"
    yield "What do we know of pupils now in school that last summer's results cannot show?"
    yield "What would tell us by Easter that what we are doing works?"
    yield "What do pupils, parents and staff tell us that no figure shows?"
    yield "Which pupils do we worry about most this year, and what have we changed for them?"
    yield "Which figure here surprised us most, and why?"
    yield "How do we know that each pupil makes progress, where few are measured?"
    yield "What do pupils and their families tell us that no figure does?"


def _ask_of_gap(first: IndicatorResult) -> str:
    years = [figure.year for figure in first.by_year if figure.value is not None]
    lasted = first.persistent and len(years) > 1
    opening = "Why has there been a gap in" if lasted else "Why is there a gap in"
    since = f" for {spell_count(len(years))} years" if lasted else ""
    early = " (early figures)" if first.early else ""
    return f"{opening} {_name(first)}{early}{since}, and what has been tried?"


def _name(result: IndicatorResult) -> str:
    """``maths``; a measure's own title where it is of no one subject."""
    if len(result.telling.subjects) == 1:
        return start_within(name_subject(result))
    return name_short(result)


def _find_poor(report: SchoolReport) -> tuple[str, str] | None:
    """The first area that the latest inspection asked to improve, and its date; None where it asked nothing."""
    found = find_asked(report)
    if found is None or not found[0].date:
        return None
    latest, areas = found
    return areas[0].lower() or "what was judged", latest.date
