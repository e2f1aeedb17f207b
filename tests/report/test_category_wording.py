"""What is said of a category, word for word: whose it is, how certain, what it was last year."""

from dataclasses import replace

import pytest
from example_school import (
    CERTAINTY,
    SECRETS,
    build_assignment,
    build_report,
    build_results,
    build_trust_assignment,
    build_whole_report,
    decide,
)

from pipeline.policy.outcome import Certainty, Lighter, Move, count_times
from pipeline.report.facts import build_school_facts
from pipeline.report.school import notebook
from pipeline.report.sentences import category_wording as wording
from pipeline.report.sentences.standing_wording import phrase_change, phrase_place
from pipeline.report.sentences.wording import find_ratings

ANOTHER = "Other pupils like these would give"


@pytest.mark.parametrize(("tier", "said"), [(4, "Proposed; a panel decides."), (None, "No category is proposed.")])
def test_without_a_panel_the_category_is_proposed(tier, said):
    assert phrase_place(build_report(assignment=build_assignment(tier=tier))) == said


def test_a_category_of_one_year_is_said_to_be_provisional_until_a_panel_decides():
    report = build_report(assignment=replace(build_assignment(), provisional=True))
    assert phrase_place(report).endswith("; a panel decides. " + wording.PROVISIONAL)
    assert wording.PROVISIONAL in notebook.show_standing(report).text().replace("\n", " ")
    confirmed = replace(report, decided=replace(report.assignment, provisional=False))
    assert not build_school_facts(confirmed)["final"]["provisional"]
    assert build_school_facts(confirmed)["assignment"]["provisional"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (False, "A panel met on 12 November 2019 and confirmed it."),
        (True, "A panel met on 12 November 2019 and decided on it."),
    ],
)
def test_a_school_is_told_that_a_panel_met_and_what_came_of_it(changed, said):
    assert phrase_place(decide(build_report(), changed=changed)) == said


def read_words(exhibit) -> str:
    return " ".join(exhibit.text().split())


def test_where_a_panel_decided_otherwise_the_school_reads_of_its_category_alone():
    otherwise = replace(decide(build_whole_report(), changed=True), lighter=Lighter("Secure", inspection=True))
    text = read_words(notebook.show_standing(otherwise))
    assert "Light touch support A panel met on 12 November 2019 and decided on it." in text
    assert "Why:" not in text and "times in 100" not in text and "What would change it:" not in text
    # what was indicated stands among all categories, and nothing marks it
    assert text.count("Focus support") == text.count("| Focus support |") == 1
    assert "| Light touch support (decided) |" in text
    last = notebook.show_sureness(otherwise).text()
    assert last.startswith("What the figures show\n") and "How the category came about" not in last
    assert not [secret for secret in SECRETS if secret in text + last]
    confirmed = read_words(notebook.show_standing(decide(build_whole_report(), changed=False)))
    assert "Why: At least two key priorities" in confirmed and "about 86 times in 100" in confirmed
    assert "| Focus support (decided) |" in confirmed


def be_sure(certainty, **other) -> str:
    return wording.phrase_sureness(build_report(certainty=certainty, **other))


def test_certainty_is_one_sentence_in_whole_times():
    assert be_sure(CERTAINTY) == f"Clear. {ANOTHER} the same about 86 times in 100."
    close = (("secure", "Secure", 0.617), ("light", "Light touch support", 0.312))
    borderline = Certainty(1000, close, 0.617, ("Secure", "Light touch support"))
    assert be_sure(borderline) == (
        f"Borderline. {ANOTHER} Secure about 62 times in 100 and Light touch support about 31."
    )
    assert be_sure(None) == ""
    assert be_sure(CERTAINTY, assignment=build_assignment(tier=None)) == ""
    assert be_sure(Certainty(reason="No figure can be drawn anew")) == ""


def test_a_doubtful_category_waits_for_a_panel_until_one_has_met():
    shares = (("secure", "Secure", 0.33), ("light_touch", "Light touch support", 0.6), ("focus", "Focus support", 0.07))
    unlikely = Certainty(1000, shares, 0.33, ("Secure", "Light touch support"))
    said = f"Doubtful. {ANOTHER} Secure about 33 times in 100 and Light touch support about 60."
    assert wording.phrase_sureness(decide(build_report(certainty=unlikely), changed=False)) == said
    assert be_sure(unlikely) == f"{said} The panel weighs which."


@pytest.mark.parametrize(
    ("focus", "plus", "also"),
    [
        (0.218, 0.0, " Secure about 23 and Focus support about 22."),  # heavier support is as likely as lighter
        (0.12, 0.15, " Secure about 23, Secure Plus about 15 and Focus support about 12."),
        (0.099, 0.0, None),
    ],
)
def test_every_outcome_that_comes_one_time_in_ten_is_named_whichever_way_it_lies(focus, plus, also):
    shares = (("plus", "Secure Plus", plus), ("secure", "Secure", 0.228), ("light", "Light touch support", 0.549))
    unsure = Certainty(1000, (*shares, ("focus", "Focus support", focus)), 0.549, ("Light touch support", "Secure"))
    first = f"Borderline. {ANOTHER} Light touch support about 55 times in 100"
    assert be_sure(unsure) == (f"{first},{also}" if also else f"{first} and Secure about 23.")


@pytest.mark.parametrize(
    ("counted", "gone", "said"),
    [
        ((), (), ""),
        (("Maths",), (), " Key priority counted: Maths."),
        (("Maths", "Science"), ("maths",), " Key priorities counted: Maths; Science."),
        (("Maths", "Science"), ("maths", "science"), ""),  # named where it is said what would change the category
    ],
)
def test_the_reason_names_the_key_priorities_that_decided_where_nothing_else_does(counted, gone, said):
    lighter = Lighter("Secure", gone=tuple((name, "england") for name in gone))
    why = wording.phrase_why(build_assignment(key_priorities=counted), lighter)
    assert why == f"At least two key priorities are gaps against England.{said}"


def test_a_reason_that_speaks_of_similar_schools_says_where_there_are_none():
    of_similar = build_assignment(reason="No key priority is a gap beside similar schools.")
    assert wording.phrase_why(of_similar, None) == "No key priority is a gap beside similar schools."
    assert wording.phrase_why(of_similar, None, alone=True) == (
        "No key priority is a gap beside similar schools. No similar schools could be compared."
    )
    assert wording.phrase_why(build_assignment(), None, alone=True) == wording.phrase_why(build_assignment(), None)


@pytest.mark.parametrize(
    ("lighter", "said"),
    [
        (None, ""),
        (Lighter(), "No other published figures would have brought less support."),
        (
            Lighter("Secure", gone=(("maths", "england"),)),
            "Without the gap in maths beside England: Secure.",
        ),
        (
            Lighter("Secure", gone=(("maths", "england"), ("reading", "england"), ("maths", "similar schools"))),
            "Without the gaps in maths and reading beside England and in maths beside similar schools: Secure.",
        ),
        (
            Lighter("Secure Plus", needed=(("Attainment 8", "similar schools"),)),
            "With a strength in Attainment 8 beside similar schools: Secure Plus.",
        ),
        (
            Lighter("Sustain", gone=(("Progress 8", "england"),), needed=(("Progress 8", "england"),)),
            "With a strength instead of the gap in Progress 8 beside England: Sustain.",
        ),
        (
            Lighter("Sustain", gone=(("A", "england"), ("B", "england")), needed=(("B", "england"), ("C", "england"))),
            "Without the gap in A beside England, with a strength instead of the gap in B beside England and with a "
            "strength in C beside England: Sustain.",
        ),
        (
            Lighter("Secure", gone=(("maths", "england"),), inspection=True),
            "Without what the inspection found and without the gap in maths beside England: Secure.",
        ),
        (
            Lighter("Secure", gone=tuple((f"M{n}", "england") for n in range(1, 8))),
            "Without the gaps in M1, M2, M3, M4 and 3 more measures beside England: Secure.",
        ),
    ],
)
def test_what_would_have_made_it_lighter_is_one_sentence(lighter, said):
    judged = tuple(one for one in build_results() if one.key_priority and find_ratings(one))
    assert judged and wording.phrase_lighter(build_report(judged, lighter=lighter)) == said


def test_what_could_not_be_judged_is_left_out_of_no_sentence_on_the_category():
    nothing = "No other figures of what was judged would have brought less support."
    judged, unjudged = (
        [one for one in build_results() if one.key_priority and bool(find_ratings(one)) is rated]
        for rated in (True, False)
    )
    half = (judged[0], unjudged[0])
    assert wording.phrase_lighter(build_report(half, lighter=Lighter())) == nothing
    assert be_sure(CERTAINTY, results=half) == f"Clear. {ANOTHER} the same about 86 times in 100."
    few = " Only one of three key priorities could be judged."
    results = (*half, unjudged[0])
    assert be_sure(CERTAINTY, results=results) == f"Clear. {ANOTHER} the same about 86 times in 100.{few}"
    early = build_assignment(early=True, without_early="Secure")
    assert be_sure(CERTAINTY, results=half, assignment=early).startswith("Clear, if the early results hold. Other")
    assert wording.phrase_lighter(build_report(half[:1], lighter=Lighter(), assignment=early)) == nothing


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1.0, "more than 99 times in 100"),
        (0.9949, "more than 99 times in 100"),
        (0.99, "about 99 times in 100"),
        (0.855, "about 86 times in 100"),
        (0.8, "about 80 times in 100"),
        (0.799, "just under 80 times in 100"),  # borderline
        (0.794, "about 79 times in 100"),
        (0.499, "just under 50 times in 100"),  # doubtful
        (0.494, "about 49 times in 100"),
        (0.014, "about once in 100"),
        (0.0099, "less than once in 100"),
        (0.0, "less than once in 100"),
    ],
)
def test_a_probability_is_never_falsely_precise(probability, words):
    assert count_times(probability) == words


def test_last_years_category_is_a_sentence_for_the_school_and_a_question_for_the_officer():
    move = Move("secure", "Secure", 2, "last year's edition", 2, True)
    newest = "It was Secure before the figures of 2018/19"
    unknown = "what moved it is not known here"
    assert phrase_change(build_report(move=move)) == f"It was Secure; {unknown}."
    assert phrase_change(build_report(move=replace(move, category="focus_support"))) == "The category is the same."
    assert phrase_change(build_report()) == ""
    known = replace(move, compared=True)
    assert phrase_change(build_report(move=known)) == (
        f"{newest}. Every strength and gap is as it was; what moved it stands under Why."
    )
    changed = replace(known, changes=("now a gap beside England: Progress 8",))
    assert phrase_change(build_report(move=changed)) == f"{newest}. Now a gap beside England: Progress 8."
    assert wording.list_changes(changed) == ("Now a gap beside England: Progress 8.",)
    assert wording.phrase_move(move) == (
        "Last year's category was Secure (last year's edition): a move of two categories towards more support, which "
        "no inspection explains. It is worth a second look."
    )
    assert wording.phrase_move(replace(move, tiers=-1, flagged=False, source="")) == (
        "Last year's category was Secure: a move of one category towards less support."
    )
    assert wording.phrase_move(replace(move, tiers=0, flagged=False, source="")) == "Last year's category was Secure."


def test_of_many_changes_two_stand_on_the_first_page_and_all_on_the_last():
    changes = tuple(f"now a gap beside England: Measure {number}" for number in range(1, 5))
    report = build_report(move=Move("secure", "Secure", 2, "", 0, False, compared=True, changes=changes))
    assert phrase_change(report) == (
        "It was Secure before the figures of 2018/19. Now a gap beside England: Measure 1. Now a gap beside England: "
        "Measure 2. Two more changes on the last page."
    )
    last = notebook.show_sureness(report).text()
    assert "Since last year:" in last and last.count("Now a gap beside England: Measure") == 4
    few = replace(report, move=replace(report.move, changes=changes[:2]))
    assert "Since last year:" not in notebook.show_sureness(few).text()


def test_the_ladder_shows_every_category_and_marks_this_years_and_last_years():
    def read_steps(report) -> str:
        lines = read_words(notebook.show_standing(report))
        return lines[lines.index("Secure Plus |") : lines.index("Intensive support") + len("Intensive support")]

    assert read_steps(build_report()) == (
        "Secure Plus | Secure | Light touch support | Focus support (proposed) | Intensive support"
    )
    moved = build_report(move=Move("secure", "Secure", 2, "", 0, False))
    assert read_steps(moved) == (
        "Secure Plus | Secure (last year) | Light touch support | Focus support (proposed) | Intensive support"
    )
    same = build_report(move=Move("focus_support", "Focus support", 0, "", 0, False))
    assert "Focus support (proposed, as last year)" in read_steps(same)
    unknown = build_report(assignment=build_assignment(tier=None, category="unrated", title="No category"))
    assert "Secure Plus" not in notebook.show_standing(unknown).text()


def test_the_category_is_a_starting_point():
    assert wording.STARTING_POINT == (
        "The category is a starting point for discussion, not a prediction of inspection and not an overall judgement "
        "of the school. Published figures cannot show everything that matters."
    )


def test_a_school_is_told_how_to_challenge_its_category():
    assert wording.phrase_challenge(build_report()) == (
        "If you think a figure or the category is wrong, tell Worcestershire County Council before it is confirmed. "
        "Say which, and what you know that the figures do not show. The panel may set another category and must give "
        "its reason in writing."
    )
    trust = build_report(assignment=build_trust_assignment(tier=None))
    assert wording.phrase_challenge(trust) == (
        "If you think a figure is wrong, or can show what published figures do not, tell The Two Counties Trust before "
        "the panel meets. It gives its reason in writing."
    )
    assert wording.phrase_challenge(decide(build_report(), changed=False)) == (
        "If you think a figure or the category is wrong, tell Worcestershire County Council. Say which, and what you "
        "know that the figures do not show. The panel has given its reason in writing."
    )
    nobody = build_report(assignment=build_assignment(organisation=""))
    assert "tell your school improvement adviser before" in wording.phrase_challenge(nobody)


def test_default_thresholds_are_labelled_as_such():
    assert wording.phrase_thresholds(build_assignment()) == (
        "Default thresholds. The thresholds behind this category came with the software. Worcestershire County Council "
        "has not adopted them."
    )
    assert wording.phrase_thresholds(build_trust_assignment()) == (
        "The Two Counties Trust has adopted the thresholds behind this category."
    )
    noticed = build_assignment(notice="These are defaults, for the council to change")
    assert wording.phrase_thresholds(noticed) == "Default thresholds. These are defaults, for the council to change."


def test_the_first_page_says_in_a_few_words_that_nobody_has_adopted_the_thresholds():
    assert wording.phrase_defaults(build_assignment()) == "Default thresholds, not yet adopted."
    assert "Default thresholds" in notebook.show_standing(build_report()).text()
    assert "Default thresholds" not in notebook.show_standing(build_report(assignment=build_trust_assignment())).text()
