"""How small each wish could be at best: people of a kind taken together, shares of one as good as whole ones.

What is left out can only make a wish smaller: that days are those of one person, conflicts, and the wishes between the
first two and the one asked about. So what is found is never more than any plan could reach.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.run.desk.support.assigning.table import WISHES, Choice, Table, find_home, list_parts

_MET, _KEPT, _SAME = WISHES[:3]
_BALANCE = WISHES[-1]


def find_bounds(table: Table, reached: Mapping[str, float]) -> dict[str, float]:
    """By wish, what it never lies below, where those before it come to no more than what was ``reached``."""
    bounds = {_MET: _find_least(table, _MET, {})}
    bounds[_KEPT] = max(_count_forced(table) - reached[_MET], 0.0)
    bounds[_SAME] = _find_least(table, _SAME, {_MET: reached[_MET]})
    for name in WISHES[3:-1]:
        bounds[name] = _find_least(table, name, {one: reached[one] for one in (_MET, _SAME)})
    bounds[_BALANCE] = _find_share(table, int(reached[_MET]))
    return bounds


def _count_forced(table: Table) -> int:
    """How many demands nobody can do whom the agreed plan has for them: who may not, or has not the days for all."""
    numbers = {person.name: number for number, person in enumerate(table.people)}
    forced, theirs = 0, defaultdict(list)
    for demand in table.demands:
        name = table.agreed.get(demand.place)
        if name is None:
            continue
        if name not in numbers or table.people[numbers[name]].find_bar(demand.urn, demand.roles, table.support):
            forced += 1
        else:
            theirs[numbers[name]].append(demand.days)
    for who, days in theirs.items():
        terms = zip(zip(*days, strict=True), table.left[who], strict=True)
        forced += max(_count_beyond(sorted(needed), have) for needed, have in terms)
    return forced


def _count_beyond(days: list[float], have: float) -> int:
    """How many of ``days``, in growing order, have no room where the shortest are taken first."""
    return int(np.sum(np.cumsum(days) > have + 1e-6))


def _find_share(table: Table, unmet: int) -> float:
    """The share of everybody's days that is taken where the longest demands are left."""
    days = sorted(sum(demand.days) for demand in table.demands)
    given = float(np.sum(table.left))
    return sum(days[: len(days) - unmet]) / given if given else 0.0


@dataclass(frozen=True)
class _PostKind:
    """Posts that are alike for a wish: one of them stands for all ``times``."""

    post: tuple[int, ...]
    kinds: tuple[Hashable, ...]  # of each demand of the post
    times: int


@dataclass(frozen=True)
class _PersonKind:
    """People who are alike for a wish: one of them stands for ``who``."""

    person: int
    who: tuple[int, ...]


def _find_least(table: Table, wish: str, kept: Mapping[str, float]) -> float:
    """The least that ``wish`` comes to by shares, ``kept`` wishes being no more than they are; a whole number."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    posts, people = list(_sort_posts(table, wish)), _sort_people(table, wish)
    most: list[float] = []
    costs: dict[str, list[float]] = {name: [] for name in {wish, *kept}}
    done: dict[tuple[int, Hashable], int] = {}  # row of each kind of demand of each kind of post
    times: list[float] = []
    equal: list[tuple[int, int, float]] = []
    days: list[tuple[int, int, float]] = []

    def add(column_costs: Mapping[str, float], top: float) -> int:
        most.append(top)
        for name, listed in costs.items():
            listed.append(column_costs.get(name, 0.0))
        return len(most) - 1

    terms = len(table.demands[0].days)
    for place, kind in enumerate(posts):
        held = Counter(kind.kinds)
        for demand, times_in_post in held.items():
            row = done[place, demand] = len(times)
            times.append(float(kind.times * times_in_post))
            equal.append((row, add({_MET: 1.0}, times[-1]), 1.0))
        serving = table.serving[table.find_roles(kind.post)]
        of_number = dict(zip(kind.post, kind.kinds, strict=True))
        seen = set()
        for part in list_parts(kind.post) if wish != _MET else itertools.combinations(kind.post, 1):
            counted = tuple(sorted(Counter(of_number[number] for number in part).items(), key=repr))
            if counted in seen:
                continue
            seen.add(counted)
            most_often = float(kind.times * min(held[demand] // often for demand, often in counted))
            needed = table.sum_days(part)
            for number, group in enumerate(people):
                if not serving.issuperset(group.who) or not any(_fits(needed, table.left[who]) for who in group.who):
                    continue
                between = dict(zip(WISHES[1:-1], table.cost_one(Choice(part, group.person)), strict=True))
                column = add({**between, _SAME: 2.0}, most_often)
                equal += [(done[place, demand], column, float(often)) for demand, often in counted]
                days += [(number * terms + term, column, need) for term, need in enumerate(needed) if need]
    have = [sum(table.left[who][term] for who in group.who) for group in people for term in range(terms)]
    limits = [
        (len(have) + row, column, cost)
        for row, name in enumerate(kept)
        for column, cost in enumerate(costs[name])
        if cost
    ]
    size = len(most)

    def build(entries: list[tuple[int, int, float]], rows: int) -> coo_array:
        at, columns, weights = zip(*entries, strict=True) if entries else ((), (), ())
        return coo_array((weights, (at, columns)), shape=(rows, size)).tocsr()

    found = linprog(
        costs[wish],
        A_ub=build([*days, *limits], len(have) + len(kept)),
        b_ub=[*have, *(most_kept + 0.5 for most_kept in kept.values())],
        A_eq=build(equal, len(times)),
        b_eq=times,
        bounds=np.column_stack([np.zeros(size), most]),
        method="highs",
    )
    return float(np.ceil(found.fun - 1e-6)) if found.status == 0 else 0.0


def _fits(needed: tuple[float, ...], have: tuple[float, ...]) -> bool:
    return all(need <= days + 1e-9 for need, days in zip(needed, have, strict=True))


def _sort_posts(table: Table, wish: str) -> Iterator[_PostKind]:
    """The posts by what the wish sees of them: days, and areas, phase or town."""
    found: dict[Hashable, list[tuple[int, ...]]] = defaultdict(list)
    kinds: dict[Hashable, tuple[Hashable, ...]] = {}
    for post in table.posts:
        demands = [table.demands[number] for number in post]
        school = table.schools[demands[0].urn]
        trait = {"phase": school.phase, "distance": school.town.casefold()}.get(wish, "")
        each = tuple(
            (tuple(round(days, 6) for days in one.days), tuple(sorted(one.areas)) if wish == "subject" else ())
            for one in demands
        )
        alike = (table.find_roles(post), trait, tuple(sorted(each)))
        found[alike].append(post)
        kinds.setdefault(alike, each)
    for key, posts in found.items():
        yield _PostKind(posts[0], kinds[key], len(posts))


def _sort_people(table: Table, wish: str) -> list[_PersonKind]:
    """The people by what the wish sees of them: which roles they serve in, and subjects, phases or home."""
    found: dict[Hashable, list[int]] = defaultdict(list)
    for who, person in enumerate(table.people):
        serves = tuple(roles for roles, serving in table.serving.items() if who in serving)
        traits: dict[str, Hashable] = {
            "subject": frozenset(person.subjects),
            "phase": frozenset(person.phases),
            "distance": find_home(person, table.schools),
        }
        found[serves, traits.get(wish)].append(who)
    return [_PersonKind(who[0], tuple(who)) for who in found.values()]
