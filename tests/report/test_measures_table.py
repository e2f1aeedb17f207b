"""Every measure in one table: by subject, each figure drawn where it tells it, and a word only where it is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from example_school import (
    build_comparison,
    build_report,
    build_result,
    build_results,
    build_whole_report,
    build_year,
    read_rows,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.indicators.subjects import load_subjects
from pipeline.foundation.vocabulary import Rating
from pipeline.report.exhibits import Group, Remainder
from pipeline.report.plotted import Plotted
from pipeline.report.school import notebook
from pipeline.report.school.measures import find_axes, format_tick, tabulate_measures, title_measures
from pipeline.report.school.standing import tabulate_key_figures
from pipeline.report.sentences.standing_wording import TOGETHER
from tests.conftest import count_examples

UNCLEAR = "Not clear: too few pupils, or years too uneven, to tell."


def tabulate(*results, **other):
    return tabulate_measures(build_report(results), results, id="measures", caption="Every measure", **other)


def list_groups(table) -> list[str]:
    return [row[0].words for row in table.rows if isinstance(row[0], Group)]


def find_cells(table, name: str) -> tuple:
    return next(row for row in table.rows if str(row[0]).startswith(name))


def find_mark(table, name: str, kind: str):
    drawn = find_cells(table, name)[1]
    return next((mark for mark in drawn.marks if mark.kind == kind), None)


def stand(england, similar, **other):
    """A result with these ratings beside England's 64% and similar schools' 60%; "": not compared."""
    sides = (("england", england, 64.0), ("similar schools", similar, 60.0))
    return build_result(
        comparisons=tuple(
            build_comparison(Rating(rating), baseline, 52.3 - baseline, pupils=-14, comparator=name)
            for name, rating, baseline in sides
            if rating
        ),
        **other,
    )


@pytest.mark.slow
def test_every_measure_has_its_figure_its_range_england_similar_schools_and_what_was_found():
    table = notebook.show_measures(build_whole_report())
    assert [column.heading for column in table.columns] == [
        *("Measure", "School, England |, similar ◇", "School (range)", "England", "Similar"),
        "Pupils a year",
    ]
    assert read_rows(table) == [
        ["Subjects together"],
        ["Reading, writing and maths expected*", "52% (45 to 59)", "64% gap", "55% not clear", "7 fewer"],
        ["Reading"],
        ["Expected", "68% (61 to 75)", "74% not clear", "58% strength", "–"],
        ["Score", "102.1 (100.2 to 104.0)", "104.0 not clear", "102.4 not clear", "–"],
        ["Writing"],
        ["Progress† (a)", "+2.4 (+1.3 to +3.5)", "0.0 strength", "+0.1 strength", "–"],
        ["Maths"],
        ["Expected", "77% (71 to 83)", "76% in line", "70% not clear‡", "–"],
        ["Attendance"],
        ["Persistent absence* (b)", "14.2% (11.1 to 17.3)", "8.2% gap", "9.1% gap", "5 more"],
        ["Scale", "0%  50%  100%", "Per cent of pupils"],
        ["Scale", "100  102  104", "Scaled score (100 is the standard)"],
        ["Scale", "−2.5  0  +2.5", "Progress (0 is the national average)"],
        ["Scale", "0%  10%", "Per cent absent (lower is better)"],
    ]
    assert table.note == (
        f"(a) 2018/19. (b) 2017/18 and 2018/19. In line: shown to be about the same. {UNCLEAR} * A key priority. † "
        "From one year: provisional. ‡ The range leaves this figure out. Among so many comparisons that can be chance. "
        "For persistent absence, lower is better."
    )


def test_rows_stand_by_subject_and_key_priorities_come_first_in_each():
    key = {"key_priority": True}
    table = tabulate(
        build_result("absence_overall", "Overall absence", theme="attendance"),
        build_result("ks2_maths_score", "Maths, average score", 102.0, unit="scaled score"),
        build_result("ks2_maths_expected", "Maths, expected standard", **key),
        build_result("ks2_reading_expected", "Reading, expected standard"),
        build_result("ks2_rwm_higher", "Higher standard in all three"),
        build_result("ks2_rwm_expected", "Reading, writing and maths", **key),
    )
    assert [row[0] for row in read_rows(table) if not row[0].startswith("Scale")] == [
        *("Subjects together", "Reading, writing and maths*", "Higher standard in all three"),
        *("Reading", "Expected standard", "Maths", "Expected standard*", "Average score"),
        *("Attendance", "Overall absence"),
    ]


EVERY = tuple(build_result(one.key, one.short_title, theme=one.theme, unit=one.unit) for one in load_indicators())


@pytest.mark.slow
@settings(max_examples=count_examples(20))
@given(st.randoms(use_true_random=False))
def test_whatever_the_order_each_subject_has_one_heading_and_its_rows_below_it(chance):
    results = chance.sample(EVERY, len(EVERY))
    table = tabulate(*results)
    groups = list_groups(table)
    assert groups[0] == TOGETHER and len(groups) == len(set(groups))
    subjects = [one.title for one in load_subjects().values()]
    taught = [name for name in groups if name in subjects]
    assert taught == [name for name in subjects if name in groups] == groups[1 : 1 + len(taught)]
    assert sum(len(row) > 3 for row in table.rows) == len(results)


def test_a_unit_has_one_axis_at_the_tables_foot_and_every_row_of_it_its_ticks():
    table = notebook.show_measures(build_whole_report())
    axes = [row for row in table.rows if isinstance(row[-1], Remainder)]
    assert axes == list(table.rows[-4:])  # of percentages, scaled scores, progress and absence
    of_percent = [find_cells(table, name)[1] for name in ("Reading, writing", "Expected")]
    assert [cell.ticks for cell in of_percent] == [axes[0][1].ticks] * 2
    assert all(cell.labels == () for cell in of_percent) and axes[0][1].marks == ()


def test_a_mark_lies_where_its_figure_is_on_its_axis():
    table = notebook.show_measures(build_whole_report())
    places = {mark.kind: (mark.at, mark.rating) for mark in find_cells(table, "Reading, writing")[1].marks}
    assert places == {
        "england": (pytest.approx(0.64), ""),
        "similar": (pytest.approx(0.55), ""),
        "school": (pytest.approx(0.523), "gap"),
    }
    assert find_cells(table, "Reading, writing")[1].span == pytest.approx((0.453, 0.593))


def build_points(key: str, short: str, value: float, england: float, half: float = 1.0, **other):
    return build_result(
        key, short, value, england, half=half, **{"unit": "points", "key_stage": "key stage 4", **other}
    )


def test_points_of_key_stage_4_are_drawn_as_grades_for_each_subject_slot():
    """Ten slots make Attainment 8's points: 45.2 against 46.2 is a tenth of a grade, whatever the points say."""
    eight = build_points("ks4_attainment8", "Attainment 8", 45.2, 46.2)
    english = build_points("ks4_attainment8_english", "Attainment 8, English", 9.0, 10.0, half=0.5)
    ebacc = build_points("ks4_ebacc_points", "EBacc average points", 3.8, 4.3, half=0.2)
    table = tabulate(eight, english, ebacc)
    (axis,) = find_axes((eight, english, ebacc)).values()
    grade = 1 / (axis.high - axis.low)
    apart = {
        name: (find_mark(table, name, "school").at - find_mark(table, name, "england").at) / grade
        for name in ("Attainment 8", "English", "EBacc")
        if any(str(row[0]).startswith(name) and len(row) > 3 for row in table.rows)
    }
    assert apart["Attainment 8"] == pytest.approx(-0.1)
    assert apart["EBacc"] == pytest.approx(-0.5)
    low, high = find_cells(table, "Attainment 8")[1].span
    assert (high - low) / grade == pytest.approx(0.2)
    assert read_rows(table)[1][1:3] == ["45.2 (44.2 to 46.2)", "46.2 gap"]  # in numbers: points as published
    assert table.rows[-1][-1] == Remainder("Grades a subject slot from England's")
    assert "Points of key stage 4 are drawn as grades for each subject slot that they add up." in table.note


def test_englands_figures_lie_on_one_line_where_points_of_different_sizes_share_an_axis():
    shown = (
        build_points("ks4_attainment8", "Attainment 8", 40.0, 46.2),
        build_points("ks4_attainment8_maths", "Attainment 8, maths", 12.0, 9.1),
        build_points("ks4_attainment8_open", "Attainment 8, open", 14.0, 14.4),
    )
    drawn = [row[1] for row in tabulate(*shown).rows if isinstance(row[1] if len(row) > 3 else "", Plotted)]
    assert [mark.at for cell in drawn for mark in cell.marks if mark.kind == "england"] == pytest.approx([0.5] * 3)


def test_where_nothing_adds_up_slots_nothing_is_said_of_them():
    assert "slot" not in tabulate(build_result()).note


@pytest.mark.parametrize(
    ("value", "pupils", "direction", "shown"),
    [
        (52.3, -20.0, "higher is better", "7 fewer"),  # of three years
        (75.0, 20.0, "higher is better", "7 more"),
        (75.0, 20.0, "lower is better", "7 more"),  # more pupils absent are more, though that is worse
        (63.9, -1.0, "higher is better", "–"),  # less than half a pupil a year
    ],
)
def test_a_difference_is_counted_in_whole_pupils_a_year_more_or_fewer(value, pupils, direction, shown):
    comparison = build_comparison(Rating.GAP, 64.0, value - 64, pupils=pupils)
    counted = build_result("counted", "Counted", comparisons=(build_comparison(Rating.GAP, 64.0, -12.0, pupils=-20.0),))
    table = tabulate(build_result(value=value, direction=direction, comparisons=(comparison,)), counted)
    assert read_rows(table)[1][-1] == shown


def test_a_year_between_is_said_to_be_left_out_where_its_file_has_no_numbers_of_pupils():
    years = tuple(build_year(year, 8.0, 8.2) for year in (2017, 2018, 2019))
    counted = replace(years[1], cohort=None)
    absence = {"years": (2017, 2019), "theme": "attendance", "direction": "lower is better"}
    left_out = build_result("absence_overall", "Overall absence", by_year=(years[0], counted, years[2]), **absence)
    said = "Left out of the years together, for want of numbers of pupils: 2017/18 of overall absence."
    assert said in tabulate(left_out).note
    missing = build_result("absence_overall", "Overall absence", by_year=(years[0], years[2]), **absence)
    assert "Left out" not in tabulate(missing).note  # no figure was published of the year


def test_only_a_finding_about_pupils_is_counted_in_pupils():
    unclear = build_result("ks2_reading_expected", "Reading", 60.0, rating=Rating.NO_CLEAR_DIFFERENCE)
    sessions = build_result("absence_overall", "Overall absence", 6.1, 4.7, theme="attendance")
    points = build_result("ks2_maths_score", "Maths", 100.0, 104.0, half=1.0, unit="scaled score")
    headings = [column.heading for column in tabulate(unclear, sessions, points).columns]
    assert "England" in headings and "Pupils a year" not in headings  # a column of nothing is none


def test_every_rated_figure_has_its_word_and_the_note_explains_those_that_are_no_finding():
    unclear = stand("no clear difference", "no clear difference", lower=40.0, upper=70.0)
    table = tabulate(unclear)
    assert read_rows(table)[1][2:4] == ["64% not clear", "60% not clear"]
    assert UNCLEAR in table.note and "In line:" not in table.note
    said = tabulate(stand("gap", "in line")).note
    assert "In line: shown to be about the same." in said and UNCLEAR not in said


@pytest.mark.parametrize(
    ("england", "similar", "cells"),
    [
        ("no clear difference", "in line", ["64% not clear‡", "60% in line‡"]),
        ("gap", "no clear difference", ["64% gap", "60% not clear‡"]),
        ("", "strength", ["–", "60% strength"]),
        ("in line", "gap", ["64% in line‡", "60% gap"]),
        ("not rated", "gap", ["64%", "60% gap"]),
    ],
)
def test_each_comparator_has_its_figure_its_word_and_a_sign_where_the_range_leaves_it_out(england, similar, cells):
    table = tabulate(stand(england, similar))
    assert read_rows(table)[1][2:4] == cells
    assert ("‡ The range leaves this figure out." in table.note) == ("‡" in "".join(cells))


def test_where_nobody_similar_was_found_there_is_no_column_and_no_mark_for_them():
    table = tabulate(build_result())
    assert [column.heading for column in table.columns][1:4] == [
        "School, England |",
        *("School (range)", "England"),
    ]
    assert find_mark(table, "Reading, writing", "similar") is None


def test_a_school_compared_with_nobody_has_no_table():
    withheld = build_results()[5]
    assert tabulate(withheld) is None and notebook.show_measures(build_report((withheld,))) is None
    assert notebook.list_exhibits(build_report((withheld,))) == ()


def test_years_that_most_measures_do_not_cover_have_a_letter():
    usual = (build_result("a", "One"), build_result("b", "Two"))
    report = build_report((*usual, build_result("c", "Three", years=(2017, 2019))))
    table = notebook.show_measures(report)
    assert table.caption == "Three gaps beside England, of 3 measures, 2016/17 to 2018/19"
    assert [row[0] for row in read_rows(table)][1:4] == ["One", "Two", "Three (a)"]
    assert table.note.startswith("(a) 2016/17 and 2018/19.")


def rate(*ratings):
    return tuple(build_result(f"r{n}", f"Measure {n}", rating=Rating(one)) for n, one in enumerate(ratings))


@pytest.mark.parametrize(
    ("ratings", "title"),
    [
        (["gap"], "One gap beside England, of 1 measure"),
        (["strength", "gap", "gap"], "One strength and two gaps beside England, of 3 measures"),
        (["strength", "in line"], "One strength beside England, of 2 measures"),
        (["gap"] * 12, "12 gaps beside England, of 12 measures"),
        (["in line", "no clear difference"], "Nothing stands clearly above or below England"),
    ],
)
def test_the_title_is_what_was_found(ratings, title):
    report = build_report(rate(*ratings))
    assert title_measures(report, report.analysis.results) == f"{title}, 2016/17 to 2018/19"


def test_the_title_of_a_school_that_only_similar_schools_can_be_set_beside_says_so():
    report = build_report((stand("", "gap"),))
    assert title_measures(report, report.analysis.results) == "Beside similar schools, 2016/17 to 2018/19"


@pytest.mark.parametrize(
    ("value", "unit", "by_difference", "words"),
    [
        (50.0, "percent", False, "50%"),
        (-2.5, "progress", False, "−2.5"),
        (2.5, "progress", False, "+2.5"),
        (0.0, "progress", False, "0"),
        (104.0, "scaled score", False, "104"),
        (0.5, "points", True, "+0.5"),
        (-10.0, "percent", True, "−10"),
    ],
)
def test_a_scale_is_signed_where_it_runs_on_both_sides(value, unit, by_difference, words):
    assert format_tick(value, unit, by_difference=by_difference) == words


number = st.floats(-50, 150)


@pytest.mark.slow
@settings(max_examples=count_examples(50))
@given(st.lists(st.tuples(number, number, st.floats(0, 80)), min_size=1, max_size=5))
def test_every_mark_of_a_table_lies_on_its_axis(figures):
    kinds = ("percent", "scaled score", "progress", "points")
    keys = ("ks2_rwm_expected", "ks2_reading_score", "ks2_maths_progress", "ks4_attainment8", "absence_overall")
    shown = [
        build_result(key, key, value, england, half=half, unit=kinds[place % 4])
        for place, (key, (value, england, half)) in enumerate(zip(keys, figures, strict=False))
    ]
    for row in tabulate(*shown).rows:
        for cell in row:
            if isinstance(cell, Plotted):
                assert all(0 <= at <= 1 for at in (*cell.ticks, *(cell.span or ()), *(mark.at for mark in cell.marks)))


def test_the_key_figures_of_the_first_page_are_the_key_priorities_alone():
    table = tabulate_key_figures(build_whole_report())
    assert read_rows(table) == [
        ["Reading, writing and maths expected", "52%", "64% gap"],
        ["Persistent absence", "14.2%", "8.2% gap"],
        ["Scale: per cent of pupils", "0%  50%  100%"],
        ["Scale: per cent absent (lower is better)", "0%  10%"],
    ]
    assert table.caption == "Key figures beside England, within 2016/17 to 2018/19"  # not all of three
    alike = [replace(one, years=(2018, 2019)) for one in build_results()]
    assert tabulate_key_figures(build_report(alike)).caption == "Key figures beside England, 2017/18 and 2018/19"
    assert find_mark(table, "Reading, writing", "similar") is None
    assert tabulate_key_figures(build_report(build_results()[1:5])) is None  # no key priority was rated


def test_the_first_page_explains_every_mark_that_it_shows():
    alone = build_result("x", "Reading", 58.0, 66.0, Rating.NO_CLEAR_DIFFERENCE, key_priority=True, years=(2019,))
    table = tabulate_key_figures(build_report((alone, *build_results()[:2])))
    assert read_rows(table)[0] == ["Reading†", "58%", "66% not clear‡"]
    assert table.note == (
        f"{UNCLEAR} † From one year: provisional. ‡ The range leaves this figure out. Among so many "
        "comparisons that can be chance."
    )
    assert "‡" not in tabulate_key_figures(build_whole_report()).note  # nothing is said of similar schools there


def test_a_figure_that_the_printed_range_holds_is_not_said_to_lie_outside_it():
    within = build_result("x", "Reading", 58.0, 66.4, Rating.NO_CLEAR_DIFFERENCE, key_priority=True)
    within = replace(within, lower=50.1, upper=66.3)  # printed 50 to 66, and 66
    assert "‡" not in tabulate(within).html()
    assert "‡" in tabulate(replace(within, upper=65.4)).html()


def test_a_name_from_a_file_stays_text():
    named = replace(build_results()[0], short_title='<b>x</b> & "y"')
    html = tabulate(named).html()
    assert "<b>" not in html and "&lt;b&gt;x&lt;/b&gt; &amp;" in html
