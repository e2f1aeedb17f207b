"""Demands and people in parts that are decided apart: those that share nobody, and of thousands of schools, towns."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from pipeline.edition.support import Person
from pipeline.edition.support.agreed import Assignments
from pipeline.foundation.vocabulary import place_by_name
from pipeline.policy.policy import Support
from pipeline.run.desk.support.demand import Demand
from pipeline.run.desk.support.schools import SupportedSchool

#: Demands, and the people who may do them.
Part = tuple[list[Demand], list[Person]]

_MANY = 20_000  # schools times people, up to which all are decided together
_IN_A_PART = 9_000


def divide(demands: Sequence[Demand], people: Sequence[Person], support: Support) -> list[Part]:
    """As many parts as have nobody in common: what is decided in one bears on no other."""
    part: dict[str, str] = {person.name: person.name for person in people}  # each person, and another of their part

    def find(name: str) -> str:
        while part[name] != name:
            name = part[name]
        return name

    serving = {
        demand.roles: [one for one in people if not one.find_bar(0, demand.roles, support)] for demand in demands
    }
    for who in serving.values():
        for one in who[1:]:
            first, other = sorted((find(who[0].name), find(one.name)))
            part[other] = first
    parts: dict[str, Part] = {}
    for demand in demands:
        who = serving[demand.roles]
        parts.setdefault(find(who[0].name) if who else "", ([], []))[0].append(demand)
    for person in people:
        if find(person.name) in parts:
            parts[find(person.name)][1].append(person)
    return [parts[name] for name in sorted(parts)]


def split_by_towns(
    demands: Sequence[Demand],
    people: Sequence[Person],
    left: Mapping[str, Sequence[float]],
    schools: Mapping[int, SupportedSchool],
    support: Support,
    last_year: Assignments,
) -> list[Part]:
    """One part where schools and people are not too many, else several: neighbours in the order of towns, and as many
    people as they need, those first who came last year or work from one of the towns.

    Where parts are several they share nobody, so that days left in one are of no use to another.
    """
    urns = sorted({one.urn for one in demands}, key=lambda urn: place_by_name(schools[urn].town, urn))
    if len(urns) * len(people) <= _MANY:
        return [(list(demands), list(people))]
    number = math.ceil(math.sqrt(len(urns) * len(people) / _IN_A_PART))
    part_of = {urn: place * number // len(urns) for place, urn in enumerate(urns)}
    parts: list[Part] = [([], []) for _ in range(number)]
    need: list[dict[tuple[str, ...], float]] = [defaultdict(float) for _ in parts]
    for demand in demands:
        parts[part_of[demand.urn]][0].append(demand)
        need[part_of[demand.urn]][demand.roles] += sum(demand.days)
    homes = {schools[urn].town.casefold(): part for urn, part in part_of.items()}
    came = {name: part_of[urn] for (urn, _), name in sorted(last_year.items()) if urn in part_of}
    for person in sorted(people, key=lambda one: (-sum(left[one.name]), one.name)):
        own = schools.get(person.school or 0)
        home = homes.get((own.town if own else person.place).casefold())
        roles = [one for one in need[0] | need[-1] if not person.find_bar(0, one, support)]
        wanted = [sum(each[one] for one in roles) for each in need]
        days, near = sum(left[person.name]), came.get(person.name, home)
        chosen = near if near is not None and wanted[near] >= days / 2 else wanted.index(max(wanted))
        parts[chosen][1].append(person)
        for one in sorted(roles, key=lambda one: (-need[chosen][one], one)):
            taken = min(days, max(need[chosen][one], 0.0))
            need[chosen][one] -= taken
            days -= taken
    return [(some, sorted(who, key=lambda one: one.name)) for some, who in parts]
