"""Columns that nothing is made of and that yet tell whether a row's cells stand under their own headings."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.foundation.vocabulary import Level
from pipeline.sources.plausibility.checks import FAILS, HOLDS, NOT_ASKED, Check
from pipeline.sources.plausibility.relations import Relations, Witness
from pipeline.sources.reading import RawTable
from pipeline.sources.tabular.cells import code_cells
from pipeline.sources.tabular.rows import Rows

#: In one real row in 49,000 a pupil's sex is not counted; and each part is rounded.
ALMOST = 0.02


def list_witnesses(table: RawTable, relations: Relations, rows: Rows) -> Iterator[Check]:
    """A check for each of the relations' witnesses whose columns the file has, asked of rows about schools."""
    actual = {name.lower(): name for name in table.header}
    school = (rows.level == Level.SCHOOL).to_numpy()
    for witness in relations.witnesses:
        names = [*witness.parts, *(name for name in (witness.whole, witness.least_of) if isinstance(name, str))]
        columns = tuple(actual.get(name.lower(), "") for name in names)
        if all(columns):
            yield _check_witness(witness, columns, table, school)


def _check_witness(witness: Witness, columns: tuple[str, ...], table: RawTable, school: np.ndarray) -> Check:
    read = [code_cells(table.cells[name]) for name in columns]
    parts = read[: len(witness.parts)]
    total = np.sum([part.value for part in parts], axis=0)
    whole = read[len(parts)].value if isinstance(witness.whole, str) else np.full(len(total), float(witness.whole))
    if witness.least_of:
        return _check_least(columns, school, total, whole, read[-1].value)
    asked = school & (total > 0) & ~np.isnan(whole)  # a school without pupils has 0% of each
    holds = np.abs(total - whole) <= ALMOST * whole

    def say(row: int) -> str:
        return f"{' and '.join(columns[: len(parts)])} together are {total[row]:.6g}, not {whole[row]:.6g}"

    state = np.where(asked, np.where(holds, HOLDS, FAILS), NOT_ASKED).astype("int8")
    return Check(columns, state, say, 0)


def _check_least(
    columns: tuple[str, ...], school: np.ndarray, part: np.ndarray, whole: np.ndarray, share: np.ndarray
) -> Check:
    with np.errstate(divide="ignore", invalid="ignore"):
        least = 100 * part / whole
    asked = school & (whole > 0) & ~np.isnan(least) & ~np.isnan(share)
    holds = least <= share + 100 * ALMOST

    def say(row: int) -> str:
        return f"{part[row]:.6g} of {whole[row]:.6g} are {least[row]:.2f}%, more than {share[row]:.6g}% of fewer pupils"

    state = np.where(asked, np.where(holds, HOLDS, FAILS), NOT_ASKED).astype("int8")
    return Check(columns, state, say, 0, is_exact=False)
