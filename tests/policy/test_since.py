"""What has changed since last year's report, finding by finding."""

from __future__ import annotations

import json

from policy_schools import graded, school

from pipeline.policy.panel.since import find_changes, find_other_ground

A8, P8, ABSENCE = "Attainment 8", "Progress 8", "Persistent absence"


def keep(*ratings, inspected=(), **more):
    return json.dumps({"inspected": list(inspected), "ratings": ratings, **more})


def test_each_finding_is_new_gone_or_no_longer_judged():
    before = keep(
        ("england", A8, "gap"),
        ("england", ABSENCE, "in line"),
        ("england", P8, "strength"),
        ("england", "Phonics", "gap"),
    )
    assert find_changes(before, school("A8 strength, absence gap, P8 no clear difference")) == (
        f"now a gap beside England: {ABSENCE}",
        f"no longer a strength beside England: {P8}",
        f"no longer a gap beside England: {A8}",
        "a gap beside England then, not judged now: Phonics",
        f"now a strength beside England: {A8}",
    )


def test_of_a_lighter_category_what_is_for_the_better_is_told_first():
    before, now = keep(("england", A8, "gap"), ("england", P8, "strength")), school("A8 in line, P8 in line")
    better, worse = f"no longer a gap beside England: {A8}", f"no longer a strength beside England: {P8}"
    assert find_changes(before, now, lighter=True) == (better, worse)
    assert find_changes(before, now) == (worse, better)


def test_a_gap_that_has_begun_or_ceased_to_last_is_told_where_last_year_kept_it():
    gaps = (("england", A8, "gap"), ("england", P8, "gap"))
    now = school("A8 gap persistent, P8 gap")
    assert find_changes(keep(*gaps, lasting=[P8]), now) == (f"now lasting: {A8}", f"no longer lasting: {P8}")
    assert find_changes(keep(*gaps), now) == ()
    assert find_changes(keep(lasting=[]), now) == (f"now a gap beside England: {A8}; {P8}",)


def test_a_category_of_other_rules_or_not_of_the_figures_is_said_to_be_one():
    kept = keep(policy="county", indicated="secure")
    assert find_other_ground(kept, "county", "secure") == ()
    assert find_other_ground(kept, "trust", "focus") == (
        "judged by other rules last year",
        "last year's category was not the one that the figures gave",
    )
    assert find_other_ground(keep(), "county", "focus") == ()


def test_in_line_and_no_clear_difference_are_no_findings():
    before = keep(("england", A8, "in line"), ("similar schools", A8, "no clear difference"))
    assert find_changes(before, school("A8 no clear difference", similar="A8 in line")) == ()


def test_one_comparator_is_not_taken_for_another():
    before = keep(("similar schools", A8, "gap"))
    assert find_changes(before, school("A8 gap", similar="A8 gap")) == (f"now a gap beside England: {A8}",)


def test_an_inspection_that_last_years_report_did_not_know_is_named():
    inspected = school("A8 in line", inspection=graded(overall="Good"))
    assert find_changes(keep(inspected=["2015-01-01"]), inspected) == (
        "new to the report: graded inspection of 12 March 2019",
    )
    assert find_changes(keep(inspected=["2019-03-12"]), inspected) == ()


def test_of_many_four_are_named():
    changes = find_changes(keep(), school(others="7 gaps"))
    assert changes == ("now a gap beside England: Figure 1; Figure 2; Figure 3; Figure 4; 3 more measures",)
