"""Which schools moved between categories since the year before, with their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.foundation.vocabulary import name_academic_year
from pipeline.policy.outcome import Sureness
from pipeline.run.desk.impact.gathering import ImpactSources, Told


@dataclass(frozen=True)
class Move:
    """One school from one year to the next. ``tiers`` is how far towards more support; None where a place is not known.

    ``unsure`` is whether chance alone could have given its category another name: borderline or doubtful.
    """

    urn: int
    name: str
    year: str
    before: str
    now: str
    tiers: int | None
    unsure: bool
    decided: bool  # by a panel


def list_moves(sources: ImpactSources) -> dict[str, tuple[Move, ...]]:
    """The moves into each edition, newest first, by its academic year; of schools whose category before is known."""
    return {name_academic_year(told.year): tuple(_list_moves(told)) for told in sources.editions}


def _list_moves(told: Told) -> Sequence[Move]:
    return [
        Move(
            urn,
            facts["school"]["name"],
            name_academic_year(told.year),
            before["title"],
            facts["final"]["title"],
            _count_tiers(before["tier"], facts["final"]["tier"]),
            (facts.get("certainty") or {}).get("sureness") in (Sureness.BORDERLINE, Sureness.DOUBTFUL),
            bool(facts["final"]["decided_by_panel"]),
        )
        for urn, facts in told.schools.items()
        if (before := facts["last_year"])
    ]


def _count_tiers(before: int | None, now: int | None) -> int | None:
    return None if before is None or now is None else now - before


def group_moves(moves: Sequence[Move], order: Sequence[str]) -> list[tuple[str, str, list[Move]]]:
    """The moves by category before and now, in the policy's ``order``; words of no category last."""
    found: dict[tuple[str, str], list[Move]] = defaultdict(list)
    for move in moves:
        found[move.before, move.now].append(move)
    places = {title: place for place, title in enumerate(order)}
    ordered = sorted(found, key=lambda pair: [(places.get(title, len(places)), title) for title in pair])
    return [(before, now, found[before, now]) for before, now in ordered]
