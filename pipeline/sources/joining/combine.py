"""All files' observations as one table: whose figure stands where two have it, and what one file lends another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import pandas_dtype

from pipeline.foundation.memory import give_back_memory
from pipeline.foundation.vocabulary import Availability, Level, Phase, PupilGroup, Unit
from pipeline.sources.families.tidy.ees import ELIGIBLE, fill_ks2_cohorts, list_tidy_measures_by_phase
from pipeline.sources.frames import DISTRIBUTIONS, OBSERVATIONS, shape_frame
from pipeline.sources.joining.histories import chain_histories, list_ancestors
from pipeline.sources.joining.tellings import ORDER_OF_FILES, compare_tellings, name_tellings
from pipeline.sources.reading import AUTHORITIES_OF_A_COUNTRY
from pipeline.sources.tabular.columns import list_measures_by_phase, load_aliases, load_completion
from pipeline.sources.tabular.reconcile import Overlap

#: Phases that are not mainstream schools, and the unknown.
_NOT_MAINSTREAM = (
    Phase.SPECIAL,
    Phase.ALTERNATIVE_PROVISION,
    Phase.NURSERY,
    Phase.INDEPENDENT,
    Phase.SIXTEEN_PLUS,
    Phase.UNKNOWN,
)
#: The columns that say which figure a row is.
_NUMBERED = ("level", "urn", "trust", "la", "measure", "group", "year")
_LEVELS = [str(level) for level in Level]
_AVAILABILITIES = [str(kind) for kind in Availability]
# Bits of the number that orders figures: level, entity, measure, group and year name the figure, the rest rank the
# files that have it: by how much each tells, then the later file, then the earlier in the order given.
_ENTITY, _MEASURE, _GROUP, _YEAR = 24, 10, 4, 7
_TELLING, _FILE = 4, 10
_RANKING = _TELLING + _FILE
_COLUMNS_AT_A_TIME = 2  # numpy and zstd work side by side; more columns at once would take more memory


class PackedObservations:
    """One file's OBSERVATIONS in a tenth of the memory, given back a column at a time.

    A country's files lie side by side until all are read and their figures are settled column by column.
    """

    def __init__(self, observations: pd.DataFrame) -> None:
        self._packed = {str(name): _PackedColumn.pack(observations[name]) for name in observations}
        self._rows = len(observations)

    @property
    def size(self) -> int:
        """Bytes of all columns."""
        return sum(packed.size for packed in self._packed.values())

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, name: str) -> pd.Series:
        return self._packed[name].unpack()

    def __delitem__(self, name: str) -> None:
        del self._packed[name]

    def unpack(self) -> pd.DataFrame:
        """The observations as they were. Their arrays cannot be written to."""
        return pd.DataFrame({name: packed.unpack() for name, packed in self._packed.items()}, copy=False)


@dataclass(frozen=True)
class _PackedColumn:
    """A column's array, compressed: figures stand in blocks, so whom they are about comes again after a block."""

    values: _PackedArray
    missing: _PackedArray | None = None  # of whole numbers that may be missing
    categories: pd.Index | None = None

    @classmethod
    def pack(cls, column: pd.Series) -> _PackedColumn:
        if isinstance(column.dtype, pd.CategoricalDtype):
            return cls(_PackedArray.pack(column.cat.codes.to_numpy()), categories=column.cat.categories)
        if isinstance(column.dtype, np.dtype):
            return cls(_PackedArray.pack(column.to_numpy()))
        values = column.fillna(0).to_numpy(np.dtype(column.dtype.name.lower()))
        return cls(_PackedArray.pack(values), missing=_PackedArray.pack(column.isna().to_numpy()))

    @property
    def size(self) -> int:
        return len(self.values.content) + (len(self.missing.content) if self.missing else 0)

    def unpack(self) -> pd.Series:
        values = self.values.unpack()
        if self.categories is not None:
            return pd.Series(pd.Categorical.from_codes(values, self.categories, validate=False), copy=False)
        if self.missing is not None:
            return pd.Series(pd.arrays.IntegerArray(values, self.missing.unpack()), copy=False)
        return pd.Series(values, copy=False)


@dataclass(frozen=True)
class _PackedArray:
    content: bytes
    dtype: np.dtype
    length: int

    @classmethod
    def pack(cls, values: np.ndarray) -> _PackedArray:
        values = np.ascontiguousarray(values)
        codec = pa.Codec("zstd", compression_level=1)  # the quickest that sees a whole block of a country's schools
        return cls(codec.compress(values.view(np.uint8), asbytes=True), values.dtype, len(values))

    def unpack(self) -> np.ndarray:
        size = self.length * self.dtype.itemsize
        return np.frombuffer(pa.Codec("zstd").decompress(self.content, size), dtype=self.dtype)


#: What figures are stacked from: a frame of OBSERVATIONS, as it is or packed.
Observations = pd.DataFrame | PackedObservations


def combine_observations(frames: Sequence[Observations]) -> tuple[pd.DataFrame, list[Overlap]]:
    """One row for each figure of ``frames`` (OBSERVATIONS, one per file), and where two files had the same.

    Of several tellings the one that ``tellings.ORDER_OF_FILES`` puts first stands; of two that it holds equal, that of
    the later file, then of the earlier in ``frames``. Rows come sorted by level, school (else authority or trust),
    measure, group and year. The frames are used up.
    """
    if not frames:
        return shape_frame(pd.DataFrame(columns=list(OBSERVATIONS)), OBSERVATIONS), []
    latest = [find_latest(frame) for frame in frames]
    by_age = sorted(range(len(frames)), key=lambda place: (-latest[place], place))
    told = [ORDER_OF_FILES[name_tellings(frame, year)] for frame, year in zip(frames, latest, strict=True)]
    rank = np.repeat(np.argsort(by_age).astype("int16"), [len(frame) for frame in frames])
    key = number_figures(stack_observations(frames, names=_NUMBERED))
    key <<= _RANKING
    key |= (np.concatenate(told).astype("int16") << _FILE) | rank
    order = np.argsort(key, kind="stable")
    figure = key[order] >> _RANKING
    first = np.r_[True, figure[1:] != figure[:-1]]
    del key, figure, rank, told
    overlaps: list[Overlap] = []
    if not first.all():
        winner = order[np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))][~first]
        overlaps = compare_tellings(stack_observations(frames, np.r_[winner, order[~first]]))
    order = order[first]
    del first
    give_back_memory()
    return stack_observations(frames, order, consume=True), overlaps


def find_latest(frame: Observations) -> int:
    """The latest academic year that a file tells of: its own. What it says of earlier years looks back."""
    return int(frame["year"].max()) if len(frame) else 0


def stack_observations(
    frames: Sequence[Observations],
    order: np.ndarray | None = None,
    names: Sequence[str] = tuple(OBSERVATIONS),
    *,
    consume: bool = False,
) -> pd.DataFrame:
    """OBSERVATIONS frames under each other, or their rows in ``order``; only the columns ``names``.

    Categories are joined and, but for levels and availabilities, in alphabetical order. Few columns are made at a time,
    so that a country's figures fit into memory; where ``consume``, each is taken out of the frames as it is made.
    """
    given = [_let_go(frame) for frame in frames] if consume else frames

    def stack(name: str) -> Any:
        column: Any
        if OBSERVATIONS[name] == "category":
            column = _join_categories([frame[name] for frame in given], name)
        elif isinstance(kind := pandas_dtype(OBSERVATIONS[name]), np.dtype):
            column = _join_numbers(given, name, kind)
        else:
            column = pd.concat([frame[name] for frame in given], ignore_index=True).array
        if order is not None:
            column = column.take(order)
        if consume:
            for frame in given:
                del frame[name]
        return column

    # widest first, while little else is there: each takes its room twice until it is in order
    widest = sorted(names, key=lambda name: OBSERVATIONS[name] != "float64")
    with ThreadPoolExecutor(_COLUMNS_AT_A_TIME) as columns:
        stacked = dict(zip(widest, columns.map(stack, widest), strict=True))
    return pd.DataFrame({name: stacked[name] for name in names}, copy=False)


def _let_go(frame: Observations) -> PackedObservations | dict[str, pd.Series]:
    """Take a frame's columns out of it, so that each can be given up while others are still read."""
    if isinstance(frame, PackedObservations):
        return frame
    columns = {str(name): frame[name] for name in frame}
    for name in columns:
        del frame[name]
    return columns


def _join_numbers(frames: Sequence[Observations | Mapping[str, pd.Series]], name: str, kind: np.dtype) -> np.ndarray:
    """A column of all ``frames`` under each other, of which one at a time is unpacked."""
    column = np.empty(sum(len(frame[name]) if isinstance(frame, Mapping) else len(frame) for frame in frames), kind)
    first = 0
    for frame in frames:
        part = frame[name].to_numpy()
        column[first : first + len(part)] = part
        first += len(part)
    return column


def _join_categories(parts: Sequence[pd.Series], name: str) -> pd.Categorical[str]:
    fixed = {"level": _LEVELS, "availability": _AVAILABILITIES}.get(name)
    categories = fixed or sorted({str(one) for part in parts for one in part.cat.categories})
    place = {one: number for number, one in enumerate(categories)}
    kind = np.min_scalar_type(-max(len(categories), 1))
    codes = [
        np.array([place[str(one)] for one in part.cat.categories] or [0], dtype=kind)[part.cat.codes.to_numpy()]
        for part in parts
    ]
    return pd.Categorical.from_codes(np.concatenate(codes), pd.Index(categories))


def number_figures(observations: pd.DataFrame) -> np.ndarray:
    """One int64 for each figure: level, then school, authority or trust, measure, group and year."""
    entity = observations["urn"].to_numpy("int32", na_value=0)
    for name in ("trust", "la"):
        none = entity == 0
        entity[none] = observations[name].to_numpy("int32", na_value=0)[none]
    number = observations["level"].cat.codes.to_numpy("int64")
    for part, bits in (
        (entity, _ENTITY),
        (observations["measure"].cat.codes.to_numpy(), _MEASURE),
        (observations["group"].cat.codes.to_numpy(), _GROUP),
        (observations["year"].to_numpy() - np.int16(2000), _YEAR),
    ):
        number <<= bits
        number |= part
    return number


def lend_pupils(frames: Sequence[Observations], families: Sequence[str]) -> list[Observations]:
    """The frames, tidy key stage 2 figures with their year's eligible pupils, which another file counts.

    It comes before figures are settled: a tidy file that has a companion tells the pupils as a wide file does.
    ``families`` gives each frame's family.
    """
    tidy = [place for place, family in enumerate(families) if family == "ees_ks2"]
    if not tidy:
        return list(frames)
    counts = []
    for frame in frames:
        at = np.flatnonzero((frame["measure"] == ELIGIBLE).to_numpy())
        counts.append((find_latest(frame), stack_observations([frame], at)))
    own_year_first = [
        rows[latest - rows["year"] == distance] for distance in range(6) for latest, rows in counts if len(rows)
    ]
    lent = list(frames)
    for place in tidy:
        rows = frames[place]
        filled = fill_ks2_cohorts(stack_observations([rows, *own_year_first]))
        lent[place] = PackedObservations(filled.iloc[: len(rows)].reset_index(drop=True))
    return lent


def fill_cohorts(observations: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """OBSERVATIONS with absence figures' cohorts, and a note for each file that was lent some.

    Absence without enrolments takes the same year's roll.
    """
    notes = {}
    for family, size in load_completion().cohort_from.items():
        concerned = observations["measure"].isin(list(load_aliases(family).measures)).to_numpy()
        lacking = np.flatnonzero(concerned & observations["cohort"].isna().to_numpy())
        if not len(lacking):
            continue
        rolls = observations[(observations["measure"] == size) & observations["value"].notna()]
        found = _look_up(observations.iloc[lacking], rolls)
        observations.loc[lacking, "cohort"] = found.to_numpy()
        for name, cohorts in found.groupby(observations["file"].iloc[lacking].to_numpy(), observed=True):
            notes[str(name)] = (
                f"{int(cohorts.notna().sum()):,} of {len(cohorts):,} figures without enrolments take the census roll "
                "of the same year as their cohort"
            )
    return observations, notes


def _look_up(wanted: pd.DataFrame, rolls: pd.DataFrame) -> pd.Series:
    """The roll of the same school, or level, and year, on ``wanted``'s index."""
    key = [frame["level"].cat.codes.astype("int64") * 10**12 for frame in (wanted, rolls)]
    urn = [frame["urn"].fillna(0).astype("int64") * 10**4 + frame["year"].astype("int64") for frame in (wanted, rolls)]
    roll = pd.Series(rolls["value"].to_numpy(), index=(key[1] + urn[1]).to_numpy())
    return (key[0] + urn[0]).map(roll[~roll.index.duplicated()])


def chain_selected(
    observations: pd.DataFrame, links: pd.DataFrame, schools: pd.DataFrame, latest: Mapping[str, int]
) -> tuple[pd.DataFrame, list[Overlap]]:
    """``links.chain_histories`` of the schools it can concern, the others untouched; sorted as before.

    ``latest`` gives the latest year of each file. ``observations`` is used up where there is anything to chain: a
    country's figures do not fit into memory twice.
    """
    ancestors = list_ancestors(links)
    concerned = set(ancestors["urn"]) | set(ancestors["ancestor"])
    chosen = observations["urn"].isin(concerned).to_numpy()
    if not chosen.any():
        return observations, []
    chained, overlaps = chain_histories(observations[chosen], links, schools, latest)
    together = [observations, chained]
    kept = np.r_[np.flatnonzero(~chosen), np.arange(len(observations), len(observations) + len(chained))]
    numbers = stack_observations(together, kept, (*_NUMBERED, "published_urn"))
    order = np.lexsort((numbers["published_urn"].fillna(0).to_numpy("int64"), number_figures(numbers)))
    return stack_observations(together, kept[order], consume=True), overlaps


def rank_tenths(observations: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """DISTRIBUTIONS among mainstream state-funded schools, of every measure, group and year that is national.

    Most figures have one population; those that ``completion.yaml`` names, and those of tidy files whose rows for
    England are by phase, have one for each census phase.
    """
    chosen = (
        (observations["level"] == str(Level.SCHOOL))
        & observations["value"].notna()
        & observations["group"].isin([str(PupilGroup.ALL), str(PupilGroup.DISADVANTAGED), str(PupilGroup.OTHER)])
        & ~observations["unit"].isin([str(Unit.BAND)])
    )
    mainstream = schools[
        schools["state_funded"].fillna(False) & ~schools["phase"].isin([str(one) for one in _NOT_MAINSTREAM])
    ]
    phases = pd.Series(mainstream["census_phase"].astype(str).to_numpy(), index=mainstream["urn"].to_numpy())
    chosen &= observations["urn"].isin(phases.index)
    rows = list(_rank_each(observations, np.flatnonzero(chosen).astype("int32"), phases))
    frame = pd.DataFrame(rows, columns=list(DISTRIBUTIONS))
    return shape_frame(frame, DISTRIBUTIONS)


def _rank_each(observations: pd.DataFrame, chosen: np.ndarray, phases: pd.Series) -> Iterator[tuple]:
    """The cut points of each measure, group and year among the ``chosen`` rows, of which there are millions."""
    measure, group = observations["measure"].cat, observations["group"].cat
    year = observations["year"].to_numpy()[chosen]
    number = measure.codes.to_numpy("int32")[chosen] * len(group.categories) + group.codes.to_numpy()[chosen]
    number = number * (int(year.max(initial=0)) + 1) + year
    order = np.argsort(number, kind="stable")
    ends = np.flatnonzero(np.diff(number[order], append=-1)) + 1
    urn, value, la = (observations[name].array for name in ("urn", "value", "la"))
    by_phase = list_measures_by_phase() | list_tidy_measures_by_phase()
    for rows in np.split(chosen[order], ends[:-1]):
        if len(rows) == 0 or la.take(rows).dropna().unique().size <= AUTHORITIES_OF_A_COUNTRY:
            continue
        named, values = str(observations["measure"].iloc[rows[0]]), np.asarray(value.take(rows))
        populations = {"": values}
        if named in by_phase:
            phase = phases.reindex(urn.take(rows).to_numpy("int64")).to_numpy()
            populations = {str(one): values[phase == one] for one in sorted(set(phase)) if one}
        for one, those in populations.items():
            cuts = np.quantile(those, np.arange(1, 10) / 10)
            first = observations.iloc[rows[0]]
            yield (named, str(first["group"]), one, int(first["year"]), len(those), *map(float, cuts))
