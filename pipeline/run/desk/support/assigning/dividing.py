"""Demands and people in parts that are decided apart: those that share nobody."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.edition.support import Person
from pipeline.policy.policy import Support
from pipeline.run.desk.support.demand import Demand

#: Demands, and the people who may do them.
Part = tuple[list[Demand], list[Person]]


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
