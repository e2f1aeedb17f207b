"""What the cells of the notebook that says how far to trust an edition call: one call a cell."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.policy import load_policy
from pipeline.report.area.notebook import gather_school_facts, name_edition_area, read_statuses
from pipeline.report.exhibits import Bullets, Chart, Exhibit, Exhibits, Facts, Heading, Notice, Paragraph
from pipeline.report.facts import FACTS_MIME
from pipeline.report.reliance import exhibits as tables
from pipeline.report.reliance import wording
from pipeline.report.reliance.findings import Reliance, build_reliance_facts, count_reasons
from pipeline.report.school.notebook import gather, prepare_if_missing, read_edition_note
from pipeline.report.sentences.counting import count_things, start_sentence
from pipeline.report.sentences.rounding import format_number

_DRAWN: tuple[Callable[[Reliance], Chart | None], ...] = (
    tables.draw_certainty,
    tables.draw_disadvantage,
    tables.draw_calibration,
)


def open_how_far_to_trust(edition: str, policy: str = "") -> Reliance:
    """Open an edition and judge its schools again in every way that the page tells of; takes up to a minute.

    The schools' own facts are those of the last run's reports; where there are none, the schools are studied here and
    now, so that *Run All* works on a fresh clone. Raises PipelineError where the edition or policy is not there.
    """
    from pipeline.analysis.indicators import load_indicators
    from pipeline.report.reliance.study import study_reliance
    from pipeline.sources.prepared import open_prepared

    paths = prepare_if_missing(edition)
    note = read_edition_note(paths)
    chosen = load_policy(policy or note.policy, beside=paths.folder, organisation=note.organisation)
    prepared = open_prepared(paths.prepared)
    return study_reliance(
        prepared,
        note,
        chosen,
        gather_school_facts(paths, prepared, note, chosen),
        load_indicators(),
        name=name_edition_area(paths, prepared, note),
        unreported=count_reasons(one["reason"] for one in read_statuses(paths) if one["status"] != "done"),
    )


# Showing


def show_how_far_to_trust(reliance: Reliance) -> Exhibit:
    """What the page is about, and its findings in a sentence each."""
    schools = count_things(len(reliance.schools), "school")
    return Exhibits(
        (
            Heading("How far to trust this", 1),
            Facts(
                (
                    (start_sentence(reliance.edition.place), reliance.name),
                    ("Policy", f"{reliance.policy.title}, {reliance.policy.organisation}"),
                    ("Schools", f"{schools} reported on"),
                )
            ),
            Paragraph(
                "Every judgement from figures can be wrong. This page puts the judgements of this edition to the test "
                "and says what came of it. It was worked out from this edition's own files when its reports were made."
            ),
            Heading("In short", 2),
            Bullets(tuple(sentence for sentence in _sum_up(reliance) if sentence)),
        )
    )


def _sum_up(reliance: Reliance) -> tuple[str, ...]:
    found = reliance.simulations
    simulated = (
        (wording.NOTHING_SIMULATED,)
        if found is None
        else (
            wording.phrase_no_differences(found),
            wording.phrase_power(found.known.findings.found),
            wording.phrase_large(found.known),
            wording.phrase_calibration(reliance),
        )
    )
    return (
        wording.phrase_borderline(reliance),
        wording.phrase_tenths(reliance),
        wording.phrase_change(reliance),
        wording.phrase_year_ahead(reliance),
        wording.phrase_staying(reliance),
        *simulated,
    )


def show_certainty(reliance: Reliance) -> Exhibit:
    """How many schools are borderline, by category, and how certainty is spread."""
    said = Paragraph(f"{wording.phrase_borderline(reliance)} {wording.phrase_most_borderline(reliance)}".strip())
    return gather((said, tables.draw_certainty(reliance), tables.tabulate_certainty(reliance))) or said


def show_thresholds(reliance: Reliance) -> Exhibit:
    """What hangs on each threshold of the judgement and of the policy."""
    said = Paragraph(f"{wording.phrase_tenths(reliance)} {wording.phrase_whole_steps(reliance)}".strip())
    clauses = tables.tabulate_clauses(reliance) if reliance.schools else None
    return gather((said, tables.tabulate_moves(reliance), clauses)) or said


def show_change(reliance: Reliance) -> Exhibit:
    """This year's categories beside last year's, by size of school."""
    said = Paragraph(f"{wording.phrase_change(reliance)} {wording.explain_last_year(reliance)}".strip())
    return gather((said, tables.tabulate_change(reliance))) or said


def show_year_ahead(reliance: Reliance) -> Exhibit:
    """Whether the latest year lay where the years before led one to expect, and whether what they found lasted."""
    said = Paragraph(wording.phrase_year_ahead(reliance))
    shown = (
        said,
        tables.tabulate_year_ahead(reliance),
        Paragraph(wording.phrase_staying(reliance)),
        tables.tabulate_staying(reliance),
    )
    return gather(shown) or said


def show_disadvantage(reliance: Reliance) -> Exhibit:
    """How category and share of disadvantaged pupils go together."""
    said = Paragraph(wording.phrase_disadvantage(reliance))
    return gather((said, tables.draw_disadvantage(reliance), tables.tabulate_disadvantage(reliance))) or said


def show_missing(reliance: Reliance) -> Exhibit:
    """What was missing: figures, categories, similar schools."""
    absent = wording.phrase_absent(reliance)
    shown = (
        Paragraph(wording.phrase_missing(reliance)),
        tables.tabulate_missing(reliance),
        Paragraph(absent) if absent else None,
        tables.tabulate_no_category(reliance),
        Paragraph(wording.phrase_similar(reliance)),
        tables.tabulate_no_similar(reliance),
    )
    return gather(shown) or Paragraph("No school is reported on.")


def show_no_differences(reliance: Reliance) -> Exhibit:
    """What the judgement finds in a country without real differences."""
    found = reliance.simulations
    if found is None:
        return Paragraph(wording.NOTHING_SIMULATED)
    said = Paragraph(wording.phrase_no_differences(found))
    shown = (tables.tabulate_false_findings, tables.tabulate_false_categories, tables.tabulate_coverage)
    return gather((said, *(tabulate(reliance) for tabulate in shown))) or said


def show_known_differences(reliance: Reliance) -> Exhibit:
    """What the judgement finds in a country whose differences are known."""
    found = reliance.simulations
    if found is None:
        return Paragraph(wording.NOTHING_SIMULATED)
    findings = found.known.findings
    said = Paragraph(f"{wording.phrase_power(findings.found)} {wording.phrase_findings(findings)}")
    listed = Paragraph(wording.phrase_large(found.known))
    return gather((said, listed, tables.tabulate_known(reliance))) or said


def show_calibration(reliance: Reliance) -> Exhibit:
    """Whether stated probabilities keep their word."""
    if reliance.simulations is None:
        return Paragraph(wording.NOTHING_SIMULATED)
    said = Paragraph(wording.phrase_calibration(reliance))
    return gather((said, tables.draw_calibration(reliance), tables.tabulate_calibration(reliance))) or said


def show_making(reliance: Reliance) -> Exhibit:
    """How the page was made, and what it cannot say."""
    found = reliance.simulations
    parts: list[Exhibit] = [Paragraph(wording.phrase_agreement(reliance))]
    if found is not None:
        parts.append(
            Paragraph(
                f"The simulated countries have {format_number(found.without.any_finding.of, 0)} schools each: those of "
                "this edition that have a figure to compare, repeated, with their own cohorts, missing cells and "
                "published rounding. Chance is drawn from a seed that the year fixes, so the same edition gives the "
                "same page. How far schools truly differ, and how figures move together, is estimated from all schools "
                "of the edition's files; where too few are there, a school's own figures stand for the truth."
            )
        )
    parts.append(
        Notice(
            "No simulation knows whether the figures measure what matters, whether the comparison is fair to a school, "
            "or whether the policy's thresholds are the right ones. Those are for the panel."
        )
    )
    return Exhibits(tuple(parts))


def publish_facts(reliance: Reliance) -> None:
    """Publish what the page says, for the edition's pages."""
    from IPython.display import display

    drawn = [figure.id for draw in _DRAWN if (figure := draw(reliance)) is not None]
    facts = build_reliance_facts(reliance, drawn)
    display({FACTS_MIME: facts, "text/plain": f"Facts of {reliance.name} published."}, raw=True)
