"""Whole editions in a workspace of their own, run through the verbs a person types."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.edition.pages import EDITION_PAGES, EditionPage
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import find_project

COMMITTED = find_project() / "data" / "editions"


class Desk:
    """An analyst's desk: a workspace, and the verbs run in it. Says what was printed and the exit code."""

    def __init__(self, root: Path, monkeypatch, capsys) -> None:
        self.root = root
        self._capsys = capsys
        monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(root))
        monkeypatch.setenv("COLUMNS", "200")

    def copy_edition(self, name: str = "sample", only: tuple[str, ...] = ()) -> Path:
        """Copy a committed edition (only the published files named, where some are) and give its folder."""
        folder = self.root / "data" / "editions" / name
        shutil.copytree(COMMITTED / name, folder, ignore=shutil.ignore_patterns("prepared"))
        if only:
            for path in sorted((folder / "published").rglob("*.csv")):
                if path.relative_to(folder / "published").as_posix() not in only:
                    path.unlink()
        return folder

    def say(self, *words: str) -> tuple[int, str]:
        """Type a verb; give the exit code and all that was printed."""
        from pipeline.cli import printing
        from pipeline.cli.verbs import app

        self._capsys.readouterr()
        try:
            code = app(list(words), standalone_mode=False)
        except PipelineError as error:
            printing.say_error(error)
            code = error.exit_code
        printed = self._capsys.readouterr()
        return code or 0, printed.out + printed.err


@pytest.fixture
def set_pages(monkeypatch) -> Callable[..., None]:
    """Lets every edition have other pages than the project's."""

    def set_pages(*pages: EditionPage) -> None:
        from pipeline.run.desk import reproduction
        from pipeline.run.due import plan
        from pipeline.run.record import index, manifest, verification

        for module in (index, manifest, plan, reproduction, verification):
            monkeypatch.setattr(module, "EDITION_PAGES", pages)

    return set_pages


@pytest.fixture
def area_alone(set_pages) -> None:
    """The area's report is the edition's only page: the other simulates whole countries, longer than all else takes.

    That is for tests that ask nothing of it: ``test_runs.py`` and ``test_how_far_to_trust.py`` do.
    """
    set_pages(EDITION_PAGES[0])


@pytest.fixture
def third_page(set_pages, tmp_path):
    """A third page of every edition, a record and a notebook, beside the area's report.

    The second page, which simulates whole countries, would come back as this one does: all are records.
    """
    notebook = tmp_path / "notebooks" / "third.ipynb"  # all that lies beside a notebook counts as part of it
    notebook.parent.mkdir()
    shutil.copy(find_project() / "notebooks" / "area_report.ipynb", notebook)
    set_pages(EDITION_PAGES[0], EditionPage("the third page", "A third page", str(notebook), "third"))


@pytest.fixture
def desk(tmp_path, monkeypatch, capsys, kept_fork_server) -> Desk:
    from pipeline.run import executors

    monkeypatch.setattr(executors, "_start_fork_server", kept_fork_server.lend)
    return Desk(tmp_path, monkeypatch, capsys)
