"""The prepared tables of an edition on disk, and one school's slice of them in milliseconds."""

from __future__ import annotations

import json
import mmap
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, reduce
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import LOCAL, STUDY
from pipeline.foundation.vocabulary import Availability, Level
from pipeline.sources.frames import (
    AUTHORITIES,
    CORRELATIONS,
    DISTRIBUTIONS,
    INSPECTIONS,
    LINKS,
    OBSERVATIONS,
    SCHOOLS,
    SIMILAR,
    SIMILAR_FIGURES,
    SIMILAR_NOTES,
    SPREADS,
    SUBJECTS,
    WRITING_PATTERN,
    School,
    SchoolSlice,
    StudySlice,
)
from pipeline.sources.local.prepared import load_local, open_local
from pipeline.sources.tabular.reconcile import FileReconciliation

#: Tables by file name, and the columns of each.
TABLES: dict[str, Mapping[str, str]] = {
    "observations": OBSERVATIONS,  # of schools; those of authorities, trusts and England are areas
    "areas": OBSERVATIONS,
    "authorities": AUTHORITIES,  # all authorities' figures, file by file
    "schools": SCHOOLS,
    "inspections": INSPECTIONS,
    "links": LINKS,
    "distributions": DISTRIBUTIONS,
    "subjects": SUBJECTS,  # of schools and of England
}
RECONCILIATION = "reconciliation.json"
#: The tables of the study of all schools by file name (the parts of a StudySlice), and those of them that hold rows of
#: single schools.
STUDY_TABLES: dict[str, Mapping[str, str]] = {
    "similar": SIMILAR,
    "notes": SIMILAR_NOTES,
    "figures": SIMILAR_FIGURES,
    "spreads": SPREADS,
    "correlations": CORRELATIONS,
    "writing_pattern": WRITING_PATTERN,
}
_BY_SCHOOL = ("similar", "notes", "figures")
#: What a cell says where the file tells of the school.
TOLD = (
    Availability.AVAILABLE,
    Availability.SUPPRESSED,
    Availability.SMALL,
    Availability.LOW_COVERAGE,
    Availability.NO_ENTRIES,
    Availability.NEW_SCHOOL,
)
#: Few enough that the group holding one school is read in milliseconds, enough that a country's table of contents is.
ROWS_IN_A_GROUP = 16_384
#: The same for tables that are short even for a country.
_FEWER_ROWS_IN_A_GROUP = {
    "areas": 4_096,
    "schools": 1_024,
    "inspections": 1_024,
    "links": 1_024,
    "similar": 4_096,
    "notes": 1_024,
    "figures": 4_096,
}
#: Groups of rows of one table that stay in memory once read: schools are mostly asked for in the order of their URNs.
_GROUPS_KEPT = 4
#: Groups of rows looked through at a time for the rows sought.
_GROUPS_AT_A_TIME = 16
#: Rows turned into Arrow at a time.
_ROWS_AT_A_TIME = 4 * ROWS_IN_A_GROUP
#: Columns by whose lowest and highest value a group of rows is found.
_SOUGHT = ("urn", "level", "la")
_ARROW = {
    "category": pa.dictionary(pa.int32(), pa.string()),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "float64": pa.float64(),
    "int16": pa.int16(),
    "Int16": pa.int16(),
    "int32": pa.int32(),
    "Int32": pa.int32(),
}


def write_observations(folder: Path, frames: Iterable[pd.DataFrame]) -> None:
    """Write schools' OBSERVATIONS as Parquet into the new folder ``folder``; the frames come sorted by URN.

    The same frames give the same bytes. In other frames the same rows, in the same groups, may stand beside words in a
    group's dictionary that none of them has.
    """
    folder.mkdir(parents=True)
    _write_table(folder / "observations.parquet", frames, OBSERVATIONS)


def write_tables(
    folder: Path, tables: Mapping[str, pd.DataFrame], reconciliations: Sequence[FileReconciliation]
) -> None:
    """Write frames of ``TABLES`` as Parquet and the reconciliation as JSON into ``folder``, beside what is there.

    Rows are expected sorted by urn (areas: by level and authority). The same frames give the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        _write_table(folder / f"{name}.parquet", [frame], TABLES[name])
    content = [one.model_dump(mode="json") for one in reconciliations]
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    (folder / RECONCILIATION).write_text(text, encoding="utf-8", newline="\n")


def write_study(folder: Path, study: StudySlice) -> None:
    """Write a study as Parquet into the new folder ``folder``. Rows of single schools are expected sorted by URN.

    The same frames give the same bytes.
    """
    folder.mkdir(parents=True)
    for name, columns in STUDY_TABLES.items():
        _write_table(folder / f"{name}.parquet", [getattr(study, name)], columns)


def _write_table(path: Path, frames: Iterable[pd.DataFrame], columns: Mapping[str, str]) -> None:
    """Categories are texts in the file, numbered as Parquet numbers them: the file explains itself."""
    schema = pa.schema([(name, _ARROW[kind]) for name, kind in columns.items()])
    sought = [name for name in _SOUGHT if name in columns]
    size = _FEWER_ROWS_IN_A_GROUP.get(path.stem, ROWS_IN_A_GROUP)
    with pq.ParquetWriter(path, schema, compression="lz4", write_statistics=sought, store_schema=False) as writer:
        waiting = schema.empty_table()
        for frame in frames:
            for start in range(0, len(frame), _ROWS_AT_A_TIME):
                rows = frame.iloc[start : start + _ROWS_AT_A_TIME]
                found = pa.table([_to_arrow(rows[name], kind) for name, kind in columns.items()], schema=schema)
                together = pa.concat_tables([waiting, found])
                whole = len(together) - len(together) % size
                for first in range(0, whole, size):
                    writer.write_table(together.slice(first, size).combine_chunks(), row_group_size=size)
                waiting = together.slice(whole)
        if len(waiting):
            writer.write_table(waiting)


def _to_arrow(column: pd.Series, kind: str) -> pa.Array:
    return pa.Array.from_pandas(column).cast(_ARROW[kind])


def open_prepared(folder: Path) -> Prepared:
    """The prepared tables in ``folder``; raises PipelineError where they are not all there."""
    missing = [
        name for name in (*(f"{table}.parquet" for table in TABLES), RECONCILIATION) if not (folder / name).exists()
    ]
    if missing:
        raise PipelineError(
            f"the edition is not prepared: {', '.join(missing)} missing",
            where=f"{folder.parent.name}/{folder.name}",
            remedy=f"Run `python -m pipeline prepare {folder.parent.name}`.",
        )
    files = sorted(folder.glob("**/*.parquet"))
    return _keep_open(folder, tuple((str(file), _date_file(file)) for file in files))


def _date_file(file: Path) -> tuple[int, int, int]:
    found = file.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


@lru_cache(maxsize=2)
def _keep_open(folder: Path, files: tuple[tuple[str, tuple[int, int, int]], ...]) -> Prepared:
    """The same for all schools, so that what they share is read once; anew where any of the ``files`` was written."""
    return Prepared(folder)


class Prepared:
    """One edition's prepared tables. A file is opened when first asked for; of one school only its rows are read.

    No thread is started, so that a process which has read a school can be forked.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened: dict[str, _Table] = {}
        self._baselines: dict[int | None, pd.DataFrame] = {}
        self._subjects_of_england: pd.DataFrame | None = None

    def load_school(self, urn: int) -> SchoolSlice:
        """All that the report of school ``urn`` may know; raises PipelineError where no file names the school."""
        found = self._table("schools").select_range("urn", urn, urn)
        if not found.num_rows:
            raise PipelineError(
                f"no file of this edition names URN {urn}",
                remedy="Check the URN, or add a school list that holds it to published/.",
            )
        school = _make_school(found.to_pylist()[0])
        return SchoolSlice(
            school=school,
            observations=self._table("observations").read_range("urn", urn, urn),
            baselines=self._read_baselines(school.la),
            distributions=self.distributions(),
            inspections=self._table("inspections").read_range("urn", urn, urn),
            links=self._table("links").read_range("urn", urn, urn),
            subjects=self._load_subjects(urn),
            study=self._load_study(urn),
            local=load_local(self.folder, urn),
        )

    def schools(self) -> pd.DataFrame:
        """SCHOOLS of every school that the edition's files name, sorted by URN."""
        return self._table("schools").read()

    def observations(self, columns: Sequence[str] = (), **filters: Any) -> pd.DataFrame:
        """OBSERVATIONS of schools, ``columns`` alone where given: a whole country's rows are many millions of cells.

        ``filters`` are columns and the value, or list of values, each must have. Of some schools only the groups of
        rows that may hold them are read.
        """
        kinds = {name: OBSERVATIONS[name] for name in columns or OBSERVATIONS}
        sought = {name: _list_values(value) for name, value in filters.items()}
        return _to_frame(self._table("observations").select_where(tuple(kinds), sought), kinds)

    def observations_between(
        self, first: int, last: int, columns: Sequence[str] = tuple(OBSERVATIONS), **filters: Any
    ) -> pd.DataFrame:
        """OBSERVATIONS of the schools whose URN lies between ``first`` and ``last``, both included.

        ``columns`` and ``filters`` are as in ``observations``.
        """
        sought = {name: _list_values(value) for name, value in filters.items()}
        found = self._table("observations").select_range("urn", first, last, (*columns, *sought))
        return _to_frame(_filter(found, sought), {name: OBSERVATIONS[name] for name in columns})

    def area_observations(self) -> pd.DataFrame:
        """OBSERVATIONS of England, authorities and trusts."""
        return self._table("areas").read()

    def authorities(self) -> pd.DataFrame:
        """AUTHORITIES: the figures of all authorities in each file that tells of a country's."""
        return self._table("authorities").read()

    def distributions(self) -> pd.DataFrame:
        """DISTRIBUTIONS of the country's schools."""
        return self._table("distributions").read()

    def inspections(self) -> pd.DataFrame:
        """INSPECTIONS of every school."""
        return self._table("inspections").read()

    def links(self) -> pd.DataFrame:
        """LINKS of every school."""
        return self._table("links").read()

    def subjects(self, urns: Iterable[int] | None = None) -> pd.DataFrame:
        """SUBJECTS of every school and of England, or of the schools ``urns`` alone."""
        if urns is None:
            return self._table("subjects").read()
        return _to_frame(self._table("subjects").select_where(tuple(SUBJECTS), {"urn": list(urns)}), SUBJECTS)

    def study(self) -> StudySlice:
        """The study of all schools, with the rows of every school of the area; empty where none was made."""
        if not (self.folder / STUDY).is_dir():
            return StudySlice()
        return StudySlice(**{name: self._table(f"{STUDY}/{name}").read() for name in STUDY_TABLES})

    def reconciliation(self) -> list[FileReconciliation]:
        """The account of every published file, sorted by name."""
        content = json.loads((self.folder / RECONCILIATION).read_text(encoding="utf-8"))
        return [FileReconciliation.model_validate(one) for one in content]

    def latest_years(self, urns: Iterable[int] | None = None, behind: Mapping[str, int] | None = None) -> pd.Series:
        """The latest year for which the files tell of each school, or of each of ``urns``: int16 by URN.

        ``behind`` says of measures how many years after their own they are published: then a file tells of a school.

        They tell of it by a number, and by a word for why there is none (TOLD): a school too small for any figure to
        be published is not missing. Blank, not applicable and not published cells tell nothing.
        """
        told = {"availability": [str(kind) for kind in TOLD]} | ({} if urns is None else {"urn": list(urns)})
        found = self._table("observations").select_where(("urn", "year", "measure"), told)
        rows = found.select(["urn", "year", "measure"]).to_pandas()
        rows = self._add_early_years(rows, urns)
        for measure, years in (behind or {}).items():
            rows["year"] = rows["year"].mask(rows["measure"] == measure, rows["year"] + years)
        return rows.groupby("urn")["year"].max()

    def early(self, urns: Iterable[int] | None = None) -> pd.DataFrame:
        """OBSERVATIONS of the early results that no published file tells: of every school, or of ``urns``."""
        early = open_local(self.folder).early
        return early if urns is None else early[early["urn"].isin(list(urns))]

    def _add_early_years(self, rows: pd.DataFrame, urns: Iterable[int] | None) -> pd.DataFrame:
        """The same with the years of which early results tell: in September there may be no other file of the year."""
        if not (self.folder / LOCAL).is_dir():
            return rows
        early = self.early(urns)
        early = early[early["availability"].isin([str(kind) for kind in TOLD])]
        if early.empty:
            return rows
        told = pd.DataFrame({name: early[name].to_numpy() for name in ("urn", "year")})
        return pd.concat([rows, told.assign(measure=early["measure"].astype(str).to_numpy())], ignore_index=True)

    def _table(self, name: str) -> _Table:
        if name not in self._opened:
            columns = {**TABLES, **{f"{STUDY}/{part}": columns for part, columns in STUDY_TABLES.items()}}[name]
            self._opened[name] = _Table(self.folder / f"{name}.parquet", columns)
        return self._opened[name]

    def _load_subjects(self, urn: int) -> pd.DataFrame:
        """SUBJECTS of a school, and England's in its subjects; England's rows are read once for all schools."""
        own = self._table("subjects").read_range("urn", urn, urn)
        if own.empty:
            return own
        if self._subjects_of_england is None:
            found = self._table("subjects").select_range("level", "england", "england~")
            self._subjects_of_england = _to_frame(found, SUBJECTS)
        return pd.concat([own, self._subjects_of_england], ignore_index=True).astype(
            {name: kind for name, kind in SUBJECTS.items() if kind == "category"}
        )

    def _load_study(self, urn: int) -> StudySlice:
        if not (self.folder / STUDY).is_dir():
            return StudySlice()
        parts = {}
        for name in STUDY_TABLES:
            table = self._table(f"{STUDY}/{name}")
            parts[name] = table.read_range("urn", urn, urn) if name in _BY_SCHOOL else table.read()
        return StudySlice(**parts)

    def _read_baselines(self, la: int | None) -> pd.DataFrame:
        """England's rows, and those of the authority ``la``; read once for all schools of an authority."""
        if la not in self._baselines:
            areas = self._table("areas")
            parts = [areas.select_range("level", "england", "england~")]
            if la is not None:
                found = areas.select_range("la", la, la)
                parts.append(found.filter(pc.equal(found["level"], str(Level.AUTHORITY))))
            self._baselines[la] = _to_frame(pa.concat_tables(parts), OBSERVATIONS)
        return self._baselines[la].copy(deep=False)


class _Table:
    """One Parquet file whose groups of rows are found by their statistics; the groups last read are kept."""

    def __init__(self, path: Path, columns: Mapping[str, str]) -> None:
        self._path = path
        self._columns = columns
        self._about = self._open(None).metadata
        self._ranges: dict[str, list[tuple[Any, Any]]] = {}
        self._read_group = lru_cache(maxsize=_GROUPS_KEPT)(self._decode_group)

    def _open(self, about: pq.FileMetaData | None) -> pq.ParquetFile:
        """Open the file for one reading. Arrow reads memory without the threads that it starts to read files."""
        with self._path.open("rb") as file:
            content = pa.py_buffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        categories = _list_categories(self._columns)
        return pq.ParquetFile(pa.BufferReader(content), metadata=about, read_dictionary=categories)

    def _decode_group(self, group: int) -> pa.Table:
        return self._open(self._about).read_row_group(group, use_threads=False)

    def _decode_groups(self, groups: Sequence[int], columns: Sequence[str]) -> pa.Table:
        names = list(dict.fromkeys(columns))
        return self._open(self._about).read_row_groups(groups, columns=names, use_threads=False)

    def read(self) -> pd.DataFrame:
        return self._whole.copy(deep=False)

    @cached_property
    def _whole(self) -> pd.DataFrame:
        return _to_frame(self._open(self._about).read(use_threads=False), self._columns)

    def read_range(self, column: str, lowest: Any, highest: Any) -> pd.DataFrame:
        """The rows whose ``column`` lies between ``lowest`` and ``highest``, both included."""
        found = self.select_range(column, lowest, highest)
        return _to_frame(found, self._columns) if found.num_rows else self._empty.copy(deep=False)

    @cached_property
    def _nothing(self) -> pa.Table:
        return self._open(self._about).schema_arrow.empty_table()

    @cached_property
    def _empty(self) -> pd.DataFrame:
        return _to_frame(self._nothing, self._columns)

    def select_range(self, column: str, lowest: Any, highest: Any, columns: tuple[str, ...] = ()) -> pa.Table:
        """The same rows as Arrow. Where ``columns`` are named those alone are read, and not kept."""
        groups = [
            group
            for group, (first, last) in enumerate(self._find_ranges(column))
            if first is not None and first <= highest and last >= lowest
        ]
        if not groups:
            return self._nothing
        if columns:
            return _choose(self._decode_groups(groups, (*columns, column)), column, lowest, highest)
        return pa.concat_tables(_choose(self._read_group(group), column, lowest, highest) for group in groups)

    def select_where(self, columns: tuple[str, ...], sought: Mapping[str, Sequence[Any]]) -> pa.Table:
        """The ``columns`` of the rows whose value in each column ``sought`` is one of those given, as Arrow."""
        groups = self._find_groups(sought.get("urn"))
        found = [
            _filter(self._decode_groups(groups[first : first + _GROUPS_AT_A_TIME], (*columns, *sought)), sought)
            for first in range(0, len(groups), _GROUPS_AT_A_TIME)
        ]
        return pa.concat_tables(found) if found else self._nothing

    def _find_groups(self, urns: Sequence[int] | None) -> tuple[int, ...]:
        """The groups of rows that may hold any of ``urns``; all where none are named."""
        ranges = self._find_ranges("urn")
        if urns is None:
            return tuple(range(len(ranges)))
        wanted = sorted(urns)
        return tuple(
            group
            for group, (first, last) in enumerate(ranges)
            if first is not None and bisect_left(wanted, first) < bisect_right(wanted, last)
        )

    def _find_ranges(self, column: str) -> list[tuple[Any, Any]]:
        """The lowest and highest value of ``column`` in each group; None where it holds none."""
        if column not in self._ranges:
            self._ranges[column] = list(self._list_ranges(column))
        return self._ranges[column]

    def _list_ranges(self, column: str) -> Iterator[tuple[Any, Any]]:
        about = self._about
        place = list(self._columns).index(column)
        for group in range(about.num_row_groups):
            found = about.row_group(group).column(place).statistics
            yield (found.min, found.max) if found is not None and found.has_min_max else (None, None)


def _list_values(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple | set | range) else [value]


def _filter(table: pa.Table, sought: Mapping[str, Sequence[Any]]) -> pa.Table:
    if not sought:
        return table
    return table.filter(reduce(pc.and_, [_is_one_of(table[name], values) for name, values in sought.items()]))


def _is_one_of(column: pa.ChunkedArray, values: Sequence[Any]) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        chunks = [
            pc.is_in(chunk.dictionary, pa.array(values, pa.string())).take(chunk.indices) for chunk in column.chunks
        ]
        return pa.chunked_array(chunks, pa.bool_())
    return pc.is_in(column, pa.array(values, column.type))


def _choose(table: pa.Table, column: str, lowest: Any, highest: Any) -> pa.Table:
    sought = table[column]
    if lowest == highest:
        return table.filter(pc.equal(sought, lowest))
    return table.filter(pc.and_(pc.greater_equal(sought, lowest), pc.less_equal(sought, highest)))


def _list_categories(columns: Mapping[str, str]) -> list[str]:
    return [name for name, kind in columns.items() if kind == "category"]


def _to_frame(table: pa.Table, columns: Mapping[str, str]) -> pd.DataFrame:
    """The Arrow table with exactly the types that ``columns`` names."""
    made = {
        name: _to_categorical(table[name]) if kind == "category" else _to_pandas(table[name].combine_chunks(), kind)
        for name, kind in columns.items()
    }
    return pd.DataFrame(made, copy=False)


def _to_categorical(column: pa.ChunkedArray) -> pd.Categorical:
    """Its categories are the texts that occur, by alphabet."""
    coded = column.unify_dictionaries().combine_chunks()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    occurring = np.flatnonzero(np.bincount(codes + 1, minlength=1)[1:])
    names = coded.dictionary.take(pa.array(occurring)).to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    places = np.full(len(coded.dictionary) + 1, -1, dtype="int32")
    places[occurring[order]] = np.arange(len(order))
    kind = _name_categories(tuple(names[place] for place in order))
    return pd.Categorical.from_codes(places[codes], dtype=kind, validate=False)


@lru_cache(maxsize=1_024)
def _name_categories(names: tuple[str, ...]) -> pd.CategoricalDtype:
    """Made once: the same few files, measures and words occur in most schools' figures."""
    return pd.CategoricalDtype(pd.Index(names) if names else pd.Index([]))


def _to_pandas(column: pa.Array, kind: str) -> Any:
    if kind == "string":
        return pd.array(column, dtype="string")
    if kind[0] == "I":
        missing = column.is_null().to_numpy(zero_copy_only=False)
        return pd.arrays.IntegerArray(column.fill_null(0).to_numpy(zero_copy_only=False).copy(), missing)
    if kind == "boolean":
        missing = column.is_null().to_numpy(zero_copy_only=False)
        return pd.arrays.BooleanArray(column.fill_null(False).to_numpy(zero_copy_only=False).copy(), missing)
    return column.to_numpy(zero_copy_only=False)


def _make_school(row: Mapping[str, Any]) -> School:
    """The School of one SCHOOLS row: missing numbers are None, missing texts ""."""
    texts = {name for name, kind in SCHOOLS.items() if kind in ("string", "category")}
    fields = School.__dataclass_fields__
    plain: dict[str, Any] = {name: "" if row[name] is None and name in texts else row[name] for name in fields}
    return School(**plain)
