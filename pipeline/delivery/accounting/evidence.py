"""What else tells of a sending than the ledger: the last account of it (``status.csv``), and drafts that were written.

By them a ledger that is behind, or gone, is known even where its journal is gone too. None of them is believed against
the ledger; where they know more, nothing is sent until a person has seen to it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.delivery.transports.folder import DRAFTS, name_by
from pipeline.foundation.paths import EditionPaths

STATUS_TABLE = "status.csv"
_DRAFT = re.compile(r"(\d{6}|all) ([a-z][a-z0-9_]*) (\S+@\S+?)( .*)?\.eml")


@dataclass(frozen=True)
class Trace:
    """That something was sent, or may have been (``word``), as ``where`` tells it; ``row`` is the table's own."""

    where: str
    word: str
    urn: str
    address: str
    reference: str = ""
    row: Mapping[str, str] | None = None

    def __str__(self) -> str:
        about = f"URN {self.urn}" if self.urn.isdigit() else "several schools"
        return f"{self.where}: {self.word}, about {about} to {self.address}"


def read_status_table(paths: EditionPaths) -> list[Trace]:
    """What the last account of the delivery says was sent or may have been; empty where it cannot be read."""
    try:
        text = (paths.delivery / STATUS_TABLE).read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
    except (OSError, ValueError, csv.Error):
        return []
    where = f"delivery/{STATUS_TABLE}"
    return [
        Trace(where, row["state"], row.get("urn") or "", row.get("email") or "", row["reference"], row)
        for row in rows
        if row.get("reference") and row.get("state") in ("sent", "unknown")
    ]


def list_drafts(paths: EditionPaths) -> list[Trace]:
    """The drafts in the outbox: each counts as sent from when it was written."""
    folder = paths.delivery / DRAFTS
    try:
        names = sorted(path.name for path in folder.glob("*.eml"))
    except OSError:
        return []
    found = [(name, _DRAFT.fullmatch(name)) for name in names]
    return [
        Trace(f"delivery/{DRAFTS}/{name}", "written", match[1], match[3]) for name, match in found if match is not None
    ]


def find_unknown_traces(paths: EditionPaths, known: Iterable[Mapping[str, object]]) -> Iterator[Trace]:
    """Give each trace of which the ledger's live attempts (``known``: reference, word, urn, role, address) say less."""
    attempts = list(known)
    words = {str(one["reference"]): one["word"] for one in attempts}
    for trace in read_status_table(paths):
        known_as = words.get(trace.reference)
        if known_as is None or (trace.word == "sent" and known_as == "unknown"):
            yield trace
    drafts = list_drafts(paths)
    named = {name_by(one["urn"], str(one["role"]), str(one["address"])) for one in attempts} if drafts else set()
    for trace in drafts:
        name = trace.where.rpartition("/")[2].removesuffix(".eml")
        if name not in named and not any(name.startswith(f"{one} ") for one in named):
            yield trace
