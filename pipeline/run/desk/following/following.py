"""A whole edition's support followed up: its plan, its log, and the day as of which they are compared."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.edition.support import LoggedSupport
from pipeline.edition.support.log import name_areas
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import Workspace
from pipeline.run.desk.following.matching import FollowedActivity, State, is_due, match_log
from pipeline.run.desk.support.planning import EditionPlan, plan_edition_support

WEEKS = 4  # that are looked ahead, where nothing else is said


@dataclass(frozen=True)
class FollowedSupport:
    """An edition's plan beside its log, as of the day ``on``; ``until`` is the last day looked ahead to.

    ``log`` are the rows up to that day, ``more`` those of them that tell of more than the plan holds due, and ``later``
    is how many rows are of a later day and left aside. ``areas`` are the words for each subject and theme by key.
    """

    plan: EditionPlan
    on: datetime.date
    until: datetime.date
    log: tuple[LoggedSupport, ...]
    activities: tuple[FollowedActivity, ...]
    more: tuple[LoggedSupport, ...]
    later: int
    areas: dict[str, str]

    def list_in(self, *states: State) -> list[FollowedActivity]:
        """The activities that stand so, by day."""
        return [one for one in self.activities if one.tell_state(self.on, self.until) in states]

    def list_odd_rows(self) -> Iterator[tuple[LoggedSupport, str]]:
        """Each row of the log that a rule speaks against, and which: its person may not do that at that school."""
        people = {person.name: person for person in self.plan.people or ()}
        for row in self.log:
            if row.person in people:
                activity = self.plan.support.activities[row.activity]
                if bar := people[row.person].find_bar(row.urn, activity.roles, self.plan.support):
                    yield row, bar


def follow_edition_support(
    workspace: Workspace,
    name: str,
    progress: Callable[[str], None],
    *,
    on: datetime.date | None = None,
    weeks: int = WEEKS,
) -> FollowedSupport:
    """Follow an edition's support up as of the day ``on``, by default the last day of the log.

    Where the log is empty, or ends before it, that is the day of the edition. Raises as ``plan_edition_support`` does,
    and PipelineError for a day outside the year of support.
    """
    plan = plan_edition_support(workspace, name, progress)
    edition, rows = plan.edition, plan.log
    last = datetime.date(edition.year + 1, 8, 31)
    if on is not None and not edition.date <= on <= last:
        what = (
            f"{on.isoformat()} is not in the year of support, which goes from the review, {edition.date.isoformat()}, "
            f"to {last.isoformat()}"
        )
        raise PipelineError(what, where=f"edition {name}", remedy="Give a day of that time, or none: the log's last.")
    day = on or max([edition.date, *(row.day for row in rows)])
    written = [row for row in rows if row.day <= day]
    reports = _list_reports(plan, written)
    log = tuple(sorted([*written, *reports], key=lambda row: (row.day, row.urn, row.activity, row.line)))
    comes_first = {
        (school.urn, one.activity): (one.after, plan.support.activities[one.after].title)
        for school in plan.schools
        for one in plan.policy.list_provisions(school.support.category)
        if one.after
    }
    activities, more = match_log(plan.visits, log, comes_first)
    until = day + datetime.timedelta(weeks=weeks)
    later = len(rows) - len(written)
    return FollowedSupport(plan, day, until, log, tuple(activities), tuple(more), later, name_areas())


def _list_reports(plan: EditionPlan, written: Sequence[LoggedSupport]) -> list[LoggedSupport]:
    """What a school's report itself is by the policy: given on the day of the edition, where nobody logged it."""
    known = {(row.urn, row.activity) for row in written}
    due = [visit.activity for visit in plan.visits if is_due(visit.activity)]
    return [
        LoggedSupport(one.urn, plan.edition.date, one.key, one.days)
        for one in due
        if plan.support.activities[one.key].report and (one.urn, one.key) not in known
    ]
