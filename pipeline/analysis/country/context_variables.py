"""What a school's pupils are like, as far as the published files say it: the variables on which schools are compared.

A variable may stand in several files. Within a phase it comes from one of them, so that every school of a pool is
measured by the same ruler.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from pipeline.analysis.grids.grid import Grid
from pipeline.analysis.indicators.windows import WINDOW
from pipeline.foundation.vocabulary import Availability, KeyStage, Phase, PupilGroup, name_academic_year
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.sources.joining.tellings import prefer_rows

#: Pupils on roll. Below this one family is two per cent or more of the school and its context changes every year, so
#: that it is like a larger school by chance alone: such schools are compared among themselves.
SMALLEST_ROLL = 50
#: A source counts beside the best where it covers this share of the schools that the best covers.
_GOOD_COVERAGE = 0.9

#: Why a variable tells no school of a phase from another.
ALL_ALIKE = "the same for all schools of this phase"


class ContextSource(Record):
    """A measure that tells a variable, and what it is called where it does."""

    measure: str
    title: str = Field(min_length=5)


class ContextVariable(Record):
    """One thing schools are compared on; of its ``sources`` the one preferred stands first."""

    key: str
    title: str = Field(min_length=5)
    sources: tuple[ContextSource, ...] = Field(min_length=1)
    by_ratio: bool = False  # compared by its logarithm: 100 and 200 pupils lie as far apart as 400 and 800
    is_size: bool = False  # how many pupils the school has


class ContextVariables(Record):
    """The content of ``context_variables.yaml``."""

    variables: tuple[ContextVariable, ...]

    @model_validator(mode="after")
    def _have_one_size(self) -> ContextVariables:
        if sum(one.is_size for one in self.variables) != 1:
            raise ValueError("one variable, and one only, must say how large a school is (`is_size: true`)")
        return self


VARIABLES = read_record(Path(__file__).parent / "context_variables.yaml", ContextVariables).variables
_SIZE = next(one.key for one in VARIABLES if one.is_size)

#: The columns of OBSERVATIONS that are looked at.
CONTEXT_COLUMNS = ("urn", "published_urn", "measure", "group", "year", "value", "cohort", "availability")
#: Every measure that may describe a school's pupils.
CONTEXT_MEASURES = tuple(source.measure for variable in VARIABLES for source in variable.sources)

#: One row = one school, as the search for similar schools sees it; with a ``…``, ``… title`` and ``… lacks`` column for
#: the key of each of ``VARIABLES``.
CONTEXT_OF_SCHOOLS: dict[str, str] = {
    "urn": "int32",
    "name": "string",
    "la_name": "string",
    "telephone": "string",
    "phase": "string",
    "kind": "string",  # of schools of the phase, compared among themselves; "" where they are not tiny
    "apart": "string",  # why the school is compared with no other and chosen for none; "" where it may be
    "key_stage_2_years": "int8",  # of the window's years with results, a bit each, the latest the lowest
    "key_stage_4_years": "int8",
    "has_figures": "bool",  # of any indicator in the window
}

_APART: dict[str, str] = {
    Phase.SPECIAL: "special schools serve pupils whose needs differ too much from school to school",
    Phase.ALTERNATIVE_PROVISION: "the pupils of alternative provision change within the year",
    Phase.INDEPENDENT: "independent schools' pupils are not described in the published files",
    Phase.SIXTEEN_PLUS: "institutions for pupils over sixteen are outside the method",
    Phase.NURSERY: "nursery schools have no published results",
    Phase.UNKNOWN: "no file given says what phase of school this is",
}


def lay_out_context(schools: pd.DataFrame, observations: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    """Put what is known of each school's pupils into one row of CONTEXT_OF_SCHOOLS, sorted by URN.

    ``schools`` are rows of SCHOOLS in the order of the grid's rows; ``observations`` hold CONTEXT_MEASURES, all pupils,
    of years up to the grid's. Within a phase each variable comes from one source, a measure of one year: of those of
    the last three years that cover nearly as many schools as the best does, the measure preferred and its latest year.
    """
    phases = schools["phase"].astype(str).to_numpy()
    finite_years = np.isfinite(grid.value)
    stages = np.array([str(indicator.key_stage) for indicator in grid.indicators])
    context = pd.DataFrame(
        {
            "urn": schools["urn"].to_numpy(),
            "name": schools["name"].fillna("").to_numpy(),
            "la_name": schools["la_name"].fillna("").to_numpy(),
            "telephone": schools["telephone"].fillna("").to_numpy(),
            "phase": phases,
            "apart": _explain_apart(schools, grid.year),
            "key_stage_2_years": _mark_years(finite_years[:, stages == KeyStage.KS2]),
            "key_stage_4_years": _mark_years(finite_years[:, stages == KeyStage.KS4]),
            "has_figures": finite_years.any(axis=(1, 2)),
        }
    )
    found = _select_context(observations, grid.year)
    places = pd.Index(context["urn"]).get_indexer(found["urn"])
    found = found.assign(place=places)[places >= 0]
    by_source = dict(list(found.groupby(["measure", "year"], observed=True)))
    for variable in VARIABLES:
        _fill_variable(context, variable, by_source, grid.year)
    context["kind"] = np.where(context[_SIZE] < SMALLEST_ROLL, f"with fewer than {SMALLEST_ROLL} pupils", "")
    return context.sort_values("urn", ignore_index=True).astype(CONTEXT_OF_SCHOOLS)


def _mark_years(finite: np.ndarray) -> np.ndarray:
    """The years in which any of the indicators of ``finite`` (rows, indicators, years) has a figure, as bits."""
    bits = 1 << np.arange(WINDOW)[::-1]
    marked: np.ndarray = (finite.any(axis=1) * bits).sum(axis=1).astype("int8")
    return marked


def _explain_apart(schools: pd.DataFrame, year: int) -> np.ndarray:
    """Why each school of SCHOOLS is not compared; "" where it may be, as one that closed after the ``year``."""
    apart = schools["phase"].astype(str).map(_APART).fillna("").to_numpy(dtype=object)
    unfunded = ~schools["state_funded"].fillna(False).to_numpy(dtype=bool)
    apart[unfunded & (apart == "")] = "no file given says that it is state-funded"
    later = (schools["closed"].fillna("") > f"{year}-08-31").to_numpy(dtype=bool)
    closed = (schools["status"].astype(str) == "closed").to_numpy() & ~later
    apart[closed & (apart == "")] = "it is closed"
    return apart


def _select_context(observations: pd.DataFrame, year: int) -> pd.DataFrame:
    """The rows that may describe pupils; of several of one school that which ``sources.tellings`` prefers."""
    wanted = (
        observations["measure"].isin(CONTEXT_MEASURES).to_numpy()
        & (observations["group"] == str(PupilGroup.ALL)).to_numpy()
        & observations["year"].between(year - WINDOW + 1, year).to_numpy()
    )
    rows = observations.loc[wanted, [*CONTEXT_COLUMNS]]
    rows = rows.iloc[np.argsort(prefer_rows(rows), kind="stable")]
    return rows.drop_duplicates(["urn", "measure", "year"]).assign(measure=lambda one: one["measure"].astype(str))


def _fill_variable(
    context: pd.DataFrame,
    variable: ContextVariable,
    by_source: Mapping[tuple[str, int], pd.DataFrame],
    year: int,
) -> None:
    """Add the variable's columns to ``context``: value, title of the source, and why a school lacks it."""
    value = np.full(len(context), np.nan)
    title = np.full(len(context), variable.title, dtype=object)
    lacks = np.full(len(context), "no file given holds it", dtype=object)
    titles = {source.measure: source.title for source in variable.sources}
    cells = {source: _spread_cells(rows, len(context)) for source, rows in by_source.items() if source[0] in titles}
    for phase in sorted(context["phase"].unique()):
        pool = (context["phase"] == phase).to_numpy()
        source = _choose_source(variable, {key: values[pool] for key, (values, _) in cells.items()})
        if source is None:
            if any(np.isfinite(values[pool]).any() for values, _ in cells.values()):
                lacks[pool] = ALL_ALIKE
            continue
        values, reasons = cells[source]
        value[pool], lacks[pool] = values[pool], reasons[pool]
        title[pool] = titles[source[0]] + (f", {name_academic_year(source[1])}" if source[1] < year else "")
    context[variable.key] = value
    context[f"{variable.key} title"] = title
    context[f"{variable.key} lacks"] = lacks


def _spread_cells(rows: pd.DataFrame, schools: int) -> tuple[np.ndarray, np.ndarray]:
    """One source's values by school, NaN where there is none, and the reason why."""
    values = np.full(schools, np.nan)
    reasons = np.full(schools, "not given for this school", dtype=object)
    places = rows["place"].to_numpy()
    values[places] = rows["value"].to_numpy()
    words = {str(kind): kind.reason.rstrip(".")[0].lower() + kind.reason.rstrip(".")[1:] for kind in Availability}
    reasons[places] = rows["availability"].astype(str).map(words).to_numpy(dtype=object)
    return values, reasons


def _choose_source(variable: ContextVariable, values: Mapping[tuple[str, int], np.ndarray]) -> tuple[str, int] | None:
    """The measure and year that describe the schools of one pool; None where no source has two different values."""
    covered = {
        (measure, year): int(np.isfinite(found).sum())
        for (measure, year), found in values.items()
        if np.nanmax(found, initial=-np.inf) > np.nanmin(found, initial=np.inf)
    }
    if not covered:
        return None
    enough = _GOOD_COVERAGE * max(covered.values())
    order = [source.measure for source in variable.sources]
    good = [source for source, schools in covered.items() if schools >= enough]
    return min(good, key=lambda source: (order.index(source[0]), -source[1]))
