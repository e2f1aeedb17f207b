"""Every school of an area is due a report, or not due with a reason."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.edition.schools import AreaSchool, list_area_schools
from pipeline.foundation.errors import PipelineError
from pipeline.run.due.plan import choose_due
from pipeline.sources.frames import SCHOOLS, shape_frame


def test_where_no_school_is_due_the_message_says_why_of_each():
    schools = [AreaSchool(900000 + place, f"School {place}", "carried on as Oak (URN 900099)") for place in range(12)]
    with pytest.raises(PipelineError) as refused:
        choose_due(schools, (), "sample")
    said = refused.value.what.split("\n")
    assert said[1] == "  School 0 (URN 900000): carried on as Oak (URN 900099)"
    assert len(said) == 12 and said[-1] == "  and 2 more"


def list_schools(rows, measured, area=None, year=2019):
    frame = pd.DataFrame(
        [{"la": 850, "state_funded": True, "phase": "primary", "status": "open", **row} for row in rows]
    )
    return list_area_schools(
        shape_frame(frame, SCHOOLS), pd.Series(measured), area or {"authority": 850}, year, on="2019-11-01"
    )


CASES = [
    # what is known                                                   latest figure   not due because
    ({"name": "Oak"}, 2019, ""),
    ({"name": "Oak", "status": "new"}, None, ""),
    ({"name": "Oak", "status": "closed", "closed": "2019-08-31"}, 2019, "closed on 31 August 2019"),
    ({"name": "Oak", "status": "closed", "closed": "2019-11-01"}, 2019, "closed on 1 November 2019"),
    ({"name": "Oak", "status": "closed", "closed": "2019-11-02"}, 2019, ""),  # it is still there on the review's date
    ({"name": "Oak", "status": "closed", "closed": "2021-08-31"}, 2018, "its latest figure is for 2017/18"),
    ({"name": "Oak", "status": "closed"}, 2019, ""),
    ({"name": "Oak", "status": "closed"}, 2018, "closed"),
    ({"name": "Oak", "phase": "independent", "state_funded": False}, 2019, "an independent school, outside the review"),
    ({"name": "Oak", "phase": "nursery"}, 2019, "a nursery school: no published results"),
    ({"name": "Oak", "phase": "16 plus"}, None, "a 16 plus institution: no published key stage results"),
    (
        {"name": "Oak", "phase": "16 plus"},
        2019,
        "a college or centre for students over 16, outside the review: its results are not judged",
    ),
    ({"name": "Oak"}, None, "the files of this edition hold no figure for it"),
    ({"name": "Oak"}, 2018, "its latest figure is for 2017/18"),
    ({"name": ""}, 2019, "no results file and no school list names it: add a school list to the edition"),
    ({"name": "Oak", "opened": "2019-09-01"}, 2019, "opened on 1 September 2019, after the year under review"),
]


@pytest.mark.parametrize(("known", "latest", "reason"), CASES)
def test_due_or_the_reason_why_not(known, latest, reason):
    (school,) = list_schools([{"urn": 100001, **known}], {100001: latest} if latest else {})
    assert school.not_due == reason


def test_schools_are_sorted_by_name_and_other_areas_left_out():
    found = list_schools(
        [{"urn": 100003, "name": "beech"}, {"urn": 100001, "name": "Ash"}, {"urn": 100002, "name": "Cedar", "la": 851}],
        {100001: 2019, 100002: 2019, 100003: 2019},
    )
    assert [school.name for school in found] == ["Ash", "beech"]


def test_a_listed_school_that_no_file_names_is_not_lost():
    found = list_schools([{"urn": 100001, "name": "Ash"}], {100001: 2019}, {"schools": (100001, 100009)})
    assert [(school.urn, bool(school.not_due)) for school in found] == [(100001, False), (100009, True)]


def test_a_name_with_a_line_break_is_one_line():
    (school,) = list_schools([{"urn": 100001, "name": "Oak\nSchool"}], {100001: 2019})
    assert school.name == "Oak School"
