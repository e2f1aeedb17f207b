"""Editions: one area, one academic year, one policy, and the published files it rests on.

``edition.yaml`` says all that a person decides; everything else follows from it.
"""

from __future__ import annotations

import datetime
import json
import os
import re
from collections import Counter
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from pipeline.edition.branding import Branding, Contact, read_branding
from pipeline.foundation.colours import read_colour
from pipeline.foundation.errors import Fault, FaultyInput, PipelineError
from pipeline.foundation.paths import EditionPaths, Workspace
from pipeline.foundation.vocabulary import name_academic_year, read_academic_year
from pipeline.foundation.writing import clear_beside
from pipeline.foundation.yaml_files import Record, find_line, read_record
from pipeline.foundation.yaml_words import explain_field
from pipeline.sources.local import LOCAL_FILES, RETURNS_FILE, compose_template, find_local_files, holds_rows
from pipeline.sources.reading import PublishedFile

if TYPE_CHECKING:
    from pipeline.policy import Policy

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
FIRST_RESULTS = (6, 1)  # month and day: no school's results of an academic year are known before its last summer
MOST_YEARS_AFTER = 10
_PRINTED = "write the day that is to be printed on the reports"


def _read_digits(year: object) -> object:
    """An academic year as it was written, where YAML took its digits for a number."""
    return str(year) if isinstance(year, int) and not isinstance(year, bool) else year


class Area(Record):
    """Whose schools the edition is about: exactly one of an authority, a trust or a list of schools."""

    authority: int | None = Field(None, ge=100, le=999)
    trust: int | None = Field(None, ge=1)
    schools: tuple[int, ...] = ()
    name: str = ""

    @model_validator(mode="after")
    def _is_one_thing(self) -> Area:
        said = [self.authority is not None, self.trust is not None, bool(self.schools)]
        if sum(said) != 1:
            raise ValueError("say exactly one of `authority:`, `trust:` or `schools:`")
        wrong = [urn for urn in self.schools if not 100000 <= urn <= 999999]
        if wrong:
            raise ValueError(f"a URN has six digits; these have not: {', '.join(map(str, wrong))}")
        twice = sorted({urn for urn in self.schools if self.schools.count(urn) > 1})
        if twice:
            raise ValueError(f"listed twice: {', '.join(map(str, twice))}")
        return self


class NamedFile(Record):
    """A published file that lies elsewhere, or about which something must be said."""

    path: str
    year: str | None = None
    family: str | None = None

    @field_validator("year", mode="before")
    @classmethod
    def _is_as_written(cls, year: object) -> object:
        return _read_digits(year)

    @field_validator("year")
    @classmethod
    def _is_academic_year(cls, year: str | None) -> str | None:
        if year is not None:
            read_academic_year(year)
        return year


class NextStep(Record):
    """What happens after the report is sent, as every school of the edition is told it.

    What ``decides`` the category is told to no school whose category a panel has decided.
    """

    what: str = Field(min_length=5, max_length=120)
    who: str = Field("", max_length=60)
    by: datetime.date | None = None
    decides: bool = False


class EditionDescription(Record):
    """The content of ``edition.yaml``."""

    title: str = Field(min_length=1)
    area: Area
    year: str
    policy: str = Field(min_length=1)
    organisation: str = ""
    colour: str = ""  # the organisation's own, of headings and panels
    previous: str | None = None  # last year's edition, whose reports say which category each school had
    date: datetime.date | None = None
    published: tuple[NamedFile, ...] = ()
    engine: Literal["built-in", "quarto"] = "built-in"  # what lays the reports out
    word: bool = False  # make report.docx too
    branding: str = ""  # a file with the organisation's logo, colours, contact, words and second language
    contact: Contact | None = None
    next_steps: tuple[NextStep, ...] = Field((), max_length=4)
    smallest_number: int = Field(6, ge=1, le=100)  # pupils; a local figure of fewer is withheld, as publishers do

    @field_validator("year", mode="before")
    @classmethod
    def _is_as_written(cls, year: object) -> object:
        return _read_digits(year)

    @field_validator("year")
    @classmethod
    def _is_academic_year(cls, year: str) -> str:
        return name_academic_year(read_academic_year(year))

    @field_validator("date")
    @classmethod
    def _is_after_the_year(cls, date: datetime.date | None, others: ValidationInfo) -> datetime.date | None:
        if date is None or "year" not in others.data:
            return date
        ends = read_academic_year(others.data["year"])
        if date < datetime.date(ends, *FIRST_RESULTS):
            raise ValueError(f"{date} is before there are results of {others.data['year']}; {_PRINTED}")
        if date.year > ends + MOST_YEARS_AFTER:
            raise ValueError(f"{date} is more than {MOST_YEARS_AFTER} years after {others.data['year']}; {_PRINTED}")
        return date

    @field_validator("colour")
    @classmethod
    def _can_be_read(cls, colour: str) -> str:
        return read_colour(colour) if colour else ""

    @field_validator("word")
    @classmethod
    def _can_be_made(cls, word: bool, others: ValidationInfo) -> bool:
        if word and others.data.get("engine") == "built-in":
            raise ValueError("report.docx is made by Quarto alone: write `engine: quarto` too")
        return word


@dataclass(frozen=True)
class Edition:
    """An edition as its folder describes it."""

    name: str
    paths: EditionPaths
    description: EditionDescription
    branding: Branding | None = None

    @property
    def branding_file(self) -> Path:
        """Where the branding is; what it names lies beside it."""
        return self.paths.folder / self.description.branding

    @property
    def year(self) -> int:
        """The calendar year in which the academic year under review ends."""
        return read_academic_year(self.description.year)

    @property
    def date(self) -> datetime.date:
        """The date printed on reports: as said, else 1 November after the academic year. Never today's."""
        return self.description.date or datetime.date(self.year, 11, 1)

    def list_published(self) -> tuple[PublishedFile, ...]:
        """Every published file of the edition, sorted by name, and its local returns where it has some.

        Raises FaultyInput naming each file that ``edition.yaml`` lists and that is not there.
        """
        own = [
            PublishedFile(path, path.relative_to(self.paths.published).as_posix())
            for path in sorted(self.paths.published.rglob("*"))
            if path.is_file() and not _is_systems(path) and not find_refusal(path)
        ]
        named, faults = [], []
        for position, said in enumerate(self.description.published, start=1):
            found = self._find(said)
            if found is None:
                faults.append(
                    Fault(
                        f"{self.name}/edition.yaml",
                        None,
                        f"published.{position}",
                        f"the file {said.path} is not there",
                        "Correct the path (it is relative to the edition's folder), "
                        "or set the environment variable it names.",
                    )
                )
            else:
                named.append(found)
        if faults:
            raise FaultyInput(faults)
        once = {file.path.resolve(): file for file in [*own, *named]}
        files = list(once.values())
        if not files:
            raise PipelineError(
                "the edition has no published files",
                where=f"{self.name}/published",
                remedy="Copy the downloads there, or name them under `published:` in edition.yaml.",
            )
        every = sorted([*_name_apart(files), *self._find_returns()], key=lambda file: file.name)
        return tuple(replace(file, smallest_number=self.description.smallest_number) for file in every)

    def list_not_taken(self) -> tuple[tuple[str, str], ...]:
        """Name and reason of every file under ``published/`` that is not read as a table."""
        files = [path for path in sorted(self.paths.published.rglob("*")) if path.is_file() and not _is_systems(path)]
        named = [(path.relative_to(self.paths.published).as_posix(), find_refusal(path)) for path in files]
        return tuple((name, reason) for name, reason in named if reason)

    def _find_returns(self) -> list[PublishedFile]:
        """The local returns, where they hold a figure: read like a published file, they say nothing of later years."""
        file = find_local_files(self.paths.local).get(RETURNS_FILE.stem)
        if file is None or not holds_rows(file):
            return []
        return [replace(file, year=self.year, family=RETURNS_FILE.family)]

    def _find(self, said: NamedFile) -> PublishedFile | None:
        expanded = Path(os.path.expandvars(said.path)).expanduser()
        path = expanded if expanded.is_absolute() else self.paths.folder / expanded
        if not path.is_file():
            return None
        year = read_academic_year(said.year) if said.year else None
        # the last two parts are what a person knows a download by; an absolute path would reach the outputs
        return PublishedFile(path, "/".join(path.parts[-2:]), year, said.family)


def _name_apart(files: list[PublishedFile]) -> list[PublishedFile]:
    """Give two files that would go by one name as many more parts of their paths as tell them apart."""
    names = Counter(file.name for file in files)
    if max(names.values()) == 1:
        return files
    longer = [
        replace(file, name="/".join(file.path.resolve().parts[-(file.name.count("/") + 2) :]))
        if names[file.name] > 1
        else file
        for file in files
    ]
    return _name_apart(longer)


_SAVE_AS_CSV = "open it and save the sheet that counts as CSV UTF-8"
#: Endings of files that are no tables, each with what to do about it.
_NOT_TABLES = {
    ".zip": "a zip archive: unpack it and put the files it holds in its place",
    ".ods": f"an OpenDocument spreadsheet: {_SAVE_AS_CSV}",
    ".xls": f"an old Excel workbook (.xls): {_SAVE_AS_CSV}",
    ".json": "JSON: download the CSV file instead",
    **dict.fromkeys((".md", ".txt", ".pdf", ".docx", ".doc", ".html", ".htm"), "a document, no table"),
    **dict.fromkeys((".yaml", ".yml", ".ini", ".toml"), "settings, no table"),
}
#: Endings of the tables that publishers offer.
TABLES = (".csv", ".xlsx", ".xlsm")


def _is_systems(path: Path) -> bool:
    """Whether a file is the operating system's or a program's own, that nobody put there."""
    return path.name.startswith((".", "~$")) or path.name.lower() in ("thumbs.db", "desktop.ini")


def find_refusal(path: Path) -> str:
    """Why a published file is not read as a table, by its name; "" where it is: its content then decides."""
    return _NOT_TABLES.get(path.suffix.lower(), "")


def load_edition(workspace: Workspace, name: str) -> Edition:
    """Read an edition's description.

    Raises PipelineError where there is no such edition (naming those there are) and FaultyInput for mistakes in
    its ``edition.yaml``, each with its line.
    """
    paths = workspace.edition(name)
    if not NAME.fullmatch(name) or not paths.description.is_file():
        known = ", ".join(list_editions(workspace)) or f"none yet, in {workspace.editions}"
        raise PipelineError(
            f"there is no edition {name!r}",
            remedy=f"Editions here: {known}. Make one with `python -m pipeline new NAME …`.",
        )
    edition = Edition(name, paths, read_record(paths.description, EditionDescription, name=f"{name}/edition.yaml"))
    _refuse_no_previous(workspace, edition)
    return _put_branding_on(edition) if edition.description.branding else edition


def _put_branding_on(edition: Edition) -> Edition:
    """The edition with its branding, whose colour and contact are then its own.

    Raises FaultyInput for mistakes in the branding, and where the edition says itself what its branding says.
    """
    said = edition.description
    if not edition.branding_file.exists():
        line = find_line(edition.paths.description, ["branding"])
        what, remedy = f"the file {said.branding} is not there", "Correct the path: it begins in the edition's folder."
        raise FaultyInput([Fault(f"{edition.name}/edition.yaml", line, None, f"branding: {what}", remedy)])
    branding = read_branding(edition.branding_file, said.branding)
    shared = {"colour": branding.colours.light, "contact": branding.contact}
    faults = [
        Fault(
            f"{edition.name}/edition.yaml",
            find_line(edition.paths.description, [field]),
            None,
            f"{field}: {said.branding} says it too",
            "Keep one of the two.",
        )
        for field, value in shared.items()
        if value and getattr(said, field)
    ]
    if faults:
        raise FaultyInput(faults)
    own = {field: value for field, value in shared.items() if value}
    return replace(edition, description=said.model_copy(update=own), branding=branding)


def _refuse_no_previous(workspace: Workspace, edition: Edition) -> None:
    """Raise FaultyInput where ``previous:`` names no edition of an earlier year."""
    previous = edition.description.previous
    if previous is None:
        return
    path = workspace.edition(previous).description
    others = [other for other in list_editions(workspace) if other != edition.name]
    if not NAME.fullmatch(previous) or not path.is_file():
        what = f"previous: there is no edition {previous!r}"
        near = get_close_matches(previous, others, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        remedy = f"{hint}Other editions here: {', '.join(others) or 'none'}. Leave the line out where there is none."
    else:
        year = read_academic_year(read_record(path, EditionDescription, name=f"{previous}/edition.yaml").year)
        if year < edition.year:
            return
        what = f"previous: {previous} is of {name_academic_year(year)}, which is no year before this edition's"
        remedy = f"Name an edition of {name_academic_year(edition.year - 1)}, or leave the line out."
    line = find_line(edition.paths.description, ["previous"])
    raise FaultyInput([Fault(f"{edition.name}/edition.yaml", line, None, what, remedy)])


def read_policy_of(edition: Edition, policy: str | None = None) -> Policy:
    """The edition's policy, or another asked for; raises FaultyInput holding every fault of the file, and where nobody
    has named the organisation that works by it."""
    from pipeline.edition.ownership import settle_organisation
    from pipeline.policy import load_policy

    return settle_organisation(edition, load_policy(policy or edition.description.policy, beside=edition.paths.folder))


def list_editions(workspace: Workspace) -> tuple[str, ...]:
    """The names of the editions in the workspace, sorted."""
    return tuple(sorted(path.parent.name for path in workspace.editions.glob("*/edition.yaml")))


def write_new_edition(
    workspace: Workspace,
    name: str,
    *,
    area: Area,
    year: str,
    policy: str,
    title: str,
    files: tuple[Path, ...],
    organisation: str = "",
    colour: str = "",
) -> Edition:
    """Make the folder of a new edition with a commented ``edition.yaml`` and empty local files.

    Nothing that is there is overwritten.
    ``files`` are published files or folders of them that stay where they are and are named in ``edition.yaml``.
    An empty ``title`` is made from the edition's name and year, a list of schools without a name is called as the
    edition is, an empty ``organisation`` is proposed from ``files``.
    """
    from pipeline.edition.ownership import phrase_organisation

    if not NAME.fullmatch(name):
        raise PipelineError(
            f"{name!r} cannot name an edition",
            remedy="Use small letters, digits and hyphens, for example worcestershire-2025.",
        )
    paths = workspace.edition(name)
    if paths.folder.exists():
        raise PipelineError(
            f"the edition {name} is there already", remedy=f"Edit {name}/edition.yaml, or choose a name."
        )
    try:
        year = name_academic_year(read_academic_year(year))
    except ValueError as error:
        raise PipelineError(str(error), remedy="For example --year 2024/25.") from None
    found = _list_files(files, paths.folder)
    place = name.replace("-", " ").capitalize()
    title = title.strip() or f"{place}: reports on {year}"
    if area.schools and not area.name:  # no file names a list of schools, and its title is no place
        area = area.model_copy(update={"name": place})
    text = _describe_new_edition(title, area, year, policy, found)
    text = text.replace(_ORGANISATION, phrase_organisation(area, policy, organisation, files))
    text = text.replace(_COLOUR, f"colour: '{_choose_colour(colour)}'" if colour else _COLOUR)
    paths.folder.parent.mkdir(parents=True, exist_ok=True)
    making = clear_beside(paths.folder)  # left where it was cut off before
    (making / "published").mkdir(parents=True)
    (making / "local").mkdir()
    for file in LOCAL_FILES:
        (making / file.name).write_text(compose_template(file), encoding="utf-8", newline="\n")
    (making / "edition.yaml").write_text(text, encoding="utf-8", newline="\n")
    making.rename(paths.folder)
    return load_edition(workspace, name)


def _choose_colour(colour: str) -> str:
    try:
        return read_colour(colour)
    except ValueError as error:
        raise PipelineError(str(error), remedy="For example --colour '#14466b'.") from None


def _list_files(files: tuple[Path, ...], folder: Path) -> list[str]:
    missing = [str(path) for path in files if not path.exists()]
    if missing:
        raise PipelineError(f"not there: {', '.join(missing)}", remedy="Check the paths given with --from.")
    taken = [path for path, reason in _sort_out(files) if not reason]
    return list(dict.fromkeys(Path(os.path.relpath(path, folder)).as_posix() for path in taken))


def list_not_taken(files: tuple[Path, ...]) -> tuple[tuple[str, str], ...]:
    """Of the files and folders given for a new edition, the name and reason of each file that it does not take."""
    return tuple((path.as_posix(), reason) for path, reason in _sort_out(files) if reason)


def _sort_out(files: tuple[Path, ...]) -> list[tuple[Path, str]]:
    """Every file of those and in those folders, with the reason why it is not taken, or ""."""
    sorted_out = []
    for path in files:
        within = sorted(found for found in path.rglob("*") if found.is_file()) if path.is_dir() else [path]
        for found in within:
            if _is_systems(found):
                continue
            reason = find_refusal(found)
            if not reason and path.is_dir() and found.suffix.lower() not in TABLES:
                reason = f"not a table by its name ({found.suffix or 'no ending'})"
            if not reason and found.stem.endswith("_meta"):
                reason = "describes columns, holds no figures: under published/ it helps to know a renamed column"
            sorted_out.append((found, reason))
    return sorted_out


#: Where the lines stand that name the organisation.
_ORGANISATION = "# organisation"
#: The line that names the organisation's colour, where nobody has.
_COLOUR = """# colour: '#14466b'  # your own, of headings and panels; dark enough to be read on white
# Whom a school rings, and what happens next: printed on the first page of every report.
# contact: {name: …, role: School improvement adviser, email: …, telephone: …}
# next_steps:
#   - {what: Tell us if a figure is wrong, who: The school, by: 2025-12-19}
#   - {what: Decides the category, who: Our panel, by: 2026-01-16, decides: true}  # not said where it has decided"""


def _describe_new_edition(title: str, area: Area, year: str, policy: str, files: list[str]) -> str:
    if area.authority is not None:
        whose = f"{{authority: {area.authority}}}"
    elif area.trust is not None:
        whose = f"{{trust: {area.trust}}}"
    else:
        whose = f"{{schools: [{', '.join(map(str, area.schools))}], name: {json.dumps(area.name, ensure_ascii=False)}}}"
    listed = "".join(f"  - path: {json.dumps(path)}\n" for path in files)
    return f"""\
# What this edition is about. Check it with `python -m pipeline check`.

# Printed at the head of every report, and in the subject of every message.
title: {json.dumps(title, ensure_ascii=False)}

# Whose schools: one of {{authority: 885}} (three digits), {{trust: 16093}} (group UID) or
# {{schools: [137158, 137981]}} (URNs). Add `name:` to print a name of your own.
area: {whose}

# The academic year under review.
year: {year}

# The category policy: worcestershire, two-counties, or the path of a policy file of your own
# (relative to this folder).
policy: {policy}

{_ORGANISATION}
{_COLOUR}

# Last year's edition, so that a report can say which category the school had. Its reports must have been made here;
# local/categories_last_year.csv may say more, or say it instead.
# previous: county-{read_academic_year(year) - 1}

# The date printed on reports. Left out: 1 November after the academic year.
# date: {read_academic_year(year)}-11-01

# What lays the reports out: built-in, which needs nothing else, or quarto, where Quarto 1.9 or newer is installed. Your
# own Quarto settings may then stand in the folder quarto/ beside this file, and `word: true` makes report.docx as well.
# engine: quarto
# word: true

# Local figures (local/local_returns.csv) of fewer pupils than this are withheld everywhere, as the department does.
# smallest_number: 6

# Published files. Every file under published/ is read; keep the publisher's year folders (2018-2019/…) there.
# Files that lie elsewhere are listed here, relative to this folder; ${{NAME}} stands for an environment variable.
# `year:` is needed only where neither the file nor its path says it; `family:` checks that a file is what you expect.
published:{chr(10) + listed if listed else " []" + chr(10)}"""


def read_area(*, authority: int | None, trust: int | None, schools: str) -> Area:
    """The area that a command line names. Raises PipelineError where it names none, several or no URNs."""
    from pydantic import ValidationError

    remedy = "Give one of --authority 885, --trust 16093 or --schools 137158,137981."
    try:
        urns = tuple(int(urn) for urn in schools.replace(",", " ").split())
        return Area(authority=authority, trust=trust, schools=urns)
    except ValidationError as error:
        (fault, *_) = error.errors()
        raise PipelineError(explain_field(fault, fault["loc"], lambda place: [])[0], remedy=remedy) from None
    except ValueError:
        raise PipelineError(f"{schools!r} is not a list of URNs", remedy=remedy) from None
