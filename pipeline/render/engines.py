"""The engines there are. The built-in one is always there; Quarto may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.foundation.errors import FailedReport
from pipeline.render.engine import Engine, EngineChoice, Rendered

if TYPE_CHECKING:
    from nbformat import NotebookNode


class BuiltIn:
    """Our own page, and from it our own PDF."""

    batch = 1

    def render(self, notebooks: Sequence[NotebookNode]) -> list[Rendered | FailedReport]:
        return [_render_built_in(notebook) for notebook in notebooks]


def _render_built_in(notebook: NotebookNode) -> Rendered | FailedReport:
    from pipeline.render.html import render_html
    from pipeline.render.pdf import render_pdf

    try:
        html = render_html(notebook)
        return Rendered(html, render_pdf(html))
    except FailedReport as fault:
        return fault


def open_engine(choice: EngineChoice) -> Engine:
    """The engine that is chosen; raises MissingTool where it is not on this machine or too old."""
    if choice.name == "quarto":
        from pipeline.render.quarto import Quarto

        return Quarto(choice)
    return BuiltIn()
