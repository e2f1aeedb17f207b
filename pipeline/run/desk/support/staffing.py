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
from dataclasses import dataclass

import numpy as np

from pipeline.edition.support import Person
from pipeline.policy.policy import Support
from pipeline.run.desk.support.demand import Demand
from pipeline.run.desk.support.schools import SupportedSchool
from pipeline.run.desk.support.solving import Program, Wish

WISHES = ("demands met", "kept as agreed", "continuity", "subject", "phase", "distance", "balance")

#: Who does a demand, by its place (URN and activity).
Assignments = Mapping[tuple[int, str], str]


@dataclass(frozen=True)
class Staffing:
    """Who does what. ``unmet`` are the demands for which there is nobody: no fewer could be left."""

    assigned: dict[tuple[int, str], str]
    unmet: tuple[Demand, ...]
    wishes: tuple[Wish, ...]
    moved: tuple[tuple[int, str], ...] = ()  # demands that another does than in the plan agreed before


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
    table = _Table(demands, people, left, schools, support, agreed or {}, last_year or {})
    found = table.solve(apart=False) or table.solve(apart=True)
    assert found is not None  # whatever cannot be met may be left
    return found


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
        self.may = {
            (post[0], who)
            for post in self.posts
            for who, person in enumerate(people)
            if not person.find_bar(demands[post[0]].urn, demands[post[0]].roles, support)
        }

    def solve(self, *, apart: bool) -> Staffing | None:
        """The best staffing in which each person does all of a school's demands for the same roles, and every demand
        is met; None where there is none, or one with demands apart might be kept closer to what was agreed. Where
        ``apart``, demands may be parted among people, and left."""
        choices = list(self._list_choices(apart=apart))
        if not apart and {post[0] for post in self.posts} - {choice.demands[0] for choice in choices}:
            return None
        program = self._write(choices, apart=apart)
        costs = self._cost(choices)
        wishes = []
        for name in WISHES:
            cost = np.zeros(program.size)
            if name == "demands met":
                cost[len(choices) : program.size - 1] = 1
            elif name == "balance":
                cost[-1] = 1
            else:
                cost[: len(choices)] = costs[name]
            least = 2.0 * len(self.posts) if name == "continuity" and not apart else 0.0
            wish = program.settle(name, cost, least, whole=name != "balance", must=name == "demands met")
            if wish is None or (not apart and name == "kept as agreed" and wish.cost > 0):
                return None
            wishes.append(wish)
        return self._read(choices, program.chosen, tuple(wishes))

    def _list_choices(self, *, apart: bool) -> Iterable[_Choice]:
        for post in self.posts:
            parts = [(post, True)]
            if apart and len(post) > 1:
                parts += [((number,), False) for number in post]
            for numbers, whole in parts:
                days = self._sum_days(numbers)
                for who in range(len(self.people)):
                    fits = all(need <= have + 1e-9 for need, have in zip(days, self.left[who], strict=True))
                    if fits and (post[0], who) in self.may:
                        yield _Choice(numbers, who, whole)

    def _sum_days(self, numbers: Iterable[int]) -> tuple[float, ...]:
        return tuple(map(sum, zip(*(self.demands[number].days for number in numbers), strict=True)))

    def _write(self, choices: Sequence[_Choice], *, apart: bool) -> Program:
        """Rows: each demand is done once, or left where it may be; nobody's days are exceeded; no share of days above
        the largest, which is the last column."""
        groups = [(number,) for post in self.posts for number in post] if apart else self.posts
        place = {number: row for row, group in enumerate(groups) for number in group}
        spare = len(groups) if apart else 0
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
            program.add(entries + ([(len(choices) + row, 1.0)] if apart else []), 1.0, 1.0)
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
            self.demands[number].place: self.people[choice.person].name
            for choice in taken
            for number in choice.demands
        }
        assigned = dict(sorted(found.items()))
        unmet = tuple(demand for demand in self.demands if demand.place not in assigned)
        moved = tuple(place for place, name in assigned.items() if self.agreed.get(place, name) != name)
        return Staffing(assigned, unmet, wishes, moved)


def works_nearby(person: Person, school: SupportedSchool, schools: Mapping[int, SupportedSchool]) -> bool:
    """Whether a person works from the school's own town; not, where no file says from where."""
    home = schools[person.school].town if person.school in schools else person.place
    return bool(home) and home.casefold() == school.town.casefold()
