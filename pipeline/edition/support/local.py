"""The local files that a year of support is planned from: what each is for, and how their rows are opened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.writing import write_beside
from pipeline.policy.policy import Support
from pipeline.sources.local import LocalFile, compose_template
from pipeline.sources.local.files import find_nearest, simplify
from pipeline.sources.local.rows import Row, open_table, read_rows
from pipeline.sources.local.support_files import (
    AGREED_FILE,
    CHANGES_FILE,
    LOG_FILE,
    PARTNERS_FILE,
    PEOPLE_FILE,
    PROGRAMMES_FILE,
    SUPPORT_FILES,
    TERMS_FILE,
)
from pipeline.sources.reading import PublishedFile

__all__ = [
    "AGREED_FILE",
    "CHANGES_FILE",
    "LOG_FILE",
    "PARTNERS_FILE",
    "PEOPLE_FILE",
    "PROGRAMMES_FILE",
    "SUPPORT_FILES",
    "TERMS_FILE",
    "choose_activity",
    "read_file",
    "read_on",
    "read_school_urn",
    "split_list",
    "write_missing_support_files",
]

T = TypeVar("T")
R = TypeVar("R")


def write_missing_support_files(paths: EditionPaths, files: Sequence[LocalFile] = SUPPORT_FILES) -> list[str]:
    """Write each of ``files`` that is not there as a template; give their names."""
    missing = [file for file in files if not (paths.folder / file.name).is_file()]
    for file in missing:
        write_beside(paths.folder / file.name, compose_template(file))
    return [file.name for file in missing]


def read_file(
    paths: EditionPaths,
    about: LocalFile,
    read: Callable[[list[Row]], list[T]],
    questions: list[Fault] | None = None,
) -> list[T] | None:
    """What ``read`` makes of the file's rows; None where it is not there.

    What it warns of is added to ``questions``. Raises FaultyInput with every fault of every row, and where another file
    looks as if it were meant to be this one.
    """
    _refuse_misnamed(paths, about)
    path = paths.folder / about.name
    if not path.is_file():
        return None
    too_long: list[Fault] = []
    table = open_table(PublishedFile(path, about.name), too_long=too_long)
    rows, faults, warnings = read_rows(table, about, past_headings=True)
    found = read(rows)
    shifted = {fault.line for fault in too_long}  # whose cells stand under other headings
    if faults := [*too_long, *(fault for fault in faults if fault.line not in shifted)]:
        raise FaultyInput(sorted(faults, key=lambda fault: (fault.file, fault.line or 0, fault.column or "")))
    if questions is not None:
        questions += warnings
    return found


def read_on(faults: list[Fault], reading: Callable[[], R], nothing: R) -> R:
    """What ``reading`` gives; where it raises FaultyInput, ``nothing``, and its faults are added to ``faults``."""
    try:
        return reading()
    except FaultyInput as error:
        faults.extend(error.faults)
        return nothing


def _refuse_misnamed(paths: EditionPaths, about: LocalFile) -> None:
    beside = sorted(paths.local.iterdir()) if paths.local.is_dir() else []
    stems = [*(file.stem for file in (*SUPPORT_FILES, AGREED_FILE, PROGRAMMES_FILE)), "triads_agreed"]
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


def read_school_urn(row: Row, schools: Collection[int]) -> int:
    """The URN; a fault where it is none of the edition's ``schools``."""
    urn = row.read_urn(None)
    if urn and urn not in schools:
        row.refuse("urn", f"URN {urn} is no school of this edition", "Correct it, or put # before the row.")
    return urn


def choose_activity(row: Row, support: Support) -> str:
    """The key of the activity that a row names by title or key; "" where it names none, which is a fault."""
    if not row["activity"]:
        row.refuse("activity", "the activity is missing", "Write what the plan calls it, as Initial visit.")
        return ""
    by_words = {simplify(key): key for key in support.activities}
    by_words |= {simplify(activity.title): key for key, activity in support.activities.items()}
    titles = [activity.title for activity in support.activities.values()]
    said = row.choose("activity", [*titles, *support.activities], "activity of the policy")
    return by_words.get(simplify(said), "")
