"""Verification: nothing said where all is as it was, and each thing named that is not."""

from __future__ import annotations

import shutil

import pytest
from made_edition import DONE, FAILED, NOT_DUE, PUBLISHED, make_edition, sign, write, write_report

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import Workspace
from pipeline.render.engine import EngineChoice
from pipeline.run.record import verification as run_verification
from pipeline.run.record.verification import verify_edition

pytestmark = pytest.mark.slow


@pytest.fixture
def edition(tmp_path):
    made = make_edition(tmp_path)
    sign(made)
    return made


def verify(edition):
    """All that verification finds, as a person reads it; and its exit code."""
    found = verify_edition(Workspace(edition.paths.folder.parents[2]), edition.name)
    return [str(finding) for finding in (*found.inputs, *found.versions, *found.outputs)], found.exit_code


def test_nothing_is_found_where_nothing_changed(edition):
    assert verify(edition) == ([], 0)


def test_verifying_writes_nothing(edition):
    root = edition.paths.folder.parents[2]
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    verify(edition)
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (f"published/{PUBLISHED}", f"published file {PUBLISHED}: has changed"),
        ("local/moderation.csv", "local file local/moderation.csv: has changed"),
        ("local/terms.csv", "local file local/terms.csv: is new"),
        ("published/2023-2024/england_ks2.csv", "published file 2023-2024/england_ks2.csv: is new"),
    ],
)
def test_an_input_that_changed_is_named(edition, name, said):
    write(edition.paths.folder / name, "urn,category,reason,person,date\n")
    (found,), code = verify(edition)
    assert found.startswith(said) and code == 5


def test_a_changed_description_is_named(edition):
    with edition.paths.description.open("a") as stream:
        stream.write("# a remark\n")
    assert verify(edition) == (["the edition's description edition.yaml: has changed since the reports were made"], 5)


def test_a_published_file_that_is_gone_is_named_wherever_it_lay(tmp_path):
    write(tmp_path / "downloads/2024-2025/england_abs.csv", "URN\n")
    made = make_edition(tmp_path)
    text = made.paths.description.read_text()
    listed = "published:\n  - path: ../../../downloads/2024-2025/england_abs.csv\n"
    write(made.paths.description, text.replace("published: []", listed))
    made = run_verification.load_edition(Workspace(tmp_path), "county")
    sign(made)
    assert verify(made) == ([], 0)
    (tmp_path / "downloads/2024-2025/england_abs.csv").unlink()
    assert verify(made) == (["published file 2024-2025/england_abs.csv: is no longer there"], 5)
    (made.paths.published / PUBLISHED).unlink()
    assert f"published file {PUBLISHED}: is no longer there" in verify(made)[0]


def test_one_changed_byte_of_a_report_is_named(edition):
    page = edition.paths.school(DONE) / "report.html"
    page.write_bytes(page.read_bytes().replace(b"A report", b"A rePort"))
    assert verify(edition) == ([f"schools/{DONE}/report.html: has changed since it was made"], 5)


def test_a_missing_file_and_a_missing_report_are_named(edition):
    (edition.paths.reports / "index.html").unlink()
    (edition.paths.area / "facts.json").unlink()
    shutil.rmtree(edition.paths.school(DONE))
    found, code = verify(edition)
    assert found == [
        f"schools/{DONE}/: the whole folder is missing (3 files)",
        "area/facts.json: is missing",
        "index.html: is missing",
    ]
    assert code == 5


@pytest.mark.parametrize(
    "name", [f"schools/{DONE}/report (copy).html", f"schools/{DONE}/old/report.html", "schools/list.csv", "area/a.pdf"]
)
def test_a_file_that_no_run_made_is_named(edition, name):
    write(edition.paths.reports / name, "x")
    (found,), code = verify(edition)
    assert found.startswith(f"{name}: is no file of this run") and code == 5


def test_a_link_to_somewhere_else_is_a_stranger(edition, tmp_path):
    (edition.paths.reports / "schools" / "900077").symlink_to(tmp_path, target_is_directory=True)
    (found,), _ = verify(edition)
    assert found.startswith("schools/900077: is no file of this run")


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        (str(FAILED), "in this one the report failed; do not send it"),
        (str(NOT_DUE), "no report is due now (closed on 31 August 2024)"),
        ("900099", "is of no report of this run"),
        (".making-900001-x", "a run that is under way or was cut off"),
    ],
)
def test_a_report_that_is_not_of_this_run_is_named_once_and_explained(edition, folder, said):
    write_report(edition.paths.reports / "schools" / folder)
    (found,), code = verify(edition)
    assert found.startswith(f"schools/{folder}/: ") and said in found and code == 5


def test_logs_previews_and_failed_notebooks_are_nobodys_concern(edition):
    for name in ("logs/a.jsonl", "preview/900001/report.html", "failed/900003.ipynb", ".lock"):
        write(edition.paths.reports / name, "x")
    assert verify(edition) == ([], 0)


def test_another_version_of_a_package_is_named_with_both(edition, monkeypatch):
    now = run_verification.list_versions()
    monkeypatch.setattr(run_verification, "list_versions", lambda: now | {"numpy": "1.0", "newer": "2"})
    found, code = verify(edition)
    assert found == [
        "newer: is 2 here, was absent when the reports were made",
        f"numpy: is 1.0 here, was {now['numpy']} when the reports were made",
    ]
    assert code == 5


@pytest.fixture
def by_quarto(edition):
    """The edition's reports as Quarto 1.9.2 rendered them, by settings of its own."""
    write(edition.paths.quarto / "_quarto.yml", "project: {}\n")
    sign(edition, engine=EngineChoice("quarto", "1.9.2", edition.paths.quarto))
    return edition


@pytest.mark.parametrize(
    ("here", "said"),
    [
        ("1.9.2", []),
        ("1.10.0", ["quarto: is 1.10.0 here, was 1.9.2 when the reports were made"]),
        ("", ["quarto: is absent here, was 1.9.2 when the reports were made"]),
    ],
)
def test_another_quarto_than_the_one_that_rendered_is_named(by_quarto, monkeypatch, here, said):
    monkeypatch.setattr(run_verification, "find_quarto_version", lambda: here)
    assert verify(by_quarto) == (said, 5 if said else 0)


def test_a_changed_quarto_setting_is_named(by_quarto, monkeypatch):
    monkeypatch.setattr(run_verification, "find_quarto_version", lambda: "1.9.2")
    write(by_quarto.paths.quarto / "_quarto.yml", "project: {type: website}\n")
    assert verify(by_quarto) == (["Quarto setting _quarto.yml: has changed since the reports were made"], 5)


def test_a_quarto_that_rendered_nothing_is_nobodys_concern(edition, monkeypatch):
    monkeypatch.setattr(run_verification, "find_quarto_version", None)  # it is not even looked for
    write(edition.paths.quarto / "_quarto.yml", "project: {}\n")
    assert verify(edition) == ([], 0)


def test_what_never_ran_is_told_as_such(tmp_path):
    made = make_edition(tmp_path)
    with pytest.raises(PipelineError, match="no manifest yet"):
        verify(made)
