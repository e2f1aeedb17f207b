"""What became of many changed files, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.foundation.writing import format_table

from .judging import HARMLESS, PASSED, QUESTIONED, REFUSED
from .mutating import ALL_KINDS

OUTCOMES = (REFUSED, QUESTIONED, HARMLESS, PASSED)


@dataclass(frozen=True)
class Result:
    """One mutation and what became of it."""

    kind: str
    file: str
    what: str
    outcome: str
    example: str


def measure_caught(results: Sequence[Result], group: str) -> tuple[int, int]:
    """Of the group's mutations that would have changed what is used, how many were refused or questioned; and all."""
    found = [one.outcome for one in results if one.kind.startswith(group) and one.outcome != HARMLESS]
    return sum(outcome != PASSED for outcome in found), len(found)


def tabulate(results: Sequence[Result]) -> str:
    """A row for each kind: made, refused, questioned, harmless, passed."""
    counts = Counter((one.kind, one.outcome) for one in results)
    made = Counter(one.kind for one in results)
    rows = [(kind, f"{made[kind]:,}", *(f"{counts[kind, outcome]:,}" for outcome in OUTCOMES)) for kind in ALL_KINDS]
    return format_table(("What was done", "made", *OUTCOMES), rows)
