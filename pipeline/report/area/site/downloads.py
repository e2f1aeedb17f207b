"""What can be downloaded from the area's site: plain tables of the facts, the same numbers in the same digits.

What is withheld in the facts is empty here, with the word that stands in its place. A text that a spreadsheet would
take for a formula is marked, so that it stays a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.report.area.site.pieces import Link, SiteColumn, SitePage, SiteRow, SiteTable, Words
from pipeline.report.area.site.schools import SiteSchool
from pipeline.report.exhibits import clean_text
from pipeline.report.facts import ENGLAND, SIMILAR, find_certainty
from pipeline.report.sentences.rounding import format_number

DOWNLOADS = "downloads.html"
#: What makes a spreadsheet read a text as a formula, where it stands first; the wide forms do in some languages.
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

Value = str | int | float | bool | None


@dataclass(frozen=True)
class Download:
    """One table: its file's name without an ending, what a row is, its columns, and a school's rows."""

    name: str
    about: str
    columns: tuple[str, ...]
    list_rows: Callable[[SiteSchool, Mapping[str, Any]], Iterator[tuple[Value, ...]]]


def guard_formula(text: str) -> str:
    """``text`` on one line, with an apostrophe before it where a spreadsheet would take it for a formula."""
    clean = clean_text(text)
    return f"'{clean}" if clean.startswith(_BEGINS_A_FORMULA) else clean


def _list_schools(school: SiteSchool, facts: Mapping[str, Any]) -> Iterator[tuple[Value, ...]]:
    said, final, indicated = facts["school"], facts["final"], facts["assignment"]
    certainty, move, panel = find_certainty(facts) or {}, facts["last_year"] or {}, facts["officer"]["panel"] or {}
    yield (
        *(said["urn"], said["laestab"], said["name"], said["phase"], said["type"], said["town"]),
        *(school.district, school.adviser, said["la_name"], said["trust_name"]),
        *(final["title"], final["tier"], final["provisional"], indicated["title"], indicated["clause"]),
        *(certainty.get("probability"), certainty.get("sureness")),
        *(final["decided_by_panel"], panel.get("date"), move.get("title"), move.get("tiers_moved")),
        "; ".join(one.title for one in school.reasons),
    )


def _list_figures(school: SiteSchool, facts: Mapping[str, Any]) -> Iterator[tuple[Value, ...]]:
    for one in facts["indicators"]:
        beside = {each["comparator"]: each for each in one["comparisons"]}
        gap = one["gap"] or {}
        yield (
            *(school.urn, school.name, one["indicator"], one["title"], one["group"], one["unit"], one["direction"]),
            *(one["key_priority"], "; ".join(one["subjects"]), one["theme"], "; ".join(one["years"])),
            *(one["value"], one["lower"], one["upper"], one["pupils"], one["authority"]),
            *(
                beside.get(comparator, {}).get(name)
                for comparator in (ENGLAND, SIMILAR)
                for name in ("baseline", "difference", "rating")
            ),
            *(gap.get(name) for name in ("others", "value", "lower", "upper")),
            *(one["provisional"], one["early"]),
        )


def _list_years(school: SiteSchool, facts: Mapping[str, Any]) -> Iterator[tuple[Value, ...]]:
    names = ("year", "value", "lower", "upper", "pupils", "england", "availability", "word", "early", "file", "line")
    for one in facts["indicators"]:
        for each in one["by_year"]:
            yield (school.urn, school.name, one["indicator"], one["unit"], *(each[name] for name in names))


def _list_inspections(school: SiteSchool, facts: Mapping[str, Any]) -> Iterator[tuple[Value, ...]]:
    names = ("date", "framework", "kind", "area", "outcome", "about_predecessor")
    for one in facts["inspections"]:
        yield (school.urn, school.name, *(one[name] for name in names))


def _list_clauses(school: SiteSchool, facts: Mapping[str, Any]) -> Iterator[tuple[Value, ...]]:
    for number, one in enumerate(facts["assignment"]["checks"], start=1):
        asked, found = "; ".join(one["asked"]), "; ".join(one["found"])
        yield (school.urn, school.name, number, one["clause"], one["category"], asked, found, one["held"])


def _list_chances(school: SiteSchool, facts: Mapping[str, Any]) -> Iterator[tuple[Value, ...]]:
    for one in (find_certainty(facts) or {}).get("probabilities", ()):
        yield (school.urn, school.name, one["category"], one["title"], one["probability"])


DOWNLOADED: tuple[Download, ...] = (
    Download(
        "schools",
        "a school: its category, how certain it is, last year's, and the reasons to ring",
        (
            *("urn", "laestab", "school", "phase", "type", "town", "district", "adviser", "authority", "trust"),
            *("category", "tier", "provisional", "indicated", "clause", "probability", "sureness"),
            *("decided_by_panel", "panel_date", "last_year", "tiers_moved", "reasons"),
        ),
        _list_schools,
    ),
    Download(
        "figures",
        "an indicator of a school: its figure beside England and similar schools, and the gap to close",
        (
            *("urn", "school", "indicator", "title", "group", "unit", "direction", "key_priority", "subjects"),
            *("theme", "years", "value", "lower", "upper", "pupils", "authority"),
            *("england", "england_difference", "england_rating"),
            *("similar", "similar_difference", "similar_rating"),
            *("gap_others", "gap", "gap_lower", "gap_upper", "provisional", "early"),
        ),
        _list_figures,
    ),
    Download(
        "years",
        "a year of an indicator of a school, with the file and line it was read from",
        (
            *("urn", "school", "indicator", "unit", "year", "value", "lower", "upper", "pupils", "england"),
            *("availability", "word", "early", "file", "line"),
        ),
        _list_years,
    ),
    Download(
        "clauses",
        "a clause of the policy that was asked of a school: what it asks, what was found, whether it holds",
        ("urn", "school", "order", "clause", "category", "asked", "found", "held"),
        _list_clauses,
    ),
    Download(
        "chances",
        "an outcome of a school: how often the same rules give it",
        ("urn", "school", "category", "title", "probability"),
        _list_chances,
    ),
    Download(
        "inspections",
        "what one inspection judged of a school, in its own words",
        ("urn", "school", "date", "framework", "kind", "area", "outcome", "about_predecessor"),
        _list_inspections,
    ),
)


def lay_out_downloads(counts: Mapping[str, int], workbook: str = "") -> SitePage:
    """The page that leads to the files; ``counts`` are their rows by name, ``workbook`` is where all are in one."""
    rows = tuple(
        SiteRow((Link(f"{one.name}.csv", f"downloads/{one.name}.csv"), one.about, format_number(counts[one.name], 0)))
        for one in DOWNLOADED
    )
    whole = (Words((Link("All of them in one Excel workbook", workbook),)),) if workbook else ()
    return SitePage(
        DOWNLOADS,
        "Downloads",
        "Downloads",
        "The numbers of the schools' facts, as they are, for a spreadsheet.",
        (
            SiteTable(
                "downloads",
                "Files to download",
                (SiteColumn("File"), SiteColumn("A row is"), SiteColumn("Rows", numeric=True)),
                rows,
                "Comma-separated text in UTF-8, with headings. A text that a spreadsheet would take for a formula has "
                "an apostrophe before it. What is withheld is empty; its column “availability” or “word” says why.",
            ),
            *whole,
            Words(
                (
                    "These files name single schools and what officers know of them: keep them where this site is "
                    "kept. Numbers are not rounded; round them as you print them.",
                ),
                lead="For officers.",
            ),
        ),
    )
