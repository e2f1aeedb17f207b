"""Themes: what belongs together among indicators, with the words for it; one YAML file each in ``themes/``.

A theme that no file describes is called by its key and has no section of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.yaml_files import Record, read_record

FOLDER = Path(__file__).parent / "themes"


class Theme(Record):
    """One theme."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=3)  # as a heading
    plain: str = Field(min_length=3)  # within a sentence
    order: int = 0  # where its section stands among others, lowest first
    explained: str = ""  # one sentence under the heading of its section
    section: bool = False  # has a section of its own in a school's report, where each indicator is told in sentences
    results: bool = False  # what pupils attained: their number tells how many a year group has


def load_themes(folder: Path | None = None) -> dict[str, Theme]:
    """Read the product's themes and those of ``folder``, in their order. Raises FaultyInput holding every fault."""
    found = dict(_load(FOLDER)) | (dict(_load(folder)) if folder else {})
    return dict(sorted(found.items(), key=lambda one: (one[1].order, one[0])))


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


@lru_cache(maxsize=8)
def _load(folder: Path) -> tuple[tuple[str, Theme], ...]:
    themes: list[tuple[str, Theme]] = []
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            theme = read_record(path, Theme)
        except FaultyInput as error:
            faults.extend(error.faults)
            continue
        if theme.key != path.stem:
            what = f"the key is {theme.key!r} but the file is called {path.name}"
            faults.append(Fault(f"{folder.name}/{path.name}", None, "key", what, "Give both the same name."))
        themes.append((theme.key, theme))
    if faults:
        raise FaultyInput(faults)
    return tuple(themes)
