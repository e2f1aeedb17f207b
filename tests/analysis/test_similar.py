"""Similar schools: who they are, how far, why some have none, and what they did together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import hypergeom, norm, t

from pipeline.analysis.country.context_variables import ALL_ALIKE, CONTEXT_OF_SCHOOLS, VARIABLES, lay_out_context
from pipeline.analysis.country.similar import LEAST, MOST, average_similar, describe_similar, find_similar, link_similar
from pipeline.analysis.country.spread import load_year_variation
from pipeline.analysis.grids.comparators import SIMILAR_SCHOOLS
from pipeline.analysis.grids.grid import Grid
from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.school import analyse_school
from pipeline.analysis.statistics.intervals import Z
from pipeline.sources.frames import SCHOOLS, SIMILAR, SIMILAR_FIGURES, SIMILAR_NOTES, StudySlice, shape_frame
from tests.conftest import count_examples

from .slices import URN, indicator, make_slice, observe, row

KEYS = [variable.key for variable in VARIABLES]
#: How many times chance years vary where no file shows it.
SHARES_VARY, PROGRESS_VARIES = load_year_variation().percent.drift, load_year_variation().published_interval.drift
RWM = indicator("ks2_rwm_expected")
PROGRESS = indicator("ks2_maths_progress")
SCORE = indicator("ks2_reading_score")
ABSENCE = indicator("absence_persistent")


def describe(values: np.ndarray, **about) -> pd.DataFrame:
    """Schools from URN 1 with the six variables given, as a context frame; all primary unless told otherwise."""
    context = pd.DataFrame(
        {
            "urn": np.arange(1, len(values) + 1),
            "name": [f"School {number}" for number in range(1, len(values) + 1)],
            "la_name": "Westshire",
            "telephone": "01632960001",
            "phase": "primary",
            "kind": "",
            "apart": "",
            "key_stage_2_years": 7,
            "key_stage_4_years": 0,
            "has_figures": True,
            **about,
        }
    ).astype(CONTEXT_OF_SCHOOLS)
    for place, variable in enumerate(VARIABLES):
        context[variable.key] = values[:, place]
        context[f"{variable.key} title"] = variable.title
        context[f"{variable.key} lacks"] = "withheld"
    return context


def draw(schools: int, seed: int = 1, missing: float = 0.0) -> np.ndarray:
    """Context as schools have it: skewed shares, related to one another."""
    rng = np.random.default_rng(seed)
    poverty = rng.gamma(2, 1, schools)
    values = np.column_stack(
        [
            16 - poverty + rng.normal(0, 1, schools),
            np.clip(10 * poverty, 0, 100),
            np.clip(rng.gamma(0.7, 20, schools), 0, 100),
            np.clip(rng.normal(12, 5, schools), 0, 100),
            np.clip(rng.gamma(1.5, 1, schools), 0, 100),
            rng.lognormal(5.5, 0.6, schools),
        ]
    ).round(1)
    values[rng.random(values.shape) < missing] = np.nan
    return values


def lay_out_one(indicators, value, pupils, lower=np.nan, upper=np.nan, year=2019) -> Grid:
    """A grid from (schools, indicators, 3) values; every figure of the given number of pupils."""
    value = np.asarray(value, dtype=float)
    parts = [np.broadcast_to(np.asarray(part, dtype=float), value.shape).copy() for part in (pupils, 0, lower, upper)]
    return Grid(tuple(indicators), year, value, *parts, np.ones(len(indicators)))


def of(frame: pd.DataFrame, urn: int) -> pd.DataFrame:
    return frame[frame["urn"] == urn]


# The search


@pytest.mark.slow
def test_five_schools_a_reader_can_check_by_hand():
    """Only free school meals differ between schools 1 to 5; the other variables come in two mirrored halves."""
    meals = [10, 20, 30, 40, 50, 10, 20, 30, 40, 50]
    other = [0.0] * 5 + [2.0] * 5
    values = np.column_stack([[np.nan] * 10, meals, other, other, [np.nan] * 10, [np.nan] * 10])
    found = find_similar(describe(values), least=2, most=4)
    similar, notes = found.similar, found.notes
    # free school meals: mean 30, standard deviation √200 = 14.142; 10 points are 0.7071 deviations and, over the
    # three variables used, √(0.5 / 3) = 0.4082 away. The other half lies 2 deviations off in two variables: √(8/3).
    first = of(similar, 1)
    assert first["similar"].tolist() == [2, 3, 4, 5]
    assert first["distance"].tolist() == pytest.approx([0.408248, 0.816497, 1.224745, 1.632993], abs=1e-6)
    assert first["rank"].tolist() == [1, 2, 3, 4]
    third = of(similar, 3)
    assert third["similar"].tolist() == [2, 4, 1, 5]  # equally far: the lower URN first
    note = of(notes, 1).iloc[0]
    assert (note["schools"], note["candidates"], note["reason"]) == (4, 9, "")
    assert note["used"] == (
        "Eligible for free school meals in six years; English as an additional language; "
        "Special educational needs support"
    )
    assert note["missing"] == (
        "Prior attainment (withheld); Education, health and care plan (withheld); Pupils on roll (withheld)"
    )


def test_frames_have_the_promised_columns():
    found = find_similar(describe(draw(60)))
    for frame, columns in ((found.similar, SIMILAR), (found.notes, SIMILAR_NOTES)):
        assert list(frame.columns) == list(columns)
        assert all(frame[name].dtype == kind for name, kind in columns.items())


def find_by_brute_force(context: pd.DataFrame, most: int) -> dict[int, list[tuple[int, float]]]:
    """The same search, a school at a time over all distances."""
    values = context[KEYS].to_numpy().copy()
    values[:, -1] = np.log(values[:, -1])
    found = {}
    for phase in context["phase"].unique():
        pool = np.flatnonzero(((context["phase"] == phase) & (context["apart"] == "")).to_numpy())
        if not len(pool):
            continue
        known = np.ma.masked_invalid(values[pool])
        standard = ((known - known.mean(axis=0)) / known.std(axis=0)).filled(np.nan)
        years = context.loc[pool, ["key_stage_2_years", "key_stage_4_years"]].to_numpy()
        urns, figures = context.loc[pool, "urn"].to_numpy(), context.loc[pool, "has_figures"].to_numpy()
        for place in range(len(pool)):
            used = np.isfinite(standard[place])
            may = np.isfinite(standard[:, used]).all(axis=1) & figures
            may &= ((years & years[place]) == years[place]).all(axis=1)
            may[place] = False
            near = []
            if used.sum() >= 3 and may.any():
                distance = cdist(standard[place : place + 1, used], standard[may][:, used])[0] / np.sqrt(used.sum())
                pairs = zip(distance, urns[may], strict=True)
                near = sorted((round(far, 9), urn) for far, urn in pairs)
            found[int(urns[place])] = [(int(other), far) for far, other in near[:most]]
    return found


@pytest.mark.slow
@settings(max_examples=count_examples(6))
@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.15, 0.5]), most=st.sampled_from([5, 50]))
def test_the_search_finds_what_all_distances_show(seed, missing, most):
    rng = np.random.default_rng(seed)
    schools = 60
    context = describe(
        draw(schools, seed, missing),
        phase=rng.choice(["primary", "junior"], schools, p=[0.8, 0.2]),
        apart=rng.choice(["", "it is closed"], schools, p=[0.95, 0.05]),
        key_stage_2_years=rng.choice([7, 6, 3, 0], schools, p=[0.7, 0.1, 0.1, 0.1]),
        has_figures=rng.random(schools) < 0.9,
    )
    found = find_similar(context, most=most, least=3)
    similar, notes = found.similar, found.notes
    expected = find_by_brute_force(context, most)
    phases = context.set_index("urn")["phase"]
    assert notes["urn"].tolist() == context["urn"].tolist()
    for urn, note in zip(notes["urn"], notes.itertuples(), strict=True):
        near = expected.get(urn, [])
        rows = of(similar, urn)
        assert note.schools == len(near)
        assert bool(note.reason) == (len(near) < 3) and rows.empty == bool(note.reason)
        if not rows.empty:
            assert rows["similar"].tolist() == [other for other, _ in near]
            assert rows["distance"].tolist() == pytest.approx([far for _, far in near], abs=1e-8)
            assert rows["rank"].tolist() == list(range(1, len(near) + 1))
            assert urn not in set(rows["similar"]) and set(phases[rows["similar"]]) == {phases[urn]}


@pytest.mark.slow
def test_the_order_of_schools_changes_nothing():
    context = describe(draw(120, missing=0.1))
    shuffled = context.sample(frac=1, random_state=3).reset_index(drop=True)
    before, after = find_similar(context), find_similar(shuffled)
    for one, other in ((before.similar, after.similar), (before.notes, after.notes)):
        pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))


@pytest.mark.slow
def test_many_schools_exactly_alike_are_taken_in_the_order_of_urns():
    """Seventy schools with the very same pupils: the fifty with the lowest URNs, whatever the search tree holds."""
    values = draw(100)
    values[:70] = values[0]
    similar = find_similar(describe(values)).similar
    assert of(similar, 70)["similar"].tolist() == list(range(1, 51))
    assert of(similar, 5)["similar"].tolist() == [1, 2, 3, 4, *range(6, 52)]
    assert len(of(similar, 5)) == MOST and (of(similar, 5)["distance"] == 0).all()


def test_too_few_schools_is_said_with_the_number():
    note = of(find_similar(describe(draw(8))).notes, 1).iloc[0]
    assert note["reason"] == (
        "Not compared with similar schools: 7 other primary schools with figures of the same years are in the files "
        "given; at least 10 are needed."
    )
    assert note["schools"] < LEAST


def test_a_school_unlike_all_others_is_compared_with_the_nearest_and_they_say_how_far():
    values = draw(60)
    values[0, 1:5] = [95, 90, 60, 40]
    found = find_similar(describe(values))
    assert len(of(found.similar, 1)) == MOST
    assert of(found.similar, 1)["distance"].min() > 2


def test_two_variables_are_not_enough():
    values = draw(60)
    values[0, 2:] = np.nan
    found = find_similar(describe(values))
    assert of(found.similar, 1).empty
    assert "2 facts known of its pupils; at least 3 are needed" in of(found.notes, 1).iloc[0]["reason"]


def test_a_school_without_results_is_chosen_for_none_that_has_some():
    has_results = np.arange(80) % 2 == 0
    similar = find_similar(describe(draw(80), key_stage_2_years=np.where(has_results, 7, 0))).similar
    with_results = set(np.arange(1, 81)[has_results])
    for urn in (1, 41):
        assert set(of(similar, urn)["similar"]) <= with_results
    assert len(set(of(similar, 2)["similar"]) - with_results)


def test_schools_are_compared_with_those_that_have_figures_of_the_same_years():
    """An authority's own files of three years beside the country's of the last: its schools stand beside each other."""
    own = np.arange(80) < 30
    similar = find_similar(describe(draw(80), key_stage_2_years=np.where(own, 7, 1))).similar
    assert set(of(similar, 1)["similar"]) == set(range(2, 31))
    assert set(of(similar, 80)["similar"]) - set(range(1, 31))


@pytest.mark.kernel
def test_a_whole_country_at_once():
    context = describe(draw(17_000, missing=0.02))
    found = find_similar(context)
    similar, notes = found.similar, found.notes
    assert len(notes) == 17_000 and (notes["schools"] >= LEAST).mean() > 0.95
    assert similar.groupby("urn").size().max() == MOST
    assert (similar["urn"] != similar["similar"]).all()


# Context from observations


def list_schools(**about) -> pd.DataFrame:
    rows = {
        "urn": [1, 2, 3, 4],
        "name": "A",
        "la_name": "W",
        "phase": "primary",
        "state_funded": True,
        "status": "open",
    }
    return shape_frame(pd.DataFrame({**rows, **about}), SCHOOLS)


def lay_out(schools: pd.DataFrame, rows: list[dict]) -> pd.DataFrame:
    grid = lay_out_one([RWM], np.full((len(schools), 1, 3), 60.0), 30)
    return lay_out_context(schools, observe(rows), grid)


def tell(urn: int, measure: str, year: int, value: float | None, **more) -> dict:
    return row(measure, year, value, urn=urn, **{"published_urn": urn, **more})


@pytest.mark.slow
def test_the_census_comes_before_year_6_where_it_covers_as_many_schools():
    rows = [tell(urn, "fsm6_percent", 2018, 10 + urn) for urn in (1, 2, 3, 4)]
    rows += [tell(urn, "ks2_disadvantaged_percent", 2019, 20 + urn) for urn in (1, 2, 3, 4)]
    context = lay_out(list_schools(), rows)
    assert context["fsm6"].tolist() == [11, 12, 13, 14]
    assert context["fsm6 title"].unique().tolist() == ["Eligible for free school meals in six years, 2017/18"]
    few = [one for one in rows if one["measure"] != "fsm6_percent" or one["urn"] == 1]
    assert lay_out(list_schools(), few)["fsm6"].tolist() == [21, 22, 23, 24]


@pytest.mark.slow
def test_the_latest_year_that_covers_the_schools_is_taken_and_none_older_than_three_years():
    rows = [tell(urn, "eal_percent", year, year - 2000 + urn) for urn in (1, 2, 3, 4) for year in (2016, 2017, 2018)]
    rows.append(tell(1, "eal_percent", 2019, 99))
    context = lay_out(list_schools(), rows)
    assert context["eal"].tolist() == [19, 20, 21, 22]
    old = lay_out(list_schools(), [one for one in rows if one["year"] == 2016])
    assert old["eal"].isna().all() and set(old["eal lacks"]) == {"no file given holds it"}


@pytest.mark.slow
def test_a_withheld_figure_stays_withheld_and_says_so():
    rows = [tell(urn, "fsm6_percent", 2019, None if urn == 2 else 10 + urn) for urn in (1, 2, 3)]
    context = lay_out(list_schools(), rows)
    assert np.isnan(context.loc[1, "fsm6"])
    assert context.loc[1, "fsm6 lacks"] == "withheld by the publisher because so few pupils are covered"
    assert context.loc[3, "fsm6 lacks"] == "not given for this school"


@pytest.mark.slow
def test_a_predecessors_context_stands_only_where_the_school_has_none():
    rows = [tell(1, "roll", 2019, 90, published_urn=9), tell(1, "roll", 2019, 120)]
    rows += [tell(2, "roll", 2019, 80, published_urn=8), tell(3, "roll", 2019, 200)]
    assert lay_out(list_schools(), rows)["roll"].tolist()[:3] == [120, 80, 200]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"phase": "special"}, "special schools"),
        ({"phase": "alternative provision"}, "alternative provision"),
        ({"phase": "nursery"}, "nursery"),
        ({"phase": "16 plus"}, "over sixteen"),
        ({"phase": "independent"}, "independent"),
        ({"phase": "unknown"}, "what phase"),
        ({"state_funded": False}, "state-funded"),
        ({"status": "closed"}, "closed"),
    ],
)
def test_schools_that_are_compared_with_none(about, reason):
    context = lay_out(list_schools(**about), [])
    assert all(reason in why for why in context["apart"])
    notes = find_similar(context).notes
    assert all(reason in why for why in notes["reason"])


@pytest.mark.slow
def test_a_tiny_school_is_of_a_kind_of_its_own():
    rows = [tell(urn, "roll", 2019, value) for urn, value in ((1, 49), (2, 50), (3, 200), (4, 300))]
    context = lay_out(list_schools(), rows)
    assert context["kind"].tolist() == ["with fewer than 50 pupils", "", "", ""]
    assert (context["apart"] == "").all()


@pytest.mark.slow
@pytest.mark.parametrize("tiny", [11, 10])
def test_tiny_schools_are_compared_among_themselves_or_with_nobody(tiny):
    kind = [*["with fewer than 50 pupils"] * tiny, *[""] * 30]
    found = find_similar(describe(draw(len(kind)), kind=kind))
    notes, similar = found.notes.set_index("urn"), found.similar
    assert notes["kind"].tolist() == kind
    assert set(similar.query("urn > @tiny")["similar"]) == set(range(tiny + 1, len(kind) + 1))
    its_own = similar.query("urn <= @tiny")
    if tiny > LEAST:
        assert set(its_own["similar"]) == set(range(1, tiny + 1)) and (notes["reason"] == "").all()
        return
    assert its_own.empty
    assert notes["reason"][1] == (
        "Not compared with similar schools: 9 other primary schools with fewer than 50 pupils and figures of the same "
        "years are in the files given; at least 10 are needed."
    )


# What similar schools did together


def likeness(pairs: dict[int, list[int]]) -> pd.DataFrame:
    rows = [{"urn": urn, "similar": other, "rank": 1} for urn, others in pairs.items() for other in others]
    return shape_frame(pd.DataFrame(rows), SIMILAR)


def test_averages_by_hand():
    """Three similar schools: 50% of 20 pupils, 60% of 40 and a year that is not published; the school itself is out."""
    value = np.full((4, 2, 3), np.nan)
    value[:, 0] = [[10, 10, 10], [50, 50, 50], [60, 60, 60], [np.nan, 90, np.nan]]
    value[:, 1, 2] = [9, 1.0, -2.0, 3.0]
    pupils = np.broadcast_to(np.array([100.0, 20, 40, 30])[:, None, None], value.shape)
    lower, upper = value - 1.96, value + 1.96
    grid = lay_out_one([RWM, PROGRESS], value, pupils, lower, upper)
    figures = average_similar(grid, [1, 2, 3, 4], link_similar([1, 2, 3, 4], likeness({1: [2, 3, 4]})), least=2)
    assert list(figures.columns) == list(SIMILAR_FIGURES)
    rwm = figures[figures["measure"] == "ks2_rwm_expected"].set_index("year")
    assert rwm.loc[2019, "value"] == pytest.approx((50 * 20 + 60 * 40) / 60)
    assert rwm.loc[2018, "value"] == pytest.approx((50 * 20 + 60 * 40 + 90 * 30) / 90)
    assert rwm["schools"].tolist() == [2, 3, 2] and rwm["pupils"].tolist() == [60, 90, 60]
    assert rwm["error"].isna().all()
    (progress,) = figures[figures["measure"] == "ks2_maths_progress"].itertuples()
    assert progress.value == pytest.approx((1 * 20 - 2 * 40 + 3 * 30) / 90)
    assert progress.error == pytest.approx(np.sqrt(20**2 + 40**2 + 30**2) / 90, rel=1e-3)
    linked = link_similar([1, 2, 3, 4], likeness({1: [2, 3, 4]}))
    assert average_similar(grid, [1, 2, 3, 4], linked).empty  # ten are needed


def test_progress_of_which_no_file_counts_the_pupils_weighs_by_its_precision():
    """Progress of 2 with a standard error of 1, and of 5 with one of 2: (2 × 1 + 5 × ¼) ÷ 1¼, and 1/√1¼."""
    value = np.array([0, 2, 5.0])[:, None, None] * np.ones((3, 1, 3))
    half = 1.959963984540054 * np.array([1, 1, 2.0])[:, None, None]
    grid = lay_out_one([PROGRESS], value, np.nan, value - half, value + half)
    found = average_similar(grid, [1, 2, 3], link_similar([1, 2, 3], likeness({1: [2, 3]})), least=2).iloc[-1]
    assert (found["value"], found["error"]) == pytest.approx((2.6, 0.8**0.5))
    assert (found["schools"], found["pupils"]) == (2, 0)


def test_a_figure_that_cannot_be_is_left_out():
    grid = lay_out_one([RWM], np.array([50, 60, 140.0])[:, None, None] * np.ones((3, 1, 3)), 30)
    figures = average_similar(grid, [1, 2, 3], link_similar([1, 2, 3], likeness({1: [2, 3]})), least=1)
    assert (figures["value"] == 60).all() and (figures["schools"] == 1).all()


def study(figures: list[dict], reason: str = "") -> StudySlice:
    return StudySlice(
        similar=likeness({1: [2, 3]}),
        notes=shape_frame(
            pd.DataFrame([{"urn": 1, "schools": 2, "candidates": 7, "used": "A; B", "reason": reason}]), SIMILAR_NOTES
        ),
        figures=shape_frame(pd.DataFrame(figures, columns=list(SIMILAR_FIGURES)), SIMILAR_FIGURES),
    )


def figure(measure, year, value, pupils, error=np.nan, group="all") -> dict:
    named = {"urn": 1, "measure": measure, "group": group, "year": year}
    return {**named, "value": value, "schools": 12, "pupils": pupils, "error": error}


def compare(own: list[dict], figures: list[dict], key="ks2_rwm_expected", reason: str = ""):
    """How a school with those figures stands beside its similar schools."""
    slice = replace(make_slice(own), study=study([{**one, "urn": URN} for one in figures], reason))
    found = {one.indicator: one for one in analyse_school(slice, load_indicators(), 2019).results}
    return found[key].against(SIMILAR_SCHOOLS)


def test_the_baseline_weighs_years_as_the_schools_own_pool_does():
    own = [row("ks2_rwm_expected", 2018, 50, 10), row("ks2_rwm_expected", 2019, 50, 30)]
    found = compare(own, [figure("ks2_rwm_expected", 2018, 60, 500), figure("ks2_rwm_expected", 2019, 70, 300)])
    assert found.baseline == pytest.approx((60 * 10 + 70 * 30) / 40)
    together = 2 * hypergeom.cdf(19, 840, 20 + 540, 40) + hypergeom.pmf(20, 840, 20 + 540, 40)  # 67.5% of 800 pupils
    assert found.p_value == pytest.approx(2 * norm.sf(norm.isf(together / 2) / SHARES_VARY**0.5), rel=1e-9)


def test_a_year_without_similar_figures_is_named():
    own = [row("ks2_rwm_expected", 2018, 50, 10), row("ks2_rwm_expected", 2019, 50, 30)]
    found = compare(own, [figure("ks2_rwm_expected", 2019, 70, 300)])
    assert found.baseline is None
    assert found.reason == "Not rated: fewer than 10 similar schools have a figure in 2017/18."


def test_disadvantaged_pupils_stand_beside_disadvantaged_pupils():
    own = [row("ks2_rwm_expected", 2019, 50, 12, group="disadvantaged")]
    figures = [
        figure("ks2_rwm_expected", 2019, 70, 300),
        figure("ks2_rwm_expected", 2019, 45, 60, group="disadvantaged"),
    ]
    assert compare(own, figures, "ks2_rwm_expected_disadvantaged").baseline == 45


@pytest.mark.slow
def test_pupils_counted_in_several_years_count_once_and_progress_keeps_its_error():
    own = [row("absence_persistent", year, 10, 200, step=0.1) for year in (2018, 2019)]
    figures = [figure("absence_persistent", 2018, 8, 4000), figure("absence_persistent", 2019, 8, 4200)]
    once = 2 * hypergeom.sf(20, 4300, 20 + 328, 200) + hypergeom.pmf(20, 4300, 20 + 328, 200)  # 8% of 4,100 pupils
    assert compare(own, figures, "absence_persistent").p_value == pytest.approx(once, rel=1e-9)  # drift is 1
    own = [row("ks2_maths_progress", 2019, 1.0, 30, lower=0.0, upper=2.0, step=0.0, unit="progress")]
    found = compare(own, [figure("ks2_maths_progress", 2019, 0.4, 900, 0.1)], "ks2_maths_progress")
    assert found.p_value == pytest.approx(2 * t.sf(0.6 / np.hypot(1 / Z, 0.1) / PROGRESS_VARIES**0.5, 20), rel=1e-9)


def test_without_similar_schools_the_note_says_why():
    own = [row("ks2_rwm_expected", year, 50, 30) for year in (2018, 2019)]
    assert compare(own, [], reason="Not compared with similar schools: it is closed.").reason.endswith("it is closed.")
    described = describe_similar(study([], reason="Because."))
    assert (described.reason, described.candidates, described.used) == ("Because.", 7, ("A", "B"))
    assert describe_similar(StudySlice()) is None


@pytest.mark.slow
def test_the_only_school_of_its_phase_says_so_and_not_that_little_is_known_of_it():
    values = draw(30)
    notes = find_similar(describe(values, phase=["all-through", *["primary"] * 29])).notes
    assert of(notes, 1).iloc[0]["reason"].startswith("Not compared with similar schools: no other all-through school")
    context = describe(values, phase=["all-through"] * 2 + ["primary"] * 28, has_figures=False)
    assert (
        "no other primary school with figures of the same years is in the files given"
        in of(find_similar(context).notes, 9).iloc[0]["reason"]
    )


@pytest.mark.slow
def test_of_schools_with_pupils_alike_in_everything_it_is_said_that_they_are():
    alike = {f"{one.key} lacks": ALL_ALIKE for one in VARIABLES}
    context = describe(np.full((12, len(VARIABLES)), 20.0)).assign(**alike)
    assert of(find_similar(context).notes, 1).iloc[0]["reason"] == (
        "Not compared with similar schools: the few primary schools in the files given have pupils too much alike to "
        "tell which are similar."
    )
