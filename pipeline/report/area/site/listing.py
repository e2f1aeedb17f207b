"""The pages that list schools, one row each: all of them, and those to ring first with the reasons in words."""

from __future__ import annotations

from pipeline.foundation.vocabulary import Phase, Rating
from pipeline.policy.outcome import count_in_100
from pipeline.report.area.findings import SchoolStanding
from pipeline.report.area.site.area import AreaSite, name_category
from pipeline.report.area.site.pieces import (
    Bulleted,
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
    list_options,
)
from pipeline.report.area.site.schools import FAR, REASONS, SiteSchool
from pipeline.report.school.tables import NOTHING
from pipeline.report.sentences.counting import count_things, start_sentence

NO_REASON = "No reason to ring first"
SCHOOLS, RING_FIRST = "schools.html", "ring-first.html"
#: What a table of schools is narrowed by, in the order in which it is asked, with the title of each.
_FILTERS = {
    "phase": "Phase",
    "category": "Category",
    "last": "Last year",
    "district": "District",
    "adviser": "Adviser",
    "reason": "Reason",
}


def lay_out_schools(site: AreaSite) -> SitePage:
    """Every school, a row each, to be searched, narrowed and sorted."""
    rows = tuple(SiteRow(_list_cells(site, one), list_words(one)) for one in site.schools)
    return SitePage(
        SCHOOLS,
        "Schools",
        f"Schools of {site.name}",
        "Every school with a report, by name. Nothing here ranks schools.",
        (
            SiteTable(
                "schools",
                f"{start_sentence(count_things(len(rows), 'school'))}, by name",
                _list_columns(site),
                rows,
                "Gaps and strengths are counted beside England, as each school's own report names them. A name leads "
                "to the school's record for officers.",
                find_filters(site, rows),
                "Search for any word",
                "No school has a report.",
            ),
            *_list_unreported(site),
        ),
    )


def find_filters(site: AreaSite, rows: tuple[SiteRow, ...]) -> tuple[Filter, ...]:
    """What these rows can be narrowed by: whatever tells some of them from others, in the order of the field."""
    order = {
        "phase": tuple(start_sentence(phase) for phase in Phase),
        "category": site.titles,
        "last": site.titles,
        "reason": tuple(REASONS.values()),
    }
    found = (Filter(key, title, list_options(rows, key, order.get(key, ()))) for key, title in _FILTERS.items())
    return tuple(one for one in found if one.options and len({row.words.get(one.key, ()) for row in rows}) > 1)


def list_words(school: SiteSchool) -> dict[str, tuple[str, ...]]:
    """What a school's row is found by; what nobody has written down is no word."""
    said = {
        "phase": start_sentence(school.standing.phase),
        "category": school.standing.title,
        "last": school.last_title,
        "district": school.district,
        "adviser": school.adviser,
    }
    reasons = tuple(one.title for one in school.reasons) or (NO_REASON,)
    return {key: (word,) for key, word in said.items() if word} | {"reason": reasons}


def _list_columns(site: AreaSite) -> tuple[SiteColumn, ...]:
    return (
        SiteColumn("School"),
        SiteColumn("URN"),
        SiteColumn("Phase"),
        SiteColumn(name_category(site.schools), order=site.titles),
        *([SiteColumn("Last year", order=site.titles)] if has_last_year(site) else []),
        SiteColumn("How certain"),
        SiteColumn("Gaps", numeric=True),
        SiteColumn("Strengths", numeric=True),
        *([SiteColumn("District")] if has_districts(site) else []),
        *([SiteColumn("Adviser")] if has_advisers(site) else []),
        SiteColumn("Reasons to ring"),
    )


def _list_cells(site: AreaSite, school: SiteSchool) -> tuple[str | Link | Several, ...]:
    standing = school.standing
    reasons = tuple(one.title for one in school.reasons)
    return (
        school.link,
        str(school.urn),
        start_sentence(standing.phase),
        _name_outcome(school),
        *([school.last_title or NOTHING] if has_last_year(site) else []),
        phrase_sureness_briefly(standing),
        str(len(school.find(Rating.GAP))),
        str(len(school.find(Rating.STRENGTH))),
        *([school.district or NOTHING] if has_districts(site) else []),
        *([school.adviser or NOTHING] if has_advisers(site) else []),
        Several(reasons) if reasons else NOTHING,
    )


def phrase_sureness_briefly(school: SchoolStanding) -> str:
    """``62 in 100, borderline``: how often the same rules give the category, and the word for it; or the panel."""
    if school.panel:
        return "Decided by the panel"
    if school.certainty is None:
        return NOTHING
    word = f", {school.sureness}" if school.between else ""
    return f"{start_sentence(count_in_100(school.certainty))} in 100{word}"


def _name_outcome(school: SiteSchool) -> str:
    return f"{school.standing.title}{' (provisional)' if school.standing.provisional else ''}"


def has_last_year(site: AreaSite) -> bool:
    """Whether last year's category of any school is known."""
    return any(one.last_year for one in site.schools)


def has_districts(site: AreaSite) -> bool:
    """Whether the register's file names the district of any school."""
    return any(one.district for one in site.schools)


def has_advisers(site: AreaSite) -> bool:
    """Whether the address book names an adviser of any school."""
    return any(one.adviser for one in site.schools)


def _list_unreported(site: AreaSite) -> tuple[Piece, ...]:
    if not site.unreported:
        return ()
    rows = tuple(SiteRow((one.name, str(one.urn), start_sentence(one.reason))) for one in site.unreported)
    columns = (SiteColumn("School"), SiteColumn("URN"), SiteColumn("Why"))
    return (
        Title("No report"),
        SiteTable("unreported", "Schools without a report, and why", columns, rows),
    )


def lay_out_ring_first(site: AreaSite) -> SitePage:
    """Whom to ring first: the schools with a reason, one row each, in the order of their first reason, then by name."""
    order = list(REASONS)
    listed = [one for one in site.schools if one.reasons]
    listed.sort(key=lambda one: (order.index(one.reasons[0].key), one.place))
    rows = tuple(SiteRow(_list_reasons(site, one), list_words(one)) for one in listed)
    others = len(site.schools) - len(rows)
    without = (
        f" {start_sentence(count_things(others, 'more school has', 'more schools have'))} none of these reasons."
        if others and rows
        else ""
    )
    return SitePage(
        RING_FIRST,
        "To ring first",
        "To ring first",
        "One row a school, with the reasons in words. A reason to ask is not a finding.",
        (
            SiteTable(
                "ring-first",
                f"{start_sentence(count_things(len(rows), 'school'))} of {len(site.schools)} with a reason to ring",
                (
                    SiteColumn("School"),
                    SiteColumn("Reasons"),
                    SiteColumn(name_category(site.schools), order=site.titles),
                    SiteColumn("Phase"),
                    *([SiteColumn("District")] if has_districts(site) else []),
                    *([SiteColumn("Adviser")] if has_advisers(site) else []),
                ),
                rows,
                f"Schools stand in the order of their first reason, then by name.{without}",
                find_filters(site, rows),
                "Search for any word",
                "No school has any of these reasons.",
            ),
            Title("What the reasons are", id="reasons"),
            Words(("They are looked for in this order:",)),
            Bulleted(tuple(Several((f"{title}: {_EXPLAINED[key]}",)) for key, title in REASONS.items())),
        ),
    )


def _list_reasons(site: AreaSite, school: SiteSchool) -> tuple[str | Link | Several, ...]:
    return (
        school.link,
        Several(tuple(one.words for one in school.reasons)),
        _name_outcome(school),
        start_sentence(school.standing.phase),
        *([school.district or NOTHING] if has_districts(site) else []),
        *([school.adviser or NOTHING] if has_advisers(site) else []),
    )


_EXPLAINED = {
    "asked": "its latest self-evaluation asks for support.",
    "heard": "something is written down of it in your own notes; its record says what.",
    "moved": f"its category is {FAR} or more away from last year's. Smaller moves are on the overview.",
    "inspected": "an inspection began after the academic year under review, so the figures cannot know of it.",
    "panel": "its category is doubtful or there is too little evidence, and no panel has decided.",
    "doubtful": "the same rules would give its category fewer than 50 times in 100; other outcomes together are "
    "likelier.",
    "evidence": "its published figures are too few for a category.",
    "borderline": "the same rules would give its category fewer than 80 times in 100.",
}
