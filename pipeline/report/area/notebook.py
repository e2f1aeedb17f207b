"""What the cells of the area's notebook call: one call a cell, each giving what the cell shows."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.analysis.country.spread import LEAST_SCHOOLS
from pipeline.analysis.country.worth_a_look import FALSE_SHARE
from pipeline.edition.schools import choose_schools, list_area_schools
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.vocabulary import count_noun, name_academic_year
from pipeline.policy import Policy, load_policy
from pipeline.report.area import exhibits as tables
from pipeline.report.area.brief import show_part
from pipeline.report.area.early import note_early
from pipeline.report.area.findings import (
    AreaReport,
    FileNote,
    Unreported,
    build_area_facts,
    count_inspections,
    count_sureness,
    find_decided,
    find_undecided,
    measure_area,
    order_standings,
    read_standing,
)
from pipeline.report.area.worth_a_look import find_worth_a_look
from pipeline.report.exhibits import Exhibit, Exhibits, Facts, Heading, Notice, Paragraph, clean_text
from pipeline.report.facts import FACTS_MIME, FACTS_VERSION, EditionNote, build_school_facts
from pipeline.report.school.notebook import STAMP, gather, prepare_if_missing, read_edition_note, study_school
from pipeline.report.sentences.category_wording import phrase_unsure
from pipeline.report.sentences.counting import count_things, count_those, end_sentence, join_words, start_sentence
from pipeline.report.sentences.rounding import format_number
from pipeline.sources.tabular.folding import list_account

STATUSES = "schools.json"  # written by a run: every school of the area, reported on or not


def open_area(edition: str, policy: str = "") -> AreaReport:
    """Open the area of an edition: its schools' facts, its own figures and the account of its files.

    The facts are those of the reports made by the last run. Where there are none, the schools are studied here and
    now, so that *Run All* works on a fresh clone. Raises PipelineError where the edition or policy is not there.
    """
    from pipeline.analysis.country.top_tenth import compare_with_all
    from pipeline.analysis.indicators import load_indicators
    from pipeline.sources.prepared import open_prepared

    paths = prepare_if_missing(edition)
    note = read_edition_note(paths)
    chosen = load_policy(policy or note.policy, beside=paths.folder, organisation=note.organisation)
    prepared = open_prepared(paths.prepared)
    whose = json.loads((paths.prepared / STAMP).read_text(encoding="utf-8")).get("area") or {}
    school_facts, indicators = gather_school_facts(paths, prepared, note, chosen), load_indicators()
    standings = [read_standing(facts) for facts in school_facts]
    authority = whose.get("authority")
    figures = measure_area(
        prepared.area_observations(),
        indicators,
        note.year,
        authority=authority,
        trust=whose.get("trust"),
    )
    return AreaReport(
        edition=note,
        policy=chosen,
        name=name_edition_area(paths, prepared, note),
        schools=order_standings(standings),
        figures=figures,
        unreported=tuple(
            Unreported(one["urn"], clean_text(one["name"]), clean_text(one["reason"]))
            for one in read_statuses(paths)
            if one["status"] != "done"
        ),
        files=tuple(_note_file(one) for one in prepared.reconciliation()),
        worth_a_look=find_worth_a_look(prepared, school_facts, indicators, note.year),
        top_tenth=compare_with_all(prepared.authorities(), authority, note.year)
        if authority is not None and chosen.ambition
        else (),
    )


def read_statuses(paths: EditionPaths) -> list[dict[str, Any]]:
    """Every school of the area as the last run left it; empty where there was none."""
    try:
        return json.loads((paths.reports / STATUSES).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []


def gather_school_facts(paths: EditionPaths, prepared: Any, note: EditionNote, policy: Policy) -> list[dict[str, Any]]:
    """The facts of the area's schools: those of the last run's reports, else of schools studied here and now."""
    statuses = read_statuses(paths)
    if statuses:
        return [read_facts(paths.school(one["urn"])) for one in statuses if one["status"] == "done"]
    whose = json.loads((paths.prepared / STAMP).read_text(encoding="utf-8")).get("area") or {}
    return _study_schools(prepared, note, policy, whose)


def read_facts(folder: Path) -> dict[str, Any]:
    """Read the facts published with the report in ``folder``.

    Raises PipelineError where they are gone, or were written by another version of the pipeline.
    """
    remedy = "Make the reports again: `python -m pipeline reports`."
    where = f"schools/{folder.name}"
    try:
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PipelineError(
            f"the report of URN {folder.name} was made but its facts.json is gone", where=where, remedy=remedy
        ) from None
    if facts.get("version") != FACTS_VERSION:
        raise PipelineError("its facts.json was written by another version", where=where, remedy=remedy)
    return facts


def _study_schools(prepared: Any, note: EditionNote, policy: Policy, whose: dict[str, Any]) -> list[dict[str, Any]]:
    """Study every school of the area that a run would report on."""
    from pipeline.analysis.indicators import load_indicators
    from pipeline.analysis.indicators.windows import list_behind

    schools = prepared.schools()
    latest = prepared.latest_years(choose_schools(schools, whose)["urn"], list_behind(load_indicators()))
    listed = list_area_schools(schools, latest, whose, note.year, prepared.links(), on=note.date)
    due = [school.urn for school in listed if not school.not_due]
    reports = (study_school(prepared.load_school(urn), note, policy) for urn in due)
    return [build_school_facts(report) for report in reports]


def name_edition_area(paths: EditionPaths, prepared: Any, note: EditionNote) -> str:
    """The name of the edition's area: its own, else its authority's or trust's in the files, else its title."""
    whose = json.loads((paths.prepared / STAMP).read_text(encoding="utf-8")).get("area") or {}
    return note.area_name or _name_area(prepared, whose) or note.title


def _name_area(prepared: Any, whose: dict[str, Any]) -> str:
    schools = prepared.schools()
    for column, name in (("authority", "la_name"), ("trust", "trust_name")):
        if whose.get(column) is not None:
            key = "la" if column == "authority" else "trust"
            found = schools.loc[schools[key] == whose[column], name]
            named = [clean_text(one) for one in found if str(one).strip()]
            return named[0] if named else ""
    return ""


def _note_file(account: Any) -> FileNote:
    refused = [clean_text(finding.what) for finding in account.findings if finding.severity == "error"]
    counted = Counter([*refused, *(clean_text(fault.what) for fault in list_account(account))])
    findings = [f"{what} ({count} times)" if count > 1 else what for what, count in counted.items()]
    overlaps = [_phrase_overlap(one) for one in account.overlaps if one.disagree and one.set_aside == account.file]
    return FileNote(
        file=clean_text(account.file),
        title=account.title,
        year=name_academic_year(account.year) if account.year else "",
        rows=account.rows,
        figures=account.figures,
        loaded=account.loaded,
        findings=(*findings, *overlaps),
    )


def _phrase_overlap(overlap: Any) -> str:
    figures = f"{count_noun(overlap.disagree, 'figure')} {'differs' if overlap.disagree == 1 else 'differ'}"
    if overlap.won_by == overlap.set_aside:
        return f"{figures} between a school's own row and that of a school it followed: of each, one was taken"
    return f"{figures} from {clean_text(overlap.won_by)}, which was taken"


# Showing


def show_area(report: AreaReport) -> Exhibit:
    """The area's name, what the report is of, and how many schools stand in each category."""
    with_report = count_things(len(report.schools), "school")
    return Exhibits(
        (
            Heading(report.name, 1),
            Facts((("Policy", f"{report.policy.title}, {report.policy.organisation}"),)),
            Paragraph(
                f"{start_sentence(with_report)} {'is' if len(report.schools) == 1 else 'are'} reported on. Schools are "
                f"listed by name: nothing here ranks them."
            ),
            Notice(
                ("" if report.policy.thresholds_adopted else "Default thresholds. ")
                + end_sentence(report.policy.thresholds_notice.replace("{organisation}", report.policy.organisation)),
                "info" if report.policy.thresholds_adopted else "defaults",
            ),
            *(
                [early]
                if (early := note_early([one.early for one in report.schools], report.policy.organisation))
                else []
            ),
        )
    )


def show_categories(report: AreaReport) -> Exhibit:
    """How many schools each category holds, drawn and in a table, how many a panel decided, how sure the rest are."""
    shown = (
        Paragraph(_count_decisions(report)),
        tables.draw_categories(report),
        tables.tabulate_categories(report),
        tables.tabulate_days(report),
    )
    return gather(shown) or Paragraph("No school has a category.")


def _count_decisions(report: AreaReport) -> str:
    decided, counted = find_decided(report.schools), count_sureness(report.schools)
    said = "No panel has decided yet: every category is the one that the figures indicate."
    if decided:
        changed = sum(bool(school.panel and school.panel.changed) for school in decided)
        otherwise = (
            f"{count_things(changed, 'of them', 'of them')} otherwise than the figures indicate"
            if changed
            else "each time as the figures indicate"
        )
        of = count_noun(len(report.schools), "school")
        said = f"A panel has decided on {len(decided)} of {of}, {otherwise}; elsewhere the indicative category stands."
    if not counted.known:
        return said
    unsure = phrase_unsure(
        counted.known,
        counted.borderline,
        counted.doubtful,
        what_it_means="another set of pupils just like theirs would often have brought another category",
    )
    return f"{said} {unsure}"


def show_worth_a_look(report: AreaReport) -> Exhibit:
    """For the area's officers: the gaps that are probable over all its schools at once, schools by phase and name."""
    found = report.worth_a_look
    if not found.compared:
        return Paragraph(
            "No list can be made of this edition: how far schools truly differ can be told only from files in which at "
            f"least {LEAST_SCHOOLS} schools have figures that may be compared."
        )
    if not found.schools:
        looked_at = count_things(found.looked_at, "school")
        return Paragraph(f"{start_sentence(looked_at)} could be looked at: no gap is probable enough to be named.")
    return Exhibits(
        (
            Paragraph(_explain_list(), lead="For officers, not for schools."),
            Paragraph(_count_list(report), lead="How many, and how sure."),
            *show_part(report, "worth a look"),
        )
    )


def _explain_list() -> str:
    return (
        "A school's own report is cautious for that school: it names a gap only where chance can hardly have made it. "
        "This list asks another question, of all schools at once: where is something probably amiss? What stands in "
        "the last column is probable, and not shown for certain in the school's report: a reason to ask, not a "
        "finding. A school that is not on the list is not thereby shown to be fine: its figures may be few, withheld "
        "or not compared. Schools stand by phase and name, in no order of merit."
    )


def _count_list(report: AreaReport) -> str:
    found = report.worth_a_look
    gaps, named, false = len(found.gaps), found.named, found.expected_false
    key = sum(any(one.key_priority for one in entries) for entries in found.schools.values())
    return (
        f"{start_sentence(count_things(len(found.schools), 'school'))} of {format_number(found.looked_at, 0)} whose "
        f"figures could be looked at, {format_number(key, 0)} of them with a key priority among their gaps; "
        f"{count_noun(gaps, 'gap')} in all, each a measure beside England or beside similar schools. "
        f"{start_sentence(count_those(named, 'is', 'are'))} named in the schools' own reports, "
        f"{count_those(gaps - named, 'is', 'are')} not. "
        f"Over the whole list {format_number(100 * false / gaps, 0)} in 100 are expected to be none, about "
        f"{format_number(false, 0)}, and nobody knows which: at most {round(100 * FALSE_SHARE)} in 100 are allowed."
    )


def show_for_the_panel(report: AreaReport) -> Exhibit:
    """The schools for which a panel is due, as the area's site counts them, and those whose category is borderline.

    Doubtful and borderline ones stand here by name; those with too little evidence have a part of their own.
    """
    undecided = find_undecided(report.schools)
    counted, waiting = count_sureness(report.schools), count_sureness(undecided)
    without = sum(school.tier is None for school in undecided)
    due, unsure = waiting.doubtful + without, waiting.doubtful + waiting.borderline
    weighed = counted.doubtful + counted.borderline - unsure
    told = []
    if due:
        doubtful = f"{waiting.doubtful} with a doubtful category" if waiting.doubtful else ""
        few = f"{without} with too little evidence for a category, named further on" if without else ""
        told.append(f"A panel is due for {count_things(due, 'school')}: {join_words((doubtful, few))}.")
    if waiting.borderline:
        more = "more " if due else ""
        have = count_things(waiting.borderline, f"{more}school has", f"{more}schools have")
        told.append(f"{start_sentence(have)} a borderline category.")
    if not counted.known:
        told.append("How certain the categories are was not worked out for any school.")
    elif not unsure:
        told.append("No school on which a panel has yet to decide has a borderline or doubtful category.")
    if waiting.doubtful:
        told.append("Doubtful ones are sent only once a panel has decided, or a named person has answered for it.")
    if weighed:
        told.append(f"Of {count_noun(weighed, 'more school')} with such a category a panel has already decided.")
    shown = (Paragraph(" ".join(told)), *show_part(report, "doubtful"), *show_part(report, "borderline"))
    return Exhibits(shown)


def show_decisions(report: AreaReport) -> Exhibit:
    """What panels decided, with reason, person and date."""
    shown = gather(show_part(report, "decisions"))
    return shown or Paragraph("No panel's decision is written down for this edition.")


def show_second_look(report: AreaReport) -> Exhibit:
    """What an adviser should ask about: unexplained moves, schools that ask for support, writing assessment."""
    asking = show_part(report, "asking")
    shown = (
        *show_part(report, "moves"),
        *((Paragraph("", lead="Schools that ask for support themselves."), *asking) if asking else ()),
        *show_part(report, "writing"),
    )
    return gather(shown) or Paragraph(
        "No category has moved far without an inspection to explain it, no school asks for support itself, and no "
        "school's writing assessment raises a question."
    )


def show_standards(report: AreaReport) -> Exhibit:
    """Key priority: the whole area beside England, and what England publishes by phase."""
    figures, phases = show_part(report, "figures"), show_part(report, "by phase")
    if figures:
        return Exhibits((*figures, *phases))
    what = "results of" if phases else "figures of"
    return Exhibits(
        (Paragraph(f"The files of this edition hold no {what} the {report.edition.place} as a whole."), *phases)
    )


def show_top_tenth(report: AreaReport) -> Exhibit | None:
    """The policy's ambition and how far it is; None where it states none, or no file tells of all authorities."""
    if not report.top_tenth:
        return None
    return Exhibits(
        (
            Paragraph(end_sentence(report.policy.ambition), lead="The ambition."),
            Paragraph(
                "An authority is in the top tenth where its figure is at least as good as that of the authority in "
                "place n ÷ 10, rounded to the nearest whole, of n that have one: of 149 to 152 authorities, the 15th. "
                "All that are equal to it are in. Figures are compared within one source alone, for two sources can "
                "differ by a point. Places are of authorities; no school is ranked.",
                lead="How it is counted.",
            ),
            *show_part(report, "top tenth"),
        )
    )


def show_disadvantaged_gap(report: AreaReport) -> Exhibit:
    """Key priority: the gap between disadvantaged and other pupils."""
    return gather(show_part(report, "gap")) or Paragraph("The files of this edition do not state the gap.")


def show_inspection_outcomes(report: AreaReport) -> Exhibit:
    """Key priority: schools good or better; report cards beside, never turned into grades."""
    counted = count_inspections(report.schools)
    if not counted.graded and not counted.report_cards:
        return Paragraph("The files of this edition hold no inspection outcomes of these schools.")
    share = f" ({format_number(100 * counted.good_or_better / counted.graded, 0)}%)" if counted.graded else ""
    schools = "school" if counted.graded == 1 else "schools"
    verb = "was" if counted.good_or_better == 1 else "were"
    said = Paragraph(
        f"{counted.good_or_better} of {counted.graded} {schools}{share} {verb} good or outstanding in the last graded "
        f"inspection that gave an overall grade; {counted.tell_without()}. Overall grades "
        f"ended in September 2024.{_count_report_cards(counted.report_cards)}"
    )
    return gather((said, *show_part(report, "grades"), *show_part(report, "report cards"))) or said


def _count_report_cards(count: int) -> str:
    if not count:
        return " No school has had a report card yet."
    return (
        f" {start_sentence(count_things(count, 'school'))} had a report card; its grades are of another kind and are "
        f"not turned into these."
    )


def show_support(report: AreaReport) -> Exhibit:
    """Key priority: who may lead support for others, and who receives the most."""
    first = report.policy.categories[0].title
    last = join_words((category.title for category in report.policy.categories[-2:]), last="or")
    return Exhibits(
        (
            Paragraph(f"Schools in {first}, by name, and in what.", lead="May lead support."),
            *(show_part(report, "leaders") or (Paragraph("None."),)),
            Paragraph(f"Schools in {last}, by name, and in what.", lead="Need the most support."),
            *(show_part(report, "most supported") or (Paragraph("None."),)),
        )
    )


def show_schools(report: AreaReport) -> Exhibit:
    """Every school by category, in the order of names."""
    return gather(show_part(report, "schools")) or Paragraph("No school has a category.")


def show_common_gaps(report: AreaReport) -> Exhibit:
    """Which indicators are gaps in most schools."""
    return gather(show_part(report, "common gaps")) or Paragraph("No indicator of any school was rated.")


def show_insufficient_evidence(report: AreaReport) -> Exhibit:
    """Schools without a category, schools without a report, and why."""
    shown = (*show_part(report, "insufficient"), *show_part(report, "unreported"))
    return gather(shown) or Paragraph("Every school has a report and a category.")


def show_data_quality(report: AreaReport) -> Exhibit:
    """What the published files held and what was wrong with them; schools whose figures raise a question."""
    return Exhibits(
        (
            *show_part(report, "early"),
            *show_part(report, "files"),
            *_list_or_say(
                "Findings in files.", show_part(report, "findings"), "No file held anything that needs to be known."
            ),
            *_list_or_say(
                "Questions about schools' figures.",
                show_part(report, "questions"),
                "No school's figures raised a question.",
            ),
        )
    )


def _list_or_say(lead: str, found: tuple[Exhibit, ...], nothing: str) -> tuple[Exhibit, ...]:
    return (Paragraph("", lead=lead), *found) if found else (Paragraph(nothing, lead=lead),)


def publish_facts(report: AreaReport) -> None:
    """Publish the area's facts, from which the edition's pages are made."""
    from IPython.display import display

    facts = build_area_facts(report, ("categories-figure",) if report.schools else ())
    display({FACTS_MIME: facts, "text/plain": f"Facts of {report.name} published."}, raw=True)
