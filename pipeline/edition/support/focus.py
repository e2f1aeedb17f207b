"""Which areas a school's support is about: the subjects and themes in which figures are gaps, the broadest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.foundation.vocabulary import Rating


@dataclass(frozen=True)
class GapNote:
    """One indicator that is a gap, against whichever comparators; ``subjects`` are keys, as is ``theme``."""

    theme: str
    subjects: tuple[str, ...]
    key_priority: bool
    comparators: int = 1


@dataclass(frozen=True)
class Area:
    """An area for improvement: a subject, or a theme where no subject is named."""

    key: str
    title: str
    gaps: int  # indicators and comparators in which it shows


def find_focus_areas(
    gaps: Iterable[GapNote], subjects: Mapping[str, str], themes: Mapping[str, str]
) -> tuple[Area, ...]:
    """Give the areas of a school's gaps, those that show in key priorities or in most figures first.

    ``subjects`` and ``themes`` are the words for each key, in their order. A gap of several subjects together is an
    area by its theme only where no gap of that theme names a subject: as policies count, one shortfall is one area.
    Where such a gap is a key priority, the subjects of its theme stand first with it.
    """
    gaps = tuple(gaps)
    named = {gap.theme for gap in gaps if gap.subjects}
    watched = {gap.theme for gap in gaps if gap.key_priority and not gap.subjects}
    weights: dict[tuple[str, str], tuple[int, int]] = {}
    for gap in gaps:
        if gap.subjects:
            keys = [("subject", subject) for subject in gap.subjects]
        elif gap.theme in named:
            continue
        else:
            keys = [("theme", gap.theme)]
        for key in keys:
            first, count = weights.get(key, (0, 0))
            counts = gap.key_priority or (bool(gap.subjects) and gap.theme in watched)
            weights[key] = max(first, int(counts)), count + gap.comparators
    order = [("subject", key) for key in subjects] + [("theme", key) for key in themes]
    places = {key: place for place, key in enumerate(order)}
    ranked = sorted(weights, key=lambda key: (-weights[key][0], -weights[key][1], places.get(key, len(places)), key))
    words = {"subject": subjects, "theme": themes}
    return tuple(Area(key, words[kind].get(key, key), weights[kind, key][1]) for kind, key in ranked)


def list_areas(indicators: Iterable[Mapping[str, Any]]) -> tuple[Area, ...]:
    """The areas for improvement of a school, from the indicators of its facts."""
    from pipeline.analysis.indicators import load_subjects, load_themes

    gaps = [
        GapNote(one["theme"], tuple(one["subjects"]), one["key_priority"], count)
        for one in indicators
        if (count := sum(beside["rating"] == Rating.GAP for beside in one["comparisons"]))
    ]
    subjects = {key: subject.title for key, subject in load_subjects().items()}
    return find_focus_areas(gaps, subjects, {key: theme.title for key, theme in load_themes().items()})
