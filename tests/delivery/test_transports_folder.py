"""Drafts in a folder: what a rehearsal leaves to be looked at, and what is sent by hand."""

from __future__ import annotations

from dataclasses import replace
from email import policy
from email.parser import BytesParser

import pytest
from small_message import PDF, make_message

from pipeline.delivery.mail.message import Recipient
from pipeline.delivery.settings import DeliverySettings
from pipeline.delivery.transports import WrongSetting
from pipeline.delivery.transports.folder import DRAFTS, PILOT, Folder
from pipeline.delivery.transports.opening import open_rehearsal, open_transport
from pipeline.foundation.paths import Workspace


def test_a_draft_is_named_by_school_and_person_and_holds_the_whole_message(tmp_path):
    with Folder(tmp_path / "drafts") as folder:
        receipt = folder.send(make_message(), "900003-ab")
    [draft] = (tmp_path / "drafts").iterdir()
    assert draft.name == receipt.reference == "900003 head head.900003@schools.example.org.eml"
    mime = BytesParser(policy=policy.default).parsebytes(draft.read_bytes())
    assert mime["X-Unsent"] == "1"
    assert [part.get_content() for part in mime.iter_attachments()] == [PDF]


def test_the_same_rehearsal_gives_the_same_bytes(tmp_path):
    for name, reference in (("one", "900003-ab"), ("two", "900003-cd")):
        with Folder(tmp_path / name) as folder:
            folder.send(make_message(), reference)
    [first], [second] = ((tmp_path / name).iterdir() for name in ("one", "two"))
    assert (first.name, first.read_bytes()) == (second.name, second.read_bytes())


def test_a_newer_report_takes_the_place_of_the_draft_before_it(tmp_path):
    with Folder(tmp_path) as folder:
        folder.send(make_message(), "900003-ab")
        folder.send(make_message(content=b"%PDF-1.7 newer"), "900003-cd")
    [draft] = tmp_path.iterdir()
    assert b"JVBERi0xLjcgbmV3ZXI=" in draft.read_bytes()


def test_people_whose_addresses_differ_only_in_signs_get_a_draft_each(tmp_path):
    with Folder(tmp_path) as folder:
        for address in ("h/oakley@schools.example.org", "h*oakley@schools.example.org", "h_oakley@schools.example.org"):
            folder.send(make_message(address=address), "900003-ab")
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("role", ["../../head", "head\\..", "a" * 300])
def test_no_word_of_the_address_book_leads_out_of_the_folder(tmp_path, role):
    recipient = Recipient(900003, role, "H. Oakley", "head@schools.example.org")
    with Folder(tmp_path / "drafts") as folder:
        folder.send(replace(make_message(), recipient=recipient), "900003-ab")
    assert [path.parent for path in tmp_path.rglob("*.eml")] == [tmp_path / "drafts"]


def test_a_rehearsal_begins_without_the_drafts_of_an_earlier_one(tmp_path):
    paths = Workspace(tmp_path).edition("county")
    for urn in (900003, 900004):
        with open_rehearsal(paths) as folder:
            folder.send(make_message(urn), f"{urn}-ab")
    assert [path.name[:6] for path in (paths.reports / "delivery" / "rehearsal").iterdir()] == ["900004"]


def test_a_pilot_has_a_draft_of_each_message_though_all_go_to_one_mailbox(tmp_path):
    paths = Workspace(tmp_path).edition("county")
    for _ in range(2):
        with open_transport("folder", make_settings(), paths, pilot=True) as folder:
            for person in ("head", "second.head"):
                folder.send(make_message(subject=f"[Pilot, for {person}@schools.example.org] Report"), "900003-ab")
        assert len(list((paths.delivery / PILOT).iterdir())) == 2
    assert not (paths.delivery / DRAFTS).exists()


def test_drafts_to_be_sent_by_hand_stay_when_others_follow(tmp_path):
    paths = Workspace(tmp_path).edition("county")
    for urn in (900003, 900004):
        with open_transport("folder", make_settings(), paths) as folder:
            folder.send(make_message(urn), f"{urn}-ab")
    assert len(list((paths.reports / "delivery" / "drafts").iterdir())) == 2


@pytest.mark.parametrize("name", ["smtp", "notify", "microsoft365"])
def test_a_channel_that_delivery_yaml_says_nothing_of_is_named(tmp_path, name):
    with pytest.raises(WrongSetting, match=f"how to reach {name}") as raised:
        open_transport(name, make_settings(), Workspace(tmp_path).edition("county"))
    assert raised.value.where == "county/delivery.yaml"


def make_settings(**sections: object) -> DeliverySettings:
    return DeliverySettings.model_validate(
        {
            "sender": {"name": "Marlshire School Improvement", "address": "reports@marlshire.example.org"},
            "contact": "improvement@marlshire.example.org",
            "allowed_domains": ["schools.example.org"],
            **sections,
        }
    )
