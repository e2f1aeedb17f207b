"""Who an edition's address book names as the adviser of each school: the name alone, never an address."""

from __future__ import annotations

from pathlib import Path

from pipeline.foundation.errors import FaultyInput
from pipeline.sources.local.files import LocalFile, list_columns, simplify
from pipeline.sources.local.rows import open_table
from pipeline.sources.reading import PublishedFile

ROLE = "adviser"  # as the policies call the role
_BOOK = LocalFile("recipients", "", {"urn": "", "role": "", "name": ""}, "")


def read_advisers(folder: Path) -> dict[int, str]:
    """The names of each school's advisers, joined, by URN; none where no address book is in ``folder``.

    Nothing here judges the address book: one that cannot be read names no adviser, and sending says what is wrong.
    """
    path = folder / "recipients.csv"
    if not path.is_file():
        return {}
    try:
        table = open_table(PublishedFile(path, _BOOK.name))
    except FaultyInput:
        return {}
    headings = dict(list_columns(table.header, _BOOK))
    if None in headings.values():
        return {}
    texts = {column: table.cells[heading].fillna("").str.strip() for column, heading in headings.items()}
    found: dict[int, dict[str, None]] = {}
    for urn, role, name in zip(texts["urn"], texts["role"], texts["name"], strict=True):
        if simplify(role) == ROLE and name and urn.isascii() and urn.isdecimal():
            found.setdefault(int(urn), {})[" ".join(name.split())] = None
    return {urn: ", ".join(names) for urn, names in sorted(found.items())}
