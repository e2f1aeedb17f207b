"""Describing a picture that an analyst draws in a cell of their own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pipeline.report.exhibits import LONGEST_ALT, UndescribedExhibit, clean_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def describe(alt: str, figure: Figure | None = None) -> None:
    """Describe ``figure``, or else the picture that pyplot draws on now, to those who cannot see it.

    ``alt`` says in a sentence or three what a sighted reader sees. The run's kernel gives it to the page with the
    picture, however that is shown. Raises UndescribedExhibit where it is empty or over-long, or there is no picture.
    """
    words = clean_text(alt)
    if not words:
        raise UndescribedExhibit("the description is empty", remedy="Say what a sighted reader sees in the picture.")
    if len(words) > LONGEST_ALT:
        raise UndescribedExhibit(
            f"the description has {len(words)} characters; {LONGEST_ALT} is the most",
            remedy="Say what stands out and put the numbers into a table beside it.",
        )
    (figure if figure is not None else _find_current()).set_label(words)


def _find_current() -> Figure:
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not pyplot.get_fignums():
        raise UndescribedExhibit(
            "there is no picture to describe yet",
            remedy="Draw first, then describe, in the same cell and before `plt.show()`; or name it: "
            "describe('…', figure).",
        )
    figure: Figure = pyplot.gcf()
    return figure
