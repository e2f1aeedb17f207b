"""An edition opened for delivery: what is said of it, who receives what, and every message composed from it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.delivery.accounting.ledger import normalise_address
from pipeline.delivery.addressing.address_book import (
    RECIPIENTS,
    AddressBook,
    compose_empty_address_book,
    read_address_book,
)
from pipeline.delivery.addressing.addresses import read_reached
from pipeline.delivery.addressing.holds import read_holds
from pipeline.delivery.composing.digest import group_digests
from pipeline.delivery.mail.message import Attachment, Message, Recipient
from pipeline.delivery.settings import DeliverySettings, read_settings
from pipeline.edition.editions import Edition, load_edition, read_policy_of
from pipeline.foundation.errors import FailedReport, PipelineError
from pipeline.foundation.paths import EditionPaths, Workspace
from pipeline.foundation.vocabulary import count_noun
from pipeline.foundation.writing import write_beside
from pipeline.policy import Policy
from pipeline.run.record.statuses import STATUSES, read_statuses


@dataclass(frozen=True)
class Delivery:
    """What is delivered of an edition, to whom, and how. ``due`` and ``not_due`` are URN → the school's name, ``holds``
    is URN → why a person has put the school on hold. ``reached`` are the reports that each recipient has had, see
    ``read_reached``."""

    edition: Edition
    settings: DeliverySettings
    policy: Policy
    book: AddressBook
    due: Mapping[int, str]
    not_due: Mapping[int, str]
    holds: Mapping[int, str] = field(default_factory=dict)
    reached: Mapping[tuple[int, str], frozenset[str]] = field(default_factory=dict)

    @property
    def paths(self) -> EditionPaths:
        return self.edition.paths

    def list_without_usual_role(self) -> list[tuple[str, list[tuple[int, str]]]]:
        """Of each role that most schools' recipients have, its title and the URNs and names of those without: a row may
        have been forgotten, or left out with # when a person went."""
        found = []
        for role, said in self.policy.recipients.items():
            having = {one.urn for one in self.book.recipients if one.role == role}
            lacking = [(urn, school) for urn, school in self.due.items() if urn not in having]
            if lacking and len(lacking) < len(self.due) / 2:
                found.append((said.title, lacking))
        return found


class WaitsForAPerson(PipelineError):
    """Nothing is broken: somebody must answer, approve or decide before messages leave."""

    exit_code = 6


def open_delivery(workspace: Workspace, name: str) -> Delivery:
    """Read all that says how an edition is delivered, and check its address book whole.

    Raises PipelineError where the edition, its reports, its settings or its address book are not there, and
    FaultyInput with every fault of the file that has some.
    """
    edition = load_edition(workspace, name)
    due, not_due = list_due(edition.paths)
    settings, policy = read_settings(edition.paths), read_policy_of(edition)
    book = read_address_book(edition.paths, settings, policy, due, not_due)
    holds = read_holds(edition.paths, {**not_due, **due})
    return Delivery(edition, settings, policy, book, due, not_due, holds, read_reached(edition.paths))


def list_due(paths: EditionPaths) -> tuple[dict[int, str], dict[int, str]]:
    """The schools that have a report, and those of the area that have none, each URN → name.

    Raises PipelineError where no report has been made.
    """
    statuses = read_statuses(paths)
    due = {int(school["urn"]): str(school["name"]) for school in statuses if school["status"] == "done"}
    if not due:
        name = paths.folder.name
        if not statuses and any(paths.reports.glob("schools/*/made.json")):
            raise PipelineError(
                f"the list of the schools that have a report ({STATUSES}) is not there, or damaged",
                where=f"reports/{name}/{STATUSES}",
                remedy=f"Have it written again: `python -m pipeline reports {name}`. Reports that are current stay.",
            )
        raise PipelineError(
            "the edition has no reports yet", where=name, remedy=f"Make them: `python -m pipeline reports {name}`."
        )
    return due, {int(school["urn"]): str(school["name"]) for school in statuses if school["status"] != "done"}


def choose_recipients(delivery: Delivery, urns: Sequence[int] = ()) -> tuple[Recipient, ...]:
    """The recipients of the schools ``urns``, or of all. Raises PipelineError for schools without a report."""
    strange = [urn for urn in urns if urn not in delivery.due]
    if strange:
        named = ", ".join(" ".join([str(urn), delivery.not_due.get(urn, "")]).strip() for urn in strange)
        raise PipelineError(
            f"no report is due for URN {named}",
            where=delivery.edition.name,
            remedy="The edition's index lists its schools, and why some have no report.",
        )
    return tuple(one for one in delivery.book.recipients if not urns or one.urn in urns)


def compose_messages(
    delivery: Delivery, urns: Sequence[int] = (), progress: Callable[[int, int], None] = lambda done, total: None
) -> tuple[Message, ...]:
    """Compose every message, or those of the schools ``urns``. ``progress`` is told how many of how many are.

    A digest is composed where all of its schools are wanted.

    A school that is on hold has none where its report cannot be sent as it is. Raises FailedReport with every other
    such report, PipelineError for a faulty template.
    """
    recipients = choose_recipients(delivery, urns)
    chosen = {one.urn for one in recipients}
    alone = [(one,) for one in recipients if one.role not in delivery.settings.digests]
    digests = group_digests(delivery.book.recipients, delivery.settings)
    work = [*alone, *(rows for rows in digests if chosen.issuperset(row.urn for row in rows))]
    messages: list[Message] = []
    faults: dict[int, str] = {}
    kept: dict[tuple[str, str], Attachment] = {}
    for done, rows in enumerate(work):
        progress(done, len(work))
        try:
            messages.append(_share_attachments(_compose(delivery, rows), kept))
        except FailedReport as fault:
            if fault.urn is not None and fault.urn not in delivery.holds:
                faults[fault.urn] = fault.what
    if faults:
        raise _refuse_reports(delivery, faults)
    return tuple(messages)


def _compose(delivery: Delivery, rows: Sequence[Recipient]) -> Message:
    """The message to one row of the address book, or the digest of several schools to a role that gets one."""
    from pipeline.delivery.composing.digest import compose_digest
    from pipeline.delivery.composing.messages import compose

    given = delivery.paths, delivery.settings, delivery.policy
    year, address = delivery.edition.description.year, normalise_address(rows[0].address)
    if rows[0].role in delivery.settings.digests:
        return compose_digest(*given, rows, year, delivery.reached.get((0, address), frozenset()))
    return compose(*given, rows[0], year, delivery.reached.get((rows[0].urn, address), frozenset()))


def _share_attachments(message: Message, kept: dict[tuple[str, str], Attachment]) -> Message:
    """Hold a report in memory once, however many people receive it."""
    shared = tuple(kept.setdefault((one.name, one.sha256), one) for one in message.attachments)
    return replace(message, attachments=shared)


def _refuse_reports(delivery: Delivery, faults: Mapping[int, str]) -> FailedReport:
    listed = [f"  URN {urn}, {delivery.due[urn]}: {what}" for urn, what in sorted(faults.items())]
    what = f"{count_noun(len(faults), 'report')} cannot be sent, so nothing is:"
    remedy = f"Make them again: `python -m pipeline reports {delivery.edition.name}`; then look at them and approve."
    return FailedReport(None, "\n".join([what, *listed]), where=delivery.edition.name, remedy=remedy)


# Beginning


def write_missing_files(workspace: Workspace, name: str) -> list[Path]:
    """Write a commented ``delivery.yaml`` and an address book with a row for each school, where they are not there.

    Raises PipelineError where the edition or its reports are not there.
    """
    edition = load_edition(workspace, name)
    paths = edition.paths
    texts = {paths.delivery_settings: _format_first_settings, paths.local / RECIPIENTS: _format_first_rows}
    missing = {path: write for path, write in texts.items() if not path.exists()}
    for path, write in missing.items():
        write_beside(path, write(edition))
    return list(missing)


def write_missing_settings(edition: Edition, *, contact: str = "", sender: str = "") -> None:
    """Write ``delivery.yaml`` where it is missing, with whom to ask and the sender's address where they are known."""
    if not edition.paths.delivery_settings.exists():
        write_beside(edition.paths.delivery_settings, _format_first_settings(edition, contact, sender))


def _format_first_rows(edition: Edition) -> str:
    """A row for each school that has a report, of the policy's first role, without an address."""
    due, _ = list_due(edition.paths)
    role = next(iter(read_policy_of(edition).recipients), "")
    headings, comments = compose_empty_address_book().split("\n", maxsplit=1)
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerows((urn, role, "", "", "", school) for urn, school in sorted(due.items()))
    return f"{headings},school\n{comments}{written.getvalue()}"


def _format_first_settings(edition: Edition, contact: str = "", sender: str = "") -> str:
    organisation = _name_organisation(edition)
    contact = contact.strip() or f"{organisation}, telephone and address"
    sender = sender.strip() or "reports@your-domain.example"
    return f"""\
# How the reports reach the schools. Check it with `python -m pipeline recipients {edition.name}`; docs/sending.md tells
# all of it. No password belongs in this file: it is looked for in the environment and in the system's keyring.
# What is only here to be filled in is refused as long as it stands: your-domain, your-schools, telephone and address.

# From whom the messages come, and to whom an answer goes.
sender:
  name: {json.dumps(organisation, ensure_ascii=False)}
  address: {json.dumps(sender, ensure_ascii=False)}
  # reply_to: improvement@your-domain.example

# Printed at the end of every message: whom to ask, and how.
contact: {json.dumps(contact, ensure_ascii=False)}

# The domains that messages may go to, without @, each subdomain too. An address at any other is refused.
allowed_domains:
  - your-schools.example

# How messages leave, where a row of the address book says nothing else: folder (drafts for Outlook), smtp, notify
# (GOV.UK Notify) or microsoft365. Each but folder needs a section below.
channel: folder

# How reminders of support leave, where that is another way; Notify takes none.
# reminders: smtp

# What is attached: pdf, html, or both. By Notify it is a link to the PDF, whatever stands here.
files: [pdf]

# Where the report can be read on your own site, with {{urn}} where the number goes. Left out: it is only attached.
# link: https://reports.your-domain.example/{{urn}}

# How many people must approve before anything leaves: 1 or 2.
approvals: 1

# Roles of which one address may stand for many schools, and addresses that may, whatever their role.
roles_with_many_schools: [adviser]

# Roles of which each person gets one message about all of their schools, instead of one for each.
# digests: [adviser]
# shared_addresses: [office@your-schools.example]

# Schools where two people share one post.
# job_shares: [100001]

# smtp:                          # your organisation's mail server; its certificate is always verified
#   host: smtp.your-domain.example
#   port: 587
#   security: starttls           # or tls, on port 465
#   user: reports@your-domain.example
#   certificates: authority.pem  # beside this file; only where your organisation is its own certificate authority
#   per_minute: 30               # messages

# notify:                        # GOV.UK Notify
#   template: the template's id
#   retention_weeks: 26          # how long the link leads to the report

# microsoft365:                  # a mailbox in Microsoft 365
#   tenant: the directory's id
#   client: the application's id
#   mailbox: reports@your-domain.example
"""


def _name_organisation(edition: Edition) -> str:
    """Who works by the edition's policy, where somebody has said so."""
    try:
        return read_policy_of(edition).organisation
    except PipelineError:
        return "Your organisation"
