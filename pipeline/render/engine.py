"""What an engine is: executed notebooks in, pages and PDFs out.

An engine is given several notebooks at once, because some are slow to start. What one notebook is at fault for is
its own: the others are rendered all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from pipeline.foundation.errors import FailedReport

if TYPE_CHECKING:
    from nbformat import NotebookNode


_TRANSLATED = re.compile(r"report\.[A-Za-z-]+\.(html|pdf)")


@dataclass(frozen=True)
class Rendered:
    """A rendered notebook: ``html`` and ``pdf`` say the same. ``besides`` are further files by name (report.docx).

    ``told`` is the same report in other languages, by their codes.
    """

    html: str
    pdf: bytes
    besides: Mapping[str, bytes] = field(default_factory=dict)
    told: Mapping[str, Rendered] = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """What of an organisation's branding its pages show.

    ``dark`` is its colour on a dark page, ``wording`` pairs our patterns with its own words, and ``books`` are the
    phrase books of a second language: all but the contact and the colour on paper, which stand in the facts.
    """

    logo: Path | None = None
    logo_kind: str = ""  # its media type
    logo_alt: str = ""
    dark: str = ""
    wording: tuple[tuple[str, str], ...] = ()
    books: tuple[Path, ...] = ()


@dataclass(frozen=True)
class EngineChoice:
    """Which engine renders, and all its settings: what pickles along with a job and counts in its key.

    ``version`` is Quarto's, as it says itself; ``settings`` is a folder with an organisation's own Quarto settings
    (``_quarto.yml``, extensions, a reference document for Word), or None; ``word`` asks for report.docx too;
    ``seconds`` is the longest one batch may take. ``look`` is the organisation's branding, where it has one.
    """

    name: Literal["built-in", "quarto"] = "built-in"
    version: str = ""
    settings: Path | None = None
    word: bool = False
    seconds: int = 300
    look: Look | None = None


def name_report(language: str = "") -> tuple[str, str]:
    """What a report's page and PDF are called: ``report.html``, in another language ``report.cy.html``."""
    told = f".{language}" if language else ""
    return f"report{told}.html", f"report{told}.pdf"


def list_translations(files: Iterable[str]) -> list[str]:
    """Of the names of a report's files those of its page and PDF in a second language, sorted."""
    return sorted(name for name in files if _TRANSLATED.fullmatch(name))


class Engine(Protocol):
    """Renders executed notebooks. ``batch`` is how many it is best given at once."""

    batch: int

    def render(self, notebooks: Sequence[NotebookNode]) -> list[Rendered | FailedReport]:
        """Render each; in their order, what came of it. A fault of one is no fault of the others."""
