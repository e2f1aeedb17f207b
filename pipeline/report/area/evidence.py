"""All that the schools of an edition are judged by, laid out at once: prepared tables and the schools' facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pipeline.analysis.country.spread import Spread, gather_spread
from pipeline.analysis.early import stand_in_england, stand_in_similar
from pipeline.analysis.grids.grid import Baselines, Grid, lay_out, lay_out_england, lay_out_similar
from pipeline.analysis.indicators import Indicator
from pipeline.analysis.results import InspectionFact, SchoolAnalysis
from pipeline.policy import PolicyFacts, gather_facts
from pipeline.sources.frames import SELF_EVALUATION, SOFT_INTELLIGENCE, LocalSlice, shape_frame
from pipeline.sources.local.early import stack_early

if TYPE_CHECKING:
    from pipeline.sources.prepared import Prepared


@dataclass(frozen=True)
class Evidence:
    """All that the schools of an edition are judged by, a row of each part a school, in the order of URNs."""

    grid: Grid
    baselines: tuple[Baselines, ...]  # England's, then similar schools' where any are known
    fixed: tuple[PolicyFacts, ...]  # inspections and local evidence
    spread: Spread


def lay_out_evidence(
    prepared: Prepared,
    school_facts: Sequence[Mapping[str, Any]],
    indicators: Sequence[Indicator],
    year: int,
    *,
    early: bool,
) -> Evidence:
    """Lay out what schools are judged by for the year ``year`` of an edition, or an earlier one.

    ``school_facts`` are the facts of the schools' reports, by URN: inspections and local evidence come from there, and
    are those known now. Indicators of which no school has a figure are left out. ``early`` says whether early results
    count among the figures, as they do in what the reports show.
    """
    urns = [facts["school"]["urn"] for facts in school_facts]
    schools = prepared.schools().set_index("urn", drop=False).loc[urns]
    observations, areas = prepared.observations(urn=urns), prepared.area_observations()
    study = prepared.study()
    similar = study.figures
    if early and len(found := prepared.early(urns)):
        observations = stack_early([observations, found])
        areas, _ = stand_in_england(areas, found, indicators)
        similar, _ = stand_in_similar(similar, found, indicators)
    grid = lay_out(observations, urns, indicators, year)
    grid = grid.choose(np.flatnonzero(~np.isnan(grid.value).all(axis=(0, 2))))
    england = lay_out_england(areas, schools, grid.indicators, year)
    beside = lay_out_similar(similar, urns, grid.indicators, year)
    spread = gather_spread(grid.indicators, study.spreads, study.correlations)
    return Evidence(
        grid.allow_for(spread.drift),
        (england, beside) if beside.fits.any() else (england,),
        tuple(_gather_fixed(facts, year) for facts in school_facts),
        spread,
    )


def _gather_fixed(facts: Mapping[str, Any], year: int) -> PolicyFacts:
    inspections = tuple(InspectionFact(**one) for one in facts["inspections"])
    known = SchoolAnalysis(facts["school"]["urn"], year, (), {}, inspections=inspections)
    heard, said = facts["officer"]["soft_intelligence"], facts["officer"]["self_evaluation"]
    if not heard and not said:
        return gather_facts(known, None)
    local = LocalSlice(
        **({"soft_intelligence": shape_frame(pd.DataFrame(heard), SOFT_INTELLIGENCE)} if heard else {}),
        **({"self_evaluation": shape_frame(pd.DataFrame(said), SELF_EVALUATION)} if said else {}),
    )
    return gather_facts(known, local)
