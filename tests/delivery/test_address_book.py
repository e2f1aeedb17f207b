"""The address book: checked whole before anything moves, every fault with its line and what to do."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
from delivered_edition import (
    DOMAIN,
    NOT_DUE,
    make_delivered_edition,
    make_row,
    write_recipients,
    write_settings,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.delivery.addressing.address_book import RECIPIENTS, compose_empty_address_book, read_address_book
from pipeline.delivery.settings import read_settings
from pipeline.foundation.errors import FaultyInput, PipelineError
from tests.conftest import count_examples

FIRST, SECOND, THIRD = 900001, 900002, 900003
SCHOOLS = ("Larkstead Primary School", "St Anne's CofE First School", "Zoë Hill Academy")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_delivered_edition(tmp_path_factory.mktemp("book"), SCHOOLS)


@pytest.fixture
def edition(made, tmp_path):
    """A copy whose address book and settings a test may write."""
    shutil.copytree(made.paths.folder, tmp_path / "data" / "editions" / "county")
    workspace = type(made.workspace)(tmp_path)
    paths = workspace.edition("county")
    paths.reports.mkdir(parents=True)
    shutil.copy(made.paths.reports / "schools.json", paths.reports)
    return replace(made, workspace=workspace, paths=paths)


def read(edition, policy=None):
    book_settings = read_settings(edition.paths)
    return read_address_book(edition.paths, book_settings, policy or edition.policy, edition.due, edition.not_due)


def heads(edition, *others, leave_out=()):
    """A row for each school's head, then ``others``."""
    return [*(make_row(edition, urn) for urn in edition.schools if urn not in leave_out), *others]


def find_faults(edition, rows):
    write_recipients(edition, rows)
    with pytest.raises(FaultyInput) as caught:
        read(edition)
    return caught.value.faults


# What is read


@pytest.mark.slow
def test_each_row_is_a_recipient_with_its_line(edition):
    write_recipients(edition, heads(edition, make_row(edition, FIRST, "chair", name="", channel="folder")))
    book = read(edition)
    assert [(one.urn, one.role, one.line) for one in book.recipients] == [
        (FIRST, "head", 2),
        (FIRST, "chair", 5),
        (SECOND, "head", 3),
        (THIRD, "head", 4),
    ]
    assert book.recipients[1].name == "" and book.recipients[1].channel == "folder"
    assert book.questions == ()


@pytest.mark.slow
def test_capitals_and_blanks_of_a_spreadsheet_are_forgiven(edition):
    row = make_row(
        edition, FIRST, "Head", email=f"  Head.One@{DOMAIN.upper()} ", channel="SMTP", name=" Ms  A.\xa0Hart "
    )
    write_recipients(edition, heads(edition, row, leave_out=(FIRST,)))
    first = read(edition).recipients[0]
    assert (first.role, first.address, first.channel) == ("head", f"Head.One@{DOMAIN}", "smtp")
    assert first.name == "Ms A. Hart"


@pytest.mark.slow
def test_retired_rows_and_comments_count_for_nothing(edition):
    write_recipients(edition, heads(edition))
    file = edition.paths.local / RECIPIENTS
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[1:1] = ["# heads as of September", f"#{FIRST},head,Mr Gone,gone@elsewhere.example.com,,"]
    file.write_text("\r\n".join(lines), encoding="utf-8-sig")
    assert [one.line for one in read(edition).recipients] == [4, 5, 6]


@pytest.mark.slow
def test_an_empty_address_book_has_the_headings_and_is_refused_for_every_school(edition):
    (edition.paths.local / RECIPIENTS).write_text(compose_empty_address_book(), encoding="utf-8")
    with pytest.raises(FaultyInput) as caught:
        read(edition)
    assert [fault.urn for fault in caught.value.faults] == [FIRST, SECOND, THIRD]
    assert all("nobody receives" in fault.what for fault in caught.value.faults)


@pytest.mark.slow
def test_a_school_whose_report_failed_keeps_nobody_else_waiting(edition):
    statuses = json.loads((edition.paths.reports / "schools.json").read_text(encoding="utf-8"))
    statuses[1] |= {"status": "failed", "reason": "its notebook stopped"}
    (edition.paths.reports / "schools.json").write_text(json.dumps(statuses), encoding="utf-8")
    write_recipients(edition, heads(edition))
    due = {urn: name for urn, name in edition.due.items() if urn != SECOND}
    not_due = {**edition.not_due, SECOND: edition.due[SECOND]}
    book = read_address_book(edition.paths, read_settings(edition.paths), edition.policy, due, not_due)
    assert [one.urn for one in book.recipients] == [FIRST, THIRD]


# Faults


@pytest.mark.parametrize(
    ("change", "column", "what"),
    [
        ({"urn": "90001"}, "urn", "a URN has six digits"),
        ({"urn": ""}, "urn", "the URN is missing"),
        ({"urn": "9E+05"}, "urn", "a spreadsheet has rewritten the URN"),
        ({"urn": "123456"}, "urn", "URN 123456 is no school of this edition"),
        ({"urn": str(NOT_DUE[0])}, "urn", f"gets no report in this edition: {NOT_DUE[2]}"),
        ({"school": SCHOOLS[1]}, "urn", f"about {SCHOOLS[0]} by its URN and about {SCHOOLS[1]} by its name"),
        ({"role": "headd"}, "role", "no role that Aiming for Outstanding lets receive a report"),
        ({"role": "parent"}, "role", "no role that Aiming for Outstanding lets receive a report"),
        ({"role": ""}, "role", "is missing"),
        ({"name": "A. Hart\nBcc: all@example.org"}, "name", "a line break"),
        ({"name": "A.\x07Hart"}, "name", "not printed"),
        ({"name": "A. \u202etraH"}, "name", "not printed"),
        ({"name": "A.\u2028Hart"}, "name", "a line break"),
        ({"name": "chair@schools.example.org"}, "name", "looks like an address"),
        ({"email": ""}, "email", "the address is missing"),
        ({"email": "head"}, "email", "is no address"),
        ({"email": f"A. Hart <head@{DOMAIN}>"}, "email", "is no address"),
        ({"email": f"head@{DOMAIN}; chair@{DOMAIN}"}, "email", "is no address"),
        ({"email": f"head@{DOMAIN}\nBcc: all@example.org"}, "email", "is no address"),
        ({"email": "head@localhost"}, "email", "is no address"),
        ({"email": "head@[127.0.0.1]"}, "email", "is no address"),
        ({"email": "head@gmail.com"}, "email", "no message may go to gmail.com"),
        ({"email": f"head@mail.{DOMAIN}"}, "email", f"no message may go to mail.{DOMAIN}"),
        ({"email": f"head@{DOMAIN}.evil.example.com"}, "email", "no message may go to"),
        ({"email": f"hé@{DOMAIN}"}, "email", "letters other than a to z"),
        ({"email": "head@schооls.example.org"}, "email", "letters other than a to z"),  # Cyrillic о
        ({"channel": "pigeon"}, "channel", "'pigeon' is no channel"),
        ({"channel": "notify"}, "channel", "does not say how to send by notify"),
    ],
)
def test_a_fault_is_named_with_its_line_and_column(edition, change, column, what):
    rows = heads(edition, {**make_row(edition, FIRST, "chair"), "school": "", **change})
    (fault,) = find_faults(edition, rows)
    assert (fault.file, fault.line, fault.column) == (f"local/{RECIPIENTS}", 5, column)
    assert what in fault.what
    assert fault.remedy.endswith((".", "?"))


def test_every_fault_of_the_file_is_told_at_once(edition):
    rows = [
        make_row(edition, FIRST, "parent", email="x"),
        make_row(edition, SECOND),
        make_row(edition, SECOND, "chair", email=f"HEAD.{SECOND}@{DOMAIN}"),
        make_row(edition, NOT_DUE[0], channel="pigeon"),
    ]
    faults = find_faults(edition, rows)
    assert [(fault.line, fault.column) for fault in faults] == [
        (2, "role"),
        (2, "email"),
        (4, None),
        (5, "urn"),
        (5, "channel"),
        (None, None),
    ]
    assert "twice: it stands in line 3 too" in faults[2].what
    assert faults[-1].urn == THIRD


def test_a_domain_nearly_allowed_is_suggested(edition):
    (fault,) = find_faults(edition, heads(edition, make_row(edition, FIRST, "chair", email="chair@schols.example.org")))
    assert fault.remedy.startswith("Did you mean schools.example.org?")


def test_one_school_is_suggested_for_a_wrong_digit_and_none_where_two_could_be_meant(edition):
    due = {FIRST: SCHOOLS[0], 800412: SCHOOLS[1]}
    for wrong, hint in (("800413", "Did you mean 800412 (St Anne's CofE First School)?"), ("712345", "Correct it")):
        write_recipients(edition, [make_row(edition, FIRST), {**make_row(edition, FIRST, "chair"), "urn": wrong}])
        with pytest.raises(FaultyInput) as caught:
            read_address_book(edition.paths, read_settings(edition.paths), edition.policy, due, {})
        assert caught.value.faults[0].remedy.startswith(hint)
    due = {800412: SCHOOLS[0], 800415: SCHOOLS[1]}
    with pytest.raises(FaultyInput) as caught:
        write_recipients(edition, [{**make_row(edition, FIRST), "urn": "800413"}])
        read_address_book(edition.paths, read_settings(edition.paths), edition.policy, due, {})
    assert caught.value.faults[0].remedy.startswith("Correct it")


def test_a_policy_that_names_no_roles_lets_nobody_receive_anything(edition):
    with pytest.raises(PipelineError, match="lets nobody receive a report") as caught:
        read(edition, edition.policy.model_copy(update={"recipients": {}}))
    assert "recipients:" in caught.value.remedy


def test_a_role_is_permitted_by_the_policy_alone(edition):
    write_recipients(edition, heads(edition, make_row(edition, FIRST, "chair")))
    assert len(read(edition).recipients) == 4
    only_heads = {"head": edition.policy.recipients["head"]}
    with pytest.raises(FaultyInput, match="'chair' is no role"):
        read(edition, edition.policy.model_copy(update={"recipients": only_heads}))


# Files that are none


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"urn,role,name,e-mail,channel\n", "no column of this file has this heading"),
        (b"urn,role,name,email\n", "the column 'channel' is missing"),
        (b"urn;role;name;email;channel\n", "semicolon"),
        (b"PK\x03\x04", "Excel"),
        (b"", "empty"),
        (b"urn,role,name,email,channel\n900001,head,A,a@b.example,,,,more\n", "cells"),
    ],
)
def test_a_file_that_is_no_address_book_is_refused_in_words(edition, content, what):
    (edition.paths.local / RECIPIENTS).write_bytes(content)
    with pytest.raises(FaultyInput) as caught:
        read(edition)
    assert what.casefold() in str(caught.value).casefold()


def test_a_missing_address_book_says_how_to_begin_one_and_what_lies_there_instead(edition):
    (edition.paths.local / RECIPIENTS).rename(edition.paths.local / "Recipients (1).xlsx")
    with pytest.raises(PipelineError, match="there is no address book") as caught:
        read(edition)
    assert "python -m pipeline recipients county" in caught.value.remedy
    assert "Recipients (1).xlsx" in caught.value.remedy


# Questions


def test_one_address_for_several_schools_is_asked_about_until_it_is_meant(edition):
    shared = f"Office@{DOMAIN}"
    rows = heads(
        edition, make_row(edition, FIRST, "chair", email=shared), make_row(edition, THIRD, "chair", email=shared)
    )
    write_recipients(edition, rows)
    (question,) = read(edition).questions
    assert "2 schools: Larkstead Primary School (900001, line 5), Zoë Hill Academy (900003, line 6)" in question.what
    assert "shared_addresses:" in question.remedy
    write_settings(edition, shared_addresses=[shared.upper()])
    assert read(edition).questions == ()


def test_advisers_may_have_many_schools_and_schools_many_advisers(edition):
    advisers = [
        make_row(edition, urn, "adviser", email=f"{who}@marlshire.example.org")
        for urn in edition.schools
        for who in ("joss", "kim")
    ]
    write_recipients(edition, heads(edition, *advisers))
    assert read(edition).questions == ()
    mixed = [make_row(edition, FIRST, "chair", email="joss@marlshire.example.org"), *advisers[2:]]
    write_recipients(edition, heads(edition, *mixed))
    assert len(read(edition).questions) == 1


def test_two_heads_of_one_school_are_asked_about_until_they_share_the_post(edition):
    write_recipients(edition, heads(edition, make_row(edition, SECOND, name="N. New", email=f"new@{DOMAIN}")))
    (question,) = read(edition).questions
    assert (question.urn, question.line) == (SECOND, 5)
    assert "2 people as headteacher: H. Oakley 900002 (line 3), N. New (line 5)" in question.what
    write_settings(edition, job_shares=[SECOND])
    assert read(edition).questions == ()


@pytest.mark.parametrize(
    ("school", "asked"),
    [
        ("Larkstead", False),
        ("LARKSTEAD PRIMARY", False),
        ("Larkstead Prim. School", False),
        ("", False),
        ("Quenford Junior School", True),
    ],
)
def test_a_schools_name_far_from_the_one_of_its_urn_is_asked_about(edition, school, asked):
    write_recipients(edition, heads(edition, {**make_row(edition, FIRST, "chair"), "school": school}))
    questions = read(edition).questions
    assert [question.line for question in questions] == ([5] if asked else [])


# Whatever stands in it

CELLS = st.one_of(
    st.sampled_from(["", "900001", "900002", "899999", "head", "chair", "adviser", "smtp", "notify", f"a@{DOMAIN}"]),
    st.sampled_from([f"b@{DOMAIN}", "a@elsewhere.example.com", "=1+1", "A. Hart", "\u202e", "#", "a\r\nb"]),
    st.text(max_size=12),
)
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(("urn", "role", "name", "email", "channel"), CELLS)), max_size=6)


@pytest.mark.slow
@settings(max_examples=count_examples(60))
@given(rows=ROWS)
@example(rows=[{"urn": "900001", "role": "head", "name": "A", "email": f"a@{DOMAIN}", "channel": ""}])
def test_nobody_gets_in_who_may_not_whatever_stands_in_the_file(made, rows):
    write_recipients(made, [*heads(made), *rows])
    try:
        book = read(made)
    except FaultyInput as refused:
        assert all(fault.what and fault.remedy for fault in refused.faults)
        return
    seen = [(one.urn, one.address.casefold()) for one in book.recipients]
    assert len(seen) == len(set(seen))
    for one in book.recipients:
        assert one.urn in made.due
        assert one.role in made.policy.recipients
        assert one.address.partition("@")[2] in (DOMAIN, "marlshire.example.org")
        assert one.address.isascii() and one.address.isprintable()
        assert one.name.isprintable() and "@" not in one.name
