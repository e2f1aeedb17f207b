"""What people changed in the plan of support: ``local/support_plan.csv``."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.edition.support.local import CHANGES_FILE, choose_activity, read_file
from pipeline.edition.support.terms import SchoolYear
from pipeline.foundation.paths import EditionPaths
from pipeline.policy.policy import Support
from pipeline.sources.local.rows import Row

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
    roles: tuple[str, ...] = ()  # the person's

    @property
    def order(self) -> tuple[datetime.date, int]:
        """Of two changes to the same activity the later counts; of one day, the lower row."""
        return self.decided, self.line


def read_changes(
    paths: EditionPaths,
    schools: Mapping[int, str],
    support: Support,
    year: SchoolYear,
    people: Mapping[str, Sequence[str]],
) -> tuple[Change, ...]:
    """Read ``local/support_plan.csv``, sorted by school and in the order in which changes count; none where it is not
    there.

    ``schools`` is URN → name of the schools with a plan, ``people`` the names of people.csv
    with their roles. Raises FaultyInput with
    every fault: a school or an activity that is not known, a day on which schools are closed, a person nobody named.
    """
    found = read_file(
        paths, CHANGES_FILE, lambda rows: [_read_change(row, schools, support, year, people) for row in rows]
    )
    changes = [change for change in found or [] if change is not None]
    return tuple(sorted(changes, key=lambda one: (one.urn, one.order)))


def _read_change(
    row: Row, schools: Mapping[int, str], support: Support, year: SchoolYear, people: Mapping[str, Sequence[str]]
) -> Change | None:
    urn = row.read_urn(None)
    if urn and urn not in schools:
        row.refuse("urn", f"no plan of support is made for URN {urn}", "Correct it, or put # before the row.")
    kind = row.choose("change", KINDS, "change")
    takes_all = kind == PERSON and not row["activity"]
    activity = "" if takes_all else choose_activity(row, support)
    day = row.read_day("new_date")
    if day is not None and day not in year.days:
        what = f"schools are closed on {day.isoformat()}, or it is in no term of terms.csv"
        row.refuse("new_date", what, "Choose a day of a term that is no weekend, half term, closure or bank holiday.")
    if kind in (MOVED, ADDED) and not row["new_date"]:
        row.refuse("new_date", f"an activity is {kind}, and no day says to when", "Write the new day.")
    if kind in (CANCELLED, PERSON) and row["new_date"]:
        row.refuse("new_date", f"a new day stands beside {kind!r}", "Take it out, or write moved.")
    person = _read_person(row, kind, people)
    reason = row.require("reason", "nothing says why", "Write in a sentence why the plan is changed.")
    decided = row.read_day("date")
    row.require("date", "the day of the decision is missing", "Write it as 2025-12-08.")
    number = _read_number(row)
    if not kind or decided is None or not urn:
        return None
    roles = tuple(people.get(person, ()))
    return Change(urn, activity, number, kind, day, person, " ".join(reason.split()), decided, row.line, roles)


def _read_person(row: Row, kind: str, people: Mapping[str, Sequence[str]]) -> str:
    if kind != PERSON:
        if row["person"]:
            row.refuse(
                "person", f"a person is named beside {kind!r}", "Take the name out, or add a row that says person."
            )
        return ""
    if not row["person"]:
        row.refuse("person", "no person is named", "Write a name of people.csv.")
        return ""
    return row.choose("person", sorted(people), "person of people.csv") if people else _refuse_nobody(row)


def _refuse_nobody(row: Row) -> str:
    row.refuse("person", "people.csv names nobody", "Write the person there first.")
    return ""


def _read_number(row: Row) -> int:
    said = row["number"] or "1"
    if not said.isdecimal() or not 1 <= int(said) <= 99:
        row.refuse("number", f"{said!r} is no number of an activity", "Write 1 for the first, 2 for the second.")
        return 1
    return int(said)
