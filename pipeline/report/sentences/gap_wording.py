"""What is said of a gap to close: how far a school's pupils of a group are from England's others, and how it moves.

A minus sign means behind, as in the department's own columns. It is no rating, and nothing here calls it one.
"""

from __future__ import annotations

from pipeline.analysis.results import Gap, IndicatorResult
from pipeline.foundation.vocabulary import PupilGroup, round_half_up
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import ENGLAND
from pipeline.report.sentences.counting import start_sentence, start_within
from pipeline.report.sentences.early_wording import mark_early, mark_years
from pipeline.report.sentences.rounding import format_difference, format_number, format_value


def find_gap(result: IndicatorResult) -> Gap:
    """The gap of a result that has one.

    Raises ValueError where it has none: there is nothing to put into words.
    """
    if result.gap is None:
        raise ValueError(f"{result.indicator} has no gap to close")
    return result.gap


def title_gap(result: IndicatorResult) -> str:
    """What the table of a gap shows, as its title: the school's pupils beside England's same pupils and its others."""
    gap, own, others = find_gap(result), PupilGroup(result.group).words, PupilGroup(find_gap(result).group).words
    name = clean_text(result.short_title).removeprefix("Disadvantaged: ")
    opening = f"{start_sentence(own)}, {start_within(name)}{mark_early(result)}"
    if gap.value is None or result.value is None:
        return f"{opening}: beside England's {others}"
    comparison = result.against(ENGLAND)
    same = ""
    if comparison is not None and comparison.baseline is not None:
        same = f" beside England's {format_value(comparison.baseline, result.unit, result.decimals)}"
    school = format_value(result.value, result.unit, result.decimals)
    return f"{opening}: {school}{same}, {_phrase_side(result, gap.value)} England's {others}"


def phrase_gap(result: IndicatorResult) -> str:
    """England's own gap beside the school's, and which way the school's moves."""
    gap, own, others = find_gap(result), PupilGroup(result.group).words, PupilGroup(find_gap(result).group).words
    comparison = result.against(ENGLAND)
    said = []
    if comparison is not None and comparison.baseline is not None and gap.others is not None:
        side = _phrase_side(result, comparison.baseline - gap.others)
        said.append(f"In England, {own} are {side} {others}.")
    if result.own_gap is not None and result.gap_to:
        side = _phrase_side(result, -result.own_gap)
        said.append(f"Within the school, {'they' if said else own} are {side} {PupilGroup(result.gap_to).words}.")
    trend = gap.trend
    if trend is not None:
        early = mark_years(result, trend.first_year, trend.latest_year)
        said.append(f"The gap to close shows {trend.words}{early}.")
    return " ".join(said)


def _phrase_side(result: IndicatorResult, apart: float) -> str:
    """``30 percentage points below``; ``level with`` where nothing is left of it in print."""
    if round_half_up(apart, result.decimals) == 0:
        return "level with"
    return f"{_phrase_apart(result, apart)} {'above' if apart > 0 else 'below'}"


def _phrase_apart(result: IndicatorResult, apart: float) -> str:
    return format_difference(apart, result.unit, result.decimals, apart_in=clean_text(result.telling.apart_in))


def format_gap(result: IndicatorResult, value: float | None) -> str:
    """A gap with its sign, in points: ``−30``; a dash where there is none."""
    return "–" if value is None else format_number(value, result.decimals, signed=True)
