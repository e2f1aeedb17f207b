"""Which schools go together or must not, as people know: ``local/partners.csv``, and conflicts of ``people.csv``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from pipeline.edition.support.local import PARTNERS_FILE, PEOPLE_FILE, read_file, split_list
from pipeline.foundation.paths import EditionPaths
from pipeline.sources.local.rows import Row

CONFLICT, PAIRED, NO_HELP, TRIAD, LAST_TRIAD, NO_TRIAD = (
    "conflict",
    "paired",
    "no help",
    "triad",
    "triad last year",
    "no triad",
)
#: How many schools a row of each kind names: at least, at most.
_SCHOOLS = {
    CONFLICT: (2, 60),
    PAIRED: (2, 2),
    NO_HELP: (1, 60),
    TRIAD: (2, 4),
    LAST_TRIAD: (2, 4),
    NO_TRIAD: (1, 60),
}

Group = frozenset[int]


@dataclass(frozen=True)
class Partners:
    """Which schools must not, already do, or did go together, as sets of URNs."""

    conflicts: frozenset[Group] = frozenset()  # of two schools each
    paired: frozenset[Group] = frozenset()
    offering_no_help: Group = frozenset()
    triads: frozenset[Group] = frozenset()  # that people have settled
    last_triads: frozenset[Group] = frozenset()
    outside_triads: Group = frozenset()

    def find_bar(self, urn: int, helper: int) -> str:
        """Why ``helper`` is not named for school ``urn``; "" where nothing speaks against it."""
        if Group((urn, helper)) in self.conflicts:
            return "a conflict is noted"
        if Group((urn, helper)) in self.paired:
            return "the two work together already"
        return "offers no help this year" if helper in self.offering_no_help else ""

    def describe(self) -> dict[str, list]:
        """All of it as JSON values, in one order whatever that of the rows was."""
        return {
            name: sorted(sorted(one) if isinstance(one, frozenset) else one for one in held)
            for name, held in vars(self).items()
        }

    def list_paired(self) -> Mapping[int, set[int]]:
        """By URN, the schools with which a school is paired."""
        found: dict[int, set[int]] = defaultdict(set)
        for one, other in map(sorted, self.paired):
            found[one].add(other)
            found[other].add(one)
        return found


NO_PARTNERS = Partners()


def read_partners(paths: EditionPaths, known: Collection[int]) -> Partners:
    """Read what is known of partners; nothing is where neither file is there.

    ``known`` are the URNs of all schools that the edition's files name. A person who must not work at a school keeps
    their own school from it too. Raises FaultyInput with every fault of partners.csv.
    """
    rows = read_file(paths, PARTNERS_FILE, lambda rows: _read_all(rows, known)) or []
    found: dict[str, set[Group]] = defaultdict(set)
    for kind, urns in rows:
        found[kind].add(urns)
    conflicts = _pair_up(found[CONFLICT]) | frozenset(read_file(paths, PEOPLE_FILE, _read_conflicts) or ())
    return Partners(
        conflicts,
        frozenset(found[PAIRED]),
        Group().union(*found[NO_HELP]),
        frozenset(found[TRIAD]),
        frozenset(found[LAST_TRIAD]),
        Group().union(*found[NO_TRIAD]),
    )


def _pair_up(groups: Iterable[Group]) -> frozenset[Group]:
    return frozenset(Group(pair) for urns in groups for pair in combinations(sorted(urns), 2))


def _read_all(rows: list[Row], known: Collection[int]) -> list[tuple[str, Group]]:
    found, settled = [], dict[int, int]()
    for row in rows:
        kind = row.choose("kind", tuple(_SCHOOLS), "kind of row")
        urns = _read_urns(row, known, kind)
        if kind == TRIAD:
            for urn in urns:
                if urn in settled:
                    what = f"URN {urn} is in the triad of line {settled[urn]} too"
                    row.refuse("schools", what, "Leave each school in one triad.")
                settled.setdefault(urn, row.line)
        if kind:
            found.append((kind, Group(urns)))
    return found


def _read_urns(row: Row, known: Collection[int], kind: str) -> list[int]:
    found = []
    for said in split_list(row.require("schools", "no school is named", "Write URNs with semicolons between.")):
        if not re.fullmatch(r"[1-9]\d{5}", said):
            row.refuse("schools", f"{said!r} is no URN: a URN has six digits", "Write URNs with semicolons between.")
        elif int(said) in found:
            row.refuse("schools", f"URN {said} stands here twice", "Write each school once.")
        elif known and int(said) not in known:
            row.refuse("schools", f"no file of this edition names URN {said}", "Correct it, or put # before the row.")
        else:
            found.append(int(said))
    least, most = _SCHOOLS.get(kind, (1, 60))
    if row["schools"] and not least <= len(split_list(row["schools"])) <= most:
        asked = f"{least}" if least == most else f"{least} to {most}"
        what = f"{len(split_list(row['schools']))} schools are named, and a row of {kind!r} names {asked}"
        row.refuse("schools", what, "Add what is missing, or make several rows of it.")
    return found


def _read_conflicts(rows: list[Row]) -> list[Group]:
    """A person's own school beside each school where they must not work. Other faults are the plan's to tell."""
    return [
        Group((int(row["home"]), int(urn)))
        for row in rows
        if re.fullmatch(r"[1-9]\d{5}", row["home"])
        for urn in split_list(row["conflicts"])
        if re.fullmatch(r"[1-9]\d{5}", urn) and urn != row["home"]
    ]
