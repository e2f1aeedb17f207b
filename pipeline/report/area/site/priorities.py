"""Two key priorities, school by school: disadvantaged pupils beside England's others, and inspection outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.foundation.vocabulary import Framework, PupilGroup, Rating, count_noun, format_date
from pipeline.report.area.findings import count_inspections, find_overall_grade, find_report_card
from pipeline.report.area.site.area import AreaSite
from pipeline.report.area.site.listing import find_filters, list_words
from pipeline.report.area.site.pieces import (
    Cell,
    Filter,
    Piece,
    Several,
    SiteColumn,
    SitePage,
    SiteRow,
    SiteTable,
    Title,
    Words,
    list_options,
)
from pipeline.report.area.site.schools import SiteSchool, ToClose
from pipeline.report.exhibits import Rated, clean_text
from pipeline.report.school.tables import NOTHING
from pipeline.report.sentences.counting import count_things, join_words, start_sentence
from pipeline.report.sentences.rounding import format_number, format_value

DISADVANTAGED, INSPECTION = "disadvantaged.html", "inspection.html"


def lay_out_disadvantaged(site: AreaSite) -> SitePage:
    """The gap to close of the area, and of each school in each indicator that has one."""
    rows = tuple(
        SiteRow((school.link, *_tell_gap(one)), {**list_words(school), "indicator": (one.title,)})
        for school in site.schools
        for one in school.to_close
        if one.value is not None
    )
    indicators = list_options(rows, "indicator")
    by_indicator = Filter("indicator", "Indicator", indicators)
    to = sorted({one.to for school in site.schools for one in school.to_close})
    whom = f"England's {join_words(to)} pupils" if to else "England's other pupils"
    return SitePage(
        DISADVANTAGED,
        "Disadvantaged",
        "Disadvantaged pupils",
        f"How far each school's disadvantaged pupils are from {whom}: the gap to close, shown and not rated.",
        (
            *_tell_area_gap(site),
            Title("School by school"),
            SiteTable(
                "to-close",
                "The gap to close, schools by name",
                (
                    SiteColumn("School"),
                    SiteColumn("Indicator"),
                    SiteColumn("Years"),
                    SiteColumn("Pupils", numeric=True),
                    SiteColumn("Disadvantaged", numeric=True),
                    SiteColumn("England's others", numeric=True),
                    SiteColumn("Gap to close", numeric=True),
                    SiteColumn("95% range", numeric=True),
                    SiteColumn("Over the years"),
                    SiteColumn("Beside England's disadvantaged"),
                ),
                rows,
                "A minus sign means that the school's disadvantaged pupils do less well. What is withheld is left out.",
                (*((by_indicator,) if len(indicators) > 1 else ()), *find_filters(site, rows)),
                "Search for any word",
                "No school's figures of disadvantaged pupils are published in the files of this edition.",
            ),
        ),
    )


def _tell_gap(one: ToClose) -> tuple[Cell, ...]:
    def format_figure(value: float | None, *, signed: bool = False) -> str:
        if value is None:
            return NOTHING
        return (
            format_number(value, one.decimals, signed=True) if signed else format_value(value, one.unit, one.decimals)
        )

    limits = [format_figure(limit, signed=True) for limit in (one.lower, one.upper)]
    return (
        one.title,
        f"{one.years[0]} to {one.years[-1]}" if len(one.years) > 1 else join_words(one.years) or NOTHING,
        NOTHING if one.pupils is None else format_number(one.pupils, 0),
        format_figure(one.value),
        format_figure(one.others),
        format_figure(one.gap, signed=True),
        NOTHING if NOTHING in limits else f"{limits[0]} to {limits[1]}",
        one.trend or NOTHING,
        Rated(Rating(one.rating), "not clear" if one.rating == Rating.NO_CLEAR_DIFFERENCE else ""),
    )


def _tell_area_gap(site: AreaSite) -> tuple[Piece, ...]:
    figures = [one for one in site.tell("figures") or () if one["group"] == PupilGroup.DISADVANTAGED]
    title = Title(f"{site.name} as a whole")
    if not figures:
        return (title, Words((f"The files of this edition do not state the gap of the {site.edition.place}.",)))
    rows = tuple(
        SiteRow(
            (
                one["short_title"],
                one["year"],
                format_value(one["value"], one["unit"], one["decimals"]),
                NOTHING if one["other"] is None else format_value(one["other"], one["unit"], one["decimals"]),
                _format_gap(one, "value", "other"),
                _format_gap(one, "england", "england_other"),
            )
        )
        for one in figures
    )
    columns = (
        SiteColumn("Indicator"),
        SiteColumn("Year"),
        SiteColumn("Disadvantaged", numeric=True),
        SiteColumn("Other", numeric=True),
        SiteColumn("Gap", numeric=True),
        SiteColumn("England's gap", numeric=True),
    )
    return (title, SiteTable("area-gap", "The gap between disadvantaged and other pupils", columns, rows))


def _format_gap(one: Mapping[str, Any], own: str, other: str) -> str:
    if one[own] is None or one[other] is None:
        return NOTHING
    return format_number(one[own] - one[other], one["decimals"], signed=True)


def lay_out_inspection(site: AreaSite) -> SitePage:
    """The last overall grade and the latest report card of each school, neither turned into the other.

    Without a table where no file tells of any inspection: a list of every school would say nothing of it.
    """
    known = any(school.standing.inspections for school in site.schools)
    return SitePage(
        INSPECTION,
        "Inspection",
        "Inspection",
        "Graded judgements and report cards in their own words: one is never turned into the other.",
        (
            _count_good(site),
            *([_tabulate_inspections(site)] if known or not site.schools else []),
            *_count_cards(site.schools),
        ),
    )


def _tabulate_inspections(site: AreaSite) -> SiteTable:
    rows = tuple(SiteRow(_tell_inspections(school), _name_grades(school)) for school in site.schools)
    grades = Filter("grade", "Last overall grade", list_options(rows, "grade", _GRADES))
    cards = Filter("card", "Report card grade", list_options(rows, "card"))
    return SiteTable(
        "inspections",
        f"{start_sentence(count_things(len(rows), 'school'))}, by name, and the latest inspections",
        (
            SiteColumn("School"),
            SiteColumn("Last overall grade", order=_GRADES),
            SiteColumn("Report card"),
            SiteColumn("Latest inspection", dated=True),
        ),
        rows,
        "Overall grades ended in September 2024; report cards began in November 2025.",
        (*(one for one in (grades, cards) if one.options), *find_filters(site, rows)),
        "Search for any word",
        "No school has a report.",
    )


_GRADES = ("Outstanding", "Good", "Requires improvement", "Inadequate")


def _name_grades(school: SiteSchool) -> dict[str, tuple[str, ...]]:
    grade = clean_text(find_overall_grade(school.standing))
    cards = tuple(dict.fromkeys(clean_text(outcome) for _, outcome in find_report_card(school.standing)))
    return {**list_words(school), **({"grade": (grade,)} if grade else {}), **({"card": cards} if cards else {})}


def _tell_inspections(school: SiteSchool) -> tuple[Cell, ...]:
    inspections = school.standing.inspections
    latest = max((one["date"] for one in inspections), default="")
    kinds = dict.fromkeys(clean_text(one["kind"]) for one in inspections if one["date"] == latest)
    cards = find_report_card(school.standing)
    return (
        school.link,
        clean_text(find_overall_grade(school.standing)) or NOTHING,
        Several(tuple(f"{area}: {outcome}" for area, outcome in cards)) if cards else NOTHING,
        f"{format_date(latest)}, {join_words(kinds)}" if latest else NOTHING,
    )


def _count_good(site: AreaSite) -> Words:
    counted = count_inspections([school.standing for school in site.schools])
    if not counted.graded:
        return Words(("The files of this edition hold no overall grade of these schools.",))
    share = format_number(100 * counted.good_or_better / counted.graded, 0)
    said = (
        f"{counted.good_or_better} of {count_noun(counted.graded, 'school')} ({share}%) "
        f"{'was' if counted.good_or_better == 1 else 'were'} good or outstanding in the last graded inspection that "
        f"gave an overall grade; {counted.tell_without()}."
    )
    return Words((said,), lead="Good or better.")


def _count_cards(schools: Sequence[SiteSchool]) -> tuple[Piece, ...]:
    counts = Counter((area, grade) for school in schools for area, grade in find_report_card(school.standing))
    if not counts:
        return ()
    rows = tuple(SiteRow((area, grade, str(counts[area, grade]))) for area, grade in sorted(counts))
    columns = (SiteColumn("Area"), SiteColumn("Grade"), SiteColumn("Schools", numeric=True))
    return (
        Title(f"{Framework.REPORT_CARD.capitalize()}s by area"),
        SiteTable(
            "report-cards", "In how many schools each area of the latest report card has each grade", columns, rows
        ),
    )
