"""A ledger that knows less than is known elsewhere sends nothing twice: it is refused, and can be made whole again.

Before, a ledger put back from an older copy, or a new one in the place of one that was lost, sent everything again.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys

import pytest
from small_messages import Clock, lay_out_edition, make_message, make_messages
from test_sending import Desk

from pipeline.delivery.accounting.ledger import Ledger, LedgerBehind
from pipeline.delivery.accounting.ledger import _describe as describe_message
from pipeline.delivery.accounting.ledger_tables import APPLICATION, SCHEMA
from pipeline.delivery.mail.message import Message
from pipeline.delivery.releasing.recovery import recover
from pipeline.delivery.status import gather_status, write_status_csv
from pipeline.delivery.transports import OutcomeUnknown
from pipeline.delivery.transports.folder import Folder
from pipeline.foundation.errors import PipelineError

MESSAGES = make_messages(5)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def paths(tmp_path):
    return lay_out_edition(tmp_path)


def copy_ledger(paths, into):
    """Copy the ledger as a backup does: the file and what SQLite keeps beside it."""
    into.mkdir(parents=True)
    for file in paths.ledger.parent.glob("ledger.sqlite*"):
        shutil.copy(file, into / file.name)


def put_back(paths, copy):
    for file in paths.ledger.parent.glob("ledger.sqlite*"):
        file.unlink()
    for file in copy.glob("*"):
        shutil.copy(file, paths.ledger.parent / file.name)


def read_everything(paths):
    with Ledger(paths) as ledger:
        attempts = [(one.reference, one.word, one.decided_by) for one in ledger.list_attempts()]
        return attempts, [(one.approver, one.digest) for one in ledger.list_approvals()]


class Copying:
    """A transport's place in which the ledger is copied just before each message leaves."""

    def __init__(self, desk, root):
        self.desk, self.root, self.copies = desk, root, []
        self.inner = desk.smtp.send
        desk.smtp.send = self

    def __call__(self, message: Message, reference: str):
        self.copies.append(self.root / f"copy-{len(self.copies)}")
        copy_ledger(self.desk.paths, self.copies[-1])
        return self.inner(message, reference)


@pytest.mark.slow
def test_a_copy_of_any_moment_of_a_sending_is_refused_and_made_whole_again(desk, tmp_path):
    copies = Copying(desk, tmp_path / "backup")
    desk.smtp.script = {MESSAGES[3].recipient.address: [OutcomeUnknown("cut off")]}
    desk.approve(MESSAGES)
    desk.send(MESSAGES)
    whole, received = read_everything(desk.paths), len(desk.smtp.taken)
    assert len(copies.copies) == len(MESSAGES) == 10
    for copy in copies.copies:
        put_back(desk.paths, copy)
        with pytest.raises(LedgerBehind, match=r"(?s)the ledger is behind: \d+ entr.* of 2025-12-08 .*recover county"):
            desk.send_missing(MESSAGES)
        assert recover(desk.paths, "Jane Smith", now=Clock().now).entries > 0
        assert read_everything(desk.paths) == whole
        desk.send_missing(MESSAGES)
        assert len(desk.smtp.taken) == received


@pytest.mark.slow
def test_a_ledger_that_is_lost_is_refused_and_made_again_from_its_journal(desk):
    desk.approve(MESSAGES)
    desk.send(MESSAGES)
    whole = read_everything(desk.paths)
    shutil.rmtree(desk.paths.ledger.parent)
    with pytest.raises(LedgerBehind, match="the ledger is gone; its journal tells of 30 entries"):
        desk.send_missing(MESSAGES)
    assert not desk.paths.ledger.exists()
    recover(desk.paths, "Jane Smith", now=Clock().now)
    assert read_everything(desk.paths) == whole


@pytest.mark.slow
def test_a_damaged_ledger_can_be_made_again_from_its_journal(desk):
    desk.approve(MESSAGES)
    desk.send(MESSAGES)
    whole = read_everything(desk.paths)
    desk.paths.ledger.write_bytes(b"no database " * 400)
    with pytest.raises(PipelineError, match="move the file away and make it anew"), desk.open():
        pass
    desk.paths.ledger.rename(desk.paths.ledger.with_suffix(".damaged"))
    recover(desk.paths, "Jane Smith", now=Clock().now)
    assert read_everything(desk.paths) == whole


def write_account(paths):
    with Ledger(paths) as ledger:
        return write_status_csv(paths, gather_status(ledger, {}, {}, MESSAGES))


@pytest.mark.slow
def test_without_its_journal_the_last_account_tells_that_a_ledger_is_behind_or_gone(desk, tmp_path):
    desk.approve(MESSAGES)
    copy_ledger(desk.paths, tmp_path / "copy")
    desk.smtp.script = {MESSAGES[3].recipient.address: [OutcomeUnknown("cut off")]}
    desk.send(MESSAGES)
    account = write_account(desk.paths)
    for bring in (lambda: put_back(desk.paths, tmp_path / "copy"), lambda: shutil.rmtree(desk.paths.ledger.parent)):
        (desk.paths.delivery / "journal.jsonl").unlink()
        bring()
        before = account.read_bytes()
        with pytest.raises(LedgerBehind, match=r"status\.csv: sent, about URN 900001 to head\.900001"), desk.open():
            pass
        assert account.read_bytes() == before
        assert recover(desk.paths, "Jane Smith", now=Clock().now).traces == 10
        words = [desk.stand(message) for message in MESSAGES]
        assert words == ["sent"] * 3 + ["unknown"] + ["sent"] * 6


@pytest.mark.slow
def test_without_its_journal_the_drafts_tell_that_a_ledger_is_behind_or_gone(paths):
    message = make_message()
    with Folder(paths.delivery / "drafts") as folder, Ledger(paths) as ledger:
        attempt = ledger.begin(message, "folder")
        folder.send(message, attempt.reference)
        ledger.finish(attempt, "sent", "")
    (paths.delivery / "drafts" / "a letter of my own.eml").write_text("Subject: nothing of ours\n\n", encoding="utf-8")
    with Ledger(paths):
        pass
    shutil.rmtree(paths.ledger.parent)
    (paths.delivery / "journal.jsonl").unlink()
    with pytest.raises(LedgerBehind, match=r"900001 head head\.900001@schools\.example\.org\.eml"), Ledger(paths):
        pass
    assert recover(paths, "Jane Smith", now=Clock().now).traces == 1
    with Ledger(paths) as ledger:
        assert ledger.list_attempts()[0].word == "sent"


@pytest.mark.slow
def test_a_ledger_of_another_sending_is_refused(desk, tmp_path):
    other = Desk(tmp_path / "other")
    other.approve(MESSAGES)
    other.send(MESSAGES)
    desk.approve(MESSAGES[:2], by="K. Jones")
    copy_ledger(desk.paths, tmp_path / "copy")
    put_back(other.paths, tmp_path / "copy")
    for use in (lambda: other.send_missing(MESSAGES), lambda: recover(other.paths, "J. Smith", now=Clock().now)):
        with pytest.raises(PipelineError, match="went apart"):
            use()
    assert len(other.smtp.taken) == 10


def test_a_journal_whose_last_line_was_cut_off_or_that_lags_is_completed(paths):
    with Ledger(paths) as ledger:
        ledger.finish(ledger.begin(make_message(), "smtp"), "sent", "")
    journal = paths.delivery / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    for left in (lines[0] + lines[1][:40], lines[0], b""):
        journal.write_bytes(left)
        with Ledger(paths):
            pass
        found = journal.read_bytes().splitlines(keepends=True)
        assert [line for line in found if line in lines] == lines
    with Ledger(paths) as ledger:
        assert ledger.standing(make_message()).word == "sent"


@pytest.mark.slow
def test_a_ledger_of_the_version_before_is_carried_over(paths):
    paths.ledger.parent.mkdir()
    with sqlite3.connect(paths.ledger) as database:
        for statement in SCHEMA:
            database.execute(statement)
        database.execute(f"PRAGMA application_id = {APPLICATION}")
        database.execute("PRAGMA user_version = 1")
        row = {"reference": "900001-ab", "at": "2025-12-08T09:30:00+00:00", "mode": "live", "transport": "smtp"}
        row |= {"reason": "", "asked_by": "", **describe_message(make_message())}
        names = ", ".join(row)
        database.execute(f"INSERT INTO attempts ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
    with Ledger(paths) as ledger:
        assert (ledger.standing(make_message()).word, ledger.count_entries()) == ("unknown", 1)
    assert b"900001-ab" in (paths.delivery / "journal.jsonl").read_bytes()


def test_a_ledger_that_another_program_holds_is_not_told_to_be_put_back(paths):
    with Ledger(paths):
        pass
    holder = sqlite3.connect(paths.ledger, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(PipelineError, match="another program holds the ledger") as refused:
        Ledger(paths, patience=0.05).__enter__()
    assert "Wait until it has finished, or close it" in str(refused.value)
    assert "copy" not in str(refused.value)
    holder.execute("COMMIT")
    with Ledger(paths, patience=0.05) as ledger:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(PipelineError, match="another program holds the ledger"):
            ledger.begin(make_message(), "smtp")
        holder.execute("COMMIT")
        ledger.begin(make_message(), "smtp")
    holder.close()


def test_a_folder_in_the_ledgers_place_is_named(paths):
    paths.ledger.mkdir(parents=True)
    with pytest.raises(PipelineError, match=r"county/delivery/ledger\.sqlite: a folder stands where"), Ledger(paths):
        pass


def test_a_file_where_the_ledgers_folder_belongs_is_named(paths):
    paths.ledger.parent.write_text("in the way", encoding="utf-8")
    with (
        pytest.raises(PipelineError, match=r"county/delivery/ledger\.sqlite: the ledger cannot be made"),
        Ledger(paths),
    ):
        pass


@pytest.mark.slow
def test_what_cannot_be_written_to_the_journal_does_not_leave(desk):
    desk.approve(MESSAGES)
    journal = desk.paths.delivery / "journal.jsonl"

    def put_in_the_way(watched):
        journal.rename(journal.with_name("aside"))
        journal.mkdir()

    desk.watch.sending = put_in_the_way
    with pytest.raises(PipelineError, match="journal cannot be"):
        desk.send(MESSAGES)
    assert desk.smtp.taken == []
    journal.rmdir()
    journal.with_name("aside").rename(journal)
    del desk.watch.sending
    desk.send_missing(MESSAGES)
    assert len(desk.smtp.taken) == 10


@pytest.mark.slow
def test_a_ledger_whose_journal_is_gone_is_refused_with_what_was_looked_for(desk, tmp_path):
    """An old copy beside cleared reports sent everything again: nothing was left to tell it by."""
    desk.approve(MESSAGES)
    copy_ledger(desk.paths, tmp_path / "copy")
    desk.send(MESSAGES)
    received = len(desk.smtp.taken)
    shutil.rmtree(desk.paths.reports)
    put_back(desk.paths, tmp_path / "copy")
    with pytest.raises(LedgerBehind) as refused:
        desk.send_missing(MESSAGES)
    said = str(refused.value)
    assert said.startswith("reports/county/delivery/journal.jsonl: the ledger's journal is gone")
    assert "Looked for a later sending in the journal, the last account (status.csv) and the drafts: none" in said
    assert "The last entry of the ledger is of 2025-12-08" in said and "recover county" in said
    assert len(desk.smtp.taken) == received and not desk.paths.reports.exists()


@pytest.mark.slow
def test_a_person_may_say_that_a_ledger_without_its_journal_is_the_newest(desk):
    desk.approve(MESSAGES)
    desk.send(MESSAGES)
    whole, received = read_everything(desk.paths), len(desk.smtp.taken)
    shutil.rmtree(desk.paths.reports)
    with pytest.raises(LedgerBehind, match="the ledger's journal is gone"), desk.open():
        pass
    recover(desk.paths, "Jane Smith", now=Clock().now)
    assert read_everything(desk.paths) == whole
    with Ledger(desk.paths) as ledger:
        assert [(one.answered_by, one.question) for one in ledger.list_answers()] == [("Jane Smith", "recovered")]
    desk.send_missing(MESSAGES)
    assert len(desk.smtp.taken) == received


def test_what_stands_in_the_journals_way_is_named_itself(desk):
    """The ledger, or the journal, was told to be at fault."""
    desk.approve(MESSAGES)
    delivery = desk.paths.delivery
    aside = delivery.rename(delivery.with_name("aside"))
    delivery.write_text("in the way", encoding="utf-8")
    with pytest.raises(PipelineError) as refused:
        desk.send(MESSAGES)
    said = str(refused.value)
    assert (
        said.startswith("reports/county/delivery: the ledger's journal cannot be") and ": a file stands where" in said
    )
    delivery.unlink()
    journal = aside.rename(delivery) / "journal.jsonl"
    journal.rename(journal.with_name("kept"))
    journal.mkdir()
    with pytest.raises(PipelineError) as refused:
        desk.send(MESSAGES)
    said = str(refused.value)
    assert "cannot be read: a folder stands where a file belongs\n    Move the folder away" in said
    assert desk.smtp.taken == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="rights cannot be given up here: setpriv is not there")
def test_a_journal_that_may_not_be_written_is_named_with_its_own_remedy(desk):
    desk.approve(MESSAGES[:2])
    journal = desk.paths.delivery / "journal.jsonl"
    for place, mode in ((journal, 0o444), (journal, 0o000), (desk.paths.delivery, 0o000)):
        usual = place.stat().st_mode
        place.chmod(mode)
        code = "import sys; sys.path[:0] = sys.argv[2:]\nfrom pathlib import Path\n"
        code += "from pipeline.delivery.accounting.ledger import Ledger\n"
        code += (
            "from pipeline.foundation.errors import PipelineError\nfrom pipeline.foundation.paths import Workspace\n"
        )
        code += "from small_messages import make_messages\nimport datetime\n"
        code += "try:\n    with Ledger(Workspace(Path(sys.argv[1])).edition('county')) as ledger:\n"
        code += "        ledger.record_rehearsal(1)\nexcept PipelineError as error:\n    print(error)\n"
        obedient = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
        root = desk.paths.reports.parent.parent
        command = [*obedient, sys.executable, "-c", code, str(root), *sys.path]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        place.chmod(usual)
        assert done.stdout.startswith("reports/county/delivery"), done.stdout + done.stderr
        assert "journal cannot be" in done.stdout and "it may not be opened or written" in done.stdout
        assert "Let your user write there" in done.stdout and "ledger.sqlite" not in done.stdout
