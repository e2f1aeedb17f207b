"""The department's three-year figures beside ours: what counts as the same, and which reasons are named."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.analysis.reproduce import reproduce_three_years
from pipeline.sources.frames import LINKS, shape_frame

from .slices import URN, observe, row

YEARS = (2017, 2018, 2019)
SHARE, HIGHER, READING = "ks2_rwm_expected", "ks2_rwm_higher", "ks2_reading_score"


def reproduce(*rows, links=None):
    """The share's account and the pupils', and that of reading scores."""
    share, pupils, _, reading, _ = reproduce_three_years(observe(list(rows)), 2019, links)
    return share, pupils, reading


def list_years(values, cohort=12, measure=SHARE, **more):
    return [row(measure, year, value, cohort, **more) for year, value in zip(YEARS, values, strict=True)]


@pytest.mark.parametrize(("printed", "is_like"), [(57.0, False), (58.0, True), (59.0, False)])
def test_a_share_is_the_same_where_whole_pupils_give_the_printed_per_cent(printed, is_like):
    share, pupils, _ = reproduce(*list_years([58, 58, 58]), row(f"{SHARE}_3yr", 2019, printed, 36))
    assert (share.compared, share.reproduced, len(share.unlike)) == (1, int(is_like), int(not is_like))
    assert pupils.reproduced == 1
    assert is_like or share.unlike == (f"URN {URN}: published {printed:g}, found 58.33",)


def test_halves_of_the_department_are_rounded_up():
    whole = [row(SHARE, 2017, 50, 80), row(SHARE, 2018, 50, 80), row(SHARE, 2019, 53, 40)]
    share, *_ = reproduce(*whole, row(f"{SHARE}_3yr", 2019, 51.0, 200))
    assert share.reproduced == 1  # 101 of 200 are 50.5


def test_a_withheld_year_is_named_and_never_worked_out():
    share, pupils, _ = reproduce(
        *list_years([58, None, 58]), row("ks2_eligible_pupils", 2018, 5), row(f"{SHARE}_3yr", 2019, 50.0, 29)
    )
    said = f"URN {URN}: the department adds in 2017/18, whose own figure is withheld"
    assert (share.explained, pupils.explained, share.unlike, pupils.unlike) == ((said,), (said,), (), ())


def test_a_withheld_year_explains_no_other_difference_in_pupils():
    _, pupils, _ = reproduce(
        *list_years([58, None, 58]), row("ks2_eligible_pupils", 2018, 5), row(f"{SHARE}_3yr", 2019, 50.0, 40)
    )
    assert pupils.unlike and not pupils.explained


def test_a_year_that_no_file_tells_of_is_a_mergers_where_links_say_so():
    rows = [row(SHARE, 2018, 58, 12), row(SHARE, 2019, 58, 12), row(f"{SHARE}_3yr", 2019, 50.0, 60)]
    share, *_ = reproduce(*rows)
    assert share.explained[0].endswith("2016/17, of which no file tells a figure of its own")
    links = pd.DataFrame([{"urn": URN, "predecessor": 100000 + n, "kind": "merger", "chained": False} for n in (5, 6)])
    share, *_ = reproduce(*rows, links=shape_frame(links, LINKS))
    assert share.explained[0].endswith("(a merger or split)")


def test_a_year_whose_other_shares_are_of_one_pupil_fewer_explains_one_pupil():
    """38% is no share of 54 pupils; of 53 it is 20."""
    rows = [row(SHARE, 2017, 32, 50), row(SHARE, 2018, 39, 76), row(SHARE, 2019, 23, 70)]
    printed = row(f"{SHARE}_3yr", 2019, 31.0, 196)
    share, *_ = reproduce(*rows, printed)
    assert share.unlike == (f"URN {URN}: published 31, found 31.63",)
    share, *_ = reproduce(*rows, row(SHARE, 2018, 38, 54, group="disadvantaged"), printed)
    assert share.unlike == ()
    assert share.explained == (
        f"URN {URN}: published 31, found 31.63: by its other shares, 2017/18 is of 1 pupil fewer than counted",
    )


@pytest.mark.parametrize(("printed", "is_like"), [(102.0, False), (103.0, True), (104.0, True), (106.0, False)])
def test_a_score_is_the_same_within_the_rounding_of_its_years_and_its_own(printed, is_like):
    rows = list_years([104, 104, 103], measure=READING, unit="scaled score")
    _, _, reading = reproduce(*rows, row(f"{READING}_3yr", 2019, printed, 36, unit="scaled score"))
    assert bool(reading.reproduced) is is_like


def test_years_far_apart_may_weigh_by_pupils_with_a_score():
    rows = [
        row(READING, year, value, 20, unit="scaled score") for year, value in zip(YEARS, (90, 90, 110), strict=True)
    ]
    _, _, reading = reproduce(*rows, row(f"{READING}_3yr", 2019, 98.0, 60, unit="scaled score"))
    assert reading.unlike == () and "pupils with a score" in reading.explained[0]
    _, _, reading = reproduce(*rows, row(f"{READING}_3yr", 2019, 101.0, 60, unit="scaled score"))
    assert reading.explained == () and reading.unlike
