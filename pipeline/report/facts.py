"""What a report says, as frozen facts: one record a school, one an area, each with its canonical JSON.

The JSON is what travels: the area's pages, the post and the checks read it and never a notebook. A figure that was
not published as a number is an availability here, never a number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pipeline.analysis.results import (
    Comparison,
    ContextFigure,
    Gap,
    IndicatorResult,
    InspectionFact,
    SchoolAnalysis,
    ShrunkFigure,
    SimilarSchools,
    Trend,
    WritingCheck,
    YearFigure,
)
from pipeline.edition.support import PlannedActivity
from pipeline.foundation.vocabulary import Availability, Rating, name_academic_year, name_place
from pipeline.policy.outcome import Assignment, Certainty, Lighter, Move, PanelDecision
from pipeline.policy.policy import Policy
from pipeline.report.exhibits import clean_text
from pipeline.sources.frames import SUBJECTS, LocalSlice, School, none_of
from pipeline.sources.local.early_measures import EARLY

FACTS_MIME = "application/vnd.school-report+json"
FACTS_VERSION = 9
ENGLAND = "england"
SIMILAR = "similar schools"
BRIEF_BELOW = 5  # measures compared; with fewer the sections of a report follow one another on a page or two


@dataclass(frozen=True)
class NextStep:
    """What happens after the report is sent: ``what``, by whom, an ISO date or "", whether it decides the category."""

    what: str
    who: str = ""
    by: str = ""
    decides: bool = False


@dataclass(frozen=True)
class EditionNote:
    """What a report says of its edition. ``date`` is ISO; ``year`` the calendar year the academic year ends in."""

    name: str
    title: str
    year: int
    policy: str
    date: str
    area_name: str = ""
    organisation: str = ""
    colour: str = ""  # the organisation's own, "" for ours
    contact: str = ""  # whom a school rings, in a line
    next_steps: tuple[NextStep, ...] = ()
    trust: int | None = None  # group UID, where the edition is about a trust

    @property
    def place(self) -> str:
        """What the edition is about, in a word."""
        return name_place(self.trust)


@dataclass(frozen=True)
class IndicatorNote:
    """What a reader is told of an indicator beside its figures."""

    key: str
    title: str
    why_it_matters: str = ""
    source: str = ""


@dataclass(frozen=True, repr=False)
class SchoolReport:
    """Everything one school's report says. Holds no other school's figures.

    ``assignment`` is what the figures indicate, ``final`` what stands: the same where no panel has decided.
    ``local`` and the panel's reason are for officers; no cell of the school's copy shows them.
    """

    school: School
    edition: EditionNote
    analysis: SchoolAnalysis
    assignment: Assignment
    indicators: Mapping[str, IndicatorNote] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()  # what the checks of this school's figures found, in words
    checks: int = 0  # how many checks were made
    certainty: Certainty | None = None
    lighter: Lighter | None = None  # what would have brought less support; None where there is none less
    move: Move | None = None  # None where last year's category is not known
    decision: PanelDecision | None = None
    decided: Assignment | None = None  # the assignment as the panel decided it; None where no panel has
    categories: tuple[tuple[str, str], ...] = ()  # key and title of each, from least to most support
    local: LocalSlice = field(default_factory=LocalSlice)
    support: tuple[PlannedActivity, ...] = ()  # the year of support; none where the edition has no terms
    terms: tuple[str, ...] = ()  # the names of that year's terms
    contact: str = ""  # who is most at the school by the agreed plan
    given_by: Mapping[tuple[str, int], str] = field(default_factory=dict)  # activity and number → person; for officers
    subjects: pd.DataFrame = field(default_factory=none_of(SUBJECTS))  # and England's

    def __repr__(self) -> str:
        """What a cell shows whose last line is the report: no more than whose it is, for the rest may be officers'."""
        return f"The report on {self.school.name} (URN {self.school.urn}), {name_academic_year(self.edition.year)}"

    @property
    def final(self) -> Assignment:
        """The category that stands: the panel's where one decided, else the indicated one."""
        return self.decided or self.assignment

    @property
    def compared(self) -> tuple[IndicatorResult, ...]:
        """The indicators that were rated against England, in the analysis's order."""
        return self.compared_with(ENGLAND)

    def compared_with(self, *comparators: str) -> tuple[IndicatorResult, ...]:
        """The indicators that were rated against any of ``comparators``, in the analysis's order."""
        return tuple(result for result in self.analysis.results if any(is_rated(result, one) for one in comparators))

    @property
    def early_years(self) -> tuple[int, ...]:
        """The years of which the report shows early results, not validated; oldest first."""
        return tuple(sorted({year for result in self.analysis.results for year in result.early_years}))

    @property
    def organisation(self) -> str:
        return self.assignment.organisation or self.edition.organisation

    @property
    def next_steps(self) -> tuple[NextStep, ...]:
        """The steps that are still to come: a category that a panel has decided is not to be decided again."""
        return tuple(step for step in self.edition.next_steps if not (step.decides and self.decision is not None))

    @property
    def brief(self) -> bool:
        """Whether so little can be compared that a page or two tells it all."""
        return len(self.compared_with(ENGLAND, SIMILAR)) < BRIEF_BELOW


def is_rated(result: IndicatorResult, comparator: str = ENGLAND) -> bool:
    """Whether an indicator has a pooled figure, the comparator's beside it, and a rating."""
    comparison = result.against(comparator)
    if comparison is None or comparison.baseline is None or result.value is None:
        return False
    return comparison.rating != Rating.NOT_RATED


def build_school_facts(report: SchoolReport, exhibits: Sequence[str] = ()) -> dict[str, Any]:
    """Give a school's facts as plain JSON values. ``exhibits`` are the ids of its figures and tables."""
    school, edition = report.school, report.edition
    name = clean_text(school.name)
    return {
        "version": FACTS_VERSION,
        "document": describe_document(
            edition,
            report.organisation,
            kind="school",
            title=f"{name}: {clean_text(edition.title)}",
            subject=f"Where the school stands, {name_academic_year(edition.year)}",
            urn=school.urn,
            school=name,
        )
        | {"brief": report.brief},
        "edition": _describe_edition(edition),
        "next_steps": [{"what": step.what, "who": step.who, "by": step.by or None} for step in report.next_steps],
        "school": {
            "urn": school.urn,
            "laestab": school.laestab,
            "name": name,
            "former_name": clean_text(school.former_name),
            "la": school.la,
            "la_name": clean_text(school.la_name),
            "town": clean_text(school.town),
            "phase": str(school.phase),
            "type": clean_text(school.type),
            "low_age": school.low_age,
            "high_age": school.high_age,
            "trust": school.trust,
            "trust_name": clean_text(school.trust_name),
        },
        "policy": {
            "key": report.assignment.policy,
            "title": report.assignment.policy_title,
            "organisation": report.organisation,
            "thresholds_adopted": report.assignment.thresholds_adopted,
            "notice": report.assignment.notice,
        },
        "assignment": _describe_assignment(report.assignment),
        "final": {
            "category": report.final.category,
            "title": report.final.title,
            "tier": report.final.tier,
            "tiers": report.final.tiers,
            "provisional": report.final.provisional,
            "early": report.final.early,
            "decided_by_panel": report.decision is not None,
        },
        "panel_date": report.decision.date if report.decision else None,
        "certainty": _describe_certainty(report.certainty),
        "lighter": _describe_lighter(report.lighter),
        "last_year": _describe_move(report.move),
        "similar": _describe_similar(report.analysis.similar),
        "writing_check": _describe_writing_check(report.analysis.writing_check),
        "support": _describe_support(report),
        "officer": _describe_officers_view(report),
        "early_results": _describe_early(report),
        "tested": dict(report.analysis.tested),
        "indicators": [_describe_result(result) for result in report.analysis.results],
        "context": [_describe_context(figure) for figure in report.analysis.context],
        "inspections": [_describe_inspection(fact) for fact in report.analysis.inspections],
        "notes": list(report.analysis.notes),
        "warnings": [clean_text(warning) for warning in report.warnings],
        "checks_made": report.checks,
        "exhibits": list(exhibits),
    }


def find_certainty(facts: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """How certain the category is that a school's ``facts`` indicate; None where none is, or it was not worked out.

    Whoever counts borderline schools counts these: a school without a category has nothing to be certain of.
    """
    certainty: Mapping[str, Any] = facts.get("certainty") or {}
    known = certainty.get("probability") is not None and facts["assignment"]["tier"] is not None
    return certainty if known else None


def describe_document(
    edition: EditionNote,
    organisation: str,
    *,
    kind: str,
    title: str,
    subject: str,
    urn: int | None = None,
    school: str = "",
) -> dict[str, Any]:
    """What a page says of itself in its title block and metadata; ``urn`` and ``school`` where it is about one."""
    return {
        "kind": kind,
        "title": title,
        "subject": subject,
        "organisation": organisation,
        "language": "en-GB",
        "date": edition.date,
        "urn": urn,
        "school": school,
        "edition": clean_text(edition.title),
        "colour": edition.colour,
    }


def build_page_facts(
    edition: EditionNote,
    policy: Policy,
    *,
    kind: str,
    title: str,
    subject: str = "",
    exhibits: Sequence[str] = (),
    found: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The facts of a page made once an edition: what it is, and whatever plain JSON values it ``found``.

    ``kind`` is a word for the page's style, ``exhibits`` the ids of its figures, each of which must reach the page.
    """
    return {
        "version": FACTS_VERSION,
        "document": describe_document(
            edition,
            policy.organisation,
            kind=kind,
            title=f"{title}: {clean_text(edition.title)}",
            subject=subject or f"{title}, {name_academic_year(edition.year)}",
        ),
        "edition": {"name": edition.name, "title": clean_text(edition.title), "year": name_academic_year(edition.year)},
        "policy": {"key": policy.key, "thresholds_adopted": policy.thresholds_adopted},
        **(found or {}),
        "exhibits": list(exhibits),
    }


def compose_facts(facts: Mapping[str, Any]) -> str:
    """Write facts as canonical JSON: sorted keys, two blanks of indent, a final newline; the same facts, the same text.

    Raises ValueError where a number is not finite.
    """
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False) + "\n"


def keep_number(value: float | None, availability: str = Availability.AVAILABLE) -> float | int | None:
    """Give a number as facts hold it: four decimals, whole numbers as integers, nothing unless it was published."""
    if value is None or availability != Availability.AVAILABLE or value != value:
        return None
    rounded = round(float(value), 4)
    return int(rounded) if rounded.is_integer() else rounded


def _describe_edition(edition: EditionNote) -> dict[str, Any]:
    return {
        "name": edition.name,
        "title": clean_text(edition.title),
        "year": name_academic_year(edition.year),
        "date": edition.date,
        "area_name": clean_text(edition.area_name),
    }


def _describe_assignment(assignment: Assignment) -> dict[str, Any]:
    return {
        "category": assignment.category,
        "title": assignment.title,
        "meaning": assignment.meaning,
        "tier": assignment.tier,
        "tiers": assignment.tiers,
        "provisional": assignment.provisional,
        "early": assignment.early,
        "without_early": assignment.without_early,
        "clause": assignment.clause,
        "reason": assignment.reason,
        "facts": list(assignment.facts),
        "entitlement": {
            "lines": list(assignment.entitlement.lines),
            "amounts": [list(amount) for amount in assignment.entitlement.amounts],
        },
        "checks": [
            {
                "clause": check.clause,
                "category": check.category,
                "asked": list(check.asked),
                "found": list(check.found),
                "held": check.held,
            }
            for check in assignment.checks
        ],
    }


def _describe_certainty(certainty: Certainty | None) -> dict[str, Any] | None:
    if certainty is None:
        return None
    return {
        "resamples": certainty.resamples,
        "probability": keep_number(certainty.probability),
        "probabilities": [
            {"category": key, "title": title, "probability": keep_number(probability)}
            for key, title, probability in certainty.probabilities
        ],
        "sureness": None if certainty.sureness is None else str(certainty.sureness),
        "between": list(certainty.between),
        "reason": certainty.reason,
    }


def _describe_lighter(lighter: Lighter | None) -> dict[str, Any] | None:
    if lighter is None:
        return None
    return {
        "title": lighter.title,
        "gaps_gone": [list(gap) for gap in lighter.gone],
        "strengths_needed": [list(strength) for strength in lighter.needed],
        "without_inspection": lighter.inspection,
    }


def _describe_move(move: Move | None) -> dict[str, Any] | None:
    if move is None:
        return None
    return {
        "category": move.category,
        "title": clean_text(move.title),
        "tier": move.tier,
        "source": clean_text(move.source),
        "tiers_moved": move.tiers,
        "flagged": move.flagged,
        "compared": move.compared,
        "changes": [clean_text(words) for words in move.changes],
    }


def _describe_similar(similar: SimilarSchools | None) -> dict[str, Any] | None:
    if similar is None:
        return None
    return {
        "schools": [
            {
                "urn": school.urn,
                "name": clean_text(school.name),
                "la_name": clean_text(school.la_name),
                "telephone": clean_text(school.telephone),
                "distance": keep_number(school.distance),
                "better": list(school.better),
            }
            for school in similar.schools
        ],
        "candidates": similar.candidates,
        "kind": similar.kind,
        "used": list(similar.used),
        "missing": list(similar.missing),
        "reason": similar.reason,
    }


def _describe_writing_check(check: WritingCheck | None) -> dict[str, Any] | None:
    if check is None:
        return None
    return {
        "years": [name_academic_year(year) for year in check.years],
        "writing": keep_number(check.writing),
        "suggested": keep_number(check.suggested),
        "expected_from": keep_number(check.lower),
        "expected_to": keep_number(check.upper),
        "pupils": keep_number(check.pupils),
        "of_schools": check.schools,
        "asks": check.asks,
    }


def _describe_shrunk(shrunk: ShrunkFigure | None) -> dict[str, Any] | None:
    if shrunk is None:
        return None
    return {
        "value": keep_number(shrunk.value),
        "lower": keep_number(shrunk.lower),
        "upper": keep_number(shrunk.upper),
        "towards": keep_number(shrunk.towards),
        "towards_whom": shrunk.towards_whom,
        "reliability": keep_number(shrunk.reliability),
    }


def _describe_officers_view(report: SchoolReport) -> dict[str, Any]:
    """What no copy of the school's holds: why a panel decided as it did, and what was heard of the school."""
    decision, local = report.decision, report.local
    return {
        "panel": None
        if decision is None
        else {
            "category": decision.category,
            "title": clean_text(decision.title),
            "tier": decision.tier,
            "reason": clean_text(decision.reason),
            "person": clean_text(decision.person),
            "date": decision.date,
            "changed": decision.changed,
        },
        "self_evaluation": list_local(local.self_evaluation, "date", "summary_grade", "self_referral"),
        "soft_intelligence": list_local(local.soft_intelligence, "date", "kind", "source", "note"),
        "early_compared": [_describe_compared(row) for row in local.early_compared.itertuples(index=False)],
        "given_by": [
            {"activity": activity, "number": number, "person": clean_text(person)}
            for (activity, number), person in report.given_by.items()
        ],
    }


def _describe_support(report: SchoolReport) -> dict[str, Any] | None:
    """The year of support as the school is told it; None where no day is known."""
    if not report.support:
        return None
    return {
        "contact": clean_text(report.contact),
        "activities": [
            {
                "activity": one.key,
                "number": one.number,
                "what": clean_text(one.what),
                "day": one.day and one.day.isoformat(),
                "term": clean_text(report.terms[one.term - 1]) if one.term else "",
                "due_by": one.by,
                "status": one.status,
                "who_may": [clean_text(role) for role in one.who_may],
                "about": clean_text(one.area),
                "why": clean_text(one.why),
                "hours": keep_number(one.hours),
            }
            for one in report.support
        ],
    }


def _describe_compared(row: Any) -> dict[str, Any]:
    """An early figure beside the published one; what either of the two withholds is no number here."""
    return {
        "measure": str(row.measure),
        "name": EARLY.measures[str(row.measure)].name,
        "group": str(row.group),
        "year": name_academic_year(int(row.year)),
        "unit": str(row.unit),
        "early_value": keep_number(row.early),
        "early_pupils": keep_number(row.early_pupils),
        "published_value": keep_number(row.value),
        "published_pupils": keep_number(row.pupils),
        "availability": str(row.availability),
        "moved": bool(row.moved),
    }


def _describe_early(report: SchoolReport) -> dict[str, Any] | None:
    """Of which years the report shows early results, and whether they were judged; None where it shows none."""
    years = report.early_years
    if not years:
        return None
    return {"years": [name_academic_year(year) for year in years], "judged": report.assignment.early}


def list_local(rows: pd.DataFrame, *columns: str) -> list[dict[str, Any]]:
    """Give the rows of a local table, the latest first, as plain values of ``columns``."""
    if rows.empty:
        return []
    ordered = rows.sort_values(["date", "line"], ascending=[False, True], kind="stable")
    return [
        {name: _keep_local(value) for name, value in zip(columns, row, strict=True)}
        for row in ordered[list(columns)].itertuples(index=False)
    ]


def _keep_local(value: Any) -> str | bool:
    return bool(value) if pd.api.types.is_bool(value) else "" if pd.isna(value) else clean_text(value)


def _describe_result(result: IndicatorResult) -> dict[str, Any]:
    position = result.position
    return {
        "indicator": result.indicator,
        "title": result.title,
        "short_title": result.short_title,
        "key_stage": str(result.key_stage),
        "group": str(result.group),
        "unit": str(result.unit),
        "direction": str(result.direction),
        "key_priority": result.key_priority,
        "theme": result.theme,
        "subjects": list(result.telling.subjects),
        "by_phase": result.by_phase,
        "years": [name_academic_year(year) for year in result.years],
        "value": keep_number(result.value),
        "lower": keep_number(result.lower),
        "upper": keep_number(result.upper),
        "pupils": keep_number(result.cohort),
        "authority": keep_number(result.authority),
        "band": result.band,
        "decimals": result.decimals,
        "own_gap": keep_number(result.own_gap),
        "gap": _describe_gap(result.gap),
        "persistent": result.persistent,
        "provisional": result.provisional,
        "early": result.early,
        "note": result.note,
        "window": [name_academic_year(year) for year in result.window],
        "window_note": result.window_note,
        "shrunk": _describe_shrunk(result.shrunk),
        "comparisons": [_describe_comparison(comparison) for comparison in result.comparisons],
        "by_year": [_describe_year(figure) for figure in result.by_year],
        "trend": _describe_trend(result.trend),
        "position": None
        if position is None
        else {
            "year": name_academic_year(position.year),
            "of_schools": position.schools,
            "fifth": position.fifth,
            "tenth": position.tenth,
        },
    }


def _describe_comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "comparator": comparison.comparator,
        "baseline": keep_number(comparison.baseline),
        "difference": keep_number(comparison.difference),
        "p_value": keep_number(comparison.p_value),
        "adjusted_p": keep_number(comparison.adjusted_p),
        "pupils_apart": keep_number(comparison.pupils),
        "rating": str(comparison.rating),
        "reason": comparison.reason,
    }


def _describe_trend(trend: Trend | None) -> dict[str, Any] | None:
    if trend is None:
        return None
    return {
        "first_year": name_academic_year(trend.first_year),
        "latest_year": name_academic_year(trend.latest_year),
        "change": keep_number(trend.change),
        "lower": keep_number(trend.lower),
        "upper": keep_number(trend.upper),
        "words": trend.words,
    }


def _describe_gap(gap: Gap | None) -> dict[str, Any] | None:
    if gap is None:
        return None
    return {
        "to": gap.group,
        "others": keep_number(gap.others),
        "value": keep_number(gap.value),
        "lower": keep_number(gap.lower),
        "upper": keep_number(gap.upper),
        "by_year": [
            {
                "year": name_academic_year(one.year),
                "others": keep_number(one.others),
                "value": keep_number(one.value),
            }
            for one in gap.by_year
        ],
        "trend": _describe_trend(gap.trend),
    }


def _describe_year(figure: YearFigure) -> dict[str, Any]:
    return {
        "year": name_academic_year(figure.year),
        "value": keep_number(figure.value, figure.availability),
        "lower": keep_number(figure.lower, figure.availability),
        "upper": keep_number(figure.upper, figure.availability),
        "pupils": keep_number(figure.cohort, figure.availability),
        "england": keep_number(figure.england),
        "england_year": None if figure.england_year is None else name_academic_year(figure.england_year),
        "early": figure.early,
        "availability": str(figure.availability),
        "word": clean_text(figure.word),
        "predecessor": figure.predecessor,
        "file": figure.file,
        "line": figure.line,
    }


def _describe_context(figure: ContextFigure) -> dict[str, Any]:
    return {
        "measure": figure.measure,
        "title": figure.title,
        "unit": str(figure.unit),
        "year": None if figure.year is None else name_academic_year(figure.year),
        "value": keep_number(figure.value, figure.availability),
        "england": keep_number(figure.england),
        "availability": str(figure.availability),
        "word": clean_text(figure.word),
        "tenth_from_lowest": figure.tenth,
        "schools": figure.schools,
    }


def _describe_inspection(fact: InspectionFact) -> dict[str, Any]:
    return {
        "framework": str(fact.framework),
        "kind": fact.kind,
        "area": clean_text(fact.area),
        "outcome": clean_text(fact.outcome),
        "date": fact.date,
        "about_predecessor": fact.about_predecessor,
    }
