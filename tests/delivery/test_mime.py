"""A message written as mail: what reaches the reader is what was composed, whatever the names in it."""

from __future__ import annotations

from dataclasses import replace
from email import policy
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from small_message import NOON, PDF, make_message

from pipeline.delivery.mail.file_names import clean_file_name
from pipeline.delivery.mail.message import Attachment, Sender
from pipeline.delivery.transports import Refused
from pipeline.delivery.transports.mime import compose_mime, encode_address, list_faults

#: What a person or a school may be called: anything that is no control character, with a letter at either end.
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs", "Cn"), include_characters=" "),
    min_size=1,
    max_size=150,
).filter(lambda name: name == " ".join(name.split()))

#: What begins a header of its own where nobody looks.
INJECTIONS = (
    "\r\nBcc: other@elsewhere.example",
    "\nBcc: other@elsewhere.example",
    "\r",
    "\x00",
    "\x85",
    "\u2028",
    "\u2029",
)


def read(message):
    return BytesParser(policy=policy.default).parsebytes(compose_mime(message, "900003-ab", date=NOON).as_bytes())


def read_person(message, header):
    """Give name and address as RFC 2047 has it: the newer parser puts a space between encoded words of a name."""
    parser = BytesParser(policy=policy.compat32)
    raw = parser.parsebytes(compose_mime(message, "900003-ab", date=NOON).as_bytes())[header]
    name, address = parseaddr(raw)
    return str(make_header(decode_header(name))), address


def read_words(mime, kind):
    return mime.get_body((kind,)).get_content().replace("\r\n", "\n")


def test_a_message_is_text_html_and_files():
    mime = read(make_message())
    assert mime.get_content_type() == "multipart/mixed"
    assert mime["From"].addresses[0].addr_spec == "reports@marlshire.example.org"
    assert mime["To"].addresses[0].display_name == "H. Oakley"
    assert mime["To"].addresses[0].addr_spec == "head.900003@schools.example.org"
    assert mime["Reply-To"] == "ask@marlshire.example.org"
    assert mime["Subject"] == "Larkstead Primary School (URN 900003): your report"
    assert mime["Message-ID"] == "<900003-ab@marlshire.example.org>"
    assert mime["Date"].datetime == NOON
    assert "X-Unsent" not in mime
    assert read_words(mime, "plain") == make_message().text
    assert read_words(mime, "html").strip() == make_message().html
    [pdf] = mime.iter_attachments()
    assert (pdf.get_content_type(), pdf.get_content_disposition()) == ("application/pdf", "attachment")
    assert pdf.get_filename() == "900003 Larkstead Primary School 2024-25.pdf"
    assert pdf.get_content() == PDF


def test_without_a_date_it_is_a_draft_that_outlook_opens_for_sending():
    mime = compose_mime(make_message())
    assert mime["X-Unsent"] == "1"
    assert "Date" not in mime
    assert "Message-ID" not in mime


def test_the_same_message_gives_the_same_bytes():
    assert compose_mime(make_message()).as_bytes() == compose_mime(make_message()).as_bytes()
    other = make_message(subject="Another subject")
    assert compose_mime(make_message()).get_boundary() != compose_mime(other).get_boundary()


@pytest.mark.slow
@given(NAMES, NAMES, NAMES)
@example(
    'Oakley, H\u00e9l\u00e8ne "Nelly" (Mrs)' + " of the very long parish of St Thomas, Kent & Zo\u00eb" * 2, "x", "y"
)
@example('Back\\slash "quoted"', "=?utf-8?q?not=20encoded?=", "Zo\u00eb " * 30 + "end")
@example("name <other@elsewhere.example>", "Bcc: other@elsewhere.example", "a, b; c")
def test_names_arrive_as_they_are_and_at_one_address_only(person, sender, subject):
    message = make_message(name=person, subject=subject)
    message = replace(message, sender=Sender(sender, "reports@marlshire.example.org"))
    mime = read(message)
    assert read_person(message, "To") == (person, "head.900003@schools.example.org")
    assert read_person(message, "From") == (sender, "reports@marlshire.example.org")
    assert [len(mime[header].addresses) for header in ("From", "To")] == [1, 1]
    assert mime["Subject"] == subject
    assert [name for name in mime if name.lower() in ("cc", "bcc", "to", "from")] == ["From", "To"]


@pytest.mark.slow
@given(NAMES)
@example("900003 St Thomas of Canterbury Church of England (Voluntary Aided) Primary School and Nursery 2024-25.pdf")
@example('900003 "Zo\u00eb" & Sons.pdf')
@example("<>")
@example("<900003 Larkstead.pdf>")
def test_a_files_name_arrives_in_one_piece(name):
    name = clean_file_name(name)
    pdf = Attachment(name, "application/pdf", PDF, "schools/900003/report.pdf")
    content = compose_mime(make_message(attachments=(pdf,))).as_bytes()
    [part] = BytesParser(policy=policy.default).parsebytes(content).iter_attachments()
    assert part.get_filename() == name
    assert b"filename*0" not in content


@pytest.mark.slow
@given(st.text(max_size=60))
@example("con")
@example("CON.pdf")
@example("com\N{SUPERSCRIPT ONE}.txt")
@example("a. . .")
@example("~$lock.docx")
@example("desktop.ini")
@example("._vti_.pdf")
@example("\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe")
@example("e\N{ZERO WIDTH JOINER}\N{COMBINING ACUTE ACCENT}")
def test_a_clean_name_is_one_that_every_computer_takes(name):
    clean = clean_file_name(name)
    assert clean and clean == clean_file_name(clean)
    assert not set('<>:"/\\|?*') & set(clean)
    assert clean.isprintable() and clean == clean.strip() and not clean.endswith(".")
    assert clean.partition(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9", "COM\u00b9"}
    assert not clean.startswith("~$") and "_vti_" not in clean and clean.lower() not in {"desktop.ini", ".lock"}


@pytest.mark.parametrize("name", ["900003 Larkstead.pdf", "Zo\u00eb & Sons' (VA) 2024-25.html", "a.b", "console.pdf"])
def test_a_name_that_every_computer_takes_stays_as_it_is(name):
    assert clean_file_name(name) == name


def test_a_file_under_a_name_that_not_every_computer_takes_is_refused():
    pdf = Attachment("900003 <Larkstead>.pdf", "application/pdf", PDF, "schools/900003/report.pdf")
    message = make_message(attachments=(pdf,))
    assert "'900003 <Larkstead>.pdf', which not every computer takes" in " ".join(list_faults(message))
    with pytest.raises(Refused, match="not every computer takes"):
        compose_mime(message)


@pytest.mark.slow
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), include_characters="\n"), max_size=2000))
@example("-" * 3000 + "\n.\n..\nFrom here on\n")
@example("--=_0\n--=_0--\n")
def test_text_arrives_as_it_is_in_lines_that_mail_can_carry(text):
    content = compose_mime(make_message(text=text, html=text)).as_bytes()
    mime = BytesParser(policy=policy.default).parsebytes(content)
    for kind in ("plain", "html"):
        assert read_words(mime, kind).rstrip("\n") == text.rstrip("\n")
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


@pytest.mark.parametrize("injection", INJECTIONS)
@pytest.mark.parametrize("field", ["name", "address", "subject", "sender", "reply_to", "file"])
def test_line_breaks_and_control_characters_are_refused_wherever_they_are(field, injection):
    message = make_message()
    words = f"before{injection}after"
    changed = {
        "name": lambda: make_message(name=words),
        "address": lambda: make_message(address=f"head@schools.example.org{injection}"),
        "subject": lambda: make_message(subject=words),
        "sender": lambda: replace(message, sender=Sender(words, "reports@marlshire.example.org")),
        "reply_to": lambda: replace(message, sender=Sender("Us", "reports@marlshire.example.org", words)),
        "file": lambda: replace(message, attachments=(replace(message.attachments[0], name=words),)),
    }[field]()
    faults = list_faults(changed)
    assert any("control character" in fault for fault in faults)
    assert all(fault.isprintable() for fault in faults)
    with pytest.raises(Refused, match="control character"):
        compose_mime(changed, "900003-ab", date=NOON)


@pytest.mark.parametrize(
    "address", ["head", "head@", "a b@c.example", "head@x.example, other@y.example", "<h@x.example>"]
)
def test_what_is_no_address_is_refused(address):
    assert "not an e-mail address" in " ".join(list_faults(make_message(address=address)))


def test_a_domain_beyond_ascii_is_written_in_its_ascii_form():
    assert encode_address("head@schule-m\u00fcnchen.example") == "head@xn--schule-mnchen-3ob.example"


def test_a_reference_that_no_message_id_can_hold_is_a_bug():
    with pytest.raises(ValueError, match="Message-ID"):
        compose_mime(make_message(), "a b>", date=NOON)
