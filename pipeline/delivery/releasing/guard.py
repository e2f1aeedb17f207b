"""The last look before anything leaves: does all that names a school in a message name the same one?

Everything is read anew from where it stands (address book, folder, files, facts, words), whoever composed the message.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import cache, cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from pipeline.delivery.addressing.address_book import RECIPIENTS
from pipeline.delivery.addressing.supporters import read_supporters
from pipeline.delivery.composing.digest import combine_reports
from pipeline.delivery.mail.message import Attachment, Message
from pipeline.delivery.settings import read_settings
from pipeline.edition.editions import EditionDescription
from pipeline.foundation.paths import EditionPaths
from pipeline.foundation.yaml_files import read_record
from pipeline.render.engine import list_translations
from pipeline.run.record.statuses import read_statuses
from pipeline.run.stamps.made import read_made

PDF, PAGE, FACTS = "report.pdf", "report.html", "facts.json"
MEDIA_TYPES = {".pdf": "application/pdf", ".html": "text/html"}
#: What of a school's folder may be attached: its report, and the same in a second language.
_ATTACHED = re.compile(r"report(\.[A-Za-z-]+)?\.(pdf|html)")

_QUOTES_AND_DASHES = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "–": "-", "—": "-", "‑": "-", "\ufffe": "-"})
_TELLING = 20  # letters from which an officer's words are unlike anybody else's


def check_agreement(paths: EditionPaths, message: Message) -> list[str]:
    """Give every way in which ``message`` does not agree with the edition; empty where it may be sent.

    Address book, folder, attachments' names, PDF (first page, title, keywords), page (metadata), facts, account of the
    report, subject and words must all be of one school, and no other school of the edition may be named in the words
    or the files' names. For many messages, make one ``Guard``.
    """
    return Guard(paths)(message)


class Guard:
    """Checks messages of one edition. What it reads of a report is kept for the next message about the same bytes."""

    def __init__(self, paths: EditionPaths) -> None:
        self._paths = paths
        self._statuses = {int(school["urn"]): school for school in read_statuses(paths)}
        self._rows, self._roles = _read_rows(paths)
        settings = read_settings(paths)
        self._contact, self._digests = _fold(settings.contact), settings.digests
        self._year = read_record(paths.description, EditionDescription).year
        self._found: dict[tuple[object, ...], list[str]] = {}

    def __call__(self, message: Message) -> list[str]:
        """Give every disagreement of ``message``, each in a sentence that names what and where."""
        if message.about:
            return [*_check_headers(message), *self._check_digest(message)]
        known = message.urn, message.school, message.report, *(one.sha256 for one in message.attachments)
        if known not in self._found:
            self._found[known] = list(_check_files(self._paths, message, self._due))
        return [
            *_check_headers(message),
            *self._check_recipient(message),
            *self._check_status(message),
            *(fault for one in message.attachments for fault in _check_attachment(self._paths, message, one)),
            *self._found[known],
            *self._check_words(message),
        ]

    def _check_digest(self, message: Message) -> Iterator[str]:
        """A digest goes to a role that gets one and to nobody else, and is of all of that person's schools."""
        to, address = message.recipient, _fold_address(message.recipient.address)
        roles = {role for (_, known), role in self._roles.items() if known == address}
        if to.role not in self._digests or roles - set(self._digests):
            other = ", ".join(sorted(roles - set(self._digests))) or to.role
            yield f"a digest of several schools would go to {to.address}, which the address book has as {other}"
        theirs = {urn for (urn, known), role in self._roles.items() if (known, role) == (address, to.role)} & self._due
        if theirs != set(message.urns):
            listed = ", ".join(str(urn) for urn in sorted(theirs ^ set(message.urns)))
            yield f"the digest and the address book differ about {to.address}: URN {listed}"
        for urn, school in message.about:
            part = self._part(message, urn, school)
            yield from self._check_status(part)
            yield from (fault for one in part.attachments for fault in _check_attachment(self._paths, part, one))
            yield from _check_files(self._paths, part, self._due)
        strange = [one.source for one in message.attachments if not any(_is_report(one, urn) for urn in message.urns)]
        yield from (f"the file {source} is of no school that the digest is about" for source in strange)
        hashes = {urn: _hash(self._paths.school(urn) / PDF) for urn in message.urns}
        if combine_reports(hashes) != message.report:
            yield "the digest is about other reports than those in place"
        yield from self._check_digest_words(message)

    def _part(self, message: Message, urn: int, school: str) -> Message:
        """What of a digest is about one school, as a message of its own."""
        attached = tuple(one for one in message.attachments if one.source.startswith(f"schools/{urn}/"))
        report = _hash(self._paths.school(urn) / PDF)
        return replace(message, urn=urn, school=school, about=(), attachments=attached, report=report)

    def _check_digest_words(self, message: Message) -> Iterator[str]:
        words, own = _Words(message), set(message.urns)
        parts = [self._part(message, urn, school) for urn, school in message.about]
        facts = {part.urn: _read_facts(self._paths.school(part.urn) / FACTS) for part in parts}
        for part in parts:
            yield from _check_own_names(part, words, ("text", "HTML"))
            yield from self._check_year(words, facts[part.urn])
            yield from _check_officers_words(facts[part.urn], words)
        for place, said in [*words.by_place.items(), ("link", words.links)]:
            for urn in self._find_other_urns(said.replace(self._contact, " "), own):
                yield f"the {place} names URN {urn}, which is none of the digest's schools"
        known = sorted(
            {name for part in parts for name in self._list_known_names(part, facts[part.urn])},
            key=lambda name: (-len(name), name),
        )
        for urn, place in self._find_other_names(words, known):
            if urn not in own:
                name = self._statuses[urn]["name"]
                yield f"the {place} names {name} (URN {urn}), which is none of the digest's schools"

    @cached_property
    def _due(self) -> frozenset[int]:
        return frozenset(urn for urn, school in self._statuses.items() if school["status"] == "done")

    def _check_recipient(self, message: Message) -> Iterator[str]:
        recipient = message.recipient
        if recipient.urn != message.urn:
            yield f"the recipient is of URN {recipient.urn}, the message about URN {message.urn}"
        named = self._rows.get((message.urn, _fold_address(recipient.address)))
        if named is None:
            yield f"the address book has no row with {recipient.address} for URN {message.urn}"
        elif named and named != _squeeze(message.school) and named in self._names:
            other = self._names[named]
            yield f"the address book has {recipient.address} beside URN {message.urn} and the name of URN {other}"

    @cached_property
    def _names(self) -> dict[str, int]:
        """Every school's name, squeezed → its URN."""
        return {_squeeze(str(school["name"])): urn for urn, school in self._statuses.items()}

    def _check_status(self, message: Message) -> Iterator[str]:
        if message.edition != self._paths.folder.name:
            yield f"the message is of the edition {message.edition}, the reports of {self._paths.folder.name}"
        school = self._statuses.get(message.urn)
        if school is None:
            yield f"URN {message.urn} is not among the edition's schools (schools.json)"
        elif message.urn not in self._due:
            yield f"URN {message.urn} has no report to send: {school['status']}, {school['reason']}"

    def _check_words(self, message: Message) -> Iterator[str]:
        facts = _read_facts(self._paths.school(message.urn) / FACTS)
        words = _Words(message)
        yield from _check_own_names(message, words, ("text", "HTML", "subject"))
        yield from self._check_year(words, facts)
        for place, said in words.by_place.items():
            for urn in self._find_other_urns(said.replace(self._contact, " "), {message.urn}):  # a telephone number
                yield f"the {place} names URN {urn}, which is another school's"
        for urn in self._find_other_urns(words.links, {message.urn}):
            yield f"a link leads to URN {urn}, which is another school's"
        for urn, place in self._find_other_names(words, self._list_known_names(message, facts)):
            yield f"the {place} names {self._statuses[urn]['name']} (URN {urn}), which is another school"
        yield from _check_officers_words(facts, words)

    def _check_year(self, words: _Words, facts: Mapping[str, Any]) -> Iterator[str]:
        """The edition, the facts and the words are on one academic year; the edition's title may name any."""
        title = _fold(str(facts.get("edition", {}).get("title", "")))
        year = str(facts.get("edition", {}).get("year", ""))
        if year != self._year:
            yield f"the facts are on {year or 'no year'}, and edition.yaml is on {self._year}"
        for place in ("subject", "text", "HTML"):
            named = re.findall(r"(?<!\d)20\d\d/\d\d(?!\d)", words.by_place[place].replace(title, " "))
            if named and self._year not in named:
                yield f"the {place} names the year {named[0]}, and edition.yaml is on {self._year}"

    def _list_known_names(self, message: Message, facts: Mapping[str, Any]) -> list[str]:
        """What may hold another school's name and does not mean it, folded, the longest first: the names of the
        message's own school, of its trust, and of whoever writes ("Ash School" within "Cold Ash School Trust")."""
        school, edition = facts.get("school", {}), facts.get("edition", {})
        names = [message.school, self._statuses.get(message.urn, {}).get("name"), message.sender.name]
        names += [school.get(part) for part in ("name", "former_name", "trust_name", "la_name")]
        names += [edition.get("title"), facts.get("policy", {}).get("organisation"), self._contact]
        return sorted({_fold(str(name)) for name in names if name}, key=lambda name: (-len(name), name))

    def _find_other_urns(self, said: str, own: Set[int]) -> list[int]:
        found = {int(number) for number in re.findall(r"(?<!\d)\d{6}(?!\d)", said)}
        return sorted(urn for urn in found - own if urn in self._statuses)

    def _find_other_names(self, words: _Words, known: list[str]) -> Iterator[tuple[int, str]]:
        """Other schools that the words name, and where. A name of one word ("Haven") is too common to be looked for."""
        whole = "\n".join(words.by_place.values())
        for urn, name in self._other_names:
            if name not in whole or name in known:
                continue
            alone = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
            hidden = [longer for longer in known if name in longer]
            for place, said in words.by_place.items():
                for longer in hidden:
                    said = said.replace(longer, "\n")
                if alone.search(said):
                    yield urn, place

    @cached_property
    def _other_names(self) -> list[tuple[int, str]]:
        names = [(urn, _fold(str(school["name"]))) for urn, school in sorted(self._statuses.items())]
        return [(urn, name) for urn, name in names if len(name.split()) > 1]


class ReminderGuard(Guard):
    """Checks reminders: each goes to its person's own address, brings no file, and names no school but those at which
    the person has something to do."""

    def __init__(self, paths: EditionPaths, schools: Mapping[str, Set[int]], kept: Sequence[str]) -> None:
        """``schools`` are by person's name those at which they have something to do, ``kept`` the words that officers
        keep to themselves."""
        settings = read_settings(paths)
        self._paths = paths
        self._statuses = {int(school["urn"]): school for school in read_statuses(paths)}
        self._addresses = {name: _fold_address(one) for name, one in read_supporters(paths, settings).items()}
        self._contact, self._schools, self._kept = _fold(settings.contact), schools, kept

    def __call__(self, message: Message) -> list[str]:
        return [*_check_headers(message), *self._check_person(message), *self._check_reminder_words(message)]

    def _check_person(self, message: Message) -> Iterator[str]:
        to = message.recipient
        if self._addresses.get(to.name) != _fold_address(to.address):
            yield f"people.csv does not have {to.address} beside {to.name}"
        if strange := set(message.urns) - self._schools.get(to.name, set()):
            listed = ", ".join(str(urn) for urn in sorted(strange))
            yield f"{to.name} has nothing to do at URN {listed}"
        if message.attachments:
            yield f"a reminder would bring the file {message.attachments[0].name!r}"

    def _check_reminder_words(self, message: Message) -> Iterator[str]:
        words, own = _Words(message), set(message.urns)
        for urn, school in message.about:
            yield from _check_own_names(replace(message, urn=urn, school=school), words, ("text", "HTML"))
        for place, said in [*words.by_place.items(), ("link", words.links)]:
            for urn in self._find_other_urns(said.replace(self._contact, " "), own):
                yield f"the {place} names URN {urn}, which is none of the reminder's schools"
        known = [_fold(school) for _, school in message.about] + [_fold(message.sender.name), self._contact]
        for urn, place in self._find_other_names(words, sorted(known, key=lambda name: (-len(name), name))):
            if urn not in own:
                name = self._statuses[urn]["name"]
                yield f"the {place} names {name} (URN {urn}), which is none of the reminder's schools"
        yield from _check_kept_words(self._kept, words)


class _Words:
    """What a message's reader sees, folded, by its place; and where its links lead."""

    def __init__(self, message: Message) -> None:
        page = _read_page(message.html)
        said = {"subject": message.subject, "text": message.text, "HTML": " ".join(page.words)}
        said["recipient's name"] = message.recipient.name
        said |= {f"file name {one.name!r}": one.name for one in message.attachments}
        self.by_place = {place: _fold(words) for place, words in said.items()}
        self.links = " ".join(page.links)


class _Page(HTMLParser):
    """The words of a page as they are seen, where its links lead, and what its metadata says by name."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.links: list[str] = []
        self.metadata: dict[str, str] = {}
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self._hidden = tag in ("style", "script")
        self.links += [said[name] for name in ("href", "src") if name in said]
        if tag == "meta" and "name" in said:
            self.metadata[said["name"]] = said.get("content", "")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def _read_page(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    page.close()
    return page


def _check_own_names(message: Message, words: _Words, places: Sequence[str]) -> Iterator[str]:
    """Text and HTML hold the school's URN and its name, the subject one of them."""
    name = _fold(message.school)
    for place in places:
        said = words.by_place[place]
        if place == "subject":
            if name not in said and not _holds_urn(said, message.urn):
                yield f"the subject names neither {message.school} nor URN {message.urn}"
            continue
        if not _holds_urn(said, message.urn):
            yield f"the {place} does not hold URN {message.urn}"
        if name not in said:
            yield f"the {place} does not name {message.school}"


def _check_officers_words(facts: Mapping[str, Any], words: _Words) -> Iterator[str]:
    officer = facts.get("officer") or {}
    panel = officer.get("panel") or {}
    heard = officer.get("soft_intelligence") or []
    yield from _check_kept_words([str(panel.get("reason", "")), *(str(one.get("note", "")) for one in heard)], words)


def _check_kept_words(kept: Iterable[str], words: _Words) -> Iterator[str]:
    for told in kept:
        for place, said in words.by_place.items():
            if len(told) >= _TELLING and _fold(told) in said:
                yield f"the {place} holds what officers alone may read: {told[:40]!r}"


def _check_headers(message: Message) -> Iterator[str]:
    headers = {
        "subject": message.subject,
        "school's name": message.school,
        "recipient's name": message.recipient.name,
        "recipient's address": message.recipient.address,
        "sender's name": message.sender.name,
        "sender's address": message.sender.address,
        "address for answers": message.sender.reply_to,
        **{f"name of file {number}": one.name for number, one in enumerate(message.attachments, start=1)},
    }
    for what, said in headers.items():
        if any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in said):
            yield f"the {what} holds a line break or another control character: {said!r}"


def _is_report(attachment: Attachment, urn: int) -> bool:
    """Whether a file is, by its place, a report of that school."""
    folder, _, file = attachment.source.rpartition("/")
    return folder == f"schools/{urn}" and _ATTACHED.fullmatch(file) is not None


def _check_attachment(paths: EditionPaths, message: Message, attachment: Attachment) -> Iterator[str]:
    """Whose file it is by its place and name, and whether it is the file that stands there."""
    name, source = attachment.name, attachment.source
    if not _is_report(attachment, message.urn):
        yield f"the file {name!r} is {source}, which is no report for URN {message.urn}"
        return
    kind = MEDIA_TYPES[Path(source).suffix]
    if attachment.media_type.partition(";")[0] != kind:
        yield f"the file {name!r} is called {attachment.media_type}, and {source} is {kind}"
    if Path(name).suffix != Path(source).suffix:
        yield f"the file {name!r} has another ending than {source}"
    if not re.match(rf"{message.urn}(?!\d)", name):
        yield f"the file name {name!r} does not begin with URN {message.urn}"
    if "/" in name or "\\" in name:
        yield f"the file name {name!r} holds a path"
    try:
        stands = (paths.reports / source).read_bytes()
    except OSError:
        stands = b""
    if stands != attachment.content:
        yield f"the file {name!r} is not what stands at {source}"


def _check_files(paths: EditionPaths, message: Message, due: frozenset[int]) -> Iterator[str]:
    """Whether the school's folder holds its own report, whole, as it was made, and the one the message is about."""
    folder = paths.school(message.urn)
    place = f"schools/{message.urn}"
    made = read_made(folder)
    if made is None:
        yield f"{place} has no account of what it was made from (made.json)"
        return
    for name, digest in sorted(made.files.items()):
        if _hash(folder / name) != digest:
            yield f"{place}/{name} is not as it was made"
    if made.files.get(PDF) != message.report:
        yield f"the message is about another report than {place}/{PDF}"
    for one in message.attachments:
        file = Path(one.source).name
        if _ATTACHED.fullmatch(file) and made.files.get(file) != one.sha256:
            yield f"the file {one.name!r} is not {place}/{file} as it was made"
    facts = _read_facts(folder / FACTS)
    yield from _check_facts(facts, message)
    year = str(facts.get("edition", {}).get("year", ""))
    yield from _check_pdf(_read_bytes(folder / PDF), message, due, year)
    yield from _check_page(_read_bytes(folder / PAGE), message, year)
    for file in list_translations(made.files):
        check = (
            _check_pdf(_read_bytes(folder / file), message, due, year)
            if file.endswith(".pdf")
            else _check_page(_read_bytes(folder / file), message, year)
        )
        yield from (f"{file}: {fault}" for fault in check)


def _check_facts(facts: Mapping[str, Any], message: Message) -> Iterator[str]:
    school, document = facts.get("school", {}), facts.get("document", {})
    for place, urn in (("facts", school.get("urn")), ("title block of the facts", document.get("urn"))):
        if urn != message.urn:
            yield f"URN {urn} in the {place}, not URN {message.urn}"
    if _fold(str(school.get("name", ""))) != _fold(message.school):
        yield f"the facts name {school.get('name')}, the message {message.school}"
    edition = facts.get("edition", {}).get("name")
    if edition != message.edition:
        yield f"the facts are of the edition {edition}, the message of {message.edition}"


def _check_pdf(pdf: bytes, message: Message, due: frozenset[int], year: str) -> Iterator[str]:
    try:
        first, keywords, title, subject = _read_pdf(pdf)
    except ValueError as error:
        yield f"the PDF cannot be read: {error}"
        return
    for place, said in (("PDF's first page", first), ("PDF's keywords", keywords)):
        if not _holds_urn(said, message.urn):
            yield f"no URN {message.urn} in the {place}"
        named = {int(number) for number in re.findall(r"URN\s*(\d{6})(?!\d)", said)}
        for urn in sorted(named & due - {message.urn}):
            yield f"URN {urn}, which is another school's, in the {place}"
    if not _format_pattern(message.school).search(_squeeze(f"{first}\n{title}")):
        yield f"neither the PDF's first page nor its title names {message.school}"
    if year not in f"{first}\n{title}\n{subject}":
        yield f"the PDF does not say that it is on {year}, as the facts do"


def _holds_urn(said: str, urn: int) -> bool:
    return re.search(rf"(?<!\d){urn}(?!\d)", said) is not None


def _read_pdf(pdf: bytes) -> tuple[str, str, str, str]:
    """The words of the first page, keywords, title and subject. Raises ValueError where it cannot be read."""
    import pikepdf
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(pdf) as printed:
            first = printed[0].get_textpage().get_text_range()
        with pikepdf.open(io.BytesIO(pdf)) as document:
            keywords, title, subject = (
                str(document.docinfo.get(name, "")) for name in ("/Keywords", "/Title", "/Subject")
            )
            return first, keywords, title, subject
    except (pikepdf.PdfError, pypdfium2.PdfiumError, IndexError) as error:
        raise ValueError(str(error)) from None


def _check_page(page: bytes, message: Message, year: str) -> Iterator[str]:
    said = _read_page(page.partition(b"</head>")[0].decode("utf-8", errors="replace")).metadata
    urn, school = said.get("urn", ""), said.get("school", "")
    if urn != str(message.urn):
        yield f"the page says it is of URN {urn or 'nobody'}"
    if _fold(school) != _fold(message.school):
        yield f"the page says it is of {school or 'nobody'}, the message names {message.school}"
    if year not in said.get("description", "") + said.get("edition", ""):
        yield f"the page does not say that it is on {year}, as the facts do"


def _read_rows(paths: EditionPaths) -> tuple[dict[tuple[int, str], str], dict[tuple[int, str], str]]:
    """The address book read anew, by URN and address: the school's name, squeezed, where the row has one for the eye,
    and the role.

    Raises FaultyInput where it cannot be read as a table.
    """
    from pipeline.sources.local.rows import open_table
    from pipeline.sources.reading import PublishedFile

    table = open_table(PublishedFile(paths.local / RECIPIENTS, f"local/{RECIPIENTS}"))
    columns = {_squeeze(heading): table.cells[heading].fillna("") for heading in table.header}
    schools = columns.get("school", [""] * len(table.cells))
    rows = zip(columns["urn"], columns["email"], columns["role"], schools, strict=True)
    found = [
        (
            (int(urn), _fold_address(address)),
            role.strip().casefold().replace(" ", "_").replace("-", "_"),
            _squeeze(school),
        )
        for urn, address, role, school in rows
        if re.fullmatch(r"\s*\d{6}\s*", urn)
    ]
    return {key: school for key, _, school in found}, {key: role for key, role, _ in found}


def _read_facts(path: Path) -> Mapping[str, Any]:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _hash(path: Path) -> str:
    from pipeline.run.stamps.made import hash_file

    try:
        return hash_file(path)
    except OSError:
        return ""


def _fold(words: str) -> str:
    """Words as they are compared: one way to write quotes, dashes and letters, one blank between words."""
    return " ".join(unicodedata.normalize("NFKC", words).translate(_QUOTES_AND_DASHES).split())


@cache
def _fold_address(address: str) -> str:
    """An address as it is compared: capitals do not matter, nor how a domain with other letters is written."""
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(address.strip(), check_deliverability=False)
    except EmailNotValidError:
        return address.strip().casefold()
    return f"{found.local_part}@{found.ascii_domain}".casefold()


def _squeeze(words: str) -> str:
    """The same without blanks and capitals: lines of a PDF break anywhere."""
    return "".join(_fold(words).casefold().split())


def _format_pattern(name: str) -> re.Pattern[str]:
    """A name as a PDF prints it: a letter that no font holds stands there as U+FFFD."""
    return re.compile("".join(_tolerate(char) for char in _squeeze(name)))


def _tolerate(char: str) -> str:
    return re.escape(char) if char.isascii() else f"(?:{re.escape(char)}|\N{REPLACEMENT CHARACTER})"
