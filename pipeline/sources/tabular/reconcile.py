"""The account of every published file: what became of its rows, cells and columns. Nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import Availability, name_academic_year
from pipeline.foundation.yaml_files import Record
from pipeline.sources.tabular.cells import is_scientific, parse_cell

#: Lines named for one word in one column; the count tells of the others.
LINES_LISTED = 10


Severity = Literal["error", "besides", "warning"]


class Finding(Record):
    """A fault in a file. An *error* keeps the file out; a *warning* leaves out a cell and loads the rest.

    What was found *besides* an error would have been a warning.
    """

    severity: Severity
    line: int | None
    column: str | None
    what: str
    remedy: str
    urn: int | None = None


class UnknownWord(Record):
    """A word that no publisher's list holds; it is shown as it stands and never used as a figure."""

    word: str
    column: str
    cells: int
    lines: tuple[int, ...]


class Overlap(Record):
    """Figures that two files both tell, or two rows of one; those of one stand (``won_by``), the others are set aside.

    ``alone`` counts those of pupil groups that ``won_by`` does not tell of: all groups come from one school.
    """

    won_by: str
    set_aside: str
    agree: int
    disagree: int
    alone: int = 0
    examples: tuple[str, ...] = ()

    def name_rows(self) -> str:
        """Whose figures give way to whose."""
        if self.set_aside == self.won_by:
            return f"of two rows of one school in {self.won_by} one gives way to the other"
        return f"{self.set_aside} gives way to {self.won_by}"


class FileReconciliation(Record):
    """One file's account. ``values`` counts cells that became observations: availability → word → cells."""

    file: str
    family: str = ""
    title: str = ""
    year: int | None = None
    loaded: bool = False
    encoding: str = ""
    rows: int = 0
    rows_by_kind: dict[str, int] = Field(default_factory=dict)
    urns: frozenset[int] = Field(default=frozenset(), exclude=True, repr=False)  # not written
    schools: int = 0
    schools_known: int | None = None  # of those, how many a school list names; None without such a list
    values: dict[str, dict[str, int]] = Field(default_factory=dict)
    unknown_words: tuple[UnknownWord, ...] = ()
    columns_used: tuple[str, ...] = ()
    columns_unused: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def figures(self) -> int:
        """How many cells hold a number that can be used."""
        return sum(self.values.get(str(Availability.AVAILABLE), {}).values())

    def summarise(self) -> tuple[str, ...]:
        """Eight texts: file, what it is, year, rows, schools, figures, cells without a figure, columns not used.

        A number that is not believed is no cell without a figure: the file's warnings tell of it.
        """
        without = [
            f"{word or kind} {cells:,}"
            for kind, words in self.values.items()
            if kind not in (Availability.AVAILABLE, Availability.QUESTIONED)
            for word, cells in words.items()
            if not _is_number(word)
        ]
        return (
            self.file,
            self.title
            if self.loaded
            else f"not read: {self.findings[0].what.rstrip('.')}"
            if self.findings
            else "not read",
            name_academic_year(self.year) if self.year else "",
            f"{self.rows:,}" if self.rows else "",
            f"{self.schools:,}" if self.schools else "",
            f"{self.figures:,}" if self.figures else "",
            ", ".join(without),
            f"{len(self.columns_unused):,}" if self.loaded else "",
        )

    def __str__(self) -> str:
        lines = [f"{self.file}: {self.title or 'not recognised'}"]
        if self.year:
            lines[0] += f", {name_academic_year(self.year)}"
        lines += [f"  {rows:,} rows: {kind}" for kind, rows in self.rows_by_kind.items()]
        lines += [
            f"  {cells:,} cells: {kind}{f' ({word})' if word else ''}"
            for kind, words in self.values.items()
            for word, cells in words.items()
        ]
        lines += [f"  {len(self.columns_used)} columns used, {len(self.columns_unused)} not used"]
        lines += [
            f"  unknown word {found.word!r} in column {found.column}: {found.cells} cells, lines {_join(found.lines)}"
            for found in self.unknown_words
        ]
        lines += [
            f"  {found.name_rows()}: {found.agree:,} figures agree, {found.disagree:,} do not"
            + (f", {found.alone:,} are not told there" if found.alone else "")
            for found in self.overlaps
        ]
        lines += [f"  {note}" for note in self.notes]
        lines += [f"  {found.severity}, line {found.line}: {found.what}" for found in self.findings]
        return "\n".join(lines)


def _is_number(word: str) -> bool:
    return parse_cell(word).availability is Availability.AVAILABLE or is_scientific(word)


def _join(lines: Sequence[int]) -> str:
    return ", ".join(map(str, lines))


def describe_findings(faults: Sequence[Fault], severity: Severity) -> tuple[Finding, ...]:
    """The faults as findings of one severity: warnings in the order of lines, others as they stand."""
    if severity == "warning":
        faults = sorted(faults, key=lambda fault: (fault.line or 0, fault.column or "", fault.what))
    return tuple(
        Finding(
            severity=severity,
            line=fault.line,
            column=fault.column,
            what=fault.what,
            remedy=fault.remedy,
            urn=fault.urn,
        )
        for fault in faults
    )


def count_values(observations: pd.DataFrame | None) -> dict[str, dict[str, int]]:
    """Cells by availability and word, in a fixed order: availability as the vocabulary lists it, words by alphabet."""
    if observations is None or observations.empty:
        return {}
    kind, word = observations["availability"].cat, observations["word"].cat
    pairs = kind.codes.to_numpy("int64") * len(word.categories) + word.codes.to_numpy()
    cells = np.bincount(pairs, minlength=len(kind.categories) * len(word.categories))
    counts = cells.reshape(len(kind.categories), len(word.categories)).tolist()
    by_kind = {
        str(name): dict(zip(map(str, word.categories), row, strict=True))
        for name, row in zip(kind.categories, counts, strict=True)
    }
    return {
        str(name): {word: found for word, found in sorted(by_kind[name].items()) if found}
        for name in Availability
        if any(by_kind.get(name, {}).values())
    }


def find_unknown_words(observations: pd.DataFrame | None) -> tuple[UnknownWord, ...]:
    """Every word of unknown meaning with its columns and lines."""
    if observations is None or observations.empty:
        return ()
    unknown = observations[observations["availability"] == str(Availability.UNKNOWN)]
    found = []
    for (word, column), rows in unknown.groupby(["word", "column"], observed=True):
        lines = np.unique(rows["line"])
        listed = tuple(int(line) for line in lines[:LINES_LISTED])
        found.append(UnknownWord(word=str(word), column=str(column), cells=len(rows), lines=listed))
    return tuple(sorted(found, key=lambda one: (one.word, one.column)))
