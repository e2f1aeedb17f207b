"""The suites as files: what they say to people, and that plain Great Expectations can use them without our code."""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from correct_frames import PARAMETERS, break_frame, make_frame

from pipeline.foundation.errors import FaultyInput
from pipeline.sources.families.tidy.ees import list_publications
from pipeline.sources.frames import OBSERVATIONS, shape_frame
from pipeline.sources.local import LOCAL_FILES
from pipeline.sources.measures import WIDE
from pipeline.validation import describe_suites, find_suite, list_suites, suites

PROJECT = Path(__file__).parents[2]
CONTENT = {name: json.loads((PROJECT / "expectations" / f"{name}.json").read_text("utf-8")) for name in list_suites()}
#: Each kind of expectation once: suites of like files share most of theirs.
DISTINCT = {
    json.dumps([entry["type"], entry["kwargs"], name in PARAMETERS], sort_keys=True): (name, place)
    for name in list_suites()
    for place, entry in enumerate(CONTENT[name]["expectations"])
}


def test_there_is_a_suite_for_every_family_of_files():
    figures = shape_frame(pd.DataFrame(), OBSERVATIONS)
    tidy = {find_suite(family, figures) for family in list_publications()} | {"ees_schools"}
    assert set(list_suites()) == {*WIDE, *tidy} | {file.family for file in LOCAL_FILES} | {
        "schools",
        "gias_links",
        "ofsted",
        "trusts",
        "observations",
        "school_slice",
    }


@pytest.mark.parametrize("name", list_suites())
def test_every_expectation_says_why_and_what_to_do(name):
    assert suites.find_faults(CONTENT[name], name) == []
    for entry in CONTENT[name]["expectations"]:
        for sentence in (entry["description"], entry["meta"]["reason"], entry["meta"]["remedy"]):
            assert sentence[0].isupper() and sentence.endswith("."), sentence


@pytest.mark.parametrize("name", list_suites())
def test_no_suite_asks_the_same_twice(name):
    asked = [json.dumps([entry["type"], entry["kwargs"]], sort_keys=True) for entry in CONTENT[name]["expectations"]]
    assert len(set(asked)) == len(asked)


PATTERNS = [
    (name, place, entry["kwargs"]["column"], entry["kwargs"]["regex"])
    for name in list_suites()
    for place, entry in enumerate(CONTENT[name]["expectations"])
    if "regex" in entry["kwargs"] and entry["kwargs"]["regex"] != r"\S"
]


@pytest.mark.parametrize(
    ("name", "place", "column", "pattern"), PATTERNS, ids=[f"{n}-{p + 1}" for n, p, *_ in PATTERNS]
)
def test_every_pattern_ends_where_the_text_ends(name, place, column, pattern):
    """``$`` also matches before a line break at the end, so that "2025-07-15" with one passed."""
    values = make_frame(name)[column].dropna().astype(str)
    passing = [value for value in values.unique() if re.search(pattern, value)]
    assert passing, "the correct frame holds no value that the pattern lets through"
    assert [value for value in passing if re.search(pattern, value + "\n")] == []
    assert not re.search(r"(?<!\\)\$", pattern)


@pytest.mark.kernel
def test_great_expectations_refuses_a_date_with_a_line_break(plain):
    import great_expectations as gx

    entries = [entry for entry in CONTENT["ofsted"]["expectations"] if entry["kwargs"].get("column") == "date"]
    frame = make_frame("ofsted").assign(date=lambda found: found["date"].astype("string") + "\n")
    result = plain(gx.ExpectationSuite(name="dates", expectations=entries), frame, None)
    assert [each.success for each in result.results if "regex" in each.expectation_config.kwargs] == [False]


def test_the_page_of_expectations_is_current():
    assert (PROJECT / "docs" / "validation.md").read_text("utf-8") == describe_suites()


@pytest.mark.slow
def test_importing_the_package_does_not_import_great_expectations():
    code = "import sys, pipeline.validation, pipeline.cli; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """Writes a changed copy of the absence suite and makes it the one in use."""
    for cached in (suites.read_suite, suites.load_suite):
        cached.cache_clear()

    def write(text: str) -> None:
        (tmp_path / "absence.json").write_text(text, encoding="utf-8")
        monkeypatch.setattr(suites, "find_suites", lambda: tmp_path)

    yield write
    for cached in (suites.read_suite, suites.load_suite):
        cached.cache_clear()


def test_a_suite_without_its_words_is_refused_with_every_mistake(edited):
    content = json.loads(json.dumps(CONTENT["absence"]))
    content["expectations"][0]["severity"] = "info"
    del content["expectations"][1]["meta"]["remedy"]
    text = json.dumps(content, indent=2)
    edited(text)
    with pytest.raises(FaultyInput) as refused:
        suites.read_suite("absence")
    first, second = refused.value.faults
    assert (first.what, second.what) == ("the severity is 'info'", "it has no remedy")
    lines = text.splitlines()
    assert '"severity": "info"' in lines[first.line - 1] and '"meta"' in lines[second.line - 1]
    assert f"absence.json, line {first.line}, expectation 1 (" in str(first)


def test_a_field_of_a_suite_is_called_a_field(edited):
    edited(json.dumps({**CONTENT["absence"], "name": "absense"}, indent=2))
    with pytest.raises(FaultyInput, match=r"absence\.json, line 2, field name: "):
        suites.read_suite("absence")


def test_a_slip_in_the_json_is_found_by_its_line(edited):
    edited('{\n  "name": "absence",\n  "expectations": [}\n')
    with pytest.raises(FaultyInput) as refused:
        suites.read_suite("absence")
    assert refused.value.faults[0].line == 3


@pytest.mark.kernel
def test_an_expectation_that_great_expectations_refuses_is_not_left_out_in_silence(edited):
    content = json.loads(json.dumps(CONTENT["absence"]))
    content["expectations"][2]["kwargs"]["colum"] = "measure"
    content["expectations"][3]["type"] = "expect_wonders"
    edited(json.dumps(content))
    with pytest.raises(FaultyInput) as refused:
        suites.load_suite("absence")
    assert [fault.column.split(" (")[0] for fault in refused.value.faults] == ["expectation 3", "expectation 4"]


@pytest.fixture(scope="module")
def plain():
    """Great Expectations alone: validates a frame against entries of a suite, as its documentation does."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    batches = asset.add_batch_definition_whole_dataframe("whole")

    def validate(suite, frame, parameters):
        batch = batches.get_batch({"dataframe": frame.reset_index(drop=True)})
        return batch.validate(suite, expectation_parameters=parameters)

    validate.context = context
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return validate


@pytest.mark.kernel
@pytest.mark.parametrize("name", list_suites())
def test_plain_great_expectations_loads_each_file_and_passes_a_correct_frame(plain, name):
    """What suites share is asked of the frame of one: ``test_frame_checks`` asks all of it of each."""
    import great_expectations as gx

    suite = plain.context.suites.add(gx.ExpectationSuite(**json.loads(json.dumps(CONTENT[name]))))
    assert len(suite.expectations) == len(CONTENT[name]["expectations"])
    entries = [CONTENT[name]["expectations"][place] for owner, place in DISTINCT.values() if owner == name]
    own = gx.ExpectationSuite(name=f"{name}, its own", expectations=json.loads(json.dumps(entries)))
    result = plain(own, make_frame(name), PARAMETERS.get(name))
    assert len(result.results) == len(entries)
    assert [(each.expectation_config.description, each.result) for each in result.results if not each.success] == []


@pytest.mark.kernel
def test_the_folder_of_suites_is_a_great_expectations_store(tmp_path):
    import great_expectations as gx

    context = gx.get_context(mode="file", project_root_dir=tmp_path)
    for name in list_suites():
        shutil.copy(PROJECT / "expectations" / f"{name}.json", tmp_path / "gx" / "expectations")
    assert sorted(suite.name for suite in context.suites.all()) == sorted(list_suites())


@pytest.mark.kernel
@pytest.mark.parametrize(("name", "place"), DISTINCT.values(), ids=[f"{n}-{p + 1}" for n, p in DISTINCT.values()])
def test_every_expectation_can_fail(plain, name, place):
    import great_expectations as gx

    entry, parameters = CONTENT[name]["expectations"][place], PARAMETERS.get(name, {})
    frame = break_frame(make_frame(name), entry, parameters)
    result = plain(gx.ExpectationSuite(name="one", expectations=[entry]), frame, parameters or None).results[0]
    assert not result.success
    assert result.exception_info["raised_exception"] is False
