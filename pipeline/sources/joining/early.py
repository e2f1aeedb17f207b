"""Which early results stand: those that no published file tells. Beside the others is set what was published.

The published figure always wins, whatever it says. What stands is questioned like any other figure, and withheld where
it, or what it leaves over of all pupils, is of too few.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import Availability, PupilGroup, Unit, name_academic_year
from pipeline.sources.frames import EARLY_COMPARED, OBSERVATIONS, shape_frame
from pipeline.sources.joining.tellings import NOT_TOLD, WITHHELD
from pipeline.sources.joining.withhold import PARTITIONS, withhold_with_others
from pipeline.sources.local.early import KEY, name_figure, stack_early
from pipeline.sources.plausibility.together import FEW_PUPILS, TIMES_OTHER_YEARS

#: How far a percentage may lie from the school's latest published one before somebody is asked to look.
POINTS_TO_LOOK = 40
_SLACK = 1e-9


@dataclass(frozen=True)
class SettledEarly:
    """``standing`` (OBSERVATIONS) is used; ``compared`` (EARLY_COMPARED) is what has been published since."""

    standing: pd.DataFrame
    compared: pd.DataFrame
    warnings: tuple[Fault, ...] = ()


def settle_early(early: pd.DataFrame, published: pd.DataFrame, smallest: int) -> SettledEarly:
    """Tell which of the figures ``early`` stand beside the ``published`` OBSERVATIONS of the same schools.

    Both are OBSERVATIONS; ``smallest`` is how many pupils a figure must cover to be shown. A cell that tells nothing
    of the school (not applicable, blank) leaves the early figure standing.
    """
    if early.empty:
        return SettledEarly(early, shape_frame(pd.DataFrame(), EARLY_COMPARED))
    early = _withhold(early, published.iloc[:0], smallest)  # by itself, for what is compared is seen together
    told = published[~published["availability"].isin([str(kind) for kind in NOT_TOLD])]
    told = told.drop_duplicates(list(KEY))
    known = pd.MultiIndex.from_frame(told[list(KEY)].astype(object))
    has_come = pd.MultiIndex.from_frame(early[list(KEY)].astype(object)).isin(known)
    standing, warnings = _question(early[~has_come].reset_index(drop=True), told)
    standing = _withhold(standing, told, smallest)
    standing = standing.assign(line=np.int32(0))  # a row added above another is no other figure
    return SettledEarly(_sort(standing, OBSERVATIONS), _compare(early[has_come], told), tuple(warnings))


def _compare(early: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """EARLY_COMPARED: early figures beside the published ones. Of one that either withholds no early number is kept."""
    both = early.merge(told, on=list(KEY), suffixes=("_early", ""))
    withheld = both["availability"].isin([str(kind) for kind in WITHHELD])
    hidden = np.asarray(withheld | (both["availability_early"] != Availability.AVAILABLE), dtype=bool)
    value, before = (both[name].to_numpy("float64") for name in ("value", "value_early"))
    pupils, pupils_before = (both[name].to_numpy("float64") for name in ("cohort", "cohort_early"))
    steps = [np.nan_to_num(both[name].to_numpy("float64")) for name in ("step", "step_early")]
    step = np.maximum(*steps)
    same = np.abs(value - before) <= step / 2 + _SLACK
    same &= np.isnan(pupils) | np.isnan(pupils_before) | (pupils == pupils_before)
    same |= np.isnan(value) & np.isnan(before)
    compared = both[list(KEY)].assign(
        unit=both["unit"].astype(str),
        early=np.where(hidden, np.nan, before),
        early_pupils=np.where(hidden, np.nan, pupils_before),
        value=value,
        pupils=np.where(np.isnan(value), np.nan, pupils),
        availability=both["availability"].astype(str),
        moved=~same,
    )
    return _sort(compared, EARLY_COMPARED)


def _question(standing: pd.DataFrame, told: pd.DataFrame) -> tuple[pd.DataFrame, list[Fault]]:
    """Set aside what is of many times as many pupils as the school's other years; warn of what lies far from them."""
    rows: Iterable[Any] = told[told["value"].notna()].sort_values("year").itertuples(index=False)
    others = {(row.urn, row.measure, row.group): row for row in rows}  # the latest year of each
    warnings, words = [], {}
    figures: Iterable[Any] = standing.itertuples(index=False)
    for place, row in enumerate(figures):
        other = others.get((row.urn, row.measure, row.group))
        if pd.isna(row.value) or other is None:
            continue
        line = int(row.line) or None
        most, least = max(row.cohort, other.cohort), min(row.cohort, other.cohort)
        then = name_academic_year(int(other.year))
        if most > FEW_PUPILS and most > TIMES_OTHER_YEARS * least:
            words[place] = f"{row.value:.6g}"
            what = f"{name_figure(row)}: {row.cohort:g} pupils are not believed and not used: in {then} there were {{}}"
            remedy = "Correct `of_how_many`, or ask the school. Until then the figure is shown as left out."
            warnings.append(
                Fault(row.file, line, "of_how_many", what.format(f"{other.cohort:g}"), remedy, int(row.urn))
            )
        elif row.unit == Unit.PERCENT and abs(row.value - other.value) > POINTS_TO_LOOK:
            what = f"{name_figure(row)}: {row.value:.0f}% lies far from the school's {other.value:.0f}% of {then}"
            remedy = "It is used as it stands. Look whether the number is of these pupils."
            warnings.append(Fault(row.file, line, "number", what, remedy, int(row.urn)))
    if not words:
        return standing, warnings
    aside = standing.astype({"availability": object, "word": object})
    places = list(words)
    aside.loc[places, ["value", "cohort", "step"]] = np.nan
    aside.loc[places, "availability"] = str(Availability.QUESTIONED)
    aside.loc[places, "word"] = list(words.values())
    return shape_frame(aside, OBSERVATIONS), warnings


def _withhold(standing: pd.DataFrame, told: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Withhold what leaves too few pupils over of all, and what would give a withheld figure back."""
    keys = ["urn", "measure", "year"]
    concerned = pd.MultiIndex.from_frame(standing[keys].astype(object))
    beside = told[pd.MultiIndex.from_frame(told[keys].astype(object)).isin(concerned)]
    together = stack_early([standing, beside])
    own = np.arange(len(together)) < len(standing)
    hide = _find_left_over(together, own, smallest)
    withheld = _hide(together, hide)
    withheld, _ = withhold_with_others(withheld)
    gone = (withheld["availability"] == Availability.SUPPRESSED).to_numpy() & own
    return _hide(together, gone)[own].reset_index(drop=True)


def _find_left_over(figures: pd.DataFrame, own: np.ndarray, smallest: int) -> np.ndarray:
    """The early figures, of a part or of all pupils, whose difference would be of fewer than ``smallest`` pupils."""
    hide = np.zeros(len(figures), dtype=bool)
    places: dict[tuple, dict[str, int]] = {}
    rows: Iterable[Any] = figures[["urn", "measure", "year", "group", "cohort"]].itertuples(index=False)
    for place, row in enumerate(rows):
        if not pd.isna(row.cohort):
            places.setdefault((row.urn, row.measure, row.year), {})[str(row.group)] = place
    cohort = figures["cohort"].to_numpy("float64")
    halves = next(parts for parts in PARTITIONS if PupilGroup.DISADVANTAGED in parts)
    for found in places.values():
        whole = found.get(str(PupilGroup.ALL))
        for part in (found[str(half)] for half in halves if str(half) in found):
            if whole is not None and 0 < cohort[whole] - cohort[part] < smallest:
                hide[part if own[part] else whole] |= own[part] or own[whole]
    return hide


def _hide(figures: pd.DataFrame, places: np.ndarray) -> pd.DataFrame:
    """OBSERVATIONS with the figures of ``places`` withheld, their numbers of pupils and words with them."""
    withheld = figures.astype({"availability": object, "word": object})
    withheld.loc[places, ["value", "lower", "upper", "cohort", "step"]] = np.nan
    withheld.loc[places, "availability"] = str(Availability.SUPPRESSED)
    withheld.loc[places, "word"] = ""
    return shape_frame(withheld, OBSERVATIONS)


def _sort(frame: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    words = dict.fromkeys(("measure", "group"), str)
    ordered = frame.astype(words).sort_values(list(KEY), kind="stable", ignore_index=True)
    return shape_frame(ordered, columns)
