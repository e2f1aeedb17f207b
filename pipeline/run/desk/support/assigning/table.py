"""The demands and people of one assignment: what one person may do together at a school, and what it costs."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.edition.support import Person
from pipeline.edition.support.agreed import Assignments
from pipeline.policy.policy import Support
from pipeline.run.desk.support.demand import Demand
from pipeline.run.desk.support.schools import SupportedSchool

WISHES = ("demands met", "kept as agreed", "continuity", "subject", "phase", "distance", "balance")

_EVERY_WAY = 6  # demands of a post up to which it may be parted in every way
_ENOUGH = 1e-9


@dataclass(frozen=True)
class Choice:
    """One column: the demands, by number, that one person (by number) would do together at one school."""

    demands: tuple[int, ...]
    person: int


class Table:
    """Demands, sorted by school and activity; people, sorted by name; and the days that each has left in each term.

    A post is what one school needs of the same roles.
    """

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
        self.demands, self.people, self.schools, self.support = demands, people, schools, support
        self.left = [tuple(left[person.name]) for person in people]
        self.agreed, self.last_year = agreed, last_year
        self._known = {(urn, name) for (urn, _), name in last_year.items()}
        self._returning = {urn for urn, _ in self._known}
        posts: dict[tuple[int, tuple[str, ...]], list[int]] = defaultdict(list)
        for number, demand in enumerate(demands):
            posts[demand.urn, demand.roles_sorted].append(number)
        self.posts = [tuple(numbers) for numbers in posts.values()]
        self._rows: dict[Hashable, np.ndarray] = {}
        self.post_of = {number: post for post in self.posts for number in post}

    def find_roles(self, post: Sequence[int]) -> tuple[str, ...]:
        """The roles that a post is for, any of them."""
        return self.demands[post[0]].roles_sorted

    @cached_property
    def serving(self) -> dict[tuple[str, ...], frozenset[int]]:
        """Who may do what is for the same roles, at a school that is not their own and notes no conflict."""
        return {
            roles: frozenset(
                who for who, person in enumerate(self.people) if not person.find_bar(0, roles, self.support)
            )
            for roles in sorted({self.find_roles(post) for post in self.posts})
        }

    def list_choices(self, parted: frozenset[int]) -> Iterator[Choice]:
        """Every column: posts whole, and in parts too those whose place is in ``parted``."""
        for place, post in enumerate(self.posts):
            urn = self.demands[post[0]].urn
            may = [who for who in sorted(self.serving[self.find_roles(post)]) if not self._is_barred(who, urn)]
            for numbers in list_parts(post) if place in parted else [post]:
                days = self.sum_days(numbers)
                for who in may:
                    if all(need <= have + _ENOUGH for need, have in zip(days, self.left[who], strict=True)):
                        yield Choice(numbers, who)

    def _is_barred(self, who: int, urn: int) -> bool:
        person = self.people[who]
        return urn in person.conflicts or urn == person.school

    def sum_days(self, numbers: Iterable[int]) -> tuple[float, ...]:
        """The days in each term that demands come to."""
        return tuple(map(sum, zip(*(self.demands[number].days for number in numbers), strict=True)))

    def is_short(self) -> bool:
        """Whether what is for the same roles is more than those who may do it have days for: something must be left."""
        for roles, who in self.serving.items():
            need = np.sum([one.days for one in self.demands if one.roles_sorted == roles], axis=0)
            have = np.sum([self.left[each] for each in who], axis=0)
            if np.any(need > have + _ENOUGH):
                return True
        return False

    def cost(self, choices: Sequence[Choice]) -> dict[str, np.ndarray]:
        """By wish, what each choice costs, in whole numbers."""
        rows = [self.cost_one(choice) for choice in choices]
        names = WISHES[1:-1]
        return dict(zip(names, np.array(rows, dtype=float).reshape(-1, len(names)).T, strict=True))

    def cost_one(self, choice: Choice) -> tuple[int, ...]:
        """What a choice costs by each wish between the first and the last."""
        person, demands = self.people[choice.person], [self.demands[number] for number in choice.demands]
        school = self.schools[demands[0].urn]
        moved = sum(self.agreed.get(one.place, person.name) != person.name for one in demands)
        stranger = school.urn in self._returning and (school.urn, person.name) not in self._known
        areas = {area for one in demands for area in one.areas if area in self._subjects}
        # two for each person who comes: parting a school's demands is worse than one new face
        return (
            moved,
            2 + stranger,
            len(areas - set(person.subjects)),
            int(bool(person.phases) and school.phase not in person.phases),
            int(not works_nearby(person, school, self.schools)),
        )

    @cached_property
    def _subjects(self) -> frozenset[str]:
        from pipeline.analysis.indicators import load_subjects

        return frozenset(load_subjects())

    def cost_rows(self, done: Choice) -> np.ndarray:
        """What it costs by each wish but the first and the last if each person did it; infinite where one may not."""
        kind = self._kind_of(done)
        if kind not in self._rows:
            rows = np.array([self.cost_one(Choice(done.demands, who)) for who in range(len(self.people))], dtype=float)
            rows[[who not in self.serving[self.find_roles(done.demands)] for who in range(len(self.people))]] = np.inf
            self._rows[kind] = rows.T
        rows, urn = self._rows[kind], self.demands[done.demands[0]].urn
        barred = [who for who in range(len(self.people)) if self._is_barred(who, urn)]
        if barred:
            rows = rows.copy()
            rows[:, barred] = np.inf
        return rows

    def _kind_of(self, done: Choice) -> Hashable:
        """What people cost for it follows from: its roles, areas, phase and town; and who was there before."""
        demands = [self.demands[number] for number in done.demands]
        school = self.schools[demands[0].urn]
        areas = frozenset(area for one in demands for area in one.areas)
        known = school.urn if school.urn in self._returning or any(one.place in self.agreed for one in demands) else 0
        mine = done.demands if known else ()
        return self.find_roles(done.demands), areas, school.phase, school.town.casefold(), known, mine

    def list_done(self, assigned: Assignments) -> list[Choice]:
        """What each person does together at each school."""
        numbers = {person.name: number for number, person in enumerate(self.people)}
        together: dict[tuple[tuple[int, ...], int], list[int]] = defaultdict(list)
        for number, demand in enumerate(self.demands):
            if name := assigned.get(demand.place):
                together[self.post_of[number], numbers[name]].append(number)
        return [Choice(tuple(some), who) for (_, who), some in together.items()]

    def count(self, assigned: Assignments) -> dict[str, float]:
        """What an assignment comes to by each wish."""
        done = self.list_done(assigned)
        taken = np.zeros(len(self.people))
        for one in done:
            taken[one.person] += sum(self.sum_days(one.demands))
        costs = self.cost(done)
        given = np.array([sum(days) for days in self.left])
        shares = np.divide(taken, given, out=np.zeros(len(given)), where=given > 0)
        unmet = sum(demand.place not in assigned for demand in self.demands)
        between = {name: float(cost.sum()) for name, cost in costs.items()}
        return {WISHES[0]: float(unmet), **between, WISHES[-1]: float(shares.max(initial=0.0))}


def list_parts(post: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """What of a post one person might do: any of its demands where they are few; of many all, all but one, or one."""
    few = len(post) <= _EVERY_WAY
    for size in range(len(post), 0, -1):
        if few or size in (len(post), len(post) - 1, 1):
            yield from itertools.combinations(post, size)


def works_nearby(person: Person, school: SupportedSchool, schools: Mapping[int, SupportedSchool]) -> bool:
    """Whether a person works from the school's own town; not, where no file says from where."""
    home = find_home(person, schools)
    return bool(home) and home == school.town.casefold()


def find_home(person: Person, schools: Mapping[int, SupportedSchool]) -> str:
    """The town a person works from, in small letters: their own school's, or the one people.csv names."""
    own = schools.get(person.school or 0)
    return (own.town if own else person.place).casefold()
