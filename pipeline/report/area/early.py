"""Early results in the area's report: that some figures are, and what became of those published since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.foundation.vocabulary import Availability, PupilGroup, Unit
from pipeline.report.exhibits import Column, Exhibit, Exhibits, Notice, Paragraph, Table, clean_text
from pipeline.report.school.tables import NOTHING
from pipeline.report.sentences.counting import count_things, join_words, start_sentence
from pipeline.report.sentences.rounding import format_number, format_value


@dataclass(frozen=True)
class EarlyCompared:
    """One early figure beside the published one that took its place. Numbers are missing where either is withheld."""

    name: str  # of the measure, in an analyst's words
    group: str
    year: str
    unit: str
    early_value: float | None
    early_pupils: float | None
    published_value: float | None
    published_pupils: float | None
    availability: str
    moved: bool


@dataclass(frozen=True)
class EarlyStanding:
    """What a school's facts say of early results."""

    years: tuple[str, ...] = ()  # of which its report shows some
    judged: bool = False  # they were counted for its category
    compared: tuple[EarlyCompared, ...] = ()


#: A school without early results.
NO_EARLY = EarlyStanding()


def read_early(facts: Mapping[str, Any]) -> EarlyStanding:
    """What a school's ``facts`` say of its early results."""
    shown = facts["early_results"] or {}
    compared = tuple(
        EarlyCompared(**{name: one[name] for name in EarlyCompared.__dataclass_fields__})
        for one in facts["officer"]["early_compared"]
    )
    return EarlyStanding(tuple(shown.get("years", ())), bool(shown.get("judged")), compared)


def note_early(schools: Sequence[EarlyStanding], organisation: str) -> Exhibit | None:
    """What stands at the head of the area's report where any school's shows early results."""
    with_some = [school for school in schools if school.years]
    if not with_some:
        return None
    years = join_words(sorted({year for school in with_some for year in school.years}))
    judged = sum(school.judged for school in with_some)
    counted = (
        f"In {count_things(judged, 'report')} they are counted for the category."
        if judged
        else "No category rests on them."
    )
    return Notice(
        f"Early results, not validated. {start_sentence(count_things(len(with_some), 'report shows', 'reports show'))} "
        f"figures of {years} that {clean_text(organisation) or 'the area'} collected before publication; whatever "
        f"rests on them is marked early. {counted}",
        "warning",
    )


def show_early_compared(schools: Sequence[tuple[str, int, EarlyStanding]]) -> Exhibit | None:
    """What moved when early results were published, school by school; None where none has been published yet.

    ``schools`` are each school's name, URN and early results, in the order of the page.
    """
    compared = [one for _, _, early in schools for one in early.compared]
    if not compared:
        return None
    moved = sum(one.moved for one in compared)
    come = start_sentence(count_things(len(compared), "early figure has", "early figures have"))
    differ = start_sentence(count_things(moved, "differs", "differ"))
    said = (
        f"{come} been published since, and the published figure counts. {differ} from it by more than rounding, or in "
        "the number of pupils."
    )
    table = _tabulate_moved(schools) if moved else None
    return Exhibits((Paragraph(said, lead="Early results since published."), *([table] if table else [])))


def _tabulate_moved(schools: Sequence[tuple[str, int, EarlyStanding]]) -> Table:
    moved = [(name, urn, one) for name, urn, early in schools for one in early.compared if one.moved]
    return Table(
        "early-moved",
        f"Early results that moved: {count_things(len(moved), 'figure')}, schools by name",
        (
            Column("School"),
            Column("URN"),
            Column("Measure"),
            Column("Year"),
            Column("Early", numeric=True),
            Column("Of pupils", numeric=True),
            Column("Published", numeric=True),
            Column("Of pupils", numeric=True),
            Column("Moved by", numeric=True),
        ),
        tuple((name, str(urn), *describe_moved(one)) for name, urn, one in moved),
        note="Moved by: published less early; of percentages, in percentage points. A dash stands where either of the "
        "two is withheld or no number.",
    )


def describe_moved(one: EarlyCompared) -> Iterator[str]:
    whose = "" if one.group == PupilGroup.ALL else f", {one.group}"
    yield f"{start_sentence(clean_text(one.name))}{whose}"
    yield one.year
    yield _write(one, one.early_value)
    yield NOTHING if one.early_pupils is None else format_number(one.early_pupils, 0)
    if one.published_value is None and one.availability != Availability.AVAILABLE:
        yield one.availability
    else:
        yield _write(one, one.published_value)
    yield NOTHING if one.published_pupils is None else format_number(one.published_pupils, 0)
    apart = None if one.early_value is None or one.published_value is None else one.published_value - one.early_value
    yield NOTHING if apart is None else format_number(apart, 1, signed=True)


def _write(one: EarlyCompared, value: float | None) -> str:
    return NOTHING if value is None else format_value(value, one.unit, 1 if one.unit != Unit.PERCENT else 0)
