"""What support was given, as people write it down: ``local/support_log.csv``."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pipeline.edition.support.local import LOG_FILE, choose_activity, read_file
from pipeline.edition.support.terms import SchoolYear
from pipeline.foundation.errors import Fault
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.vocabulary import name_academic_year
from pipeline.policy.policy import Support
from pipeline.sources.local.files import match_word
from pipeline.sources.local.rows import Days, Row, Schools, refuse_repeats

_MOST_DAYS = 20  # of one activity


@dataclass(frozen=True)
class LoggedSupport:
    """One activity that took place. ``activity`` and ``focus`` are keys, ``focus`` "" where the row names none;
    ``person`` is "" where the school's report itself is the activity."""

    urn: int
    day: datetime.date
    activity: str
    days: float
    person: str = ""
    focus: str = ""
    outcome: str = field(default="", repr=False)  # for officers
    invoice: str = ""  # of the invoice by which the days were billed
    line: int = 0


def name_areas() -> dict[str, str]:
    """What a row may be about, by key: every subject, and every theme that is none."""
    from pipeline.analysis.indicators import load_subjects, load_themes

    subjects = {key: subject.title for key, subject in load_subjects().items()}
    return subjects | {key: theme.title for key, theme in load_themes().items() if key not in subjects}


def read_log(
    paths: EditionPaths,
    schools: Schools,
    support: Support,
    year: int,
    people: Collection[str],
    *,
    open_days: SchoolYear | None = None,
    review: datetime.date = datetime.date.min,
    questions: list[Fault] | None = None,
) -> tuple[LoggedSupport, ...]:
    """Read ``local/support_log.csv``, in order of days; empty where it is not there.

    ``schools`` are those that the edition's files know, ``year`` the calendar year in which the year of support
    begins, ``people`` the names of people.csv (any name will do where there are none). A row of a day that is
    none of ``open_days``, or before the ``review``, is one of ``questions``. Raises FaultyInput with every fault of
    every row.
    """
    areas = name_areas()

    def read(rows: list[Row]) -> list[LoggedSupport]:
        found = _read_all(rows, schools, support, year, people, areas)
        told = [(row, one) for row, one in zip(rows, found, strict=True) if one.urn in schools.own]
        for row, one in told:
            _question_day(row, one.day, open_days, review)
        return [one for _, one in told]

    found = read_file(paths, LOG_FILE, read, questions)
    return tuple(sorted(found or [], key=lambda one: (one.day, one.urn, one.activity, one.person, one.line)))


def _read_all(
    rows: list[Row],
    schools: Schools,
    support: Support,
    year: int,
    people: Collection[str],
    areas: Mapping[str, str],
) -> list[LoggedSupport]:
    why = f"is not in the year of support, {name_academic_year(year + 1)}"
    days = Days(datetime.date(year, 8, 1), datetime.date(year + 1, 8, 31), why, why)
    found = [_read_row(row, schools, support, days, people, areas) for row in rows]
    said = [(one.urn, row.day, one.activity, one.person) for one, row in zip(found, rows, strict=True)]
    keys = [tuple(part or None for part in one) for one in said]
    what = "line {line} tells of the same activity at the same school, on the same day and by the same person"
    refuse_repeats(rows, keys, what, "Keep one of the two.")
    return found


def _read_row(
    row: Row,
    schools: Schools,
    support: Support,
    days: Days,
    people: Collection[str],
    areas: Mapping[str, str],
) -> LoggedSupport:
    urn = row.read_urn(schools)
    day = row.read_date(days)
    activity = choose_activity(row, support)
    return LoggedSupport(
        urn=urn,
        day=datetime.date.fromisoformat(day) if day else days.first,
        activity=activity,
        days=_read_days(row, support, activity),
        person=" ".join(row.choose("person", sorted(people), "person of people.csv").split()),
        focus=_read_focus(row, areas),
        outcome=" ".join(row["outcome"].split()),
        invoice=row["invoice"],
        line=row.line,
    )


def _question_day(row: Row, day: datetime.date, open_days: SchoolYear | None, review: datetime.date) -> None:
    remedy = "Correct the day; nothing, if it took place then."
    if day < review:
        what = f"{day.isoformat()} is before the review of {review.isoformat()}, from which support is planned"
        row.warn("date", what, remedy)
    elif open_days is not None and (why := open_days.explain_closed(day)):
        row.warn("date", f"schools are closed on {day.isoformat()}: {why}", remedy)


def _read_days(row: Row, support: Support, activity: str) -> float:
    """The days it took: as said, else as long as the policy says that such an activity is."""
    said = row["days"]
    if not said:
        return support.find_days(activity) if activity else 0.0
    if not re.fullmatch(r"\d{1,2}(\.\d{1,3})?", said) or not 0 < float(said) <= _MOST_DAYS:
        remedy = (
            f"Write a number above 0 and up to {_MOST_DAYS}: 0.5 for half a day. Empty: as long as the policy says."
        )
        row.refuse("days", f"{said!r} is no number of days", remedy)
        return 0.0
    return float(said)


def _read_focus(row: Row, areas: Mapping[str, str]) -> str:
    if not row["focus"]:
        return ""
    words = {title: key for key, title in areas.items()} | {key: key for key in areas}
    found = match_word(row["focus"], list(words))
    if found is None:
        listed = ", ".join(areas.values())
        row.refuse("focus", f"{row['focus']!r} is no subject or theme", f"Use one of: {listed}; or leave it empty.")
    return words[found] if found else ""
