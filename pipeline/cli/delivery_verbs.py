"""The verbs that send reports: check, preview, approve, send, see how it stands, decide, correct."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import delivery_printing as printing
from pipeline.cli.words import URN, Urns, read_day, read_urn
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import find_workspace

if TYPE_CHECKING:
    from pipeline.delivery.accounting.ledger import Decision, Ledger
    from pipeline.delivery.accounting.questions import Question
    from pipeline.delivery.edition import Delivery
    from pipeline.delivery.mail.message import Message
    from pipeline.delivery.releasing.readiness import Readiness
    from pipeline.delivery.sending import SendingMode, SendingSummary
    from pipeline.delivery.settings import DeliverySettings
    from pipeline.delivery.transports import Transport
    from pipeline.edition.editions import Edition
    from pipeline.foundation.paths import EditionPaths

app = typer.Typer()

_PANEL = "Sending the reports"

EditionName = Annotated[str, typer.Argument(help="The edition: a folder of data/editions.")]
Schools = Annotated[int | None, typer.Option(help="How many schools you expect; asked for where it is not given.")]
Reminded = Annotated[
    datetime.date | None,
    typer.Option("--reminders", metavar="2026-02-01", parser=read_day, help="Of that day's reminders instead."),
]
By = Annotated[str, typer.Option(help="Who: a person's name.")]


class Decided(StrEnum):
    """What a person found out about an attempt that may have been sent."""

    sent = "sent"
    not_sent = "not-sent"


@app.command(
    rich_help_panel=_PANEL,
    epilog="Exit codes: 0 it can be used · 3 it has faults · 6 something in it is asked about, or was missing.",
)
def recipients(edition: EditionName = "sample") -> None:
    """Check who receives what: the address book and delivery.yaml, each written as a template where it is missing."""
    from pipeline.delivery.edition import open_delivery, write_missing_files

    written = write_missing_files(find_workspace(), edition)
    if written:
        printing.say_written(edition, written)
        raise typer.Exit(6)
    delivery = open_delivery(find_workspace(), edition)
    asked = [one for one in _examine(delivery, current=False).list_open() if one.urn is not None]
    printing.say_recipients(delivery, asked)
    raise typer.Exit(6 if delivery.book.questions or asked else 0)


@app.command(rich_help_panel=_PANEL, epilog="Example: python -m pipeline messages sample --urn 900003")
def messages(edition: EditionName = "sample", urn: Urns = None) -> None:
    """Write every message as it would read, to be looked at. Nothing is sent."""
    from pipeline.delivery.composing.preview import write_previews
    from pipeline.run.lock import hold_edition

    delivery, composed = _compose(edition, urn)
    with hold_edition(delivery.edition.paths):
        page = write_previews(delivery.paths, composed, delivery.paths.delivery / "previews")
    faults = _find_disagreements(delivery, composed)
    readiness = _examine(delivery)
    printing.say_previews(delivery, composed, faults, page)
    printing.say_readiness(readiness, {urn for message in composed for urn in message.urns})
    raise typer.Exit(7 if faults or readiness.find_outdated(composed) else 0)


@app.command(rich_help_panel=_PANEL, epilog='Example: python -m pipeline approve sample --by "Jane Smith"')
def approve(
    by: By,
    edition: EditionName = "sample",
    urn: Urns = None,
    schools: Schools = None,
    sheet: Annotated[str, typer.Option(help="The code on the sheet you looked at: refused where it is another.")] = "",
) -> None:
    """Approve what would be sent, after a sheet of what goes to whom; any change afterwards needs approval again."""
    from pipeline.delivery.accounting.ledger import Ledger
    from pipeline.delivery.accounting.people import read_approver
    from pipeline.delivery.clock import read_clock
    from pipeline.delivery.releasing.approval import approve as record_approval
    from pipeline.delivery.releasing.approval import find_sheet_code, list_unapproved, write_sheet

    read_approver(by)
    delivery, composed = _compose(edition, urn)
    faults = _find_disagreements(delivery, composed)
    if faults:
        printing.say_disagreements(faults)
        raise typer.Exit(7)
    readiness = _examine(delivery)
    readiness.refuse_outdated(composed)
    _refuse_open(delivery, readiness.find_older())
    with Ledger(delivery.paths) as ledger:
        page = write_sheet(delivery.paths, composed, ledger, readiness)
        printing.say_sheet(delivery, composed, find_sheet_code(composed), page)
        request_number(_count_schools(composed), schools, "to be approved")
        approval = record_approval(ledger, by, composed, now=read_clock, sheet=sheet)
        write_sheet(delivery.paths, composed, ledger, readiness)
        left = list_unapproved(ledger, delivery.settings, composed)
    printing.say_approved(delivery, approval, left)
    printing.say_readiness(readiness, {urn for message in composed for urn in message.urns})
    raise typer.Exit(6 if left else 0)


@app.command(
    rich_help_panel=_PANEL,
    epilog="Examples: python -m pipeline send sample (drafts in a folder; nothing leaves) · "
    "python -m pipeline send sample --pilot me@example.org · python -m pipeline send sample --live. "
    "Exit codes: 0 all is sent · 6 a person must approve, answer or decide first · 7 some was not sent: run it again.",
)
def send(
    edition: EditionName = "sample",
    urn: Urns = None,
    pilot: Annotated[str, typer.Option(metavar="ADDRESS", help="Everything to this one mailbox instead.")] = "",
    live: Annotated[bool, typer.Option("--live", help="To the schools.")] = False,
    schools: Schools = None,
) -> None:
    """Send what is missing. Without --pilot or --live it is a rehearsal: drafts are written, and nothing leaves."""
    from pipeline.delivery.sending import Pilot, Rehearsal

    if pilot and live:
        raise typer.BadParameter("give --pilot or --live, not both")
    if schools is not None and not live:
        raise typer.BadParameter("--schools is for --live")
    delivery, composed = _compose(edition, urn)
    if live:
        summary = _send_live(delivery, composed, schools)
    else:
        readiness = _examine(delivery)
        readiness.refuse_outdated(composed)
        summary = _send(delivery, composed, Pilot(pilot) if pilot else Rehearsal(), readiness)
    raise typer.Exit(summary.exit_code)


@app.command(rich_help_panel=_PANEL, epilog="Example: python -m pipeline status sample --csv status.csv")
def status(
    edition: EditionName = "sample",
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the table there too.")] = None,
) -> None:
    """Show what was sent, what was not, what is unknown and who is not due; write the page and the table of it."""
    from pipeline.delivery.accounting.ledger import Ledger
    from pipeline.delivery.edition import list_due
    from pipeline.delivery.status import gather_status, write_status_csv, write_status_page
    from pipeline.edition.editions import load_edition

    if csv is not None and not csv.absolute().parent.is_dir():
        raise PipelineError("there is no such folder", where=str(csv.parent), remedy="Make it, or name another file.")
    paths = load_edition(find_workspace(), edition).paths
    due, not_due = list_due(paths)
    composed, why = _compose_if_possible(edition)
    held = _find_held(edition) if composed else {}
    with Ledger(paths) as ledger:
        found = gather_status(ledger, due, not_due, composed, held)
    page, table = write_status_page(paths, found), write_status_csv(paths, found)
    if csv is not None:
        csv.write_bytes(table.read_bytes())
    printing.say_status(edition, found, why, page, csv or table)
    raise typer.Exit(printing.find_status_code(found))


@app.command(
    rich_help_panel=_PANEL,
    epilog="Examples: python -m pipeline decide sample 214 sent --by 'Jane Smith' --why 'It is in the Sent folder' · "
    "python -m pipeline decide sample 214 not-sent --by 'Jane Smith' --why 'Neither the school nor our server has it'",
)
def decide(
    edition: EditionName,
    attempt: Annotated[int, typer.Argument(help="The attempt's number, as `status` shows it.")],
    outcome: Annotated[Decided, typer.Argument(help="What was found out.")],
    by: By,
    why: Annotated[str, typer.Option(help="How that is known.")],
    reminders: Reminded = None,
) -> None:
    """Say of an attempt that may have been sent whether it was. What was not is sent by the next `send`."""
    from pipeline.delivery.accounting.ledger import Ledger
    from pipeline.delivery.accounting.people import read_approver

    with Ledger(_find_paths(edition, reminders)) as ledger:
        word: Decision = "sent" if outcome == Decided.sent else "not sent"
        printing.say_decided(edition, ledger.decide(attempt, word, read_approver(by), why))


@app.command(
    rich_help_panel=_PANEL,
    epilog="Example: python -m pipeline answer sample thresholds-3f2a1c --by 'Jane Smith' --why 'A trial year, agreed'",
)
def answer(
    edition: EditionName,
    code: Annotated[list[str], typer.Argument(help="The question's code, as it was asked; several may be named.")],
    by: By,
    why: Annotated[str, typer.Option(help="Why it may go ahead; kept in the ledger.")],
) -> None:
    """Answer what is asked before reports go to schools: it may go ahead, and why. Everything is asked once."""
    from pipeline.delivery.accounting.ledger import Ledger
    from pipeline.delivery.accounting.questions import answer as record_answer
    from pipeline.delivery.edition import open_delivery

    delivery = open_delivery(find_workspace(), edition)
    questions = _examine(delivery, current=False).questions
    with Ledger(delivery.paths) as ledger:
        printing.say_answered(record_answer(ledger, questions, code, by, why))


@app.command(
    rich_help_panel=_PANEL,
    epilog='Example: python -m pipeline recover sample --by "Jane Smith"',
)
def recover(edition: EditionName, by: By, reminders: Reminded = None) -> None:
    """Complete a ledger that is behind, or lost, from its journal, the last account of the sending and the drafts."""
    from pipeline.delivery.clock import read_clock
    from pipeline.delivery.releasing.recovery import recover as complete

    printing.say_recovered(edition, complete(_find_paths(edition, reminders), by, now=read_clock))


@app.command(
    rich_help_panel=_PANEL,
    epilog="Example: python -m pipeline resend sample --urn 900003 --by 'Jane Smith' --reason 'The roll was corrected'",
)
def resend(
    edition: EditionName,
    urn: Annotated[list[int], typer.Option("--urn", metavar=URN, parser=read_urn, help="The school; may be repeated.")],
    reason: Annotated[str, typer.Option(help="Why these schools hear from you again; kept in the ledger.")],
    by: By,
    schools: Schools = None,
) -> None:
    """Send a correction to those whom a report has reached before. It is live: approval and number are asked for."""
    from pipeline.delivery.accounting.people import read_approver

    if not reason.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    who = read_approver(by)
    delivery, composed = _compose(edition, urn)
    raise typer.Exit(_send_live(delivery, composed, schools, " ".join(reason.split()), who).exit_code)


def say_organisation(made: Edition) -> None:
    """Say whose name a new edition prints, or that it has to be given."""
    from pipeline.edition.editions import read_policy_of

    try:
        organisation = read_policy_of(made).organisation
    except PipelineError:
        printing.say_no_organisation(made.name)
    else:
        printing.say_organisation(organisation, made.name)


# What the verbs have in common


def _compose(edition: str, urns: Sequence[int] | None) -> tuple[Delivery, tuple[Message, ...]]:
    from pipeline.delivery.edition import compose_messages, open_delivery

    delivery = open_delivery(find_workspace(), edition)
    with printing.watch() as watcher:
        return delivery, compose_messages(delivery, urns or (), watcher.composing)


def _compose_if_possible(edition: str) -> tuple[tuple[Message, ...], str]:
    """The messages; none and why where the address book, the settings or a report has a fault."""
    try:
        return _compose(edition, ())[1], ""
    except PipelineError as error:
        return (), str(error)


def _find_paths(edition: str, reminders: datetime.date | None) -> EditionPaths:
    """Where what is delivered of an edition is accounted for: its reports, or the reminders of one day.

    Raises PipelineError where there were none on that day, naming the days on which there were.
    """
    from pipeline.edition.editions import load_edition

    paths = load_edition(find_workspace(), edition).paths
    if reminders is None:
        return paths
    days = paths.list_reminder_days()
    if reminders.isoformat() not in days:
        told = f"There were on {', '.join(days)}." if days else "There were on no day yet: `remind` makes them."
        raise PipelineError(f"{edition}: there were no reminders on {reminders.isoformat()}", remedy=told)
    return paths.reminders(reminders)


def _find_held(edition: str) -> Mapping[int, str]:
    from pipeline.delivery.edition import open_delivery

    return _examine(open_delivery(find_workspace(), edition), current=False).held


def _find_disagreements(delivery: Delivery, composed: Sequence[Message]) -> list[tuple[Message, str]]:
    from pipeline.delivery.releasing.guard import Guard

    guard = Guard(delivery.paths)
    with printing.watch() as watcher:
        watcher.checking(len(composed))
        return [(message, fault) for message in composed for fault in watcher.count(guard)(message)]


def _send_live(
    delivery: Delivery, composed: Sequence[Message], schools: int | None, reason: str = "", by: str = ""
) -> SendingSummary:
    """Send to the schools, once nothing is asked about, all is approved and the number has been given."""
    from pipeline.delivery.accounting.ledger import Ledger
    from pipeline.delivery.sending import Live, sort_out

    readiness = _examine(delivery)
    readiness.refuse_outdated(composed)
    _refuse_questions(delivery, composed)
    with Ledger(delivery.paths) as ledger:
        sorted_out = sort_out(ledger, composed, Live(0, reason), readiness.held)
        _refuse_unapproved(delivery, ledger, sorted_out.due)
    _refuse_open(delivery, readiness.list_open({urn for message in sorted_out.due for urn in message.urns}))
    printing.say_before_sending(delivery, sorted_out)
    number = request_number(sorted_out.schools, schools, "to be written to") if sorted_out.due else 0
    return _send(delivery, composed, Live(number, reason, by), readiness)


def _examine(delivery: Delivery, *, current: bool = True) -> Readiness:
    """What stands between the reports and their schools; with ``current``, whether they still say what is known."""
    from pipeline.delivery.releasing.readiness import examine

    return examine(find_workspace(), delivery, current=current)


def _refuse_open(delivery: Delivery, questions: Sequence[Question]) -> None:
    """Raise WaitsForAPerson where a named person has still to answer."""
    from pipeline.delivery.accounting.questions import tell_how_to_answer
    from pipeline.delivery.edition import WaitsForAPerson

    if questions:
        name = delivery.edition.name
        raise WaitsForAPerson(
            "\n".join(["a named person must answer first:", *map(str, questions)]),
            remedy=f"Where it may go ahead: {tell_how_to_answer(name, ' '.join(one.code for one in questions))}",
        )


def _refuse_questions(delivery: Delivery, composed: Sequence[Message]) -> None:
    from pipeline.delivery.edition import WaitsForAPerson

    asked = {question.urn for question in delivery.book.questions}
    if asked & {None, *(urn for message in composed for urn in message.urns)}:
        raise WaitsForAPerson(
            "the address book holds something that may be a slip:\n"
            + "\n".join(str(question) for question in delivery.book.questions),
            remedy="Mend or confirm each as it says; then send.",
        )


def _refuse_unapproved(delivery: Delivery, ledger: Ledger, due: Sequence[Message]) -> None:
    from pipeline.delivery.edition import WaitsForAPerson
    from pipeline.delivery.releasing.approval import list_unapproved

    left = list_unapproved(ledger, delivery.settings, due)
    if left:
        name = delivery.edition.name
        raise WaitsForAPerson(
            "\n".join([f"{len(left)} of {len(due)} messages must be approved first:", *printing.list_messages(left)]),
            remedy=f'Look at the sheet and approve: python -m pipeline approve {name} --by "Name"',
        )


def _send(delivery: Delivery, composed: Sequence[Message], mode: SendingMode, readiness: Readiness) -> SendingSummary:
    import time

    from pipeline.delivery.accounting.ledger import Ledger
    from pipeline.delivery.clock import read_clock
    from pipeline.delivery.releasing.guard import Guard
    from pipeline.delivery.sending import send as send_messages

    try:
        with Ledger(delivery.paths) as ledger, printing.watch() as watcher:
            summary = send_messages(
                ledger,
                delivery.settings,
                composed,
                lambda channel: open_channel(delivery.settings, delivery.paths, channel, mode),
                watcher,
                mode=mode,
                guard=watcher.count(Guard(delivery.paths)),
                pause=time.sleep,
                now=read_clock,
                held=readiness.held,
            )
    except KeyboardInterrupt:
        printing.say_cut_off(delivery.edition.name)
        raise typer.Exit(130) from None
    printing.say_sending(delivery, summary, _write_status(delivery, composed, readiness.held))
    return summary


def open_channel(settings: DeliverySettings, paths: EditionPaths, channel: str, mode: SendingMode) -> Transport:
    """The transport by which messages go on a channel in this mode."""
    from pipeline.delivery.sending import Pilot, Rehearsal
    from pipeline.delivery.transports.opening import open_rehearsal, open_transport

    if isinstance(mode, Rehearsal):
        return open_rehearsal(paths)
    return open_transport(channel, settings, paths, pilot=isinstance(mode, Pilot))


def _write_status(delivery: Delivery, composed: Sequence[Message], held: Mapping[int, str]) -> Path:
    """Write page and table of how all stands, though only some schools' messages are in hand."""
    from pipeline.delivery.accounting.ledger import Ledger
    from pipeline.delivery.status import gather_status, write_status_csv, write_status_page

    if _count_schools(composed) < len(delivery.due):
        composed, _ = _compose_if_possible(delivery.edition.name)
    with Ledger(delivery.paths) as ledger:
        found = gather_status(ledger, delivery.due, delivery.not_due, composed, held)
    write_status_csv(delivery.paths, found)
    return write_status_page(delivery.paths, found)


def _count_schools(composed: Sequence[Message]) -> int:
    from pipeline.delivery.mail.message import count_schools

    return count_schools(composed)


def request_number(schools: int, given: int | None, what: str) -> int:
    """The number of schools as a person gives it; raises PipelineError where it is another than ``schools``."""
    number = given if given is not None else typer.prompt(f"Type the number of schools {what}", type=int)
    if number != schools:
        raise PipelineError(
            f"the number given is {number}; the number of schools {what} is {schools}",
            remedy="Find out why the two differ, then give the number that is right.",
        )
    return number
