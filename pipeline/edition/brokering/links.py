"""Departmental links: departments of one subject at key stage 4, each with the nearest others, to standardise and
moderate together.

Who teaches what is known from published entries. Entries that are withheld, few or questioned tell of no department
here: whether such a school teaches the subject is not said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from pipeline.edition.brokering.partners import NO_PARTNERS, Group, Partners
from pipeline.edition.brokering.schools import BrokeredSchool, Distance, measure_distance
from pipeline.foundation.vocabulary import Availability, Level

_KEY = ["subject", "qualification", "subject_group"]


@dataclass(frozen=True)
class Department:
    """A school's department, with how many entries it had in the latest year that is told; None where that is not told
    of all of it."""

    school: BrokeredSchool
    qualification: str
    subject: str
    entries: int | None
    year: int


@dataclass(frozen=True)
class DepartmentLinks:
    """A department and those with which it is linked, nearest first; none where no other can be named."""

    department: Department
    links: tuple[tuple[Department, Distance], ...]


def link_departments(
    schools: Sequence[BrokeredSchool], subjects: pd.DataFrame, most: int, partners: Partners = NO_PARTNERS
) -> tuple[DepartmentLinks, ...]:
    """Link each department with up to ``most`` others of its subject and qualification, by subject and school.

    ``subjects`` is SUBJECTS of the schools. Links go both ways. Each department has its first before any has its
    second, those that lie nearest together first; none where a conflict is noted.
    """
    barred = partners.conflicts
    found: list[DepartmentLinks] = []
    for _, departments in sorted(_group_departments(schools, subjects).items()):
        links = _link(departments, most, barred)
        found += [DepartmentLinks(one, links.get(one.school.urn, ())) for one in departments]
    return tuple(found)


def _group_departments(
    schools: Sequence[BrokeredSchool], subjects: pd.DataFrame
) -> Mapping[tuple[str, str, str], list[Department]]:
    by_urn = {school.urn: school for school in schools}
    own = subjects[(subjects["level"] == str(Level.SCHOOL)) & subjects["urn"].isin(list(by_urn))]
    own = own[own["year"] == own.groupby("urn")["year"].transform("max")]
    told = own["availability"] == str(Availability.AVAILABLE)
    rows = own.assign(told=told, entries=own["entries"].where(told, 0))
    rows[_KEY] = rows[_KEY].fillna("")
    summed = rows.groupby([*_KEY, "urn", "year"], observed=True).agg(entries=("entries", "sum"), told=("told", "all"))
    found: dict[tuple[str, str, str], list[Department]] = defaultdict(list)
    for (subject, qualification, group, urn, year), entries, all_told in summed.itertuples():
        if subject and entries:
            count = int(entries) if all_told else None
            found[subject, qualification, group].append(
                Department(by_urn[int(urn)], qualification, subject, count, int(year))
            )
    return found


def _link(
    departments: Sequence[Department], most: int, barred: frozenset[Group]
) -> dict[int, tuple[tuple[Department, Distance], ...]]:
    pairs = sorted(
        (
            (measure_distance(one.school.place, other.school.place), one, other)
            for one, other in combinations(departments, 2)
            if Group((one.school.urn, other.school.urn)) not in barred
        ),
        key=lambda pair: (pair[0].miles, pair[1].school.urn, pair[2].school.urn),
    )
    links: dict[int, list[tuple[Department, Distance]]] = defaultdict(list)
    for turn in range(1, most + 1):
        left = []
        for distance, one, other in pairs:
            if max(len(links[one.school.urn]), len(links[other.school.urn])) < turn:
                links[one.school.urn].append((other, distance))
                links[other.school.urn].append((one, distance))
            else:
                left.append((distance, one, other))
        pairs = left
    nearest = lambda link: (link[1].miles, link[0].school.urn)  # noqa: E731
    return {urn: tuple(sorted(found, key=nearest)) for urn, found in links.items()}
