"""The page that says how far to trust an edition: every number from the edition, every exhibit for every reader."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from example_edition import NOTE, POLICY, build_edition, study_facts
from example_school import build_report, build_result, build_whole_report

from pipeline.analysis.country.simulation import ONE_YEAR, Count, FalseFindings, KnownDifferences
from pipeline.analysis.country.worth_a_look import KnownList
from pipeline.analysis.indicators import load_indicators
from pipeline.analysis.results import SimilarSchools
from pipeline.foundation.vocabulary import Rating
from pipeline.policy.doubt.calibration import Decile
from pipeline.policy.doubt.sensitivity import ThresholdMove
from pipeline.policy.outcome import BORDERLINE, DOUBTFUL
from pipeline.report.area.findings import count_sureness, read_standing
from pipeline.report.facts import FACTS_MIME, build_school_facts, compose_facts
from pipeline.report.reliance import exhibits
from pipeline.report.reliance import notebook as reliance_notebook
from pipeline.report.reliance import wording as reliance_wording
from pipeline.report.reliance.findings import (
    NO_FIGURE,
    NOT_COMPARED,
    PROVISIONAL,
    RATED,
    TOO_FEW_PUPILS,
    TOO_FEW_YEARS,
    WITHHELD,
    Foresight,
    KnownWorld,
    build_reliance_facts,
    compare_years,
    count_certainty,
    count_missing,
    count_reasons,
    read_school,
)
from pipeline.report.reliance.study import study_reliance

pytestmark = pytest.mark.slow

SHOWN = (
    reliance_notebook.show_how_far_to_trust,
    reliance_notebook.show_certainty,
    reliance_notebook.show_thresholds,
    reliance_notebook.show_change,
    reliance_notebook.show_year_ahead,
    reliance_notebook.show_disadvantage,
    reliance_notebook.show_missing,
    reliance_notebook.show_no_differences,
    reliance_notebook.show_known_differences,
    reliance_notebook.show_calibration,
    reliance_notebook.show_making,
)


def study(prepared, facts, **other):
    sizes = {"worlds": 300, "calibrated": 30}
    return study_reliance(prepared, NOTE, POLICY, facts, load_indicators(), name="Marlshire", **sizes, **other)


@pytest.fixture(scope="module")
def prepared():
    return build_edition()


@pytest.fixture(scope="module")
def school_facts(prepared):
    return study_facts(prepared)


@pytest.fixture(scope="module")
def reliance(prepared, school_facts):
    return study(prepared, school_facts, unreported=(("closed on 31 August 2019", 2),))


def read(report, indicators=None):
    return read_school(build_school_facts(report), indicators or load_indicators())


def flow(exhibit):
    """The exhibit's text on one line."""
    return " ".join(exhibit.text().split())


# Reading schools


def test_a_school_is_read_from_its_own_facts():
    school = read(build_whole_report())
    assert (school.urn, school.probability, school.sureness) == (100001, 0.8571, "clear")
    assert (school.pupils, school.disadvantaged) == (30, 24.3)
    assert (school.last_category, school.similar) == ("secure", 12)


def test_every_state_of_an_indicator_is_told_apart():
    unrated = {"rating": Rating.NOT_RATED}
    results = (
        build_result("ks2_rwm_expected"),
        build_result("ks2_maths_expected", years=(2019,)),
        build_result("local_phonics", years=(2019,), **unrated),
        build_result("ks2_reading_expected", cohort=9.0, **unrated),
        build_result("ks2_writing_expected", **unrated),
    )
    asks_two = [
        one.model_copy(update={"minimum_years": 2}) if one.key == "local_phonics" else one for one in load_indicators()
    ]
    states = read(build_report(results), asks_two).states
    told = [RATED, PROVISIONAL, TOO_FEW_YEARS, TOO_FEW_PUPILS, NOT_COMPARED]
    assert [states[one.indicator] for one in results] == told
    assert states["ks2_science_expected"] == NO_FIGURE  # meant for primary schools, not among the facts
    assert "ks4_attainment8" not in states
    assert read(build_report()).states["ks2_rwm_expected_disadvantaged"] == WITHHELD


# Studying an edition


def test_the_judging_of_many_gives_each_school_the_category_of_its_report(reliance):
    assert reliance.agreeing == len(reliance.schools) == 14
    assert len({school.category for school in reliance.schools}) > 2


def test_the_order_of_schools_does_not_matter(prepared, school_facts, reliance):
    again = study(prepared, school_facts[::-1], unreported=reliance.unreported)
    assert build_reliance_facts(again) == build_reliance_facts(reliance)


def test_certainty_is_counted_by_category(reliance):
    counted = count_certainty(reliance)
    assert sum(one.schools for one in counted) == 14
    known = [school.probability for school in reliance.schools if school.probability is not None]
    doubtful = sum(one < DOUBTFUL for one in known)
    borderline = sum(one < BORDERLINE for one in known) - doubtful
    assert borderline + doubtful > 0
    assert exhibits.count_unsure(counted) == (12, borderline, doubtful)  # two schools have no category to be sure of
    table = exhibits.tabulate_certainty(reliance)
    assert table.rows[-1][:4] == ("All with a category", "12", str(borderline), str(doubtful))
    assert "2 schools are not counted: too few figures for a category" in table.note


def test_without_recorded_categories_the_same_rules_judge_the_year_before(reliance):
    change = reliance.change
    assert not change.recorded
    assert change.count("schools") == 12  # the two smallest have no figure to judge them by
    assert [one.size for one in change.sizes] == ["under 15", "15 to 29", "30 to 59", "60 or more"]
    assert "what the same rules make of the figures up to 2017/18" in flow(reliance_notebook.show_change(reliance))


def test_recorded_categories_come_before_what_the_rules_would_say(reliance):
    tiers = {"secure": 2, "focus": 4, "insufficient_evidence": None}
    last = ["secure", "secure", "secure", "insufficient_evidence", "", "a category of old"]
    now = ["secure", "focus", "insufficient_evidence", "insufficient_evidence", "secure", "secure"]
    schools = [
        replace(reliance.schools[1], category=after, tier=tiers[after], last_category=before)
        for before, after in zip(last, now, strict=True)
    ]
    (size,) = compare_years(schools, POLICY, None).sizes
    assert (size.schools, size.same, size.one, size.further, size.evidence) == (3, 1, 0, 1, 1)


def test_more_disadvantaged_schools_are_found_in_categories_of_more_support(reliance):
    found = reliance.disadvantage
    assert found.value > 0.5 and found.schools == 12
    said = reliance_wording.phrase_disadvantage(replace(reliance, disadvantage=replace(found, lower=0.1)))
    assert "categories of more support more often" in said and "This does not say why" in said
    level = replace(reliance, disadvantage=replace(found, lower=-0.1))
    assert "no clear relation" in reliance_wording.phrase_disadvantage(level)


def test_what_is_missing_is_counted_in_the_schools_it_is_meant_for(reliance):
    counted = {one.indicator: one.counts for one in count_missing(reliance)}
    assert counted["ks2_rwm_expected"] == {
        RATED: 12, PROVISIONAL: 0, TOO_FEW_PUPILS: 0, TOO_FEW_YEARS: 0, WITHHELD: 2, NO_FIGURE: 0, NOT_COMPARED: 0
    }  # fmt: skip
    assert counted["ks2_science_expected"][NO_FIGURE] == 14
    assert "Science" not in exhibits.tabulate_missing(reliance).text()
    assert "Science, expected standard" in reliance_wording.phrase_absent(reliance)
    rows = exhibits.tabulate_no_category(reliance).rows
    assert rows == (
        ("Insufficient evidence: reported on, but too little to judge", "2"),
        ("Closed on 31 August 2019", "2"),
    )


def test_reasons_against_similar_schools_are_counted_without_the_numbers_of_one_school():
    unlike = (
        "Not compared with similar schools: of {} junior schools with figures that could be chosen, 2 lie within 0.8"
    )
    special = "Not compared with similar schools: special schools serve pupils whose needs differ too much."
    plain = build_whole_report()
    schools = [
        read(replace(plain, analysis=replace(plain.analysis, similar=SimilarSchools((), 9, (), (), reason))))
        for reason in (unlike.format(98), unlike.format(7), special)
    ]
    assert count_reasons(school.no_similar for school in schools) == (
        ("Too few schools of its phase have pupils enough like its own.", 2),
        ("special schools serve pupils whose needs differ too much.", 1),
    )


# Words


def move(**other):
    return ThresholdMove(
        **{"threshold": "False-discovery rate", "before": "5%", "after": "4.5%", "whole": False, **other}
    )


def test_the_largest_change_by_a_tenth_is_named(reliance):
    still = replace(reliance, moves=(move(),))
    assert reliance_wording.phrase_tenths(still).endswith("by a tenth changes no school's category.")
    moved = replace(reliance, moves=(move(), move(after="5.5%", changed=3)))
    assert "at most three schools of 14 (false-discovery rate, 5% to 5.5%)" in reliance_wording.phrase_tenths(moved)
    clause = move(whole=True, clause="one_key_gap", category="Light touch support", changed=5, less=5)
    assert "Most hangs on “one key gap”" in reliance_wording.phrase_whole_steps(replace(reliance, moves=(clause,)))
    assert exhibits.tabulate_moves(replace(reliance, moves=(clause,))).rows[0][0].startswith("Light touch support (one")
    assert exhibits.tabulate_moves(still) is None


@pytest.mark.parametrize(
    ("decile", "words"),
    [
        (Decile(0.8, 12, 0.85, 0.4, 0.1), "Too few to say"),
        (Decile(0.8, 90, 0.85, 0.81, 0.01), "Within 5 points"),
        (Decile(0.8, 90, 0.85, 0.78, 0.03), "Over 5 points, perhaps by chance"),
        (Decile(0.8, 90, 0.85, 0.70, 0.02), "More than 5 points"),
    ],
)
def test_a_tenth_is_judged_with_the_chance_of_the_simulation_in_mind(decile, words):
    assert exhibits.judge_decile(decile) == words


def test_targets_missed_are_said_to_be_missed():
    kept = FalseFindings(9, Count("", 50, 1000), Count("", 30, 1000))
    missed = FalseFindings(9, Count("", 50, 1000), Count("", 31, 1000))
    said = reliance_wording.phrase_false_findings(kept)
    assert "5.0% of schools show a false strength or gap (within the target of at most 5%)" in said
    assert said.endswith("3.0% of schools show a false gap (within the target of at most 3%).")
    said = reliance_wording.phrase_false_findings(missed)
    assert "(within the target of at most 5%)" in said and "(over the target of at most 3%)" in said
    assert "(within the target" in reliance_wording.phrase_coverage([Count("all", 955, 1000)])
    assert "(outside the target" in reliance_wording.phrase_coverage([Count("all", 930, 1000)])
    of_one_year = [Count("all", 968, 1000), Count(ONE_YEAR, 960, 990)]
    assert "(within the target of 96%, give or take 1)" in reliance_wording.phrase_coverage(of_one_year)
    assert "(outside the target of 95%" in reliance_wording.phrase_coverage(of_one_year[:1])


def test_large_gaps_in_heads_reports_stand_beside_those_on_the_list(reliance):
    nothing = Count("", 0, 0)
    findings = KnownDifferences(nothing, (), Count("", 54, 100), nothing, nothing)
    known = KnownWorld(findings, (), KnownList(Count("", 5, 100), nothing, Count("", 84, 100)), ())
    said = reliance_wording.phrase_large(known)
    assert "Of true gaps of 8 percentage points or more, heads' reports name 54% and the officer's list" in said
    assert "84%; 5.0% of the list's entries are no true gap (within what the list allows: 5%" in said
    over = replace(known, listed=replace(known.listed, false=Count("", 7, 100)))
    assert "(over what the list allows" in reliance_wording.phrase_large(over)
    none = replace(known, listed=KnownList(nothing, nothing, nothing))
    assert reliance_wording.phrase_large(none) == "The officer's list of schools worth a look would be empty there."


@pytest.mark.parametrize(
    ("years", "why"),
    [
        (0, "The files hold no year of results"),
        (1, "The files hold one year of results: there is no year before"),
        (2, "Of no figure of the latest year do the files hold years enough"),
    ],
)
def test_an_edition_of_few_years_says_why_it_has_nothing_to_show_of_the_year_ahead(reliance, years, why):
    few = replace(reliance, foresight=Foresight(years, (), (Count("strengths and gaps", 0, 0),)))
    said = flow(reliance_notebook.show_year_ahead(few))
    assert f"Whether the latest year was to be expected cannot be shown. {why}" in said
    assert "Whether findings last cannot be shown." in said
    assert exhibits.tabulate_year_ahead(few) is None and exhibits.tabulate_staying(few) is None


def test_what_came_of_the_years_before_is_counted_in_the_editions_own_files(reliance):
    found = reliance.foresight
    assert found.years == 3
    every, gaps, strengths = found.staying
    assert every.count == every.of == gaps.of + strengths.of > 0  # these schools' figures are the same every year
    said = reliance_wording.phrase_staying(reliance)
    assert f"the schools show {every.of} strengths and gaps beside England" in said
    assert "100% of them stayed on their side" in said
    asked = replace(reliance, foresight=replace(found, ahead=(Count("all", 190, 200), Count("averages", 190, 200))))
    assert "Of 200 figures of the latest year, 95.0% lay where" in reliance_wording.phrase_year_ahead(asked)
    assert exhibits.tabulate_year_ahead(asked).rows[1][:3] == ("Averages", "200", "190")


def test_borderline_schools_are_counted_as_the_areas_report_counts_them(prepared, school_facts, reliance):
    unsure = {"probability": 0.4, "sureness": "doubtful", "between": ["Insufficient evidence", "Secure"]}
    changed = [
        one | {"certainty": one["certainty"] | unsure} if one["certainty"]["probability"] is not None else one
        for one in school_facts
    ]
    without = [one | {"assignment": one["assignment"] | {"tier": None}} for one in changed[:7]] + changed[7:]
    ours = [read_school(one, load_indicators()) for one in without]
    area = count_sureness([read_standing(one) for one in without])
    assert sum(one.probability is not None for one in ours) == area.known > 0
    assert sum(one.sureness == "doubtful" for one in ours) == area.doubtful == area.known


# Showing


def test_the_page_says_every_part_in_words(reliance):
    text = " ".join(flow(show(reliance)) for show in SHOWN)
    for part in (
        "borderline and",
        "Moving",
        "keep last year's category",
        "possible ratings",
        "false strength or gap",
        "of the true gaps are found",
        "of the latest year",
        "stayed on their side",
        "probabilities",
        "all of them with the category that the report gives",
    ):
        assert part in text
    assert "nan" not in text.casefold().replace("finance", "")


def test_nobody_is_named_and_no_name_becomes_markup(reliance):
    awkward = replace(reliance, name='<script>x</script>"\n&')
    html = "".join(str(show(awkward).html()) for show in SHOWN)
    assert "<script" not in html
    assert "School 1000" not in html


def test_an_edition_without_figures_still_has_a_whole_page(reliance):
    empty = study(build_edition(1), study_facts(build_edition(1)))
    assert empty.simulations is None and empty.agreeing == 1
    nobody = study(build_edition(1), [])
    for nothing in (empty, nobody):
        for show in SHOWN:
            assert show(nothing).text()
        assert json.loads(compose_facts(build_reliance_facts(nothing)))["simulations"] is None


def test_the_facts_are_the_pages_own(reliance, monkeypatch):
    facts = build_reliance_facts(reliance)
    assert facts["document"]["kind"] == "reliance" and facts["document"]["urn"] is None
    assert json.loads(compose_facts(facts)) == facts
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    reliance_notebook.publish_facts(reliance)
    drawn = shown[0][FACTS_MIME]["exhibits"]
    html = "".join(str(show(reliance).html()) for show in SHOWN)
    assert drawn and all(f'id="{id}"' in html for id in drawn)
