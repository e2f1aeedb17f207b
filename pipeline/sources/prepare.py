"""From an edition's published files to its prepared tables.

Every file is read by its own family; a file that cannot be used is left out with all its faults and the rest go on.
Then figures that two files both have are settled, cohorts that stand in another file are added, predecessors'
histories are joined, and the country's distributions are taken. What is written is the same to the byte for the same
input; it is written beside and renamed whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.memory import give_back_memory
from pipeline.foundation.vocabulary import Availability, Phase, Unit, count_noun, name_academic_year
from pipeline.foundation.writing import clear_beside, replace_folder
from pipeline.sources.families.ks4 import FULL_FILE
from pipeline.sources.families.ofsted import join_inspections
from pipeline.sources.families.schools import FoundSchools, merge_schools, name_schools
from pipeline.sources.frames import IN_DOUBT, LINKS, SCHOOLS, shape_frame
from pipeline.sources.joining.authorities import gather_authorities
from pipeline.sources.joining.combine import stack_observations
from pipeline.sources.joining.completeness import find_lost_rows
from pipeline.sources.joining.histories import SCHOOL_LISTS, ToldLinks, list_ancestors, settle_links
from pipeline.sources.joining.identity import SchoolRows, find_doubtful_rows
from pipeline.sources.joining.laestabs import join_by_laestab, list_bearers
from pipeline.sources.joining.packing import PackedObservations
from pipeline.sources.joining.settle import Settlement, ToldFigures
from pipeline.sources.joining.subjects import join_subjects
from pipeline.sources.joining.tellings import sum_overlaps
from pipeline.sources.local import RETURNS_FILE
from pipeline.sources.prepared import write_observations, write_tables
from pipeline.sources.reading import PublishedFile, RawTable, Reading, Source
from pipeline.sources.recognise import (
    DESCRIPTION,
    DepartmentDescriptions,
    is_known,
    is_list_of_abbreviations,
    is_table,
    read_authority_names,
    recognise,
    settle_year,
)
from pipeline.sources.tabular.folding import cut_faults, list_account
from pipeline.sources.tabular.headings import (
    Descriptions,
    EarlierFile,
    find_drift,
    join_descriptions,
    read_descriptions,
)
from pipeline.sources.tabular.reconcile import (
    FileReconciliation,
    Overlap,
    count_values,
    describe_findings,
    find_unknown_words,
)
from pipeline.sources.tabular.rows import shorten
from pipeline.sources.tabular.tables import read_table

#: Rows whose URN is in doubt are few up to this many, or this part of a file's schools: more, and a column is wrong.
FEW_DOUBTFUL, SHARE_DOUBTFUL = 10, 0.05

#: Of what else is wrong in a file that is left out so many are told; the rest are counted.
_BESIDES_LISTED = 20

#: What a check that was begun gives when it is waited for: what to know of a frame that can be used.
Settle = Callable[[], Sequence[Fault] | None]
#: Given a file's family, a frame of it and its name, begins to check the frame. What it gives waits for the answer, and
#: raises FaultyInput to keep the file out.
Check = Callable[[str, pd.DataFrame | PackedObservations, str], Settle]


@dataclass(frozen=True)
class Preparation:
    """What preparing an edition gave. ``faults`` are those of files left out, ``warnings`` those of cells left out."""

    reconciliations: tuple[FileReconciliation, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    loaded: tuple[str, ...]  # names of files whose rows are in the prepared tables
    overall: tuple[Fault, ...] = ()  # of the warnings, those of no single file


@dataclass
class ReadFile:
    """One file and what became of it: a reading, or the faults that kept it out."""

    file: PublishedFile
    family: str = ""
    title: str = ""
    encoding: str = ""
    sheet: str = ""
    source: Source | None = None
    header: tuple[str, ...] = ()
    described: Descriptions = field(default_factory=dict)  # what it says of other files' headings
    rows: int = 0
    width: int = 0
    year: int | None = None
    reading: Reading = field(default_factory=Reading)  # without its observations
    observations: PackedObservations | None = None
    is_loaded: bool = False
    account: FileReconciliation | None = None
    errors: tuple[Fault, ...] = ()
    besides: tuple[Fault, ...] = ()  # of a file that is left out: what else was found in it
    warnings: tuple[Fault, ...] = ()
    authorities: pd.Series = field(default_factory=lambda: pd.Series(dtype="string"))
    in_doubt: pd.DataFrame | None = None  # SCHOOLS: the rows that are not used, as they may be another school's
    notes: list[str] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)
    checks: list[Settle] = field(default_factory=list)  # begun


def prepare_edition(
    files: Sequence[PublishedFile],
    into: Path,
    *,
    year: int,
    listed: Sequence[int] = (),
    progress: Callable[[str], None] | None = None,
    check: Check | None = None,
) -> Preparation:
    """Read ``files`` and write the prepared tables into the folder ``into``, replacing what was there.

    ``year`` is the calendar year in which the academic year under review ends. ``listed`` are URNs that the edition
    names one by one: one that only links name is described by the school it followed. ``progress`` is told the name of
    each file before it is read. ``check(family, frame, name)`` is given every frame of every file, and last the merged
    schools as family ``schools``; what it finds keeps the file out, or is a warning. Nothing is raised for a bad file.
    """
    progress = progress or (lambda step: None)
    check = check or (lambda family, frame, name: lambda: None)
    found = []
    for file in sorted(files, key=lambda file: file.name):
        progress(file.name)
        found.append(_read_file(file, year))
        if not found[-1].reading.by_laestab:
            _begin_checks(found[-1], check)
    progress("all of them together")
    for one in _join_by_laestab(found):
        _begin_checks(one, check)
    for one in found:
        _settle_checks(one)
    _name_drift(found)
    question_identities([one for one in found if one.is_loaded])
    give_back_memory()  # a country's figures together take the most
    loaded = [one for one in found if one.is_loaded]
    authorities = _take_authorities(loaded)
    schools, links = _merge_schools(loaded), _settle_links(loaded, year)
    schools = _add_successors(schools, links, listed, loaded)
    schools = name_schools(schools, _rank_names(loaded), links)
    check_schools: Settle = check("schools", schools, "all schools") if len(schools) else lambda: None
    settlement = _settle(loaded, links, schools)
    making = clear_beside(into)
    write_observations(making, settlement.read())
    _tell_files(settlement, loaded)
    reconciliations = tuple(_reconcile(one, loaded) for one in found)
    tables = {
        "areas": settlement.areas,
        "authorities": authorities,
        "schools": _add_doubtful(schools, loaded),
        "inspections": join_inspections(
            [one.reading.inspections for one in loaded if one.reading.inspections is not None]
        ),
        "links": shape_frame(links, LINKS),
        "distributions": settlement.tenths.rank(),
        "subjects": join_subjects(
            [(one.year, one.reading.subjects) for one in loaded if one.reading.subjects is not None], links, year
        ),
    }
    write_tables(making, tables, reconciliations)
    replace_folder(making, into)
    del settlement, authorities, tables
    give_back_memory()
    faults, warnings = _list_faults([check_schools])
    return Preparation(
        reconciliations,
        tuple(fault for one in found for fault in (*one.errors, *one.besides)) + faults,
        tuple(fault for one in found for fault in one.warnings) + warnings,
        tuple(one.file.name for one in loaded if one.family != "description"),
        warnings,
    )


def _read_file(file: PublishedFile, year: int) -> ReadFile:
    """One file's frames and its account; its faults where it cannot be used. ``year`` is the year under review."""
    if is_list_of_abbreviations(file):
        account = FileReconciliation(file=file.name)
        about = DepartmentDescriptions()
        return ReadFile(file, about.family, about.title, account=account, is_loaded=True, notes=[DESCRIPTION])
    one = ReadFile(file)
    try:
        table = read_table(file, by_hand=file.family == RETURNS_FILE.family, knows=is_known)
        one.sheet = table.sheet
        one.encoding, one.rows, one.width = table.encoding, len(table.cells), len(table.header)
        source = recognise(table)
        one.family, one.title, one.source, one.header = source.family, source.title, source, table.header
        one.year = settle_year(table, source)
        one.reading = _read_source(source, table, one.year)
        one.authorities = read_authority_names(table)
        if isinstance(source, DepartmentDescriptions):
            one.described = read_descriptions(table)
        del table
        one.warnings = (*one.reading.faults, *(() if one.reading.refused else _find_lost_rows(one)))
        one.notes += _note(one)
        _leave_later_years(one, year)
        _leave_figures_of_nobody(one)
        one.account = _count(one)
        _pack_observations(one)
        one.is_loaded = not one.reading.refused  # what is read of it is still checked, to tell all its faults
    except FaultyInput as error:
        _leave_out(one, error)
    return one


def _join_by_laestab(found: Sequence[ReadFile]) -> list[ReadFile]:
    """Give the schools of files that know them by LAESTAB alone their URNs, as the other files tell; those files."""
    waiting = [one for one in found if one.reading.by_laestab]
    told = [(one.year, one.reading.schools) for one in found if one.reading.schools is not None]
    bearers = list_bearers(told) if waiting else pd.DataFrame()
    for one in waiting:
        if one.observations is not None:
            frame, notes = join_by_laestab(one.observations.unpack(), bearers)
            one.reading, one.observations = replace(one.reading, observations=frame), None
            one.notes += notes
        one.warnings = tuple(replace(fault, urn=None) for fault in one.warnings)  # it was a LAESTAB: the line tells
        one.account = _count(one)
        _pack_observations(one)
    return waiting


def _find_lost_rows(one: ReadFile) -> list[Fault]:
    observations = one.reading.observations
    if observations is None:
        return []
    short = one.width < FULL_FILE
    return find_lost_rows(one.family, one.file.name, observations, one.reading.schools, is_provisional=short)


def _name_drift(found: Sequence[ReadFile]) -> None:
    """Warn of the columns that each file lacks, with the headings that are likely they."""
    descriptions = join_descriptions(one.described for one in found)
    for one in found:
        if one.source is None or one.account is None:
            continue
        wanted = one.source.list_wanted(one.header, one.year)
        drift = find_drift(
            one.file.name,
            one.header,
            one.account.columns_used,
            wanted,
            descriptions=descriptions,
            earlier=_find_earlier(one, found),
        )
        one.warnings += drift.faults
        one.notes += drift.notes


def _find_earlier(one: ReadFile, found: Sequence[ReadFile]) -> EarlierFile | None:
    """The file of the same family and the year before, or the latest year before that; of several the fullest."""
    before = [
        other
        for other in found
        if other.is_loaded and other.source is one.source and other.year and one.year and other.year < one.year
    ]
    if not before:
        return None
    latest = max(before, key=lambda other: (other.year or 0, other.width, other.file.name))
    return EarlierFile(latest.file.name, latest.header)


def _begin_checks(one: ReadFile, check: Check) -> None:
    reading = one.reading
    for frame in (one.observations, reading.observations, reading.schools, reading.inspections, reading.links):
        if frame is not None:
            one.checks.append(check(one.family, frame, one.file.name))


def _settle_checks(one: ReadFile) -> None:
    """Wait for what was found in the file's frames; leave it out where it cannot be used."""
    faults, warnings = _list_faults(one.checks)
    one.checks.clear()
    one.warnings += tuple(warning for warning in warnings if not _is_told(one, warning))
    if faults := (*one.reading.refused, *faults):
        _leave_out(one, FaultyInput(faults))


def _list_faults(checks: Sequence[Settle]) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """What keeps the checked frames out, and what to know of them where nothing does."""
    faults: list[Fault] = []
    warnings: list[Fault] = []
    for settle in checks:
        try:
            warnings += settle() or ()
        except FaultyInput as error:
            faults += error.faults
    return tuple(faults), tuple(warnings)


def _is_told(one: ReadFile, warning: Fault) -> bool:
    """Whether the reader itself has named this cell, as it names every impossible value and unknown word."""
    if warning.line is None:
        return False
    told = {(fault.line, fault.column) for fault in one.warnings}
    words = one.account.unknown_words if one.account else ()
    return (warning.line, warning.column) in told or any(
        word.column == warning.column and warning.line in word.lines for word in words
    )


def _leave_out(one: ReadFile, error: FaultyInput) -> None:
    besides = _list_besides(one, error.faults)
    one.reading, one.observations, one.account, one.is_loaded = Reading(), None, None, False
    one.warnings, one.notes = (), []
    if is_table(one.file):
        one.errors, one.besides = error.faults, besides
    else:
        one.warnings = error.faults  # not a table by its name: it only lies beside them


def _list_besides(one: ReadFile, errors: Sequence[Fault]) -> tuple[Fault, ...]:
    """What was found in a file besides the ``errors`` that keep it out, told as of a file that is used."""
    told = {(fault.line, fault.column) for fault in errors}
    found = [*one.warnings, *(one.reading.clashing.faults if one.reading.clashing else ())]
    warnings = [fault for fault in found if (fault.line, fault.column) not in told]
    account = one.account or FileReconciliation(file=one.file.name)
    return tuple(
        cut_faults(
            list_account(account.model_copy(update={"findings": describe_findings(warnings, "warning")})),
            _BESIDES_LISTED,
        )
    )


def question_identities(loaded: Sequence[ReadFile]) -> None:
    """Leave out every row whose URN, LAESTAB and name are not one school's, each named; a file with many whole.

    Of two rows that bear one URN the one whose LAESTAB other files put to it stands, where they do.
    """
    links = [one.reading.links for one in loaded if one.reading.links is not None]
    rows = [
        SchoolRows(one.file.name, one.family, one.year, frame)
        for one in loaded
        for frame in (one.reading.schools, one.reading.clashing.schools if one.reading.clashing else None)
        if frame is not None
    ]
    doubtful = find_doubtful_rows(rows, pd.concat(links) if links else shape_frame(pd.DataFrame(), LINKS))
    for one in loaded:
        faults = doubtful.get(one.file.name, [])
        if len(faults) > max(FEW_DOUBTFUL, len(one.account.urns if one.account else ()) * SHARE_DOUBTFUL):
            _leave_out(one, FaultyInput(shorten(faults)))
        elif faults or one.reading.clashing:
            _leave_out_rows(one, faults)


def _leave_out_rows(one: ReadFile, faults: list[Fault]) -> None:
    """The file without the rows of ``faults``, and with those of its clashing rows that are told apart."""
    lines = {fault.line for fault in faults}
    clashing = one.reading.clashing or Reading()
    apart = clashing.schools if clashing.schools is not None else shape_frame(pd.DataFrame(), SCHOOLS)
    left = apart[~apart["line"].isin(lines)]
    told = left[~left["urn"].duplicated(keep=False)]
    faults = [*faults, *(fault for fault in clashing.faults if fault.line in set(left["line"]) - set(told["line"]))]
    schools = one.reading.schools if one.reading.schools is not None else apart.iloc[:0]
    gone = schools["line"].isin(lines)
    urns = (set(schools.loc[gone, "urn"]) | set(apart["urn"])) - set(told["urn"])
    if one.observations is not None:
        observations = one.observations.unpack()
        kept = observations[~observations["published_urn"].isin(urns)]
        if clashing.observations is not None:
            restored = clashing.observations[clashing.observations["line"].isin(told["line"])]
            kept = stack_observations([kept.reset_index(drop=True), restored.reset_index(drop=True)])
        one.observations = PackedObservations(kept.reset_index(drop=True))
        if one.account is not None:
            one.account = one.account.model_copy(update={"values": count_values(kept)})
    one.in_doubt = pd.concat([schools[gone], apart[apart["urn"].isin(urns)]])
    one.reading = replace(
        one.reading,
        clashing=None,
        schools=pd.concat([schools[~gone], told]).reset_index(drop=True),
        inspections=_drop_urns(one.reading.inspections, "urn", urns),
        subjects=_drop_urns(one.reading.subjects, "published_urn", urns),
        links=_drop_urns(one.reading.links, "predecessor", urns),
        names=_drop_urns(one.reading.names, "predecessor", urns),
    )
    one.warnings += tuple(faults)
    one.notes.append(f"{count_noun(len(faults), 'row')} not used: the URN is not that of the school it stands beside")


def _drop_urns(frame: pd.DataFrame | None, column: str, urns: set[int]) -> pd.DataFrame | None:
    return None if frame is None else frame[~frame[column].isin(urns)].reset_index(drop=True)


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


def _leave_later_years(one: ReadFile, year: int) -> None:
    """Leave aside the figures later than the ``year`` under review, and how a later file describes its schools."""
    observations = one.reading.observations
    if observations is None:
        return
    later = observations["year"] > year
    if later.any():
        years = ", ".join(name_academic_year(int(each)) for each in sorted(observations.loc[later, "year"].unique()))
        one.notes.append(f"{int(later.sum()):,} cells of {years}, later than the year under review, are left aside")
        kept = observations[~later].reset_index(drop=True)
        one.reading = replace(one.reading, observations=kept if len(kept) else None)
    if one.year and one.year > year:
        one.reading = replace(one.reading, schools=None)


def _leave_figures_of_nobody(one: ReadFile) -> None:
    """Take 0 of no pupils for what it is, no entries: where other files have a word, some look-backs print a 0."""
    observations = one.reading.observations
    if observations is None:
        return
    nobody = (observations["value"] == 0) & (observations["cohort"] == 0) & (observations["unit"] != str(Unit.PUPILS))
    if nobody.any():
        one.notes.append(f"{count_noun(int(nobody.sum()), 'figure')} of 0 of no pupils: taken for no entries")
        kinds = observations["availability"].cat.categories.union([str(Availability.NO_ENTRIES)])
        availability = observations["availability"].cat.set_categories(kinds)
        kept = observations.assign(availability=availability.mask(nobody, str(Availability.NO_ENTRIES)))
        for name in ("value", "lower", "upper", "step"):
            kept[name] = kept[name].mask(nobody)
        one.reading = replace(one.reading, observations=kept)


def _note(one: ReadFile) -> list[str]:
    notes = list(one.reading.notes)
    if one.encoding == "cp1252":
        notes.append("not UTF-8: read as Windows cp1252")
    if one.sheet:
        notes.append(f"an Excel workbook: its sheet {one.sheet!r} is read; a line is a row of it")
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


def _add_successors(
    schools: pd.DataFrame, links: pd.DataFrame, listed: Sequence[int], loaded: Sequence[ReadFile]
) -> pd.DataFrame:
    """SCHOOLS with each school of ``listed`` that no file describes, as the one it followed singly was described.

    A new academy keeps its place, phase and ages; its type, its number and whose it is are not its predecessor's.
    """
    ancestors = list_ancestors(links)
    wanted = ancestors["urn"].isin(set(listed) - set(schools["urn"])) & ancestors["ancestor"].isin(schools["urn"])
    nearest = ancestors[wanted].sort_values(["urn", "steps"]).drop_duplicates("urn")
    if nearest.empty:
        return schools
    opened = links.drop_duplicates("urn").set_index("urn")["date"]
    added = schools.set_index("urn").loc[nearest["ancestor"]].reset_index(drop=True)
    added = added.assign(urn=nearest["urn"].to_numpy(), status="open", closed="", type="", former_name="")
    added = added.assign(opened=added["urn"].map(opened).fillna(""), trust_name="")
    added[["laestab", "trust"]] = pd.NA
    for urn, ancestor in zip(nearest["urn"], nearest["ancestor"], strict=True):
        note = f"URN {urn} is in no other file: it is described as {ancestor}, which it followed"
        for one in loaded:
            if one.reading.links is not None and urn in set(one.reading.links["urn"]):
                one.notes.append(note)
    return shape_frame(pd.concat([schools, added], ignore_index=True).sort_values("urn", ignore_index=True), SCHOOLS)


def _add_doubtful(schools: pd.DataFrame, loaded: Sequence[ReadFile]) -> pd.DataFrame:
    """SCHOOLS with each school of which no row is used, so that it is accounted for.

    A URN that stands in one row alone, beside the LAESTAB of another school of SCHOOLS, is that one's mistyped.
    """
    told = [one.in_doubt for one in loaded if one.in_doubt is not None]
    if not told:
        return schools
    rows = pd.concat(told).sort_values(["urn", "file", "line"])
    mistyped = ~rows["urn"].duplicated(keep=False) & rows["laestab"].isin(schools["laestab"].dropna())
    rows = rows[~mistyped].drop_duplicates("urn")
    lost = rows.loc[~rows["urn"].isin(schools["urn"]), ["urn", "la", "file", "line"]]
    if lost.empty:
        return schools
    named = schools.loc[schools["la_name"] != ""].drop_duplicates("la").set_index("la")["la_name"]
    la_name = lost["la"].astype(object).map(named.to_dict()).astype("string").fillna("")
    lost = shape_frame(lost.assign(status=IN_DOUBT, la_name=la_name, phase=str(Phase.UNKNOWN)), SCHOOLS)
    both = pd.concat([_open_words(schools), _open_words(lost)], ignore_index=True)
    return shape_frame(both.sort_values("urn", ignore_index=True), SCHOOLS)


def _open_words(schools: pd.DataFrame) -> pd.DataFrame:
    return schools.astype({name: object for name, kind in SCHOOLS.items() if kind == "category"})


def _settle_links(loaded: Sequence[ReadFile], year: int) -> pd.DataFrame:
    """LINKS of all files as they stand in the review; notes go to the files concerned."""
    told = [
        ToldLinks(one.file.name, one.family, one.year, one.reading.links, _list_open(one.reading.schools))
        for one in sorted(loaded, key=lambda one: one.file.name)
    ]
    links, notes = settle_links(told, year)
    for one in loaded:
        if one.file.name in notes:
            one.notes.append(notes[one.file.name])
    return links


def _list_open(schools: pd.DataFrame | None) -> frozenset[int]:
    if schools is None:
        return frozenset()
    return frozenset(schools.loc[schools["status"].isin(["open", "new"]), "urn"].astype(int))


def _rank_names(loaded: Sequence[ReadFile]) -> list[pd.DataFrame]:
    """NAMES of all files: lists' before those of results, a later year's before an earlier's."""
    telling = [one for one in loaded if one.reading.names is not None]
    ranked = sorted(telling, key=lambda one: (one.year is not None, -(one.year or 0), one.file.name))
    return [one.reading.names for one in ranked if one.reading.names is not None]


def _take_authorities(loaded: Sequence[ReadFile]) -> pd.DataFrame:
    """AUTHORITIES of all files; those that are read for it alone give nothing else."""
    found = gather_authorities(
        (one.title, one.observations, one.reading.provisional) for one in loaded if one.observations is not None
    )
    for one in loaded:
        if getattr(one.source, "of_authorities", False):
            one.observations = None
    return found


def _settle(loaded: Sequence[ReadFile], links: pd.DataFrame, schools: pd.DataFrame) -> Settlement:
    """All files' observations, the fullest file's first: on their way, and no longer with the files."""
    giving = sorted(loaded, key=lambda one: (-one.width, -one.rows, one.file.name))
    told = [ToldFigures(one.file.name, one.family, one.observations) for one in giving if one.observations is not None]
    for one in giving:
        one.observations = None
    return Settlement(told, links, schools)


def _tell_files(settlement: Settlement, loaded: Sequence[ReadFile]) -> None:
    """Give each file what was found of its figures beside other files', and what was set aside."""
    by_name = {one.file.name: one for one in loaded}
    for one in loaded:
        concerned = [found for found in settlement.overlaps if one.file.name in (found.won_by, found.set_aside)]
        one.overlaps = sum_overlaps(concerned)
    for name, note in settlement.notes:
        by_name[name].notes.append(note)
    for fault in settlement.faults:
        by_name[fault.file].warnings += (fault,)


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
            "findings": (
                *describe_findings(one.errors, "error"),
                *describe_findings(one.besides, "besides"),
                *describe_findings(one.warnings, "warning"),
            ),
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
        (reading.subjects, "published_urn"),
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
