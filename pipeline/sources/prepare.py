"""From an edition's published files to its prepared tables.

Every file is read by its own family; a file that cannot be used is left out with all its faults and the rest go on.
Then figures that two files both have are settled, cohorts that stand in another file are added, predecessors'
histories are joined, and the country's distributions are taken. What is written is the same to the byte for the same
input; it is written beside and renamed whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from pipeline.errors import Fault, FaultyInput
from pipeline.memory import give_back_memory
from pipeline.sources.combine import (
    Observations,
    PackedObservations,
    chain_selected,
    combine_observations,
    fill_cohorts,
    rank_tenths,
)
from pipeline.sources.frames import LINKS, SCHOOLS, shape_frame
from pipeline.sources.links import join_links
from pipeline.sources.local import RETURNS_FILE
from pipeline.sources.ofsted import join_inspections
from pipeline.sources.plausibility import question_together
from pipeline.sources.prepared import write_tables
from pipeline.sources.reading import PublishedFile, RawTable, Reading, Source
from pipeline.sources.recognise import (
    DESCRIPTION,
    Descriptions,
    is_list_of_abbreviations,
    is_table,
    read_authority_names,
    recognise,
    settle_year,
)
from pipeline.sources.reconcile import (
    FileReconciliation,
    Overlap,
    count_values,
    describe_findings,
    find_unknown_words,
)
from pipeline.sources.schools import FoundSchools, merge_schools
from pipeline.sources.tables import read_table
from pipeline.vocabulary import Level, name_academic_year
from pipeline.writing import replace_folder

#: Given a file's family, a frame of it and its name, begins to check the frame. What it gives waits for the answer, and
#: raises FaultyInput to keep the file out.
Check = Callable[[str, Observations, str], Callable[[], None]]
#: Families that list schools whole: a school they do not name is worth a second look.
SCHOOL_LISTS = ("gias", "school_information", "spine", "ees_ks4_information", "ees_ks2_information")


@dataclass(frozen=True)
class Preparation:
    """What preparing an edition gave. ``faults`` are those of files left out, ``warnings`` those of cells left out."""

    reconciliations: tuple[FileReconciliation, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    loaded: tuple[str, ...]  # names of files whose rows are in the prepared tables


@dataclass
class ReadFile:
    """One file and what became of it: a reading, or the faults that kept it out."""

    file: PublishedFile
    family: str = ""
    title: str = ""
    encoding: str = ""
    rows: int = 0
    width: int = 0
    year: int | None = None
    reading: Reading = field(default_factory=Reading)  # without its observations
    observations: PackedObservations | None = None
    is_loaded: bool = False
    account: FileReconciliation | None = None
    errors: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    authorities: pd.Series = field(default_factory=lambda: pd.Series(dtype="string"))
    notes: list[str] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)
    checks: list[Callable[[], None]] = field(default_factory=list)  # begun


def prepare_edition(
    files: Sequence[PublishedFile],
    into: Path,
    *,
    year: int,
    progress: Callable[[str], None] | None = None,
    check: Check | None = None,
) -> Preparation:
    """Read ``files`` and write the prepared tables into the folder ``into``, replacing what was there.

    ``year`` is the calendar year in which the academic year under review ends. ``progress`` is told the name of each
    file before it is read. ``check(family, frame, name)`` is given every frame of every file, and last the merged
    schools as family ``schools``; what it finds keeps the file out. Nothing is raised for a bad file.
    """
    progress = progress or (lambda step: None)
    check = check or (lambda family, frame, name: lambda: None)
    found = []
    for file in sorted(files, key=lambda file: file.name):
        progress(file.name)
        found.append(_read_file(file, year))
        _begin_checks(found[-1], check)
    progress("all of them together")
    for one in found:
        _settle_checks(one)
    give_back_memory()  # a country's figures together take the most
    loaded = [one for one in found if one.is_loaded]
    with ThreadPoolExecutor(1) as beside:
        merging = beside.submit(_merge_schools, loaded)
        observations = _combine(loaded)
        schools = merging.result()
    give_back_memory()
    check_schools = check("schools", schools, "all schools") if len(schools) else lambda: None
    links = join_links([one.reading.links for one in loaded if one.reading.links is not None])
    distributions = rank_tenths(observations, schools)
    give_back_memory()
    first_area = int((observations["level"] == str(Level.SCHOOL)).sum())
    areas = observations.iloc[first_area:].copy()
    figures = observations.iloc[:first_area]
    del observations
    figures = chain_selected(figures, links, schools)
    reconciliations = tuple(_reconcile(one, loaded) for one in found)
    making = into.with_name(f".making-{into.name}")
    tables = {
        "observations": figures,
        "areas": areas,
        "schools": schools,
        "inspections": join_inspections(
            [one.reading.inspections for one in loaded if one.reading.inspections is not None]
        ),
        "links": shape_frame(links, LINKS),
        "distributions": distributions,
    }
    write_tables(making, tables, reconciliations)
    replace_folder(making, into)
    del figures, areas, tables
    give_back_memory()
    return Preparation(
        reconciliations,
        tuple(fault for one in found for fault in one.errors) + _list_faults([check_schools]),
        tuple(fault for one in found for fault in one.warnings),
        tuple(one.file.name for one in loaded if one.family != "description"),
    )


def _read_file(file: PublishedFile, year: int) -> ReadFile:
    """One file's frames and its account; its faults where it cannot be used. ``year`` is the year under review."""
    if is_list_of_abbreviations(file):
        account = FileReconciliation(file=file.name)
        about = Descriptions()
        return ReadFile(file, about.family, about.title, account=account, is_loaded=True, notes=[DESCRIPTION])
    one = ReadFile(file)
    try:
        table = read_table(file, by_hand=file.family == RETURNS_FILE.family)
        one.encoding, one.rows, one.width = table.encoding, len(table.cells), len(table.header)
        source = recognise(table)
        one.family, one.title = source.family, source.title
        one.year = settle_year(table, source)
        one.reading = _read_source(source, table, one.year)
        one.authorities = read_authority_names(table)
        del table
        one.warnings = one.reading.faults
        one.notes += _note(one, year)
        one.account = _count(one)
        _pack_observations(one)
        one.is_loaded = True
    except FaultyInput as error:
        _leave_out(one, error)
    return one


def _begin_checks(one: ReadFile, check: Check) -> None:
    reading = one.reading
    for frame in (one.observations, reading.observations, reading.schools, reading.inspections, reading.links):
        if frame is not None:
            one.checks.append(check(one.family, frame, one.file.name))


def _settle_checks(one: ReadFile) -> None:
    """Wait for what was found in the file's frames; leave it out where it cannot be used."""
    faults = _list_faults(one.checks)
    one.checks.clear()
    if faults:
        _leave_out(one, FaultyInput(faults))


def _list_faults(checks: Sequence[Callable[[], None]]) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    for settle in checks:
        try:
            settle()
        except FaultyInput as error:
            faults += error.faults
    return tuple(faults)


def _leave_out(one: ReadFile, error: FaultyInput) -> None:
    one.reading, one.observations, one.account, one.is_loaded = Reading(), None, None, False
    one.warnings, one.notes = (), []
    if is_table(one.file):
        one.errors = error.faults
    else:
        one.warnings = error.faults  # not a table by its name: it only lies beside them


def _read_source(source: Source, table: RawTable, year: int | None) -> Reading:
    reading = source.read(table, year)  # type: ignore[arg-type]  # None only where the source needs none
    counted = sum(reading.rows_by_kind.values())
    if counted != len(table.cells):
        raise AssertionError(f"{source.family} accounts for {counted} of {len(table.cells)} rows of {table.file.name}")
    return reading


def _pack_observations(one: ReadFile) -> None:
    """Put the observations away until all files are read."""
    observations = one.reading.observations
    if observations is not None and len(observations):
        one.observations = PackedObservations(observations)
        one.reading = replace(one.reading, observations=None)


def _note(one: ReadFile, year: int) -> list[str]:
    notes = list(one.reading.notes)
    if one.encoding == "cp1252":
        notes.append("not UTF-8: read as Windows cp1252")
    if one.year and one.year > year and one.reading.observations is not None:
        notes.append(f"is of {name_academic_year(one.year)}, later than the year under review")
    return notes


def _merge_schools(loaded: Sequence[ReadFile]) -> pd.DataFrame:
    """One row per school, authority names filled in from the department's list of codes where there is one."""
    schools = merge_schools(
        [FoundSchools(one.family, one.reading.schools, one.year) for one in loaded if one.reading.schools is not None]
    )
    named = [one.authorities for one in sorted(loaded, key=lambda one: one.file.name, reverse=True)]
    names = pd.concat(named) if named else pd.Series(dtype="string")
    if len(names):
        names = names[~names.index.duplicated()]
        unnamed = schools["la_name"].fillna("") == ""
        schools["la_name"] = schools["la_name"].mask(unnamed, schools["la"].map(names).fillna("").astype("string"))
    return shape_frame(schools, SCHOOLS)


def _combine(loaded: Sequence[ReadFile]) -> pd.DataFrame:
    """All files' observations, one for each figure, cohorts filled; overlaps and notes go to the files concerned."""
    giving = [one for one in loaded if one.observations is not None]
    ranked = sorted(giving, key=lambda one: (-one.width, -one.rows, one.file.name))
    observations, overlaps = combine_observations([one.observations for one in ranked if one.observations is not None])
    by_name = {one.file.name: one for one in ranked}
    for overlap in overlaps:
        by_name[overlap.set_aside].overlaps.append(overlap)
        by_name[overlap.won_by].overlaps.append(overlap)
    for one in giving:
        one.observations = None
    observations, notes = fill_cohorts(observations, {one.file.name: one.family for one in ranked})
    for name, note in notes.items():
        by_name[name].notes.append(note)
    for fault in question_together(observations):
        by_name[fault.file].warnings += (fault,)
    return observations


def _count(one: ReadFile) -> FileReconciliation:
    """The account of a file that is read: its rows, values and columns."""
    reading = one.reading
    return FileReconciliation(
        file=one.file.name,
        loaded=True,
        rows_by_kind=dict(reading.rows_by_kind),
        urns=frozenset(_list_urns(reading)),
        values=count_values(reading.observations),
        unknown_words=find_unknown_words(reading.observations),
        columns_used=reading.columns_used,
        columns_unused=reading.columns_unused,
    )


def _reconcile(one: ReadFile, loaded: Sequence[ReadFile]) -> FileReconciliation:
    """The whole account of a file, with what only all files together tell."""
    account = one.account or FileReconciliation(file=one.file.name)
    return account.model_copy(
        update={
            "loaded": one.is_loaded,
            "family": one.family,
            "title": one.title,
            "year": one.year,
            "encoding": one.encoding,
            "rows": one.rows,
            "schools": len(account.urns),
            "schools_known": _count_known(account.urns, loaded),
            "findings": describe_findings(one.errors, "error") + describe_findings(one.warnings, "warning"),
            "overlaps": tuple(one.overlaps),
            "notes": tuple(one.notes),
        }
    )


def _list_urns(reading: Reading) -> set[int]:
    """The schools a file tells of, by the URN it prints."""
    columns = (
        (reading.observations, "published_urn"),
        (reading.schools, "urn"),
        (reading.inspections, "inspected_urn"),
    )
    return {int(urn) for frame, name in columns if frame is not None for urn in frame[name].dropna().unique()}


def _count_known(urns: frozenset[int], loaded: Sequence[ReadFile]) -> int | None:
    """How many of ``urns`` a school list names; None where the edition has no such list."""
    lists = [
        one.reading.schools["urn"] for one in loaded if one.family in SCHOOL_LISTS and one.reading.schools is not None
    ]
    if not lists:
        return None
    return len(urns & set(pd.concat(lists).astype(int)))
