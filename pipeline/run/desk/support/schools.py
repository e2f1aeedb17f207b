"""What a plan of support has to know of each school: its category and areas, as its report's facts tell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.edition.support import Area, SchoolSupport
from pipeline.edition.support.focus import list_areas
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.vocabulary import place_by_name
from pipeline.policy import Policy


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
    from pipeline.report.area.notebook import read_facts, read_statuses

    name = paths.folder.name
    remedy = f"Make them first: `python -m pipeline reports {name}`."
    done = [one["urn"] for one in read_statuses(paths) if one["status"] == "done"]
    if not done:
        raise PipelineError("there are no reports to plan support from", where=f"edition {name}", remedy=remedy)
    schools = [_read_school(read_facts(paths.school(urn)), policy, remedy) for urn in done]
    return tuple(sorted(schools, key=lambda school: place_by_name(school.name, school.urn)))


def _read_school(facts: Mapping[str, Any], policy: Policy, remedy: str) -> SupportedSchool:
    school, final = facts["school"], facts["final"]
    known = {category.key for category in policy.categories} | {"insufficient_evidence"}
    if facts["policy"]["key"] != policy.key or final["category"] not in known:
        what = f"its report was made by the policy {facts['policy']['key']}, and the edition's is {policy.key} now"
        raise PipelineError(what, where=f"schools/{school['urn']}", remedy=remedy.replace("first", "again"))
    summaries = (facts.get("officer") or {}).get("self_evaluation") or []
    latest: Mapping[str, Any] = max(summaries, key=lambda one: one["date"], default={})
    support = SchoolSupport(
        school["urn"], final["category"], list_areas(facts["indicators"]), bool(latest.get("self_referral"))
    )
    return SupportedSchool(
        school["urn"], school["name"], school["town"], school["phase"], policy.outcome(final["category"]).title, support
    )
