"""Gaps: schools by subjects; and who might help whom, a start for brokering support and never a ranking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.analysis.indicators.subjects import load_subjects
from pipeline.analysis.indicators.themes import find_theme, load_themes
from pipeline.foundation.vocabulary import Rating
from pipeline.report.area.site.area import AreaSite, name_category
from pipeline.report.area.site.listing import find_filters, list_words
from pipeline.report.area.site.pieces import (
    Bulleted,
    Cell,
    Filter,
    Link,
    Piece,
    Several,
    SiteColumn,
    SitePage,
    SiteRow,
    SiteTable,
    Title,
    Words,
)
from pipeline.report.area.site.schools import Finding, SiteSchool, list_titles
from pipeline.report.exhibits import Rated
from pipeline.report.facts import ENGLAND, SIMILAR
from pipeline.report.school.tables import NOTHING
from pipeline.report.sentences.counting import count_things, join_words, start_sentence

MOST_NAMED = 6  # schools that a cell names
GAPS, SUPPORT = "gaps.html", "support.html"


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
        if (words := {**list_words(school), "gap": _list_in(school, places, Rating.GAP)})
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


def _list_in(school: SiteSchool, places: list[tuple[str, str]], rating: Rating) -> tuple[str, ...]:
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


def lay_out_support(site: AreaSite) -> SitePage:
    """Who might help whom: schools of the same phase with a strength where another has a gap."""
    places = list_places(site)
    rows = tuple(row for school in site.schools for row in _list_help(site, school, places))
    first = site.titles[0]
    return SitePage(
        SUPPORT,
        "Support",
        "Who might help whom",
        "A start for brokering support, and no more: it knows published figures, and not who has the time or the will.",
        (
            Words(
                (
                    f"For each gap beside England, schools of the same phase in {first} that have a strength in the "
                    "same subject and no gap in it. They stand by name, in no order of merit; where they are many, "
                    "those of the same district are named, and all of them further down.",
                ),
                lead="How they were found.",
            ),
            SiteTable(
                "support",
                f"{start_sentence(count_things(len(rows), 'gap'))} of schools, by name, and who might help",
                (
                    SiteColumn("School"),
                    SiteColumn(name_category(site.schools), order=site.titles),
                    SiteColumn("Subject"),
                    SiteColumn("Its gaps"),
                    SiteColumn("Who might help"),
                ),
                rows,
                "A star marks a key priority.",
                _list_filters(site, rows, places),
                "Search for any word",
                "No school has a gap beside England.",
            ),
            *_list_leaders(site, places),
        ),
    )


def _list_filters(site: AreaSite, rows: tuple[SiteRow, ...], places: list[tuple[str, str]]) -> tuple[Filter, ...]:
    found = tuple(title for _, title in places if any(title in row.words["subject"] for row in rows))
    kept = (one for one in find_filters(site, rows) if one.key not in ("reason", "last"))
    return (*((Filter("subject", "Subject", found),) if len(found) > 1 else ()), *kept)


def _list_help(site: AreaSite, school: SiteSchool, places: list[tuple[str, str]]) -> Iterator[SiteRow]:
    for key, title in places:
        gaps = [one for one in school.find(Rating.GAP) if is_of(one, key)]
        if not gaps:
            continue
        helpers = [one for one in site.schools if _might_help(one, school, key)]
        first = site.titles[0]
        yield SiteRow(
            (
                school.link,
                school.standing.title,
                title,
                Several(list_titles(gaps)),
                _name_helpers(school, key, helpers)
                if helpers
                else f"No {school.standing.phase} school in {first} has a strength in it",
            ),
            {**list_words(school), "subject": (title,)},
        )


def _name_helpers(school: SiteSchool, place: str, helpers: Sequence[SiteSchool]) -> Several:
    """All of them where they are few; else those of the same district, and where all of them stand."""
    if len(helpers) <= MOST_NAMED:
        return Several(tuple(one.link for one in helpers), between=";")
    near = [one for one in helpers if school.district and one.district == school.district]
    named = near if len(near) <= MOST_NAMED else []
    rest = Link(f"all {len(helpers)} {school.standing.phase} schools", f"{SUPPORT}#{_name_list(place, school)}")
    return Several((*(one.link for one in named), rest), between=";")


def _name_list(place: str, school: SiteSchool) -> str:
    return f"strong-{place}-{school.standing.phase}".replace("_", "-").replace(" ", "-")


def _list_strong(site: AreaSite, places: list[tuple[str, str]]) -> Iterator[Piece]:
    """Of each subject and phase, the schools that might help, once, where they are too many for a cell."""
    for key, title in places:
        for phase in dict.fromkeys(school.standing.phase for school in site.schools):
            one = next(school for school in site.schools if school.standing.phase == phase)
            found = [each for each in site.schools if each.standing.phase == phase and _is_strong(each, key)]
            if len(found) > MOST_NAMED:
                words = f"{title}: {count_things(len(found), f'{phase} school')} with a strength and no gap"
                yield Title(words, 3, _name_list(key, one))
                yield Bulleted(tuple(each.link for each in found))


def _might_help(other: SiteSchool, school: SiteSchool, place: str) -> bool:
    return other.urn != school.urn and other.standing.phase == school.standing.phase and _is_strong(other, place)


def _is_strong(school: SiteSchool, place: str) -> bool:
    """Whether it may lead support and has a strength in the subject and no gap, beside England or similar schools."""
    ratings = {one.rating for one in school.findings if is_of(one, place)}
    return school.standing.tier == 1 and Rating.STRENGTH in ratings and Rating.GAP not in ratings


def _list_leaders(site: AreaSite, places: list[tuple[str, str]]) -> tuple[Piece, ...]:
    leaders = [school for school in site.schools if school.standing.tier == 1]
    rows = tuple(
        SiteRow(
            (
                school.link,
                start_sentence(school.standing.phase),
                join_words(_list_in(school, places, Rating.STRENGTH)) or NOTHING,
                join_words(list_titles(school.find(Rating.GAP))) or NOTHING,
            )
        )
        for school in leaders
    )
    first = site.titles[0]
    columns = (
        SiteColumn("School"),
        SiteColumn("Phase"),
        SiteColumn("Strengths in"),
        SiteColumn("Gaps of its own"),
    )
    return (
        Title(f"Schools in {first}"),
        SiteTable(
            "leaders",
            f"Schools in {first}, which may lead support for others, by name",
            columns,
            rows,
            nothing=f"No school is in {first}.",
        ),
        *_list_strong(site, places),
    )
