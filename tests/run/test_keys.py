"""What a key holds: all that can change a report, told apart by part, the same on any machine, and nothing besides."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import Workspace, find_project
from pipeline.run.due.digests import _digest_by_urn, _digest_groups, _Spreads
from pipeline.run.due.keys import LAYING_OUT, _read_notebook, describe_code, key_edition
from pipeline.run.due.plan import judge
from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.record.statuses import describe_statuses, read_statuses, write_statuses
from pipeline.run.record.withdrawal import withdraw_reports
from pipeline.run.stamps.code import Code
from pipeline.run.stamps.made import Made, hash_file, name_changes, write_made
from pipeline.sources.frames import CORRELATIONS, OBSERVATIONS, SPREADS, StudySlice, shape_frame

FIRST, SECOND = 900001, 900002
ROWS = [
    {"urn": SECOND, "measure": "ks2_maths_expected", "year": 2025, "value": 61.0, "word": ""},
    {"urn": FIRST, "measure": "ks2_rwm_expected", "year": 2025, "value": 70.0, "word": ""},
    {"urn": FIRST, "measure": "ks2_rwm_expected", "year": 2024, "value": float("nan"), "word": "SUPP"},
]
HASH = """
import pandas as pd
from pipeline.run.due.digests import _digest_by_urn
from pipeline.sources.frames import OBSERVATIONS, shape_frame
print(_digest_by_urn([shape_frame(pd.DataFrame({rows}), OBSERVATIONS)], [{urn}])[{urn}])
"""


def observe(rows):
    return shape_frame(pd.DataFrame(rows), OBSERVATIONS)


def digest(rows, urn=FIRST):
    return _digest_by_urn([observe(rows)], [urn])[urn]


# Rows


@pytest.mark.slow
def test_only_a_schools_own_rows_are_in_its_digest():
    other = [{**ROWS[0], "value": 12.0}, *ROWS[1:]]
    assert digest(other) == digest(ROWS)
    assert digest(other, SECOND) != digest(ROWS, SECOND)


@pytest.mark.parametrize("change", [{"value": 1.0}, {"word": "NE"}, {"year": 2023}, {"measure": "ks2_gps_expected"}])
def test_every_column_of_a_row_counts(change):
    assert digest([*ROWS[:2], {**ROWS[2], **change}]) != digest(ROWS)


def test_a_row_that_is_gone_or_stands_elsewhere_counts():
    assert len({digest(ROWS), digest(ROWS[:2]), digest([ROWS[0], ROWS[2], ROWS[1]])}) == 3


def test_a_category_counts_by_its_letters_and_not_by_its_number():
    more = pd.concat([observe([{**ROWS[0], "measure": "absence_overall"}]), observe(ROWS)], ignore_index=True)
    more["measure"] = more["measure"].astype("category")
    assert _digest_by_urn([more], [FIRST])[FIRST] == digest(ROWS)


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["1", "2"])
def test_a_digest_is_the_same_in_every_process(seed):
    program = HASH.format(rows=ROWS, urn=FIRST).replace("nan", "float('nan')")
    environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(find_project())}
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert said.stdout.strip() == digest(ROWS)


def test_a_group_is_digested_by_its_own_rows_in_their_order():
    frame = pd.DataFrame({"value": [1.0, 2.0, 3.0]})
    before = _digest_groups(frame, ["a", "b", "a"])
    after = _digest_groups(frame.assign(value=[3.0, 2.0, 1.0]), ["a", "b", "a"])
    assert before["b"] == after["b"] and before["a"] != after["a"]


def test_how_far_schools_differ_counts_in_the_indicators_that_concern_a_school():
    keys = ("absence", "reading", "attainment8")
    spreads = [{"indicator": key, "spread": 0.2} for key in keys]
    pairs = [{"indicator": one, "other": other, "between": 0.5} for one in keys for other in keys]

    def study(spreads, pairs):
        return StudySlice(
            spreads=shape_frame(pd.DataFrame(spreads), SPREADS),
            correlations=shape_frame(pd.DataFrame(pairs), CORRELATIONS),
        )

    before = _Spreads(study(spreads, pairs))
    after = _Spreads(study([*spreads[:2], {**spreads[2], "spread": 0.3}], [*pairs[:-1], {**pairs[-1], "between": 0.6}]))
    assert before.digest({"absence", "reading"}, []) == after.digest({"absence", "reading"}, [])
    assert before.digest({"absence", "attainment8"}, []) != after.digest({"absence", "attainment8"}, [])


# Code


@pytest.fixture(scope="module")
def code():
    return Code()


def write_notebook(folder, *cells):
    """A notebook of these code cells."""
    folder.mkdir(exist_ok=True)
    path = folder / "report.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, path)
    return path


def test_a_schools_report_rests_on_what_its_notebook_imports_and_not_on_the_areas(code):
    found = code.trace("pipeline.report.school.notebook").modules
    assert {"pipeline.report.charts", "pipeline.analysis.school", "pipeline.policy.assign"} <= found
    assert {"pipeline.sources.prepared", "pipeline.validation.checks", "pipeline.foundation.vocabulary"} <= found
    assert not [name for name in found if name.startswith(("pipeline.report.area", "pipeline.cli", "pipeline.render"))]


@pytest.mark.parametrize(
    "more",
    [
        "import pipeline.report.area.exhibits as tables",
        "%time from pipeline.report.area import exhibits",
        "%%time\nfrom pipeline.report.area import exhibits",
        "if plain:\n    from pipeline.report.area import exhibits",
    ],
)
def test_a_module_that_a_cell_imports_is_a_part_of_the_code(code, tmp_path, more):
    cell = "from pipeline.report.school.notebook import (\n    open_school,  # reads\n    show_summary,\n)"
    (plain, _), (other, _) = (
        describe_code(code, write_notebook(tmp_path, *cells), "built-in") for cells in ([cell], [cell, more])
    )
    # the area's tables hold its list of schools worth a look, which rests on how schools are judged
    assert name_changes(plain, other) == ("how schools are judged", "how reports are written")


def test_what_a_module_beside_the_notebook_imports_is_a_part_of_the_code_and_its_packages_count(code, tmp_path):
    notebook = write_notebook(tmp_path, "import own_charts")
    (tmp_path / "own_charts.py").write_text("COLOUR = 'teal'\n", encoding="utf-8")
    before, plain = describe_code(code, notebook, "built-in")
    (tmp_path / "own_charts.py").write_text("import networkx\nfrom pipeline.report import area\n", encoding="utf-8")
    after, more = describe_code(code, notebook, "built-in")
    assert "how reports are written" in name_changes(before, after)
    part = "versions of Python and packages"
    assert "networkx" in more[part] - plain[part] and "own_charts" not in plain[part]


def test_a_page_rests_on_its_templates(code):
    found = code.trace(*LAYING_OUT, apart=("pipeline.render.quarto",))
    assert {"pipeline.render.html", "pipeline.render.pdf"} <= found.modules
    assert {Path(name).name for name in found.files} >= {"page.html.j2", "style.css", "report.typ", "conf.json"}


# Keys


def test_the_areas_key_rests_on_the_facts_of_the_schools_and_on_who_has_none():
    from types import SimpleNamespace

    digests = SimpleNamespace(edition={"indicators": "a"})
    done = [ReportOutcome(urn, str(urn), files={"facts.json": str(urn), "report.pdf": "x"}) for urn in (FIRST, SECOND)]
    statuses = [{"urn": urn, "status": "done"} for urn in (FIRST, SECOND)]
    before = key_edition({"policy": "b"}, digests, done, statuses)
    other_page = [ReportOutcome(one.urn, one.name, files={**one.files, "report.pdf": "y"}) for one in done]
    assert key_edition({"policy": "b"}, digests, reversed(other_page), statuses) == before
    failed = [done[0], ReportOutcome(SECOND, "", "its kernel died")]
    without = [statuses[0], {"urn": SECOND, "status": "failed", "reason": "its kernel died"}]
    changed = name_changes(before, key_edition({"policy": "b"}, digests, failed, without))
    assert changed == ("the schools' reports", "schools without a report")


def test_a_part_that_came_or_went_is_a_change():
    assert name_changes({"policy": "a", "gone": "b"}, {"policy": "a", "new": "c"}) == ("new", "gone")


def test_many_indicators_are_counted_and_few_are_named(tmp_path):
    def tell(keys):
        made = tmp_path / str(len(keys))
        made.mkdir()
        write_made(made, Made({f"indicator {key}": "old" for key in keys}, {}))
        key = {f"indicator {key}": "new" for key in keys}
        return judge(ReportJob(FIRST, "", tmp_path, {}, tmp_path, made, "", key=key)).reason

    assert tell(["absence", "reading"]) == "changed: indicator absence, indicator reading"
    assert tell(["a", "b", "c", "d"]) == "changed: 4 indicators"


# Reports that are no longer due


@pytest.fixture
def paths(tmp_path):
    found = Workspace(tmp_path).edition("x")
    for urn in (FIRST, SECOND):
        found.school(urn).mkdir(parents=True)
        (found.school(urn) / "report.pdf").write_text(str(urn), encoding="utf-8")
    return found


def test_a_report_no_longer_due_is_taken_out_from_among_the_others_and_comes_back(paths):
    before = hash_file(paths.school(SECOND) / "report.pdf")
    assert withdraw_reports(paths, {FIRST}) == (SECOND,)
    assert [path.name for path in (paths.reports / "schools").iterdir()] == [str(FIRST)]
    assert hash_file(paths.reports / "withdrawn" / str(SECOND) / "report.pdf") == before
    assert withdraw_reports(paths, {FIRST}) == ()
    assert withdraw_reports(paths, {FIRST, SECOND}) == ()
    assert hash_file(paths.school(SECOND) / "report.pdf") == before


def test_a_later_withdrawn_report_takes_the_place_of_an_earlier_one(paths):
    withdraw_reports(paths, {FIRST})
    paths.school(SECOND).mkdir()
    (paths.school(SECOND) / "report.pdf").write_text("later", encoding="utf-8")
    withdraw_reports(paths, {FIRST})
    assert (paths.reports / "withdrawn" / str(SECOND) / "report.pdf").read_text(encoding="utf-8") == "later"


def test_what_is_no_report_stays_where_it_is(paths):
    (paths.reports / "schools" / "notes").mkdir()
    withdraw_reports(paths, {FIRST, SECOND})
    assert (paths.reports / "schools" / "notes").is_dir()


# Statuses


def test_a_roll_that_says_the_same_is_not_written_again(paths):
    from pipeline.edition.schools import AreaSchool

    statuses = describe_statuses(
        [AreaSchool(FIRST, "Ash"), AreaSchool(SECOND, "Beech", "closed")], [ReportOutcome(FIRST, "Ash")]
    )
    assert [one["status"] for one in statuses] == ["done", "not due"]
    write_statuses(paths, statuses)
    written = (paths.reports / "schools.json").stat()
    write_statuses(paths, statuses)
    assert (paths.reports / "schools.json").stat().st_ino == written.st_ino
    assert read_statuses(paths) == statuses


def test_a_notebook_that_is_not_there_is_named_with_what_to_do(tmp_path):
    with pytest.raises(PipelineError) as refused:
        _read_notebook(tmp_path / "what_chnged.ipynb")
    assert (refused.value.where, refused.value.what) == ("notebooks/what_chnged.ipynb", "there is no such notebook")
    assert "pipeline/edition/pages.py" in refused.value.remedy
