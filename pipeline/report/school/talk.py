"""The last page: the support, questions governors may ask, inspection, how sure all this is, and how to question it."""

from __future__ import annotations

from pipeline.report.exhibits import Bullets, Exhibit, Exhibits, Heading, Notice, Numbered, Paragraph, Section
from pipeline.report.facts import SchoolReport
from pipeline.report.school.support import show_year
from pipeline.report.sentences import (
    category_wording,
    early_wording,
    similar_wording,
    support_wording,
    trust_wording,
    wording,
)
from pipeline.report.sentences.questions import list_questions
from pipeline.report.sentences.standing_wording import CHANGES


def show_support(report: SchoolReport) -> Exhibit | None:
    """What the category brings, as a dated list where the edition has terms, else in words; None where nothing is
    said of it."""
    final = report.final
    year = show_year(report)  # names each line and amount of the entitlement by what keeps it
    told = [year] if year else _list_entitlement(report)
    if not told:
        return None
    heading = Heading("The support" if final.tier is not None else "What the school can expect", 3)
    meaning = [Paragraph(final.meaning)] if final.tier is not None else []
    return Exhibits((heading, *meaning, *told))


def _list_entitlement(report: SchoolReport) -> list[Exhibit]:
    """What the category brings, in words. Where numbers tell it, its lines are to be looked up."""
    brings = report.final.entitlement
    amounts, lines = support_wording.phrase_amounts(brings.amounts), Bullets(brings.lines)
    if not amounts:
        return [lines] if brings.lines else []
    return [Paragraph(amounts, lead="What it brings:"), *([_quietly(lines)] if brings.lines else [])]


def show_questions(report: SchoolReport) -> Exhibit:
    """Questions governors may ask, from what the report shows of this school."""
    return Exhibits((Heading("Five questions governors may ask", 3), Numbered(list_questions(report))))


def show_inspections(report: SchoolReport) -> Exhibit:
    """Inspection outcomes in the words of their own framework; what has been followed by another, to be looked up."""
    latest, previous = wording.list_inspections(report)
    told = latest or (() if previous else ("The files of this edition hold no inspection outcome for this school.",))
    followed = [_quietly(*map(Paragraph, previous))] if previous else []
    return Exhibits((Heading("Inspection", 3), *map(Paragraph, told), *followed))


def show_sureness(report: SchoolReport) -> Exhibit:
    """How sure the report is, what the checks found, where its figures come from, and how to question it."""
    indicated, otherwise = report.assignment, report.decision is not None and report.decision.changed
    about = "What the figures show" if otherwise else "How the category came about"
    facts = tuple(fact for fact in indicated.facts if not fact.endswith(": none."))  # of nothing, nothing is told
    told_why = facts and indicated.tier is not None
    changes = category_wording.list_changes(report.move)
    check = report.analysis.writing_check
    writing = ""
    if check is not None and not check.asks:
        told = (similar_wording.phrase_writing_checked(check), early_wording.phrase_early_writing(report))
        writing = " ".join(words for words in told if words)
    pairs = trust_wording.explain_trust(report)
    return Exhibits(
        (
            *([Heading(about, 3), _quietly(Bullets(facts))] if told_why else []),
            *([Paragraph("", lead="Since last year:"), Bullets(changes)] if len(changes) > CHANGES else []),
            Heading("How sure is this?", 3),
            _quietly(*(Paragraph(words, lead=lead) for lead, words in pairs)),
            *(Notice(warning, "warning") for warning in report.warnings),
            *([Paragraph(writing, lead="Writing.")] if writing else []),
            Heading("How to question it", 3),
            _quietly(*_question(report)),
        )
    )


def _question(report: SchoolReport) -> tuple[Paragraph, ...]:
    """How to question the report, and what it does not claim: a paragraph each, of a category that there is."""
    how = [category_wording.phrase_challenge(report), wording.phrase_lasting_gaps(report)]
    bounds = [category_wording.phrase_thresholds(report.final)]
    if report.final.tier is None:
        return (Paragraph(" ".join(filter(None, [*how, *bounds]))),)
    return Paragraph(" ".join(filter(None, how))), Paragraph(" ".join([category_wording.STARTING_POINT, *bounds]))


def _quietly(*content: Exhibit) -> Section:
    """What is there to be looked up, in smaller letters."""
    return Section(content, "note")
