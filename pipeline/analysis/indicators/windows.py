"""Which academic years an indicator speaks of: three that end with the latest it is published for, none before a break.

The years looked at are the indicator's own. Destinations are published two years behind, so theirs end two years before
the year under review. Where points, grades or a definition changed, figures of before and after are different things:
the window begins with the change, and whoever reads it is told why.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from pipeline.analysis.indicators import Break, Indicator
from pipeline.foundation.vocabulary import count_noun, name_academic_year

#: Academic years looked at: the latest for which an indicator is published and the two before it.
WINDOW = 3


def list_years(year: int) -> list[int]:
    """The year under review and the two before it, oldest first: where what is no indicator is looked for."""
    return list(range(year - WINDOW + 1, year + 1))


def list_behind(indicators: Sequence[Indicator]) -> dict[str, int]:
    """How many years after their own the measures of ``indicators`` are published, where they are published behind."""
    return {each.measure: each.years_behind for each in indicators if each.years_behind}


def list_window(indicator: Indicator, year: int) -> tuple[int, ...]:
    """The three academic years of the window, oldest first, when the year under review is ``year``."""
    return tuple(list_years(year - indicator.years_behind))


def list_comparable(indicator: Indicator, year: int) -> tuple[int, ...]:
    """The years of the window that can stand beside one another: those since the last break, oldest first."""
    window = list_window(indicator, year)
    found = find_break(indicator, year)
    return window if found is None else tuple(past for past in window if past >= found.since)


def find_break(indicator: Indicator, year: int) -> Break | None:
    """The break that makes the window shorter; None where all its years are comparable."""
    first, *_, last = list_window(indicator, year)
    inside = [each for each in indicator.breaks if first < each.since <= last]
    return max(inside, key=lambda each: each.since, default=None)


def find_places(indicators: Sequence[Indicator], year: int) -> tuple[np.ndarray, np.ndarray]:
    """The window of every indicator (indicators, 3), and which of its years are comparable."""
    windows = [list_window(one, year) for one in indicators]
    first = [list_comparable(one, year)[0] for one in indicators]
    years = np.array(windows, dtype="int64").reshape(len(windows), WINDOW)
    return years, years >= np.array(first, dtype="int64").reshape(-1, 1)


def explain_window(indicator: Indicator, year: int, published: Collection[int]) -> str:
    """Why the years shown are not the usual three, in sentences; "" where they are.

    ``published`` are the years of which there is a figure. That a measure was not published is said only of years that
    have none: the files decide.
    """
    return " ".join(
        each
        for each in (
            _explain_behind(indicator, year),
            explain_break(indicator, year),
            *_explain_pauses(indicator, year, published),
        )
        if each
    )


def explain_break(indicator: Indicator, year: int) -> str:
    """Why earlier years are left out, in a sentence; "" where none is."""
    found = find_break(indicator, year)
    if found is None:
        return ""
    return f"Figures from before {name_academic_year(found.since)} are left out: {found.why}."


def _explain_behind(indicator: Indicator, year: int) -> str:
    if not indicator.years_behind:
        return ""
    behind, newest = count_noun(indicator.years_behind, "year"), name_academic_year(year - indicator.years_behind)
    return f"Published {behind} behind: the newest are the {indicator.speaks_of or 'pupils'} of {newest}."


def _explain_pauses(indicator: Indicator, year: int, published: Collection[int]) -> list[str]:
    """One sentence for each time the indicator was not published that reaches into the years looked at."""
    looked_at = list_comparable(indicator, year)
    said = []
    for pause in indicator.ends:
        missing = [past for past in looked_at if pause.covers(past) and past not in published]
        if not missing:
            continue
        if pause.again is None and missing[-1] == looked_at[-1]:
            said.append(f"Not published since {name_academic_year(pause.since)}: {pause.why}.")
            continue
        last = missing[-1] if pause.again is None else pause.again - 1
        expected = ""
        if pause.again is not None and pause.again > year:
            expected = f"; expected again for {name_academic_year(pause.again)}"
        said.append(f"Not published for {_name_span((pause.since, last))}{expected}: {pause.why}.")
    return said


def _name_span(years: Sequence[int]) -> str:
    """``2020/21 to 2022/23``, ``2024/25 and 2025/26``, or the one year."""
    first, last = (name_academic_year(year) for year in (years[0], years[-1]))
    if first == last:
        return first
    return f"{first} {'and' if years[-1] - years[0] == 1 else 'to'} {last}"
