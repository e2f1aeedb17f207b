"""Small messages and a clock, for tests of what does not look into a report."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

from pipeline.delivery.mail.message import Attachment, Message, Recipient, Sender
from pipeline.delivery.settings import DeliverySettings
from pipeline.foundation.paths import EditionPaths, Workspace

EDITION = "county"
FIRST_URN = 900001


def lay_out_edition(root: Path) -> EditionPaths:
    """An edition with a description and no reports."""
    paths = Workspace(root).edition(EDITION)
    paths.folder.mkdir(parents=True)
    paths.description.write_text(
        "title: Marlshire, autumn 2025\narea: {authority: 998}\nyear: 2024/25\npolicy: worcestershire\n"
        "organisation: Marlshire County Council\n",
        encoding="utf-8",
    )
    return paths


def make_settings(**changed) -> DeliverySettings:
    said = {
        "sender": {"name": "School Improvement", "address": "reports@marlshire.example.org"},
        "contact": "improvement@marlshire.example.org",
        "allowed_domains": ["schools.example.org"],
        "channel": "smtp",
        "smtp": {"host": "127.0.0.1", "per_minute": 600},
    }
    return DeliverySettings.model_validate(said | changed)


def make_message(urn: int = FIRST_URN, role: str = "head", *, pdf: bytes = b"%PDF report", **changed) -> Message:
    """A message about a school; ``changed`` are its own fields, or the recipient's (address, name, channel)."""
    school = changed.pop("school", f"School {urn}")
    to = {field: changed.pop(field, "") for field in ("address", "name", "channel")}
    address = to["address"] or f"{role}.{urn}@schools.example.org"
    content = pdf + str(urn).encode()
    said = {
        "edition": EDITION,
        "date": datetime.date(2025, 12, 5),
        "urn": urn,
        "school": school,
        "recipient": Recipient(urn, role, to["name"] or f"A. {role.title()}", address, to["channel"], 2),
        "sender": Sender("School Improvement", "reports@marlshire.example.org"),
        "subject": f"{school}: report (URN {urn})",
        "text": f"Dear colleague,\n\nthe report on {school} is attached.\n",
        "html": f"<html><body><p>The report on {school} is attached.</p></body></html>",
        "attachments": (Attachment(f"{urn} report.pdf", "application/pdf", content, f"schools/{urn}/report.pdf"),),
        "report": hashlib.sha256(content).hexdigest(),
    }
    return Message(**said | changed)


def make_messages(schools: int, roles: tuple[str, ...] = ("head", "chair")) -> list[Message]:
    return [make_message(FIRST_URN + number, role) for number in range(schools) for role in roles]


class Clock:
    """A clock that goes on only by waiting: ``pause`` and ``now`` of one time."""

    def __init__(self) -> None:
        self.time = datetime.datetime(2025, 12, 8, 9, 30, tzinfo=datetime.UTC)
        self.pauses: list[float] = []

    def now(self) -> datetime.datetime:
        return self.time

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += datetime.timedelta(seconds=seconds)
