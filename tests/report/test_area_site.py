"""The area's site: why a school is rung, what tables hold, who might help whom, and what leads where."""

from __future__ import annotations

import pytest
from example_site import build_facts, build_site, build_site_school, tell_move

from pipeline.edition.brokering import Partners
from pipeline.policy import load_policy
from pipeline.policy.assign import grant_entitlement
from pipeline.report.area.site.contents import lay_out_site
from pipeline.report.area.site.downloads import guard_formula
from pipeline.report.area.site.listing import lay_out_ring_first, lay_out_schools
from pipeline.report.area.site.overview import lay_out_overview
from pipeline.report.area.site.pieces import Link, Pairs, Several, SiteTable
from pipeline.report.area.site.priorities import lay_out_inspection
from pipeline.report.area.site.record import lay_out_record, tell_category
from pipeline.report.area.site.schools import read_school
from pipeline.report.area.site.subjects import lay_out_gaps
from pipeline.report.area.site.support import lay_out_days, lay_out_support


def find_table(page, id):
    return next(piece for piece in page.pieces if isinstance(piece, SiteTable) and piece.id == id)


def write(cell) -> str:
    """A cell as a reader would read it aloud."""
    if isinstance(cell, Several):
        return "; ".join(write(one) for one in cell.things)
    return cell.words if isinstance(cell, Link) else str(cell)


def read_rows(page, id) -> list[list[str]]:
    return [[write(cell) for cell in row.cells] for row in find_table(page, id).rows]


def read_pairs(pieces) -> list[tuple[str, str]]:
    return [(name, write(value)) for piece in pieces if isinstance(piece, Pairs) for name, value in piece.pairs]


def tell(**changed) -> list[tuple[str, str]]:
    category = changed.pop("category", "secure")
    return [(one.key, one.words) for one in build_site_school(1, "Alpha School", category, **changed).reasons]


UNSURE = {"resamples": 1000, "probabilities": [], "between": ["Secure", "Focus support"], "reason": ""}
PANEL = {"category": "secure", "title": "Secure", "tier": 2, "reason": "So.", "person": "A", "date": "2019-11-12"}
SAID = {"date": "2019-09-10", "summary_grade": "Good"}
HEARD = {"date": "2019-05-02", "kind": "staffing", "source": "HR", "note": "secret"}
CARD = {"framework": "report card", "kind": "report card", "area": "Inclusion", "outcome": "Strong standard"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, []),
        (
            {"officer": {"self_evaluation": [{**SAID, "self_referral": True}]}},
            [("asked", "The school asked for support itself (10 September 2019).")],
        ),
        ({"officer": {"self_evaluation": [{**SAID, "self_referral": False}]}}, []),
        (
            {"officer": {"soft_intelligence": [HEARD, {**HEARD, "kind": "finance"}]}},
            [("heard", "Heard of staffing (2 May 2019) and finance (2 May 2019).")],
        ),
        ({"last_year": tell_move("secure_plus", 1)}, []),
        (
            {"last_year": tell_move("focus", -2, flagged=True)},
            [
                (
                    "moved",
                    "Moved from Focus support to Secure, two categories towards less support; no inspection explains "
                    "it.",
                )
            ],
        ),
        (
            {"inspections": [{**CARD, "date": "2019-09-01", "about_predecessor": False}]},
            [("inspected", "Inspected on 1 September 2019 (report card), after the year that the figures are of.")],
        ),
        ({"inspections": [{**CARD, "date": "2019-08-31", "about_predecessor": False}]}, []),
        (
            {"certainty": {**UNSURE, "probability": 0.62, "sureness": "borderline"}},
            [
                (
                    "borderline",
                    "Borderline: the same rules give Secure 62 times in 100; the likeliest other outcome is Focus "
                    "support.",
                )
            ],
        ),
        (
            {"certainty": {**UNSURE, "probability": 0.3, "sureness": "doubtful"}},
            [
                ("panel", "No panel has decided yet: its report waits for that."),
                (
                    "doubtful",
                    "Doubtful: the same rules give Secure 30 times in 100; the likeliest other outcome is Focus "
                    "support.",
                ),
            ],
        ),
        (
            {
                "certainty": {**UNSURE, "probability": 0.3, "sureness": "doubtful"},
                "officer": {"panel": {**PANEL, "changed": False}},
            },
            [],
        ),
        (
            {"category": "insufficient_evidence"},
            [
                ("panel", "No panel has decided yet."),
                ("evidence", "The published figures are too few for a category."),
            ],
        ),
    ],
)
def test_why_a_school_is_rung(changed, told):
    assert tell(**changed) == told


def test_notes_and_sources_of_what_was_heard_stand_in_the_record_alone():
    facts = build_facts(1, "Alpha School", officer={"soft_intelligence": [HEARD]})
    site = build_site(read_school(facts))
    assert not any("secret" in repr(page) for page in lay_out_site(site))
    assert "secret" in repr(lay_out_record(site, site.schools[0], facts))


@pytest.mark.slow
def test_schools_to_ring_stand_by_their_first_reason_and_then_by_name():
    site = build_site(
        build_site_school(1, "Alpha School", certainty={**UNSURE, "probability": 0.62, "sureness": "borderline"}),
        build_site_school(2, "Beta School", officer={"soft_intelligence": [HEARD]}),
        build_site_school(3, "Élan School", officer={"self_evaluation": [{**SAID, "self_referral": True}]}),
        build_site_school(4, "Delta School"),
        build_site_school(5, "Aspen School", officer={"soft_intelligence": [HEARD]}),
    )
    page = lay_out_ring_first(site)
    assert [row[0] for row in read_rows(page, "ring-first")] == [
        "Élan School",
        "Aspen School",
        "Beta School",
        "Alpha School",
    ]
    assert find_table(page, "ring-first").note.endswith("One more school has none of these reasons.")


@pytest.mark.parametrize(
    ("towns", "told"),
    [
        (("Fareham", "Southampton"), ["St Mary's (Fareham)", "St Mary's (Southampton)"]),
        (("Fareham", "FAREHAM"), ["St Mary's (URN 1)", "St Mary's (URN 2)"]),
        (("Fareham", ""), ["St Mary's (Fareham)", "St Mary's (URN 2)"]),
    ],
)
def test_schools_of_one_name_are_told_apart_in_every_list(towns, told):
    heard = {"officer": {"soft_intelligence": [HEARD]}, "ratings": (MATHS_GAP,)}
    named = [
        build_site_school(urn, "St Mary's", school={"town": town}, **heard) for urn, town in enumerate(towns, start=1)
    ]
    site = build_site(*named, build_site_school(3, "Alpha", school={"town": "Fareham"}, **heard))
    for page, id in ((lay_out_ring_first(site), "ring-first"), (lay_out_gaps(site), "gaps")):
        assert [row[0] for row in read_rows(page, id)] == ["Alpha", *told]


def test_every_school_is_listed_by_name_and_leads_to_its_record():
    site = build_site(
        build_site_school(2, "Beta"), build_site_school(1, "Alpha", adviser="J. Marlow", district="North")
    )
    table = find_table(lay_out_schools(site), "schools")
    assert [row.cells[0] for row in table.rows] == [Link("Alpha", "schools/1.html"), Link("Beta", "schools/2.html")]
    assert {one.key: one.options for one in table.filters} == {"district": ("North",), "adviser": ("J. Marlow",)}


def test_what_all_schools_share_is_no_filter_and_what_nobody_wrote_down_is_no_column():
    table = find_table(lay_out_schools(build_site(build_site_school(1, "A"), build_site_school(2, "B"))), "schools")
    assert table.filters == ()
    assert not {"District", "Adviser", "Last year"} & {column.heading for column in table.columns}


def test_the_matrix_of_moves_counts_every_school_once_and_names_those_that_moved():
    site = build_site(
        build_site_school(1, "Alpha", "focus", last_year=tell_move("secure", 2)),
        build_site_school(2, "Beta", "focus", last_year=tell_move("secure", 2)),
        build_site_school(3, "Gamma", "secure", last_year=tell_move("secure", 0)),
        build_site_school(4, "Delta", "secure"),
    )
    page = lay_out_overview(site)
    rows = {row[0]: row[1:] for row in read_rows(page, "moves")}
    assert rows["Secure"] == ["0", "1", "0", "2", "0", "0"]
    assert sum(int(count) for row in rows.values() for count in row) == 3
    moved = find_table(page, "moves").rows[1].cells
    assert moved[4] == Link("2", "index.html#moved-secure-focus")
    assert moved[2] == Link("1", "schools.html#category=Secure&last=Secure")
    titles = [piece.id for piece in page.pieces if getattr(piece, "id", "").startswith("moved-")]
    assert titles == ["moved-secure-focus"]


@pytest.mark.slow
def test_the_bars_stand_beside_last_years_numbers_which_say_of_how_many_they_are():
    site = build_site(
        build_site_school(1, "Alpha", "focus", last_year=tell_move("secure", 2)), build_site_school(2, "Beta", "secure")
    )
    page = lay_out_overview(site)
    counted = {row[0]: row[1:3] for row in read_rows(page, "categories")}
    assert counted["Focus support"] == ["1", "0"] and counted["Secure"] == ["1", "1"]
    assert find_table(page, "categories").note.endswith("Last year's category is known of 1 of 2.")


def test_an_area_without_the_rows_of_all_authorities_says_so():
    site = build_site(build_site_school(1, "Alpha"), facts={"figures": [], "top_tenth": [], "by_phase": []})
    said = " ".join(repr(piece) for piece in lay_out_overview(site).pieces)
    assert "no file of this edition holds the rows of all authorities" in said
    assert "hold no figures of the area as a whole" in said


def test_an_ambition_among_authorities_is_told_of_an_authority_alone():
    for of_authority in (True, False):
        site = build_site(build_site_school(1, "Alpha"), facts={"top_tenth": []}, of_authority=of_authority)
        assert ("The ambition." in repr(lay_out_overview(site).pieces)) is of_authority


def test_the_top_tenth_is_told_year_by_year_with_the_place():
    one = {
        "source": "all authorities",
        "measure": "m",
        "group": "all",
        "title": "Reading",
        "unit": "percent",
        "decimals": 0,
        "direction": "higher is better",
        "provisional": False,
        "place": 40,
        "authorities": 152,
        "value": 60.0,
        "threshold": 66.0,
        "within": False,
    }
    told = [{**one, "year": "2017/18"}, {**one, "year": "2018/19", "value": 67.0, "within": True}]
    page = lay_out_overview(build_site(build_site_school(1, "A"), facts={"top_tenth": told}))
    assert read_rows(page, "top-tenth-1") == [["Reading", "60% (66%); place 40 of 152", "67% (66%); in the top tenth"]]


MATHS_GAP = ("ks2_maths_expected", "gap", False)
MATHS_STRENGTH = ("ks2_maths_expected", "strength", True)
BOTH_GAP = ("ks2_rwm_expected", "gap", True)


def test_gaps_stand_under_their_subject_and_under_their_theme_where_they_are_of_none():
    site = build_site(
        build_site_school(1, "Alpha", ratings=(MATHS_GAP, BOTH_GAP)),
        build_site_school(2, "Beta", ratings=(("ks2_maths_expected", "no clear difference", False),)),
    )
    page = lay_out_gaps(site)
    assert [column.heading for column in find_table(page, "gaps").columns][2:] == ["Maths", "Attainment"]
    assert [row[2:] for row in read_rows(page, "gaps")] == [["gap", "gap*"], ["not clear", "–"]]
    assert read_rows(page, "subjects") == [["Maths", "2", "1", "0"], ["Attainment", "1", "1", "0"]]


@pytest.mark.slow
def test_who_might_help_has_a_strength_in_the_same_subject_and_is_of_the_same_phase():
    doubtful = {**UNSURE, "probability": 0.3, "sureness": "doubtful"}
    site = build_site(
        build_site_school(1, "Alpha", "focus", ratings=(MATHS_GAP,)),
        build_site_school(2, "Beta", "secure_plus", ratings=(MATHS_STRENGTH,)),
        build_site_school(3, "Gamma", "secure_plus", ratings=(MATHS_STRENGTH,), school={"phase": "secondary"}),
        build_site_school(4, "Delta", "secure", ratings=(MATHS_STRENGTH,)),
        build_site_school(5, "Eta", "secure_plus", ratings=(BOTH_GAP, MATHS_STRENGTH), certainty=doubtful),
        build_site_school(6, "Zeta", "light_touch", ratings=(BOTH_GAP,)),
    )
    rows = {(row[0], row[2]): row[4] for row in read_rows(lay_out_support(site), "support")}
    strong = "Strong in ks2 maths expected (beside England)"
    away = "the same town"
    assert rows["Alpha", "Maths"] == f"Beta, {away}; {strong}; Eta (category doubtful), {away}; {strong}"
    assert rows["Zeta", "Attainment"] == "No other primary school in Secure Plus has a strength in it and no gap"
    leaders = read_rows(lay_out_support(site), "leaders")
    assert [row[0] for row in leaders] == ["Beta", "Eta", "Gamma"]
    certain = {row[0]: row[4] for row in read_rows(lay_out_schools(site), "schools")}
    assert all(row[2] == certain[row[0]] for row in leaders)


def tell_support(**people: str) -> dict:
    """Two days of support as facts tell them, with whom an agreed plan has for them, and one that waits."""
    shared = {"who_may": ["School Improvement Adviser"], "about": "Maths", "why": "Initial visit", "hours": 3}
    shared |= {"due_by": False, "number": 1, "term": "Spring"}
    activities = [
        {**shared, "activity": "visit", "what": "Initial visit", "day": "2020-01-14", "status": "moved"},
        {**shared, "activity": "call", "what": "Follow-up call", "day": "2020-03-20", "status": "cancelled"},
        {**shared, "activity": "later", "what": "=Visit <b>", "day": None, "term": "", "status": "if needed"},
    ]
    given = [{"activity": key, "number": 1, "person": person} for key, person in people.items()]
    return {
        "support": {"contact": next(iter(people.values()), ""), "activities": activities},
        "officer": {"given_by": given},
    }


def test_the_year_of_support_stands_by_day_with_whom_the_agreed_plan_names():
    agreed = build_site_school(1, "Alpha School", **tell_support(visit="Ines Calloway"))
    earlier = tell_support()
    earlier["support"]["activities"][0]["day"] = "2020-01-09"
    site = build_site(agreed, build_site_school(2, "Beta School", **earlier))
    assert read_rows(lay_out_days(site), "days") == [
        ["Beta School", "9 January 2020", "Initial visit", "Maths", "School Improvement Adviser"],
        ["Alpha School", "14 January 2020", "Initial visit", "Maths", "Ines Calloway"],
    ]
    record = lay_out_record(site, agreed, build_facts(1, "Alpha School", **tell_support(visit="Ines Calloway")))
    assert [row[:2] + row[3:4] + row[5:] for row in read_rows(record, "year-of-support")] == [
        ["Initial visit", "14 January 2020", "Ines Calloway", "moved"],
        ["Follow-up call", "20 March 2020", "School Improvement Adviser", "cancelled"],
        ["=Visit <b>", "–", "School Improvement Adviser", "if needed"],
    ]
    assert any("Ines Calloway." in str(piece) for piece in record.pieces)
    nobody = build_site(build_site_school(1, "Alpha School"))
    assert read_rows(lay_out_days(nobody), "days") == []


@pytest.mark.slow
def test_each_school_is_named_for_few_and_nobody_where_partners_cannot_be_read():
    strong = build_site_school(10, "Strong", "secure_plus", ratings=(MATHS_STRENGTH,))
    weak = [build_site_school(urn, f"Weak {urn}", "focus", ratings=(MATHS_GAP,)) for urn in range(1, 6)]
    told = [row[4] for row in read_rows(lay_out_support(build_site(strong, *weak)), "support")]
    assert [cell.startswith("Strong, the same town") for cell in told] == [True] * 3 + [False] * 2
    assert told[-1] == "Whoever might help is not named (Strong: named for as many schools as one may be)"
    barred = Partners(conflicts=frozenset({frozenset({1, 10})}))
    told = [row[4] for row in read_rows(lay_out_support(build_site(strong, *weak, partners=barred)), "support")]
    assert told[0] == "Whoever might help is not named (Strong: a conflict is noted)"
    silent = lay_out_support(build_site(strong, *weak, partners=None))
    assert not [one for one in silent.pieces if getattr(one, "id", "") == "support"]
    assert "could not be read" in str(silent.pieces[0])


def test_where_no_file_tells_of_inspections_no_table_lists_schools_without_any():
    told = build_site_school(1, "Alpha", inspections=[{**CARD, "date": "2025-11-20", "about_predecessor": False}])
    untold = build_site_school(2, "Beta", inspections=[])
    assert len(find_table(lay_out_inspection(build_site(told, untold)), "inspections").rows) == 2
    (said,) = lay_out_inspection(build_site(untold)).pieces
    assert "no overall grade" in said.things[0]


def test_a_record_holds_every_clause_every_chance_and_lines_for_the_panel():
    facts = build_facts(
        1,
        "Alpha School",
        certainty={
            **UNSURE,
            "probability": 0.62,
            "sureness": "borderline",
            "probabilities": [
                {"category": "secure", "title": "Secure", "probability": 0.62},
                {"category": "focus", "title": "Focus support", "probability": 0.38},
            ],
        },
    )
    site = build_site(read_school(facts))
    page = lay_out_record(site, site.schools[0], facts)
    assert [row[0] for row in read_rows(page, "clauses")] == ["1. inspection concern", "2. two key gaps"]
    assert read_rows(page, "chances") == [
        ["Secure", "About 62 times in 100"],
        ["Focus support", "About 38 times in 100"],
    ]
    assert page.pieces[-1].lines[0] == "Category" and page.urn == 1


def test_a_record_tells_first_what_the_decided_category_brings():
    policy = load_policy("worcestershire")
    panel, final = {**PANEL, "changed": True}, {"category": "focus", "title": "Focus support", "decided_by_panel": True}
    facts = build_facts(1, "Alpha School", officer={"panel": panel}, final=final)
    indicated = "; ".join(facts["assignment"]["entitlement"]["lines"])
    assert read_pairs(tell_category(policy, facts))[-2:] == [
        ("What the decided category brings", "; ".join(grant_entitlement(policy, "focus").lines)),
        ("What the indicated category would have brought", indicated),
    ]
    facts["officer"]["panel"]["changed"] = False
    assert read_pairs(tell_category(policy, facts))[-1] == ("What the indicated category brings", indicated)


def test_what_is_withheld_is_a_word_in_the_record_and_no_number():
    facts = build_facts(1, "Alpha School")
    site = build_site(read_school(facts))
    rows = {row[0]: row[1:] for row in read_rows(lay_out_record(site, site.schools[0], facts), "years")}
    assert rows["Reading, writing and maths expected, disadvantaged*"][1:3] == ["SUPP", "SUPP"]


@pytest.mark.parametrize("text", ["=1+1", "+44", "-x", "@SUM(A1)", "＝1", "\t=1", "\r\n=cmd|' /C calc'!A0"])
def test_what_a_spreadsheet_would_calculate_stays_a_text(text):
    assert guard_formula(text).startswith("'")


@pytest.mark.parametrize("text", ["St Anne's", "1st School", "'tis", "a=b"])
def test_other_texts_stay_as_they_are(text):
    assert guard_formula(text) == text
