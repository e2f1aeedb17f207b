"""To which address a reminder goes: the column ``email`` of ``local/people.csv``, checked as the address book is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.delivery.accounting.ledger import normalise_address
from pipeline.delivery.addressing.address_book import RECIPIENTS, list_names_by_address, read_address
from pipeline.delivery.settings import SETTINGS, DeliverySettings
from pipeline.edition.support.local import PEOPLE_FILE, read_file
from pipeline.foundation.paths import EditionPaths
from pipeline.sources.local.files import simplify

if TYPE_CHECKING:
    from pipeline.sources.local.rows import Row


def read_supporters(paths: EditionPaths, settings: DeliverySettings) -> dict[str, str]:
    """The address of each person of people.csv who has one, by name.

    Raises FaultyInput with every fault: an address that is none, or whose domain is not allowed; that stands beside two
    people, is shared by several schools, or is somebody else's in the address book.
    """
    found = read_file(paths, PEOPLE_FILE, lambda rows: _read_all(rows, paths, settings))
    return dict(found or [])


def _read_all(rows: list[Row], paths: EditionPaths, settings: DeliverySettings) -> list[tuple[str, str]]:
    known = list_names_by_address(paths)
    first: dict[str, Row] = {}
    shared = {normalise_address(address) for address in settings.shared_addresses}
    found = []
    for row in rows:
        address = read_address(row, settings) if row["email"] else ""
        if not address:
            continue
        key, name = normalise_address(address), " ".join(row["name"].split())
        if key in first:
            what = f"the address stands in line {first[key].line} too, beside {first[key]['name']}"
            row.refuse("email", what, "Write each person's own: one would be told what is meant for the other.")
        elif key in shared:
            remedy = "Write the person's own, or take it out of `shared_addresses:`."
            row.refuse("email", f"several people read it, by `shared_addresses:` in {SETTINGS}", remedy)
        elif others := known.get(key, set()) - {simplify(name)}:
            whose = ", ".join(sorted(other or "nobody by name" for other in others))
            what = f"the address book, local/{RECIPIENTS}, has this address beside another name: {whose}"
            row.refuse("email", what, "Find out whose it is, and correct one of the two.")
        first.setdefault(key, row)
        found.append((name, address))
    return found
