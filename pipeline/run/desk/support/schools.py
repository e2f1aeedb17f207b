"""What a plan of support has to know of each school: its category and areas, as its report's facts tell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.edition.editions import Edition
from pipeline.edition.support import Area, SchoolSupport
from pipeline.foundation.paths import EditionPaths
from pipeline.policy import Policy
from pipeline.run.preparing.local import add_other_schools
from pipeline.run.record.made_facts import read_made_facts
from pipeline.sources.local.rows import Schools


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


def name_schools(edition: Edition) -> Schools:
    """Every school that the last run told of, with a report or without, and all others that its files name."""
    from pipeline.report.area.notebook import read_statuses

    return add_other_schools({one["urn"]: one["name"] for one in read_statuses(edition.paths)}, edition)


def _read_school(facts: Mapping[str, Any], policy: Policy) -> SupportedSchool:
    from pipeline.report.school.support import find_school_support

    school, title = facts["school"], policy.outcome(facts["final"]["category"]).title
    return SupportedSchool(
        school["urn"], school["name"], school["town"], school["phase"], title, find_school_support(facts)
    )
