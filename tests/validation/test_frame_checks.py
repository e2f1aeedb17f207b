"""What a check reports: which expectations failed, in which lines, and in words a person can use."""

from __future__ import annotations

import pickle
import sys

import pandas as pd
import pytest
from correct_frames import PARAMETERS, make_frame, make_inspections, make_links, make_schools, make_slice, put
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.foundation.errors import FaultyInput
from pipeline.validation import Check, Example, ValidationReport, check_frame, find_suite, list_suites
from tests.conftest import count_examples

PERCENTAGE = Check(
    expectation="expect_column_values_to_be_between",
    column="value",
    severity="critical",
    statement="Every percentage lies between 0 and 100.",
    reason="A share of pupils cannot be above 100.",
    remedy="Download the file again.",
    success=False,
    checked_count=12,
    unexpected_count=3,
    examples=(Example("104.17", "885_file.csv", 7, "PTRWM_EXP", 100001), Example("-3", "885_file.csv", 9)),
)


def make_report(*checks: Check) -> ValidationReport:
    return ValidationReport("ks2", "885_file.csv", 12, checks)


def test_a_critical_failure_is_raised_with_its_places():
    with pytest.raises(FaultyInput) as raised:
        make_report(PERCENTAGE).raise_critical()
    assert str(raised.value).splitlines()[::2] == [
        "885_file.csv, line 7, column PTRWM_EXP (URN 100001): "
        "expected: Every percentage lies between 0 and 100. Found: 104.17.",
        "885_file.csv, line 9, column value: expected: Every percentage lies between 0 and 100. Found: -3.",
        "885_file.csv, column value: expected: Every percentage lies between 0 and 100. Found: as much in 1 more.",
    ]
    assert "    Download the file again." in str(raised.value)


def test_a_failure_of_the_whole_frame_has_no_line():
    empty = Check("expect_table_row_count_to_be_between", "", "critical", "It has rows.", "…", "…", False, observed="0")
    with pytest.raises(FaultyInput) as raised:
        make_report(empty).raise_critical()
    assert [str(fault).splitlines()[0] for fault in raised.value.faults] == [
        "885_file.csv: expected: It has rows. Found: 0."
    ]


def test_warnings_stop_nothing():
    warning = Check("expect_column_to_exist", "urn", "warning", "A.", "B.", "C.", success=False)
    report = make_report(warning)
    report.raise_critical()
    assert (report.warnings, report.critical, report.success) == ((warning,), (), False)


def test_a_report_comes_back_from_another_process():
    report = make_report(PERCENTAGE)
    assert pickle.loads(pickle.dumps(report)) == report


@pytest.mark.slow
def test_a_frame_finds_its_suite_by_its_columns():
    assert find_suite("ks2", make_slice()) == "ks2"
    assert find_suite("ks2", make_links()) == "gias_links"
    assert find_suite("gias", make_schools()) == "schools"
    assert find_suite("census", make_schools()) is None
    assert find_suite("ofsted", make_inspections()) == "ofsted"


def test_a_forgotten_parameter_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="takes the parameters"):
        check_frame("school_slice", make_slice(), year=2019)


def test_a_column_that_a_suite_names_and_the_frame_lacks_is_a_fault_of_the_suite_told_with_its_expectation():
    with pytest.raises(FaultyInput) as refused:
        check_frame("ks2", make_slice().rename(columns={"upper": "uper", "group": "pupils"}))
    told = {(fault.file, fault.what): fault for fault in refused.value.faults}
    assert set(told) == {
        ("expectations/ks2.json", f"there is no column {name!r} to check") for name in ("upper", "group")
    }
    assert all(fault.column.startswith("expectation ") for fault in refused.value.faults)
    assert told["expectations/ks2.json", "there is no column 'upper' to check"].remedy == "Did you mean 'uper'?"
    assert told["expectations/ks2.json", "there is no column 'group' to check"].remedy.startswith("Use one of ")


def check_slice(frame: pd.DataFrame, **parameters: int) -> ValidationReport:
    return check_frame("school_slice", frame, name="URN 100001", **{**PARAMETERS["school_slice"], **parameters})


@pytest.mark.kernel
@pytest.mark.parametrize("suite", list_suites())
def test_a_correct_frame_passes_all(suite):
    frame = make_slice() if suite == "school_slice" else make_frame(suite)
    report = check_frame(suite, frame, **PARAMETERS.get(suite, {}))
    assert [check for check in report.results if not check.success] == []


@pytest.mark.kernel
@settings(max_examples=count_examples(5))
@given(value=st.floats(0, 100), width=st.floats(0, 60), cohort=st.integers(0, 5000), year=st.integers(2010, 2040))
def test_any_possible_figure_passes(value, width, cohort, year):
    frame = make_frame("ks2").query("unit == 'percent'")
    frame = frame[frame["availability"] == "available"]
    frame = frame.assign(value=value, lower=value - width, upper=value + width, cohort=cohort, year=year)
    assert check_frame("ks2", frame).success


@pytest.mark.kernel
def test_measures_that_a_suite_does_not_know_are_faults_of_the_table_each_told_once():
    frame = make_frame("ees_absence")
    frame = pd.concat([frame.assign(measure=measure) for measure in ("refused", "absence_overall", "offered")] * 4)
    report = check_frame("ees_absence", frame, name="2024-2025/offers.csv")
    (check,) = [check for check in report.critical if check.column == "measure"]
    first, second = report.locate([check])
    assert "'refused'" in first.what and "'offered'" in second.what
    assert "table of columns" in first.what and "need not be downloaded again" in first.remedy


@pytest.mark.kernel
def test_examples_name_lines_and_schools_and_are_few():
    frame = make_frame("ks2")
    percentages = frame[(frame["unit"] == "percent") & (frame["availability"] == "available")]
    wrong = pd.concat([percentages.assign(year=year, value=104.17) for year in range(2022, 2032)])
    (check,) = [c for c in check_frame("ks2", wrong).critical if c.statement.startswith("Every percentage")]
    assert check.unexpected_count == 40
    assert len(check.examples) == 5
    assert check.examples[0] == Example("104.17", "885_file.csv", 2, "PTRWM_EXP", 100001)


@pytest.mark.kernel
def test_another_schools_figure_stops_the_report():
    intruder = make_slice().iloc[[0]].assign(urn=pd.array([100002], "Int32"), measure="ks2_maths_expected", line=77)
    report = check_slice(pd.concat([make_slice(), intruder]))
    with pytest.raises(FaultyInput) as raised:
        report.raise_critical()
    (fault,) = raised.value.faults
    assert (fault.line, fault.urn) == (77, 100002)
    assert "Every figure is this school's." in fault.what


@pytest.mark.kernel
def test_a_number_behind_a_withheld_figure_stops_the_report():
    frame = make_slice()
    report = check_slice(put(frame, len(frame) - 1, "value", 12.0))
    assert [check.statement for check in report.critical] == ["A figure has a value exactly where it was published."]


@pytest.mark.kernel
def test_a_figure_of_a_later_year_stops_the_report():
    report = check_slice(make_slice(), year=2018)
    assert "No figure is later than the year under review." in [check.statement for check in report.critical]


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (lambda f: f[f["year"] < 2019], "There are results for the year under review."),
        (lambda f: put(f, 8, "cohort", 9.0), "This year's results each cover 11 pupils or more."),
        (lambda f: put(f, 0, "published_urn", 100009), "All figures were published for this school itself."),
        (lambda f: put(f, len(f) - 1, "availability", "unknown"), "Every published figure could be used."),
        (
            lambda f: put(f, len(f) - 1, "availability", "low coverage"),
            "This year's results cover enough of the school's pupils.",
        ),
        (lambda f: put(f, 11, "value", 300.0), "The roll changed by no more than a fifth in a year."),
    ],
)
def test_what_a_head_should_know_is_a_warning(change, warning):
    report = check_slice(change(make_slice()))
    assert [check.statement for check in report.warnings] == [warning]
    assert report.critical == ()


@pytest.mark.kernel
def test_a_school_without_any_figure_is_warned_of_and_no_mistake():
    report = check_slice(make_slice().iloc[:0])
    assert report.critical == ()
    (check,) = report.warnings
    assert check.message == (
        "No results have been published for this school for the year under review. "
        "What follows rests on earlier years or on other figures. Bring the school's own results to the discussion."
    )


@pytest.mark.kernel
def test_checking_prints_nothing_and_sends_nothing(capfd):
    import os

    check_slice(make_slice())
    assert capfd.readouterr() == ("", "")
    assert os.environ["GX_ANALYTICS_ENABLED"] == "False"
    assert "posthog" not in sys.modules
