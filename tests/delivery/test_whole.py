"""The whole of it: a county's schools, two recipients each, over a real mail server, by the verbs' own functions.

Twenty of the messages must not go: reports or addresses were swapped, or a panel decided after the run.
Every message that the server took is read again as its recipient's program would read it.
"""

from __future__ import annotations

import io
import re
import sys
from collections import Counter

import pypdfium2
import pytest
from delivered_edition import (
    SECRETS,
    accept_thresholds,
    make_delivered_edition,
    make_row,
    sign_report,
    write_recipients,
    write_settings,
)
from mail_server import Fault, MailServer

from pipeline.cli.verbs import main

SCHOOLS, ROLES = 60, ("head", "chair")
PASSWORD = "correct horse, battery staple"
BUSY = 900020, 900040, 900058  # whose mailboxes do not take anything at first
SWAPPED_REPORTS = 900011, 900012, 900035, 900048, 900051, 900059  # in pairs
SWAPPED_ADDRESSES = 900025, 900055
DECIDED_LATE = 900053, 900054
PANEL = "urn,category,reason,person,date"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mail")
    with MailServer(folder, user="reports", password=PASSWORD, close_after=36) as running:
        yield running


@pytest.fixture(scope="module")
def edition(tmp_path_factory, server):
    made = make_delivered_edition(tmp_path_factory.mktemp("county"), SCHOOLS, roles=ROLES)
    write_settings(made, channel="smtp", smtp=server.settings().model_dump())
    accept_thresholds(made)
    return made


class Seeded:
    """Twenty messages about ten schools that must not go: they stand among the others after all were approved."""

    def __init__(self, edition):
        self.edition, self.local = edition, edition.paths.local
        self.urns = {*SWAPPED_REPORTS, *SWAPPED_ADDRESSES, *DECIDED_LATE}

    def seed(self):
        """Swap reports, their accounts written anew; swap addresses; let a panel decide after the run."""
        self._swap_reports()
        rows = [make_row(self.edition, urn, role) for urn in self.edition.schools for role in ROLES]
        other = dict(zip(SWAPPED_ADDRESSES, reversed(SWAPPED_ADDRESSES), strict=True))
        for row in rows:
            urn = int(row["urn"])
            row["email"] = make_row(self.edition, other.get(urn, urn), row["role"])["email"]
        write_recipients(self.edition, rows)
        decided = [f"{urn},Intensive support,The figures say too little.,A. Adviser,2025-11-20" for urn in DECIDED_LATE]
        (self.local / "moderation.csv").write_text("\n".join([PANEL, *decided]) + "\n", encoding="utf-8")

    def hold(self, urns):
        rows = [f"{urn},It was named and is being looked into.,A. Adviser" for urn in sorted(urns)]
        (self.local / "holds.csv").write_text("\n".join(["urn,reason,person", *rows]) + "\n", encoding="utf-8")

    def mend(self):
        self._swap_reports()
        write_recipients(
            self.edition, [make_row(self.edition, urn, role) for urn in self.edition.schools for role in ROLES]
        )
        (self.local / "moderation.csv").unlink()
        (self.local / "holds.csv").unlink()

    def _swap_reports(self):
        for first, second in zip(SWAPPED_REPORTS[::2], SWAPPED_REPORTS[1::2], strict=True):
            files = [self.edition.paths.school(urn) / "report.pdf" for urn in (first, second)]
            contents = [file.read_bytes() for file in files]
            for file, content in zip(files, reversed(contents), strict=True):
                file.write_bytes(content)
            for urn in (first, second):
                sign_report(self.edition, urn)


@pytest.fixture(scope="module")
def outcome(edition, server):
    """The week of sending: approved, tried until nothing is named that must not go, sent, mended, sent to the rest.

    Whatever a refusal names is put on hold, as an operator does who wants the others to have their reports today.
    """
    refused = [make_row(edition, urn)["email"] for urn in BUSY]
    server.faults += [
        Fault("RCPT", address=address, reply="550 5.2.1 Mailbox disabled", times=1) for address in refused
    ]
    seeded, named, told = Seeded(edition), set(), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCHOOL_REPORTS_HOME", str(edition.workspace.root))
        patch.setenv("SCHOOL_REPORTS_SMTP_PASSWORD", PASSWORD)
        before = [run(patch, "recipients"), run(patch, "approve", "--by", "Jane Smith", "--schools", str(SCHOOLS))]
        seeded.seed()
        for _ in range(5):
            code, said = run(patch, "send", "--live", "--schools", str(SCHOOLS - len(named)))
            if server.received():
                break
            told.append((code, said))
            named |= find_urns(said)
            seeded.hold(named)
        first = code, said, {int(urn) for one in server.received() for urn in re.findall(r"\d{6}", one.recipients[0])}
        seeded.mend()
        rest = run(patch, "send", "--live", "--schools", str(len(BUSY) + len(seeded.urns)))
        return before, told, named, first, rest, run(patch, "status")


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
def test_the_twenty_that_must_not_go_are_stopped_by_name_and_none_else(edition, outcome):
    _, told, named, (_, _, reached), _, _ = outcome
    assert named == Seeded(edition).urns and len(named) * len(ROLES) == 20
    assert all(code in (5, 6, 7) for code, _ in told)
    said = "\n".join(said for _, said in told)
    for urn in named:
        assert f"URN {urn}, {edition.schools[urn]}" in said
    assert not named & reached


@pytest.mark.kernel
def test_each_step_ends_as_it_should(edition, outcome):
    before, _, named, (code, first, _), (last, rest), (status, table) = outcome
    others = SCHOOLS - len(named)
    assert [one for one, _ in before] == [0, 0] and (code, last, status) == (7, 0, 0)
    assert re.search(rf"^sent +{others * 2 - len(BUSY)} +{others}$", first, re.MULTILINE)
    assert re.search(rf"^waiting +{len(named) * 2} +{len(named)}$", first, re.MULTILINE)
    assert first.count("Mailbox disabled") >= len(BUSY)
    assert re.search(rf"^sent +{len(BUSY) + len(named) * 2} +{len(BUSY) + len(named)}$", rest, re.MULTILINE)
    assert re.search(rf"^sent before +{others * 2 - len(BUSY)} +{others}$", rest, re.MULTILINE)
    assert re.search(rf"^sent +{SCHOOLS * 2}$", table, re.MULTILINE)


@pytest.mark.kernel
def test_everybody_receives_one_message_and_nobody_else_any(edition, received):
    expected = Counter(make_row(edition, urn, role)["email"] for urn in edition.schools for role in ROLES)
    assert len(expected) == SCHOOLS * 2
    assert Counter(address for recipients, _ in received for address in recipients) == expected
    assert Counter(message["To"].addresses[0].addr_spec for _, message in received) == expected
    assert all(not message["Cc"] and not message["Bcc"] for _, message in received)


@pytest.mark.kernel
def test_each_message_is_of_its_recipients_own_school_throughout(edition, received):
    """The PDF is read as PDF, the words as words, and each names its school and none of the others."""
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
    """The server closes the line after 36 messages: four lines carry a hundred and twenty, and one each rerun."""
    assert server.seen["messages"] == SCHOOLS * 2
    assert server.seen["connections"] <= 8
    assert server.seen["logins"] == server.seen["connections"]


@pytest.mark.kernel
def test_no_password_is_written_anywhere(edition, outcome):
    before, steps, _, (_, first, _), (_, rest), (_, table) = outcome
    told = "".join([said for _, said in (*before, *steps)] + [first, rest, table])
    assert PASSWORD not in told
    for path in edition.workspace.root.rglob("*"):
        if path.is_file():
            assert PASSWORD.encode() not in path.read_bytes(), path


def find_urns(text):
    return {int(number) for number in re.findall(r"URN\s*(\d{6})", text)}


def read_first_page(pdf):
    with pypdfium2.PdfDocument(pdf) as printed:
        return printed[0].get_textpage().get_text_range()
