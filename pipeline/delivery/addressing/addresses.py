"""Does an address tell of another school than its row? By a number in it, a name, its domain, or where it stood before.

What may be meant is asked about, once. A mailbox named after a role, and a domain that several schools share, tell of
no school; an address that tells of its own school is not asked about for what else it may seem to tell.
"""

from __future__ import annotations

import csv
import re
import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property

from pipeline.delivery.accounting.ledger import normalise_address
from pipeline.delivery.accounting.questions import Question, name_question
from pipeline.delivery.addressing.address_book import RECIPIENTS
from pipeline.delivery.addressing.schools import SchoolNote
from pipeline.delivery.mail.message import Recipient
from pipeline.delivery.settings import DeliverySettings
from pipeline.foundation.paths import EditionPaths

_SHARED = 3  # schools: a domain of as many is nobody's own
_CONTAINED = 7  # letters from which a name is looked for within a longer word


def _list_words(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Words that do not tell one school from another, in names and in addresses.
_GENERIC = _list_words(
    "the of and at for in a c ce cofe e rc va vc church england catholic roman methodist voluntary aided "
    "controlled community foundation special school schools academy academies college trust federation "
    "multi mat education learning sch"
)
#: Words that tell two schools of one place apart, but no two places.
_KINDS = _list_words(
    "infant infants junior juniors first middle primary secondary high grammar nursery lower upper prep"
)
#: What the mailbox of a role is called.
_ROLES = _list_words(
    "head headteacher heads ht principal executive exec office admin administrator clerk chair governor "
    "governors gov info enquiry enquiries contact mail post reception secretary bursar business manager "
    "to chairofgovernors clerktogovernors headspa pa deputy team"
)
#: Letters of a school's name from which on a mailbox of that name is no person's.
_LIKE_NO_PERSON = 10
#: Ends of domains that many owners share.
_ENDS = _list_words("sch uk co org com gov ac net ltd example eu edu school academy education trust")


@dataclass(frozen=True)
class EarlierRow:
    """That an address stood at a school in an earlier edition, by its address book or its ledger."""

    edition: str
    urn: int
    school: str
    address: str


def ask_about_addresses(
    recipients: Sequence[Recipient],
    settings: DeliverySettings,
    notes: Mapping[int, SchoolNote],
    numbers: Mapping[int, str],
    earlier: Sequence[EarlierRow] = (),
) -> list[Question]:
    """Ask about each address that tells of another school than its row.

    ``notes`` are of every school of the edition; ``numbers`` are URNs and LAESTABs of all schools that are known, each
    with the school's name. Addresses that ``settings`` let stand for many schools are not looked at.
    """
    look = _Look(recipients, settings, notes, numbers, earlier)
    asked = []
    for one in recipients:
        why = list(dict.fromkeys(look(one)))
        if why:
            code = name_question(f"address-{one.urn}", normalise_address(one.address))
            what = (
                f"{one.address} stands beside {notes[one.urn].name} (URN {one.urn}), but {'; '.join(why)}. Is it right?"
            )
            asked.append(Question(code, what, f"Else correct local/{RECIPIENTS}, line {one.line}.", one.urn, one.line))
    return asked


def read_earlier_rows(paths: EditionPaths, edition: str) -> list[EarlierRow]:
    """At which schools addresses stood in an earlier edition; what cannot be read tells of none."""
    return [*_read_book(paths, edition), *_read_ledger(paths, edition)]


def read_answers(paths: EditionPaths) -> frozenset[str]:
    """The codes of the questions that somebody answered in an edition, by its ledger, which stays as it is."""
    return frozenset(str(row[0]) for row in _query(paths, "SELECT question FROM answers"))


def read_reached(paths: EditionPaths) -> dict[tuple[int, str], frozenset[str]]:
    """The reports that have reached each recipient of an edition, by its ledger, which stays as it is.

    (URN, address as it is compared) → the SHA-256 of each; a digest's URN is 0.
    """
    sql = "SELECT edition, urn, address_key, report FROM attempts_told WHERE mode = 'live' AND word = 'sent'"
    reached: dict[tuple[int, str], set[str]] = {}
    for edition, urn, address, report in _query(paths, sql):
        if edition == paths.folder.name:
            reached.setdefault((int(urn), str(address)), set()).add(str(report))
    return {recipient: frozenset(reports) for recipient, reports in reached.items()}


def _read_book(paths: EditionPaths, edition: str) -> Iterator[EarlierRow]:
    try:
        text = (paths.local / RECIPIENTS).read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return
    rows = csv.reader(text.splitlines())
    heading = [cell.strip().casefold() for cell in next(rows, [])]
    for row in rows:
        cells = dict(zip(heading, (cell.strip() for cell in row), strict=False))
        if re.fullmatch(r"\d{6}", cells.get("urn", "")) and "@" in cells.get("email", ""):
            yield EarlierRow(edition, int(cells["urn"]), cells.get("school", ""), normalise_address(cells["email"]))


def _read_ledger(paths: EditionPaths, edition: str) -> Iterator[EarlierRow]:
    for urn, school, address in _query(paths, "SELECT urn, school, address FROM attempts WHERE mode = 'live'"):
        yield EarlierRow(edition, int(urn), str(school), normalise_address(str(address)))


def _query(paths: EditionPaths, sql: str) -> list[tuple]:
    """Rows of an edition's ledger, which stays as it is."""
    if not paths.ledger.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"{paths.ledger.resolve().as_uri()}?mode=ro", uri=True, timeout=1)) as database:
            return database.execute(sql).fetchall()
    except sqlite3.Error:
        return []


# One address


@dataclass(frozen=True)
class _Told:
    """An address in parts: the words before the @ and those of the domain that are its owner's own."""

    before: str
    domain: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class _Look:
    """Looks at the rows of one address book. Called with a row, it gives each thing that tells of another school."""

    recipients: Sequence[Recipient]
    settings: DeliverySettings
    notes: Mapping[int, SchoolNote]
    numbers: Mapping[int, str]
    earlier: Sequence[EarlierRow]

    def __call__(self, one: Recipient) -> Iterator[str]:
        if one.role in self.settings.roles_with_many_schools or one.urn not in self.notes or self._is_shared(one):
            return
        told = self._split(one.address)
        own = self._list_own_numbers(one.urn)
        found = _find_numbers(one.address)
        if not found & own:
            yield from self._tell_numbers(found)
            if not found & self._list_estabs(one.urn):
                yield from self._tell_estab(one)
            yield from self._tell_names(one, told)
            yield from self._tell_domain(one, told)
        yield from self._tell_earlier(one)

    def _is_shared(self, one: Recipient) -> bool:
        shared = {normalise_address(address) for address in self.settings.shared_addresses}
        return normalise_address(one.address) in shared

    # Numbers

    def _list_own_numbers(self, urn: int) -> set[int]:
        note = self.notes[urn]
        return {urn, *note.predecessors, *([note.laestab] if note.laestab else [])}

    def _tell_numbers(self, found: Iterable[int]) -> Iterator[str]:
        for number in sorted(found):
            if number in self.numbers and number > 9999:
                kind = "URN" if number < 1_000_000 else "number"
                yield f"it holds {number}, the {kind} of {self.numbers[number] or 'another school'}"

    def _list_estabs(self, urn: int) -> set[int]:
        laestab = self.notes[urn].laestab
        return {laestab % 10_000} if laestab else set()

    def _tell_estab(self, one: Recipient) -> Iterator[str]:
        """Four digits mean an establishment only where other addresses of the book hold their own school's."""
        for number in sorted(_find_numbers(one.address)):
            if number in self._by_estab and len(self._users_of_estabs - {one.urn}) > 1:
                yield f"it holds {number}, the number of {self._by_estab[number]}"

    @cached_property
    def _by_estab(self) -> dict[int, str]:
        return {note.laestab % 10_000: note.name for note in self.notes.values() if note.laestab}

    @cached_property
    def _users_of_estabs(self) -> set[int]:
        return {
            one.urn
            for one in self.recipients
            if one.urn in self.notes and _find_numbers(one.address) & self._list_estabs(one.urn)
        }

    # Names

    def _tell_names(self, one: Recipient, told: _Told) -> Iterator[str]:
        person = [word for word in _simplify(one.name).split() if len(word) > 2]
        own = _find_longest(key for key in self._find_keys(*told.labels, told.before) if one.urn in self._by_key[key])
        places = [*told.labels, *([told.before] if _is_mailbox(told.before) else [])]
        whole = "".join(sign for sign in told.before if sign.isalnum())
        if whole in self._by_key and len(whole) >= _LIKE_NO_PERSON:  # pellbury.rise@, with no word of a role
            places.append(whole)
        other = _find_longest(
            key
            for key in self._find_keys(*places)
            if one.urn not in self._by_key[key] and not any(word in key or key in word for word in person)
        )
        if not other or self._is_place(one.urn, other) or (own and own not in other) or self._is_part(one.urn, other):
            return
        named = " or ".join(sorted(f"{self.notes[urn].name} (URN {urn})" for urn in self._by_key[other])[:3])
        yield f"it names {named}"

    @cached_property
    def _by_key(self) -> dict[str, set[int]]:
        """What an address may hold of a name → the schools of that name."""
        by_key: dict[str, set[int]] = defaultdict(set)
        for urn, note in self.notes.items():
            for key in (key for name in note.names for key in _format_keys(name)):
                by_key[key].add(urn)
        return dict(by_key)

    def _find_keys(self, *places: str) -> set[str]:
        """The names, of any school, that the labels of a domain or a mailbox hold."""
        return {key for place in places for key in _list_pieces(place) if key in self._by_key and _holds(place, key)}

    def _is_part(self, urn: int, key: str) -> bool:
        """Whether ``key`` is part of the school's own name: Orchard of Orchard Lea."""
        return any(key in own for name in self.notes[urn].names for own in _format_keys(name))

    def _is_place(self, urn: int, key: str) -> bool:
        """Whether an address of the school may hold ``key`` for its town, authority or trust."""
        return any(key in _simplify(place).replace(" ", "") for place in self.notes[urn].places)

    # Domains

    def _split(self, address: str) -> _Told:
        before, _, domain = normalise_address(address).rpartition("@")
        if len(self._users[domain]) >= _SHARED:
            labels: list[str] = []
        else:
            parent = next((end for end in _list_ends(domain) if len(self._users[end]) >= _SHARED), "")
            labels = domain.removesuffix(parent).strip(".").split(".")
        return _Told(before, domain, tuple(label for label in labels if label and label not in _ENDS))

    @cached_property
    def _users(self) -> defaultdict[str, set[int]]:
        """The schools that have addresses at a domain, or below it."""
        users: defaultdict[str, set[int]] = defaultdict(set)
        for one in self.recipients:
            for end in _list_ends(one.address.rpartition("@")[2].casefold()):
                users[end].add(one.urn)
        return users

    @cached_property
    def _rows_at(self) -> dict[str, dict[int, int]]:
        """How many rows each school has at a domain."""
        rows: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for one in self.recipients:
            if one.role not in self.settings.roles_with_many_schools:
                rows[one.address.rpartition("@")[2].casefold()][one.urn] += 1
        return rows

    def _tell_domain(self, one: Recipient, told: _Told) -> Iterator[str]:
        """The domain is another school's: it alone has several addresses there, or alone had them before."""
        rows = self._rows_at.get(told.domain, {})
        others = [urn for urn in rows if urn != one.urn]
        if (
            len(others) == 1
            and rows[one.urn] == 1
            and rows[others[0]] > 1
            and self._has_own_domain(one.urn, told.domain)
        ):
            yield f"{told.domain} is otherwise the domain of {self.notes[others[0]].name} (URN {others[0]})"
            return
        before = {row.urn: row for row in self.earlier if row.address.endswith(f"@{told.domain}")}
        known = {row.urn for row in self.earlier}
        if len(before) == 1 and one.urn in known and len(self._users[told.domain]) < _SHARED:
            (row,) = before.values()
            if not self._is_own(one.urn, row):
                yield f"in {row.edition} {told.domain} was the domain of {row.school or f'URN {row.urn}'} alone"

    def _has_own_domain(self, urn: int, but: str) -> bool:
        return any(set(rows) == {urn} for domain, rows in self._rows_at.items() if domain != but)

    # Before

    def _tell_earlier(self, one: Recipient) -> Iterator[str]:
        address = normalise_address(one.address)
        rows = [row for row in self.earlier if row.address == address]
        if not rows or any(self._is_own(one.urn, row) for row in rows):
            return
        if len({row.urn for row in rows}) == 1:
            yield f"in {rows[0].edition} it stood at {rows[0].school or 'another school'} (URN {rows[0].urn})"

    def _is_own(self, urn: int, row: EarlierRow) -> bool:
        """Whether an earlier row is about this school, which may have had another number then."""
        note = self.notes[urn]
        return row.urn == urn or row.urn in note.predecessors or _simplify(row.school) in map(_simplify, note.names)


def _find_numbers(address: str) -> set[int]:
    """Numbers as schools have them: URNs, establishments, and authority and establishment with or without a mark."""
    joined = re.sub(r"(?<!\d)(\d{3})[-._/](\d{4})(?!\d)", r"\1\2", address)
    return {int(number) for number in re.findall(r"(?<!\d)(?:\d{6,7}|\d{4})(?!\d)", joined)}


def _list_ends(domain: str) -> list[str]:
    """The domain and each that it is below: ``a.b.c``, ``b.c``; not the last alone."""
    labels = domain.split(".")
    return [".".join(labels[place:]) for place in range(len(labels) - 1)]


def _find_longest(keys: Iterable[str]) -> str:
    return max(keys, key=lambda key: (len(key), key), default="")


def _list_pieces(place: str) -> set[str]:
    """Every run of letters in ``place``, with its marks and without."""
    words = {*re.findall(r"[a-z]+", place), "".join(re.findall(r"[a-z]+", place)), _squeeze(place)}
    return {
        word[first:last] for word in words for first in range(len(word)) for last in range(first + 3, len(word) + 1)
    }


def _squeeze(place: str) -> str:
    """The telling words of a label or mailbox as one."""
    words = re.findall(r"[a-z]+", place)
    return "".join(word for word in words if word not in _GENERIC and word not in _ROLES)


def _simplify(words: str) -> str:
    """Small letters without accents, one blank between words; Saint is St."""
    plain = unicodedata.normalize("NFKD", words.casefold().replace("'", "").replace("’", ""))
    found = re.findall(r"[a-z0-9]+", "".join(mark for mark in plain if not unicodedata.combining(mark)))
    return " ".join("st" if word == "saint" else word for word in found)


def _format_keys(name: str) -> list[str]:
    """What an address may hold of a school's name: ``quenford`` and ``quenfordinfant``."""
    words = _simplify(name.partition(",")[0]).split()
    telling = [word for word in words if word not in _GENERIC and word not in _KINDS]
    kinds = [word for word in words if word in _KINDS]
    if not telling or sum(map(len, telling)) < 3:
        return []
    base = "".join(telling)
    return [base, *(f"{base}{kind.rstrip('s')}" for kind in kinds)]


def _holds(place: str, key: str) -> bool:
    """Whether a label of a domain, or a mailbox, is called after ``key``."""
    words, squeezed = re.findall(r"[a-z]+", place), _squeeze(place)
    if key in (squeezed, *words):
        return True
    for word in {squeezed, *words}:
        if word.startswith(key) and len(key) >= _CONTAINED:
            return True
        if key in word and all(_is_generic(part) for part in word.replace(key, " ", 1).split()):
            return True
    return False


def _is_generic(word: str) -> bool:
    """Whether a word, or words written as one, tell of no school: ``primaryschool``."""
    left = word
    for known in sorted(_GENERIC | _KINDS | _ROLES, key=len, reverse=True):
        if len(known) > 1:
            left = left.replace(known, " ")
    return not left.replace("s", " ").split()


def _is_mailbox(before: str) -> bool:
    """Whether what stands before the @ is a role's mailbox, not a person's."""
    return any(word in _ROLES or word in _GENERIC or word in _KINDS for word in re.findall(r"[a-z]+", before))
