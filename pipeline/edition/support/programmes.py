"""How programmes of support go, as those who give them see it: ``local/programmes.csv``."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from pipeline.edition.support.local import PROGRAMMES_FILE, read_file
from pipeline.foundation.errors import Fault
from pipeline.foundation.paths import EditionPaths
from pipeline.sources.local.files import find_nearest, simplify
from pipeline.sources.local.rows import Days, Row, Schools, refuse_repeats

#: What of a programme is rated, by the column that holds it.
ASPECTS = {
    "staff_capability": "Staff capability",
    "classroom_practice": "Classroom practice",
    "pupils_engagement": "Pupils' engagement and learning",
}
LEAST, MOST = 1, 4  # much to do, secure without help
_YEARS_BACK = 10
_NEARLY = 0.85  # one letter of seven, wrong or missing


@dataclass(frozen=True)
class ProgrammeRating:
    """One row: a programme at a school as it was seen on a day. ``ratings`` holds the aspects that were rated."""

    programme: str
    urn: int
    day: datetime.date
    ratings: Mapping[str, int]
    person: str
    note: str = field(repr=False)  # for officers


def read_programmes(
    paths: EditionPaths, schools: Mapping[int, str], date: datetime.date, questions: list[Fault] | None = None
) -> tuple[ProgrammeRating, ...]:
    """Read ``local/programmes.csv``, sorted by programme, school and day; none where it is not there.

    ``schools`` is URN → name of the edition's schools, ``date`` the edition's. A programme is spelled as in its first
    row; a name that is nearly another's is one of ``questions``. Raises FaultyInput with every fault of every row:
    a school that is none of the edition's, a day that cannot be meant, a rating that is none, one without the person
    who gave it, two rows of one programme, school and day.
    """
    days = Days(
        datetime.date(date.year - _YEARS_BACK, 9, 1),
        datetime.date(date.year + 1, 8, 31),
        f"is more than {_YEARS_BACK} years before this edition",
        "is after the year in which this edition is used",
    )
    found = read_file(paths, PROGRAMMES_FILE, lambda rows: _read_all(rows, Schools(schools), days), questions)
    return tuple(sorted(found or (), key=lambda one: (simplify(one.programme), one.urn, one.day)))


def _read_all(rows: list[Row], schools: Schools, days: Days) -> list[ProgrammeRating]:
    spelled: dict[str, str] = {}
    found, keys = [], []
    for row in rows:
        said = " ".join(row.require("programme", "the programme is missing", "Write what it is called.").split())
        if simplify(said) not in spelled and (near := _find_nearly(said, spelled.values())):
            what = f"{said!r} is nearly {near!r}, and counts as another programme"
            row.warn("programme", what, f"Did you mean {near!r}? Write it so; nothing, if they are two.")
        programme = spelled.setdefault(simplify(said), said)
        urn, day = row.read_urn(schools), row.read_date(days)
        ratings = {aspect: rating for aspect in ASPECTS if (rating := _read_rating(row, aspect))}
        if ratings and not row["person"]:
            row.refuse("person", "nothing says who rated", "Write the name of the person who did.")
        keys.append((programme or None, urn or None, day or None))
        if day:
            date = datetime.date.fromisoformat(day)
            found.append(ProgrammeRating(programme, urn, date, ratings, row["person"], row["note"]))
    what = "the programme stands at this school on this day in line {line} too"
    refuse_repeats(rows, keys, what, "Keep one of the two, or correct a date.")
    return found


def _find_nearly(said: str, others: Iterable[str]) -> str:
    """The name that differs from one by a slip of the hand; "" where none does. A number or a short word that differs,
    as in tier 1 and tier 2, is what tells two programmes apart."""
    near = find_nearest(said, [one for one in others if _list_marks(one) == _list_marks(said)])
    alike = SequenceMatcher(None, simplify(near or ""), simplify(said), autojunk=False).ratio()
    return near if near and alike >= _NEARLY else ""


def _list_marks(name: str) -> list[str]:
    return re.findall(r"\d+|\b\w{1,3}\b", simplify(name))


def _read_rating(row: Row, aspect: str) -> int | None:
    said = row[aspect]
    if not said:
        return None
    if said not in map(str, range(LEAST, MOST + 1)):
        row.refuse(aspect, f"{said!r} is no rating", f"Write a whole number from {LEAST} (much to do) to {MOST}.")
        return None
    return int(said)
