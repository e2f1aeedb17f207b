"""What has to be done by somebody: the activities of one kind at one school, which one person does all year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.edition.support import Person, PlannedActivity, SchoolYear
from pipeline.edition.support.local import CHANGES_FILE
from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.run.desk.support.schools import SupportedSchool

_ENOUGH = 1e-9


@dataclass(frozen=True)
class Demand:
    """The activities of one kind at one school that no person's change has given to somebody."""

    urn: int
    key: str  # of the policy's activity
    what: str
    strand: str
    roles: tuple[str, ...]
    days: tuple[float, ...]  # in each term of the year
    areas: tuple[str, ...]  # keys of the areas it is about

    @property
    def place(self) -> tuple[int, str]:
        return self.urn, self.key

    @property
    def roles_sorted(self) -> tuple[str, ...]:
        """The roles that may do it, whatever the policy's order of them."""
        return tuple(sorted(self.roles))


def list_demands(plan: Iterable[PlannedActivity], terms: int) -> tuple[Demand, ...]:
    """Every demand of a plan, sorted by school and activity, whatever the plan's order."""
    grouped: dict[tuple[int, str], list[PlannedActivity]] = defaultdict(list)
    for one in plan:
        if one.stands and one.day is not None and not one.person:
            grouped[one.urn, one.key].append(one)
    return tuple(_join(sorted(group, key=lambda one: one.number), terms) for _, group in sorted(grouped.items()))


def _join(group: Sequence[PlannedActivity], terms: int) -> Demand:
    days = [0.0] * terms
    for one in group:
        days[one.term - 1] += one.days
    areas = tuple(dict.fromkeys(one.area_key for one in group if one.area_key))
    first = group[0]
    return Demand(first.urn, first.key, first.what, first.strand, first.roles, tuple(days), areas)


def settle_by_hand(
    plan: Iterable[PlannedActivity],
    people: Sequence[Person],
    schools: Mapping[int, SupportedSchool],
    year: SchoolYear,
) -> dict[str, tuple[float, ...]]:
    """The days that each person has left in each term, once what people were given by hand is taken off.

    Raises FaultyInput where a person has not the days for what they were given, once a row: a person's change wins over
    the plan, and no plan breaks a rule that always holds. Whether they may do it was asked when the row was read.
    """
    by_name = {person.name: person for person in people}
    left = {person.name: list(person.days) for person in people}
    faults: dict[int, Fault] = {}
    for one in sorted(plan, key=lambda one: (one.urn, one.key, one.number)):
        if not one.person or not one.stands or one.day is None:
            continue
        person = by_name[one.person]
        where = f"{one.what} {one.number} at {schools[one.urn].name}"
        left[one.person][one.term - 1] -= one.days
        if left[one.person][one.term - 1] < -_ENOUGH:
            given = person.days[one.term - 1]
            what = (
                f"{person.name} gives {given:g} days in {year.terms[one.term - 1].name}, and {where} is more than these"
            )
            remedy = "Name another person, move it to another term, or raise their days in people.csv."
            line = one.person_line
            faults.setdefault(line, Fault(CHANGES_FILE.name, line, "person", what, remedy, one.urn))
    if faults:
        raise FaultyInput(sorted(faults.values()))
    return {name: tuple(max(days, 0.0) for days in terms) for name, terms in left.items()}
