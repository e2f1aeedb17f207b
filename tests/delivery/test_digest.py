"""An adviser's digest: one mail with all of their schools, by the way of every other message, and never to a school."""

from __future__ import annotations

from dataclasses import replace

import pytest
from delivered_edition import ORGANISATION, SECRETS, make_row, write_recipients, write_report, write_settings
from test_readiness import put_on_hold
from test_verbs import approve, list_drafts

from pipeline.delivery.accounting.ledger import Ledger
from pipeline.delivery.edition import compose_messages, open_delivery
from pipeline.delivery.releasing.guard import check_agreement
from pipeline.delivery.settings import read_settings
from pipeline.foundation.errors import FaultyInput

OWN, OTHER, THIRD = 900001, 900002, 900003
JO, KAY = "jo.marlow@marlshire.example.org", "kay.birch@marlshire.example.org"

HEAD = f"head.{OWN}@schools.example.org"


@pytest.fixture
def advised(edition, server):
    """The edition, two of whose schools one person advises and one another; all by ``server``."""
    rows = [make_row(edition, urn) for urn in edition.schools]
    rows += [make_row(edition, urn, "adviser", name="Jo Marlow", email=JO) for urn in (OWN, OTHER)]
    rows.append(make_row(edition, THIRD, "adviser", name="Kay Birch", email=KAY))
    write_recipients(edition, rows)
    write_settings(edition, channel="smtp", smtp=server.settings().model_dump(), digests=["adviser"])
    return edition


def compose(edition, *urns):
    return compose_messages(open_delivery(edition.workspace, "county"), urns)


def find_digest(edition, address=JO):
    (digest,) = (message for message in compose(edition) if message.recipient.address == address)
    return digest


@pytest.mark.slow
def test_a_digest_names_all_schools_of_one_adviser_and_brings_each_report(advised):
    messages = compose(advised)
    assert len(messages) == 5  # three heads, two advisers
    digest = find_digest(advised)
    assert digest.urns == (OWN, OTHER) and digest.school == "2 schools"
    assert digest.subject == "Your 2 schools: school reports, Marlshire, autumn 2025"
    for urn in (OWN, OTHER):
        for said in (digest.text, digest.html):
            assert f"{advised.schools[urn]} (URN {urn})" in said
    assert str(THIRD) not in digest.text + digest.html
    contents = [(advised.paths.school(urn) / "report.pdf").read_bytes() for urn in (OWN, OTHER)]
    assert [one.content for one in digest.attachments] == contents
    assert [one.name[:6] for one in digest.attachments] == [str(OWN), str(OTHER)]
    assert check_agreement(advised.paths, digest) == []


@pytest.mark.slow
def test_text_and_html_of_a_digest_say_the_same(advised):
    digest = find_digest(advised)
    from pipeline.delivery.releasing.guard import _read_page

    page = " ".join(" ".join(_read_page(digest.html.partition("<main>")[2]).words).split())
    text = " ".join(digest.text.replace("\n- ", "\n").split())
    assert page == text


@pytest.mark.slow
def test_a_digest_of_other_reports_than_before_says_that_they_are_corrected(advised):
    with Ledger(advised.paths) as ledger:
        for address in (JO, KAY):
            ledger.finish(ledger.begin(find_digest(advised, address), "smtp"), "sent", "250 Ok")
    write_report(advised, OWN, advised.schools[OWN], words="The roll is 402.")
    corrected, same = find_digest(advised), find_digest(advised, KAY)
    assert corrected.subject.startswith("Your 2 schools: corrected school reports, ")
    for said in (corrected.text, corrected.html):
        assert "use them in place of those that were sent to you before." in said
    assert "correct" not in same.subject + same.text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["School Improvement", ORGANISATION])
def test_who_writes_a_digest_is_named_once(advised, name):
    write_settings(advised, digests=["adviser"], sender={"name": name, "address": "reports@marlshire.example.org"})
    digest, signed = find_digest(advised), list(dict.fromkeys([name, ORGANISATION]))
    assert digest.text.split("\n\n")[-1].splitlines() == signed
    assert digest.html.split("<p>")[-1].partition("</p>")[0].split("<br>\n") == signed


@pytest.mark.slow
def test_a_digest_holds_nothing_that_officers_alone_may_read(advised):
    digest = find_digest(advised, KAY)  # of a school whose panel gave a reason
    assert not any(secret in digest.text + digest.html + digest.subject for secret in SECRETS)
    told = replace(digest, text=digest.text + f"\n{SECRETS[3]}")
    assert "holds what officers alone may read" in " ".join(check_agreement(advised.paths, told))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda one, edition: replace(one, text=one.text + f" {edition.schools[THIRD]}"),
            "none of the digest's schools",
        ),
        (lambda one, edition: replace(one, html=one.html + f"<p>{THIRD}</p>"), f"names URN {THIRD}"),
        (lambda one, edition: replace(one, text=one.text.replace(str(OTHER), "")), f"does not hold URN {OTHER}"),
        (lambda one, edition: replace(one, about=one.about[:1]), f"differ about {JO}: URN {OTHER}"),
        (lambda one, edition: replace(one, report="0" * 64), "about other reports than those in place"),
        (lambda one, edition: replace(one, attachments=swap(one.attachments)), "is not what stands at"),
        (
            lambda one, edition: replace(one, recipient=replace(one.recipient, role="head")),
            "which the address book has as head",
        ),
        (
            lambda one, edition: replace(
                one, recipient=replace(one.recipient, address=f"head.{OWN}@schools.example.org")
            ),
            "which the address book has as head",
        ),
    ],
)
def test_what_is_wrong_with_a_digest_is_named(advised, spoil, said):
    assert said in "\n".join(check_agreement(advised.paths, spoil(find_digest(advised), advised)))


def swap(attachments):
    first, second = attachments
    return (replace(first, content=second.content), replace(second, content=first.content))


@pytest.mark.slow
def test_a_digest_to_an_address_that_a_school_has_too_stops_everything(advised, server, run):
    rows = [make_row(advised, urn) for urn in advised.schools]
    rows += [make_row(advised, OTHER, "adviser", email=rows[0]["email"])]
    write_recipients(advised, rows)
    code, said = run("messages")
    assert code == 7 and "a digest of several schools would go to" in said
    assert run("approve", "--by", "Jane Smith", "--schools", 3)[0] == 7
    assert server.received() == []


@pytest.mark.slow
def test_a_role_at_a_school_can_get_no_digest(advised):
    write_settings(advised, digests=["head"])
    with pytest.raises(FaultyInput, match="roles_with_many_schools"):
        read_settings(advised.paths)


@pytest.mark.slow
def test_digests_are_approved_sent_once_and_shown_like_every_message(advised, server, run):
    assert run("messages")[0] == 0
    names = {path.name for path in (advised.paths.delivery / "previews").glob("digest-*")}
    assert names == {f"digest-adviser{suffix}" for suffix in (".html", "-2.html", ".message.html", "-2.message.html")}
    assert "5 messages about 3 schools" in approve(run)
    sheet = (advised.paths.delivery / "sheet.html").read_text(encoding="utf-8")
    assert "schools/0/" not in sheet and ">0<" not in sheet
    assert run("send")[0] == 0 and len(list_drafts(advised)) == 5
    assert run("send", "--live", "--schools", 3)[0] == 0
    received = {address: mail for mail in server.received() for address in mail.recipients}
    assert len(server.received()) == 5 and {JO, KAY} <= set(received)
    assert run("send", "--live")[0] == 0 and len(server.received()) == 5
    assert run("status")[0] == 0
    table = (advised.paths.delivery / "status.csv").read_text(encoding="utf-8-sig")
    assert "county,,2 schools,adviser,Jo Marlow" in table and table.count(",sent,") == 5


@pytest.mark.slow
def test_a_digest_waits_for_each_of_its_schools_and_is_current_with_them(advised, server, run):
    put_on_hold(advised, f"{OTHER},The roll is being looked into.,A. Adviser")
    approve(run)
    code, _ = run("send", "--live", "--schools", 2)
    assert code == 6
    addresses = sorted(address for mail in server.received() for address in mail.recipients)
    assert addresses == sorted([f"head.{OWN}@schools.example.org", f"head.{THIRD}@schools.example.org", KAY])
    put_on_hold(advised)
    write_report(advised, OTHER, advised.schools[OTHER], words="One more sentence.")
    code, said = run("send", "--live", "--schools", 2)
    assert code == 6 and "2 of 2 messages must be approved first" in said


@pytest.mark.slow
def test_of_some_schools_a_digest_goes_only_where_all_of_its_schools_are_among_them(advised):
    assert [message.recipient.address for message in compose(advised, OWN)] == [f"head.{OWN}@schools.example.org"]
    assert JO in [message.recipient.address for message in compose(advised, OWN, OTHER)]
