"""Gaps: schools by subjects."""

from __future__ import annotations

from pipeline.analysis.indicators.subjects import load_subjects
from pipeline.analysis.indicators.themes import find_theme, load_themes
from pipeline.foundation.vocabulary import Rating
from pipeline.report.area.site.area import AreaSite, name_category
from pipeline.report.area.site.listing import find_filters, list_words
from pipeline.report.area.site.pieces import (
    Cell,
    Filter,
    Several,
    SiteColumn,
    SitePage,
    SiteRow,
    SiteTable,
    Title,
)
from pipeline.report.area.site.schools import Finding, SiteSchool
from pipeline.report.exhibits import Rated
from pipeline.report.facts import ENGLAND, SIMILAR
from pipeline.report.school.tables import NOTHING
from pipeline.report.sentences.counting import count_things, start_sentence

GAPS = "gaps.html"


def list_places(site: AreaSite) -> list[tuple[str, str]]:
    """Key and title of each subject, and of each theme of what is of no subject, in which any school is rated."""
    subjects, themes = load_subjects(), load_themes()
    found = {key for school in site.schools for key in school.rated}
    named = [(key, one.title) for key, one in subjects.items() if key in found]
    others = [key for key in themes if key in found and key not in subjects]
    others += sorted(found - set(subjects) - set(themes))
    return [*named, *((key, find_theme(key, themes).title) for key in others)]


def is_of(finding: Finding, place: str) -> bool:
    """Whether a finding counts under a subject, or under a theme where it is of no subject."""
    return place in finding.subjects or (not finding.subjects and finding.theme == place)


def lay_out_gaps(site: AreaSite) -> SitePage:
    """Which school has a gap or a strength in which subject."""
    places = list_places(site)
    rows = tuple(
        SiteRow((school.link, school.standing.title, *(_tell_place(school, key) for key, _ in places)), words)
        for school in site.schools
        if (words := {**list_words(school), "gap": list_in(school, places, Rating.GAP)})
    )
    titles = tuple(title for _, title in places)
    by_gap = Filter("gap", "Gap in", tuple(t for t in titles if any(t in row.words["gap"] for row in rows)))
    return SitePage(
        GAPS,
        "Gaps",
        "Gaps and strengths by subject",
        "As each school's own report names them, beside England and beside similar schools.",
        (
            SiteTable(
                "gaps",
                f"{start_sentence(count_things(len(rows), 'school'))}, by name, and what stands out in each subject",
                (
                    SiteColumn("School"),
                    SiteColumn(name_category(site.schools), order=site.titles),
                    *(SiteColumn(title) for title in titles),
                ),
                rows,
                "Beside England; (similar) is beside similar schools alone, (both) is beside both. A star marks a key "
                "priority. What is of several subjects together, such as reading, writing and maths, stands under its "
                "theme. “Not clear” is neither good news nor bad; a dash is what was not rated.",
                (*((by_gap,) if by_gap.options else ()), *find_filters(site, rows)),
                "Search for any word",
                "No school has a report.",
            ),
            *_count_places(site, places),
        ),
    )


def list_in(school: SiteSchool, places: list[tuple[str, str]], rating: Rating) -> tuple[str, ...]:
    found = [one for one in school.findings if one.rating == rating]
    return tuple(title for key, title in places if any(is_of(one, key) for one in found))


def _tell_place(school: SiteSchool, place: str) -> Cell:
    """What stands out in one subject: each rating once, beside whom, and a star where a key priority is among it."""
    found = [one for one in school.findings if is_of(one, place)]
    if not found:
        return "not clear" if place in school.rated else NOTHING
    told = []
    for rating in (Rating.GAP, Rating.STRENGTH):
        of = [one for one in found if one.rating == rating]
        if of:
            star = "*" if any(one.key_priority for one in of) else ""
            told.append(Rated(rating, f"{rating}{star}", _BESIDE[frozenset(one.comparator for one in of)]))
    return Several(tuple(told))


_BESIDE = {
    frozenset({ENGLAND}): "",
    frozenset({SIMILAR}): "(similar)",
    frozenset({ENGLAND, SIMILAR}): "(both)",
}


def _count_places(site: AreaSite, places: list[tuple[str, str]]) -> tuple[Title | SiteTable, ...]:
    if not places:
        return ()
    rows = tuple(
        SiteRow(
            (
                title,
                str(sum(key in school.rated for school in site.schools)),
                *(
                    str(
                        sum(
                            any(is_of(one, key) and one.comparator == ENGLAND for one in school.find(rating))
                            for school in site.schools
                        )
                    )
                    for rating in (Rating.GAP, Rating.STRENGTH)
                ),
            )
        )
        for key, title in places
    )
    columns = (
        SiteColumn("Subject or theme"),
        SiteColumn("Schools rated", numeric=True),
        SiteColumn("With a gap", numeric=True),
        SiteColumn("With a strength", numeric=True),
    )
    return (
        Title("In how many schools"),
        SiteTable("subjects", "In how many schools each subject is a gap or a strength beside England", columns, rows),
    )
