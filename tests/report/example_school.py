"""Schools built by hand: what the analysis and a policy would find, small enough to read."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.results import (
    Comparison,
    ContextFigure,
    IndicatorResult,
    InspectionFact,
    Position,
    SchoolAnalysis,
    ShrunkFigure,
    SimilarSchool,
    SimilarSchools,
    Trend,
    WritingCheck,
    YearFigure,
)
from pipeline.foundation.vocabulary import Rating
from pipeline.policy.outcome import Assignment, Certainty, ClauseCheck, Entitlement, Move, PanelDecision
from pipeline.report.exhibits import Table
from pipeline.report.facts import EditionNote, IndicatorNote, SchoolReport
from pipeline.sources.frames import SELF_EVALUATION, SOFT_INTELLIGENCE, LocalSlice, School, shape_frame

YEARS = (2017, 2018, 2019)


def build_year(year: int, value: float | None, england: float | None = 65.0, **other) -> YearFigure:
    return YearFigure(
        **{
            "year": year,
            "value": value,
            "lower": None if value is None else value - 12,
            "upper": None if value is None else value + 12,
            "cohort": None if value is None else 30,
            "england": england,
            **other,
        }
    )


def build_comparison(rating: Rating, baseline: float | None, difference: float | None, **other) -> Comparison:
    return Comparison(
        **{
            "comparator": "england",
            "baseline": baseline,
            "difference": difference,
            "p_value": 0.01,
            "adjusted_p": 0.04,
            "pupils": None,
            "rating": rating,
            "reason": "",
            **other,
        }
    )


def build_result(
    indicator: str = "ks2_rwm_expected",
    short: str = "Reading, writing and maths expected",
    value: float | None = 52.3,
    england: float | None = 64.0,
    rating: Rating = Rating.GAP,
    half: float = 7.0,
    **other,
) -> IndicatorResult:
    """A result of 174 pupils over three years; ``half`` is half the width of its interval."""
    difference = None if value is None or england is None else value - england
    percent = other.get("unit", "percent") == "percent"
    pupils = round(difference * 1.74) if percent and difference is not None else None
    return IndicatorResult(
        **{
            "indicator": indicator,
            "title": short,
            "short_title": short,
            "key_stage": "key stage 2",
            "group": "all",
            "unit": "percent",
            "direction": "higher is better",
            "key_priority": False,
            "theme": "attainment",
            "years": YEARS if value is not None else (),
            "value": value,
            "lower": None if value is None else value - half,
            "upper": None if value is None else value + half,
            "cohort": 174.0 if value is not None else None,
            "by_year": tuple(build_year(year, value, england) for year in YEARS),
            "comparisons": (build_comparison(rating, england, difference, pupils=pupils),),
            "trend": None,
            "position": None,
            "decimals": {"scaled score": 1, "progress": 1, "points": 1}.get(other.get("unit", ""), 0),
            **_tell(indicator, other.get("unit", "percent")),
            **({"gap_to": "other"} if other.get("group") == "disadvantaged" else {}),
            **other,
        }
    )


def _tell(key: str, unit: str) -> dict:
    """How the product's indicator of this key, or else any of this unit, is told and compared."""
    known = next((one for one in load_indicators() if one.key == key), None)
    if known is None:
        usual = next(one for one in load_indicators() if one.unit == unit and one.key_stage == "key stage 2")
        return {"telling": usual.telling}
    by_phase = known.baseline == "census_phase"
    return {"telling": known.telling, "gap_to": str(known.gap_to or ""), "by_phase": by_phase}


def build_results() -> tuple[IndicatorResult, ...]:
    """A primary school with two gaps, one strength, and one indicator that may not be shown as a number."""
    rwm = build_result(
        title="Pupils reaching the expected standard in reading, writing and maths",
        key_priority=True,
        authority=61.0,
        persistent=True,
        by_year=(
            build_year(2017, 47.0, 61.0, predecessor=True),
            build_year(2018, 54.0, 64.0),
            build_year(2019, 56.0, 65.0),
        ),
        trend=Trend(2017, 2019, 9.0, -8.0, 26.0, "no clear change"),
        position=Position(2019, 14_500, 5, ""),
    )
    reading = build_result(
        "ks2_reading_expected", "Reading expected", 68.0, 74.0, Rating.NO_CLEAR_DIFFERENCE, authority=72.0
    )
    maths = build_result("ks2_maths_expected", "Maths expected", 77.0, 76.0, Rating.IN_LINE, 6.0)
    reading_score = build_result(
        "ks2_reading_score", "Reading score", 102.1, 104.0, Rating.NO_CLEAR_DIFFERENCE, 1.9, unit="scaled score"
    )
    writing = build_result(
        "ks2_writing_progress",
        "Writing progress",
        2.4,
        0.0,
        Rating.STRENGTH,
        1.1,
        unit="progress",
        theme="progress",
        title="Progress in writing since key stage 1",
        years=(2019,),
        cohort=58.0,
        band="above average",
    )
    disadvantaged = build_result(
        "ks2_rwm_expected_disadvantaged",
        "Reading, writing and maths expected, disadvantaged",
        None,
        71.0,
        Rating.NOT_RATED,
        group="disadvantaged",
        theme="disadvantaged",
        key_priority=True,
        by_year=(
            build_year(2018, None, 70.0, availability="suppressed", word="SUPP"),
            build_year(2019, None, 71.0, availability="suppressed", word="SUPP"),
        ),
        comparisons=(
            build_comparison(
                Rating.NOT_RATED, 71.0, None, p_value=None, adjusted_p=None, reason="no year has a published figure"
            ),
        ),
    )
    absent = build_result(
        "absence_persistent",
        "Persistent absence",
        14.2,
        8.2,
        Rating.GAP,
        3.1,
        title="Pupils absent for a tenth of sessions or more",
        key_stage="all",
        theme="attendance",
        direction="lower is better",
        key_priority=True,
        decimals=1,
        cohort=431.0,
        years=(2018, 2019),
        by_year=tuple(
            build_year(year, value, 8.5, lower=value - 3, upper=value + 3)
            for year, value in ((2017, 12.0), (2018, 13.5), (2019, 14.9))
        ),
        trend=Trend(2017, 2019, 2.9, 0.2, 5.6, "rose since 2016/17 (worse)"),
    )
    return rwm, reading, maths, reading_score, writing, disadvantaged, absent


def build_assignment(**other) -> Assignment:
    return Assignment(
        **{
            "policy": "worcestershire",
            "policy_title": "Aiming for Outstanding",
            "organisation": "Worcestershire County Council",
            "category": "focus_support",
            "title": "Focus support",
            "meaning": "Several things need to improve and the school needs help to improve them.",
            "tier": 4,
            "tiers": 5,
            "clause": "two key gaps",
            "reason": "At least two key priorities are gaps against England.",
            "facts": ("Key-priority gaps against England: 2 (Reading, writing and maths; Persistent absence)",),
            "checks": (
                ClauseCheck("inspection concern", "intensive_support", ("category of concern",), ("none",), False),
                ClauseCheck("two key gaps", "focus_support", ("key-priority gaps: at least 2",), ("2",), True),
            ),
            "entitlement": Entitlement(("Desk-top analysis", "Initial visit on criteria-based self-evaluation")),
            "thresholds_adopted": False,
            **other,
        }
    )


def build_trust_assignment(**other) -> Assignment:
    return build_assignment(
        **{
            "policy": "two-counties",
            "policy_title": "Standards Review",
            "organisation": "The Two Counties Trust",
            "category": "improve",
            "title": "Improve",
            "meaning": "Proactive leadership, key outcomes improving, able to improve itself.",
            "tier": 2,
            "tiers": 4,
            "entitlement": Entitlement(
                ("Partnership review", "Peer review in triads"),
                (("Days a year", "6"), ("Of which external consultant", "1")),
            ),
            "thresholds_adopted": True,
            **other,
        }
    )


#: The policy's, from least to most support.
CATEGORIES = (
    ("secure_plus", "Secure Plus"),
    ("secure", "Secure"),
    ("light_touch_support", "Light touch support"),
    ("focus_support", "Focus support"),
    ("intensive_support", "Intensive support"),
)


def build_report(results: tuple[IndicatorResult, ...] | None = None, **other) -> SchoolReport:
    """The whole example; ``results`` replaces its indicators."""
    found = build_results() if results is None else results
    return SchoolReport(
        **{
            "school": School(
                urn=100001,
                name="The Example Primary School",
                laestab=8852001,
                la=885,
                la_name="Worcestershire",
                town="Malvern",
                phase="primary",
                census_phase="primary",
                type="Academy converter",
                low_age=4,
                high_age=11,
            ),
            "edition": EditionNote(
                "example", "Worcestershire, autumn 2019", 2019, "worcestershire", "2019-11-01", "Worcestershire"
            ),
            "analysis": SchoolAnalysis(
                urn=100001,
                year=2019,
                results=found,
                tested={"england": sum(r.comparisons[0].rating != "not rated" for r in found)},
                context=(
                    ContextFigure("roll", "Pupils on roll", "pupils", 2019, 421.0, None),
                    ContextFigure("fsm6_percent", "Eligible for free school meals", "percent", 2019, 24.3, 23.0),
                    ContextFigure(
                        "ehc_plan_percent", "With an EHC plan", "percent", 2019, None, 1.6, "suppressed", "SUPP"
                    ),
                ),
                inspections=(
                    InspectionFact("graded judgements", "graded", "Overall effectiveness", "Good", "2016-03-08", True),
                    InspectionFact(
                        "graded judgements", "graded", "Quality of education", "Inadequate", "2016-03-08", True
                    ),
                ),
            ),
            "assignment": build_assignment(),
            "categories": CATEGORIES,
            "indicators": {
                result.indicator: IndicatorNote(
                    result.indicator,
                    result.title,
                    "It matters to what comes next.",
                )
                for result in found
            },
            **other,
        }
    )


#: How the example stands beside similar schools: rating, their figure, the difference.
BESIDE_SIMILAR = {
    "ks2_rwm_expected": (Rating.NO_CLEAR_DIFFERENCE, 55.0),
    "ks2_reading_expected": (Rating.STRENGTH, 58.0),
    "ks2_maths_expected": (Rating.NO_CLEAR_DIFFERENCE, 70.0),
    "ks2_reading_score": (Rating.NO_CLEAR_DIFFERENCE, 102.4),
    "ks2_writing_progress": (Rating.STRENGTH, 0.1),
    "absence_persistent": (Rating.GAP, 9.1),
}

SIMILAR_SCHOOLS = SimilarSchools(
    schools=tuple(
        SimilarSchool(200_001 + number, f"Neighbour {number + 1} Primary School", "Dudley", 0.21 + 0.04 * number)
        for number in range(12)
    ),
    candidates=214,
    used=("Eligible for free school meals in six years", "Education, health and care plan", "Pupils on roll"),
    missing=("Prior attainment (not in this edition's files)",),
)

CERTAINTY = Certainty(
    1000,
    (
        ("secure_plus", "Secure Plus", 0.0),
        ("secure", "Secure", 0.004),
        ("light_touch_support", "Light touch support", 0.131),
        ("focus_support", "Focus support", 0.8571),
        ("intensive_support", "Intensive support", 0.0079),
    ),
    0.8571,
)

WRITING_CHECK = WritingCheck((2017, 2018, 2019), 84.2, 70.6, 60.4, 80.1, 174.0, 14_200, True)

SECRETS = ("Two deputies left at Easter", "HR casework list", "A. N. Adviser", "The new head has begun well")


def build_whole_report(**other) -> SchoolReport:
    """The example with similar schools, certainty, last year's category, local evidence and small numbers."""
    plain = build_report()
    results = tuple(_put_beside_similar(result) for result in plain.analysis.results)
    tested = {"england": 6, "similar schools": 6}
    analysis = replace(
        plain.analysis, results=results, tested=tested, similar=SIMILAR_SCHOOLS, writing_check=WRITING_CHECK
    )
    return replace(
        plain,
        **{
            "analysis": analysis,
            "certainty": CERTAINTY,
            "move": Move("secure", "Secure", 2, "the edition worcestershire-2018", 2, True),
            "local": build_local(),
            **other,
        },
    )


def _put_beside_similar(result: IndicatorResult) -> IndicatorResult:
    if result.indicator not in BESIDE_SIMILAR or result.value is None:
        return result
    rating, baseline = BESIDE_SIMILAR[result.indicator]
    difference = result.value - baseline
    pupils = round(difference * (result.cohort or 0) / 100) if result.unit == "percent" else None
    beside = build_comparison(rating, baseline, difference, pupils=pupils, comparator="similar schools")
    shrunk = {
        "ks2_rwm_expected": ShrunkFigure(53.6, 47.9, 59.2, 55.0, "similar schools", 0.52),  # but of many pupils
        "ks2_writing_progress": ShrunkFigure(1.4, -0.1, 2.9, 0.3, "similar schools", 0.55),
    }.get(result.indicator)
    return replace(result, comparisons=(*result.comparisons, beside), shrunk=shrunk)


def build_local() -> LocalSlice:
    note, source = SECRETS[:2]
    heard = {"urn": 100001, "date": "2019-05-02", "kind": "staffing", "source": source, "note": note, "line": 2}
    said = {"urn": 100001, "date": "2019-09-10", "summary_grade": "Good", "self_referral": True, "line": 2}
    return LocalSlice(
        self_evaluation=shape_frame(pd.DataFrame([said]), SELF_EVALUATION),
        soft_intelligence=shape_frame(pd.DataFrame([heard]), SOFT_INTELLIGENCE),
    )


def decide(report: SchoolReport, *, changed: bool) -> SchoolReport:
    """The report after a panel met: it confirmed the category, or set Light touch support in its place."""
    key, title, tier = ("light_touch_support", "Light touch support", 3) if changed else ("focus_support", "", 4)
    decided = replace(report.assignment, category=key, title=title or report.assignment.title, tier=tier)
    decision = PanelDecision(key, decided.title, tier, SECRETS[3], SECRETS[2], "2019-11-12", changed)
    return replace(report, decision=decision, decided=decided)


def rename(report: SchoolReport, name: str) -> SchoolReport:
    return replace(report, school=replace(report.school, name=name))


def read_rows(table: Table) -> list[list[str]]:
    """What a table's rows say in words and numbers; a drawing says nothing but an axis's labels."""
    return [[words for cell in row if (words := str(cell))] for row in table.rows]
