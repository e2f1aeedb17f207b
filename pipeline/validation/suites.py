"""The suites in ``expectations/``: one JSON file each, in Great Expectations' own schema.

Our own additions live where that schema leaves room, in ``meta``: for a suite its ``title``, the ``frame`` it checks
and the ``parameters`` it needs; for an expectation its ``reason`` and ``remedy``, written for a headteacher.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.paths import find_project
from pipeline.foundation.yaml_files import find_line
from pipeline.validation.engine import load_great_expectations

if TYPE_CHECKING:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

SEVERITIES = ("critical", "warning")
#: What an expectation's ``meta`` must say in words.
WORDS = ("reason", "remedy")


def find_suites() -> Path:
    """The folder of suites."""
    return find_project() / "expectations"


def list_suites() -> tuple[str, ...]:
    """The names of all suites, in alphabetical order."""
    return tuple(sorted(path.stem for path in find_suites().glob("*.json")))


@cache
def read_suite(name: str) -> dict[str, Any]:
    """Give a suite as it stands in its file, without Great Expectations.

    Raises FaultyInput with every mistake: no such suite, no JSON, no severity, description, reason or remedy.
    """
    if name not in list_suites():
        remedy = f"Write it, best as a copy of a like suite, or use one of {', '.join(list_suites())}."
        raise FaultyInput([Fault(show_suite(name), None, None, "there is no such suite", remedy)])
    try:
        content = json.loads((find_suites() / f"{name}.json").read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        remedy = "Mend the JSON at or just before this line."
        raise FaultyInput([Fault(show_suite(name), error.lineno, None, error.msg, remedy)]) from None
    faults = find_faults(content, name)
    if faults:
        raise FaultyInput(faults)
    return content


def find_faults(content: dict[str, Any], name: str) -> list[Fault]:
    """What a suite lacks to be understood by people; whether Great Expectations accepts it, ``load_suite`` finds."""
    faults = []
    if content.get("name") != name:
        what = f"the suite calls itself {content.get('name')!r}"
        line = _find_line(name, "name")
        faults.append(Fault(show_suite(name), line, "name", what, f"Write {name!r}, as the file is called."))
    for field in ("title", "frame", "parameters"):
        if field not in content.get("meta", {}):
            line, remedy = _find_line(name, "meta"), "Copy it from a like suite."
            faults.append(Fault(show_suite(name), line, f"meta.{field}", "the field is missing", remedy))
    for place, entry in enumerate(content.get("expectations", ())):
        where = name_entry(place, entry)
        if entry.get("severity") not in SEVERITIES:
            what = f"the severity is {entry.get('severity')!r}"
            line = find_entry(name, place, "severity")
            faults.append(Fault(show_suite(name), line, where, what, "Write 'critical' or 'warning'."))
        words = {"description": entry.get("description"), **{key: entry.get("meta", {}).get(key) for key in WORDS}}
        for field, text in words.items():
            if not text:
                line = find_entry(name, place, *(() if field == "description" else ("meta",)), field)
                faults.append(Fault(show_suite(name), line, where, f"it has no {field}", "Say it in a plain sentence."))
    return faults


def show_suite(name: str) -> str:
    return f"expectations/{name}.json"


def name_entry(place: int, entry: Mapping[str, Any]) -> str:
    return f"expectation {place + 1} ({entry.get('type', 'no type')})"


def find_entry(name: str, place: int, *fields: str) -> int | None:
    """The line of a suite's file on which an expectation stands, or those of its ``fields`` that it has."""
    return _find_line(name, "expectations", place, *fields)


def _find_line(name: str, *place: str | int) -> int | None:
    return find_line(find_suites() / f"{name}.json", place)


@cache
def load_suite(name: str) -> tuple[ExpectationConfiguration, ...]:
    """Load a suite's expectations into Great Expectations, in the order of the file and without their words.

    Raises FaultyInput where Great Expectations does not accept an expectation; left to itself it would log that,
    leave the expectation out and check nothing.
    """
    load_great_expectations()
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    loaded, faults = [], []
    for place, entry in enumerate(read_suite(name)["expectations"]):
        try:
            expectation = ExpectationConfiguration(type=entry["type"], kwargs=entry["kwargs"]).to_domain_obj()
            loaded.append(expectation.configuration)
        except Exception as error:  # whatever Great Expectations raises, it is about this entry
            remedy = "See the gallery of expectations in Great Expectations' documentation for its arguments."
            what = " ".join(str(error).split())
            faults.append(Fault(show_suite(name), find_entry(name, place), name_entry(place, entry), what, remedy))
    if faults:
        raise FaultyInput(faults)
    return tuple(loaded)
