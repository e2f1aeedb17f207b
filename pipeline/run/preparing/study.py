"""The study of all schools of an edition: who is similar to whom, how far schools truly differ, what writing goes with.

It reads the prepared tables and is made once for all schools; what one school's report needs of it is read by URN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.foundation.memory import give_back_memory
from pipeline.foundation.paths import STUDY
from pipeline.run.stamps.code import Code
from pipeline.run.stamps.made import STAMP, describe_inputs, find_reason, keep_made, read_made

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from pipeline.analysis.grids.grid import Grid
    from pipeline.analysis.indicators import Indicator
    from pipeline.sources.frames import StudySlice
    from pipeline.sources.prepared import Prepared

_AT_A_TIME = 1_000  # schools; all figures of a whole country at once would take a gigabyte
_INDICATORS = 5  # averaged and measured together, for the same reason
_SIDE_BY_SIDE = 2  # Arrow and numpy work without Python for the most part


# Libraries that take a second to import are imported where a study is made: most runs find it made.


def study_edition(
    tables: Prepared,
    urns_of_area: Sequence[int],
    indicators: Sequence[Indicator],
    year: int,
    progress: Callable[[str], None] = lambda step: None,
) -> StudySlice:
    """Study all schools of the prepared ``tables`` for the academic year that ends in ``year``.

    Similar schools are sought and averaged for every school, for what an average school's distance is; kept are the
    rows of ``urns_of_area``. Spreads, correlations and the writing pattern are the edition's. ``progress`` is told what
    is done.
    """
    import numpy as np
    import pandas as pd

    from pipeline.analysis.country.context_variables import CONTEXT_COLUMNS, CONTEXT_MEASURES, lay_out_context
    from pipeline.analysis.country.nearest import find_better
    from pipeline.analysis.country.similar import average_similar, find_similar, link_similar
    from pipeline.analysis.country.spread import estimate_spreads, join_deviations, measure_deviations
    from pipeline.analysis.grids.grid import lay_out_england, lay_out_similar
    from pipeline.analysis.indicators.windows import list_years
    from pipeline.analysis.ratings.writing import estimate_writing_pattern
    from pipeline.sources.frames import StudySlice

    progress("all schools together")
    schools = _list_state_schools(tables)
    urns = schools["urn"].to_numpy()
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
        sought = {"measure": sorted(CONTEXT_MEASURES), "year": list_years(year)}
        asked = threads.submit(tables.observations, CONTEXT_COLUMNS, **sought)
        grid = _lay_out_country(tables, urns, indicators, year, threads)
        rows = asked.result()
    del asked
    give_back_memory()  # a country's figures together take the most
    context = lay_out_context(schools, rows, grid)
    del rows
    give_back_memory()
    progress("who is similar to whom")
    area = np.asarray(urns_of_area, dtype="int64")
    likeness = find_similar(context, named=area)
    of_area = {
        "similar": find_better(grid, urns, _select(likeness.similar, area)),
        "notes": _select(likeness.notes, area),
    }
    pairs, pools = link_similar(urns, likeness.similar), likeness.pools
    del context, likeness
    progress("how far schools differ")
    areas, mainstream = tables.area_observations(), _find_mainstream(schools)
    england = lay_out_england(areas, schools[mainstream], indicators, year)
    figures, deviations = [], []
    shown = np.flatnonzero(~np.isnan(grid.value).all(axis=(0, 2)))  # of what no school has, nothing is to be said
    shown = shown if len(shown) else np.arange(len(indicators))
    for first in range(0, len(shown), _INDICATORS):
        places = shown[first : first + _INDICATORS]
        some = grid.choose(places)
        found = average_similar(some, urns, pairs, pools)
        figures.append(_select(found, area))
        similar = lay_out_similar(found, urns[mainstream], some.indicators, year)
        deviations.append(measure_deviations(some.take(mainstream), england.choose(places), similar))
    del some, found, england, similar, pairs, pools
    give_back_memory()
    spreads, correlations = estimate_spreads(join_deviations(deviations))
    pattern = estimate_writing_pattern(grid.take(mainstream))
    return StudySlice(
        **of_area,
        figures=pd.concat(figures).sort_values("urn", kind="stable", ignore_index=True),
        spreads=round_estimates(spreads),
        correlations=correlations.round({"between": 2, "within": 2}),
        writing_pattern=round_estimates(pattern),
    )


def _find_mainstream(schools: pd.DataFrame) -> np.ndarray:
    """Which of ``schools`` are asked how far schools differ, and what goes with writing."""
    from pipeline.analysis.grids.comparators import NOT_LIKE_ALL_SCHOOLS

    return ~schools["phase"].astype(str).isin(list(NOT_LIKE_ALL_SCHOOLS)).to_numpy()


def _lay_out_country(
    tables: Prepared, urns: np.ndarray, indicators: Sequence[Indicator], year: int, threads: ThreadPoolExecutor
) -> Grid:
    """Lay out the figures of the schools ``urns``, sorted, reading some thousand of them at a time."""
    import numpy as np

    from pipeline.analysis.grids.grid import COLUMNS, lay_out, stack

    blocks = np.split(urns, range(_AT_A_TIME, len(urns), _AT_A_TIME))
    sought = {
        "measure": sorted({one.measure for one in indicators}),
        "group": sorted({str(one.group) for one in indicators}),
    }

    def lay_out_block(block: np.ndarray) -> Grid:
        first, last = (int(block[0]), int(block[-1])) if len(block) else (0, 0)
        rows = tables.observations_between(first, last, COLUMNS, **sought)
        return lay_out(rows, block, indicators, year)

    return stack(threads.map(lay_out_block, blocks), len(urns))


def round_estimates(estimates: pd.DataFrame) -> pd.DataFrame:
    """Keep of a country's estimates (SPREADS, WRITING_PATTERN) what they mean: three significant digits, or decimals.

    More digits mean nothing, and would have every school's report made anew for one corrected figure of one school.
    """
    rounded = estimates.copy()
    for name in estimates.columns.intersection(["spread", "spread_all", "drift"]):
        rounded[name] = [float(f"{value:.3g}") for value in estimates[name]]
    for name in estimates.columns.intersection(["centre", "constant", "reading", "maths"]):
        rounded[name] = estimates[name].round(3)
    return rounded


def _list_state_schools(tables: Prepared) -> pd.DataFrame:
    """SCHOOLS that are or may be state-funded, each once, sorted by URN.

    A predecessor whose history its successor carries on is left out: its figures are the successor's too.
    """
    from pipeline.sources.joining.histories import list_carried_on

    schools = tables.schools()
    carried_on = schools["urn"].isin(list_carried_on(tables.links(), schools)["predecessor"])
    chosen = schools["state_funded"].fillna(True).to_numpy(dtype=bool) & ~carried_on.to_numpy()
    return schools[chosen].sort_values("urn", ignore_index=True)


def _select(frame: pd.DataFrame, urns: np.ndarray) -> pd.DataFrame:
    return frame[frame["urn"].isin(urns)].reset_index(drop=True)


def prepare_study(
    prepared: Path,
    urns_of_area: Sequence[int],
    year: int,
    published: str,
    progress: Callable[[str], None] = lambda step: None,
    code: Code | None = None,
) -> None:
    """Study the edition whose tables lie in ``prepared`` into its ``study/``, unless that is done and nothing changed.

    ``published`` is the key of the prepared tables: other files, or other code to read them, and all is studied anew.
    ``code`` is the code as it is, where it was read already.
    """
    folder = prepared / STUDY
    key = _describe_inputs(published, urns_of_area, year, code or Code())
    reason = find_reason(read_made(folder, STAMP), key, folder)
    if not reason:
        return
    from pipeline.analysis.indicators import load_indicators
    from pipeline.sources.prepared import open_prepared, write_study

    if folder.is_dir():
        progress(f"all schools together, again: {reason}")
    study = study_edition(open_prepared(prepared), urns_of_area, load_indicators(), year, progress)
    keep_made(folder, key, lambda making: write_study(making, study))


def _describe_inputs(published: str, urns_of_area: Sequence[int], year: int, code: Code) -> dict[str, str]:
    method = code.trace("pipeline.run.preparing.study")
    return describe_inputs(
        values={
            "prepared tables": published,
            "the edition's schools or year": [sorted(int(urn) for urn in urns_of_area), year],
        },
        code={"how schools are studied": code.hash(method)},
        packages={"versions of Python and packages": method.packages},
    )
