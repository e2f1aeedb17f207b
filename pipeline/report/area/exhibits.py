"""The tables and the figure of an area's report. Schools stand in the order of their names and in no other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from pipeline.analysis.country.top_tenth import AuthorityStanding
from pipeline.analysis.indicators.themes import find_theme, load_themes
from pipeline.foundation.vocabulary import Direction, Phase, PupilGroup, Rating, Unit, format_date, name_academic_year
from pipeline.policy.outcome import count_in_100
from pipeline.report.area.findings import (
    AreaFigure,
    AreaReport,
    PhaseFigure,
    SchoolStanding,
    count_gaps,
    find_borderline,
    find_decided,
    find_doubtful,
    find_flagged,
    find_overall_grade,
    find_report_card,
    find_undecided,
    measure_by_phase,
)
from pipeline.report.area.worth_a_look import Beside, Entry
from pipeline.report.charts import COLOUR, TICKED, WIDTH, draw_chart, draw_ruling, keep_style, start_drawing
from pipeline.report.exhibits import Chart, Column, Table, clean_text
from pipeline.report.facts import ENGLAND, SIMILAR
from pipeline.report.plots import BREAK, PAD, POINT, Plot, Ruling, draw_shape, draw_words
from pipeline.report.school.tables import NOTHING
from pipeline.report.sentences.counting import count_things, count_those, join_words, start_sentence
from pipeline.report.sentences.rounding import format_interval, format_number, format_value
from pipeline.report.sentences.wording import name_short

BAR = 0.62  # how much of its row a bar takes


def tabulate_categories(report: AreaReport, *, id: str = "categories") -> Table:
    """How many schools each category holds, from least to most support, and how many the figures indicated."""
    total = len(report.schools)
    decided = bool(find_decided(report.schools))
    provisional = any(school.provisional for school in report.schools)
    return Table(
        id,
        f"Schools by {name_category(report)}, from least to most support",
        (
            Column("Category"),
            Column("Schools", numeric=True),
            Column("Share", numeric=True),
            *([Column("Of these provisional", numeric=True)] if provisional else []),
            *([Column("Indicated by the figures", numeric=True)] if decided else []),
        ),
        tuple(
            (
                title,
                str(len(schools)),
                f"{format_number(100 * len(schools) / total, 0)}%" if total else NOTHING,
                *([str(sum(school.provisional for school in schools))] if provisional else []),
                *([str(sum(school.indicated == key for school in report.schools))] if decided else []),
            )
            for key, title, schools in report.categories
        ),
        note=_explain_provisional(report) if provisional else "",
    )


def _explain_provisional(report: AreaReport) -> str:
    early = any(school.provisional and school.early.judged for school in report.schools)
    return f"A provisional category rests on figures of one year alone{', or on early results' if early else ''}."


def name_category(report: AreaReport) -> str:
    """What the categories counted are: indicative until a panel has decided on a school."""
    return "category" if find_decided(report.schools) else "indicative category"


def draw_categories(report: AreaReport, *, id: str = "categories-figure") -> Chart | None:
    """The same as bars, each labelled with its count; None where no school has a category."""
    if not report.schools:
        return None
    counts = [(title, len(schools)) for _, title, schools in report.categories]
    listed = join_words(f"{title} {count}" for title, count in counts)
    height = 0.2 + 0.23 * len(counts)
    with keep_style():
        drawing, ruling = start_drawing(height), Ruling()
        scales: dict[str, Any] = {
            "across": (0, 1.08 * max(count for _, count in counts)),
            "up": (len(counts) - 0.5, -0.5),  # rows are counted downwards
        }
        plot = Plot(0.27 * WIDTH, 0.04 * height, 0.66 * WIDTH, 0.92 * height, **scales)
        for row, (title, count) in enumerate(counts):
            at = plot.find_up(row)
            bar = plot.outline((0, count), (row - BAR / 2, row + BAR / 2))
            draw_shape(drawing, bar, facecolor=COLOUR[Rating.STRENGTH], edgecolor="none")
            words = clean_text(title)
            draw_words(drawing, plot.left - PAD, at, words, ha="right", va="center_baseline", fontsize=TICKED)
            draw_words(drawing, plot.find_across(count) + 4 * POINT, at, str(count), va="center")
        ruling.edges += [(plot.left, plot.bottom), (plot.left, plot.top), BREAK]
        draw_ruling(drawing, ruling)
        return draw_chart(
            drawing,
            id=id,
            caption=f"Schools of {clean_text(report.name)} in each {name_category(report)}.",
            alt=f"{start_sentence(count_things(len(counts), 'bar'))}, one a category, from least to most support: "
            f"{listed}. {start_sentence(count_things(len(report.schools), 'school'))} in all.",
        )


def tabulate_area_figures(report: AreaReport, *, id: str = "area-figures") -> Table | None:
    """What the area's pupils do beside England's; None where no file has a row for the area."""
    figures = [figure for figure in report.figures if figure.group != PupilGroup.DISADVANTAGED]
    if not figures:
        return None
    return Table(
        id,
        f"{clean_text(report.name)} beside England, all pupils",
        (
            Column("Indicator"),
            Column(start_sentence(report.edition.place), numeric=True),
            Column("England", numeric=True),
            Column("Difference", numeric=True),
            Column("Year"),
        ),
        tuple(
            (
                figure.short_title,
                _write(figure, figure.value),
                _write(figure, figure.england),
                format_number(figure.value - figure.england, figure.decimals, signed=True),
                name_academic_year(figure.year),
            )
            for figure in figures
        ),
        note="Differences between percentages are in percentage points."
        + (f" Lower is better for {lower}." if (lower := _name_lower(figures)) else ""),
    )


def _name_lower(figures: Sequence[AreaFigure | PhaseFigure]) -> str:
    """The indicators of which less is better, joined; empty where there are none."""
    return join_words(dict.fromkeys(name_short(one) for one in figures if one.direction == Direction.LOWER_IS_BETTER))


def tabulate_by_phase(report: AreaReport, *, id: str = "by-phase") -> Table | None:
    """What England publishes by phase, of the schools reported on; None where no school has any of it."""
    figures = measure_by_phase(report)
    if not figures:
        return None
    return Table(
        id,
        f"{_name_themes(figures)}, {figures[0].year}, by the phase that England's figure is for",
        (
            Column("Indicator"),
            Column("Schools of phase"),
            Column("Schools", numeric=True),
            Column(start_sentence(report.edition.place), numeric=True),
            Column("England", numeric=True),
            Column("Difference", numeric=True),
        ),
        tuple(
            (
                f"{figure.short_title}{'*' if figure.key_priority else ''}",
                start_sentence(join_words(figure.phases)),
                str(figure.schools),
                format_value(figure.value, figure.unit, figure.decimals),
                format_value(figure.england, figure.unit, figure.decimals),
                format_number(figure.value - figure.england, figure.decimals, signed=True),
            )
            for figure in figures
        ),
        note="* A key priority. The schools reported on, each counting as its pupils."
        + (f" Lower is better for {lower}." if (lower := _name_lower(figures)) else ""),
    )


_EXPLAINED = (
    "By P90, the figure that nine in ten authorities do not pass: shown where it takes in more or fewer than places do."
)


def tabulate_top_tenth(report: AreaReport, *, id: str = "top-tenth") -> tuple[Table, ...]:
    """The area beside the top tenth of all authorities, a table for each source; empty where no file tells of all."""
    by_source: dict[str, list[AuthorityStanding]] = {}
    for one in report.top_tenth:
        by_source.setdefault(one.source, []).append(one)
    return tuple(
        _tabulate_source(f"{id}-{number}", source, found)
        for number, (source, found) in enumerate(by_source.items(), start=1)
    )


def _tabulate_source(id: str, source: str, found: Sequence[AuthorityStanding]) -> Table:
    lower = list(dict.fromkeys(one.title for one in found if one.top.direction == Direction.LOWER_IS_BETTER))
    otherwise = any(one.is_counted_otherwise for one in found)
    files = join_words(dict.fromkeys(clean_text(one.file) for one in found))
    return Table(
        id,
        f"Beside the top tenth of authorities: {clean_text(source)}",
        (
            Column("Measure"),
            Column("Year"),
            Column("Area", numeric=True),
            Column("Top tenth from", numeric=True),
            Column("Distance", numeric=True),
            Column("Place", numeric=True),
            *([Column("By P90", numeric=True)] if otherwise else []),
        ),
        tuple(
            (
                one.title,
                f"{name_academic_year(one.year)}{' (provisional)' if one.provisional else ''}",
                format_value(one.value, one.unit, one.decimals),
                format_value(one.top.threshold, one.unit, one.decimals),
                format_number(one.distance, one.decimals, signed=True),
                f"{one.rank} of {one.top.authorities}",
                *([_phrase_percentile(one)] if otherwise else []),
            )
            for one in found
        ),
        note="A minus sign is what is still to go; between percentages it is percentage points."
        + (f" Lower is better for {join_words(map(_begin_small, lower))}: the top tenth lies below." if lower else "")
        + (f" {_EXPLAINED}" if otherwise else "")
        + f" From {files}.",
    )


def _begin_small(title: str) -> str:
    return title[:1].lower() + title[1:]


def _phrase_percentile(one: AuthorityStanding) -> str:
    """``51.98, in``: the percentile with one decimal more, and whether the area is in by it."""
    if not one.is_counted_otherwise:
        return NOTHING
    written = format_value(one.top.percentile, one.unit, one.decimals + 1)
    return f"{written}, {'in' if one.top.is_within_percentile(one.value) else 'not in'}"


def _name_themes(figures: Sequence[PhaseFigure]) -> str:
    themes = load_themes()
    first, *more = dict.fromkeys(find_theme(figure.theme, themes).title for figure in figures)
    return join_words([first, *(title[:1].lower() + title[1:] for title in more)])


def tabulate_days(report: AreaReport, *, id: str = "support-in-all") -> Table | None:
    """What the categories bring in numbers, added up over their schools; None where the policy gives no numbers."""
    amounts = [category.entitlement.amounts for category in report.policy.categories]
    names = [name for name in amounts[0] if all(_read_amount(each.get(name)) is not None for each in amounts)]
    if not names or not report.schools:
        return None
    counts = [len(schools) for _, _, schools in report.categories]
    rows = [
        (category.title, str(count), *(_multiply_amount(each[name], count) for name in names))
        for category, each, count in zip(report.policy.categories, amounts, counts, strict=False)
    ]
    total = (
        "All",
        str(sum(counts[: len(amounts)])),
        *(_add_amounts([each[name] for each in amounts], counts) for name in names),
    )
    return Table(
        id,
        "Support that the categories bring, added up over their schools",
        (Column("Category"), Column("Schools", numeric=True), *(Column(name, numeric=True) for name in names)),
        (*rows, total),
        note="Schools with too little evidence for a category are not counted." if counts[-1] else "",
    )


def _read_amount(amount: str | int | None) -> int | None:
    found = re.search(r"\d+", str(amount or ""))
    return int(found[0]) if found else None


def _multiply_amount(amount: str | int, count: int) -> str:
    """``at least 10`` for two schools is ``at least 20``."""
    words = re.sub(r"\d+", lambda number: str(int(number[0]) * count), str(amount))
    return words if count else "0"


def _add_amounts(amounts: Sequence[str | int], counts: Sequence[int]) -> str:
    pairs = [(amount, count) for amount, count in zip(amounts, counts, strict=False) if count]
    total = sum((_read_amount(amount) or 0) * count for amount, count in pairs)
    return f"{'at least ' if any('at least' in str(amount) for amount, _ in pairs) else ''}{total}"


def tabulate_disadvantaged_gap(report: AreaReport, *, id: str = "disadvantaged-gap") -> Table | None:
    """The gap between disadvantaged and other pupils in the area and in England; None where it is not published."""
    figures = [figure for figure in report.figures if figure.group == PupilGroup.DISADVANTAGED]
    if not figures:
        return None
    place = start_sentence(report.edition.place)
    return Table(
        id,
        "The gap between disadvantaged and other pupils",
        (
            Column("Indicator"),
            Column(f"{place}: disadvantaged", numeric=True),
            Column(f"{place}: other", numeric=True),
            Column(f"{place}: gap", numeric=True),
            Column("England: gap", numeric=True),
            Column("Year"),
        ),
        tuple(
            (
                figure.short_title,
                _write(figure, figure.value),
                NOTHING if figure.other is None else _write(figure, figure.other),
                _format_gap(figure, figure.value, figure.other),
                _format_gap(figure, figure.england, figure.england_other),
                name_academic_year(figure.year),
            )
            for figure in figures
        ),
        note="A minus sign means that disadvantaged pupils do less well. Gaps between percentages are in percentage "
        "points.",
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
    """The schools of one category by name, with their gaps and strengths; None where it holds none.

    Where a panel has decided, with what the figures indicated; where it is known, with how certain that is.
    """
    found = next(schools for key, _, schools in report.categories if key == category)
    title = next(title for key, title, _ in report.categories if key == category)
    if not found:
        return None
    decided = bool(find_decided(report.schools))
    certain = any(school.certainty is not None for school in report.schools)
    return Table(
        id,
        f"{clean_text(title)}: {count_things(len(found), 'school')}, by name",
        (
            Column("School"),
            Column("URN"),
            *([Column("Indicated by the figures")] if decided else []),
            *([Column("How certain")] if certain else []),
            Column("Gaps"),
            Column("Strengths"),
        ),
        tuple(
            (
                f"{school.name}{' (provisional)' if school.provisional else ''}",
                str(school.urn),
                *([school.indicated_title if school.indicated != school.category else "the same"] if decided else []),
                *([phrase_certain(school)] if certain else []),
                _list_rated(school, Rating.GAP),
                _list_rated(school, Rating.STRENGTH),
            )
            for school in found
        ),
    )


def phrase_certain(school: SchoolStanding) -> str:
    """``86 in 100``; ``62 in 100: borderline with Secure``; ``45 in 100: doubtful with Secure``."""
    if school.certainty is None:
        return NOTHING
    said = f"{count_in_100(school.certainty)} in 100"
    if not school.between:
        return said
    return f"{said}: {school.sureness} with {school.between[-1]}"


def tabulate_worth_a_look(report: AreaReport) -> tuple[Table, ...]:
    """The list of schools worth a look, a table for each phase, schools by name; empty where none is on it."""
    listed = [school for school in report.schools if school.urn in report.worth_a_look.schools]
    phases = [phase for phase in Phase if any(school.phase == phase for school in listed)]
    return tuple(
        _tabulate_listed(report, phase, [school for school in listed if school.phase == phase]) for phase in phases
    )


def _tabulate_listed(report: AreaReport, phase: Phase, schools: Sequence[SchoolStanding]) -> Table:
    return Table(
        f"worth-a-look-{phase.replace(' ', '-')}",
        f"{start_sentence(phase)}: {count_things(len(schools), 'school')} worth a look, by name",
        (
            Column("School"),
            Column(start_sentence(name_category(report))),
            Column("Named as gaps in its own report"),
            Column("Probable, not shown for certain in its report"),
        ),
        tuple(
            (
                school.told_name,
                school.title,
                _phrase_listed(report.worth_a_look.schools[school.urn], named=True),
                _phrase_listed(report.worth_a_look.schools[school.urn], named=False),
            )
            for school in schools
        ),
        note="Each figure with that of England, or of similar schools, in brackets. "
        f"{explain_probabilities()} * A key priority.",
    )


#: From which probability each word is said, and what it is.
PROBABLY: tuple[tuple[float, str], ...] = (
    (0.99, "almost certainly"),
    (0.95, "very probably"),
    (0.8, "probably"),
    (0.0, "perhaps"),
)


def explain_probabilities() -> str:
    """What the words for a probability mean, in a sentence or two."""
    (_, surest), *others = PROBABLY
    named = [f"{surest}: at least {round(100 * PROBABLY[0][0])} times in 100"]
    named += [f"{words}: {f'at least {round(100 * least)}' if least else 'fewer'}" for least, words in others]
    return f"{start_sentence('; '.join(named))}."


def phrase_probability(probability: float) -> str:
    """The word for a probability: ``very probably``."""
    return next(words for least, words in PROBABLY if probability >= least)


def _phrase_listed(entries: Sequence[Entry], *, named: bool) -> str:
    """``Beside England, almost certainly: Maths 55% (73%); and Reading 60% (74%). Probably: …``."""
    told = []
    for comparator, whom in ((ENGLAND, "England"), (SIMILAR, "similar schools")):
        found: dict[str, list[str]] = {words: [] for _, words in PROBABLY}
        for one in entries:
            for beside in one.beside:
                if beside.comparator == comparator and beside.named == named:
                    found[phrase_probability(beside.probability)].append(_phrase_entry(one, beside))
        likely = [f"{words}: {join_words(each, between=';')}." for words, each in found.items() if each]
        if likely:
            told += [f"Beside {whom}, {likely[0]}", *(start_sentence(words) for words in likely[1:])]
    return " ".join(told) or NOTHING


def _phrase_entry(entry: Entry, beside: Beside) -> str:
    value, other = (format_value(one, entry.unit, entry.decimals) for one in (entry.value, beside.baseline))
    name = f"{entry.short_title}{'*' if entry.key_priority else ''}{', early,' if entry.early else ''}"
    return f"{name} {value} ({other})"


def tabulate_doubtful(report: AreaReport, *, id: str = "doubtful") -> Table | None:
    """Schools not yet decided on whose indicated category is doubtful; None where there are none."""
    found = find_doubtful(find_undecided(report.schools))
    return _tabulate_for_panel(id, "Doubtful: other outcomes together are likelier than the category indicated", found)


def tabulate_borderline(report: AreaReport, *, id: str = "borderline") -> Table | None:
    """Schools not yet decided on whose indicated category is borderline; None where there are none."""
    found = find_borderline(find_undecided(report.schools))
    return _tabulate_for_panel(id, "Borderline: the category indicated is likelier than not, but far from sure", found)


def _tabulate_for_panel(id: str, caption: str, found: Sequence[SchoolStanding]) -> Table | None:
    if not found:
        return None
    return Table(
        id,
        f"{caption}. {start_sentence(count_things(len(found), 'school'))}, by name",
        (
            Column("School"),
            Column("URN"),
            Column("Indicated by the figures"),
            Column("Times in 100", numeric=True),
            Column("Likeliest other outcome"),
        ),
        tuple(
            (
                school.name,
                str(school.urn),
                school.indicated_title,
                count_in_100(school.certainty or 0.0),
                school.between[-1] if school.between else NOTHING,
            )
            for school in found
        ),
    )


def tabulate_decisions(report: AreaReport, *, id: str = "decisions") -> Table | None:
    """What panels decided, why, who recorded it and when; None where no panel has decided."""
    found = find_decided(report.schools)
    if not found:
        return None
    return Table(
        id,
        "What panels decided, by name of school",
        (
            Column("School"),
            Column("URN"),
            Column("Indicated"),
            Column("Decided"),
            Column("Reason"),
            Column("Recorded by"),
            Column("Date"),
        ),
        tuple(
            (
                school.name,
                str(school.urn),
                school.indicated_title,
                school.title if school.panel.changed else "the same",
                school.panel.reason or NOTHING,
                school.panel.person or NOTHING,
                format_date(school.panel.date),
            )
            for school in found
            if school.panel
        ),
    )


def tabulate_moves(report: AreaReport, *, id: str = "moves") -> Table | None:
    """Moves of two categories or more since last year that no inspection explains; None where there are none."""
    found = find_flagged(report.schools)
    if not found:
        return None
    return Table(
        id,
        "A move of two categories or more since last year that no inspection explains",
        (Column("School"), Column("URN"), Column("Last year"), Column("This year"), Column("Towards")),
        tuple(
            (
                school.name,
                str(school.urn),
                school.last_year.title,
                school.title,
                "more support" if school.last_year.tiers > 0 else "less support",
            )
            for school in found
            if school.last_year
        ),
    )


def tabulate_writing(report: AreaReport, *, id: str = "writing") -> Table | None:
    """Schools whose writing assessment lies far from their reading and maths tests; None where there are none."""
    found = [(school, school.writing) for school in report.schools if school.writing]
    if not found:
        return None
    return Table(
        id,
        "Writing as teachers assessed it, far from what reading and maths tests suggest",
        (
            Column("School"),
            Column("URN"),
            Column("Writing", numeric=True),
            Column("Tests suggest", numeric=True),
            Column("Usual", numeric=True),
            Column("Pupils", numeric=True),
        ),
        tuple(
            (
                school.name,
                str(school.urn),
                format_value(check.writing, Unit.PERCENT, 0),
                format_value(check.suggested, Unit.PERCENT, 0),
                format_interval(check.lower, check.upper, Unit.PERCENT, 0),
                format_number(check.pupils, 0),
            )
            for school, check in found
        ),
        note="A question for moderation, not a gap: there can be good reasons.",
    )


def tabulate_insufficient(report: AreaReport, *, id: str = "insufficient-evidence") -> Table | None:
    """Schools whose figures are too few for a category, and why; None where there are none."""
    found = [school for school in report.schools if school.tier is None]
    if not found:
        return None
    reasons = {school.reason for school in found}
    only = found[0].reason if len(reasons) == 1 else ""
    return Table(
        id,
        "Too few figures for a category: the panel decides",
        (Column("School"), Column("URN"), Column("Phase"), *([] if only else [Column("Why")])),
        tuple(
            (school.name, str(school.urn), start_sentence(school.phase), *([] if only else [school.reason]))
            for school in found
        ),
        note=only,
    )


def tabulate_gaps(report: AreaReport, *, id: str = "common-gaps", most: int = 12) -> Table | None:
    """The indicators that are a gap in most schools, at most ``most`` of them; None where none was rated."""
    every = count_gaps(report)
    if not every:
        return None
    counted = [row for row in every if row[1]][:most] or every[:most]
    left = every[len(counted) :]  # most gaps first
    fewer = sum(1 for _, gaps, _, _ in left if gaps)
    return Table(
        id,
        "In how many schools an indicator is a gap or a strength, most gaps first",
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
        note=f"* A key priority.{_count_other_gaps(fewer, len(left) - fewer)}",
    )


def _count_other_gaps(fewer: int, nowhere: int) -> str:
    """What is told of the indicators that are left out: gaps in fewer schools, and in none."""
    told = (
        (fewer, "in as many schools or fewer"),
        (nowhere, "in no school"),
    )
    return "".join(
        f" {start_sentence(count_those(count, 'more indicator is a gap', 'more indicators are gaps'))} {where}."
        for count, where in told
        if count
    )


def tabulate_unreported(report: AreaReport, *, id: str = "unreported") -> Table | None:
    """Schools of the area without a report, and why; None where every school has one."""
    if not report.unreported:
        return None
    return Table(
        id,
        "Schools without a report",
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
                format_number(one.rows, 0),
                format_number(one.figures, 0),
            )
            for one in report.files
        ),
    )


def _write(figure: AreaFigure, value: float) -> str:
    return format_value(value, figure.unit, figure.decimals)


def _format_gap(figure: AreaFigure, disadvantaged: float | None, other: float | None) -> str:
    if disadvantaged is None or other is None:
        return NOTHING
    return format_number(disadvantaged - other, figure.decimals, signed=True)


def _list_rated(school: SchoolStanding, rating: Rating, most: int = 3) -> str:
    """Key priorities first, then what stands out beside similar schools alone; the school's own report holds all."""
    found = sorted(school.rated(rating), key=lambda one: not one.key_priority)
    beside = [
        one
        for one in school.indicators
        if one.rating in (Rating.IN_LINE, Rating.NO_CLEAR_DIFFERENCE) and one.beside_similar == rating
    ]
    named = [
        *(f"{one.marked_title}{'*' if one.key_priority else ''}" for one in found),
        *(f"{one.marked_title}{'*' if one.key_priority else ''} (beside similar schools)" for one in beside),
    ]
    more = [f"{len(named) - most} more"] if len(named) > most else []
    return "; ".join([*named[:most], *more]) or "none"
