"""Messages as drafts in a folder, one ``.eml`` a person and school: to look at, or to send by hand from Outlook.

Of the folders only ``drafts`` tells of a sending. A rehearsal and a pilot, which count for nothing, have their own.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.delivery.mail.message import Message
from pipeline.delivery.transports import Receipt
from pipeline.delivery.transports.mime import compose_mime, list_faults
from pipeline.foundation.writing import write_beside

DRAFTS = "drafts"
PILOT = "pilot"
REHEARSAL = "rehearsal"
_LONGEST_NAME = 120  # characters, so that the whole path stays short enough for Windows


class Folder:
    """Writes drafts to ``folder``. A message about the same school to the same person takes the earlier one's place.

    With ``afresh`` the drafts an earlier rehearsal or pilot left are removed first, so that none is taken for one of
    now, and every message has a draft of its own: a pilot takes those of several people to one mailbox.
    """

    name = "folder"

    def __init__(self, folder: Path, *, afresh: bool = False) -> None:
        self.folder = folder
        self._afresh = afresh

    def check(self, message: Message) -> list[str]:
        return list_faults(message)

    def send(self, message: Message, reference: str) -> Receipt:
        mime = compose_mime(message)
        path = self.folder / name_draft(message)
        if self._afresh and path.exists():
            path = path.with_name(f"{path.stem} {message.digest[:8]}{path.suffix}")
        write_beside(path, mime.as_bytes().decode("utf-8"))
        return Receipt(self.name, path.name, f"written to {self.folder.name}")

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._afresh:
            for draft in self.folder.glob("*.eml"):
                draft.unlink()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def name_draft(message: Message) -> str:
    """Name a draft by URN, role and address, so that a folder sorts by school."""
    to = message.recipient
    name = name_by(message.urn, to.role, to.address)
    if name != _format_name(message.urn, to.role, to.address):  # two addresses must not become one name
        name = f"{name} {message.digest[:8]}"
    return f"{name}.eml"


def name_by(urn: object, role: str, address: str) -> str:
    """What a draft's name begins with: ``900003 head head.900003@schools.example``."""
    return re.sub(r"[^A-Za-z0-9@.+ -]", "_", _format_name(urn, role, address))[:_LONGEST_NAME]


def _format_name(urn: object, role: str, address: str) -> str:
    return f"{urn or 'all'} {role} {address}"
