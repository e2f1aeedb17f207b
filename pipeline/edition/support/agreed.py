"""What people work by: ``local/support_agreed.csv``, who does what and each event as calendars told it.

Later plans keep to it as close as they can. A row without a number says who does an activity at a school; one with a
number holds one event. Files of before there were events hold the first kind alone.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.edition.support.local import AGREED_FILE, read_file, split_list
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.writing import write_beside
from pipeline.sources.local.evidence import NO, YES
from pipeline.sources.local.rows import Row, refuse_repeats

#: Who does an activity, by URN and the key of the policy's activity.
Assignments = Mapping[tuple[int, str], str]

_BY_PROGRAM = "Write the plan again with --agree, or put # before the row."


@dataclass(frozen=True)
class AgreedEvent:
    """One event as it was agreed. ``person`` is "" for nobody, ``begins`` "" where it takes no time of its day."""

    urn: int
    activity: str
    number: int
    person: str
    day: datetime.date
    begins: str
    hours: float
    about: str  # title of the area that it is about
    stands: bool  # whether it takes place
    sequence: int  # how often calendars were told of another day, time, person or standing
    changes: int  # how many rows of support_plan.csv it had seen
    decided: datetime.date  # when it was last changed
    before: tuple[str, ...] = ()  # people in whose calendars it stands as cancelled

    @property
    def place(self) -> tuple[int, str, int]:
        return self.urn, self.activity, self.number


#: Events by URN, key of the policy's activity, and number.
AgreedEvents = Mapping[tuple[int, str, int], AgreedEvent]


def read_agreed(paths: EditionPaths) -> dict[tuple[int, str], str]:
    """By URN and activity, who does it; empty where no plan was agreed. Raises FaultyInput with every fault."""
    return {(urn, activity): person for urn, activity, person, event in _read_all(paths) if event is None}


def read_agreed_events(paths: EditionPaths) -> dict[tuple[int, str, int], AgreedEvent]:
    """Every event as agreed; empty where none was. Raises FaultyInput with every fault."""
    return {event.place: event for *_, event in _read_all(paths) if event is not None}


def _read_all(paths: EditionPaths) -> list[tuple[int, str, str, AgreedEvent | None]]:
    return read_file(paths, AGREED_FILE, _read_rows) or []


def _read_rows(rows: list[Row]) -> list[tuple[int, str, str, AgreedEvent | None]]:
    keys = [(row["urn"], row["activity"], row["number"]) for row in rows]
    refuse_repeats(rows, keys, "line {line} holds the same", "Keep one of the two rows.")
    return [_read_row(row) for row in rows]


def _read_row(row: Row) -> tuple[int, str, str, AgreedEvent | None]:
    activity = row.require("activity", "the activity is missing", "Write its key, or put # before the row.")
    urn, person = row.read_urn(None), " ".join(row["person"].split())
    if row["number"]:
        return urn, activity, person, _read_event(row, urn, activity, person)
    row.require("person", "nobody is named", "Write who does it, or put # before the row.")
    return urn, activity, person, None


def _read_event(row: Row, urn: int, activity: str, person: str) -> AgreedEvent:
    number, sequence, changes = (_read_count(row, column) for column in ("number", "sequence", "changes"))
    row.require("day", "the day is missing", _BY_PROGRAM)
    row.require("decided", "the day of the decision is missing", _BY_PROGRAM)
    day, decided = row.read_day("day"), row.read_day("decided")
    if row["begins"] and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", row["begins"]):
        row.refuse("begins", f"{row['begins']!r} is no time of day", "Write it as 09:30.")
    hours = re.fullmatch(r"\d{1,2}(\.\d+)?", row["hours"])
    if hours is None:
        row.refuse("hours", f"{row['hours']!r} is no number of hours", _BY_PROGRAM)
    if not row["takes_place"] or row["takes_place"].casefold() not in (*YES, *NO):
        row.refuse("takes_place", f"{row['takes_place']!r} says neither yes nor no", "Write yes or no.")
    return AgreedEvent(
        urn,
        activity,
        number,
        person,
        day or datetime.date.min,
        row["begins"],
        float(hours[0]) if hours else 0.0,
        row["about"],
        row["takes_place"].casefold() in YES,
        sequence,
        changes,
        decided or datetime.date.min,
        split_list(row["before"]),
    )


def _read_count(row: Row, column: str) -> int:
    if not re.fullmatch(r"\d{1,6}", row[column]):
        row.refuse(column, f"{row[column]!r} is no whole number", _BY_PROGRAM)
        return 0
    return int(row[column])


def write_agreed(paths: EditionPaths, assigned: Assignments, events: Iterable[AgreedEvent] = ()) -> None:
    """Write who does what and every event, in order of schools; what was agreed before is replaced."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, AGREED_FILE.columns, restval="", lineterminator="\n")
    writer.writeheader()
    rows: list[dict[str, object]] = [
        {"urn": urn, "activity": activity, "person": person} for (urn, activity), person in assigned.items()
    ]
    rows += [_list_cells(event) for event in events]
    writer.writerows(sorted(rows, key=lambda row: (row["urn"], row["activity"], row.get("number", 0))))
    write_beside(paths.folder / AGREED_FILE.name, text.getvalue())


def _list_cells(event: AgreedEvent) -> dict[str, object]:
    told = {name: getattr(event, name) for name in AGREED_FILE.columns if name != "takes_place"}
    yes = "yes" if event.stands else "no"
    return told | {"takes_place": yes, "before": "; ".join(event.before)}


def find_contact(given: Iterable[tuple[str, float]]) -> str:
    """Of people and the hours that each gives at one school, who is most there; "" where nobody is named."""
    hours: dict[str, float] = defaultdict(float)
    for name, more in given:
        hours[name] += more
    return min((name for name in hours if name), key=lambda name: (-round(hours[name], 6), name), default="")
