"""What is said of a gap to close: how far a school's pupils of a group are from England's others, and how it moves.

A minus sign means behind, as in the department's own columns. It is no rating, and nothing here calls it one.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.analysis.results import Gap, IndicatorResult
from pipeline.foundation.vocabulary import Direction, PupilGroup, Unit, name_academic_year
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import ENGLAND
from pipeline.report.sentences.counting import CHANCE, join_words, start_sentence
from pipeline.report.sentences.early_wording import mark_early, mark_years, phrase_early
from pipeline.report.sentences.rounding import format_difference, format_number, format_value, round_half_up
from pipeline.report.sentences.wording import name_span, name_years, shorten_sentences


def find_gap(result: IndicatorResult) -> Gap:
    """The gap of a result that has one.

    Raises ValueError where it has none: there is nothing to put into words.
    """
    if result.gap is None:
        raise ValueError(f"{result.indicator} has no gap to close")
    return result.gap


def explain_gaps(results: Sequence[IndicatorResult]) -> str:
    """What a gap to close is, for the pupils of ``results``, and that it is no rating."""
    pairs = dict.fromkeys((PupilGroup(one.group), PupilGroup(find_gap(one).group)) for one in results)
    told = join_words(f"the school's {own.words} are from England's {others.words}" for own, others in pairs)
    own = join_words(dict.fromkeys(own.words for own, _ in pairs))
    return (
        f"How far {told}, in each year and over the years together. It is not rated: ratings set {own} beside "
        f"those of England."
    )


def phrase_gap(result: IndicatorResult) -> str:
    """One gap over the years together, England's own beside it, and which way it moves."""
    gap, own, others = find_gap(result), PupilGroup(result.group).words, PupilGroup(find_gap(result).group).words
    said = []
    if gap.value is not None and result.value is not None:
        figures = f"{_write(result, result.value)} against {_write(result, gap.others)}"
        said.append(
            f"{clean_text(result.short_title)}: {name_years(result.years)} the school's {own} were "
            f"{_phrase_side(result, gap.value)} England's {others} ({figures})."
        )
        said += [_phrase_england(result, gap.others, own), _phrase_range(result, gap)]
    else:
        said.append(f"{clean_text(result.short_title)}: the years could not be taken together.")
    return " ".join(part for part in (*said, _phrase_movement(result, gap), phrase_early(result)) if part)


def _phrase_side(result: IndicatorResult, apart: float) -> str:
    """``30 percentage points below``; ``level with`` where nothing is left of it in print."""
    if round_half_up(apart, result.decimals) == 0:
        return "level with"
    return f"{_phrase_apart(result, apart)} {'above' if apart > 0 else 'below'}"


def _phrase_apart(result: IndicatorResult, apart: float) -> str:
    return format_difference(apart, result.unit, result.decimals, apart_in=clean_text(result.telling.apart_in))


def _phrase_england(result: IndicatorResult, others: float | None, own: str) -> str:
    """How far England's own pupils of the group are from its others, the measure of any school's gap."""
    comparison = result.against(ENGLAND)
    if comparison is None or comparison.baseline is None or others is None:
        return ""
    apart = comparison.baseline - others
    return f"England's {own} were {_phrase_side(result, apart)} them ({_write(result, comparison.baseline)})."


def _phrase_range(result: IndicatorResult, gap: Gap) -> str:
    if gap.lower is None or gap.upper is None:
        return ""
    ends = " to ".join(format_number(end, result.decimals, signed=True) for end in (gap.lower, gap.upper))
    return f"Allowing for {CHANCE}, the school's gap could fairly be anything from {ends} (minus is behind)."


def _phrase_movement(result: IndicatorResult, gap: Gap) -> str:
    trend = gap.trend
    if trend is None or trend.change is None or trend.lower is None or trend.upper is None:
        return ""
    words = trend.words
    if "since" not in words:
        words += f" from {name_academic_year(trend.first_year)} to {name_academic_year(trend.latest_year)}"
    unit = clean_text(result.telling.apart_in) or ("percentage points" if result.unit == Unit.PERCENT else "points")
    change, lower, upper = (
        format_number(number, result.decimals, signed=True) for number in (trend.change, trend.lower, trend.upper)
    )
    nearer = "plus" if result.direction == Direction.HIGHER_IS_BETTER else "minus"
    return (
        f"The gap: {words} ({change} {unit}, {nearer} being nearer; allowing for {CHANCE}, anything from {lower} to "
        f"{upper})."
    )


def name_movement(result: IndicatorResult) -> str:
    """Which way the gap moves, for a table's note; empty where too few years say."""
    trend = find_gap(result).trend
    return f"The gap: {trend.words}." if trend is not None else ""


def describe_gap_figure(results: Sequence[IndicatorResult]) -> str:
    """What a sighted reader sees in the picture of gaps: over the years together, then year by year."""
    sentences = []
    for result in results:
        gap, own, others = find_gap(result), PupilGroup(result.group).words, PupilGroup(find_gap(result).group).words
        comparison = result.against(ENGLAND)
        name = f"{clean_text(result.short_title)}{mark_early(result)}"
        if gap.value is not None and result.value is not None:
            england = "" if comparison is None else f"England's {own} {_write(result, comparison.baseline)}, "
            sentences.append(
                f"{name}, {name_span(result.years)} together: the school's {own} {_write(result, result.value)}, "
                f"{england}England's {others} {_write(result, gap.others)}; gap {format_gap(result, gap.value)}."
            )
        years = [
            f"{format_gap(result, one.value)} in {name_academic_year(one.year)}{mark_years(result, one.year)}"
            for one in gap.by_year
            if one.value is not None
        ]
        sentences.append(f"{name}, the gap by year: {join_words(years)}.")
        if gap.trend is not None:
            sentences.append(f"{start_sentence(gap.trend.words)}.")
    return shorten_sentences(sentences)


def format_gap(result: IndicatorResult, value: float | None) -> str:
    """A gap with its sign, in points: ``−30``; a dash where there is none."""
    return "–" if value is None else format_number(value, result.decimals, signed=True)


def _write(result: IndicatorResult, value: float | None) -> str:
    return "no figure" if value is None else format_value(value, result.unit, result.decimals)
