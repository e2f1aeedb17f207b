"""What the cells of the school's notebook call: one call a cell, each giving what the cell shows.

``open_school`` is the only one that reads files; the others take the report it gives and return exhibits.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.analysis.results import IndicatorResult
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import EditionPaths, find_project, find_workspace
from pipeline.foundation.vocabulary import Availability, read_academic_year
from pipeline.policy import (
    EarlyResults,
    Policy,
    assign_category,
    compare_with_last_year,
    finalise,
    find_decision,
    gather_facts,
    load_policy,
)
from pipeline.report.exhibits import Exhibit, Exhibits, Heading, Paragraph, Section, clean_text
from pipeline.report.facts import (
    ENGLAND,
    FACTS_MIME,
    SIMILAR,
    EditionNote,
    IndicatorNote,
    NextStep,
    SchoolReport,
    build_page_facts,
    build_school_facts,
)
from pipeline.report.school import gap, officer, standing, subjects, tables, talk
from pipeline.report.school.measures import tabulate_measures, title_measures
from pipeline.report.school.support import add_year_of_support
from pipeline.report.school.trends import TRENDS, tabulate_trends
from pipeline.report.sentences import early_wording, similar_wording, wording
from pipeline.report.sentences.counting import join_words
from pipeline.sources.frames import School, SchoolSlice

if TYPE_CHECKING:
    from pipeline.analysis.indicators import Indicator

STAMP = "edition.json"  # written into prepared/ beside the tables: what the edition is called, its year and policy
MEASURES = "measures"  # the id of the table of every measure


# Opening


def open_school(urn: int, edition: str, policy: str = "") -> SchoolReport:
    """Open one school of an edition: its figures checked, compared with England and put beside the policy.

    ``policy`` is a policy's name or path; "" takes the edition's own. Where the edition's published files have not
    been read yet, they are read first. Raises PipelineError where the edition, the school or the policy is not there,
    and FaultyInput where a critical check of the school's figures fails, or a change to its year of support names what
    its category does not bring: then no report may be made of them.
    """
    from pipeline.analysis.early import add_early_results
    from pipeline.analysis.indicators import load_indicators
    from pipeline.sources.prepared import open_prepared
    from pipeline.validation import check_frame

    paths = prepare_if_missing(edition)
    note = read_edition_note(paths)
    slice = open_prepared(paths.prepared).load_school(int(urn))
    observations = add_early_results(slice, load_indicators()).observations
    checked = check_frame("school_slice", observations, name=f"URN {urn}", urn=int(urn), year=note.year)
    checked.raise_critical()
    warnings = tuple(wording.phrase_finding(check) for check in checked.warnings)
    rules = load_policy(policy or note.policy, beside=paths.folder, organisation=note.organisation)
    return add_year_of_support(study_school(slice, note, rules, warnings, len(checked.results)), rules, paths.prepared)


def study_school(
    slice: SchoolSlice,
    note: EditionNote,
    policy: Policy,
    warnings: Sequence[str] = (),
    checks: int = 0,
    indicators: Sequence[Indicator] | None = None,
) -> SchoolReport:
    """Analyse a school's slice, assign its category, and put a panel's decision in its place where there is one.

    A pure function but for the indicator files it reads: the product's, where no ``indicators`` are given. Raises
    FaultyInput where a panel's decision names a category that the policy does not have.
    """
    from pipeline.analysis.early import add_early_results
    from pipeline.analysis.indicators import load_indicators
    from pipeline.analysis.school import analyse_school
    from pipeline.policy.doubt.certainty import find_certainty
    from pipeline.policy.doubt.lighter import find_lighter

    indicators, local = load_indicators() if indicators is None else tuple(indicators), slice.local
    shown = add_early_results(slice, indicators)
    analysis = analyse_school(shown, indicators, note.year)
    facts = gather_facts(analysis, local, note.date)
    judged, published = shown, None
    if shown is not slice:
        published = gather_facts(analyse_school(slice, indicators, note.year), local, note.date)
        if policy.early_results is EarlyResults.SHOWN_ONLY:
            judged, facts, published = slice, published, None
    indicated = assign_category(policy, facts, published)
    decision = find_decision(policy, indicated, local.moderation)
    decided = finalise(policy, indicated, decision) if decision else None
    return SchoolReport(
        school=_name_school(slice.school),
        edition=note,
        analysis=analysis,
        assignment=indicated,
        indicators={
            indicator.key: IndicatorNote(
                indicator.key, indicator.title, indicator.why_it_matters.strip(), indicator.source.strip()
            )
            for indicator in indicators
        },
        warnings=tuple(warnings),
        checks=checks,
        certainty=find_certainty(policy, judged, facts, indicators, note.year, indicated.category),
        lighter=find_lighter(policy, facts, indicated),
        move=compare_with_last_year(policy, decided or indicated, local.last_year, facts),
        decision=decision,
        decided=decided,
        local=local,
        subjects=slice.subjects,
        categories=tuple((one.key, one.title) for one in policy.categories),
    )


def _name_school(school: School) -> School:
    """A school that no file of the edition names is called by its URN, so that its report has a heading."""
    return school if clean_text(school.name) else replace(school, name=f"School with URN {school.urn}")


def prepare_if_missing(edition: str) -> EditionPaths:
    """Read the edition's published files where that was not done yet, so that *Run All* works on a fresh clone.

    Raises PipelineError saying what to run where it cannot be done.
    """
    workspace = find_workspace()
    paths = workspace.edition(edition)
    if (paths.prepared / STAMP).is_file():
        return paths
    command = f"python -m pipeline prepare {edition}"
    if not paths.description.is_file():
        known = ", ".join(sorted(path.parent.name for path in workspace.editions.glob("*/edition.yaml"))) or "none yet"
        raise PipelineError(f"there is no edition {edition!r}", remedy=f"Editions here: {known}.")
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "prepare", edition], cwd=find_project(), capture_output=True, text=True
    )
    if not (paths.prepared / STAMP).is_file():
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise PipelineError(
            "its published files have not been read yet, and reading them failed"
            + (f": {said[-1].strip()}" if said else ""),
            where=f"edition {edition}",
            remedy=f"Run `{command}` and mend what it says.",
        )
    return paths


def read_edition_note(paths: EditionPaths) -> EditionNote:
    """Read what a report says of its edition.

    Raises PipelineError where the edition was not prepared.
    """
    try:
        stamp = json.loads((paths.prepared / STAMP).read_text(encoding="utf-8"))
    except FileNotFoundError:
        name = paths.folder.name
        raise PipelineError(
            "its published files have not been read yet",
            where=f"edition {name}",
            remedy=f"Run `python -m pipeline prepare {name}`.",
        ) from None
    year = stamp["year"]
    area = stamp.get("area") or {}
    return EditionNote(
        name=stamp["name"],
        title=stamp["title"],
        year=year if isinstance(year, int) else read_academic_year(str(year)),
        policy=stamp["policy"],
        date=stamp["date"],
        area_name=area.get("name") or (stamp.get("organisation") if area.get("trust") else "") or "",
        trust=area.get("trust"),
        organisation=stamp.get("organisation") or "",
        colour=stamp.get("colour") or "",
        contact=_name_contact(stamp.get("contact") or {}),
        next_steps=tuple(
            NextStep(clean_text(step["what"]), clean_text(step["who"]), step["by"] or "", step.get("decides", False))
            for step in stamp.get("next_steps") or ()
        ),
    )


def _name_contact(contact: Mapping[str, str]) -> str:
    told = (clean_text(contact.get(name) or "") for name in ("name", "role", "email", "telephone"))
    return ", ".join(words for words in told if words)


# Showing


def show_standing(report: SchoolReport) -> Exhibit:
    """Who the school is, its category and why, its key figures, what stands out, and what happens next."""
    return standing.show_standing(report)


def show_clauses(report: SchoolReport) -> Exhibit:
    """Every clause of the policy that was tried: for the officer who prepares the discussion."""
    return tables.tabulate_clauses(report.assignment) or Paragraph("The policy recorded no clauses.")


def show_officers_view(report: SchoolReport) -> Exhibit:
    """The panel's reason, every outcome's chances and what is known locally. Its cell must stay officer-only."""
    return officer.show_officers_view(report)


def show_measures(report: SchoolReport) -> Exhibit | None:
    """Every measure beside England and similar schools, drawn and in numbers; None where none could be compared."""
    results = report.compared_with(ENGLAND, SIMILAR)
    by_year = _list_trends(report) if _has_trends(report) else []
    title = title_measures(report, results)
    return tabulate_measures(report, results, id=MEASURES, caption=title, by_year=by_year)


def show_writing(report: SchoolReport) -> Exhibit | None:
    """The question that writing assessment raises beside reading and maths tests; None where it raises none."""
    check = report.analysis.writing_check
    if check is None or not check.asks:
        return None
    said = (similar_wording.phrase_writing_question(check), early_wording.phrase_early_writing(report))
    told = Paragraph(" ".join(words for words in said if words))
    return Exhibits((Heading("How writing was assessed"), told))


def show_not_rated(report: SchoolReport) -> Exhibit | None:
    """What could not be rated, and why; None where every measure could."""
    told = _tell_not_rated(report)
    notes = [Paragraph(note) for note in report.analysis.notes]
    if report.analysis.results and told is None and not notes:
        return None
    said = [Paragraph(wording.phrase_not_rated(report))] if told or not report.analysis.results else []
    return Exhibits((Heading("What could not be rated"), *said, *([told] if told else []), *notes))


def _tell_not_rated(report: SchoolReport) -> Exhibit | None:
    """A table of reasons and measures; of a brief report, which has them nearly all, a paragraph for each reason."""
    table = tables.tabulate_not_rated(report)
    if table is None or not report.brief:
        return table
    told = tuple(Paragraph("; ".join(names), lead=reason) for reason, names in tables.list_not_rated(report).items())
    return Section((*told, *([Paragraph(table.note)] if table.note else [])), "note")


def show_small_numbers(report: SchoolReport) -> Exhibit | None:
    """Figures that rest on few pupils, and the same drawn towards similar schools: for officers. None without any."""
    table = tables.tabulate_small(report)
    if table is None:
        return None
    small = [result for result in report.analysis.results if similar_wording.is_small(result)]
    whom = dict.fromkeys(result.shrunk.towards_whom for result in small if result.shrunk)
    told = Paragraph(similar_wording.explain_shrinkage(join_words(whom, last="or")))
    return Exhibits((Heading("Small numbers"), told, table))


def show_gaps(report: SchoolReport) -> Exhibit | None:
    """How far disadvantaged pupils are from England's others, by year, a table a theme; None without a figure."""
    return gather([gap.show_gaps(key, _list_theme(report, key)) for key in _list_themes_of_gaps(report)])


def _list_theme(report: SchoolReport, theme: str) -> list[IndicatorResult]:
    return [result for result in report.analysis.results if result.theme == theme]


def _list_themes_of_gaps(report: SchoolReport) -> list[str]:
    return list(dict.fromkeys(result.theme for result in report.analysis.results if gap.has_gap(result)))


def show_trends(report: SchoolReport) -> Exhibit | None:
    """The key priorities by year, drawn and in numbers, and what changed; None where none has two years of figures."""
    if not _has_trends(report):
        return None
    told = tabulate_trends(report, _list_trends(report), drawn=not report.brief)
    placed = wording.phrase_positions(report.analysis.results)
    return gather((told, Section((Paragraph(placed),), "note") if placed else None))


def _list_trends(report: SchoolReport) -> list[IndicatorResult]:
    """The key priorities with figures by year that no table of gaps holds; of a brief report, those compared."""
    told = report.compared_with(ENGLAND, SIMILAR) if report.brief else report.analysis.results
    return [result for result in told if result.key_priority and result.by_year and not gap.has_gap(result)]


def _has_trends(report: SchoolReport) -> bool:
    return any(
        sum(figure.value is not None and figure.availability == Availability.AVAILABLE for figure in result.by_year) > 1
        for result in _list_trends(report)
    )


def show_context(report: SchoolReport) -> Exhibit | None:
    """The school's pupils beside England's; context, never rated. None where no file describes them."""
    return tables.tabulate_context(report)


def show_similar(report: SchoolReport) -> Exhibit | None:
    """The nearest similar schools by name, what they do better, and how they were chosen; or why there are none.

    None where nobody looked, or no figure of the school could be compared with theirs.
    """
    similar = report.analysis.similar
    if similar is None or not (report.compared_with(SIMILAR) or (similar.reason and not report.brief)):
        return None
    said = similar_wording.phrase_similar(similar)
    only_fair = similar_wording.phrase_only_fair(report.compared_with(ENGLAND, SIMILAR))
    found = "" if similar.reason else similar_wording.phrase_telephones(similar_wording.list_nearest(similar))
    told = Section(tuple(Paragraph(words) for words in (f"{found} {said}".strip(), only_fair) if words), "note")
    return gather((Heading("Similar schools"), tables.tabulate_nearest(report), told))


def show_subjects(report: SchoolReport) -> Exhibit | None:
    """The school's subjects at key stage 4 beside England's, not rated; None where no file tells of any."""
    return subjects.show_subjects(report)


def show_support(report: SchoolReport) -> Exhibit | None:
    """The support that the category brings; None where nothing is said of it."""
    return talk.show_support(report)


def show_questions(report: SchoolReport) -> Exhibit:
    """Five questions governors may ask, from what the report shows of this school."""
    return talk.show_questions(report)


def show_inspections(report: SchoolReport) -> Exhibit:
    """Inspection outcomes in the words of their own framework."""
    return talk.show_inspections(report)


def show_sureness(report: SchoolReport) -> Exhibit:
    """How the category came about, how sure all this is, where the figures come from, and how to question them."""
    return talk.show_sureness(report)


def publish_facts(report: SchoolReport) -> None:
    """Publish the report's facts, from which the area's report, the pages and the post are made."""
    from IPython.display import display

    display(bundle_facts(report), raw=True)


def publish_page(
    edition: EditionNote,
    policy: Policy,
    kind: str,
    title: str,
    found: Mapping[str, Any] | None = None,
    exhibits: Sequence[str] = (),
) -> None:
    """Publish the facts of a page made once an edition, as ``build_page_facts`` gives them."""
    from IPython.display import display

    facts = build_page_facts(edition, policy, kind=kind, title=title, found=found, exhibits=exhibits)
    display({FACTS_MIME: facts, "text/plain": f"Facts of the page {kind} published."}, raw=True)


def bundle_facts(report: SchoolReport) -> dict[str, Any]:
    """The report's facts as what a cell displays: MIME type → content."""
    facts = build_school_facts(report, list_exhibits(report))
    return {FACTS_MIME: facts, "text/plain": f"Facts of URN {report.school.urn} published."}


def list_exhibits(report: SchoolReport) -> tuple[str, ...]:
    """The ids of the figures and drawn tables that a whole report of this school holds."""
    key = not report.brief and any(result.key_priority for result in report.compared)
    measures = bool(report.compared_with(ENGLAND, SIMILAR))
    drawn = ((standing.KEY, key), (MEASURES, measures), (TRENDS, not report.brief and _has_trends(report)))
    themes = _list_themes_of_gaps(report)
    gaps = (name for theme in themes for name in gap.name_tables(theme, _list_theme(report, theme)))
    return (*(id for id, is_drawn in drawn if is_drawn), *gaps)


def gather(shown: Sequence[Exhibit | None]) -> Exhibit | None:
    """Show what is there, in order; None where nothing is."""
    parts = tuple(exhibit for exhibit in shown if exhibit is not None)
    return Exhibits(parts) if parts else None
