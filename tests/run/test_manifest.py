"""The manifest names all that went in and all that came out, and nothing that differs from run to run."""

from __future__ import annotations

import json
import platform

import pytest
from made_edition import DONE, FAILED, NOT_DUE, PUBLISHED, make_edition, sign, write

from pipeline.foundation.errors import Fault, PipelineError
from pipeline.foundation.paths import Workspace, find_project
from pipeline.render.engine import EngineChoice
from pipeline.run.record import manifest as run_manifest
from pipeline.run.record.manifest import MANIFEST, hash_inputs, read_manifest
from pipeline.run.stamps.made import hash_file


@pytest.fixture
def edition(tmp_path):
    return make_edition(tmp_path)


def read_text(edition):
    return (edition.paths.reports / MANIFEST).read_text(encoding="utf-8")


@pytest.mark.slow
def test_every_file_that_a_run_makes_is_an_output_with_its_hash(edition):
    sign(edition)
    left_out = {MANIFEST}
    reports = edition.paths.reports
    made = {path.relative_to(reports).as_posix() for path in reports.rglob("*") if path.is_file()} - left_out
    outputs = read_manifest(edition.paths).outputs
    assert set(outputs) == made
    assert outputs["index.html"] == hash_file(reports / "index.html")


@pytest.mark.slow
def test_logs_previews_and_failed_notebooks_are_no_outputs(edition):
    for name in ("logs/20251120T101530.000001Z.jsonl", "preview/900001/report.html", "failed/900003.ipynb", ".lock"):
        write(edition.paths.reports / name, "x")
    sign(edition)
    tops = {name.split("/")[0] for name in read_manifest(edition.paths).outputs}
    assert tops == {"schools", "area", "how-far-to-trust", "data-docs", "index.html", "schools.json"}


@pytest.mark.slow
def test_every_kind_of_input_is_named(edition):
    sign(edition)
    inputs = read_manifest(edition.paths).inputs
    assert set(inputs["published"]) == {PUBLISHED}
    assert "local/moderation.csv" in inputs["local"]
    assert set(inputs["edition"]) == {"edition.yaml"}
    assert set(inputs["policy"]) == {"policies/worcestershire.yaml"}
    assert "notebooks/school_report.ipynb" in inputs["notebooks"]
    assert "expectations/ks2.json" in inputs["suites"]
    assert "pipeline/analysis/indicators/ks2_rwm_expected.yaml" in inputs["indicators"]
    assert "pipeline/render/templates/style.css" in inputs["templates"]
    assert "pipeline/report/templates/exhibits.html.j2" in inputs["templates"]
    assert inputs["lock"] == {"requirements.lock": hash_file(find_project() / "requirements.lock")}
    assert {"pipeline", "pipeline/analysis", "pipeline/run", "pipeline/sources"} <= set(inputs["code"])


@pytest.mark.slow
def test_python_and_every_installed_package_of_the_lock_have_their_version(edition):
    sign(edition)
    versions = read_manifest(edition.paths).versions
    assert versions["python"] == platform.python_version()
    assert {"numpy", "pandas", "matplotlib", "typst", "great-expectations"} <= set(versions)
    assert "ruff" not in versions


@pytest.mark.slow
def test_the_engine_is_named_and_quartos_version_only_where_it_rendered(edition):
    sign(edition)
    manifest = read_manifest(edition.paths)
    assert manifest.engine == "built-in" and "quarto" not in manifest.versions and "quarto" not in manifest.inputs

    write(edition.paths.quarto / "_quarto.yml", "project: {}\n")
    sign(edition, engine=EngineChoice("quarto", "1.9.2", edition.paths.quarto, word=True))
    manifest = read_manifest(edition.paths)
    assert (manifest.engine, manifest.edition["word"], manifest.versions["quarto"]) == ("quarto", True, "1.9.2")
    assert manifest.inputs["quarto"] == {"_quarto.yml": hash_file(edition.paths.quarto / "_quarto.yml")}


@pytest.mark.slow
def test_a_manifest_that_names_no_engine_is_of_the_built_in_one(edition):
    sign(edition)
    path = edition.paths.reports / MANIFEST
    content = json.loads(path.read_text())
    del content["edition"]["engine"]
    write(path, json.dumps(content))
    assert read_manifest(edition.paths).engine == "built-in"


@pytest.mark.slow
def test_a_word_document_is_an_output(edition):
    write(edition.paths.school(DONE) / "report.docx", "in Word")
    sign(edition)
    assert f"schools/{DONE}/report.docx" in read_manifest(edition.paths).outputs


@pytest.mark.slow
def test_schools_without_a_report_stand_there_by_urn_with_the_reason_and_no_name(edition):
    sign(edition)
    manifest = read_manifest(edition.paths)
    assert manifest.failed == {str(FAILED): "school_report.ipynb, cell 4 (study): the check failed"}
    assert manifest.not_due == {str(NOT_DUE): "closed on 31 August 2024"}
    assert "School 9" not in read_text(edition)


@pytest.mark.slow
def test_the_parameters_are_those_of_each_report_and_of_the_policy_asked_for(edition):
    sign(edition, policy="example-three")
    manifest = read_manifest(edition.paths)
    assert manifest.parameters[f"schools/{DONE}"] == {"urn": DONE, "edition": "county", "policy": "example-three"}
    assert manifest.parameters["area"] == {"edition": "county", "policy": "example-three"}
    assert set(manifest.inputs["policy"]) == {"policies/example-three.yaml"}


@pytest.mark.slow
def test_a_file_left_out_is_named_without_what_stood_in_it(edition):
    sign(edition, faults=[Fault("2024-2025/bad.csv", 3, "PTRWM_EXP", "the value 104.17 is impossible", "Mend it.")])
    assert read_manifest(edition.paths).left_out == ["2024-2025/bad.csv"]
    assert "104.17" not in read_text(edition)


@pytest.mark.slow
def test_the_same_edition_elsewhere_has_the_same_manifest(tmp_path):
    for place in ("here", "somewhere else"):
        sign(make_edition(tmp_path / place))
    here, there = (
        (tmp_path / place / "reports/county" / MANIFEST).read_bytes() for place in ("here", "somewhere else")
    )
    assert here == there
    assert str(tmp_path).encode() not in here


@pytest.mark.slow
def test_a_published_file_has_the_hash_it_had_when_it_was_read(edition):
    read = hash_file(edition.paths.published / PUBLISHED)
    sign(edition)
    stamp = edition.paths.prepared / run_manifest.STAMP
    write(edition.paths.published / PUBLISHED, "changed while the run went on\n")
    assert json.loads(stamp.read_text())["inputs"][PUBLISHED] == read
    assert read_manifest(edition.paths).inputs["published"][PUBLISHED] == read


@pytest.mark.slow
def test_a_policy_of_the_editions_own_and_last_years_facts_are_inputs(tmp_path):
    write(
        tmp_path / "data/editions/before/edition.yaml", "title: B\narea: {authority: 998}\nyear: 2023/24\npolicy: x\n"
    )
    write(tmp_path / "reports/before/schools/900001/facts.json", "{}\n")
    edition = make_edition(tmp_path, previous="before")
    write(edition.paths.folder / "ours.yaml", "key: ours\n")
    inputs = hash_inputs(edition, "ours.yaml")
    assert inputs["previous"] == {
        "before/schools/900001/facts.json": hash_file(tmp_path / "reports/before/schools/900001/facts.json")
    }
    assert set(inputs["policy"]) == {"county/ours.yaml"}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of a few files, to change."""
    project = tmp_path / "project"
    for name in (
        "pipeline/run/making/schools.py",
        "pipeline/run/tables.yaml",
        "pipeline/cli/verbs.py",
        "requirements.lock",
    ):
        write(project / name, "x\n")
    write(project / "pipeline/render/templates/page.html.j2", "x\n")
    write(project / "notebooks/own.py", "x\n")
    monkeypatch.setattr(run_manifest, "find_project", lambda: project)
    monkeypatch.setattr(run_manifest, "find_policy_file", lambda edition, policy: ("p", project / "p"))
    return project


@pytest.mark.parametrize(
    ("changed", "kind", "name"),
    [
        ("pipeline/run/making/schools.py", "code", "pipeline/run"),
        ("pipeline/run/tables.yaml", "code", "pipeline/run"),
        ("pipeline/render/templates/page.html.j2", "templates", "pipeline/render/templates/page.html.j2"),
        ("notebooks/own.py", "notebooks", "notebooks/own.py"),
        ("requirements.lock", "lock", "requirements.lock"),
    ],
)
def test_a_change_in_the_project_changes_one_hash(edition, project, changed, kind, name):
    before = hash_inputs(edition, "p")
    write(project / changed, "y\n")
    after = hash_inputs(edition, "p")
    differing = [(one, key) for one in before for key in before[one] if before[one][key] != after[one][key]]
    assert differing == [(kind, name)]


def test_what_shapes_no_report_changes_no_hash(edition, project):
    before = hash_inputs(edition, "p")
    write(project / "pipeline/cli/verbs.py", "y\n")
    write(project / "pipeline/run/__pycache__/schools.pyc", "y\n")
    write(project / "notebooks/.ipynb_checkpoints/own.ipynb", "y\n")
    assert hash_inputs(edition, "p") == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no manifest yet"),
        ("{", "cannot be read"),
        ('{"edition": {}}', "another version"),
        ('{"schema": 1}', "whole"),
    ],
)
def test_a_manifest_that_is_of_no_use_is_told_with_what_to_do(tmp_path, content, said):
    paths = Workspace(tmp_path).edition("county")
    if content is not None:
        write(paths.reports / MANIFEST, content)
    with pytest.raises(PipelineError, match=said) as raised:
        read_manifest(paths)
    assert "python -m pipeline reports county" in str(raised.value)
