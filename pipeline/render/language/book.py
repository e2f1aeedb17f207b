"""Phrase books: the sentences of a report as patterns with named slots, and each as a second language says it.

``{n:number} gaps beside England`` is a pattern of which ``n`` is a slot of the kind ``number``; ``{number}`` alone is
both name and kind. A kind is one of ``KINDS``, or a section of the book, whose entries are patterns too: ``{measure}``
stands for any entry of ``measure``, ``{measure+}`` for a list of them. What a pattern says is written with the same
slots; ``{measure:soft}`` asks for a form that ``mutations`` tells of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.yaml_files import Record, find_line, read_record

#: The section whose entries stand alone, as sentences, headings, captions and cells do.
PHRASES = "phrases"
#: The kinds of slots besides sections: a figure, an academic year, a date, a day of a year ("14 Jan"), a name of this
#: report, a file, a column of a file, the marks of footnotes.
KINDS = frozenset({"number", "year", "date", "day", "name", "file", "code", "marks"})
#: The form of a slot that ends a list: with the word for "and" before it.
AND = "and"
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
SHORT_MONTHS = tuple(month[:3] for month in MONTHS)
_BOOKS = Path(__file__).resolve().parent / "books"
_SLOT = re.compile(r"\{(?:([a-z]\w*):)?([a-z]\w*)(\+?)\}")
_PLACE = re.compile(r"\{([a-z]\w*)(?::([a-z]+))?\}")

Words = Annotated[str, Field(min_length=1)]


class Lists(Record):
    """How a list ends: the word before its last item, the form that item takes, and the word before a vowel."""

    last: str = Field(min_length=1)
    form: str = ""
    before_vowel: str = ""
    vowels: str = ""


class BookFile(Record):
    """A phrase book as it is written. A section's entries are ``pattern: what it is in the language``."""

    language: Annotated[str, Field(pattern=r"^([a-z]{2,3}(-[A-Z]{2})?)?$")] = ""
    also: str = ""  # says in the language that the report is in it too
    months: tuple[Words, ...] = ()
    short_months: tuple[Words, ...] = ()
    mutations: Mapping[str, Mapping[str, str]] = {}
    lists: Lists = Lists(last="and")
    sections: Mapping[str, Mapping[str, Words]] = {}
    phrases: Mapping[str, Words] = {}


@dataclass(frozen=True)
class Slot:
    """A part of a pattern that another text stands for; ``many`` says that it is a list."""

    name: str
    kind: str
    many: bool = False


@dataclass(frozen=True)
class Place:
    """Where what stood in the slot ``name`` goes, in which ``form``."""

    name: str
    form: str = ""


@dataclass(frozen=True)
class Pattern:
    """One entry of a book: what is looked for, and what is then said."""

    parts: tuple[str | Slot, ...]
    said: tuple[str | Place, ...]


class PhraseBook:
    """Sections of patterns, those of later books before those of earlier ones."""

    def __init__(self, files: Sequence[BookFile]) -> None:
        self.language = next((one.language for one in reversed(files) if one.language), "")
        self.also = next((one.also for one in reversed(files) if one.also), "")
        self.months = next((one.months for one in reversed(files) if one.months), MONTHS)
        self.short_months = next((one.short_months for one in reversed(files) if one.short_months), SHORT_MONTHS)
        self.lists = next((one.lists for one in reversed(files) if "lists" in one.model_fields_set), Lists(last="and"))
        self.mutations = {form: dict(initials) for one in files for form, initials in one.mutations.items()}
        entries: dict[str, dict[str, str]] = {PHRASES: {}}
        for one in files:
            for section, told in [*one.sections.items(), (PHRASES, one.phrases)]:
                entries.setdefault(section, {}).update(told)
        self._sections = {name: _Section(told) for name, told in entries.items()}

    def list_candidates(self, section: str, text: str, at: int) -> Iterable[Pattern]:
        """The patterns of ``section`` that may begin at ``text[at]``."""
        return self._sections[section].list_candidates(text[at : at + 1].lower())

    def mutate(self, words: str, form: str) -> str:
        """``words`` with the initial that ``form`` asks for; as they are where it changes none of theirs."""
        initials = self.mutations[form]
        for initial in sorted(initials, key=len, reverse=True):
            if words.lower().startswith(initial):
                changed = initials[initial] + words[len(initial) :]
                return raise_first(changed) if words[0].isupper() else changed
        return words


class _Section:
    def __init__(self, entries: Mapping[str, str]) -> None:
        self._entries = entries

    @cached_property
    def _by_first(self) -> dict[str, list[Pattern]]:
        """Patterns by the letter they begin with; "" holds those that begin with a slot."""
        found: dict[str, list[Pattern]] = {}
        for pattern, said in self._entries.items():
            parts = read_pattern(pattern)
            first = parts[0][0].lower() if isinstance(parts[0], str) else ""
            found.setdefault(first, []).append(Pattern(parts, _read_said(said)))
        return found

    def list_candidates(self, letter: str) -> Iterator[Pattern]:
        yield from self._by_first.get(letter, ())
        yield from self._by_first.get("", ())


def read_pattern(pattern: str) -> tuple[str | Slot, ...]:
    """Take a pattern apart into its literal parts and its slots."""
    parts: list[str | Slot] = []
    end = 0
    for found in _SLOT.finditer(pattern):
        parts += [pattern[end : found.start()]] if found.start() > end else []
        parts.append(Slot(found[1] or found[2], found[2], bool(found[3])))
        end = found.end()
    return (*parts, pattern[end:]) if end < len(pattern) else tuple(parts)


def _read_said(said: str) -> tuple[str | Place, ...]:
    parts: list[str | Place] = []
    end = 0
    for found in _PLACE.finditer(said):
        parts += [said[end : found.start()]] if found.start() > end else []
        parts.append(Place(found[1], found[2] or ""))
        end = found.end()
    return (*parts, said[end:]) if end < len(said) else tuple(parts)


def raise_first(words: str) -> str:
    """``words`` with a capital first; only the first letter changes."""
    return words[:1].upper() + words[1:]


def find_book(name: str, folder: Path) -> Path:
    """The file of a phrase book: one that comes with the product, by its language (``cy``), else a path."""
    shipped = _BOOKS / f"{name}.yaml"
    return shipped if shipped.is_file() and "/" not in name else folder / name


def list_books() -> tuple[str, ...]:
    """The languages of which a phrase book comes with the product, sorted."""
    return tuple(sorted(path.stem for path in _BOOKS.glob("*.yaml")))


def read_books(paths: Sequence[Path]) -> PhraseBook:
    """Read phrase books; what a later one says of a pattern counts.

    Raises FaultyInput with every mistake of all of them, each with its line: a slot of no known kind, a slot whose
    content would be dropped, a form that no mutation tells of.
    """
    files: list[BookFile] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            files.append(read_record(path, BookFile))
        except FaultyInput as wrong:
            faults += wrong.faults
    sections = {PHRASES, *(name for one in files for name in one.sections)}
    forms = {form for one in files for form in one.mutations}
    if not faults:
        faults = [fault for path, one in zip(paths, files, strict=True) for fault in _check(path, one, sections, forms)]
    if faults:
        raise FaultyInput(faults)
    return PhraseBook(files)


def _check(path: Path, file: BookFile, sections: set[str], forms: set[str]) -> Iterator[Fault]:
    name = "/".join(path.parts[-2:])
    for key, months in (("months", file.months), ("short_months", file.short_months)):
        if months and len(months) != len(MONTHS):
            line = find_line(path, [key])
            yield Fault(name, line, None, f"{len(months)} months are named", "Name all twelve, January first.")
    told = [(["sections", section], entries) for section, entries in file.sections.items()]
    for place, entries in [*told, ([PHRASES], file.phrases)]:
        for pattern, said in entries.items():
            for what, remedy in check_entry(pattern, said, sections, forms):
                yield Fault(name, find_line(path, [*place, pattern]), None, f"{pattern!r}: {what}", remedy)


def check_entry(pattern: str, said: str, sections: set[str], forms: set[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with one entry, each with what to do."""
    slots = [part for part in read_pattern(pattern) if isinstance(part, Slot)]
    places = [part for part in _read_said(said) if isinstance(part, Place)]
    known, named = {slot.name for slot in slots}, {place.name for place in places}
    if not pattern.strip() or pattern != pattern.strip():
        yield "it begins or ends with a blank, or is empty", "Write the words alone."
    for kind in sorted({slot.kind for slot in slots} - KINDS - sections):
        yield f"there is no kind of slot {kind!r}", f"Use one of: {', '.join(sorted(KINDS | sections))}."
    if len(known) < len(slots):
        yield "two slots have one name", "Name them apart: {first:number}, {last:number}."
    for one in sorted(known - named):
        yield f"what stands in {{{one}}} would be dropped", f"Write {{{one}}} on the other side too."
    for one in sorted(named - known):
        yield f"it has no slot {one!r}", "Name a slot of the pattern."
    for form in sorted({place.form for place in places if place.form} - forms - {AND}):
        yield f"there is no form {form!r}", f"Use one of `mutations`: {', '.join(sorted({AND, *forms}))}."
    if re.search(r"[{}]", _SLOT.sub("", pattern)) or re.search(r"[{}]", _PLACE.sub("", said)):
        yield "a brace opens no slot", "Write a slot like {number}, {n:number} or {measure+}."
