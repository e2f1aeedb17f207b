"""Published files that are known for what they are, and of which no figure is read: ``aliases/set_aside.yaml``.

So that nobody takes one for a file of another kind or for an unknown one, and the account of an edition's files says
what it is and why it is of no use here.
"""

from __future__ import annotations

from functools import cache

from pipeline.foundation.yaml_files import Record, read_record
from pipeline.sources.families.schools import ALIASES
from pipeline.sources.reading import RawTable, Reading, Source
from pipeline.sources.tabular.headings import WantedColumn, fold_heading


class Kind(Record):
    """One kind of file: its title in the midst of a sentence, the headings it is known by, and why it is not read."""

    name: str
    title: str
    headings: tuple[str, ...]  # "level or geographic_level" where it has had two names
    unless: tuple[str, ...] = ()
    why: str


class Kinds(Record):
    """All of ``aliases/set_aside.yaml``."""

    kinds: tuple[Kind, ...]


@cache
def load_kinds() -> tuple[Kind, ...]:
    """The kinds of files that are set aside; raises FaultyInput naming every mistake in their table."""
    return read_record(ALIASES / "set_aside.yaml", Kinds).kinds


class FileSetAside:
    """One kind of file of which no figure is read."""

    needs_year = False

    def __init__(self, kind: Kind) -> None:
        self.family = kind.name
        self.title = kind.title
        self.why = kind.why
        self._headings = tuple(tuple(map(fold_heading, heading.split(" or "))) for heading in kind.headings)
        self._unless = frozenset(map(fold_heading, kind.unless))

    def recognises(self, header: tuple[str, ...]) -> bool:
        present = set(map(fold_heading, header))
        return all(present.intersection(names) for names in self._headings) and not present & self._unless

    def find_year(self, table: RawTable) -> int | None:
        """None: whatever year it is of, nothing is read."""
        return None

    def list_wanted(self, header: tuple[str, ...], year: int | None) -> tuple[WantedColumn, ...]:
        """The headings it is known by."""
        return tuple(WantedColumn(names[0], also=names[1:]) for names in self._headings)

    def read(self, table: RawTable, year: int | None) -> Reading:
        """No figure: how many rows there are, and why none is read."""
        return Reading(rows_by_kind={"not read": len(table.cells)}, columns_unused=table.header, notes=(self.why,))


SOURCES: tuple[Source, ...] = tuple(FileSetAside(kind) for kind in load_kinds())
