"""Reminders of support: to each person what they have to do, approved, sent once, by the ways that reports go."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from support_schools import PEOPLE_HEADER, day, make_edition
from typer.testing import CliRunner

from pipeline.cli.verbs import app
from pipeline.delivery.addressing.supporters import read_supporters
from pipeline.delivery.composing.reminders import compose_reminders
from pipeline.delivery.releasing.guard import ReminderGuard, _read_page
from pipeline.delivery.settings import read_settings
from pipeline.foundation.errors import FaultyInput, PipelineError
from tests.delivery.mail_server import MailServer

SCHOOLS = {
    900001: {"category": "secure", "name": "Ash & Elm School"},
    900003: {"category": "focus", "subjects": ["reading", "maths"], "name": "Birch School"},
    900026: {"category": "light_touch", "subjects": ["maths"], "name": "Cedar School"},
}
HEADER = PEOPLE_HEADER.replace("\n", ",email\n")
INES, TOM, MAREK = (f"{who}@marlshire.example.org" for who in ("ines", "tom", "marek"))
PEOPLE = HEADER + (
    f"Ines Calloway,adviser,reading,primary,4;6;5,Larkstead,900026,no,{INES}\n"
    f"Tom Fairbrother,adviser,maths,primary,4;6;5,,900001;900003,no,{TOM}\n"
    "Marek Dunn,sle,reading,primary,1;3;3,,,yes,\n"
)
OUTCOME = "The head is thinking of leaving at Easter."
LOG = f"urn,date,activity,days,person,outcome\n900003,2026-01-09,criteria_visit,1,Ines Calloway,{OUTCOME}\n"
REASON = "The chair of governors asked for a later day."
CHANGES = (
    "urn,activity,number,change,new_date,person,reason,date\n"
    f"900026,Initial visit,1,moved,2026-02-04,,{REASON},2025-12-08\n"
)
SETTINGS = {
    "sender": {"name": "School Improvement", "address": "reports@marlshire.example.org"},
    "contact": "School Improvement, 01632 960123",
    "allowed_domains": ["marlshire.example.org"],
    "channel": "folder",
}
ON = day("2026-02-01")


def write_settings(workspace, **changed):
    path = workspace.edition("sample").delivery_settings
    path.write_text(yaml.safe_dump(SETTINGS | changed, sort_keys=False), encoding="utf-8")


@pytest.fixture
def workspace(tmp_path):
    made = make_edition(tmp_path, SCHOOLS, people=PEOPLE, support_log=LOG, support_plan=CHANGES)
    write_settings(made)
    return made


def compose(workspace, **more):
    return compose_reminders(workspace, "sample", lambda _: None, **{"on": ON, **more})


def open_guard(reminders):
    return ReminderGuard(reminders.paths, reminders.list_schools_by_person(), reminders.list_officers_words())


@pytest.mark.slow
def test_each_person_is_told_what_they_have_to_do_and_nothing_else(workspace):
    reminders = compose(workspace)
    by_name = {one.recipient.name: one for one in reminders.messages}
    assert set(by_name) == {"Ines Calloway", "Tom Fairbrother"} and reminders.unreachable == ("Marek Dunn",)
    tom, ines = by_name["Tom Fairbrother"], by_name["Ines Calloway"]
    assert "- Initial visit at Cedar School (URN 900026): 4 February 2026, 09:30. 3 hours." in tom.text
    assert tom.urns == (900026,) and 900026 not in ines.urns
    assert "Overdue" in ines.text and "- Initial visit on criteria-based" not in ines.text  # that one is logged
    assert "Spring: 6 days to give, 1 given" in ines.text and "Autumn" not in ines.text
    for one in reminders.messages:
        said = one.subject + one.text + one.html
        others = [person for person in ("Ines", "Tom", "Marek") if person not in one.recipient.name]
        assert not [words for words in (OUTCOME, REASON, *others) if words in said]
        assert open_guard(reminders)(one) == []


@pytest.mark.slow
def test_text_and_html_say_the_same_and_the_same_input_gives_the_same_messages(workspace):
    for one in compose(workspace).messages:
        page = " ".join(" ".join(_read_page(one.html.partition("<main>")[2]).words).split())
        assert page == " ".join(one.text.replace("\n- ", "\n").split())
        assert one.html.startswith('<!DOCTYPE html>\n<html lang="en-GB">') and "Ash & Elm" not in one.html
    assert [one.digest for one in compose(workspace).messages] == [one.digest for one in compose(workspace).messages]


def test_every_fault_of_an_address_is_named_at_once(workspace):
    paths = workspace.edition("sample")
    write_settings(workspace, shared_addresses=["office@marlshire.example.org"])
    (paths.local / "recipients.csv").write_text(
        "urn,role,name,email,channel\n900001,head,A. Head,head@marlshire.example.org,\n"
        f"900001,adviser,ines  CALLOWAY,{INES},\n",
        encoding="utf-8",
    )
    rows = [INES, "a@marlshire.example", INES.upper(), "office@marlshire.example.org", "head@marlshire.example.org"]
    names = ["Ines Calloway", "B B", "C C", "D D", "E E"]
    text = "".join(f"{name},adviser,,,5,,,no,{email}\n" for name, email in zip(names, rows, strict=True))
    (paths.local / "people.csv").write_text(HEADER + text, encoding="utf-8")
    with pytest.raises(FaultyInput) as refused:
        read_supporters(paths, read_settings(paths))
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(line, "email") for line in (3, 4, 5, 6)]
    for words in (
        "does not allow it",
        "beside Ines Calloway",
        "several people read it",
        "beside another name: a. head",
    ):
        assert words in str(refused.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda one: replace(one, text=one.text + "Birch School"), "names Birch School (URN 900003)"),
        (lambda one: replace(one, html=one.html + "<p>900003</p>"), "names URN 900003"),
        (lambda one: replace(one, about=(*one.about, (900003, "Birch School"))), "nothing to do at URN 900003"),
        (lambda one: replace(one, recipient=replace(one.recipient, address=INES)), f"does not have {INES} beside Tom"),
        (lambda one: replace(one, text=one.text + OUTCOME), "what officers alone may read"),
        (lambda one: replace(one, html=one.html + REASON), "what officers alone may read"),
        (lambda one: replace(one, text=one.text.replace("900026", "")), "does not hold URN 900026"),
    ],
)
def test_a_reminder_that_is_not_its_persons_own_is_found(workspace, spoil, said):
    reminders = compose(workspace)
    (tom,) = (one for one in reminders.messages if one.recipient.address == TOM)
    assert said in " ".join(open_guard(reminders)(spoil(tom)))


@pytest.mark.slow
def test_reminders_leave_by_a_way_of_their_own_where_one_is_named(workspace):
    write_settings(workspace, channel="notify", notify={"template": "x"}, reminders="folder")
    assert {one.recipient.channel for one in compose(workspace).messages} == {"folder"}
    for channel, said in (("notify", "its report alone"), ("smtp", "nothing says how to reach smtp")):
        write_settings(workspace, notify={"template": "x"}, reminders=channel)
        with pytest.raises(FaultyInput, match=said):
            compose(workspace)


@pytest.mark.slow
def test_without_people_nobody_can_be_reminded(tmp_path):
    workspace = make_edition(tmp_path, SCHOOLS)
    write_settings(workspace)
    with pytest.raises(PipelineError, match="nobody can be reminded"):
        compose(workspace)


@pytest.mark.slow
def test_what_is_approved_is_sent_once_and_what_changed_is_not(workspace, tmp_path, monkeypatch):
    monkeypatch.setenv("SCHOOL_REPORTS_HOME", str(workspace.root))

    def run(*words, on="2026-02-01"):
        ran = CliRunner().invoke(app, ["remind", "sample", "--on", on, *words])
        return getattr(ran.exception, "exit_code", ran.exit_code), ran.output + str(ran.exception or "")

    with MailServer(tmp_path / "mail") as server:
        write_settings(workspace, channel="smtp", smtp=server.settings(user="").model_dump())
        plan = workspace.edition("sample").local / "support_plan.csv"
        plan.write_text(CHANGES + "900001,self_evaluation_call,1,moved,2026-01-14,,x,2025-12-08\n", encoding="utf-8")
        assert "There is nobody to remind" in run("--weeks", "1", on="2025-12-05")[1]
        plan.write_text(CHANGES, encoding="utf-8")
        code, said = run()
        assert code == 6 and "2 drafts written" in said and "not reminded: Marek Dunn" in said
        assert 'Next: make remind EDITION=sample ON=2026-02-01 BY="Your Name"' in said
        assert not server.received()
        code, said = run("--live", "--schools", "3")
        assert code == 6 and "must be approved first" in said
        assert run("--approve", "Jane Smith", "--schools", "2")[0] == 1  # a number that is not right
        assert "Jane Smith has approved 2 reminders" in run("--approve", "Jane Smith", "--schools", "3")[1]
        assert "Sent: 2." in run("--live", "--schools", "3")[1]
        first = server.received()
        assert sorted(address for one in first for address in one.recipients) == [INES, TOM]
        body = first[0].message
        assert body.get_body(("plain",)) is not None and body.get_body(("html",)) is not None
        assert "Sent: 0. Sent before: 2." in run("--live", "--schools", "3")[1]
        log = workspace.edition("sample").local / "support_log.csv"
        log.write_text(LOG + "900001,2026-01-30,self_evaluation_call,,Ines Calloway,\n", encoding="utf-8")
        run("--approve", "Jane Smith", "--schools", "3")
        code, said = run("--live")
        assert code == 6 and "another reminder of this day has reached them" in said
        assert "must be approved first" in run("--live", "--schools", "2", on="2026-02-02")[1]
        assert len(server.received()) == 2
    ran = CliRunner().invoke(app, ["recover", "sample", "--by", "Jane Smith", "--reminders", "2026-02-01"])
    assert "knows all that is known elsewhere" in ran.output  # the day's own ledger
    assert not workspace.edition("sample").ledger.exists()  # the reports' knows of none of it
    sheet = (workspace.edition("sample").reminders(ON).delivery / "sheet.html").read_text(encoding="utf-8")
    assert "sent already" in sheet
