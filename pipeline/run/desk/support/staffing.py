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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.edition.support import Person
from pipeline.edition.support.agreed import Assignments
from pipeline.policy.policy import Support
from pipeline.run.desk.support.demand import Demand
from pipeline.run.desk.support.dividing import divide, split_by_towns
from pipeline.run.desk.support.schools import SupportedSchool
from pipeline.run.desk.support.solving import Program, Wish

WISHES = ("demands met", "kept as agreed", "continuity", "subject", "phase", "distance", "balance")

_FEW = 2500  # choices up to which every way is looked at


@dataclass(frozen=True)
class Staffing:
    """Who does what. ``unmet`` are the demands for which there is nobody: no fewer could be left."""

    assigned: dict[tuple[int, str], str]
    unmet: tuple[Demand, ...]
    wishes: tuple[Wish, ...]
    moved: tuple[tuple[int, str], ...] = ()  # demands that another does than in the plan agreed before
    parts: int = 1  # into how many its schools were divided by towns; what is proven is so of each


@dataclass(frozen=True)
class _Choice:
    """One column: the demands, by number, that one person (by number) would do together at one school."""

    demands: tuple[int, ...]
    person: int
    whole: bool  # all demands of the school for the same roles


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
    found = []
    for some, who in divide(demands, people, support):
        found.append(_assign_part(some, who, left, schools, support, agreed or {}, last_year or {}))
    return _join(found)


def _assign_part(
    demands: Sequence[Demand],
    people: Sequence[Person],
    left: Mapping[str, Sequence[float]],
    schools: Mapping[int, SupportedSchool],
    support: Support,
    agreed: Assignments,
    last_year: Assignments,
) -> Staffing:
    """Give demands to people who share some of them. Thousands of schools are decided by towns, what was agreed and
    still may be being kept; what no part has days for is offered to everybody who has days left."""

    def solve(some: Sequence[Demand], who: Sequence[Person], days: Mapping[str, Sequence[float]]) -> Staffing:
        table = _Table(some, who, days, schools, support, agreed, last_year)
        return table.solve_whole() or table.solve_parted()

    if len(split_by_towns(demands, people, left, schools, support, last_year)) == 1:
        return solve(demands, people, left)
    kept, days = _keep_agreed(demands, people, left, support, agreed)
    others = [one for one in demands if one.place not in kept]
    parts = split_by_towns(others, people, days, schools, support, last_year) if others else []
    found = [solve(some, who, days) for some, who in parts if some]
    whole = _join(found)
    if whole.unmet:
        spare = _take_off(days, others, whole.assigned)
        again = solve(whole.unmet, people, spare)
        met = replace(whole, unmet=(), wishes=(Wish(WISHES[0], 0, 0), *whole.wishes[1:]))
        whole = _join([met, again])
    return replace(whole, assigned=dict(sorted({**whole.assigned, **kept}.items())), parts=len(parts))


def _keep_agreed(
    demands: Sequence[Demand],
    people: Sequence[Person],
    left: Mapping[str, Sequence[float]],
    support: Support,
    agreed: Assignments,
) -> tuple[dict[tuple[int, str], str], dict[str, tuple[float, ...]]]:
    """Of what was agreed, what still may be, the shortest first; and the days that people then have left."""
    by_name, days = {person.name: person for person in people}, {name: tuple(each) for name, each in left.items()}
    kept: dict[tuple[int, str], str] = {}
    for demand in sorted(demands, key=lambda one: (sum(one.days), one.place)):
        person = by_name.get(agreed.get(demand.place, ""))
        if person is None or person.find_bar(demand.urn, demand.roles, support):
            continue
        after = _subtract(days[person.name], demand.days)
        if min(after) >= -1e-9:
            kept[demand.place], days[person.name] = person.name, after
    return kept, days


def _take_off(
    left: Mapping[str, Sequence[float]], demands: Sequence[Demand], assigned: Assignments
) -> dict[str, tuple[float, ...]]:
    """The days that people have left once they do what they were assigned."""
    days = {name: tuple(each) for name, each in left.items()}
    for demand in demands:
        if name := assigned.get(demand.place):
            days[name] = _subtract(days[name], demand.days)
    return days


def _subtract(have: Sequence[float], need: Sequence[float]) -> tuple[float, ...]:
    return tuple(one - other for one, other in zip(have, need, strict=True))


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
        max((one.parts for one in found), default=1),
    )


class _Table:
    """The demands and people of one assignment, and the columns they give."""

    def __init__(
        self,
        demands: Sequence[Demand],
        people: Sequence[Person],
        left: Mapping[str, Sequence[float]],
        schools: Mapping[int, SupportedSchool],
        support: Support,
        agreed: Assignments,
        last_year: Assignments,
    ) -> None:
        self.demands, self.people, self.schools = demands, people, schools
        self.left = [tuple(left[person.name]) for person in people]
        self.agreed = agreed
        self.known = {(urn, name) for (urn, _), name in last_year.items()}
        self.returning = {urn for urn, _ in self.known}
        self.terms = len(demands[0].days)
        posts: dict[tuple[int, tuple[str, ...]], list[int]] = defaultdict(list)
        for number, demand in enumerate(demands):
            posts[demand.urn, tuple(sorted(demand.roles))].append(number)
        self.posts = [tuple(numbers) for numbers in posts.values()]
        self.post_of = {number: post for post in self.posts for number in post}
        self.may = {
            (post[0], who)
            for post in self.posts
            for who, person in enumerate(people)
            if not person.find_bar(demands[post[0]].urn, demands[post[0]].roles, support)
        }

    def solve_whole(self) -> Staffing | None:
        """The best staffing in which all of a post (a school's demands for the same roles) go to one person, and
        everything is met; None where there is none, or where parting a post might keep it closer to what was agreed."""
        choices = list(self._list_choices(frozenset()))
        if len({choice.demands[0] for choice in choices}) < len(self.posts):
            return None
        program, costs = self._write(choices, frozenset(), leave=False), self._cost(choices)
        wishes = []
        for name in WISHES:
            cost = self._spread(name, costs, program, len(choices), frozenset())
            least = 2.0 * len(self.posts) if name == "continuity" else 0.0
            wish = program.settle(name, cost, least, whole=name != "balance")
            if wish is None or (name == "kept as agreed" and wish.cost > 0):
                return None
            wishes.append(wish)
        return self._read(choices, program.chosen, tuple(wishes))

    def solve_parted(self) -> Staffing:
        """The best staffing in which demands of a post may go to several people, and may be left.

        Where demands and people are many, posts that come out whole when shares of a person are as good as whole ones
        are left so, and the rest are settled in whole numbers; what the shares come to says how far that is proven.
        """
        everything = frozenset(range(len(self.posts)))
        choices, parted = list(self._list_choices(everything)), everything
        loose = None
        if len(choices) > _FEW:
            loose = (self._write(choices, everything, leave=True), choices, self._cost(choices))
            choices, parted = self._keep_whole(choices)
        program, costs = self._write(choices, parted, leave=True), self._cost(choices)
        wishes = []
        for name in WISHES:
            cost, whole, bound = self._spread(name, costs, program, len(choices), parted), name != "balance", 0.0
            if loose:
                shares, every, costs_of_every = loose
                cost_of_shares = self._spread(name, costs_of_every, shares, len(every), everything)
                bound = shares.find_bound(cost_of_shares, whole=whole)
            if loose and name == "balance":  # of many, evened out no further: what it comes to is said
                reached = self._find_share(choices, program.chosen)
                wishes.append(Wish(name, reached, min(bound, reached)))
                continue
            wish = program.settle(name, cost, bound, whole=whole, must=loose is None and name == "demands met")
            assert wish is not None  # all may be left
            if loose:
                shares.keep(cost_of_shares, wish.cost, whole=whole)
                wish = Wish(name, wish.cost, min(bound, wish.cost))
            wishes.append(wish)
        return self._read(choices, program.chosen, tuple(wishes))

    def _keep_whole(self, choices: list[_Choice]) -> tuple[list[_Choice], frozenset[int]]:
        """Of ``choices``, those to be decided in whole numbers: one for what comes out whole where shares are allowed,
        all for posts that do not; and the posts that one person does not do whole."""
        everything = frozenset(range(len(self.posts)))
        program, costs = self._write(choices, everything, leave=True), self._cost(choices)
        program.relaxed = True
        for name in WISHES[:-1]:
            program.settle(name, self._spread(name, costs, program, len(choices), everything))
        kept = [one for one, share in zip(choices, program.chosen, strict=False) if share > 1 - 1e-6]
        done = {number for choice in kept for number in choice.demands}
        settled = {post for post in self.posts if done.issuperset(post)}
        one_for_all = {choice.demands for choice in kept}
        parted = frozenset(number for number, post in enumerate(self.posts) if post not in one_for_all)
        free = [choice for choice in choices if self._find_post(choice) not in settled]
        return [*(choice for choice in kept if self._find_post(choice) in settled), *free], parted

    def _find_share(self, choices: Sequence[_Choice], chosen: np.ndarray) -> float:
        """The largest share of anybody's days that is taken."""
        taken = [0.0] * len(self.people)
        for column in np.flatnonzero(chosen[: len(choices)] > 0.5).tolist():
            taken[choices[column].person] += sum(self._sum_days(choices[column].demands))
        return max(days / sum(given) if sum(given) else 0.0 for days, given in zip(taken, self.left, strict=True))

    def _find_post(self, choice: _Choice) -> tuple[int, ...]:
        return self.post_of[choice.demands[0]]

    def _spread(
        self, name: str, costs: Mapping[str, np.ndarray], program: Program, choices: int, parted: frozenset[int]
    ) -> np.ndarray:
        """What each column of a program costs by one wish."""
        cost = np.zeros(program.size)
        if name == "demands met":
            return self._cost_left(program, choices, parted)
        if name == "balance":
            cost[-1] = 1
        else:
            cost[:choices] = costs[name]
        return cost

    def _cost_left(self, program: Program, choices: int, parted: frozenset[int]) -> np.ndarray:
        """How many demands each column leaves."""
        cost = np.zeros(program.size)
        if program.size > choices + 1:
            cost[choices:-1] = [len(group) for group in self._list_groups(parted)]
        return cost

    def _list_groups(self, parted: frozenset[int]) -> list[tuple[int, ...]]:
        """The demands that are met or left together."""
        groups: list[tuple[int, ...]] = []
        for number, post in enumerate(self.posts):
            groups += [(one,) for one in post] if number in parted else [post]
        return groups

    def _list_choices(self, parted: frozenset[int]) -> Iterable[_Choice]:
        for place, post in enumerate(self.posts):
            parts = [(post, True)]
            if place in parted and len(post) > 1:
                parts += [((number,), False) for number in post]
            for numbers, whole in parts:
                days = self._sum_days(numbers)
                for who in range(len(self.people)):
                    fits = all(need <= have + 1e-9 for need, have in zip(days, self.left[who], strict=True))
                    if fits and (post[0], who) in self.may:
                        yield _Choice(numbers, who, whole)

    def _sum_days(self, numbers: Iterable[int]) -> tuple[float, ...]:
        return tuple(map(sum, zip(*(self.demands[number].days for number in numbers), strict=True)))

    def _write(self, choices: Sequence[_Choice], parted: frozenset[int], *, leave: bool) -> Program:
        """Rows: each demand is done once, or left where it may be; nobody's days are exceeded; no share of days above
        the largest, which is the last column."""
        groups = self._list_groups(parted)
        place = {number: row for row, group in enumerate(groups) for number in group}
        spare = len(groups) if leave else 0
        program = Program(len(choices) + spare + 1, whole=len(choices) + spare)
        done: list[list[tuple[int, float]]] = [[] for _ in groups]
        days: dict[tuple[int, int], list[tuple[int, float]]] = defaultdict(list)
        shares: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for column, choice in enumerate(choices):
            for row in {place[number] for number in choice.demands}:
                done[row].append((column, 1.0))
            needed = self._sum_days(choice.demands)
            for term, amount in enumerate(needed):
                if amount:
                    days[choice.person, term].append((column, amount))
            if given := sum(self.left[choice.person]):
                shares[choice.person].append((column, sum(needed) / given))
        for row, entries in enumerate(done):
            program.add(entries + ([(len(choices) + row, 1.0)] if leave else []), 1.0, 1.0)
        for (who, term), entries in sorted(days.items()):
            program.add(entries, -np.inf, self.left[who][term] + 1e-9)
        for _, entries in sorted(shares.items()):
            program.add([*entries, (program.size - 1, -1.0)], -np.inf, 0.0)
        return program

    def _cost(self, choices: Sequence[_Choice]) -> dict[str, np.ndarray]:
        """By wish, what each choice costs, in whole numbers."""
        from pipeline.analysis.indicators import load_subjects

        subjects = set(load_subjects())
        rows = [self._cost_one(choice, subjects) for choice in choices]
        names = ("kept as agreed", "continuity", "subject", "phase", "distance")
        return dict(zip(names, np.array(rows, dtype=float).reshape(-1, len(names)).T, strict=True))

    def _cost_one(self, choice: _Choice, subjects: set[str]) -> tuple[int, ...]:
        person, demands = self.people[choice.person], [self.demands[number] for number in choice.demands]
        school = self.schools[demands[0].urn]
        moved = sum(self.agreed.get(one.place, person.name) != person.name for one in demands)
        stranger = school.urn in self.returning and (school.urn, person.name) not in self.known
        areas = {area for one in demands for area in one.areas if area in subjects}
        # two for each person who comes: parting a school's demands is worse than one new face
        return (
            moved,
            2 + stranger,
            len(areas - set(person.subjects)),
            int(bool(person.phases) and school.phase not in person.phases),
            int(not works_nearby(person, school, self.schools)),
        )

    def _read(self, choices: Sequence[_Choice], chosen: np.ndarray, wishes: tuple[Wish, ...]) -> Staffing:
        taken = [choices[column] for column in np.flatnonzero(chosen[: len(choices)] > 0.5).tolist()]
        found = {
            self.demands[number].place: self.people[choice.person].name for choice in taken for number in choice.demands
        }
        assigned = dict(sorted(found.items()))
        unmet = tuple(demand for demand in self.demands if demand.place not in assigned)
        moved = tuple(place for place, name in assigned.items() if self.agreed.get(place, name) != name)
        return Staffing(assigned, unmet, wishes, moved)


def works_nearby(person: Person, school: SupportedSchool, schools: Mapping[int, SupportedSchool]) -> bool:
    """Whether a person works from the school's own town; not, where no file says from where."""
    own = schools.get(person.school or 0)
    home = own.town if own else person.place
    return bool(home) and home.casefold() == school.town.casefold()
