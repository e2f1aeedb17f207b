"""What the readers make of a changed file: refused, questioned, harmless, or passed with something wrong in use."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.errors import FaultyInput
from pipeline.sources.combine import combine_observations, fill_cohorts
from pipeline.sources.plausibility import question_together
from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import recognise, settle_year
from pipeline.sources.reconcile import find_unknown_words
from pipeline.sources.tables import read_table

from .mutating import Mutation, Sheet

REFUSED, QUESTIONED, HARMLESS, PASSED = "refused", "questioned", "harmless", "passed"
_KEY = ["level", "urn", "la", "trust", "measure", "group", "year"]
_NUMBERS = ("value", "lower", "upper", "cohort")


@dataclass(frozen=True)
class ReadSheet:
    """A file's family, its observations and how many things were said of it."""

    family: str
    observations: pd.DataFrame
    said: int


class Edition:
    """A few files that lie together, each of which is changed in turn."""

    def __init__(self, sheets: Sequence[Sheet], folder: Path) -> None:
        self.sheets = tuple(sheets)
        self._folder = folder
        self._read = {sheet.name: self._read_rows(sheet.name, sheet.rows) for sheet in sheets}

    @cached_property
    def _figures(self) -> tuple[pd.DataFrame, int]:
        return self._combine(self._read)

    def judge(self, mutation: Mutation, sheet: Sheet) -> tuple[str, str]:
        """What becomes of the changed file, and an example of a wrong figure that is used."""
        try:
            read = self._read_rows(mutation.name, mutation.rows)
        except FaultyInput:
            return REFUSED, ""
        own = self._read[sheet.name]
        wrong, said = compare(_index(own.observations), _index(read.observations)), 0
        if wrong or mutation.name != sheet.name:  # what other files say matters only where this one is still wrong
            others = {name: one for name, one in self._read.items() if name != sheet.name}
            figures, said = self._combine({**others, mutation.name: read})
            before, said_before = self._figures
            wrong, said = compare(before, figures), said - said_before
        if wrong:
            return PASSED, wrong[0]
        return (QUESTIONED, "") if read.said + said > own.said else (HARMLESS, "")

    def _read_rows(self, name: str, rows: Sequence[Sequence[str]]) -> ReadSheet:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        path = self._folder / "changed.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        table = read_table(PublishedFile(path, name))
        source = recognise(table)
        reading = source.read(table, settle_year(table, source))
        assert reading.observations is not None
        said = len(reading.faults) + sum(word.cells for word in find_unknown_words(reading.observations))
        return ReadSheet(source.family, reading.observations, said)

    def _combine(self, read: dict[str, ReadSheet]) -> tuple[pd.DataFrame, int]:
        ordered = sorted(read)
        observations, _ = combine_observations([read[name].observations.copy() for name in ordered])
        observations, _ = fill_cohorts(observations, {name: read[name].family for name in ordered})
        faults = question_together(observations)
        return _index(observations), len(faults)


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
