"""A school's record for officers: all that its report and its policy found, what was heard, and lines for the panel.

On paper it is the panel's record of the school. It is never sent: the school has its own report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pipeline.foundation.vocabulary import Rating, format_date
from pipeline.policy import Policy
from pipeline.policy.assign import grant_entitlement
from pipeline.policy.outcome import LIKELY_IN_100, SURE_IN_100, count_times
from pipeline.report.area.site.area import AreaSite
from pipeline.report.area.site.pieces import (
    Bulleted,
    Cell,
    Link,
    Pairs,
    Piece,
    Several,
    SiteColumn,
    SitePage,
    SiteRow,
    SiteTable,
    Title,
    ToFillIn,
    Words,
)
from pipeline.report.area.site.schools import SiteSchool, mark_title, name_record
from pipeline.report.area.site.support import tell_year
from pipeline.report.exhibits import Rated, clean_text
from pipeline.report.facts import ENGLAND, SIMILAR, find_certainty
from pipeline.report.school.tables import NOTHING
from pipeline.report.sentences.counting import count_things, end_sentence, join_words, start_sentence
from pipeline.report.sentences.rounding import format_interval, format_number, format_value

#: The lines of the record of a decision.
TO_DECIDE = ("Category", "Reason", "", "Who answers for it", "Date of the panel", "Signed")


def lay_out_record(site: AreaSite, school: SiteSchool, facts: Mapping[str, Any]) -> SitePage:
    """Lay out the record of ``school``, whose report's ``facts`` these are."""
    return SitePage(
        name_record(school.urn),
        school.standing.told_name,
        school.standing.told_name,
        f"The officer's record of the school, {facts['edition']['year']}",
        (
            *_begin(school, facts),
            *tell_category(site.policy, facts),
            *_tell_chances(facts),
            *_tell_clauses(facts),
            *tell_last_year(facts),
            *tell_year(school, clean_text((facts["support"] or {}).get("contact", ""))),
            *tell_figures(facts["indicators"]),
            *_tell_worth_a_look(site, school.urn, facts["indicators"]),
            *tell_inspections(facts["inspections"]),
            *tell_local(facts["officer"]),
            *_tell_notes(facts),
            ToFillIn("The panel's decision", TO_DECIDE),
        ),
        school.urn,
        school.name,
    )


def _begin(school: SiteSchool, facts: Mapping[str, Any]) -> tuple[Piece, ...]:
    said, folder = facts["school"], f"../schools/{school.urn}"
    ages = f", {said['low_age']} to {said['high_age']}" if None not in (said["low_age"], said["high_age"]) else ""
    pairs: list[tuple[str, str | Link | Several]] = [
        ("URN", str(school.urn)),
        ("Phase", f"{start_sentence(school.standing.phase)}{ages}"),
        ("Type", clean_text(said["type"])),
        ("Former name", clean_text(said["former_name"])),
        ("Town", clean_text(said["town"])),
        ("District", school.district),
        ("Authority", clean_text(said["la_name"])),
        ("Trust", clean_text(said["trust_name"])),
        ("Adviser", school.adviser),
        (
            "Its report",
            Several(
                (
                    Link("as the school has it", f"{folder}/report.html"),
                    Link("as PDF", f"{folder}/report.pdf"),
                    Link("its executed notebook", f"{folder}/notebook.ipynb"),
                ),
                between=";",
            ),
        ),
    ]
    reasons = Bulleted(tuple(one.words for one in school.reasons)) if school.reasons else _NO_REASON
    return (Pairs(tuple((name, value) for name, value in pairs if value)), Title("Why to ring"), reasons)


_NO_REASON = Words(("None of the reasons that are looked for.",))


def tell_category(policy: Policy, facts: Mapping[str, Any]) -> tuple[Piece, ...]:
    """The indicated category with its reason, the panel's where one decided, and what the category brings.

    Where a panel decided otherwise, what its category brings by ``policy`` comes first: that is what the school has.
    """
    assignment, final, panel = facts["assignment"], facts["final"], facts["officer"]["panel"]
    provisional = " (provisional: it rests on figures of one year alone)" if assignment["provisional"] else ""
    pairs: list[tuple[str, str | Link | Several]] = [
        ("Indicated by the figures", f"{clean_text(assignment['title'])}{provisional}"),
        ("Why", end_sentence(clean_text(assignment["reason"]))),
    ]
    if assignment["early"]:
        without = clean_text(assignment["without_early"]) or "the same"
        pairs.append(("Early results, not validated", f"were counted; without them the category would be {without}"))
    if panel:
        pairs += [
            ("Decided by the panel", clean_text(final["title"]) if panel["changed"] else "the same"),
            ("Its reason", clean_text(panel["reason"]) or NOTHING),
            ("Recorded by", clean_text(panel["person"]) or NOTHING),
            ("Date", format_date(panel["date"])),
        ]
    else:
        pairs.append(("The panel", "has not decided yet"))
    lines, amounts = (assignment["entitlement"][part] for part in ("lines", "amounts"))
    if panel and panel["changed"]:
        decided = grant_entitlement(policy, final["category"])
        pairs += _tell_support("What the decided category brings", decided.lines, decided.amounts)
        pairs += _tell_support("What the indicated category would have brought", lines, amounts)
    else:
        pairs += _tell_support("What the indicated category brings", lines, amounts)
    found = tuple(clean_text(one) for one in assignment["facts"])
    return (
        Title("Category"),
        Pairs(tuple(pairs)),
        *((Words(("What was found:",)), Bulleted(found)) if found else ()),
    )


def _tell_support(
    name: str, lines: Sequence[str], amounts: Sequence[Sequence[str]]
) -> Iterator[tuple[str, str | Link | Several]]:
    brings = (*map(clean_text, lines), *(f"{clean_text(what)}: {clean_text(amount)}" for what, amount in amounts))
    if brings:
        yield name, Several(brings)


def _tell_chances(facts: Mapping[str, Any]) -> tuple[Piece, ...]:
    certainty = find_certainty(facts)
    if certainty is None:
        reason = (facts["certainty"] or {}).get("reason") or "too little is known of the school"
        return (Title("How certain"), Words((f"It was not worked out: {end_sentence(clean_text(reason))}",)))
    rows = tuple(
        SiteRow((clean_text(one["title"]), start_sentence(count_times(one["probability"]))))
        for one in certainty["probabilities"]
    )
    return (
        Title("How certain"),
        SiteTable(
            "chances",
            "How often the same rules give each outcome, for other sets of pupils just like these",
            (SiteColumn("Outcome"), SiteColumn("How often")),
            rows,
            f"{format_number(certainty['resamples'], 0)} draws: {certainty['sureness']}. Below {SURE_IN_100} in 100 "
            f"the indicated category is borderline, below {LIKELY_IN_100} doubtful.",
        ),
    )


def _tell_clauses(facts: Mapping[str, Any]) -> tuple[Piece, ...]:
    checks = facts["assignment"]["checks"]
    rows = tuple(
        SiteRow(
            (
                f"{number}. {clean_text(one['clause']).replace('_', ' ')}",
                Several(tuple(map(clean_text, one["asked"]))) if one["asked"] else NOTHING,
                Several(tuple(map(clean_text, one["found"]))) if one["found"] else NOTHING,
                "yes: it decided" if one["clause"] == facts["assignment"]["clause"] else "yes" if one["held"] else "no",
            )
        )
        for number, one in enumerate(checks, start=1)
    )
    decided = facts["assignment"]["clause"]
    return (
        Title("Every clause that was asked"),
        SiteTable(
            "clauses",
            "The policy's clauses in their order, up to the one that decided",
            (SiteColumn("Clause"), SiteColumn("Asks for"), SiteColumn("Found"), SiteColumn("Holds")),
            rows,
            "" if any(one["held"] for one in checks) else f"None held, so the last applies: {decided}.",
            nothing="No clause was asked.",
        ),
        *_tell_lighter(facts["lighter"]),
    )


def _tell_lighter(lighter: Mapping[str, Any] | None) -> tuple[Piece, ...]:
    if not lighter:
        return ()
    if not lighter["title"]:
        return (Words(("No other figures of what was judged would have brought less support.",), lead="Lighter."),)
    parts = ["what the inspection found"] if lighter["without_inspection"] else []
    parts += [f"the gap in {name} beside {_name_comparator(beside)}" for name, beside in lighter["gaps_gone"]]
    without = f"without {join_words(parts)}" if parts else ""
    needed = [f"{name} beside {_name_comparator(beside)}" for name, beside in lighter["strengths_needed"]]
    strengths = f"with a strength in {join_words(needed)}" if needed else ""
    said = f"It would have been {lighter['title']} {join_words((without, strengths))}."
    return (Words((clean_text(said),), lead="The least that would have made it lighter."),)


def _name_comparator(comparator: str) -> str:
    return "England" if comparator == ENGLAND else comparator


def tell_last_year(facts: Mapping[str, Any]) -> tuple[Piece, ...]:
    """Last year's category, and what has changed in the figures since."""
    move = facts["last_year"]
    if not move:
        return (Title("History"), Words(("Last year's category is not known.",)))
    source = f" ({clean_text(move['source'])})" if move["source"] else ""
    tiers = move["tiers_moved"] or 0
    moved = f"{count_things(abs(tiers), 'category', 'categories')} towards {'more' if tiers > 0 else 'less'} support"
    said = f"Last year's category was {clean_text(move['title'])}{source}"
    words = f"{said}: a move of {moved}." if tiers else f"{said}."
    unexplained = " No inspection explains it: it is worth a second look." if move["flagged"] else ""
    changes = tuple(end_sentence(start_sentence(clean_text(one))) for one in move["changes"])
    since = "What has changed in its figures since:" if changes else "Every strength and gap is as it was."
    return (
        Title("History"),
        Words((words + unexplained,)),
        *((Words((since,)),) if move["compared"] else ()),
        *((Bulleted(changes),) if changes else ()),
    )


def tell_figures(indicators: Sequence[Mapping[str, Any]]) -> tuple[Piece, ...]:
    """Every indicator beside both comparators, then year by year."""
    years = sorted({each["year"] for one in indicators for each in one["by_year"]})
    named = [f"{mark_title(one)}{'*' if one['key_priority'] else ''}" for one in indicators]
    return (
        Title("Figures"),
        SiteTable(
            "figures",
            "Every indicator, its years taken together, beside England and similar schools",
            (
                SiteColumn("Indicator"),
                SiteColumn("Pupils", numeric=True),
                SiteColumn("School", numeric=True),
                SiteColumn("95% range", numeric=True),
                SiteColumn("England", numeric=True),
                SiteColumn("Beside England"),
                SiteColumn("Similar", numeric=True),
                SiteColumn("Beside similar schools"),
            ),
            tuple(SiteRow((name, *_tell_indicator(one))) for name, one in zip(named, indicators, strict=True)),
            "A star marks a key priority.",
            nothing="No figures of the school are published in the files of this edition.",
        ),
        *((_tabulate_years(indicators, named, years),) if years else ()),
    )


def _tabulate_years(indicators: Sequence[Mapping[str, Any]], named: Sequence[str], years: Sequence[str]) -> SiteTable:
    return SiteTable(
        "years",
        "Year by year, with England's figure in brackets",
        (SiteColumn("Indicator"), *(SiteColumn(year, numeric=True) for year in years), SiteColumn("Over the years")),
        tuple(
            SiteRow(
                (
                    name,
                    *(_tell_year(one, year) for year in years),
                    clean_text(one["trend"]["words"]) if one["trend"] else NOTHING,
                )
            )
            for name, one in zip(named, indicators, strict=True)
        ),
        "A word stands where no number may be shown.",
    )


def _tell_year(one: Mapping[str, Any], year: str) -> str:
    found = next((each for each in one["by_year"] if each["year"] == year), None)
    if found is None:
        return NOTHING
    if found["value"] is None:
        return clean_text(found["word"]) or found["availability"]
    england = "" if found["england"] is None else f" ({format_value(found['england'], one['unit'], one['decimals'])})"
    early = ", early" if found["early"] else ""
    return f"{format_value(found['value'], one['unit'], one['decimals'])}{england}{early}"


def _tell_indicator(one: Mapping[str, Any]) -> tuple[Cell, ...]:
    unit, decimals = one["unit"], one["decimals"]
    compared = {each["comparator"]: each for each in one["comparisons"]}
    known = None not in (one["lower"], one["upper"])

    def format_figure(value: float | None) -> str:
        return NOTHING if value is None else format_value(value, unit, decimals)

    return (
        NOTHING if one["pupils"] is None else format_number(one["pupils"], 0),
        format_figure(one["value"]),
        format_interval(one["lower"], one["upper"], unit, decimals) if known else NOTHING,
        *(cell for name in (ENGLAND, SIMILAR) for cell in _tell_beside(compared.get(name), format_figure)),
    )


def _tell_beside(beside: Mapping[str, Any] | None, format_figure: Callable[[float | None], str]) -> tuple[Cell, Cell]:
    if beside is None:
        return NOTHING, Rated(Rating.NOT_RATED)
    rating = Rating(beside["rating"])
    return format_figure(beside["baseline"]), Rated(rating, "not clear" if rating == Rating.NO_CLEAR_DIFFERENCE else "")


def _tell_worth_a_look(site: AreaSite, urn: int, indicators: Sequence[Mapping[str, Any]]) -> tuple[Piece, ...]:
    """What of the school is on the area's list of probable gaps and is not named in its own report."""
    listed = next((one for one in site.tell("worth_a_look", "schools") or () if one["urn"] == urn), None)
    told = {one["indicator"]: one for one in indicators}
    found = [
        f"{clean_text(told[entry['indicator']]['short_title'])} beside {_name_comparator(beside['comparator'])} "
        f"({count_times(beside['probability'])})"
        for entry in (listed["entries"] if listed else ())
        for beside in entry["beside"]
        if not beside["named"] and entry["indicator"] in told
    ]
    if not found:
        return ()
    said = "Probable over all schools, and not shown for certain in its own report: a reason to ask."
    return (Title("Worth a look"), Words((said,)), Bulleted(tuple(map(start_sentence, found))))


def tell_inspections(inspections: Sequence[Mapping[str, Any]]) -> tuple[Piece, ...]:
    """Every inspection, the latest first."""
    latest_first = sorted(inspections, key=lambda one: one["date"], reverse=True)
    rows = tuple(
        SiteRow(
            (
                format_date(one["date"]) or "Date not known",
                f"{clean_text(one['kind'])}{' (of a predecessor)' if one['about_predecessor'] else ''}",
                clean_text(one["area"]),
                clean_text(one["outcome"]) or NOTHING,
            )
        )
        for one in latest_first
    )
    columns = (SiteColumn("Date"), SiteColumn("Kind"), SiteColumn("What was judged"), SiteColumn("Outcome"))
    nothing = "The files of this edition hold no inspection of the school."
    table = SiteTable(
        "inspections", "Inspections, the latest first, in their own words", columns, rows, nothing=nothing
    )
    return (Title("Inspections"), table)


def tell_local(officer: Mapping[str, Any]) -> tuple[Piece, ...]:
    """What the school says of itself, and what was heard of it: for officers."""
    own = tuple(
        SiteRow(
            (
                format_date(one["date"]),
                clean_text(one["summary_grade"]) or NOTHING,
                "yes" if one["self_referral"] else "no",
            )
        )
        for one in officer["self_evaluation"]
    )
    heard = tuple(
        SiteRow(
            (
                start_sentence(clean_text(one["kind"])),
                format_date(one["date"]),
                clean_text(one["source"]) or NOTHING,
                clean_text(one["note"]) or NOTHING,
            )
        )
        for one in officer["soft_intelligence"]
    )
    of_school = (SiteColumn("Date"), SiteColumn("In its own word"), SiteColumn("Asks for support"))
    of_others = (SiteColumn("What it is about"), SiteColumn("Date"), SiteColumn("Source"), SiteColumn("Note"))
    return (
        Title("Local evidence"),
        SiteTable(
            "self-evaluation",
            "The school's own evaluation, the latest first",
            of_school,
            own,
            nothing="The school's own evaluation is not written down.",
        ),
        SiteTable(
            "heard",
            "What was heard of the school, the latest first",
            of_others,
            heard,
            nothing="Nothing that was heard of the school is written down.",
        ),
    )


def _tell_notes(facts: Mapping[str, Any]) -> tuple[Piece, ...]:
    said = tuple(clean_text(one) for one in (*facts["notes"], *facts["warnings"]))
    return (Title("Notes and questions"), Bulleted(said)) if said else ()
