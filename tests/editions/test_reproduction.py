"""A run of one school's edition, verified and made again: the same bytes, and every change named."""

from __future__ import annotations

import shutil
import tempfile

import nbformat
import pytest

from pipeline.foundation.paths import find_project

pytestmark = pytest.mark.kernel

ACADEMY = 900501


@pytest.fixture
def reports(desk, area_alone, tmp_path, monkeypatch):
    """The reports of an edition about one school of the trust; what is temporary lies where it can be seen."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    folder = desk.copy_edition("sample-trust")
    for stem in ("people", "support_log"):  # they tell of schools that are not in it
        (folder / f"local/{stem}.csv").unlink()
    for older in ("2022-2023", "2023-2024"):  # the files are read four times
        shutil.rmtree(folder / "published" / older)
    text = f"title: Larkmere\narea: {{schools: [{ACADEMY}]}}\nyear: 2024/25\npolicy: two-counties\n"
    text += "organisation: The Larkmere Schools Trust\n"
    (folder / "edition.yaml").write_text(text, encoding="utf-8")
    code, said = desk.say("reports", "sample-trust")
    assert code == 0, said
    return desk.root / "reports" / "sample-trust"


def test_an_edition_is_verified_and_made_again(desk, reports, tmp_path, monkeypatch):
    assert desk.say("verify", "sample-trust")[0] == 0

    page = reports / "schools" / str(ACADEMY) / "report.html"
    was = page.read_bytes()
    page.write_bytes(was.replace(b"School", b"school", 1))
    code, said = desk.say("verify", "sample-trust")
    assert code == 5 and f"schools/{ACADEMY}/report.html: has changed since it was made" in said
    code, said = desk.say("reproduce", "sample-trust", "--urn", str(ACADEMY), "--into", str(tmp_path / "again"))
    assert code == 5 and f"schools/{ACADEMY}/report.html: line " in said
    assert "the one in place has changed since it was made" in said and said.count(f"schools/{ACADEMY}/") == 1
    assert (tmp_path / "again/reports/sample-trust/schools" / str(ACADEMY) / "report.html").read_bytes() == was
    page.write_bytes(was)

    stray = reports / "schools" / "900502" / "report.pdf"
    stray.parent.mkdir()
    stray.write_bytes(b"of last year")
    code, said = desk.say("verify", "sample-trust")
    assert code == 5 and "schools/900502/: is of no report of this run" in said
    shutil.rmtree(stray.parent)

    shutil.rmtree(desk.root / "data/editions/sample-trust/prepared")
    code, said = desk.say("reproduce", "sample-trust")
    assert code == 0, said
    assert "every byte the same" in said and list((tmp_path / "temporary").iterdir()) == []

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
