"""How a delivery stands: every school and recipient is shown once, whatever became of it."""

from __future__ import annotations

import csv
import io

import pytest
from bs4 import BeautifulSoup
from small_messages import Clock, lay_out_edition, make_message, make_messages

from pipeline.cli.delivery_printing import find_status_code
from pipeline.delivery.accounting.ledger import Ledger
from pipeline.delivery.releasing.approval import approve
from pipeline.delivery.status import gather_status, write_status_csv, write_status_page
from pipeline.render.checks import check_html
from pipeline.run.record.statuses import write_statuses

CLOCK = Clock()
DUE = {900001 + number: f"School {900001 + number}" for number in range(6)}
NOT_DUE = {899999: "Old Lane Primary School"}
MESSAGES = make_messages(6, ("head",))


@pytest.fixture
def paths(tmp_path):
    paths = lay_out_edition(tmp_path)
    write_statuses(
        paths, [{"urn": 899999, "name": NOT_DUE[899999], "status": "not due", "reason": "closed on 31 August 2024"}]
    )
    return paths


@pytest.fixture
def ledger(paths):
    with Ledger(paths, CLOCK.now) as ledger:
        yield ledger


def send(ledger, message, outcome, said="250 Ok", reason=""):
    attempt = ledger.begin(message, "smtp", reason)
    if outcome:
        ledger.finish(attempt, outcome, said)
    return attempt


@pytest.fixture
def mixed(ledger):
    """One of each state: sent, refused, not taken, unknown, decided and never tried."""
    send(ledger, MESSAGES[0], "sent")
    send(ledger, MESSAGES[1], "refused", "550 5.1.1 No such mailbox")
    send(ledger, MESSAGES[2], "postponed", "452 mailbox full")
    send(ledger, MESSAGES[3], None)
    unknown = send(ledger, MESSAGES[4], "unknown", "no answer after the dot")
    ledger.decide(unknown.id, "not sent", "Jane Smith", "it is not in the sent mail")
    return ledger


def test_every_recipient_stands_once_with_what_became_of_it(mixed):
    status = gather_status(mixed, DUE, NOT_DUE, MESSAGES)
    assert {line.urn: (line.word, line.said) for line in status.lines} == {
        900001: ("sent", "250 Ok"),
        900002: ("failed", "550 5.1.1 No such mailbox"),
        900003: ("not taken yet", "452 mailbox full"),
        900004: ("unknown", "it was interrupted while it was being sent"),
        900005: ("did not leave", "Jane Smith decided: not sent (it is not in the sent mail)"),
        900006: ("not sent yet", ""),
    }
    assert list(status.count()) == ["unknown", "failed", "postponed", "not sent", "never", "sent"]
    assert [line.attempt for line in status.unknown] == [4]
    assert not status.is_complete


def test_without_messages_the_ledger_and_the_schools_still_tell(mixed):
    status = gather_status(mixed, DUE, NOT_DUE)
    assert [line.urn for line in status.lines] == list(DUE)
    assert [line.word for line in status.lines][-1] == "not sent yet"
    assert status.lines[0].address == "head.900001@schools.example.org"


def test_a_school_without_recipient_and_a_recipient_who_left_are_not_lost(mixed):
    moved = make_message(900001, address="new.head@schools.example.org")
    status = gather_status(mixed, DUE, NOT_DUE, [moved, *MESSAGES[1:5]])
    lines = {line.address: line for line in status.lines}
    assert lines["new.head@schools.example.org"].word == "not sent yet"
    assert lines["head.900001@schools.example.org"].note == "no longer in the address book"
    assert lines["head.900001@schools.example.org"].word == "sent"
    assert [line.urn for line in status.lines if line.word == "no recipient"] == [900006]


@pytest.mark.slow
def test_an_address_that_was_mended_is_tried_no_longer_and_holds_nothing_up(ledger, paths):
    due = {urn: DUE[urn] for urn in (900001, 900002)}
    send(ledger, MESSAGES[0], "refused", "550 5.1.1 No such mailbox")
    send(ledger, MESSAGES[1], "postponed", "452 mailbox full")
    assert find_status_code(gather_status(ledger, due, {}, MESSAGES[:2])) == 7
    # where the school's message waits, or the book has nobody else for it, that is not settled
    waiting = gather_status(ledger, due, {}, [MESSAGES[1]], {900001: "on hold: The roll is being looked into."})
    assert waiting.count() == {"failed": 1, "postponed": 1}
    assert gather_status(ledger, due, {}, [MESSAGES[1]]).count() == {"postponed": 1, "nobody": 1, "gone": 1}
    mended = make_message(900001, address="new.head@schools.example.org")
    send(ledger, mended, "sent")
    send(ledger, MESSAGES[1], "sent")
    status = gather_status(ledger, due, {}, [mended, MESSAGES[1]])
    assert status.count() == {"gone": 1, "sent": 2}
    assert status.is_complete and find_status_code(status) == 0
    page = write_status_page(paths, status).read_text(encoding="utf-8")
    assert "Everything has been sent: 1 no longer tried, 2 sent." in page and "The next sending tries" not in page


def test_all_sent_is_said(ledger):
    for message in MESSAGES:
        send(ledger, message, "sent")
    assert gather_status(ledger, DUE, NOT_DUE, MESSAGES).is_complete


def test_a_corrected_report_is_told_from_the_one_that_was_sent(ledger):
    send(ledger, MESSAGES[0], "sent")
    corrected = make_message(pdf=b"%PDF corrected")
    (line,) = gather_status(ledger, {900001: "School 900001"}, {}, [corrected]).lines
    assert (line.word, line.report) == ("sent", MESSAGES[0].report)
    assert "an earlier report was sent" in line.note
    send(ledger, corrected, "sent", reason="a wrong figure")
    (line,) = gather_status(ledger, {900001: "School 900001"}, {}, [corrected]).lines
    assert (line.report, line.reason, line.attempts, line.note) == (corrected.report, "a wrong figure", 2, "")


def test_a_correction_that_did_not_reach_its_reader_is_not_forgotten(ledger):
    """All was said to be sent, for the first report had been."""
    due = {900001: "School 900001"}
    send(ledger, MESSAGES[0], "sent")
    send(ledger, MESSAGES[0], "refused", "550 No such mailbox", reason="it was lost")
    status = gather_status(ledger, due, {}, MESSAGES[:1])
    assert status.lines[0].state == "sent" and not status.is_complete
    assert "a correction has not reached them: 550 No such mailbox" in status.lines[0].note
    send(ledger, MESSAGES[0], "sent", reason="it was lost")
    status = gather_status(ledger, due, {}, MESSAGES[:1])
    assert status.lines[0].note == "" and status.is_complete


# The page


def read_tables(page):
    regions = BeautifulSoup(page, "html.parser").find_all("div", class_="scroll")
    return {
        region["aria-labelledby"].removesuffix("-caption"): [
            [cell.get_text(" ", strip=True).replace("@ ", "@") for cell in row.find_all(["th", "td"])]
            for row in region.find_all("tr")
        ][1:]
        for region in regions
    }


@pytest.mark.slow
def test_the_page_shows_what_needs_a_person_first(mixed, paths):
    approve(mixed, "Jane Smith", MESSAGES, now=CLOCK.now)
    mixed.record_rehearsal(6)
    mixed.finish(mixed.begin(MESSAGES[0], "smtp", mode="pilot"), "sent", "")
    place = write_status_page(paths, gather_status(mixed, DUE, NOT_DUE, MESSAGES))
    page = place.read_text(encoding="utf-8")
    tables = read_tables(page)
    assert place == paths.reports / "delivery" / "index.html"
    assert list(tables) == ["unknown", "missing", "all", "not-due"]
    assert [row[:3] for row in tables["unknown"]] == [["School 900004", "900004", "4"]]
    assert [row[1] for row in tables["missing"]] == ["900002", "900003", "900005"]
    assert len(tables["all"]) == 6
    assert tables["not-due"] == [["Old Lane Primary School", "899999", "Closed on 31 August 2024"]]
    text = BeautifulSoup(page, "html.parser").main.get_text(" ", strip=True)
    assert "1 unknown, 1 failed, 1 not taken yet, 1 did not leave, 1 not sent yet, 1 sent." in text
    assert "Jane Smith approved 6 messages (8 December 2025, 09:30 UTC)." in text
    assert "1 message went to head.900001@schools.example.org as a pilot" in text
    assert "1 rehearsal" in text
    assert check_html(page) == []


@pytest.mark.slow
def test_the_page_says_where_a_sending_is_under_way(ledger, paths):
    words = "Messages were being sent when this page was written"
    send(ledger, MESSAGES[0], None)
    with Ledger(paths) as sending, sending.hold():
        status = gather_status(ledger, DUE, NOT_DUE, MESSAGES)
        assert words in write_status_page(paths, status).read_text(encoding="utf-8")
    status = gather_status(ledger, DUE, NOT_DUE, MESSAGES)
    assert words not in write_status_page(paths, status).read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_page_of_an_edition_of_which_nothing_was_sent_has_no_fault(ledger, paths):
    assert check_html(write_status_page(paths, gather_status(ledger, DUE, NOT_DUE)).read_text(encoding="utf-8")) == []
    assert check_html(write_status_page(paths, gather_status(ledger, {}, {})).read_text(encoding="utf-8")) == []


@pytest.mark.slow
def test_an_answer_from_outside_cannot_write_into_the_page(ledger, paths):
    evil = "<img src=x onerror=alert(1)>"
    message = make_message(school=f"{evil} School", name=evil)
    send(ledger, message, "refused", evil)
    page = write_status_page(paths, gather_status(ledger, {900001: evil}, {}, [message])).read_text(encoding="utf-8")
    assert "<img" not in page
    assert check_html(page) == []


# The table


def read_csv(place):
    content = place.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")  # by which Excel knows it is UTF-8
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_table_holds_every_line_of_the_page_and_the_schools_not_due(mixed, paths):
    rows = read_csv(write_status_csv(paths, gather_status(mixed, DUE, NOT_DUE, MESSAGES)))
    states = ["sent", "failed", "not taken yet", "unknown", "did not leave", "not sent yet", "not due"]
    assert [row["state"] for row in rows] == states
    assert rows[0]["time"] == "2025-12-08T09:30:00+00:00"
    assert rows[0]["report_sha256"] == MESSAGES[0].report
    assert (rows[-1]["urn"], rows[-1]["school"]) == ("899999", "Old Lane Primary School")
    assert {None} & {key for row in rows for key in row} == set()  # no row is longer than the header


@pytest.mark.parametrize("evil", ["=1+1", "+44 1632", "-2", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"])
def test_no_cell_is_a_formula(ledger, paths, evil):
    message = make_message(school=evil, name=evil)
    send(ledger, message, "refused", f"{evil}\nsecond line")
    (row,) = read_csv(write_status_csv(paths, gather_status(ledger, {900001: evil}, {}, [message])))
    for cell in (row["school"], row["name"], row["answer"]):
        assert cell.startswith("'")
        assert evil.strip() in cell
    assert "\n" not in row["answer"]


# Its place in the edition's site


@pytest.mark.slow
def test_the_index_leads_to_it_where_the_edition_says_how_it_is_sent_and_whatever_was_sent_since(paths):
    from pipeline.edition.editions import load_edition
    from pipeline.foundation.paths import Workspace
    from pipeline.run.jobs import ReportOutcome
    from pipeline.run.record.index import find_links, leave_place_for_delivery

    failed = ReportOutcome(None, "the area report", "no such column")
    edition = load_edition(Workspace(paths.folder.parents[2]), "county")
    page = paths.reports / "delivery" / "index.html"
    leave_place_for_delivery(edition)
    assert (list(find_links(edition, (failed, failed))), page.exists()) == ([], False)

    edition.paths.delivery_settings.write_text("channel: folder\n", encoding="utf-8")
    before = list(find_links(edition, (failed, failed)))
    assert [link.address for link in before] == ["delivery/index.html"]
    leave_place_for_delivery(edition)
    assert "Nothing has been sent yet." in page.read_text(encoding="utf-8")
    assert check_html(page.read_text(encoding="utf-8")) == []

    with Ledger(paths, CLOCK.now) as ledger:
        send(ledger, MESSAGES[0], "sent")
        write_status_page(paths, gather_status(ledger, DUE, NOT_DUE, MESSAGES))
    leave_place_for_delivery(edition)
    assert "1 sent." in page.read_text(encoding="utf-8")
    assert list(find_links(edition, (failed, failed))) == before


def test_a_reproduction_leads_to_it_too_and_takes_no_ledger_along(paths, tmp_path):
    from pipeline.edition.editions import load_edition
    from pipeline.foundation.paths import Workspace
    from pipeline.run.desk.reproduction import lay_out_edition as lay_out_again
    from pipeline.run.record.index import is_delivered

    workspace = Workspace(paths.folder.parents[2])
    edition = load_edition(workspace, "county")
    edition.paths.delivery_settings.write_text("channel: folder\n", encoding="utf-8")
    with Ledger(paths, CLOCK.now) as ledger:
        send(ledger, MESSAGES[0], "sent")
    fresh = lay_out_again(workspace, edition, "worcestershire", tmp_path / "again")
    assert is_delivered(load_edition(fresh, "county"))
    assert not list((tmp_path / "again").rglob("ledger*"))
