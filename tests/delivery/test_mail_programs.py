"""Drafts are opened by the libraries that mail programs are built on: what they find is what was composed.

Python's own is always here. Two from npm are looked for where the variable MAIL_LIBRARIES says, else in the project's
node_modules; the tests that need one are skipped, saying so, where it or Node is not there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from delivered_edition import make_row, write_recipients, write_settings
from small_message import make_message

from pipeline.delivery.edition import compose_messages, open_delivery
from pipeline.delivery.mail.file_names import clean_file_name
from pipeline.delivery.mail.message import Attachment, Recipient
from pipeline.delivery.transports.folder import Folder, name_draft
from pipeline.foundation.paths import find_project

SCRIPT = Path(__file__).with_name("read_drafts.cjs")
ADVISER = "sian.marlow@marlshire.example.org"
LIBRARIES = ("python", "mailparser", "postal-mime")

SCHOOLS = (
    "Larkstead Primary School",
    "St Zoë's Church of England (Voluntary Aided) Primary School & Nursery",
    "Ysgol Gŵyr \u201cSouth\u201d",
    "St Thomas of Canterbury Catholic Primary School and Nursery of the Immaculate Conception",
    "Ash; Oak, and \\ Elm 'School' 100%",
)
NAMES = ("H. Oakley", "Siân O'Dowd, BA (Hons)", 'Jo "Joe" Łukasiewicz', "", "A. " + "Very-Long-Name " * 12)


def compose(position):
    """A message with names and files that are hard to carry."""
    school, urn = SCHOOLS[position], 900001 + position
    files = (
        ("report.pdf", "application/pdf", b"%PDF-1.7\n\x00\xff" * 99),
        ("report.html", "text/html", "<p>Zoë</p>\n".encode()),
    )
    attached = tuple(
        Attachment(
            clean_file_name(f"{urn} {school} 2024-25{Path(file).suffix}"), kind, content, f"schools/{urn}/{file}"
        )
        for file, kind, content in files
    )
    words = f"Dear colleague,\n\nthe report on {school} (URN {urn}) is attached: 52% \u2013 a gap.\n.\nFrom now on\n"
    return make_message(
        urn,
        school=school,
        recipient=Recipient(urn, "head", NAMES[position], f"head.{urn}@schools.example.org"),
        subject=f"{school} (URN {urn}): school report, Marlshire, autumn 2025",
        text=words + "x" * 1200 + "\n",
        html=f"<!doctype html><html lang='en-GB'><body><p>{school}, {'ü' * 900}</p></body></html>",
        attachments=attached,
    )


MESSAGES = [compose(position) for position in range(len(SCHOOLS))]


@pytest.fixture(scope="module")
def drafts(tmp_path_factory):
    """The drafts as a sending by folder leaves them, in the order of MESSAGES."""
    with Folder(tmp_path_factory.mktemp("drafts")) as folder:
        for message in MESSAGES:
            assert folder.check(message) == []
            folder.send(message, f"{message.urn}-ab")
        return [folder.folder / name_draft(message) for message in MESSAGES]


def read_by_python(path):
    mail = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    (sender,), (to,) = mail["From"].addresses, mail["To"].addresses
    return {
        "subject": str(mail["Subject"]),
        "from": {"name": sender.display_name, "address": sender.addr_spec},
        "to": {"name": to.display_name, "address": to.addr_spec},
        "text": mail.get_body(("plain",)).get_content(),
        "html": mail.get_body(("html",)).get_content(),
        "unsent": mail["X-Unsent"],
        "date": mail["Date"],
        "files": [
            {
                "name": part.get_filename(),
                "type": part.get_content_type(),
                "sha256": hashlib.sha256(part.get_payload(decode=True)).hexdigest(),
            }
            for part in mail.iter_attachments()
        ],
    }


def read_by_node(library, paths):
    named = os.environ.get("MAIL_LIBRARIES")
    modules = Path(named) if named else find_project() / "node_modules"
    node = shutil.which("node")
    if node is None or not (modules / library).is_dir():
        pytest.skip(
            f"Node, or {library} in {modules}, is not here: `npm install --no-save {library}`, or MAIL_LIBRARIES"
        )
    done = subprocess.run([node, SCRIPT, modules, library, *paths], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def read_by(library, paths):
    return [read_by_python(path) for path in paths] if library == "python" else read_by_node(library, paths)


def assert_is(mail, message):
    """``mail``, as a library found it, is ``message``: subject, people, both bodies, draft flag and files."""
    assert mail["subject"] == message.subject
    assert mail["from"]["address"] == message.sender.address and mail["from"]["name"] == message.sender.name
    assert mail["to"]["address"] == message.recipient.address
    assert " ".join((mail["to"].get("name") or "").split()) == " ".join(message.recipient.name.split())
    assert mail["text"].replace("\r\n", "\n").rstrip("\n") == message.text.rstrip("\n")
    assert mail["html"].replace("\r\n", "\n").rstrip("\n") == message.html.rstrip("\n")
    assert (str(mail["unsent"]), mail["date"]) == ("1", None)
    assert [(one["name"], one["type"], one["sha256"]) for one in mail["files"]] == [
        (one.name, one.media_type, one.sha256) for one in message.attachments
    ]


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_mail_library_finds_in_each_draft_what_was_composed(drafts, library):
    found = read_by(library, drafts)
    assert len(found) == len(MESSAGES)
    for message, mail in zip(MESSAGES, found, strict=True):
        assert_is(mail, message)


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_mail_library_finds_in_an_advisers_digest_all_of_their_schools(edition, tmp_path, library):
    """The digest is composed from an edition's own reports, and left as a sending by folder leaves it."""
    rows = [make_row(edition, urn) for urn in edition.schools]
    rows += [make_row(edition, urn, "adviser", name="Siân Marlow", email=ADVISER) for urn in edition.schools]
    write_recipients(edition, rows)
    write_settings(edition, digests=["adviser"])
    messages = compose_messages(open_delivery(edition.workspace, "county"))
    (digest,) = (message for message in messages if message.recipient.address == ADVISER)
    assert len(digest.attachments) == len(edition.schools) == 3
    with Folder(tmp_path / "drafts") as folder:
        assert folder.check(digest) == []
        folder.send(digest, "all-ab")
        (mail,) = read_by(library, [folder.folder / name_draft(digest)])
    assert_is(mail, digest)
    for urn, school in edition.schools.items():
        assert f"{school} (URN {urn})" in mail["text"] and f"{school} (URN {urn})" in mail["html"]
        assert any(file["name"].startswith(f"{urn} ") for file in mail["files"])
