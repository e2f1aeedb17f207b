"""The triads that people work by: ``local/triads_agreed.csv``, to which the next plan keeps as close as it can."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pipeline.edition.brokering import Group
from pipeline.edition.support.local import read_file
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.writing import write_beside
from pipeline.sources.local import LocalFile
from pipeline.sources.local.rows import Row

TRIADS_AGREED_FILE = LocalFile(
    "triads_agreed",
    "Which schools review each other in the plan that people work by. Written by plan-support --agree.",
    {"group": "the number of the group", "urn": "the school's six digits"},
    "1,100001",
)


def read_agreed_triads(paths: EditionPaths) -> tuple[Group, ...]:
    """The groups agreed; none where the file is not there. Raises FaultyInput with every fault."""
    groups: dict[str, set[int]] = defaultdict(set)
    for group, urn in read_file(paths, TRIADS_AGREED_FILE, lambda rows: [_read_row(row) for row in rows]) or ():
        groups[group].add(urn)
    return tuple(map(Group, groups.values()))


def _read_row(row: Row) -> tuple[str, int]:
    return row.require("group", "the group is missing", "Write its number, or put # before the row."), row.read_urn(
        None
    )


def write_agreed_triads(paths: EditionPaths, groups: Iterable[Group]) -> None:
    """Write the groups, in order of schools; what was agreed before is replaced."""
    ordered = sorted(sorted(group) for group in groups)
    rows = [f"{number},{urn}" for number, urns in enumerate(ordered, start=1) for urn in urns]
    write_beside(
        paths.folder / TRIADS_AGREED_FILE.name, "\n".join([",".join(TRIADS_AGREED_FILE.columns), *rows]) + "\n"
    )
