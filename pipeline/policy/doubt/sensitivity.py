"""How much hangs on each threshold: the same figures judged and categorised again with one of them moved.

A threshold that can take any number is moved by a tenth, up and down. One that counts whole things moves by one, the
least there is, which is more than a tenth of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.analysis.country.simulation import METHODS
from pipeline.analysis.grids.grid import Baselines, Grid
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.ratings.judging import Judged, judge
from pipeline.analysis.statistics.significance import FALSE_DISCOVERY_RATE
from pipeline.policy.conditions import Condition, Count, name_comparator
from pipeline.policy.evidence.facts import PolicyFacts
from pipeline.policy.many import assign_many, list_outcomes
from pipeline.policy.policy import Policy

_TENTH = 0.1


@dataclass(frozen=True)
class ThresholdMove:
    """One threshold moved, and the schools whose outcome it changes."""

    threshold: str  # in words: "key-priority gaps against England"
    before: str
    after: str
    whole: bool  # moved by one because it counts whole things: more than a tenth
    clause: str = ""  # the name of the policy's clause; "" for a threshold of the judgement
    category: str = ""  # the title of the outcome that the clause gives
    changed: int = 0  # schools with another outcome
    more: int = 0  # of these, towards more support
    less: int = 0  # towards less; the rest move to or from insufficient evidence


def move_thresholds(
    policy: Policy, grid: Grid, baselines: Sequence[Baselines], fixed: Sequence[PolicyFacts]
) -> tuple[ThresholdMove, ...]:
    """Move every threshold of the judgement and of the policy's clauses, one at a time; a row of ``fixed`` a school.

    An indicator without a figure in ``grid`` is left aside. A count that would no longer ask for anything (at least
    none, at most fewer than none) is not moved that way.
    """
    judged = judge(grid, baselines)
    before = assign_many(policy, judged, fixed)
    moves = [
        _compare(policy, move, before, assign_many(policy, judge_again, fixed))
        for move, judge_again in _judge_again(grid, baselines)
    ]
    moves += [
        _compare(policy, move, before, assign_many(altered, judged, fixed)) for move, altered in _alter_clauses(policy)
    ]
    return tuple(moves)


def _compare(policy: Policy, move: ThresholdMove, before: np.ndarray, after: np.ndarray) -> ThresholdMove:
    tiered = len(list_outcomes(policy)) - 1  # the last place is insufficient evidence
    both = (before < tiered) & (after < tiered)
    return replace(
        move,
        changed=int((before != after).sum()),
        more=int((both & (after > before)).sum()),
        less=int((both & (after < before)).sum()),
    )


def _judge_again(grid: Grid, baselines: Sequence[Baselines]) -> Iterator[tuple[ThresholdMove, Judged]]:
    for sign in (-1, 1):
        rate = FALSE_DISCOVERY_RATE * (1 + sign * _TENTH)
        move = ThresholdMove(
            "False-discovery rate", f"{100 * FALSE_DISCOVERY_RATE:g}%", f"{100 * rate:g}%", whole=False
        )
        yield move, judge(grid, baselines, false_discovery_rate=rate)
    used = ~np.isnan(grid.value).all(axis=(0, 2))
    for place in np.flatnonzero(used).tolist():
        least = grid.indicators[place].minimum_difference
        if least is None:
            continue
        for sign in (-1, 1):
            after = least * (1 + sign * _TENTH)
            move = ThresholdMove(
                f"Least difference that counts: {grid.indicators[place].short_title}",
                f"{least:g}",
                f"{after:.3g}",
                whole=False,
            )
            yield move, judge(_alter(grid, [place], minimum_difference=after), baselines)
    for field, words in (("minimum_pupils", "Least pupils to be rated"), ("minimum_years", "Least years to be rated")):
        for number in sorted({getattr(grid.indicators[place], field) for place in np.flatnonzero(used)}):
            places = [place for place, one in enumerate(grid.indicators) if getattr(one, field) == number]
            for after in (number - 1, number + 1):
                if after >= 1 and (field != "minimum_years" or after <= grid.value.shape[2]):
                    kinds = dict.fromkeys(METHODS[grid.indicators[place].method] for place in places)
                    move = ThresholdMove(f"{words}: {', '.join(kinds)}", str(number), str(after), whole=True)
                    yield move, judge(_alter(grid, places, **{field: after}), baselines)


def _alter(grid: Grid, places: Sequence[int], **thresholds: float) -> Grid:
    altered: list[Indicator] = list(grid.indicators)
    for place in places:
        altered[place] = altered[place].model_copy(update=thresholds)
    return replace(grid, indicators=tuple(altered))


def _alter_clauses(policy: Policy) -> Iterator[tuple[ThresholdMove, Policy]]:
    for position, clause in enumerate(policy.clauses):
        title = policy.outcome(clause.category).title
        for condition, count in clause.when.counts:
            for moved in filter(None, (_move_count(count, sign) for sign in (-1, 1))):
                when = clause.when.move_count(condition, count, moved)
                altered = [*policy.clauses]
                altered[position] = clause.model_copy(update={"when": when})
                words = _name_threshold(condition, count)
                move = ThresholdMove(words, count.words, moved.words, True, clause.name, title)
                yield move, policy.model_copy(update={"clauses": tuple(altered)})


def _move_count(count: Count, sign: int) -> Count | None:
    if count.at_least is not None:
        moved = count.at_least + sign
        return count.model_copy(update={"at_least": moved}) if moved >= 1 else None
    moved = (count.at_most or 0) + sign
    return count.model_copy(update={"at_most": moved}) if moved >= 0 else None


def _name_threshold(condition: Condition, count: Count) -> str:
    choice = f", {count.choice}" if count.choice else ""
    return f"{count.name_counted(condition.title)} against {name_comparator(count.against)}{choice}"
