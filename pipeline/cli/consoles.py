"""Where the verbs speak: plain text that reads well without colour, results on one stream, faults on the other.

A line is as long as what it says, so that a command can be copied and a log searched; brackets are what was written.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console


def make_console() -> Console:
    """Standard output: what was asked for."""
    return Console(file=sys.stdout, highlight=False, markup=False, soft_wrap=True)


def make_error_console() -> Console:
    """Standard error: faults and progress."""
    return Console(file=sys.stderr, highlight=False, markup=False, soft_wrap=True)


def shorten_path(path: Path) -> str:
    """A path as a person at this prompt would type it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
