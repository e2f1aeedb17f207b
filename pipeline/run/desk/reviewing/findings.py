"""What new figures, inspections and notes say of a school beyond its report, each in a sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from pipeline.analysis.indicators import Indicator
from pipeline.foundation.vocabulary import (
    Availability,
    Direction,
    Framework,
    format_date,
    name_academic_year,
    read_academic_year,
)
from pipeline.report.sentences.rounding import format_difference, format_number, format_value
from pipeline.sources.plausibility.together import ENOUGH_SCHOOLS, SPREADS_OFF

_EXACT = 1e-9
#: A figure that moved further from what is usual is questioned. Twice what tells a row that is another school's: of a
#: small school one figure alone may move far.
_MOST_SPREADS = 2 * SPREADS_OFF


@dataclass(frozen=True)
class Finding:
    """One thing that is known of a school and is not in its report. ``look`` says whether it is worth a look."""

    urn: int
    kind: str
    what: str
    look: bool
    file: str
    moved: tuple[str, float] | None = None  # of a figure with another beside it: what moved, and how far
    questioned: bool = False  # a figure that is not believed until a person has looked at it in its file


@dataclass(frozen=True)
class Watched:
    """An indicator that the policy watches, the words for its theme, and by how much worse is worth a look."""

    indicator: Indicator
    theme: str
    least: float


@dataclass(frozen=True)
class _Figure:
    year: int
    value: float | None
    availability: str
    file: str
    of_report: bool = False


def find_moved_figures(
    urn: int, facts: Mapping[str, Any], figures: pd.DataFrame, watched: Sequence[Watched]
) -> Iterator[Finding]:
    """Each watched figure that is new or has changed, beside the latest in the report; of a part of a year beside the
    same part of the year before, where that is among the new files. ``figures`` are the school's own."""
    reported = {one["indicator"]: one["by_year"] for one in facts["indicators"]}
    for one in watched:
        indicator = one.indicator
        rows = figures[(figures["measure"] == indicator.measure) & (figures["group"] == indicator.group)]
        for span, group in groupby(_list_figures(rows), key=lambda row: row[0]):
            new = [figure for _, figure in group]
            known = [_read_reported(figure) for figure in reported.get(indicator.key, ())] if not span else []
            if finding := _compare(urn, one, span, new, known):
                yield finding


def _list_figures(rows: pd.DataFrame) -> list[tuple[str, _Figure]]:
    """By part of the year, then by year; of several files that tell of one the last by name."""
    columns = ("span", "year", "file", "value", "availability")
    told = sorted(zip(*(rows[name].tolist() for name in columns), strict=True), key=lambda row: row[:3])
    return [
        (span, _Figure(int(year), float(value) if value == value else None, str(availability), str(file)))
        for span, year, file, value, availability in told
    ]


def _read_reported(figure: Mapping[str, Any]) -> _Figure:
    year = read_academic_year(figure["year"])
    return _Figure(year, figure["value"], figure["availability"], str(figure["file"]), of_report=True)


def _compare(urn: int, one: Watched, span: str, new: Sequence[_Figure], known: Sequence[_Figure]) -> Finding | None:
    indicator, latest = one.indicator, new[-1]
    if any(figure.year > latest.year for figure in known):
        return None  # the report has a later one

    def tell(said: str, *, look: bool = False, moved: float | None = None) -> Finding:
        when = f"{span} of {name_academic_year(latest.year)}" if span else name_academic_year(latest.year)
        what = f"{indicator.short_title}, {when}"
        return Finding(urn, one.theme, f"{what}: {said}.", look, latest.file, None if moved is None else (what, moved))

    if latest.availability != Availability.AVAILABLE or latest.value is None:
        is_known = any((was.year, was.availability) == (latest.year, latest.availability) for was in known)
        is_questioned = latest.availability == Availability.QUESTIONED
        told = tell(f"no figure ({latest.availability})")
        return None if is_known else replace(told, questioned=is_questioned)
    now = format_value(latest.value, indicator.unit, indicator.decimals)
    earlier = [figure for figure in new if figure.year < latest.year]
    before = [
        (figure.year, figure.of_report, figure.value) for figure in (*earlier, *known) if figure.value is not None
    ]
    if not before:
        return tell(f"{now}; nothing stands beside it")
    year, of_report, value = max(before)
    moved = latest.value - value
    if year == latest.year and abs(moved) < _EXACT:
        return None
    was = format_value(value, indicator.unit, indicator.decimals)
    beside = f"{now}; {was} in {name_academic_year(year)}{', in the report' if of_report else ''}"
    if abs(moved) < _EXACT:
        return tell(f"{beside}: the same", moved=0.0)
    worse = -moved if indicator.direction == Direction.HIGHER_IS_BETTER else moved
    size = format_difference(moved, indicator.unit, indicator.decimals)
    look = worse >= one.least - _EXACT
    least = f", and {format_number(one.least, indicator.decimals)} is worth a look" if look else ""
    return tell(f"{beside}: {size} {'worse' if worse > 0 else 'better'}{least}", look=look, moved=moved)


def question_far_moves(findings: Sequence[Finding]) -> list[Finding]:
    """Tell a figure that moved as no other school's did as a question, which makes no school one to look at.

    How far schools move is known where enough of them have the same figure new.
    """
    moves: dict[str, list[float]] = defaultdict(list)
    for one in findings:
        if one.moved:
            moves[one.moved[0]].append(one.moved[1])
    usual = {}
    for what, those in moves.items():
        middle = float(np.median(those))
        spread = 1.4826 * float(np.median(np.abs(np.array(those) - middle)))
        if len(those) >= ENOUGH_SCHOOLS and spread > 0:
            usual[what] = middle, spread
    return [_question(one) if _is_far(one, usual) else one for one in findings]


def _is_far(one: Finding, usual: Mapping[str, tuple[float, float]]) -> bool:
    if one.moved is None or one.moved[0] not in usual:
        return False
    middle, spread = usual[one.moved[0]]
    return abs(one.moved[1] - middle) > _MOST_SPREADS * spread


def _question(one: Finding) -> Finding:
    what = f"{one.what} It moved as no other school's did: look at it in its file before it is believed."
    return replace(one, what=what, look=False, questioned=True)


def find_new_inspections(urn: int, facts: Mapping[str, Any], inspections: pd.DataFrame) -> Iterator[Finding]:
    """Each inspection that the report does not know, in the words of its own framework.

    Worth a look is one of a later day than any the report knows, and one whose outcome is another now; an older one,
    that only another layout of the file tells of, is not.
    """
    known = {(one["framework"], one["kind"], one["date"], one["area"]): one["outcome"] for one in facts["inspections"]}
    latest = max((one["date"] for one in facts["inspections"]), default="")
    columns = ("framework", "kind", "date", "area", "outcome", "file")
    rows = inspections[~inspections["kind"].astype(str).str.startswith("previous")]
    told = dict.fromkeys(zip(*(rows[name].astype(str).tolist() for name in columns), strict=True))
    new = sorted(row for row in told if known.get(row[:4]) != row[4])
    for (framework, kind, day), group in groupby(new, key=lambda row: row[:3]):
        judged = {row[3]: row for row in group}
        name = "Report card" if framework == Framework.REPORT_CARD else f"{kind.capitalize()} inspection"
        said = "; ".join(f"{area}: {row[4]}" for area, row in judged.items())
        look = day > latest or any(row[:4] in known for row in judged.values())
        yield Finding(urn, "Inspection", f"{name} of {format_date(day)}. {said}.", look, next(iter(judged.values()))[5])


def find_new_notes(
    urn: int,
    facts: Mapping[str, Any],
    soft_intelligence: pd.DataFrame,
    self_evaluation: pd.DataFrame,
    moderation: pd.DataFrame,
) -> Iterator[Finding]:
    """What has been written down of a school since its report: each frame holds the school's own rows."""
    officer = facts.get("officer") or {}
    heard = {(one["date"], one["kind"], one["source"], one["note"]) for one in officer.get("soft_intelligence") or ()}
    for row in soft_intelligence.to_dict("records"):
        if (row["date"], row["kind"], row["source"], row["note"]) not in heard:
            note = f" {row['note']}" if row["note"] else ""
            what = f"{str(row['kind']).capitalize()}, {format_date(row['date'])}, from {row['source']}.{note}"
            yield Finding(urn, "Soft intelligence", what, True, str(row["file"]))
    summed_up = {
        (one["date"], one["summary_grade"], one["self_referral"]) for one in officer.get("self_evaluation") or ()
    }
    for row in self_evaluation.to_dict("records"):
        if (row["date"], row["summary_grade"], bool(row["self_referral"])) not in summed_up:
            asks = "The school asks for support itself" if row["self_referral"] else "A new summary"
            grade = f", and calls itself {row['summary_grade']}" if row["summary_grade"] else ""
            what = f"{asks}, {format_date(row['date'])}{grade}."
            yield Finding(urn, "Self-evaluation", what, bool(row["self_referral"]), str(row["file"]))
    decided = officer.get("panel") or {}
    for row in moderation.to_dict("records"):
        if (row["date"], row["reason"]) != (decided.get("date"), decided.get("reason")):
            what = (
                f"A panel decided on {row['category']} on {format_date(row['date'])}; the report does not say so yet."
            )
            yield Finding(urn, "Panel", what, False, str(row["file"]))
