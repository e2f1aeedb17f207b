"""One message about one school, as small as a message can be."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import replace

from pipeline.delivery.mail.message import Attachment, Message, Recipient, Sender

PDF = b"%PDF-1.7 a report about one school\n%%EOF\n"
NOON = datetime.datetime(2025, 12, 5, 12, 0, tzinfo=datetime.UTC)


def make_message(
    urn: int = 900003,
    *,
    address: str = "head.900003@schools.example.org",
    name: str = "H. Oakley",
    content: bytes = PDF,
    **changes: object,
) -> Message:
    """``changes`` take the place of the message's own fields."""
    school = "Larkstead Primary School"
    pdf = Attachment(f"{urn} {school} 2024-25.pdf", "application/pdf", content, f"schools/{urn}/report.pdf")
    message = Message(
        edition="county",
        date=datetime.date(2025, 12, 5),
        urn=urn,
        school=school,
        recipient=Recipient(urn, "head", name, address),
        sender=Sender("Marlshire School Improvement", "reports@marlshire.example.org", "ask@marlshire.example.org"),
        subject=f"{school} (URN {urn}): your report",
        text=f"Dear {name}\n\nThe report about {school} (URN {urn}) is attached.\n.\n.. and a line of dots\n",
        html=f"<!doctype html><html lang='en-GB'><body><p>{school}, {urn}.</p></body></html>",
        attachments=(pdf,),
        report=hashlib.sha256(content).hexdigest(),
    )
    return replace(message, **changes)
