"""Who may give support: ``local/people.csv``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.edition.support.local import PEOPLE_FILE, read_file, split_list
from pipeline.foundation.errors import Fault
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.vocabulary import Phase
from pipeline.policy.policy import Support
from pipeline.sources.local.evidence import NO, YES
from pipeline.sources.local.files import match_word, simplify
from pipeline.sources.local.rows import Row, Schools

_MOST_DAYS = 70  # no term is longer


@dataclass(frozen=True)
class Person:
    """One person. ``subjects`` are keys; ``phases`` none where the person knows all; ``days`` those of each term."""

    name: str
    roles: tuple[str, ...]
    subjects: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    days: tuple[float, ...] = ()
    school: int | None = None  # where the person works
    place: str = ""  # the town the person works from, where no school says it
    conflicts: frozenset[int] = frozenset()
    serving: bool = False

    def find_bar(self, urn: int, roles: Sequence[str], support: Support) -> str:
        """Why the person may not do at a school what is for any of ``roles``; "" where they may."""
        if urn in self.conflicts:
            return "a conflict of interest is noted"
        if urn == self.school:
            return "it is their own school"
        allowed = [role for role in self.roles if role in roles]
        if not allowed:
            return f"their role ({', '.join(support.roles[role].title for role in self.roles)}) is not one for it"
        if not self.serving and all(support.roles[role].serving for role in allowed):
            return "only somebody who works in a school now may do it"
        return ""


def read_people(
    paths: EditionPaths,
    schools: Schools,
    support: Support,
    terms: int | None,
    subjects: Mapping[str, str],
    questions: list[Fault] | None = None,
) -> tuple[Person, ...] | None:
    """Read ``local/people.csv``, sorted by name; None where it is not there.

    ``schools`` are those that the edition's files know, ``terms`` how many the year has (None where that is not
    known), ``subjects`` the words for each subject by key. A conflict with a school that the edition does not list is
    one of ``questions``. Raises FaultyInput with every fault of every row.
    """
    return_ = read_file(paths, PEOPLE_FILE, lambda rows: _read_all(rows, schools, support, terms, subjects), questions)
    return None if return_ is None else tuple(sorted(return_, key=lambda person: person.name))


def _read_all(
    rows: list[Row], schools: Schools, support: Support, terms: int | None, subjects: Mapping[str, str]
) -> list[Person]:
    people, first = [], dict[str, int]()
    for row in rows:
        name = " ".join(row.require("name", "the name is missing", "Write the person's name.").split())
        if name and simplify(name) in first:
            what = f"{name} stands in line {first[simplify(name)]} too"
            row.refuse("name", what, "Keep one row a person; of two people of one name, add an initial.")
        first.setdefault(simplify(name), row.line)
        school, place = _read_home(row, schools)
        people.append(
            Person(
                name=name,
                roles=_read_roles(row, support),
                subjects=_read_words(row, "subjects", subjects, "subject"),
                phases=_read_words(row, "phases", {str(phase): str(phase) for phase in Phase}, "phase"),
                days=_read_days(row, terms),
                school=school,
                place=place,
                conflicts=frozenset(_read_urns(row, schools)),
                serving=_read_serving(row),
            )
        )
    return people


def _read_roles(row: Row, support: Support) -> tuple[str, ...]:
    words = {role.title: key for key, role in support.roles.items()} | {key: key for key in support.roles}
    if not row["role"]:
        titles = ", ".join(role.title for role in support.roles.values())
        row.refuse("role", "the role is missing", f"Use one of: {titles}.")
    return _look_up(row, "role", words, "role of the policy")


def _read_words(row: Row, column: str, known: Mapping[str, str], what: str) -> tuple[str, ...]:
    return _look_up(row, column, {title: key for key, title in known.items()} | {key: key for key in known}, what)


def _look_up(row: Row, column: str, words: Mapping[str, str], what: str) -> tuple[str, ...]:
    found = []
    for said in split_list(row[column]):
        if (word := match_word(said, list(words))) is None:
            row.refuse(column, f"{said!r} is no {what}", f"Use one of: {', '.join(dict.fromkeys(words))}.")
        else:
            found.append(words[word])
    return tuple(dict.fromkeys(found))


def _read_days(row: Row, terms: int | None) -> tuple[float, ...]:
    said = split_list(row["days_a_term"])
    terms = len(said) if terms is None else terms
    if not all(re.fullmatch(r"\d{1,3}(\.\d{1,2})?", one) and float(one) <= _MOST_DAYS for one in said) or not said:
        what = f"{row['days_a_term']!r} says no days" if said else "the days to give are missing"
        row.refuse(
            "days_a_term", what, f"Write one number for each term up to {_MOST_DAYS}, or one for all: 8, or 8; 6; 4."
        )
        return (0.0,) * terms
    if len(said) not in (1, terms):
        what = f"{len(said)} numbers stand here, and the year has {terms} terms"
        row.refuse("days_a_term", what, "Write one for all terms, or one for each.")
    days = tuple(map(float, said))
    return days * terms if len(days) == 1 else (*days, *(0.0,) * terms)[:terms]


def _read_home(row: Row, schools: Schools) -> tuple[int | None, str]:
    said = row["home"]
    if re.fullmatch(r"\d+", said):
        if not re.fullmatch(r"[1-9]\d{5}", said):
            row.refuse("home", f"{said!r} is no URN: a URN has six digits", "Write six digits, or the town.")
            return None, ""
        return int(said), ""
    by_name = {simplify(name): urn for urn, name in schools.own.items() if name}  # whom no file names is nobody's home
    return (by_name[simplify(said)], "") if simplify(said) in by_name else (None, " ".join(said.split()))


def _read_urns(row: Row, schools: Schools) -> list[int]:
    found = []
    for said in split_list(row["conflicts"]):
        if not re.fullmatch(r"[1-9]\d{5}", said):
            row.refuse("conflicts", f"{said!r} is no URN: a URN has six digits", "Write URNs with semicolons between.")
        elif schools.leaves_aside(int(said)):
            row.leave_aside("conflicts", f"URN {said}", "conflict")
        elif int(said) not in schools.own:
            row.refuse("conflicts", f"URN {said} is no school of this edition", "Correct it, or take it out.")
        else:
            found.append(int(said))
    return found


def _read_serving(row: Row) -> bool:
    said = row["serving"].casefold()
    if said not in (*YES, *NO) or not said:
        what = f"{row['serving']!r} says neither yes nor no" if said else "nothing says whether the person is serving"
        row.refuse("serving", what, "Write yes where they work in a school now, else no.")
    return said in YES
