"""The policy put to rows of ratings at once: thousands of schools, one school a thousand times, or a single one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pipeline.analysis.results import AS_NUMBER, NOT_RATED
from pipeline.policy.conditions import Condition, Count, Placed, When, meets_beside_counts
from pipeline.policy.evidence.facts import PolicyFacts
from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE
from pipeline.policy.policy import Policy


class Ratings(Protocol):
    """Rows of ratings as numbers (``judging.Judged``, or one school's)."""

    @property
    def indicators(self) -> Sequence[Placed]: ...

    @property
    def persistent(self) -> np.ndarray:
        """On the gap side of England in each of three years (rows, indicators)."""

    def against(self, comparator: str) -> np.ndarray:
        """The ratings (rows, indicators) against ``comparator``; nothing is rated against one that is not known."""


@dataclass(frozen=True)
class OneRow:
    """One school's ratings, as its facts tell them."""

    facts: PolicyFacts

    @property
    def indicators(self) -> Sequence[Placed]:
        return [one for standing in self.facts.standings for one in standing.rated]

    @property
    def persistent(self) -> np.ndarray:
        told = [one.persistent for standing in self.facts.standings for one in standing.rated]
        return np.array([told], dtype=bool)

    def against(self, comparator: str) -> np.ndarray:
        ratings = [
            AS_NUMBER[one.rating] if standing.comparator == comparator else NOT_RATED
            for standing in self.facts.standings
            for one in standing.rated
        ]
        return np.array([ratings], dtype="int8")


def list_outcomes(policy: Policy) -> tuple[str, ...]:
    """The keys of all outcomes: the categories from least to most support, then insufficient evidence."""
    return (*(category.key for category in policy.categories), INSUFFICIENT_EVIDENCE)


def assign_many(policy: Policy, ratings: Ratings, fixed: PolicyFacts | Sequence[PolicyFacts]) -> np.ndarray:
    """Give every row's indicative outcome by its place in ``list_outcomes(policy)``; int (rows,).

    ``fixed`` and errors are those of ``find_deciding``.
    """
    places = {key: place for place, key in enumerate(list_outcomes(policy))}
    categories = [*(clause.category for clause in policy.clauses), policy.otherwise.category]
    return np.array([places[category] for category in categories])[find_deciding(policy, ratings, fixed)]


def find_deciding(policy: Policy, ratings: Ratings, fixed: PolicyFacts | Sequence[PolicyFacts]) -> np.ndarray:
    """Give for every row the place of the clause that decides: the first whose every condition holds, else one more
    than there are clauses, which is ``otherwise``.

    ``fixed`` holds what the ratings do not say: inspection and local evidence, the same for all rows or one per row;
    its standings are not looked at. Returns int (rows,). Raises ValueError where ``fixed`` is neither one nor as many
    as the rows.
    """
    rows = len(ratings.persistent)
    kinds, kind_of_row = _tell_apart(fixed, rows)
    deciding = np.full(rows, len(policy.clauses))
    undecided = np.ones(rows, dtype=bool)
    for place, clause in enumerate(policy.clauses):
        beside = np.array([meets_beside_counts(clause.when, kind) for kind in kinds], dtype=bool)
        taken = undecided & beside[kind_of_row]
        if taken.any():
            taken &= _hold_counts(clause.when, ratings)
        deciding[taken] = place
        undecided &= ~taken
    return deciding


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


def _hold_counts(when: When, ratings: Ratings) -> np.ndarray:
    """For every row, whether all counts of a clause hold."""
    held = np.ones(len(ratings.persistent), dtype=bool)
    for condition, count in when.counts:
        held &= count.holds(_count(condition, count, ratings))
        if not held.any():
            break
    return held


def _count(condition: Condition, count: Count, ratings: Ratings) -> np.ndarray:
    """For every row, how many indicators, subjects or themes the condition counts."""
    indicators = ratings.indicators
    columns = [column for column, one in enumerate(indicators) if condition.looks_at(one, count)]
    counted = condition.counts(ratings.against(count.against)[:, columns], ratings.persistent[:, columns])
    if count.of == "indicators":
        return counted.sum(axis=1)
    under: dict[str, list[int]] = {}
    for place, column in enumerate(columns):
        for heading in count.name_headings(indicators[column]):
            under.setdefault(heading, []).append(place)
    named = np.zeros(len(counted), dtype=int)
    for within in under.values():
        named += counted[:, within].any(axis=1)
    return count.add_up(named, counted.any(axis=1))
