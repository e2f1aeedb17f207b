"""The triads that people work by: ``local/triads_agreed.csv``, to which the next plan keeps as close as it can."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.edition.brokering import Group
from pipeline.edition.support.local import read_file, split_list
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.writing import write_beside
from pipeline.sources.local import LocalFile
from pipeline.sources.local.rows import Row

TRIADS_AGREED_FILE = LocalFile(
    "triads_agreed",
    "Which schools review each other in the plan that people work by. Written by plan-support --agree.",
    {"schools": "URNs of one group with semicolons between"},
    "100001; 100002; 100003",
)


def read_agreed_triads(paths: EditionPaths) -> tuple[Group, ...]:
    """The groups agreed; none where the file is not there. Raises FaultyInput with every fault."""
    return tuple(read_file(paths, TRIADS_AGREED_FILE, lambda rows: [_read_row(row) for row in rows]) or ())


def _read_row(row: Row) -> Group:
    said = split_list(row.require("schools", "no school is named", "Write URNs, or put # before the row."))
    if not all(one.isdecimal() for one in said):
        row.refuse("schools", f"{row['schools']!r} are no URNs", "Write URNs with semicolons between.")
        return Group()
    return Group(map(int, said))


def write_agreed_triads(paths: EditionPaths, groups: Iterable[Group]) -> None:
    """Write the groups, in order of schools; what was agreed before is replaced."""
    rows = ["; ".join(map(str, urns)) for urns in sorted(sorted(group) for group in groups)]
    write_beside(paths.folder / TRIADS_AGREED_FILE.name, "\n".join(["schools", *rows]) + "\n")
