"""The ledger: what was sent is never sent again, and what may have been sent waits for a person."""

from __future__ import annotations

import multiprocessing
import sqlite3
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_messages import Clock, lay_out_edition, make_message

from pipeline.delivery.accounting.ledger import Ledger, NotAgain, name_reference
from pipeline.foundation.errors import PipelineError


@pytest.fixture
def paths(tmp_path):
    return lay_out_edition(tmp_path)


@pytest.fixture
def ledger(paths):
    with Ledger(paths, Clock().now) as ledger:
        yield ledger


def send(ledger, message, outcome="sent", reason=""):
    attempt = ledger.begin(message, "smtp", reason)
    ledger.finish(attempt, outcome, "250 Ok")
    return attempt


def test_a_message_that_was_never_tried_is_open(ledger):
    standing = ledger.standing(make_message())
    assert (standing.word, standing.attempt, standing.earlier, standing.is_open) == ("never", None, None, True)


@pytest.mark.parametrize(
    ("outcome", "word", "is_open"),
    [
        ("sent", "sent", False),
        ("refused", "failed", True),
        ("postponed", "postponed", True),
        ("unknown",) * 2 + (False,),
    ],
)
def test_what_came_of_an_attempt_is_how_it_stands(ledger, outcome, word, is_open):
    send(ledger, make_message(), outcome)
    standing = ledger.standing(make_message())
    assert (standing.word, standing.is_open, standing.attempt.said) == (word, is_open, "250 Ok")


def test_an_attempt_that_was_begun_and_never_ended_is_unknown_even_after_the_process_is_gone(paths):
    with Ledger(paths) as ledger:
        attempt = ledger.begin(make_message(), "smtp")
    with Ledger(paths) as ledger:
        assert ledger.standing(make_message()).word == "unknown"
        assert [one.reference for one in ledger.list_attempts()] == [attempt.reference]


@pytest.mark.parametrize("outcome", ["sent", "unknown", None])
def test_the_database_refuses_a_second_attempt_at_what_was_or_may_have_been_sent(ledger, outcome):
    attempt = ledger.begin(make_message(), "smtp")
    if outcome:
        ledger.finish(attempt, outcome, "")
    with pytest.raises(NotAgain, match="URN 900001, head"):
        ledger.begin(make_message(), "smtp")
    with pytest.raises(NotAgain):  # however its address is written, whatever words are around the report
        shouted = make_message(address="HEAD.900001@Schools.Example.org", subject="Another")
        ledger.begin(shouted, "smtp")
    assert len(ledger.list_attempts()) == 1


def test_another_address_another_school_and_a_failed_one_may_be_tried(ledger):
    send(ledger, make_message())
    send(ledger, make_message(role="chair"), "refused")
    ledger.begin(make_message(role="chair"), "smtp")
    ledger.begin(make_message(900002), "smtp")


def test_another_report_for_the_same_recipient_needs_a_reason(ledger):
    first, corrected = make_message(), make_message(pdf=b"%PDF corrected")
    sent = send(ledger, first)
    standing = ledger.standing(corrected)
    assert (standing.word, standing.earlier.id) == ("never", sent.id)
    with pytest.raises(NotAgain):
        ledger.begin(corrected, "smtp")
    send(ledger, corrected, reason="a wrong figure for absence")
    assert ledger.standing(corrected).word == "sent"


def test_a_correction_goes_once_for_each_reason(ledger):
    message = make_message()
    send(ledger, message)
    assert ledger.standing(message, "it was lost").word == "never"
    send(ledger, message, reason="it was lost")
    assert ledger.standing(message, "it was lost").word == "sent"
    with pytest.raises(NotAgain):
        ledger.begin(message, "smtp", "it was lost")
    send(ledger, message, reason="it was lost again")


def test_references_are_never_given_twice_and_name_the_school(ledger):
    message = make_message()
    attempts = [send(ledger, message, outcome) for outcome in ("refused", "postponed", "sent")]
    attempts += [send(ledger, message, reason="lost"), ledger.begin(message, "smtp", mode="pilot")]
    references = [attempt.reference for attempt in attempts]
    assert len(set(references)) == len(references)
    assert all(reference.startswith("900001-") for reference in references)
    assert name_reference(message, "rehearsal") == name_reference(make_message(), "rehearsal")


def test_a_pilot_leaves_no_trace_as_sent(ledger):
    attempt = ledger.begin(make_message(), "smtp", mode="pilot")
    ledger.finish(attempt, "sent", "")
    assert ledger.standing(make_message()).word == "never"
    assert (ledger.list_attempts(), len(ledger.list_attempts("pilot"))) == ([], 1)


@pytest.mark.parametrize(("decision", "is_open"), [("sent", False), ("not sent", True)])
def test_a_person_decides_what_became_of_an_unknown_one(ledger, decision, is_open):
    attempt = ledger.begin(make_message(), "smtp")
    ledger.decide(attempt.id, decision, "Jane Smith", "the head has it on her desk")
    standing = ledger.standing(make_message())
    assert (standing.word, standing.is_open) == (decision, is_open)
    assert (standing.attempt.decided_by, standing.attempt.why) == ("Jane Smith", "the head has it on her desk")


def test_a_person_decides_once_and_only_what_is_unknown(ledger):
    unknown, sent = ledger.begin(make_message(), "smtp"), send(ledger, make_message(900002))
    with pytest.raises(PipelineError, match="known as sent"):
        ledger.decide(sent.id, "not sent", "Jane Smith", "no idea")
    with pytest.raises(PipelineError, match="a name and a reason"):
        ledger.decide(unknown.id, "sent", " ", "no idea")
    with pytest.raises(PipelineError, match="no attempt 99"):
        ledger.decide(99, "sent", "Jane Smith", "no idea")
    ledger.decide(unknown.id, "not sent", "Jane Smith", "it is not in the sent mail")
    with pytest.raises(PipelineError, match="known as not sent"):
        ledger.decide(unknown.id, "sent", "Jane Smith", "oh")
    with pytest.raises(sqlite3.IntegrityError, match="a person has decided"):  # a process thought dead comes back
        ledger.finish(unknown, "sent", "250 Ok")


def test_nobody_decides_while_a_sending_is_under_way(ledger, paths):
    attempt = ledger.begin(make_message(), "smtp")
    with (
        Ledger(paths) as sending,
        sending.hold(),
        pytest.raises(PipelineError, match="are being sent: process"),
    ):
        ledger.decide(attempt.id, "not sent", "Jane Smith", "it looks stuck")


@pytest.mark.parametrize("table", ["approvals", "attempts", "outcomes", "decisions", "rehearsals"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET at = ''", "DELETE FROM {}"])
def test_nothing_in_it_can_be_changed_or_removed(ledger, paths, table, verb):
    ledger.record_approval("Jane Smith", [make_message()], Clock().now())
    send(ledger, make_message())
    ledger.decide(ledger.begin(make_message(900002), "smtp").id, "sent", "Jane Smith", "seen")
    ledger.record_rehearsal(2)
    with sqlite3.connect(paths.ledger) as database, pytest.raises(sqlite3.IntegrityError, match="only grows"):
        database.execute(verb.format(table))


def test_each_row_is_on_the_disk_before_anything_leaves(ledger, paths):
    ledger.begin(make_message(), "smtp")
    with sqlite3.connect(paths.ledger) as other:
        assert other.execute("SELECT COUNT(*) FROM attempts").fetchone() == (1,)
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_times_are_utc_and_a_time_without_zone_is_refused(paths):
    with Ledger(paths, lambda: datetime(2025, 12, 8, 9, 30)) as ledger, pytest.raises(ValueError, match="time zone"):
        ledger.begin(make_message(), "smtp")
    with Ledger(paths, lambda: datetime.fromisoformat("2025-07-08T09:30+01:00")) as ledger:
        assert ledger.begin(make_message(), "smtp").at.isoformat() == "2025-07-08T08:30:00+00:00"


def test_a_ledger_of_a_newer_version_is_refused_and_left_alone(paths):
    with Ledger(paths):
        pass
    with sqlite3.connect(paths.ledger) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(PipelineError, match=r"county/delivery/ledger\.sqlite: .*newer version"), Ledger(paths):
        pass


def test_what_is_no_ledger_or_is_damaged_is_refused(paths):
    place = paths.ledger
    place.parent.mkdir()
    place.write_bytes(b"not a database at all, but long enough to be looked at " * 40)
    with pytest.raises(PipelineError, match="cannot be read"), Ledger(paths):
        pass
    place.unlink()
    with sqlite3.connect(place) as database:
        database.execute("CREATE TABLE shopping (item TEXT)")
    with pytest.raises(PipelineError, match="no ledger"), Ledger(paths):
        pass


def test_no_secret_and_no_word_of_a_report_is_in_the_file(ledger, paths):
    message = make_message(pdf=b"%PDF Secure Plus", text="Your category: Secure Plus", html="<p>Secure Plus</p>")
    ledger.record_approval("Jane Smith", [message], Clock().now())
    send(ledger, message)
    content = b"".join(path.read_bytes() for path in paths.ledger.parent.glob("ledger*"))
    assert b"head.900001@schools.example.org" in content
    assert b"Secure Plus" not in content


def try_to_begin(root, barrier, results):
    with Ledger(root) as ledger:
        barrier.wait()
        try:
            ledger.begin(make_message(), "smtp")
            results.put("begun")
        except NotAgain:
            results.put("not again")


@pytest.mark.slow
def test_of_processes_that_begin_the_same_at_once_one_does(paths):
    with Ledger(paths):
        pass
    processes = multiprocessing.get_context("fork")
    barrier, results = processes.Barrier(4), processes.Queue()
    started = [processes.Process(target=try_to_begin, args=(paths, barrier, results)) for _ in range(4)]
    for process in started:
        process.start()
    said = sorted(results.get(timeout=60) for _ in started)
    for process in started:
        process.join()
    assert said == ["begun", "not again", "not again", "not again"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["first report", "second report"]),
        st.sampled_from(["", "lost", "wrong"]),
        st.sampled_from(["sent", "refused", "postponed", "unknown", None]),
        st.sampled_from(["sent", "not sent", None]),
    ),
    max_size=12,
)


@pytest.mark.slow
@given(steps=STEPS)
def test_whatever_happens_one_report_reaches_one_address_once_for_each_reason(tmp_path_factory, steps):
    paths = lay_out_edition(tmp_path_factory.mktemp("ledger"))
    arrived, waiting = [], False
    with Ledger(paths) as ledger:
        for report, reason, outcome, decision in steps:
            message = replace(make_message(), report=report)
            standing = ledger.standing(message, reason)
            try:
                attempt = ledger.begin(message, "smtp", reason)
            except NotAgain:
                assert waiting or not standing.is_open or (arrived and not reason)
                continue
            assert not waiting
            if outcome:
                ledger.finish(attempt, outcome, "")
            unknown = outcome in ("unknown", None)
            if unknown and decision:
                ledger.decide(attempt.id, decision, "Jane Smith", "seen")
            waiting = unknown and not decision
            if outcome == "sent" or (unknown and decision == "sent"):
                arrived.append((report, reason))
    assert len(set(arrived)) == len(arrived)
    assert sum(not reason for _, reason in arrived) <= 1
