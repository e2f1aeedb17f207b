"""What is known locally of an edition's year of support: read whole, and kept beside its tables for each report.

What is kept holds no reason of a change and nothing of people but who gives what, from which a school's copy names its
contact alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from pipeline.edition.support.agreed import Assignments, read_agreed
from pipeline.edition.support.changes import Change, read_changes
from pipeline.edition.support.local import read_on
from pipeline.edition.support.people import Person, read_people
from pipeline.edition.support.terms import SchoolYear
from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.paths import EditionPaths
from pipeline.policy.policy import Support

#: The folder of what is kept, within the prepared tables, and the file in it.
FOLDER, FILE = "support", "support.json"


@dataclass(frozen=True)
class LocalSupport:
    """What the local files say. ``people`` is None where people.csv is not there or names nobody."""

    people: tuple[Person, ...] | None
    changes: tuple[Change, ...]
    agreed: Assignments


@dataclass(frozen=True)
class KeptSupport:
    """What reports need of it: the days of the year, ``changes`` by the words of ``policy``, and who gives what."""

    policy: str
    year: SchoolYear
    changes: tuple[Change, ...] = ()
    agreed: tuple[tuple[int, str, str], ...] = ()  # URN, activity, person

    def choose_school(self, urn: int) -> KeptSupport:
        """The part of one school."""
        return replace(
            self,
            changes=tuple(one for one in self.changes if one.urn == urn),
            agreed=tuple(one for one in self.agreed if one[0] == urn),
        )


def read_local_support(
    paths: EditionPaths,
    schools: Mapping[int, str],
    support: Support,
    year: SchoolYear,
    *,
    planned: Mapping[int, str] | None = None,
) -> LocalSupport:
    """Read who may give support, what people changed, and who does what by the plan agreed before.

    ``schools`` is URN → name of all the edition's, ``planned`` of those with a plan, all where it is None. Raises
    FaultyInput with every fault of every file.
    """
    from pipeline.analysis.indicators import load_subjects

    subjects = {key: subject.title for key, subject in load_subjects().items()}
    faults: list[Fault] = []

    people = read_on(faults, lambda: read_people(paths, schools, support, len(year.terms), subjects), None)
    nobody: dict[tuple[int, str], str] = {}
    agreed = read_on(faults, lambda: read_agreed(paths), nobody)
    changes: tuple[Change, ...] = ()
    if not faults:  # a change may name anybody where it is not known who there is
        known = {person.name: person.roles for person in people or ()}
        among = schools if planned is None else planned
        changes = read_on(faults, lambda: read_changes(paths, among, support, year, known), changes)
    if faults:
        raise FaultyInput(faults)
    return LocalSupport(people or None, changes, agreed)


def keep_support(policy: str, support: Support, year: SchoolYear, known: LocalSupport) -> KeptSupport:
    """Give what reports need of what is ``known``: of what was agreed, that which still may be so."""
    people = {person.name: person for person in known.people or ()}
    agreed = [
        (urn, key, name)
        for (urn, key), name in sorted(known.agreed.items())
        if name in people
        and key in support.activities
        and not people[name].find_bar(urn, support.activities[key].roles, support)
    ]
    return KeptSupport(policy, year, tuple(replace(one, reason="") for one in known.changes), tuple(agreed))


def write_kept(folder: Path, kept: KeptSupport | None) -> None:
    """Write what is kept, or that nothing is, into the new folder ``folder``. The same gives the same bytes."""
    folder.mkdir(parents=True)
    text = json.dumps(kept and asdict(kept), default=_tell, ensure_ascii=False, indent=1)
    (folder / FILE).write_text(f"{text}\n", encoding="utf-8", newline="\n")


def _tell(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


def open_kept(prepared: Path) -> KeptSupport | None:
    """What is kept beside the tables in ``prepared``; None where the edition has no terms and so no days."""
    path = prepared / FOLDER / FILE
    if not path.is_file():
        return None
    written = path.stat()
    return _read_kept(path, (written.st_ino, written.st_mtime_ns))


@lru_cache(maxsize=4)
def _read_kept(path: Path, written: tuple[int, int]) -> KeptSupport | None:
    """Read once for all schools; a file that was ``written`` anew is read again."""
    kept: KeptSupport | None = TypeAdapter(KeptSupport | None).validate_json(path.read_bytes())
    return kept
