"""What a plan of support has to know of each school: its category and areas, as its report's facts tell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.edition.support import Area, SchoolSupport
from pipeline.edition.support.focus import list_areas
from pipeline.foundation.paths import EditionPaths
from pipeline.policy import Policy
from pipeline.run.record.made_facts import read_made_facts


@dataclass(frozen=True)
class SupportedSchool:
    """One school with a plan. ``category`` is the title of the category that stands."""

    urn: int
    name: str
    town: str
    phase: str
    category: str
    support: SchoolSupport

    @property
    def areas(self) -> tuple[Area, ...]:
        return self.support.areas


def read_supported_schools(paths: EditionPaths, policy: Policy) -> tuple[SupportedSchool, ...]:
    """Every school of which the last run made a report, by name.

    Raises PipelineError where no report was made, or one was made by another policy or another version of it.
    """
    return tuple(_read_school(facts, policy) for facts in read_made_facts(paths, policy, "to plan support from"))


def _read_school(facts: Mapping[str, Any], policy: Policy) -> SupportedSchool:
    school, final = facts["school"], facts["final"]
    summaries = (facts.get("officer") or {}).get("self_evaluation") or []
    latest: Mapping[str, Any] = max(summaries, key=lambda one: one["date"], default={})
    support = SchoolSupport(
        school["urn"], final["category"], list_areas(facts["indicators"]), bool(latest.get("self_referral"))
    )
    return SupportedSchool(
        school["urn"], school["name"], school["town"], school["phase"], policy.outcome(final["category"]).title, support
    )
