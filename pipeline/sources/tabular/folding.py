"""Faults that are alike, told once: of what befell many cells of a column in the same way, the first and how many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import MONTHS, count_noun
from pipeline.sources.tabular.cells import guess_number
from pipeline.sources.tabular.reconcile import FileReconciliation, UnknownWord

#: As many faults that are alike are told as one.
ALIKE_ENOUGH = 4
#: Lines named of a fault that stands in many.
LINES_NAMED = 5

#: A date as ``format_date`` writes it, or a number.
_NUMBER = re.compile(rf"\d{{1,2}} (?:{'|'.join(MONTHS)}) \d{{4}}|[-+]?\d[\d,.]*%?")
_CHOICE = re.compile(r"#(?: or #)+")
_WORD = "It is shown as it stands and never used as a figure. See whether the publisher has a new symbol."
_NUMBERS = "Put the publisher's file back: a spreadsheet, or a person, has written its numbers otherwise."


def fold_faults(faults: Iterable[Fault]) -> list[Fault]:
    """The faults, those of one column that differ in numbers and dates alone as one, and the weightiest first.

    That says what the first of them does, and in how many cells and which lines there is as much. First stand faults of
    a whole file or column, then those of many cells, then those of one, each in the order of the file.
    """
    groups: dict[tuple, list[Fault]] = {}
    for fault in faults:
        form = _CHOICE.sub("#", _NUMBER.sub("#", fault.what))
        key = (fault.file, fault.column, _is_whole(fault), form, _NUMBER.sub("#", fault.remedy))
        groups.setdefault(key, []).append(fault)
    weighed = []
    for alike in groups.values():
        if len(alike) >= ALIKE_ENOUGH:
            weighed.append((-len(alike), _fold(alike)))
        else:
            weighed += [(-1, fault) for fault in alike]
    weighed.sort(key=lambda one: (one[1].file, not _is_whole(one[1]), one[0], one[1].line or 0, one[1].column or ""))
    return [fault for _, fault in weighed]


def _is_whole(fault: Fault) -> bool:
    """Whether it is of a whole file or column."""
    return fault.line in (None, 1)


def _fold(alike: Sequence[Fault]) -> Fault:
    first = min(alike, key=lambda fault: fault.line or 0)
    lines = sorted({fault.line for fault in alike if fault.line is not None})
    cells = f"{len(alike):,} cells of the column" if first.column else f"{len(alike):,} rows"
    return replace(first, what=f"{first.what}. There is as much in {cells} ({_name_lines(lines, len(alike))})")


def _name_lines(lines: Sequence[int], cells: int) -> str:
    if not lines:
        return f"{cells:,} in all"
    named = ", ".join(map(str, lines[:LINES_NAMED]))
    more = len(lines) - LINES_NAMED
    return f"line{'s' if len(lines) > 1 else ''} {named}" + (f" and {more:,} more" if more > 0 else "")


def list_account(account: FileReconciliation) -> list[Fault]:
    """What is to be known of a file that is used: its warnings and the words that nobody knows, alike ones as one.

    A cell is told of once: where a warning names it, its text is no unknown word besides.
    """
    warnings = [
        Fault(account.file, found.line, found.column, found.what, found.remedy, found.urn)
        for found in account.findings
        if found.severity == "warning"
    ]
    told: dict[str | None, set[int | None]] = {}
    for warning in warnings:
        told.setdefault(warning.column, set()).add(warning.line)
    unknown = [word for word in account.unknown_words if not set(word.lines) <= told.get(word.column, set())]
    return fold_faults(warnings + _describe_words(account.file, unknown))


def _describe_words(file: str, words: Sequence[UnknownWord]) -> list[Fault]:
    """A fault for each word and column; one for all words of a column that are numbers written in one other way."""
    forms: dict[tuple[str, str], list[UnknownWord]] = {}
    faults = []
    for word in words:
        if guess := guess_number(word.word):
            forms.setdefault((word.column, guess.how), []).append(word)
            continue
        what = f"the word {word.word!r} is on no publisher's list; it stands in {count_noun(word.cells, 'cell')}"
        faults.append(Fault(file, word.lines[0], word.column, what, _WORD))
    for (column, how), alike in forms.items():
        first = min(alike, key=lambda word: word.lines[0])
        guess = guess_number(first.word)
        cells = sum(word.cells for word in alike)
        what = (
            f"{count_noun(cells, 'number')} of the column {'is' if cells == 1 else 'are'} written {how}, and not read"
        )
        example = f"{first.word!r} would be {guess.number}" if guess else ""
        faults.append(Fault(file, first.lines[0], column, f"{what}: {example}", _NUMBERS))
    return faults


def shorten_faults(faults: Sequence[Fault], most: int) -> list[Fault]:
    """The faults folded, at most ``most`` of them, the weightiest, and one that counts the rest."""
    return cut_faults(fold_faults(faults), most)


def cut_faults(folded: list[Fault], most: int) -> list[Fault]:
    """At most ``most`` of faults that are folded, and one that counts the rest."""
    if len(folded) <= most:
        return folded
    rest = Fault(folded[0].file, None, None, f"{len(folded) - most} more faults, of less weight", folded[0].remedy)
    return [*folded[:most], rest]
