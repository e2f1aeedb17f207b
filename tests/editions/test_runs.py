"""Whole runs through the real engine: a notebook per school, pages, PDFs, the index; failures and repetition."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from pipeline.foundation.paths import find_project
from pipeline.render.checks import check_html, check_pdf

pytestmark = pytest.mark.kernel

PRIMARY, WEAK, SECONDARY = 900001, 900003, 900013  # the first and last are those of ``made_sample``


def read_outputs(folder):
    """Every file of a run that must not differ between two: name → bytes."""
    kinds = {".html", ".pdf", ".json", ".ipynb"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in kinds
    }


def test_a_run_makes_everything_and_the_same_bytes_in_any_folder_and_by_jupyters_own_kernels(
    desk, made_sample, tmp_path, monkeypatch
):
    """What was prepared is brought along: ``test_reproduction.py`` prepares in another place."""
    desk.root = tmp_path / "in another place"
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(desk.root))
    shutil.copytree(made_sample, desk.root)
    first, second = desk.root / "reports" / "sample", made_sample / "reports" / "sample"
    for path in first.iterdir():
        if path.name != "data-docs":  # without them all is prepared again
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    code, said = desk.say("reports", "sample", "--kernels", "warm")
    assert code == 0, said
    for urn in (PRIMARY, SECONDARY):
        folder = first / "schools" / str(urn)
        assert check_html((folder / "report.html").read_text(encoding="utf-8")) == []
        assert check_pdf((folder / "report.pdf").read_bytes(), urn=urn) == []
        assert json.loads((folder / "facts.json").read_text())["school"]["urn"] == urn
    assert check_html((first / "area" / "report.html").read_text(encoding="utf-8")) == []
    assert check_html((first / "index.html").read_text(encoding="utf-8")) == []
    assert "done" in said and "index.html" in said
    one, other = read_outputs(first), read_outputs(second)
    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []
    manifest = json.loads(one["manifest.json"])
    assert f"schools/{PRIMARY}/report.pdf" in manifest["outputs"]
    assert str(first.parents[1]) not in "".join(content.decode("utf-8", "replace") for content in one.values())


#: What tables, statistics, notebooks, pages, pictures and PDFs are made with: a second's imports, or several.
MAKING = (
    *("altair", "great_expectations", "IPython", "jinja2", "jupyter_client", "lxml", "matplotlib", "nbconvert"),
    *("nbformat", "pandas", "papermill", "pyarrow", "scipy", "typst"),
)
_TELLING = """
import sys
from pipeline.cli.verbs import main
try:
    main()
finally:
    print("loaded:", *sorted(set(sys.modules).intersection(%r)), file=sys.__stdout__)
"""


def say_apart(*words):
    """Run a verb in a process of its own: its exit code, what it printed, and which of MAKING it had loaded."""
    command = [sys.executable, "-c", _TELLING % (MAKING,), *words]
    done = subprocess.run(command, cwd=find_project(), capture_output=True, text=True, check=False)
    said, _, loaded = done.stdout.rpartition("loaded:")
    return done.returncode, said + done.stderr, loaded.split()


def note_files(folder):
    """Every file of a run with its content and when it was written; the manifest is written by every run."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json" and "logs" not in path.relative_to(folder).parts
    }


def test_a_second_run_makes_nothing_and_a_changed_template_pages_alone(desk, made_sample, tmp_path, monkeypatch):
    from pipeline.run.making import notebooks
    from pipeline.run.stamps import code

    shutil.copytree(made_sample, desk.root, dirs_exist_ok=True)
    folder = desk.root / "reports" / "sample"
    before, manifest = note_files(folder), (folder / "manifest.json").read_bytes()

    exit_code, said, loaded = say_apart("reports", "sample")
    assert exit_code == 0 and re.search(r"unchanged +2", said) and loaded == []
    assert note_files(folder) == before
    assert (folder / "manifest.json").read_bytes() == manifest

    shutil.copytree(find_project() / "pipeline", tmp_path / "changed" / "pipeline")
    style = tmp_path / "changed" / "pipeline" / "render" / "templates" / "style.css"
    style.write_text(style.read_text(encoding="utf-8") + "/* another colour */\n", encoding="utf-8")
    shutil.copytree(find_project() / "expectations", tmp_path / "changed" / "expectations")
    monkeypatch.setattr(code, "find_project", lambda: tmp_path / "changed")
    monkeypatch.setattr(notebooks, "execute_notebook", None)  # no notebook is run
    exit_code, said = desk.say("reports", "sample", "--executor", "serial")
    assert exit_code == 0 and re.search(r"done +2", said)
    assert "To make: 2 schools, changed: how pages are laid out" in said
    after = note_files(folder)
    kept = {name for name in before if after[name][0] == before[name][0]}
    assert {f"schools/{PRIMARY}/{name}" for name in ("notebook.ipynb", "facts.json")} <= kept
    assert sorted(before.keys() - kept) == sorted(name for name in before if name.endswith("made.json"))


@pytest.fixture
def notebook_that_fails(monkeypatch, tmp_path):
    """The project's notebook with a cell of an analyst that stops for one school."""
    project = tmp_path / "project"
    shutil.copytree(find_project() / "notebooks", project / "notebooks")
    path = project / "notebooks" / "school_report.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = nbformat.v4.new_code_cell(
        f'# an analyst\'s own cell\nif urn == {SECONDARY}:\n    raise ValueError("no such column: PTRWM")', id="own"
    )
    notebook.cells.insert(len(notebook.cells) - 1, cell)
    nbformat.write(notebook, path)
    return path


def test_one_schools_failure_is_told_with_its_cell_and_the_others_finish(
    desk, made_sample, area_alone, notebook_that_fails, monkeypatch
):
    from pipeline.run.due import plan

    shutil.copytree(made_sample, desk.root, dirs_exist_ok=True)
    shutil.rmtree(desk.root / "reports" / "sample" / "schools")
    usual = plan.describe_job

    def describe_job(*asked):
        from dataclasses import replace

        return replace(usual(*asked), notebook=notebook_that_fails)

    monkeypatch.setattr(plan, "describe_job", describe_job)
    code, said = desk.say("reports", "sample")
    assert code == 5
    assert "ValueError: no such column: PTRWM" in said
    assert "school_report.ipynb, cell" in said and f"if urn == {SECONDARY}:" in said
    assert f"python -m pipeline reports sample --urn {SECONDARY}" in said
    folder = desk.root / "reports" / "sample"
    assert sorted(path.name for path in (folder / "schools").iterdir()) == [str(PRIMARY)]
    assert (folder / "failed" / f"{SECONDARY}.ipynb").is_file()
    statuses = {one["urn"]: one["status"] for one in json.loads((folder / "schools.json").read_text())}
    assert statuses == {PRIMARY: "done", SECONDARY: "failed"}
    assert "no such column: PTRWM" in (folder / "index.html").read_text(encoding="utf-8")


@pytest.fixture
def read_desk(desk, prepared_sample):
    """A desk whose whole sample is prepared."""
    shutil.copytree(prepared_sample, desk.root, dirs_exist_ok=True)
    return desk


def test_a_school_that_is_not_due_or_not_there_is_refused_with_the_reason(read_desk):
    code, said = read_desk.say("reports", "sample", "--urn", "900021")
    assert code == 1 and "URN 900021 is not due a report: closed on 31 August 2024" in said
    code, said = read_desk.say("reports", "sample", "--urn", "123456")
    assert code == 1 and "not a school of the edition sample: 123456" in said


def test_a_school_that_gets_no_report_is_explained_with_the_reason(read_desk):
    code, said = read_desk.say("explain", "900021", "--edition", "sample")
    assert code == 0
    assert "No report is made of it: closed on 31 August 2024." in said


def test_a_category_is_explained_without_running_a_notebook(read_desk):
    code, said = read_desk.say("explain", str(WEAK), "--edition", "sample")
    assert code == 0
    assert "HOLDS, and decides" in said and f"URN {WEAK}, 2024/25" in said
