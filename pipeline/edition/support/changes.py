"""What people changed in the plan of support: ``local/support_plan.csv``."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.edition.support.local import CHANGES_FILE, choose_activity, read_file
from pipeline.edition.support.people import Person
from pipeline.edition.support.terms import SchoolYear
from pipeline.foundation.errors import Fault
from pipeline.foundation.paths import EditionPaths
from pipeline.policy.policy import Support
from pipeline.sources.local.rows import Days, Row, Schools

MOVED, CANCELLED, STARTED, ADDED, PERSON = "moved", "cancelled", "started", "added", "person"
KINDS = (MOVED, CANCELLED, STARTED, ADDED, PERSON)


@dataclass(frozen=True)
class Change:
    """One change by a person. ``activity`` is a key, "" for all that ``person`` may do at the school."""

    urn: int
    activity: str
    number: int
    kind: str
    day: datetime.date | None  # the new day
    person: str
    reason: str = field(repr=False)  # for officers
    decided: datetime.date
    line: int = 0
    roles: tuple[str, ...] = ()  # of the person's, those in which they may do it

    @property
    def order(self) -> tuple[datetime.date, int]:
        """Of two changes to the same activity the later counts; of one day, the lower row."""
        return self.decided, self.line


@dataclass(frozen=True)
class _Known:
    """What a change may name. ``year`` and ``people`` are None where they are not known, for their own files' faults:
    then any day and anybody will do."""

    schools: Schools
    support: Support
    review: datetime.date
    decided: Days
    year: SchoolYear | None
    people: Mapping[str, Person] | None


def read_changes(
    paths: EditionPaths,
    schools: Schools,
    support: Support,
    review: datetime.date,
    decided: Days,
    year: SchoolYear | None,
    people: Sequence[Person] | None,
    questions: list[Fault] | None = None,
) -> tuple[Change, ...]:
    """Read ``local/support_plan.csv``, sorted by school and in the order in which changes count; none where it is not
    there.

    ``schools`` are those that the edition's files know, ``review`` the edition's day, ``decided`` when changes may be
    decided, ``year`` and ``people`` what the other files say (None where it is not known). What may be meant, and
    hardly is, is added to ``questions``. Raises FaultyInput with every fault: a school or an activity that is not
    known, a day on which schools are closed or before the review, a person nobody named or who may not work there.
    """
    among = None if people is None else {person.name: person for person in people}
    known = _Known(schools, support, review, decided, year, among)
    found = read_file(paths, CHANGES_FILE, lambda rows: [_read_change(row, known) for row in rows], questions)
    changes = [change for change in found or [] if change is not None]
    return tuple(sorted(changes, key=lambda one: (one.urn, one.order)))


def _read_change(row: Row, known: _Known) -> Change | None:
    urn = row.read_urn(known.schools)
    kind = row.choose("change", KINDS, "change")
    takes_all = kind == PERSON and not row["activity"]
    activity = "" if takes_all else choose_activity(row, known.support)
    day = _read_new_day(row, kind, known)
    person = _read_person(row, kind, known.people)
    roles = _find_roles(row, urn, activity, person, known) if person and (activity or takes_all) else ()
    reason = row.require("reason", "nothing says why", "Write in a sentence why the plan is changed.")
    decided = row.read_date(known.decided)
    number = _read_number(row)
    if not kind or not decided or urn not in known.schools.own:
        return None
    if day is not None and day.isoformat() < decided:
        what = f"{day.isoformat()}, the new day, is before {decided}, on which it was decided"
        row.warn("new_date", what, "Correct one of the two; what took place belongs in support_log.csv.")
    reason, on = " ".join(reason.split()), datetime.date.fromisoformat(decided)
    return Change(urn, activity, number, kind, day, person, reason, on, row.line, roles)


def _read_new_day(row: Row, kind: str, known: _Known) -> datetime.date | None:
    day = row.read_day("new_date")
    if day is not None and day <= known.review:
        what = f"{day.isoformat()} is not after the review, {known.review.isoformat()}: nothing is planned before it"
        row.refuse("new_date", what, "Choose a later day.")
    elif day is not None and known.year is not None and (why := known.year.explain_closed(day)):
        what = f"schools are closed on {day.isoformat()}: {why}"
        row.refuse("new_date", what, "Choose a day of a term that is no weekend, half term, closure or bank holiday.")
    if kind in (MOVED, ADDED) and not row["new_date"]:
        row.refuse("new_date", f"an activity is {kind}, and no day says to when", "Write the new day.")
    if kind in (CANCELLED, PERSON) and row["new_date"]:
        row.refuse("new_date", f"a new day stands beside {kind!r}", "Take it out, or write moved.")
    return day


def _read_person(row: Row, kind: str, people: Mapping[str, Person] | None) -> str:
    if kind != PERSON:
        if row["person"]:
            row.refuse(
                "person", f"a person is named beside {kind!r}", "Take the name out, or add a row that says person."
            )
        return ""
    if not row["person"]:
        row.refuse("person", "no person is named", "Write a name of people.csv.")
        return ""
    if people is None:
        return ""
    return row.choose("person", sorted(people), "person of people.csv") if people else _refuse_nobody(row)


def _find_roles(row: Row, urn: int, activity: str, name: str, known: _Known) -> tuple[str, ...]:
    """The person's roles in which they may do what the change gives them; a fault where there is none."""
    assert known.people is not None  # or nobody is named
    person, support = known.people[name], known.support
    asked = support.activities[activity].roles if activity else person.roles
    if bar := person.find_bar(urn, asked, support):
        what = repr(support.activities[activity].title) if activity else "anything"
        where = (known.schools.own.get(urn) or known.schools.others.get(urn)) or f"URN {urn}"
        remedy = "Name another person, or correct people.csv."
        row.refuse("person", f"{name} may not do {what} at {where}: {bar}", remedy)
    return tuple(role for role in person.roles if not person.find_bar(urn, (role,), support))


def _refuse_nobody(row: Row) -> str:
    row.refuse("person", "people.csv names nobody", "Write the person there first.")
    return ""


def _read_number(row: Row) -> int:
    said = row["number"] or "1"
    if not said.isdecimal() or not 1 <= int(said) <= 99:
        row.refuse("number", f"{said!r} is no number of an activity", "Write 1 for the first, 2 for the second.")
        return 1
    return int(said)
