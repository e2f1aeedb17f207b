"""A run of one school's edition, verified and made again: the same bytes, and every change named."""

from __future__ import annotations

import json
import re
import shutil

import nbformat
import pytest

from pipeline.foundation.paths import find_project

pytestmark = pytest.mark.kernel

ACADEMY = 900501
READ = ("2024-2025/england_ks4final.csv", "2024-2025/england_census.csv", "gias/edubasealldata20251001.csv")


@pytest.fixture
def reports(desk, third_page):
    """The reports of an edition about one school of the trust, from the fewest files, and its pages: one is new."""
    folder = desk.copy_edition("sample-trust")
    for stem in ("people", "support_log"):  # they tell of schools that are not in it
        (folder / f"local/{stem}.csv").unlink()
    for path in (folder / "published").rglob("*.csv"):
        if path.relative_to(folder / "published").as_posix() not in READ:
            path.unlink()
    text = f"title: Larkmere\narea: {{schools: [{ACADEMY}]}}\nyear: 2024/25\npolicy: two-counties\n"
    text += "organisation: The Larkmere Schools Trust\n"
    (folder / "edition.yaml").write_text(text, encoding="utf-8")
    code, said = desk.say("reports", "sample-trust")
    assert code == 0, said
    return desk.root / "reports" / "sample-trust"


def test_an_edition_is_verified_and_made_again(desk, reports, tmp_path, monkeypatch):
    assert desk.say("verify", "sample-trust")[0] == 0

    stray = reports / "schools" / "900502" / "report.pdf"
    stray.parent.mkdir()
    stray.write_bytes(b"of last year")
    code, said = desk.say("verify", "sample-trust")
    assert code == 5 and "schools/900502/: is of no report of this run" in said
    shutil.rmtree(stray.parent)

    page = reports / "schools" / str(ACADEMY) / "report.html"
    was = page.read_bytes()
    page.write_bytes(was.replace(b"School", b"school", 1))
    code, said = desk.say("verify", "sample-trust")
    assert code == 5 and f"schools/{ACADEMY}/report.html: has changed since it was made" in said
    shutil.rmtree(desk.root / "data/editions/sample-trust/prepared")
    code, said = desk.say("reproduce", "sample-trust", "--into", str(tmp_path / "again"))
    assert code == 5 and f"schools/{ACADEMY}/report.html: line " in said
    assert "the one in place has changed since it was made" in said
    again = tmp_path / "again/reports/sample-trust"
    assert (again / "schools" / str(ACADEMY) / "report.html").read_bytes() == was
    page.write_bytes(was)
    outputs = json.loads((reports / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    assert {"third/report.html", "third/report.pdf"} <= outputs.keys()
    assert [name for name in outputs if (reports / name).read_bytes() != (again / name).read_bytes()] == []
    assert re.findall(r"^\W*([\w/.-]+): line ", said, re.MULTILINE) == [f"schools/{ACADEMY}/report.html"]

    change_prose(tmp_path / "project", monkeypatch)
    code, said = desk.say("reproduce", "sample-trust")
    assert code == 1 and "notebook notebooks/school_report.ipynb: has changed since the reports were made" in said
    assert said.count("has changed") == 1


def change_prose(project, monkeypatch):
    """Let the manifest find a copy of the project in which an analyst changed a sentence of the notebook."""
    from pipeline.run.record import manifest

    for name in ("notebooks", "pipeline", "expectations", manifest.LOCK):
        copy = shutil.copytree if (find_project() / name).is_dir() else shutil.copyfile
        project.mkdir(exist_ok=True)
        copy(find_project() / name, project / name)
    path = project / "notebooks" / "school_report.ipynb"
    notebook = nbformat.read(path, as_version=4)
    prose = next(cell for cell in notebook.cells if cell.cell_type == "markdown")
    prose.source += "\n\nA sentence more."
    nbformat.write(notebook, path)
    monkeypatch.setattr(manifest, "find_project", lambda: project)
