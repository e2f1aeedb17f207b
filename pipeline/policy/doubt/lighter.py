"""What would have made a category lighter: the policy is asked again, with as little changed as leads to less support.

First one gap is taken away, then two, then as many as it takes; then strengths are added; then what the inspection
found is left out. A gap is one of a subject, or of a measure that is of no single subject, beside one comparator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations

import numpy as np

from pipeline.analysis.indicators.subjects import load_subjects
from pipeline.analysis.results import AS_NUMBER, GAP, NO_FINDING, NOT_RATED, STRENGTH
from pipeline.policy.conditions import Placed
from pipeline.policy.evidence.facts import PolicyFacts, RatedIndicator
from pipeline.policy.many import assign_many
from pipeline.policy.outcome import Assignment, Lighter
from pipeline.policy.policy import Policy

_MANY = 2  # changes of which every choice is tried

_Unit = tuple[str, str]  # what a finding is about, and the comparator it is beside
_Change = tuple[tuple[_Unit, ...], tuple[_Unit, ...]]  # gaps gone, strengths needed


@dataclass(frozen=True)
class _Altered:
    """One school's ratings, a row for each change that is tried."""

    indicators: Sequence[Placed]
    comparators: np.ndarray  # of each column
    ratings: np.ndarray  # (rows, columns)
    held: np.ndarray  # which columns are persistent gaps as rated

    @property
    def persistent(self) -> np.ndarray:
        return self.held & (self.ratings == GAP)

    def against(self, comparator: str) -> np.ndarray:
        return np.where(self.comparators == comparator, self.ratings, NOT_RATED)


def find_lighter(policy: Policy, facts: PolicyFacts, assignment: Assignment) -> Lighter | None:
    """Give the least change that would have brought less support than ``assignment`` does.

    None where there is no less: the category of least support, or none. Of as many changes those that lead to the next
    lighter category come first, then the order of the indicators decides.
    """
    if assignment.tier is None or assignment.tier == 1:
        return None
    for inspection in (True, False) if facts.inspection else (True,):
        asked = facts if inspection else replace(facts, inspection=None)
        nothing: list[list[_Change]] = [] if inspection else [[((), ())]]
        for changes in chain(nothing, _list_steps(facts)):
            found = _try(policy, asked, changes, assignment.tier)
            if found is not None:
                gone, needed = found
                gone = _put_back(policy, asked, gone, needed, assignment.tier)
                (outcome,) = assign_many(policy, _alter(facts, [(gone, needed)]), asked)
                return Lighter(policy.categories[int(outcome)].title, gone, needed, inspection=not inspection)
    return Lighter()


def _put_back(
    policy: Policy, facts: PolicyFacts, gone: tuple[_Unit, ...], needed: tuple[_Unit, ...], tier: int
) -> tuple[_Unit, ...]:
    """The gaps of ``gone`` without those, the last first, that may stay and there is less support all the same."""
    for gap in reversed(gone):
        fewer = tuple(one for one in gone if one != gap)
        if _try(policy, facts, [(fewer, needed)], tier) is not None:
            gone = fewer
    return gone


def _list_steps(facts: PolicyFacts) -> Iterator[list[_Change]]:
    """The changes to be tried, those of a list before those of the next."""
    gaps, others = _list_units(facts, GAP), _list_units(facts, NO_FINDING)
    for many in range(1, _MANY + 1):
        yield [(gone, ()) for gone in combinations(gaps, many)]
    yield [(gaps, ())]
    for many in range(1, _MANY + 1):
        yield [((), needed) for needed in combinations(others, many)]
    both = tuple(dict.fromkeys([*gaps, *others]))
    for many in range(1, _MANY + 1):
        yield [(gaps, needed) for needed in combinations(both, many)]


def _list_units(facts: PolicyFacts, rating: int) -> tuple[_Unit, ...]:
    """What is rated so, in the order of comparators and indicators; what also holds a gap is called one."""
    found: dict[_Unit, set[int]] = {}
    for standing in facts.standings:
        for one in standing.rated:
            for name in name_units(one):
                found.setdefault((name, standing.comparator), set()).add(AS_NUMBER[one.rating])
    return tuple(unit for unit, ratings in found.items() if rating in ratings and (rating == GAP or GAP not in ratings))


def name_units(one: RatedIndicator) -> tuple[str, ...]:
    """The subjects that an indicator is of, in the words of their files; its own name where it is of no single one."""
    subjects = load_subjects()
    return tuple(subjects[key].plain for key in one.subjects if key in subjects) or (one.name,)


def _try(policy: Policy, facts: PolicyFacts, changes: Sequence[_Change], tier: int) -> _Change | None:
    """The first change that brings less support, one to the next lighter category before others."""
    outcomes = assign_many(policy, _alter(facts, changes), facts) if changes else np.array([], dtype=int)
    for wanted in (outcomes == tier - 2, outcomes < tier - 1):  # places count from 0, tiers from 1
        if wanted.any():
            return changes[int(np.argmax(wanted))]
    return None


def _alter(facts: PolicyFacts, changes: Sequence[_Change]) -> _Altered:
    columns = [(one, standing.comparator) for standing in facts.standings for one in standing.rated]
    published = np.array([AS_NUMBER[one.rating] for one, _ in columns], dtype="int8")
    about: dict[_Unit, np.ndarray] = {}
    for column, (one, comparator) in enumerate(columns):
        for name in name_units(one):
            about.setdefault((name, comparator), np.zeros(len(columns), dtype=bool))[column] = True
    ratings = np.tile(published, (len(changes), 1))
    for row, (gone, needed) in enumerate(changes):
        for unit in gone:
            ratings[row, about[unit] & (published == GAP)] = NO_FINDING
        for unit in needed:
            ratings[row, about[unit] & (ratings[row] != GAP)] = STRENGTH
    return _Altered(
        [one for one, _ in columns],
        np.array([comparator for _, comparator in columns]),
        ratings,
        np.array([one.persistent for one, _ in columns], dtype=bool),
    )
