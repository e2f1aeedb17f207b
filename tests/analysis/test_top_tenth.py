"""The top tenth of authorities: one rule, both ways of counting, figures of one source alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import pytest

from pipeline.analysis.country.top_tenth import (
    ComparedMeasure,
    compare_with_all,
    find_top_tenth,
    load_compared,
)
from pipeline.foundation.vocabulary import Direction
from pipeline.sources.frames import AUTHORITIES, shape_frame
from pipeline.sources.prepared import Prepared

LOWER = Direction.LOWER_IS_BETTER


@pytest.mark.parametrize(("authorities", "place"), [(149, 15), (150, 15), (151, 15), (152, 15), (145, 15), (155, 16)])
def test_the_last_place_is_a_tenth_rounded_to_the_nearest(authorities, place):
    found = find_top_tenth(range(1, authorities + 1))
    assert (found.place, found.threshold, found.by_place) == (place, authorities - place + 1, place)


def test_all_that_are_equal_to_the_last_are_in():
    found = find_top_tenth([70] * 14 + [68] * 4 + [60] * 133)
    assert (found.threshold, found.by_place) == (68, 18)
    assert found.is_within(68) and not found.is_within(67)


def test_152_authorities_can_be_counted_two_ways():
    """Ealing in 2024/25: the 16th, at 52.0, is in by P90 and not by place."""
    found = find_top_tenth([59.3] * 14 + [52.1, 52.0] + [51.8] * 136)
    assert (found.authorities, found.place, found.threshold) == (152, 15, 52.1)
    assert found.percentile == pytest.approx(51.98)
    assert (found.is_within(52.0), found.is_within_percentile(52.0)) == (False, True)
    assert (found.by_place, found.by_percentile) == (15, 16)


def test_where_lower_is_better_the_lowest_come_first():
    found = find_top_tenth(range(1, 151), LOWER)
    assert (found.threshold, found.by_place, found.percentile) == (15, 15, pytest.approx(15.9))
    assert found.is_within(15) and not found.is_within(16)
    assert (found.measure_distance(10), found.measure_distance(20)) == (5, -5)


def test_of_nobody_there_is_no_tenth():
    with pytest.raises(ValueError, match="no authority"):
        find_top_tenth([])


ATTAINMENT = ComparedMeasure(measure="ks4_attainment8", group="all", title="Attainment 8", decimals=1)


def tell(
    source: str = "a source", file: str = "a.csv", year: int = 2025, authorities: int = 150, moved: float = 0.0,
    others: Sequence[dict] = (),
) -> pd.DataFrame:  # fmt: skip
    """AUTHORITIES of one file: numbers 202 on, figures falling from 60 by a tenth each."""
    rows = [{"la": 202 + place, "value": 60 - place / 10 + moved} for place in range(authorities)]
    frame = pd.DataFrame([*rows, *others]).assign(source=source, file=file, year=year, measure="ks4_attainment8")
    return shape_frame(frame.assign(group="all", unit="points", step=0.1, provisional=False), AUTHORITIES)


def compare(*frames: pd.DataFrame, authority: int = 302, year: int = 2025):
    words = {name: str for name, kind in AUTHORITIES.items() if kind == "category"}
    rows = pd.concat([frame.astype(words) for frame in frames], ignore_index=True)
    return compare_with_all(shape_frame(rows, AUTHORITIES), authority, year, [ATTAINMENT])


def test_an_authority_is_held_against_the_top_tenth_of_its_own_source():
    """A point between two publications would be ten places."""
    one, other = compare(tell(), tell(source="b source", file="b.csv", moved=-1.0))
    assert (one.source, one.value, one.top.threshold, one.rank) == ("a source", 50.0, 58.6, 101)
    assert (other.source, other.value, other.top.threshold, other.rank) == ("b source", 49.0, 57.6, 101)
    assert one.distance == other.distance == pytest.approx(-8.6)


@pytest.mark.slow
def test_two_files_of_one_source_are_not_mixed_and_that_of_the_year_counts():
    earlier = tell(file="2024.csv", year=2024)
    looks_back = tell(file="2025.csv", year=2024, moved=0.5)
    later = tell(file="2025.csv", year=2025)
    assert [(one.year, one.file, one.value) for one in compare(later, looks_back, earlier)] == [
        (2024, "2024.csv", 50.0),
        (2025, "2025.csv", 50.0),
    ]


@pytest.mark.slow
def test_three_years_are_told_and_no_older_ones():
    years = [tell(file=f"{year}.csv", year=year) for year in range(2020, 2026)]
    assert [one.year for one in compare(*years)] == [2023, 2024, 2025]


def test_a_file_that_does_not_tell_of_all_authorities_gives_nothing():
    assert compare(tell(authorities=144)) == ()
    assert compare(tell(), authority=885) == ()


def test_the_city_of_london_is_not_counted():
    [found] = compare(tell(others=[{"la": 201, "value": 90.0}]))
    assert (found.top.authorities, found.rank) == (150, 101)


def test_authorities_without_a_figure_are_not_counted():
    [found] = compare(tell(others=[{"la": 885, "value": None}]))
    assert found.top.authorities == 150


def test_nothing_is_compared_where_nothing_was_read():
    assert compare_with_all(shape_frame(pd.DataFrame(), AUTHORITIES), 885, 2025) == ()


LAIT = "../dfe-more/2024-2025/lait_bds_long_subset.csv"
LA_DATA = "../dfe-more/2022-2023/2223_la_data_revised.csv"
#: Measure, group, year; authorities, the 15th's and 16th's figure, P90, how many are at or above the 15th's.
TABLE = [
    (LAIT, "ks2_rwm_expected", "all", 2025, 151, 71, 70, 70, 15),
    (LAIT, "ks2_rwm_expected", "all", 2024, 151, 70, 69, 69, 15),
    (LAIT, "ks2_rwm_expected", "all", 2023, 151, 68, 68, 68, 18),
    (LAIT, "ks2_rwm_expected", "all", 2019, 149, 72, 72, 72, 17),
    (LAIT, "ks2_rwm_expected", "disadvantaged", 2025, 151, 59, 59, 59, 18),
    (LAIT, "ks4_attainment8", "all", 2025, 152, 52.1, 52.0, 51.98, 15),
    (LAIT, "ks4_attainment8", "all", 2024, 152, 52.1, 52.0, 51.99, 15),
    (LA_DATA, "ks4_attainment8", "all", 2023, 152, 52.2, 52.0, 51.99, 15),
    (LA_DATA, "ks4_attainment8", "all", 2022, 151, 54.0, 53.9, 53.9, 15),
    (LA_DATA, "ks4_attainment8", "all", 2019, 150, 51.3, 51.1, 51.12, 15),
    (LAIT, "ks4_attainment8", "all", 2019, 150, 51.3, 51.1, 51.12, 15),
    (LAIT, "ks4_attainment8", "disadvantaged", 2025, 152, 41.8, 41.6, 41.56, 15),
    (LAIT, "early_years_good_level", "all", 2025, 152, 72.6, 72.1, 72.09, 15),
    (LAIT, "phonics_expected", "all", 2025, 151, 84, 84, 84, 17),
]
#: The best and the last authority of them, by number.
ENDS = {
    (LAIT, "ks2_rwm_expected", "all", 2025): ((318, 78), (823, 50)),
    (LAIT, "ks4_attainment8", "all", 2025): ((319, 59.3), (340, 34.4)),
    (LA_DATA, "ks4_attainment8", "all", 2023): ((319, 59.9), (340, 33.3)),
    (LAIT, "ks4_attainment8", "disadvantaged", 2025): ((316, 48.4), (823, 28.9)),
    (LAIT, "early_years_good_level", "all", 2025): ((420, 92.3), (None, 60.3)),
}


@pytest.fixture(scope="module")
def told(prepare_published: Callable[[Sequence[str], int], Prepared]) -> Prepared:
    return prepare_published([LAIT, LA_DATA], 2025)


def find_standing(told: Prepared, file: str, measure: str, group: str, year: int, authority: int = 885):
    [about] = [one for one in load_compared() if (one.measure, one.group) == (measure, group)]
    rows = told.authorities()
    found = compare_with_all(rows[rows["file"] == file], authority, year, [about])
    return next(one for one in found if one.year == year)


@pytest.mark.published
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[1]} {row[2]} {row[3]}")
def test_the_top_tenth_of_real_files(told, row):
    file, measure, group, year, authorities, last, next_one, percentile, within = row
    top = find_standing(told, file, measure, group, year).top
    assert (top.authorities, top.place, top.threshold, top.by_place) == (authorities, 15, last, within)
    assert top.percentile == pytest.approx(percentile)
    values = told.authorities().query("file == @file and measure == @measure and group == @group and year == @year")
    ordered = values[values["la"] != 201].sort_values("value", ascending=False)
    assert ordered["value"].iloc[15] == next_one
    for place, (la, value) in zip((0, authorities - 1), ENDS.get(row[:4], ()), strict=False):
        assert ordered["value"].iloc[place] == value
        assert la in (None, *ordered.loc[ordered["value"] == value, "la"])


@pytest.mark.published
@pytest.mark.parametrize(
    ("measure", "group", "value", "rank"),
    [("ks2_rwm_expected", "all", 59, 116), ("ks4_attainment8", "all", 44.2, 102),
     ("ks4_attainment8", "disadvantaged", 30.8, 137)],
)  # fmt: skip
def test_worcestershires_place(told, measure, group, value, rank):
    found = find_standing(told, LAIT, measure, group, 2025)
    assert (found.value, found.rank) == (value, rank)


@pytest.mark.published
@pytest.mark.parametrize(("file", "year"), [(LAIT, 2025), (LA_DATA, 2023)])
def test_ealing_is_in_by_one_count_and_out_by_the_other(told, file, year):
    found = find_standing(told, file, "ks4_attainment8", "all", year, authority=307)
    assert (found.value, found.rank, found.is_counted_otherwise) == (52.0, 16, True)
    assert (found.top.is_within(found.value), found.top.is_within_percentile(found.value)) == (False, True)


@pytest.mark.published
@pytest.mark.parametrize(("year", "provisional"), [(2025, True), (2024, False)])
def test_what_is_provisional_is_said_to_be(told, year, provisional):
    assert find_standing(told, LAIT, "phonics_expected", "all", year).provisional is provisional


@pytest.mark.published
def test_absence_is_turned_round(told):
    found = find_standing(told, LAIT, "absence_overall", "all", 2025)
    rows = told.authorities().query("measure == 'absence_overall' and year == 2025 and la != 201")
    assert found.top.threshold == sorted(rows["value"])[14]
    assert found.rank == 1 + (rows["value"] < found.value).sum()


@pytest.mark.published
def test_what_is_read_of_authorities_alone_moves_no_figure_of_england(told):
    """England's 46.0 of one source must not stand beside schools whose own source says 45.9."""
    assert told.area_observations().empty and told.observations().empty
    assert {one.figures > 0 for one in told.reconciliation()} == {True}
