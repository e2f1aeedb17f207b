"""A plan beside the one agreed: what calendars have to be told, and what of it is otherwise."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.edition.support import PlannedActivity
from pipeline.edition.support.agreed import AgreedEvent, AgreedEvents, find_contact
from pipeline.edition.support.changes import CANCELLED
from pipeline.foundation.vocabulary import format_date
from pipeline.policy.policy import Support
from pipeline.run.desk.support.timing import Visit

_NOT = "does not take place"


@dataclass(frozen=True)
class Difference:
    """What is otherwise than agreed at a school; ``number`` is 0 where it is no single event."""

    urn: int
    what: str
    number: int
    agreed: str
    now: str


@dataclass(frozen=True)
class KeptEvents:
    """A plan's visits with what calendars tell of their changes. ``gone`` were agreed, and the plan has them no more.

    ``contacts`` are by URN who is most at the school."""

    visits: tuple[Visit, ...]
    contacts: Mapping[int, str]
    gone: tuple[Visit, ...]
    differences: tuple[Difference, ...]


def keep_events(
    visits: Sequence[Visit], agreed: AgreedEvents, support: Support, review: datetime.date, latest: datetime.date
) -> KeptEvents:
    """Count each event's changes since it was ``agreed``, so that a calendar that is read in again follows them.

    The sequence is higher where day, time, length, area, person, standing or the school's contact are others. Such a
    change is of ``latest``, the day of the last decision on the plan: one school's may move another's meeting. Of what
    was never agreed the changes of its own alone count, and it is of the ``review`` where it has none.
    """
    stand = [visit for visit in visits if visit.activity.stands]
    contacts = _find_contacts((one.activity.urn, one.person, one.activity.hours) for one in stand)
    told = _find_contacts((event.urn, event.person, event.hours) for event in agreed.values() if event.stands)
    kept, differences = [], []
    for visit in visits:
        event = agreed.get(visit.place)
        if event is None or visit.activity.day is None:
            stamp, before = visit.activity.changed or review, _list_before(visit)
            kept.append(replace(visit, sequence=visit.activity.sequence, stamp=stamp, before=before))
            continue
        urn = event.urn
        found = _keep_event(visit, event, latest, contact_moved=contacts.get(urn, "") != told.get(urn, ""))
        kept.append(found)
        if (was := _tell_event(event)) != (now := _tell_visit(found)):
            differences.append(Difference(urn, found.activity.what, event.number, was, now))
    dated = {visit.place for visit in visits if visit.activity.day is not None}
    gone = [_recall(event, support, latest) for place, event in sorted(agreed.items()) if place not in dated]
    differences += [
        Difference(one.activity.urn, one.activity.what, one.activity.number, _tell_event(agreed[one.place]), _NOT)
        for one in gone
        if agreed[one.place].stands
    ]
    differences += [
        Difference(urn, "Contact", 0, told.get(urn) or "nobody", contacts.get(urn) or "nobody")
        for urn in sorted({event.urn for event in agreed.values()})
        if told.get(urn) != contacts.get(urn)
    ]
    return KeptEvents(tuple(kept), contacts, tuple(gone), tuple(sorted(differences, key=lambda one: one.urn)))


def list_events(visits: Iterable[Visit]) -> list[AgreedEvent]:
    """The visits that have a day as events to agree on; what is no more is kept as cancelled."""
    return [
        AgreedEvent(
            *visit.place,
            person=visit.person,
            day=one.day,
            begins="" if one.by else visit.begins,
            hours=one.hours,
            about=one.area,
            stands=one.stands,
            sequence=visit.sequence,
            changes=one.sequence,
            decided=visit.stamp,
            before=visit.before,
        )
        for visit, one in ((visit, visit.activity) for visit in visits)
        if one.day is not None
    ]


def _find_contacts(given: Iterable[tuple[int, str, float]]) -> dict[int, str]:
    """By URN, who is most at the school, of schools, people and hours: its contact, whom alone its own copy names."""
    hours: dict[int, list[tuple[str, float]]] = defaultdict(list)
    for urn, person, amount in given:
        hours[urn].append((person, amount))
    return {urn: contact for urn, people in sorted(hours.items()) if (contact := find_contact(people))}


def _keep_event(visit: Visit, event: AgreedEvent, latest: datetime.date, *, contact_moved: bool) -> Visit:
    one = visit.activity
    if not one.stands:  # it stays in the diary of whoever had it
        visit = replace(visit, person=visit.person or event.person)
    now = (one.day, "" if one.by else visit.begins, one.hours, one.area, visit.person, one.stands)
    other = now != (event.day, event.begins, event.hours, event.about, event.person, event.stands) or contact_moved
    own = max(one.sequence - event.changes, 0)
    # two for each change of its own: it may have been moved by another's before
    sequence = event.sequence + 2 * own + int(other)
    stamp = max(event.decided, latest if other else event.decided, one.changed or event.decided)
    return replace(visit, sequence=sequence, stamp=stamp, before=_list_before(visit, *event.before, event.person))


def _list_before(visit: Visit, *people: str) -> tuple[str, ...]:
    """Who had it before: by plans agreed, and by changes of which another was the last."""
    named = dict.fromkeys((*people, *visit.activity.before))
    return tuple(name for name in named if name and name != visit.person)


def _recall(event: AgreedEvent, support: Support, latest: datetime.date) -> Visit:
    """An event that the plan does not hold any more, as cancelled."""
    activity = support.activities.get(event.activity)
    one = PlannedActivity(
        urn=event.urn,
        key=event.activity,
        number=event.number,
        what=activity.title if activity else event.activity.replace("_", " ").capitalize(),
        day=event.day,
        by=not event.begins,
        who_may=tuple(support.roles[role].title for role in activity.roles) if activity else ("nobody",),
        why="The plan does not hold it any more.",
        hours=event.hours,
        days=event.hours / support.hours_a_day,
        status=CANCELLED,
        strand=activity.strand if activity else "",
        roles=activity.roles if activity else (),
        begins=event.begins,
        term=0,
        area=event.about,
        sequence=event.changes,
    )
    sequence, stamp = event.sequence + int(event.stands), max(event.decided, latest if event.stands else event.decided)
    return Visit(one, event.person, "", event.begins, sequence, stamp, event.before)


def _tell_event(event: AgreedEvent) -> str:
    return _tell(event.day, event.begins, event.person) if event.stands else _NOT


def _tell_visit(visit: Visit) -> str:
    one = visit.activity
    return _tell(one.day, "" if one.by else visit.begins, visit.person) if one.stands and one.day else _NOT


def _tell(day: datetime.date, begins: str, person: str) -> str:
    return ", ".join((" ".join(filter(None, (format_date(day.isoformat()), begins))), person or "nobody"))
