"""By SMTP, against a real server: what it takes arrives, and each of its failures is told for what it is."""

from __future__ import annotations

import random
import socket
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from mail_server import Fault, MailServer
from small_message import NOON, PDF, make_message

from pipeline.delivery.settings import SmtpSettings
from pipeline.delivery.transports import OutcomeUnknown, Postponed, Refused, WrongSetting
from pipeline.delivery.transports.secrets import SMTP_PASSWORD
from pipeline.delivery.transports.smtp import Smtp
from pipeline.foundation.paths import Workspace
from tests.conftest import count_examples

HEAD = "head.900003@schools.example.org"
#: More than every buffer between two processes holds, so that a sender finds out that nobody reads on.
LARGE = b"%PDF-1.7 " + random.Random(900003).randbytes(12_000_000)


@pytest.fixture
def paths(tmp_path):
    return Workspace(tmp_path).edition("county")


@pytest.fixture
def server(tmp_path):
    with MailServer(tmp_path / "mail") as server:
        yield server


@pytest.fixture
def open_smtp(paths, server):
    def open_smtp(**changed):
        return Smtp(server.settings(**changed), paths, now=lambda: NOON)

    return open_smtp


# What is taken


def test_what_is_sent_arrives_whole_at_one_address(server, open_smtp):
    with open_smtp() as smtp:
        assert smtp.check(make_message()) == []
        receipt = smtp.send(make_message(), "900003-ab")
    [received] = server.received()
    assert received.recipients == (HEAD,)
    assert received.sender == "reports@marlshire.example.org"
    assert receipt.reference == received.message["Message-ID"] == "<900003-ab@marlshire.example.org>"
    assert receipt.said.startswith("250 2.0.0 Ok")
    assert received.message.get_body(("plain",)).get_content().replace("\r\n", "\n") == make_message().text
    assert [part.get_content() for part in received.message.iter_attachments()] == [PDF]


@pytest.mark.slow
def test_one_connection_carries_many_messages(server, open_smtp):
    with open_smtp() as smtp:
        for urn in range(900001, 900031):
            smtp.send(make_message(urn), f"{urn}-ab")
    assert server.seen["connections"] == 1
    assert [received.message["Message-ID"][1:7] for received in server.received()] == [
        str(urn) for urn in range(900001, 900031)
    ]


@pytest.mark.slow
def test_a_line_the_server_closes_between_messages_is_opened_anew(tmp_path, paths):
    with MailServer(tmp_path / "mail", close_after=3) as server, Smtp(server.settings(), paths) as smtp:
        for urn in range(900001, 900011):
            smtp.send(make_message(urn), f"{urn}-ab")
        assert len(server.received()) == 10
        assert server.seen["connections"] == 4


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("how", [{"drop": True}, {"reply": "421 4.4.2 Idle for too long"}])
def test_a_line_that_goes_before_the_text_is_opened_anew_and_nothing_is_lost_or_doubled(server, open_smtp, stage, how):
    with open_smtp() as smtp:
        smtp.send(make_message(900001), "900001-ab")
        server.faults.append(Fault(stage, times=1, **how))
        smtp.send(make_message(900002), "900002-ab")
    assert [received.message["Message-ID"][1:7] for received in server.received()] == ["900001", "900002"]


@pytest.mark.slow
def test_tls_from_the_first_byte(tmp_path, paths):
    with MailServer(tmp_path / "mail", security="tls") as server, Smtp(server.settings(), paths) as smtp:
        smtp.send(make_message(), "900003-ab")
        assert len(server.received()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("mechanisms", [("LOGIN",), ("PLAIN",), ("LOGIN", "PLAIN")])
def test_a_user_logs_in_once(tmp_path, paths, monkeypatch, security, mechanisms):
    monkeypatch.setenv(SMTP_PASSWORD, "correct horse")
    server = MailServer(
        tmp_path / "mail", security=security, user="reports", password="correct horse", mechanisms=mechanisms
    )
    with server, Smtp(server.settings(), paths) as smtp:
        smtp.send(make_message(900001), "900001-ab")
        smtp.send(make_message(900002), "900002-ab")
        assert len(server.received()) == 2
        assert server.seen["logins"] == 1


@pytest.mark.slow
def test_an_address_with_letters_beyond_ascii_goes_where_the_server_takes_it(tmp_path, paths):
    message = make_message(address="z\u00f6e@schools.example.org")
    with MailServer(tmp_path / "speaks") as server, Smtp(server.settings(), paths) as smtp:
        smtp.send(message, "900003-ab")
        [received] = server.received()
        assert received.recipients == ("z\u00f6e@schools.example.org",)
    with MailServer(tmp_path / "not", international=False) as server, Smtp(server.settings(), paths) as smtp:
        with pytest.raises(Refused, match="beyond ASCII"):
            smtp.send(message, "900003-ab")
        smtp.send(make_message(), "900003-cd")


@pytest.mark.slow
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=count_examples(30))
@given(lines=st.lists(st.sampled_from([".", "..", "", ".QUIT", "text", "=\u00e9", " ", "MAIL FROM:<x@y.example>"])))
def test_no_text_ends_its_own_message(server, open_smtp, lines):
    text = "\n".join(lines) + "\n"
    before = len(server.received())
    with open_smtp() as smtp:
        smtp.send(make_message(text=text), "900003-ab")
    received = server.received()
    assert len(received) == before + 1
    assert received[-1].message.get_body(("plain",)).get_content().replace("\r\n", "\n") == text


# What is refused, and what is postponed


@pytest.mark.parametrize("stage", ["RCPT", "DATA", "dot"])
def test_a_refusal_for_good_is_told_and_the_next_message_goes_on_the_same_line(server, open_smtp, stage):
    server.faults.append(Fault(stage, reply="550 5.1.1 No such mailbox here", times=1))
    with open_smtp() as smtp:
        with pytest.raises(Refused, match=r"550 5.1.1 No such mailbox here"):
            smtp.send(make_message(900001), "900001-ab")
        smtp.send(make_message(900002), "900002-ab")
    assert [received.message["Message-ID"][1:7] for received in server.received()] == ["900002"]
    assert server.seen["connections"] == 1


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "dot"])
def test_a_refusal_for_now_is_told_and_the_next_message_goes_on_the_same_line(server, open_smtp, stage):
    server.faults.append(Fault(stage, reply="451 4.7.1 Greylisted, try again later", times=1))
    with open_smtp() as smtp:
        with pytest.raises(Postponed, match=r"451 4.7.1 Greylisted") as raised:
            smtp.send(make_message(900001), "900001-ab")
        assert not raised.value.for_all
        smtp.send(make_message(900002), "900002-ab")
    assert [received.message["Message-ID"][1:7] for received in server.received()] == ["900002"]
    assert server.seen["connections"] == 1


@pytest.mark.slow
def test_a_bad_address_is_refused_without_harm_to_the_others(server, open_smtp):
    server.faults.append(Fault("RCPT", address="gone@schools.example.org", reply="550 5.1.1 User unknown"))
    refused = []
    with open_smtp() as smtp:
        for urn in range(900001, 900006):
            address = "gone@schools.example.org" if urn == 900003 else f"head.{urn}@schools.example.org"
            try:
                smtp.send(make_message(urn, address=address), f"{urn}-ab")
            except Refused:
                refused.append(urn)
    assert refused == [900003]
    assert [received.recipients[0][5:11] for received in server.received()] == ["900001", "900002", "900004", "900005"]


def test_a_server_whose_line_stays_dead_is_out_of_reach_for_all(server, open_smtp):
    server.faults.append(Fault("MAIL", drop=True))
    with open_smtp() as smtp, pytest.raises(Postponed) as raised:
        smtp.send(make_message(), "900003-ab")
    assert raised.value.for_all


def test_a_message_beyond_the_servers_limit_is_refused_before_it_is_sent(tmp_path, paths):
    with MailServer(tmp_path / "mail", largest=10_000) as server, Smtp(server.settings(), paths) as smtp:
        with pytest.raises(Refused, match="the mail server takes 10,000"):
            smtp.send(make_message(content=PDF * 1000), "900003-ab")
        smtp.send(make_message(), "900003-cd")


@pytest.mark.slow
@pytest.mark.parametrize("how", [{"drop": True}, {"reply": "421 4.3.2 Going down"}, {"reply": "552 5.3.4 Too much"}])
def test_a_message_cut_before_its_dot_was_certainly_not_taken(server, open_smtp, how):
    server.faults.append(Fault("body", times=1, **how))
    with open_smtp() as smtp:
        with pytest.raises((Postponed, Refused)):
            smtp.send(make_message(content=LARGE), "900003-ab")
        assert server.received() == []
        smtp.send(make_message(), "900003-cd")
    assert len(server.received()) == 1


# What nobody can know


@pytest.mark.slow
@pytest.mark.parametrize("kept", [True, False])
def test_a_line_that_goes_after_the_dot_leaves_the_outcome_unknown_whether_it_was_taken_or_not(server, open_smtp, kept):
    server.faults.append(Fault("dot", drop=True, keep=kept, times=1))
    with open_smtp() as smtp:
        with pytest.raises(OutcomeUnknown, match="had the whole message and gave no answer"):
            smtp.send(make_message(900001), "900001-ab")
        assert len(server.received()) == kept
        smtp.send(make_message(900002), "900002-ab")
    assert len(server.received()) == kept + 1


@pytest.mark.slow
def test_an_answer_that_comes_too_late_leaves_the_outcome_unknown(server, open_smtp):
    server.faults.append(Fault("dot", seconds=3, times=1))
    with open_smtp(seconds=1) as smtp:
        with pytest.raises(OutcomeUnknown, match="timed out"):
            smtp.send(make_message(900001), "900001-ab")
        smtp.send(make_message(900002), "900002-ab")
    assert [received.message["Message-ID"][1:7] for received in server.received()] == ["900001", "900002"]


def test_an_answer_that_is_none_leaves_the_outcome_unknown(server, open_smtp):
    server.faults.append(Fault("dot", reply="fine by me", keep=True, times=1))
    with open_smtp() as smtp, pytest.raises(OutcomeUnknown):
        smtp.send(make_message(), "900003-ab")


@pytest.mark.slow
def test_a_slow_server_is_waited_for(server, open_smtp):
    server.faults += [Fault(stage, seconds=0.3) for stage in ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "dot")]
    with open_smtp() as smtp:
        smtp.send(make_message(), "900003-ab")
    assert len(server.received()) == 1


# What nobody can be reached by


@pytest.mark.slow
def test_nobody_at_the_port(paths):
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        settings = make_settings(taken.getsockname()[1])
        with Smtp(settings, paths) as smtp, pytest.raises(Postponed, match=r"cannot be reached.*refused") as raised:
            smtp.send(make_message(), "900003-ab")
    assert raised.value.for_all


@pytest.mark.slow
def test_a_name_that_leads_nowhere(paths):
    settings = make_settings(587, host="mail.does-not-exist.invalid")
    with Smtp(settings, paths) as smtp, pytest.raises(Postponed, match="cannot be reached") as raised:
        smtp.send(make_message(), "900003-ab")
    assert raised.value.for_all


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["greeting", "EHLO", "STARTTLS"])
@pytest.mark.parametrize("how", [{"drop": True}, {"reply": "421 4.3.2 Too many at once"}, {"reply": "454 4.3.0 Later"}])
def test_a_server_that_lets_nobody_in_for_now(server, open_smtp, stage, how):
    server.faults.append(Fault(stage, **how))
    with open_smtp() as smtp:
        with pytest.raises(Postponed) as raised:
            smtp.send(make_message(), "900003-ab")
        assert raised.value.for_all
        server.faults.clear()
        smtp.send(make_message(), "900003-cd")
    assert len(server.received()) == 1


@pytest.mark.slow
def test_a_server_that_says_nothing_is_given_up_in_time(paths):
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as mute,
        Smtp(make_settings(mute.getsockname()[1], seconds=1), paths) as smtp,
        pytest.raises(Postponed, match="timed out") as raised,
    ):
        smtp.send(make_message(), "900003-ab")
    assert raised.value.for_all


# What must be mended first: nothing leaves


@pytest.mark.slow
@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("certificate", ["other name", "expired", "unknown"])
def test_a_certificate_that_is_not_to_be_trusted_stops_everything(tmp_path, paths, monkeypatch, security, certificate):
    monkeypatch.setenv(SMTP_PASSWORD, "correct horse")
    server = MailServer(
        tmp_path / "mail", security=security, certificate=certificate, user="reports", password="correct horse"
    )
    with server, Smtp(server.settings(), paths) as smtp:
        with pytest.raises(WrongSetting, match=r"certificate of 127.0.0.1 is not to be trusted") as raised:
            smtp.send(make_message(), "900003-ab")
        assert server.received() == []
        assert server.seen["logins"] == 0
    assert "certificates:" in raised.value.remedy


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_reports_do_not_travel_in_the_clear(tmp_path, paths, security):
    with (
        MailServer(tmp_path / "mail", security="none") as server,
        Smtp(server.settings(security=security), paths) as smtp,
    ):
        with pytest.raises(WrongSetting, match="no encryption"):
            smtp.send(make_message(), "900003-ab")
        assert server.received() == []


def test_a_wrong_password_stops_everything_and_is_not_told(tmp_path, paths, monkeypatch):
    monkeypatch.setenv(SMTP_PASSWORD, "wrong battery")
    with MailServer(tmp_path / "mail", user="reports", password="correct horse") as server:
        server.faults.append(Fault("AUTH", reply="535 5.7.8 wrong battery is not the password"))
        with Smtp(server.settings(), paths) as smtp, pytest.raises(WrongSetting, match=r"535 5.7.8") as raised:
            smtp.send(make_message(), "900003-ab")
    assert SMTP_PASSWORD in str(raised.value)
    assert "battery" not in str(raised.value)


@pytest.mark.slow
def test_a_login_that_fails_for_now_is_postponed(tmp_path, paths, monkeypatch):
    monkeypatch.setenv(SMTP_PASSWORD, "correct horse")
    with MailServer(tmp_path / "mail", user="reports", password="correct horse") as server:
        server.faults.append(Fault("AUTH", reply="454 4.7.0 Temporary authentication failure", times=2))
        with Smtp(server.settings(), paths) as smtp:
            with pytest.raises(Postponed, match=r"454 4.7.0") as raised:
                smtp.send(make_message(), "900003-ab")
            assert raised.value.for_all
            smtp.send(make_message(), "900003-cd")
        assert len(server.received()) == 1


@pytest.mark.parametrize(
    ("password", "mechanisms", "why"),
    [("pa\u00a3\u00a3word", ("PLAIN",), "beyond ASCII"), ("correct horse", (), "No suitable authentication method")],
)
def test_a_login_that_cannot_be_tried_says_why(tmp_path, paths, monkeypatch, password, mechanisms, why):
    monkeypatch.setenv(SMTP_PASSWORD, password)
    with (
        MailServer(tmp_path / "mail", user="reports", password="x", mechanisms=mechanisms) as server,
        Smtp(server.settings(), paths) as smtp,
        pytest.raises(WrongSetting, match=why),
    ):
        smtp.send(make_message(), "900003-ab")


@pytest.mark.slow
def test_a_missing_password_is_told_before_anything_is_opened(tmp_path, paths, monkeypatch):
    monkeypatch.delenv(SMTP_PASSWORD, raising=False)
    with MailServer(tmp_path / "mail", user="reports", password="x") as server:
        with pytest.raises(WrongSetting, match="password of reports"), Smtp(server.settings(), paths):
            pass
        assert server.seen["connections"] == 0


def test_a_missing_file_of_authorities_is_told(server, open_smtp):
    with pytest.raises(WrongSetting, match=r"'ours.pem' is not there"), open_smtp(certificates="ours.pem"):
        pass


def test_a_sender_the_server_does_not_allow_stops_everything(server, open_smtp):
    server.faults.append(Fault("MAIL", reply="550 5.7.60 Client does not have permissions to send as this sender"))
    with open_smtp() as smtp, pytest.raises(WrongSetting, match=r"reports@marlshire.example.org: 550 5.7.60"):
        smtp.send(make_message(), "900003-ab")


# Any of it, in any order


@pytest.mark.slow
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=count_examples(25))
@given(
    st.lists(
        st.builds(
            Fault,
            stage=st.sampled_from(["greeting", "EHLO", "MAIL", "RCPT", "DATA", "body", "dot", "RSET", "QUIT"]),
            drop=st.booleans(),
            reply=st.sampled_from(["", "421 4.3.2 Closing", "451 4.3.0 Later", "550 5.1.1 Never", "250 2.0.0 Ok"]),
            keep=st.booleans(),
            times=st.integers(1, 3),
        ).filter(lambda fault: fault.drop or (bool(fault.reply) and not fault.keep)),
        max_size=6,
    )
)
def test_whatever_fails_a_receipt_means_it_arrived_and_a_refusal_that_it_did_not(tmp_path, paths, faults):
    outcomes = {}
    folder = Path(tempfile.mkdtemp(dir=tmp_path))  # one for each example
    with MailServer(folder) as server, Smtp(server.settings(seconds=2), paths) as smtp:
        server.faults += faults
        for urn in range(900001, 900006):
            try:
                smtp.send(make_message(urn, address=f"head.{urn}@schools.example.org"), f"{urn}-ab")
                outcomes[urn] = "sent"
            except (Refused, Postponed, WrongSetting):
                outcomes[urn] = "not sent"
            except OutcomeUnknown:
                outcomes[urn] = "unknown"
    arrived = [int(received.message["Message-ID"][1:7]) for received in server.received()]
    assert [received.recipients for received in server.received()] == [
        (f"head.{urn}@schools.example.org",) for urn in arrived
    ]
    assert len(set(arrived)) == len(arrived)
    for urn, outcome in outcomes.items():
        if outcome == "not sent":
            assert urn not in arrived
        if outcome == "sent" and not _was_lied_to(faults):
            assert urn in arrived


def _was_lied_to(faults):
    """A server that says 250 where it kept nothing."""
    return any(fault.stage in ("dot", "body") and fault.reply.startswith("250") for fault in faults)


def make_settings(port, **changed):
    return SmtpSettings.model_validate({"host": "127.0.0.1", "port": port, "seconds": 5, **changed})
