"""The files of an edition's ``local/`` folder: what each is for and what its columns hold.

Templates, readers and messages all speak of a column by what stands here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.vocabulary import LocalConcern, PupilGroup, Unit
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.sources.local.early_measures import EARLY
from pipeline.sources.reading import ALIASES, PublishedFile
from pipeline.sources.tabular.tables import read_short_table

#: A column that every file may have for its readers' eyes: the school's name. It is not read.
FOR_THE_EYE = "school"


@dataclass(frozen=True)
class LocalFile:
    """One file an authority or trust writes itself. ``columns`` says of each, in a line without commas, what it is."""

    stem: str
    purpose: str
    columns: dict[str, str]
    example: str  # a row, as it is shown behind a #
    optional: frozenset[str] = frozenset()  # columns that may be left out
    secret: bool = False  # rows of single pupils: no message says what a cell or a heading holds

    @property
    def name(self) -> str:
        """As messages and frames call it, relative to the edition."""
        return f"local/{self.stem}.csv"

    @property
    def family(self) -> str:
        """The name of its suite of expectations."""
        return self.stem if self.stem.startswith("local_") else f"local_{self.stem}"


SELF_EVALUATION_FILE = LocalFile(
    "self_evaluation",
    "How schools see themselves; one row a summary.",
    {
        "urn": "the school's six digits",
        "date": "the day of the summary as 2025-10-03 or 03/10/2025",
        "summary_grade": "the school's own word for how it stands; may be left empty",
        "self_referral": "yes where the school asks for support; no or empty otherwise",
    },
    "100001,2025-10-03,Good,no",
)
SOFT_INTELLIGENCE_FILE = LocalFile(
    "soft_intelligence",
    "What you have heard of schools; one row a piece. For officers: no note or source is in a school's own copy.",
    {
        "urn": "the school's six digits",
        "date": "the day you heard it as 2025-10-03 or 03/10/2025",
        "kind": " / ".join(LocalConcern),
        "source": "who said so",
        "note": "what was said in a sentence or two; may be left empty",
    },
    "100001,2025-09-18,leadership change,School improvement adviser,The headteacher leaves in December.",
)
MODERATION_FILE = LocalFile(
    "moderation",
    "What panels decided; one row a decision. Of two for one school the later counts.",
    {
        "urn": "the school's six digits",
        "category": "one of your policy's categories",
        "reason": "why; in a sentence or two. For officers only",
        "person": "who answers for the decision",
        "date": "the day of the panel as 2025-10-03 or 03/10/2025",
    },
    "100001,CATEGORY,The new headteacher starts in January; a visit will help.,A. Adviser,2025-11-20",
)
LAST_YEAR_FILE = LocalFile(
    "categories_last_year",
    "The category each school had last year; needed only where `previous:` in edition.yaml names no edition.",
    {"urn": "the school's six digits", "category": "one of your policy's categories or Insufficient evidence"},
    "100001,CATEGORY",
)


class Return(Record):
    """One measure of local returns: its unit and the most it can be."""

    unit: Unit
    most: float


class ReturnMeasures(Record):
    """The content of ``aliases/local_returns.yaml``."""

    measures: dict[str, Return]


RETURNS = read_record(ALIASES / "local_returns.yaml", ReturnMeasures).measures
RETURNS_FILE = LocalFile(
    "local_returns",
    "Results that are published for no single school; one row a school and measure and year.",
    {
        "urn": "the school's six digits or England",
        "year": "the academic year as 2024/25",
        "measure": " / ".join(RETURNS),
        "pupils": "how many pupils the figure covers; may be left empty for England",
        "value": "the percentage or average score; SUPP or c where it must not be shown",
    },
    "100001,2024/25,phonics_expected,30,83",
)

#: The groups of pupils whose figures reports show, each with other words for it.
EARLY_GROUPS: dict[PupilGroup, tuple[str, ...]] = {
    PupilGroup.ALL: ("all pupils",),
    PupilGroup.DISADVANTAGED: ("disadvantaged pupils", "pupil premium"),
    PupilGroup.OTHER: ("other pupils", "not disadvantaged"),
}
EARLY_FILE = LocalFile(
    "early_results",
    "Your own results of this year before they are published; one row a school and measure and group. Not validated.",
    {
        "urn": "the school's six digits",
        "measure": " / ".join(one.name.replace(",", "") for one in EARLY.measures.values()),
        "group": "all / disadvantaged / other; empty for all",
        "number": "of a percentage: how many pupils reached it. SUPP or c where it must not be shown",
        "of_how_many": "how many pupils the figure covers",
        "value": "of points and scaled scores: the average; number stays empty then",
        "year": "the academic year as 2024/25; empty for the year under review",
        "note": "for your own eye; it is not read",
    },
    "100001,reading expected,all,21,30,,,from the school's own return",
    optional=frozenset({"group", "number", "value", "year", "note"}),
)
EARLY_PUPILS_FILE = LocalFile(
    "early_pupils",
    "The same as one row a pupil: counted as it is read and kept nowhere. No names and no numbers of pupils.",
    {
        "urn": "the school's six digits",
        "disadvantaged": "yes or no",
        **{name: column.what for name, column in EARLY.columns.items()},
    },
    "100001,yes,104,EXS,98,101,EXS,,,",
    optional=frozenset({"disadvantaged", *EARLY.columns}),
    secret=True,
)
#: How the early figures' files are called wherever a figure says which file it is from, however they are spelled there.
EARLY_NAMES = (EARLY_FILE.name, EARLY_PUPILS_FILE.name)
LOCAL_FILES = (
    *(SELF_EVALUATION_FILE, SOFT_INTELLIGENCE_FILE, MODERATION_FILE, LAST_YEAR_FILE, RETURNS_FILE),
    *(EARLY_FILE, EARLY_PUPILS_FILE),
)


def compose_template(file: LocalFile) -> str:
    """Give an empty file: its headings, then comments that say what stands in each column, and an example in one."""
    about = [f"# {name}: {what}" for name, what in file.columns.items()]
    lines = [
        ",".join(file.columns),
        f"# {file.purpose}",
        *about,
        "# A row that begins with # counts for nothing. For example:",
        f"# {file.example}",
    ]
    return "\n".join(lines) + "\n"


def find_local_files(folder: Path) -> dict[str, PublishedFile]:
    """The local files that ``folder`` holds, by stem; capital letters in a file's name do not matter."""
    stems = {file.stem for file in LOCAL_FILES}
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    return {
        path.stem.lower(): PublishedFile(path, f"local/{path.name}")
        for path in paths
        if path.suffix.lower() == ".csv" and path.stem.lower() in stems
    }


def holds_rows(file: PublishedFile) -> bool:
    """Whether the file holds more than headings and comments, or cannot be read and so must be looked at."""
    try:
        return bool(read_short_table(file)[1])
    except FaultyInput:
        return True


def list_misnamed_files(folder: Path) -> list[Fault]:
    """A fault for each file of ``folder`` that is nearly called as a local file: a panel could be missed."""
    known, faults = find_local_files(folder), []
    read = {file.path for file in known.values()}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path in read or path.name.startswith((".", "~$")):
            continue
        meant = find_nearest(re.sub(r"[\s_-]*(\(\d+\)|copy|final|\d+)$", "", path.stem), [f.stem for f in LOCAL_FILES])
        if meant:
            what = "no file is read under this name, and it looks as if it were meant to be"
            remedy = f"Save it as CSV UTF-8 under the name {meant}.csv, or move it out of local/."
            faults.append(Fault(f"local/{path.name}", None, None, what, remedy))
    return faults


def find_nearest(said: str, known: list[str]) -> str | None:
    """The word of ``known`` nearest to ``said``; None where none is near."""
    by_simple = {simplify(word): word for word in reversed(known)}
    near = get_close_matches(simplify(said), list(by_simple), n=1, cutoff=0.7)
    return by_simple[near[0]] if near else None


def match_word(said: str, known: list[str]) -> str | None:
    """The word of ``known`` that ``said`` is, but for capitals, blanks, hyphens and underscores; None where none."""
    return next((word for word in known if simplify(word) == simplify(said)), None)


def simplify(words: str) -> str:
    """Words as they are compared: small letters, one blank between them."""
    return " ".join(words.casefold().replace("_", " ").replace("-", " ").split())


def list_columns(header: tuple[str, ...], file: LocalFile) -> Iterator[tuple[str, str | None]]:
    """Each column of ``file`` with the heading it has in ``header``; None where it has none."""
    found = {simplify(name): name for name in reversed(header)}
    for column in file.columns:
        yield column, found.get(simplify(column))
