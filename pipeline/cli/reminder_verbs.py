"""The verb that reminds people of the support they give: by the approval, ledger and transports of the reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import delivery_printing as printing
from pipeline.cli.consoles import make_console, make_error_console, shorten_path
from pipeline.cli.delivery_verbs import open_channel, request_number
from pipeline.cli.printing import watch as watch_reading
from pipeline.cli.support_verbs import Day, Weeks
from pipeline.foundation.paths import find_workspace
from pipeline.foundation.vocabulary import count_noun

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.delivery.composing.reminders import Reminders
    from pipeline.delivery.mail.message import Message
    from pipeline.delivery.releasing.guard import ReminderGuard
    from pipeline.delivery.sending import SendingMode, SendingSummary

app = typer.Typer()

_WHAT = "that people are reminded about"


@app.command(
    rich_help_panel="Sending the reports",
    epilog="Examples: python -m pipeline remind sample (drafts in a folder; nothing leaves) · "
    'python -m pipeline remind sample --on 2026-02-01 --approve "Jane Smith" · python -m pipeline remind sample --on '
    "2026-02-01 --live. Exit codes: 0 all is as asked · 1 cannot be done as asked · 3 a local file has faults · 6 "
    "somebody has no address, or a person must approve or decide first · 7 some was not sent: run it again.",
)
def remind(
    edition: Annotated[str, typer.Argument(help="The edition: a folder of data/editions.")] = "sample",
    on: Day = None,
    weeks: Weeks = 4,
    approve: Annotated[str, typer.Option(metavar="NAME", help="Who approves what would be sent.")] = "",
    pilot: Annotated[str, typer.Option(metavar="ADDRESS", help="Everything to this one mailbox instead.")] = "",
    live: Annotated[bool, typer.Option("--live", help="To the people.")] = False,
    schools: Annotated[
        int | None, typer.Option(help="How many schools you expect them to be about; asked for where it is not given.")
    ] = None,
) -> None:
    """Remind people of the support they give: what is overdue, what is due next, their days. Once a day and person."""
    from pipeline.delivery.composing.reminders import compose_reminders

    if sum(map(bool, (approve, pilot, live))) > 1:
        raise typer.BadParameter("give one of --approve, --pilot and --live")
    if schools is not None and not (approve or live):
        raise typer.BadParameter("--schools is for --approve and --live")
    with watch_reading() as watcher:
        reminders = compose_reminders(find_workspace(), edition, watcher.reading, on=on, weeks=weeks)
    _say_reminders(reminders)
    if not reminders.messages:
        _say(f"There is nobody to remind: nothing else is overdue, or due by {reminders.followed.until.isoformat()}.")
        raise typer.Exit(6 if reminders.unreachable else 0)
    code = _approve(reminders, approve, schools) if approve else _send(reminders, pilot, live=live, schools=schools)
    raise typer.Exit(code or (6 if reminders.unreachable else 0))


def _approve(reminders: Reminders, by: str, schools: int | None) -> int:
    from pipeline.delivery.accounting.ledger import Ledger
    from pipeline.delivery.accounting.people import read_approver
    from pipeline.delivery.clock import read_clock
    from pipeline.delivery.releasing.approval import approve, list_unapproved
    from pipeline.delivery.sending import refuse_disagreements

    read_approver(by)
    refuse_disagreements(reminders.messages, _open_guard(reminders))
    with Ledger(reminders.paths) as ledger:
        _say_page(_write_pages(reminders))
        request_number(_count_schools(reminders.messages), schools, _WHAT)
        approve(ledger, by, reminders.messages, now=read_clock)
        left = list_unapproved(ledger, reminders.settings, reminders.messages)
    _write_pages(reminders)
    _say(f"{by} has approved {count_noun(len(reminders.messages), 'reminder')}. Whatever changes needs approval again.")
    if left:
        _say("A second person must look at the sheet and approve too.")
    else:
        _say_next(reminders, "SEND=live")
    return 6 if left else 0


def _send(reminders: Reminders, pilot: str, *, live: bool, schools: int | None) -> int:
    from pipeline.delivery.accounting.ledger import Ledger
    from pipeline.delivery.sending import Live, Pilot, Rehearsal, sort_out

    mode: SendingMode = Pilot(pilot) if pilot else Rehearsal()
    if live:
        with Ledger(reminders.paths) as ledger:
            due = sort_out(ledger, reminders.messages, Live(0)).schools
        mode = Live(request_number(due, schools, _WHAT) if due else 0)
    summary = _send_messages(reminders, mode)
    _say_sent(reminders, summary)
    _say_page(_write_pages(reminders))
    return summary.exit_code


def _send_messages(reminders: Reminders, mode: SendingMode) -> SendingSummary:
    import time

    from pipeline.delivery.accounting.ledger import Ledger
    from pipeline.delivery.clock import read_clock
    from pipeline.delivery.sending import send

    try:
        with Ledger(reminders.paths) as ledger, printing.watch() as watcher:
            return send(
                ledger,
                reminders.settings,
                reminders.messages,
                lambda channel: open_channel(reminders.settings, reminders.paths, channel, mode),
                watcher,
                mode=mode,
                guard=watcher.count(_open_guard(reminders)),
                pause=time.sleep,
                now=read_clock,
            )
    except KeyboardInterrupt:
        printing.say_cut_off(reminders.paths.delivered)
        raise typer.Exit(130) from None


def _open_guard(reminders: Reminders) -> ReminderGuard:
    from pipeline.delivery.releasing.guard import ReminderGuard

    return ReminderGuard(reminders.paths, reminders.list_schools_by_person(), reminders.list_officers_words())


def _write_pages(reminders: Reminders) -> Path:
    """Write each reminder as it would be read, and the sheet of all with how each stands; give the sheet."""
    from pipeline.delivery.accounting.ledger import Ledger
    from pipeline.delivery.composing.preview import write_previews
    from pipeline.delivery.releasing.approval import write_sheet

    write_previews(reminders.paths, reminders.messages, reminders.paths.delivery / "previews")
    with Ledger(reminders.paths) as ledger:
        return write_sheet(reminders.paths, reminders.messages, ledger)


def _say(words: str) -> None:
    make_console().print(words)


def _say_next(reminders: Reminders, words: str) -> None:
    day, edition = reminders.followed.on.isoformat(), reminders.followed.plan.edition.name
    _say(f"Next: make remind EDITION={edition} ON={day} {words}")


def _say_page(page: Path) -> None:
    _say(f"Open {shorten_path(page)}")


def _say_reminders(reminders: Reminders) -> None:
    about = count_noun(_count_schools(reminders.messages), "school")
    number = count_noun(len(reminders.messages), "reminder")
    _say(f"{number} about {about}, as of {reminders.followed.on.isoformat()}.")
    for name in reminders.unreachable:
        make_error_console().print(f"No address in people.csv, so not reminded: {name}")


def _say_sent(reminders: Reminders, summary: SendingSummary) -> None:
    from pipeline.delivery.sending import Rehearsal, name_message

    if isinstance(summary.mode, Rehearsal):
        _say(f"A rehearsal, nothing has left: {count_noun(len(summary.sent), 'draft')} written.")
        _say_next(reminders, 'BY="Your Name"')
    else:
        _say(f"Sent: {len(summary.sent)}. Sent before: {len(summary.sent_before)}.")
    corrected = {message.digest for message in summary.corrected}
    for failure in summary.list_failures():
        what, step = failure.what, failure.next_step
        if failure.message.digest in corrected:
            what, step = "another reminder of this day has reached them", "Remind them of a later day, by --on."
        _say(f"Not sent: {name_message(failure.message)}: {what}. {step}")
    for attempt in summary.unknown:
        _say(f"Decide by: python -m pipeline decide {reminders.paths.delivered} {attempt.attempt} sent …")


def _count_schools(messages: Sequence[Message]) -> int:
    from pipeline.delivery.mail.message import count_schools

    return count_schools(messages)
