"""Nothing leaves before a named person has seen what would go to whom, and approved it.

An approval is bound to a message's digest: its address, its words and its files. Whatever changes afterwards, be it one
letter, has to be approved again.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.delivery.accounting.ledger import GivenApproval, Ledger, split_message
from pipeline.delivery.accounting.people import read_approver
from pipeline.delivery.mail.message import Message, count_schools
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.vocabulary import count_noun, place_by_name
from pipeline.foundation.writing import write_beside

if TYPE_CHECKING:
    from pipeline.delivery.releasing.readiness import Readiness
    from pipeline.delivery.settings import DeliverySettings

SHEET = "sheet.html"

#: How it stands with a message, as the sheet and the status page say it.
STANDING_WORDS = {
    "never": "to be sent",
    "sent": "sent already; will not go again",
    "failed": "refused before; will be tried again",
    "postponed": "not taken before; will be tried again",
    "not sent": "did not leave before; will be tried again",
    "unknown": "may have been sent; a person must decide before anything goes",
}
_CORRECTED = "another report was sent before; goes only by resend, with a reason"


@dataclass(frozen=True)
class Approval:
    """Who approved how many messages about how many schools, and when (UTC)."""

    by: str
    at: datetime
    messages: int
    schools: int


def approve(
    ledger: Ledger, by: str, messages: Sequence[Message], *, now: Callable[[], datetime], sheet: str = ""
) -> Approval:
    """Record that ``by`` approves each of ``messages`` as it is now.

    ``sheet`` is the code on the sheet that was looked at, where it is known: it must be that of these messages.
    Raises PipelineError where there is no name, nothing to approve, or the sheet is another.
    """
    approver = read_approver(by)
    if not messages:
        raise PipelineError("there is nothing to approve", remedy="Make the reports, and name schools that are due.")
    code = find_sheet_code(messages)
    if sheet and _squeeze(sheet) != _squeeze(code):
        raise PipelineError(
            f"the sheet {sheet} is not that of these messages; theirs is {code}",
            remedy="Something has changed since the sheet was written, or other schools were named. "
            "Write the sheet anew and look at it before you approve.",
        )
    at = now()
    ledger.record_approval(approver, messages, at)
    return Approval(approver, at, len(messages), count_schools(messages))


def find_sheet_code(messages: Sequence[Message]) -> str:
    """What stands on the sheet of exactly these messages and on no other: ``7F3A-91C2-04BE``."""
    digests = "\n".join(sorted(message.digest for message in messages))
    code = hashlib.sha256(digests.encode()).hexdigest()[:12].upper()
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def list_unapproved(
    ledger: Ledger, settings: DeliverySettings, messages: Sequence[Message]
) -> list[tuple[Message, str]]:
    """The messages that may not leave, each with why: never approved, changed since, or a second person is needed."""
    given = _group(ledger.list_approvals())
    unapproved = []
    for message in messages:
        of_school = given.get(message.urn, [])
        approvers = sorted({one.approver for one in of_school if one.digest == message.digest})
        if len({_squeeze(approver) for approver in approvers}) < settings.approvals:
            unapproved.append((message, _explain(message, approvers, of_school)))
    return unapproved


def _group(given: Sequence[GivenApproval]) -> Mapping[int, list[GivenApproval]]:
    by_school: dict[int, list[GivenApproval]] = {}
    for approval in given:
        by_school.setdefault(approval.urn, []).append(approval)
    return by_school


def _squeeze(name: str) -> str:
    """A name or code without what does not tell two apart: case, spaces, hyphens, ways of writing an accent."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def _explain(message: Message, approvers: Sequence[str], of_school: Sequence[GivenApproval]) -> str:
    if approvers:
        return f"{approvers[0]} has approved it; a second person must too"
    to = message.recipient
    same = [one for one in of_school if (one.role, one.address) == (to.role, to.address)]
    same = same or [one for one in of_school if one.role == to.role]
    if not same:
        return "never approved"
    return f"changed since {same[-1].approver} approved it: {', '.join(_list_changes(message, same[-1]))}"


def _list_changes(message: Message, approved: GivenApproval) -> Iterator[str]:
    addressed, words, files = split_message(message)
    to = message.recipient
    if to.address != approved.address:
        yield f"the address (it was {approved.address})"
    elif addressed != approved.addressed:
        yield "the recipient's name, role or channel"
    if words != approved.words:
        yield "the words"
    for name in sorted({*files, *approved.files}):
        if files.get(name) != approved.files.get(name):
            yield f"the file {name}" if name else "the report"


# The sheet


def write_sheet(
    paths: EditionPaths, messages: Sequence[Message], ledger: Ledger, readiness: Readiness | None = None
) -> Path:
    """Write the page that an approver looks at: what would go to whom, in which words, and who has approved it.

    What has changed since the last approval is marked, and with ``readiness`` which schools are held or unusual and
    what is still to be answered.
    """

    from pipeline.delivery.pages import describe_page, load_page, put_into_page

    ordered = sorted(messages, key=lambda one: (place_by_name(one.school, one.urn), one.recipient.role, one.digest))
    given = _group(ledger.list_approvals())
    rows = [_describe_row(message, ledger, given.get(message.urn, []), readiness) for message in ordered]
    body = load_page("sheet.html.j2").render(
        code=find_sheet_code(messages),
        summary=_sum_up(ordered),
        rows=rows,
        marked=[row for row in rows if row["changed"] or row["held"] or row["unusual"]],
        questions=readiness.list_open({urn for message in messages for urn in message.urns}) if readiness else (),
        examples=list(_choose_examples(ordered)),
        reports=Path(os.path.relpath(paths.reports, paths.delivery)).as_posix(),
    )
    heading = "What would be sent"
    document = describe_page(paths, heading, "Every message of this delivery, for approval before it leaves")
    path = paths.delivery / SHEET
    write_beside(path, put_into_page(document, body, heading=heading))
    return path


def _sum_up(messages: Sequence[Message]) -> str:
    schools = count_noun(count_schools(messages), "school")
    people = len({message.recipient.address.casefold() for message in messages})
    return f"{count_noun(len(messages), 'message')} about {schools}, to {count_noun(people, 'recipient')}."


def _describe_row(
    message: Message, ledger: Ledger, given: Sequence[GivenApproval], readiness: Readiness | None
) -> dict[str, Any]:
    standing = ledger.standing(message)
    is_correction = standing.earlier is not None and standing.is_open
    held = readiness.held if readiness else {}
    notes = readiness.notes if readiness else {}
    is_approved = any(one.digest == message.digest for one in given)
    return {
        "changed": _explain(message, [], given) if given and not is_approved else "",
        "held": next((held[urn] for urn in message.urns if urn in held), ""),
        "unusual": notes[message.urn].unusual if message.urn in notes else (),
        "message": message,
        "files": [(one.name, describe_size(len(one.content)), one.sha256[:12]) for one in message.attachments],
        "report": message.report[:12],
        "approvers": sorted(ledger.list_approvers(message)),
        "standing": _CORRECTED if is_correction else STANDING_WORDS[standing.word],
    }


def describe_size(size: int) -> str:
    """A file's size as a person reads it: ``84 kB``, ``1.2 MB``."""
    return f"{max(1, round(size / 1000))} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _choose_examples(messages: Sequence[Message]) -> Iterator[Message]:
    """The first message to each role, whose words are read in full, the others' in the preview; and each reminder."""
    seen: set[str] = set()
    for message in messages:
        if message.reminds or message.recipient.role not in seen:
            seen.add(message.recipient.role)
            yield message
