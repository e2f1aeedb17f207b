"""`make edit` as it is used: JupyterLab itself, in a real browser.

Skipped, saying why, where JupyterLab is not installed (`make edit` installs it) or no Chromium is there.
"""

from __future__ import annotations

import difflib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from pipeline.foundation.paths import find_project
from tests.chromium import CONTROL, SECONDS, set_look

pytestmark = pytest.mark.kernel

pytest.importorskip("jupyterlab", reason="JupyterLab is not in this environment: `make edit` installs it")

EDIT = """
import sys
from pathlib import Path
from pipeline.cli.printing import say_edited
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import Workspace
from pipeline.run.desk.editing import edit_notebook

notebook = Path(sys.argv[1])
try:
    say_edited(edit_notebook(Workspace(notebook.parent.parent), notebook, {"urn": 100005, "edition": "county"}))
except PipelineError as fault:
    print(f"Error: {fault}")
    sys.exit(fault.exit_code)
"""
# What JupyterLab's own menus ask of its server.
FETCH = """((address, method, told) => {
    const headers = {'Content-Type': 'application/json', 'X-XSRFToken': document.cookie.match(/_xsrf=([^;]+)/)[1]};
    return fetch(address, {method, headers, body: JSON.stringify(told)}).then(answer => answer.status);
})"""
KERNEL_IS_IDLE = """fetch('/api/sessions').then(answer => answer.json())
    .then(sessions => sessions.length === 1 && sessions[0].kernel.execution_state === 'idle')"""
PROSE = ".jp-MarkdownCell .jp-RenderedMarkdown"


class Editor:
    """One `make edit`: the process, and where its JupyterLab asks to be looked at."""

    def __init__(self, notebook: Path, folder: Path) -> None:
        asked = folder / "asked"
        asked.unlink(missing_ok=True)
        environment = {
            **os.environ,
            "PYTHONPATH": str(find_project()),
            "BROWSER": f"{sys.executable} {put_browser(folder)} {asked} %s",
            "JUPYTER_CONFIG_DIR": str(put_settings(folder)),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "HOME": str(folder),
            "SCHOOL_REPORTS_KERNELS": "cold",  # there is no edition here to warm up with
        }
        self.asked, self._said, self._logged = asked, folder / "said.txt", folder / "logged.txt"
        self._process = subprocess.Popen(
            [sys.executable, "-c", EDIT, str(notebook)],
            env=environment,
            stdout=self._said.open("w"),
            stderr=self._logged.open("w"),  # JupyterLab's own words, and a traceback of ours
            start_new_session=True,
        )

    def wait_for_address(self) -> str:
        until = time.monotonic() + SECONDS
        while not (self.asked.is_file() and self.asked.read_text()):
            assert self._process.poll() is None and time.monotonic() < until, self._logged.read_text()
            time.sleep(0.05)
        return self.asked.read_text()

    def end(self) -> tuple[int, str]:
        """Wait for it to end; the exit code and all that was said."""
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it never ended: {self._logged.read_text()}") from None
        return self._process.returncode, self._said.read_text(encoding="utf-8")

    def kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def put_browser(folder: Path) -> Path:
    """A program that JupyterLab opens in the browser's place: it writes down the address."""
    program = folder / "browser.py"
    program.write_text("import pathlib, sys\npathlib.Path(sys.argv[1]).write_text(sys.argv[2])\n")
    return program


def put_settings(folder: Path) -> Path:
    settings = folder / "settings"
    settings.mkdir(exist_ok=True)
    (settings / "jupyter_server_config.json").write_text(json.dumps({"ServerApp": {"allow_root": True}}))
    return settings


@pytest.fixture
def notebook(tmp_path) -> Path:
    cells = [
        new_code_cell('urn = 900001\nedition = "sample"', id="given", metadata={"tags": ["parameters"]}),
        new_markdown_cell("## Trend\n\nThree years are\npooled.", id="trend"),
        new_code_cell("1 + 1", id="sum", metadata={"tags": ["show-input"]}),
    ]
    path = tmp_path / "work" / "notebooks" / "school_report.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "P"}}), path)
    return path


@pytest.fixture
def edit(browser, notebook, tmp_path) -> Callable[[Callable[[], None]], tuple[int, str]]:
    """Open the notebook in JupyterLab, do something there, and close it as its menu does."""

    def run(meanwhile: Callable[[], None]) -> tuple[int, str]:
        editor = Editor(notebook, tmp_path)
        try:
            address = editor.wait_for_address()
            set_look(browser)  # whoever looked before may have left it narrow: cells further down are not drawn then
            browser.call("Page.navigate", url=address)
            browser.wait_for(f"document.querySelector({json.dumps(PROSE)})?.innerText.includes('pooled')")
            # Shut down while a kernel starts, JupyterLab's server ends without its process ending.
            browser.wait_for(KERNEL_IS_IDLE)
            meanwhile()
            assert browser.ask(f"{FETCH}('/api/shutdown', 'POST')") == 200
            return editor.end()
        finally:
            editor.kill()
            browser.call("Page.navigate", url="about:blank")

    return run


@pytest.fixture
def write_sentence(browser, notebook) -> Callable[[str], None]:
    """Write at the end of the first prose cell, and save."""

    def write(sentence: str) -> None:
        copy = notebook.with_name("editing-school_report.ipynb")
        browser.click_twice(PROSE)
        browser.wait_for("document.activeElement.closest('.jp-MarkdownCell') !== null")
        browser.press("Enter", "Enter", 13)
        browser.wait_for("document.activeElement.closest('.cm-editor') !== null")
        browser.press("End", "End", 35, CONTROL)
        browser.write(sentence)
        browser.press("s", "KeyS", 83, CONTROL)
        until = time.monotonic() + SECONDS
        while sentence not in copy.read_text(encoding="utf-8"):
            assert time.monotonic() < until, "JupyterLab never saved"
            time.sleep(0.1)

    return write


def list_changes(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))]


def test_one_sentence_comes_back_as_one_line_and_a_second_editor_is_told(edit, write_sentence, notebook, tmp_path):
    before = notebook.read_text(encoding="utf-8")

    def meanwhile() -> None:
        second = tmp_path / "second"
        second.mkdir()
        code, said = Editor(notebook, second).end()
        assert code == 1 and "is open for editing elsewhere: process" in said
        write_sentence(" Is it clear?")

    code, said = edit(meanwhile)
    assert code == 0 and "Put the notebook back" in said, said
    after = notebook.read_text(encoding="utf-8")
    assert list_changes(before, after) == ['-    "pooled."', '+    "pooled. Is it clear?"']
    assert [path.name for path in notebook.parent.glob("*.ipynb")] == [notebook.name]


def test_a_copy_that_was_only_looked_at_changes_nothing(edit, browser, notebook):
    def meanwhile() -> None:
        browser.press("s", "KeyS", 83, CONTROL)  # saved, with all that JupyterLab notes of itself
        notebook.write_text(notebook.read_text().replace("Three years", "Up to three years"))

    code, said = edit(meanwhile)
    assert code == 0 and "Nothing was changed" in said, said
    assert "Up to three years" in notebook.read_text()


def test_a_copy_renamed_in_jupyterlab_is_named_and_kept(edit, browser, write_sentence, notebook):
    before = notebook.read_bytes()

    def meanwhile() -> None:
        write_sentence(" Mine.")
        rename = "('/api/contents/editing-school_report.ipynb', 'PATCH', {path: 'my words.ipynb'})"
        assert browser.ask(FETCH + rename) == 200

    code, said = edit(meanwhile)
    words = " ".join(said.split())
    assert code == 1 and "it is now my words.ipynb" in words, said
    assert notebook.read_bytes() == before
    assert "Mine." in notebook.with_name("my words.ipynb").read_text()
