"""Support: what takes place at schools and on which day, and who might help whom, which is never a ranking."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.edition.brokering import HelpNeed, find_help
from pipeline.foundation.vocabulary import Rating
from pipeline.policy import Policy
from pipeline.report.area.site.area import AreaSite, name_category
from pipeline.report.area.site.listing import find_filters, list_words, phrase_sureness_briefly
from pipeline.report.area.site.pieces import (
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
from pipeline.report.area.site.schools import SiteSchool, list_titles, name_record
from pipeline.report.area.site.subjects import is_of, list_in, list_places
from pipeline.report.exhibits import clean_text
from pipeline.report.school.tables import NOTHING
from pipeline.report.sentences.counting import count_things, join_words, start_sentence

SUPPORT, DAYS = "support.html", "year-of-support.html"
NO_DAYS = "No day is known: the edition's local/terms.csv names no terms, or its policy no activities."


def lay_out_support(site: AreaSite) -> SitePage:
    """Who might help whom: schools of the same phase with a clear strength where another has a gap."""
    return SitePage(
        SUPPORT,
        "Support",
        "Who might help whom",
        "A start for brokering support, and no more: it knows published figures, and not who has the time or the will.",
        (*_tell_help(site), *_list_leaders(site)),
    )


def lay_out_days(site: AreaSite) -> SitePage:
    """The year of support: all that takes place at all schools, by day."""
    visits = sorted(
        ((visit, school) for school in site.schools for visit in school.support if visit.day and visit.takes_place),
        key=lambda one: (one[0].day, one[1].place, one[0].what),
    )
    rows = tuple(
        SiteRow(
            (school.link, visit.when, visit.what, visit.about or NOTHING, visit.who),
            {**list_words(school), "term": (visit.term,)},
        )
        for visit, school in visits
    )
    terms = tuple(dict.fromkeys(visit.term for visit, _ in visits))
    filters = (Filter("term", "Term", terms), *_find_filters(site, rows)) if rows else ()
    columns = (
        SiteColumn("School"),
        SiteColumn("Day", dated=True),
        SiteColumn("What takes place"),
        SiteColumn("About"),
        SiteColumn("Who"),
    )
    table = SiteTable(
        "days",
        f"{start_sentence(count_things(len(rows), 'activity', 'activities'))} of support, by day",
        columns,
        rows,
        "A name is who gives it by the agreed plan or as a person wrote down; else the roles of those who may. "
        "What is cancelled or waits for a reason stands in the school's record.",
        filters,
        "Search for any word",
        NO_DAYS,
    )
    about = "What takes place at which school and who gives it, by day."
    return SitePage(DAYS, "Year of support", "Year of support", about, (table,))


def tell_year(school: SiteSchool, contact: str) -> tuple[Piece, ...]:
    """One school's year of support as a dated list, with what is cancelled or waits for a reason."""
    rows = tuple(
        SiteRow((one.what, one.when or NOTHING, one.about or NOTHING, one.who, start_sentence(one.why), one.status))
        for one in school.support
    )
    columns = (
        SiteColumn("What takes place"),
        SiteColumn("Day", dated=True),
        SiteColumn("About"),
        SiteColumn("Who"),
        SiteColumn("Why"),
        SiteColumn("How it stands"),
    )
    return (
        Title("Year of support"),
        SiteTable("year-of-support", "What takes place this year, by day", columns, rows, nothing=NO_DAYS),
        *((Words((f"{contact}.",), lead="The school's contact by the agreed plan:"),) if contact else ()),
    )


def _tell_help(site: AreaSite) -> tuple[Piece, ...]:
    if site.partners is None:
        said = (
            "Nobody is named: the files that say which schools must not or already do go together could not be read. "
            "The verb plan-support says what is wrong with them."
        )
        return (Words((said,), lead="Who might help."),)
    by_urn = {school.urn: school for school in site.schools}
    needs = find_help([school.brokered for school in site.schools], site.policy, site.partners)
    ordered = sorted(needs, key=lambda need: by_urn[need.school.urn].place)
    rows = tuple(_tell_need(need, by_urn, site.policy) for need in ordered)
    rules = site.policy.brokering
    found = (
        f"For each area for improvement, up to {count_things(rules.most_named, 'school')} of the same phase in "
        f"{name_helpers(site.policy)} that have a strength in it and no gap; one school is named for at most "
        f"{count_things(rules.most_schools, 'school')}. Whoever might help a school with most of its areas comes "
        "first, then whoever lies nearest. They stand nearest first, which is no order of merit. Nobody is named where "
        "a conflict is noted, who works with the school already, or who offers no help this year."
    )
    return (
        Words((found,), lead="How they were found."),
        SiteTable(
            "support",
            f"{start_sentence(count_things(len(rows), 'area'))} for improvement, by school, and who might help",
            (
                SiteColumn("School"),
                SiteColumn(name_category(site.schools), order=site.titles),
                SiteColumn("Area for improvement"),
                SiteColumn("Its gaps"),
                SiteColumn("Who might help, and why"),
            ),
            rows,
            "A star marks a key priority. Distances are straight lines between the places of the register.",
            _list_filters(site, rows),
            "Search for any word",
            "No school has an area for improvement.",
        ),
    )


def _tell_need(need: HelpNeed, by_urn: Mapping[int, SiteSchool], policy: Policy) -> SiteRow:
    school = by_urn[need.school.urn]
    gaps = [one for one in school.findings if one.rating == Rating.GAP and is_of(one, need.area.key)]
    helpers = [
        thing
        for one in need.named
        for thing in (
            Link(f"{by_urn[one.school.urn].standing.doubted_name}, {one.distance.words}", name_record(one.school.urn)),
            f"Strong in {clean_text(join_words(one.strengths, between=';'))}",
        )
    ]
    return SiteRow(
        (
            school.link,
            school.standing.title,
            need.area.title,
            Several(list_titles(gaps)),
            Several(tuple(helpers)) if helpers else start_sentence(clean_text(explain_nobody(need, policy))),
        ),
        {**list_words(school), "subject": (need.area.title,)},
    )


def explain_nobody(need: HelpNeed, policy: Policy) -> str:
    """Why nobody is named for a need, in a sentence without its end."""
    if not need.passed_over:
        return f"no other {need.school.phase} school in {name_helpers(policy)} has a strength in it and no gap"
    barred = "; ".join(f"{helper.school.name}: {helper.bar}" for helper in need.passed_over)
    return f"whoever might help is not named ({barred})"


def name_helpers(policy: Policy) -> str:
    """The categories whose schools may help, in words."""
    return join_words((clean_text(policy.outcome(key).title) for key in policy.helpers), last="or")


def _list_filters(site: AreaSite, rows: tuple[SiteRow, ...]) -> tuple[Filter, ...]:
    found = tuple(dict.fromkeys(row.words["subject"][0] for row in rows))
    return (*((Filter("subject", "Area", tuple(sorted(found))),) if len(found) > 1 else ()), *_find_filters(site, rows))


def _find_filters(site: AreaSite, rows: tuple[SiteRow, ...]) -> tuple[Filter, ...]:
    return tuple(one for one in find_filters(site, rows) if one.key not in ("reason", "last"))


def _list_leaders(site: AreaSite) -> tuple[Piece, ...]:
    places, among = list_places(site), name_helpers(site.policy)
    rows = tuple(
        SiteRow(
            (
                school.link,
                start_sentence(school.standing.phase),
                phrase_sureness_briefly(school.standing),
                join_words(list_in(school, places, Rating.STRENGTH)) or NOTHING,
                join_words(list_titles(school.find(Rating.GAP))) or NOTHING,
            )
        )
        for school in site.schools
        if school.standing.category in site.policy.helpers
    )
    columns = (
        SiteColumn("School"),
        SiteColumn("Phase"),
        SiteColumn("How certain"),
        SiteColumn("Strengths in"),
        SiteColumn("Gaps of its own"),
    )
    return (
        Title(f"Schools in {among}"),
        SiteTable(
            "leaders",
            f"Schools in {among}, which may lead support for others, by name",
            columns,
            rows,
            nothing=f"No school is in {among}.",
        ),
    )
