"""An indicator that nobody foresaw, by its file alone: suspensions, of which fewer are better."""

from __future__ import annotations

import json
import shutil

import pytest
from example_area import build_area
from example_school import read_rows

from pipeline.analysis.indicators import load_indicators, themes
from pipeline.foundation.errors import FaultyInput
from pipeline.foundation.vocabulary import Rating, Unit
from pipeline.policy import conditions, gather_facts, load_policy
from pipeline.policy.conditions import COUNTS, Count, ask_count
from pipeline.report.area import exhibits as area_exhibits
from pipeline.report.area.findings import read_standing
from pipeline.report.facts import EditionNote, build_school_facts
from pipeline.report.school import notebook
from pipeline.report.school.trends import tabulate_trends
from pipeline.report.sentences import standing_wording, trust_wording
from pipeline.report.sentences.questions import list_questions
from pipeline.sources.local import files
from pipeline.sources.local.files import Return
from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import recognise
from pipeline.sources.tabular.tables import read_table
from tests.analysis.slices import england, make_slice, row

FILE = """\
key: suspensions
order: 275
title: "Suspensions in the year: suspensions"
short_title: Suspensions
key_stage: all
theme: {theme}
measure: suspensions
formula: "suspensions in the academic year ÷ pupils on roll × 100"
unit: {unit}
direction: lower is better
{told}key_priority: true
key_priority_reason: "A pupil who is sent home learns nothing there."
{method}
minimum_pupils: 11
minimum_years: 2
decimals: 1
baseline: {baseline}
applies_to: [primary, secondary]
why_it_matters: "Suspensions are lessons lost, and often the first step to an exclusion."
source: "Department for Education, suspensions and permanent exclusions"
reviewed: 2026-11-22
"""
TOLD = "axis: Suspensions per 100 pupils\nscale: {least: 0, most: 100, drawn: from the least}\n"
RATE = (
    "axis: Suspensions per 100 pupils\napart_in: suspensions per 100 pupils\nscale: {least: 0, drawn: from the least}\n"
)
AVERAGE = (
    "method: average\nminimum_difference: 0.5\n"
    "pupil_sd: {value: 20.0, assumption: true, source: a test of suspensions per 100 pupils}"
)
NOTE = EditionNote("county", "County", 2019, "worcestershire", "2019-11-01")


@pytest.fixture(autouse=True)
def forget_themes():
    """No other test is to know of the themes that one of these brings."""
    yield
    conditions.list_themes.cache_clear()


def load(folder, theme="conduct", told=TOLD, unit="percent", method="method: percent", baseline="england_state"):
    text = FILE.format(theme=theme, told=told, unit=unit, method=method, baseline=baseline)
    (folder / "suspensions.yaml").write_text(text, encoding="utf-8")
    return load_indicators(folder)


def study(indicators, values=(2.2, 2.1, 1.7), *, pupils=3000, unit="percent", level=None):
    own = [
        row("suspensions", year, value, pupils, step=0.1, unit=unit)
        for year, value in zip((2017, 2018, 2019), values, strict=True)
    ]
    more = {"level": level} if level else {}
    beside = [england("suspensions", year, 5.0, step=0.1, unit=unit, **more) for year in (2017, 2018, 2019)]
    slice = make_slice(own, beside, phase="secondary", census_phase="secondary")
    return notebook.study_school(slice, NOTE, load_policy("worcestershire"), indicators=indicators)


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["attendance", "conduct"])
def test_fewer_suspensions_than_england_are_a_strength_everywhere(tmp_path, theme):
    """The axis read "Per cent absent" under the theme attendance; under any other the file was refused."""
    report = study(load(tmp_path, theme))
    (result,) = report.analysis.results
    assert result.value == pytest.approx(2.0)
    assert {result: 1}[result] == 1  # results are keys where rows of a picture are chosen
    assert result.against("england").rating == Rating.STRENGTH

    table = notebook.show_measures(report)
    title = {"attendance": "Attendance", "conduct": "Conduct"}[theme]
    assert read_rows(table) == [
        [title],
        ["Suspensions*", table.rows[1][2], "5.0% strength"],
        ["Scale", "0%  2%  4%", "Suspensions per 100 pupils (lower is better)"],
    ]
    assert table.rows[1][2].startswith("2.0% (1.") and table.rows[1][3].rating == Rating.STRENGTH
    assert table.note.endswith("For suspensions, lower is better.")
    trends = tabulate_trends(report, [result])
    assert (trends.rows[0][0], trends.rows[0][2:5]) == ("Suspensions", ("2.2% (5.0%)", "2.1% (5.0%)", "1.7% (5.0%)"))

    ((name, sentence),) = standing_wording.list_points(report, Rating.STRENGTH, 3)
    assert (name, sentence) == ("Suspensions:", "3.0 percentage points below England.")
    told = "\n".join(
        [sentence, table.text(), trends.text(), json.dumps(build_school_facts(report, ()), ensure_ascii=False)]
    )
    assert "absen" not in told.casefold() and "of 9,000 pupils" not in told

    facts = gather_facts(report.analysis, report.local)
    (one,) = facts.against("england").rated
    assert (one.theme, one.rating, one.key_priority) == (theme, Rating.STRENGTH, True)


@pytest.mark.slow
def test_more_suspensions_than_england_are_a_gap_that_got_worse(tmp_path):
    report = study(load(tmp_path), (6.0, 8.0, 10.0))
    (result,) = report.analysis.results
    assert result.against("england").rating == Rating.GAP and result.persistent
    assert result.trend.words == "rose since 2016/17 (worse)"
    ((_, sentence),) = standing_wording.list_points(report, Rating.GAP, 3)
    assert sentence == "3.0 percentage points above England, lasting."


@pytest.mark.slow
def test_a_rate_is_told_in_words_of_its_own(tmp_path):
    """A rate per 100 pupils can pass 100, is no share of pupils, and its differences are not percentage points."""
    report = study(load(tmp_path, told=RATE, unit="points", method=AVERAGE), unit="points")
    ((_, sentence),) = standing_wording.list_points(report, Rating.STRENGTH, 3)
    assert sentence == "3.0 suspensions per 100 pupils below England."
    table = notebook.show_measures(report)
    name, drawn, figure, _ = table.rows[1]
    assert name == "Suspensions*" and figure.startswith("2.0 (1.")
    # its own values, not differences from England
    assert read_rows(table)[-1] == ["Scale", "0  2  4", "Suspensions per 100 pupils (lower is better)"]
    england, school = (mark.at for mark in drawn.marks)
    assert england / school == pytest.approx(2.5)


@pytest.mark.slow
def test_a_file_that_says_nothing_of_how_it_is_told_claims_nothing(tmp_path):
    table = notebook.show_measures(study(load(tmp_path, told="")))
    assert read_rows(table)[-1][-1] == "Suspensions (lower is better)"
    assert [column.heading for column in table.columns][-1] == "England"  # no pupils are counted


@pytest.mark.slow
def test_what_england_publishes_by_phase_stands_in_the_areas_table(tmp_path):
    indicators = load(tmp_path, baseline="census_phase")
    report = study(indicators, level="england, state-funded secondary")
    standing = read_standing(build_school_facts(report, ()))
    table = area_exhibits.tabulate_by_phase(build_area([standing]))
    assert table.caption == "Conduct, 2018/19, by the phase that England's figure is for"
    assert table.rows == (("Suspensions*", "Secondary", "1", "1.7%", "5.0%", "−3.3"),)
    assert table.note.endswith("Lower is better for suspensions.")


@pytest.mark.slow
def test_a_theme_of_ones_own_can_have_words_and_a_question(tmp_path, monkeypatch):
    own = tmp_path / "themes"
    shutil.copytree(themes.FOLDER, own)
    words = (
        "key: conduct\ntitle: How pupils behave\nplain: how pupils behave\norder: 60\n"
        "explained: Days lost to it are not counted.\nasks: Who is sent home most, and what do we do before that?\n"
    )
    (own / "conduct.yaml").write_text(words, encoding="utf-8")
    monkeypatch.setattr(themes, "FOLDER", own)
    report = study(load(tmp_path), (6.0, 8.0, 10.0))
    table = notebook.show_measures(report)
    assert read_rows(table)[0] == ["How pupils behave"]
    assert "How pupils behave: days lost to it are not counted." in table.note
    assert list_questions(report)[0] == "Who is sent home most, and what do we do before that?"


def test_a_slip_in_a_theme_is_told_from_a_new_one(tmp_path):
    with pytest.raises(FaultyInput, match="the theme 'attendence' is not known, but 'attendance' is"):
        load(tmp_path, "attendence")


@pytest.mark.slow
def test_a_policy_may_leave_out_a_theme_of_ones_own(tmp_path, monkeypatch):
    indicators = load(tmp_path)
    facts = gather_facts(study(indicators, (9.0, 9.0, 9.0)).analysis)
    with pytest.raises(ValueError, match="a theme is one of"):
        Count(at_least=1, against="england", leaving_out=("conduct",))
    monkeypatch.setattr("pipeline.analysis.indicators.FOLDER", tmp_path)
    conditions.list_themes.cache_clear()
    gaps = next(one for one in COUNTS if one.name == "gaps")
    assert ask_count(gaps, Count(at_least=1, against="england"), facts).held
    answer = ask_count(gaps, Count(at_least=1, against="england", leaving_out=("conduct",)), facts)
    assert not answer.held and "not counting conduct" in answer.plain


@pytest.mark.slow
def test_its_figures_may_be_a_local_return(tmp_path, monkeypatch):
    monkeypatch.setitem(files.RETURNS, "suspensions", Return(unit=Unit.PERCENT, most=100))
    path = tmp_path / "local_returns.csv"
    path.write_text("urn,year,measure,pupils,value\n900001,2018/19,suspensions,900,2.0\n", encoding="utf-8")
    table = read_table(PublishedFile(path, "local/local_returns.csv", 2019, "local_returns", 6), by_hand=True)
    (found,) = recognise(table).read(table, 2019).observations.itertuples()
    assert (found.measure, found.value, found.cohort, found.availability) == ("suspensions", 2.0, 900, "available")


@pytest.mark.slow
def test_groups_are_told_as_their_file_has_them(tmp_path):
    """Whatever the group, sentences spoke of disadvantaged and other pupils, or of nobody."""
    text = FILE.format(
        theme="conduct",
        told=TOLD + "group: boys\ngap_to: girls\ngap_reason: they are the others\n",
        unit="percent",
        method="method: percent",
        baseline="england_state",
    )
    (tmp_path / "suspensions.yaml").write_text(text, encoding="utf-8")
    indicators = load_indicators(tmp_path)
    own = [
        row("suspensions", year, value, 3000, step=0.1, group=group)
        for year in (2018, 2019)
        for group, value in (("boys", 7.0), ("girls", 3.0))
    ]
    beside = [
        england("suspensions", year, value, step=0.1, group=group)
        for year in (2018, 2019)
        for group, value in (("girls", 2.0), ("boys", 4.0))
    ]
    slice = make_slice(own, beside, phase="secondary", census_phase="secondary")
    report = notebook.study_school(slice, NOTE, load_policy("worcestershire"), indicators=indicators)
    said = dict(trust_wording.explain_trust(report))["Strengths and gaps."]
    assert said.endswith("Boys are compared with boys elsewhere.")
    assert report.analysis.results[0].gap.value == pytest.approx(5.0)
    ((table, words),) = (each.content for each in notebook.show_gaps(report).content)
    assert table.caption == "Boys, suspensions: 7.0% beside England's 4.0%, 5.0 percentage points above England's girls"
    assert "ratings set boys beside England's." in table.note and "a plus sign is behind" in table.note
    assert words.words.startswith("In England, boys are 2.0 percentage points above girls.")
    assert notebook.list_exhibits(report)[-1] == "gap-conduct"
