"""Engines that turn executed notebooks into pages and PDFs. The built-in one is always there; Quarto may be.

An engine is given several notebooks at once, because some are slow to start. What one notebook is at fault for is
its own: the others are rendered all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from pipeline.errors import FailedReport

if TYPE_CHECKING:
    from nbformat import NotebookNode

NAMES = ("built-in", "quarto")


@dataclass(frozen=True)
class Rendered:
    """A rendered notebook: ``html`` and ``pdf`` say the same. ``besides`` are further files by name (report.docx)."""

    html: str
    pdf: bytes
    besides: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class EngineChoice:
    """Which engine renders, and all its settings: what pickles along with a job and counts in its key.

    ``version`` is Quarto's, as it says itself; ``settings`` is a folder with an organisation's own Quarto settings
    (``_quarto.yml``, extensions, a reference document for Word), or None; ``word`` asks for report.docx too;
    ``seconds`` is the longest one batch may take.
    """

    name: Literal["built-in", "quarto"] = "built-in"
    version: str = ""
    settings: Path | None = None
    word: bool = False
    seconds: int = 300


class Engine(Protocol):
    """Renders executed notebooks. ``batch`` is how many it is best given at once."""

    batch: int

    def render(self, notebooks: Sequence[NotebookNode]) -> list[Rendered | FailedReport]:
        """Render each; in their order, what came of it. A fault of one is no fault of the others."""


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
