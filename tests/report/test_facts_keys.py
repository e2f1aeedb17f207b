"""The keys of facts.json: every one documented, none that is not there, one meaning each."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from example_school import build_report, build_trust_assignment, build_whole_report, decide

from pipeline.foundation.paths import find_project
from pipeline.report import facts
from pipeline.report.facts import build_school_facts, compose_facts
from pipeline.report.facts_page import load_fact_keys


def list_places(value, place=""):
    """Where every plain value stands: ``indicators[].value``."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from list_places(below, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for below in value:
            yield from list_places(below, f"{place}[]")
    elif value is not None:
        yield place


REPORTS = {
    "a whole one": build_whole_report(),
    "a panel's": decide(build_whole_report(), changed=True),
    "a trust's": build_report(assignment=build_trust_assignment()),
    "one without figures": build_report(results=()),
}


@pytest.mark.parametrize("name", REPORTS)
def test_every_key_of_the_facts_is_documented(name):
    written = json.loads(compose_facts(build_school_facts(REPORTS[name], exhibits=("position",))))
    assert sorted(set(list_places(written)) - load_fact_keys().keys()) == []


def test_no_key_is_documented_that_is_not_written():
    code = Path(facts.__file__).read_text(encoding="utf-8")
    last = {re.sub(r"\[\]", "", place).rpartition(".")[2] for place in load_fact_keys()}
    assert [key for key in last - {"england", "similar schools"} if f'"{key}"' not in code] == []


def test_no_key_means_two_things():
    """``tiers`` was how many categories there are in one place, and how many the school moved in another."""
    kinds: dict[str, set[str]] = {}
    for place, said in load_fact_keys().items():
        kinds.setdefault(place.rpartition(".")[2], set()).add(said.partition(";")[0].removesuffix(" or null"))
    alike = {"tested", "value", "england", "lower", "upper"}  # in the unit of what they stand under
    assert {key: found for key, found in kinds.items() if len(found) > 1 and key not in alike} == {}


def test_the_page_is_current():
    from pipeline.report.facts_page import compose_facts_page

    assert (find_project() / "docs" / "facts.md").read_text(encoding="utf-8") == compose_facts_page()
