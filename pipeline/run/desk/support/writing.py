"""What is written of a plan: one table for officers, as CSV and as a workbook; a calendar a school and a person."""

from __future__ import annotations

import csv
import datetime
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.writing import clear_beside, replace_folder
from pipeline.run.desk.support.calendars import Meeting, format_calendar
from pipeline.run.desk.support.days import list_days_by_person, list_days_by_strand
from pipeline.run.desk.support.page import format_page
from pipeline.run.desk.support.planning import EditionPlan
from pipeline.run.desk.support.timing import Visit
from pipeline.run.desk.support.workbook import Cell, write_workbook

COLUMNS = (
    "urn", "school", "category", "activity", "number", "status", "day", "by", "begins", "hours", "days", "term",
    "strand", "who may", "person", "why this person", "about", "why", "note", "reason for the change", "changes",
)  # fmt: skip
DEMAND_COLUMNS = ("strand", "term", "days needed", "days given", "days short")
PEOPLE_COLUMNS = ("person", "role", "term", "days to give", "days given", "schools")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of a formula


@dataclass(frozen=True)
class Beside:
    """What stands beside a plan in its folder: further sheets of its workbook, and files with what the page says of
    each."""

    sheets: Mapping[str, tuple[Sequence[str], Sequence[Sequence[Cell]]]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)


def write_plan(plan: EditionPlan, beside: Beside | None = None) -> Path:
    """Write ``reports/EDITION/support/`` whole, in place of the one before; give the page to open first.

    ``schools/`` holds what a school may have: no name but its contact's. All else is for officers.
    """
    beside = beside or Beside()
    into = find_folder(plan.edition.paths)
    making = clear_beside(into)
    making.mkdir(parents=True)
    rows = list(list_rows(plan))
    (making / "plan.csv").write_text(format_csv(COLUMNS, rows), encoding="utf-8", newline="")
    sheets: dict[str, tuple[Sequence[str], Sequence[Sequence[Cell]]]] = {"Plan": (COLUMNS, rows)}
    sheets["Days by strand"] = (DEMAND_COLUMNS, list_days_by_strand(plan))
    if plan.people is not None:
        sheets["People"] = (PEOPLE_COLUMNS, list_days_by_person(plan))
    write_workbook(making / "plan.xlsx", sheets | dict(beside.sheets), plan.edition.date)
    for name, text in (*list_calendars(plan), *beside.files.items()):
        path = making / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    (making / "index.html").write_text(format_page(plan, list(beside.about.items())), encoding="utf-8", newline="\n")
    replace_folder(making, into)
    return into / "index.html"


def find_folder(paths: EditionPaths) -> Path:
    """Where an edition's plan of support stands."""
    return paths.reports / "support"


def list_rows(plan: EditionPlan) -> Iterator[tuple[Cell, ...]]:
    """The rows of the plan, one an activity, by school and day."""
    names = {school.urn: school for school in plan.schools}
    for visit in plan.visits:
        one, school = visit.activity, names[visit.activity.urn]
        yield (
            one.urn,
            school.name,
            school.category,
            one.what,
            one.number,
            one.status,
            one.day,
            "by" if one.by else "on",
            visit.begins if one.day else "",
            one.hours,
            round(one.days, 4),
            plan.year.terms[one.term - 1].name if one.term else None,
            plan.support.strands[one.strand],
            one.who,
            visit.person,
            visit.chosen,
            one.area,
            one.why,
            one.note,
            one.reason,
            one.sequence,
        )


def format_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The table as CSV; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([[_format_cell(cell) for cell in row] for row in rows])
    return text.getvalue()


def _format_cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    if cell is None:
        return ""
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


def list_calendars(plan: EditionPlan) -> Iterator[tuple[str, str]]:
    """Name and text of each calendar: every school's, and every person's who has something to do or had it before.

    What a person has no more, and what a school had by the agreed plan, stays in as cancelled.
    """
    dated = [*(visit for visit in plan.visits if visit.activity.day is not None), *plan.gone]
    schools = {visit.activity.urn: f"URN {visit.activity.urn}" for visit in plan.gone}
    schools |= {school.urn: school.name for school in plan.schools}
    of_schools: dict[int, list[Meeting]] = {urn: [] for urn in sorted(schools)}
    of_people: dict[str, list[Meeting]] = {person.name: [] for person in plan.people or ()}
    for visit in dated:
        urn, meeting = visit.activity.urn, make_meeting(plan, visit, schools)
        of_schools[urn].append(make_meeting(plan, visit, contact=plan.contacts.get(urn, "")))
        if visit.person:
            of_people.setdefault(visit.person, []).append(meeting)
        for person in visit.before:
            of_people.setdefault(person, []).append(replace(meeting, cancelled=True))
    for urn, meetings in of_schools.items():
        yield f"schools/{urn}.ics", format_calendar(f"{plan.policy.title}: {schools[urn]}", meetings)
    for person, file in name_files(of_people).items():
        if of_people[person]:
            yield f"people/{file}.ics", format_calendar(person, of_people[person])


def make_meeting(
    plan: EditionPlan, visit: Visit, schools: Mapping[int, str] | None = None, *, contact: str = ""
) -> Meeting:
    """A visit as an entry of a calendar: a person's, which names ``schools``, or a school's, which names its contact
    and nobody else."""
    one = visit.activity
    lines = [one.why, *([f"About: {one.area}"] if one.area else []), f"How long: {one.how_long}"]
    if not one.by and not visit.begins:
        lines += ["Time: still to be settled"]
    if schools is None:
        lines += [f"Who: {one.who}", *([f"Your contact: {contact}"] if contact else [])]
    else:
        lines += [f"School: {schools[one.urn]} (URN {one.urn})"]
    title = f"{one.what} due" if one.by else one.what
    return Meeting(
        uid=f"{plan.edition.name}-{one.urn}-{one.key}-{one.number}@year-of-support.invalid",
        day=one.day or plan.edition.date,
        begins=None if one.by or not visit.begins else datetime.time.fromisoformat(visit.begins),
        minutes=round(one.hours * 60),
        title=title if schools is None else f"{title}: {schools[one.urn]}",
        about="\n".join(lines),
        stamp=visit.stamp,
        sequence=visit.sequence,
        cancelled=not one.stands,
        strand=plan.support.strands.get(one.strand, ""),
    )


def name_files(names: Iterable[str]) -> dict[str, str]:
    """A file's name for each person: small letters and hyphens, numbered where two would be one."""
    found: dict[str, str] = {}
    for name in sorted(names):
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "person"
        if stem in ("con", "prn", "aux", "nul"):
            stem = f"person-{stem}"
        number, free = 2, stem
        while free in found.values():
            free, number = f"{stem}-{number}", number + 1
        found[name] = free
    return found
