"""Lists that the area's report has no room for: schools worth a look, panels' decisions, files and their questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.foundation.vocabulary import Unit, count_noun, format_date
from pipeline.report.area.early import describe_moved
from pipeline.report.area.exhibits import explain_probabilities, phrase_probability
from pipeline.report.area.findings import PanelNote, SchoolStanding
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
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import ENGLAND
from pipeline.report.school.tables import NOTHING
from pipeline.report.sentences.counting import count_things, count_those, end_sentence, start_sentence
from pipeline.report.sentences.rounding import format_interval, format_number, format_value

WORTH_A_LOOK, DECISIONS, FILES = "worth-a-look.html", "decisions.html", "files.html"
_NAMED, _PROBABLE = "Named as a gap in its own report", "Probable, not shown for certain there"


def lay_out_worth_a_look(site: AreaSite) -> SitePage:
    """The gaps that are probable over all schools of the area at once, one row a measure of a school."""
    listed = {one["urn"]: one["entries"] for one in site.tell("worth_a_look", "schools") or ()}
    rows = tuple(
        SiteRow(
            (school.link, *_tell_gap(entry, beside)),
            {**list_words(school), "shown": (_NAMED if beside["named"] else _PROBABLE,)},
        )
        for school in site.schools
        for entry in listed.get(school.urn, ())
        for beside in entry["beside"]
    )
    shown = Filter("shown", "In its own report", list_options(rows, "shown", (_NAMED, _PROBABLE)))
    return SitePage(
        WORTH_A_LOOK,
        "Worth a look",
        "Schools worth a look",
        "A school's own report names only what chance can hardly have made. Here stands what is probably amiss, over "
        "all schools at once: a reason to ask, and not a finding.",
        (
            *_count_list(site, len(rows)),
            SiteTable(
                "worth-a-look",
                f"{start_sentence(count_things(len(rows), 'probable gap'))}, schools by name",
                (
                    SiteColumn("School"),
                    SiteColumn("Indicator"),
                    SiteColumn("School's figure", numeric=True),
                    SiteColumn("Beside"),
                    SiteColumn("Their figure", numeric=True),
                    SiteColumn("How probable"),
                    SiteColumn("In its own report"),
                ),
                rows,
                f"{explain_probabilities()} A star marks a key priority. A school that is not here is not thereby "
                "shown to be fine: its figures may be few, withheld or not compared.",
                (*((shown,) if len(shown.options) > 1 else ()), *find_filters(site, rows)),
                "Search for any word",
                "No gap is probable enough to be named, or how far schools truly differ could not be told.",
            ),
        ),
    )


def _tell_gap(entry: Mapping[str, Any], beside: Mapping[str, Any]) -> tuple[Cell, ...]:
    unit, decimals = entry["unit"], entry["decimals"]
    return (
        f"{entry['short_title']}{', early' if entry['early'] else ''}{'*' if entry['key_priority'] else ''}",
        format_value(entry["value"], unit, decimals),
        "England" if beside["comparator"] == ENGLAND else beside["comparator"],
        format_value(beside["baseline"], unit, decimals),
        start_sentence(phrase_probability(beside["probability"])),
        _NAMED if beside["named"] else _PROBABLE,
    )


def _count_list(site: AreaSite, count: int) -> tuple[Piece, ...]:
    found = site.tell("worth_a_look")
    if not found or not count:
        return ()
    false = format_number(found["expected_false"], 0)
    said = (
        f"{count_noun(count, 'gap')} of {count_things(len(found['schools']), 'school')}; of these "
        f"{count_those(found['named'], 'is', 'are')} named in the schools' own reports. About {false} are expected to "
        "be none, and nobody knows which."
    )
    return (Words((said,), lead="How many, and how sure."),)


def lay_out_decisions(site: AreaSite) -> SitePage:
    """What panels decided, why, who answers for it and when."""
    rows = tuple(
        SiteRow(
            (school.link, *_tell_decision(school.standing, panel)),
            {**list_words(school), "decided": ("Otherwise than indicated" if panel.changed else "As indicated",)},
        )
        for school in site.schools
        if (panel := school.standing.panel)
    )
    changed = Filter("decided", "Decided", list_options(rows, "decided"))
    waiting = len(site.schools) - len(rows)
    return SitePage(
        DECISIONS,
        "Decisions",
        "What panels decided",
        f"{len(rows)} of {count_things(len(site.schools), 'school')}; for {waiting} the category is as the figures "
        "indicate.",
        (
            SiteTable(
                "decisions",
                f"{start_sentence(count_things(len(rows), 'decision'))}, schools by name",
                (
                    SiteColumn("School"),
                    SiteColumn("Indicated", order=site.titles),
                    SiteColumn("Decided"),
                    SiteColumn("Reason"),
                    SiteColumn("Recorded by"),
                    SiteColumn("Date", dated=True),
                ),
                rows,
                "",
                (*((changed,) if len(changed.options) > 1 else ()), *find_filters(site, rows)),
                "Search for any word",
                "No panel's decision is written down for this edition.",
            ),
        ),
    )


def _tell_decision(standing: SchoolStanding, panel: PanelNote) -> tuple[Cell, ...]:
    return (
        standing.indicated_title,
        standing.title if panel.changed else "the same",
        clean_text(panel.reason) or NOTHING,
        clean_text(panel.person) or NOTHING,
        format_date(panel.date),
    )


def lay_out_files(site: AreaSite) -> SitePage:
    """Every published file, what was found in it, and the questions that schools' figures raise."""
    files = site.tell("files") or ()
    rows = tuple(
        SiteRow(
            (
                one["file"],
                one["title"] if one["loaded"] else "left out",
                one["year"] or NOTHING,
                format_number(one["rows"], 0),
                format_number(one["figures"], 0),
                Several(tuple(map(end_sentence, one["findings"]))) if one["findings"] else NOTHING,
            ),
            {"year": (one["year"],), "found": ("Something to know" if one["findings"] else "Nothing to know",)},
        )
        for one in files
    )
    found = (
        Filter("year", "Year", list_options(rows, "year")),
        Filter("found", "Findings", list_options(rows, "found")),
    )
    return SitePage(
        FILES,
        "Files",
        "Files and questions",
        "What the published files held, what was wrong with them, and what schools' figures ask.",
        (
            Title("Published files"),
            SiteTable(
                "files",
                f"{start_sentence(count_things(len(rows), 'published file'))} of this edition",
                (
                    SiteColumn("File"),
                    SiteColumn("What it is"),
                    SiteColumn("Year"),
                    SiteColumn("Rows", numeric=True),
                    SiteColumn("Figures", numeric=True),
                    SiteColumn("What was found"),
                ),
                rows,
                "",
                tuple(one for one in found if len(one.options) > 1),
                "Search for any word",
                f"The {site.edition.place}'s report could not be made, so its files are not told here.",
            ),
            *_list_questions(site),
            *_list_writing(site),
            *_list_early(site),
        ),
    )


def _list_questions(site: AreaSite) -> tuple[Piece, ...]:
    rows = tuple(
        SiteRow((school.link, Several(tuple(map(clean_text, school.standing.warnings)))))
        for school in site.schools
        if school.standing.warnings
    )
    columns = (SiteColumn("School"), SiteColumn("What the checks of its figures found"))
    nothing = "No school's figures raised a question."
    caption = "Questions about schools' figures, by name"
    return (Title("Questions"), SiteTable("questions", caption, columns, rows, nothing=nothing))


def _list_writing(site: AreaSite) -> tuple[Piece, ...]:
    asked = [(school, school.standing.writing) for school in site.schools if school.standing.writing]
    if not asked:
        return ()
    rows = tuple(
        SiteRow(
            (
                school.link,
                format_value(check.writing, Unit.PERCENT, 0),
                format_value(check.suggested, Unit.PERCENT, 0),
                format_interval(check.lower, check.upper, Unit.PERCENT, 0),
                format_number(check.pupils, 0),
            )
        )
        for school, check in asked
        if check
    )
    columns = (
        SiteColumn("School"),
        SiteColumn("Writing", numeric=True),
        SiteColumn("Tests suggest", numeric=True),
        SiteColumn("Usual", numeric=True),
        SiteColumn("Pupils", numeric=True),
    )
    caption = "Writing as teachers assessed it, far from what reading and maths tests suggest"
    note = "A question for moderation, not a gap: there can be good reasons."
    return (Title("Writing"), SiteTable("writing", caption, columns, rows, note))


def _list_early(site: AreaSite) -> tuple[Piece, ...]:
    """Early figures that moved when they were published; nothing where none was published since."""
    compared = [(school, one) for school in site.schools for one in school.standing.early.compared]
    if not compared:
        return ()
    rows = tuple(SiteRow((school.link, *describe_moved(one))) for school, one in compared if one.moved)
    headings = ("Measure", "Year", "Early", "Of pupils", "Published", "Of pupils", "Moved by")
    columns = (SiteColumn("School"), *(SiteColumn(one, numeric=place > 1) for place, one in enumerate(headings)))
    caption = f"Early results that moved when they were published, {len(rows)} of {len(compared)}, schools by name"
    note = "Moved by: published less early; of percentages, in percentage points."
    nothing = "No early figure moved when it was published."
    return (Title("Early results"), SiteTable("early", caption, columns, rows, note, nothing=nothing))
