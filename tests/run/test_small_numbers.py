"""A local figure of fewer pupils than the edition's smallest number goes nowhere: nothing tells what it was."""

from __future__ import annotations

import json
import shutil

import pytest

from pipeline.edition.editions import Area, load_edition, write_new_edition
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.paths import Workspace, find_project
from pipeline.policy import load_policy
from pipeline.report.area.findings import read_standing
from pipeline.report.facts import EditionNote, build_school_facts
from pipeline.report.school.notebook import STAMP, list_exhibits, study_school
from pipeline.run.preparing.local import prepare_local
from pipeline.run.preparing.preparation import list_warnings, prepare
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import TABLES, open_prepared

GIAS = "gias/edubasealldata20251001.csv"
HEADER = "urn,year,measure,pupils,value\n"
ENGLAND = "".join(
    f"England,{year},phonics_expected,,{value}\n" for year, value in (("2022/23", 79), ("2023/24", 80), ("2024/25", 81))
)
OTHER_YEARS = "900001,2022/23,phonics_expected,58,79\n900001,2023/24,phonics_expected,60,78\n"
OTHERS = "900002,2024/25,phonics_expected,30,97\n"


@pytest.fixture
def edition(tmp_path):
    """A new edition of the sample's county with the register of its schools and nothing else."""
    made = write_new_edition(
        Workspace(tmp_path),
        "county",
        area=Area(authority=998),
        year="2024/25",
        policy="worcestershire",
        title="",
        files=(),
    )
    place = made.paths.published / GIAS
    place.parent.mkdir(parents=True)
    shutil.copy(find_project() / "data/editions/sample/published" / GIAS, place)
    return made


def tell(edition, small, where="local"):
    """Everything that goes on from the files: tables, the account of the files, the school's facts and the area's."""
    folder = edition.paths.local if where == "local" else edition.paths.published
    (folder / "local_returns.csv").write_text(HEADER + ENGLAND + OTHER_YEARS + small + OTHERS, encoding="utf-8")
    prepare_edition(edition.list_published(), edition.paths.prepared, year=edition.year)
    tables = open_prepared(edition.paths.prepared)
    prepare_local(edition, "key")
    slice = tables.load_school(900001)
    note = EditionNote(edition.name, "County", edition.year, "worcestershire", edition.date.isoformat())
    report = study_school(slice, note, load_policy("worcestershire"))
    facts = build_school_facts(report, list_exhibits(report))
    told = {
        name: getattr(tables, "area_observations" if name == "areas" else name)().to_csv()
        for name in TABLES
        if name != "observations"
    }
    told["observations"] = tables.observations().to_csv()
    told["accounts"] = "\n".join(map(str, tables.reconciliation()))
    told["area"] = repr(read_standing(facts))
    told["facts"] = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    return told, report


def small(pupils, value, urn=900001, year="2024/25"):
    return f"{urn},{year},phonics_expected,{pupils},{value}\n"


@pytest.mark.slow
@pytest.mark.parametrize("where", ["local", "published"])
def test_nothing_tells_one_small_figure_from_another(edition, where):
    """67% of 3 pupils was printed, drawn and pooled."""
    first, report = tell(edition, small(3, 67), where)
    for other in (small(5, 0), small(1, 100), small(4, "25.0")):
        assert tell(edition, other, where)[0] == first
    (phonics,) = (one for one in report.analysis.results if one.indicator == "local_phonics")
    assert phonics.years == (2023, 2024) and phonics.cohort == 118
    latest = phonics.by_year[-1]
    assert (latest.year, latest.availability, latest.value, latest.cohort) == (2025, "suppressed", None, None)
    assert "covers fewer pupils than 6" in first["accounts"] and "67" not in first["accounts"]


@pytest.mark.slow
def test_a_figure_of_as_many_as_are_enough_is_shown(edition):
    _, report = tell(edition, small(6, 67))
    (phonics,) = (one for one in report.analysis.results if one.indicator == "local_phonics")
    assert phonics.by_year[-1].value == 67 and phonics.cohort == 124


@pytest.mark.slow
def test_a_figure_that_does_not_say_how_many_pupils_it_covers_may_be_of_too_few(edition):
    told, _ = tell(edition, small("", 67))
    assert tell(edition, small("", 33))[0] == told
    assert "how many pupils the figure covers is not said" in told["accounts"]


@pytest.mark.slow
def test_the_smallest_number_is_the_editions_own(edition):
    with edition.paths.description.open("a", encoding="utf-8") as stream:
        stream.write("smallest_number: 10\n")
    stricter = load_edition(Workspace(edition.paths.folder.parents[2]), "county")
    assert {file.smallest_number for file in stricter.list_published()} == {10}
    assert tell(stricter, small(9, 67))[0] == tell(stricter, small(3, 50))[0]


def test_a_smallest_number_of_none_is_refused(edition):
    with edition.paths.description.open("a", encoding="utf-8") as stream:
        stream.write("smallest_number: 0\n")
    with pytest.raises(FaultyInput, match="smallest_number"):
        load_edition(Workspace(edition.paths.folder.parents[2]), "county")


@pytest.mark.kernel
def test_check_names_the_line_and_another_smallest_number_is_read_anew(edition):
    rows = HEADER + ENGLAND + OTHER_YEARS + small(3, 67)
    (edition.paths.local / "local_returns.csv").write_text(rows, encoding="utf-8")
    found = [warning for warning in list_warnings(prepare(edition).tables) if warning.file == "local/local_returns.csv"]
    assert [(warning.line, warning.column, warning.what) for warning in found] == [
        (7, "value", "URN 900001: the figure covers fewer pupils than 6, so it is withheld everywhere")
    ]
    key = json.loads((edition.paths.prepared / STAMP).read_text(encoding="utf-8"))["key"]
    with edition.paths.description.open("a", encoding="utf-8") as stream:
        stream.write("smallest_number: 2\n")
    looser = load_edition(Workspace(edition.paths.folder.parents[2]), "county")
    told = [one for one in list_warnings(prepare(looser).tables) if one.file == "local/local_returns.csv"]
    few = (
        "expected: No figure is of five pupils or fewer. Found: 3. "
        "From so few, a reader who knows the class can tell what single children did."
    )
    assert [(one.line, one.column, one.what) for one in told] == [(7, "value", few)]
    assert json.loads((edition.paths.prepared / STAMP).read_text(encoding="utf-8"))["key"] != key
