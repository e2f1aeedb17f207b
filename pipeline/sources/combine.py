"""All files' observations as one table: whose figure stands where two have it, and what one file lends another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.sources.ees import fill_ks2_cohorts
from pipeline.sources.frames import DISTRIBUTIONS, OBSERVATIONS, shape_frame
from pipeline.sources.links import chain_histories, list_ancestors
from pipeline.sources.reconcile import Overlap
from pipeline.vocabulary import Availability, Level, Phase, PupilGroup, Unit, name_academic_year

#: Disagreeing figures named one by one for a pair of files.
EXAMPLES_LISTED = 5
#: A measure's distribution is national where its schools lie in more authorities than this (England has some 150).
AUTHORITIES_OF_A_COUNTRY = 100
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
# files that have it.
_ENTITY, _MEASURE, _GROUP, _YEAR = 24, 10, 4, 7
_DISTANCE, _RANK = 5, 9
_RANKING = _DISTANCE + _RANK


def combine_observations(frames: Sequence[pd.DataFrame]) -> tuple[pd.DataFrame, list[Overlap]]:
    """One row for each figure of ``frames`` (OBSERVATIONS, one per file), and where two files had the same.

    The file of the figure's own year stands before a later file that repeats it; then the earlier in ``frames``.
    A figure is settled by its file alone: what the own year's file leaves blank or suppresses stays so. Rows come
    sorted by level, school (else authority or trust), measure, group and year.
    """
    if not frames:
        return shape_frame(pd.DataFrame(columns=list(OBSERVATIONS)), OBSERVATIONS), []
    distance = np.concatenate([frame["year"].max() - frame["year"].to_numpy() for frame in frames])
    rank = np.repeat(np.arange(len(frames)), [len(frame) for frame in frames])
    stacked = stack_observations(frames)
    key = (number_figures(stacked) << _RANKING) | (np.minimum(distance, 31).astype("int64") << _RANK) | rank
    order = np.argsort(key, kind="stable")
    figure = key[order] >> _RANKING
    first = np.r_[True, figure[1:] != figure[:-1]]
    if first.all():
        return stacked.take(order).reset_index(drop=True), []
    winner = order[np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))]
    overlaps = _compare(stacked, winner[~first], order[~first])
    return stacked.take(order[first]).reset_index(drop=True), overlaps


def stack_observations(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """OBSERVATIONS frames under each other; categories are joined and, but for levels, in alphabetical order."""
    stacked = {}
    for name, kind in OBSERVATIONS.items():
        parts = [frame[name] for frame in frames]
        stacked[name] = _join_categories(parts, name) if kind == "category" else pd.concat(parts, ignore_index=True)
    return pd.DataFrame(stacked)


def _join_categories(parts: Sequence[pd.Series], name: str) -> pd.Categorical:
    fixed = {"level": _LEVELS, "availability": _AVAILABILITIES}.get(name)
    categories = fixed or sorted({str(one) for part in parts for one in part.cat.categories})
    place = {one: number for number, one in enumerate(categories)}
    codes = [
        np.array([place[str(one)] for one in part.cat.categories] or [0], dtype="int32")[part.cat.codes.to_numpy()]
        for part in parts
    ]
    return pd.Categorical.from_codes(np.concatenate(codes), categories=categories)


def number_figures(observations: pd.DataFrame) -> np.ndarray:
    """One int64 for each figure: level, then school, authority or trust, measure, group and year."""
    entity = observations["urn"].fillna(observations["trust"]).fillna(observations["la"].astype("Int32")).fillna(0)
    number = observations["level"].cat.codes.to_numpy("int64")
    for part, bits in (
        (entity.to_numpy("int64"), _ENTITY),
        (observations["measure"].cat.codes.to_numpy("int64"), _MEASURE),
        (observations["group"].cat.codes.to_numpy("int64"), _GROUP),
        (observations["year"].to_numpy("int64") - 2000, _YEAR),
    ):
        number = (number << bits) | part
    return number


def _compare(stacked: pd.DataFrame, winner: np.ndarray, loser: np.ndarray) -> list[Overlap]:
    """For each pair of files, how many of the figures both have agree within the published rounding."""
    file = stacked["file"].cat.codes.to_numpy("int64")
    names = list(stacked["file"].cat.categories)
    value, step = stacked["value"].to_numpy(), stacked["step"].fillna(0).to_numpy()
    agree = np.abs(value[winner] - value[loser]) <= np.maximum(step[winner], step[loser]) / 2 + 1e-9
    agree |= np.isnan(value[winner]) & np.isnan(value[loser])
    pair = file[winner] * len(names) + file[loser]
    overlaps = []
    for one in np.unique(pair):
        here = pair == one
        apart = here & ~agree
        examples = [_describe_difference(stacked, *rows) for rows in zip(winner[apart], loser[apart], strict=True)]
        overlaps.append(
            Overlap(
                won_by=names[one // len(names)],
                set_aside=names[one % len(names)],
                agree=int((here & agree).sum()),
                disagree=int(apart.sum()),
                examples=tuple(examples[:EXAMPLES_LISTED]),
            )
        )
    return overlaps


def _describe_difference(stacked: pd.DataFrame, winner: int, loser: int) -> str:
    rows = [stacked.iloc[int(place)] for place in (winner, loser)]
    stands, other = (f"{_show_figure(row)} in line {row['line']}" for row in rows)
    who = str(rows[0]["level"]) if pd.isna(rows[0]["urn"]) else f"URN {rows[0]['urn']}"
    about = f"{rows[0]['measure']} ({rows[0]['group']}) {name_academic_year(int(rows[0]['year']))}"
    return f"{who}, {about}: {stands} stands, {other} does not"


def _show_figure(row: pd.Series) -> str:
    return str(row["word"] or row["availability"]) if pd.isna(row["value"]) else f"{row['value']:g}"


def fill_cohorts(observations: pd.DataFrame, families: Mapping[str, str]) -> tuple[pd.DataFrame, dict[str, str]]:
    """OBSERVATIONS with cohorts that another file holds, and a note for each file that was lent some.

    Absence without enrolments takes the same year's roll; tidy key stage 2 figures take their year's eligible pupils.
    ``families`` gives each file's family.
    """
    notes = {}
    absence = observations["measure"].isin(["absence_overall", "absence_persistent"]).to_numpy()
    lacking = np.flatnonzero(absence & observations["cohort"].isna().to_numpy())
    if len(lacking):
        rolls = observations[(observations["measure"] == "roll") & observations["value"].notna()]
        found = _look_up(observations.iloc[lacking], rolls)
        observations.loc[lacking, "cohort"] = found.to_numpy()
        for name, cohorts in found.groupby(observations["file"].iloc[lacking].to_numpy(), observed=True):
            notes[str(name)] = (
                f"{int(cohorts.notna().sum()):,} of {len(cohorts):,} figures without enrolments take the census roll "
                "of the same year as their cohort"
            )
    tidy = [name for name, family in families.items() if family == "ees_ks2"]
    chosen = observations["file"].isin(tidy) | (observations["measure"] == "ks2_eligible_pupils")
    if tidy and chosen.any():
        filled = fill_ks2_cohorts(observations[chosen])
        observations.loc[chosen, "cohort"] = filled["cohort"]
    return observations, notes


def _look_up(wanted: pd.DataFrame, rolls: pd.DataFrame) -> pd.Series:
    """The roll of the same school, or level, and year, on ``wanted``'s index."""
    key = [frame["level"].cat.codes.astype("int64") * 10**12 for frame in (wanted, rolls)]
    urn = [frame["urn"].fillna(0).astype("int64") * 10**4 + frame["year"].astype("int64") for frame in (wanted, rolls)]
    roll = pd.Series(rolls["value"].to_numpy(), index=(key[1] + urn[1]).to_numpy())
    return (key[0] + urn[0]).map(roll[~roll.index.duplicated()])


def chain_selected(observations: pd.DataFrame, links: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """``links.chain_histories`` of the schools it can concern, the others untouched; sorted as before."""
    ancestors = list_ancestors(links)
    concerned = set(ancestors["urn"]) | set(ancestors["ancestor"])
    chosen = observations["urn"].isin(concerned).to_numpy()
    if not chosen.any():
        return observations
    chained = chain_histories(observations[chosen], links, schools)
    together = stack_observations([observations[~chosen], chained])
    order = np.lexsort((together["published_urn"].fillna(0).to_numpy("int64"), number_figures(together)))
    return together.take(order).reset_index(drop=True)


def rank_tenths(observations: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """DISTRIBUTIONS among mainstream state-funded schools, of every measure, group and year that is national.

    Key stage figures have one population; absence and census figures one for each census phase.
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
    found = observations.loc[chosen, ["measure", "group", "year", "urn", "la", "value"]]
    found = found[found["urn"].isin(phases.index)]
    rows = list(_rank_each(found, phases))
    frame = pd.DataFrame(rows, columns=list(DISTRIBUTIONS))
    return shape_frame(frame, DISTRIBUTIONS)


def _rank_each(found: pd.DataFrame, phases: pd.Series) -> Iterator[tuple]:
    for (measure, group, year), here in found.groupby(["measure", "group", "year"], observed=True, sort=True):
        if here["la"].nunique() <= AUTHORITIES_OF_A_COUNTRY:
            continue
        if str(measure).startswith(("ks2_", "ks4_")):
            populations = {"": here["value"]}
        else:
            by_phase = here["value"].groupby(here["urn"].astype("int64").map(phases).to_numpy(), sort=True)
            populations = {phase: values for phase, values in by_phase if phase}
        for phase, values in populations.items():
            cuts = np.quantile(values.to_numpy(), np.arange(1, 10) / 10)
            yield (str(measure), str(group), phase, int(year), len(values), *map(float, cuts))
