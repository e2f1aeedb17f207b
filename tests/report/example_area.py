"""An area built by hand from the example school's facts."""

from __future__ import annotations

from dataclasses import replace

from example_school import build_assignment, build_report, build_result, build_whole_report, decide

from pipeline.foundation.vocabulary import Rating
from pipeline.policy import load_policy
from pipeline.report.area.findings import AreaFigure, AreaReport, FileNote, Unreported, order_standings, read_standing
from pipeline.report.facts import EditionNote, build_school_facts


def build_standing(urn: int, name: str, category: str, tier: int | None, ratings=(), inspections=(), **other):
    """A school as its facts tell of it; ``other`` are fields of its report, such as ``certainty``."""
    results = tuple(
        build_result(indicator, short, rating=Rating(rating), key_priority=key)
        for indicator, short, rating, key in ratings
    )
    report = build_report(results, assignment=build_assignment(category=category, title=category, tier=tier), **other)
    report = replace(
        report,
        school=replace(report.school, urn=urn, name=name),
        analysis=replace(report.analysis, inspections=tuple(inspections)),
    )
    return read_standing(build_school_facts(report))


def build_decided_standing(urn: int, name: str, *, changed: bool, **other):
    """A whole school in Focus support, confirmed by a panel or moved to Light touch support."""
    assignment = build_assignment(category="focus", title="Focus support", tier=4)
    report = decide(build_whole_report(assignment=assignment, **other), changed=changed)
    key = "light_touch" if changed else "focus"
    report = replace(report, decided=replace(report.decided, category=key))
    report = replace(report, school=replace(report.school, urn=urn, name=name))
    return read_standing(build_school_facts(report))


def build_area(schools=(), **other) -> AreaReport:
    return AreaReport(
        **{
            "edition": EditionNote(
                "example", "Worcestershire, autumn 2019", 2019, "worcestershire", "2019-11-01", "Worcestershire"
            ),
            "policy": load_policy("worcestershire"),
            "name": "Worcestershire",
            "schools": order_standings(schools),
            "figures": (
                AreaFigure("a", "Maths", "percent", 0, "higher is better", "all", 2019, 76.4, 79.0),
                AreaFigure(
                    "b",
                    "Disadvantaged",
                    "percent",
                    0,
                    "higher is better",
                    "disadvantaged",
                    2019,
                    47.0,
                    51.0,
                    70.0,
                    71.0,
                ),
            ),
            "unreported": (Unreported(100009, "Closed School", "closed on 2019-08-31"),),
            "files": (FileNote("2018-2019/885_ks2final.csv", "key stage 2 results", "2018/19", 200, 9_000, True, ()),),
            **other,
        }
    )
