"""How the verbs that send reports speak: what would go to whom, what went, what did not, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipeline.cli.consoles import make_console, make_error_console, shorten_path
from pipeline.foundation.vocabulary import count_noun

if TYPE_CHECKING:
    from pipeline.delivery.accounting.ledger import Attempt
    from pipeline.delivery.accounting.questions import Question
    from pipeline.delivery.edition import Delivery
    from pipeline.delivery.mail.message import Message
    from pipeline.delivery.releasing.approval import Approval
    from pipeline.delivery.releasing.readiness import Readiness
    from pipeline.delivery.releasing.recovery import Recovery
    from pipeline.delivery.sending import Failure, SendingSummary, SortedOut, Tried
    from pipeline.delivery.status import Status

_LISTED = 20  # of one kind; the page holds them all
_GO = ("goes", "go")
_UNCHANGED = (
    "the very report that has reached its reader before: right where that was lost, else make the reports first"
)


class DeliveryWatcher:
    """Shows how messages are composed, checked and sent, and says at once what does not leave."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._failed = 0

    def composing(self, done: int, total: int) -> None:
        if done == 0:
            self._begin("Writing messages", total)
        self._advance()

    def checking(self, messages: int) -> None:
        self._begin("Checking messages", messages)

    def count(self, guard: Callable[[Message], list[str]]) -> Callable[[Message], list[str]]:
        """``guard``, and each message it looks at counts."""

        def look(message: Message) -> list[str]:
            self._advance()
            return guard(message)

        return look

    def sending(self, messages: int) -> None:
        self._begin("Sending", messages)

    def tried(self, tried: Tried) -> None:
        self._advance()
        if tried.outcome != "sent":
            self._failed += 1
            to = f"{tried.message.recipient.address} ({tried.message.school})"
            self._say(f"{_OUTCOMES[tried.outcome]}: {to}: {tried.said}")
            self._describe(f"Sending, {self._failed} not sent")

    def waiting(self, seconds: float, why: str) -> None:
        self._say(f"Waiting {seconds:.0f} seconds: {why}")

    def gave_up(self, channel: str, why: str) -> None:
        self._say(f"Gave up {channel}: {why}")

    def _begin(self, what: str, total: int) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(what, total=total)

    def _advance(self) -> None:
        if self._task is not None:
            self._progress.update(self._task, advance=1)

    def _describe(self, what: str) -> None:
        if self._task is not None:
            self._progress.update(self._task, description=what)

    def _say(self, words: str) -> None:
        self._progress.console.print(_print_safely(words))


@contextmanager
def watch() -> Iterator[DeliveryWatcher]:
    """Show progress on standard error while a verb works."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=make_error_console(), transient=True) as progress:
        yield DeliveryWatcher(progress)


_OUTCOMES = {"refused": "Refused", "postponed": "Not taken for now", "unknown": "May have been sent"}


def _print_safely(words: str) -> str:
    """Words from elsewhere without what would steer a terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in words)


def _say(words: str = "") -> None:
    make_console().print(_print_safely(words))


def _say_next(*lines: str) -> None:
    """Print lines after an empty one."""
    for line in ("", *lines):
        _say(line)


def _start_table(title: str) -> Table:
    _say_next(title)
    return Table(box=None, pad_edge=False)


# Before sending


def say_organisation(organisation: str, edition: str) -> None:
    _say(
        f"Reports and messages will name {organisation}. Correct `organisation:` in {edition}/edition.yaml if need be."
    )


def say_no_organisation(edition: str) -> None:
    _say(f"Before anything is made, write in {edition}/edition.yaml who works by the policy: `organisation:`.")


def say_written(edition: str, written: Sequence[Path]) -> None:
    for path in written:
        _say(f"Wrote {shorten_path(path)}")
    asked, them = ("it asks", "it") if len(written) == 1 else ("they ask", "them")
    _say(f"Fill in what {asked} for: each line says what stands in it. Then check {them}:")
    _say(f"    python -m pipeline recipients {edition}")


def say_recipients(delivery: Delivery, asked: Sequence[Question]) -> None:
    """Print how many recipients there are of each role and by which channel, then what is asked about."""
    table = _start_table(delivery.edition.description.title)
    table.add_column("Recipients")
    table.add_column("Number", justify="right")
    table.add_column("By")
    table.add_column("The message names the category")
    counted = Counter((one.role, one.channel or delivery.settings.channel) for one in delivery.book.recipients)
    for (role, channel), number in sorted(counted.items()):
        said = delivery.policy.recipients[role]
        table.add_row(said.title, str(number), channel, "yes" if said.category_in_message else "no")
    make_console().print(table)
    _say_next(f"With a report: {count_noun(len(delivery.due), 'school')}; without one: {len(delivery.not_due)}.")
    for title, schools in delivery.list_without_usual_role():
        named = ", ".join(f"{name} (URN {urn})" for urn, name in schools[:_LISTED])
        more = f" and {len(schools) - _LISTED} more" if len(schools) > _LISTED else ""
        _say(f"Nobody as {title} at: {named}{more}.")
    if delivery.book.questions:
        things = count_noun(len(delivery.book.questions), "thing")
        make_error_console().print(f"\n{things} to mend or confirm before anything is sent:")
    for question in delivery.book.questions:
        make_error_console().print(str(question))
    if asked:
        make_error_console().print("\nTo be asked about: an address that may be another school's:")
    _print_questions(delivery.edition.name, asked)
    _say_next(f"Next: python -m pipeline messages {delivery.edition.name}")


def _print_questions(edition: str, asked: Sequence[Question]) -> None:
    """Print questions, each with what to do where the answer is no, then how to say that it may go ahead."""
    from pipeline.delivery.accounting.questions import tell_how_to_answer

    errors = make_error_console()
    for question in asked[:_LISTED]:
        errors.print(_print_lines(str(question)))
    if len(asked) > _LISTED:
        errors.print(f"and {len(asked) - _LISTED} more")
    if asked:
        errors.print(f"Where it may: {tell_how_to_answer(edition, asked[0].code)}")


def _print_lines(words: str) -> str:
    return "\n".join(map(_print_safely, words.splitlines()))


def say_readiness(readiness: Readiness, urns: Iterable[int]) -> None:
    """Print what keeps reports of the schools ``urns`` from going: not current, held, to be answered, not made."""
    urns = set(urns)
    outdated = {urn: what for urn, what in readiness.outdated.items() if urn in urns}
    for heading, those in (
        ("These reports do not say what is known now, and are not sent as they are", outdated),
        ("Nothing is sent about these schools yet", {urn: why for urn, why in readiness.held.items() if urn in urns}),
        ("These schools are due a report and have none", readiness.missing),
    ):
        if those:
            make_error_console().print(f"\n{heading}:")
            lines = [f"  URN {urn}, {_name(readiness, urn, what)}" for urn, what in sorted(those.items())]
            for line in lines[:_LISTED]:
                make_error_console().print(_print_safely(line))
            if len(lines) > _LISTED:
                make_error_console().print(f"  and {len(lines) - _LISTED} more")
    if asked := readiness.list_open(urns):
        make_error_console().print("\nTo be answered before a live sending:")
        _print_questions(readiness.edition, asked)


def _name(readiness: Readiness, urn: int, what: str) -> str:
    note = readiness.notes.get(urn)
    return f"{note.name}: {what}" if note and note.name != what else what


def say_answered(questions: Sequence[Question]) -> None:
    for question in questions:
        _say(f"Answered, and kept in the ledger: {question.what}")


def say_previews(
    delivery: Delivery, composed: Sequence[Message], faults: Sequence[tuple[Message, str]], page: Path
) -> None:
    """Print what was written and where to look at it, or first what does not agree."""
    say_disagreements(faults)
    make_console().print(_tabulate_messages(delivery, composed))
    _say_next(f"Open {shorten_path(page)}")
    if not faults:
        _say(f'Next: python -m pipeline approve {delivery.edition.name} --by "Your Name"')


def say_disagreements(faults: Sequence[tuple[Message, str]]) -> None:
    """Print what is not of one school: nothing may be sent as long as there is one."""
    if not faults:
        return
    errors = make_error_console()
    errors.print(f"\n{count_noun(len(faults), 'disagreement')} about whose report it is. Nothing can be sent:")
    for line in list_messages(faults):
        errors.print(line)
    errors.print("Find out how that came about; then make these reports anew.")


def list_messages(faults: Sequence[tuple[Message, str]]) -> list[str]:
    """A line for each message and what is said of it; after twenty, how many more there are."""
    from pipeline.delivery.sending import name_message

    lines = [f"  {name_message(message)}: {_print_safely(said)}" for message, said in faults[:_LISTED]]
    return lines + ([f"  and {len(faults) - _LISTED} more"] if len(faults) > _LISTED else [])


def say_sheet(delivery: Delivery, composed: Sequence[Message], code: str, page: Path) -> None:
    """Print what would go to whom, in numbers, and where the whole of it is to be looked at."""
    make_console().print(_tabulate_messages(delivery, composed))
    _say_next(f"Open {shorten_path(page)} and look at it before you approve. Its code is {code}.")


def _tabulate_messages(delivery: Delivery, composed: Sequence[Message]) -> Table:
    table = _start_table(delivery.edition.description.title)
    table.add_column("Messages to")
    for name in ("Messages", "Schools"):
        table.add_column(name, justify="right")
    table.add_column("By")
    groups: dict[tuple[str, str], list[Message]] = {}
    for message in composed:
        to = message.recipient
        groups.setdefault((to.role, to.channel or delivery.settings.channel), []).append(message)
    for (role, channel), those in sorted(groups.items()):
        title = delivery.policy.recipients[role].title
        table.add_row(title, str(len(those)), str(_count_schools(those)), channel)
    if len(groups) > 1:
        table.add_row("all", str(len(composed)), str(_count_schools(composed)), "")
    return table


def say_approved(delivery: Delivery, approval: Approval, left: Sequence[tuple[Message, str]]) -> None:
    about = f"{count_noun(approval.messages, 'message')} about {count_noun(approval.schools, 'school')}"
    _say_next(f"{approval.by} has approved {about}. Whatever changes now needs approval again.")
    if left:
        _say("A second person must look at the sheet and approve too:")
        _say(f'    python -m pipeline approve {delivery.edition.name} --by "Another Name"')
    else:
        _say(f"Next: python -m pipeline send {delivery.edition.name}    (a rehearsal: nothing leaves)")
        _say(f"Then: python -m pipeline send {delivery.edition.name} --live")


def say_before_sending(delivery: Delivery, sorted_out: SortedOut) -> None:
    """Print what a live sending would do, before the number is asked for."""
    if sorted_out.due:
        make_console().print(_tabulate_messages(delivery, sorted_out.due))
    if sorted_out.is_first:
        _say(
            "No earlier sending is known: looked in the ledger, its journal, the last account (status.csv) and the "
            "drafts."
        )
    for one, several, those in (
        ("was sent before and stays as it is", "were sent before and stay as they are", sorted_out.sent_before),
        (*["may have been sent before: a person must decide"] * 2, sorted_out.undecided),
        (*(f"{go} to people whom another report has reached: by `resend`" for go in _GO), sorted_out.corrected),
        (*(f"{go} to people who have had no report yet: by `send`" for go in _GO), sorted_out.never_sent),
        (*(f"{bring} {_UNCHANGED}" for bring in ("brings", "bring")), sorted_out.unchanged),
    ):
        if those:
            _say(f"{count_noun(len(those), 'message')} {one if len(those) == 1 else several}.")
    if sorted_out.held:
        verb = "waits" if len(sorted_out.held) == 1 else "wait"
        _say(f"{count_noun(len(sorted_out.held), 'message')} {verb}: the schools are {sorted_out.say_why_held()}.")


# Sending


def say_sending(delivery: Delivery, summary: SendingSummary, page: Path) -> None:
    """Print each message that is not known to have arrived, with what to do, then the numbers."""
    failures = summary.list_failures()
    _print_failures(delivery, failures)
    make_console().print(_tabulate_sending(delivery, summary))
    for channel, why in summary.given_up.items():
        _say_next(f"Sending by {channel} was given up: {why}")
    if summary.interrupted:
        _say_next("Stopped after the message in hand. Run the same command again to go on: nothing is sent twice.")
    _say_drafts(delivery, summary)
    _say_next(f"Open {shorten_path(_choose_place(delivery, summary, page))}")


def _say_drafts(delivery: Delivery, summary: SendingSummary) -> None:
    """Say what is to be done with the drafts of messages that go by folder; a rehearsal's are named at the end."""
    from pipeline.delivery.sending import Pilot, Rehearsal, name_channel
    from pipeline.delivery.transports.folder import DRAFTS, PILOT

    mode, folder = summary.mode, delivery.paths.delivery
    if isinstance(mode, Rehearsal):
        return
    if not any(name_channel(one.message, delivery.settings, mode) == "folder" for one in summary.sent):
        return
    if isinstance(mode, Pilot):
        place = shorten_path(folder / PILOT)
        _say_next(f"Drafts are in {place}: open each and send it to yourself. They count for nothing.")
    else:
        place = shorten_path(folder / DRAFTS)
        _say_next(f"Drafts are in {place}: open each and send it. They count as sent from now on.")


def say_cut_off(edition: str) -> None:
    """Say what to do after a second Ctrl-C, which does not wait for the message in hand."""
    make_error_console().print(
        "Stopped while a message was in hand: nobody knows whether it left. Everything before it is in the ledger.\n"
        f"Next: python -m pipeline status {edition}"
    )


def _print_failures(delivery: Delivery, failures: Sequence[Failure]) -> None:
    from pipeline.delivery.sending import name_message

    for next_step in dict.fromkeys(failure.next_step for failure in failures):
        those = [failure for failure in failures if failure.next_step == next_step]
        _say()
        for failure in those[:_LISTED]:
            _say(f"Not sent: {name_message(failure.message)}: {failure.what}")
        if len(those) > _LISTED:
            _say(f"  and {len(those) - _LISTED} more, each on the status page")
        _say(f"  Next: {next_step}")


def _tabulate_sending(delivery: Delivery, summary: SendingSummary) -> Table:
    table = _start_table(f"{delivery.edition.description.title}: {_name_mode(summary)}")
    table.add_column("Messages")
    table.add_column("Number", justify="right")
    table.add_column("Schools", justify="right")
    for words, those in _list_results(summary):
        if those or words in ("sent", "drafts written"):
            table.add_row(words, str(len(those)), str(_count_schools(those)))
    return table


def _list_results(summary: SendingSummary) -> list[tuple[str, list[Message]]]:
    def of(*tried: Tried) -> list[Message]:
        return [one.message for one in tried]

    return [
        ("drafts written" if _is_rehearsal(summary) else "sent", of(*summary.sent)),
        ("refused", of(*summary.refused)),
        ("not taken for now", of(*summary.postponed)),
        ("may have been sent", [*of(*summary.unknown), *(message for message, _ in summary.undecided)]),
        ("not tried", list(summary.not_tried)),
        ("sent before", list(summary.sent_before)),
        ("for `resend`", list(summary.corrected)),
        ("for `send`", list(summary.never_sent)),
        ("waiting", [message for message, _ in summary.held]),
    ]


def _is_rehearsal(summary: SendingSummary) -> bool:
    return type(summary.mode).__name__ == "Rehearsal"


def _name_mode(summary: SendingSummary) -> str:
    mode = summary.mode
    if _is_rehearsal(summary):
        return "a rehearsal, nothing has left"
    address = getattr(mode, "address", "")
    if address:
        return f"a pilot, all to {address}"
    return "a correction" if getattr(mode, "reason", "") else "to the schools"


def _choose_place(delivery: Delivery, summary: SendingSummary, page: Path) -> Path:
    from pipeline.delivery.transports.folder import REHEARSAL

    return delivery.paths.delivery / REHEARSAL if _is_rehearsal(summary) else page


# Afterwards


def say_status(edition: str, status: Status, why_not: str, page: Path, table: Path) -> None:
    """Print how many stand in each state, and each attempt that waits for a person's decision."""
    from pipeline.delivery.status import WORDS

    if why_not:
        make_error_console().print(f"Only what the ledger knows is shown, because of this:\n{why_not}\n")
    shown = _start_table(edition)
    shown.add_column("Recipients")
    shown.add_column("Number", justify="right")
    for state, number in status.count().items():
        shown.add_row(WORDS[state], str(number))
    if status.not_due:
        shown.add_row("schools not due", str(len(status.not_due)))
    make_console().print(shown)
    for line in status.unknown[:_LISTED]:
        _say(f"May have been sent: {line.address} ({line.school}), attempt {line.attempt}: {line.said}")
    if status.unknown:
        attempt = status.unknown[0].attempt
        _say("Find out about each (docs/sending.md says how), then for example:")
        _say(
            f"    python -m pipeline decide {edition} {attempt} sent --by 'Your Name' --why 'It is in the Sent folder'"
        )
    _say_next(f"Open {shorten_path(page)}", f"     {shorten_path(table)}")


def find_status_code(status: Status) -> int:
    """6 where a person must decide, 7 where something that was tried has not left, else 0."""
    states = status.count()
    return 6 if "unknown" in states else 7 if {"failed", "postponed", "not sent"} & set(states) else 0


def say_decided(edition: str, attempt: Attempt) -> None:
    """Print what a person's decision means for an attempt."""
    if attempt.word == "sent":
        _say(f"Attempt {attempt.id} counts as sent; it will not go again.")
    elif attempt.reason:
        _say(f'Attempt {attempt.id} counts as not sent. `resend` with the same reason sends it: "{attempt.reason}".')
    else:
        _say(f"Attempt {attempt.id} counts as not sent. The next `python -m pipeline send {edition} --live` sends it.")


def say_recovered(edition: str, recovery: Recovery) -> None:
    if not recovery.entries and not recovery.traces:
        _say("The ledger knows all that is known elsewhere: nothing was added.")
        return
    _say(
        f"The ledger is complete again: {recovery.entries} of its entries came from the journal, "
        f"{count_noun(recovery.traces, 'sending')} from other accounts."
    )
    _say(f"Next: python -m pipeline status {edition}")


def _count_schools(composed: Sequence[Message]) -> int:
    from pipeline.delivery.mail.message import count_schools

    return count_schools(composed)
