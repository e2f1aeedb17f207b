"""Where the verbs speak: plain text that reads well without colour, results on one stream, faults on the other."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console


def make_console() -> Console:
    """Standard output: what was asked for."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=False)


def make_error_console() -> Console:
    """Standard error: faults and progress."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


def shorten_path(path: Path) -> str:
    """A path as a person at this prompt would type it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
