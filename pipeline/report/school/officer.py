"""What only officers see of a school: the panel's reason, how likely each outcome was, and what was heard of it.

Cells that call these functions are tagged ``officer-only``; the school's page and PDF leave them out.
"""

from __future__ import annotations

from pipeline.foundation.vocabulary import format_date
from pipeline.policy.outcome import LIKELY_IN_100, SURE_IN_100, Certainty, Move, count_times
from pipeline.report.exhibits import Column, Exhibit, Exhibits, Facts, Heading, Notice, Paragraph, Table
from pipeline.report.facts import SchoolReport, list_local
from pipeline.report.school.tables import NOTHING
from pipeline.report.sentences.category_wording import phrase_move
from pipeline.report.sentences.counting import start_sentence
from pipeline.report.sentences.rounding import format_number
from pipeline.sources.frames import LocalSlice


def show_officers_view(report: SchoolReport) -> Exhibit:
    """The panel's decision beside what the figures indicate, every outcome's chances, the move, and what is known."""
    return Exhibits(
        (
            Heading("The panel", 3),
            _describe_decision(report),
            *([_tell_move(report.move)] if report.move else []),
            *_show_chances(report.certainty),
            Heading("What is known locally", 3),
            *_show_local(report.local),
        )
    )


def _describe_decision(report: SchoolReport) -> Exhibit:
    decision, indicated = report.decision, report.assignment.title
    if decision is None:
        return Facts((("Indicated by the figures", indicated), ("Panel", "has not decided yet")))
    return Facts(
        (
            ("Indicated by the figures", indicated),
            ("Decided by the panel", decision.title),
            ("Reason", decision.reason),
            ("Recorded by", decision.person),
            ("Date", format_date(decision.date)),
        )
    )


def _tell_move(move: Move) -> Exhibit:
    return Notice(phrase_move(move), "warning") if move.flagged else Paragraph(phrase_move(move))


def _show_chances(certainty: Certainty | None) -> tuple[Exhibit, ...]:
    table = tabulate_chances(certainty)
    return (Heading("How certain", 3), table) if table else ()


def tabulate_chances(certainty: Certainty | None, *, id: str = "chances") -> Table | None:
    """How often each outcome came of another set of pupils just like these; None where that was not worked out."""
    if certainty is None or not certainty.probabilities:
        return None
    return Table(
        id,
        "How often the same rules give each outcome, for other sets of pupils just like these",
        (Column("Outcome"), Column("How often")),
        tuple((title, start_sentence(count_times(often))) for _, title, often in certainty.probabilities),
        note=f"{format_number(certainty.resamples, 0)} draws. Below {SURE_IN_100} in 100 the indicated category "
        f"is borderline, below {LIKELY_IN_100} doubtful.",
    )


def _show_local(local: LocalSlice) -> tuple[Exhibit, ...]:
    tables = [table for table in (tabulate_self_evaluation(local), tabulate_soft_intelligence(local)) if table]
    return tuple(tables) or (Paragraph("The edition's local files hold nothing about this school."),)


def tabulate_self_evaluation(local: LocalSlice, *, id: str = "self-evaluation") -> Table | None:
    """What the school says of itself, the latest first; None where it sent nothing."""
    rows = list_local(local.self_evaluation, "date", "summary_grade", "self_referral")
    if not rows:
        return None
    return Table(
        id,
        "The school's own evaluation",
        (Column("Date"), Column("In its own word"), Column("Asks for support")),
        tuple(
            (format_date(row["date"]), row["summary_grade"] or NOTHING, "yes" if row["self_referral"] else "no")
            for row in rows
        ),
    )


def tabulate_soft_intelligence(local: LocalSlice, *, id: str = "soft-intelligence") -> Table | None:
    """What was heard of the school, the latest first, with who said so; None where nothing was."""
    rows = list_local(local.soft_intelligence, "date", "kind", "source", "note")
    if not rows:
        return None
    return Table(
        id,
        "What was heard of the school",
        (Column("What it is about"), Column("Date"), Column("Source"), Column("Note")),
        tuple(
            (start_sentence(row["kind"]), format_date(row["date"]), row["source"] or NOTHING, row["note"] or NOTHING)
            for row in rows
        ),
    )
