"""What is planned: only reports that do not hold any more, each with its reason, and nothing twice."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from pipeline.analysis import indicators
from pipeline.cli.printing import say_plan
from pipeline.edition.editions import load_edition, read_policy_of
from pipeline.foundation.paths import Workspace, find_project
from pipeline.render.engine import EngineChoice
from pipeline.run.due import digests, keys, plan
from pipeline.run.due.plan import SCHOOLS_FIRST, Planner
from pipeline.run.preparing import preparation
from pipeline.run.record.statuses import describe_statuses, write_statuses
from pipeline.run.rendering import BUILT_IN
from pipeline.run.stamps import code
from pipeline.run.stamps.made import MADE, Made, hash_file, write_made

pytestmark = pytest.mark.kernel  # the sample is read and checked by Great Expectations

PRIMARY, OTHER_PRIMARY, SECONDARY, SPECIAL = 900001, 900003, 900013, 900017
FILES = ("facts.json", "notebook.ipynb", "report.html", "report.pdf")


class Desk:
    """An analyst's copy of the sample and of the project, whose reports are stand-ins with true keys."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace(root)
        self.project = root / "project"
        self.paths = self.workspace.edition("sample")

    def open(self, policy: str | None = None, engine: EngineChoice = BUILT_IN) -> Planner:
        edition = load_edition(self.workspace, "sample")
        return Planner(self.workspace, preparation.prepare(edition), read_policy_of(edition, policy), policy, engine)

    def plan(self, *urns: int, engine: EngineChoice = BUILT_IN, **asked) -> plan.Plan:
        return self.open(engine=engine).plan(urns, **asked)

    def make(self, engine: EngineChoice = BUILT_IN) -> None:
        """Put a stand-in with its key in every place where a report belongs."""
        planner = self.open(engine=engine)
        kept = [put_stand_in(planned) for planned in planner.plan().asked]
        statuses = describe_statuses(planner.digests.area, kept)
        write_statuses(self.paths, statuses)
        for planned in planner.plan_once(kept, statuses):
            put_stand_in(planned)

    def tell_reasons(self, **asked) -> dict[int, str]:
        """Why each school's report is to be made, by URN; only those that are."""
        return {planned.job.urn: planned.reason for planned in self.plan(**asked).to_make}

    def change(self, name: str, old: str, new: str) -> None:
        """Change a file of the edition or of the project, once."""
        path = next(place / name for place in (self.paths.folder, self.project) if (place / name).is_file())
        text = path.read_bytes().decode("latin-1")  # byte for byte, whatever the file is written in
        assert old in text
        path.unlink()  # it may be the one file of all desks
        path.write_bytes(text.replace(old, new, 1).encode("latin-1"))


def put_stand_in(planned):
    folder = planned.job.into
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (folder / name).write_text(f"{name} of {planned.job.urn}", encoding="utf-8")
    made = Made(planned.job.key, {name: hash_file(folder / name) for name in FILES})
    write_made(folder, made)
    return plan.PlannedReport(planned.job, "", made).kept


@pytest.fixture(scope="module")
def made(prepared_sample, tmp_path_factory):
    """The sample, prepared and with all its reports, and the parts of the project that reports rest on."""
    root = tmp_path_factory.mktemp("made")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(prepared_sample, root, dirs_exist_ok=True)
    for older in ("2022-2023", "2023-2024"):  # what is read again at each change
        shutil.rmtree(root / "data/editions/sample/published" / older)
    for name in ("pipeline", "notebooks", "expectations"):
        shutil.copytree(find_project() / name, root / "project" / name, ignore=ignored)
    shutil.copy(find_project() / "pipeline/policy/policies/worcestershire.yaml", root / "data/editions/sample")
    with pytest.MonkeyPatch.context() as monkeypatch:
        move_project(monkeypatch, root / "project")
        desk = Desk(root)
        desk.change("edition.yaml", "policy: worcestershire", "policy: worcestershire.yaml")
        desk.make()
    return root


@pytest.fixture
def desk(made, no_data_docs, tmp_path, monkeypatch):
    shutil.copytree(made, tmp_path / "desk", copy_function=lend)
    move_project(monkeypatch, tmp_path / "desk" / "project")
    return Desk(tmp_path / "desk")


def lend(source: str, target: str) -> None:
    """Give a desk a file: of its own where a test or a run writes into it, else the one file that all desks have."""
    if {"pipeline", "published", "data-docs"} & set(Path(source).parts):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def move_project(monkeypatch, project: Path) -> None:
    """Let reports rest on the project in this folder."""
    for module in (code, keys, plan):
        monkeypatch.setattr(module, "find_project", lambda: project)
    monkeypatch.setattr(indicators, "FOLDER", project / "pipeline/analysis/indicators")
    indicators._load.cache_clear()


def find_row(path: Path, urn: int | str) -> str:
    """The row of a school in a published file, as it is written."""
    return next(line for line in path.read_bytes().decode("latin-1").splitlines(keepends=True) if f",{urn}," in line)


# What changes what


def test_nothing_is_made_twice(desk, capsys):
    planned = desk.plan()
    assert (len(planned.to_make), len(planned.unchanged), len(planned.not_due)) == (0, 39, 5)
    assert [one.reason for one in planned.once] == ["", ""]
    say_plan(planned)
    said = capsys.readouterr().out
    assert re.search(r"unchanged +39", said) and "The area report: unchanged" in said


def test_a_schools_own_figure_is_its_own_reason_and_no_others(desk):
    name = "published/2024-2025/england_ks2final.csv"
    row = find_row(desk.paths.folder / name, OTHER_PRIMARY)
    desk.change(name, row, row.replace(",35%,", ",38%,", 1))
    reasons = desk.tell_reasons()
    assert "own figures" in reasons.pop(OTHER_PRIMARY)
    # one figure moves what schools like it achieve, and the estimate of how far schools differ
    alike, apart = "similar schools", "how far schools differ"
    assert set(reasons.values()) <= {f"changed: {alike}", f"changed: {apart}", f"changed: {alike}, {apart}"}


def test_a_subject_and_an_inspection_concern_their_school_and_englands_subjects_all_who_have_some(desk):
    name = "published/2024-2025/202425_subject_school_all_exam_entriesgrades_final.csv"
    row = find_row(desk.paths.folder / name, SECONDARY)
    desk.change(name, row, row.replace("English Language,FK2B", "Welsh,FK2B"))
    for inspected, urn in (("ofsted_31Aug2025.csv", f"{PRIMARY}.0"), ("ofsted_30Nov2025.csv", PRIMARY)):
        own = find_row(desk.paths.published / "ofsted" / inspected, urn)
        desk.change(f"published/ofsted/{inspected}", own, own.replace("14/06/2023", "15/06/2023"))
    desk.change(name, "National,E92000001,England,,,,,,,Final", "National,E92000001,England,,,,,,,Revised")
    reasons = desk.tell_reasons()
    assert reasons.pop(PRIMARY) == "changed: inspections"
    assert reasons.pop(SECONDARY) == "changed: own figures, figures compared with"
    assert set(reasons.values()) == {"changed: figures compared with"}


def test_a_local_row_concerns_its_school_alone(desk):
    path = desk.paths.local / "soft_intelligence.csv"
    header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    row = {"urn": str(PRIMARY), "date": "2025-09-12", "kind": "staffing", "source": "Adviser", "note": "Settled."}
    with path.open("a", encoding="utf-8") as stream:
        stream.write(",".join(row[name] for name in header) + "\n")
    assert desk.tell_reasons() == {PRIMARY: "changed: local evidence"}


def test_an_indicator_concerns_the_schools_that_may_have_it(desk):
    desk.change("pipeline/analysis/indicators/ks4_attainment8.yaml", "minimum_years: 1", "minimum_years: 3")
    reasons = desk.tell_reasons()
    assert set(reasons.values()) == {"changed: indicator ks4_attainment8"}
    assert SECONDARY in reasons and not reasons.keys() & {PRIMARY, OTHER_PRIMARY}


def test_the_editions_title_concerns_every_school(desk):
    desk.change("edition.yaml", "title: ", "title: A ")
    changed = "changed: the edition's title, date, area, organisation, colour, contact or next steps"
    assert set(desk.tell_reasons().values()) == {changed}
    desk.change("edition.yaml", "title: A ", "title: ")
    assert desk.tell_reasons() == {}


def test_the_policy_concerns_every_school_by_what_it_says_and_not_by_how_it_is_written(desk):
    desk.change("worcestershire.yaml", "# The county's policy", "# Our own policy")
    assert desk.tell_reasons() == {}
    desk.change("worcestershire.yaml", "the figures call for no visit", "the figures ask for no visit")
    reasons = desk.tell_reasons()
    assert len(reasons) == 39 and set(reasons.values()) == {"changed: policy"}


def test_a_sentence_of_the_notebook_concerns_every_school_and_no_area(desk):
    desk.change("notebooks/school_report.ipynb", "in which it could fairly lie", "in which it might fairly lie")
    planned = desk.plan()
    assert planned.count_reasons() == [("changed: notebook", 39)]
    assert [one.reason for one in planned.once] == [SCHOOLS_FIRST] * 2


def test_what_a_notebook_was_run_to_before_is_no_part_of_it(desk):
    path = desk.project / "notebooks/school_report.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", text="ran")]
    notebook.cells[0].execution_count = 7
    nbformat.write(notebook, path)
    assert desk.tell_reasons() == {}


def test_a_module_beside_the_notebook_and_one_that_a_cell_imports_are_parts_of_it(desk):
    (desk.project / "notebooks/own_charts.py").write_text("COLOUR = 'teal'\n", encoding="utf-8")
    assert set(desk.tell_reasons().values()) == {"changed: files beside the notebook"}
    (desk.project / "notebooks/own_charts.py").unlink()
    desk.change("pipeline/report/school/tables.py", '"""', '"""Now: ')
    assert set(desk.tell_reasons().values()) == {"changed: how reports are written"}


def test_the_areas_own_code_is_no_reason_to_make_a_schools_report(desk):
    desk.change("pipeline/report/area/exhibits.py", '"""', '"""Now: ')
    planned = desk.plan()
    assert not planned.to_make
    assert [one.reason for one in planned.once] == ["changed: how reports are written"] * 2


def test_a_template_needs_only_page_and_pdf(desk, capsys):
    desk.change("pipeline/render/templates/style.css", "{", "{ ")
    planned = desk.plan()
    assert planned.count_reasons() == [("changed: how pages are laid out", 39)]
    assert all(one.job.render_only for one in (*planned.to_make, *planned.once))
    say_plan(planned)
    assert f"{PRIMARY}  Larkstead Primary School: changed: how pages are laid out (page and PDF only)" in (
        capsys.readouterr().out
    )


# What is there


def test_a_report_that_was_tampered_with_or_is_not_whole_is_made_again(desk):
    (desk.paths.school(PRIMARY) / "report.pdf").write_bytes(b"%PDF of another school")
    (desk.paths.school(OTHER_PRIMARY) / "notebook.ipynb").unlink()
    (desk.paths.school(SECONDARY) / MADE).unlink()
    shutil.rmtree(desk.paths.school(SPECIAL))
    planned = {one.job.urn: one for one in desk.plan().to_make}
    assert {urn: one.reason for urn, one in planned.items()} == {
        PRIMARY: "report.pdf was changed",
        OTHER_PRIMARY: "notebook.ipynb is gone",
        SECONDARY: "nothing says what it was made from",
        SPECIAL: "no report yet",
    }
    assert [urn for urn, one in planned.items() if one.job.render_only] == [PRIMARY]


def test_a_touched_file_of_the_same_content_changes_nothing(desk):
    for path in (*desk.paths.published.rglob("*.csv"), desk.paths.description):
        os.utime(path)
    os.utime(desk.paths.school(PRIMARY) / "report.pdf")
    assert desk.tell_reasons() == {}


def test_a_school_that_failed_is_due_again(desk):
    planner = desk.open()
    kept = [planned.kept for planned in planner.plan().asked]
    failed = [plan.ReportOutcome(one.urn, one.name, "its kernel died" if one.urn == PRIMARY else "") for one in kept]
    write_statuses(desk.paths, describe_statuses(planner.digests.area, failed))
    assert desk.tell_reasons() == {PRIMARY: "failed last time"}


def test_named_schools_are_made_only_if_due_or_asked_for_again(desk):
    planned = desk.plan(PRIMARY)
    assert [one.job.urn for one in planned.unchanged] == [PRIMARY] and len(planned.left) == 38 and not planned.once
    again = desk.plan(PRIMARY, again=True)
    assert [(one.job.urn, one.reason) for one in again.to_make] == [(PRIMARY, "asked for again")]
    assert all(not one.reason for one in again.left)


def test_another_engine_version_or_setting_renders_again_and_the_same_makes_nothing(desk):
    settings = desk.paths.quarto
    (settings / "_extensions").mkdir(parents=True)
    (settings / "_quarto.yml").write_text("project: {}\n", encoding="utf-8")
    quarto = EngineChoice("quarto", "1.9.2", settings)
    switched = desk.plan(engine=quarto)
    assert {one.reason for one in switched.to_make} == {"changed: rendering engine, how pages are laid out"}
    assert len(switched.to_make) == 39 and all(one.job.render_only for one in (*switched.to_make, *switched.once))
    assert all(one.job.engine == quarto for one in (*switched.to_make, *switched.once))

    desk.make(quarto)
    assert not desk.tell_reasons(engine=quarto)
    assert not any(one.reason for one in desk.plan(engine=quarto).once)
    (settings / "_extensions" / "crest.lua").write_text("return {}\n", encoding="utf-8")
    for changed in (quarto, replace(quarto, version="1.9.3", settings=None), replace(quarto, word=True)):
        planned = desk.plan(PRIMARY, engine=changed).to_make
        assert [(one.reason, one.job.render_only) for one in planned] == [("changed: rendering engine", True)]


def test_digests_are_read_when_nothing_changed_and_the_same_wherever_they_are_made(desk, monkeypatch):
    kept = (desk.paths.prepared / digests.FILE).read_bytes()
    (desk.paths.prepared / digests.FILE).unlink()
    desk.open()
    assert (desk.paths.prepared / digests.FILE).read_bytes() == kept
    for content in (b"{", kept.replace(b'"schools"', b'"others"')):
        (desk.paths.prepared / digests.FILE).write_bytes(content)
        desk.open()
        assert (desk.paths.prepared / digests.FILE).read_bytes() == kept
    monkeypatch.setattr(digests, "digest_tables", None)
    desk.open()
