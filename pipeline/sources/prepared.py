"""The prepared tables of an edition on disk, and one school's slice of them in milliseconds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import PipelineError
from pipeline.sources.frames import DISTRIBUTIONS, INSPECTIONS, LINKS, OBSERVATIONS, SCHOOLS, School, SchoolSlice
from pipeline.sources.reconcile import FileReconciliation
from pipeline.vocabulary import Level

#: Tables by file name, and the columns of each.
TABLES: dict[str, Mapping[str, str]] = {
    "observations": OBSERVATIONS,  # of schools; those of authorities, trusts and England are areas
    "areas": OBSERVATIONS,
    "schools": SCHOOLS,
    "inspections": INSPECTIONS,
    "links": LINKS,
    "distributions": DISTRIBUTIONS,
}
RECONCILIATION = "reconciliation.json"
#: Few enough that the groups holding one school are read in a millisecond or two.
ROWS_IN_A_GROUP = 4_096
#: Rows turned into Arrow at a time.
_ROWS_AT_A_TIME = 16 * ROWS_IN_A_GROUP
_ARROW = {
    "category": pa.string(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "float64": pa.float64(),
    "int16": pa.int16(),
    "Int16": pa.int16(),
    "int32": pa.int32(),
    "Int32": pa.int32(),
}


def write_tables(
    folder: Path, tables: Mapping[str, pd.DataFrame], reconciliations: Sequence[FileReconciliation]
) -> None:
    """Write the frames of ``TABLES`` as Parquet and the reconciliation as JSON into the new folder ``folder``.

    Rows are expected sorted by urn (areas: by level and authority). The same frames give the same bytes.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, columns in TABLES.items():
        _write_table(folder / f"{name}.parquet", tables[name], columns)
    content = [one.model_dump(mode="json") for one in reconciliations]
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    (folder / RECONCILIATION).write_text(text, encoding="utf-8", newline="\n")


def _write_table(path: Path, frame: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """Categories are written as texts: the file explains itself, and Parquet numbers them anyway."""
    schema = pa.schema([(name, _ARROW[kind]) for name, kind in columns.items()])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, len(frame), _ROWS_AT_A_TIME):
            rows = frame.iloc[start : start + _ROWS_AT_A_TIME]
            arrays = [_to_arrow(rows[name], kind) for name, kind in columns.items()]
            writer.write_table(pa.table(arrays, schema=schema), row_group_size=ROWS_IN_A_GROUP)


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
    return Prepared(folder)


class Prepared:
    """One edition's prepared tables. A file is opened when first asked for; of one school only its rows are read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened: dict[str, _Table] = {}
        self._baselines: dict[int | None, pd.DataFrame] = {}

    def load_school(self, urn: int) -> SchoolSlice:
        """All that the report of school ``urn`` may know; raises PipelineError where no file names the school."""
        found = self._table("schools").read_range("urn", urn, urn)
        if found.empty:
            raise PipelineError(
                f"no file of this edition names URN {urn}",
                remedy="Check the URN, or add a school list that holds it to published/.",
            )
        school = _make_school(found.iloc[0])
        return SchoolSlice(
            school=school,
            observations=self._table("observations").read_range("urn", urn, urn),
            baselines=self._read_baselines(school.la),
            distributions=self.distributions(),
            inspections=self._table("inspections").read_range("urn", urn, urn),
            links=self._table("links").read_range("urn", urn, urn),
        )

    def schools(self) -> pd.DataFrame:
        """SCHOOLS of every school that the edition's files name, sorted by URN."""
        return self._table("schools").read()

    def observations(self, **filters: Any) -> pd.DataFrame:
        """OBSERVATIONS of schools. ``filters`` are columns and the value, or list of values, each must have."""
        chosen = [
            (name, "in", list(value)) if isinstance(value, list | tuple | set | range) else (name, "==", value)
            for name, value in filters.items()
        ]
        table = pq.read_table(self.folder / "observations.parquet", filters=chosen or None)
        return _to_frame(table, OBSERVATIONS)

    def area_observations(self) -> pd.DataFrame:
        """OBSERVATIONS of England, authorities and trusts."""
        return self._table("areas").read()

    def distributions(self) -> pd.DataFrame:
        """DISTRIBUTIONS of the country's schools."""
        return self._table("distributions").read()

    def inspections(self) -> pd.DataFrame:
        """INSPECTIONS of every school."""
        return self._table("inspections").read()

    def links(self) -> pd.DataFrame:
        """LINKS of every school."""
        return self._table("links").read()

    def reconciliation(self) -> list[FileReconciliation]:
        """The account of every published file, sorted by name."""
        content = json.loads((self.folder / RECONCILIATION).read_text(encoding="utf-8"))
        return [FileReconciliation.model_validate(one) for one in content]

    def latest_years(self) -> pd.Series:
        """The latest year for which each school has a figure: int16 by URN."""
        table = pq.read_table(self.folder / "observations.parquet", columns=["urn", "year", "value"])
        frame = table.filter(pc.is_valid(table["value"])).select(["urn", "year"]).to_pandas()
        return frame.groupby("urn")["year"].max()

    def _table(self, name: str) -> _Table:
        if name not in self._opened:
            self._opened[name] = _Table(self.folder / f"{name}.parquet", TABLES[name])
        return self._opened[name]

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
    """One Parquet file whose groups of rows are found by their statistics."""

    def __init__(self, path: Path, columns: Mapping[str, str]) -> None:
        self._file = pq.ParquetFile(path)
        self._columns = columns
        self._ranges: dict[str, list[tuple[Any, Any]]] = {}

    def read(self) -> pd.DataFrame:
        return self._whole.copy(deep=False)

    @cached_property
    def _whole(self) -> pd.DataFrame:
        return _to_frame(self._file.read(), self._columns)

    def read_range(self, column: str, lowest: Any, highest: Any) -> pd.DataFrame:
        """The rows whose ``column`` lies between ``lowest`` and ``highest``, both included."""
        return _to_frame(self.select_range(column, lowest, highest), self._columns)

    def select_range(self, column: str, lowest: Any, highest: Any) -> pa.Table:
        """The same rows as Arrow."""
        groups = [
            group
            for group, (first, last) in enumerate(self._find_ranges(column))
            if first is not None and first <= highest and last >= lowest
        ]
        table = self._file.read_row_groups(groups, use_threads=False)
        chosen = pc.and_(pc.greater_equal(table[column], lowest), pc.less_equal(table[column], highest))
        return table.filter(chosen)

    def _find_ranges(self, column: str) -> list[tuple[Any, Any]]:
        """The lowest and highest value of ``column`` in each group; None where it holds none."""
        if column not in self._ranges:
            self._ranges[column] = list(self._list_ranges(column))
        return self._ranges[column]

    def _list_ranges(self, column: str) -> Iterator[tuple[Any, Any]]:
        about = self._file.metadata
        place = list(self._columns).index(column)
        for group in range(about.num_row_groups):
            found = about.row_group(group).column(place).statistics
            yield (found.min, found.max) if found is not None and found.has_min_max else (None, None)


def _to_frame(table: pa.Table, columns: Mapping[str, str]) -> pd.DataFrame:
    """The Arrow table with exactly the types that ``columns`` names."""
    return pd.DataFrame({name: _to_pandas(table[name].combine_chunks(), kind) for name, kind in columns.items()})


def _to_pandas(column: pa.Array, kind: str) -> Any:
    if kind == "category":
        coded = column.dictionary_encode()
        names = coded.dictionary.to_pylist()
        order = sorted(range(len(names)), key=names.__getitem__)
        places = np.empty(len(names) + 1, dtype="int32")
        places[order] = np.arange(len(names))
        places[-1] = -1
        codes = coded.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)
        return pd.Categorical.from_codes(places[codes], categories=[names[place] for place in order], validate=False)
    if kind == "string":
        return pd.array(column, dtype="string")
    if kind[0] == "I":
        missing = column.is_null().to_numpy(zero_copy_only=False)
        return pd.arrays.IntegerArray(column.fill_null(0).to_numpy(zero_copy_only=False).copy(), missing)
    if kind == "boolean":
        missing = column.is_null().to_numpy(zero_copy_only=False)
        return pd.arrays.BooleanArray(column.fill_null(False).to_numpy(zero_copy_only=False).copy(), missing)
    return column.to_numpy(zero_copy_only=False)


def _make_school(row: pd.Series) -> School:
    """The School of one SCHOOLS row: missing numbers are None, missing texts ""."""
    fields = {name: row[name] for name in School.__dataclass_fields__}
    texts = {name for name, kind in SCHOOLS.items() if kind in ("string", "category")}
    plain = {}
    for name, value in fields.items():
        missing = value is None or value is pd.NA or value != value
        if name in texts:
            plain[name] = "" if missing else str(value)
        else:
            plain[name] = None if missing else (bool(value) if name == "state_funded" else int(value))
    return School(**plain)
