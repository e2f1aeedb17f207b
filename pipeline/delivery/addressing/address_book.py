"""The address book of an edition, ``local/recipients.csv``: who receives which school's report, checked whole.

Written by hand, so every fault is named with its line and what to do, all at once. What may be meant and may be a slip
is a question: it stops nothing here, and a live sending until it is answered.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pipeline.delivery.accounting.ledger import normalise_address
from pipeline.delivery.mail.message import Recipient
from pipeline.delivery.settings import CHANNELS, SETTINGS, DeliverySettings
from pipeline.foundation.errors import Fault, FaultyInput, PipelineError
from pipeline.foundation.paths import EditionPaths
from pipeline.policy.policy import Policy
from pipeline.run.record.statuses import read_statuses

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

    from pipeline.sources.local.files import LocalFile
    from pipeline.sources.local.rows import Row
    from pipeline.sources.reading import RawTable

RECIPIENTS = "recipients.csv"

_NAME = f"local/{RECIPIENTS}"
_RETIRE = "put # before the row"
_COLUMNS = {
    "urn": "the school's six digits",
    "role": "a role that your policy lets receive a report",
    "name": "how the message addresses the person; may be left empty",
    "email": "the address",
    "channel": f"{' / '.join(CHANNELS)}; empty for the channel that {SETTINGS} names",
}
_EXAMPLE = "100001,head,Ms A. Hart,head@school.example,"
#: Control characters, marks of text direction, lone halves, private and unassigned characters, ends of lines.
_NOT_IN_A_NAME = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@dataclass(frozen=True)
class AddressBook:
    """``recipients`` by URN, in the order of the file. ``questions`` keep messages from leaving until a person has
    answered them, each as its remedy says."""

    recipients: tuple[Recipient, ...]
    questions: tuple[Fault, ...]


def compose_empty_address_book() -> str:
    """Give an address book without a row: its headings, then comments that say what stands in each column."""
    from pipeline.sources.local import compose_template

    return compose_template(_describe_file())


def read_address_book(
    paths: EditionPaths,
    settings: DeliverySettings,
    policy: Policy,
    due: Mapping[int, str],
    not_due: Mapping[int, str],
) -> AddressBook:
    """Read the edition's address book against the schools that are ``due`` and ``not_due`` (URN → name).

    Rows of a school whose report could not be made are left aside: they are right, and the others need not wait.
    Raises PipelineError where there is none, and FaultyInput with every fault of every row: a URN unknown or of a
    school not due, another school's name beside it, a role the policy does not permit, an address that is none, whose
    domain is not allowed or that stands twice for a school, an unknown channel or one without settings, a name with
    control characters, a school due without any recipient.
    """
    from pipeline.sources.local.rows import read_rows

    _refuse_policy_without_roles(policy)
    table = _open_table(paths)
    rows, faults, _ = read_rows(table, _describe_file())
    schools = _Schools(due, not_due, {int(school["urn"]): school for school in read_statuses(paths)})
    read = [_read_recipient(row, settings, policy, schools) for row in rows]
    _refuse_repeats(rows, read)
    named = list(zip(rows, _list_names(table), strict=True))
    _refuse_other_names(named, due)
    faults += _list_unserved(rows, due)
    if faults:
        raise FaultyInput(sorted(faults, key=lambda fault: (fault.line is None, fault.line or 0, fault.urn or 0)))
    kept = sorted((one for one in read if one.urn in due), key=lambda one: (one.urn, one.line))
    questions = [
        *_ask_about_names(named, due),
        *_ask_about_shared_addresses(kept, settings, due),
        *_ask_about_shared_roles(kept, settings, policy),
    ]
    return AddressBook(tuple(kept), tuple(sorted(questions, key=lambda question: question.line or 0)))


def list_names_by_address(paths: EditionPaths) -> dict[str, set[str]]:
    """The names beside each address, both as they are compared; empty where there is no address book.

    Nothing of it is checked, but that it can be read as a table.
    """
    from pipeline.sources.local.files import simplify
    from pipeline.sources.local.rows import read_rows

    found: dict[str, set[str]] = defaultdict(set)
    if (paths.local / RECIPIENTS).exists():
        for row in read_rows(_open_table(paths), _describe_file())[0]:
            found[normalise_address(row["email"])].add(simplify(row["name"]))
    return found


def _describe_file() -> LocalFile:
    from pipeline.sources.local import LocalFile

    return LocalFile(
        "recipients", "Who receives each school's report; one row a person and school.", _COLUMNS, _EXAMPLE
    )


def _open_table(paths: EditionPaths) -> RawTable:
    from pipeline.sources.local.rows import open_table
    from pipeline.sources.reading import PublishedFile

    file = paths.local / RECIPIENTS
    if file.is_dir():
        what = "a folder stands where the address book belongs"
        raise PipelineError(what, where=f"{paths.folder.name}/{_NAME}", remedy="Move it away, or rename it.")
    if not file.is_file():
        found = sorted(path.name for path in paths.local.glob("*") if "recipient" in path.name.lower())
        near = f" Or there is one already: {', '.join(found)}: save it as CSV UTF-8 under that name." if found else ""
        raise PipelineError(
            "there is no address book",
            where=f"{paths.folder.name}/{_NAME}",
            remedy=f"Begin one with `python -m pipeline recipients {paths.folder.name}` and fill it in.{near}",
        )
    return open_table(PublishedFile(file, _NAME))


def _refuse_policy_without_roles(policy: Policy) -> None:
    if not policy.recipients:
        raise PipelineError(
            "the policy lets nobody receive a report",
            where=f"policy {policy.key}",
            remedy="Add `recipients:` with the roles that may, as docs/policies.md shows.",
        )


# One row


@dataclass(frozen=True)
class _Schools:
    """URN → name of those due and not due, and what the last run said of each."""

    due: Mapping[int, str]
    not_due: Mapping[int, str]
    statuses: Mapping[int, Mapping[str, Any]]


def _read_recipient(row: Row, settings: DeliverySettings, policy: Policy, schools: _Schools) -> Recipient:
    return Recipient(
        urn=_read_urn(row, schools),
        role=_read_role(row, policy),
        name=_read_name(row),
        address=read_address(row, settings),
        channel=_read_channel(row, settings),
        line=row.line,
    )


def _read_urn(row: Row, schools: _Schools) -> int:
    urn = row.read_urn(None)
    if not urn or urn in schools.due:
        return urn
    if urn not in schools.not_due:
        near = get_close_matches(str(urn), [str(known) for known in schools.due], n=2, cutoff=0.8)
        hint = f"Did you mean {near[0]} ({schools.due[int(near[0])]})? " if len(near) == 1 else ""
        row.refuse("urn", f"URN {urn} is no school of this edition", f"{hint}Correct it, or {_RETIRE}.")
    elif schools.statuses.get(urn, {}).get("status") != "failed":
        why = schools.statuses.get(urn, {}).get("reason", "")
        what = f"{schools.not_due[urn]} gets no report in this edition{f': {why}' if why else ''}"
        row.refuse("urn", what, f"Correct the URN, or {_RETIRE}.")
    return urn


def _read_role(row: Row, policy: Policy) -> str:
    return row.choose("role", list(policy.recipients), f"role that {policy.title} lets receive a report")


def _read_name(row: Row) -> str:
    name = row["name"]
    if any(unicodedata.category(mark) in _NOT_IN_A_NAME for mark in name):
        row.refuse("name", "the name holds a line break or another character that is not printed", "Write it anew.")
    elif "@" in name:
        row.refuse("name", f"{name!r} looks like an address", "Write the person's name, or leave it empty.")
    return " ".join(name.split())


def _read_channel(row: Row, settings: DeliverySettings) -> str:
    if not row["channel"]:
        return ""
    channel = row.choose("channel", CHANNELS, "channel")
    if channel in CHANNELS and channel != "folder" and getattr(settings, channel) is None:
        row.refuse("channel", f"{SETTINGS} does not say how to send by {channel}", f"Add `{channel}:` there.")
    return channel


def read_address(row: Row, settings: DeliverySettings) -> str:
    """The address of a row's column ``email``, its domain in small letters; "" where it is none that can be written to,
    which is a fault of the row."""
    from email_validator import EmailNotValidError, validate_email

    said = row["email"]
    if not said:
        row.refuse("email", "the address is missing", f"Write it, or {_RETIRE}.")
        return ""
    try:
        found = validate_email(said, check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError as error:
        row.refuse("email", f"{said!r} is no address: {error}", f"Correct it, or {_RETIRE}.")
        return ""
    if not found.normalized.isascii():
        row.refuse("email", *_describe_international(found))
    elif found.ascii_domain not in settings.allowed_domains:
        row.refuse("email", *_describe_strange_domain(found.ascii_domain, settings))
    return found.normalized


def _describe_international(found: ValidatedEmail) -> tuple[str, str]:
    """Such an address can be valid and still be one that only looks like a school's, or that no server takes."""
    what = f"{found.original!r} holds letters other than a to z, as addresses in other scripts do"
    if found.local_part.isascii():
        return what, f"Write the domain in its plain form, {found.ascii_domain}, once you know whose it is."
    return what, "Many mail servers do not take it, and it may be another address than it looks: ask for a plain one."


def _describe_strange_domain(domain: str, settings: DeliverySettings) -> tuple[str, str]:
    near = get_close_matches(domain, settings.allowed_domains, n=1, cutoff=0.85)
    hint = f"Did you mean {near[0]}? " if near else ""
    remedy = f"{hint}Correct the address; or, once you know whose domain it is, add {domain} to `allowed_domains:`."
    return f"no message may go to {domain}: {SETTINGS} does not allow it", remedy


# The school's name, where the file has it for the eye: a URN that is another school's shows there


def _list_names(table: RawTable) -> list[str]:
    """What each row calls its school; empty where the file has no such column."""
    from pipeline.sources.local.files import FOR_THE_EYE, simplify

    heading = next((one for one in table.header if simplify(one) == FOR_THE_EYE), None)
    return [""] * len(table.lines) if heading is None else [simplify(name) for name in table.cells[heading].fillna("")]


def _refuse_other_names(named: Iterable[tuple[Row, str]], due: Mapping[int, str]) -> None:
    """Note a fault for each row that calls its school by another school's name."""
    from pipeline.sources.local.files import simplify

    by_name = {simplify(school): urn for urn, school in due.items()}
    for row, name in named:
        own, other = due.get(row.number or 0, ""), by_name.get(name)
        if name and own and other and simplify(own) != name:
            what = f"the row is about {own} by its URN and about {due[other]} by its name"
            remedy = f"Correct one of the two: {due[other]} has URN {other}. Look at the address too."
            row.refuse("urn", what, remedy)


def _ask_about_names(named: Iterable[tuple[Row, str]], due: Mapping[int, str]) -> Iterator[Fault]:
    for row, name in named:
        own = due.get(row.number or 0, "")
        if name and own and not _is_near(name, own):
            what = f"by its URN the row is about {own}; its column school says something else"
            remedy = "Correct the URN, or write the school's name as its report does."
            yield Fault(row.file, row.line, "school", what, remedy, row.number)


def _is_near(name: str, school: str) -> bool:
    """Whether ``name`` is the school's, abbreviated or written a little otherwise."""
    from pipeline.sources.local.files import simplify

    known = simplify(school)
    return set(name.split()) <= set(known.split()) or bool(get_close_matches(name, [known], cutoff=0.7))


# Rows together


def _list_unserved(rows: Iterable[Row], due: Mapping[int, str]) -> list[Fault]:
    served = {row.number for row in rows}
    what = "nobody receives this school's report"
    return [
        Fault(_NAME, None, None, what, f"Add a row for {school}, or the school would not be told.", urn)
        for urn, school in sorted(due.items())
        if urn not in served
    ]


def _refuse_repeats(rows: list[Row], read: list[Recipient]) -> None:
    from pipeline.sources.local.rows import refuse_repeats

    what = "the school's report would go to this address twice: it stands in line {line} too"
    keys = [(one.urn or None, one.address.casefold() or None) for one in read]
    refuse_repeats(rows, keys, what, "Keep one of the two rows.")


def _ask_about_shared_addresses(
    recipients: Iterable[Recipient], settings: DeliverySettings, due: Mapping[int, str]
) -> Iterator[Fault]:
    """Ask about each address that would get several schools' reports: most often a row was copied and not finished."""
    known = {address.casefold() for address in settings.shared_addresses}
    by_address: dict[str, list[Recipient]] = defaultdict(list)
    for one in recipients:
        by_address[one.address.casefold()].append(one)
    for address, rows in by_address.items():
        may = all(row.role in settings.roles_with_many_schools for row in rows)
        if len(rows) == 1 or may or address in known:
            continue
        schools = ", ".join(f"{due[row.urn]} ({row.urn}, line {row.line})" for row in rows)
        what = f"{rows[0].address} would get the reports of {len(rows)} schools: {schools}"
        remedy = f"Correct the rows; or, if it is meant, add the address to `shared_addresses:` in {SETTINGS}."
        yield Fault(_NAME, rows[1].line, "email", what, remedy)


def _ask_about_shared_roles(
    recipients: Iterable[Recipient], settings: DeliverySettings, policy: Policy
) -> Iterator[Fault]:
    """Ask about each school that has one role twice: most often the one before was not taken out."""
    by_role: dict[tuple[int, str], list[Recipient]] = defaultdict(list)
    for one in recipients:
        if one.role not in settings.roles_with_many_schools and one.urn not in settings.job_shares:
            by_role[one.urn, one.role].append(one)
    for (urn, role), rows in by_role.items():
        if len(rows) > 1:
            named = ", ".join(f"{row.name or row.address} (line {row.line})" for row in rows)
            what = f"the school has {len(rows)} people as {policy.recipients[role].title}: {named}"
            remedy = f"Put # before the row that is past; or, if they share the post, add {urn} to `job_shares:`"
            yield Fault(_NAME, rows[1].line, "role", what, f"{remedy} in {SETTINGS}.", urn)
