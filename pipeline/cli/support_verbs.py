"""The verbs of the year after the reports: plan its support, follow it up, and review what is new."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import printing
from pipeline.cli.consoles import make_console, shorten_path
from pipeline.cli.words import read_day
from pipeline.foundation.paths import find_workspace
from pipeline.foundation.vocabulary import count_noun

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.run.desk.brokering.gathering import EditionBrokering
    from pipeline.run.desk.following.following import FollowedSupport
    from pipeline.run.desk.support.planning import EditionPlan

app = typer.Typer()
_MOST_LINES = 12


@app.command(
    "plan-support",
    epilog="Examples: python -m pipeline plan-support sample · python -m pipeline plan-support sample --agree "
    "(people work by it: later plans move as little as they can). Exit codes: 0 everything has a day and somebody · "
    "1 no reports, or a policy without support · 3 a local file has faults, or terms.csv is missing · "
    "6 something has nobody, no day, a day that is not as the policy asks, or no time on its day; or a local file "
    "raises a question.",
)
def plan_support(
    edition: Annotated[str, typer.Argument(help="The edition: a folder of data/editions.")] = "sample",
    agree: Annotated[bool, typer.Option("--agree", help="Write down who does what and when as agreed.")] = False,
) -> None:
    """Plan each school's year of support from its category: dated activities, who does them, calendars, a workbook."""
    from pipeline.run.desk.brokering.gathering import broker_edition
    from pipeline.run.desk.brokering.page import lay_beside
    from pipeline.run.desk.support.planning import plan_edition_support
    from pipeline.run.desk.support.writing import write_plan
    from pipeline.run.lock import hold_edition_named

    workspace = find_workspace()
    with hold_edition_named(workspace, edition), printing.watch() as watcher:
        plan = plan_edition_support(workspace, edition, watcher.reading, agree=agree)
        watcher.reading("who might help whom")
        brokering = broker_edition(workspace, plan, agree=agree)
        watcher.reading("calendars and tables")
        page = write_plan(plan, lay_beside(brokering))
    _say_brokering(brokering)
    raise typer.Exit(6 if _say_plan(plan, page, agreed=agree) else 0)


def _say_brokering(brokering: EditionBrokering) -> None:
    console, named = make_console(), sum(bool(need.named) for need in brokering.needs)
    console.print(f"Who might help is named for {named} of {count_noun(len(brokering.needs), 'area')} for improvement.")
    if brokering.triads is not None:
        groups, alone = len(brokering.triads.groups), len(brokering.triads.alone)
        console.print(f"{count_noun(groups, 'group')} for peer review; {count_noun(alone, 'school')} alone.")


def _say_plan(plan: EditionPlan, page: Path, *, agreed: bool) -> bool:
    """Print the plan in short; give whether a person has to look at something."""
    from pipeline.run.desk.support.page import describe_clashes, describe_differences, describe_wishes

    console, standing, unmet, odd = make_console(), plan.list_standing(), plan.list_unmet(), plan.list_odd_days()
    meetings = sum(not visit.activity.by for visit in standing)
    console.print(
        f"{count_noun(len(plan.schools), 'school')}, {count_noun(meetings, 'meeting')}, "
        f"{sum(visit.activity.days for visit in standing):.1f} days of support in all."
    )
    for name in plan.written:
        console.print(f"Wrote an empty {name}.")
    if plan.people is None:
        console.print("local/people.csv names nobody: the plan says roles alone.")
    changed = sum(bool(visit.activity.sequence) for visit in plan.visits)
    if changed:
        console.print(f"Activities that people changed: {changed}.")
    for what, amount, bound in describe_wishes(plan):
        console.print(f"  {what}: {amount} ({bound})")
    differences = [f"{school}: {what}: {before} → {now}" for school, what, before, now in describe_differences(plan)]
    _say_lines("Otherwise than agreed before", differences)
    for things, one, several, what in (
        (unmet, "activity has", "activities have", "nobody"),
        (odd, "activity has", "activities have", "no day, or one that is not as the policy asks"),
    ):
        if things:
            console.print(f"To look at: {len(things)} {one if len(things) == 1 else several} {what}.")
    short = [f"{left} ({person}, {day})" for person, day, left, _ in describe_clashes(plan)]
    _say_lines("To look at: days too short for one person's meetings", short)
    if agreed:
        console.print("Who does what and when is agreed: local/support_agreed.csv.")
    printing.say_warnings(plan.questions)
    console.print(f"Open {shorten_path(page)}")
    return bool(unmet or odd or short or plan.questions)


def _say_lines(what: str, lines: list[str]) -> None:
    """Print how many there are and the first of them; the page has all."""
    console = make_console()
    if lines:
        console.print(f"{what}: {len(lines)}.")
    for line in lines[:_MOST_LINES]:
        console.print(f"  {line}")
    if len(lines) > _MOST_LINES:
        console.print(f"  and {len(lines) - _MOST_LINES} more, on the page")


Day = Annotated[
    datetime.date | None,
    typer.Option("--on", metavar="2026-02-01", parser=read_day, help="As of which day; default: the log's last."),
]
Weeks = Annotated[int, typer.Option("--weeks", min=1, max=52, help="How many weeks to look ahead.")]


@app.command(
    "follow-support",
    epilog="Examples: python -m pipeline follow-support sample · python -m pipeline follow-support sample --on "
    "2026-02-01 --weeks 6. Exit codes: 0 nothing to look at · 1 no reports, or a policy without support · 3 a local "
    "file has faults · 6 something is overdue, given beyond what is due or by somebody who may not, or a local file "
    "raises a question.",
)
def follow_support(
    edition: Annotated[str, typer.Argument(help="The edition: a folder of data/editions.")] = "sample",
    on: Day = None,
    weeks: Weeks = 4,
) -> None:
    """Lay the log of support beside the plan: entitlement used and left, what is overdue, whose days are left."""
    from pipeline.run.desk.following.following import follow_edition_support
    from pipeline.run.desk.following.writing import write_follow_up
    from pipeline.run.lock import hold_edition_named

    workspace = find_workspace()
    with hold_edition_named(workspace, edition), printing.watch() as watcher:
        followed = follow_edition_support(workspace, edition, watcher.reading, on=on, weeks=weeks)
        page = write_follow_up(followed)
    raise typer.Exit(6 if _say_follow_up(followed, page) else 0)


def _say_follow_up(followed: FollowedSupport, page: Path) -> bool:
    """Print a follow-up in short; give whether a person has to look at something."""
    from pipeline.run.desk.following.matching import State

    console, overdue = make_console(), followed.list_in(State.OVERDUE)
    for name in followed.plan.written:
        console.print(f"Wrote an empty {name}.")
    given, due = len(followed.list_in(State.GIVEN)), len(followed.activities)
    console.print(f"As of {followed.on.isoformat()}: {given} of {due} activities given.")
    if followed.later:
        console.print(f"{count_noun(followed.later, 'row')} of a later day left aside.")
    console.print(f"Due by {followed.until.isoformat()}: {len(followed.list_in(State.COMING))}.")
    odd = list(followed.list_odd_rows())
    for things, what in (
        (overdue, "overdue"),
        (followed.more, "more than the plan holds due"),
        (odd, "given by somebody who may not"),
    ):
        if things:
            console.print(f"To look at: {len(things)} {what}.")
    printing.say_warnings(followed.plan.questions)
    console.print(f"Open {shorten_path(page)}")
    return bool(overdue or followed.more or odd or followed.plan.questions)


@app.command(
    epilog="Example: python -m pipeline review sample. Exit codes: 0 no school to look at · 1 no reports · 3 a new "
    "file has faults · 6 schools to look at.",
)
def review(
    edition: Annotated[str, typer.Argument(help="The edition: a folder of data/editions.")] = "sample",
) -> None:
    """Say what is new since the reports were made, and which schools to look at. Makes no report and no category."""
    from pipeline.run.desk.reviewing.review import review_edition
    from pipeline.run.desk.reviewing.writing import write_review
    from pipeline.run.lock import hold_edition_named

    workspace = find_workspace()
    with hold_edition_named(workspace, edition), printing.watch() as watcher:
        reviewed = review_edition(workspace, edition, watcher.reading)
        page = write_review(reviewed)
    console, look = make_console(), reviewed.list_schools(look=True)
    console.print(f"Files that came or changed since the reports were made: {len(reviewed.files)}.")
    console.print(f"To look at: {count_noun(len(look), 'school')}.")
    for urn, findings in look:
        console.print(f"  {urn}  {reviewed.names[urn]}")
        for one in findings:
            if one.look:
                console.print(f"      {one.what}")
    printing.say_faults(reviewed.faults)
    console.print(f"Open {shorten_path(page)}")
    if asked := len(reviewed.list_questions()):
        console.print(f"Figures of new files that raise a question: {asked}. None makes a school one to look at.")
    raise typer.Exit(3 if reviewed.faults else 6 if look else 0)
