"""Addresses that tell of another school than their row are asked about; others are not.

Before, two heads' addresses could stand beside each other's schools without a question.
"""

from __future__ import annotations

import csv
import unicodedata

import pytest
from delivered_edition import DOMAIN, make_row, name_schools, write_recipients
from small_messages import make_settings
from test_readiness import add_edition, answer, find_codes
from test_verbs import approve, find_addresses, list_addresses, list_rows

from pipeline.delivery.accounting.ledger import Ledger
from pipeline.delivery.addressing.addresses import EarlierRow, ask_about_addresses
from pipeline.delivery.addressing.schools import SchoolNote
from pipeline.delivery.mail.message import Recipient

OWN, OTHER, THIRD = 900001, 900002, 900003

NOTES = {
    note.urn: note
    for note in (
        SchoolNote(900001, ("Larkstead Primary School",), 9982001, ("Larkstead", "Marlshire"), frozenset({900101})),
        SchoolNote(900002, ("St. Wilfrith's CofE Primary School",), 9983002, ("Larkstead", "Marlshire")),
        SchoolNote(900003, ("Pellbury Rise Primary School", "Pellbury Road School"), 9982003, ("Pellbury",)),
        SchoolNote(900004, ("Quenford Infant School",), 9982004, ("Quenford",)),
        SchoolNote(900005, ("Quenford Junior School",), 9982005, ("Quenford",)),
        SchoolNote(900006, ("Oak Academy",), 9984006, ("Marl", "Marlshire", "The Larkmere Schools Trust")),
        SchoolNote(900007, ("Larkmere High School",), 9984007, ("Marl",)),
        SchoolNote(900008, ("Penhale School",), 9984008, ("Marl",)),
        SchoolNote(900009, ("Penhale Cross Primary School",), 9982009, ("Marl",)),
    )
}
NUMBERS = {number: note.name for note in NOTES.values() for number in (note.urn, note.laestab)}
NUMBERS |= {123456: "A School Elsewhere", 8852034: "A School Elsewhere"}


def ask(*rows, earlier=(), **settings):
    """What is asked about an address book of ``rows``: URN, address, and role and name where they matter."""
    recipients = [
        Recipient(row[0], row[2] if len(row) > 2 else "head", row[3] if len(row) > 3 else "", row[1], "", line)
        for line, row in enumerate(rows, start=2)
    ]
    return ask_about_addresses(recipients, make_settings(**settings), NOTES, NUMBERS, earlier)


@pytest.mark.parametrize(
    ("urn", "address", "named"),
    [
        (900001, "head.900002@schools.example", "it holds 900002, the URN of St. Wilfrith's"),
        (900001, "head@900002.schools.example", "it holds 900002"),
        (900001, "head.123456@schools.example", "the URN of A School Elsewhere"),
        (900001, "office9983002@schools.example", "it holds 9983002, the number of St. Wilfrith's"),
        (900001, "office.998-3002@schools.example", "it holds 9983002"),
        (900001, "head@stwilfriths.marlshire.sch.uk", "it names St. Wilfrith's"),
        (900001, "head@st-wilfriths-primary.co.uk", "it names St. Wilfrith's"),
        (900001, "office.stwilfriths@marlshire.gov.uk", "it names St. Wilfrith's"),
        (900001, "head@pellburyroad.example", "it names Pellbury Rise"),  # its former name
        (900001, "pellbury.rise@schools.marlshire.gov.uk", "it names Pellbury Rise"),  # no word of a role
        (900004, "head@quenfordjuniors.example", "it names Quenford Junior"),
        (900005, "head@quenford-infant.example", "it names Quenford Infant"),
        (900001, "head@oak.marlshire.sch.uk", "it names Oak Academy"),
        (900001, "admin@oakacademy.org", "it names Oak Academy"),
    ],
)
def test_an_address_that_tells_of_another_school_is_asked_about(urn, address, named):
    (question,) = ask((urn, address))
    assert named in question.what and NOTES[urn].name in question.what and address in question.what
    assert question.urn == urn and "line 2" in question.remedy


@pytest.mark.parametrize(
    ("urn", "address", "name"),
    [
        (900001, "head.900001@schools.example", ""),
        (900001, "head.900101@schools.example", ""),  # the URN it had before
        (900001, "office9982001@schools.example", ""),
        (900001, "head2024@schools.example", ""),
        (900001, "head@schools.example", ""),
        (900001, "chairofgovernors@marlshire.gov.uk", ""),
        (900001, "head@larkstead.marlshire.sch.uk", ""),
        (900002, "head@stwilfriths-larkstead.sch.uk", ""),  # a place that another school is called after
        (900002, "head@larkstead.sch.uk", ""),
        (900003, "office@pellbury-rise.example", ""),
        (900003, "office@pellburyroad.example", ""),
        (900004, "office@quenford.example", ""),
        (900004, "office@quenford-infants.example", ""),
        (900009, "head@penhale.example", ""),  # part of its own name, and the whole of another's
        (900006, "head@larkmere.example", ""),  # its trust's domain, though a school has that name
        (900001, "j.penhale@schools.example", "Jo Penhale"),
        (900001, "head.penhale@schools.example", "Jo Penhale"),
        (900001, "s.oak@larkstead.example", ""),
        (900001, "info@oakridge-consulting.example", ""),
    ],
)
def test_an_address_that_tells_of_its_own_school_of_a_role_or_of_a_place_is_not(urn, address, name):
    assert ask((urn, address, "head", name)) == []


def test_four_digits_count_where_the_book_writes_establishments_so():
    book = [(urn, f"head{note.laestab % 10_000}@schools.example") for urn, note in NOTES.items()]
    assert ask(*book) == []
    (question,) = ask((900001, "head3002@schools.example"), *book[1:])
    assert "it holds 3002, the number of St. Wilfrith's" in question.what
    assert ask((900001, "head3002@schools.example"), (900002, "head@schools.example")) == []


def test_a_domain_of_another_school_is_asked_about_and_one_that_many_share_is_not():
    book = [(900001, "head@abc.example"), (900001, "chair@abc.example", "chair")]
    book += [(900002, "head@xyz.example"), (900002, "clerk@xyz.example", "clerk")]
    assert ask(*book) == []
    (question,) = ask(*book[:1], (900001, "chair@xyz.example", "chair"), *book[2:])
    assert "xyz.example is otherwise the domain of St. Wilfrith's" in question.what
    shared = [(urn, f"{role}@trust.example", role) for urn in NOTES for role in ("head", "chair")]
    assert ask(*shared, *book) == []


def test_an_address_that_stood_at_another_school_before_is_asked_about():
    row = EarlierRow("county-2024", 900002, "St. Wilfrith's CofE Primary School", "j.smith@schools.example")
    (question,) = ask((900001, "J.Smith@schools.example"), earlier=[row])
    assert "in county-2024 it stood at St. Wilfrith's CofE Primary School (URN 900002)" in question.what
    assert ask((900002, "j.smith@schools.example"), earlier=[row]) == []
    assert ask((900001, "j.smith@schools.example", "adviser"), earlier=[row]) == []
    assert ask((900001, "j.smith@schools.example"), earlier=[row], shared_addresses=["j.smith@schools.example"]) == []


@pytest.mark.parametrize("school", ["Larkstead Primary School", "Another name"])
def test_a_school_that_had_another_number_before_is_the_same_school(school):
    row = EarlierRow("county-2024", 900101, school, "j.smith@schools.example")
    assert ask((900001, "j.smith@schools.example"), earlier=[row]) == []


def test_a_domain_that_was_another_schools_alone_is_asked_about():
    rows = [EarlierRow("county-2024", 900002, "St. Wilfrith's", f"{who}@xyz.example") for who in ("a", "b")]
    rows.append(EarlierRow("county-2024", 900001, "Larkstead", "head@abc.example"))
    (question,) = ask((900001, "new@xyz.example"), (900002, "a@xyz.example"), earlier=rows)
    assert (
        question.urn == 900001 and "in county-2024 xyz.example was the domain of St. Wilfrith's alone" in question.what
    )


# A county of three hundred schools, as such books are written

COUNTY = {900001 + place: school for place, school in enumerate(name_schools(300))}


def squeeze(school):
    plain = unicodedata.normalize("NFKD", school.casefold().partition(" (")[0])
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())


def shorten(school):
    return "".join(word[0] for word in school.casefold().split())


def list_notes():
    return {urn: SchoolNote(urn, (school,), 9_982_000 + urn % 1000, ("Marlshire",)) for urn, school in COUNTY.items()}


CONVENTIONS = {
    "the URN": lambda urn, role, school: f"{role}.{urn}@schools.example",
    "the LAESTAB": lambda urn, role, school: f"{role}{9_982_000 + urn % 1000}@schools.example",
    "the establishment": lambda urn, role, school: f"{role}.{2000 + urn % 1000}@schools.example",
    "a domain of its own": lambda urn, role, school: f"{role}@{squeeze(school)}.example",
    "a domain below the authority's": lambda urn, role, school: f"{role}@{squeeze(school)[:20]}.marlshire.sch.uk",
    "its place alone": lambda urn, role, school: f"{role}@{squeeze(school.split()[0])}{urn}.marlshire.sch.uk",
    "a mailbox of the trust": lambda urn, role, school: f"{role}.{squeeze(school)}@trust.example",
    "initials": lambda urn, role, school: f"{role}@{shorten(school)}{urn}.example",
    "people": lambda urn, role, school: f"a.{squeeze(school.split()[0])}{urn % 97}@marlshire.gov.uk",
}


@pytest.mark.slow
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_county_of_three_hundred_schools_is_asked_about_nothing(convention):
    notes = list_notes()
    write = CONVENTIONS[convention]
    book = [
        Recipient(urn, role, f"{role} {urn}", write(urn, role, school), "", 2)
        for urn, school in COUNTY.items()
        for role in ("head", "chair", "clerk")
    ]
    numbers = {number: note.name for note in notes.values() for number in (note.urn, note.laestab)}
    assert ask_about_addresses(book, make_settings(), notes, numbers) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "convention", ["the URN", "the establishment", "a domain of its own", "a mailbox of the trust"]
)
def test_every_swapped_pair_among_three_hundred_is_asked_about(convention):
    notes = list_notes()
    write, swapped = CONVENTIONS[convention], {900010: 900150, 900150: 900010, 900033: 900270, 900270: 900033}
    book = [
        Recipient(urn, "head", "", write(swapped.get(urn, urn), "head", COUNTY[swapped.get(urn, urn)]), "", 2)
        for urn in COUNTY
    ]
    numbers = {number: note.name for note in notes.values() for number in (note.urn, note.laestab)}
    assert {one.urn for one in ask_about_addresses(book, make_settings(), notes, numbers)} == set(swapped)


@pytest.mark.published
def test_a_real_countys_schools_are_asked_about_nothing_and_swapped_ones_are(published):
    names = {}
    for path in sorted(published.glob("*/850_ks2final.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            names |= {int(row["URN"]): row["SCHNAME"] for row in csv.DictReader(stream) if row["RECTYPE"] in ("1", "2")}
    assert len(names) > 300
    notes = {urn: SchoolNote(urn, (name,)) for urn, name in names.items()}
    urns = sorted(names)
    swapped = dict(zip(urns[:20], reversed(urns[:20]), strict=True))
    for convention in ("a domain of its own", "a mailbox of the trust"):
        write = CONVENTIONS[convention]
        for other in ({}, swapped):
            book = [
                Recipient(urn, "head", "", write(other.get(urn, urn), "head", names[other.get(urn, urn)]), "", 2)
                for urn in urns
            ]
            asked = {one.urn for one in ask_about_addresses(book, make_settings(), notes, dict(names))}
            assert asked <= other.keys() and len(asked) >= 0.9 * len(other)


# Through the verbs


def swap_heads(edition):
    own, other = (make_row(edition, urn)["email"] for urn in (OWN, OTHER))
    swapped = {own: other, other: own}
    write_recipients(edition, [{**row, "email": swapped.get(row["email"], row["email"])} for row in list_rows(edition)])


@pytest.mark.slow
def test_two_heads_addresses_that_were_swapped_stop_a_live_sending_and_are_asked_about_once(posted, server, run):
    swap_heads(posted)
    code, said = run("recipients")
    assert code == 6
    for urn, other in ((OWN, OTHER), (OTHER, OWN)):
        assert f"head.{other}@{DOMAIN} stands beside {posted.schools[urn]} (URN {urn}), but it holds {other}" in said
    approve(run)
    code, said = run("send", "--live", "--schools", 3)
    assert code == 6 and len(find_codes(said)) == 2 and server.received() == []
    assert run("send", "--live", "--urn", THIRD, "--schools", 1)[0] == 0  # it is not about this school
    answer(run, *find_codes(said), why="The two share a mailbox this term")
    assert run("recipients")[0] == 0
    assert run("send", "--live", "--schools", 2)[0] == 0
    assert find_addresses(server) == list_addresses(posted)


@pytest.mark.slow
def test_last_years_address_book_is_asked_and_so_are_its_answers(edition, run):
    new = f"j.smith@{DOMAIN}"
    write_recipients(
        edition,
        [{**row, "email": new} if row["email"].startswith(f"head.{OWN}") else row for row in list_rows(edition)],
    )
    assert run("recipients")[0] == 0
    add_edition(edition, "county-2024", year="2023/24")
    before = edition.workspace.edition("county-2024")
    before.local.mkdir(parents=True)
    (before.local / "recipients.csv").write_text(
        f"urn,role,name,email,channel,school\n{OTHER},head,,{new},,{edition.schools[OTHER]}\n", encoding="utf-8"
    )
    code, said = run("recipients")
    assert code == 6 and f"in county-2024 it stood at {edition.schools[OTHER]}" in said
    (asked,) = find_codes(said)
    with Ledger(before) as ledger:
        ledger.record_answer(asked, "asked last year", "Jane Smith", "they share a head")
    assert run("recipients")[0] == 0
