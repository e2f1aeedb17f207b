"""Many messages by each service, and failures in any order: each person gets the report of their own school, and what
a transport says of a message is true."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from graph_server import SECRET, GraphServer
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from notify_server import LIVE_KEY, NotifyServer
from small_message import make_message
from web_server import WebFault

from pipeline.delivery.transports import OutcomeUnknown, Postponed, Refused, Transport, WrongSetting
from pipeline.delivery.transports.microsoft365 import Microsoft365
from pipeline.delivery.transports.notify import Notify
from pipeline.delivery.transports.secrets import MICROSOFT365_SECRET, NOTIFY_KEY
from pipeline.foundation.paths import Workspace
from tests.conftest import count_examples

URNS, ROLES = range(900001, 900061), ("head", "chair")


@dataclass(frozen=True)
class Way:
    """A transport with its server. ``list_arrived`` gives address and PDF of each message that the server took."""

    transport: Transport
    list_arrived: Callable[[], list[tuple[str, bytes]]]
    faults: list


@contextmanager
def open_way(name: str, folder: Path, **settings: object) -> Iterator[Way]:
    if name == "notify":
        with NotifyServer() as service, Notify(service.settings(**settings)) as notify:
            yield Way(notify, lambda: [(one.address, one.file) for one in service.sent], service.faults)
    else:
        paths = Workspace(folder).edition("county")
        with GraphServer(folder / "graph") as graph, Microsoft365(graph.settings(**settings), paths) as mailbox:
            yield Way(
                mailbox,
                lambda: [_read(one.message["To"].addresses[0].addr_spec, one.message) for one in graph.sent],
                graph.faults,
            )


def _read(address, message):
    [pdf] = message.iter_attachments()
    return address, pdf.get_content()


def make(urn, role="head"):
    return make_message(urn, address=f"{role}.{urn}@schools.example.org", content=b"%%PDF-1.7 URN %d" % urn * 200)


def find_urn(address, pdf):
    """The one URN of an address and of a PDF; fails where they are of two schools."""
    [urn] = set(re.findall(rb"\d{6}", pdf + address.encode()))
    return int(urn)


@pytest.fixture(autouse=True)
def secrets(monkeypatch):
    monkeypatch.setenv(NOTIFY_KEY, LIVE_KEY)
    monkeypatch.setenv(MICROSOFT365_SECRET, SECRET)


@pytest.mark.kernel
@pytest.mark.parametrize("name", ["notify", "microsoft365"])  # by SMTP: test_whole.py
def test_a_countys_schools_and_two_people_each_get_their_own_schools_report(tmp_path, name):
    with open_way(name, tmp_path) as way:
        for urn in URNS:
            for role in ROLES:
                way.transport.send(make(urn, role), f"{urn}-{role}")
        arrived = way.list_arrived()
    assert Counter(find_urn(*one) for one in arrived) == dict.fromkeys(URNS, len(ROLES))
    assert len({address for address, _ in arrived}) == len(URNS) * len(ROLES)


FAULTS = st.lists(
    st.builds(
        WebFault,
        path=st.sampled_from(["/email", "/v2/notifications", "/sendMail", "/token", "/openid-configuration"]),
        drop=st.sampled_from(["", "before", "after"]),
        status=st.sampled_from([200, 201, 202, 302, 400, 401, 403, 404, 413, 429, 500, 502, 503, 504]),
        body=st.sampled_from(
            [b"", b"<html>", {}, {"error": "x"}, {"errors": [{"error": "E", "message": "m"}]}, [1], 1]
        ),
        headers=st.sampled_from([{}, {"Retry-After": "1"}, {"Location": "http://127.0.0.1:9/"}]),
        times=st.integers(1, 3),
    ),
    max_size=6,
)


@pytest.mark.slow
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=count_examples(25))
@pytest.mark.parametrize("name", ["notify", "microsoft365"])
@example(faults=[WebFault("/openid-configuration", status=200, body={})])
@example(faults=[WebFault("/openid-configuration", status=200, body=[1])])
@example(faults=[WebFault("/token", status=200, body=[1])])
@given(faults=FAULTS)
def test_whatever_a_service_answers_a_message_that_was_not_sent_did_not_arrive(tmp_path, name, faults):
    outcomes = {}
    with open_way(name, Path(tempfile.mkdtemp(dir=tmp_path))) as way:
        way.faults.extend(faults)
        for urn in URNS[:5]:
            try:
                way.transport.send(make(urn), f"{urn}-ab")
                outcomes[urn] = "sent"
            except (Refused, Postponed, WrongSetting):
                outcomes[urn] = "not sent"
            except OutcomeUnknown:
                outcomes[urn] = "unknown"
        arrived = [find_urn(*one) for one in way.list_arrived()]
    assert len(set(arrived)) == len(arrived)
    for urn, outcome in outcomes.items():
        if outcome == "not sent":
            assert urn not in arrived
        if outcome == "sent" and not _lies(faults, name):
            assert urn in arrived


def _lies(faults, name):
    """A service that says it took what it did not keep."""
    taken = {"notify": (200, 201, 202), "microsoft365": (202,)}[name]
    return any(fault.status in taken and not fault.drop for fault in faults)
