"""An approval holds for exactly what was looked at; whatever changes afterwards has to be approved again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from small_messages import Clock, lay_out_edition, make_message, make_messages, make_settings

from pipeline.delivery.accounting.ledger import Ledger
from pipeline.delivery.mail.message import Attachment
from pipeline.delivery.releasing.approval import approve, find_sheet_code, list_unapproved, write_sheet
from pipeline.foundation.errors import PipelineError
from pipeline.render.checks import check_html

CLOCK = Clock()
ONE, TWO = make_settings(approvals=1), make_settings(approvals=2)


@pytest.fixture
def paths(tmp_path):
    return lay_out_edition(tmp_path)


@pytest.fixture
def ledger(paths):
    with Ledger(paths, CLOCK.now) as ledger:
        yield ledger


def explain(ledger, message, settings=ONE):
    """Why one message may not leave; "" where it may."""
    return "".join(why for _, why in list_unapproved(ledger, settings, [message]))


def test_nothing_may_leave_before_a_person_has_approved_it(ledger):
    messages = make_messages(2)
    assert [why for _, why in list_unapproved(ledger, ONE, messages)] == ["never approved"] * 4
    approval = approve(ledger, "  Jane   Smith ", messages, now=CLOCK.now)
    assert (approval.by, approval.messages, approval.schools, approval.at) == ("Jane Smith", 4, 2, CLOCK.now())
    assert list_unapproved(ledger, ONE, messages) == []


def test_some_schools_may_be_approved_without_the_others(ledger):
    messages = make_messages(3)
    approve(ledger, "Jane Smith", messages[:2], now=CLOCK.now)
    assert [message for message, _ in list_unapproved(ledger, ONE, messages)] == messages[2:]


PDF = Attachment("900001 report.pdf", "application/pdf", b"%PDF another", "schools/900001/report.pdf")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"address": "other@schools.example.org"}, "the address (it was head.900001@schools.example.org)"),
        ({"name": "B. Head"}, "the recipient's name, role or channel"),
        ({"channel": "notify"}, "the recipient's name, role or channel"),
        ({"subject": "Another"}, "the words"),
        ({"text": "Another"}, "the words"),
        ({"html": "Another"}, "the words"),
        ({"school": "Another"}, "the words"),
        ({"pdf": b"%PDF another"}, "the report, the file 900001 report.pdf"),
        ({"attachments": (PDF,)}, "the file 900001 report.pdf"),
        ({"attachments": ()}, "the file 900001 report.pdf"),
        ({"attachments": (*make_message().attachments, replace(PDF, name="more.pdf"))}, "the file more.pdf"),
        ({"report": "0" * 64}, "the report"),
    ],
)
def test_whatever_changes_has_to_be_approved_again_and_is_named(ledger, changed, why):
    approve(ledger, "Jane Smith", [make_message()], now=CLOCK.now)
    assert explain(ledger, make_message()) == ""
    message = make_message(**{"subject": "S", "text": "T", "html": "H"} | changed)
    told = explain(ledger, message)
    assert told.startswith("changed since Jane Smith approved it: ")
    assert why in told
    approve(ledger, "Jane Smith", [message], now=CLOCK.now)
    assert explain(ledger, message) == ""


def test_only_what_changed_is_named(ledger):
    approve(ledger, "Jane Smith", [make_message()], now=CLOCK.now)
    told = explain(ledger, make_message(pdf=b"%PDF another"))
    assert told == "changed since Jane Smith approved it: the report, the file 900001 report.pdf"


def test_an_approval_of_one_school_is_none_of_another(ledger):
    approve(ledger, "Jane Smith", [make_message()], now=CLOCK.now)
    assert explain(ledger, make_message(900002)) == "never approved"
    assert explain(ledger, make_message(role="chair")) == "never approved"


def test_two_people_means_two_people(ledger):
    message = make_message()
    approve(ledger, "Jane Smith", [message], now=CLOCK.now)
    approve(ledger, "jane  SMITH", [message], now=CLOCK.now)
    approve(ledger, "Jane-Smith", [message], now=CLOCK.now)
    assert explain(ledger, message, ONE) == ""
    assert explain(ledger, message, TWO).endswith("has approved it; a second person must too")
    approve(ledger, "Bob Jones", [message], now=CLOCK.now)
    assert explain(ledger, message, TWO) == ""


def test_two_people_must_have_approved_the_same(ledger):
    approve(ledger, "Jane Smith", [make_message()], now=CLOCK.now)
    approve(ledger, "Bob Jones", [make_message(subject="Another")], now=CLOCK.now)
    assert explain(ledger, make_message(subject="Another"), TWO).startswith("Bob Jones has approved it")


@pytest.mark.parametrize("name", ["", "   ", "42", "J" * 101, "Jane\x1b[2J"])
def test_only_a_name_approves(ledger, name):
    with pytest.raises(PipelineError, match="the name of a person"):
        approve(ledger, name, [make_message()], now=CLOCK.now)


def test_nothing_cannot_be_approved(ledger):
    with pytest.raises(PipelineError, match="nothing to approve"):
        approve(ledger, "Jane Smith", [], now=CLOCK.now)


def test_the_code_of_a_sheet_that_is_not_current_is_refused(ledger):
    messages = make_messages(2)
    code = find_sheet_code(messages)
    assert code == find_sheet_code(messages[::-1])
    changed = [*messages[:-1], replace(messages[-1], text="Another")]
    with pytest.raises(PipelineError, match=f"the sheet {code} is not that of these messages"):
        approve(ledger, "Jane Smith", changed, now=CLOCK.now, sheet=code)
    assert len(list_unapproved(ledger, ONE, changed)) == 4
    approve(ledger, "Jane Smith", messages, now=CLOCK.now, sheet=code.lower().replace("-", " "))


# The sheet


def read_rows(page):
    table = BeautifulSoup(page, "html.parser").find(attrs={"aria-labelledby": "messages-caption"})
    return [
        [cell.get_text(" ", strip=True).replace("@ ", "@") for cell in row.find_all(["th", "td"])]
        for row in table.find_all("tr")
    ][1:]


@pytest.mark.slow
def test_the_sheet_says_what_would_go_to_whom_and_how_it_stands(ledger, paths):
    messages = make_messages(2, ("head",))
    attempt = ledger.begin(messages[0], "smtp")
    ledger.finish(attempt, "sent", "")
    approve(ledger, "Jane Smith", messages[:1], now=CLOCK.now)
    place = write_sheet(paths, messages, ledger)
    page = place.read_text(encoding="utf-8")
    first, second = read_rows(page)
    assert place == paths.reports / "delivery" / "sheet.html"
    assert first[:3] == ["School 900001", "900001", "A. Head, head head.900001@schools.example.org"]
    assert first[3] == f"900001 report.pdf 1\u00a0kB, {messages[0].attachments[0].sha256[:12]}"
    assert first[4:] == ["sent already; will not go again", "Jane Smith"]
    assert second[4:] == ["to be sent", "nobody yet"]
    assert find_sheet_code(messages) in page
    assert "2 messages about 2 schools, to 2 recipients." in page
    assert messages[0].text in BeautifulSoup(page, "html.parser").find("pre").text
    assert check_html(page) == []


@pytest.mark.slow
def test_the_sheet_is_the_same_to_the_byte_whenever_and_in_whatever_order(ledger, paths):
    messages = make_messages(3)
    first = write_sheet(paths, messages, ledger).read_bytes()
    CLOCK.pause(3600)
    assert write_sheet(paths, messages[::-1], ledger).read_bytes() == first


@pytest.mark.slow
def test_the_sheet_tells_of_another_report_that_was_sent(ledger, paths):
    ledger.finish(ledger.begin(make_message(pdf=b"%PDF before"), "smtp"), "sent", "")
    ((*_, standing, _),) = read_rows(write_sheet(paths, [make_message()], ledger).read_text(encoding="utf-8"))
    assert standing == "another report was sent before; goes only by resend, with a reason"


@pytest.mark.slow
def test_names_from_a_file_cannot_write_into_the_sheet(ledger, paths):
    evil = "<script>alert(1)</script>"
    message = make_message(school=f"{evil} School", name=evil, subject=evil, text=evil, channel="smtp")
    page = write_sheet(paths, [message], ledger).read_text(encoding="utf-8")
    assert "<script" not in page
    assert check_html(page) == []
