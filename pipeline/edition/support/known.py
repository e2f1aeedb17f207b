"""What is known locally of an edition's year of support: read whole, and kept beside its tables for each report.

What is kept holds no reason of a change and nothing of people but who gives what, from which a school's copy names its
contact alone.
"""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from pipeline.edition.support.agreed import Assignments, read_agreed
from pipeline.edition.support.changes import CANCELLED, MOVED, Change, read_changes
from pipeline.edition.support.local import AGREED_FILE, CHANGES_FILE, LOG_FILE, read_on
from pipeline.edition.support.log import LoggedSupport, read_log
from pipeline.edition.support.people import Person, read_people
from pipeline.edition.support.terms import SchoolYear, find_terms, read_terms
from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.paths import SUPPORT, EditionPaths
from pipeline.policy.policy import Support
from pipeline.sources.local.folder import list_days_of_panels

#: The folder of what is kept, within the prepared tables, and the file in it.
FILE = "support.json"


@dataclass(frozen=True)
class LocalSupport:
    """What the local files say. ``people`` is None where people.csv is not there or names nobody."""

    year: SchoolYear
    people: tuple[Person, ...] | None = None
    changes: tuple[Change, ...] = ()
    agreed: Assignments = field(default_factory=dict)
    is_agreed: bool = False  # whether people work by a plan
    log: tuple[LoggedSupport, ...] = ()


@dataclass(frozen=True)
class KeptSupport:
    """What reports need of it: the days of the year, ``changes`` by the words of ``policy``, and who gives what."""

    policy: str
    year: SchoolYear
    changes: tuple[Change, ...] = ()
    agreed: tuple[tuple[int, str, str], ...] = ()  # URN, activity, person
    is_agreed: bool = False  # whether people work by a plan

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
    year: int,
    review: datetime.date,
    questions: list[Fault],
    *,
    planned: Mapping[int, str] | None = None,
    needs_terms: bool = False,
) -> LocalSupport | None:
    """Read the year's days, who may give support, what people changed, what was agreed before and what was given.

    None where there are no terms, unless ``needs_terms``: then that is a fault. ``schools`` is URN → name of all the
    edition's, ``planned`` of those with a plan, all where it is None; ``year`` is the one under review, ``review`` the
    edition's day. What may be meant, and hardly is, is added to ``questions``. Raises FaultyInput with every fault of
    every file: what one says is asked of another only where that one has none.
    """
    from pipeline.analysis.indicators import load_subjects

    subjects = {key: subject.title for key, subject in load_subjects().items()}
    faults: list[Fault] = []
    days = read_on(faults, lambda: (read_terms if needs_terms else find_terms)(paths, year), None)
    if days is None and not faults:
        return None
    terms = len(days.terms) if days else None
    people = read_on(faults, lambda: read_people(paths, schools, support, terms, subjects) or (), None)
    nobody: dict[tuple[int, str], str] = {}
    agreed = read_on(faults, lambda: read_agreed(paths), nobody)
    decided = list_days_of_panels(year, review)
    changes = read_on(
        faults, lambda: read_changes(paths, schools, support, review, decided, days, people, questions), tuple[Change]()
    )
    names = [person.name for person in people or ()]
    log = read_on(
        faults,
        lambda: read_log(paths, schools, support, year, names, open_days=days, review=review, questions=questions),
        tuple[LoggedSupport](),
    )
    if faults or days is None:
        raise FaultyInput(faults)
    if planned is not None:
        changes = tuple(_leave_unplanned(changes, planned, CHANGES_FILE.name, questions))
        log = tuple(_leave_unplanned(log, planned, LOG_FILE.name, questions))
    questions += _question_given(changes, log, support)
    is_agreed = (paths.folder / AGREED_FILE.name).is_file()
    return LocalSupport(days, people or None, changes, agreed, is_agreed, log)


_Told = TypeVar("_Told", Change, LoggedSupport)


def _leave_unplanned(
    rows: Iterable[_Told], planned: Collection[int], file: str, questions: list[Fault]
) -> Iterator[_Told]:
    """The rows of schools with a plan; each other one is a question, and stops no other school's plan."""
    for row in rows:
        if row.urn in planned:
            yield row
        else:
            what = "the school has no report in this edition, so no support is planned for it: the row is left aside"
            remedy = "Make its report, then plan again; nothing, if it is to have none."
            questions.append(Fault(file, row.line, "urn", what, remedy, row.urn))


def _question_given(changes: Iterable[Change], log: Iterable[LoggedSupport], support: Support) -> Iterator[Fault]:
    """A question of each row that moves or cancels what the log says had been given by then."""
    given: dict[tuple[int, str], list[LoggedSupport]] = defaultdict(list)
    for row in log:
        given[row.urn, row.activity].append(row)
    for change in changes:
        told = given[change.urn, change.activity][change.number - 1 : change.number]
        if change.kind in (MOVED, CANCELLED) and told and told[0].day <= change.decided and told[0].day != change.day:
            title, day = support.activities[change.activity].title, told[0].day.isoformat()
            what = f"it was given on {day} by line {told[0].line} of {LOG_FILE.name}: {title} {change.number}"
            remedy = f"What was given is not {change.kind}: take this row out, or correct the log."
            yield Fault(CHANGES_FILE.name, change.line, "activity", what, remedy, change.urn)


def keep_support(policy: str, support: Support, known: LocalSupport) -> KeptSupport:
    """Give what reports need of what is ``known``: of what was agreed, that which still may be so."""
    people = {person.name: person for person in known.people or ()}
    agreed = [
        (urn, key, name)
        for (urn, key), name in sorted(known.agreed.items())
        if name in people
        and key in support.activities
        and not people[name].find_bar(urn, support.activities[key].roles, support)
    ]
    changes = tuple(replace(one, reason="") for one in known.changes)
    return KeptSupport(policy, known.year, changes, tuple(agreed), known.is_agreed)


def write_kept(folder: Path, kept: KeptSupport | None) -> None:
    """Write what is kept, or that nothing is, into the new folder ``folder``. The same gives the same bytes."""
    folder.mkdir(parents=True)
    text = json.dumps(kept and asdict(kept), default=_tell, ensure_ascii=False, indent=1)
    (folder / FILE).write_text(f"{text}\n", encoding="utf-8", newline="\n")


def _tell(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


def open_kept(prepared: Path) -> KeptSupport | None:
    """What is kept beside the tables in ``prepared``; None where the edition has no terms and so no days."""
    path = prepared / SUPPORT / FILE
    if not path.is_file():
        return None
    written = path.stat()
    return _read_kept(path, (written.st_ino, written.st_mtime_ns))


@lru_cache(maxsize=4)
def _read_kept(path: Path, written: tuple[int, int]) -> KeptSupport | None:
    """Read once for all schools; a file that was ``written`` anew is read again."""
    kept: KeptSupport | None = TypeAdapter(KeptSupport | None).validate_json(path.read_bytes())
    return kept
