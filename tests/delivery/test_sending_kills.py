"""Whenever a sending is killed: nobody receives twice, nobody is lost silently, and the next sending goes on.

A real process, a real mail server and SIGKILL. ``SCHOOL_REPORTS_SENDING_KILLS`` says how often (200 for a long look).
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from email.parser import BytesHeaderParser
from pathlib import Path

import psutil
import pytest
from mail_server import MailServer
from sending_process import compose_messages
from small_messages import make_settings

from pipeline.delivery.accounting.ledger import Ledger
from pipeline.foundation.paths import Workspace, find_project

KILLS = int(os.environ.get("SCHOOL_REPORTS_SENDING_KILLS", "20"))


class Sender:
    """The fork server that forks one to send whenever it is told to."""

    def __init__(self, root, server):
        settings = make_settings(smtp=server.settings().model_dump())
        script = Path(__file__).with_name("sending_process.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(root), json.dumps(settings.model_dump(mode="json"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(find_project()), str(script.parent)])},
        )

    def start(self, edition):
        """Begin to send; give the process's id."""
        self.process.stdin.write(f"{edition}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def wait(self):
        """The exit status; negative where a signal ended it."""
        return int(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)


class Mailboxes:
    """What the server has accepted, as its own record has it: the side that a person can look at."""

    def __init__(self, server):
        self.server = server
        self._accepted = {}

    def settle(self):
        """Wait until the server has done with the line of a process that is gone."""
        port = self.server.port
        while [c for c in psutil.Process().net_connections("tcp") if c.laddr.port == port and c.status != "LISTEN"]:
            time.sleep(0.002)

    def read(self):
        """The reference and the address of every message accepted."""
        for path in self.server.mailbox.folder.glob("*.eml"):
            if path not in self._accepted:
                with path.open("rb") as opened:
                    reference = BytesHeaderParser().parse(opened)["Message-ID"].strip("<>").partition("@")[0]
                (address,) = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["recipients"]
                self._accepted[path] = reference, address
        return list(self._accepted.values())


@pytest.fixture
def server(tmp_path):
    with MailServer(tmp_path / "mail") as server:
        yield server


@pytest.fixture
def sender(tmp_path, server):
    sender = Sender(tmp_path, server)
    yield sender
    sender.end()


@pytest.mark.slow
def test_whenever_it_is_killed_nobody_receives_twice_and_nobody_is_lost(tmp_path, server, sender):
    moments, mailboxes = random.Random(20251208), Mailboxes(server)
    sender.start("undisturbed")
    began = time.monotonic()
    assert sender.wait() == 0
    seconds = time.monotonic() - began
    told, editions = Counter(), 0
    while told["killed"] < KILLS:
        editions += 1
        disturb(tmp_path, f"edition-{editions}", sender, mailboxes, moments, seconds, told)
    print(f"{editions} editions of {len(compose_messages(''))} messages, {seconds:.2f} s each: {dict(told)}")
    assert told["unknown"] >= KILLS / 10, told  # some kills did come between the beginning and the end of an attempt


def disturb(root, edition, sender, mailboxes, moments, seconds, told):
    """Send an edition, killed again and again on the way, until a sending ends by itself with nothing missing."""
    messages = compose_messages(edition)
    paths = Workspace(root).edition(edition)
    code = None
    while code != 0:
        process = sender.start(edition)
        if told["killed"] < KILLS:
            time.sleep(moments.uniform(0, 0.8 * seconds))
            with suppress(ProcessLookupError):  # it was quicker
                os.kill(process, signal.SIGKILL)
        code = sender.wait()
        mailboxes.settle()
        assert code in (-signal.SIGKILL, 0, 6)  # 6: done but for what a person has to decide
        told["killed"] += code == -signal.SIGKILL
        assert set(count_received(paths, mailboxes).values()) <= {1}
        if code == 6 or moments.random() < 0.5:  # a person may also come later: the next sending must wait for them
            decide_unknown(paths, mailboxes, told)
    check_everybody_received(paths, messages, mailboxes)


def count_received(paths, mailboxes):
    """How many messages of the edition each address has received."""
    with Ledger(paths) as ledger:
        references = {attempt.reference for attempt in ledger.list_attempts()}
    return Counter(address for reference, address in mailboxes.read() if reference in references)


def decide_unknown(paths, mailboxes, told):
    """Decide as a person would who looks the message up at the mail server."""
    accepted = {reference for reference, _ in mailboxes.read()}
    with Ledger(paths) as ledger:
        for attempt in ledger.list_attempts():
            if attempt.word == "unknown":
                found = attempt.reference in accepted
                ledger.decide(attempt.id, "sent" if found else "not sent", "Jane Smith", "the mail server's record")
                told["unknown"] += 1
                told["unknown, received"] += found


def check_everybody_received(paths, messages, mailboxes):
    assert count_received(paths, mailboxes) == {message.recipient.address: 1 for message in messages}
    with Ledger(paths) as ledger:
        assert {ledger.standing(message).word for message in messages} == {"sent"}
