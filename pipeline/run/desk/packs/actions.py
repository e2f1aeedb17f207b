"""Last year's actions at a school and what became of them: its areas for improvement, its plan, its programmes."""

from __future__ import annotations

import csv
import datetime
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.edition.editions import Edition, load_edition
from pipeline.edition.support import ASPECTS, LEAST, MOST, ProgrammeRating, read_programmes
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import EditionPaths, Workspace
from pipeline.foundation.vocabulary import Rating, format_date
from pipeline.report.area.site.pieces import Cell, Piece, SiteColumn, SiteRow, SiteTable, Words
from pipeline.report.exhibits import Rated, clean_text
from pipeline.report.facts import ENGLAND, SIMILAR
from pipeline.run.desk.following.writing import find_folder as find_follow_up
from pipeline.run.desk.support.writing import find_folder as find_plan

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Action:
    """One activity of a plan of support, as its table tells it; ``outcome`` is "" where nobody wrote one down."""

    day: str
    activity: str
    about: str
    state: str
    person: str
    outcome: str = ""


@dataclass(frozen=True)
class LastYear:
    """What is known of the year before: reports and actions by URN, and why nothing is. ``so_far`` are this year's
    actions where support was followed up, ``programmes`` this edition's own file's, whenever they began."""

    facts: Mapping[int, Facts] = field(default_factory=dict)
    actions: Mapping[int, Sequence[Action]] = field(default_factory=dict)
    so_far: Mapping[int, Sequence[Action]] = field(default_factory=dict)
    programmes: Mapping[int, Sequence[ProgrammeRating]] = field(default_factory=dict)
    why_not: str = ""


def read_last_year(workspace: Workspace, edition: Edition, schools: Mapping[int, str]) -> LastYear:
    """Read what the edition before says of ``schools`` (URN → name), and the programmes of this one.

    Raises FaultyInput with every fault of programmes.csv.
    """
    programmes: dict[int, list[ProgrammeRating]] = defaultdict(list)
    for rating in read_programmes(edition.paths, schools, edition.date):
        programmes[rating.urn].append(rating)
    previous = edition.description.previous
    if previous is None:
        why_not = "edition.yaml names no edition as previous"
        return LastYear(so_far=_read_followed(edition.paths), programmes=programmes, why_not=why_not)
    paths = load_edition(workspace, previous).paths
    facts = dict(_read_facts(paths))
    why_not = "" if facts else f"the edition {previous} has no reports of this version"
    actions = _read_followed(paths) or _read_planned(paths)
    return LastYear(facts, actions, _read_followed(edition.paths), programmes, why_not)


def _read_facts(paths: EditionPaths) -> Iterator[tuple[int, Facts]]:
    from pipeline.report.area.notebook import read_facts, read_statuses

    for one in read_statuses(paths):
        if one["status"] == "done":
            try:
                yield one["urn"], read_facts(paths.school(one["urn"]))
            except PipelineError:  # of another version
                continue


def _read_planned(paths: EditionPaths) -> dict[int, list[Action]]:
    """The actions of an edition's plan of support by URN; none where none was made."""
    return _read_table(find_plan(paths) / "plan.csv", (("day",), "status", "person"))


def _read_followed(paths: EditionPaths) -> dict[int, list[Action]]:
    """The same with what became of each, of what was given the day it was; none where support was not followed up."""
    days = "given on", "planned for"
    return _read_table(find_follow_up(paths) / "follow-up.csv", (days, "state", "given by", "outcome"))


def _read_table(table: Path, columns: tuple[Sequence[str], *tuple[str, ...]]) -> dict[int, list[Action]]:
    """A table's actions by URN; ``columns`` are what it calls day (the first of several that is filled), state, person
    and, where it has one, outcome."""
    days, *rest = columns
    found: dict[int, list[Action]] = defaultdict(list)
    if table.is_file():
        with table.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                day = next((row[column] for column in days if row[column]), "")
                state, *others = (row[column] for column in rest)
                what = f"{row['activity']} {row['number']}".strip()
                found[int(row["urn"])].append(Action(day, what, row["about"], state, *others))
    return found


def tell_actions(last_year: LastYear, facts: Facts) -> tuple[Piece, ...]:
    """What became of last year's actions at the school of these ``facts``."""
    urn = facts["school"]["urn"]
    so_far = last_year.so_far.get(urn, ())
    return (
        *_tell_areas(last_year, urn, facts),
        _tell_plan(
            "last-year",
            "What was planned last year, and what became of it",
            last_year.actions.get(urn, ()),
            "No plan of last year's support is kept for it.",
        ),
        *([_tell_plan("so-far", "Support this year so far", so_far)] if so_far else []),
        *_tell_programmes(last_year.programmes.get(urn, ())),
    )


def _tell_areas(last_year: LastYear, urn: int, facts: Facts) -> Iterator[Piece]:
    then = last_year.facts.get(urn)
    if then is None:
        why = last_year.why_not or "it had no report"
        yield Words((f"What was to improve last year is not known: {why}.",))
        return
    gaps = [one for one in then["indicators"] if Rating.GAP in _rate(one).values()]
    now = {one["indicator"]: one for one in facts["indicators"]}
    yield SiteTable(
        "areas",
        "What was a gap last year, and what it is now",
        tuple(
            SiteColumn(heading)
            for heading in ("Indicator", "Beside England then", "and now", "Beside similar schools then", "and now")
        ),
        tuple(SiteRow((clean_text(one["short_title"]), *_tell_then_and_now(one, now))) for one in gaps),
        nothing="Nothing was a gap last year.",
    )


def _tell_then_and_now(then: Facts, now: Mapping[str, Facts]) -> Iterator[Cell]:
    later = _rate(now.get(then["indicator"], {"comparisons": ()}))
    earlier = _rate(then)
    for beside in (ENGLAND, SIMILAR):
        for rated in (earlier, later):
            yield Rated(rated.get(beside, Rating.NOT_RATED))


def _rate(indicator: Facts) -> dict[str, Rating]:
    return {one["comparator"]: Rating(one["rating"]) for one in indicator["comparisons"]}


def _tell_plan(name: str, caption: str, actions: Sequence[Action], nothing: str = "") -> SiteTable:
    headings = ("Day", "Activity", "About", "How it stands", "Who", "What came of it")
    return SiteTable(
        name,
        caption,
        tuple(SiteColumn(heading) for heading in headings),
        tuple(
            SiteRow(
                (
                    format_date(one.day) or "No day",
                    *(
                        clean_text(words) or "–"
                        for words in (one.activity, one.about, one.state, one.person, one.outcome)
                    ),
                )
            )
            for one in actions
        ),
        nothing=nothing,
    )


def _tell_programmes(ratings: Sequence[ProgrammeRating]) -> Iterator[Piece]:
    if ratings:
        yield SiteTable(
            "programmes",
            "How its programmes were seen to go",
            (
                SiteColumn("Day"),
                SiteColumn("Programme"),
                *(SiteColumn(title, numeric=True) for title in ASPECTS.values()),
                SiteColumn("What was seen"),
            ),
            tuple(
                SiteRow(
                    (
                        _name_day(one.day),
                        one.programme,
                        *(str(one.ratings.get(aspect, "–")) for aspect in ASPECTS),
                        one.note or "–",
                    )
                )
                for one in ratings
            ),
            f"Rated from {LEAST} (much to do) to {MOST} (secure without help).",
        )


def _name_day(day: datetime.date) -> str:
    return format_date(day.isoformat())
