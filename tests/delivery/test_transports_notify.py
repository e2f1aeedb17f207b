"""By GOV.UK Notify, through its own client, against a server that speaks its published interface."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

import pytest
from notify_server import LIVE_KEY, TEAM_KEY, TEMPLATE, NotifyServer
from small_message import PDF, make_message
from web_server import WebFault

from pipeline.delivery.mail.message import Attachment
from pipeline.delivery.transports import OutcomeUnknown, Postponed, Refused, WrongSetting
from pipeline.delivery.transports import notify as transport
from pipeline.delivery.transports.notify import Notify, escape_markdown
from pipeline.delivery.transports.secrets import NOTIFY_KEY

EMAIL, TEMPLATES, FOUND = "/v2/notifications/email", f"/v2/template/{TEMPLATE}", "/v2/notifications"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(NOTIFY_KEY, LIVE_KEY)


@pytest.fixture
def server():
    with NotifyServer() as server:
        yield server


@pytest.fixture
def notify(server):
    with Notify(server.settings()) as notify:
        yield notify


def describe(status, kind="BadRequestError", message="no"):
    return {"status": status, "body": {"status_code": status, "errors": [{"error": kind, "message": message}]}}


# What is taken


def test_the_reader_gets_the_approved_words_and_a_link_that_asks_for_their_address(server, notify):
    assert notify.check(make_message()) == []
    receipt = notify.send(make_message(), "900003-ab")
    [sent] = server.sent
    assert (sent.address, sent.reference, sent.id) == (make_message().recipient.address, "900003-ab", receipt.reference)
    assert sent.subject == make_message().subject
    assert sent.body.startswith(make_message().text)
    assert "https://documents.service.gov.uk/d/" in sent.body
    assert (sent.file_name, sent.file) == ("900003 Larkstead Primary School 2024-25.pdf", PDF)
    assert sent.confirm_email is True
    assert sent.retention == "26 weeks"


@pytest.mark.parametrize(("weeks", "said"), [(1, "1 week"), (78, "78 weeks")])
def test_the_link_lasts_as_long_as_delivery_yaml_says(server, weeks, said):
    with Notify(server.settings(retention_weeks=weeks)) as notify:
        notify.send(make_message(), "900003-ab")
    assert server.sent[0].retention == said


def test_a_name_with_brackets_makes_no_link(server, notify):
    notify.send(make_message(text="Dear A [now](https://evil.example) \\ B"), "900003-ab")
    assert server.sent[0].body.startswith(r"Dear A \[now\](https://evil.example) \\ B")
    assert escape_markdown("Larkstead (VA) Primary School") == "Larkstead (VA) Primary School"


def test_a_long_file_name_keeps_its_urn_and_ending(server, notify):
    pdf = Attachment(f"900003 {'St Thomas ' * 15}2024-25.pdf", "application/pdf", PDF, "schools/900003/report.pdf")
    message = make_message(attachments=(pdf,))
    assert notify.check(message) == []
    notify.send(message, "900003-ab")
    name = server.sent[0].file_name
    assert len(name) <= 100
    assert name.startswith("900003 St Thomas")
    assert name.endswith(".pdf")


# What is seen before anything is sent


def test_files_that_notify_does_not_take_are_told_before(server, notify):
    page = Attachment("900003 report.html", "text/html", b"<p>", "schools/900003/report.html")
    pdf = make_message().attachments[0]
    assert "no text/html file" in " ".join(notify.check(make_message(attachments=(pdf, page))))
    assert "one PDF a message; this one has 0" in " ".join(notify.check(make_message(attachments=())))
    assert "one PDF a message; this one has 2" in " ".join(notify.check(make_message(attachments=(pdf, pdf))))
    large = make_message(content=b"%" * (2 * 2**20 + 1))
    assert "takes up to 2 MB" in " ".join(notify.check(large))
    assert notify.check(make_message(content=b"%" * (2 * 2**20))) == []
    with pytest.raises(Refused, match="2 MB"):
        notify.send(large, "900003-ab")
    assert server.sent == []


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ({"body": "((message))"}, r"lacks \(\(link_to_report\)\)"),
        ({"subject": "A report"}, r"lacks \(\(subject\)\)"),
        ({"body": "Dear ((name))\n((message)) ((link_to_report))"}, r"asks for \(\(name\)\), which no message has"),
        ({"kind": "sms"}, "for sms, not for e-mail"),
    ],
)
def test_a_template_that_does_not_fit_is_told_before(template, fault):
    with NotifyServer(**template) as server, Notify(server.settings()) as notify:
        assert _matches(fault, notify.check(make_message()))


def test_a_template_may_write_its_fields_as_notify_reads_them():
    with (
        NotifyServer(subject="((Subject))", body="((MESSAGE)) ((Link to report))") as server,
        Notify(server.settings()) as notify,
    ):
        assert notify.check(make_message()) == []


def test_a_template_that_is_not_there_is_told_before(server):
    other = "00000000-0000-4000-8000-000000000000"
    with Notify(server.settings(template=other)) as notify:
        assert _matches(f"no template {other}", notify.check(make_message()))
        with pytest.raises(Refused, match="Template not found"):
            notify.send(make_message(), "900003-ab")


def test_the_template_is_asked_for_once(server, notify):
    for urn in range(900001, 900011):
        notify.check(make_message(urn))
    assert server.seen[TEMPLATES] == 1


def test_a_check_that_reaches_nobody_leaves_it_to_sending(server, notify):
    server.faults.append(WebFault(TEMPLATES, drop="before"))
    assert notify.check(make_message()) == []


def test_messages_are_checked_before_the_transport_is_opened(server):
    assert Notify(server.settings()).check(make_message()) == []


# Keys


def test_a_wrong_key_stops_everything_and_is_not_told(server, monkeypatch):
    wrong = LIVE_KEY[:-4] + "beef"
    monkeypatch.setenv(NOTIFY_KEY, wrong)
    with Notify(server.settings()) as notify:
        for attempt in (lambda: notify.check(make_message()), lambda: notify.send(make_message(), "900003-ab")):
            with pytest.raises(WrongSetting, match="AuthError: Invalid token") as raised:
                attempt()
            assert wrong[-36:] not in str(raised.value)
            assert NOTIFY_KEY in str(raised.value)


def test_half_a_key_is_told_at_once(server, monkeypatch):
    monkeypatch.setenv(NOTIFY_KEY, LIVE_KEY[:60])
    with pytest.raises(WrongSetting, match="not whole") as raised, Notify(server.settings()):
        pass
    assert LIVE_KEY[:60] not in str(raised.value)


def test_a_key_goes_to_nobody_in_the_clear(server):
    with pytest.raises(WrongSetting, match="not encrypted"):
        Notify(server.settings(address="http://api.notifications.example"))


# What is refused, and what is postponed


def test_a_team_key_refuses_schools_and_writes_to_the_team(monkeypatch):
    monkeypatch.setenv(NOTIFY_KEY, TEAM_KEY)
    with NotifyServer(team=["us@marlshire.example.org"]) as server, Notify(server.settings()) as notify:
        with pytest.raises(Refused, match="400 BadRequestError: Can’t send to this recipient"):
            notify.send(make_message(), "900003-ab")
        notify.send(make_message(address="us@marlshire.example.org"), "900003-cd")
        assert [sent.address for sent in server.sent] == ["us@marlshire.example.org"]


def test_a_service_that_may_not_send_files_refuses(server):
    with (
        NotifyServer(sends_files=False) as server,
        Notify(server.settings()) as notify,
        pytest.raises(Refused, match="Send files by email has not been set up"),
    ):
        notify.send(make_message(), "900003-ab")


def test_a_template_that_asks_for_more_refuses():
    with (
        NotifyServer(body="((name)) ((message)) ((link_to_report))") as server,
        Notify(server.settings()) as notify,
        pytest.raises(Refused, match="Missing personalisation: name"),
    ):
        notify.send(make_message(), "900003-ab")


@pytest.mark.parametrize("kind", ["RateLimitError", "TooManyRequestsError"])
def test_too_many_at_once_or_today_is_postponed_for_all(server, notify, kind):
    server.faults.append(WebFault(EMAIL, times=1, **describe(429, kind, "Exceeded")))
    with pytest.raises(Postponed, match=f"429 {kind}: Exceeded") as raised:
        notify.send(make_message(), "900003-ab")
    assert raised.value.for_all
    notify.send(make_message(), "900003-cd")


def test_what_notify_could_not_process_is_to_be_sent_again(server, notify):
    server.faults.append(WebFault(EMAIL, times=1, **describe(500, "Exception", "Internal server error")))
    with pytest.raises(Postponed, match="500 Exception: Internal server error") as raised:
        notify.send(make_message(), "900003-ab")
    assert not raised.value.for_all


def test_nobody_there_is_postponed_for_all():
    with NotifyServer() as server:
        settings = server.settings()
    with Notify(settings) as notify, pytest.raises(Postponed, match=r"GOV.UK Notify cannot be reached") as raised:
        notify.send(make_message(), "900003-ab")
    assert raised.value.for_all


def test_a_page_in_its_place_is_no_answer_of_notify(server, notify):
    server.faults.append(WebFault(EMAIL, status=302, body=b"<html>Log in", headers={"Location": server.address}))
    with pytest.raises(Postponed, match="answered in its place") as raised:
        notify.send(make_message(), "900003-ab")
    assert raised.value.for_all


def test_a_request_cut_before_it_was_whole_was_not_taken(server, notify):
    server.faults.append(WebFault(EMAIL, drop="before"))
    message = make_message(content=b"%" * (2 * 2**20))
    with pytest.raises((Postponed, OutcomeUnknown)) as raised:
        notify.send(message, "900003-ab")
    assert server.sent == []
    assert isinstance(raised.value, Postponed) or server.seen[FOUND] == 1


# What nobody can know, and what Notify can tell afterwards


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": "after"},
        {"status": 504, "body": b"Gateway time-out", "keep": True},
        {"status": 200, "body": b"<html>", "keep": True},
    ],
)
def test_an_answer_that_was_lost_is_found_by_its_reference(server, notify, fault):
    server.faults.append(WebFault(EMAIL, times=1, **fault))
    receipt = notify.send(make_message(), "900003-ab")
    [sent] = server.sent
    assert receipt.reference == sent.id
    assert "found by its reference" in receipt.said


@pytest.mark.parametrize(
    "fault", [{"status": 504, "body": b""}, {"status": 502, "body": b""}, {"status": 201, "body": b"<html>"}]
)
def test_what_notify_does_not_know_of_either_stays_unknown(server, notify, fault):
    server.faults.append(WebFault(EMAIL, times=1, **fault))
    with pytest.raises(OutcomeUnknown):
        notify.send(make_message(), "900003-ab")
    assert server.seen[FOUND] == 1
    assert server.sent == []


@pytest.mark.slow
def test_an_answer_that_comes_too_late_and_cannot_be_looked_up_stays_unknown(server, monkeypatch):
    monkeypatch.setattr(transport, "_SECONDS", 0.5)
    server.faults += [WebFault(EMAIL, seconds=1.5, times=1), WebFault(FOUND, drop="before")]
    with Notify(server.settings()) as notify, pytest.raises(OutcomeUnknown, match=r"gave no answer: .*timed out"):
        notify.send(make_message(), "900003-ab")


def test_an_answer_without_a_number_stays_unknown(server, notify):
    server.faults.append(WebFault(EMAIL, status=201, body={"reference": "900003-ab"}))
    with pytest.raises(OutcomeUnknown):
        notify.send(make_message(), "900003-ab")


# What is kept of it


def test_nothing_of_the_key_or_the_school_is_logged(server, notify, caplog):
    caplog.set_level(logging.DEBUG)
    notify.send(make_message(), "900003-ab")
    server.faults.append(WebFault(EMAIL, times=1, **describe(400)))
    with pytest.raises(Refused):
        notify.send(make_message(), "900003-cd")
    assert LIVE_KEY[-36:] not in caplog.text
    assert "Larkstead" not in caplog.text


def test_each_message_has_its_own_line(server, notify):
    for urn in range(900001, 900004):
        notify.send(make_message(urn), f"{urn}-ab")
    assert {request.headers["Connection"] for request in server.requests} == {"close"}


def test_the_message_itself_is_checked_too(notify):
    message = replace(make_message(), subject="Two\r\nlines")
    assert _matches("control character", notify.check(message))


def _matches(pattern, faults):
    return any(re.search(pattern, fault) for fault in faults)
