"""A whole run through Quarto: made in batches, resumed, verified, laid out by our own engine, and by Quarto once more.

Quarto itself is played by ``tests/render/quarto_stand_in.py``, a program of its own on the PATH; all else is real.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from pipeline.foundation.paths import find_project
from pipeline.render.checks import check_html, check_pdf
from pipeline.run import executors
from pipeline.run.stamps.made import read_made

pytestmark = pytest.mark.kernel

SCHOOLS = (900001, 900013)  # those of ``made_sample``


class Desk:
    """An edition of two schools of the sample, its files read, and the verbs in its workspace.

    No report of a school or of the area is made; how far to trust them is, by our own engine, and is laid out anew.
    """

    def __init__(self, root: Path, made_sample: Path, monkeypatch, capsys) -> None:
        self._capsys = capsys
        self.edition, self.reports = root / "data/editions/sample", root / "reports/sample"
        self._calls = root / "calls.jsonl"
        for part in ("data/editions/sample", "reports/sample/data-docs", "reports/sample/how-far-to-trust"):
            shutil.copytree(made_sample / part, root / part)
        self._description = (self.edition / "edition.yaml").read_text(encoding="utf-8")
        self.describe("engine: quarto\nword: true\n")
        monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(root))
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setenv("QUARTO_STAND_IN_RECORD", str(self._calls))
        monkeypatch.setenv("PATH", str(put_stand_in(root / "programs")), prepend=os.pathsep)

    def describe(self, more: str) -> None:
        (self.edition / "edition.yaml").write_text(self._description + more, encoding="utf-8")

    def say(self, *words: str) -> tuple[int, str]:
        """Type a verb; give the exit code and all that was printed."""
        from pipeline.cli.verbs import app

        self._capsys.readouterr()
        code = app(list(words), standalone_mode=False)
        printed = self._capsys.readouterr()
        return code or 0, printed.out + printed.err

    def take_calls(self) -> list[int]:
        """How many documents Quarto was given at each call since this was last asked, the smallest first."""
        if not self._calls.is_file():
            return []
        calls = [len(json.loads(line)["inputs"]) for line in self._calls.read_text().splitlines()]
        self._calls.unlink()
        return sorted(calls)

    def read_manifest(self) -> dict:
        return json.loads((self.reports / "manifest.json").read_text(encoding="utf-8"))

    def list_files(self) -> dict[str, set[str]]:
        places = [*(f"schools/{urn}" for urn in SCHOOLS), "area", "how-far-to-trust"]
        return {place: {path.name for path in (self.reports / place).iterdir()} for place in places}


def put_stand_in(folder: Path) -> Path:
    """A folder for the PATH, in which what stands in for Quarto goes by its name."""
    folder.mkdir()
    stand_in = find_project() / "tests" / "render" / "quarto_stand_in.py"
    (folder / "quarto").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{stand_in}" "$@"\n', encoding="utf-8")
    (folder / "quarto").chmod(0o755)
    return folder


@pytest.fixture
def desk(tmp_path, made_sample, kept_fork_server, monkeypatch, capsys) -> Desk:
    """Its runs render in this process, which has its PATH, and fork kernels from the session's server."""
    monkeypatch.setattr(executors, "_start_fork_server", kept_fork_server.lend)
    return Desk(tmp_path, made_sample, monkeypatch, capsys)


def test_a_run_through_quarto_from_the_first_report_to_the_last_check(desk, monkeypatch):
    code, said = desk.say("reports", "sample", "--executor", "serial")
    assert code == 0, said
    assert desk.take_calls() == [2, 2]  # the schools together, then the area's report with how far to trust it
    check_reports(desk)
    assert desk.say("verify", "sample")[0] == 0

    resume(desk)
    notice_another_version(desk, monkeypatch)

    outputs = desk.read_manifest()["outputs"]
    lay_out_by_our_own(desk)
    code, said = desk.say("reports", "sample", "--executor", "serial")
    assert code == 0 and "changed: rendering engine" in said, said
    assert desk.take_calls() == [2, 2]
    assert desk.read_manifest()["outputs"] == outputs  # the same bytes again


def check_reports(desk: Desk) -> None:
    """Every report is whole, is the right school's, has its Word document, and is in the manifest."""
    manifest = desk.read_manifest()
    usual = {"facts.json", "made.json", "notebook.ipynb", "report.docx", "report.html", "report.pdf"}
    for place, names in desk.list_files().items():
        assert names == usual, place
        urn = int(place.removeprefix("schools/")) if place.startswith("schools/") else None
        assert check_html((desk.reports / place / "report.html").read_text(encoding="utf-8")) == []
        assert check_pdf((desk.reports / place / "report.pdf").read_bytes(), urn=urn) == []
        assert "report.docx" in read_made(desk.reports / place).files
        assert manifest["outputs"][f"{place}/report.docx"] == read_made(desk.reports / place).files["report.docx"]
    assert (manifest["edition"]["engine"], manifest["edition"]["word"]) == ("quarto", True)
    assert manifest["versions"]["quarto"] == "1.10.3"


def resume(desk: Desk) -> None:
    """A second run makes nothing, and one that was cut off goes on with what is missing or damaged."""
    code, said = desk.say("reports", "sample", "--executor", "serial")
    assert code == 0 and re.search(r"unchanged +2", said), said
    assert desk.take_calls() == []
    before = desk.read_manifest()

    (desk.reports / "schools/900001/report.docx").unlink()
    shutil.rmtree(desk.reports / "schools/900013")
    cut_off = desk.reports / "schools/.making-900013-cut-off"
    cut_off.mkdir()
    code, said = desk.say("plan", "sample")
    assert "report.docx is gone (page and PDF only)" in said and "no report yet" in said
    code, said = desk.say("reports", "sample", "--executor", "serial")
    assert code == 0 and re.search(r"done +2", said), said
    assert desk.take_calls() == [2] and not cut_off.exists()
    assert desk.read_manifest() == before


def notice_another_version(desk: Desk, monkeypatch) -> None:
    with monkeypatch.context() as newer:
        newer.setenv("QUARTO_STAND_IN_VERSION", "1.11.0")
        code, said = desk.say("verify", "sample")
        assert code == 5 and "quarto: is 1.11.0 here, was 1.10.3 when the reports were made" in said
        _, said = desk.say("plan", "sample")
        assert said.count("changed: rendering engine (page and PDF only)") == 4  # two schools', and the edition's two


def lay_out_by_our_own(desk: Desk) -> None:
    """Another engine renders the executed notebooks again, and no Word document is left."""
    notebooks = {urn: (desk.reports / f"schools/{urn}/notebook.ipynb").read_bytes() for urn in SCHOOLS}
    code, said = desk.say("reports", "sample", "--engine", "built-in", "--executor", "serial")
    assert code == 0 and "changed: rendering engine, how pages are laid out" in said, said
    assert desk.take_calls() == []
    assert not any("report.docx" in names for names in desk.list_files().values())
    assert {urn: (desk.reports / f"schools/{urn}/notebook.ipynb").read_bytes() for urn in SCHOOLS} == notebooks
    manifest = desk.read_manifest()
    assert manifest["edition"]["engine"] == "built-in" and "quarto" not in manifest["versions"]
    _, said = desk.say("plan", "sample", "--engine", "built-in")
    assert re.search(r"unchanged +2", said) and "The area report: unchanged" in said
