"""How the delivery of an edition stands: for every school and recipient what was sent, what was not, what is unknown.

It tells times and addresses, so it is for officers, and it is no output that could be made again to the byte.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipeline.delivery.accounting.ledger import Answer, Attempt, Ledger, normalise_address, tell_standing
from pipeline.delivery.mail.message import Message
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.vocabulary import count_noun, place_by_name
from pipeline.foundation.writing import write_beside

if TYPE_CHECKING:
    from pipeline.delivery.accounting.ledger import GivenApproval

PAGE = "index.html"
TABLE = "status.csv"

#: What a state is called, the one that needs a person first.
WORDS = {
    "unknown": "unknown",
    "failed": "failed",
    "postponed": "not taken yet",
    "not sent": "did not leave",
    "never": "not sent yet",
    "nobody": "no recipient",
    "gone": "no longer tried",
    "sent": "sent",
}
_INJECTED = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of a formula


@dataclass(frozen=True)
class StatusLine:
    """How it stands with one recipient of one school's report.

    ``state`` is a key of WORDS. ``attempt`` is the ledger's number of the attempt it speaks of, ``at`` its time (UTC),
    ``said`` the other side's answer or the person's who decided; ``note`` is what else is to be known.
    ``lacks_correction``: the report has reached them, and a correction that was tried since has not.
    """

    urn: int
    school: str
    role: str
    name: str
    address: str
    channel: str
    state: str
    at: datetime | None
    attempt: int | None
    attempts: int
    said: str
    reason: str
    report: str
    reference: str = ""  # by which the attempt can be found at the other side
    note: str = ""
    lacks_correction: bool = False

    @property
    def word(self) -> str:
        return WORDS[self.state]


@dataclass(frozen=True)
class PilotRun:
    """How many messages went to a pilot's mailbox, and when the last of them did (UTC)."""

    address: str
    messages: int
    at: datetime


@dataclass(frozen=True)
class Status:
    """``lines`` stand by school; ``not_due`` is URN → name. ``approvals`` are approver, time and number of messages,
    ``answers`` what people said of the questions that were asked. ``under_way`` is True where a sending was at work
    just then.
    """

    edition: str
    lines: tuple[StatusLine, ...]
    not_due: Mapping[int, str]
    approvals: tuple[tuple[str, datetime, int], ...]
    pilots: tuple[PilotRun, ...]
    rehearsals: tuple[tuple[datetime, int], ...]
    under_way: bool
    answers: tuple[Answer, ...] = ()

    def count(self) -> dict[str, int]:
        """How many recipients stand in each state that occurs, the ones that need a person first."""
        counted = Counter(line.state for line in self.lines)
        return {state: counted[state] for state in WORDS if counted[state]}

    @property
    def unknown(self) -> tuple[StatusLine, ...]:
        return tuple(line for line in self.lines if line.state == "unknown")

    @property
    def is_complete(self) -> bool:
        """True where every recipient's report was sent, and each correction that was tried."""
        return all(line.state in ("sent", "gone") and not line.lacks_correction for line in self.lines)


def gather_status(
    ledger: Ledger,
    due: Mapping[int, str],
    not_due: Mapping[int, str],
    messages: Sequence[Message] = (),
    held: Mapping[int, str] = MappingProxyType({}),
) -> Status:
    """Gather how it stands with every school ``due`` (URN → name, as ``not_due``); ``held`` is URN → why it waits.

    With the ``messages`` of the edition every recipient has a line; without, only those whom something was tried to
    send to, and each other school has one line. What did not reach an address that no message goes to any more is
    tried no longer.
    """
    tried: dict[tuple[int, str], list[Attempt]] = {}
    for attempt in ledger.list_attempts():
        tried.setdefault((attempt.urn, normalise_address(attempt.address)), []).append(attempt)
    lines = [
        _describe_message(message, tried.pop((message.urn, normalise_address(message.recipient.address)), []), held)
        for message in messages
    ]
    told = {urn for message in messages for urn in message.urns}
    lines += [
        _describe_attempts(attempts, messages if urn in told or urn not in held else ())  # or its message waits
        for (urn, _), attempts in tried.items()
    ]
    known = {line.urn for line in lines if line.state != "gone"} | told
    lines += [_describe_school(urn, school, bool(messages)) for urn, school in due.items() if urn not in known]
    return Status(
        ledger.edition,
        tuple(sorted(lines, key=lambda line: (place_by_name(line.school, line.urn), line.role, line.address))),
        dict(sorted(not_due.items(), key=lambda school: place_by_name(school[1], school[0]))),
        tuple(_group_approvals(ledger.list_approvals())),
        tuple(_group_pilots(ledger.list_attempts("pilot"))),
        tuple(ledger.list_rehearsals()),
        under_way=ledger.is_held(),
        answers=tuple(ledger.list_answers()),
    )


def _describe_message(message: Message, attempts: Sequence[Attempt], held: Mapping[int, str]) -> StatusLine:
    standing = tell_standing(attempts, message.report)
    corrected = standing.earlier is not None and standing.is_open
    note = "an earlier report was sent; this one goes only by resend, with a reason" if corrected else ""
    if standing.is_open:
        note = next((held[urn] for urn in message.urns if urn in held), note)
    to = message.recipient
    told = standing.earlier if corrected else standing.attempt
    state = "sent" if corrected and standing.word == "never" else standing.word
    last = attempts[-1] if attempts else None
    lacks = state == "sent" and last is not None and bool(last.reason) and last.word != "sent"
    if last is not None and lacks:
        note = f"a correction has not reached them: {_phrase_answer(last)}. Run `resend` again, for the same reason"
    line = _phrase_line(to.role, to.name, to.address, message.urn, message.school, state, told, attempts, note)
    return replace(line, lacks_correction=lacks)


def _describe_attempts(attempts: Sequence[Attempt], messages: Sequence[Message]) -> StatusLine:
    """A recipient whom the ledger knows and none of ``messages``, where these are known, is for."""
    last = attempts[-1]
    standing = tell_standing(attempts, last.report)
    state, note = standing.word if not messages or not standing.is_open else "gone", ""
    if messages:
        addresses = {normalise_address(message.recipient.address) for message in messages}
        elsewhere = normalise_address(last.address) in addresses
        note = "only other messages go to this address now" if elsewhere else "no longer in the address book"
    told = standing.attempt or last
    return _phrase_line(last.role, last.name, last.address, last.urn, last.school, state, told, attempts, note)


def _phrase_line(
    role: str,
    name: str,
    address: str,
    urn: int,
    school: str,
    state: str,
    told: Attempt | None,
    attempts: Sequence[Attempt],
    note: str,
) -> StatusLine:
    return StatusLine(
        urn=urn,
        school=school,
        role=role,
        name=name,
        address=address,
        channel=told.transport if told else "",
        state=state,
        at=told.told_at if told else None,
        attempt=told.id if told else None,
        attempts=len(attempts),
        said=_phrase_answer(told),
        reason=_name_correction(told) if told else "",
        report=told.report if told else "",
        reference=told.reference if told else "",
        note=note,
    )


def _phrase_answer(told: Attempt | None) -> str:
    if told is None:
        return ""
    if told.decided_by:
        return f"{told.decided_by} decided: {told.word} ({told.why})"
    if told.word == "unknown" and not told.said:
        return "it was interrupted while it was being sent"
    return told.said


def _name_correction(told: Attempt) -> str:
    """Why it was sent once more, and who asked for it; empty where it was not."""
    return f"{told.reason} (asked for by {told.asked_by})" if told.asked_by else told.reason


def _describe_school(urn: int, school: str, has_messages: bool) -> StatusLine:
    state = "nobody" if has_messages else "never"
    return StatusLine(urn, school, "", "", "", "", state, None, None, 0, "", "", "")


def _group_approvals(given: Iterable[GivenApproval]) -> Iterator[tuple[str, datetime, int]]:
    """Those of one person at one time as one."""
    counted = Counter((one.at, one.approver) for one in given)
    for (at, approver), messages in counted.items():
        yield approver, at, messages


def _group_pilots(attempts: Iterable[Attempt]) -> Iterator[PilotRun]:
    sent: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        if attempt.word == "sent":
            sent.setdefault(attempt.address, []).append(attempt)
    for address, those in sorted(sent.items()):
        yield PilotRun(address, len(those), those[-1].told_at)


# Page and table


def write_status_page(paths: EditionPaths, status: Status) -> Path:
    """Write the page of the area's site that shows how the delivery stands."""

    from pipeline.delivery.pages import describe_page, load_page, print_date, print_time, put_into_page
    from pipeline.run.record.statuses import read_statuses

    why_not = {one["urn"]: one["reason"] for one in read_statuses(paths)}
    body = load_page("status.html.j2").render(
        status=status,
        words=WORDS,
        table_file=TABLE,
        troubled=[line for line in status.lines if line.state in ("failed", "postponed", "not sent", "nobody")],
        not_due=[(urn, school, why_not.get(urn, "")) for urn, school in status.not_due.items()],
        print_date=print_date,
        print_time=print_time,
        count_noun=count_noun,
    )
    heading = "What was sent to whom"
    document = describe_page(paths, heading, "How the delivery of the reports stands, school by school")
    path = paths.delivery / PAGE
    write_beside(path, put_into_page(document, body, heading=heading))
    return path


def write_status_csv(paths: EditionPaths, status: Status) -> Path:
    """Write the same as a table that a spreadsheet opens: one row a recipient, times in UTC.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(_COLUMNS)
    for line in status.lines:
        table.writerow([_defuse(cell) for cell in _list_cells(status.edition, line)])
    for urn, school in status.not_due.items():
        table.writerow([_defuse(cell) for cell in (status.edition, urn, school, *[""] * 4, "not due", *[""] * 8)])
    path = paths.delivery / TABLE
    write_beside(path, "\ufeff" + written.getvalue())
    return path


_COLUMNS = (
    *("edition", "urn", "school", "role", "name", "email", "channel", "state", "time", "attempt", "attempts"),
    *("answer", "reason", "report_sha256", "reference", "note"),
)


def _list_cells(edition: str, line: StatusLine) -> Iterator[object]:
    yield from (edition, line.urn or "", line.school, line.role, line.name, line.address, line.channel, line.word)
    yield line.at.isoformat(timespec="seconds") if line.at else ""
    yield line.attempt or ""
    yield from (line.attempts, line.said, line.reason, line.report, line.reference, line.note)


def _defuse(cell: object) -> str:
    text = " ".join(str(cell).splitlines())
    return f"'{text}" if text.startswith(_INJECTED) else text
