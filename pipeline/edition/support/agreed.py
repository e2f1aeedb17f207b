"""Who does what as people work by it: ``local/support_agreed.csv``, to which later plans keep as close as they can."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping

from pipeline.edition.support.local import AGREED_FILE, read_file
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.writing import write_beside
from pipeline.sources.local.rows import Row

#: Who does an activity, by URN and the key of the policy's activity.
Assignments = Mapping[tuple[int, str], str]


def read_agreed(paths: EditionPaths) -> dict[tuple[int, str], str]:
    """By URN and activity, who does it; empty where no plan was agreed. Raises FaultyInput with every fault."""
    found = read_file(paths, AGREED_FILE, lambda rows: [_read_row(row) for row in rows])
    return dict(found or [])


def _read_row(row: Row) -> tuple[tuple[int, str], str]:
    activity = row.require("activity", "the activity is missing", "Write its key, or put # before the row.")
    person = row.require("person", "nobody is named", "Write who does it, or put # before the row.")
    return (row.read_urn(None), activity), " ".join(person.split())


def write_agreed(paths: EditionPaths, assigned: Assignments) -> None:
    """Write who does what, in order of schools; what was agreed before is replaced."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(AGREED_FILE.columns)
    writer.writerows([(urn, activity, person) for (urn, activity), person in sorted(assigned.items())])
    write_beside(paths.folder / AGREED_FILE.name, text.getvalue())


def find_contact(given: Iterable[tuple[str, float]]) -> str:
    """Of people and the hours that each gives at one school, who is most there; "" where nobody is named."""
    hours: dict[str, float] = defaultdict(float)
    for name, more in given:
        hours[name] += more
    return min((name for name in hours if name), key=lambda name: (-round(hours[name], 6), name), default="")
