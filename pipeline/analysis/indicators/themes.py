"""Themes: what belongs together among indicators, with the words for it; one YAML file each in ``themes/``.

A theme that no file describes is called by its key.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from pipeline.analysis.indicators.described import Described, read_described
from pipeline.foundation.errors import Fault, FaultyInput

FOLDER = Path(__file__).parent / "themes"


class Theme(Described):
    """One theme; its ``order`` is that of its rows among others."""

    explained: str = ""  # a sentence under the table of a school's measures
    asks: str = ""  # what governors may ask where a measure of it is a gap; else they ask of the measure itself
    results: bool = False  # what pupils attained: their number tells how many a year group has


def load_themes(folder: Path | None = None) -> dict[str, Theme]:
    """Read the product's themes and those of ``folder``, in their order. Raises FaultyInput holding every fault."""
    return read_described(Theme, FOLDER, *([folder] if folder else []))


def find_theme(key: str, themes: Mapping[str, Theme]) -> Theme:
    """The theme called ``key``; where none of ``themes`` describes it, one that says no more than its name."""
    words = key.replace("_", " ")
    return themes.get(key) or Theme(key=key, title=words.capitalize(), plain=words)


def check_themes(folder: Path, named: Mapping[str, str]) -> list[Fault]:
    """A fault for each file of indicators (name → its theme) whose theme looks like a slip for a known one."""
    try:
        known = load_themes(folder / FOLDER.name)
    except FaultyInput as error:
        return list(error.faults)
    faults = []
    for file, theme in named.items():
        near = [] if theme in known else get_close_matches(theme, list(known), n=1, cutoff=0.8)
        if near:
            what = f"the theme {theme!r} is not known, but {near[0]!r} is"
            remedy = f"Write {near[0]!r}, or describe the new theme in {FOLDER.name}/{theme}.yaml."
            faults.append(Fault(file, None, "theme", what, remedy))
    return faults
