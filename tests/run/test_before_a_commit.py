"""What pre-commit does before a commit: style, format, and notebooks that keep no results."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_notebook, new_output

from pipeline.foundation.paths import find_project

CONFIG = ".pre-commit-config.yaml"
pytestmark = pytest.mark.slow  # each hook starts a program


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    """A repository of one module and one notebook, with this project's hooks and settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "home"))
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "project"
    (folder / "notebooks").mkdir(parents=True)
    for name in (CONFIG, "pyproject.toml"):
        shutil.copy(find_project() / name, folder)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / ".gitignore").write_text(".venv\n")
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    return folder


def commit(repository: Path) -> subprocess.CompletedProcess[str]:
    """Add everything and do what comes before a commit."""
    subprocess.run(["git", "add", "."], cwd=repository, check=True)
    command = [sys.executable, "-m", "pre_commit", "run", "--all-files"]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True)


def test_what_is_untidy_is_tidied_and_results_are_taken_out(repository):
    module, notebook = repository / "module.py", repository / "notebooks" / "report.ipynb"
    module.write_text("import os\nx=  1\n")
    cell = new_code_cell(
        "print(1)", id="kept", outputs=[new_output("stream", text="A school's figures.")], execution_count=7
    )
    nbformat.write(new_notebook(cells=[cell]), notebook)

    first = commit(repository)

    assert first.returncode == 1, first.stdout + first.stderr
    assert module.read_text() == "x = 1\n"
    (kept,) = nbformat.read(notebook, as_version=4).cells
    assert (kept.id, kept.source, kept.outputs, kept.execution_count) == ("kept", "print(1)", [], None)
    again = commit(repository)
    assert again.returncode == 0, again.stdout + again.stderr


def test_what_cannot_be_mended_stops_the_commit(repository):
    (repository / "module.py").write_text("print(undefined)\n")
    stopped = commit(repository)
    assert stopped.returncode == 1 and "undefined" in stopped.stdout


def test_the_hooks_need_no_network():
    hooks = yaml.safe_load((find_project() / CONFIG).read_text(encoding="utf-8"))
    assert [one["repo"] for one in hooks["repos"]] == ["local"]
