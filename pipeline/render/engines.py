"""The engines there are. The built-in one is always there; Quarto may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.foundation.errors import FailedReport
from pipeline.render.engine import Engine, EngineChoice, Look, Rendered

if TYPE_CHECKING:
    from nbformat import NotebookNode


class BuiltIn:
    """Our own page, and from it our own PDF."""

    batch = 1

    def __init__(self, look: Look | None = None) -> None:
        """Take the organisation's look. Raises FaultyInput for mistakes in its words and phrase books."""
        self._branded = None
        if look is not None:
            from pipeline.render.language.branded import Branded

            self._branded = Branded(look)

    def render(self, notebooks: Sequence[NotebookNode]) -> list[Rendered | FailedReport]:
        return [self._render(notebook) for notebook in notebooks]

    def _render(self, notebook: NotebookNode) -> Rendered | FailedReport:
        from pipeline.render.html import render_html
        from pipeline.render.pdf import render_pdf

        try:
            html = render_html(notebook)
            return Rendered(html, render_pdf(html)) if self._branded is None else self._branded.render(html, notebook)
        except FailedReport as fault:
            return fault


def open_engine(choice: EngineChoice) -> Engine:
    """The engine that is chosen.

    Raises MissingTool where it is not on this machine or too old, FaultyInput for mistakes in its settings or look.
    """
    if choice.name == "quarto":
        from pipeline.render.quarto import Quarto

        return Quarto(choice)
    return BuiltIn(choice.look)
