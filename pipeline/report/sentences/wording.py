"""Every sentence a head or a chair of governors reads, made from the facts and nowhere else.

Plain British English; a term is explained where it first stands. Names are never given an article of ours, so that
"The Chase" does not become "the The Chase". Numbers come from ``rounding``; what a figure means comes from the
analysis and the policy: nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from pipeline.analysis.indicators.windows import WINDOW
from pipeline.analysis.results import Comparison, IndicatorResult, InspectionFact, Position, YearFigure
from pipeline.foundation.vocabulary import (
    Availability,
    Direction,
    Framework,
    Rating,
    Unit,
    format_date,
    name_academic_year,
    round_half_up,
)
from pipeline.policy.evidence.inspection import OF_THE_WHOLE, LatestInspection, find_latest, list_asked
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import ENGLAND, SIMILAR, SchoolReport, is_rated
from pipeline.report.sentences.counting import (
    count_things,
    end_sentence,
    join_words,
    spell_count,
    start_sentence,
)
from pipeline.report.sentences.early_wording import mark_early, mark_years
from pipeline.report.sentences.rounding import format_value

if TYPE_CHECKING:
    from pipeline.validation import Check

PUPILS = "pupils"  # a share of these can be counted in them

LASTING_NAMED = 3  # gaps that have lasted, named beside the category; the table holds them all


# Small parts of sentences


def name_years(years: Sequence[int]) -> str:
    """When, as part of a sentence: ``in 2018/19``; ``in the three years to 2018/19``; years apart are named."""
    ordered = sorted(years)
    if len(ordered) > 1 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"in the {spell_count(len(ordered))} years to {name_academic_year(ordered[-1])}"
    named = join_words(name_academic_year(year) for year in ordered)
    return f"in {named} together" if len(ordered) > 1 else f"in {named}"


def name_span(years: Sequence[int]) -> str:
    """The same, short, for a table: ``2016/17 to 2018/19`` where no year between is missing."""
    ordered = sorted(years)
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{name_academic_year(ordered[0])} to {name_academic_year(ordered[-1])}"
    return join_words(name_academic_year(year) for year in ordered)


class Titled(Protocol):
    """Whatever carries an indicator's short title."""

    @property
    def short_title(self) -> str:
        """As the indicator's file has it."""


def name_short(result: Titled) -> str:
    """An indicator's short title within a sentence: ``overall absence``, but ``Attainment 8``."""
    title = clean_text(result.short_title)
    return title if any(mark.isdigit() for mark in title) or title[:2].isupper() else title[:1].lower() + title[1:]


# What stands out


def compare(result: IndicatorResult, comparator: str) -> Comparison:
    """The comparison with ``comparator`` of an indicator that was rated against it.

    Raises ValueError where it was not: there is nothing to put into words.
    """
    comparison = result.against(comparator)
    if comparison is None or not is_rated(result, comparator):
        raise ValueError(f"{result.indicator} was not rated against {comparator}")
    return comparison


def find_rated(report: SchoolReport, rating: Rating, comparator: str = ENGLAND) -> tuple[IndicatorResult, ...]:
    """The indicators with a rating against ``comparator``, key priorities first, else in the analysis's order."""
    compared = report.compared_with(comparator)
    found = [result for result in compared if compare(result, comparator).rating == rating]
    return tuple(sorted(found, key=lambda result: not result.key_priority))


def find_standing(report: SchoolReport, rating: Rating) -> tuple[IndicatorResult, ...]:
    """The indicators that stand so against England, or where they are no finding there, against similar schools.

    Those that stand so against England come first, and key priorities first in each.
    """
    found = [result for result in report.compared_with(ENGLAND, SIMILAR) if judge_whole(result) == rating]
    against = {result.indicator: find_ratings(result).get(ENGLAND) == rating for result in found}
    return tuple(sorted(found, key=lambda result: (not against[result.indicator], not result.key_priority)))


def judge_whole(result: IndicatorResult) -> Rating:
    """Where a result belongs: a strength or a gap against either comparator stands out; England's word comes first."""
    ratings = list(find_ratings(result).values())
    return next((rating for rating in ratings if rating.is_finding), ratings[0] if ratings else Rating.NOT_RATED)


def find_ratings(result: IndicatorResult) -> dict[str, Rating]:
    """Each comparator that the result was rated against, with the rating; England first."""
    return {one: Rating(compare(result, one).rating) for one in (ENGLAND, SIMILAR) if is_rated(result, one)}


def stands_out_alone(result: IndicatorResult, comparator: str) -> bool:
    """Whether the range, as it is printed, leaves the comparator's figure out though the difference is no finding."""
    if not is_rated(result, comparator) or result.lower is None or result.upper is None:
        return False
    comparison = compare(result, comparator)
    lower, baseline, upper = (
        round_half_up(value, result.decimals) for value in (result.lower, comparison.baseline or 0.0, result.upper)
    )
    return not Rating(comparison.rating).is_finding and not lower <= baseline <= upper


def counts_pupils(result: IndicatorResult) -> bool:
    """Whether the figure is a share of pupils, as the indicator's file says: that of sessions missed is not."""
    return result.unit == Unit.PERCENT and result.telling.share_of == PUPILS


def phrase_lasting_gaps(report: SchoolReport) -> str:
    """The gaps beside England that have lasted, to stand beside any category; empty where there are none.

    Key priorities are named first, and of many the rest are counted.
    """
    found = [result for result in find_rated(report, Rating.GAP) if result.persistent]
    lasting = [f"{name_short(result)}{mark_early(result)}" for result in found]
    if not lasting:
        return ""
    more = len(lasting) - LASTING_NAMED
    named = [*lasting[:LASTING_NAMED], count_things(more, "more", "more") if more > 0 else ""]
    one = len(lasting) == 1
    lead = "One gap has" if one else f"{start_sentence(spell_count(len(lasting)))} gaps have"
    stands = "It stands" if one else "They stand"
    return (
        f"{lead} lasted ({join_words(named, between=';')}), on the worse side of England in each of three years. "
        f"{stands} whatever the category."
    )


# Not rated


def explain_not_rated(result: IndicatorResult) -> str:
    """Why an indicator is not rated, as a sentence: the analysis's reason, else that of its latest year."""
    comparison = result.against(ENGLAND)
    if comparison is not None and comparison.reason:
        return end_sentence(start_sentence(comparison.reason))
    if result.by_year:
        availability = Availability(result.by_year[-1].availability)
        if availability is not Availability.AVAILABLE:
            return availability.reason
    return end_sentence(start_sentence(result.note)) if result.note else "No figure was published."


def phrase_not_rated(report: SchoolReport) -> str:
    """How many indicators are not rated; says so too where all are."""
    count = sum(not find_ratings(result) for result in report.analysis.results)
    if not report.analysis.results:
        return "None of the measures applies to this school."
    if count == 0:
        return "Every measure that applies to this school could be rated."
    named = start_sentence(count_things(count, "measure"))
    return f"{named} could not be rated. {'It does' if count == 1 else 'They do'} not count against the school."


# Years, trend and position


def explain_windows(results: Sequence[IndicatorResult]) -> str:
    """Why the years of some indicators are not the usual three, each reason once with those it holds for."""
    named: dict[str, list[str]] = {}
    for result in results:
        if result.window_note:
            named.setdefault(result.window_note, []).append(clean_text(result.short_title))
    return " ".join(f"{'; '.join(titles)}: {note}" for note, titles in named.items())


def name_change(result: IndicatorResult) -> str:
    """The change over the years for a table, or why none is named."""
    if result.trend is not None:
        return start_sentence(result.trend.words)
    known = [figure for figure in result.by_year if has_figure(result, figure)]
    if len(known) > 1 and all(None in (figure.lower, figure.upper) for figure in known):
        return "Not judged: no range"
    return "Too few years to say"


_FIFTHS = ("highest fifth", "second highest fifth", "middle fifth", "second lowest fifth", "lowest fifth")


def phrase_position(position: Position, direction: str) -> str:
    """Where a figure stands nationally, as part of a sentence. It is a position, not a rating."""
    year = name_academic_year(position.year)
    place = position.fifth if direction != Direction.LOWER_IS_BETTER else 6 - position.fifth
    part = _FIFTHS[place - 1]
    if position.tenth:
        highest = (position.tenth == "top tenth") == (direction != Direction.LOWER_IS_BETTER)
        part = f"{'highest' if highest else 'lowest'} tenth"
    better = " (lower is better)" if direction == Direction.LOWER_IS_BETTER else ""
    return f"in the {part} of schools nationally in {year}{better}"


def phrase_positions(results: Sequence[IndicatorResult]) -> str:
    """Where the key priorities' latest figures stand nationally; empty where no national file was given."""
    placed = [(name_short(one), one.position, one.direction) for one in results if one.key_priority and one.position]
    if not placed:
        return ""
    told = "; ".join(f"{name}, {phrase_position(position, direction)}" for name, position, direction in placed)
    return (
        f"Among England's mainstream state-funded schools: {told}. A position is not a rating: most schools change "
        "places from year to year by chance alone."
    )


_TENTHS = (
    *("lowest tenth", "lowest fifth", "below the middle", "below the middle", "about the middle", "about the middle"),
    *("above the middle", "above the middle", "highest fifth", "highest tenth"),
)


def phrase_tenth(tenth: int | None) -> str:
    """Where a fact of context stands among England's schools, from its tenth, 1 the lowest; a dash where not known."""
    return "–" if tenth is None else _TENTHS[tenth - 1]


def has_figure(result: IndicatorResult, figure: YearFigure) -> bool:
    """Whether a year has a figure, and one that can be."""
    known = figure.availability == Availability.AVAILABLE and figure.value is not None
    return known and result.telling.scale.reaches(figure.value or 0.0)


def explain_missing_year(result: IndicatorResult, year: int) -> str:
    """Why a year has no figure, in a few words for a figure: ``suppressed``, ``no tests``."""
    found = next((figure for figure in result.by_year if figure.year == year), None)
    not_held = clean_text(result.telling.explain_not_held(year))
    if found is not None:
        if found.availability == Availability.AVAILABLE:
            return "cannot be" if found.value is not None else "no figure"
        if not_held and found.availability in (Availability.NOT_AVAILABLE, Availability.NOT_PUBLISHED):
            return not_held
        return str(found.availability)
    if result.window and year > result.window[-1]:
        return "not yet published"
    if not_held:
        return not_held
    if result.window and year < result.window[0]:
        return "not comparable" if len(result.window) < WINDOW else "not looked at"
    return "no figure"


# Inspections


def phrase_inspection(fact: InspectionFact, edition_date: str = "") -> str:
    """Which kind of inspection, its date and whose it was; said where it came after ``edition_date`` (ISO)."""
    kind = start_sentence(fact.kind) or "Inspection"
    date = f", {format_date(fact.date)}" if fact.date else ", date not given"
    notes = [
        "of a predecessor school" if fact.about_predecessor else "",
        "after the date of this report" if edition_date and fact.date > edition_date else "",
    ]
    said = "; ".join(note for note in notes if note)
    return f"{kind}{date}{f' ({said})' if said else ''}"


def list_inspections(report: SchoolReport) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Each inspection in a sentence, those of today and the previous ones: its outcomes in the words of its own
    framework, those of one word together."""
    found: dict[str, dict[str, list[str]]] = {}
    previous: set[str] = set()
    for fact in report.analysis.inspections:
        if fact.outcome.strip().casefold() == "not applicable":
            continue
        inspection = phrase_inspection(fact, report.edition.date)
        if fact.kind == "previous graded":
            previous.add(inspection)
        outcomes = found.setdefault(inspection, {})
        area = clean_text(fact.area)
        outcomes.setdefault(clean_text(fact.outcome) or "no outcome", []).append(area[:1].lower() + area[1:])
    told = {
        inspection: f"{inspection}: {'; '.join(_name_outcome(outcome, areas) for outcome, areas in outcomes.items())}."
        for inspection, outcomes in found.items()
    }
    return (
        tuple(words for inspection, words in told.items() if inspection not in previous),
        tuple(words for inspection, words in told.items() if inspection in previous),
    )


def find_asked(report: SchoolReport) -> tuple[LatestInspection, tuple[str, ...]] | None:
    """The latest inspection that graded the school and the areas it asked to improve; None where it asked nothing."""
    latest = find_latest(report.analysis.inspections, report.edition.date)
    areas = () if latest is None else list_asked(latest)
    return (latest, tuple(clean_text(area) for area in areas)) if latest is not None and areas else None


def phrase_asked(report: SchoolReport) -> tuple[str, str] | None:
    """Which inspection asked for improvement, and in what; None where the latest asked nothing."""
    found = find_asked(report)
    if found is None:
        return None
    latest, areas = found
    kind = "Report card" if latest.framework == Framework.REPORT_CARD else "Inspection"
    date = f" of {format_date(latest.date)}" if latest.date else ""
    after = " (after the date of this report)" if latest.review else ""
    whom = " a predecessor school" if latest.about_predecessor else ""
    named = [f"{area[:1].lower()}{area[1:]}" for area in areas if area and area.casefold() not in OF_THE_WHOLE]
    what = f"in {join_words(named, between=';')}" if named else "of the school as a whole"
    return f"{kind}{date}{after}:", f"asked{whom} for improvement {what}."


def _name_outcome(outcome: str, areas: Sequence[str]) -> str:
    """``Good for quality of education and early years``; the outcome alone where no area is named."""
    named = join_words(sorted(areas, key=lambda area: not area.startswith("overall")))
    return f"{outcome} for {named}" if named else outcome


# Checks and method


def phrase_checks(report: SchoolReport) -> str:
    """How many checks of the school's figures were made and how many found something."""
    if not report.checks:
        return "The school's figures were not checked."
    found = len(report.warnings)
    made = start_sentence(count_things(report.checks, "check was", "checks were"))
    if found == 0:
        return f"{made} made of this school's published figures. All held."
    return (
        f"{made} made of this school's published figures. "
        f"{start_sentence(count_things(found, 'found something', 'found something'))} a reader should know: see below."
    )


def phrase_finding(check: Check) -> str:
    """What a check found and what to do; the cells that it left out one by one, each with its place."""
    cells = [
        f"“{example.word}” in column {example.column}, line {example.line} of {example.file}"
        for example in check.examples
        if check.column == "availability" and example.word
    ]
    if not cells:
        return check.message
    more = max(check.unexpected_count - len(cells), 0)
    named = join_words([*cells, count_things(more, "more cell") if more else ""])
    return f"{check.reason} Left out: {clean_text(named)}. {check.remedy}"


# By year


def describe_trends(shown: Sequence[IndicatorResult], *, drawn: bool = True) -> str:
    """What a table of years shows, as part of a sentence: ``by year beside England, with ranges``, where ``drawn``."""
    ranges = {result.indicator for result in shown for one in result.by_year if None not in (one.lower, one.upper)}
    by_year = f"by year{name_beside(shown)}"
    if not ranges:
        return f"{by_year}, without ranges"
    if not drawn:
        return by_year
    all_have = all(result.indicator in ranges for result in shown)
    return f"{by_year}, with ranges{'' if all_have else ' where they are known'}"


def name_beside(shown: Sequence[IndicatorResult]) -> str:
    """`` beside England``, where any year that has a figure has England's too; else nothing."""
    drawn = (figure for result in shown for figure in result.by_year if has_figure(result, figure))
    return " beside England" if any(figure.england is not None for figure in drawn) else ""


def has_changed(result: IndicatorResult) -> bool:
    """Whether a change over the years is clear."""
    return result.trend is not None and "no clear" not in result.trend.words


def phrase_change_between(result: IndicatorResult) -> str:
    """A clear change with the figures of both years: ``improved from 58% in 2022/23 to 66% in 2024/25``.

    Since when alone, where either has no figure to tell, or both are printed as the same.
    """
    trend = result.trend
    if trend is None:
        return ""
    told = {one.year: one for one in result.by_year if has_figure(result, one)}
    ends = [told.get(year) for year in (trend.first_year, trend.latest_year)]
    figures = [format_value(one.value or 0.0, result.unit, result.decimals) for one in ends if one is not None]
    between = ""
    if len(set(figures)) == len(ends):
        between = f"from {' to '.join(_date_figure(*pair) for pair in zip(figures, filter(None, ends), strict=True))}"
    since = f"since {name_academic_year(trend.first_year)}"
    early = mark_years(result, trend.first_year, trend.latest_year)
    return f"{trend.words.replace(since, between or since)}{early}"


def _date_figure(figure: str, of: YearFigure) -> str:
    return f"{figure} in {name_academic_year(of.year)}{' (predecessor)' if of.predecessor else ''}"


def title_trends(shown: Sequence[IndicatorResult]) -> str:
    """What a table of years shows, as its title: what has changed by name, and of what no change is clear."""
    clear = [one for one in shown if has_changed(one)]
    unclear = [name_short(one) for one in shown if one.trend is not None and one not in clear]
    told = [f"{name_short(one)} {one.trend.words}" for one in clear if one.trend is not None]
    if unclear:
        told.append(
            f"no clear change in {join_words(unclear, between=';' if any(',' in one for one in unclear) else ',')}"
        )
    return start_sentence(join_words(told, between=";") or "Too few years to tell of a change")
