"""A process that has imported everything and forks one that sends for each line it reads: ``python … ROOT SETTINGS``.

A line is an edition's name. It answers with the sender's process id at once, and with its exit status at its end.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from small_messages import make_message

from pipeline.delivery.accounting.ledger import Ledger
from pipeline.delivery.clock import read_clock
from pipeline.delivery.mail.message import Message
from pipeline.delivery.releasing.approval import approve
from pipeline.delivery.sending import Live, SendingSummary, send, sort_out
from pipeline.delivery.settings import DeliverySettings
from pipeline.delivery.transports.opening import open_transport
from pipeline.delivery.transports.smtp import Smtp
from pipeline.foundation.paths import EditionPaths, Workspace

SCHOOLS = 10
ROLES = ("head", "chair")


class Silent:
    """Shows nobody anything."""

    def checking(self, messages): ...

    def sending(self, messages): ...

    def tried(self, tried): ...

    def waiting(self, seconds, why): ...

    def gave_up(self, channel, why): ...


def compose_messages(edition: str) -> list[Message]:
    """The messages of an edition, each with a file that takes a moment to hand over."""
    urns = range(900001, 900001 + SCHOOLS)
    return [make_message(urn, role, pdf=b"%PDF" + bytes(20_000), edition=edition) for urn in urns for role in ROLES]


def send_missing(paths: EditionPaths, settings: DeliverySettings, messages: list[Message]) -> SendingSummary:
    with Ledger(paths) as ledger:
        if not ledger.list_approvers(messages[-1]):
            approve(ledger, "Jane Smith", messages, now=read_clock)
        return send(
            ledger,
            settings,
            messages,
            lambda name: open_transport(name, settings, paths),
            Silent(),
            mode=Live(sort_out(ledger, messages, Live(0)).schools),
            guard=lambda message: [],
            pause=time.sleep,
            now=read_clock,
        )


def main(root: Path, settings: DeliverySettings) -> None:
    assert Smtp.name == "smtp"  # imported before the fork
    for line in sys.stdin:
        edition = line.strip()
        messages = compose_messages(edition)
        sender = os.fork()
        if sender == 0:
            code = 70
            try:
                code = send_missing(Workspace(root).edition(edition), settings, messages).exit_code
            finally:
                os._exit(code)
        print(sender, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(sender, 0)[1]), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), DeliverySettings.model_validate(json.loads(sys.argv[2])))
