"""What the nearest similar schools do better: by more than the margin, of all pupils, and never of what is withheld."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.country.nearest import MOST, NEAREST, find_better
from pipeline.analysis.country.similar import describe_similar
from pipeline.analysis.grids.grid import Grid
from pipeline.sources.frames import SIMILAR, SIMILAR_NOTES, StudySlice, shape_frame
from tests.conftest import count_examples

from .grids import blank_grid, choose

KEYS = ("ks2_rwm_expected", "ks2_reading_expected", "ks2_maths_expected", "ks2_writing_expected", "absence_persistent")
RWM, READING, MATHS, WRITING, ABSENCE = range(5)
MARGIN = 8.0  # of every share of pupils among these


def build_grid(figures, keys=KEYS, pupils=1000.0) -> Grid:
    """Schools from URN 1 with the same figure in each of three years; NaN where it was withheld."""
    grid = blank_grid(keys, np.full(len(figures), pupils))
    return replace(grid, value=np.repeat(np.asarray(figures, float)[:, :, None], 3, axis=2))


def link(*pairs: tuple[int, int], rank: int | None = None) -> pd.DataFrame:
    """``pairs`` of a school and one that is similar to it, the nearest first."""
    ranks: dict[int, int] = {}
    rows = []
    for urn, similar in pairs:
        ranks[urn] = ranks.get(urn, 0) + 1
        rows.append(
            {
                "urn": urn,
                "similar": similar,
                "name": f"School {similar}",
                "la_name": "Westshire",
                "rank": rank or ranks[urn],
                "distance": 0.3,
                "better": "",
            }
        )
    return shape_frame(pd.DataFrame(rows, columns=list(SIMILAR)), SIMILAR)


def name_better(figures, *, keys=KEYS, **other) -> list[str]:
    """What the second school of ``figures`` does better than the first."""
    grid = build_grid(figures, keys, **other)
    return find_better(grid, range(1, len(figures) + 1), link((1, 2)))["better"].iloc[0].split()


OWN = [60.0, 70.0, 70.0, 70.0, 20.0]


def beside(**moved: float) -> list[list[float]]:
    """The school's own figures and those of another, moved where it is told."""
    places = {"rwm": RWM, "reading": READING, "maths": MATHS, "writing": WRITING, "absence": ABSENCE}
    other = list(OWN)
    for name, by in moved.items():
        other[places[name]] += by
    return [list(OWN), other]


@pytest.mark.parametrize(
    ("by", "named"), [(MARGIN + 0.5, ["ks2_maths_expected"]), (MARGIN, []), (7.9, []), (-20.0, [])]
)
def test_only_what_lies_apart_by_more_than_the_margin_is_named(by, named):
    assert name_better(beside(maths=by)) == named


def test_where_lower_is_better_less_is_better():
    (absence,) = choose("absence_persistent")
    assert name_better(beside(absence=-absence.margin - 0.5)) == ["absence_persistent"]
    assert name_better(beside(absence=absence.margin + 0.5)) == []


def test_key_priorities_come_first_then_what_lies_furthest_apart():
    assert name_better(beside(rwm=9.0, reading=20.0)) == ["ks2_rwm_expected", "ks2_reading_expected"]
    assert name_better(beside(reading=12.0, maths=20.0)) == ["ks2_maths_expected", "ks2_reading_expected"]


def test_no_more_than_two_are_named():
    assert name_better(beside(rwm=10.0, reading=20.0, maths=30.0, writing=25.0)) == [
        "ks2_rwm_expected",
        "ks2_maths_expected",
    ]


@pytest.mark.parametrize("school", [0, 1])
def test_a_figure_that_is_withheld_is_better_and_worse_than_nothing(school):
    figures = beside(maths=30.0, reading=12.0)
    figures[school][MATHS] = np.nan
    assert name_better(figures) == ["ks2_reading_expected"]


def test_a_figure_of_too_few_pupils_is_not_set_beside_another():
    assert name_better(beside(maths=30.0), pupils=2.0) == []


def test_only_figures_of_all_pupils_are_asked():
    grid = build_grid(beside(maths=30.0))
    of_some = tuple(one.model_copy(update={"group": "disadvantaged"}) for one in grid.indicators)
    found = find_better(replace(grid, indicators=of_some), (1, 2), link((1, 2)))
    assert found["better"].tolist() == [""]


def test_an_indicator_without_a_margin_names_nothing():
    grid = build_grid(beside(maths=30.0))
    without = tuple(one.model_copy(update={"margin": None}) for one in grid.indicators)
    assert find_better(replace(grid, indicators=without), (1, 2), link((1, 2)))["better"].tolist() == [""]


def test_only_the_nearest_are_asked_and_every_other_row_is_kept():
    figures = [OWN, *(beside(maths=30.0)[1] for _ in range(NEAREST + 2))]
    pairs = link(*((1, other) for other in range(2, NEAREST + 4)))
    found = find_better(build_grid(figures), range(1, len(figures) + 1), pairs)
    assert found["better"].tolist() == ["ks2_maths_expected"] * NEAREST + [""] * 2
    assert found.drop(columns="better").equals(pairs.drop(columns="better"))
    assert found["better"].dtype == SIMILAR["better"]


@pytest.mark.parametrize("pair", [(1, 9), (9, 1)])
def test_a_school_without_a_row_of_figures_is_not_taken_for_another(pair):
    """The last school's figures stood in for those of one that no file of results holds."""
    figures = beside(maths=30.0)
    figures.append([value + 30 for value in OWN] if pair[1] == 9 else [value - 30 for value in OWN])
    found = find_better(build_grid(figures), (1, 2, 3), link(pair))
    assert found["better"].tolist() == [""]


@pytest.mark.parametrize("pairs", [(), ((1, 2),)])
def test_nobody_and_nothing_to_compare_names_nothing(pairs):
    keys = KEYS if not pairs else ()
    figures = beside(maths=30.0) if not pairs else [[], []]
    found = find_better(build_grid(figures, keys), (1, 2), link(*pairs))
    assert found["better"].tolist() == [""] * len(pairs)


figures = st.lists(
    st.lists(st.one_of(st.just(np.nan), st.floats(0, 100)), min_size=5, max_size=5), min_size=2, max_size=6
)


@pytest.mark.slow
@settings(max_examples=count_examples(60))
@given(figures)
def test_whatever_the_figures_what_is_named_is_better_by_more_than_the_margin(figures):
    count = len(figures)
    pairs = link(*((one, other) for one in range(1, count + 1) for other in range(1, count + 1) if one != other))
    indicators = {one.key: one for one in choose(*KEYS)}
    for row in find_better(build_grid(figures), range(1, count + 1), pairs).itertuples():
        named = row.better.split()
        assert len(named) <= MOST and len(set(named)) == len(named)
        priorities = [indicators[key].key_priority for key in named]
        assert priorities == sorted(priorities, reverse=True)
        for key in named:
            side = -1 if indicators[key].lower_is_better else 1
            own, other = (figures[urn - 1][KEYS.index(key)] for urn in (row.urn, row.similar))
            assert side * (other - own) > indicators[key].margin - 0.2  # in whole pupils of 1,000


def test_a_report_reads_them_in_their_order():
    found = find_better(build_grid(beside(rwm=9.0, maths=20.0)), (1, 2), link((1, 2)))
    note = {
        "urn": 1,
        "candidates": 40,
        "schools": 40,
        "used": "Pupils on roll",
        "missing": "",
        "kind": "",
        "reason": "",
    }
    notes = shape_frame(pd.DataFrame([note]).reindex(columns=list(SIMILAR_NOTES)), SIMILAR_NOTES)
    told = describe_similar(StudySlice(similar=found, notes=notes))
    assert [one.better for one in told.schools] == [("ks2_rwm_expected", "ks2_maths_expected")]
