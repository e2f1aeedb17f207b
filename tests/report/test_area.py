"""The area's report: schools counted and never ranked, frameworks never mixed, figures as published."""

import json
import re
from dataclasses import replace

import pandas as pd
import pytest
from example_area import build_area, build_decided_standing, build_standing
from example_school import SECRETS, build_comparison, build_local, build_report, build_result, build_year

from pipeline.analysis.country.top_tenth import AuthorityStanding, find_top_tenth
from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.results import InspectionFact
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.vocabulary import Direction, Rating
from pipeline.policy import Certainty, load_policy
from pipeline.policy.outcome import Sureness
from pipeline.report.area import exhibits as area_exhibits
from pipeline.report.area import notebook as area_notebook
from pipeline.report.area.brief import list_findings
from pipeline.report.area.findings import (
    FileNote,
    PanelNote,
    build_area_facts,
    count_gaps,
    count_inspections,
    find_most_supported,
    find_overall_grade,
    find_possible_leaders,
    find_report_card,
    measure_area,
    read_standing,
)
from pipeline.report.exhibits import Paragraph
from pipeline.report.facts import FACTS_MIME, build_school_facts, compose_facts
from pipeline.sources.frames import OBSERVATIONS, shape_frame
from pipeline.sources.tabular.reconcile import FileReconciliation, Overlap

GAP, STRENGTH = ("r", "Reading", "gap", True), ("m", "Maths", "strength", False)


def _inspect(framework, area, outcome, date="2019-03-05", kind="graded"):
    return InspectionFact(framework, kind, area, outcome, date, False)


GOOD = _inspect("graded judgements", "Overall effectiveness", "Good")
NOT_JUDGED = _inspect("graded judgements", "Overall effectiveness", "Not judged", "2024-10-01")
CARD = _inspect("report card", "Achievement", "Strong standard", "2026-01-20", "report card")


@pytest.fixture
def area():
    return build_area(
        [
            build_standing(3, "Zeta School", "secure_plus", 1, [STRENGTH]),
            build_standing(1, "alpha School", "focus", 4, [GAP, STRENGTH], [GOOD, NOT_JUDGED]),
            build_standing(2, "The Beta School", "secure_plus", 1, [GAP], [CARD]),
            build_standing(4, "Gamma School", "insufficient_evidence", None),
        ]
    )


SHOWN = (
    area_notebook.show_area,
    area_notebook.show_categories,
    area_notebook.show_decisions,
    area_notebook.show_for_the_panel,
    area_notebook.show_second_look,
    area_notebook.show_worth_a_look,
    area_notebook.show_standards,
    area_notebook.show_disadvantaged_gap,
    area_notebook.show_inspection_outcomes,
    area_notebook.show_support,
    area_notebook.show_common_gaps,
    area_notebook.show_schools,
    area_notebook.show_insufficient_evidence,
    area_notebook.show_data_quality,
)


def test_schools_stand_in_the_order_of_their_names(area):
    names = [school.name for school in area.schools]
    assert names == [
        "alpha School",
        "Gamma School",
        "The Beta School",
        "Zeta School",
    ]


def test_every_school_is_in_exactly_one_category_and_empty_categories_are_shown(area):
    table = area_exhibits.tabulate_categories(area)
    assert table.rows == (
        ("Secure Plus", "2", "50%"),
        ("Secure", "0", "0%"),
        ("Light touch support", "0", "0%"),
        ("Focus support", "1", "25%"),
        ("Intensive support", "0", "0%"),
        ("Insufficient evidence", "1", "25%"),
    )


@pytest.mark.slow
def test_provisional_categories_are_counted_and_marked(area):
    schools = [replace(one, provisional=one.category == "focus") for one in area.schools]
    provisional = replace(area, schools=tuple(schools))
    table = area_exhibits.tabulate_categories(provisional)
    assert table.columns[3].heading == "Of these provisional"
    assert all(row[3] == (row[1] if row[0] == "Focus support" else "0") for row in table.rows)
    focus = area_exhibits.tabulate_schools(provisional, "focus", id="focus")
    assert all(row[0].endswith(" (provisional)") for row in focus.rows)
    assert "provisional" not in area_exhibits.tabulate_categories(area).text()


def test_the_figure_says_its_counts(area):
    assert area_exhibits.draw_categories(area).alt == (
        "Six bars, one a category, from least to most support: Secure Plus 2, Secure 0, Light touch support 0, Focus "
        "support 1, Intensive support 0 and Insufficient evidence 1. Four schools in all."
    )


CLOSE = Certainty(
    1000, (("focus", "Focus support", 0.62), ("secure", "Secure", 0.38)), 0.62, ("Focus support", "Secure")
)


@pytest.fixture
def decided():
    """Two panels' decisions, one school that is borderline and asks for support, one without anything."""
    return build_area(
        [
            build_decided_standing(1, "Alpha School", changed=True),
            build_decided_standing(2, "Beta School", changed=False),
            build_standing(3, "Gamma School", "focus", 4, [GAP], certainty=CLOSE, local=build_local()),
            build_standing(4, "Delta School", "secure", 2, [STRENGTH]),
        ]
    )


def test_final_categories_are_counted_beside_indicated_ones(decided):
    table = area_exhibits.tabulate_categories(decided)
    assert table.caption == "Schools by category, from least to most support"
    assert [column.heading for column in table.columns][-1] == "Indicated by the figures"
    assert table.rows == (
        ("Secure Plus", "0", "0%", "0"),
        ("Secure", "1", "25%", "1"),
        ("Light touch support", "1", "25%", "0"),
        ("Focus support", "2", "50%", "3"),
        ("Intensive support", "0", "0%", "0"),
        ("Insufficient evidence", "0", "0%", "0"),
    )


@pytest.mark.slow
def test_decisions_and_borderline_schools_are_counted_in_words(decided, area):
    def say(report):
        return " ".join(area_notebook.show_categories(report).content[0].words.split())

    assert say(decided) == (
        "A panel has decided on 2 of 4 schools, one of them otherwise than the figures indicate; elsewhere the "
        "indicative category stands. Of 3 schools with a category 1 is borderline and 0 doubtful (33% together): "
        "another set of pupils just like theirs would often have brought another category."
    )
    assert say(area) == "No panel has decided yet: every category is the one that the figures indicate."
    confirmed = build_area([build_decided_standing(2, "Beta School", changed=False)])
    assert say(confirmed).startswith("A panel has decided on 1 of 1 school, each time as the figures indicate;")


def test_a_decision_stands_with_its_reason_its_person_and_its_date(decided, area):
    assert area_exhibits.tabulate_decisions(decided).rows == (
        (
            *("Alpha School", "1", "Focus support", "Light touch support"),
            *(SECRETS[3], SECRETS[2], "12 November 2019"),
        ),
        ("Beta School", "2", "Focus support", "the same", SECRETS[3], SECRETS[2], "12 November 2019"),
    )
    assert area_notebook.show_decisions(area).text() == "No panel's decision is written down for this edition."


def test_each_school_stands_with_what_was_indicated_and_how_certain_that_is(decided):
    focus = area_exhibits.tabulate_schools(decided, "focus", id="focus")
    assert [column.heading for column in focus.columns] == [
        *("School", "URN", "Indicated by the figures", "How certain", "Gaps", "Strengths")
    ]
    assert [row[:4] for row in focus.rows] == [
        ("Beta School", "2", "the same", "86 in 100"),
        ("Gamma School", "3", "the same", "62 in 100: borderline with Secure"),
    ]
    light = area_exhibits.tabulate_schools(decided, "light_touch", id="light")
    assert light.rows[0][2] == "Focus support"
    assert area_exhibits.tabulate_schools(decided, "secure", id="secure").rows[0][3] == "–"
    sure = build_standing(9, "Sure", "secure", 2, certainty=Certainty(1000, (("s", "S", 0.999),), 0.999))
    assert area_exhibits.phrase_certain(sure) == "more than 99 in 100"


def test_what_stands_out_beside_similar_schools_alone_is_said_so():
    both = [build_comparison(Rating.IN_LINE, 60.0, -8.0)]
    both.append(build_comparison(Rating.GAP, 60.0, -8.0, comparator="similar schools"))
    report = build_report((build_result(comparisons=tuple(both), key_priority=True),))
    standing = replace(read_standing(build_school_facts(report)), category="focus")
    row = area_exhibits.tabulate_schools(build_area([standing]), "focus", id="focus").rows[0]
    assert row[-2:] == ("Reading, writing and maths expected* (beside similar schools)", "none")


def test_unexplained_moves_self_referrals_and_writing_are_worth_a_second_look(decided, area):
    text = area_notebook.show_second_look(decided).text()
    moved = area_exhibits.tabulate_moves(decided)
    assert moved.rows[0] == ("Alpha School", "1", "Secure", "Light touch support", "more support")
    assert area_exhibits.tabulate_writing(decided).rows[0] == (
        *("Alpha School", "1", "84%", "71%", "60% to 80%", "174"),
    )
    referred = text.split("Schools that ask for support themselves.")[1]
    assert "- Gamma School" in referred and "Delta" not in referred
    assert area_notebook.show_second_look(area).text().startswith("No category has moved far")


def test_the_areas_facts_count_final_and_indicated_categories(decided):
    facts = build_area_facts(decided)
    counted = {one["key"]: (one["schools"], one["indicated"]) for one in facts["categories"]}
    assert counted["light_touch"] == ([1], []) and counted["focus"] == ([2, 3], [1, 2, 3])
    assert facts["panel"] == {"decided": [1, 2], "changed": [1]}
    assert facts["certainty"] == {"known": 3, "borderline": [3], "doubtful": []}
    assert facts["flagged_moves"] == [1, 2]
    assert facts["self_referrals"] == [1, 2, 3]
    assert facts["writing_questions"] == [1, 2]


def test_facts_of_another_version_are_refused(tmp_path):
    folder = tmp_path / "100001"
    folder.mkdir()
    with pytest.raises(PipelineError, match=r"facts\.json is gone"):
        area_notebook.read_facts(folder)
    (folder / "facts.json").write_text('{"version": 1}')
    with pytest.raises(PipelineError, match="another version"):
        area_notebook.read_facts(folder)


def test_a_report_card_is_never_counted_as_a_grade(area):
    counted = count_inspections(area.schools)
    assert (counted.good_or_better, counted.graded, counted.without, counted.report_cards) == (1, 1, 3, 1)
    alpha, _, beta, _ = area.schools
    assert find_overall_grade(alpha) == "Good"  # "Not judged" later is no grade
    assert find_overall_grade(beta) == ""
    assert find_report_card(beta) == (("Achievement", "Strong standard"),)


def test_the_share_good_or_better_is_of_those_that_were_graded(area):
    assert (
        area_notebook.show_inspection_outcomes(area)
        .text()
        .startswith(
            "1 of 1 school (100%) was good or outstanding in the last graded inspection that gave an overall\n"
            "grade; three schools had none."
        )
    )


def test_where_every_school_has_an_overall_grade_none_is_said_to_have_none(area):
    graded = replace(area, schools=tuple(school for school in area.schools if find_overall_grade(school)))
    told = " ".join(area_notebook.show_inspection_outcomes(graded).text().split())
    assert "overall grade; every school had one. Overall" in told


def test_the_indicators_left_out_of_the_common_gaps_are_counted_by_whether_they_are_gaps_anywhere(area):
    gaps = [("r1", "Reading", "gap", True), ("m1", "Maths", "gap", False)]
    others = [STRENGTH, ("w", "Writing", "in line", False)]
    few = build_area([build_standing(1, "A School", "focus", 4, [*gaps, *others])])
    assert area_exhibits.tabulate_gaps(few).note == "* A key priority. Two more indicators are gaps in no school."
    told = area_exhibits.tabulate_gaps(few, most=1).note
    assert told == (
        "* A key priority. One more indicator is a gap in as many schools or fewer. "
        "Two more indicators are gaps in no school."
    )


def test_what_was_found_in_a_file_ends_with_one_full_stop_and_no_file_differs_from_itself():
    found = ("Nothing is drawn from it.", "2 figures differ")
    (told,) = list_findings(build_area((), files=(FileNote("a.csv", "absence", "2018/19", 2, 2, True, found),)))
    assert told == "a.csv: Nothing is drawn from it; and 2 figures differ."
    overlaps = [Overlap(won_by=won, set_aside="a.csv", agree=1, disagree=n) for won, n in (("a.csv", 2), ("b.csv", 1))]
    noted = area_notebook._note_file(FileReconciliation(file="a.csv", overlaps=overlaps)).findings
    assert noted == (
        "2 figures differ between a school's own row and that of a school it followed: of each, one was taken",
        "1 figure differs from b.csv, which was taken",
    )


def test_schools_in_the_category_of_least_support_may_lead_and_a_key_gap_is_said(area):
    assert [school.name for school in find_possible_leaders(area)] == ["The Beta School", "Zeta School"]
    lines = area_notebook.show_support(area).text().splitlines()
    assert "- The Beta School: no strengths (a gap in Reading)" in lines
    assert "- Zeta School: strengths in Maths" in lines
    assert [school.name for school in find_most_supported(area)] == ["alpha School"]


def test_a_school_named_by_a_doubtful_category_is_said_to_be_until_a_panel_has_decided(area):
    school = next(one for one in area.schools if one.name == "Zeta School")
    unsure = replace(school, certainty=0.09, sureness=Sureness.DOUBTFUL, between=("Secure Plus", "Secure"), panel=None)
    decided = replace(unsure, panel=PanelNote("So.", "A. Adviser", "2019-11-12", changed=False))
    for told, doubt in ((unsure, " (category doubtful)"), (decided, ""), (school, "")):
        lines = area_notebook.show_support(replace(area, schools=(told,))).text().splitlines()
        assert f"- Zeta School{doubt}: strengths in Maths" in lines


def test_common_gaps_are_counted_over_the_schools_that_were_rated(area):
    assert [(one.short_title, gaps, strengths, rated) for one, gaps, strengths, rated in count_gaps(area)] == [
        ("Reading", 2, 0, 2),
        ("Maths", 0, 2, 2),
    ]


def test_days_of_support_are_added_up_over_the_schools():
    def build(urn, category, tier):
        return build_standing(urn, f"School {urn}", category, tier)

    schools = [build(1, "sustain", 1), build(2, "stabilise", 4), build(3, "stabilise", 4)]
    table = area_exhibits.tabulate_days(build_area(schools, policy=load_policy("two-counties")))
    assert [column.heading for column in table.columns] == [
        *("Category", "Schools", "Days a year", "Of which external consultant")
    ]
    assert table.rows == (
        ("Sustain", "1", "3", "1"),
        ("Improve", "0", "0", "0"),
        ("Repair", "0", "0", "0"),
        ("Stabilise", "2", "at least 20", "12"),
        ("All", "3", "at least 23", "13"),
    )
    assert area_exhibits.tabulate_days(build_area(schools)) is None  # the county's policy gives no numbers


def test_absence_stands_beside_englands_schools_of_the_same_phase():
    def build(urn, value, pupils):
        year = build_year(2019, value, 8.2, cohort=pupils)
        result = build_result(
            "absence_persistent", "Persistent absence", theme="attendance", decimals=1, by_year=(year,)
        )
        report = build_report((result,))
        return read_standing(build_school_facts(replace(report, school=replace(report.school, urn=urn))))

    table = area_exhibits.tabulate_by_phase(build_area([build(1, 10.0, 100), build(2, 13.0, 200)]))
    assert table.rows == (("Persistent absence", "Primary", "2", "12.0%", "8.2%", "+3.8"),)
    assert area_exhibits.tabulate_by_phase(build_area([])) is None


def test_who_set_the_thresholds_is_named(area):
    text = area_notebook.show_area(area).text()
    assert "{organisation}" not in text
    assert "Worcestershire County Council has not yet" in " ".join(text.split())


def test_the_gap_of_the_area_stands_beside_englands_gap(area):
    assert area_exhibits.tabulate_disadvantaged_gap(area).rows == (
        ("Disadvantaged", "47%", "70%", "−23", "−20", "2018/19"),
    )


def _observe(level, group, year, value, la=pd.NA):
    return {"level": level, "la": la, "measure": "ks2_rwm_expected", "group": group, "year": year, "value": value}


def test_a_trust_whose_own_results_no_file_holds_is_told_so_above_its_attendance(monkeypatch):
    trust = build_area((), figures=())
    trust = replace(trust, edition=replace(trust.edition, trust=16093))
    assert area_notebook.show_standards(trust).text() == (
        "The files of this edition hold no figures of the trust as a whole."
    )
    attendance = (Paragraph("By phase"),)
    monkeypatch.setattr(area_notebook, "show_part", lambda _, part: attendance if part == "by phase" else ())
    assert area_notebook.show_standards(trust).text().split("\n\n") == [
        "The files of this edition hold no results of the trust as a whole.",
        "By phase",
    ]


def test_a_trusts_report_speaks_of_the_trust(area):
    trust = replace(area, edition=replace(area.edition, trust=16093, title="Worcestershire, autumn 2019"))
    told = "".join(exhibit.text() for show in SHOWN if (exhibit := show(trust)) is not None)
    said = " ".join(told.split()).replace("grades by area, in their own words Area", "")
    assert "Trust: disadvantaged" in said
    assert re.findall(r".{40}\b[Aa]rea\b.{40}", said) == []
    assert build_area_facts(trust)["document"]["title"] == "Worcestershire, autumn 2019: the trust"
    assert build_area_facts(area)["document"]["title"] == "Worcestershire, autumn 2019: the area"


@pytest.mark.slow
def test_the_areas_figures_are_those_of_the_latest_year_that_both_have():
    rows = [
        _observe("authority", "all", 2018, 60.0, 885),
        _observe("authority", "all", 2019, 61.0, 885),
        _observe("authority", "all", 2019, 99.0, 850),
        _observe("england, state-funded", "all", 2018, 64.0),
        _observe("england, all schools", "all", 2019, 50.0),
        _observe("authority", "disadvantaged", 2018, 45.0, 885),
        _observe("authority", "other", 2018, float("nan"), 885),
        _observe("england, state-funded", "other", 2018, 70.0),
        _observe("england, state-funded", "disadvantaged", 2018, 51.0),
    ]
    frame = shape_frame(pd.DataFrame(rows), {name: kind for name, kind in OBSERVATIONS.items() if kind != "int32"})
    figures = {one.indicator: one for one in measure_area(frame, load_indicators(), 2019, authority=885)}
    everyone, disadvantaged = figures["ks2_rwm_expected"], figures["ks2_rwm_expected_disadvantaged"]
    assert (everyone.year, everyone.value, everyone.england) == (2018, 60.0, 64.0)
    assert (disadvantaged.value, disadvantaged.england, disadvantaged.england_other) == (45.0, 51.0, 70.0)
    assert disadvantaged.other is None
    assert measure_area(frame, load_indicators(), 2019) == ()


def test_an_empty_area_still_has_a_whole_report():
    empty = build_area([], figures=(), unreported=(), files=())
    for show in SHOWN:
        assert show(empty).text()


@pytest.mark.slow
def test_no_name_becomes_markup(area):
    awkward = build_area(
        [build_standing(5, '<script>x</script>"\n&', "secure", 2, [GAP])], name="<b>Area</b>", figures=area.figures
    )
    for show in SHOWN:
        html = str(show(awkward).html())
        assert "<script" not in html and "<b>" not in html


def test_the_areas_facts_name_no_school_as_their_subject(area, monkeypatch):
    facts = build_area_facts(area)
    assert facts["document"]["urn"] is None
    assert facts["document"]["kind"] == "area"
    assert [one["schools"] for one in facts["categories"]] == [[2, 3], [], [], [1], [], [4]]
    assert json.loads(compose_facts(facts)) == facts
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    area_notebook.publish_facts(area)
    assert shown[0][FACTS_MIME]["exhibits"] == ["categories-figure"]


def _stand(source, title, year, value, others, unit="percent", decimals=0, direction=Direction.HIGHER_IS_BETTER):
    top = find_top_tenth([value, *others], direction)
    rank = 1 + sum(top.measure_distance(one) > top.measure_distance(value) for one in others)
    return AuthorityStanding(
        source, f"{year}.csv", "a_measure", "all", title, unit, decimals, year, value, year == 2018, rank, top
    )  # fmt: skip


EALING = [59.3] * 14 + [52.1] + [51.8] * 136


@pytest.fixture
def ambitious():
    """One source with two measures, of which one is lower the better, and another source with one."""
    fewer = Direction.LOWER_IS_BETTER
    return build_area(
        top_tenth=(
            _stand("a tool", "Attainment 8", 2019, 52.0, EALING, "points", 1),
            _stand("a tool", "Absence", 2019, 6.5, [5.0] * 16 + [6.0] * 134, decimals=1, direction=fewer),
            _stand("other <tables>", "Reading", 2018, 59.0, [71.0] * 16 + [50.0] * 134),
        )
    )


def test_the_ambition_is_a_row_a_measure_and_a_table_a_source(ambitious):
    tool, other = area_exhibits.tabulate_top_tenth(ambitious)
    assert tool.caption == "Beside the top tenth of authorities: a tool"
    assert [column.heading for column in tool.columns][-1] == "By P90"
    assert tool.rows == (
        ("Attainment 8", "2018/19", "52.0", "52.1", "−0.1", "16 of 152", "51.98, in"),
        ("Absence", "2018/19", "6.5%", "5.0%", "−1.5", "151 of 151", "–"),
    )
    assert tool.note == (
        "A minus sign is what is still to go; between percentages it is percentage points. Lower is better for "
        "absence: the top tenth lies below. By P90, the figure that nine in ten authorities do not pass: shown where "
        "it takes in more or fewer than places do. From 2019.csv."
    )
    assert (other.caption, other.rows) == (
        "Beside the top tenth of authorities: other <tables>",
        (("Reading", "2017/18 (provisional)", "59%", "71%", "−12", "17 of 151"),),
    )


def test_the_ambition_is_the_policys_own_words_and_says_how_it_is_counted(ambitious):
    told = " ".join(area_notebook.show_top_tenth(ambitious).text().split())
    assert "To be in the top 10% of local authorities nationally" in told
    assert "rounded to the nearest whole, of n that have one: of 149 to 152 authorities, the 15th." in told


def test_nothing_is_said_of_an_ambition_where_no_file_tells_of_all_authorities(area):
    assert area_notebook.show_top_tenth(area) is None


def test_the_facts_hold_both_ways_of_counting(ambitious):
    first = build_area_facts(ambitious)["top_tenth"][0]
    assert first == {
        "source": "a tool",
        "file": "2019.csv",
        "measure": "a_measure",
        "title": "Attainment 8",
        "unit": "points",
        "decimals": 1,
        "group": "all",
        "direction": "higher is better",
        "year": "2018/19",
        "provisional": False,
        "value": 52.0,
        "place": 16,
        "authorities": 152,
        "last_place": 15,
        "threshold": 52.1,
        "percentile": 51.98,
        "distance": -0.1,
        "within": False,
        "within_percentile": True,
    }
