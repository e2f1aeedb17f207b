"""The plan beside the log: which activity a row tells of, what is overdue, and what is still to come."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.edition.support import LoggedSupport, PlannedActivity
from pipeline.edition.support.activities import NO_DAY
from pipeline.foundation.vocabulary import format_date
from pipeline.run.desk.support.timing import Visit


class State(StrEnum):
    """How it stands with an activity on a day."""

    GIVEN = "given"
    OVERDUE = "overdue"  # its day is past, and no row tells of it
    COMING = "coming"  # its day is within the weeks asked about
    LATER = "later"
    NO_DAY = "no day left"


@dataclass(frozen=True)
class FollowedActivity:
    """An activity that the plan holds due, and the row of the log that tells of it. ``first`` is the title of what has
    to come first, where something has, and ``first_given`` when that took place."""

    visit: Visit
    logged: LoggedSupport | None = None
    first: str = ""
    first_given: datetime.date | None = None

    @property
    def planned(self) -> PlannedActivity:
        return self.visit.activity

    def tell_state(self, on: datetime.date, until: datetime.date) -> State:
        """How it stands on a day, ``until`` being the last of those that are asked about."""
        if self.logged is not None:
            return State.GIVEN
        if self.planned.day is None:
            return State.NO_DAY
        if self.planned.day < on:
            return State.OVERDUE
        return State.COMING if self.planned.day <= until else State.LATER

    @property
    def what_comes_first(self) -> str:
        """Whether what has to come first took place, in words; "" where nothing has to."""
        if not self.first:
            return ""
        if self.first_given is None:
            return f"no row of the log tells of {self.first!r}, which comes first"
        return f"{self.first!r}, which comes first, took place on {format_date(self.first_given.isoformat())}"


def is_due(one: PlannedActivity) -> bool:
    """Whether the school is to have it: it stands, or it would if a day were left."""
    return one.stands or one.status == NO_DAY


def match_log(
    visits: Iterable[Visit], log: Sequence[LoggedSupport], comes_first: Mapping[tuple[int, str], tuple[str, str]]
) -> tuple[list[FollowedActivity], list[LoggedSupport]]:
    """Give each activity that is due with its row of the log, by day, and the rows that tell of more than was due.

    At one school the first row of an activity tells of the first one planned, the second of the second, whatever day
    each was on. ``log`` is in order of days; ``comes_first`` is school and activity → key and title of what has to come
    first there.
    """
    rows: dict[tuple[int, str], list[LoggedSupport]] = defaultdict(list)
    for row in log:
        rows[row.urn, row.activity].append(row)
    given = {place: those[0].day for place, those in rows.items()}
    found = []
    for visit in sorted((visit for visit in visits if is_due(visit.activity)), key=_place):
        place = visit.activity.urn, visit.activity.key
        key, title = comes_first.get(place, ("", ""))
        told = rows[place].pop(0) if rows[place] else None
        found.append(FollowedActivity(visit, told, title, given.get((visit.activity.urn, key))))
    left = (one for those in rows.values() for one in those)
    return found, sorted(left, key=lambda one: (one.day, one.urn, one.activity))


def _place(visit: Visit) -> tuple[datetime.date, int, str, int]:
    one = visit.activity
    return one.day or datetime.date.max, one.urn, one.key, one.number
