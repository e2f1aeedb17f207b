"""The area's report is a brief: at most eight pages, however many schools the area has.

What an area's size makes long is a part: a list of schools, of files, of findings. Parts are printed whole or not at
all, the ones a reader needs first before the others, as far as there is room; of the rest it is said how many there are
and on which page of the area's site they stand. Nothing is cut short: a list that stops in its midst would mislead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from pipeline.foundation.vocabulary import Rating
from pipeline.report.area import exhibits as tables
from pipeline.report.area.early import show_early_compared
from pipeline.report.area.findings import (
    AreaReport,
    SchoolStanding,
    find_borderline,
    find_decided,
    find_doubtful,
    find_flagged,
    find_most_supported,
    find_possible_leaders,
    find_undecided,
)
from pipeline.report.exhibits import Bullets, Exhibit, Exhibits, Paragraph, Table, clean_text
from pipeline.report.sentences.counting import join_words
from pipeline.report.sentences.rounding import format_number

ROOM = 420  # lines that all parts together may take, beside what is printed whatever the size
LINE = 92  # letters of a table's line
_SHORT = 22  # letters of a column that keeps its own width
_AROUND = 4  # lines that a table takes besides its rows: caption, headings, space
_BETWEEN = 0.45  # and each row besides its words
NAMED = 4  # indicators named of a school that has no key priority among them


@dataclass(frozen=True)
class Part:
    """A part whose length depends on the area. ``build`` gives nothing where there is nothing to show."""

    name: str
    build: Callable[[AreaReport], tuple[Exhibit | None, ...]]
    count: Callable[[AreaReport], int]
    thing: str  # what is counted, of one
    page: str  # of the area's site, by its name
    address: str

    def move(self, report: AreaReport) -> Paragraph:
        """What is said where there is no room for it."""
        return Paragraph(
            f"{format_number(self.count(report), 0)} {self.thing}: too many for this brief. They stand on the page "
            f"“{self.page}” of the {report.edition.place}'s site (area-site/{self.address})."
        )


def show_part(report: AreaReport, name: str) -> tuple[Exhibit, ...]:
    """The part, where there is room for it, else where it stands; nothing where there is nothing to show."""
    part = _BY_NAME[name]
    shown = _build(part, report)
    if not shown:
        return ()
    return shown if name in choose_parts(report) else (part.move(report),)


def choose_parts(report: AreaReport, room: float = ROOM) -> frozenset[str]:
    """The names of the parts for which there is room, the ones a reader needs first before the others."""
    chosen = set()
    for part in PARTS:
        weight = sum(map(weigh, _build(part, report)))
        if weight <= room:
            chosen.add(part.name)
        room -= weight if weight <= room else weigh(part.move(report))
    return frozenset(chosen)


def _build(part: Part, report: AreaReport) -> tuple[Exhibit, ...]:
    return tuple(one for one in part.build(report) if one is not None)


def weigh(exhibit: Exhibit) -> float:
    """About how many lines of a page an exhibit takes."""
    if isinstance(exhibit, Table):
        return _AROUND + _weigh_rows(exhibit) + ceil(len(exhibit.note) / LINE)
    if isinstance(exhibit, Bullets):
        return 1 + sum(ceil(len(item) / LINE) + _BETWEEN / 2 for item in exhibit.items)
    if isinstance(exhibit, Exhibits):
        return sum(map(weigh, exhibit.content))
    return ceil(len(exhibit.text()) / LINE) + 1


def _weigh_rows(table: Table) -> float:
    """Short columns keep their width; long ones share what is left of the line by how much they have to say."""
    texts = [[clean_text(cell) for cell in row] for row in table.rows]
    most = [max(len(row[place]) for row in texts) for place in range(len(table.columns))]
    heads = [max(map(len, clean_text(column.heading).split())) for column in table.columns]
    own = [max(length, head) + 2 for length, head in zip(most, heads, strict=True)]
    left = max(LINE - sum(width for width in own if width <= _SHORT), 20)
    long = sum(width for width in own if width > _SHORT)
    widths = [width if width <= _SHORT else max(10, min(width, left * width / long)) for width in own]
    return sum(
        max(ceil(len(text) / width) for text, width in zip(row, widths, strict=True)) + _BETWEEN for row in texts
    )


def list_schools(schools: tuple[SchoolStanding, ...], rating: Rating) -> Bullets | None:
    """Schools by name with their strengths (or gaps); None where there are none."""
    things = "strengths" if rating == Rating.STRENGTH else "gaps"
    lines = tuple(f"{school.doubted_name}: {_name_rated(school, rating, things)}" for school in schools)
    return Bullets(lines) if lines else None


def _name_rated(school: SchoolStanding, rating: Rating, things: str) -> str:
    """Its strengths (or gaps), key priorities alone where there are any; a leader's key-priority gap is said too."""
    found = school.rated(rating, key_only=True) or school.rated(rating)[:NAMED]
    words = f"{things} in {join_words((one.marked_title for one in found), between=';')}" if found else f"no {things}"
    gaps = school.rated(Rating.GAP, key_only=True) if rating == Rating.STRENGTH else ()
    return words + (f" (a gap in {join_words((one.marked_title for one in gaps), between=';')})" if gaps else "")


def _list_or_none(items: list[str]) -> tuple[Bullets, ...]:
    return (Bullets(tuple(items)),) if items else ()


def list_asking(report: AreaReport) -> list[str]:
    """The names of the schools that ask for support themselves."""
    return [school.told_name for school in report.schools if school.self_referral]


def list_findings(report: AreaReport) -> list[str]:
    """What was found in each file of which anything needs to be known."""
    found = {one.file: [words.removesuffix(".") for words in one.findings] for one in report.files if one.findings}
    return [f"{file}: {join_words(findings, between=';')}." for file, findings in found.items()]


def list_questions(report: AreaReport) -> list[str]:
    """What the checks of each school's figures ask."""
    return [f"{school.told_name}: {' '.join(school.warnings)}" for school in report.schools if school.warnings]


def tabulate_all_schools(report: AreaReport) -> tuple[Table | None, ...]:
    """Every school by category and name; those without a category have a table of their own."""
    return tuple(
        tables.tabulate_schools(report, key, id=f"schools-{key.replace('_', '-')}")
        for key, _, _ in report.categories[:-1]
    )


def _count_listed(report: AreaReport) -> int:
    return len(report.worth_a_look.schools)


#: In the order of what a reader needs first.
PARTS: tuple[Part, ...] = (
    Part(
        "figures",
        lambda report: (tables.tabulate_area_figures(report),),
        lambda report: len(report.figures),
        "figures of the whole area",
        "Overview",
        "index.html",
    ),
    Part(
        "moves",
        lambda report: (tables.tabulate_moves(report),),
        lambda report: len(find_flagged(report.schools)),
        "schools moved two categories or more without an inspection to explain it",
        "To ring first",
        "ring-first.html",
    ),
    Part(
        "asking",
        lambda report: _list_or_none(list_asking(report)),
        lambda report: len(list_asking(report)),
        "schools ask for support themselves",
        "To ring first",
        "ring-first.html",
    ),
    Part(
        "gap",
        lambda report: (tables.tabulate_disadvantaged_gap(report),),
        lambda report: len(report.figures),
        "figures of disadvantaged pupils",
        "Disadvantaged",
        "disadvantaged.html",
    ),
    Part(
        "doubtful",
        lambda report: (tables.tabulate_doubtful(report),),
        lambda report: len(find_doubtful(find_undecided(report.schools))),
        "schools whose category is doubtful",
        "To ring first",
        "ring-first.html",
    ),
    Part(
        "top tenth",
        lambda report: tables.tabulate_top_tenth(report),
        lambda report: len(report.top_tenth),
        "figures beside the top tenth of authorities",
        "Overview",
        "index.html",
    ),
    Part(
        "by phase",
        lambda report: (tables.tabulate_by_phase(report),),
        lambda report: len(report.schools),
        "schools' figures by phase",
        "Overview",
        "index.html",
    ),
    Part(
        "grades",
        lambda report: (tables.tabulate_overall_grades(report),),
        lambda report: len(report.schools),
        "schools' overall grades",
        "Inspection",
        "inspection.html",
    ),
    Part(
        "common gaps",
        lambda report: (tables.tabulate_gaps(report),),
        lambda report: len(report.schools),
        "schools' gaps",
        "Gaps",
        "gaps.html",
    ),
    Part(
        "most supported",
        lambda report: (list_schools(find_most_supported(report), Rating.GAP),),
        lambda report: len(find_most_supported(report)),
        "schools",
        "Support",
        "support.html",
    ),
    Part(
        "leaders",
        lambda report: (list_schools(find_possible_leaders(report), Rating.STRENGTH),),
        lambda report: len(find_possible_leaders(report)),
        "schools",
        "Support",
        "support.html",
    ),
    Part(
        "decisions",
        lambda report: (tables.tabulate_decisions(report),),
        lambda report: len(find_decided(report.schools)),
        "decisions, with who answers for each and why",
        "Decisions",
        "decisions.html",
    ),
    Part(
        "borderline",
        lambda report: (tables.tabulate_borderline(report),),
        lambda report: len(find_borderline(find_undecided(report.schools))),
        "schools whose category is borderline",
        "To ring first",
        "ring-first.html",
    ),
    Part(
        "writing",
        lambda report: (tables.tabulate_writing(report),),
        lambda report: sum(bool(school.writing) for school in report.schools),
        "schools whose writing assessment lies far from their tests",
        "Files",
        "files.html",
    ),
    Part(
        "insufficient",
        lambda report: (tables.tabulate_insufficient(report),),
        lambda report: sum(school.tier is None for school in report.schools),
        "schools with too little evidence for a category",
        "To ring first",
        "ring-first.html",
    ),
    Part(
        "unreported",
        lambda report: (tables.tabulate_unreported(report),),
        lambda report: len(report.unreported),
        "schools without a report",
        "Schools",
        "schools.html",
    ),
    Part(
        "report cards",
        lambda report: (tables.tabulate_report_cards(report),),
        lambda report: len(report.schools),
        "schools and their report cards",
        "Inspection",
        "inspection.html",
    ),
    Part(
        "schools",
        tabulate_all_schools,
        lambda report: len(report.schools),
        "schools",
        "Schools",
        "schools.html",
    ),
    Part(
        "worth a look",
        lambda report: tables.tabulate_worth_a_look(report),
        _count_listed,
        "schools worth a look",
        "Worth a look",
        "worth-a-look.html",
    ),
    Part(
        "early",
        lambda report: (show_early_compared([(school.name, school.urn, school.early) for school in report.schools]),),
        lambda report: sum(len(school.early.compared) for school in report.schools),
        "early figures that have been published since",
        "Files",
        "files.html",
    ),
    Part(
        "findings",
        lambda report: _list_or_none(list_findings(report)),
        lambda report: len(list_findings(report)),
        "files in which something was found",
        "Files",
        "files.html",
    ),
    Part(
        "questions",
        lambda report: _list_or_none(list_questions(report)),
        lambda report: len(list_questions(report)),
        "schools whose figures raise a question",
        "Files",
        "files.html",
    ),
    Part(
        "files",
        lambda report: (tables.tabulate_files(report),),
        lambda report: len(report.files),
        "published files",
        "Files",
        "files.html",
    ),
)
_BY_NAME = {part.name: part for part in PARTS}
