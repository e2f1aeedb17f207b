"""The week of sending, as an operator goes through it at the command line: every refusal says why, and what to do."""

from __future__ import annotations

import re
import shutil
from email import policy
from email.parser import BytesParser

import pytest
from delivered_edition import (
    DOMAIN,
    SECRETS,
    make_row,
    sign_report,
    write_recipients,
    write_report,
    write_settings,
)
from mail_server import Fault

from pipeline.delivery.accounting.ledger import Ledger
from pipeline.delivery.edition import compose_messages, open_delivery

pytestmark = pytest.mark.slow

OWN, OTHER, THIRD = 900001, 900002, 900003
NEW = f"new.head@{DOMAIN}"


def approve(run, schools=3, by="Jane Smith", **words):
    code, said = run("approve", "--by", by, "--schools", schools, **words)
    assert code == 0, said
    return said


def find_addresses(server):
    return sorted(address for received in server.received() for address in received.recipients)


def list_rows(edition):
    return [make_row(edition, urn, role) for urn in edition.schools for role in ("head", "chair")]


def list_addresses(edition, roles=("head", "chair"), urns=None):
    return sorted(make_row(edition, urn, role)["email"] for urn in urns or edition.schools for role in roles)


# The address book


def test_recipients_are_counted_by_role(run):
    code, said = run("recipients")
    assert code == 0
    assert re.search(r"headteacher +3 +folder +yes", said)
    assert "With a report: 3 schools; without one: 1." in said


def test_a_school_without_the_head_that_others_have_is_named(edition, run):
    """The count of heads alone said so, and only to those who knew how many there should be."""
    write_recipients(edition, [row for row in list_rows(edition) if (row["urn"], row["role"]) != (str(OTHER), "head")])
    assert f"Nobody as headteacher at: {edition.schools[OTHER]} (URN {OTHER})." in run("recipients")[1]
    write_recipients(edition, [row for row in list_rows(edition) if row["role"] == "head" or row["urn"] == str(OWN)])
    assert "Nobody as" not in run("recipients")[1]


def test_missing_files_are_written_for_filling_in(edition, run):
    (edition.paths.local / "recipients.csv").unlink()
    (edition.paths.folder / "delivery.yaml").unlink()
    code, said = run("recipients")
    assert code == 6
    assert "delivery.yaml" in said and "recipients.csv" in said
    rows = (edition.paths.local / "recipients.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "urn,role,name,email,channel,school"
    assert [row for row in rows[1:] if not row.startswith("#")] == [
        f"{urn},head,,,,{name}" for urn, name in edition.schools.items()
    ]
    code, said = run("recipients")
    assert code == 3  # nobody has filled in the settings
    for field in ("sender.address", "contact", "allowed_domains.0"):
        assert re.search(rf"delivery.yaml, line \d+, field {field}: .* has not been filled in", said)
    for verb in ("messages", "send", "approve"):
        assert run(verb, *(("--by", "Jane Smith") if verb == "approve" else ()))[0] == 3
    write_settings(edition)
    code, said = run("recipients")
    assert code == 3  # each row still lacks an address
    assert said.count("the address is missing") == 3


@pytest.mark.parametrize(
    ("field", "placeholder"),
    [
        ("sender", {"name": "Marlshire", "address": "reports@your-domain.example"}),
        ("sender", {"name": "Your organisation", "address": "reports@marlshire.example.org"}),
        ("contact", "Marlshire County Council, telephone and address"),
    ],
)
def test_a_single_placeholder_stops_every_verb_until_it_is_filled_in(posted, server, run, field, placeholder):
    """With the domains filled in, all that was left reached the schools."""
    approve(run)
    write_settings(posted, channel="smtp", smtp=server.settings().model_dump(), **{field: placeholder})
    for words in (
        ("recipients",),
        ("messages",),
        ("approve", "--by", "Jane Smith", "--schools", 3),
        ("send",),
        ("send", "--pilot", "me@marlshire.example.org"),
        ("send", "--live", "--schools", 3),
    ):
        code, said = run(*words)
        assert code == 3 and re.search(rf"delivery.yaml, line \d+, field {field}.* has not been filled in", said), words
    assert server.received() == [] and list_drafts(posted) == []


@pytest.mark.parametrize("channel", ["smtp", None])
def test_a_channel_without_its_section_is_told_of_by_the_first_check(edition, run, channel):
    """`recipients` found nothing wrong, and the first pilot was refused."""
    write_settings(edition, channel=channel, smtp=None)
    for words in (("recipients",), ("messages",), ("send",)):
        code, said = run(*words)
        assert code == 3 and "field channel: nothing says how to reach smtp" in said and "`smtp:`" in said


def test_what_is_there_is_never_overwritten(edition, run):
    settings = (edition.paths.folder / "delivery.yaml").read_bytes()
    (edition.paths.local / "recipients.csv").unlink()
    assert run("recipients")[0] == 6
    assert (edition.paths.folder / "delivery.yaml").read_bytes() == settings


def test_every_fault_is_named_at_once(edition, run):
    rows = [make_row(edition, urn) for urn in (OWN, OTHER)]
    rows += [make_row(edition, 899999), make_row(edition, OWN, "chair", email="chair@elsewhere.example")]
    rows += [make_row(edition, OTHER, "parent")]
    write_recipients(edition, rows)
    code, said = run("recipients")
    assert code == 3
    for part in ("closed on 31 August 2024", "no message may go to elsewhere.example", "'parent' is no role"):
        assert part in said
    assert f"(URN {THIRD}): nobody receives this school's report" in said


def test_no_line_break_in_a_name_gets_further_than_the_address_book(edition, run):
    write_recipients(
        edition, [make_row(edition, urn, name="H. Oakley\r\nBcc: all@example.org") for urn in edition.schools]
    )
    for verb in ("recipients", "messages", "send"):
        code, said = run(verb)
        assert code == 3
        assert "the name holds a line break" in said


def test_a_question_stops_a_live_sending_and_no_rehearsal(edition, run):
    shared = f"office@{DOMAIN}"
    rows = [make_row(edition, urn, email=shared) for urn in (OWN, OTHER)]
    write_recipients(edition, [*rows, make_row(edition, THIRD)])
    code, said = run("recipients")
    assert code == 6 and f"{shared} would get the reports of 2 schools" in said
    assert run("send")[0] == 0
    approve(run)
    code, said = run("send", "--live", "--schools", 3)
    assert code == 6 and "shared_addresses" in said
    write_settings(edition, shared_addresses=[shared])
    assert run("send", "--live", "--schools", 3)[0] == 0


def test_a_row_that_was_copied_and_half_corrected_holds_everything(edition, run):
    rows = list_rows(edition)
    write_recipients(edition, [{**rows[0], "school": edition.schools[OTHER]}, *rows[1:]])
    for verb in ("recipients", "send"):
        code, said = run(verb)
        assert code == 3 and "line 2, column urn" in said and edition.schools[OTHER] in said
    assert list_drafts(edition) == []


# Messages and approval


def test_messages_are_written_for_looking_at(edition, run):
    code, said = run("messages", "--urn", OWN)
    assert code == 0
    page = edition.paths.reports / "delivery" / "previews" / "index.html"
    assert "previews/index.html" in said and page.is_file()
    written = "".join(path.read_text(encoding="utf-8") for path in page.parent.rglob("*") if path.suffix != ".pdf")
    assert edition.schools[OWN] in written and edition.schools[OTHER] not in written
    assert not any(secret in written for secret in SECRETS)


def test_a_school_without_a_report_can_be_named_and_is_refused(run):
    code, said = run("messages", "--urn", 899999)
    assert code == 1 and "no report is due for URN 899999 Old Lane Primary School" in said


def test_the_number_of_schools_is_typed(run):
    code, said = run("approve", "--by", "Jane Smith", typed="2\n")
    assert code == 1 and "the number given is 2" in said
    assert run("send", "--live", "--schools", 3)[0] == 6
    code, said = run("approve", "--by", "Jane Smith", typed="3\n")
    assert code == 0 and "Jane Smith has approved 6 messages about 3 schools" in said
    code, said = run("send", "--live", typed="4\n")
    assert code == 1 and "the number given is 4" in said
    assert run("send", "--live", typed="3\n")[0] == 0


def test_an_approval_of_another_sheet_is_refused(run):
    code, said = run("approve", "--by", "Jane Smith", "--schools", 3, "--sheet", "0000-0000-0000")
    assert code == 1 and "the sheet 0000-0000-0000 is not that of these messages" in said
    assert run("send", "--live", "--schools", 3)[0] == 6


def test_two_people_approve_where_two_must(edition, run):
    write_settings(edition, approvals=2)
    for by in ("Jane Smith", "jane  smith"):
        code, said = run("approve", "--by", by, "--schools", 3)
        assert code == 6 and "A second person must" in said
    assert run("send", "--live", "--schools", 3)[0] == 6
    approve(run, by="K. Jones")
    assert run("send", "--live", "--schools", 3)[0] == 0


def test_nothing_leaves_without_approval(posted, server, run):
    code, said = run("send", "--live", "--schools", 3)
    assert code == 6 and "6 of 6 messages must be approved first" in said
    assert server.received() == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda edition: write_report(edition, OWN, edition.schools[OWN], words="One more sentence."), "the report"),
        (
            lambda edition: write_recipients(edition, [*list_rows(edition)[1:], make_row(edition, OWN, email=NEW)]),
            f"the address (it was head.{OWN}@{DOMAIN})",
        ),
        (lambda edition: write_settings(edition, contact="Somebody else, 01632 960999"), "the words"),
    ],
)
def test_what_changed_after_the_approval_does_not_leave(edition, run, change, said):
    approve(run)
    change(edition)
    code, found = run("send", "--live", "--schools", 3)
    assert code == 6
    assert "changed since Jane Smith approved it" in found and said in found
    assert list_drafts(edition, "drafts") == []


# What is not of one school


def test_swapped_reports_stop_everything(posted, server, run):
    approve(run)
    one, other = (posted.paths.school(urn) / "report.pdf" for urn in (OWN, OTHER))
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second), other.write_bytes(first)
    for words in ((), ("--live", "--schools", 3), ("--pilot", "me@marlshire.example.org")):
        code, said = run("send", *words)
        assert code == 5
        for urn in (OWN, OTHER):
            assert f"URN {urn}, {posted.schools[urn]}: report.pdf is not the file that was made" in said
    assert server.received() == []


def test_swapped_reports_whose_account_was_written_anew_stop_everything(posted, server, run):
    for urn, other in ((OWN, OTHER), (OTHER, OWN)):
        content = (posted.paths.school(other) / "report.pdf").read_bytes()
        (posted.paths.school(urn) / "swapped.pdf").write_bytes(content)
    for urn in (OWN, OTHER):
        (posted.paths.school(urn) / "swapped.pdf").replace(posted.paths.school(urn) / "report.pdf")
        sign_report(posted, urn)
    for verb in ("messages", "send"):
        code, said = run(verb)
        assert code == 7
        assert f"no URN {OWN} in the PDF's first page" in said
    assert run("approve", "--by", "Jane Smith", "--schools", 3)[0] == 7
    assert run("send", "--pilot", "me@marlshire.example.org")[0] == 7
    assert server.received() == []


def test_renamed_folders_stop_everything(posted, server, run):
    one, other = posted.paths.school(OWN), posted.paths.school(OTHER)
    aside = one.with_name("aside")
    one.rename(aside), other.rename(one), aside.rename(other)
    code, said = run("send", "--live", "--schools", 3)
    assert code == 5 and f"the report in its folder is of URN {OTHER}" in said
    assert server.received() == []


def test_a_line_break_in_the_senders_name_stops_everything(posted, server, run):
    sender = {"name": "Marlshire\r\nBcc: all@example.org", "address": "reports@marlshire.example.org"}
    write_settings(posted, channel="smtp", smtp=server.settings().model_dump(), sender=sender)
    for words in ((), ("--pilot", "me@marlshire.example.org")):
        assert run("send", *words)[0] in (3, 7)
    assert server.received() == []


# Sending


def list_drafts(edition, folder="rehearsal"):
    return sorted((edition.paths.reports / "delivery" / folder).glob("*.eml"))


def test_a_rehearsal_writes_drafts_and_nothing_leaves(posted, server, run):
    code, said = run("send")
    assert code == 0 and re.search(r"drafts written +6 +3", said)
    drafts = list_drafts(posted)
    assert len(drafts) == 6
    for path in drafts:
        draft = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
        urn = int(path.name[:6])
        assert draft["X-Unsent"] == "1"
        (attached,) = draft.iter_attachments()
        assert attached.get_content() == (posted.paths.school(urn) / "report.pdf").read_bytes()
        assert attached.get_filename().startswith(f"{urn} ")
    assert server.received() == []
    assert "not sent yet" in run("status")[1]


def test_a_pilot_goes_to_one_mailbox_and_counts_for_nothing(posted, server, run):
    code, said = run("send", "--pilot", "me@marlshire.example.org")
    assert code == 0 and "all to me@marlshire.example.org" in said
    assert find_addresses(server) == ["me@marlshire.example.org"] * 6
    approve(run)
    assert run("send", "--live", "--schools", 3)[0] == 0
    assert find_addresses(server)[:6] == list_addresses(posted)


def test_a_pilot_by_folder_leaves_no_draft_that_counts_as_sent(edition, run):
    """Its drafts lay among those of a live sending: `send` and `status` then took the ledger for one that is behind."""
    deputies = [make_row(edition, urn, name="K. Deputy", email=f"deputy.{urn}@{DOMAIN}") for urn in edition.schools]
    write_recipients(edition, [*list_rows(edition), *deputies])
    write_settings(edition, job_shares=list(edition.schools))
    for _ in range(2):
        code, said = run("send", "--pilot", "me@marlshire.example.org")
        assert code == 0 and re.search(r"delivery/pilot: open each .* yourself\. They count for nothing", said)
        assert len(list_drafts(edition, "pilot")) == 9 and list_drafts(edition, "drafts") == []
        assert run("status")[0] == 0
    approve(run)
    code, said = run("send", "--live", "--schools", 3)
    assert code == 0 and "No earlier sending is known" in said and re.search(r"sent +9 +3", said)
    assert len(list_drafts(edition, "drafts")) == 9
    assert re.search(r"\bsent +9\b", run("status")[1])


@pytest.mark.parametrize("place", ["ledger", "journal"])
def test_what_a_pilot_leaves_is_never_taken_for_a_live_sending(posted, server, run, place):
    """Pilots by a server and by folder, the mailbox being a recipient's own; then ledger or journal is lost."""
    own = make_row(posted, OWN)
    write_recipients(posted, [own, make_row(posted, OTHER, channel="folder"), make_row(posted, THIRD)])
    assert run("send", "--pilot", own["email"])[0] == 0
    assert run("status")[0] == 0
    lost = {"ledger": posted.paths.ledger, "journal": posted.paths.delivery / "journal.jsonl"}[place]
    for file in lost.parent.glob(f"{lost.name}*"):
        file.unlink()
    assert run("recover", "--by", "Jane Smith")[0] == 0
    with Ledger(posted.paths) as ledger:
        assert ledger.list_attempts() == [] and len(ledger.list_attempts("pilot")) == 3
    approve(run)
    assert run("send", "--live", "--schools", 3)[0] == 0
    assert find_addresses(server).count(own["email"]) == 3


def test_a_pilot_to_a_strangers_mailbox_is_refused(posted, server, run):
    code, said = run("send", "--pilot", "me@elsewhere.example")
    assert code == 7 and "allowed domain" in said
    assert server.received() == []


def test_what_was_sent_is_not_sent_again(posted, server, run):
    approve(run)
    assert run("send", "--live", "--schools", 3)[0] == 0
    assert find_addresses(server) == list_addresses(posted)
    code, said = run("send", "--live")
    assert code == 0 and re.search(r"sent before +6 +3", said)
    assert len(server.received()) == 6


def test_some_schools_can_be_sent_first(posted, server, run):
    approve(run)
    assert run("send", "--live", "--urn", OTHER, "--schools", 1)[0] == 0
    assert find_addresses(server) == list_addresses(posted, urns=[OTHER])
    assert run("send", "--live", "--schools", 2)[0] == 0
    assert find_addresses(server) == list_addresses(posted)


def test_one_bad_address_stops_nobody_else_and_is_sent_once_mended(posted, server, run):
    gone = make_row(posted, OTHER, "head")["email"]
    server.faults.append(Fault("RCPT", address=gone, reply="550 5.1.1 No such mailbox"))
    approve(run)
    code, said = run("send", "--live", "--schools", 3)
    assert code == 7
    assert f"Not sent: URN {OTHER}, {posted.schools[OTHER]}, to {gone}: refused" in said
    assert "No such mailbox" in said and "Next: Mend the address" in said
    assert find_addresses(server) == [address for address in list_addresses(posted) if address != gone]
    write_recipients(posted, [{**row, "email": NEW} if row["email"] == gone else row for row in list_rows(posted)])
    assert run("send", "--live")[0] == 6
    approve(run)
    assert run("send", "--live", "--schools", 1)[0] == 0
    assert find_addresses(server).count(NEW) == 1 and len(server.received()) == 6


def test_a_ledger_that_was_put_back_from_a_copy_sends_nothing_and_its_pages_stay(posted, server, run, tmp_path):
    approve(run)
    assert run("send", "--live", "--urn", OTHER, "--schools", 1)[0] == 0
    copy = shutil.copytree(posted.paths.ledger.parent, tmp_path / "copy")
    assert run("send", "--live", "--schools", 2)[0] == 0
    shutil.rmtree(posted.paths.ledger.parent)
    for bring in (
        lambda: shutil.copytree(copy, posted.paths.ledger.parent),
        lambda: shutil.rmtree(posted.paths.ledger.parent),
    ):
        bring()
        pages = {name: (posted.paths.delivery / name).read_bytes() for name in ("index.html", "status.csv")}
        for words in (
            ("send", "--live", "--schools", 3),
            ("status",),
            ("approve", "--by", "Jane Smith", "--schools", 3),
        ):
            code, said = run(*words)
            assert code == 6 and "python -m pipeline recover county" in said
        assert pages == {name: (posted.paths.delivery / name).read_bytes() for name in pages}
    assert find_addresses(server) == list_addresses(posted)
    code, said = run("recover", "--by", "Jane Smith")
    assert code == 0 and "The ledger is complete again" in said
    assert run("send", "--live")[0] == 0 and run("status")[0] == 0
    assert find_addresses(server) == list_addresses(posted)


def test_pilot_and_live_together_are_wrong_usage(run):
    assert run("send", "--pilot", "me@marlshire.example.org", "--live")[0] == 2
    assert run("send", "--schools", 3)[0] == 2


# Afterwards


def begin_and_be_killed(edition, urn=OWN):
    """Leave an attempt as a process does that is killed while a message is in hand."""
    delivery = open_delivery(edition.workspace, "county")
    (message, *_) = compose_messages(delivery, [urn])
    with Ledger(edition.paths) as ledger:
        return ledger.begin(message, "smtp").id, message.recipient.address


def test_what_may_have_been_sent_waits_for_a_decision(posted, server, run):
    approve(run)
    attempt, address = begin_and_be_killed(posted)
    code, said = run("send", "--live", "--schools", 3)
    assert code == 6 and f"attempt {attempt}" in said
    assert address not in find_addresses(server)
    code, said = run("status")
    assert code == 6 and f"May have been sent: {address}" in said and f"decide county {attempt}" in said
    assert run("decide", attempt, "not-sent", "--by", "Jane Smith", "--why", "The school has nothing")[0] == 0
    assert run("send", "--live", "--schools", 1)[0] == 0
    assert find_addresses(server) == list_addresses(posted)
    assert run("status")[0] == 0


def test_what_a_person_found_sent_is_not_sent_again(posted, server, run):
    approve(run)
    attempt, address = begin_and_be_killed(posted)
    assert run("decide", attempt, "sent", "--by", "Jane Smith", "--why", "The school has it")[0] == 0
    assert run("send", "--live", "--schools", 3)[0] == 0
    assert address not in find_addresses(server) and len(server.received()) == 5
    code, said = run("decide", attempt, "sent", "--by", "Jane Smith", "--why", "again")
    assert code == 1 and "not open to a decision" in said


def read_subjects(server, which=slice(None)):
    return [str(received.message["Subject"]) for received in server.received()[which]]


def test_a_correction_goes_to_those_who_had_the_report_once_for_its_reason(posted, server, run):
    approve(run)
    correct = ("resend", "--urn", OWN, "--by", "Jane Smith", "--reason", "The roll was wrong", "--schools", 1)
    assert run(*correct)[0] == 6  # nothing was sent to them before
    assert run("send", "--live", "--schools", 3)[0] == 0
    write_report(posted, OWN, posted.schools[OWN], words="The roll is 402.")
    code, said = run("send", "--live")
    assert code == 6 and "Send it by `resend`, with a reason" in said
    assert run(*correct)[0] == 6  # what is corrected is approved first
    approve(run, schools=3)
    for name in ("Jane Smith", "Jane Smith", "Ann Other"):  # whoever asks, it is the same correction
        assert run(*(name if word == "Jane Smith" else word for word in correct))[0] == 0
    assert find_addresses(server) == sorted([*list_addresses(posted), *list_addresses(posted, urns=[OWN])])
    sent, corrected = (read_subjects(server, number) for number in (slice(6), slice(6, None)))
    assert len(corrected) == 2 and all(": corrected school report, " in subject for subject in corrected)
    assert not [subject for subject in sent if "correct" in subject]
    assert "The roll was wrong (asked for by Jane Smith)" in run("status")[1] + (
        posted.paths.reports / "delivery" / "status.csv"
    ).read_text(encoding="utf-8-sig")
    assert (posted.paths.school(OWN) / "report.pdf").read_bytes() in [
        next(received.message.iter_attachments()).get_content() for received in server.received()
    ]


def test_a_correction_speaks_of_the_sending_before_it(posted, server, run):
    """It said that no earlier sending is known, and that `send` repeats a correction that did not leave."""
    approve(run)
    assert run("send", "--live", "--schools", 3)[0] == 0
    correct = ("resend", "--urn", OWN, "--by", "Jane Smith", "--reason", "It was lost", "--schools", 1)
    server.faults.append(Fault("dot", drop=True, address=list_addresses(posted)[0], times=1))
    code, said = run(*correct)
    assert code == 6 and "No earlier sending is known" not in said
    assert "2 messages bring the very report that has reached its reader before" in said
    assert not [subject for subject in read_subjects(server) if "correct" in subject]  # nothing of it was
    attempt = re.search(r"\(attempt (\d+)\)", said)[1]
    code, said = run("decide", attempt, "not-sent", "--by", "Jane Smith", "--why", "Nobody has it")
    assert code == 0 and '`resend` with the same reason sends it: "It was lost"' in said
    code, said = run(*correct)
    assert code == 0 and "1 message was sent before and stays as it is." in said


def test_status_shows_everybody_and_gives_a_table(posted, run, tmp_path):
    approve(run)
    assert run("send", "--live", "--urn", OWN, "--schools", 1)[0] == 0
    table = tmp_path / "standing.csv"
    code, said = run("status", "--csv", table)
    assert code == 0
    for words, number in (("sent", 2), ("not sent yet", 4), ("schools not due", 1)):
        assert re.search(rf"^{words} +{number}$", said, re.MULTILINE), words
    text = table.read_text(encoding="utf-8-sig")
    assert all(address in text for address in list_addresses(posted))
    assert (posted.paths.reports / "delivery" / "index.html").is_file()


def test_status_is_shown_though_the_address_book_has_a_fault(posted, run):
    approve(run)
    assert run("send", "--live", "--schools", 3)[0] == 0
    (posted.paths.local / "recipients.csv").write_text("urn,role\n", encoding="utf-8")
    code, said = run("status")
    assert code == 0
    assert "Only what the ledger knows is shown" in said and re.search(r"sent +6\n", said)


def test_no_secret_of_officers_reaches_anybody(posted, server, run):
    approve(run)
    run("send", "--live", "--schools", 3)
    for received in server.received():
        message = received.message
        words = "".join(part.get_content() for part in message.walk() if part.get_content_maintype() == "text")
        assert not any(secret in words for secret in SECRETS)
        assert [part.get_filename()[-4:] for part in message.iter_attachments()] == [".pdf"]
