"""Entitlement used and left, consultants' days billed, days of each person: the tables of a follow-up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.edition.support import LoggedSupport
from pipeline.run.desk.following.following import FollowedSupport
from pipeline.run.desk.following.matching import FollowedActivity
from pipeline.run.desk.support.schools import SupportedSchool
from pipeline.run.desk.support.workbook import Cell

Row = tuple[Cell, ...]

_AMOUNTS = ("activities due", "given", "left", "more than due", "days due", "days used", "days left", "days beyond")
SCHOOL_COLUMNS = ("urn", "school", "category", *_AMOUNTS, "about, and not yet given")
STRAND_COLUMNS = ("urn", "school", "strand", "term", *_AMOUNTS)
PRINTED_COLUMNS = ("urn", "school", "category", "amount", "as printed", "days due", "days used", "billed", "days left")
PEOPLE_COLUMNS = ("person", "role", "term", "days to give", "days given", "days still planned", "days left")
ACTIVITY_COLUMNS = (
    "urn", "school", "activity", "number", "strand", "planned for", "by", "who by the plan", "state", "given on",
    "given by", "days planned", "days used", "about", "what comes first", "outcome", "invoice",
)  # fmt: skip
MORE_COLUMNS = ("urn", "school", "activity", "date", "days", "person", "about", "outcome", "invoice")


@dataclass
class Amounts:
    """Activities and days that were due and given. ``given`` are those that were due; ``more`` those beyond.

    What is given and left is what was due. So it is of days, unless more days were used: then none is left, and
    ``beyond`` says by how much.
    """

    due: int = 0
    given: int = 0
    more: int = 0
    days_due: float = 0.0
    days_used: float = 0.0

    @property
    def left(self) -> int:
        return self.due - self.given

    @property
    def days_left(self) -> float:
        return max(self.days_due - self.days_used, 0.0)

    @property
    def beyond(self) -> float:
        return max(self.days_used - self.days_due, 0.0)

    def add(self, one: FollowedActivity) -> None:
        """Count an activity that is due, and what was logged of it."""
        self.due += 1
        self.days_due += one.planned.days
        if one.logged is not None:
            self.given += 1
            self.days_used += one.logged.days

    def add_more(self, row: LoggedSupport) -> None:
        """Count a row that tells of more than was due."""
        self.more += 1
        self.days_used += row.days

    def add_all(self, other: Amounts) -> None:
        """Count what another has counted too."""
        self.due, self.given, self.more = self.due + other.due, self.given + other.given, self.more + other.more
        self.days_due, self.days_used = self.days_due + other.days_due, self.days_used + other.days_used

    def list_cells(self) -> Row:
        days = (self.days_due, self.days_used, self.days_left, self.beyond)
        return self.due, self.given, self.left, self.more, *(round(each, 3) for each in days)


def count_by_school(followed: FollowedSupport) -> dict[int, Amounts]:
    """What was due, given and left of each school, by URN."""
    found = {school.urn: Amounts() for school in followed.plan.schools}
    for one in followed.activities:
        found[one.planned.urn].add(one)
    for row in followed.more:
        found[row.urn].add_more(row)
    return found


def count_by_strand(followed: FollowedSupport) -> dict[tuple[int, str, int], Amounts]:
    """The same by URN, key of the strand, and term: that for which an activity is planned, 0 where it has no day. What
    was given beyond it stands in the term in which it was."""
    found: dict[tuple[int, str, int], Amounts] = defaultdict(Amounts)
    for one in followed.activities:
        found[one.planned.urn, one.planned.strand, one.planned.term].add(one)
    for row in followed.more:
        strand = followed.plan.support.activities[row.activity].strand
        found[row.urn, strand, followed.plan.year.find_term(row.day)].add_more(row)
    return found


def list_schools(followed: FollowedSupport) -> Iterator[Row]:
    """A row for each school: its entitlement used and left, and which areas nothing was given about yet."""
    counted = count_by_school(followed)
    about: dict[int, set[str]] = defaultdict(set)
    for row in followed.log:
        about[row.urn].add(row.focus)
    for school in followed.plan.schools:
        untouched = [area.title for area in school.areas if area.key not in about[school.urn]]
        yield school.urn, school.name, school.category, *counted[school.urn].list_cells(), "; ".join(untouched)


def list_strands(followed: FollowedSupport) -> Iterator[Row]:
    """A row for each school, strand and term in which something was due or given."""
    counted, strands = count_by_strand(followed), followed.plan.support.strands
    for school in followed.plan.schools:
        for key, title in strands.items():
            for term in range(len(followed.plan.year.terms) + 1):
                if amounts := counted.get((school.urn, key, term)):
                    yield school.urn, school.name, title, term or "no day", *amounts.list_cells()


def list_strands_of_all(followed: FollowedSupport) -> Iterator[Row]:
    """A row for each strand and term of all schools together. Days that one school has left and another used beyond
    its own are set off against each other here, and nowhere else."""
    together: dict[tuple[str, int], Amounts] = defaultdict(Amounts)
    for (_, strand, term), amounts in count_by_strand(followed).items():
        together[strand, term].add_all(amounts)
    for key, title in followed.plan.support.strands.items():
        for term in sorted(term for strand, term in together if strand == key):
            yield title, term or "no day", *together[key, term].list_cells()


def list_printed_amounts(followed: FollowedSupport) -> Iterator[Row]:
    """A row for each amount of days that a school's report prints: the days used of it, and those that were billed."""
    due: dict[int, list[FollowedActivity]] = defaultdict(list)
    log: dict[int, list[LoggedSupport]] = defaultdict(list)
    for one in followed.activities:
        due[one.planned.urn].append(one)
    for row in followed.log:
        log[row.urn].append(row)
    for school in followed.plan.schools:
        for amount, printed, keys in _find_amounts(followed, school):
            days_due = sum(one.planned.days for one in due[school.urn] if one.planned.key in keys)
            rows = [row for row in log[school.urn] if row.activity in keys]
            used, billed = sum(row.days for row in rows), sum(row.days for row in rows if row.invoice)
            days = (days_due, used, billed, max(days_due - used, 0.0))
            yield school.urn, school.name, school.category, amount, printed, *(round(each, 3) for each in days)


def _find_amounts(followed: FollowedSupport, school: SupportedSchool) -> Iterator[tuple[str, str, set[str]]]:
    """Each printed amount that is of days, as it is printed, and the activities that count towards it."""
    entitlement = followed.plan.policy.outcome(school.support.category).entitlement
    for amount, printed in entitlement.amounts.items():
        keys = {one.activity for one in entitlement.activities if one.towards.get(amount) == "days"}
        if keys:
            yield amount, str(printed), keys


def list_people(followed: FollowedSupport) -> Iterator[Row]:
    """A row for each person and term: the days they have, gave, are still planned to give, and have left then.

    What is planned for a term that is over, and was not given, still takes its days.
    """
    plan = followed.plan
    given: dict[tuple[str, int], float] = defaultdict(float)
    planned: dict[tuple[str, int], float] = defaultdict(float)
    for row in followed.log:
        given[row.person, plan.year.find_term(row.day)] += row.days
    for one in followed.activities:
        if one.logged is None and one.planned.day is not None:
            planned[one.visit.person, one.planned.term] += one.planned.days
    for person in plan.people or ():
        roles = "; ".join(plan.support.roles[role].title for role in person.roles)
        for term, days in enumerate(person.days, start=1):
            place = person.name, term
            left = days - given[place] - planned[place]
            cells = (given[place], planned[place], left)
            yield person.name, roles, term, days, *(round(each, 3) for each in cells)


def list_activities_followed(followed: FollowedSupport) -> Iterator[Row]:
    """A row for each activity that is due, with what the log tells of it."""
    names = {school.urn: school.name for school in followed.plan.schools}
    for one in followed.activities:
        planned, row = one.planned, one.logged
        yield (
            planned.urn,
            names[planned.urn],
            planned.what,
            planned.number,
            followed.plan.support.strands[planned.strand],
            planned.day,
            "by" if planned.by else "on",
            one.visit.person,
            str(one.tell_state(followed.on, followed.until)),
            row.day if row else None,
            tell_who(row) if row else "",
            round(planned.days, 3),
            round(row.days, 3) if row else None,
            followed.areas.get(row.focus, "") if row else planned.area,
            "" if row else one.what_comes_first,
            row.outcome if row else "",
            row.invoice if row else "",
        )


def list_more(followed: FollowedSupport) -> Iterator[Row]:
    """A row for each line of the log that tells of more than was due."""
    names = {school.urn: school.name for school in followed.plan.schools}
    for row in followed.more:
        title = followed.plan.support.activities[row.activity].title
        about = followed.areas.get(row.focus, "")
        yield row.urn, names[row.urn], title, row.day, row.days, row.person, about, row.outcome, row.invoice


def tell_who(row: LoggedSupport) -> str:
    """Who gave it: a person, or the school's report."""
    return row.person or "the report"
