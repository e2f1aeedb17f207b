"""The page of indicators, written from their files so that it cannot fall behind them."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.analysis.indicators import Indicator, Scale, load_subjects, load_themes
from pipeline.analysis.indicators.themes import find_theme
from pipeline.foundation.vocabulary import count_noun, name_academic_year
from pipeline.foundation.writing import format_table

_OPENING = """\
# Indicators

This page is written from the files in `pipeline/analysis/indicators/`; change those, not this.
How figures are pooled, compared and rated is in [method.md](method.md).
"""

_SUBJECTS = """\
## Subjects

A subject of the curriculum that a figure is of, for policies that count in how many subjects there are gaps
([policies.md](policies.md#what-a-count-counts)). A figure of several together is of none by itself. No other may be
named than these; a file in `pipeline/analysis/indicators/subjects/` adds one.
"""


def compose_catalogue(indicators: Sequence[Indicator]) -> str:
    """Every indicator in words, as Markdown."""
    entries = [_compose_entry(each) for each in indicators]
    return "\n".join([_OPENING, _compose_table(indicators), _SUBJECTS, _compose_subjects(indicators), *entries])


def _compose_table(indicators: Sequence[Indicator]) -> str:
    rows = [(f"[{each.title}](#{each.key})", each.key_stage, "yes" if each.key_priority else "") for each in indicators]
    return format_table(("indicator", "key stage", "key priority"), rows) + "\n"


def _compose_subjects(indicators: Sequence[Indicator]) -> str:
    rows = [
        (one.title, f"`{key}`", "; ".join(each.short_title for each in indicators if key in each.subjects))
        for key, one in load_subjects().items()
    ]
    rows.append(("None by itself", "", "; ".join(each.short_title for each in indicators if not each.subjects)))
    return format_table(("subject", "in a file", "indicators"), rows) + "\n"


def _compose_entry(indicator: Indicator) -> str:
    lines = [
        f'<a id="{indicator.key}"></a>',
        f"## {indicator.title}",
        "",
        indicator.why_it_matters,
        "",
        f"- What is measured: {indicator.formula}",
        f"- Pupils: {indicator.group}",
        f"- Unit and direction: {indicator.unit}{_describe_share(indicator)}, {indicator.direction}",
        f"- Possible values: {_describe_scale(indicator.scale)}",
        f"- Theme: {find_theme(indicator.theme, load_themes()).plain} (`{indicator.theme}`)",
        f"- Subjects: {_describe_subjects(indicator)}",
        f"- Key priority: {'yes' if indicator.key_priority else 'no'}. {indicator.key_priority_reason}",
        f"- Rated from: at least {indicator.minimum_pupils} pupils and {count_noun(indicator.minimum_years, 'year')}",
        f"- Least difference that counts: {_describe_minimum(indicator)}",
        f"- In line: {_describe_margin(indicator)}",
        f"- Chance: {_describe_method(indicator)}",
        f"- Compared with: {_describe_baseline(indicator)}",
        *_describe_years(indicator),
        *_describe_gap(indicator),
        f"- Expected of: {', '.join(indicator.applies_to)}{_describe_option(indicator)}",
        f"- Source: {indicator.source}",
        f"- Name in the pipeline: `{indicator.key}`; reviewed {indicator.reviewed.isoformat()}",
        "",
    ]
    return "\n".join(lines)


def _describe_subjects(indicator: Indicator) -> str:
    known = load_subjects()
    return ", ".join(f"{known[key].plain} (`{key}`)" for key in indicator.subjects) or "none by itself"


def _describe_share(indicator: Indicator) -> str:
    return f" of {indicator.share_of}" if indicator.share_of else ""


def _describe_scale(scale: Scale) -> str:
    if scale.least is not None and scale.most is not None:
        return f"{scale.least:g} to {scale.most:g}"
    if scale.least is None and scale.most is None:
        return "below and above zero, without an end"
    return f"at least {scale.least:g}" if scale.least is not None else f"at most {scale.most:g}"


def _describe_gap(indicator: Indicator) -> list[str]:
    """To whom its gap to close is measured, and why."""
    if indicator.gap_to is None:
        return []
    return [f"- Gap to close: to England's {indicator.gap_to.words}; {indicator.gap_reason}"]


def _describe_option(indicator: Indicator) -> str:
    return "; shown only where a file holds it of the school" if indicator.optional else ""


def _describe_minimum(indicator: Indicator) -> str:
    if indicator.minimum_difference is None:
        return "one whole pupil"
    return f"{indicator.minimum_difference:g} (a default of this product)"


def _describe_margin(indicator: Indicator) -> str:
    if indicator.margin is None:
        return "never said"
    return f"the whole range within {indicator.margin:g} of the figure it is compared with (a default of this product)"


def _describe_method(indicator: Indicator) -> str:
    if indicator.pupil_sd is not None:
        text = f"average; spread between pupils {indicator.pupil_sd.value:g}. {indicator.pupil_sd.source}"
    elif indicator.method == "percent":
        text = "share of pupils; Wilson interval, exact mid-P test."
    else:
        text = "the department's published 95% intervals, years pooled by their precision."
    return text + (" The years count largely the same pupils: each is counted once." if indicator.same_pupils else "")


def _describe_years(indicator: Indicator) -> list[str]:
    """Which years it speaks of, where they are not simply the three up to the one under review, with the sources."""
    lines = []
    if indicator.years_behind:
        behind = count_noun(indicator.years_behind, "year")
        lines.append(f"- Published {behind} behind: its three years end {behind} before the year under review")
    for each in indicator.breaks:
        lines.append(f"- Comparable since {name_academic_year(each.since)}: {each.why}. Source: {each.source}")
    for pause in indicator.ends:
        span = f"since {name_academic_year(pause.since)}"
        if pause.again is not None:
            last, again = name_academic_year(pause.again - 1), name_academic_year(pause.again)
            span = f"from {name_academic_year(pause.since)} to {last}; again from {again}, as far as is announced"
        lines.append(f"- Not published {span}: {pause.why}. Source: {pause.source}")
    return lines


def _describe_baseline(indicator: Indicator) -> str:
    if indicator.method == "published_interval":
        return "0, which is England by definition"
    if indicator.baseline == "census_phase":
        only = f"; {', '.join(indicator.like_england)} schools alone" if indicator.like_england else ""
        return f"England's schools of the same phase in the pupil census{only}"
    return "England, state-funded schools"
