"""What keeps reports from their schools besides approval: each stops the sending, says why, and what to do.

Before, a decision that came after the run, an older year and a newer edition beside it were approved and sent.
"""

from __future__ import annotations

import json
import re

import pytest
import yaml
from delivered_edition import sign_report, sign_tables, write_recipients, write_report
from test_verbs import approve, find_addresses, list_addresses, list_drafts, list_rows

from pipeline.delivery.accounting.ledger import Ledger
from pipeline.delivery.accounting.questions import ask_about_newer_editions, ask_about_thresholds
from pipeline.delivery.addressing.holds import ask_for_conversations
from pipeline.delivery.addressing.schools import read_notes
from pipeline.edition.editions import load_edition
from pipeline.policy import load_policy
from pipeline.run.lock import hold_folder

OWN, OTHER, THIRD = 900001, 900002, 900003


def describe(edition, **changes):
    """Change ``edition.yaml``."""
    path = edition.paths.description
    said = yaml.safe_load(path.read_text(encoding="utf-8")) | changes
    path.write_text(yaml.safe_dump(said, sort_keys=False), encoding="utf-8")


def find_codes(said):
    return sorted(
        set(re.findall(r"\b(?:older|thresholds|address|conversation|doubtful)-(?:\d{6}-)?[0-9a-f]{6}\b", said))
    )


def answer(run, *codes, why="Seen, and meant so"):
    code, said = run("answer", *codes, "--by", "Jane Smith", "--why", why)
    assert code == 0, said


# Current, or not sent


@pytest.mark.kernel  # Great Expectations looks at a panel's decision
def test_a_panels_decision_that_came_after_the_reports_stops_approving_and_sending(posted, server, run):
    approve(run)
    (posted.paths.local / "moderation.csv").write_text(
        f"urn,category,reason,person,date\n{OWN},Intensive support,The figures say too little.,A. Adviser,2025-11-20\n",
        encoding="utf-8",
    )
    for words in (
        ("approve", "--by", "Jane Smith", "--schools", 3),
        ("send", "--live", "--schools", 3),
        ("send",),
        ("send", "--pilot", "me@marlshire.example.org"),
    ):
        code, said = run(*words)
        assert code == 5, said
        assert f"URN {OWN}, {posted.schools[OWN]}: changed: local evidence" in said
        assert "python -m pipeline reports county" in said and str(OTHER) not in said
    assert server.received() == [] and list_drafts(posted) == []
    code, said = run("messages")
    assert code == 7 and "do not say what is known now" in said
    assert run("send", "--live", "--urn", OTHER, "--schools", 1)[0] == 0


@pytest.mark.slow
def test_a_report_of_an_edition_that_says_something_else_now_is_not_sent(posted, server, run):
    approve(run)
    describe(posted, title="Marlshire, spring 2026")
    for words in (("approve", "--by", "Jane Smith", "--schools", 3), ("send", "--live", "--schools", 3)):
        code, said = run(*words)
        changed = "changed: the edition's title, date, area, organisation, colour, contact or next steps"
        assert code == 5 and said.count(changed) == 3
    assert server.received() == []


@pytest.mark.slow
def test_a_school_that_is_no_school_of_the_edition_any_more_is_not_sent(posted, server, run):
    approve(run)
    describe(posted, area={"schools": [OWN, OTHER], "name": "Marlshire"})
    sign_tables(posted)
    code, said = run("send", "--live", "--schools", 3)
    assert code == 5 and f"URN {THIRD}, {posted.schools[THIRD]}: no report is due now" in said
    assert server.received() == []


@pytest.mark.slow
@pytest.mark.parametrize("year", ["2023/24", "2025/26"])
def test_the_year_of_edition_and_reports_must_agree(posted, server, run, year):
    approve(run)
    describe(posted, year=year, date=f"20{year[-2:]}-12-05")
    for words in (("approve", "--by", "Jane Smith", "--schools", 3), ("send", "--live", "--schools", 3), ("send",)):
        code, said = run(*words)
        assert code == 5 and f"the report in its folder is on 2024/25, and edition.yaml says {year}" in said
    assert server.received() == []


@pytest.mark.slow
def test_nothing_is_sent_while_a_run_is_under_way(posted, server, run):
    approve(run)
    with hold_folder(posted.paths.reports, "another run of the edition county is under way"):
        code, said = run("send", "--live", "--schools", 3)
    assert code == 1 and "another run of the edition county is under way" in said
    assert server.received() == []


@pytest.mark.slow
def test_what_only_lays_pages_out_makes_no_report_outdated(posted, run):
    for urn in posted.schools:
        made = posted.paths.school(urn) / "made.json"
        said = json.loads(made.read_text(encoding="utf-8"))
        said["key"]["how pages are laid out"] = "another"
        made.write_text(json.dumps(said), encoding="utf-8")
    approve(run)


# The newest of its area, else a person says why


def add_edition(edition, name, **changes):
    """Put another edition beside it that differs in ``changes``."""
    path = edition.workspace.edition(name).description
    path.parent.mkdir(parents=True)
    said = yaml.safe_load(edition.paths.description.read_text(encoding="utf-8")) | changes
    path.write_text(yaml.safe_dump(said), encoding="utf-8")


@pytest.mark.slow
def test_older_reports_than_the_newest_need_a_person_and_a_reason(posted, server, run):
    approve(run)
    add_edition(posted, "county-2026", year="2025/26", date="2026-12-05")
    for words in (("approve", "--by", "Jane Smith", "--schools", 3), ("send", "--live", "--schools", 3)):
        code, said = run(*words)
        assert code == 6 and "there is a newer edition of the same area: county-2026 (2025/26)" in said
    assert server.received() == []
    (code,) = find_codes(said)
    assert run("answer", code, "--by", "Jane Smith", "--why", " ")[0] == 1
    assert run("answer", "older-000000", "--by", "Jane Smith", "--why", "why not")[0] == 1
    answer(run, code, why="A correction of last year's")
    assert run("send", "--live", "--schools", 3)[0] == 0
    assert find_addresses(server) == list_addresses(posted)
    with Ledger(posted.paths) as ledger:
        given = ledger.list_answers()[-1]
    assert (given.question, given.answered_by, given.why) == (code, "Jane Smith", "A correction of last year's")
    page = (posted.paths.delivery / "index.html").read_text(encoding="utf-8")
    assert "May the older reports go to schools? Jane Smith answered: A correction of last year" in page


@pytest.mark.slow
def test_only_a_later_year_of_the_same_area_is_newer(edition):
    described, later = load_edition(edition.workspace, "county"), {"year": "2025/26", "date": "2026-12-05"}
    for name, changes in {
        "earlier": {"year": "2023/24"},
        "same-year": {},
        "elsewhere": {**later, "area": {"authority": 997}},
        "a-trust": {**later, "area": {"trust": 998}},
        "some-schools": {**later, "area": {"schools": [OWN]}},
        "broken": {"year": "not a year"},
    }.items():
        add_edition(edition, name, **changes)
        assert ask_about_newer_editions(edition.workspace, described) == [], name
    add_edition(edition, "newer", year="2026/27", date="2027-12-05")
    assert len(ask_about_newer_editions(edition.workspace, described)) == 1


@pytest.mark.slow
def test_thresholds_that_nobody_has_adopted_need_a_person_before_a_live_sending(posted, server, run):
    (posted.paths.ledger).unlink()
    (posted.paths.delivery / "journal.jsonl").unlink()
    approve(run)
    assert run("send")[0] == 0
    code, said = run("send", "--live", "--schools", 3)
    assert code == 6 and "are defaults that came with the software" in said and server.received() == []
    answer(run, *find_codes(said), why="Agreed for a trial year")
    assert run("send", "--live", "--schools", 3)[0] == 0


@pytest.mark.slow
def test_an_acceptance_holds_for_these_thresholds_and_this_organisation_alone(edition):
    described, policy = (
        load_edition(edition.workspace, "county"),
        load_policy("worcestershire", organisation="Marlshire"),
    )

    def find_code(changed):
        (question,) = ask_about_thresholds(described, changed)
        return question.code

    others = [
        policy.model_copy(update={"organisation": "Somebody else"}),
        policy.model_copy(update={"clauses": policy.clauses[1:]}),
    ]
    assert len({find_code(one) for one in (policy, *others)}) == 3
    assert find_code(policy.model_copy()) == find_code(policy)
    assert ask_about_thresholds(described, policy.model_copy(update={"thresholds_adopted": True})) == []


# Schools that wait


def put_on_hold(edition, *rows):
    text = "\n".join(["urn,reason,person", *rows]) + "\n"
    (edition.paths.local / "holds.csv").write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_a_school_on_hold_waits_and_the_others_go(posted, server, run):
    put_on_hold(posted, f"{OTHER},The roll is being looked into.,A. Adviser")
    approve(run)
    code, said = run("send")
    assert code == 0 and "on hold: The roll is being looked into. (A. Adviser)" in said
    assert len(list_drafts(posted)) == 4 and not any(path.name.startswith(str(OTHER)) for path in list_drafts(posted))
    code, said = run("send", "--live", "--schools", 2)
    assert "No earlier sending is known: looked in the ledger, its journal" in said
    assert code == 6 and "2 messages wait: the schools are on hold." in said
    assert "take its row out of local/holds.csv" in said and "Speak with the school" not in said
    assert find_addresses(server) == list_addresses(posted, urns=[OWN, THIRD])
    assert "On hold: The roll" in (posted.paths.delivery / "index.html").read_text(encoding="utf-8")
    put_on_hold(posted, f"# {OTHER},The roll is being looked into.,A. Adviser")
    code, said = run("send", "--live", "--schools", 1)
    assert code == 0 and "No earlier sending" not in said
    assert find_addresses(server) == list_addresses(posted)


@pytest.mark.slow
def test_a_hold_needs_a_school_a_reason_and_a_person(edition, run):
    put_on_hold(edition, "123456,Why,Who", f"{OWN},,Who", f"{OTHER},Why,")
    code, said = run("send")
    assert code == 3
    for part in ("line 2, column urn", "line 3, column reason", "line 4, column person"):
        assert part in said


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Holds.csv", "holds.xlsx", "holds (1).csv", "hold.csv", "On hold.csv", "hodls.csv"])
def test_a_file_that_was_meant_to_hold_schools_is_asked_about_where_nothing_was_held(edition, run, name):
    put_on_hold(edition, f"{OTHER},Why,Who")
    (edition.paths.local / "holds.csv").rename(edition.paths.local / name)
    code, said = run("send")
    assert code == 3 and f"local/{name}: nothing is read under this name" in said and "name holds.csv" in said


@pytest.mark.slow
def test_a_folder_in_the_place_of_the_holds_or_the_address_book_is_named(edition, run):
    (edition.paths.local / "holds.csv").mkdir()
    code, said = run("send")
    assert code == 3 and "local/holds.csv: a folder stands where a file belongs" in said
    (edition.paths.local / "holds.csv").rmdir()
    (edition.paths.local / "recipients.csv").unlink()
    (edition.paths.local / "recipients.csv").mkdir()
    code, said = run("send")
    assert code != 0 and "local/recipients.csv: a folder stands where the address book belongs" in said


@pytest.mark.slow
@pytest.mark.parametrize("content", [None, "{", "{}", "[1]"])
def test_reports_whose_list_is_gone_are_not_told_as_none(edition, run, content):
    path = edition.paths.reports / "schools.json"
    path.unlink()
    if content is not None:
        path.write_text(content, encoding="utf-8")
    code, said = run("send")
    assert code == 1 and "reports/county/schools.json: the list of the schools that have a report" in said


@pytest.mark.slow
def test_a_report_that_cannot_be_sent_as_it_is_can_be_put_on_hold(posted, server, run):
    approve(run)
    (posted.paths.school(OTHER) / "report.pdf").write_bytes(b"%PDF-1.7 another")
    assert run("send", "--live", "--schools", 3)[0] == 5
    put_on_hold(posted, f"{OTHER},Its file was changed; being looked into.,A. Adviser")
    assert run("send", "--live", "--schools", 2)[0] == 0
    assert find_addresses(server) == list_addresses(posted, urns=[OWN, THIRD])


def rest_on(edition, urn, kind, clause="matter_to_raise", **final):
    """Let a school's category rest on what was heard of it."""
    path = edition.paths.school(urn) / "facts.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts["assignment"]["clause"] = clause
    facts["officer"]["soft_intelligence"][0]["kind"] = kind
    facts["final"] |= final
    path.write_text(json.dumps(facts), encoding="utf-8")
    sign_report(edition, urn)


@pytest.mark.slow
def test_a_school_whose_category_rests_on_a_complaint_waits_until_it_was_spoken_with(posted, server, run):
    rest_on(posted, OTHER, "complaints")
    approve(run)
    code, said = run("send", "--live", "--schools", 2)
    assert code == 6 and "wait: the schools are first to be spoken with." in said and "rests on complaints" in said
    assert "record it by `answer`" in said and "holds.csv" not in said
    assert find_addresses(server) == list_addresses(posted, urns=[OWN, THIRD])
    (code,) = find_codes(run("send")[1])
    answer(run, code, why="Spoken with the head on 24 November")
    assert run("send", "--live", "--schools", 1)[0] == 0
    assert find_addresses(server) == list_addresses(posted)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "clause"),
    [
        ("staffing", "matter_to_raise"),  # it is not what the clause asks about
        ("safeguarding", "one_key_gap"),  # the figures decided
    ],
)
def test_a_school_whose_category_rests_on_something_else_does_not_wait(edition, run, kind, clause):
    rest_on(edition, OTHER, kind, clause)
    approve(run)
    assert run("send", "--live", "--schools", 3)[0] == 0


@pytest.mark.slow
def test_a_school_waits_to_be_spoken_with_though_a_panel_decided_on_another_category(edition):
    policy = load_policy("two-counties", organisation="The Two Counties Trust")
    found = []
    for final in ({}, {"category": "repair", "title": "Repair"}):
        rest_on(edition, OTHER, "complaints", **final)
        found += ask_for_conversations(policy, read_notes(edition.paths, {OTHER: edition.schools[OTHER]}).values())
    as_indicated, decided_otherwise = found
    assert "its category rests on complaints. Has it been spoken with?" in as_indicated.what
    assert "its indicated category rests on complaints. Has it been spoken with?" in decided_otherwise.what
    assert decided_otherwise.code == as_indicated.code  # a conversation before the panel's day counts


@pytest.mark.slow
def test_a_new_complaint_asks_for_a_new_conversation(edition, run):
    rest_on(edition, OTHER, "safeguarding")
    (first,) = find_codes(run("send")[1])
    answer(run, first)
    assert run("send")[0] == 0
    path = edition.paths.school(OTHER) / "facts.json"
    path.write_text(path.read_text(encoding="utf-8").replace("2025-09-11", "2025-11-30"), encoding="utf-8")
    sign_report(edition, OTHER)
    (second,) = find_codes(run("send")[1])
    assert first != second


@pytest.mark.slow
def test_a_school_of_doubtful_category_waits_for_the_panel_or_for_an_answer(posted, server, run):
    path = posted.paths.school(OTHER) / "facts.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    unsure = {"sureness": "doubtful", "probability": 0.4, "between": ["Secure", "Light touch support"]}
    facts["certainty"] = {**(facts["certainty"] or {}), **unsure}
    facts["final"]["decided_by_panel"] = False
    path.write_text(json.dumps(facts), encoding="utf-8")
    sign_report(posted, OTHER)
    approve(run)
    code, said = run("send", "--live", "--schools", 2)
    assert code == 6 and "wait: the schools are of doubtful category." in said
    assert "between Secure and Light touch support: a panel decides first" in said and "moderation.csv" in said
    assert find_addresses(server) == list_addresses(posted, urns=[OWN, THIRD])
    (code,) = find_codes(run("send")[1])
    answer(run, code, why="The panel meets in January; the head asked for it now")
    assert run("send", "--live", "--schools", 1)[0] == 0
    assert find_addresses(server) == list_addresses(posted)


# What the approver's sheet marks


def read_sheet(edition):
    return (edition.paths.delivery / "sheet.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_sheet_marks_what_has_changed_since_the_last_approval(edition, run):
    approve(run)
    assert "Changed since" not in read_sheet(edition)
    write_report(edition, OWN, edition.schools[OWN], words="One more sentence.")
    rows = [replace_address(row) if row["urn"] == str(OTHER) else row for row in list_rows(edition)]
    write_recipients(edition, rows)
    assert run("approve", "--by", "K. Jones", "--schools", 9)[0] == 1  # the sheet is written before the number is asked
    marked = read_sheet(edition).partition("To whom, and what</h2>")[0]
    assert marked.count("Changed since Jane Smith approved it: the report, the file") == 2
    assert marked.count(f"Changed since Jane Smith approved it: the address (it was head.{OTHER}@") == 1
    assert marked.count("Changed since") == 3


def replace_address(row):
    return {**row, "email": f"new.{row['email']}"} if row["role"] == "head" else row


@pytest.mark.slow
def test_the_sheet_marks_schools_that_are_held_or_unusual(edition, run):
    path = edition.paths.school(OWN) / "facts.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts["last_year"] |= {"title": "Focus support", "tier": 4}
    facts["certainty"] |= {"sureness": "borderline", "between": ["Secure", "Light touch support"]}
    path.write_text(json.dumps(facts), encoding="utf-8")
    sign_report(edition, OWN)
    put_on_hold(edition, f"{OTHER},The roll is being looked into.,A. Adviser")
    approve(run)
    marked = read_sheet(edition).partition("To whom, and what</h2>")[0]
    assert f"Last year Focus support, now {facts['final']['title']}" in marked
    assert "Not sent yet</strong>, on hold: The roll is being looked into. (A. Adviser)" in marked
    if facts["final"]["decided_by_panel"] is False:
        assert "Borderline between Secure and Light touch support" in marked
