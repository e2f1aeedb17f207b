"""Who does what: each demand for support given to one person, by rules that always hold and wishes in a stated order.

The rules: nobody gives more days in a term than they have; nobody works where a conflict is noted or at their own
school; a role is one that the policy names for the activity; where the policy asks for somebody serving, they are.

The wishes, each only as far as those before it leave a choice:

1. as many demands as can be are met;
2. as few as can be move away from the person of the plan agreed before;
3. one person does all at a school that is for the same roles, and last year's comes again;
4. the person leads the subjects that the support is about;
5. the person knows the school's phase;
6. the person works from the school's own town;
7. the busiest person has as small a share of their days taken as can be.

Demands are sorted by URN and people by name, so that the order of rows changes nothing. The solver is stopped by a
number of nodes, never by a clock: the same input gives the same plan on every machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.edition.support import Person
from pipeline.edition.support.agreed import Assignments
from pipeline.policy.policy import Support
from pipeline.run.desk.support.assigning.bounding import find_bounds
from pipeline.run.desk.support.assigning.dividing import divide
from pipeline.run.desk.support.assigning.improving import improve
from pipeline.run.desk.support.assigning.solving import Program, Wish
from pipeline.run.desk.support.assigning.table import WISHES, Choice, Table
from pipeline.run.desk.support.demand import Demand
from pipeline.run.desk.support.schools import SupportedSchool

_MANY = 20_000  # schools times people, from which on exchanges alone find who does what
_FEW = 4000  # choices up to which every way is looked at
_STEP = 10.0  # how much more each wish weighs than the next, where a first look is taken at all of them together


@dataclass(frozen=True)
class Staffing:
    """Who does what. ``unmet`` are the demands for which there is nobody: no fewer could be left."""

    assigned: dict[tuple[int, str], str]
    unmet: tuple[Demand, ...]
    wishes: tuple[Wish, ...]
    moved: tuple[tuple[int, str], ...] = ()  # demands that another does than in the plan agreed before


def assign_people(
    demands: Sequence[Demand],
    people: Sequence[Person],
    left: Mapping[str, Sequence[float]],
    schools: Mapping[int, SupportedSchool],
    support: Support,
    *,
    agreed: Assignments | None = None,
    last_year: Assignments | None = None,
) -> Staffing:
    """Give each demand to one of ``people``, who have the days of ``left`` in each term.

    ``agreed`` is the plan that people work by already, ``last_year`` the one of the year before.
    """
    demands = sorted(demands, key=lambda one: one.place)
    people = sorted(people, key=lambda one: one.name)
    if not demands:
        return Staffing({}, (), tuple(Wish(name, 0, 0) for name in WISHES))
    return _join(
        [
            _assign(Table(some, who, left, schools, support, agreed or {}, last_year or {}))
            for some, who in divide(demands, people, support)
        ]
    )


def _assign(table: Table) -> Staffing:
    """Give demands to people who share some of them. Of thousands of schools, what was agreed and still may be is kept,
    all else goes to whoever has the days, and exchanges improve it."""
    if len({demand.urn for demand in table.demands}) * len(table.people) > _MANY:
        return _prove(table, _keep_agreed(table))
    found = _solve(table)
    return _tell(table, found.assigned, found.bounds) if found.bounds else _prove(table, found.assigned)


def _prove(table: Table, assigned: Assignments) -> Staffing:
    """Improve an assignment that is not known to be the best, and say how near it is."""
    better = improve(table, assigned)
    return _tell(table, better, find_bounds(table, table.count(better)))


def _tell(table: Table, assigned: Assignments, bounds: Mapping[str, float]) -> Staffing:
    """What an assignment comes to, beside what each wish never lies below."""
    wishes = tuple(Wish(name, cost, min(bounds[name], cost)) for name, cost in table.count(assigned).items())
    unmet = tuple(demand for demand in table.demands if demand.place not in assigned)
    assigned = dict(sorted(assigned.items()))
    moved = tuple(place for place, name in assigned.items() if table.agreed.get(place, name) != name)
    return Staffing(assigned, unmet, wishes, moved)


def _keep_agreed(table: Table) -> dict[tuple[int, str], str]:
    """Of what was agreed, what still may be, the shortest first."""
    by_name = {person.name: person for person in table.people}
    days = dict(zip(by_name, table.left, strict=True))
    kept: dict[tuple[int, str], str] = {}
    for demand in sorted(table.demands, key=lambda one: (sum(one.days), one.place)):
        person = by_name.get(table.agreed.get(demand.place, ""))
        if person is None or person.find_bar(demand.urn, demand.roles, table.support):
            continue
        after = tuple(have - need for have, need in zip(days[person.name], demand.days, strict=True))
        if min(after) >= -1e-9:
            kept[demand.place], days[person.name] = person.name, after
    return kept


def _join(found: Sequence[Staffing]) -> Staffing:
    wishes = []
    for place, name in enumerate(WISHES):
        each = [one.wishes[place] for one in found]
        costs, bounds = [one.cost for one in each], [one.bound for one in each]
        if name == "balance":
            wishes.append(Wish(name, max(costs, default=0.0), max(bounds, default=0.0)))
        else:
            wishes.append(Wish(name, sum(costs), sum(bounds)))
    assigned = {place: who for one in found for place, who in one.assigned.items()}
    return Staffing(
        dict(sorted(assigned.items())),
        tuple(sorted((demand for one in found for demand in one.unmet), key=lambda demand: demand.place)),
        tuple(wishes),
        tuple(sorted(place for one in found for place in one.moved)),
    )


@dataclass(frozen=True)
class _Solved:
    """Who does what, and what each wish never lies below; without bounds where shares were looked at first."""

    assigned: dict[tuple[int, str], str]
    bounds: dict[str, float] = field(default_factory=dict)


def _solve(table: Table) -> _Solved:
    return (None if table.is_short() else _solve_whole(table)) or _solve_parted(table)


def _solve_whole(table: Table) -> _Solved | None:
    """The best staffing in which all of a post go to one person, and everything is met; None where there is none, or
    where parting a post might keep it closer to what was agreed."""
    choices = list(table.list_choices(frozenset()))
    if len({choice.demands[0] for choice in choices}) < len(table.posts):
        return None
    program, costs = _write(table, choices, frozenset(), leave=False), table.cost(choices)
    bounds = {}
    for name in WISHES:
        cost = _spread(table, name, costs, program, len(choices), frozenset())
        least = 2.0 * len(table.posts) if name == "continuity" else 0.0
        wish = program.settle(name, cost, least, whole=name != "balance")
        if wish is None or (name == "kept as agreed" and wish.cost > 0):
            return None
        bounds[name] = wish.bound
    return _Solved(_read(table, choices, program.chosen), bounds)


def _solve_parted(table: Table) -> _Solved:
    """The best staffing in which demands of a post may go to several people, and may be left.

    Where demands and people are many, posts that come out whole when shares of a person are as good as whole ones are
    left so, and the rest are settled in whole numbers by the first three wishes; exchanges then improve it by all.
    """
    parted = frozenset(range(len(table.posts)))
    choices, many = list(table.list_choices(parted)), False
    if len(choices) > _FEW:
        many = True
        choices, parted = _keep_whole(table, choices)
    program, costs = _write(table, choices, parted, leave=True), table.cost(choices)
    bounds = {}
    for name in WISHES[:3] if many else WISHES:
        cost = _spread(table, name, costs, program, len(choices), parted)
        wish = program.settle(name, cost, whole=name != "balance", must=not many and name == "demands met")
        assert wish is not None  # all may be left
        bounds[name] = wish.bound
    return _Solved(_read(table, choices, program.chosen), {} if many else bounds)


def _keep_whole(table: Table, choices: list[Choice]) -> tuple[list[Choice], frozenset[int]]:
    """Of ``choices``, those to be decided in whole numbers: one for what comes out whole where shares are allowed,
    everybody for what is left whole by itself, all for posts that come out in shares; and the posts that one person
    does not do whole."""
    everything = frozenset(range(len(table.posts)))
    program, costs = _write(table, choices, everything, leave=True), table.cost(choices)
    program.relaxed = True
    weighed = np.zeros(program.size)
    for name in WISHES[:-1]:
        weighed = weighed * _STEP + _spread(table, name, costs, program, len(choices), everything)
    program.settle("all together", weighed, whole=False)
    kept = [one for one, share in zip(choices, program.chosen, strict=False) if share > 1 - 1e-6]
    done = {number for choice in kept for number in choice.demands}
    left = _list_left(table, program, everything)
    settled = {post for post in table.posts if (done | left).issuperset(post)}
    one_for_all = {choice.demands for choice in kept}
    parted = frozenset(number for number, post in enumerate(table.posts) if post not in one_for_all)
    taken, alone = set(kept), {(number,) for number in left}

    def is_open(one: Choice) -> bool:
        return one in taken or one.demands in alone or table.post_of[one.demands[0]] not in settled

    return [one for one in choices if is_open(one)], parted


def _list_left(table: Table, program: Program, parted: frozenset[int]) -> set[int]:
    """The demands that are left whole."""
    groups = _list_groups(table, parted)
    shares = program.chosen[-1 - len(groups) : -1].tolist()
    return {number for group, share in zip(groups, shares, strict=True) if share > 1 - 1e-6 for number in group}


def _spread(
    table: Table, name: str, costs: Mapping[str, np.ndarray], program: Program, choices: int, parted: frozenset[int]
) -> np.ndarray:
    """What each column of a program costs by one wish."""
    cost = np.zeros(program.size)
    if name == "balance":
        cost[-1] = 1
    elif name != "demands met":
        cost[:choices] = costs[name]
    elif program.size > choices + 1:  # some may be left
        cost[choices:-1] = [len(group) for group in _list_groups(table, parted)]
    return cost


def _list_groups(table: Table, parted: frozenset[int]) -> list[tuple[int, ...]]:
    """The demands that are met or left together."""
    groups: list[tuple[int, ...]] = []
    for place, post in enumerate(table.posts):
        groups += [(one,) for one in post] if place in parted else [post]
    return groups


def _write(table: Table, choices: Sequence[Choice], parted: frozenset[int], *, leave: bool) -> Program:
    """Rows: each demand is done once, or left where it may be; nobody's days are exceeded; no share of days above
    the largest, which is the last column."""
    groups = _list_groups(table, parted)
    place = {number: row for row, group in enumerate(groups) for number in group}
    spare = len(groups) if leave else 0
    program = Program(len(choices) + spare + 1, whole=len(choices) + spare)
    done: list[list[tuple[int, float]]] = [[] for _ in groups]
    days: dict[tuple[int, int], list[tuple[int, float]]] = defaultdict(list)
    shares: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for column, choice in enumerate(choices):
        for row in {place[number] for number in choice.demands}:
            done[row].append((column, 1.0))
        needed = table.sum_days(choice.demands)
        for term, amount in enumerate(needed):
            if amount:
                days[choice.person, term].append((column, amount))
        if given := sum(table.left[choice.person]):
            shares[choice.person].append((column, sum(needed) / given))
    for row, entries in enumerate(done):
        program.add(entries + ([(len(choices) + row, 1.0)] if leave else []), 1.0, 1.0)
    for (who, term), entries in sorted(days.items()):
        program.add(entries, -np.inf, table.left[who][term] + 1e-9)
    for _, entries in sorted(shares.items()):
        program.add([*entries, (program.size - 1, -1.0)], -np.inf, 0.0)
    return program


def _read(table: Table, choices: Sequence[Choice], chosen: np.ndarray) -> dict[tuple[int, str], str]:
    taken = [choices[column] for column in np.flatnonzero(chosen[: len(choices)] > 0.5).tolist()]
    found = {
        table.demands[number].place: table.people[choice.person].name for choice in taken for number in choice.demands
    }
    return dict(sorted(found.items()))
