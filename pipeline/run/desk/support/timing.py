"""When a person's meetings of one day begin: agreed times are kept, and what finds no time is named."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.edition.support import PlannedActivity, SchoolYear
from pipeline.edition.support.agreed import AgreedEvent, AgreedEvents
from pipeline.policy.policy import Support


@dataclass(frozen=True)
class Visit:
    """One activity of the plan with who does it, why they do, and when it begins; ``person`` is "" for nobody.

    ``begins`` is "" for a meeting that finds no time on its day. ``sequence``, ``stamp`` and ``before`` are what
    calendars tell of its changes: how many, the day of the last, and who had it before.
    """

    activity: PlannedActivity
    person: str = ""
    chosen: str = ""  # why this person, or why nobody
    begins: str = ""
    sequence: int = 0
    stamp: datetime.date = datetime.date.min
    before: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[int, str, int]:
        return self.activity.urn, self.activity.key, self.activity.number


@dataclass(frozen=True)
class Clash:
    """A person's day that is too short: ``left`` are the meetings that find no time, ``free`` a near free day."""

    person: str
    day: datetime.date
    left: tuple[PlannedActivity, ...]
    free: datetime.date | None


def time_visits(
    visits: Sequence[Visit], agreed: AgreedEvents, year: SchoolYear, support: Support
) -> tuple[list[Visit], list[Clash]]:
    """Give each meeting its time: a person's of one day do not overlap, and as agreed where that still fits.

    Of a day that is too short, what was agreed comes first, then what nobody changed, then the earliest change.
    """
    timed = [_keep_time(visit, agreed.get(visit.place)) for visit in visits]
    days: dict[tuple[str, datetime.date], list[int]] = defaultdict(list)
    for place, visit in enumerate(visits):
        one = visit.activity
        if visit.person and one.stands and not one.by and one.day is not None:
            days[visit.person, one.day].append(place)
    busy: dict[str, set[datetime.date]] = defaultdict(set)
    for person, day in days:
        busy[person].add(day)
    clashes = []
    for (person, day), places in sorted(days.items()):
        meetings = {place: timed[place] for place in sorted(places, key=lambda place: _rank(visits[place], agreed))}
        times = _find_times(meetings, agreed, support)
        if len(times) < len(meetings) and _sum_minutes(meetings) <= round(support.hours_a_day * 60):
            times = _find_times(meetings, {}, support)  # agreed times leave gaps that are too short
        for place in places:
            timed[place] = replace(timed[place], begins=_format_time(times[place]) if place in times else "")
        if left := tuple(visits[place].activity for place in meetings if place not in times):
            clashes.append(Clash(person, day, left, _find_free(day, busy[person], year)))
    return timed, clashes


def _keep_time(visit: Visit, event: AgreedEvent | None) -> Visit:
    kept = event is not None and event.begins and event.day == visit.activity.day and not visit.activity.by
    return replace(visit, begins=event.begins) if event is not None and kept else visit


def _rank(visit: Visit, agreed: AgreedEvents) -> tuple[int, datetime.date, tuple[int, str, int]]:
    """Whose time comes first: agreed for this person, agreed for another, as planned, changed; the last change last."""
    event, changed = agreed.get(visit.place), visit.activity.changed or datetime.date.min
    if event is not None and event.day == visit.activity.day and event.begins:
        return int(event.person != visit.person), datetime.date.min, visit.place
    return 3 if event is not None or visit.activity.sequence else 2, changed, visit.place


def _find_times(meetings: Mapping[int, Visit], agreed: AgreedEvents, support: Support) -> dict[int, int]:
    """The minute of the day at which each meeting begins, for as many as fit, in the order of ``meetings``."""
    opens = _read_time(support.day_begins)
    closes = opens + round(support.hours_a_day * 60)
    taken: list[tuple[int, int]] = []
    found: dict[int, int] = {}
    for place, visit in meetings.items():
        minutes = round(visit.activity.hours * 60)
        starts = [opens, *sorted(end for _, end in taken)]
        event = agreed.get(visit.place)
        if event is not None and event.begins and event.day == visit.activity.day:
            starts.insert(0, _read_time(event.begins))
        for start in starts:
            free = all(start + minutes <= begin or end <= start for begin, end in taken)
            if free and opens <= start and start + minutes <= closes:
                taken.append((start, start + minutes))
                found[place] = start
                break
    return found


def _sum_minutes(meetings: Mapping[int, Visit]) -> int:
    return sum(round(visit.activity.hours * 60) for visit in meetings.values())


def _read_time(text: str) -> int:
    time = datetime.time.fromisoformat(text)
    return time.hour * 60 + time.minute


def _format_time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _find_free(day: datetime.date, busy: set[datetime.date], year: SchoolYear) -> datetime.date | None:
    """The nearest day after or before, in the same term, on which the person has no meeting."""
    term = year.find_term(day)
    near = sorted(year.days, key=lambda one: (abs(one - day), one))
    return next((one for one in near if one not in busy and year.find_term(one) == term), None)
