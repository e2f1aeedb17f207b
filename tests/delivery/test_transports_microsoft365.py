"""By Microsoft 365, through its sign-in library, against a server that speaks Graph's published interface."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from graph_server import CLIENT, MAILBOX, SECRET, TENANT, GraphServer
from small_message import NOON, PDF, make_message
from web_server import WebFault

from pipeline.delivery.mail.message import Sender
from pipeline.delivery.transports import OutcomeUnknown, Postponed, Refused, WrongSetting
from pipeline.delivery.transports.microsoft365 import Microsoft365
from pipeline.delivery.transports.secrets import MICROSOFT365_SECRET
from pipeline.foundation.paths import Workspace

SEND, TOKEN, TENANTS = "/sendMail", "/oauth2/v2.0/token", "/openid-configuration"


@pytest.fixture(autouse=True)
def secret(monkeypatch):
    monkeypatch.setenv(MICROSOFT365_SECRET, SECRET)


@pytest.fixture
def paths(tmp_path):
    return Workspace(tmp_path).edition("county")


@pytest.fixture
def server(tmp_path):
    with GraphServer(tmp_path / "graph") as server:
        yield server


@pytest.fixture
def graph(server, paths):
    with Microsoft365(server.settings(), paths, now=lambda: NOON) as graph:
        yield graph


def refuse(status, code="ErrorOfATest", message="no", **headers):
    return {"status": status, "body": {"error": {"code": code, "message": message}}, "headers": headers}


def count(server, path):
    return sum(times for seen, times in server.seen.items() if seen.endswith(path))


# What is taken


@pytest.mark.slow
def test_what_is_sent_arrives_whole_from_the_mailbox(server, graph):
    assert graph.check(make_message()) == []
    receipt = graph.send(make_message(), "900003-ab")
    [sent] = server.sent
    assert sent.mailbox == MAILBOX
    assert sent.message["To"].addresses[0].addr_spec == make_message().recipient.address
    assert sent.message["Message-ID"] == receipt.reference == "<900003-ab@marlshire.example.org>"
    assert [part.get_content() for part in sent.message.iter_attachments()] == [PDF]
    assert receipt.said.startswith("202 accepted, request ")


@pytest.mark.slow
def test_one_sign_in_serves_many_messages(server, graph):
    for urn in range(900001, 900006):
        graph.send(make_message(urn), f"{urn}-ab")
    assert len(server.sent) == 5
    assert (count(server, TENANTS), count(server, TOKEN)) == (1, 1)


@pytest.mark.slow
def test_a_token_that_was_withdrawn_is_got_anew_once(server, graph):
    graph.send(make_message(900001), "900001-ab")
    server.tokens.clear()
    graph.send(make_message(900002), "900002-ab")
    assert len(server.sent) == 2
    server.faults.append(WebFault(SEND, **refuse(401, "InvalidAuthenticationToken")))
    with pytest.raises(WrongSetting, match="401 InvalidAuthenticationToken"):
        graph.send(make_message(900003), "900003-ab")
    assert count(server, TOKEN) == 3


# What is seen before anything is sent


@pytest.mark.slow
def test_a_message_beyond_graphs_limit_is_told_before(server, graph):
    assert graph.check(make_message(content=random.Random(1).randbytes(2_200_000))) == []
    message = make_message(content=random.Random(1).randbytes(2_500_000))
    assert "takes up to 4 MB" in " ".join(graph.check(message))
    with pytest.raises(Refused, match="413"):
        graph.send(message, "900003-ab")


def test_the_message_itself_is_checked_too(graph):
    assert "control character" in " ".join(graph.check(make_message(subject="Two\r\nlines")))


# What must be mended first


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"tenant": "00000000-0000-4000-8000-000000000000"}, "knows no tenant"),
        ({"client": "00000000-0000-4000-8000-000000000000"}, "unauthorized_client: AADSTS700016"),
        ({"mailbox": "nobody@marlshire.example.org"}, "404 ErrorInvalidUser"),
    ],
)
def test_wrong_settings_stop_everything(server, paths, changed, why):
    with Microsoft365(server.settings(**changed), paths) as graph, pytest.raises(WrongSetting, match=why):
        graph.send(make_message(), "900003-ab")
    assert server.sent == []


def test_a_wrong_secret_stops_everything_and_is_not_told(server, paths, monkeypatch):
    monkeypatch.setenv(MICROSOFT365_SECRET, "another-secret")
    with (
        Microsoft365(server.settings(), paths) as graph,
        pytest.raises(WrongSetting, match="invalid_client: AADSTS7000215") as raised,
    ):
        graph.send(make_message(), "900003-ab")
    assert "another-secret" not in str(raised.value)
    assert MICROSOFT365_SECRET in str(raised.value)


@pytest.mark.slow
def test_a_missing_secret_is_told_when_it_is_opened(server, paths, monkeypatch):
    monkeypatch.delenv(MICROSOFT365_SECRET)
    with pytest.raises(WrongSetting, match="secret of the application"), Microsoft365(server.settings(), paths):
        pass
    assert not server.seen


@pytest.mark.slow
def test_a_missing_permission_stops_everything(tmp_path, paths):
    with (
        GraphServer(tmp_path / "graph", may_send=False) as server,
        Microsoft365(server.settings(), paths) as graph,
        pytest.raises(WrongSetting, match="403 ErrorAccessDenied") as raised,
    ):
        graph.send(make_message(), "900003-ab")
    assert "Mail.Send" in raised.value.remedy


@pytest.mark.slow
def test_another_sender_than_the_mailbox_stops_everything(server, graph):
    message = replace(make_message(), sender=Sender("Us", "someone.else@marlshire.example.org"))
    with pytest.raises(WrongSetting, match="403 ErrorSendAsDenied"):
        graph.send(message, "900003-ab")


@pytest.mark.slow
def test_a_certificate_that_is_not_to_be_trusted_stops_everything(server, paths):
    with (
        Microsoft365(server.settings(certificates=""), paths) as graph,
        pytest.raises(WrongSetting, match=r"certificate of .* is not to be trusted"),
    ):
        graph.send(make_message(), "900003-ab")
    assert not server.seen


def test_a_computers_own_authorities_do_not_take_the_place_of_the_editions(server, paths, monkeypatch, tmp_path):
    (tmp_path / "other.pem").write_bytes(b"")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    with Microsoft365(server.settings(), paths) as graph:
        graph.send(make_message(), "900003-ab")


@pytest.mark.slow
def test_a_login_in_a_file_of_this_computers_does_not_take_the_place_of_ours(server, paths, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with Microsoft365(server.settings(), paths) as graph:
        graph.send(make_message(), "900003-ab")


@pytest.mark.parametrize("field", ["address", "authority"])
def test_a_secret_goes_to_nobody_in_the_clear(server, paths, field):
    with pytest.raises(WrongSetting, match="not encrypted"):
        Microsoft365(server.settings(**{field: "http://graph.example/v1.0"}), paths)


def test_a_missing_file_of_authorities_is_told(server, paths):
    with (
        pytest.raises(WrongSetting, match=r"'ours.pem' is not there"),
        Microsoft365(server.settings(certificates="ours.pem"), paths),
    ):
        pass


# What is refused, and what is postponed


@pytest.mark.slow
def test_a_bad_address_is_refused_without_harm_to_the_others(server, graph):
    server.faults.append(WebFault(SEND, times=1, **refuse(400, "ErrorInvalidRecipients", "At least one is not valid.")))
    with pytest.raises(Refused, match=r"400 ErrorInvalidRecipients: At least one is not valid."):
        graph.send(make_message(900001), "900001-ab")
    graph.send(make_message(900002), "900002-ab")
    assert len(server.sent) == 1


@pytest.mark.slow
@pytest.mark.parametrize("status", [429, 503])
def test_too_much_at_once_is_postponed_for_all_with_the_time_to_wait(server, graph, status):
    fault = refuse(status, "ApplicationThrottled", "over its limit", **{"Retry-After": "30"})
    server.faults.append(WebFault(SEND, times=1, **fault))
    with pytest.raises(Postponed, match=f"{status} ApplicationThrottled.*wait 30 seconds") as raised:
        graph.send(make_message(), "900003-ab")
    assert raised.value.for_all
    graph.send(make_message(), "900003-cd")


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [{"refresh_seconds": 0}, {"token_seconds": 240}], ids=["past half", "near its end"])
@pytest.mark.parametrize(
    "how", [{"status": 503}, {"drop": "before"}, {"status": 400, "body": {"error": "temporarily_unavailable"}}]
)
def test_a_token_is_used_while_it_lives_though_the_sign_in_has_none_to_give(tmp_path, paths, seconds, how):
    with GraphServer(tmp_path / "aging", **seconds) as server:
        with Microsoft365(server.settings(), paths, now=lambda: NOON) as graph:
            graph.send(make_message(900001), "900001-ab")
            server.faults.append(WebFault(TOKEN, **how))
            for urn in range(900002, 900005):
                graph.send(make_message(urn), f"{urn}-ab")
        assert len(server.sent) == 4 and len(server.tokens) == 1


@pytest.mark.slow
def test_a_token_that_is_dead_is_not_used(tmp_path, paths):
    with GraphServer(tmp_path / "dead", token_seconds=0) as server:
        with Microsoft365(server.settings(), paths, now=lambda: NOON) as graph:
            with pytest.raises(WrongSetting):  # Graph takes no dead token, and says so of a new one too
                graph.send(make_message(900001), "900001-ab")
            server.faults.append(WebFault(TOKEN, status=503))
            with pytest.raises(Postponed):
                graph.send(make_message(900002), "900002-ab")
        assert server.sent == []


@pytest.mark.slow
def test_a_token_that_was_withdrawn_is_not_used_again(tmp_path, paths):
    with GraphServer(tmp_path / "withdrawn", refresh_seconds=0) as server:
        with Microsoft365(server.settings(), paths, now=lambda: NOON) as graph:
            graph.send(make_message(900001), "900001-ab")
            server.tokens.clear()
            server.faults.append(WebFault(TOKEN, status=503))
            with pytest.raises(Postponed, match="sign-in"):
                graph.send(make_message(900002), "900002-ab")
        assert len(server.sent) == 1


@pytest.mark.parametrize("path", [TENANTS, TOKEN])
@pytest.mark.parametrize("how", [{"status": 503}, {"status": 302}, {"drop": "before"}, {"drop": "after"}])
def test_a_sign_in_that_fails_for_now_is_postponed(server, graph, path, how):
    server.faults.append(WebFault(path, times=1, **how))
    with pytest.raises(Postponed) as raised:
        graph.send(make_message(), "900003-ab")
    assert raised.value.for_all
    assert server.sent == []


def test_a_sign_in_that_is_told_to_wait_is_postponed(server, graph):
    said = {"error": "temporarily_unavailable", "error_description": "AADSTS90033: A transient error"}
    server.faults.append(WebFault(TOKEN, status=400, body=said))
    with pytest.raises(Postponed, match="temporarily_unavailable"):
        graph.send(make_message(), "900003-ab")


def test_nobody_there_is_postponed_for_all(tmp_path, paths):
    with GraphServer(tmp_path / "graph") as server:
        settings = server.settings()
    with (
        Microsoft365(settings, paths) as graph,
        pytest.raises(Postponed, match="the sign-in of Microsoft 365 cannot be reached") as raised,
    ):
        graph.send(make_message(), "900003-ab")
    assert raised.value.for_all


def test_a_page_in_its_place_is_no_answer_of_graph(server, graph):
    server.faults.append(WebFault(SEND, status=302, body=b"<html>Log in", headers={"Location": server.address}))
    with pytest.raises(Postponed, match="answered in its place"):
        graph.send(make_message(), "900003-ab")


# What nobody can know


@pytest.mark.parametrize("how", [{"drop": "after"}, {"status": 504, "keep": True}, {"status": 500}, {"status": 502}])
def test_a_message_without_a_clear_answer_may_have_left(server, graph, how):
    server.faults.append(WebFault(SEND, times=1, **how))
    with pytest.raises(OutcomeUnknown, match="had the whole message"):
        graph.send(make_message(), "900003-ab")


@pytest.mark.slow
def test_an_answer_that_comes_too_late_leaves_the_outcome_unknown(server, paths):
    server.faults.append(WebFault(SEND, seconds=3, times=1))
    with (
        Microsoft365(server.settings(seconds=1), paths) as graph,
        pytest.raises(OutcomeUnknown, match=r"gave no answer: .*timed out"),
    ):
        graph.send(make_message(), "900003-ab")


def test_the_names_of_the_sign_in_are_those_of_the_settings(server, graph):
    graph.send(make_message(), "900003-ab")
    assert f"/{TENANT}{TOKEN}" in server.seen
    assert server.settings().client == CLIENT
