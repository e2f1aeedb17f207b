"""Telling a text by a phrase book: a text is told where patterns account for all of it, and untold otherwise.

Every reading of every slot is tried, so that "reading, writing and maths; and persistent absence" is a list of two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from pipeline.render.language.book import (
    AND,
    MONTHS,
    PHRASES,
    SHORT_MONTHS,
    Pattern,
    PhraseBook,
    Place,
    Slot,
    raise_first,
)

_SCANNED = {
    "number": re.compile(r"[+−-]?\d+(?:,\d{3})*(?:\.\d+)?%?"),
    "year": re.compile(r"\d{4}/\d{2}(?!\d)"),
    "date": re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})"),
    "day": re.compile(rf"(\d{{1,2}}) ({'|'.join(SHORT_MONTHS)})(?!\w)"),
    "file": re.compile(r"[^\s;,]+\.(?:csv|xlsx|xlsm)(?!\w)"),
    "code": re.compile(r"[A-Z][A-Z0-9_]*(?![a-z])"),
    "marks": re.compile(r"[*†‡]*(?: \([a-h]\))?"),
}
_DIVIDER = re.compile(r"; and |, and |; |, | and ")
_SENTENCE = re.compile(r"(?<=[.?!:]) ")
_ITEM = re.compile(r"; (?=[A-Z])")  # in a cell: between what could stand there alone
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class _Reading:
    """What ends at ``end`` of the text is ``told``; ``case`` is 1 where its first letter was raised, -1 lowered.

    ``verbatim``: it begins with a name, a file or a figure, of which no form is made.
    """

    end: int
    told: str
    case: int = 0
    verbatim: bool = False

    @property
    def raised(self) -> int:
        """1 where its first letter was raised, else 0."""
        return max(self.case, 0)

    @property
    def cased(self) -> str:
        """``told`` with its first letter as it was met."""
        lowered = self.told[:1].lower() + self.told[1:]
        return {1: raise_first(self.told), 0: self.told, -1: lowered}[self.case]


def needs_telling(text: str) -> bool:
    """Whether a text says anything in words."""
    return _LETTER.search(text) is not None


class Teller:
    """Tells the texts of one report by ``book``; ``names`` are what its texts may name and nobody translates."""

    def __init__(self, book: PhraseBook, names: Iterable[str]) -> None:
        self.book = book
        self._names = sorted({name for name in names if name.strip()}, key=lambda name: (-len(name), name))
        self._told: dict[str, str | None] = {}

    def tell(self, text: str) -> str | None:
        """``text`` in the book's words; None where no patterns account for all of it."""
        if text not in self._told:
            self._told[text] = _Text(self, text).tell()
        return self._told[text]

    def tell_what_is_known(self, text: str) -> str:
        """``text`` with those of its sentences in the book's words that the book knows, and the others as they are."""
        whole = self.tell(text)
        return whole if whole is not None else " ".join(self.tell(one) or one for one in _SENTENCE.split(text))

    def list_untold(self, text: str) -> list[str]:
        """The first sentence of ``text`` that no pattern accounts for; of a list in it the items that none does."""
        sentence = next((one for one in _SENTENCE.split(text) if self.tell(one) is None), text)
        return [one for one in _ITEM.split(sentence) if self.tell(one) is None] or [sentence]

    def generalise(self, text: str) -> str:
        """``text`` as a pattern to begin from: names, days, years and figures become slots."""
        for name in self._names:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "{name}", text)
        for kind in ("date", "day", "year", "number"):
            text = re.sub(rf"(?<![\w{{]){_SCANNED[kind].pattern}", f"{{{kind}}}", text)
        return _number_apart(re.sub(r"\{day\}(, \{day\})+", "{day+}", text))

    def read_name(self, text: str, at: int) -> Iterator[_Reading]:
        found = (name for name in self._names if text.startswith(name, at))
        yield from (_Reading(at + len(name), name, verbatim=True) for name in found)


def _number_apart(pattern: str) -> str:
    """Give slots of one kind names of their own."""
    for kind in ("name", "date", "day", "year", "number"):
        slot = f"{{{kind}}}"
        if pattern.count(slot) > 1:
            pattern = re.sub(
                re.escape(slot), partial(_name_apart, kind, iter("abcdefghijklmnopqrstuvwxyz" * 9)), pattern
            )
    return pattern


def _name_apart(kind: str, letters: Iterator[str], slot: re.Match[str]) -> str:
    return f"{{{next(letters)}:{kind}}}"


class _Text:
    """One text while it is read; what was found at a place is remembered."""

    def __init__(self, teller: Teller, text: str) -> None:
        self._teller, self._book, self._text = teller, teller.book, text
        self._read: dict[tuple[str, int], list[_Reading]] = {}
        self._lists: dict[tuple[str, int], dict[int, tuple[list[_Reading], list[str]]]] = {}

    def tell(self) -> str | None:
        """Sentence by sentence, from the last to the first place where one may begin."""
        text, told = self._text, {len(self._text) + 1: ""}
        for start in sorted({0, *(found.end() for found in _SENTENCE.finditer(text))}, reverse=True):
            for one in self._list_readings(PHRASES, start):
                rest = told.get(one.end + 1)
                if rest is not None and start not in told:
                    told[start] = f"{one.cased} {rest}".strip()
        return told.get(0)

    def _list_readings(self, section: str, at: int) -> list[_Reading]:
        """The readings of an entry of ``section`` that begin at ``at``, one for each end, the longest first."""
        key = (section, at)
        if key not in self._read:
            self._read[key] = []  # an entry that begins with its own section finds nothing more there
            found: dict[int, _Reading] = {}
            for pattern in self._book.list_candidates(section, self._text, at):
                for one in self._match(pattern, at):
                    if not self._splits_word(one.end):
                        found.setdefault(one.end, one)
            self._read[key] = sorted(found.values(), key=lambda one: -one.end)
        return self._read[key]

    def _splits_word(self, end: int) -> bool:
        return self._text[end - 1 : end].isalnum() and self._text[end : end + 1].isalnum()

    def _match(self, pattern: Pattern, at: int) -> Iterator[_Reading]:
        for end, slots in self._follow(pattern.parts, at, first=True):
            first = pattern.parts[0]
            case = slots[first.name].raised if isinstance(first, Slot) else _compare_case(first[0], self._text[at])
            told = [self._say(part, slots, first) for part in pattern.said]
            opening = pattern.said[0]
            yield _Reading(end, "".join(told), case, isinstance(opening, Place) and slots[opening.name].verbatim)

    def _say(self, part: str | Place, slots: dict[str, _Reading], first: str | Slot) -> str:
        if isinstance(part, str):
            return part
        reading = slots[part.name]
        opens = isinstance(first, Slot) and first.name == part.name and reading.case > 0
        words = reading.told if opens else reading.cased
        if part.form == AND:
            return self._end_list(words, reading)
        return self._mutate(words, part.form, reading)

    def _mutate(self, words: str, form: str, reading: _Reading) -> str:
        return self._book.mutate(words, form) if form and not reading.verbatim else words

    def _follow(
        self, parts: tuple[str | Slot, ...], at: int, *, first: bool = False
    ) -> Iterator[tuple[int, dict[str, _Reading]]]:
        if not parts:
            yield at, {}
            return
        part, rest = parts[0], parts[1:]
        if isinstance(part, str):
            if self._text.startswith(part, at) or (first and self._starts_but_for_case(part, at)):
                yield from self._follow(rest, at + len(part))
            return
        for reading in self._read_slot(part, at):
            for end, slots in self._follow(rest, reading.end):
                yield end, {part.name: reading, **slots}

    def _starts_but_for_case(self, part: str, at: int) -> bool:
        return self._text[at].lower() == part[0].lower() and self._text.startswith(part[1:], at + 1)

    def _read_slot(self, slot: Slot, at: int) -> Iterator[_Reading]:
        if slot.many:
            yield from self._read_list(slot.kind, at)
            return
        if slot.kind in ("name", "file"):  # of files those whose names hold blanks
            yield from self._teller.read_name(self._text, at)
        if slot.kind in _SCANNED:
            if found := _SCANNED[slot.kind].match(self._text, at):
                told = self._tell_date(found) if slot.kind in ("date", "day") else found[0]
                yield _Reading(found.end(), told, verbatim=True)
        elif slot.kind != "name":
            yield from self._list_readings(slot.kind, at)

    def _tell_date(self, found: re.Match[str]) -> str:
        day, month, *year = found.groups()
        months = self._book.months if year else self._book.short_months
        return " ".join([day, months[SHORT_MONTHS.index(month[:3])], *year])

    def _read_list(self, kind: str, at: int) -> list[_Reading]:
        """The lists that begin at ``at``, one for each end, the longest first."""
        found = self._list_items(kind, at)
        return [
            _Reading(end, self._join(items, dividers), items[0].case, items[0].verbatim)
            for end, (items, dividers) in sorted(found.items(), reverse=True)
        ]

    def _list_items(self, kind: str, at: int) -> dict[int, tuple[list[_Reading], list[str]]]:
        """By where each list ends: its items, and what divides them."""
        if (kind, at) not in self._lists:
            found: dict[int, tuple[list[_Reading], list[str]]] = {}
            for item in self._read_slot(Slot(kind, kind), at):
                found.setdefault(item.end, ([item], []))
                if (divider := _DIVIDER.match(self._text, item.end)) is not None:
                    for end, (items, dividers) in self._list_items(kind, divider.end()).items():
                        found.setdefault(end, ([item, *items], [divider[0], *dividers]))
            self._lists[kind, at] = found
        return self._lists[kind, at]

    def _join(self, items: list[_Reading], dividers: list[str]) -> str:
        """A list as the language joins one: by semicolons where this one is, with its own word before the last."""
        between = "; " if any(";" in divider for divider in dividers) else ", "
        told = items[0].told
        for item, divider in zip(items[1:], dividers, strict=True):
            if "and" in divider:
                told += f"{';' if ';' in divider else ''} {self._end_list(item.cased, item)}"
            else:
                told += between + item.cased
        return told

    def _end_list(self, words: str, reading: _Reading) -> str:
        """``words`` of a ``reading`` as the last item of a list, with the word that leads to it."""
        lists = self._book.lists
        if lists.before_vowel and words[:1].lower() in lists.vowels:
            return f"{lists.before_vowel} {words}"
        return f"{lists.last} {self._mutate(words, lists.form, reading)}"


def _compare_case(written: str, met: str) -> int:
    """1 where a small letter was met as a capital, -1 the other way round."""
    return (met.isupper() and written.islower()) - (met.islower() and written.isupper())
