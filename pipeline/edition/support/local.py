"""The local files that a year of support is planned from: what each is for, and how their rows are opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.writing import write_beside
from pipeline.sources.local import LocalFile, compose_template
from pipeline.sources.local.files import find_nearest, simplify
from pipeline.sources.local.rows import Row, open_table, read_rows
from pipeline.sources.reading import PublishedFile

TERMS_FILE = LocalFile(
    "terms",
    "The days on which schools are open in the year of support; one row a term or half term or closure.",
    {
        "kind": "term / half term / closed (training days; bank holidays are known without you)",
        "name": "what it is called: Autumn",
        "first_day": "its first day as 2025-09-02 or 02/09/2025",
        "last_day": "its last day; for a term the last day of school",
    },
    "term,Autumn,2025-09-02,2025-12-19",
)
PEOPLE_FILE = LocalFile(
    "people",
    "Who may give support; one row a person. For officers: a school learns no more than the name of its contact.",
    {
        "name": "the person's name; each once",
        "role": "one of your policy's roles or several with a semicolon between",
        "subjects": "subjects the person leads well (maths; English); may be left empty",
        "phases": "phases the person knows (primary; secondary); empty for all",
        "days_a_term": "days to give in each term: one number or one a term (8; 6; 4)",
        "home": "the URN of the person's own school or the town they work from; may be left empty",
        "conflicts": "URNs of schools where the person must not work; with semicolons",
        "serving": "yes where the person works in a school now; no otherwise",
    },
    "A. Adviser,adviser,maths; reading,primary,8,Larkstead,100001,no",
)
CHANGES_FILE = LocalFile(
    "support_plan",
    "What people changed in the plan of support; one row a change. What stands here wins.",
    {
        "urn": "the school's six digits",
        "activity": "one of your policy's activities; empty where a person takes on all they may do at the school",
        "number": "which one of several: 1 is the first; empty for the first",
        "change": "moved / cancelled / started / added / person",
        "new_date": "the new day; for moved and added; may be given for started",
        "person": "who does it: a name of people.csv; for person",
        "reason": "why; in a sentence. For officers only",
        "date": "the day this was decided",
    },
    "100001,Initial visit,1,moved,2026-01-14,,The head asked for a later day.,2025-12-08",
)
SUPPORT_FILES = (TERMS_FILE, PEOPLE_FILE, CHANGES_FILE)

T = TypeVar("T")


def write_missing_support_files(paths: EditionPaths) -> tuple[str, ...]:
    """Write each file that is not there as a template; give their names."""
    missing = [file for file in SUPPORT_FILES if not (paths.folder / file.name).is_file()]
    for file in missing:
        write_beside(paths.folder / file.name, compose_template(file))
    return tuple(file.name for file in missing)


def read_file(paths: EditionPaths, about: LocalFile, read: Callable[[list[Row]], list[T]]) -> list[T] | None:
    """What ``read`` makes of the file's rows; None where it is not there.

    Raises FaultyInput with every fault of every row, and where another file looks as if it were meant to be this one.
    """
    _refuse_misnamed(paths, about)
    path = paths.folder / about.name
    if not path.is_file():
        return None
    rows, faults, _ = read_rows(open_table(PublishedFile(path, about.name)), about)
    found = read(rows)
    if faults:
        raise FaultyInput(sorted(faults, key=lambda fault: (fault.file, fault.line or 0, fault.column or "")))
    return found


def _refuse_misnamed(paths: EditionPaths, about: LocalFile) -> None:
    beside = sorted(paths.local.iterdir()) if paths.local.is_dir() else []
    stems = [*(file.stem for file in SUPPORT_FILES), "support_agreed"]
    faults = [
        Fault(
            f"local/{path.name}",
            None,
            None,
            "nothing is read under this name, and it looks as if it were meant to be",
            f"Save it as CSV UTF-8 under the name {about.stem}.csv, or move it out of local/.",
        )
        for path in beside
        if path.name != f"{about.stem}.csv"
        and not path.name.startswith((".", "~$"))
        and find_nearest(path.stem, stems) == about.stem
    ]
    if faults:
        raise FaultyInput(faults)


def split_list(said: str) -> tuple[str, ...]:
    """The entries of a cell that holds several, semicolons between them."""
    return tuple(part for one in said.split(";") if (part := " ".join(one.split())))


def is_same(one: str, other: str) -> bool:
    """Whether two names are one, but for capitals, blanks and hyphens."""
    return simplify(one) == simplify(other)
