"""The gap to close as a reader meets it: in sentences, in a table and in a picture that says the same."""

from dataclasses import replace

import pytest
from example_school import build_comparison, build_report, build_result, build_year

from pipeline.analysis.results import Gap, GapYear, Trend
from pipeline.foundation.vocabulary import Rating
from pipeline.report.facts import build_school_facts
from pipeline.report.school import gap, notebook
from pipeline.report.sentences import gap_wording

SAID = "Allowing for chance and the usual change from year to year, the school's gap could fairly be anything from "


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


def test_a_gap_is_told_with_englands_own_beside_it_and_the_way_it_moves():
    assert gap_wording.phrase_gap(build_gap()) == (
        "Disadvantaged: reading, writing, maths: in 2016/17 and 2018/19 together the school's disadvantaged pupils "
        "were 18 percentage points below England's other pupils (51% against 69%). England's disadvantaged pupils were "
        f"20 percentage points below them (49%). {SAID}−33 to −4 (minus is behind). The gap: no clear change from "
        "2016/17 to 2018/19 (+5 percentage points, plus being nearer; allowing for chance and the usual change from "
        "year to year, anything from −16 to +27)."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gap": {"value": 0.3}}, "the school's disadvantaged pupils were level with England's other pupils (51%"),
        ({"gap": {"value": 4.0}}, "pupils were 4 percentage points above England's other pupils"),
        ({"gap": {"value": None}}, "Disadvantaged: reading, writing, maths: the years could not be taken together."),
        ({"gap": {"trend": None}}, "(minus is behind)."),
        ({"gap": {"trend": Trend(2017, 2019, 9.0, 1.0, 17.0, "narrowing since 2016/17")}}, "The gap: narrowing since"),
        ({"direction": "lower is better"}, "minus being nearer"),
    ],
)
def test_what_is_known_of_a_gap_decides_what_is_said(change, words):
    assert words in gap_wording.phrase_gap(build_gap(**change))


def test_a_result_without_a_gap_cannot_be_put_into_words():
    with pytest.raises(ValueError, match="no gap to close"):
        gap_wording.phrase_gap(build_result())


def test_the_table_holds_three_figures_a_year_and_says_what_is_withheld():
    table = gap.tabulate_gap(build_gap(), id="gap")
    assert [column.heading for column in table.columns] == [
        *("Year", "The school's disadvantaged pupils", "Range", "Pupils"),
        *("England's disadvantaged pupils", "England's other pupils", "Gap to close"),
    ]
    assert table.rows == (
        ("2016/17", "46%, predecessor", "34% to 58%", "30", "48%", "67%", "−21"),
        ("2017/18", "suppressed", "–", "–", "50%", "70%", "–"),
        ("2018/19", "55%", "43% to 67%", "30", "50%", "71%", "−16"),
        ("Two years together", "51%", "44% to 58%", "61", "49%", "69%", "−18"),
    )
    assert (
        "a minus sign means that the school's disadvantaged pupils have less. The gap: no clear change." in table.note
    )


def test_one_year_alone_has_no_row_of_years_together():
    table = gap.tabulate_gap(build_gap(years=(2019,)), id="gap")
    assert [row[0] for row in table.rows] == ["2016/17", "2017/18", "2018/19"]


@pytest.mark.slow
def test_the_picture_says_the_same_in_words():
    chart = gap.draw_gaps(build_report(), [build_gap()], id="gap")
    assert chart.alt == (
        "Disadvantaged: reading, writing, maths, 2016/17 and 2018/19 together: the school's disadvantaged pupils 51%, "
        "England's disadvantaged pupils 49%, England's other pupils 69%; gap −18. Disadvantaged: reading, writing, "
        "maths, the gap by year: −21 in 2016/17 and −16 in 2018/19. No clear change."
    )
    assert chart.caption.endswith(
        "with 95% intervals. Hollow markers are figures of the school that stood here before."
    )


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["percent", "points"])
def test_a_picture_is_drawn_of_every_kind_of_figure(unit):
    key = {"percent": "ks2_rwm_expected_disadvantaged", "points": "ks4_attainment8_disadvantaged"}[unit]
    shown = [build_gap(indicator=key, unit=unit), build_gap(indicator=key, unit=unit, lower=None, upper=None)]
    assert b"<svg" in gap.draw_gaps(build_report(), shown, id="gap").svg
    told = gap.show_gaps(build_report(), shown, id="gap").text()
    assert told.count("Gap to close") == 2


@pytest.mark.slow
def test_the_gap_stands_in_its_themes_section_and_among_the_facts():
    report = build_report((build_gap(),))
    text = notebook.show_themes(report).text()
    assert text.startswith("DISADVANTAGED PUPILS") and text.count("The gap to close.") == 1
    charts = notebook.list_charts(report)
    assert charts == ("trends", "gap-disadvantaged") or charts == ("gap-disadvantaged",)
    (facts,) = build_school_facts(report, charts)["indicators"]
    assert facts["gap"]["by_year"][1] == {"year": "2017/18", "others": 70, "value": None}
    assert facts["gap"]["trend"]["words"] == "no clear change"


def test_where_every_year_is_withheld_there_is_no_exhibit():
    withheld = build_gap(gap={"by_year": (GapYear(2019, 71.0, None),)})
    assert gap.show_gaps(build_report(), [withheld, build_result()], id="gap") is None
    assert "gap" not in "".join(notebook.list_charts(build_report((withheld,))))
