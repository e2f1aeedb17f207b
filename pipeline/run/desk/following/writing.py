"""What is written of a follow-up: a page to open first, a workbook, and the table of every activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.vocabulary import count_noun, format_date, name_academic_year
from pipeline.foundation.writing import clear_beside, replace_folder
from pipeline.run.desk.following.following import FollowedSupport
from pipeline.run.desk.following.matching import FollowedActivity, State
from pipeline.run.desk.following.tables import (
    ACTIVITY_COLUMNS,
    MORE_COLUMNS,
    PEOPLE_COLUMNS,
    PRINTED_COLUMNS,
    SCHOOL_COLUMNS,
    STRAND_COLUMNS,
    list_activities_followed,
    list_more,
    list_people,
    list_printed_amounts,
    list_schools,
    list_strands,
    list_strands_of_all,
)
from pipeline.run.desk.support.page import render_template
from pipeline.run.desk.support.workbook import Cell, write_workbook
from pipeline.run.desk.support.writing import format_csv

_TEMPLATE = Path(__file__).parent / "page.html.j2"


def write_follow_up(followed: FollowedSupport) -> Path:
    """Write ``reports/EDITION/follow-up/`` whole, in place of the one before; give the page to open first."""
    into = find_folder(followed.plan.edition.paths)
    making = clear_beside(into)
    making.mkdir(parents=True)
    activities = list(list_activities_followed(followed))
    (making / "follow-up.csv").write_text(format_csv(ACTIVITY_COLUMNS, activities), encoding="utf-8", newline="")
    sheets: dict[str, tuple[Sequence[str], Sequence[Sequence[Cell]]]] = {
        "Schools": (SCHOOL_COLUMNS, list(list_schools(followed))),
        "By strand and term": (STRAND_COLUMNS, list(list_strands(followed))),
        "Activities": (ACTIVITY_COLUMNS, activities),
        "More than due": (MORE_COLUMNS, list(list_more(followed))),
        "Printed days": (PRINTED_COLUMNS, list(list_printed_amounts(followed))),
        "People": (PEOPLE_COLUMNS, list(list_people(followed))),
    }
    write_workbook(making / "follow-up.xlsx", {name: sheet for name, sheet in sheets.items() if sheet[1]}, followed.on)
    (making / "index.html").write_text(render_template(_TEMPLATE, **describe(followed)), encoding="utf-8", newline="\n")
    replace_folder(making, into)
    return into / "index.html"


def find_folder(paths: EditionPaths) -> Path:
    """Where an edition's follow-up stands: apart from its plan, which is written whole."""
    return paths.reports / "follow-up"


def describe(followed: FollowedSupport) -> Mapping[str, object]:
    """What the page tells, as texts and rows."""
    plan, names = followed.plan, {school.urn: school.name for school in followed.plan.schools}
    given = len(followed.list_in(State.GIVEN))
    activities = plan.support.activities
    return {
        "title": f"Support followed up: {plan.edition.description.title}",
        "organisation": plan.policy.organisation,
        "year": name_academic_year(plan.edition.year + 1),
        "on": format_date(followed.on.isoformat()),
        "until": format_date(followed.until.isoformat()),
        "later": count_noun(followed.later, "row") if followed.later else "",
        "counted": f"{given} of {len(followed.activities)} activities at {count_noun(len(plan.schools), 'school')}",
        "overdue": [
            (
                *_tell(one, names),
                (followed.on - one.planned.day).days if one.planned.day else "",
                one.what_comes_first,
            )
            for one in followed.list_in(State.OVERDUE)
        ],
        "coming": [_tell(one, names) for one in followed.list_in(State.COMING)],
        "without_a_day": [(names[one.planned.urn], one.planned.what) for one in followed.list_in(State.NO_DAY)],
        "more": [
            (names[row.urn], activities[row.activity].title, format_date(row.day.isoformat()), f"{row.days:g}")
            for row in followed.more
        ],
        "odd": [
            (names[row.urn], activities[row.activity].title, format_date(row.day.isoformat()), row.person, why)
            for row, why in followed.list_odd_rows()
        ],
        "over_days": [row for row in list_people(followed) if isinstance(row[-1], float) and row[-1] < 0],
        "schools": [row[1:] for row in list_schools(followed)],
        "strands": list(list_strands_of_all(followed)),
        "printed": [row[1:] for row in list_printed_amounts(followed)],
        "people": list(list_people(followed)),
        "has_people": plan.people is not None,
    }


def _tell(one: FollowedActivity, names: Mapping[int, str]) -> tuple[str, ...]:
    planned = one.planned
    day = format_date(planned.day.isoformat()) if planned.day else ""
    return names[planned.urn], planned.what, f"by {day}" if planned.by else day, one.visit.person or planned.who
