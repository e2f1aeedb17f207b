"""Three real editions from published files: every school of the area told of, judged and explained, none lost.

Every school is listed; of many, each fifteenth is read, analysed and given its category by the functions the notebook
calls (all of them by ``make test-long``); one goes the whole way through the real engine to HTML and PDF.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from functools import partial

import pytest

from pipeline.edition.editions import load_edition
from pipeline.policy import load_policy
from pipeline.run.due.digests import list_schools
from pipeline.run.preparing.preparation import prepare

pytestmark = [pytest.mark.kernel, pytest.mark.published]

YEARS = ("2016-2017", "2017-2018", "2018-2019")
SHARED = ("2018-2019/england_abs.csv", "2018-2019/england_census.csv")
SECONDARIES = ("2018-2019/england_ks4provisional.csv", "ofsted/ofsted_31Aug2025_five_authorities.csv", *SHARED)
TWO_COUNTIES = (137158, 137981, 142725, 142741, 144391, 145109, 145966)
AREA = ("--schools", ",".join(map(str, TWO_COUNTIES)), "--organisation", "The Two Counties Trust")


@pytest.fixture
def make_edition(desk, published, no_data_docs):
    """Make a real edition by the verb an analyst types, and read its files."""

    def make(name, files, *words, year="2018/19"):
        given = [part for file in files for part in ("--from", str(published / file))]
        code, said = desk.say("new", name, "--year", year, "--title", name, *words, *given)
        assert code == 0, said
        from pipeline.foundation.paths import find_workspace

        prepared = prepare(load_edition(find_workspace(), name))
        assert prepared.faults == ()
        return prepared

    return make


SOME_OR_ALL = pytest.mark.parametrize("every", [15, pytest.param(1, marks=pytest.mark.long)])


def judge_all(prepared, chosen=lambda urn: True):
    """Study every school due that is chosen; give the facts of each. A tenth of the draws will do: no probability is
    asked for."""
    from pipeline.policy.doubt import certainty
    from pipeline.report.facts import build_school_facts, compose_facts
    from pipeline.report.school.notebook import read_edition_note, study_school

    edition = prepared.edition
    note, policy = read_edition_note(edition.paths), load_policy(edition.description.policy)
    few, found = partial(certainty.find_certainty, resamples=certainty.RESAMPLES // 10), {}
    with pytest.MonkeyPatch.context() as here:
        here.setattr(certainty, "find_certainty", few)
        for school in list_schools(prepared.edition, prepared.tables):
            if not school.not_due and chosen(school.urn):
                report = study_school(prepared.tables.load_school(school.urn), note, policy)
                facts = json.loads(compose_facts(build_school_facts(report)))
                assert facts["school"]["urn"] == school.urn
                assert facts["assignment"]["reason"] and facts["assignment"]["facts"]
                found[school.urn] = facts
    return found


TERMS = (
    "kind,name,first_day,last_day\n"
    "term,Autumn,2019-09-03,2019-12-20\nhalf term,,2019-10-28,2019-11-01\n"
    "term,Spring,2020-01-06,2020-04-03\nhalf term,,2020-02-17,2020-02-21\n"
    "term,Summer,2020-04-20,2020-07-21\nhalf term,,2020-05-25,2020-05-29\n"
)


def plan_support(prepared, found, people):
    """Plan the year of support from facts as ``judge_all`` gives them, with people (name: role and days a term)."""
    from pipeline.foundation.paths import find_workspace
    from pipeline.run.desk.support.planning import plan_edition_support
    from pipeline.run.desk.support.writing import write_plan

    paths = prepared.edition.paths
    for urn, facts in found.items():
        paths.school(urn).mkdir(parents=True, exist_ok=True)
        (paths.school(urn) / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    statuses = [{"urn": urn, "name": "", "status": "done", "reason": ""} for urn in found]
    (paths.reports / "schools.json").write_text(json.dumps(statuses), encoding="utf-8")
    rows = [f"{name},{role},,,{days},,,yes\n" for name, (role, days) in people.items()]
    header = "name,role,subjects,phases,days_a_term,home,conflicts,serving\n"
    (paths.local / "terms.csv").write_text(TERMS, encoding="utf-8")
    (paths.local / "people.csv").write_text(header + "".join(rows), encoding="utf-8")
    plan = plan_edition_support(find_workspace(), prepared.edition.name, lambda _: None)
    assert write_plan(plan).is_file()
    assert {visit.activity.urn for visit in plan.visits} == set(found)
    spent = Counter()
    for visit in plan.list_standing():
        assert visit.activity.day in plan.year.days and visit.activity.day > prepared.edition.date
        spent[visit.person, visit.activity.term] += visit.activity.days
    given = {person.name: person.days for person in plan.people}
    assert all(days <= given[who][term - 1] + 1e-6 for (who, term), days in spent.items() if who)
    for one in plan.schools:
        brought = {provision.activity for provision in plan.policy.list_provisions(one.support.category)}
        need = plan.support.find_need(len(one.areas))
        never = {
            provision.activity
            for provision in plan.policy.list_provisions(one.support.category)
            if isinstance(provision.often, dict) and provision.often[need] == 0
        }
        assert {visit.activity.key for visit in plan.visits if visit.activity.urn == one.urn} == brought - never
    return plan


def count_categories(found):
    return Counter(facts["assignment"]["title"] for facts in found.values())


@SOME_OR_ALL
def test_hampshire_key_stage_2(make_edition, every):
    files = [f"{year}/850_ks2final.csv" for year in YEARS]
    prepared = make_edition("hampshire-2019", [*files, *SHARED], "--authority", "850")
    schools = list_schools(prepared.edition, prepared.tables)
    listed = prepared.tables.schools().query("la == 850")
    assert len(schools) == len(listed) and all(school.not_due or school.name for school in schools)
    due = [school.urn for school in schools if not school.not_due]
    # 329 open ones, and two the list calls closed, with no date, beside their figures of 2018/19 (115993, 116379)
    assert len(due) == 331 and {115993, 116379} <= set(due)
    chosen = {*due[::every], 115993, 116379}
    found = judge_all(prepared, chosen.__contains__)
    assert set(found) == chosen
    categories = count_categories(found)
    assert set(categories) <= {
        "Secure Plus", "Secure", "Light touch support", "Focus support", "Intensive support", "Insufficient evidence"
    }  # fmt: skip
    assert categories["Secure"] > 100 / every and categories["Focus support"] > 5 / every
    three_years = [
        one for facts in found.values() for one in facts["indicators"] if one["indicator"] == "ks2_rwm_expected"
    ]
    assert sum(len(one["years"]) == 3 for one in three_years) > 250 / every


def test_an_edition_of_one_year_gives_provisional_categories(make_edition, published):
    """The file of 2016/17 looks back at one year, without the pupils by whom it could be pooled."""
    name = f"{YEARS[0]}/850_ks2final.csv"
    with (published / name).open(encoding="utf-8-sig", newline="") as stream:
        urns = [row["URN"] for row in csv.DictReader(stream) if row["RECTYPE"] == "1"]
    some = urns[::8]  # of every kind: the file is in the order of the schools' numbers
    prepared = make_edition("hampshire-2017", [name], "--schools", ",".join(some), year="2016/17")
    found = judge_all(prepared)
    assert len(found) > 37
    categories = count_categories(found)
    assert categories["Insufficient evidence"] / len(found) < 0.1  # of all schools, where it was each of them
    assert categories["Secure"] > 25 and categories["Light touch support"] >= 3
    for facts in found.values():
        assert facts["assignment"]["provisional"] == (facts["assignment"]["tier"] is not None)
        rated = [one for one in facts["indicators"] if any(two["p_value"] is not None for two in one["comparisons"])]
        assert all(one["provisional"] == (len(one["years"]) == 1) for one in rated)


@SOME_OR_ALL
def test_worcestershire_key_stage_4(make_edition, every):
    files = (*SECONDARIES, "gias/links_edubasealldata20250422.csv")
    prepared = make_edition("worcestershire-2019", files, "--authority", "885")
    schools = list_schools(prepared.edition, prepared.tables)
    not_due = Counter(bool(school.not_due) for school in schools)
    # schools that have become academies since are named by the links file, and are themselves in 2018/19
    assert len(schools) > 250 and not_due[False] == 241 and all(school.name for school in schools)
    told = prepared.tables.observations(measure="ks4_progress8", year=2019)["urn"]
    due = [school.urn for school in schools if not school.not_due]
    chosen = {*due[::every], *told.dropna().astype(int)} & set(due)
    found = judge_all(prepared, chosen.__contains__)
    assert set(found) == chosen
    with_results = [
        facts for facts in found.values() if any(one["indicator"] == "ks4_progress8" for one in facts["indicators"])
    ]
    assert len(with_results) >= 29
    categories = count_categories(found)
    assert categories["Secure"] + categories["Secure Plus"] > 15
    advisers = {f"Adviser {number:02}": ("adviser", 30) for number in range(12)}
    plan = plan_support(prepared, found, {**advisers, "Leader A": ("sle; lle", 20), "Leader B": ("sle; lle", 20)})
    assert plan.list_unmet() == [] and len(plan.contacts) == len(found)
    assert all(wish.gap < 0.1 for wish in plan.staffing.wishes)


def test_the_two_counties_trust_through_the_real_engine(make_edition, desk):
    prepared = make_edition("two-counties-2019", SECONDARIES, *AREA, "--policy", "two-counties")
    schools = list_schools(prepared.edition, prepared.tables)
    assert sorted(school.urn for school in schools) == sorted(TWO_COUNTIES)
    assert [school.not_due for school in schools] == [""] * 7
    roles = load_policy("two-counties").support.roles
    staff = {f"{role} {number}": (role, 30) for role in roles for number in range(2)}
    plan = plan_support(prepared, judge_all(prepared), staff)
    assert plan.list_unmet() == []
    least = {"sustain": (3, 1), "improve": (6, 1), "repair": (6, 3), "stabilise": (10, 6)}
    for one in plan.schools:
        provisions = plan.policy.list_provisions(one.support.category)
        for amount, wanted in zip(
            ("Days a year", "Of which external consultant"), least[one.support.category], strict=True
        ):
            counted = {provision.activity for provision in provisions if provision.towards.get(amount) == "days"}
            own = [visit.activity for visit in plan.list_standing() if visit.activity.urn == one.urn]
            assert sum(activity.days for activity in own if activity.key in counted) >= wanted
    code, said = desk.say("reports", "two-counties-2019", "--urn", "142741")
    assert code == 0, said
    folder = desk.root / "reports" / "two-counties-2019" / "schools"
    facts = json.loads((folder / "142741" / "facts.json").read_text(encoding="utf-8"))
    assert facts["school"]["name"] == "Swanwick Hall School"
    assert facts["assignment"]["title"] in ("Sustain", "Improve", "Repair", "Stabilise")
    page = (folder / "142741" / "report.html").read_text(encoding="utf-8")
    assert "Days a year" in page and "Progress 8" in page and (folder / "142741" / "report.pdf").is_file()


def test_worcestershires_ambition_is_measured_where_a_file_tells_of_all_authorities(make_edition):
    from pipeline.report.area.findings import build_area_facts
    from pipeline.report.area.notebook import open_area, show_top_tenth

    results = "2018-2019/england_ks4provisional.csv"
    lait, la_data = "../dfe-more/2024-2025/lait_bds_long_subset.csv", "../dfe-more/2022-2023/2223_la_data_revised.csv"
    make_edition("worcestershire-ambition", (results, lait, la_data), "--authority", "885")
    report = open_area("worcestershire-ambition")
    attainment = [one for one in report.top_tenth if one.title == "Attainment 8" and one.year == 2019]
    assert [(one.source, one.value, one.top.threshold, one.top.authorities) for one in attainment] == [
        ("key stage 4 results", 46.5, 51.3, 150),
        ("key stage 4 results of authorities (Explore Education Statistics)", 46.6, 51.3, 150),
        ("local authority interactive tool (LAIT)", 46.6, 51.3, 150),
    ]
    assert {one.year for one in report.top_tenth} == {2017, 2018, 2019}
    shown = " ".join(show_top_tenth(report).text().split())
    assert "top 10% of local authorities nationally" in shown and "−4.7" in shown
    assert len(build_area_facts(report)["top_tenth"]) == len(report.top_tenth)
