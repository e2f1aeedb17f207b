"""Whether a file's schools and its own row for their authority tell the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import Level, PupilGroup
from pipeline.sources.plausibility.relations import load_relations
from pipeline.sources.reading import RawTable
from pipeline.sources.tabular.blocks import Block
from pipeline.sources.tabular.rows import Rows

#: Schools of an authority may together have as many pupils more than its own row, as a share of them and besides:
#: pupils counted in two schools. In real files they have at most half as many more.
MORE_PUPILS = 0.01
FEW_PUPILS = 10
#: All schools are there where their pupils are those of the authority's row to this share; then their figures, pooled,
#: are its own to as many points. In real files they differ by less than half as much.
ALL_THERE = 0.002
POINTS_APART = 1.5
_REMEDY = "Compare the authority's row and its schools with the publisher's file: one of them is not as published."


def compare_with_authorities(
    blocks: Sequence[Block], rows: Rows, state_funded: np.ndarray, table: RawTable
) -> Iterator[Fault]:
    """A fault for each authority whose schools do not add up to its row. Schools missing from a file are not told here.

    ``state_funded`` says which rows an authority's row covers.
    """
    relations = load_relations()
    found = {(block.measure, block.group, block.year): block for block in blocks}
    latest = max((block.year for block in blocks), default=0)
    school = (rows.level == Level.SCHOOL).to_numpy() & state_funded
    la = rows.la.to_numpy("int64", na_value=-1)
    areas = np.flatnonzero((rows.level == Level.AUTHORITY).to_numpy() & (la >= 0))
    for name in relations.counts:
        counts = found.get((name, PupilGroup.ALL, latest))
        if counts is None:
            continue
        totals = pd.Series(np.nan_to_num(counts.cells.value[school])).groupby(la[school]).sum()
        for area in areas:
            total, stated = float(totals.get(la[area], 0)), counts.cells.value[area]
            if total > stated * (1 + MORE_PUPILS) + FEW_PUPILS:
                what = f"the authority's schools have {total:g} pupils together, more than its own row's {stated:g}"
                yield Fault(table.file.name, int(table.lines[area]), counts.column, what, _REMEDY)
            elif abs(total - stated) <= ALL_THERE * stated:
                mine = school & (la == la[area])
                yield from _compare_shares([*found.values()], latest, mine, int(area), counts, table)


def _compare_shares(
    blocks: Sequence[Block], year: int, mine: np.ndarray, area: int, counts: Block, table: RawTable
) -> Iterator[Fault]:
    for block in blocks:
        if (block.group, block.year) != (PupilGroup.ALL, year) or block.cohort_columns != (counts.column,):
            continue
        if block.measure not in load_relations().averages_of_halves or np.isnan(block.cells.value[area]):
            continue
        value, pupils = block.cells.value[mine], block.cohort[mine]
        known = ~np.isnan(value) & ~np.isnan(pupils)
        if pupils[known].sum() < (1 - 5 * ALL_THERE) * counts.cells.value[area]:
            continue
        pooled = float((value[known] * pupils[known]).sum() / pupils[known].sum())
        if abs(pooled - block.cells.value[area]) > POINTS_APART:
            stated = f"{block.cells.value[area]:g}"
            what = f"the authority's schools come to {pooled:.1f} together, its own row says {stated}"
            yield Fault(table.file.name, int(table.lines[area]), block.column, what, _REMEDY)
