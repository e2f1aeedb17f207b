"""The policy put to many rows of ratings at once: thousands of schools, or one school a thousand times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.analysis.judging import GAP, IN_LINE, NOT_RATED, STRENGTH, Judged
from pipeline.foundation.vocabulary import Rating
from pipeline.policy.conditions import Condition, Count, When, meets_beside_counts
from pipeline.policy.facts import PolicyFacts
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE
from pipeline.policy.policy import Policy

_AS_NUMBER = {Rating.STRENGTH: STRENGTH, Rating.IN_LINE: IN_LINE, Rating.GAP: GAP}


def list_outcomes(policy: Policy) -> tuple[str, ...]:
    """The keys of all outcomes: the categories from least to most support, then insufficient evidence."""
    return (*(category.key for category in policy.categories), INSUFFICIENT_EVIDENCE)


def assign_many(policy: Policy, judged: Judged, fixed: PolicyFacts | Sequence[PolicyFacts]) -> np.ndarray:
    """Give every row's indicative outcome, as ``assign_category`` would, by its place in ``list_outcomes(policy)``.

    ``fixed`` holds what the ratings do not say: inspection and local evidence, the same for all rows or one per row;
    its standings are not looked at. A comparator that ``judged`` does not have has nothing rated.
    Returns int (rows,). Raises ValueError where ``fixed`` is neither one nor as many as the rows.
    """
    rows = len(judged.rating)
    kinds, kind_of_row = _tell_apart(fixed, rows)
    places = {key: place for place, key in enumerate(list_outcomes(policy))}
    outcome = np.full(rows, places[policy.otherwise.category])
    undecided = np.ones(rows, dtype=bool)
    for clause in policy.clauses:
        beside = np.array([meets_beside_counts(clause.when, kind) for kind in kinds], dtype=bool)
        taken = undecided & beside[kind_of_row]
        if taken.any():
            taken &= _hold_counts(clause.when, judged)
        outcome[taken] = places[clause.category]
        undecided &= ~taken
    return outcome


def _tell_apart(fixed: PolicyFacts | Sequence[PolicyFacts], rows: int) -> tuple[list[PolicyFacts], np.ndarray]:
    """The distinct facts besides ratings, and for every row the place of its own among them."""
    if isinstance(fixed, PolicyFacts):
        return [fixed], np.zeros(rows, dtype=int)
    if len(fixed) != rows:
        raise ValueError(f"{len(fixed)} sets of facts for {rows} rows")
    kinds: dict[object, tuple[int, PolicyFacts]] = {}
    kind_of_row = np.empty(rows, dtype=int)
    for row, facts in enumerate(fixed):
        known = (facts.inspection, facts.concerns, facts.self_evaluation)
        kind_of_row[row] = kinds.setdefault(known, (len(kinds), facts))[0]
    return [facts for _, facts in kinds.values()], kind_of_row


def _hold_counts(when: When, judged: Judged) -> np.ndarray:
    """For every row, whether all counts of a clause hold."""
    held = np.ones(len(judged.rating), dtype=bool)
    for condition, count in when.counts:
        numbers = _count(condition, count, judged)
        held &= numbers >= count.at_least if count.at_least is not None else numbers <= (count.at_most or 0)
    return held


def _count(condition: Condition, count: Count, judged: Judged) -> np.ndarray:
    """For every row, how many indicators the condition counts."""
    columns = np.array(
        [
            (one.key_priority or not condition.key_only) and one.theme not in count.leaving_out
            for one in judged.indicators
        ],
        dtype=bool,
    )
    ratings = judged.against(count.against)[:, columns]
    counted = ratings != NOT_RATED if condition.rating is None else ratings == _AS_NUMBER[condition.rating]
    if condition.persistent_only:
        counted = counted & judged.persistent[:, columns]
    return counted.sum(axis=1)
