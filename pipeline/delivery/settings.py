"""How an edition is delivered: ``delivery.yaml`` beside its ``edition.yaml``. No secret has a place in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from pipeline.delivery.mail.message import Sender
from pipeline.edition.ownership import find_placeholder
from pipeline.foundation.errors import Fault, FaultyInput, PipelineError
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.yaml_files import Record, find_line, read_record

SETTINGS = "delivery.yaml"
CHANNELS = ("folder", "smtp", "notify", "microsoft365")

Channel = Literal["folder", "smtp", "notify", "microsoft365"]
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")


class SenderSettings(Record):
    """From whom the messages come."""

    name: str = Field(min_length=1)
    address: str = Field(min_length=3)
    reply_to: str = ""


class SmtpSettings(Record):
    """The organisation's mail server. The password is looked for as ``SCHOOL_REPORTS_SMTP_PASSWORD``."""

    host: str = Field(min_length=1)
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls"] = "starttls"
    user: str = ""
    certificates: str = ""  # a file of certificate authorities, relative to the edition; empty takes the system's
    per_minute: int = Field(30, ge=1)  # messages
    seconds: int = Field(60, ge=1)  # the longest an answer may take


class NotifySettings(Record):
    """A GOV.UK Notify service. The API key is looked for as ``SCHOOL_REPORTS_NOTIFY_KEY``."""

    template: str = Field(min_length=1)  # the template's id; docs/sending.md says what it must hold
    retention_weeks: int = Field(26, ge=1, le=78)  # how long the link leads to the report
    address: str = "https://api.notifications.service.gov.uk"
    per_minute: int = Field(300, ge=1)


class Microsoft365Settings(Record):
    """A mailbox in Microsoft 365. The secret is looked for as ``SCHOOL_REPORTS_MICROSOFT365_SECRET``."""

    tenant: str = Field(min_length=1)
    client: str = Field(min_length=1)  # the application's id
    mailbox: str = Field(min_length=3)
    address: str = "https://graph.microsoft.com/v1.0"
    authority: str = "https://login.microsoftonline.com"
    certificates: str = ""  # a file of certificate authorities, relative to the edition; empty takes the system's
    per_minute: int = Field(25, ge=1)
    seconds: int = Field(60, ge=1)


class DeliverySettings(Record):
    """The content of ``delivery.yaml``."""

    sender: SenderSettings
    contact: str = Field(min_length=3)  # printed at a message's end: whom to ask, and how
    allowed_domains: tuple[str, ...] = Field(min_length=1)  # no message leaves to any other
    channel: Channel = "smtp"  # for recipients whose row names none
    reminders: Channel | None = None  # how reminders leave, where that is another way
    files: tuple[Literal["pdf", "html"], ...] = ("pdf",)  # what is attached; empty where the report is only linked
    link: str = ""  # where the report can be read, with {urn} in it; empty where it is only attached
    approvals: int = Field(1, ge=1, le=2)  # how many people must approve before anything leaves
    roles_with_many_schools: tuple[str, ...] = ("adviser",)
    digests: tuple[str, ...] = ()  # roles of which each person gets one message about all of their schools
    shared_addresses: tuple[str, ...] = ()  # addresses that may stand for several schools all the same
    job_shares: tuple[int, ...] = ()  # URNs of schools where several people hold one role, as co-heads do
    smtp: SmtpSettings | None = None
    notify: NotifySettings | None = None
    microsoft365: Microsoft365Settings | None = None

    @field_validator("allowed_domains")
    @classmethod
    def _are_domains(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [domain for domain in domains if not _DOMAIN.fullmatch(domain.lower())]
        if wrong:
            raise ValueError(f"not a domain: {', '.join(wrong)}; write it without @, like school.example.sch.uk")
        return tuple(domain.lower() for domain in domains)

    @field_validator("link")
    @classmethod
    def _leads_to_one_school(cls, link: str) -> str:
        if link and ("{urn}" not in link or not link.startswith("https://")):
            raise ValueError(
                "a link begins with https:// and holds {urn}, so that each school's leads to its own report"
            )
        return link

    @model_validator(mode="after")
    def _brings_the_report(self) -> DeliverySettings:
        if not self.files and not self.link and self.channel != "notify":
            raise ValueError("nothing would reach the school: attach a file (`files:`) or give a `link:`")
        return self

    @model_validator(mode="after")
    def _sends_digests_to_officers(self) -> DeliverySettings:
        if schools := [role for role in self.digests if role not in self.roles_with_many_schools]:
            said = f"a digest holds many schools: {', '.join(schools)} must be one of `roles_with_many_schools:`"
            raise ValueError(f"{said}, and nobody at a school")
        return self

    @property
    def from_whom(self) -> Sender:
        return Sender(self.sender.name, self.sender.address, self.sender.reply_to)


def read_settings(paths: EditionPaths) -> DeliverySettings:
    """Read an edition's ``delivery.yaml``.

    Raises PipelineError where there is none, FaultyInput for mistakes in it, for what was only written to be filled in
    and for a channel of which nothing says how to reach it, each with its line.
    """
    file = paths.delivery_settings
    if not file.is_file():
        raise PipelineError(
            "nothing says how the reports are delivered",
            where=f"{paths.folder.name}/{SETTINGS}",
            remedy="Write one with `python -m pipeline recipients EDITION`; docs/sending.md says what stands in it.",
        )
    name = f"{paths.folder.name}/{SETTINGS}"
    settings = read_record(file, DeliverySettings, name=name)
    if faults := [*_find_placeholders(settings, file, name), *_find_missing_section(settings, file, name)]:
        raise FaultyInput(faults)
    return settings


def _find_missing_section(settings: DeliverySettings, file: Path, name: str) -> Iterator[Fault]:
    """A fault where messages are to leave by a channel that has no section, or reminders by one that takes none."""
    for field, channel in (("channel", settings.channel), ("reminders", settings.reminders)):
        if channel not in (None, "folder") and getattr(settings, channel) is None:
            remedy = f"Add a section `{channel}:`; docs/sending.md says what stands in it."
            yield Fault(name, find_line(file, [field]), field, f"nothing says how to reach {channel}", remedy)
    if settings.reminders == "notify":
        what, remedy = "GOV.UK Notify takes a message with its report alone", "Name another channel for reminders."
        yield Fault(name, find_line(file, ["reminders"]), "reminders", what, remedy)


def _find_placeholders(settings: DeliverySettings, file: Path, name: str) -> Iterator[Fault]:
    """A fault for each value that still is what the file came with."""
    for place, words in _list_texts(settings.model_dump(mode="json", exclude_none=True)):
        if placeholder := find_placeholder(words):
            what = f"{words!r} has not been filled in: {placeholder!r} would reach schools"
            field = ".".join(str(part) for part in place)
            yield Fault(name, find_line(file, place), field, what, "Write what is true of your organisation.")


def _list_texts(said: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(said, dict | list):
        parts = said.items() if isinstance(said, dict) else enumerate(said)
        for part, within in parts:
            yield from _list_texts(within, (*place, part))
    elif isinstance(said, str) and place != ("link",):
        yield place, said
