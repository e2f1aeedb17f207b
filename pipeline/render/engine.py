"""What an engine is: executed notebooks in, pages and PDFs out.

An engine is given several notebooks at once, because some are slow to start. What one notebook is at fault for is
its own: the others are rendered all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from pipeline.foundation.errors import FailedReport

if TYPE_CHECKING:
    from nbformat import NotebookNode


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
