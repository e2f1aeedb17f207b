"""How an expectation is answered is worked out once; every answer is still Great Expectations' own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from correct_frames import PARAMETERS, break_nearly_all, make_frame, make_slice

from pipeline.validation import check_frame, plans
from pipeline.validation.suites import read_suite

PROJECT = Path(__file__).parents[2]


def check(frame, **changed):
    return check_frame("school_slice", frame, **{**PARAMETERS["school_slice"], **changed})


@pytest.mark.kernel
def test_a_plan_made_for_one_school_answers_for_the_next(monkeypatch):
    assert check(make_slice()).success
    made = []
    make_plan = plans._make_plan
    monkeypatch.setattr(plans, "_make_plan", lambda *about: made.append(about[0].type) or make_plan(*about))
    broken = make_slice()
    broken.loc[0, "year"] = 2030
    assert [each.expectation for each in check(broken).critical] == ["expect_column_values_to_be_between"]
    assert made == ["expect_column_values_to_be_between"]  # only the failure, asked again for its rows
    made.clear()
    check(make_slice(), urn=100002)
    assert set(made) == {"expect_column_values_to_be_between"}  # only what looks at the URN, and what it fails


@pytest.mark.kernel
@pytest.mark.parametrize("name", ["absence", "schools", "observations"])
def test_verdicts_are_those_of_plain_great_expectations(name):
    import great_expectations as gx

    asset = gx.get_context(mode="ephemeral").data_sources.add_pandas("frames").add_dataframe_asset("frame")
    batches = asset.add_batch_definition_whole_dataframe("whole")
    parameters = PARAMETERS.get(name, {})
    entries = json.loads(json.dumps(read_suite(name)["expectations"]))
    right, failed = make_frame(name), set()
    for number, frame in enumerate([right, break_nearly_all(right, entries, parameters), right.iloc[:0]]):
        suite = gx.ExpectationSuite(name=f"{name} {number}", expectations=entries)
        wanted = {"result_format": "SUMMARY", "partial_unexpected_count": 5}
        plain = batches.get_batch({"dataframe": frame}).validate(
            suite, result_format=wanted, expectation_parameters=parameters or None
        )
        theirs = {each.expectation_config.description: each for each in plain.results}
        ours = plans.ask_expectations(name, range(len(entries)), frame, wanted, parameters)
        failed |= {where for where, verdict in ours.items() if not verdict.success}
        for where, verdict in ours.items():
            their = theirs[entries[where]["description"]]
            assert verdict.success == their.success
            for key in ("element_count", "unexpected_count", "observed_value", "partial_unexpected_index_list"):
                assert verdict.result.get(key) == their.result.get(key), (entries[where]["description"], key)
    assert len(failed) > 0.8 * len(entries)


@pytest.mark.kernel
def test_an_expectation_that_breaks_is_no_finding_about_a_school():
    frame = make_frame("absence")
    with pytest.raises(RuntimeError, match=r"suite 'absence', expectation \d+"):
        check_frame("absence", frame.assign(value=[object() for _ in range(len(frame))]))


@pytest.mark.kernel
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted where the system lists them")
def test_a_check_leaves_no_thread_behind():
    code = (
        "import sys, os; sys.path.insert(0, 'tests/validation')\n"
        "from correct_frames import make_slice\n"
        "from pipeline.validation import check_frame\n"
        "check_frame('school_slice', make_slice(), urn=100001, year=2019)\n"
        "names = [open(f'/proc/self/task/{one}/comm').read().strip() for one in os.listdir('/proc/self/task')]\n"
        "print(sum(name != 'jemalloc_bg_thd' for name in names))"
    )
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=one_thread, capture_output=True, text=True)
    assert done.stdout.strip() == "1", done.stderr
