"""Quarto as an engine: the executed notebook, never executed again, as the same page and PDF that the built-in makes.

What a cell showed is laid out once, by the built-in engine's own functions, and only marked in the copy that Quarto
is given; so every exhibit is the same by either engine, and no name from a file is ever read as Quarto's markup.
Prose goes to Quarto as the analyst wrote it.
"""

from pipeline.render.quarto.engine import Quarto
from pipeline.render.quarto.finding import Found, find_quarto

__all__ = ["Found", "Quarto", "find_quarto"]
