"""A ledger that is behind, or gone, completed from what else is known: its journal, the last account, the drafts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.policy import default
from typing import Any

from pipeline.delivery.accounting.evidence import Trace, find_unknown_traces
from pipeline.delivery.accounting.ledger import Ledger, normalise_address
from pipeline.delivery.accounting.people import read_approver
from pipeline.delivery.transports.folder import DRAFTS
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import EditionPaths

RECOVERED = "recovered"  # under what kind of answer a recovery stands in the ledger


@dataclass(frozen=True)
class Recovery:
    """How many entries came from the journal, and how many sendings from other accounts."""

    entries: int
    traces: int


def recover(paths: EditionPaths, by: str, *, now: Callable[[], datetime]) -> Recovery:
    """Add to the ledger all that its journal, the last account and the drafts know beyond it.

    What an account calls sent counts as sent; what may have been sent waits for a person, as ever. Raises
    PipelineError where ``by`` is no name, where a sending is under way, and where ledger and journal went apart.
    """
    who = read_approver(by)
    with Ledger(paths, now, behind=True) as ledger, ledger.hold():
        own, known = ledger.count_entries(), ledger.journal.entries
        if own in known and known[own].hash != ledger.find_hash(own):
            raise PipelineError(
                "the ledger and its journal went apart: neither can be completed from the other",
                where=f"{paths.folder.name}/delivery",
                remedy="Keep both. Put back the ledger that belongs to the journal, then run the same again.",
            )
        missing = [known[number] for number in sorted(known) if number > own]
        if missing:
            ledger.replay(missing)
        traces = list(find_unknown_traces(paths, [vars(attempt) for attempt in ledger.list_attempts()]))
        for trace in traces:
            ledger.add_trace(_describe_attempt(paths, trace, now()), sent=trace.word in ("sent", "written"))
        told = f"{len(missing)} from the journal, {len(traces)} from other accounts"
        ledger.record_answer(RECOVERED, "What was sent that the ledger did not know of?", who, told)
        ledger.carry_over()
    with Ledger(paths, now):  # looks whether all is known now
        return Recovery(len(missing), len(traces))


def _describe_attempt(paths: EditionPaths, trace: Trace, at: datetime) -> dict[str, Any]:
    """A row of the ledger's attempts, as far as another account tells it."""
    row = dict(trace.row or {})
    address = trace.address if trace.row else _read_recipient(paths, trace)
    named = f"recovered {trace.urn} {normalise_address(address)} {trace.where}"
    return {
        "reference": trace.reference or f"recovered-{hashlib.sha256(named.encode()).hexdigest()[:24]}",
        "at": row.get("time") or at.astimezone(UTC).isoformat(timespec="seconds"),
        "mode": "live",
        "transport": row.get("channel") or "folder",
        "reason": row.get("reason", ""),
        "asked_by": "",
        "edition": paths.folder.name,
        "urn": int(trace.urn) if trace.urn.isdigit() else 0,
        "school": row.get("school", ""),
        "role": row.get("role") or _find_role(trace),
        "name": row.get("name", ""),
        "address": address,
        "address_key": normalise_address(address),
        "report": row.get("report_sha256", ""),
        "digest": "",
    }


def _find_role(trace: Trace) -> str:
    """The second word of a draft's name."""
    return trace.where.rpartition("/")[2].split(" ")[1]


def _read_recipient(paths: EditionPaths, trace: Trace) -> str:
    """To whom a draft goes; its name may hold the address cut short."""
    path = paths.delivery / DRAFTS / trace.where.rpartition("/")[2]
    with path.open("rb") as stream:
        to = BytesHeaderParser(policy=default).parse(stream)["To"]
    return to.addresses[0].addr_spec if to is not None and to.addresses else trace.address
