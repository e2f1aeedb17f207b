"""What would give a withheld figure back is withheld with it, and nothing else is."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.foundation.vocabulary import Availability, PupilGroup
from pipeline.sources.frames import OBSERVATIONS, shape_frame
from pipeline.sources.joining.withhold import PARTITIONS, describe_withheld, withhold_with_others
from tests.conftest import count_examples

SUPPRESSED, NONE = Availability.SUPPRESSED, Availability.NO_ENTRIES


def row(group: str, value: float | None, year: int = 2019, measure: str = "ks2_rwm_expected", **more) -> dict:
    state = Availability.AVAILABLE if value is not None else SUPPRESSED
    about = {
        "level": "school",
        "urn": 100001,
        "published_urn": 100001,
        "measure": measure,
        "group": group,
        "year": year,
    }
    held = {"value": value, "cohort": 20, "step": 1, "unit": "percent", "availability": state, "file": "ks2.csv"}
    return {**about, **held, "word": "" if value is not None else "SUPP", "line": 2, "column": "X", **more}


def withhold(rows: list[dict]) -> tuple[pd.DataFrame, dict[str, str]]:
    found, files = withhold_with_others(shape_frame(pd.DataFrame(rows), OBSERVATIONS))
    return found, describe_withheld(files)


def keep(rows: list[dict]) -> list[tuple]:
    """The figures that are still numbers."""
    found, _ = withhold(rows)
    kept = found[found["value"].notna()]
    assert (kept["availability"] == Availability.AVAILABLE).all()
    return [(row.measure, row.group, row.year) for row in kept.itertuples()]


def name(measure: str, *groups: str, year: int = 2019) -> list[tuple]:
    return [(measure, group, year) for group in groups]


@pytest.mark.slow
@pytest.mark.parametrize("partition", PARTITIONS)
def test_the_other_parts_go_where_one_part_alone_is_withheld(partition):
    parts = [row(group, 50 + place) for place, group in enumerate(partition)]
    assert len(keep([row("all", 52), *parts])) == 1 + len(parts)
    for place, group in enumerate(partition):
        one_gone = [*parts[:place], row(group, None), *parts[place + 1 :]]
        assert keep([row("all", 52), *one_gone]) == name("ks2_rwm_expected", "all")


def test_the_parts_go_where_the_whole_alone_is_withheld():
    assert keep([row("all", None), row("girls", 50), row("boys", 40)]) == []


def test_parts_stay_where_two_figures_are_withheld_and_each_hides_the_other():
    low, middle, high = PARTITIONS[2]
    rows = [row("all", 60), row(low, None), row(middle, None), row(high, 90)]
    assert keep(rows) == name("ks2_rwm_expected", "all", high)


def test_what_has_no_pupils_is_not_withheld():
    assert keep([row("all", 60), row("girls", 60), row("boys", None, availability=NONE)]) == name(
        "ks2_rwm_expected", "all", "girls"
    )


def test_other_groups_measures_years_and_schools_stay():
    rows = [
        row("all", 60),
        row("girls", None),
        row("boys", 70),
        row("disadvantaged", 40),
        row("other", 66),
        row("boys", 71, year=2018),
        row("boys", 72, measure="ks2_reading_expected"),
        row("boys", 73, urn=100002, published_urn=100002),
    ]
    assert keep(rows) == [
        *name("ks2_rwm_expected", "all", "disadvantaged", "other"),
        *name("ks2_rwm_expected", "boys", year=2018),
        *name("ks2_reading_expected", "boys"),
        *name("ks2_rwm_expected", "boys"),  # the other school's
    ]


@pytest.mark.parametrize("gone", [2017, 2018, 2019])
def test_three_years_together_go_where_one_of_them_is_withheld(gone):
    years = [row("all", None if year == gone else 60, year) for year in (2017, 2018, 2019)]
    three = [row("all", 61, year, "ks2_rwm_expected_3yr") for year in (2016, 2019, 2022)]
    kept = keep([*years, *three])
    assert [(measure, year) for measure, _, year in kept if measure.endswith("3yr")] == [
        ("ks2_rwm_expected_3yr", 2016),
        ("ks2_rwm_expected_3yr", 2022),
    ]
    assert len(kept) == 4


def test_a_year_that_a_later_file_tells_is_not_withheld():
    rows = [
        row("all", None, 2018),
        row("all", 60, 2018, file="ks2_2019.csv"),
        row("all", 61, measure="ks2_rwm_expected_3yr"),
    ]
    assert ("ks2_rwm_expected_3yr", "all", 2019) in keep(rows)


def test_a_difference_from_england_goes_with_the_figure_it_is_made_of():
    rows = [
        row("all", 60),
        row("disadvantaged", 40),
        row("other", None),  # so disadvantaged pupils' figure goes, and with it
        row("disadvantaged", -25, measure="ks2_rwm_expected_difference"),
    ]
    assert keep(rows) == name("ks2_rwm_expected", "all")


def test_what_is_withheld_here_reads_like_what_the_publisher_withheld_and_the_file_is_told():
    found, notes = withhold([row("all", 60), row("girls", None), row("boys", 70, lower=60, upper=80)])
    boys = found[found["group"] == "boys"].iloc[0]
    assert (boys["availability"], boys["word"], boys["cohort"]) == (SUPPRESSED, "", 20)
    assert boys[["value", "lower", "upper"]].isna().all()
    assert notes == {
        "ks2.csv": "1 figure is not kept, because with others a withheld figure could be worked out from it"
    }
    assert {name: str(kind) for name, kind in found.dtypes.items()} == OBSERVATIONS


def test_nothing_is_touched_where_nothing_is_withheld():
    rows = shape_frame(pd.DataFrame([row("all", 60), row("girls", 50), row("boys", 70)]), OBSERVATIONS)
    found, notes = withhold_with_others(rows)
    assert found is rows and notes == {}


CELLS = st.sampled_from(["there", "withheld", "none"])


@pytest.mark.slow
@settings(max_examples=count_examples(80))
@given(st.lists(CELLS, min_size=4, max_size=4), st.lists(CELLS, min_size=3, max_size=3))
def test_after_it_no_sum_of_what_is_kept_has_a_single_withheld_term(years, parts):
    """Each equation a publisher leaves: three years and their pool, all and its parts. None keeps but one unknown."""
    state = {"there": (50.0, {}), "withheld": (None, {}), "none": (None, {"availability": NONE})}
    rows = [
        row("all", state[cell][0], year, measure, **state[cell][1])
        for cell, year, measure in zip(years, (2017, 2018, 2019, 2019), ("m", "m", "m", "m_3yr"), strict=True)
    ]
    rows += [
        row(group, state[cell][0], 2018, "n", **state[cell][1])
        for cell, group in zip(parts, (PupilGroup.ALL, PupilGroup.GIRLS, PupilGroup.BOYS), strict=True)
    ]
    found, _ = withhold(rows)
    kept = {(one.measure, one.group, one.year) for one in found.itertuples() if one.value == one.value}
    was = {(one["measure"], str(one["group"]), one["year"]) for one in rows if one["availability"] == SUPPRESSED}
    equations = (
        [("m", "all", 2017), ("m", "all", 2018), ("m", "all", 2019), ("m_3yr", "all", 2019)],
        [("n", "all", 2018), ("n", "girls", 2018), ("n", "boys", 2018)],
    )
    for equation, unknown in itertools.product(equations, was):
        if unknown in equation and unknown[0] != "m_3yr":  # three published years may be added up
            others = [term for term in equation if term != unknown]
            assert not all(term in kept for term in others)
