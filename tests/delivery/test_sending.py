"""Sending: everything is checked before anything leaves, what was sent is not sent again, and nothing is lost."""

from __future__ import annotations

import os
import signal
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from mail_server import Fault, MailServer
from small_messages import Clock, lay_out_edition, make_message, make_messages, make_settings

from pipeline.delivery.accounting.ledger import Ledger
from pipeline.delivery.releasing.approval import approve
from pipeline.delivery.sending import LATER, UNREACHABLE, Live, NotApproved, NothingSent, Pilot, Rehearsal, send
from pipeline.delivery.transports import OutcomeUnknown, Postponed, Receipt, Refused, WrongSetting
from pipeline.delivery.transports.smtp import Smtp
from pipeline.foundation.errors import PipelineError


@dataclass
class ScriptedTransport:
    """Stands for a mail server: keeps what it takes, and for some addresses does what a script says, in turn."""

    name: str = "smtp"
    script: dict[str, list[Exception]] = field(default_factory=dict)
    unfit: dict[str, str] = field(default_factory=dict)
    always: Exception | None = None
    taken: list = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    is_open: bool = False
    opened: int = 0

    def check(self, message):
        assert self.is_open
        return [self.unfit[message.recipient.address]] if message.recipient.address in self.unfit else []

    def send(self, message, reference):
        assert self.is_open
        self.references.append(reference)
        turns = self.script.get(message.recipient.address)
        if self.always or turns:
            raise self.always or turns.pop(0)
        self.taken.append(message)
        return Receipt(self.name, f"<{reference}@example.org>", "250 Ok")

    def __enter__(self):
        self.is_open, self.opened = True, self.opened + 1
        return self

    def __exit__(self, *_):
        self.is_open = False


class Watch:
    """Keeps what a person would be shown."""

    def __init__(self):
        self.said = []

    def checking(self, messages):
        self.said.append(("checking", messages))

    def sending(self, messages):
        self.said.append(("sending", messages))

    def tried(self, tried):
        self.said.append((tried.outcome, tried.message.recipient.address))

    def waiting(self, seconds, why):
        self.said.append(("waiting", seconds, why))

    def gave_up(self, channel, why):
        self.said.append(("gave up", channel, why))


class Desk:
    """An edition with its ledger, and one transport a channel."""

    def __init__(self, root):
        self.paths = lay_out_edition(root)
        self.clock, self.watch = Clock(), Watch()
        self.transports = {name: ScriptedTransport(name) for name in ("folder", "smtp", "notify", "microsoft365")}
        self.smtp = self.transports["smtp"]
        self.settings = make_settings(approvals=1)
        self.disagreements = {}

    def open(self):
        return Ledger(self.paths, self.clock.now)

    def approve(self, messages, by="Jane Smith"):
        with self.open() as ledger:
            approve(ledger, by, messages, now=self.clock.now)

    def send(self, messages, mode=None, *, reason=""):
        """Send live unless another mode is given, with the number of schools that is right."""
        mode = mode or Live(len({message.urn for message in messages}), reason)
        with self.open() as ledger:
            return send(
                ledger,
                self.settings,
                messages,
                self.transports.__getitem__,
                self.watch,
                mode=mode,
                guard=lambda message: self.disagreements.get(message.recipient.address, []),
                pause=self.clock.pause,
                now=self.clock.now,
            )

    def send_missing(self, messages):
        """Send live, with the number of schools that is missing, whatever it is."""
        with self.open() as ledger:
            missing = {one.urn for one in messages if ledger.standing(one).is_open}
        return self.send(messages, Live(len(missing)))

    def stand(self, message, reason=""):
        with self.open() as ledger:
            return ledger.standing(message, reason).word

    def nothing_left(self):
        return not any(transport.references for transport in self.transports.values())


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def head(urn):
    return f"head.{urn}@schools.example.org"


# What is sent


@pytest.mark.slow
def test_every_message_is_sent_once_and_a_rerun_sends_nothing(desk):
    messages = make_messages(5)
    desk.approve(messages)
    summary = desk.send(messages)
    assert [tried.message for tried in summary.sent] == messages == desk.smtp.taken
    assert (summary.exit_code, summary.list_failures(), desk.smtp.opened) == (0, [], 1)
    again = desk.send(messages)
    assert (again.sent, list(again.sent_before), again.exit_code) == ((), messages, 0)
    assert desk.smtp.taken == messages


@pytest.mark.slow
def test_a_school_that_was_added_is_sent_and_the_others_are_not_sent_again(desk):
    desk.approve(make_messages(4))
    desk.send(make_messages(3))
    summary = desk.send_missing(make_messages(4))
    assert {tried.message.urn for tried in summary.sent} == {900004}
    assert Counter(one.digest for one in desk.smtp.taken) == Counter(one.digest for one in make_messages(4))


def test_each_goes_by_its_own_channel(desk):
    messages = [make_message(), make_message(900002, channel="notify"), make_message(900003, channel="microsoft365")]
    desk.approve(messages)
    desk.send(messages)
    taken = {name: [one.urn for one in transport.taken] for name, transport in desk.transports.items()}
    assert taken == {"folder": [], "smtp": [900001], "notify": [900002], "microsoft365": [900003]}


def test_each_channel_keeps_its_pace(desk):
    messages = make_messages(4, ("head",))
    desk.settings = make_settings(approvals=1, smtp={"host": "x", "per_minute": 20})
    desk.approve(messages)
    desk.send(messages)
    assert desk.clock.pauses == [3.0, 3.0, 3.0]


# Before anything leaves


def test_one_disagreement_keeps_everything_back_and_all_are_named(desk):
    messages = make_messages(3)
    desk.approve(messages)
    desk.disagreements = {head(900002): ["the PDF is of URN 900003"], head(900003): ["the PDF is of URN 900002"]}
    with pytest.raises(NothingSent) as refused:
        desk.send(messages)
    assert [fault for _, fault in refused.value.faults] == ["the PDF is of URN 900003", "the PDF is of URN 900002"]
    assert "URN 900002, School 900002, to head.900002@schools.example.org: the PDF is of URN 900003" in str(
        refused.value
    )
    assert desk.nothing_left()
    assert desk.stand(messages[0]) == "never"


@pytest.mark.parametrize("mode", [Rehearsal(), Pilot("me@marlshire.example.org")])
def test_a_rehearsal_and_a_pilot_are_guarded_too(desk, mode):
    desk.disagreements = {head(900001): ["the PDF is of URN 900003"]}
    with pytest.raises(NothingSent):
        desk.send(make_messages(2), mode)
    assert desk.nothing_left()


def test_a_message_that_does_not_fit_its_channel_keeps_everything_back(desk):
    messages = [make_message(), make_message(900002, channel="notify")]
    desk.approve(messages)
    desk.transports["notify"].unfit = {head(900002): "the PDF has 3 MB; Notify takes 2 MB"}
    with pytest.raises(NothingSent, match="Notify takes 2 MB"):
        desk.send(messages)
    assert desk.nothing_left()


def test_nothing_leaves_without_approval_of_every_message(desk):
    messages = make_messages(3)
    desk.approve(messages[:-1])
    with pytest.raises(NotApproved, match="1 message of 6 must be approved first") as refused:
        desk.send(messages)
    assert refused.value.faults == ((messages[-1], "never approved"),)
    assert desk.nothing_left()


@pytest.mark.parametrize("changed", [{"address": "other@schools.example.org"}, {"text": "Other"}, {"pdf": b"other"}])
def test_what_changed_after_the_approval_does_not_leave(desk, changed):
    desk.approve([make_message()])
    with pytest.raises(NotApproved, match="changed since Jane Smith approved it"):
        desk.send([make_message(**changed)])
    assert desk.nothing_left()


def test_where_two_must_approve_one_is_not_enough(desk):
    desk.settings = make_settings(approvals=2)
    desk.approve([make_message()])
    with pytest.raises(NotApproved, match="a second person must too"):
        desk.send([make_message()])
    desk.approve([make_message()], "Bob Jones")
    assert desk.send([make_message()]).exit_code == 0


def test_a_wrong_number_of_schools_keeps_everything_back(desk):
    messages = make_messages(3)
    desk.approve(messages)
    with pytest.raises(NothingSent, match="the number given is 6; 3 schools would be written to"):
        desk.send(messages, Live(6))
    assert desk.nothing_left()


def test_one_address_never_gets_the_same_school_twice_in_one_run(desk):
    messages = [make_message(), make_message(role="chair", address=head(900001).upper())]
    desk.approve(messages)
    with pytest.raises(NothingSent, match="more than once"):
        desk.send(messages)
    assert desk.nothing_left()


def test_a_channel_that_is_set_up_wrongly_keeps_everything_back(desk):
    class WithoutPassword(ScriptedTransport):
        def __enter__(self):
            raise WrongSetting("there is no password", where="SCHOOL_REPORTS_SMTP_PASSWORD")

    messages = [make_message(channel="notify"), make_message(900002)]
    desk.transports["smtp"] = WithoutPassword()
    desk.approve(messages)
    with pytest.raises(WrongSetting, match="there is no password"):
        desk.send(messages)
    assert desk.nothing_left()
    assert desk.stand(messages[1]) == "never"


def test_two_sendings_of_one_edition_are_never_under_way_at_once(desk):
    desk.approve([make_message()])
    with desk.open() as other, other.hold(), pytest.raises(PipelineError, match="are being sent: process"):
        desk.send([make_message()])
    assert desk.nothing_left()


# What goes wrong on the way


def test_one_refused_address_stops_no_other_and_the_summary_says_what_to_do(desk):
    messages = make_messages(3, ("head",))
    desk.approve(messages)
    desk.smtp.script = {head(900002): [Refused("550 5.1.1 No such mailbox")]}
    summary = desk.send(messages)
    assert [tried.message.urn for tried in summary.sent] == [900001, 900003]
    (failure,) = summary.list_failures()
    assert (failure.message.urn, failure.what) == (900002, "refused: 550 5.1.1 No such mailbox")
    assert "Mend the address" in failure.next_step
    assert summary.exit_code == 7
    assert desk.clock.pauses == [0.1, 0.1]  # what is refused is not tried again in the same run

    again = desk.send_missing(messages)
    assert [tried.message.urn for tried in again.sent] == [900002]


def test_what_is_postponed_is_tried_again_at_the_end_after_growing_pauses(desk):
    messages = make_messages(3, ("head",))
    desk.approve(messages)
    desk.smtp.script = {head(900001): [Postponed("451 greylisted")] * 2}
    summary = desk.send(messages)
    assert [tried.message.urn for tried in summary.sent] == [900001, 900002, 900003]
    assert [one.urn for one in desk.smtp.taken] == [900002, 900003, 900001]
    assert [said[1] for said in desk.watch.said if said[0] == "waiting"] == list(LATER[:2])
    assert len(set(desk.smtp.references)) == 5
    assert summary.exit_code == 0


@pytest.mark.slow
def test_what_stays_postponed_has_failed_for_now_and_a_rerun_sends_it(desk):
    message = make_message()
    desk.approve([message])
    desk.smtp.script = {head(900001): [Postponed("452 mailbox full")] * (1 + len(LATER))}
    summary = desk.send([message])
    assert [tried.said for tried in summary.postponed] == ["452 mailbox full"]
    assert summary.exit_code == 7
    assert desk.stand(message) == "postponed"
    assert desk.send([message]).exit_code == 0
    assert desk.smtp.taken == [message]


@pytest.mark.slow
def test_a_channel_that_cannot_be_reached_is_given_up_and_the_others_go_on(desk):
    messages = [make_message(900001 + number, channel="notify" if number % 2 else "") for number in range(10)]
    desk.approve(messages)
    desk.smtp.always = Postponed("no route to host", for_all=True)
    summary = desk.send(messages)
    assert len(summary.sent) == 5
    assert (len(summary.postponed), len(summary.not_tried)) == (3, 2)
    assert summary.given_up == {"smtp": "no route to host"}
    assert desk.clock.pauses[: len(UNREACHABLE)] == pytest.approx(UNREACHABLE)
    assert ("gave up", "smtp", "no route to host") in desk.watch.said
    desk.smtp.always = None
    assert desk.send_missing(messages).exit_code == 0
    assert sorted(one.urn for one in desk.smtp.taken) == [900001, 900003, 900005, 900007, 900009]


def test_a_short_absence_of_the_server_does_not_end_the_sending(desk):
    messages = make_messages(4, ("head",))
    desk.approve(messages)
    gone = Postponed("connection refused", for_all=True)
    desk.smtp.script = {head(900002): [gone], head(900003): [gone]}
    summary = desk.send(messages)
    assert (len(summary.sent), summary.given_up) == (4, {})


def test_a_server_that_is_not_trusted_ends_its_channel_and_nothing_was_sent_by_it(desk):
    messages = make_messages(3, ("head",))
    desk.approve(messages)
    desk.smtp.always = WrongSetting("its certificate is another's", remedy="Ask who runs it.")
    summary = desk.send(messages)
    assert (summary.sent, len(summary.postponed), len(summary.not_tried)) == ((), 1, 2)
    assert summary.given_up["smtp"].endswith(". Ask who runs it.") and summary.given_up["smtp"].isprintable()


def test_what_may_have_been_sent_is_shown_and_never_sent_again_by_itself(desk):
    messages = make_messages(2, ("head",))
    desk.approve(messages)
    desk.smtp.script = {head(900001): [OutcomeUnknown("no answer after the dot")]}
    summary = desk.send(messages)
    assert [tried.message.urn for tried in summary.unknown] == [900001]
    assert summary.exit_code == 6
    again = desk.send_missing(messages)
    assert [message.urn for message, _ in again.undecided] == [900001]
    assert "attempt 1, 8 December 2025, 09:30 UTC" in again.list_failures()[0].what
    assert again.exit_code == 6
    assert [one.urn for one in desk.smtp.taken] == [900002]


@pytest.mark.slow
@pytest.mark.parametrize(("decision", "sent"), [("sent", 0), ("not sent", 1)])
def test_a_persons_decision_settles_it(desk, decision, sent):
    desk.approve([make_message()])
    desk.smtp.script = {head(900001): [OutcomeUnknown("no answer after the dot")]}
    (unknown,) = desk.send([make_message()]).unknown
    with desk.open() as ledger:
        ledger.decide(unknown.attempt, decision, "Jane Smith", "the head says so")
    assert len(desk.send_missing([make_message()]).sent) == sent
    assert len(desk.smtp.taken) == sent


def test_a_bug_keeps_its_traceback_and_leaves_the_message_unknown(desk):
    messages = make_messages(2, ("head",))
    desk.approve(messages)
    desk.smtp.script = {head(900001): [ZeroDivisionError("a bug")]}
    with pytest.raises(ZeroDivisionError):
        desk.send(messages)
    assert [desk.stand(message) for message in messages] == ["unknown", "never"]


def test_what_the_other_side_knows_a_message_by_is_in_the_ledger(desk):
    class Numbering(ScriptedTransport):
        def send(self, message, reference):
            super().send(message, reference)
            return Receipt(self.name, "740e5834-3a29-46b4-9a6f-16142fde533a", "created")

    desk.transports["smtp"] = Numbering()
    desk.approve([make_message()])
    desk.send([make_message()])
    with desk.open() as ledger:
        assert ledger.standing(make_message()).attempt.said == "created (740e5834-3a29-46b4-9a6f-16142fde533a)"


@pytest.mark.slow
def test_a_real_server_that_does_all_it_should_not(desk, tmp_path):
    faults = {
        head(900001): Fault("RCPT", reply="550 5.1.1 No such mailbox"),
        head(900002): Fault("RCPT", reply="451 4.7.1 Come back later", times=1),
        head(900003): Fault("DATA", drop=True, times=1),
        head(900004): Fault("dot", drop=True, keep=True, times=1),
        head(900005): Fault("dot", drop=True, times=1),
        head(900006): Fault("dot", reply="554 5.7.1 Looks like spam", times=1),
    }
    messages = make_messages(8, ("head",))
    desk.approve(messages)
    with MailServer(tmp_path / "mail", close_after=2) as server:
        desk.transports["smtp"] = Smtp(server.settings(), desk.paths)
        for address, fault in faults.items():
            server.faults.append(replace(fault, address=address))
        summary = desk.send(messages)
        assert {tried.message.urn for tried in summary.sent} == {900002, 900003, 900007, 900008}
        assert [tried.message.urn for tried in summary.refused] == [900001, 900006]
        assert [tried.message.urn for tried in summary.unknown] == [900004, 900005]

        again = desk.send_missing(messages)  # without any decision: what may have been sent stays where it is
        assert [tried.message.urn for tried in again.sent] == [900006]
        assert [message.urn for message, _ in again.undecided] == [900004, 900005]

        received = {one.recipients[0] for one in server.received()}
        with desk.open() as ledger:
            for tried in summary.unknown:
                found = tried.message.recipient.address in received
                ledger.decide(tried.attempt, "sent" if found else "not sent", "Jane Smith", "the server's record")
        desk.send_missing(messages)
        counted = Counter(one.recipients[0] for one in server.received())
    assert counted == {message.recipient.address: 1 for message in messages[1:]}
    assert desk.stand(messages[0]) == "failed"


# Corrections


def test_another_report_does_not_go_to_whom_one_has_gone_unless_there_is_a_reason(desk):
    first, corrected = make_message(), make_message(pdf=b"%PDF corrected")
    desk.approve([first, corrected])
    desk.send([first])
    held_back = desk.send([corrected], Live(1))
    assert (held_back.corrected, held_back.exit_code) == ((corrected,), 6)
    assert "resend" in held_back.list_failures()[0].next_step
    assert desk.smtp.taken == [first]
    assert desk.send([corrected], reason="a wrong figure").exit_code == 0
    assert desk.smtp.taken == [first, corrected]
    with desk.open() as ledger:
        assert [attempt.reason for attempt in ledger.list_attempts()] == ["", "a wrong figure"]


@pytest.mark.slow
def test_a_correction_needs_approval_and_goes_once_even_if_it_is_stopped_half_way(desk):
    messages = make_messages(3, ("head",))
    desk.approve(messages)
    desk.send(messages)
    corrected = [make_message(one.urn, pdf=b"%PDF corrected") for one in messages]
    with pytest.raises(NotApproved):
        desk.send(corrected, reason="a wrong figure")
    desk.approve(corrected)
    desk.smtp.script = {head(900002): [Refused("550 no")]}
    assert len(desk.send(corrected, reason="a wrong figure").sent) == 2
    again = desk.send(corrected, Live(1, "a wrong figure"))
    assert [tried.message.urn for tried in again.sent] == [900002]
    assert Counter(one.urn for one in desk.smtp.taken) == {900001: 2, 900002: 2, 900003: 2}


def test_only_what_was_sent_can_be_sent_once_more(desk):
    messages = make_messages(2, ("head",))
    desk.approve(messages)
    desk.send(messages[:1])
    summary = desk.send(messages, Live(1, "it was lost"))
    assert [tried.message for tried in summary.sent] == messages[:1]
    assert summary.never_sent == (messages[1],)


# Rehearsal and pilot


def test_a_rehearsal_writes_drafts_and_leaves_no_trace_as_sent(desk):
    messages = [make_message(), make_message(900002, channel="notify")]
    summary = desk.send(messages, Rehearsal())
    assert (desk.transports["folder"].taken, len(summary.sent)) == (messages, 2)
    assert not desk.smtp.references
    assert not desk.transports["notify"].references
    with desk.open() as ledger:
        assert (ledger.list_attempts(), ledger.list_attempts("pilot")) == ([], [])
        assert [messages for _, messages in ledger.list_rehearsals()] == [2]


def test_rehearsals_are_the_same_to_the_byte(desk):
    desk.send(make_messages(2), Rehearsal())
    desk.send(make_messages(2), Rehearsal())
    references = desk.transports["folder"].references
    assert references[:4] == references[4:]
    assert len(set(references)) == 4


@pytest.mark.slow
def test_a_pilot_sends_everything_to_one_mailbox_and_leaves_no_trace_as_sent(desk):
    messages = make_messages(2)
    summary = desk.send(messages, Pilot("me@marlshire.example.org"))
    assert {one.recipient.address for one in desk.smtp.taken} == {"me@marlshire.example.org"}
    assert desk.smtp.taken[0].subject == f"[Pilot, for {head(900001)}] School 900001: report (URN 900001)"
    assert [one.attachments for one in desk.smtp.taken] == [one.attachments for one in messages]
    assert len(summary.sent) == 4
    assert {desk.stand(one) for one in messages} == {"never"}
    desk.send(messages, Pilot("me@marlshire.example.org"))  # as often as one likes
    desk.approve(messages)
    assert len(desk.send(messages).sent) == 4


@pytest.mark.parametrize(
    "address",
    ["me@webmail.example.com", "me@webmail.example.com,you@marlshire.example.org", "marlshire.example.org", ""],
)
def test_a_pilot_stays_within_the_allowed_domains(desk, address):
    with pytest.raises(NothingSent, match="is none at an allowed domain"):
        desk.send(make_messages(2), Pilot(address))
    assert desk.nothing_left()


# Ctrl-C


class Interrupting(ScriptedTransport):
    """Is interrupted while it has a message in hand: as by Ctrl-C, ``times`` times."""

    times = 1
    signal = signal.SIGINT

    def send(self, message, reference):
        if message.urn == 900002:
            for _ in range(self.times):
                os.kill(os.getpid(), self.signal)
        return super().send(message, reference)


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_or_an_end_asked_for_ends_the_sending_after_the_message_in_hand(desk, asked):
    messages = make_messages(4, ("head",))
    desk.approve(messages)
    desk.transports["smtp"] = transport = Interrupting()
    transport.signal = asked
    summary = desk.send(messages)
    assert [tried.message.urn for tried in summary.sent] == [900001, 900002]
    assert [message.urn for message in summary.not_tried] == [900003, 900004]
    assert (summary.interrupted, summary.exit_code, summary.unknown) == (True, 7, ())
    desk.transports["smtp"] = replace(transport, taken=[])
    assert {tried.message.urn for tried in desk.send_missing(messages).sent} == {900003, 900004}


@pytest.mark.slow
def test_a_second_ctrl_c_ends_it_at_once_and_the_message_in_hand_is_unknown(desk):
    messages = make_messages(3, ("head",))
    desk.approve(messages)
    desk.transports["smtp"] = transport = Interrupting()
    transport.times = 2
    with pytest.raises(KeyboardInterrupt):
        desk.send(messages)
    assert [desk.stand(one) for one in messages] == ["sent", "unknown", "never"]


def test_ctrl_c_while_waiting_ends_the_sending(desk):
    messages = make_messages(2, ("head",))
    desk.approve(messages)
    desk.smtp.script = {head(900001): [Postponed("451 later")]}
    desk.clock.pause = lambda seconds: os.kill(os.getpid(), signal.SIGINT) if seconds == LATER[0] else None
    summary = desk.send(messages)
    assert (summary.interrupted, len(summary.sent), len(summary.postponed)) == (True, 1, 1)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
