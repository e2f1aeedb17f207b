"""A message as it would reach one person about one school, whatever carries it."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from pipeline.run.stamps.made import hash_json


@dataclass(frozen=True)
class Recipient:
    """One row of the address book: ``role`` is the policy's word (``head``), ``line`` the row's line in the file.

    ``channel`` names the transport that this person's messages go by; empty for the edition's own.
    """

    urn: int
    role: str
    name: str
    address: str
    channel: str = ""
    line: int = 0


@dataclass(frozen=True)
class Sender:
    """From whom messages come, and to whom an answer goes where that is somebody else."""

    name: str
    address: str
    reply_to: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file of a message. ``name`` is what its reader sees; it holds the school's URN. ``source`` is the file's place
    among the edition's reports, as ``schools/900003/report.pdf``."""

    name: str
    media_type: str
    content: bytes
    source: str

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the content, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Message:
    """What one person is told about one school. ``text`` and ``html`` say the same.

    ``report`` is the SHA-256 of the PDF that the message is about, attached or linked: with edition, URN and address
    it is what a delivery is known by. A digest is about several schools (``about``: URN and name of each): its ``urn``
    is 0, ``school`` says how many they are, and ``report`` is a hash of all their reports. A reminder (``reminds``) is
    about several schools too and brings no report: ``report`` is a hash of its words.
    """

    edition: str
    date: datetime.date  # the edition's, never today
    urn: int
    school: str
    recipient: Recipient
    sender: Sender
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    report: str
    about: tuple[tuple[int, str], ...] = ()
    reminds: bool = False

    @property
    def urns(self) -> tuple[int, ...]:
        """The schools that it is about."""
        return tuple(urn for urn, _ in self.about) or (self.urn,)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of all that reaches the recipient: address, words and files. An approval is bound to it."""
        said = [
            self.edition,
            self.date.isoformat(),
            self.urn,
            self.school,
            [self.recipient.role, self.recipient.name, self.recipient.address, self.recipient.channel],
            [self.sender.name, self.sender.address, self.sender.reply_to],
            [self.subject, self.text, self.html],
            [[one.name, one.media_type, one.source, one.sha256] for one in self.attachments],
            self.report,
        ]
        return hash_json([*said, self.about] if self.about else said)


def count_schools(messages: Iterable[Message]) -> int:
    """How many schools the messages are about."""
    return len({urn for message in messages for urn in message.urns})
