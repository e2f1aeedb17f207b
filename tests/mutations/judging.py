"""What the readers make of a changed file: refused, questioned, harmless, or passed with something wrong in use."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from copy import copy
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.sources.frames import LINKS, SCHOOLS, shape_frame
from pipeline.sources.joining.combine import stack_observations
from pipeline.sources.prepare import ReadFile, _name_drift, _read_file, _settle, _tell_files, question_identities
from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import find_years_in_name

from .mutating import Mutation, Sheet

REFUSED, QUESTIONED, HARMLESS, PASSED = "refused", "questioned", "harmless", "passed"
_KEY = ["level", "urn", "la", "trust", "measure", "group", "year"]
_NUMBERS = ("value", "lower", "upper", "cohort")
_NO_SCHOOLS, _NO_LINKS = (shape_frame(pd.DataFrame(columns=list(kinds)), kinds) for kinds in (SCHOOLS, LINKS))


class Edition:
    """A few files that lie together, each of which is changed in turn and read as an edition is."""

    def __init__(self, sheets: Sequence[Sheet], folder: Path) -> None:
        self.sheets = tuple(sheets)
        self._folder = folder
        self._year = max(year for sheet in sheets for _, year in find_years_in_name(sheet.name))
        self._read = {sheet.name: self._read_rows(sheet.name, sheet.rows) for sheet in sheets}
        self._own = {name: _index(_unpack(one)) for name, one in self._read.items()}

    @cached_property
    def _figures(self) -> tuple[pd.DataFrame, int]:
        found = self._settle(list(self._read.values()))
        assert all(one.is_loaded for one in self._read.values())
        return found

    @cached_property
    def _said_alone(self) -> dict[str, int]:
        return {name: self._count_said_alone(read) for name, read in self._read.items()}

    def judge(self, mutation: Mutation, sheet: Sheet) -> tuple[str, str]:
        """What becomes of the changed file, and an example of a wrong figure that is used."""
        read = self._read_rows(mutation.name, mutation.rows)
        if not read.is_loaded:
            return REFUSED, ""
        if mutation.name == sheet.name and not compare(self._own[sheet.name], _index(_unpack(read))):
            is_said = self._count_said_alone(read) > self._said_alone[sheet.name]
            return (QUESTIONED, "") if is_said else (HARMLESS, "")
        changed = copy(read)  # what other files say matters only where this one is still wrong
        figures, said = self._settle([one for name, one in self._read.items() if name != sheet.name], changed)
        if not changed.is_loaded:
            return REFUSED, ""
        before, said_before = self._figures
        if wrong := compare(before, figures):
            return PASSED, wrong[0]
        return (QUESTIONED, "") if said > said_before else (HARMLESS, "")

    def _count_said_alone(self, read: ReadFile) -> int:
        """How many things are said of one file without settling figures: of its cells, its rows and its headings."""
        found = [copy(one) for name, one in self._read.items() if name != read.file.name] + [copy(read)]
        before = _count_said(found)
        _name_drift(found)
        return _count_said(found) - before + _count_said([read])

    def _read_rows(self, name: str, rows: Sequence[Sequence[str]]) -> ReadFile:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        path = self._folder / "changed.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        return _read_file(PublishedFile(path, name), self._year)

    def _settle(self, others: Sequence[ReadFile], changed: ReadFile | None = None) -> tuple[pd.DataFrame, int]:
        """All figures as an edition settles them, and how many things are said of all files."""
        found = sorted([*map(copy, others), *([changed] if changed else [])], key=lambda one: one.file.name)
        for one in found:
            one.notes, one.overlaps = [], []
        _name_drift(found)
        question_identities(found)
        loaded = [one for one in found if one.is_loaded]
        settlement = _settle(loaded, _NO_LINKS, _NO_SCHOOLS)
        observations = stack_observations([*settlement.read(), settlement.areas])
        _tell_files(settlement, loaded)
        return _index(observations), _count_said(found)


def _count_said(files: Sequence[ReadFile]) -> int:
    """How many things are said of ``files``: warnings, words that nobody knows, and files left out."""
    words = sum(word.cells for one in files if one.account for word in one.account.unknown_words)
    return words + sum(len(one.warnings) + len(one.errors) for one in files)


def _unpack(one: ReadFile) -> pd.DataFrame:
    assert one.observations is not None
    return one.observations.unpack()


def _index(observations: pd.DataFrame) -> pd.DataFrame:
    key = observations[_KEY].astype({"level": str, "measure": str, "group": str}).fillna(-1)
    found = observations[[*_NUMBERS, "step", "unit"]].astype({"unit": str})
    return found.set_index(pd.MultiIndex.from_frame(key))


def compare(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """The figures used that differ from ``before`` by more than their rounding, in words."""
    if not before.index.equals(after.index):
        every = before.index.union(after.index)
        before, after = before.reindex(every), after.reindex(every)
    used, step = ~np.isnan(after["value"].to_numpy()), np.nan_to_num(before["step"].to_numpy())
    wrong: list[str] = []
    for name in _NUMBERS:
        old, new = before[name].to_numpy(), after[name].to_numpy()
        rounding = 0 if name == "cohort" else step / 2
        differs = used & ~np.isnan(new) & (np.isnan(old) | (np.abs(new - old) > rounding + 1e-9))
        for place in np.flatnonzero(differs)[:1]:
            about = ", ".join(str(one) for one in before.index[place] if one != -1)
            wrong.append(f"{about}, {name}: {old[place]:g} is used as {new[place]:g}")
    return wrong
