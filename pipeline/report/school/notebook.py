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

from pipeline.analysis.indicators.themes import find_theme, load_themes
from pipeline.analysis.results import IndicatorResult
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import EditionPaths, find_project, find_workspace
from pipeline.foundation.vocabulary import Availability, Rating, read_academic_year
from pipeline.policy import (
    Assignment,
    EarlyResults,
    Policy,
    assign_category,
    compare_with_last_year,
    finalise,
    find_decision,
    gather_facts,
    load_policy,
)
from pipeline.report.charts import draw_position, draw_trends
from pipeline.report.exhibits import Bullets, Exhibit, Exhibits, Facts, Heading, Notice, Paragraph, Section, clean_text
from pipeline.report.facts import (
    ENGLAND,
    FACTS_MIME,
    SIMILAR,
    EditionNote,
    IndicatorNote,
    SchoolReport,
    build_page_facts,
    build_school_facts,
    is_rated,
)
from pipeline.report.school import gap, officer, similar_wording, tables
from pipeline.report.sentences import category_wording, early_wording, wording
from pipeline.report.sentences.counting import count_things, end_sentence, join_words, start_sentence
from pipeline.sources.frames import School, SchoolSlice

if TYPE_CHECKING:
    from pipeline.analysis.indicators import Indicator

STAMP = "edition.json"  # written into prepared/ beside the tables: what the edition is called, its year and policy
DRAWN_FROM = 3  # rated indicators; fewer are told in the table alone
SENTENCES = 3  # strengths and gaps told under "What stands out"; the table holds them all


# Opening


def open_school(urn: int, edition: str, policy: str = "") -> SchoolReport:
    """Open one school of an edition: its figures checked, compared with England and put beside the policy.

    ``policy`` is a policy's name or path; "" takes the edition's own. Where the edition's published files have not
    been read yet, they are read first. Raises PipelineError where the edition, the school or the policy is not there,
    and FaultyInput where a critical check of the school's figures fails: then no report may be made of them.
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
    return study_school(
        slice,
        note,
        load_policy(policy or note.policy, beside=paths.folder, organisation=note.organisation),
        warnings,
        len(checked.results),
    )


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
        area_name=area.get("name") or stamp.get("area_name") or "",
        organisation=stamp.get("organisation") or "",
        colour=stamp.get("colour") or "",
    )


# Showing


def show_summary(report: SchoolReport) -> Exhibit:
    """The school's name, who it is, and what stands out."""
    found = [*wording.find_standing(report, Rating.GAP), *wording.find_standing(report, Rating.STRENGTH)]
    more = len(found) - SENTENCES
    sentences = [wording.phrase_brief(result) for result in found[:SENTENCES]]
    if more > 0:
        sentences.append(f"{start_sentence(count_things(more, 'more', 'more'))} in the table further on.")
    parts: list[Exhibit] = [
        Heading(report.school.name, 1),
        _describe_school(report),
        *([Notice(early, "warning")] if (early := early_wording.phrase_early_report(report)) else []),
        Heading("What stands out", 2),
        Paragraph(wording.phrase_headline(report)),
    ]
    if sentences:
        parts.append(Bullets(tuple(sentences)))
    return Exhibits(tuple(parts))


def _describe_school(report: SchoolReport) -> Exhibit:
    """Who the school is; its URN and the edition stand in the title block above."""
    school = report.school
    ages = "" if school.low_age is None or school.high_age is None else f"ages {school.low_age} to {school.high_age}"
    phase = "" if school.phase == "unknown" else start_sentence(str(school.phase))
    kind = ", ".join(word for word in (phase, school.type[:1].lower() + school.type[1:], ages) if word)
    pairs = (
        ("School", start_sentence(kind)),
        ("Local authority", school.la_name),
        ("Trust", school.trust_name),
    )
    return Facts(tuple((name, value) for name, value in pairs if value))


def show_category(report: SchoolReport) -> Exhibit:
    """The category, whose it is, why, how certain, what it brings, and how to question it."""
    final = report.final
    indicated = final.tier is not None
    amounts = tables.tabulate_entitlement(final)
    lines = [Bullets(final.entitlement.lines)] if final.entitlement.lines else []
    heading = Heading("What the school is entitled to" if indicated else "What happens next", 3)
    brings = Section((heading, *([amounts] if amounts else []), *lines), "entitlement")
    return Exhibits(
        (
            Section(_describe_category(report), "category-panel", str(final.tier) if indicated else ""),
            *([brings] if lines or amounts else []),
            *([Paragraph(category_wording.STARTING_POINT)] if indicated else []),
            Paragraph(category_wording.phrase_challenge(report)),
            Notice(category_wording.phrase_thresholds(final), "info" if final.thresholds_adopted else "defaults"),
        )
    )


def _describe_category(report: SchoolReport) -> tuple[Exhibit, ...]:
    """The panel's frame. Where a panel decided otherwise, its own reason is not for the school's copy."""
    indicated, final = report.assignment, report.final
    otherwise = report.decision is not None and report.decision.changed
    reason = Paragraph("", lead="What the figures show:") if otherwise else _explain_reason(indicated)
    weighed = (
        category_wording.phrase_certainty(report.certainty, indicated, decided=report.decision is not None),
        category_wording.phrase_lighter(report.lighter),
    )
    told = (*([] if otherwise else weighed), category_wording.phrase_last_year(report.move, final))
    lasting = wording.phrase_lasting_gaps(report)
    return (
        Paragraph(category_wording.phrase_category(report), lead=final.title),
        Paragraph(final.meaning),
        *([] if otherwise and not indicated.facts else [reason]),
        *([Bullets(indicated.facts)] if indicated.facts else []),
        *([Paragraph(lasting)] if lasting else []),
        *([Paragraph(early)] if (early := category_wording.phrase_early_category(report)) else []),
        *(Paragraph(words) for words in told if words),
        *([Bullets(changes)] if (changes := category_wording.list_changes(report.move)) else []),
    )


def _explain_reason(assignment: Assignment) -> Exhibit:
    return Paragraph(end_sentence(assignment.reason), lead="Why:")


def show_clauses(report: SchoolReport) -> Exhibit:
    """Every clause of the policy that was tried: for the officer who prepares the discussion."""
    return tables.tabulate_clauses(report.assignment) or Paragraph("The policy recorded no clauses.")


def show_officers_view(report: SchoolReport) -> Exhibit:
    """The panel's reason, every outcome's chances and what is known locally. Its cell must stay officer-only."""
    return officer.show_officers_view(report)


def show_context(report: SchoolReport) -> Exhibit | None:
    """The school's pupils beside England's; context, never rated. None where no file describes them."""
    return tables.tabulate_context(report)


def show_position(report: SchoolReport) -> Exhibit | None:
    """Indicators beside England, drawn, and where the latest figures stand nationally.

    None where too few are rated for a picture to say more than the table does.
    """
    if len(report.compared) < DRAWN_FROM:
        return None
    return gather((draw_position(report), tables.tabulate_positions(report)))


def show_strengths_and_gaps(report: SchoolReport) -> Exhibit | None:
    """Every rated indicator in a table, strengths and gaps first; None where other sections tell them all."""
    themes = load_themes()
    if all(find_theme(result.theme, themes).section for result in report.compared_with(ENGLAND, SIMILAR)):
        return None
    rest = wording.phrase_no_findings(report)
    return gather((tables.tabulate_indicators(report), Paragraph(rest) if rest else None))


def show_similar(report: SchoolReport) -> Exhibit | None:
    """Who the similar schools are and how they were chosen, or why there are none.

    None where nobody looked, or no figure of the school could be compared with theirs.
    """
    similar = report.analysis.similar
    if similar is None or not (similar.reason or report.compared_with(SIMILAR)):
        return None
    said = similar_wording.phrase_similar(similar, report.school.la_name)
    only_fair = similar_wording.phrase_only_fair(report.compared_with(ENGLAND, SIMILAR))
    return Exhibits(tuple(Paragraph(words) for words in (*said, only_fair) if words))


def show_small_numbers(report: SchoolReport) -> Exhibit | None:
    """Figures that rest on few pupils, and the same drawn towards similar schools; None without any."""
    table = tables.tabulate_small(report)
    if table is None:
        return None
    small = [result for result in report.analysis.results if similar_wording.is_small(result)]
    whom = dict.fromkeys(result.shrunk.towards_whom for result in small if result.shrunk)
    return Exhibits((Paragraph(similar_wording.explain_shrinkage(join_words(whom, last="or"))), table))


def show_writing(report: SchoolReport) -> Exhibit | None:
    """The question that writing assessment raises beside reading and maths tests; None where it raises none."""
    check = report.analysis.writing_check
    if check is None or not check.asks:
        return None
    said = (similar_wording.phrase_writing_question(check), early_wording.phrase_early_writing(report))
    return Paragraph(" ".join(words for words in said if words))


def show_trends(report: SchoolReport) -> Exhibit | None:
    """The key priorities by year, drawn and in a table, and what changed; None where none has two years of figures."""
    key = [result for result in report.analysis.results if result.key_priority and result.by_year]
    if not _has_trends(report):
        return None
    clear = [wording.phrase_trend(result) for result in key if result.trend and "no clear" not in result.trend.words]
    return gather((draw_trends(report, key), tables.tabulate_trends(key), Bullets(tuple(clear)) if clear else None))


def _has_trends(report: SchoolReport) -> bool:
    return any(
        sum(figure.value is not None and figure.availability == Availability.AVAILABLE for figure in result.by_year) > 1
        for result in report.analysis.results
        if result.key_priority
    )


def show_themes(report: SchoolReport) -> Exhibit | None:
    """A section for each theme that its file gives one, such as attendance; None where none has a figure."""
    sections: list[Exhibit] = []
    for theme in load_themes().values():
        told = show_theme(report, theme.key) if theme.section else None
        if told is not None:
            explained = [Paragraph(theme.explained)] if theme.explained else []
            sections += [Heading(theme.title, 2), *explained, told]
    for key in _list_themes_of_gaps(report):
        theme = find_theme(key, load_themes())
        apart = None if theme.section else gap.show_gaps(report, _list_theme(report, key), id=gap.name_chart(key))
        if apart is not None:
            sections += [Heading(f"The gap to close: {theme.plain}", 2), apart]
    return Exhibits(tuple(sections)) if sections else None


def show_theme(report: SchoolReport, theme: str) -> Exhibit | None:
    """Every indicator of a theme in sentences, whatever its rating, and its gap to close; None without a figure."""
    found = [result for result in _list_theme(report, theme) if result.value is not None]
    told = Bullets(tuple(_tell_indicator(result) for result in found)) if found else None
    gaps = gap.show_gaps(report, found, id=gap.name_chart(theme))
    return told if gaps is None else gather((told, gaps))


def _list_theme(report: SchoolReport, theme: str) -> list[IndicatorResult]:
    return [result for result in report.analysis.results if result.theme == theme]


def _list_themes_of_gaps(report: SchoolReport) -> list[str]:
    return list(dict.fromkeys(result.theme for result in report.analysis.results if gap.has_gap(result)))


def _tell_indicator(result: IndicatorResult) -> str:
    """One indicator with its rating in a sentence or four, whatever its rating."""
    return wording.phrase_rated(result) if is_rated(result) else wording.phrase_unrated(result)


def show_inspections(report: SchoolReport) -> Exhibit:
    """Inspection outcomes in the words of their own framework."""
    table = tables.tabulate_inspections(report)
    if table is None:
        return Paragraph("The files of this edition hold no inspection outcome for this school.")
    return Exhibits((table, Paragraph(wording.explain_frameworks(report.analysis.inspections))))


def show_not_rated(report: SchoolReport) -> Exhibit | None:
    """What could not be rated, and why; None where every indicator could."""
    table = tables.tabulate_not_rated(report)
    notes = [Paragraph(note) for note in report.analysis.notes]
    if report.analysis.results and table is None and not notes:
        return None
    said = [Paragraph(wording.phrase_not_rated(report))] if table or not report.analysis.results else []
    return Exhibits((*said, *([table] if table else []), *notes))


def show_checks(report: SchoolReport) -> Exhibit:
    """What the checks of the school's published figures found, and that its writing assessment raises no question."""
    said = Paragraph(wording.phrase_checks(report))
    check = report.analysis.writing_check
    told = []
    if check is not None and not check.asks:
        told = [similar_wording.phrase_writing_checked(check), early_wording.phrase_early_writing(report)]
    writing = [Paragraph(" ".join(words for words in told if words))] if told else []
    return Exhibits((said, *(Notice(warning, "warning") for warning in report.warnings), *writing))


def show_method(report: SchoolReport) -> Exhibit:
    """How the judgements came about, and from which files."""
    return Exhibits(tuple(Paragraph(words, lead=lead) for lead, words in wording.explain_method(report)))


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
    facts = build_school_facts(report, list_charts(report))
    return {FACTS_MIME: facts, "text/plain": f"Facts of URN {report.school.urn} published."}


def list_charts(report: SchoolReport) -> tuple[str, ...]:
    """The ids of the figures a whole report of this school holds."""
    position = len(report.compared) >= DRAWN_FROM
    drawn = (("position", position), ("trends", _has_trends(report)))
    gaps = (gap.name_chart(theme) for theme in _list_themes_of_gaps(report))
    return (*(id for id, is_drawn in drawn if is_drawn), *gaps)


def gather(shown: Sequence[Exhibit | None]) -> Exhibit | None:
    """Show what is there, in order; None where nothing is."""
    parts = tuple(exhibit for exhibit in shown if exhibit is not None)
    return Exhibits(parts) if parts else None
