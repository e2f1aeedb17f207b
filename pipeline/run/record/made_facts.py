"""The facts of the reports that were made, as whatever follows the reports reads them."""

from __future__ import annotations

from typing import Any

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.vocabulary import place_by_name
from pipeline.policy import Policy


def read_made_facts(paths: EditionPaths, policy: Policy, what_for: str) -> tuple[dict[str, Any], ...]:
    """The facts of every school of which the last run made a report, by name.

    Raises PipelineError where there is none ``what_for``, or one was made by another policy or another version of it.
    """
    from pipeline.report.area.notebook import read_facts, read_statuses

    name = paths.folder.name
    done = [one["urn"] for one in read_statuses(paths) if one["status"] == "done"]
    if not done:
        remedy = f"Make them first: `python -m pipeline reports {name}`."
        raise PipelineError(f"there are no reports {what_for}", where=f"edition {name}", remedy=remedy)
    found = [read_facts(paths.school(urn)) for urn in done]
    for facts in found:
        _refuse_other_policy(facts, policy, name)
    return tuple(sorted(found, key=lambda facts: place_by_name(facts["school"]["name"], facts["school"]["urn"])))


def _refuse_other_policy(facts: dict[str, Any], policy: Policy, name: str) -> None:
    known = {category.key for category in policy.categories} | {"insufficient_evidence"}
    if facts["policy"]["key"] != policy.key or facts["final"]["category"] not in known:
        what = f"its report was made by the policy {facts['policy']['key']}, and the edition's is {policy.key} now"
        remedy = f"Make them again: `python -m pipeline reports {name}`."
        raise PipelineError(what, where=f"schools/{facts['school']['urn']}", remedy=remedy)
