"""All files' observations as one table: whose figure stands where two have it, and what one file lends another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import numpy as np
import pandas as pd

from pipeline.foundation.vocabulary import Availability, Level, Phase, PupilGroup, Unit
from pipeline.sources.families.tidy.ees import ELIGIBLE, fill_ks2_cohorts, list_tidy_measures_by_phase
from pipeline.sources.frames import DISTRIBUTIONS, OBSERVATIONS, shape_frame
from pipeline.sources.joining.histories import chain_histories, list_ancestors
from pipeline.sources.joining.packing import PackedObservations
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
_LEVELS = [str(level) for level in Level]
_AVAILABILITIES = [str(kind) for kind in Availability]
# Bits of the number that orders figures: level, entity, measure, group and year name the figure, the rest rank the
# files that have it: by how much each tells, then the later file, then the earlier in the order given.
_ENTITY, _MEASURE, _GROUP, _YEAR = 24, 10, 4, 7
_TELLING, _FILE = 4, 10
_RANKING = _TELLING + _FILE
#: The groups whose figures are ranked.
_RANKED = (PupilGroup.ALL, PupilGroup.DISADVANTAGED, PupilGroup.OTHER)


def combine_observations(
    frames: Sequence[pd.DataFrame], latest: Sequence[int] | None = None
) -> tuple[pd.DataFrame, list[Overlap]]:
    """One row for each figure of ``frames`` (OBSERVATIONS, one per file), and where two files had the same.

    Of several tellings the one that ``tellings.ORDER_OF_FILES`` puts first stands; of two that it holds equal, that of
    the later file, then of the earlier in ``frames``. Rows come sorted by level, school (else authority or trust),
    measure, group and year. ``latest`` gives the latest year of each file where the frames are not all of them.
    """
    if not frames:
        return shape_frame(pd.DataFrame(columns=list(OBSERVATIONS)), OBSERVATIONS), []
    latest = latest or [find_latest(frame) for frame in frames]
    by_age = sorted(range(len(frames)), key=lambda place: (-latest[place], place))
    told = [ORDER_OF_FILES[name_tellings(frame, year)] for frame, year in zip(frames, latest, strict=True)]
    rank = np.repeat(np.argsort(by_age).astype("int16"), [len(frame) for frame in frames])
    together = stack_observations(frames)
    key = number_figures(together)
    key <<= _RANKING
    key |= (np.concatenate(told).astype("int16") << _FILE) | rank
    order = np.argsort(key, kind="stable")
    figure = key[order] >> _RANKING
    first = np.r_[True, figure[1:] != figure[:-1]][: len(order)]
    overlaps: list[Overlap] = []
    if not first.all():
        winner = order[np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))][~first]
        overlaps = compare_tellings(together.take(np.r_[winner, order[~first]]))
    return together.take(order[first]).reset_index(drop=True), overlaps


def find_latest(frame: pd.DataFrame | PackedObservations) -> int:
    """The latest academic year that a file tells of: its own. What it says of earlier years looks back."""
    return int(frame["year"].max()) if len(frame) else 0


def stack_observations(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """OBSERVATIONS frames under each other.

    Categories are joined and, but for levels and availabilities, in alphabetical order.
    """
    stacked = {
        name: _join_categories([frame[name] for frame in frames], name)
        if kind == "category"
        else pd.concat([frame[name] for frame in frames], ignore_index=True).array
        for name, kind in OBSERVATIONS.items()
    }
    return pd.DataFrame(stacked, copy=False)


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


def lend_pupils(
    frames: Sequence[pd.DataFrame], families: Sequence[str], latest: Sequence[int] | None = None
) -> list[pd.DataFrame]:
    """The frames, tidy key stage 2 figures with their year's eligible pupils, which another file counts.

    It comes before figures are settled: a tidy file that has a companion tells the pupils as a wide file does.
    ``families`` gives each frame's family, ``latest`` each file's latest year where the frames are not all of them.
    """
    tidy = [place for place, family in enumerate(families) if family == "ees_ks2"]
    if not tidy:
        return list(frames)
    latest = latest or [find_latest(frame) for frame in frames]
    counts = [(year, frame[frame["measure"] == ELIGIBLE]) for year, frame in zip(latest, frames, strict=True)]
    own_year_first = [rows[year - rows["year"] == distance] for distance in range(6) for year, rows in counts]
    lent = list(frames)
    for place in tidy:
        filled = fill_ks2_cohorts(stack_observations([frames[place], *own_year_first]))
        lent[place] = filled.iloc[: len(frames[place])].reset_index(drop=True)
    return lent


def fill_cohorts(observations: pd.DataFrame) -> Counter[tuple[str, bool]]:
    """Give absence figures' cohorts to OBSERVATIONS where they have none: the same year's roll.

    Counted are each file's figures without enrolments, by whether a roll was found for them.
    """
    counted: Counter[tuple[str, bool]] = Counter()
    for family, size in load_completion().cohort_from.items():
        concerned = observations["measure"].isin(list(load_aliases(family).measures)).to_numpy()
        lacking = np.flatnonzero(concerned & observations["cohort"].isna().to_numpy())
        if not len(lacking):
            continue
        rolls = observations[(observations["measure"] == size) & observations["value"].notna()]
        found = _look_up(observations.iloc[lacking], rolls)
        observations.loc[lacking, "cohort"] = found.to_numpy()
        counted.update(zip(observations["file"].iloc[lacking].astype(str), found.notna(), strict=True))
    return counted


def describe_filled(counted: Counter[tuple[str, bool]]) -> dict[str, str]:
    """A note for each file that ``fill_cohorts`` looked for cohorts for."""
    return {
        name: f"{counted[name, True]:,} of {counted[name, True] + counted[name, False]:,} figures without enrolments "
        "take the census roll of the same year as their cohort"
        for name in sorted({name for name, _ in counted})
    }


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

    ``latest`` gives the latest year of each file.
    """
    ancestors = list_ancestors(links)
    chosen = observations["urn"].isin(set(ancestors["urn"]) | set(ancestors["ancestor"])).to_numpy()
    if not chosen.any():
        return observations, []
    chained, overlaps = chain_histories(observations[chosen], links, schools, latest)
    return sort_figures(stack_observations([observations[~chosen], chained])), overlaps


def sort_figures(observations: pd.DataFrame) -> pd.DataFrame:
    """OBSERVATIONS by figure (see ``combine_observations``), then by the school that they were published of."""
    published = observations["published_urn"].to_numpy("int64", na_value=0)
    return observations.take(np.lexsort((published, number_figures(observations)))).reset_index(drop=True)


class Tenths:
    """The tenths of a country's schools, whose figures are added some schools at a time."""

    def __init__(self, schools: pd.DataFrame) -> None:
        mainstream = schools[
            schools["state_funded"].fillna(False) & ~schools["phase"].isin([str(one) for one in _NOT_MAINSTREAM])
        ].sort_values("urn")
        codes, self._phases = pd.factorize(mainstream["census_phase"].astype(str), sort=True)
        self._phase_of = pd.Series(codes.astype("int8"), index=mainstream["urn"].to_numpy())
        #: By measure, group and year: values, their schools' authorities (0 where not known) and phases.
        self._figures: dict[tuple[str, str, int], list[tuple[np.ndarray, ...]]] = defaultdict(list)

    def add(self, observations: pd.DataFrame) -> None:
        """Add OBSERVATIONS of mainstream state-funded schools; what others have is left aside."""
        chosen = (
            (observations["level"] == str(Level.SCHOOL))
            & observations["value"].notna()
            & observations["group"].isin([str(one) for one in _RANKED])
            & (observations["unit"] != str(Unit.BAND))
            & observations["urn"].isin(self._phase_of.index)
        ).to_numpy()
        rows = observations.loc[chosen, ["urn", "la", "measure", "group", "year", "value"]]
        la, value = rows["la"].to_numpy("int16", na_value=0), rows["value"].to_numpy()
        phase = self._phase_of.reindex(rows["urn"].to_numpy("int64")).to_numpy()
        for key, at in rows.groupby(["measure", "group", "year"], observed=True).indices.items():
            measure, group, year = cast(tuple, key)
            self._figures[str(measure), str(group), int(year)].append((value[at], la[at], phase[at]))

    def rank(self) -> pd.DataFrame:
        """DISTRIBUTIONS of every measure, group and year that is national.

        Most figures have one population; those that ``completion.yaml`` names, and those of tidy files whose rows for
        England are by phase, have one for each census phase.
        """
        return shape_frame(pd.DataFrame(list(self._rank_each()), columns=list(DISTRIBUTIONS)), DISTRIBUTIONS)

    def _rank_each(self) -> Iterator[tuple]:
        by_phase = list_measures_by_phase() | list_tidy_measures_by_phase()
        for (measure, group, year), parts in sorted(self._figures.items()):
            value, la, phase = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
            if np.unique(la[la > 0]).size <= AUTHORITIES_OF_A_COUNTRY:
                continue
            populations = {"": value}
            if measure in by_phase:
                populations = {one: value[phase == code] for code, one in enumerate(self._phases) if one}
            for one, those in populations.items():
                if len(those):
                    cuts = np.quantile(those, np.arange(1, 10) / 10)
                    yield measure, group, one, year, len(those), *map(float, cuts)
