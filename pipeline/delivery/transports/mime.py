"""A message as mail: headers, text and HTML of the same words, files. The same message gives the same bytes.

Names of people and schools come from files anybody may have written. A header takes none of their line breaks, and
what is beyond ASCII in it is encoded word by word (RFC 2047), so that every mail program reads it alike.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import quote

from pipeline.delivery.mail.file_names import clean_file_name
from pipeline.delivery.mail.message import Attachment, Message
from pipeline.delivery.transports import Refused

#: RFC 2045's longest line of quoted-printable. Headers are written here and never folded anew.
_POLICY = SMTP.clone(max_line_length=76, refold_source="none", cte_type="7bit")
_LONGEST_PLAIN_HEADER = 200  # characters; a line of mail may hold 998
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def compose_mime(message: Message, reference: str = "", *, date: datetime.datetime | None = None) -> EmailMessage:
    """Write ``message`` as mail of ``date``. ``reference`` becomes its Message-ID, at the sender's domain.

    Without a date it is a draft, with neither date nor Message-ID: the program that opens it (Outlook heeds
    ``X-Unsent``) adds its own. Raises Refused where ``list_faults`` finds any.
    """
    if faults := list_faults(message):
        raise Refused("; ".join(faults))
    mime = EmailMessage(_POLICY.clone(utf8=True) if is_international(message) else _POLICY)
    mime.set_raw("From", _compose_person(message.sender.name, message.sender.address))
    mime.set_raw("To", _compose_person(message.recipient.name, message.recipient.address))
    if message.sender.reply_to:
        mime.set_raw("Reply-To", encode_address(message.sender.reply_to))
    mime.set_raw("Subject", _compose_words(message.subject))
    if date is None:
        mime["X-Unsent"] = "1"
    else:
        mime["Date"] = format_datetime(date)
        mime["Message-ID"] = make_message_id(message, reference)
    _write_body(mime, message)
    return mime


def make_message_id(message: Message, reference: str) -> str:
    """Give the Message-ID of an attempt: what a mail server's log knows the message by.

    Raises ValueError for a reference of other than letters, digits, dots, hyphens and underscores.
    """
    if not _REFERENCE.fullmatch(reference):
        raise ValueError(f"{reference!r} cannot stand in a Message-ID")
    return f"<{reference}@{encode_address(message.sender.address).rpartition('@')[2]}>"


def encode_address(address: str) -> str:
    """Give ``address`` as mail servers take it: a domain beyond ASCII in its ASCII form.

    Raises ValueError for what is no address.
    """
    from email_validator import validate_email

    checked = validate_email(address, check_deliverability=False, globally_deliverable=False)
    return f"{checked.local_part}@{checked.ascii_domain}"


def is_international(message: Message) -> bool:
    """Whether an address has letters beyond ASCII before its @: it travels only where servers speak SMTPUTF8."""
    addresses = message.recipient.address, message.sender.address
    return not all(address.rpartition("@")[0].isascii() for address in addresses)


def list_faults(message: Message) -> list[str]:
    """Say what in ``message`` no header can hold (line breaks, control characters, addresses that are none), and which
    file has a name that not every computer saves as it is."""
    return [*_find_control_characters(message), *_find_wrong_addresses(message), *_find_wrong_names(message)]


def _find_control_characters(message: Message) -> Iterator[str]:
    headers = {
        "the recipient's name": message.recipient.name,
        "the recipient's address": message.recipient.address,
        "the sender's name": message.sender.name,
        "the sender's address": message.sender.address,
        "the address for answers": message.sender.reply_to,
        "the subject": message.subject,
    }
    headers |= {f"the name of the file {one.source}": one.name for one in message.attachments}
    for what, value in headers.items():
        if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in value):
            yield f"{what} holds a line break or another control character: {value!a}"


def _find_wrong_addresses(message: Message) -> Iterator[str]:
    addresses = {"recipient": message.recipient.address, "sender": message.sender.address}
    if message.sender.reply_to:
        addresses["address for answers"] = message.sender.reply_to
    for whose, address in addresses.items():
        try:
            encode_address(address)
        except ValueError as error:
            yield f"the {whose} {address!a} is not an e-mail address: {error}"


def _find_wrong_names(message: Message) -> Iterator[str]:
    for one in message.attachments:
        if one.name != (clean := clean_file_name(one.name)):
            yield f"the file {one.source} is called {one.name!a}, which not every computer takes; {clean!a} is taken"


def _compose_person(name: str, address: str) -> str:
    encoded = encode_address(address)
    if not name.strip():
        return encoded
    phrase = _quote(name) if _is_plain(name) else _encode_words(name)
    return f"{phrase}\r\n <{encoded}>"


def _quote(words: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", words) + '"'


def _compose_words(words: str) -> str:
    return words if _is_plain(words) else _encode_words(words)


def _is_plain(words: str) -> bool:
    return words.isascii() and "=?" not in words and len(words) <= _LONGEST_PLAIN_HEADER


def _encode_words(words: str) -> str:
    return Header(words, "utf-8", maxlinelen=75, header_name="Reply-To").encode(linesep="\r\n")


def _write_body(mime: EmailMessage, message: Message) -> None:
    mime.set_content(message.text, cte="quoted-printable")
    mime.add_alternative(message.html, subtype="html", cte="quoted-printable")
    for attachment in message.attachments:
        _attach(mime, attachment)
    multiparts = [part for part in mime.walk() if part.is_multipart()]
    for level, part in enumerate(multiparts):
        # neither base64 nor quoted-printable has "=_", so that no line of the content can be taken for a boundary
        part.set_boundary(f"=_{message.digest[:40]}_{level}")


def _attach(mime: EmailMessage, attachment: Attachment) -> None:
    main, _, sub = attachment.media_type.partition("/")
    charset = {"charset": "utf-8"} if main == "text" else {}
    mime.add_attachment(attachment.content, maintype=main, subtype=sub, params=charset)
    part = list(mime.iter_attachments())[-1]
    del part["Content-Disposition"]
    part.set_raw("Content-Disposition", f"attachment;\r\n {_compose_file_name(attachment.name)}")


def _compose_file_name(name: str) -> str:
    """One parameter in one piece: some mail programs show a name that was cut into pieces (RFC 2231) as ATT00001."""
    if name.isascii():
        return f"filename={_quote(name)}"
    return f"filename*=utf-8''{quote(name, safe='')}"
