"""The suites on real files: nothing critical, and every warning true."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import pandas as pd
import pytest
from correct_frames import PARAMETERS

from pipeline.sources.joining.packing import PackedObservations
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import open_prepared
from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import recognise
from pipeline.validation import ValidationReport, check_frame, find_suite

pytestmark = [pytest.mark.kernel, pytest.mark.published]

#: File, and the warnings that are true of it.
FILES = {
    "2016-2017/815_census.csv": [],
    "2016-2017/815_ks4final.csv": [],
    "2016-2017/850_ks2final.csv": [],
    "2017-2018/850_ks2final.csv": [],
    "2017-2018/815_ks4final.csv": [],
    "2018-2019/815_spine.csv": [],
    "2018-2019/850_ks2final.csv": [],
    "2018-2019/england_abs.csv": [],
    "2018-2019/england_census.csv": [],
    "2018-2019/england_ks4-pupdest.csv": [],
    "2018-2019/england_ks4provisional.csv": [],
    "2023-2024/202324_information_about_schools_final.csv": [],
    "2023-2024/absence_2023-2024.csv": [],
    "2023-2024/england_ks2-mats-performance.csv": [],
    "2023-2024/england_ks4-mats-performance.csv": [],
    "2024-2025/SAMPLE_england_ks2final_LA885_transcribed.csv": [],
    "2024-2025/SAMPLE_england_ks4final_LA885_transcribed.csv": ["no row says 'england, state-funded'"],
    "2024-2025/england_census.csv": ["unknown (the cell says '104.17%')"],
    "2024-2025/england_ks4-pupdest.csv": [],
    "gias/links_edubasealldata20250422.csv": [],
    "ofsted/leeds_ofsted_data_from_MI_28Feb2026.csv": [],
    "ofsted/ofsted_31Aug2025_five_authorities.csv": ["0"],
}


def check_read(
    family: str, frame: pd.DataFrame | PackedObservations, name: str, reports: list[ValidationReport]
) -> Callable[[], None]:
    rows = frame.unpack() if isinstance(frame, PackedObservations) else frame
    suite = find_suite(family, rows)
    if suite is None:
        return lambda: None
    reports.append(check_frame(suite, rows, name=name))
    return reports[-1].raise_critical


@pytest.fixture(scope="module")
def check_published(read_published) -> Callable[[str], list[ValidationReport]]:
    """Gives what the suites say of a real file."""

    @cache
    def check(name: str) -> list[ValidationReport]:
        table, reading = read_published(name)
        reports: list[ValidationReport] = []
        for frame in (reading.observations, reading.schools, reading.inspections, reading.links):
            if frame is not None:
                check_read(recognise(table).family, frame, name, reports)()
        return reports

    return check


@pytest.mark.parametrize(("file", "warnings"), FILES.items())
def test_a_real_file_has_nothing_critical_and_its_warnings_are_true(check_published, file, warnings):
    reports = check_published(file)
    assert reports
    found = [check for report in reports for check in report.warnings]
    shown = [check.examples[0].value if check.examples else check.observed for check in found]
    assert len(shown) == len(warnings)
    assert all(warning in value for warning, value in zip(warnings, shown, strict=True))


def test_the_impossible_percentage_of_the_census_is_named_by_its_line_and_school(check_published):
    reports = check_published("2024-2025/england_census.csv")
    (warning,) = [check for report in reports for check in report.warnings]
    (example,) = warning.examples
    assert (example.line, example.column, example.urn) == (12413, "PSENELSE", 136122)


@pytest.fixture(scope="module")
def prepared(published, tmp_path_factory):
    names = ("850_ks2final.csv", "815_spine.csv", "england_abs.csv", "england_census.csv", "england_ks4provisional.csv")
    files = [PublishedFile(published / "2018-2019" / name, f"2018-2019/{name}") for name in names]
    folder, reports = tmp_path_factory.mktemp("edition") / "prepared", []
    preparation = prepare_edition(files, folder, year=2019, check=partial(check_read, reports=reports))
    return open_prepared(folder), preparation, reports


def test_an_edition_of_real_files_is_prepared_without_a_fault(prepared):
    _, preparation, reports = prepared
    assert preparation.faults == ()
    assert reports[-1].name == "all schools"


def test_prepared_observations_have_nothing_to_warn_of(prepared):
    opened, _, _ = prepared
    report = check_frame("observations", opened.observations(la=850), **PARAMETERS["observations"])
    assert [check.statement for check in report.results if not check.success] == []


def test_a_real_schools_slice_passes_its_critical_checks(prepared):
    opened, _, _ = prepared
    for urn in (115851, 116482, 137158):
        report = check_frame("school_slice", opened.load_school(urn).observations, urn=urn, year=2019)
        assert report.critical == ()


def test_suspensions_and_workforce_pass_their_suites_once_schools_known_by_laestab_have_urns(published, tmp_path):
    more, cut = published.parent / "dfe-more", tmp_path / "england_swf.csv"
    content = (more / "unknown-year" / "england_swf.csv").read_bytes()
    cut.write_bytes(content[: content.rindex(b"\n") + 1])  # its last row stops in the middle
    names = ("2018-2019/815_spine.csv", "2016-2017/815_census.csv")
    files = [PublishedFile(published / name, name) for name in names]
    name = "2016-2017/exclusions_by_geographic_level.csv"
    files += [PublishedFile(more / name, name), PublishedFile(cut, "england_swf.csv", year=2019)]
    reports: list[ValidationReport] = []
    preparation = prepare_edition(files, tmp_path / "prepared", year=2019, check=partial(check_read, reports=reports))
    assert preparation.faults == () and "england_swf.csv" in preparation.loaded
    assert {"ees_suspensions", "workforce"} <= {report.suite for report in reports}
    reports = [report for report in reports if report.suite != "schools"]  # these files name none
    assert [check.statement for report in reports for check in report.warnings] == []
    opened = open_prepared(tmp_path / "prepared")
    report = check_frame("observations", opened.observations(la=815), **PARAMETERS["observations"])
    assert [check.statement for check in report.results if not check.success] == []
