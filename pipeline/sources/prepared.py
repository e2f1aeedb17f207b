"""The prepared tables of an edition on disk, and one school's slice of them in milliseconds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
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
ROWS_IN_A_GROUP = 8_192


def write_tables(
    folder: Path, tables: Mapping[str, pd.DataFrame], reconciliations: Sequence[FileReconciliation]
) -> None:
    """Write the frames of ``TABLES`` as Parquet and the reconciliation as JSON into the new folder ``folder``.

    Observations are expected sorted by urn. The same frames give the same bytes.
    """
    if folder.exists():
        import shutil

        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name in TABLES:
        table = _to_arrow(tables[name])
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=ROWS_IN_A_GROUP, compression="zstd")
    content = [one.model_dump(mode="json") for one in reconciliations]
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    (folder / RECONCILIATION).write_text(text, encoding="utf-8", newline="\n")


def _to_arrow(frame: pd.DataFrame) -> pa.Table:
    """The frame as Arrow, categories in use only and in alphabetical order, so that bytes do not tell of the route."""
    columns = {}
    for name in frame:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            used = column.cat.remove_unused_categories()
            column = used.cat.reorder_categories(sorted(used.cat.categories))
        columns[name] = pa.Array.from_pandas(column)
    return pa.table(columns)


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
    """One edition's prepared tables. Files are opened once and read as asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load_school(self, urn: int) -> SchoolSlice:
        """All that the report of school ``urn`` may know; raises PipelineError where no file names the school."""
        row = self._schools_by_urn.get(urn)
        if row is None:
            raise PipelineError(
                f"no file of this edition names URN {urn}",
                remedy="Check the URN, or add a school list that holds it to published/.",
            )
        school = _make_school(self._schools.iloc[row])
        return SchoolSlice(
            school=school,
            observations=self._read_school(urn),
            baselines=self._select_baselines(school.la),
            distributions=self.distributions(),
            inspections=self._inspections[self._inspections["urn"] == urn].reset_index(drop=True),
            links=self._links[self._links["urn"] == urn].reset_index(drop=True),
        )

    def schools(self) -> pd.DataFrame:
        """SCHOOLS of every school that the edition's files name, sorted by URN."""
        return self._schools.copy()

    def observations(self, **filters: Any) -> pd.DataFrame:
        """OBSERVATIONS of schools. ``filters`` are columns and the value, or list of values, each must have."""
        chosen = [
            (name, "in", list(value)) if isinstance(value, (list, tuple, set, range)) else (name, "==", value)
            for name, value in filters.items()
        ]
        table = pq.read_table(self.folder / "observations.parquet", filters=chosen or None)
        return _to_frame(table, OBSERVATIONS)

    def area_observations(self) -> pd.DataFrame:
        """OBSERVATIONS of England, authorities and trusts."""
        return self._areas.copy()

    def distributions(self) -> pd.DataFrame:
        """DISTRIBUTIONS of the country's schools."""
        return self._distributions.copy()

    def inspections(self) -> pd.DataFrame:
        """INSPECTIONS of every school."""
        return self._inspections.copy()

    def links(self) -> pd.DataFrame:
        """LINKS of every school."""
        return self._links.copy()

    def reconciliation(self) -> list[FileReconciliation]:
        """The account of every published file, sorted by name."""
        content = json.loads((self.folder / RECONCILIATION).read_text(encoding="utf-8"))
        return [FileReconciliation.model_validate(one) for one in content]

    def latest_years(self) -> pd.Series:
        """The latest year for which each school has a figure: int16 by URN."""
        table = pq.read_table(self.folder / "observations.parquet", columns=["urn", "year", "value"])
        frame = table.filter(pa.compute.is_valid(table["value"])).select(["urn", "year"]).to_pandas()
        return frame.groupby("urn")["year"].max()

    @cached_property
    def _schools(self) -> pd.DataFrame:
        return self._read("schools")

    @cached_property
    def _schools_by_urn(self) -> dict[int, int]:
        return {int(urn): row for row, urn in enumerate(self._schools["urn"])}

    @cached_property
    def _areas(self) -> pd.DataFrame:
        return self._read("areas")

    @cached_property
    def _inspections(self) -> pd.DataFrame:
        return self._read("inspections")

    @cached_property
    def _links(self) -> pd.DataFrame:
        return self._read("links")

    @cached_property
    def _distributions(self) -> pd.DataFrame:
        return self._read("distributions")

    @cached_property
    def _figures(self) -> pq.ParquetFile:
        return pq.ParquetFile(self.folder / "observations.parquet")

    @cached_property
    def _groups(self) -> np.ndarray:
        """Lowest and highest URN of each group of rows."""
        about = self._figures.metadata
        place = self._figures.schema_arrow.get_field_index("urn")
        statistics = (about.row_group(group).column(place).statistics for group in range(about.num_row_groups))
        return np.array([(one.min, one.max) for one in statistics], dtype="int64").reshape(-1, 2)

    def _read(self, name: str) -> pd.DataFrame:
        return _to_frame(pq.read_table(self.folder / f"{name}.parquet"), TABLES[name])

    def _read_school(self, urn: int) -> pd.DataFrame:
        groups = np.flatnonzero((self._groups[:, 0] <= urn) & (self._groups[:, 1] >= urn))
        table = self._figures.read_row_groups(groups.tolist(), use_threads=False)
        table = table.filter(pa.compute.equal(table["urn"], urn))
        return _to_frame(table, OBSERVATIONS)

    def _select_baselines(self, la: int | None) -> pd.DataFrame:
        authority = (self._areas["level"] == str(Level.AUTHORITY)).to_numpy()
        trust = (self._areas["level"] == str(Level.TRUST)).to_numpy()
        ours = (
            (self._areas["la"] == la).fillna(False).to_numpy("bool")
            if la is not None
            else np.zeros(len(authority), bool)
        )
        return self._areas[(~authority & ~trust) | (authority & ours)].reset_index(drop=True)


def _to_frame(table: pa.Table, columns: Mapping[str, str]) -> pd.DataFrame:
    """The Arrow table with exactly the types that ``columns`` names."""
    frame = {}
    for name, kind in columns.items():
        column = table[name].combine_chunks()
        frame[name] = column.to_pandas() if kind in ("category", "float64", "int16", "int32") else _cast(column, kind)
    return pd.DataFrame(frame)


def _cast(column: pa.Array, kind: str) -> Any:
    return pd.array(
        column.to_pandas(types_mapper={pa.int16(): pd.Int16Dtype(), pa.int32(): pd.Int32Dtype()}.get), dtype=kind
    )


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
