"""Rendering several notebooks by one call of Quarto, each in a folder of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.foundation.errors import FailedReport
from pipeline.render.engine import EngineChoice, Rendered
from pipeline.render.pdf import find_font_folder, find_timestamp
from pipeline.render.quarto.finding import find_quarto
from pipeline.render.quarto.finishing import finish, list_missing, refuse
from pipeline.render.quarto.preparing import STEM, Prepared, prepare
from pipeline.render.quarto.running import Ran, run_quarto
from pipeline.render.quarto.settings import read_settings

if TYPE_CHECKING:
    from nbformat import NotebookNode


class Quarto:
    """Renders executed notebooks by Quarto's command line, which takes so long to start that six share one call."""

    batch = 6

    def __init__(self, choice: EngineChoice) -> None:
        """Find Quarto and read the settings. Raises MissingTool and FaultyInput."""
        self._choice = choice
        self._quarto = find_quarto().path
        self._settings = read_settings(choice.settings)

    def render(self, notebooks: Sequence[NotebookNode]) -> list[Rendered | FailedReport]:
        """Render each; in their order, what came of it. A fault of one is no fault of the others."""
        results: dict[int, Rendered | FailedReport] = {}
        with tempfile.TemporaryDirectory(prefix="quarto-", ignore_cleanup_errors=True) as name:
            folder = Path(name).resolve()
            prepared: dict[int, Prepared] = {}
            for number, notebook in enumerate(notebooks):
                try:
                    prepared[number] = self._prepare(notebook, folder / str(number + 1))
                except FailedReport as fault:
                    results[number] = fault
            # The time that goes into a PDF is told to the whole process.
            for _, numbers in groupby(
                sorted(prepared, key=lambda n: prepared[n].document.date), lambda n: prepared[n].document.date
            ):
                results |= self._render_batch({number: prepared[number] for number in numbers}, folder)
        return [results[number] for number in range(len(notebooks))]

    def _prepare(self, notebook: NotebookNode, folder: Path) -> Prepared:
        return prepare(notebook, folder, self._settings, self._choice.settings, word=self._choice.word)

    def _render_batch(self, prepared: Mapping[int, Prepared], folder: Path) -> dict[int, Rendered | FailedReport]:
        """Render all at once; those that did not come out whole once more, each alone, which says what is wrong.

        Quarto stops at the first document that fails, and a warning does not say which document it is about.
        """
        if len(prepared) == 1:
            return {number: self._render_alone(one, folder) for number, one in prepared.items()}
        ran = self._run(list(prepared.values()), folder)
        results: dict[int, Rendered | FailedReport] = {}
        for number, one in prepared.items():
            result = None if ran.has_warned else _accept(one)
            results[number] = result or self._render_alone(one, folder)
        return results

    def _render_alone(self, prepared: Prepared, folder: Path) -> Rendered | FailedReport:
        ran = self._run([prepared], folder)
        if complaints := ran.complain():
            return refuse(prepared.document, complaints)
        try:
            return finish(prepared)
        except FailedReport as fault:
            return fault

    def _run(self, prepared: Sequence[Prepared], folder: Path) -> Ran:
        for one in prepared:
            _clear(one)
        noon = find_timestamp(prepared[0].document)
        extra = {"SOURCE_DATE_EPOCH": str(int(noon.timestamp()))}
        extra |= {"TYPST_FONT_PATHS": str(find_font_folder()), "TYPST_IGNORE_SYSTEM_FONTS": "true"}
        formats = ",".join(prepared[0].formats)
        inputs = [one.input for one in prepared]
        return run_quarto(self._quarto, folder, inputs, formats, extra, self._choice.seconds)


def _accept(prepared: Prepared) -> Rendered | None:
    """What a batch has made of a document; None where it is not whole, or not this document's."""
    if list_missing(prepared) or (prepared.folder / f"{STEM}.typ").exists():
        return None
    try:
        return finish(prepared)
    except FailedReport:
        return None


def _clear(prepared: Prepared) -> None:
    """Take away what a call has left of a document, so that the next cannot pass it off as its own."""
    for ending in ("html", "pdf", "typ", "docx"):
        prepared.find_output(ending).unlink(missing_ok=True)
    shutil.rmtree(prepared.folder / f"{STEM}_files", ignore_errors=True)
