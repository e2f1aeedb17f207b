"""The ledger's second place: every entry as a line of text, beside the pages of the delivery and away from the ledger.

A ledger that was put back from an older copy, or lost, is known by it, and can be completed from it. Each line carries
a hash of its entry and of the line before, so that two accounts that went apart are told from one that is behind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.machine import explain_machine_fault
from pipeline.foundation.paths import EditionPaths

JOURNAL = "journal.jsonl"
EMPTY = ""  # what stands for the hash before the first entry


class JournalFault(PipelineError):
    """The journal cannot be read or written: nothing may be sent without it."""


@dataclass(frozen=True)
class Entry:
    """One row that was added to the ledger: ``kind`` is its table. ``number`` counts from 1 over all tables."""

    number: int
    kind: str
    row: Mapping[str, Any]
    hash: str


def hash_entry(before: str, kind: str, row: Mapping[str, Any]) -> str:
    """The SHA-256 of an entry and of all before it; ``before`` is the hash of the one before."""
    said = json.dumps([before, kind, row], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


class Journal:
    """The lines of one edition's journal. What it reads it keeps until the file is another."""

    def __init__(self, paths: EditionPaths) -> None:
        self.path = paths.delivery / JOURNAL
        self._root = paths.reports.parent.parent
        self._size = -1
        self._entries: dict[int, Entry] = {}
        self._last = 0

    @property
    def entries(self) -> Mapping[int, Entry]:
        """Every entry by its number; a last line that was cut off counts for nothing.

        Raises PipelineError where the file cannot be read.
        """
        size = self._find_size()
        if size != self._size:
            self._entries = {entry.number: entry for entry in self._read()}
            self._last, self._size = max(self._entries, default=0), size
        return self._entries

    @property
    def last(self) -> int:
        """The number of the last entry; 0 where there is none."""
        return self._last if self.entries else 0

    def is_there(self) -> bool:
        """Whether there is a journal, empty or not."""
        return self.path.exists()

    def begin(self) -> None:
        """Write an empty one where there is none. Raises PipelineError where it cannot be written."""
        try:
            if not self.path.exists():
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.touch()
        except OSError as error:
            raise self._refuse("written", error) from None

    def append(self, entries: Iterable[Entry]) -> None:
        """Add lines. Raises PipelineError where they cannot be written."""
        added = list(entries)
        lines = "".join(json.dumps(vars(entry), ensure_ascii=False, sort_keys=True) + "\n" for entry in added)
        last = self.last
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as stream:
                stream.write((b"" if self._ends_with_line() else b"\n") + lines.encode())
        except OSError as error:
            raise self._refuse("written", error) from None
        self._entries.update({entry.number: entry for entry in added})
        self._last, self._size = max([last, *(entry.number for entry in added)]), self._find_size()

    def _ends_with_line(self) -> bool:
        """Whether a line that was cut off must be ended first."""
        if self._size <= 0:
            return True
        with self.path.open("rb") as stream:
            stream.seek(-1, 2)
            return stream.read() == b"\n"

    def _find_size(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise self._refuse("read", error) from None

    def _read(self) -> Iterable[Entry]:
        try:
            lines = self.path.read_bytes().splitlines() if self.path.exists() else []
        except OSError as error:
            raise self._refuse("read", error) from None
        for line in lines:
            try:
                said = json.loads(line)
                yield Entry(int(said["number"]), str(said["kind"]), dict(said["row"]), str(said["hash"]))
            except (ValueError, KeyError, TypeError):
                continue

    def _refuse(self, done: str, error: OSError) -> JournalFault:
        """What is the matter: it may be with the journal, or with a folder above it."""
        met = explain_machine_fault(error, self._root)
        place = met.where if met and met.where else self.path.relative_to(self._root).as_posix()
        why = met.what if met else str(error.strerror or error)
        remedy = met.remedy if met and met.remedy else "Make room, or let the folder be written to."
        return JournalFault(
            f"the ledger's journal cannot be {done}: {why}", where=place, remedy=f"{remedy} Nothing is sent without it."
        )
