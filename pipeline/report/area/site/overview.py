"""The first page of the area's site: how many schools stand where, who moved, and the area's key figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from pipeline.foundation.vocabulary import Direction, PupilGroup
from pipeline.report.area.early import note_early
from pipeline.report.area.site.area import AreaSite, name_category
from pipeline.report.area.site.listing import RING_FIRST, SCHOOLS
from pipeline.report.area.site.pieces import (
    Bar,
    Bulleted,
    Link,
    Pairs,
    Piece,
    Several,
    SiteColumn,
    SitePage,
    SiteRow,
    SiteTable,
    Title,
    Words,
)
from pipeline.report.area.site.schools import REASONS, SiteSchool
from pipeline.report.exhibits import Notice, clean_text
from pipeline.report.school.tables import NOTHING
from pipeline.report.sentences.counting import count_things, end_sentence, join_words, start_sentence
from pipeline.report.sentences.rounding import format_number, format_value

OVERVIEW = "index.html"
_BESIDE = (
    ("../index.html", "All reports of this edition, and what was checked"),
    ("../area/report.html", "The {place}'s report"),
)


def lay_out_overview(site: AreaSite) -> SitePage:
    """Categories with last year's outline, moves with names, the area's figures beside England and the top tenth."""
    return SitePage(
        OVERVIEW,
        "Overview",
        site.name,
        "Where the schools stand, and whom to ring first. Schools are listed by name: nothing here ranks them.",
        (
            *_tell_early(site),
            *_tell_reasons(site),
            *_tell_categories(site),
            *_tell_moves(site),
            *_tell_figures(site),
            *_tell_top_tenth(site),
            Title("Beside this site"),
            Bulleted(
                tuple(
                    Link(words.format(place=site.edition.place), to)
                    for to, words in _BESIDE
                    if site.facts is not None or "area" not in to
                )
            ),
        ),
    )


def _tell_early(site: AreaSite) -> tuple[Piece, ...]:
    said = note_early([school.standing.early for school in site.schools], site.policy.organisation)
    return (Words((said.words,)),) if isinstance(said, Notice) else ()


def name_view(page: str, **words: str) -> str:
    """The address of a page whose table is narrowed to ``words``, as the page itself writes it."""
    return f"{page}#{urlencode(words)}"


def _tell_reasons(site: AreaSite) -> tuple[Piece, ...]:
    counted = {key: sum(any(one.key == key for one in school.reasons) for school in site.schools) for key in REASONS}
    listed = sum(bool(school.reasons) for school in site.schools)
    said = f"{start_sentence(count_things(listed, 'school'))} of {len(site.schools)} with a reason to ring."
    pairs = tuple(
        (title, Link(count_things(counted[key], "school"), name_view(RING_FIRST, reason=title)))
        for key, title in REASONS.items()
        if counted[key]
    )
    return (
        Title("To ring first"),
        Words((said, Link("Who, and why", RING_FIRST))),
        *([Pairs(pairs)] if pairs else []),
    )


def _tell_categories(site: AreaSite) -> tuple[Piece, ...]:
    known = [one for one in site.schools if one.last_year]
    this = {key: sum(one.standing.category == key for one in site.schools) for key, _ in site.categories}
    last = {key: sum(one.last_year == key for one in known) for key, _ in site.categories}
    whole = max([*this.values(), *last.values(), 1])
    rows = tuple(
        SiteRow(
            (
                title,
                Link(str(this[key]), name_view(SCHOOLS, category=title)) if this[key] else "0",
                *([str(last[key])] if known else []),
                Bar(this[key], whole, last[key] if known else None),
            )
        )
        for key, title in site.categories
    )
    note = "Each bar is as long as the category has schools"
    outlined = ", its outline as long as it had last year" if known else ""
    of = f" Last year's category is known of {len(known)} of {len(site.schools)}." if known else ""
    return (
        Title("Categories"),
        SiteTable(
            "categories",
            f"Schools by {name_category(site.schools).lower()}, from least to most support",
            (
                SiteColumn("Category"),
                SiteColumn("Schools", numeric=True),
                *([SiteColumn("Last year", numeric=True)] if known else []),
                SiteColumn("Drawn"),
            ),
            rows,
            f"{note}{outlined}.{of}",
        ),
    )


def _tell_moves(site: AreaSite) -> tuple[Piece, ...]:
    known = [one for one in site.schools if one.last_year]
    if not known:
        return (Title("Moves"), Words(("No file of this edition tells last year's categories.",)))
    moves: dict[tuple[str, str], list[SiteSchool]] = {}
    for one in known:
        moves.setdefault((one.last_year, one.standing.category), []).append(one)
    titles = dict(site.categories)
    table = SiteTable(
        "moves",
        "From last year's category, a row each, to this year's, a column each: number of schools",
        (SiteColumn("Last year"), *(SiteColumn(f"Now {title}", numeric=True) for _, title in site.categories)),
        tuple(
            SiteRow((title, *(_count_move(moves, last, this, titles) for this, _ in site.categories)))
            for last, title in site.categories
        ),
        "A number leads to the names below; that of schools which stayed, to the list of schools.",
    )
    return (Title("Moves"), table, *_name_moves(site, moves, titles))


def _count_move(
    moves: Mapping[tuple[str, str], Sequence[SiteSchool]], last: str, this: str, titles: Mapping[str, str]
) -> str | Link:
    count = len(moves.get((last, this), ()))
    if not count:
        return "0"
    stayed = name_view(SCHOOLS, category=titles[this], last=titles[last])
    return Link(str(count), stayed if last == this else f"{OVERVIEW}#{_name_place(last, this)}")


def _name_place(last: str, this: str) -> str:
    return f"moved-{last}-{this}".replace("_", "-")


def _name_moves(
    site: AreaSite, moves: Mapping[tuple[str, str], Sequence[SiteSchool]], titles: Mapping[str, str]
) -> tuple[Piece, ...]:
    keys = [key for key, _ in site.categories]
    pieces: list[Piece] = []
    for last in keys:
        for this in keys:
            found = moves.get((last, this), ())
            if last == this or not found:
                continue
            words = f"From {titles[last]} to {titles[this]}"
            pieces += [Title(words, 3, _name_place(last, this)), Bulleted(tuple(one.link for one in found))]
    return tuple(pieces)


def _tell_figures(site: AreaSite) -> tuple[Piece, ...]:
    figures = [one for one in site.tell("figures") or () if one["group"] != PupilGroup.DISADVANTAGED]
    pieces: list[Piece] = [Title(f"{site.name} beside England")]
    if site.facts is None:
        return (
            *pieces,
            Words((f"The {site.edition.place}'s report could not be made, so its figures are not told here.",)),
        )
    phases = site.tell("by_phase") or ()
    if figures:
        pieces.append(_tabulate_figures(site, figures))
    else:
        what = "results of" if phases else "figures of"
        pieces.append(Words((f"The files of this edition hold no {what} the {site.edition.place} as a whole.",)))
    if phases:
        pieces.append(_tabulate_phases(site, phases))
    return tuple(pieces)


def _tabulate_figures(site: AreaSite, figures: Sequence[Mapping[str, Any]]) -> SiteTable:
    years = sorted({each["year"] for one in figures for each in one["by_year"]})
    return SiteTable(
        "figures",
        f"{site.name} and, in brackets, England: all pupils, in the last three years that both have",
        (
            SiteColumn("Indicator"),
            *(SiteColumn(year, numeric=True) for year in years),
            SiteColumn("Difference in the latest", numeric=True),
        ),
        tuple(
            SiteRow(
                (
                    one["short_title"],
                    *(_tell_year(one, year) for year in years),
                    format_number(one["value"] - one["england"], one["decimals"], signed=True),
                )
            )
            for one in figures
        ),
        f"Differences between percentages are in percentage points.{_tell_lower(figures)}",
    )


def _tell_year(one: Mapping[str, Any], year: str) -> str:
    found = next((each for each in one["by_year"] if each["year"] == year), None)
    if found is None:
        return NOTHING
    value, england = (format_value(found[name], one["unit"], one["decimals"]) for name in ("value", "england"))
    return f"{value} ({england})"


def _tell_lower(figures: Sequence[Mapping[str, Any]]) -> str:
    lower = [one.get("title") or one["short_title"] for one in figures if one["direction"] == Direction.LOWER_IS_BETTER]
    named = join_words(dict.fromkeys(title[:1].lower() + title[1:] for title in lower))
    return f" Lower is better for {named}." if named else ""


def _tabulate_phases(site: AreaSite, phases: Sequence[Mapping[str, Any]]) -> SiteTable:
    return SiteTable(
        "by-phase",
        f"What England publishes by phase, {phases[0]['year']}",
        (
            SiteColumn("Indicator"),
            SiteColumn("Schools of phase"),
            SiteColumn("Schools", numeric=True),
            SiteColumn(site.name, numeric=True),
            SiteColumn("England", numeric=True),
        ),
        tuple(
            SiteRow(
                (
                    one["short_title"],
                    start_sentence(join_words(one["phases"])),
                    str(one["schools"]),
                    format_value(one["value"], one["unit"], one["decimals"]),
                    format_value(one["england"], one["unit"], one["decimals"]),
                )
            )
            for one in phases
        ),
        f"The schools reported on, each counting as its pupils.{_tell_lower(phases)}",
    )


def _tell_top_tenth(site: AreaSite) -> tuple[Piece, ...]:
    if site.facts is None or not site.of_authority or not site.policy.ambition:
        return ()
    found = site.tell("top_tenth") or ()
    title = Title("Beside the top tenth of authorities")
    ambition = Words((end_sentence(clean_text(site.policy.ambition)),), lead="The ambition.")
    if not found:
        said = (
            "How far that is cannot be told: no file of this edition holds the rows of all authorities. They are in "
            "the department's national files, and in its files of authorities."
        )
        return (title, ambition, Words((said,)))
    sources = list(dict.fromkeys(one["source"] for one in found))
    return (
        title,
        ambition,
        *(
            _tabulate_source(number, source, [one for one in found if one["source"] == source])
            for number, source in enumerate(sources, start=1)
        ),
    )


def _tabulate_source(number: int, source: str, found: Sequence[Mapping[str, Any]]) -> SiteTable:
    years = sorted({one["year"] for one in found})
    measures = list(dict.fromkeys((one["measure"], one["group"], one["title"]) for one in found))
    told = {(one["measure"], one["group"], one["year"]): one for one in found}
    return SiteTable(
        f"top-tenth-{number}",
        f"The area and, in brackets, where the top tenth of authorities begins: {source}",
        (SiteColumn("Measure"), *(SiteColumn(year) for year in years)),
        tuple(
            SiteRow((title, *(_tell_standing(told.get((measure, group, year))) for year in years)))
            for measure, group, title in measures
        ),
        f"Places are of authorities; no school is ranked.{_tell_lower(found)}",
    )


def _tell_standing(one: Mapping[str, Any] | None) -> str | Several:
    if one is None:
        return NOTHING
    value, least = (format_value(one[name], one["unit"], one["decimals"]) for name in ("value", "threshold"))
    within = "in the top tenth" if one["within"] else f"place {one['place']} of {one['authorities']}"
    return Several((f"{value} ({least})", f"{within}{', provisional' if one['provisional'] else ''}"))
