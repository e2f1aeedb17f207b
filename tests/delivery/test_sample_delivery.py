"""The samples' address books and settings can be used as they are, and lead to nobody."""

from __future__ import annotations

import csv

import pytest

from pipeline.delivery.addressing.address_book import compose_empty_address_book, read_address_book
from pipeline.delivery.addressing.addresses import ask_about_addresses
from pipeline.delivery.addressing.schools import SchoolNote
from pipeline.delivery.settings import read_settings
from pipeline.edition.editions import load_edition, read_policy_of
from pipeline.foundation.paths import Workspace, find_project
from pipeline.sample.country import found_county, found_trust

SAMPLES = {"sample": found_county, "sample-trust": found_trust}


@pytest.fixture(params=SAMPLES)
def sample(request):
    """A shipped edition with the schools that are due in it, as a run of it finds them."""
    schools = [one for one in SAMPLES[request.param]() if not one.closed and not one.independent]
    return load_edition(Workspace(find_project()), request.param), {one.urn: one.name for one in schools}


@pytest.fixture
def book(sample):
    edition, due = sample
    return read_address_book(edition.paths, read_settings(edition.paths), read_policy_of(edition), due, {})


def test_the_address_book_has_no_fault_and_nothing_to_ask(sample, book):
    _, due = sample
    assert book.questions == ()
    assert {one.urn for one in book.recipients} == set(due)
    for role in ("head", "chair"):
        assert sorted(one.urn for one in book.recipients if one.role == role) == sorted(due)


def test_no_address_is_taken_for_another_schools(sample, book):
    edition, due = sample
    notes = {urn: SchoolNote(urn, (name,), places=("Marlshire",)) for urn, name in due.items()}
    numbers = dict(due)
    assert ask_about_addresses(book.recipients, read_settings(edition.paths), notes, numbers) == []


def test_no_address_leads_to_anybody(sample, book):
    edition, _ = sample
    settings = read_settings(edition.paths)
    addresses = [one.address for one in book.recipients] + [settings.sender.address, settings.smtp.host]
    assert all(address.endswith(".example") for address in addresses)


def test_the_headings_are_those_of_the_template(sample):
    edition, _ = sample
    with (edition.paths.local / "recipients.csv").open(encoding="utf-8", newline="") as stream:
        headings = next(csv.reader(stream))
    assert headings == [*compose_empty_address_book().splitlines()[0].split(","), "school"]
