"""Who does what as people work by it: ``local/support_agreed.csv``, to which the next plan keeps as close as it can."""

from __future__ import annotations

import csv
import io

from pipeline.edition.support.local import read_file
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.writing import write_beside
from pipeline.run.desk.support.staffing import Assignments
from pipeline.sources.local import LocalFile
from pipeline.sources.local.rows import Row

AGREED_FILE = LocalFile(
    "support_agreed",
    "Who does what in the plan of support that people work by. Written by plan-support --agree.",
    {
        "urn": "the school's six digits",
        "activity": "the key of the policy's activity",
        "person": "who does it: a name of people.csv",
    },
    "100001,initial_visit,A. Adviser",
)


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
