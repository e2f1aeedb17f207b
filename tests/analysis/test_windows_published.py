"""Windows, breaks and the years of progress on real files, from the file to the sentence."""

from __future__ import annotations

import shutil
from collections import Counter

import numpy as np
import pytest

from pipeline.analysis.country.spread import estimate_spreads, measure_deviations
from pipeline.analysis.grids.grid import lay_out, lay_out_england
from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.indicators.windows import list_behind
from pipeline.analysis.school import analyse_school
from pipeline.analysis.statistics.intervals import Z
from pipeline.edition.schools import list_area_schools
from pipeline.foundation.vocabulary import Rating
from pipeline.run.preparing.study import prepare_study
from pipeline.sources.prepared import Prepared, open_prepared
from tests.analysis.grids import similar_like

pytestmark = pytest.mark.published

DUKE_OF_YORKS = 136177
INDICATORS = load_indicators()


@pytest.fixture(scope="module")
def leavers(prepare_published, tmp_path_factory) -> Prepared:
    """An edition of 2024/25: the pupil census and the leavers of three years, two years back."""
    names = ["2024-2025/england_census.csv", "2024-2025/england_ks4-pupdest.csv"]
    folder = tmp_path_factory.mktemp("leavers") / "prepared"
    shutil.copytree(prepare_published(names, 2025).folder, folder)
    prepare_study(folder, [DUKE_OF_YORKS], 2025, "published")
    return open_prepared(folder)


def test_destinations_of_a_real_school_are_rated_beside_englands_and_similar_schools_same_three_years(leavers):
    analysis = analyse_school(leavers.load_school(DUKE_OF_YORKS), INDICATORS, 2025)
    (found,) = (result for result in analysis.results if result.indicator == "ks4_destinations")
    # 61 of 70, 77 of 87 and 78 of 86; was "Shown but not rated: 1 year of figures; at least 2 are needed"
    assert (found.years, found.cohort) == ((2021, 2022, 2023), 243)
    assert found.value == pytest.approx(100 * (61 + 77 + 78) / 243)
    england, similar = found.against("england"), found.against("similar schools")
    assert england.baseline == pytest.approx((93 * 86 + 92 * 87 + 91 * 70) / 243)
    assert (england.rating, similar.rating) == (Rating.NO_CLEAR_DIFFERENCE, Rating.GAP)
    assert analysis.tested == {"england": 1, "similar schools": 1}
    assert (found.trend.first_year, found.trend.latest_year, found.position.year) == (2021, 2023, 2023)
    assert found.shrunk is not None and 88 < found.shrunk.value < found.shrunk.towards
    assert found.window_note == "Published 2 years behind: the newest are the leavers of 2022/23."


def test_nearly_every_mainstream_school_with_leavers_is_rated(leavers):
    schools = leavers.schools()
    grid = lay_out(leavers.observations(), schools["urn"].to_numpy(), INDICATORS, 2025)
    (place,) = (n for n, each in enumerate(INDICATORS) if each.key == "ks4_destinations")
    years = (~np.isnan(grid.value[:, place])).sum(axis=1)
    assert (years >= 2).sum() > 3100  # was: none of any edition


def test_a_school_known_by_its_leavers_alone_is_due_a_report(prepare_published):
    tables = prepare_published(["2024-2025/england_ks4-pupdest.csv"], 2025)
    area = {"schools": [DUKE_OF_YORKS]}
    behind = list_behind(INDICATORS)
    assert behind["ks4_destinations_sustained"] == 2
    (school,) = list_area_schools(
        tables.schools(), tables.latest_years([DUKE_OF_YORKS], behind), area, 2025, on="2025-11-01"
    )
    assert school.not_due == ""  # was: its latest figure is for 2022/23


@pytest.fixture(scope="module")
def hampshire(prepare_published):
    names = [f"{year}/850_ks2final.csv" for year in ("2016-2017", "2017-2018", "2018-2019")]
    tables = prepare_published(names, 2019)
    schools = tables.schools()
    chosen = [each for each in INDICATORS if each.measure.startswith("ks2")]
    grid = lay_out(tables.observations(), schools["urn"].to_numpy(), chosen, 2019)
    england = lay_out_england(tables.area_observations(), schools, chosen, 2019)
    spreads, _ = estimate_spreads(measure_deviations(grid, england, similar_like(np.full(grid.value.shape, np.nan))))
    return grid, spreads.set_index("indicator")["drift"]


PROGRESS = ("ks2_reading_progress", "ks2_writing_progress", "ks2_maths_progress")


def test_progress_varies_from_year_to_year_more_than_any_other_measure(hampshire):
    _, drift = hampshire
    found = drift[list(PROGRESS)]
    assert found.round(1).between(2.0, 3.0).all(), found  # was 1.00 each: only the latest year was looked at
    assert found.min() > drift.drop(list(PROGRESS)).max()


@pytest.mark.parametrize("key", PROGRESS)
def test_with_the_estimate_the_next_year_lies_where_95_in_100_should(hampshire, key):
    grid, drift = hampshire
    (place,) = (n for n, each in enumerate(grid.indicators) if each.key == key)
    error = (grid.upper[:, place] - grid.lower[:, place]) / (2 * Z)
    change, chance = np.diff(grid.value[:, place]).ravel(), np.hypot(error[:, :2], error[:, 1:]).ravel()
    known = np.isfinite(change) & np.isfinite(chance)

    def cover(variance: float) -> float:
        return float(np.mean(np.abs(change[known]) <= Z * chance[known] * variance**0.5))

    assert cover(1.0) < 0.85
    assert 0.94 <= cover(float(drift[key])) <= 0.98


@pytest.fixture(scope="module")
def north_yorkshire(prepare_published) -> dict:
    """Attainment 8 of every school of a county, with the look-back to the old points in the older file."""
    names = ["2016-2017/815_ks4final.csv", "2017-2018/815_ks4final.csv"]
    tables = prepare_published(names, 2018)
    held = tables.observations()
    held = held[(held["measure"] == "ks4_attainment8") & (held["group"] == "all") & held["value"].notna()]
    assert (held["year"] == 2016).sum() > 50  # the old points are in the files
    urns = tables.schools().loc[lambda schools: schools["la"] == 815, "urn"].tolist()
    analyses = {urn: analyse_school(tables.load_school(urn), INDICATORS, 2018) for urn in urns}
    return {
        urn: result
        for urn, analysis in analyses.items()
        for result in analysis.results
        if result.indicator == "ks4_attainment8"
    }


def test_no_real_school_is_compared_across_the_new_points(north_yorkshire):
    results = north_yorkshire.values()
    assert not any(2016 in result.years or any(one.year == 2016 for one in result.by_year) for result in results)
    words = Counter(result.trend.words for result in results if result.trend)
    # was: declined since 2015/16 for half of them
    assert words == {"no clear change": 38, "declined since 2016/17": 3}
    assert all("Figures from before 2016/17 are left out" in result.window_note for result in results)
