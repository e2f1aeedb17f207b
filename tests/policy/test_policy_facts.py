"""What a policy is told of a school, and how it is explained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args, get_type_hints

import pandas as pd
import pytest
from policy_schools import graded, report_card, school

from pipeline.analysis.results import Comparison, IndicatorResult, InspectionFact, SchoolAnalysis
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.vocabulary import Rating
from pipeline.policy import assign_category, explain_assignment, gather_facts, list_policies, load_policy
from pipeline.policy.conditions import Count, OwnWords
from pipeline.policy.evidence.facts import COMPARATORS
from pipeline.policy.evidence.inspection import TRIGGERS, find_latest, list_asked, meet_trigger
from pipeline.policy.evidence.local_evidence import OWN_WORDS, Concern, SelfEvaluation, read_self_evaluation, takes_word
from pipeline.sources.frames import SELF_EVALUATION, SOFT_INTELLIGENCE, LocalSlice, shape_frame


def result(title, rating, *, key=True, persistent=False, comparator="england", theme="attainment"):
    comparison = Comparison(comparator, 64.0, -9.0, 0.001, 0.004, -5.0, rating, "why")
    return IndicatorResult(
        indicator=title.lower(), title=title, short_title=title, key_stage="key stage 2", group="all", unit="percent",
        direction="higher is better", key_priority=key, theme=theme, years=(2018, 2019), value=55.0, lower=50.0,
        upper=60.0, cohort=60, by_year=(), comparisons=(comparison,), trend=None, position=None, persistent=persistent,
    )  # fmt: skip


def test_facts_hold_rated_indicators_only_and_persistence_of_gaps_only():
    analysis = SchoolAnalysis(
        urn=100000,
        year=2019,
        results=(
            result("RWM", Rating.GAP, persistent=True),
            result("Absence", Rating.IN_LINE, persistent=True),
            result("Disadvantaged", Rating.NOT_RATED),
        ),
        tested={"england": 2},
    )
    rated = gather_facts(analysis).against("england").rated
    assert [(one.title, one.rating, one.persistent) for one in rated] == [
        ("RWM", Rating.GAP, True),
        ("Absence", Rating.IN_LINE, False),
    ]


def test_school_without_figures_is_still_compared_with_england():
    facts = gather_facts(SchoolAnalysis(urn=100000, year=2019, results=(), tested={}))
    assert facts.against("england").rated == ()
    assert assign_category(load_policy("worcestershire"), facts).category == "insufficient_evidence"


def test_comparator_the_school_was_not_given_is_an_error_not_no_gap():
    policy = load_policy("worcestershire")
    asked = (Count(at_least=2, against="similar schools"),)
    clause = policy.clauses[3]
    changed = clause.model_copy(update={"when": clause.when.model_copy(update={"key_priority_gaps": asked})})
    similar = policy.model_copy(update={"clauses": (*policy.clauses[:3], changed, *policy.clauses[4:])})
    facts = school("RWM gap, absence gap")
    with pytest.raises(PipelineError, match="'similar schools', but it was compared with england"):
        assign_category(similar, replace(facts, standings=facts.standings[:1]))


def test_school_without_similar_schools_has_nothing_rated_against_them():
    analysis = SchoolAnalysis(urn=1, year=2019, results=(result("RWM", Rating.GAP),), tested={"england": 1})
    assert gather_facts(analysis).against("similar schools").rated == ()


def test_comparator_is_data():
    analysis = SchoolAnalysis(
        urn=1, year=2019, results=(result("RWM", Rating.GAP, comparator="similar schools"),), tested={}
    )
    assert [one.title for one in gather_facts(analysis).against("similar schools").rated] == ["RWM"]


def fact(outcome, *, framework="graded judgements", kind="graded", day="2019-03-12", predecessor=False):
    return InspectionFact(framework, kind, "Overall effectiveness", outcome, day, predecessor)


def test_latest_graded_inspection_counts_and_previous_ones_do_not():
    latest = find_latest(
        [
            fact("Inadequate", kind="previous graded", day="2015-01-01"),
            fact("Good", day="2019-03-12"),
            fact("School remains Good (Concerns)", kind="ungraded", day="2022-01-01"),
        ]
    )
    assert latest.outcomes == (("Overall effectiveness", "Good"),)
    assert find_latest([fact("Good", kind="ungraded")]) is None


def test_report_card_replaces_an_older_graded_inspection():
    latest = find_latest(
        [
            fact("Inadequate", day="2024-06-01"),
            InspectionFact("report card", "report card", "Achievement", "Expected standard", "2026-01-06", False),
        ]
    )
    assert latest.framework == "report card"
    assert meet_trigger("inadequate overall", latest) == ()


def card(area, outcome, day="2026-01-06"):
    return InspectionFact("report card", "report card", area, outcome, day, False)


def test_area_judged_again_does_not_hide_the_other_areas_of_the_card():
    latest = find_latest(
        [
            card("Achievement", "Urgent improvement"),
            card("Inclusion", "Needs attention"),
            card("Category of concern", "Special measures"),
            card("Inclusion", "Expected standard", day="2026-06-01"),
        ]
    )
    assert latest.date == "2026-01-06"
    assert dict(latest.outcomes) == {
        "Achievement": "Urgent improvement",
        "Inclusion": "Expected standard",
        "Category of concern": "Special measures",
    }


def test_category_of_concern_ends_with_the_next_whole_report_card():
    latest = find_latest(
        [
            card("Achievement", "Urgent improvement"),
            card("Category of concern", "Special measures"),
            card("Achievement", "Expected standard", day="2027-06-01"),
        ]
    )
    assert latest.outcomes == (("Achievement", "Expected standard"),)


def test_what_an_inspection_asked_to_improve_is_what_meets_a_trigger_and_the_whole_only_where_no_area_does():
    def grade(area, outcome):
        return replace(fact(outcome), area=area)

    whole = (fact("Inadequate"), grade("Category of concern", "Special measures"))
    poor = (grade("Quality of education", "Requires improvement"), grade("Safeguarding", "Not effective"))
    assert list_asked(find_latest([*whole, *poor, grade("Early years provision", "Good")])) == (
        "Quality of education",
        "Safeguarding",
    )
    assert list_asked(find_latest(whole)) == ("Overall effectiveness", "Category of concern")
    assert list_asked(find_latest([fact("Good"), grade("Safeguarding", "Effective")])) == ()
    report_card = [card("Inclusion", "Needs attention"), card("Safeguarding", "Not met"), card("Achievement", "Met")]
    assert list_asked(find_latest(report_card)) == ("Inclusion", "Safeguarding")


def test_inspection_named_by_two_files_counts_each_area_once():
    twice = [card("Achievement", "Needs attention"), card("Achievement", "Needs attention")]
    assert meet_trigger("needs attention in 2 or more areas", find_latest(twice)) == ()


def test_predecessors_inspection_counts_and_is_said_to_be_one():
    inspection = graded(predecessor=True, overall="Inadequate", concern="Special measures")
    assignment = assign_category(load_policy("worcestershire"), school("RWM strength", inspection=inspection))
    assert assignment.category == "intensive"
    assert assignment.facts == (
        "Graded inspection of 12 March 2019, of a predecessor of this school: "
        "Category of concern: Special measures; Overall effectiveness: Inadequate.",
        "Key priorities that could be judged: 1 (Reading, writing and maths).",
    )


def test_facts_told_to_a_head_are_plain_and_short():
    policy = load_policy(Path(__file__).parent / "county" / "worcestershire.yaml")
    others = "3 gaps of reading, 2 gaps of maths, 2 gaps of writing"
    held = assign_category(policy, school("RWM gap persistent, absence in line", others=others))
    assert held.clause == "broad_and_lasting_gap"
    assert held.facts == (
        "Key priorities that are gaps and were on that side in each of three years, not counting disadvantaged pupils: "
        "1 (Reading, writing and maths).",
        "Subjects with measures that are gaps: 3 (reading; writing; maths).",
        "Key priorities that could be judged: 2 (Reading, writing and maths; Persistent absence).",
    )
    assert assign_category(policy, school("RWM in line, absence in line")).facts[-2] == (
        "No graded inspection or report card is known."
    )


def test_frameworks_are_never_converted():
    graded_low = graded(overall="Inadequate", quality_of_education="Inadequate", safeguarding="No")
    card_low = report_card(achievement="Urgent improvement", inclusion="Needs attention", safeguarding="Not met")
    for trigger in TRIGGERS:
        words = trigger.words.replace("N", "1")
        assert not (meet_trigger(words, graded_low) and meet_trigger(words, card_low)), words
        if len(trigger.frameworks) == 1 and trigger.area != "Category of concern":
            met = graded_low if trigger.frameworks[0] == "graded judgements" else card_low
            assert meet_trigger(words, met), words


def test_needs_attention_counts_areas_and_urgent_improvement_among_them():
    card = report_card(achievement="Urgent improvement", inclusion="Needs attention", leadership="Strong standard")
    assert meet_trigger("needs attention in 2 or more areas", card) == (
        "Achievement: Urgent improvement",
        "Inclusion: Needs attention",
    )
    assert meet_trigger("needs attention in 3 or more areas", card) == ()


def test_trusts_entitlement_names_days_and_people():
    policy = load_policy("two-counties")
    amounts = {category.key: category.entitlement.amounts for category in policy.categories}
    days, consultant = "Days a year", "Of which external consultant"
    assert [
        (amounts[key][days], amounts[key][consultant]) for key in ("sustain", "improve", "repair", "stabilise")
    ] == [
        (3, 1),
        (6, 1),
        (6, 3),
        ("at least 10", 6),
    ]
    assignment = assign_category(policy, school("A8 gap, P8 gap"))
    assert assignment.entitlement.amounts == (
        ("Days a year", "6"),
        ("Of which external consultant", "3"),
        ("Who else", "CEO / LLE / headteacher support"),
    )
    assert any(line.startswith("Days are spent on progress and data") for line in assignment.entitlement.lines)


@pytest.mark.parametrize("name", list_policies())
def test_shipped_thresholds_are_labelled_as_defaults(name):
    assignment = assign_category(load_policy(name), school("RWM in line, absence in line"))
    assert not assignment.thresholds_adopted
    assert "defaults" in assignment.notice and "not yet adopted" in assignment.notice.replace("\n", " ")


def test_explanation_goes_clause_by_clause_in_plain_text():
    text = explain_assignment(
        assign_category(load_policy("two-counties"), school("A8 gap, P8 gap, absence in line", others="2 gaps"))
    )
    assert text.splitlines()[0] == (
        "Repair (category 3 of 4, 1 being the least support). The Two Counties Trust: Standards Review."
    )
    assert "6. several_key_gaps_with_progress -> Repair: HOLDS, and decides" in text
    assert "3. lasting_key_gaps -> Stabilise: does not hold" in text
    assert "found  themes with persistent key-priority gaps against England: none" in text
    assert "(attainment: Attainment 8; progress: Progress 8), in 2 indicators" in " ".join(text.split())
    assert "defaults" in text and "\x1b" not in text
    assert all(len(line) <= 100 for line in text.splitlines())


# What the authority or trust itself knows


def summaries(*rows):
    """One row a (date, the school's own word, whether it asks for support)."""
    return shape_frame(
        pd.DataFrame(
            [
                {"urn": 100000, "date": date, "summary_grade": word, "self_referral": asks, "line": line}
                for line, (date, word, asks) in enumerate(rows, start=2)
            ]
        ),
        SELF_EVALUATION,
    )


def test_local_evidence_reaches_the_facts():
    heard = [
        {"urn": 100000, "date": "2019-06-03", "kind": "finance", "source": "governors", "note": "a", "line": 3},
        {"urn": 100000, "date": "2019-05-01", "kind": "staffing", "source": "adviser", "note": "b", "line": 2},
    ]
    local = LocalSlice(
        self_evaluation=summaries(("2019-07-01", "Needs attention", True)),
        soft_intelligence=shape_frame(pd.DataFrame(heard), SOFT_INTELLIGENCE),
    )
    facts = gather_facts(SchoolAnalysis(urn=100000, year=2019, results=(), tested={}), local)
    assert facts.concerns == (
        Concern("2019-05-01", "staffing", "adviser"),
        Concern("2019-06-03", "finance", "governors"),
    )
    assert facts.self_evaluation == SelfEvaluation("Needs attention", "2019-07-01", True)


def test_edition_without_local_evidence_says_nothing_of_a_school():
    analysis = SchoolAnalysis(urn=100000, year=2019, results=(), tested={})
    assert gather_facts(analysis, LocalSlice()) == gather_facts(analysis)
    assert gather_facts(analysis).self_evaluation == SelfEvaluation()


# a school's summaries | its word | the day of that word | whether it asks for support
SUMMARIES = [
    ([("2018-07-01", "Inadequate", True), ("2019-07-01", "Good", False)], "Good", "2019-07-01", False),
    ([("2019-07-01", "Good", False), ("2018-07-01", "Inadequate", True)], "Good", "2019-07-01", False),
    ([("2018-07-01", "Good", False), ("2019-07-01", "", True)], "Good", "2018-07-01", True),
    ([("2019-07-01", "", None)], "", "", False),
]


@pytest.mark.parametrize(("rows", "word", "date", "asks"), SUMMARIES)
def test_latest_word_and_latest_request_count(rows, word, date, asks):
    assert read_self_evaluation(summaries(*rows)) == SelfEvaluation(word, date, asks)


def test_schools_own_words_keep_to_their_framework():
    assert takes_word(["requires improvement"], " Inadequate")
    assert takes_word(["needs attention"], "urgent improvement")
    assert not takes_word(["requires improvement"], "urgent improvement")
    assert not takes_word(["needs attention"], "inadequate")
    assert not takes_word(["inadequate"], "requires improvement")
    assert not takes_word([own.words for own in OWN_WORDS], "Good, but working on it")
    assert not takes_word([own.words for own in OWN_WORDS], "")


def test_policy_may_name_every_own_word_and_comparator_there_is():
    (words,) = get_args(get_type_hints(OwnWords)["any_of"])[:1]
    assert get_args(words) == tuple(own.words for own in OWN_WORDS)
    assert get_args(get_type_hints(Count)["against"]) == tuple(COMPARATORS)


def test_an_inspection_after_the_review_counts_and_the_reason_says_so():
    later = [fact("Inadequate", day="2025-12-06"), fact("Good", day="2019-03-12")]
    assert find_latest(later, "2025-12-06").title == "graded inspection of 6 December 2025"
    assert find_latest(later, "2025-12-05").title == (
        "graded inspection of 6 December 2025, after the review of 5 December 2025"
    )


def test_a_category_is_provisional_where_it_would_be_another_without_what_is_of_one_year():
    policy = load_policy("worcestershire")
    whole = school("RWM gap, absence in line", similar="RWM gap")
    firm = assign_category(policy, whole)
    assert not firm.provisional
    of_one_year = replace(whole, standings=tuple(map(from_one_year, whole.standings)))
    found = assign_category(policy, of_one_year)
    assert (found.provisional, found.category, found.clause) == (True, firm.category, firm.clause)
    assert "Provisional:" in explain_assignment(found) and "Provisional:" not in explain_assignment(firm)
    inspected = replace(of_one_year, inspection=graded(overall="Inadequate"))
    assert not assign_category(policy, inspected).provisional  # it rests on the inspection
    england, similar = school("RWM in line", others="1 strengths").standings
    besides = replace(
        whole, standings=(replace(england, rated=(england.rated[0], from_one_year(england).rated[1])), similar)
    )
    assert not assign_category(policy, besides).provisional  # what one year shows changes nothing
    assert not assign_category(policy, school()).provisional


def from_one_year(standing):
    return replace(standing, rated=tuple(replace(one, provisional=True) for one in standing.rated))
