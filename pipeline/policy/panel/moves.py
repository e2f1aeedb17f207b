"""This year's category beside last year's, and moves that want a second look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.policy.evidence.facts import PolicyFacts
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE, Assignment, Move
from pipeline.policy.panel.moderation import find_category
from pipeline.policy.panel.since import find_changes, find_other_ground
from pipeline.policy.policy import Policy

if TYPE_CHECKING:
    import pandas as pd

_FAR = 2  # tiers: as far as this, a move without an inspection behind it wants a second look


def compare_with_last_year(
    policy: Policy, assignment: Assignment, last_year: pd.DataFrame, facts: PolicyFacts
) -> Move | None:
    """Compare the category with last year's (LAST_YEAR); None where last year's is not known.

    Last year's category is found by title or key. One that the policy does not have, or no longer has, keeps its
    words, has no tier and is never flagged. Which findings changed is told where last year's were kept.
    """
    own = last_year[last_year["urn"] == facts.urn]
    if own.empty:
        return None
    words, source, kept = (str(own[column].fillna("").iloc[-1]) for column in ("category", "source", "findings"))
    said_nothing = words in (INSUFFICIENT_EVIDENCE, policy.insufficient_evidence.title)
    before = INSUFFICIENT_EVIDENCE if said_nothing else find_category(policy, words)
    tier = None if before is None else policy.tier(before)
    tiers = assignment.tier - tier if assignment.tier is not None and tier is not None else 0
    changes = find_changes(kept, facts, lighter=tiers < 0) if kept else ()
    if before is None:
        return Move(words, words, None, source, compared=bool(kept), changes=changes)
    if kept and before != assignment.category:
        changes = (*find_other_ground(kept, policy.key, before), *changes)
    flagged = abs(tiers) >= _FAR and not _asked_inspection(policy, assignment)
    return Move(before, policy.outcome(before).title, tier, source, tiers, flagged, bool(kept), changes)


def _asked_inspection(policy: Policy, assignment: Assignment) -> bool:
    """Whether the clause that decided led to this category, not a panel, and did so by what an inspection found."""
    return any(
        clause.when.inspection is not None and bool(clause.when.inspection.any_of)
        for clause in policy.clauses
        if clause.name == assignment.clause and clause.category == assignment.category
    )
