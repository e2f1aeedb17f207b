"""An area's site built by hand from the example school's facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from example_school import build_assignment, build_result, build_whole_report

from pipeline.foundation.vocabulary import Rating
from pipeline.policy import load_policy
from pipeline.report.area.site.area import AreaSite
from pipeline.report.area.site.schools import SiteSchool, order_schools, read_school
from pipeline.report.facts import EditionNote, build_school_facts

NOTE = EditionNote("example", "Worcestershire, autumn 2019", 2019, "worcestershire", "2019-11-01", "Worcestershire")
TITLES = {
    "secure_plus": ("Secure Plus", 1),
    "secure": ("Secure", 2),
    "light_touch": ("Light touch support", 3),
    "focus": ("Focus support", 4),
    "intensive": ("Intensive support", 5),
    "insufficient_evidence": ("Insufficient evidence", None),
}


def build_facts(urn: int, name: str, category: str = "secure", **changed: Any) -> dict[str, Any]:
    """Facts as they lie in ``facts.json``; ``changed`` are parts of them, put in place of the example's."""
    title, tier = TITLES[category]
    ratings = changed.pop("ratings", ())
    results = tuple(
        build_result(key, key.replace("_", " "), rating=Rating(rating), key_priority=star)
        for key, rating, star in ratings
    )
    report = build_whole_report(assignment=build_assignment(category=category, title=title, tier=tier))
    if ratings:
        report = replace(report, analysis=replace(report.analysis, results=results))
    facts = json.loads(json.dumps(build_school_facts(report)))
    facts["school"] |= {"urn": urn, "name": name}
    facts |= {"last_year": None, "certainty": None}
    facts["officer"] |= {"self_evaluation": [], "soft_intelligence": []}
    for key, value in changed.items():
        facts[key] = (
            {**facts[key], **value} if isinstance(value, Mapping) and isinstance(facts[key], Mapping) else value
        )
    return facts


def tell_move(key: str, tiers: int, *, flagged: bool = False) -> dict[str, Any]:
    """Last year's category, ``tiers`` away, as facts tell it."""
    title, tier = TITLES[key]
    return {
        "category": key,
        "title": title,
        "tier": tier,
        "tiers_moved": tiers,
        "source": "",
        "flagged": flagged,
        "compared": False,
        "changes": [],
    }


def build_site(*schools: SiteSchool, facts: Mapping[str, Any] | None = None, **other: Any) -> AreaSite:
    return AreaSite(
        **{
            "edition": NOTE,
            "policy": load_policy("worcestershire"),
            "name": "Worcestershire",
            "schools": order_schools(schools),
            "facts": facts,
            **other,
        }
    )


def build_site_school(urn: int, name: str, category: str = "secure", **changed: Any) -> SiteSchool:
    said = {key: changed.pop(key) for key in ("district", "adviser") if key in changed}
    return read_school(build_facts(urn, name, category, **changed), **said)
