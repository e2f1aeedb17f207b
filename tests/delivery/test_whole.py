"""The whole of it: five hundred schools, two recipients each, over a real mail server, by the verbs' own functions.

Every message that the server took is read again as its recipient's program would read it.
"""

from __future__ import annotations

import io
import re
import sys
from collections import Counter

import pypdfium2
import pytest
from delivered_edition import SECRETS, make_delivered_edition, make_row, write_settings
from mail_server import Fault, MailServer

from pipeline.cli.verbs import main

SCHOOLS, ROLES = 500, ("head", "chair")
PASSWORD = "correct horse, battery staple"
BUSY = 900100, 900200, 900300  # whose mailboxes do not take anything at first


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mail")
    with MailServer(folder, user="reports", password=PASSWORD, close_after=300) as running:
        yield running


@pytest.fixture(scope="module")
def edition(tmp_path_factory, server):
    made = make_delivered_edition(tmp_path_factory.mktemp("county"), SCHOOLS, roles=ROLES)
    write_settings(made, channel="smtp", smtp=server.settings().model_dump())
    return made


@pytest.fixture(scope="module")
def outcome(edition, server):
    """The week of sending: checked, approved, sent, and sent again to those who were missing."""
    refused = [make_row(edition, urn)["email"] for urn in BUSY]
    server.faults += [
        Fault("RCPT", address=address, reply="550 5.2.1 Mailbox disabled", times=1) for address in refused
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCHOOL_REPORTS_HOME", str(edition.workspace.root))
        patch.setenv("SCHOOL_REPORTS_SMTP_PASSWORD", PASSWORD)
        return [
            run(patch, "recipients"),
            run(patch, "approve", "--by", "Jane Smith", "--schools", str(SCHOOLS)),
            run(patch, "send", "--live", "--schools", str(SCHOOLS)),
            run(patch, "send", "--live", "--schools", str(len(BUSY))),
            run(patch, "status"),
        ]


def run(patch, verb, *words):
    said = io.StringIO()
    patch.setattr(sys, "argv", ["pipeline", verb, "county", *words])
    patch.setattr(sys, "stdout", said)
    patch.setattr(sys, "stderr", said)
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0), said.getvalue()


@pytest.fixture(scope="module")
def received(outcome, server):
    """Each message that the server took: to whom its envelope says, and the message as a mail program reads it."""
    return [(one.recipients, one.message) for one in server.received()]


@pytest.mark.kernel
def test_each_step_ends_as_it_should(outcome):
    assert [code for code, _ in outcome] == [0, 0, 7, 0, 0]
    _, first = outcome[2]
    assert re.search(rf"^sent +{SCHOOLS * 2 - len(BUSY)} +{SCHOOLS}$", first, re.MULTILINE)
    assert first.count("Mailbox disabled") >= len(BUSY)
    _, rerun = outcome[3]
    assert re.search(rf"^sent +{len(BUSY)} +{len(BUSY)}$", rerun, re.MULTILINE)
    assert re.search(rf"^sent before +{SCHOOLS * 2 - len(BUSY)} +{SCHOOLS}$", rerun, re.MULTILINE)
    assert re.search(rf"^sent +{SCHOOLS * 2}$", outcome[4][1], re.MULTILINE)


@pytest.mark.kernel
def test_everybody_receives_one_message_and_nobody_else_any(edition, received):
    expected = Counter(make_row(edition, urn, role)["email"] for urn in edition.schools for role in ROLES)
    assert len(expected) == SCHOOLS * 2
    assert Counter(address for recipients, _ in received for address in recipients) == expected
    assert Counter(message["To"].addresses[0].addr_spec for _, message in received) == expected
    assert all(not message["Cc"] and not message["Bcc"] for _, message in received)


@pytest.mark.kernel
def test_each_message_is_of_its_recipients_own_school_throughout(edition, received):
    """The PDF is read as PDF, the words as words, and each names its school and none of the 499 others."""
    reports = {urn: (edition.paths.school(urn) / "report.pdf").read_bytes() for urn in edition.schools}
    for urn, pdf in reports.items():
        assert find_urns(read_first_page(pdf)) == {urn}
    for (address,), message in received:
        urn = int(re.search(r"\d{6}", address)[0])
        (attached,) = message.iter_attachments()
        assert attached.get_content() == reports[urn]
        assert attached.get_filename().startswith(f"{urn} ")
        words = [message.get_body((kind,)).get_content() for kind in ("plain", "html")]
        assert edition.schools[urn] in message["Subject"] and edition.schools[urn] in words[0]
        assert all(find_urns(said) == {urn} for said in (*words, message["Subject"]))
        assert not any(secret in said for said in words for secret in SECRETS)


@pytest.mark.kernel
def test_one_connection_serves_until_the_server_closes_it(outcome, server):
    """The server closes the line after 300 messages: four lines carry a thousand messages, and one each rerun."""
    assert server.seen["messages"] == SCHOOLS * 2
    assert server.seen["connections"] <= 8
    assert server.seen["logins"] == server.seen["connections"]


@pytest.mark.kernel
def test_no_password_is_written_anywhere(edition, outcome):
    told = "".join(said for _, said in outcome)
    assert PASSWORD not in told
    for path in edition.workspace.root.rglob("*"):
        if path.is_file():
            assert PASSWORD.encode() not in path.read_bytes(), path


def find_urns(text):
    return {int(number) for number in re.findall(r"URN\s*(\d{6})", text)}


def read_first_page(pdf):
    with pypdfium2.PdfDocument(pdf) as printed:
        return printed[0].get_textpage().get_text_range()
