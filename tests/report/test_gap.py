"""The gap to close as a reader meets it: a table that draws each year, its title, and England's own beside it."""

from dataclasses import replace

import pytest
from example_school import build_comparison, build_report, build_result, build_whole_report, build_year, read_rows

from pipeline.analysis.results import Gap, GapYear, Trend
from pipeline.foundation.vocabulary import Rating
from pipeline.report.facts import build_school_facts
from pipeline.report.school import gap, notebook
from pipeline.report.sentences import gap_wording

OPENING = "Disadvantaged pupils, reading, writing, maths: 51% beside England's 49%, "


def build_gap(**other):
    """Disadvantaged pupils of three years, the second withheld."""
    years = (GapYear(2017, 67.0, -21.0), GapYear(2018, 70.0, None), GapYear(2019, 71.0, -16.0))
    found = Gap("other", 69.0, -18.0, -33.0, -4.0, years, Trend(2017, 2019, 5.0, -16.0, 27.0, "no clear change"))
    return build_result(
        **{
            "indicator": "ks2_rwm_expected_disadvantaged",
            "short": "Disadvantaged: reading, writing, maths",
            "value": 51.0,
            "group": "disadvantaged",
            "theme": "disadvantaged",
            "years": (2017, 2019),
            "cohort": 61.0,
            "comparisons": (build_comparison(Rating.NO_CLEAR_DIFFERENCE, 49.0, 2.0),),
            "by_year": (
                build_year(2017, 46.0, 48.0, predecessor=True),
                build_year(2018, None, 50.0, availability="suppressed", word="SUPP"),
                build_year(2019, 55.0, 50.0),
            ),
            "gap": replace(found, **other.pop("gap", {})),
            **other,
        }
    )


def find_drawn(table, row: int):
    return {mark.kind: (mark.at, mark.hollow) for mark in table.rows[row][1].marks}


def test_englands_own_gap_stands_beside_the_schools_and_the_way_that_moves():
    assert gap_wording.phrase_gap(build_gap()) == (
        "In England, disadvantaged pupils are 20 percentage points below other pupils. The gap to close shows no clear "
        "change."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trend": None}, "In England, disadvantaged pupils are 20 percentage points below other pupils."),
        (
            {"trend": Trend(2017, 2019, 9.0, 1.0, 17.0, "narrowing since 2016/17"), "others": None},
            "The gap to close shows narrowing since 2016/17.",
        ),
        ({"trend": None, "others": 49.2}, "In England, disadvantaged pupils are level with other pupils."),
        ({"trend": None, "others": None}, ""),
    ],
)
def test_what_is_known_of_a_gap_decides_what_is_said(change, words):
    assert gap_wording.phrase_gap(build_gap(gap=change)) == words


@pytest.mark.parametrize(
    ("value", "title"),
    [
        (
            -18.0,
            OPENING + "18 percentage points below England's other pupils",
        ),
        (
            1.0,
            OPENING + "1 percentage point above England's other pupils",
        ),
        (
            0.3,
            OPENING + "level with England's other pupils",
        ),
        (None, "Disadvantaged pupils, reading, writing, maths: beside England's other pupils"),
    ],
)
def test_the_tables_title_is_the_gap(value, title):
    assert gap.tabulate_gap(build_gap(gap={"value": value}), id="gap").caption == title


def test_a_result_without_a_gap_cannot_be_put_into_words():
    with pytest.raises(ValueError, match="no gap to close"):
        gap_wording.phrase_gap(build_result())


def test_the_table_holds_three_figures_a_year_and_says_what_is_withheld():
    table = gap.tabulate_gap(build_gap(), id="gap")
    assert [column.heading for column in table.columns] == [
        *("Year", "School, England |, others □", "School (range)", "Pupils"),
        *("England, disadvantaged", "England, other", "To close"),
    ]
    assert read_rows(table) == [
        ["2016/17", "46% (34 to 58), predecessor", "30", "48%", "67%", "−21"],
        ["2017/18", "suppressed", "–", "50%", "70%", "–"],
        ["2018/19", "55% (43 to 67)", "30", "50%", "71%", "−16"],
        ["Two years together", "51% (44 to 58)", "61", "49%", "69%", "−18"],
        ["Scale", "0%  50%  100%", "Per cent of pupils"],
    ]
    assert table.note == (
        "The gap to close is the school's figure less that of England's other pupils; a minus sign is behind. It is "
        "not rated: ratings set disadvantaged pupils beside England's. Pupils eligible for free school meals in the "
        "last six years, looked after, or adopted from care."
    )


def test_a_gap_that_its_printed_figures_do_not_give_is_said_to_be_taken_before_rounding():
    table = gap.tabulate_gap(build_gap(value=50.6, gap={"others": 69.4, "value": -18.8}), id="gap")
    assert read_rows(table)[3][1:] == ["51% (44 to 58)", "61", "49%", "69%", "−19"]
    assert table.note.endswith("Gaps to close are taken before rounding.")
    assert "rounded" not in gap.tabulate_gap(build_gap(), id="gap").note


def test_where_lower_is_better_a_plus_sign_is_behind():
    table = gap.tabulate_gap(build_gap(direction="lower is better"), id="gap")
    assert "; a plus sign is behind." in table.note


def test_each_year_is_drawn_where_its_figures_lie_and_a_predecessors_mark_is_hollow():
    table = gap.tabulate_gap(build_gap(), id="gap")
    assert find_drawn(table, 0) == {"england": (0.48, False), "others": (0.67, False), "school": (0.46, True)}
    assert find_drawn(table, 2) == {"england": (0.5, False), "others": (0.71, False), "school": (0.55, False)}
    assert table.rows[0][1].span == (0.34, 0.58)


def test_a_withheld_figure_is_neither_told_nor_drawn():
    leak = build_year(2018, 87.6, 50.0, availability="suppressed", word="SUPP")  # a reader's slip
    years = (build_year(2017, 46.0, 48.0), leak, build_year(2019, 55.0, 50.0))
    leaked = (GapYear(2017, 67.0, -21.0), GapYear(2018, 70.0, 17.6), GapYear(2019, 71.0, -16.0))
    table = gap.tabulate_gap(build_gap(by_year=years, gap={"by_year": leaked}), id="gap")
    assert read_rows(table)[1] == ["2017/18", "suppressed", "–", "50%", "70%", "–"]
    assert set(find_drawn(table, 1)) == {"england", "others"} and table.rows[1][1].span is None
    assert not [number for number in ("0.876", "0.756", "0.996", "88%", "+18", "+17.6") if number in table.html()]


def test_one_year_alone_has_no_row_of_years_together():
    table = gap.tabulate_gap(build_gap(years=(2019,)), id="gap")
    assert [row[0] for row in table.rows] == ["2016/17", "2017/18", "2018/19", "Scale"]


@pytest.mark.parametrize(
    ("key", "unit"),
    [("ks2_rwm_expected_disadvantaged", "percent"), ("ks4_attainment8_disadvantaged", "points")],
)
def test_every_kind_of_figure_is_drawn_with_a_range_or_without(key, unit):
    bare = (build_year(2019, 55.0, 50.0, lower=None, upper=None),)
    shown = [
        build_gap(indicator=key, unit=unit),
        build_gap(indicator=key, unit=unit, lower=None, upper=None, by_year=bare, years=(2019,)),
    ]
    exhibit = gap.show_gaps("gap", shown)
    first, _, second, _ = exhibit.content
    assert (first.id, second.id) == ("gap-gap-1", "gap-gap-2")
    assert all(0 <= mark.at <= 1 for table in (first, second) for row in table.rows for mark in row[1].marks)
    assert second.rows[0][1].span is None and "(" not in second.rows[0][2]


def test_the_gap_has_its_table_among_the_facts():
    report = build_report((build_gap(),))
    assert notebook.show_gaps(report).text().startswith(OPENING + "18 percentage points")
    exhibits = notebook.list_exhibits(report)
    assert exhibits == ("measures", "gap-disadvantaged")
    (facts,) = build_school_facts(report, exhibits)["indicators"]
    assert facts["gap"]["by_year"][1] == {"year": "2017/18", "others": 70, "value": None}
    assert facts["gap"]["trend"]["words"] == "no clear change"


def test_the_facts_keep_the_gap_within_the_school():
    (facts,) = build_school_facts(build_report((build_gap(own_gap=14.0),)))["indicators"]
    assert facts["own_gap"] == 14


def test_where_every_year_is_withheld_there_is_no_exhibit():
    withheld = build_gap(gap={"by_year": (GapYear(2019, 71.0, None),)})
    assert gap.show_gaps("gap", [withheld, build_result()]) is None
    assert notebook.show_gaps(build_whole_report()) is None
    assert "gap" not in "".join(notebook.list_exhibits(build_report((withheld,))))
