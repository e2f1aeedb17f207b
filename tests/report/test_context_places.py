"""Where a school's pupils stand among England's schools of its kind: in words, drawn, and not where it is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from example_school import build_report

from pipeline.analysis.context import gather_context
from pipeline.analysis.grids.figures import FigureTable
from pipeline.analysis.ratings.position import tabulate_distributions
from pipeline.analysis.results import ContextFigure
from pipeline.report.plotted import Plotted
from pipeline.report.school.notebook import show_context
from tests.analysis.slices import make_slice, row

CUTS = [2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 40.0, 60.0]


def place(value, *, measure="eal_percent", cuts=CUTS, among="primary", phase="primary", availability="available"):
    """The tenth, and of how many schools, of a primary school's figure among schools of one census phase."""
    tenths = {f"d{number}": cut for number, cut in enumerate(cuts, 1)}
    counted = {"measure": measure, "group": "all", "census_phase": among, "year": 2019, "schools": 16_000, **tenths}
    own = row(measure, 2019, value, 200, availability=availability)
    slice = make_slice([own], distributions=[counted], phase=phase)
    figures, baselines = FigureTable(slice.observations), FigureTable(slice.baselines)
    distributions = tabulate_distributions(slice.distributions)
    (figure,) = gather_context(figures, baselines, distributions, slice.school, 2019)
    return figure.tenth, figure.schools


@pytest.mark.parametrize(("value", "tenth"), [(1.0, 1), (2.5, 2), (9.0, 5), (39.9, 8), (100.0, 10)])
def test_a_figure_lies_in_its_tenth_counted_from_the_lowest(value, tenth):
    assert place(value) == (tenth, 16_000)


def test_of_tenths_that_share_one_figure_it_is_the_middle_one():
    assert place(0.0, cuts=[0.0] * 4 + CUTS[4:]) == (3, 16_000)


def test_what_is_shown_as_its_complement_is_placed_as_it_is_shown():
    staying = [80.0, 84.0, 88.0, 90.0, 92.0, 94.0, 96.0, 98.0, 99.0]
    assert place(97.0, measure="ks2_non_mobile_percent", cuts=staying, among="") == (3, 16_000)


def test_a_school_is_placed_among_schools_of_its_own_kind_or_not_at_all():
    assert place(9.0, among="secondary") == (None, None)
    assert place(9.0, phase="special") == (None, None)


def test_what_is_withheld_has_no_place():
    assert place(None, availability="suppressed") == (None, None)


PUPILS = ContextFigure("eal_percent", "English as an additional language", "percent", 2019, 9.0, 21.2)


def tabulate(*context: ContextFigure, phase: str = "primary"):
    report = build_report()
    school = replace(report.school, phase=phase)
    return show_context(replace(report, school=school, analysis=replace(report.analysis, context=context)))


def test_the_place_is_drawn_and_told_in_words_with_its_scale():
    withheld = replace(PUPILS, measure="x", value=None, availability="suppressed", title="Children looked after")
    table = tabulate(replace(PUPILS, tenth=9, schools=16_000), withheld)
    (_, drawn, *told), (_, empty, *untold), (scale, axis, _) = table.rows
    assert told == ["9.0%", "21.2%", "highest fifth"] and untold == ["suppressed", "21.2%", "–"]
    assert [mark.at for mark in drawn.marks] == [0.85] and empty.marks == ()
    assert (scale, axis.labels) == ("Scale", ("low", "middle", "high"))
    assert "mainstream schools" in table.note


@pytest.mark.parametrize(
    ("phase", "said"),
    [("primary", "No file of this edition holds all England's"), ("special", "of mainstream schools")],
)
def test_where_englands_schools_are_not_given_it_is_said_and_nothing_is_drawn(phase, said):
    table = tabulate(PUPILS, phase=phase)
    assert said in table.note and not [cell for row in table.rows for cell in row if isinstance(cell, Plotted)]
