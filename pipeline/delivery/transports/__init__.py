"""Ways by which a message leaves: a folder of drafts, SMTP, GOV.UK Notify, Microsoft 365.

A transport either gives a receipt or says which of three things happened: the message was refused, it was not taken
for the time being, or nobody can know. It keeps no record and tries nothing twice: that is the sender's to decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from pipeline.delivery.mail.message import Message
from pipeline.foundation.errors import PipelineError


@dataclass(frozen=True)
class Receipt:
    """That a transport took a message. ``reference`` is what its other side knows it by (a Message-ID, a
    notification's id); ``said`` is its answer, in one line."""

    transport: str
    reference: str
    said: str = ""


class NotSent(Exception):
    """The message certainly did not leave. ``why`` is the other side's answer, or what kept us from asking, in one
    line; it holds no secret."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class Refused(NotSent):
    """For good: sending the same again would be refused again (an address that does not exist, a file too large)."""


class Postponed(NotSent):
    """For the time being: a later try may succeed (the mailbox is busy, too many at once, the line was cut before the
    message was whole). ``for_all`` where the other side cannot be reached at all, so that trying the next is vain."""

    def __init__(self, why: str, *, for_all: bool = False) -> None:
        self.for_all = for_all
        super().__init__(why)


class OutcomeUnknown(Exception):
    """The message was handed over whole and no answer came: it may have left. A person decides; nothing is resent."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class WrongSetting(PipelineError):
    """A transport cannot be used as it is set up: a password, a certificate, a template, a missing package."""

    exit_code = 4


class Transport(Protocol):
    """Hands messages over, one at a time. As a context it keeps what it opened until it is left."""

    name: str

    def check(self, message: Message) -> list[str]:
        """Say what would keep ``message`` from going this way, before anything is sent: each fault in a sentence."""

    def send(self, message: Message, reference: str) -> Receipt:
        """Hand ``message`` over. ``reference`` is unique to the attempt and goes with it (as Message-ID's left part,
        as Notify's reference), so that an attempt can be found at the other side.

        Raises Refused, Postponed, OutcomeUnknown, and WrongSetting where no message can go.
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
