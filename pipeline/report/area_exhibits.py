"""The tables and the figure of an area's report. Schools stand in the order of their names and in no other."""

from __future__ import annotations

from collections import Counter

from pipeline.report.area import (
    AreaFigure,
    AreaReport,
    SchoolStanding,
    count_gaps,
    find_overall_grade,
    find_report_card,
)
from pipeline.report.exhibits import Column, Figure, Table, clean_text
from pipeline.report.figures import COLOUR, QUIET, WIDTH, draw_exhibit, keep_style
from pipeline.report.rounding import write_number, write_signed_difference, write_value
from pipeline.report.tables import NOTHING
from pipeline.report.wording import count_things, join_words, start_sentence
from pipeline.vocabulary import Direction, PupilGroup, Rating, name_academic_year


def tabulate_categories(report: AreaReport, *, id: str = "categories") -> Table:
    """How many schools each category holds, from least to most support."""
    total = len(report.schools)
    return Table(
        id,
        "Schools by indicative category, from least to most support",
        (Column("Category"), Column("Schools", numeric=True), Column("Share", numeric=True)),
        tuple(
            (title, str(len(schools)), f"{write_number(100 * len(schools) / total, 0)}%" if total else NOTHING)
            for _, title, schools in report.categories
        ),
    )


def draw_categories(report: AreaReport, *, id: str = "categories-figure") -> Figure | None:
    """The same as bars, each labelled with its count; None where no school has a category."""
    if not report.schools:
        return None
    from matplotlib.figure import Figure as Drawing

    counts = [(title, len(schools)) for _, title, schools in report.categories]
    listed = join_words(f"{title} {count}" for title, count in counts)
    with keep_style():
        drawing = Drawing(figsize=(WIDTH, 0.3 + 0.28 * len(counts)), facecolor="white")
        panel = drawing.add_axes((0.27, 0.04, 0.66, 0.92))
        places = range(len(counts))
        panel.barh(places, [count for _, count in counts], height=0.62, color=COLOUR[Rating.STRENGTH])
        for place, (_, count) in enumerate(counts):
            panel.annotate(str(count), (count, place), xytext=(4, 0), textcoords="offset points", va="center")
        panel.set_yticks(places, [clean_text(title) for title, _ in counts])
        panel.set_ylim(len(counts) - 0.5, -0.5)
        panel.set_xlim(0, max(count for _, count in counts) * 1.08)
        panel.set_xticks([])
        panel.tick_params(axis="y", length=0)
        panel.spines["bottom"].set_visible(False)
        panel.spines["left"].set_color(QUIET)
        return draw_exhibit(
            drawing,
            id=id,
            caption=f"Schools of {clean_text(report.name)} in each indicative category.",
            alt=f"{start_sentence(count_things(len(counts), 'bar'))}, one a category, from least to most support: "
            f"{listed}. {start_sentence(count_things(len(report.schools), 'school'))} in all.",
        )


def tabulate_area_figures(report: AreaReport, *, id: str = "area-figures") -> Table | None:
    """The area's attainment, progress and absence beside England's; None where no file has a row for the area."""
    figures = [figure for figure in report.figures if figure.group != PupilGroup.DISADVANTAGED]
    if not figures:
        return None
    return Table(
        id,
        f"{clean_text(report.name)} beside England, all pupils",
        (
            Column("Indicator"),
            Column("Area", numeric=True),
            Column("England", numeric=True),
            Column("Difference", numeric=True),
            Column("Year"),
        ),
        tuple(
            (
                figure.short_title,
                _write(figure, figure.value),
                _write(figure, figure.england),
                write_signed_difference(figure.value - figure.england, figure.unit, figure.decimals),
                name_academic_year(figure.year),
            )
            for figure in figures
        ),
        note="pp: percentage points. More is better"
        + (", except for absence." if any(one.direction == Direction.LOWER_IS_BETTER for one in figures) else "."),
    )


def tabulate_disadvantaged_gap(report: AreaReport, *, id: str = "disadvantaged-gap") -> Table | None:
    """The gap between disadvantaged and other pupils in the area and in England; None where it is not published."""
    figures = [figure for figure in report.figures if figure.group == PupilGroup.DISADVANTAGED]
    if not figures:
        return None
    return Table(
        id,
        "The gap between disadvantaged and other pupils",
        (
            Column("Indicator"),
            Column("Area: disadvantaged", numeric=True),
            Column("Area: other", numeric=True),
            Column("Area: gap", numeric=True),
            Column("England: gap", numeric=True),
            Column("Year"),
        ),
        tuple(
            (
                figure.short_title,
                _write(figure, figure.value),
                NOTHING if figure.other is None else _write(figure, figure.other),
                _write_gap(figure, figure.value, figure.other),
                _write_gap(figure, figure.england_own, figure.england),
                name_academic_year(figure.year),
            )
            for figure in figures
        ),
        note="A gap with a minus sign means that disadvantaged pupils do less well. pp: percentage points.",
    )


def tabulate_overall_grades(report: AreaReport, *, id: str = "overall-grades") -> Table | None:
    """How many schools had each overall grade in their last graded inspection that gave one."""
    counts = Counter(grade for school in report.schools if (grade := find_overall_grade(school)))
    if not counts:
        return None
    order = ["Outstanding", "Good", "Requires improvement", "Inadequate"]
    grades = sorted(counts, key=lambda grade: (order.index(grade) if grade in order else len(order), grade))
    return Table(
        id,
        "Overall grade of the last graded inspection that gave one",
        (Column("Grade"), Column("Schools", numeric=True)),
        tuple((clean_text(grade), str(counts[grade])) for grade in grades),
    )


def tabulate_report_cards(report: AreaReport, *, id: str = "report-cards") -> Table | None:
    """How many schools had each grade in each area of their latest report card; None where there is no report card."""
    counts = Counter(outcome for school in report.schools for outcome in find_report_card(school))
    if not counts:
        return None
    return Table(
        id,
        "Report cards (since November 2025): grades by area, in their own words",
        (Column("Area"), Column("Grade"), Column("Schools", numeric=True)),
        tuple((clean_text(area), clean_text(grade), str(counts[area, grade])) for area, grade in sorted(counts)),
    )


def tabulate_schools(report: AreaReport, category: str, *, id: str) -> Table | None:
    """The schools of one category by name, with their gaps and strengths; None where it holds none."""
    found = next(schools for key, _, schools in report.categories if key == category)
    title = next(title for key, title, _ in report.categories if key == category)
    if not found:
        return None
    return Table(
        id,
        f"{clean_text(title)}: {count_things(len(found), 'school')}, by name",
        (Column("School"), Column("URN"), Column("Gaps"), Column("Strengths")),
        tuple(
            (school.name, str(school.urn), _list_rated(school, Rating.GAP), _list_rated(school, Rating.STRENGTH))
            for school in found
        ),
    )


def tabulate_insufficient(report: AreaReport, *, id: str = "insufficient-evidence") -> Table | None:
    """Schools whose figures are too few for a category, and why; None where there are none."""
    found = [school for school in report.schools if school.tier is None]
    if not found:
        return None
    return Table(
        id,
        "Too few figures for a category: the panel decides",
        (Column("School"), Column("URN"), Column("Why")),
        tuple((school.name, str(school.urn), school.reason) for school in found),
    )


def tabulate_gaps(report: AreaReport, *, id: str = "common-gaps") -> Table | None:
    """In how many schools each indicator is a gap or a strength; None where none was rated."""
    counted = count_gaps(report)
    if not counted:
        return None
    return Table(
        id,
        "In how many schools each indicator is a gap or a strength",
        (
            Column("Indicator"),
            Column("Schools rated", numeric=True),
            Column("Gap", numeric=True),
            Column("Strength", numeric=True),
        ),
        tuple(
            (f"{one.short_title}{'*' if one.key_priority else ''}", str(rated), str(gaps), str(strengths))
            for one, gaps, strengths, rated in counted
        ),
        note="* A key priority.",
    )


def tabulate_unreported(report: AreaReport, *, id: str = "unreported") -> Table | None:
    """Schools of the area without a report, and why; None where every school has one."""
    if not report.unreported:
        return None
    return Table(
        id,
        "Schools of the area without a report",
        (Column("School"), Column("URN"), Column("Why")),
        tuple((one.name, str(one.urn), one.reason) for one in report.unreported),
    )


def tabulate_files(report: AreaReport, *, id: str = "files") -> Table | None:
    """Every published file that was given, what it is and how much it held; None where none is named."""
    if not report.files:
        return None
    return Table(
        id,
        "The published files of this edition",
        (
            Column("File"),
            Column("What it is"),
            Column("Year"),
            Column("Rows", numeric=True),
            Column("Figures", numeric=True),
        ),
        tuple(
            (
                one.file,
                one.title if one.loaded else "left out",
                one.year or NOTHING,
                write_number(one.rows, 0),
                write_number(one.figures, 0),
            )
            for one in report.files
        ),
    )


def _write(figure: AreaFigure, value: float) -> str:
    return write_value(value, figure.unit, figure.decimals)


def _write_gap(figure: AreaFigure, disadvantaged: float | None, other: float | None) -> str:
    if disadvantaged is None or other is None:
        return NOTHING
    return write_signed_difference(disadvantaged - other, figure.unit, figure.decimals)


def _list_rated(school: SchoolStanding, rating: Rating, most: int = 4) -> str:
    """Key priorities first; the school's own report holds them all."""
    found = sorted(school.rated(rating), key=lambda one: not one.key_priority)
    listed = [f"{one.short_title}{'*' if one.key_priority else ''}" for one in found[:most]]
    if len(found) > most:
        listed.append(f"{len(found) - most} more")
    return "; ".join(listed) or "none"
