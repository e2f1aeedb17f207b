"""Similar schools: the schools whose pupils are most like a school's own, and what such schools achieve.

Statutory guidance speaks of what the pupils of comparable schools attain. Which schools are comparable is decided by
what a school cannot choose: how its pupils started, how many are poor, speak another language at home or have special
needs, and how many there are. Results play no part in the choice.

All schools of an edition are searched at once. Schools are compared within a pool: the same phase, mainstream and
state-funded. Who governs a school (authority, academy trust, church) is not part of the pool and not a variable: it
says nothing about the pupils, and to compare academies with academies alone would hide whatever governance does to
results, which is the very thing a comparison should leave in sight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from pipeline.analysis.country.adjusting import RIDGE_PUPILS, RIDGE_SCHOOLS, Pool, adjust_averages
from pipeline.analysis.country.context_variables import ALL_ALIKE, VARIABLES
from pipeline.analysis.grids.grid import Grid, find_ends, find_pupil_spreads
from pipeline.analysis.indicators.windows import WINDOW
from pipeline.analysis.ratings.distance import from_scale, is_share, to_scale
from pipeline.analysis.results import SimilarSchool, SimilarSchools
from pipeline.analysis.statistics.intervals import Z
from pipeline.foundation.vocabulary import count_noun, name_academic_year
from pipeline.sources.frames import SIMILAR, SIMILAR_FIGURES, SIMILAR_NOTES, StudySlice, shape_frame

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

#: As many of the nearest schools as are taken.
MOST = 50
#: With fewer the average would be a few schools' own story: no comparison.
LEAST = 10
#: Variables that must be known: on fewer, schools would be called similar that are so in one respect alone.
LEAST_VARIABLES = 3
#: Distances are compared and given to this many places, so that rounding within the machine decides nothing.
_PLACES = 9
#: Schools whose last place is shared, sought together; in a country where a thousand are alike, each has a thousand.
_AT_A_TIME = 64


@dataclass(frozen=True)
class Likeness:
    """Who is similar to whom: SIMILAR and SIMILAR_NOTES, and the pools searched, rows in the order of URNs."""

    similar: pd.DataFrame
    notes: pd.DataFrame
    pools: tuple[Pool, ...] = ()


def find_similar(
    context: pd.DataFrame, *, most: int = MOST, least: int = LEAST, named: np.ndarray | None = None
) -> Likeness:
    """Find the similar schools of every school of ``context`` (CONTEXT_OF_SCHOOLS).

    Tiny schools of a phase are compared among themselves. Within a pool the variables are standardised by mean and
    standard deviation. A school is compared on the variables it has, with the schools that have all of these, and
    results of the key stages and years of which it has results itself. The distance is the root mean square difference
    over the variables used. The ``most`` nearest are taken; schools equally far stand in the order of URNs. With fewer
    than ``least`` there is no comparison and the note says why. The order of the rows of ``context`` changes nothing.
    Where ``named`` are given, the similar schools of these URNs alone are told by name and authority.
    """
    context = context.sort_values("urn", ignore_index=True)
    notes = _begin_notes(context)
    found, pools = [pd.DataFrame(_NO_PAIRS)], []
    for _, pool in context[context["apart"] == ""].groupby(["phase", "kind"], sort=True):
        pairs, searched = _search_pool(context, pool, notes, most)
        pools += searched
        found.append(pairs[(notes["schools"] >= least)[pairs["school"].to_numpy()]])
    _explain_few(context, notes, least)
    similar = _name_similar(context, found, named)
    return Likeness(similar, shape_frame(pd.DataFrame(notes), SIMILAR_NOTES), tuple(pools))


_NO_PAIRS = {  # a country has more than a million
    "school": np.array([], dtype="int32"),
    "other": np.array([], dtype="int32"),
    "distance": np.array([], dtype="float64"),
    "rank": np.array([], dtype="int16"),
}


def _begin_notes(context: pd.DataFrame) -> dict[str, np.ndarray]:
    """The columns of SIMILAR_NOTES before the search: for schools that stand apart the reason, else nothing yet."""
    reasons = [f"Not compared with similar schools: {why}." if why else "" for why in context["apart"].tolist()]
    nothing = np.full(len(context), "", dtype=object)
    return {
        "urn": context["urn"].to_numpy(),
        "kind": context["kind"].to_numpy(),
        "schools": np.zeros(len(context), dtype="int64"),
        "candidates": np.zeros(len(context), dtype="int64"),
        "used": nothing,
        "missing": nothing.copy(),
        "reason": np.array(reasons, dtype=object),
    }


def _search_pool(
    context: pd.DataFrame, pool: pd.DataFrame, notes: Mapping[str, np.ndarray], most: int
) -> tuple[pd.DataFrame, list[Pool]]:
    """Pairs of schools (rows of ``context``) of one phase and kind, nearest first, and among whom they were sought.

    Fills their rows of ``notes``.
    """
    standard = _standardise(pool)
    years = [pool[f"key_stage_{stage}_years"].to_numpy()[:, None] >> np.arange(WINDOW) & 1 for stage in (2, 4)]
    has = np.column_stack([np.isfinite(standard), *years]).astype(bool)
    candidate = pool["has_figures"].to_numpy(dtype=bool)
    words = _word_variables(pool)
    rows = pool.index.to_numpy()
    found, pools = [pd.DataFrame(_NO_PAIRS)], []
    patterns, pattern_of = np.unique(has, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        schools = np.flatnonzero(pattern_of.ravel() == number)
        used = pattern[: len(VARIABLES)]
        others = np.flatnonzero(candidate & has[:, pattern].all(axis=1))
        notes["used"][rows[schools]] = _join(
            [titles[schools] for (titles, _), one in zip(words, used, strict=True) if one]
        )
        notes["missing"][rows[schools]] = _join(
            [lacks[schools] for (_, lacks), one in zip(words, used, strict=True) if not one]
        )
        notes["candidates"][rows[schools]] = len(others) - candidate[schools]
        if used.sum() >= LEAST_VARIABLES and len(others):
            near = _find_nearest(standard[:, used] / np.sqrt(used.sum()), schools, others, most)
            notes["schools"][rows] += np.bincount(near["school"].to_numpy(), minlength=len(pool))
            rows_of = {name: rows[near[name]].astype("int32") for name in ("school", "other")}
            found.append(near.assign(**rows_of))
            both = np.union1d(schools, others)
            pools.append(Pool(rows[schools], rows[others], rows[both], standard[np.ix_(both, used)]))
    return pd.concat(found, ignore_index=True), pools


def _word_variables(pool: pd.DataFrame) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each variable what is written of a school that has it, and of one that lacks it."""
    return [
        (
            pool[f"{one.key} title"].to_numpy(dtype=object),
            np.array([f"{one.title} ({why})" for why in pool[f"{one.key} lacks"].tolist()], dtype=object),
        )
        for one in VARIABLES
    ]


def _join(words: Sequence[np.ndarray]) -> list[str] | str:
    return ["; ".join(row) for row in zip(*words, strict=True)] if words else ""


def _standardise(pool: pd.DataFrame) -> np.ndarray:
    """(schools, variables) in standard deviations from the pool's mean; NaN where a variable is not known.

    A variable that is the same for all schools of the pool tells none from another and is not used.
    """
    columns = []
    for variable in VARIABLES:
        values = pool[variable.key].to_numpy(dtype=float)
        if variable.by_ratio:
            values = np.log(np.where(values > 0, values, np.nan))
        known = values[np.isfinite(values)]
        spread = known.std() if len(known) else 0.0
        columns.append((values - known.mean()) / spread if spread > 1e-12 else np.full(len(values), np.nan))
    return np.column_stack(columns)


def _find_nearest(points: np.ndarray, schools: np.ndarray, others: np.ndarray, most: int) -> pd.DataFrame:
    """The ``most`` nearest of ``others`` to each of ``schools`` (row numbers of ``points``), itself left out."""
    from scipy.spatial import cKDTree  # no school's report seeks the nearest

    asked = min(most + 2, len(others))  # itself, and one more to see whether the last place is shared
    tree = cKDTree(points[others])
    distance, place = tree.query(points[schools], k=np.arange(1, asked + 1))
    distance = np.round(distance, _PLACES)
    crowded = np.zeros(len(schools), dtype=bool)
    if asked < len(others):
        crowded = distance[:, -1] == distance[:, -2]
    pairs = pd.DataFrame(
        {
            "school": np.repeat(schools[~crowded], asked),
            "other": others[place[~crowded]].ravel(),
            "distance": distance[~crowded].ravel(),
        }
    )
    shared = _list_as_near(tree, points, schools[crowded], distance[crowded, -1], others)
    found = [_keep_nearest(one, most) for one in (pairs, *shared)]
    return pd.concat(found, ignore_index=True)


def _keep_nearest(pairs: pd.DataFrame, most: int) -> pd.DataFrame:
    """The ``most`` nearest pairs of each school, sorted by school and rank."""
    pairs = pairs[pairs["other"] != pairs["school"]]
    school, distance, other = (pairs[name].to_numpy() for name in ("school", "distance", "other"))
    order = np.lexsort((other, distance, school))
    school = school[order]
    rank = np.arange(len(school)) - np.searchsorted(school, school) + 1
    kept = rank <= most
    order = order[kept]
    columns = {"school": school[kept], "other": other[order], "distance": distance[order], "rank": rank[kept]}
    return pd.DataFrame(columns).astype({"school": "int32", "other": "int32", "rank": "int16"})


def _list_as_near(
    tree: cKDTree, points: np.ndarray, schools: np.ndarray, last: np.ndarray, others: np.ndarray
) -> Iterator[pd.DataFrame]:
    """Of ``schools`` whose last place is shared by several, all that lie as near as the ``last``: the tree would pick
    any of them. A few schools at a time: many may be alike in everything."""
    for first in range(0, len(schools), _AT_A_TIME):
        those, reach = schools[first : first + _AT_A_TIME], last[first : first + _AT_A_TIME] + 10.0**-_PLACES
        near = tree.query_ball_point(points[those], reach)
        school = np.repeat(those, [len(one) for one in near])
        other = others[np.concatenate([np.asarray(one, dtype="int64") for one in near])]
        distance = np.round(np.sqrt(((points[other] - points[school]) ** 2).sum(axis=1)), _PLACES)
        yield pd.DataFrame({"school": school, "other": other, "distance": distance})


def _explain_few(context: pd.DataFrame, notes: Mapping[str, np.ndarray], least: int) -> None:
    """Write why there is no comparison where too few schools were found."""
    few = (notes["schools"] < least) & (notes["reason"] == "")
    phases, kinds = context["phase"].to_numpy(dtype=object), context["kind"].to_numpy()
    columns = (notes["used"], phases, kinds, notes["candidates"], notes["missing"])
    notes["reason"][few] = [
        f"Not compared with similar schools: {_say_few(used, phase, kind, candidates, missing, least)}."
        for used, phase, kind, candidates, missing in zip(*(column[few].tolist() for column in columns), strict=True)
    ]


def _say_few(used: str, phase: str, kind: str, candidates: int, missing: str, least: int) -> str:
    of_kind = f"{kind} and" if kind else "with"
    if not candidates:
        return f"no other {phase} school {of_kind} figures of the same years is in the files given"
    variables = len(_split(used))
    if variables < LEAST_VARIABLES:
        if ALL_ALIKE in missing:
            return f"the few {phase} schools in the files given have pupils too much alike to tell which are similar"
        return f"{count_noun(variables, 'fact')} known of its pupils; at least {LEAST_VARIABLES} are needed"
    known = "is" if candidates == 1 else "are"
    return (
        f"{count_noun(candidates, f'other {phase} school')} {of_kind} figures of the same years {known} in the files "
        f"given; at least {least} are needed"
    )


def _name_similar(context: pd.DataFrame, found: list[pd.DataFrame], named: np.ndarray | None) -> pd.DataFrame:
    """SIMILAR of the pairs ``found``, which are used up."""
    pairs = pd.concat(found, ignore_index=True)
    found.clear()
    pairs = pairs.sort_values(["school", "rank"], ignore_index=True)
    others = pairs["other"].to_numpy()
    urns = context["urn"].to_numpy()
    schools = urns[pairs["school"].to_numpy()]
    told = others if named is None else np.where(np.isin(schools, named), others, -1)
    return shape_frame(
        pd.DataFrame(
            {
                "urn": schools,
                "similar": urns[others],
                "name": context["name"].array.take(told, allow_fill=True),
                "la_name": context["la_name"].array.take(told, allow_fill=True),
                "telephone": context["telephone"].array.take(told, allow_fill=True),
                "rank": pairs["rank"],
                "distance": pairs["distance"],
                "better": pd.array([""], dtype="string").take(np.zeros(len(pairs), dtype=int)),
            }
        ),
        SIMILAR,
    )


def link_similar(urns: Sequence[int] | np.ndarray, similar: pd.DataFrame) -> csr_array:
    """Who is similar to whom among ``urns``, in rising order: 1 in a school's row for each in the column (SIMILAR)."""
    index = pd.Index(np.asarray(urns))
    school, other = index.get_indexer(similar["urn"]), index.get_indexer(similar["similar"])
    known = (school >= 0) & (other >= 0)
    return csr_array((np.ones(known.sum()), (school[known], other[known])), shape=(len(urns), len(urns)))


def average_similar(
    grid: Grid,
    urns: Sequence[int] | np.ndarray,
    similar: csr_array,
    pools: Sequence[Pool] = (),
    *,
    least: int = LEAST,
) -> pd.DataFrame:
    """What schools like each school achieve at its own context: SIMILAR_FIGURES, sorted by URN and indicator.

    ``urns`` name the grid's rows, in rising order; ``similar`` links them and ``pools`` are those it was sought in.
    Each year's value is the average weighted by pupils over the similar schools with a figure in that year, moved to
    the school's own context (adjusting.py; shares on the scale of ``ratings/distance.py``); years with fewer than
    ``least`` of them are left out. An indicator of disadvantaged pupils is averaged over the similar schools'
    disadvantaged pupils. ``pupils`` are as many as would leave as much to chance: those of the similar schools, fewer
    where the average had to be moved. Published intervals: the standard error is that of the weighted mean of
    independent figures and of the move; a year in which no file says of how many pupils they are is weighted by their
    precision, and its ``pupils`` are 0. What publication rounded away in each school's figure evens out over many and
    is not carried.
    """
    rows, cells = len(urns), grid.value.shape[1] * WINDOW
    value, size = grid.value.reshape(rows, cells), _find_sizes(grid).reshape(rows, cells)
    lowest, highest = (np.repeat(ends, WINDOW) for ends in find_ends(grid.indicators))
    counts = (value >= lowest) & (value <= highest) & (size > 0)  # NaN, no figure, is neither
    weight = np.where(counts, size, 0.0)
    schools, total = similar @ counts.astype(float), similar @ weight
    pupils = similar @ np.where(counts, np.nan_to_num(grid.pupils.reshape(rows, cells)), 0.0)
    enough = (schools >= least) & (total > 0)
    error = ((grid.upper - grid.lower) / (2 * Z)).reshape(rows, cells)
    school, cell = np.nonzero(enough)
    figures = np.where(counts, value, 0.0)
    squared = (similar @ np.where(counts & np.isfinite(error), weight * error, 0.0) ** 2)[enough]
    with np.errstate(invalid="ignore", divide="ignore"):
        average = (similar @ (weight * figures)) / total
    added, variance = np.zeros((2, rows, cells))
    ridge = _find_ridge(grid, weight)
    scaled = np.nan_to_num(to_scale(grid.indicators, np.where(counts, value, np.nan).reshape(grid.value.shape)))
    for pool in pools:
        moved = adjust_averages(pool, similar, scaled.reshape(rows, cells), weight, ridge)
        added[pool.schools], variance[pool.schools] = moved.added, moved.variance
    value = np.clip(_move(grid, average, added)[enough], lowest[cell], highest[cell])
    return _shape_figures(grid, pd.Index(np.asarray(urns)), school, cell).assign(
        value=value,
        schools=schools[enough].astype("int16"),
        pupils=_count_as_sure(grid, cell // WINDOW, pupils[enough], variance[enough]),
        error=lambda frame: np.where(
            frame["error"].notna(), np.sqrt(squared / total[enough] ** 2 + variance[enough]), np.nan
        ),
    )


def _find_ridge(grid: Grid, weight: np.ndarray) -> np.ndarray:
    """The ridge of each cell, in what its figures weigh: pupils, or else their precision."""
    known = np.count_nonzero(weight, axis=0)
    average = weight.sum(axis=0) / np.maximum(known, 1)
    return np.where(_is_uncounted(grid).ravel(), RIDGE_SCHOOLS * average, RIDGE_PUPILS)


def _move(grid: Grid, average: np.ndarray, added: np.ndarray) -> np.ndarray:
    """``average`` (rows, cells), moved by ``added`` on the scale."""
    scaled = to_scale(grid.indicators, average.reshape(grid.value.shape)) + added.reshape(grid.value.shape)
    moved = from_scale(grid.indicators, scaled).reshape(average.shape)
    return np.where(added == 0, average, moved)  # to the scale and back a digit can be lost


def _count_as_sure(grid: Grid, place: np.ndarray, pupils: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """How many pupils leave as much to chance as ``pupils`` whose average was moved, with so much ``variance``.

    On the scale a single pupil's variance is 1 for a share, and the indicator's own for an average.
    """
    single = np.where(is_share(grid.indicators), 1.0, find_pupil_spreads(grid.indicators) ** 2)[place]
    with np.errstate(invalid="ignore", divide="ignore"):
        fewer = np.floor(1 / (1 / pupils + variance / single))
    return np.where((single > 0) & (pupils > 0) & (variance > 0), np.maximum(fewer, 1.0), pupils)


def _find_sizes(grid: Grid) -> np.ndarray:
    """What each figure weighs: its pupils. Without them a published interval tells how sure it is: 1 / error²."""
    error = (grid.upper - grid.lower) / (2 * Z)
    with np.errstate(divide="ignore"):
        return np.where(_is_uncounted(grid), np.where(error > 0, 1 / error**2, np.nan), grid.pupils)


def _is_uncounted(grid: Grid) -> np.ndarray:
    """The published intervals and years (indicators, 3) of which no file says of how many pupils they are."""
    published = np.array([one.method == "published_interval" for one in grid.indicators])[:, None]
    uncounted: np.ndarray = published & ~(grid.pupils > 0).any(axis=0)
    return uncounted


def _shape_figures(grid: Grid, urns: pd.Index, school: np.ndarray, cell: np.ndarray) -> pd.DataFrame:
    """SIMILAR_FIGURES without numbers; ``error`` is 0 where there will be one, else missing."""
    place = cell // WINDOW
    published = np.array([0.0 if one.method == "published_interval" else np.nan for one in grid.indicators])
    frame = pd.DataFrame(
        {
            "urn": urns.to_numpy()[school],
            "measure": pd.array([one.measure for one in grid.indicators], dtype="string").take(place),
            "group": pd.array([str(one.group) for one in grid.indicators], dtype="string").take(place),
            "year": grid.years[place, cell % WINDOW],
            "error": published[place],
        }
    )
    return shape_frame(frame, SIMILAR_FIGURES)


def explain_no_similar(similar: SimilarSchools, years: Sequence[int]) -> str:
    """Why a figure is not compared with similar schools, whose figure of ``years`` is not known; empty for no years."""
    if not years:
        return ""
    names = " and ".join(name_academic_year(year) for year in years)
    return similar.reason or f"Not rated: fewer than {LEAST} similar schools have a figure in {names}."


def describe_similar(study: StudySlice) -> SimilarSchools | None:
    """With whom the school is compared, or why with nobody; None where no similar schools were sought."""
    if study.notes.empty:
        return None
    note = study.notes.iloc[0]
    rows = study.similar.sort_values("rank")
    schools = zip(
        rows["similar"].tolist(),
        rows["name"].tolist(),
        rows["la_name"].tolist(),
        rows["distance"].tolist(),
        rows["better"].tolist(),
        rows["telephone"].tolist(),
        strict=True,
    )
    return SimilarSchools(
        schools=tuple(
            SimilarSchool(int(urn), name, la_name, distance, tuple(better.split()), telephone)
            for urn, name, la_name, distance, better, telephone in schools
        ),
        candidates=int(note["candidates"]),
        used=_split(note["used"]),
        missing=_split(note["missing"]),
        reason=str(note["reason"]),
        kind=str(note["kind"]),
    )


def _split(titles: str) -> tuple[str, ...]:
    return tuple(titles.split("; ")) if titles else ()
