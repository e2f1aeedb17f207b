"""Peer review: schools of one phase put together three and three, so that each reviews and is reviewed once.

Rules that always hold: no two between whom a conflict is noted, no three that were together last year, nobody twice;
what people settled stands. Then wishes, each only as far as those before it leave a choice:

1. as few schools as can be stay alone;
2. as few groups as can be are of four, and fewer still of two;
3. as few schools as can be are parted from those of the triads agreed before;
4. miles: each school's way to the others of its group, on average; two schools of which neither has a strength where
   the other has a gap count as lying some miles further apart, as the policy says.

Of few schools all groups are looked at. Of many, each school's groups with those that lie nearest to it are, and of
very many these by parts of the area: what the solver says of the best is then about these. Schools are sorted by URN
and the solver is stopped by nodes, never by a clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pipeline.edition.brokering import NO_PARTNERS, BrokeredSchool, Group, Partners, measure_distance
from pipeline.policy.policy import Triads as TriadRules
from pipeline.run.desk.support.assigning.solving import Program, Wish

WISHES = ("schools alone", "groups of another size", "parted from agreed ones", "miles")

_ALL = 15  # schools up to which every group is looked at
_NEAR = 8  # else: how many of the nearest each school's groups are made of
_SIZES = {2: 3, 3: 0, 4: 1}  # of a group, and how unwelcome it is: two groups of four are better than one of two
_TOGETHER = 300  # schools of a phase up to which they are looked at together, else in parts by where they lie
_EXACT = 400  # groups up to which the best is found and proven however long it takes
_TENTHS = 10  # of a mile: the solver counts whole numbers
#: By how much what a wish counts is divided to be told.
SCALES = {**dict.fromkeys(WISHES, 1), WISHES[-1]: _TENTHS}


@dataclass(frozen=True)
class ReviewGroup:
    """Schools that review each other, by URN. ``settled`` where people said so."""

    schools: tuple[BrokeredSchool, ...]
    settled: bool = False

    @property
    def urns(self) -> Group:
        return Group(school.urn for school in self.schools)


@dataclass(frozen=True)
class Triads:
    """Who reviews whom, by phase and the first school's URN; who stays alone; how far each wish came."""

    groups: tuple[ReviewGroup, ...]
    alone: tuple[BrokeredSchool, ...]
    wishes: tuple[Wish, ...]


def form_triads(
    schools: Collection[BrokeredSchool],
    rules: TriadRules,
    partners: Partners = NO_PARTNERS,
    *,
    last_year: Iterable[Group] = (),
    agreed: Iterable[Group] = (),
) -> Triads:
    """Put every school into one group, or leave it alone where no other can be found for it.

    ``last_year`` are groups of last year besides those of ``partners``, ``agreed`` those that people work by already.
    The order of ``schools`` changes nothing.
    """
    before, agreed = {*partners.last_triads, *last_year}, tuple(agreed)
    by_urn = {
        one.urn: one for one in sorted(schools, key=lambda one: one.urn) if one.urn not in partners.outside_triads
    }
    groups = [
        ReviewGroup(tuple(by_urn[urn] for urn in sorted(urns)), settled=True)
        for urns in sorted(partners.triads, key=sorted)
        if urns <= by_urn.keys()
    ]
    settled = Group().union(*(group.urns for group in groups))
    phases: dict[str, list[BrokeredSchool]] = defaultdict(list)
    for urn, school in by_urn.items():
        if urn not in settled:
            phases[school.phase].append(school)
    alone, wishes = list[BrokeredSchool](), []
    for phase in sorted(phases):
        for part in _divide(phases[phase], agreed):
            found = _Table(part, rules, partners.conflicts, before, agreed).solve()
            groups += found.groups
            alone += found.alone
            wishes.append(found.wishes)
    groups.sort(key=lambda group: (group.schools[0].phase, group.schools[0].urn))
    added = tuple(
        Wish(name, sum(one[place].cost for one in wishes), sum(one[place].bound for one in wishes))
        for place, name in enumerate(WISHES)
    )
    return Triads(tuple(groups), tuple(alone), added)


def _divide(schools: Sequence[BrokeredSchool], agreed: Collection[Group]) -> list[Sequence[BrokeredSchool]]:
    """Schools of one phase in parts of no more than a few: halves, and halves of these, by where they lie.

    A cut goes across the longer way, and through no triad agreed before; a multiple of three stands before it where
    one can.
    """
    if len(schools) <= _TOGETHER:
        return [schools]
    grids = {school.urn: school.place.grid or (0, 0) for school in schools}
    spans = [max(ends) - min(ends) for ends in zip(*grids.values(), strict=True)]
    way = spans.index(max(spans))
    first = {urn: min(group & grids.keys()) for group in agreed for urn in group & grids.keys()}
    ordered = sorted(schools, key=lambda one: (grids[(led := first.get(one.urn, one.urn))][way], led, one.urn))
    leads = [first.get(one.urn, one.urn) for one in ordered]
    half = len(ordered) // 2
    cuts = [place for place in range(1, len(ordered)) if leads[place - 1] != leads[place]]
    cut = min(cuts, key=lambda place: (abs(place - half) > half // 2, place % 3 > 0, abs(place - half)))
    urn = lambda one: one.urn  # noqa: E731
    return [part for half in (ordered[:cut], ordered[cut:]) for part in _divide(sorted(half, key=urn), agreed)]


class _Table:
    """Schools of one phase, by number, and the groups that they could form."""

    def __init__(
        self,
        schools: Sequence[BrokeredSchool],
        rules: TriadRules,
        conflicts: Collection[Group],
        before: Collection[Group],
        agreed: Collection[Group],
    ) -> None:
        self.schools = schools
        numbers = {school.urn: number for number, school in enumerate(schools)}
        self.before: dict[int, list[Group]] = defaultdict(list)  # each school's groups of last year
        for old in (Group(numbers[urn] for urn in group if urn in numbers) for group in before):
            for number in old:
                self.before[number].append(old)
        self.agreed = [Group(numbers[urn] for urn in group if urn in numbers) for group in agreed]
        self.partners = {number: group - {number} for group in self.agreed for number in group}
        self.miles = _measure(schools, rules.mixed_is_worth_miles)
        self.barred = np.zeros(self.miles.shape, dtype=bool)
        for one, other in (tuple(numbers[urn] for urn in pair) for pair in conflicts if pair <= numbers.keys()):
            self.barred[one, other] = self.barred[other, one] = True

    def solve(self) -> Triads:
        """The best grouping of those looked at: of twice as many of the nearest, where schools would stay alone."""
        if len(self.schools) <= _ALL:
            return self._solve_among(len(self.schools))
        found = self._solve_among(_NEAR)
        return self._solve_among(2 * _NEAR) if found.alone else found

    def _solve_among(self, near: int) -> Triads:
        groups = self._list_groups(near)
        program = Program(len(groups) + 1, whole=len(groups))
        holding: list[list[tuple[int, float]]] = [[] for _ in self.schools]
        for column, group in enumerate(groups):
            for number in group:
                holding[number].append((column, 1.0))
        for entries in holding:
            program.add(entries, 1.0, 1.0)
        alone, sizes, parted, miles = self._cost(groups)
        # shares of groups would hide that so many are no multiple of three; one alone is as unwelcome as two together
        program.add(enumerate((3 * alone + sizes).tolist()), _find_least(len(self.schools)), np.inf)
        wishes: list[Wish] = []
        for name, cost in zip(WISHES, (alone, sizes, parted, miles), strict=True):
            least = _find_least(len(self.schools) - round(wishes[0].cost)) if cost is sizes else 0
            must = len(groups) <= _EXACT or cost is alone or cost is sizes
            wish = program.settle(name, cost, least, must=must)
            assert wish is not None  # all may stay alone
            wishes.append(wish)
        taken = [groups[column] for column in np.flatnonzero(program.chosen[: len(groups)] > 0.5).tolist()]
        found = [tuple(self.schools[number] for number in sorted(group)) for group in taken]
        return Triads(
            tuple(ReviewGroup(group) for group in found if len(group) > 1),
            tuple(group[0] for group in found if len(group) == 1),
            tuple(wishes),
        )

    def _list_groups(self, near: int) -> list[tuple[int, ...]]:
        """Every group that may be, each as sorted numbers, in an order of their own."""
        numbers = range(len(self.schools))
        order = np.argsort(self.miles + np.diag(np.full(len(numbers), -np.inf)), axis=1, kind="stable")
        found: set[tuple[int, ...]] = {(number,) for number in numbers}
        for number in numbers:
            nearest = order[number, 1 : near + 1].tolist()
            for size in _SIZES:
                reach = nearest if size < 4 or near >= len(numbers) else nearest[:5]
                found.update(tuple(sorted((number, *others))) for others in combinations(reach, size - 1))
        for group in self.agreed:
            found.update(self._list_about(tuple(sorted(group)), order[:, 1 : near + 1]))
        return sorted(group for group in found if self._may_be(group))

    def _list_about(self, group: tuple[int, ...], nearest: np.ndarray) -> Iterator[tuple[int, ...]]:
        """A group agreed before as it is, and with one more of those near it."""
        if len(group) in _SIZES:
            yield group
        if len(group) + 1 in _SIZES:
            near = {other for number in group for other in nearest[number].tolist()} - set(group)
            yield from (tuple(sorted((*group, other))) for other in near)

    def _may_be(self, group: tuple[int, ...]) -> bool:
        if any(self.barred[pair] for pair in combinations(group, 2)):
            return False
        return not any(len(old.intersection(group)) > 2 for number in group for old in self.before.get(number, ()))

    def _cost(self, groups: Sequence[tuple[int, ...]]) -> tuple[np.ndarray, ...]:
        """What each group costs by each wish, in whole numbers; the last column is the program's own."""
        rows = [self._cost_one(group) for group in groups]
        costs = np.zeros((len(WISHES), len(groups) + 1))
        costs[:, :-1] = np.array(rows, dtype=float).T
        return tuple(costs)

    def _cost_one(self, group: tuple[int, ...]) -> tuple[int, int, int, int]:
        parted = sum(len(self.partners.get(number, Group()) - set(group)) for number in group)
        if len(group) == 1:
            return 1, 0, parted, 0
        miles = 2 * sum(float(self.miles[pair]) for pair in combinations(group, 2)) / (len(group) - 1)
        return 0, _SIZES[len(group)], parted, round(_TENTHS * miles)


def _find_least(schools: int) -> int:
    """How unwelcome sizes are at the least where nobody stays alone: not every number is a multiple of three."""
    return 0 if schools < 2 else 3 if schools in (2, 5) else schools % 3


def _measure(schools: Sequence[BrokeredSchool], worth: float) -> np.ndarray:
    """Miles between every two schools, with those that the policy adds where neither might give the other anything."""
    miles = np.zeros((len(schools), len(schools)))
    for one, other in combinations(range(len(schools)), 2):
        here, there = schools[one], schools[other]
        mixed = here.might_give(there) or there.might_give(here)
        miles[one, other] = miles[other, one] = measure_distance(here.place, there.place).miles + (
            0 if mixed else worth
        )
    return miles
