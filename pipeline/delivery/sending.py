"""Sending an edition's messages: everything is checked before anything leaves, and each attempt is in the ledger first.

A rehearsal writes drafts and records nothing as sent; a pilot sends everything to one mailbox; only a live sending
reaches the schools. What was sent is never sent again, and what may have been sent waits for a person.
"""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, Protocol

from pipeline.delivery.accounting.ledger import Attempt, Ledger, Outcome, Standing, name_reference, normalise_address
from pipeline.delivery.addressing.holds import IN_DOUBT, ON_HOLD, UNSPOKEN
from pipeline.delivery.mail.message import Message, count_schools
from pipeline.delivery.releasing.approval import list_unapproved
from pipeline.delivery.settings import DeliverySettings
from pipeline.delivery.transports import OutcomeUnknown, Postponed, Receipt, Refused, Transport, WrongSetting
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.vocabulary import count_noun

#: Seconds before what was postponed is tried again, at the end of the run: a mail server that does not know us yet
#: (greylisting) asks for some minutes.
LATER = (60.0, 180.0, 420.0)
#: Seconds after a channel could not be reached at all, before the next message is tried on it; then it is given up.
UNREACHABLE = (10.0, 30.0)

REHEARSAL_TRANSPORT = "folder"


@dataclass(frozen=True)
class Rehearsal:
    """Drafts in a folder; nothing leaves."""


@dataclass(frozen=True)
class Pilot:
    """Everything goes to ``address`` instead, by each message's own channel."""

    address: str


@dataclass(frozen=True)
class Live:
    """To the schools. ``schools`` is how many the person at the keyboard believes will be written to now.

    With a ``reason`` it is a correction: it goes to those whom a report has reached before, once for each reason,
    whoever asks for it (``by``).
    """

    schools: int
    reason: str = ""
    by: str = ""


SendingMode = Rehearsal | Pilot | Live


class NothingSent(PipelineError):
    """Something was wrong before anything had left, so nothing did. ``faults`` are the messages with their faults."""

    exit_code = 7

    def __init__(self, what: str, faults: Sequence[tuple[Message, str]] = (), *, remedy: str) -> None:
        self.faults = tuple(faults)
        lines = [f"nothing was sent: {what}", *(f"  {name_message(message)}: {fault}" for message, fault in faults)]
        super().__init__("\n".join(lines), remedy=remedy)


class NotApproved(NothingSent):
    """Nothing is broken: somebody must look and approve first."""

    exit_code = 6


class SendingWatcher(Protocol):
    """Told how a sending goes, so that a person can be shown."""

    def checking(self, messages: int) -> None: ...

    def sending(self, messages: int) -> None: ...

    def tried(self, tried: Tried) -> None: ...

    def waiting(self, seconds: float, why: str) -> None: ...

    def gave_up(self, channel: str, why: str) -> None: ...


@dataclass(frozen=True)
class Tried:
    """What came of one try. ``said`` is the other side's answer; ``attempt`` is the ledger's number, None in a
    rehearsal."""

    message: Message
    outcome: Outcome
    said: str
    attempt: int | None = None


# What to do about a message that is not known to have arrived.
_MEND = "Mend the address or what was refused, then run the same again."
_AGAIN = "Run the same again: it sends what is missing."
_DECIDE = "Look in the mailbox it was sent from, or ask the school; then decide: sent, or not sent."
_RESEND = "Send it by `resend`, with a reason."
_RELEASE = {
    ON_HOLD: "When it may go, take its row out of local/holds.csv; then run the same again.",
    UNSPOKEN: "Speak with the school, and record it by `answer` with the code; then run the same again.",
    IN_DOUBT: "Write the panel's decision into local/moderation.csv and make the reports again, or answer the code.",
}
_SEND = "Send it by `send`, not as a correction."


@dataclass(frozen=True)
class Failure:
    """A message that is not known to have arrived, and what to do next."""

    message: Message
    what: str
    next_step: str


@dataclass(frozen=True)
class SendingSummary:
    """What a sending did. Each message that was given is in exactly one of the tuples.

    ``postponed`` are those that were not taken for the time being; ``not_tried`` those that were left when a channel
    was given up (``given_up``: channel → why) or the sending was ``interrupted``. ``undecided`` may have been sent by
    an earlier run. ``corrected`` need a reason, for another report has reached their recipient; ``never_sent`` cannot
    be sent once more. ``held`` wait, each with why.
    """

    mode: SendingMode
    sent: tuple[Tried, ...] = ()
    refused: tuple[Tried, ...] = ()
    postponed: tuple[Tried, ...] = ()
    unknown: tuple[Tried, ...] = ()
    not_tried: tuple[Message, ...] = ()
    sent_before: tuple[Message, ...] = ()
    undecided: tuple[tuple[Message, Standing], ...] = ()
    corrected: tuple[Message, ...] = ()
    never_sent: tuple[Message, ...] = ()
    held: tuple[tuple[Message, str], ...] = ()
    given_up: Mapping[str, str] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 everything that was to be sent has been; 7 something has not; 6 only a person's decision is missing.

        In a rehearsal nothing waits for a person: what is held is told, and is no failure of it.
        """
        if self.refused or self.postponed or self.not_tried or self.interrupted:
            return 7
        rehearsed = isinstance(self.mode, Rehearsal) and len(self.held) == len(self.list_failures())
        return 6 if self.list_failures() and not rehearsed else 0

    def list_failures(self) -> list[Failure]:
        """Every message that was to be sent and is not known to have arrived, each with what to do next."""
        return [
            *(Failure(one.message, f"refused: {one.said}", _MEND) for one in self.refused),
            *(Failure(one.message, f"not taken for the time being: {one.said}", _AGAIN) for one in self.postponed),
            *(
                Failure(one.message, f"it may have been sent (attempt {one.attempt}): {one.said}", _DECIDE)
                for one in self.unknown
            ),
            *(
                Failure(message, f"it may have been sent before ({_name_attempt(standing)})", _DECIDE)
                for message, standing in self.undecided
            ),
            *(Failure(message, "not tried", _AGAIN) for message in self.not_tried),
            *(Failure(message, "another report has reached them before", _RESEND) for message in self.corrected),
            *(Failure(message, "nothing was sent to them before", _SEND) for message in self.never_sent),
            *(Failure(message, why, _RELEASE[_find_kind(why)]) for message, why in self.held),
        ]


def _find_kind(why: str) -> str:
    return next(kind for kind in _RELEASE if why.startswith(kind))


def _name_attempt(standing: Standing) -> str:
    from pipeline.delivery.pages import print_time

    return f"attempt {standing.attempt.id}, {print_time(standing.attempt.at)}" if standing.attempt else "no attempt"


def name_message(message: Message) -> str:
    """A message in one line, for a person: ``URN 900003, Larkstead Primary School, to head@…``."""
    about = f"a digest of {message.school}" if message.about else f"URN {message.urn}, {message.school}"
    words = f"{about}, to {message.recipient.address}"
    return "".join(sign if sign.isprintable() else "�" for sign in words)


def send(
    ledger: Ledger,
    settings: DeliverySettings,
    messages: Sequence[Message],
    open_transport: Callable[[str], Transport],
    watch: SendingWatcher,
    *,
    mode: SendingMode,
    guard: Callable[[Message], list[str]],
    pause: Callable[[float], None],
    now: Callable[[], datetime],
    held: Mapping[int, str] = MappingProxyType({}),
) -> SendingSummary:
    """Send those of ``messages`` that are missing, one after another.

    Nothing leaves about the schools that are ``held`` (URN → why), but to a pilot's mailbox. First ``guard`` looks at
    all others, then approvals are looked for (``Live`` only), then each transport looks at its own: where anything is
    wrong, nothing is sent. ``pause`` waits so many seconds. Ctrl-C ends after the message in hand.

    Raises NothingSent with every fault, PipelineError where another process is sending this edition, and WrongSetting
    where a transport cannot be used as it is set up.
    """
    with ledger.hold():
        watch.checking(len(messages))
        _refuse_twice(messages)
        sorted_out = sort_out(ledger, messages, mode, held)
        waiting = {message.digest for message, _ in sorted_out.held}
        refuse_disagreements([message for message in messages if message.digest not in waiting], guard)
        if isinstance(mode, Pilot):
            _refuse_strange_pilot(mode, settings)
        due = [_redirect(message, mode) for message in sorted_out.due]
        if isinstance(mode, Live):
            _refuse_unapproved(ledger, settings, due)
            _refuse_other_number(due, mode)
        run = _Run(ledger, mode, watch, pause, now)
        with ExitStack() as lines:
            queue = _line_up(due, settings, mode, lambda name: lines.enter_context(open_transport(name)))
            _refuse_unfit(queue)
            watch.sending(len(due))
            run.send(queue)
        if isinstance(mode, Rehearsal):
            ledger.record_rehearsal(len(due))
        return run.sum_up(sorted_out)


@dataclass(frozen=True)
class SortedOut:
    """Messages by what is to become of them; see SendingSummary. ``unchanged`` are those of a correction's ``due``
    whose very report has reached their recipient before."""

    due: tuple[Message, ...] = ()
    sent_before: tuple[Message, ...] = ()
    undecided: tuple[tuple[Message, Standing], ...] = ()
    corrected: tuple[Message, ...] = ()
    never_sent: tuple[Message, ...] = ()
    held: tuple[tuple[Message, str], ...] = ()
    unchanged: tuple[Message, ...] = ()
    is_correction: bool = False

    @property
    def is_first(self) -> bool:
        """Whether nothing tells of anybody who has had one of these messages, or another report, before."""
        earlier = self.is_correction or self.sent_before or self.undecided or self.corrected
        return bool(self.due) and not earlier

    def say_why_held(self) -> str:
        """Why what is held waits: "on hold, or first to be spoken with"."""
        found = {_find_kind(why) for _, why in self.held}
        return ", or ".join(kind for kind in _RELEASE if kind in found)

    @property
    def schools(self) -> int:
        """How many schools would be written about."""
        return count_schools(self.due)


def sort_out(
    ledger: Ledger, messages: Sequence[Message], mode: SendingMode, held: Mapping[int, str] = MappingProxyType({})
) -> SortedOut:
    """Sort messages by what a sending in this mode would do with them. A pilot takes them all, a rehearsal all that
    are not ``held`` (URN → why)."""
    if isinstance(mode, Pilot):
        return SortedOut(due=tuple(messages))
    found: dict[str, list[Any]] = {}
    correcting = isinstance(mode, Live) and bool(mode.reason)
    for message in messages:
        standing = ledger.standing(message, mode.reason) if isinstance(mode, Live) else Standing("never")
        place: str = _find_place(standing, correcting)
        why = next((held[urn] for urn in message.urns if urn in held), "")
        if why and place in ("due", "corrected", "never_sent"):
            found.setdefault("held", []).append((message, why))
        else:
            found.setdefault(place, []).append((message, standing) if place == "undecided" else message)
            if place == "due" and standing.earlier is not None and standing.earlier.report == message.report:
                found.setdefault("unchanged", []).append(message)
    return SortedOut(is_correction=correcting, **{place: tuple(those) for place, those in found.items()})


def _find_place(
    standing: Standing, correcting: bool
) -> Literal["due", "sent_before", "undecided", "corrected", "never_sent"]:
    if standing.word == "unknown":
        return "undecided"
    if standing.word == "sent":
        return "sent_before"
    if correcting:
        return "due" if standing.earlier else "never_sent"
    return "corrected" if standing.earlier else "due"


def name_channel(message: Message, settings: DeliverySettings, mode: SendingMode) -> str:
    """By which transport a message goes in this mode."""
    return REHEARSAL_TRANSPORT if isinstance(mode, Rehearsal) else message.recipient.channel or settings.channel


def find_pace(channel: str, settings: DeliverySettings, mode: SendingMode) -> float:
    """The shortest time between two messages on a channel, in seconds; 0 where there is no limit."""
    said = getattr(settings, channel, None)
    return 0.0 if isinstance(mode, Rehearsal) or said is None else 60.0 / said.per_minute


def _redirect(message: Message, mode: SendingMode) -> Message:
    """In a pilot: the same to the one mailbox, saying for whom it is."""
    if not isinstance(mode, Pilot):
        return message
    recipient = replace(message.recipient, address=mode.address)
    return replace(message, recipient=recipient, subject=f"[Pilot, for {message.recipient.address}] {message.subject}")


# Before anything leaves


def _refuse_twice(messages: Sequence[Message]) -> None:
    keys = Counter((message.urn, normalise_address(message.recipient.address)) for message in messages)
    twice = [one for one in messages if keys[one.urn, normalise_address(one.recipient.address)] > 1]
    if twice:
        raise NothingSent(
            "one address would get the same school's report more than once",
            [(message, f"as {message.recipient.role}") for message in twice],
            remedy="Keep one row for each school and address in the address book.",
        )


def refuse_disagreements(messages: Sequence[Message], guard: Callable[[Message], list[str]]) -> None:
    """Raise NothingSent with every disagreement that ``guard`` finds in any of ``messages``."""
    faults = [(message, fault) for message in messages for fault in guard(message)]
    if faults:
        raise NothingSent(
            f"{count_noun(len(faults), 'disagreement')} about whose report it is",
            faults,
            remedy="Find out how that came about before anything else. Make these reports anew, then approve again.",
        )


def _refuse_strange_pilot(mode: Pilot, settings: DeliverySettings) -> None:
    """Reports go to allowed domains only, and in a pilot to the sender's own too."""
    from email_validator import EmailNotValidError, validate_email

    domains = {*settings.allowed_domains, settings.sender.address.rpartition("@")[2].strip().lower()}
    try:
        allowed = validate_email(mode.address, check_deliverability=False).ascii_domain in domains
    except EmailNotValidError:
        allowed = False
    if not allowed:
        raise NothingSent(
            f"the pilot's address {mode.address} is none at an allowed domain ({', '.join(sorted(domains))})",
            remedy="Name a mailbox of your own, or add its domain to `allowed_domains:` in delivery.yaml.",
        )


def _refuse_unfit(queue: Sequence[tuple[_Line, Message]]) -> None:
    faults = [(message, fault) for line, message in queue for fault in line.transport.check(message)]
    if faults:
        raise NothingSent(
            "not every message can go the way it should",
            faults,
            remedy="Mend what is said of each, or give these recipients another channel in the address book.",
        )


def _refuse_unapproved(ledger: Ledger, settings: DeliverySettings, due: Sequence[Message]) -> None:
    unapproved = list_unapproved(ledger, settings, due)
    if unapproved:
        raise NotApproved(
            f"{count_noun(len(unapproved), 'message')} of {len(due)} must be approved first",
            unapproved,
            remedy="Look at the sheet and approve, or name only schools that are approved.",
        )


def _refuse_other_number(due: Sequence[Message], mode: Live) -> None:
    schools = count_schools(due)
    if schools and schools != mode.schools:
        raise NothingSent(
            f"the number given is {mode.schools}; {count_noun(schools, 'school')} would be written to",
            remedy="Find out why the two differ, then give the number that is right.",
        )


# One message after another


@dataclass
class _Line:
    """A channel during one run, kept to its pace."""

    name: str
    transport: Transport
    pace: float
    last: datetime | None = None
    unreachable: int = 0  # times in a row
    given_up: str = ""


def _line_up(
    due: Sequence[Message], settings: DeliverySettings, mode: SendingMode, open_transport: Callable[[str], Transport]
) -> list[tuple[_Line, Message]]:
    """Open each channel once; give every message with the one that it goes by."""
    named = [name_channel(message, settings, mode) for message in due]
    lines = {name: _Line(name, open_transport(name), find_pace(name, settings, mode)) for name in dict.fromkeys(named)}
    return [(lines[name], message) for name, message in zip(named, due, strict=True)]


class _Run:
    """Sends what is due and keeps what came of it."""

    def __init__(
        self,
        ledger: Ledger,
        mode: SendingMode,
        watch: SendingWatcher,
        pause: Callable[[float], None],
        now: Callable[[], datetime],
    ) -> None:
        self._ledger, self._mode, self._watch, self._pause, self._now = ledger, mode, watch, pause, now
        self._interruption = _Interruption()
        self._found: dict[str, Tried] = {}  # by the message's digest, the latest
        self._left: dict[str, Message] = {}
        self._given_up: dict[str, str] = {}
        self._interrupted = False

    def send(self, due: Sequence[tuple[_Line, Message]]) -> None:
        """Try each, then those that were postponed again, after growing pauses."""
        self._left = {message.digest: message for _, message in due}
        try:
            with self._interruption:
                self._try_all(due)
                for seconds in LATER:
                    again = [(line, one) for line, one in due if not line.given_up and self._is_postponed(one)]
                    if not again or isinstance(self._mode, Rehearsal):
                        return
                    self._wait(seconds, f"{count_noun(len(again), 'message')} not taken for the time being")
                    self._try_all(again)
        except KeyboardInterrupt:
            if self._interruption.in_hand:  # a second Ctrl-C: what became of this message is not known
                raise
            self._interrupted = True

    def sum_up(self, sorted_out: SortedOut) -> SendingSummary:
        found: dict[str, list[Tried]] = {}
        for tried in self._found.values():
            found.setdefault(tried.outcome, []).append(tried)
        return SendingSummary(
            mode=self._mode,
            **{outcome: tuple(those) for outcome, those in found.items()},  # type: ignore[arg-type]
            not_tried=tuple(self._left.values()),
            sent_before=sorted_out.sent_before,
            undecided=sorted_out.undecided,
            corrected=sorted_out.corrected,
            never_sent=sorted_out.never_sent,
            held=sorted_out.held,
            given_up=self._given_up,
            interrupted=self._interrupted,
        )

    def _is_postponed(self, message: Message) -> bool:
        return message.digest in self._found and self._found[message.digest].outcome == "postponed"

    def _try_all(self, those: Sequence[tuple[_Line, Message]]) -> None:
        for line, message in those:
            if not line.given_up:
                self._keep_pace(line)
                self._try(line, message)

    def _keep_pace(self, line: _Line) -> None:
        if line.unreachable:
            self._wait(UNREACHABLE[line.unreachable - 1], f"{line.name} cannot be reached")
        elif line.last and line.pace:
            since = (self._now() - line.last).total_seconds()
            if since < line.pace:
                self._pause(min(line.pace, line.pace - since))  # a clock that was put back makes nobody wait longer
        line.last = self._now()

    def _wait(self, seconds: float, why: str) -> None:
        self._watch.waiting(seconds, why)
        self._pause(seconds)

    def _try(self, line: _Line, message: Message) -> None:
        with self._interruption.until_done():
            attempt = self._begin(line, message)
            reference = attempt.reference if attempt else name_reference(message, "rehearsal")
            outcome, said = self._hand_over(line, message, reference)
            if attempt:
                self._ledger.finish(attempt, outcome, said)
            tried = Tried(message, outcome, said, attempt.id if attempt else None)
            self._found[message.digest] = tried
            self._left.pop(message.digest, None)
            self._watch.tried(tried)
            if line.given_up:
                self._given_up[line.name] = line.given_up
                self._watch.gave_up(line.name, line.given_up)

    def _begin(self, line: _Line, message: Message) -> Attempt | None:
        if isinstance(self._mode, Live):
            return self._ledger.begin(message, line.name, self._mode.reason, by=self._mode.by)
        return self._ledger.begin(message, line.name, mode="pilot") if isinstance(self._mode, Pilot) else None

    def _hand_over(self, line: _Line, message: Message, reference: str) -> tuple[Outcome, str]:
        """Give the message to its transport; any other error leaves the attempt without an outcome, so unknown."""
        unreachable, line.unreachable = line.unreachable, 0
        try:
            receipt = line.transport.send(message, reference)
        except Refused as refused:
            return "refused", refused.why
        except Postponed as postponed:
            if postponed.for_all:
                line.unreachable = unreachable + 1
                line.given_up = postponed.why if line.unreachable > len(UNREACHABLE) else ""
            return "postponed", postponed.why
        except OutcomeUnknown as unknown:
            return "unknown", unknown.why
        except WrongSetting as wrong:
            line.given_up = str(wrong).replace("\n    ", ". ")  # in one line, like every other reason
            return "postponed", wrong.what
        return "sent", _tell_receipt(receipt, reference)


def _tell_receipt(receipt: Receipt, reference: str) -> str:
    """The other side's answer, with what it knows the message by where that is not our own reference."""
    if reference in receipt.reference:
        return receipt.said
    return f"{receipt.said} ({receipt.reference})" if receipt.said else receipt.reference


class _Interruption:
    """Ctrl-C, or being asked to end, while a message is in hand waits until it is done; at any other time, and a second
    one, it is at once."""

    def __init__(self) -> None:
        self.in_hand = False
        self._asked = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> _Interruption:
        if threading.current_thread() is threading.main_thread():
            self._before = {one: signal.signal(one, self._ask) for one in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *raised: object) -> None:
        for one, before in self._before.items():
            signal.signal(one, before)

    def _ask(self, number: int, frame: object) -> None:
        if not self.in_hand or self._asked:
            raise KeyboardInterrupt
        self._asked = True

    @contextmanager
    def until_done(self) -> Iterator[None]:
        self.in_hand = True
        yield
        self.in_hand = False
        if self._asked:
            raise KeyboardInterrupt
