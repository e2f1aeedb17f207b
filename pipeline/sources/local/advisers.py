"""Who an edition's address book names as the adviser of each school: the name alone, never an address."""

from __future__ import annotations

from pathlib import Path

from pipeline.foundation.errors import FaultyInput
from pipeline.sources.local.files import LocalFile, list_columns, simplify
from pipeline.sources.reading import PublishedFile
from pipeline.sources.tabular.tables import read_short_table

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
        header, rows = read_short_table(PublishedFile(path, _BOOK.name))
    except FaultyInput:
        return {}
    places = [header.index(heading) for _, heading in list_columns(header, _BOOK) if heading]
    if len(places) < len(_BOOK.columns):
        return {}
    found: dict[int, dict[str, None]] = {}
    for row in rows:
        urn, role, name = (row[place].strip() for place in places)
        if simplify(role) == ROLE and name and urn.isascii() and urn.isdecimal():
            found.setdefault(int(urn), {})[" ".join(name.split())] = None
    return {urn: ", ".join(names) for urn, names in sorted(found.items())}
