"""Days needed and days given: demand against supply, by what they are about and by person."""

from __future__ import annotations

from collections import defaultdict

from pipeline.run.desk.support.planning import EditionPlan
from pipeline.run.desk.support.workbook import Cell


def list_days_by_strand(plan: EditionPlan) -> list[tuple[Cell, ...]]:
    """Days needed and given by strand and term: demand against supply."""
    needed: dict[tuple[str, int], float] = defaultdict(float)
    given: dict[tuple[str, int], float] = defaultdict(float)
    for visit in plan.list_standing():
        key = visit.activity.strand, visit.activity.term
        needed[key] += visit.activity.days
        given[key] += visit.activity.days if visit.person else 0
    return [
        (
            title,
            about.name,
            *(round(days, 2) for days in (needed[key, term], given[key, term], needed[key, term] - given[key, term])),
        )
        for key, title in plan.support.strands.items()
        for term, about in enumerate(plan.year.terms, start=1)
    ]


def list_days_by_person(plan: EditionPlan) -> list[tuple[Cell, ...]]:
    """Each person's days of each term, and at how many schools they are spent."""
    given: dict[tuple[str, int], float] = defaultdict(float)
    schools: dict[tuple[str, int], set[int]] = defaultdict(set)
    for visit in plan.list_standing():
        given[visit.person, visit.activity.term] += visit.activity.days
        schools[visit.person, visit.activity.term].add(visit.activity.urn)
    return [
        (
            person.name,
            "; ".join(plan.support.roles[role].title for role in person.roles),
            plan.year.terms[term - 1].name,
            days,
            round(given[person.name, term], 2),
            len(schools[person.name, term]),
        )
        for person in plan.people or ()
        for term, days in enumerate(person.days, start=1)
    ]
