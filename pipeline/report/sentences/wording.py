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
    PupilGroup,
    Rating,
    Unit,
    format_date,
    name_academic_year,
)
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import ENGLAND, SIMILAR, SchoolReport, is_rated
from pipeline.report.sentences.category_wording import LIKELY_IN_100, SURE_IN_100
from pipeline.report.sentences.counting import (
    CAME_TO,
    CHANCE,
    count_things,
    end_sentence,
    join_words,
    spell_count,
    start_sentence,
    tell_ratings,
)
from pipeline.report.sentences.early_wording import (
    NOT_VALIDATED,
    mark_early,
    mark_years,
    name_early_years,
    phrase_early,
)
from pipeline.report.sentences.rounding import (
    format_difference,
    format_interval,
    format_number,
    format_pupils,
    format_value,
    round_half_up,
)

if TYPE_CHECKING:
    from pipeline.validation import Check

PUPILS = "pupils"  # a share of these can be counted in them

LASTING_NAMED = 3  # gaps that have lasted, named beside the category; the table holds them all
FROM_ONE_YEAR = "from one year: provisional"
MANY = 4  # comparisons, from which chance alone often makes one stand out

#: Why a figure whose range leaves out what it is compared with is no finding all the same.
ALONE = (
    "On its own that would stand out; among as many comparisons as are made for one school it does not, so it is no "
    "finding."
)


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


def name_indicator(result: IndicatorResult) -> str:
    """An indicator's title fit to stand before a colon: ``Persistent absence (pupils missing a tenth …)``."""
    parts = result.title.split(": ", maxsplit=1)
    if len(parts) < 2:
        return result.title
    known = [part for part in parts if part.casefold() == result.short_title.casefold()]
    name = known[0] if known else parts[0]
    (rest,) = [part for part in parts if part != name] or [""]
    return f"{start_sentence(name)} ({rest[:1].lower()}{rest[1:]})" if rest else start_sentence(name)


class Titled(Protocol):
    """Whatever carries an indicator's short title."""

    @property
    def short_title(self) -> str:
        """As the indicator's file has it."""


def name_short(result: Titled) -> str:
    """An indicator's short title within a sentence: ``overall absence``, but ``Attainment 8``."""
    title = clean_text(result.short_title)
    return title if any(mark.isdigit() for mark in title) or title[:2].isupper() else title[:1].lower() + title[1:]


def name_population(result: IndicatorResult, comparator: str = ENGLAND) -> str:
    """Whose figure a comparator's is: pupils of a group are set against the same group's."""
    return f"{_name_pupils(result.group)}in {'similar schools' if comparator == SIMILAR else 'England'}"


def _name_pupils(group: str) -> str:
    """``for girls ``, before a place; nothing where all pupils are meant."""
    return "" if group == PupilGroup.ALL else f"for {PupilGroup(group).words} "


def name_authority(report: SchoolReport) -> str:
    """The authority whose figures are drawn for reference; empty where none of them is there."""
    if all(result.authority is None for result in report.compared):
        return ""
    return clean_text(report.school.la_name) or "the local authority"


# What stands out


def phrase_headline(report: SchoolReport) -> str:
    """The report's first sentences: how many strengths and gaps beside England, and how many beside similar schools."""
    similar = _count_against_similar(report)
    compared = report.compared
    if not compared:
        none = "None of this school's published figures could be compared fairly with England's"
        return f"{none}. {similar}" if similar else f"{none}, so nothing here is called a strength or a gap."
    if len(compared) == 1:
        (only,) = compared
        said = CAME_TO[Rating(compare(only, ENGLAND).rating)] + (f" ({FROM_ONE_YEAR})" if only.provisional else "")
        opening = "Only one published figure could be compared fairly with England's"
        return f"{opening}, {name_short(only)}: {said}. {similar}".rstrip()
    opening = f"Of {count_things(len(compared), 'indicator')} (published measures) compared with England"
    ratings = [Rating(compare(result, ENGLAND).rating) for result in compared]
    told = tell_ratings(opening, ratings, whom="England", years=_count_years(compared), explain=True)
    return " ".join(said for said in (told, similar, _count_provisional(report)) if said)


def _count_provisional(report: SchoolReport) -> str:
    rated = report.compared_with(ENGLAND, SIMILAR)
    count = sum(result.provisional for result in rated)
    if not count:
        return ""
    if count == len(rated):
        return "All rest on one year alone, so the ratings are provisional."
    named = start_sentence(count_things(count, "indicator rests", "indicators rest"))
    return f"{named} on one year alone: provisional."


def _count_years(results: Sequence[IndicatorResult]) -> str:
    """Of how many years the figures without a clear difference are: `` of three years``, `` of up to three years``."""
    unclear = (one for one in results if compare(one, ENGLAND).rating == Rating.NO_CLEAR_DIFFERENCE)
    counts = {len(result.years) for result in unclear} - {0}
    if not counts:
        return ""
    return f" of {'up to ' if len(counts) > 1 else ''}{count_things(max(counts), 'year')}"


def _count_against_similar(report: SchoolReport) -> str:
    compared = report.compared_with(SIMILAR)
    if not compared:
        return ""
    ratings = [Rating(compare(result, SIMILAR).rating) for result in compared]
    if len(compared) == 1:
        return tell_ratings("One could be compared with similar schools", ratings, whom="them")
    return tell_ratings(f"Of {spell_count(len(compared))} compared with similar schools", ratings, whom="them")


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


def phrase_brief(result: IndicatorResult) -> str:
    """One strength or gap for the summary: against whom, its figure, theirs, how far apart, and whether it has lasted.

    Raises ValueError where it was rated against nobody.
    """
    ratings = find_ratings(result)
    if not ratings:
        raise ValueError(f"{result.indicator} was rated against nobody: there is nothing to put into words")
    apart = [one for one, rating in ratings.items() if rating.is_finding]
    order = [*apart, *(one for one in ratings if one not in apart)]
    beside = join_words(_phrase_beside(result, one, told=one in apart) for one in order)
    lasted = ""
    if result.persistent:
        side = "lower" if result.direction == Direction.HIGHER_IS_BETTER else "higher"
        lasted = f"; {side} than England in each of three years"
    if result.provisional:
        lasted = f"; {FROM_ONE_YEAR}"
    if result.early:
        lasted += f"; {name_early_years(result)} {NOT_VALIDATED}"
    return f"{_name_ratings(ratings)}. {name_indicator(result)}: {_phrase_figure(result)}, against {beside}{lasted}."


def _name_ratings(ratings: dict[str, Rating]) -> str:
    """``Gap against England and similar schools``; ``Gap against England, in line with similar schools``."""
    named = {ENGLAND: "England", SIMILAR: "similar schools"}
    if len(set(ratings.values())) == 1:
        rating = next(iter(ratings.values()))
        return f"{start_sentence(str(rating))} {_beside(rating)} {join_words(named[one] for one in ratings)}"
    told = sorted(ratings, key=lambda one: not ratings[one].is_finding)
    return start_sentence(", ".join(f"{ratings[one]} {_beside(ratings[one])} {named[one]}" for one in told))


def _beside(rating: Rating) -> str:
    return {Rating.IN_LINE: "with", Rating.NO_CLEAR_DIFFERENCE: "from"}.get(rating, "against")


def _phrase_beside(result: IndicatorResult, comparator: str, *, told: bool) -> str:
    """``64% in England (about 20 pupils fewer)``; the bracket only where it is ``told``."""
    comparison = compare(result, comparator)
    figure = format_value(comparison.baseline, result.unit, result.decimals)  # type: ignore[arg-type]
    said = f"{figure} {name_population(result, comparator)}"
    if not told or not counts_pupils(result) or comparison.pupils is None or abs(comparison.pupils) < 1:
        return said
    more = "more" if comparison.pupils > 0 else "fewer"
    return f"{said} (about {format_pupils(abs(comparison.pupils))} {more} here)"


def phrase_rated(result: IndicatorResult) -> str:
    """An indicator rated against England: figures, pupils, years, the interval in plain words, what it amounts to.

    Where it was compared with similar schools, theirs follow. Raises ValueError where it was not rated.
    """
    comparison = compare(result, ENGLAND)
    england = format_value(comparison.baseline, result.unit, result.decimals)  # type: ignore[arg-type]
    opening = f"{name_indicator(result)}: {_phrase_figure(result)}, against {england} {name_population(result)}."
    if not Rating(comparison.rating).is_finding:
        told = (phrase_uncertainty(result), *_phrase_no_finding(result, comparison))
    else:
        told = (
            _format_size(result, comparison),
            phrase_uncertainty(result),
            _phrase_persistence(result),
            phrase_beside_similar(result),
        )
    provisional = f"{start_sentence(FROM_ONE_YEAR)}." if result.provisional else ""
    notes = (phrase_early(result), result.window_note)
    said = (opening, *told, provisional, phrase_own_gap(result), _phrase_band(result), *notes)
    return " ".join(sentence for sentence in said if sentence)


def _phrase_band(result: IndicatorResult) -> str:
    """The department's own band, which is of the latest year alone."""
    if not result.band:
        return ""
    years = [figure.year for figure in result.by_year if figure.value is not None]
    alone = not years or result.years == (years[-1],)
    what = "this" if alone else f"its figure of {name_academic_year(years[-1])} alone"
    return f"The department describes {what} as {result.band}."


def _phrase_no_finding(result: IndicatorResult, comparison: Comparison) -> tuple[str, ...]:
    """That a figure is no finding beside England: in one breath with similar schools where it is the same there."""
    rating = Rating(comparison.rating)
    if rating == Rating.NO_CLEAR_DIFFERENCE and stands_out_alone(result, ENGLAND):
        side = "above" if (comparison.difference or 0.0) > 0 else "below"
        return (f"The whole range lies {side} England.", comparison.reason or ALONE, phrase_beside_similar(result))
    said = {Rating.IN_LINE: "That is in line with England"}.get(rating, "That is no clear difference from England")
    if find_ratings(result).get(SIMILAR) == rating:
        similar = compare(result, SIMILAR).baseline
        theirs = format_value(similar, result.unit, result.decimals)  # type: ignore[arg-type]
        whose = "similar schools"
        if result.group != PupilGroup.ALL:
            whose = f"the {PupilGroup(result.group).words} of similar schools"
        also = "and with" if rating == Rating.IN_LINE else "or from"
        return (f"{said} {also} {whose} ({theirs}).",)
    return (f"{said}. {comparison.reason}".rstrip(), phrase_beside_similar(result))


def phrase_beside_similar(result: IndicatorResult) -> str:
    """An indicator beside similar schools in a sentence; empty where it was not rated against them."""
    if not is_rated(result, SIMILAR):
        return ""
    comparison = compare(result, SIMILAR)
    figure = format_value(comparison.baseline, result.unit, result.decimals)  # type: ignore[arg-type]
    where = "In similar schools"
    whose = "the figure is" if result.group == PupilGroup.ALL else f"{PupilGroup(result.group).words} have"
    if comparison.rating == Rating.IN_LINE:
        return f"{where} {whose} {figure}: the school is in line with them."
    if comparison.rating == Rating.NO_CLEAR_DIFFERENCE:
        return f"{where} {whose} {figure}: no clear difference."
    size = _measure_apart(result, comparison)
    return f"{where} {whose} {figure}. The school is {size}: {_name_rating(comparison.rating)}."


def phrase_unrated(result: IndicatorResult) -> str:
    """An indicator that is not rated: its figure where there is one, and why it is not rated."""
    comparison = result.against(ENGLAND)
    reason = explain_not_rated(result)
    if result.window_note and result.window_note not in reason:
        reason = f"{reason} {result.window_note}"
    reason = f"{reason} {phrase_early(result)}".rstrip()
    if result.value is None:
        return f"{name_indicator(result)}: no figure. {reason}"
    similar = phrase_beside_similar(result)
    england = ""
    if comparison is not None and comparison.baseline is not None:
        baseline = format_value(comparison.baseline, result.unit, result.decimals)
        england = f", against {baseline} {name_population(result)}"
    return f"{name_indicator(result)}: {_phrase_figure(result)}{england}. {reason} {similar}".rstrip()


def stands_out_alone(result: IndicatorResult, comparator: str) -> bool:
    """Whether the interval leaves the comparator's figure out though the difference is no finding among all."""
    if not is_rated(result, comparator) or result.lower is None or result.upper is None:
        return False
    comparison = compare(result, comparator)
    inside = result.lower <= (comparison.baseline or 0.0) <= result.upper
    return not Rating(comparison.rating).is_finding and not inside


def _phrase_figure(result: IndicatorResult) -> str:
    """``52% of 174 pupils in the two years to 2017/18``; ``6.1% of sessions for 174 pupils`` where it is no share of
    pupils."""
    value = format_value(result.value, result.unit, result.decimals)  # type: ignore[arg-type]
    years = f" {name_years(result.years)}" if result.years else ""
    if result.telling.share_of and not counts_pupils(result):
        value = f"{value} of {clean_text(result.telling.share_of)}"
    if result.cohort is None:
        return f"{value}{years}"
    return f"{value} {'of' if counts_pupils(result) else 'for'} {format_pupils(result.cohort)}{years}"


def counts_pupils(result: IndicatorResult) -> bool:
    """Whether the figure is a share of pupils, as the indicator's file says: that of sessions missed is not."""
    return result.unit == Unit.PERCENT and result.telling.share_of == PUPILS


def _format_size(result: IndicatorResult, comparison: Comparison) -> str:
    note = " (lower is better)" if result.direction == Direction.LOWER_IS_BETTER else ""
    return f"That is {_measure_apart(result, comparison)}{note}: {_name_rating(comparison.rating)}."


def _measure_apart(result: IndicatorResult, comparison: Comparison) -> str:
    """``12 percentage points below, or about 20 pupils``."""
    difference = comparison.difference or 0.0
    side = "above" if difference > 0 else "below"
    size = f"{_phrase_apart(result, difference)} {side}"
    if counts_pupils(result) and comparison.pupils is not None and abs(comparison.pupils) >= 1:
        size += f", or about {format_pupils(abs(comparison.pupils))}"
    return size


def _phrase_apart(result: IndicatorResult, difference: float) -> str:
    apart_in = clean_text(result.telling.apart_in)
    return format_difference(difference, result.unit, result.decimals, apart_in=apart_in)


def _name_rating(rating: str) -> str:
    return {Rating.STRENGTH: "a strength", Rating.GAP: "a gap"}.get(Rating(rating), rating)


def phrase_uncertainty(result: IndicatorResult) -> str:
    """The 95% interval in plain words; empty where there is none."""
    if result.lower is None or result.upper is None:
        return ""
    interval = format_interval(result.lower, result.upper, result.unit, result.decimals)
    return f"Allowing for {CHANCE}, the figure could fairly be anything from {interval}."


def _phrase_persistence(result: IndicatorResult) -> str:
    if not result.persistent:
        return ""
    side = "below" if result.direction == Direction.HIGHER_IS_BETTER else "above"
    return f"The school has been {side} England in each of three years."


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


def phrase_own_gap(result: IndicatorResult) -> str:
    """How far the pupils told of stand from those to whom their gap is, within the school; empty where not known."""
    if result.own_gap is None or not result.gap_to:
        return ""
    own, others = PupilGroup(result.group).words, PupilGroup(result.gap_to).words
    if round_half_up(result.own_gap, result.decimals) == 0:
        return f"Within the school, {own} and {others} have the same figure."
    side = "below" if result.own_gap > 0 else "above"
    size = _phrase_apart(result, result.own_gap)
    return f"Within the school, the figure for {own} is {size} {side} that for {others}."


def phrase_no_findings(report: SchoolReport) -> str:
    """How many comparisons are no finding and what that means; empty where all are one. The table names them."""
    ratings = [rating for result in report.analysis.results for rating in find_ratings(result).values()]
    in_line, unclear = ratings.count(Rating.IN_LINE), ratings.count(Rating.NO_CLEAR_DIFFERENCE)
    if not in_line and not unclear:
        return ""
    beside = ", with England and with similar schools" if report.compared_with(SIMILAR) and report.compared else ""
    among = " among so many comparisons" if len(ratings) >= MANY else ""
    near = "the whole range lies close to what the figure is compared with"
    means = (
        f"the school may be above, below or level. What is seen is no more than {CHANCE} could make{among}, or too "
        "small to matter"
    )
    if len(ratings) == 1:
        said = f"is in line: {near}" if in_line else f"shows no clear difference: {means}"
        return f"The one comparison made {said}."
    parts = [f"{start_sentence(count_things(len(ratings), 'comparison was', 'comparisons were'))} made{beside}."]
    if in_line:
        parts.append(f"{start_sentence(count_things(in_line, 'is', 'are'))} in line: {near}.")
    if unclear:
        parts.append(f"{start_sentence(count_things(unclear, 'shows', 'show'))} no clear difference: {means}.")
    return " ".join(parts)


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
        return "None of the indicators applies to this school."
    if count == 0:
        return "Every indicator that applies to this school could be rated."
    named = start_sentence(count_things(count, "indicator"))
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


def phrase_trend(result: IndicatorResult) -> str:
    """The change between two years in the analysis's own words; a sentence, empty where there is no trend."""
    trend = result.trend
    if trend is None:
        return ""
    words = f"{name_indicator(result)}: {trend.words}"
    if "since" not in trend.words:
        words += f" from {name_academic_year(trend.first_year)} to {name_academic_year(trend.latest_year)}"
    words += mark_years(result, trend.first_year, trend.latest_year)
    if trend.change is None or trend.lower is None or trend.upper is None:
        return f"{words}."
    unit = clean_text(result.telling.apart_in) or ("percentage points" if result.unit == Unit.PERCENT else "points")
    change, lower, upper = (
        format_number(number, result.decimals, signed=True) for number in (trend.change, trend.lower, trend.upper)
    )
    return f"{words} ({change} {unit}; allowing for {CHANCE}, anything from {lower} to {upper})."


_FIFTHS = ("highest fifth", "second highest fifth", "middle fifth", "second lowest fifth", "lowest fifth")


def phrase_position(position: Position, direction: str) -> str:
    """Where a figure stands nationally, as part of a sentence. It is a position, not a rating."""
    year = name_academic_year(position.year)
    place = position.fifth if direction != Direction.LOWER_IS_BETTER else 6 - position.fifth
    fifth = f"in the {_FIFTHS[place - 1]} of schools nationally in {year}"
    if direction == Direction.LOWER_IS_BETTER:
        fifth += " (lower is better)"
    if not position.tenth:
        return fifth
    highest = (position.tenth == "top tenth") == (direction != Direction.LOWER_IS_BETTER)
    return f"{fifth}, and in the {'highest' if highest else 'lowest'} tenth"


def has_figure(result: IndicatorResult, figure: YearFigure) -> bool:
    """Whether a year has a figure, and one that can be."""
    known = figure.availability == Availability.AVAILABLE and figure.value is not None
    return known and result.telling.scale.reaches(figure.value or 0.0)


def explain_gap_in_years(result: IndicatorResult, year: int) -> str:
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


def explain_frameworks(facts: Sequence[InspectionFact]) -> str:
    """What a reader must know to read outcomes of the frameworks that are there."""
    frameworks = {fact.framework for fact in facts}
    said = ["Each outcome stands in the words of its own time; one is never turned into another."]
    if Framework.GRADED in frameworks:
        said.append("Inspections up to August 2024 gave an overall grade; later graded inspections did not.")
    if Framework.REPORT_CARD in frameworks:
        said.append("Report cards, since November 2025, grade each area of a school's work.")
    return " ".join(said)


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
        f"{start_sentence(count_things(found, 'found something', 'found something'))} a reader should know:"
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


def explain_method(report: SchoolReport) -> tuple[tuple[str, str], ...]:
    """How the judgements came about, as pairs of a lead and a paragraph."""
    first, last = name_academic_year(report.analysis.year - 2), name_academic_year(report.analysis.year)
    years = [year for result in report.analysis.results for year in result.by_year]
    files = sorted({clean_text(year.file) for year in years if year.file})
    said = [
        (
            "Figures.",
            f"{_explain_whose(report)}; one that the publisher withheld is not shown, guessed or counted against the "
            f"school. Years from {first} to {last} are taken together, so that one small year group does not decide. "
            f"A measure that is published later ends earlier, and none reaches back beyond a change of its scale."
            f"{_explain_one_year(report)}",
        ),
        (
            "Chance.",
            "A year group is a sample of what a school does: the fewer its pupils, the wider the range in which a "
            "figure could fairly lie (its 95% interval). Years of one school also differ by more than that, as cohorts "
            "and staff change; ranges of several years, ratings and changes allow for the usual size of it.",
        ),
        ("Ratings.", _explain_ratings(report)),
        ("Certainty.", _explain_certainty(report)),
        ("Files.", f"{'; '.join(files)}." if files else ""),
    ]
    return tuple((lead, words) for lead, words in said if words)


def _explain_whose(report: SchoolReport) -> str:
    if not report.early_years:
        return "All are published figures"
    return "All but those marked early are published figures"


def _explain_one_year(report: SchoolReport) -> str:
    if not any(result.provisional for result in report.analysis.results):
        return ""
    return " Where there is one year alone its range is wider still, and what is rated from it is provisional."


def _explain_ratings(report: SchoolReport) -> str:
    similar = bool(report.compared_with(SIMILAR))
    tested = sum(report.analysis.tested.values()) or len(report.compared)
    made = "how many comparisons were made"
    if tested:
        made += f" ({tested} here{', both together' if similar else ''})"
    whom = "England or from similar schools" if similar else "England"
    return (
        f"A strength or a gap needs a difference from {whom} that is larger than {CHANCE} are likely to make, allowing "
        f"for {made}, by the Benjamini-Hochberg rule at 5%; and large enough to matter: at least one whole pupil, or "
        f"the least difference the indicator states. In line is what is shown to be close: its whole range lies within "
        f"a margin that the indicator states. All else shows no clear difference, which is not the same as none."
        f"{_explain_groups(report, similar=similar)}"
    )


def _explain_groups(report: SchoolReport, *, similar: bool) -> str:
    """With whom pupils of a group are compared, and to whom their gap is; empty where there is no such gap."""
    pairs = {(PupilGroup(one.group), PupilGroup(one.gap_to)) for one in report.analysis.results if one.gap_to}
    told = ""
    for own, others in sorted(pairs):
        beside = " and similar schools'" if similar else ""
        told += f" {start_sentence(own.words)} are compared with England's{beside} {own.words}; the gap to close is to "
        told += f"England's {others.words}, and is not rated."
    return told


def _explain_certainty(report: SchoolReport) -> str:
    if report.certainty is None or report.certainty.probability is None:
        return ""
    draws = format_number(report.certainty.resamples, 0)
    moved = ""
    if any(result.shrunk for result in report.analysis.results):
        moved = ", each moved towards what is expected of such a school, the further the fewer its pupils"
    return (
        f"The figures were drawn anew {draws} times, as other pupils like these might have made them{moved}; each set "
        f"was judged by the same rules. A category that fewer than {SURE_IN_100} in 100 of them give is called "
        f"borderline, and one that fewer than {LIKELY_IN_100} give doubtful: other outcomes together are likelier."
    )


# Alternative text


def describe_position_figure(report: SchoolReport, rated: Sequence[IndicatorResult]) -> str:
    """What a sighted reader sees in the figure of positions against England, in a sentence or three."""
    sentences = [
        f"{start_sentence(count_things(len(rated), 'indicator'))} beside England, with 95% intervals"
        f"{f' and the figures of {name_authority(report)}' if name_authority(report) else ''}."
    ]
    for rating, one, many in (
        (Rating.STRENGTH, "strength", "strengths"),
        (Rating.GAP, "gap", "gaps"),
    ):
        found = [result for result in rated if result.against(ENGLAND).rating == rating]  # type: ignore[union-attr]
        if found:
            named = [_describe_briefly(result) for result in found[:4]]
            if len(found) > 4:
                named.append(f"{len(found) - 4} more")
            label = start_sentence(count_things(len(found), one, many))
            sentences.append(f"{label}: {join_words(named, between=';')}.")
    for rating, one, many in (
        (Rating.IN_LINE, "indicator is in line", "indicators are in line"),
        (Rating.NO_CLEAR_DIFFERENCE, "indicator shows no clear difference", "indicators show no clear difference"),
    ):
        count = sum(result.against(ENGLAND).rating == rating for result in rated)  # type: ignore[union-attr]
        if count:
            sentences.append(f"{start_sentence(count_things(count, one, many))}.")
    if early := sum(result.early for result in rated):
        rest = count_things(early, "of them rests", "of them rest")
        sentences.append(f"{start_sentence(rest)} on early results, not validated.")
    return shorten_sentences(sentences)


def _describe_briefly(result: IndicatorResult) -> str:
    comparison, decimals = result.against(ENGLAND), result.decimals
    school = format_value(result.value, result.unit, decimals)  # type: ignore[arg-type]
    england = format_value(comparison.baseline, result.unit, decimals)  # type: ignore[union-attr,arg-type]
    return f"{result.short_title}{mark_early(result)} at {school}, England {england}"


def describe_trends(shown: Sequence[IndicatorResult]) -> str:
    """What small multiples show, as part of a sentence: ``by year beside England, with 95% intervals``."""
    ranges = {result.indicator for result in shown for one in result.by_year if None not in (one.lower, one.upper)}
    by_year = f"by year{name_beside(shown)}"
    if not ranges:
        return f"{by_year}, without 95% intervals"
    all_have = all(result.indicator in ranges for result in shown)
    return f"{by_year}, with 95% intervals{'' if all_have else ' where they are known'}"


def name_beside(shown: Sequence[IndicatorResult]) -> str:
    """`` beside England``, where any year that has a figure has England's too; else nothing."""
    drawn = (figure for result in shown for figure in result.by_year if has_figure(result, figure))
    return " beside England" if any(figure.england is not None for figure in drawn) else ""


def describe_trend_figure(report: SchoolReport, shown: Sequence[IndicatorResult]) -> str:
    """What a sighted reader sees in the small multiples, in a sentence for each where there is room."""
    opening = f"{start_sentence(count_things(len(shown), 'indicator'))} by year{name_beside(shown)}."
    sentences = [opening]
    for result in shown:
        decimals = result.decimals
        withheld = [figure for figure in result.by_year if figure.availability != Availability.AVAILABLE]
        figures = [figure for figure in result.by_year if has_figure(result, figure)]
        if not figures:
            sentences.append(f"{result.short_title}: no figures.")
            continue
        values = [
            f"{format_value(figure.value, result.unit, decimals)} in {name_academic_year(figure.year)}"  # type: ignore[arg-type]
            f"{f' ({NOT_VALIDATED})' if figure.early else ''}"
            for figure in figures
        ]
        said = f"{result.short_title}: {join_words(values)}"
        england = figures[-1].england
        if england is not None:
            said += f"; England {format_value(england, result.unit, decimals)}"
            lent = figures[-1].england_year
            said += f" in {name_academic_year(lent)}" if lent else ""
        if result.window and len(result.window) < WINDOW:
            said += f"; earlier years not comparable with {name_academic_year(result.window[0])}"
        if withheld:
            said += f"; {join_words(f'{name_academic_year(gone.year)} {gone.availability}' for gone in withheld)}"
        sentences.append(f"{said}.")
    return shorten_sentences(sentences)


def shorten_sentences(sentences: Sequence[str], longest: int = 580) -> str:
    """Join sentences up to ``longest`` characters; what does not fit is left to the table beside the figure."""
    kept: list[str] = []
    rest = "The table below gives every figure."
    for position, sentence in enumerate(sentences):
        last = position == len(sentences) - 1
        if len(" ".join([*kept, sentence, *([] if last else [rest])])) > longest:
            return " ".join([*kept, rest]) if kept else sentence[: longest - 1] + "…"
        kept.append(sentence)
    return " ".join(kept)
