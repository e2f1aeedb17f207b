"""The last look: whatever was swapped, renamed, edited or slipped in, the message does not leave."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from delivered_edition import (
    SECRETS,
    TITLE,
    make_delivered_edition,
    make_row,
    sign_report,
    write_plain_message,
    write_recipients,
    write_report,
    write_settings,
    write_statuses,
)
from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery.mail.message import Attachment
from pipeline.delivery.releasing.guard import Guard, check_agreement
from pipeline.render.pdf import render_pdf

SCHOOLS = (
    "Alder Court School",
    "Brack & Holt St Anne's Primary",
    "North Alder Court School",
    "Zoë Ash (VA) First School",
)
OWN, OTHER, NORTH = 900001, 900002, 900003


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return make_delivered_edition(tmp_path_factory.mktemp("sound"), SCHOOLS)


@pytest.fixture(scope="module")
def guard(sound):
    return Guard(sound.paths)


@pytest.fixture
def edition(sound, tmp_path):
    """A copy of the sound edition that a test may spoil."""
    shutil.copytree(sound.workspace.root, tmp_path, dirs_exist_ok=True)
    workspace = type(sound.workspace)(tmp_path)
    return replace(sound, workspace=workspace, paths=workspace.edition("county"))


def find_faults(edition, urn=OWN, **changes):
    return check_agreement(edition.paths, write_plain_message(edition, urn, **changes))


@pytest.mark.slow
def test_every_sound_message_may_leave(sound):
    guard = Guard(sound.paths)
    for urn in sound.schools:
        for role in ("head", "chair"):
            assert guard(write_plain_message(sound, urn, role)) == []


# Files


@pytest.mark.slow
@pytest.mark.parametrize(
    "place", ["area-site/schools/900001.html", "area-site/index.html", "area-site/downloads/schools.csv"]
)
def test_a_page_of_the_areas_site_is_never_sent(edition, place):
    """An officer's record bears the school's URN and name, so its place alone tells it from the school's report."""
    content = b"<h1>Alder Court School</h1> URN 900001, for officers"
    (edition.paths.reports / place).parent.mkdir(parents=True, exist_ok=True)
    (edition.paths.reports / place).write_bytes(content)
    attached = Attachment("900001 report.html", "text/html", content, place)
    faults = find_faults(edition, attachments=(attached,))
    assert f"the file '900001 report.html' is {place}, which is no report for URN {OWN}" in faults


@pytest.mark.slow
def test_swapped_reports_are_refused_both_ways(edition):
    one, other = edition.paths.school(OWN) / "report.pdf", edition.paths.school(OTHER) / "report.pdf"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second), other.write_bytes(first)
    for urn in (OWN, OTHER):
        faults = find_faults(edition, urn)
        assert f"schools/{urn}/report.pdf is not as it was made" in faults
        assert f"no URN {urn} in the PDF's first page" in faults


@pytest.mark.slow
def test_swapped_folders_whose_accounts_agree_with_them_are_refused(edition):
    one, other = edition.paths.school(OWN), edition.paths.school(OTHER)
    aside = one.with_name("aside")
    one.rename(aside), other.rename(one), aside.rename(other)
    faults = find_faults(edition, OWN)
    assert f"URN {OTHER} in the facts, not URN {OWN}" in faults
    assert f"the page says it is of URN {OTHER}" in faults
    assert f"URN {OTHER}, which is another school's, in the PDF's keywords" in faults


@pytest.mark.slow
@pytest.mark.parametrize("file", ["report.pdf", "report.html", "facts.json"])
def test_one_file_of_another_school_is_refused_even_where_the_account_was_written_anew(edition, file):
    shutil.copyfile(edition.paths.school(OTHER) / file, edition.paths.school(OWN) / file)
    sign_report(edition, OWN)
    assert any(str(OTHER) in fault for fault in find_faults(edition))


@pytest.mark.slow
def test_a_report_made_anew_after_the_message_was_written_is_refused(edition):
    message = write_plain_message(edition, OWN)
    write_report(edition, OWN, SCHOOLS[0], words="A sentence more.")
    faults = check_agreement(edition.paths, message)
    assert f"the message is about another report than schools/{OWN}/report.pdf" in faults
    assert f"the file '{OWN} Alder Court School.pdf' is not what stands at schools/{OWN}/report.pdf" in faults


@pytest.mark.parametrize("gone", ["report.pdf", "made.json", "facts.json"])
def test_a_missing_file_is_refused(edition, gone):
    message = write_plain_message(edition, OWN)
    (edition.paths.school(OWN) / gone).unlink()
    assert check_agreement(edition.paths, message)


def test_a_damaged_pdf_is_a_fault_and_no_error(edition):
    (edition.paths.school(OWN) / "report.pdf").write_bytes(b"%PDF-1.7\nnot one")
    sign_report(edition, OWN)
    assert any("the PDF cannot be read" in fault for fault in find_faults(edition))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": f"{OTHER} Alder Court School.pdf"}, f"does not begin with URN {OWN}"),
        ({"name": "Alder Court School.pdf"}, f"does not begin with URN {OWN}"),
        ({"name": f"{OWN}9 Alder Court School.pdf"}, f"does not begin with URN {OWN}"),
        ({"name": f"{OWN} Zoë Ash (VA) First School.pdf"}, "names Zoë Ash (VA) First School (URN 900004)"),
        ({"name": f"{OWN} ../../Alder Court School.pdf"}, "holds a path"),
        ({"name": f"{OWN} Alder\r\nBcc: all@example.org.pdf"}, "control character"),
        ({"source": f"schools/{OTHER}/report.pdf"}, f"which is no report for URN {OWN}"),
        ({"source": f"schools/{OWN}/notebook.ipynb"}, f"which is no report for URN {OWN}"),
        ({"source": f"schools/{OWN}/facts.json"}, f"which is no report for URN {OWN}"),
        ({"content": b"%PDF-1.7 another"}, "is not what stands at"),
        ({"media_type": "text/html"}, "is application/pdf"),
    ],
)
def test_a_renamed_or_strange_attachment_is_refused(sound, change, said):
    (own,) = write_plain_message(sound, OWN).attachments
    assert any(said in fault for fault in find_faults(sound, attachments=(replace(own, **change),)))


def test_a_second_attachment_of_another_school_is_refused(sound):
    (own,) = write_plain_message(sound, OWN).attachments
    (other,) = write_plain_message(sound, OTHER).attachments
    assert any(str(OTHER) in fault for fault in find_faults(sound, attachments=(own, other)))


# Address book and statuses


def test_a_row_moved_to_another_school_is_refused(edition):
    message = write_plain_message(edition, OWN)
    write_recipients(edition, [make_row(edition, OTHER, email=message.recipient.address)])
    said = f"the address book has no row with {message.recipient.address} for URN {OWN}"
    assert said in check_agreement(edition.paths, message)


@pytest.mark.slow
def test_an_address_changed_since_is_refused_and_capitals_do_not_matter(edition):
    message = write_plain_message(edition, OWN)
    write_recipients(edition, [make_row(edition, OWN, email=message.recipient.address.upper())])
    assert check_agreement(edition.paths, message) == []
    write_recipients(edition, [make_row(edition, OWN, email="somebody@schools.example.org")])
    assert check_agreement(edition.paths, message)


def test_a_retired_row_counts_for_nothing(edition):
    message = write_plain_message(edition, OWN)
    book = edition.paths.local / "recipients.csv"
    book.write_text(book.read_text(encoding="utf-8").replace(f"\n{OWN},head", f"\n# {OWN},head"), encoding="utf-8")
    assert any("has no row" in fault for fault in check_agreement(edition.paths, message))


@pytest.mark.slow
def test_an_address_may_be_written_with_letters_that_mail_servers_spell_otherwise(edition):
    recipient = replace(write_plain_message(edition, OWN).recipient, address="head@xn--schn-7qa.example.org")
    write_recipients(edition, [make_row(edition, OWN, email="head@schön.example.org")])
    assert find_faults(edition, recipient=recipient) == []


def test_a_row_that_was_copied_and_half_corrected_is_refused(edition):
    """The URN and the school's name beside it are of two schools: nobody knows which of them was meant."""
    write_recipients(edition, [make_row(edition, OWN, school=SCHOOLS[1])])
    address = make_row(edition, OWN)["email"]
    assert find_faults(edition) == [f"the address book has {address} beside URN {OWN} and the name of URN {OTHER}"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["", "alder court  school", "The school by the river"])
def test_a_name_for_the_eye_may_be_written_in_many_ways(edition, name):
    write_recipients(edition, [make_row(edition, OWN, school=name)])
    assert find_faults(edition) == []


def test_a_recipient_of_another_school_is_refused(sound):
    recipient = write_plain_message(sound, OTHER).recipient
    assert f"the recipient is of URN {OTHER}, the message about URN {OWN}" in find_faults(sound, recipient=recipient)


def test_a_school_no_longer_due_is_refused(edition):
    message = write_plain_message(edition, OWN)
    write_statuses(replace(edition, schools={urn: name for urn, name in edition.schools.items() if urn != OWN}))
    assert any("not among the edition's schools" in fault for fault in check_agreement(edition.paths, message))


def test_another_edition_is_refused(sound):
    message = replace(write_plain_message(sound, OWN), edition="county-2024")
    assert "the message is of the edition county-2024, the reports of county" in check_agreement(sound.paths, message)


# Words


@pytest.mark.parametrize("field", ["text", "html"])
def test_words_of_another_school_are_refused(sound, field):
    other = write_plain_message(sound, OTHER)
    faults = find_faults(sound, **{field: getattr(other, field)})
    place = {"text": "text", "html": "HTML"}[field]
    assert f"the {place} names URN {OTHER}, which is another school's" in faults
    assert f"the {place} names {SCHOOLS[1]} (URN {OTHER}), which is another school" in faults
    assert f"the {place} does not name {SCHOOLS[0]}" in faults


@pytest.mark.slow
def test_a_name_within_a_longer_one_is_told_from_it(sound):
    own = write_plain_message(sound, NORTH)
    assert check_agreement(sound.paths, own) == []
    said = f"the text names {SCHOOLS[0]} (URN {OWN}), which is another school"
    assert said in check_agreement(sound.paths, replace(own, text=own.text + " Alder Court School"))
    short = write_plain_message(sound, OWN)
    said = f"the text names {SCHOOLS[2]} (URN {NORTH}), which is another school"
    assert said in check_agreement(sound.paths, replace(short, text=short.text + " North Alder Court School"))


def test_whoever_writes_may_be_called_like_a_school(sound):
    """A trust is named after one of its schools: its name in a message of another says nothing of that school."""
    message = write_plain_message(sound, OTHER)
    named = replace(message, text=message.text + " Alder Court School Trust")
    assert check_agreement(sound.paths, named) != []
    sender = replace(message.sender, name="Alder Court School Trust")
    assert check_agreement(sound.paths, replace(named, sender=sender)) == []


def test_a_link_to_another_school_is_refused(sound):
    page = write_plain_message(sound, OWN).html.replace(
        "<p>", f'<p><a href="https://reports.example.org/{OTHER}">it</a> '
    )
    assert find_faults(sound, html=page) == [f"a link leads to URN {OTHER}, which is another school's"]


def test_a_subject_must_say_which_school(sound):
    assert find_faults(sound, subject="Your report") == [
        f"the subject names neither {SCHOOLS[0]} nor URN {OWN}",
    ]


def test_numbers_that_are_no_school_of_the_edition_do_not_matter(sound):
    text = write_plain_message(sound, OWN).text
    assert find_faults(sound, text=text + " Telephone 01632 960123, room 123456.") == []


@pytest.mark.slow
def test_a_telephone_number_that_is_a_urn_too_does_not_matter(edition):
    contact = f"School Improvement, 01632 {OTHER}"
    write_settings(edition, contact=contact)
    text = write_plain_message(edition, OWN).text
    assert find_faults(edition, text=f"{text}Contact: {contact}") == []
    assert find_faults(edition, text=f"{text}Contact: {contact} {OTHER}") != []


def test_what_officers_alone_may_read_does_not_leave(sound):
    text = write_plain_message(sound, OWN).text
    assert any("officers alone" in fault for fault in find_faults(sound, text=f"{text} {SECRETS[0]}."))


@pytest.mark.slow
@pytest.mark.parametrize("broken", ["\r\nBcc: all@schools.example.org", "\n", "\x00", "\u2028", "\x1b[2J"])
def test_no_line_break_reaches_a_header(sound, broken):
    message = write_plain_message(sound, OWN)
    recipient, sender = message.recipient, message.sender
    slipped_in = [
        {"subject": message.subject + broken},
        {"recipient": replace(recipient, name=f"H. Oakley{broken}")},
        {"recipient": replace(recipient, address=recipient.address + broken)},
        {"sender": replace(sender, name=f"Marlshire{broken}")},
        {"sender": replace(sender, reply_to=f"improvement@marlshire.example.org{broken}")},
        {"school": message.school + broken},
    ]
    for changes in slipped_in:
        assert any("control character" in fault for fault in find_faults(sound, **changes)), changes


# A rule for all input


@pytest.mark.slow
@given(st.data())
def test_a_part_of_another_schools_message_is_always_noticed(sound, guard, data):
    """However the messages of two schools are mixed, what is no whole message of one school is refused."""
    first, second = data.draw(st.permutations(list(sound.schools)))[:2]
    one, other = (write_plain_message(sound, urn) for urn in (first, second))
    parts = ("urn", "school", "recipient", "subject", "text", "html", "attachments", "report")
    taken = data.draw(st.sets(st.sampled_from(parts), min_size=1, max_size=len(parts) - 1))
    mixed = replace(one, **{part: getattr(other, part) for part in taken})
    assert guard(mixed)


def test_what_is_kept_of_one_message_is_not_believed_of_another(sound):
    guard = Guard(sound.paths)
    message = write_plain_message(sound, OWN)
    assert guard(message) == []
    (own,) = message.attachments
    spoilt = Attachment(own.name, own.media_type, own.content + b"%", own.source)
    assert guard(replace(message, attachments=(spoilt,)))


# The year


def put_last_years(edition, file):
    """Put last year's page or PDF of the same school in place, its account written anew."""
    folder = edition.paths.school(OWN)
    page = (folder / "report.html").read_text(encoding="utf-8").replace("2024/25", "2023/24")
    if file == "report.pdf":
        (folder / file).write_bytes(render_pdf(page))
    else:
        (folder / file).write_text(page, encoding="utf-8", newline="\n")
    sign_report(edition, OWN)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("report.pdf", "the PDF does not say that it is on 2024/25, as the facts do"),
        ("report.html", "the page does not say that it is on 2024/25, as the facts do"),
    ],
)
def test_last_years_report_of_the_same_school_does_not_leave(edition, file, said):
    put_last_years(edition, file)
    assert said in find_faults(edition)


def test_the_year_of_the_edition_of_the_facts_and_of_the_words_agree(edition):
    text = f"The report on {SCHOOLS[0]} (URN {OWN}) on the academic year 2023/24 is attached."
    assert "the text names the year 2023/24, and edition.yaml is on 2024/25" in find_faults(edition, text=text)
    description = edition.paths.description
    description.write_text(description.read_text(encoding="utf-8").replace("2024/25", "2022/23"), encoding="utf-8")
    assert "the facts are on 2024/25, and edition.yaml is on 2022/23" in find_faults(edition)


@pytest.mark.slow
def test_a_title_may_name_the_year_in_which_the_review_is_held(edition):
    facts = edition.paths.school(OWN) / "facts.json"
    facts.write_text(facts.read_text(encoding="utf-8").replace(TITLE, "Review 2025/26"), encoding="utf-8")
    sign_report(edition, OWN)
    assert find_faults(edition, subject=f"{SCHOOLS[0]}: Review 2025/26") == []
