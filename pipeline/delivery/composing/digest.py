"""A second kind of message: one to an adviser with all of their schools, each in a few sentences, and every report.

Whose schools they are, the address book says: the rows of a role that ``digests:`` in ``delivery.yaml`` names. It goes
to nobody but such a role, and holds no more of a school than a message about that school alone would.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.delivery.accounting.ledger import normalise_address
from pipeline.delivery.composing.letter import (
    introduce_files,
    list_cautions,
    phrase_correction,
    phrase_sentences,
    refuse_other_policy,
)
from pipeline.delivery.composing.messages import FACTS, PDF, Words, attach_report, read_facts, read_report, tidy
from pipeline.delivery.mail.message import Attachment, Message, Recipient
from pipeline.delivery.settings import DeliverySettings
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.vocabulary import count_noun, place_by_name
from pipeline.policy.policy import Policy


@dataclass(frozen=True)
class SchoolInDigest:
    """One school's part: ``category`` is empty where the role's messages may not name it."""

    school: str
    urn: int
    category: str
    sentences: tuple[str, ...]
    link: str


@dataclass(frozen=True)
class DigestLetter:
    """The words that templates of a digest may use; docs/policies.md says what each is."""

    schools: tuple[SchoolInDigest, ...]
    number: str
    edition: str
    year: str
    organisation: str
    policy: str
    recipient: str
    role: str
    dear: str
    cautions: tuple[str, ...]
    correction: str
    how_it_comes: str
    contact: str
    sender: str


def group_digests(recipients: Iterable[Recipient], settings: DeliverySettings) -> list[tuple[Recipient, ...]]:
    """The rows of everybody who is sent a digest, by person; in the order of the address book's schools."""
    people: dict[tuple[str, str], list[Recipient]] = {}
    for one in recipients:
        if one.role in settings.digests:
            people.setdefault((one.role, normalise_address(one.address)), []).append(one)
    return [tuple(sorted(rows, key=lambda row: row.urn)) for rows in people.values()]


def combine_reports(hashes: Mapping[int, str]) -> str:
    """By what a digest's reports are known: a hash of each school's, by URN."""
    listed = "\n".join(f"{urn} {digest}" for urn, digest in sorted(hashes.items()))
    return hashlib.sha256(listed.encode()).hexdigest()


def compose_digest(
    paths: EditionPaths,
    settings: DeliverySettings,
    policy: Policy,
    rows: Sequence[Recipient],
    year: str = "",
    reached: frozenset[str] = frozenset(),
) -> Message:
    """Compose the message that brings one person the reports of all their schools (``rows``: one each).

    ``reached`` are the digests that have reached them before, each by what its reports are known by. Raises as
    ``compose`` does, FailedReport naming the school.
    """
    from pipeline.report.exhibits import clean_text

    person = replace(rows[0], urn=0, name=next((row.name for row in rows if row.name), ""))
    facts: dict[int, Mapping[str, Any]] = {}
    hashes: dict[int, str] = {}
    attachments: list[Attachment] = []
    for row in rows:
        files = read_report(paths, row.urn)
        facts[row.urn] = read_facts(paths, row.urn, files[FACTS], year)
        refuse_other_policy(facts[row.urn], policy, row.urn)
        hashes[row.urn] = hashlib.sha256(files[PDF]).hexdigest()
        school = clean_text(facts[row.urn]["school"]["name"])
        attachments += attach_report(files, settings, row, school, facts[row.urn]["edition"]["year"])
    report = combine_reports(hashes)
    correction = phrase_correction(bool(reached - {report}), several=True)
    letter = _compose_letter(facts, policy, settings, person, attachments, correction)
    write = Words(paths, [f"{policy.key}/digest", "digest"], vars(letter))
    subject = clean_text(write("subject"))
    first = next(iter(facts.values()))
    return Message(
        edition=paths.folder.name,
        date=datetime.date.fromisoformat(first["edition"]["date"]),
        urn=0,
        school=letter.number,
        recipient=person,
        sender=settings.from_whom,
        subject=subject,
        text=tidy(write("txt", subject=subject)),
        html=tidy(write("html", subject=subject)),
        attachments=tuple(attachments),
        report=report,
        about=tuple((one.urn, one.school) for one in letter.schools),
    )


def _compose_letter(
    facts: Mapping[int, Mapping[str, Any]],
    policy: Policy,
    settings: DeliverySettings,
    person: Recipient,
    attachments: Sequence[Attachment],
    correction: str,
) -> DigestLetter:
    from pipeline.report.exhibits import clean_text

    role, first = policy.recipients[person.role], next(iter(facts.values()))
    parts = [
        SchoolInDigest(
            school=clean_text(said["school"]["name"]),
            urn=urn,
            category=clean_text(said["final"]["title"]) if role.category_in_message else "",
            sentences=phrase_sentences(said, policy, role),
            link=settings.link.replace("{urn}", str(urn)),
        )
        for urn, said in facts.items()
    ]
    return DigestLetter(
        schools=tuple(sorted(parts, key=lambda one: place_by_name(one.school, one.urn))),
        number=count_noun(len(parts), "school"),
        edition=clean_text(first["edition"]["title"]),
        year=first["edition"]["year"],
        organisation=clean_text(first["policy"]["organisation"]),
        policy=clean_text(first["policy"]["title"]),
        recipient=clean_text(person.name),
        role=role.title,
        dear=clean_text(person.name) or role.title,
        cautions=tuple(list_cautions(first)) if role.category_in_message else (),
        correction=correction,
        how_it_comes=introduce_files(attachments, settings, person, several=len(parts) > 1),
        contact=clean_text(settings.contact),
        sender=clean_text(settings.sender.name),
    )
