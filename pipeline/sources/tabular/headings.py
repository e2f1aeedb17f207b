"""Headings that drift: a column that a family's files have and this one lacks, and the heading that is likely it.

Publishers rename columns from one year to the next. A reader that looks for a name and does not find it reads nothing,
and nothing in the file would tell. So each family says which columns it reads and in which years files have them (its
table in ``aliases/``); what is missing is named, with the heading that is spelled almost alike, or that the department
describes in the same words. Nothing is ever read under a likely name: a person decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache, lru_cache

from pydantic import field_validator

from pipeline.foundation.errors import Fault
from pipeline.foundation.vocabulary import count_noun, read_academic_year
from pipeline.foundation.yaml_files import Record
from pipeline.sources.reading import RawTable

#: The academic year (its end) since when files have all columns of a family's table but those it excepts.
COMPLETE_SINCE = 2017
#: Headings at least as alike as this (difflib's ratio, 1 is equal) are taken for one that was renamed or misspelled.
ALIKE = 0.85
#: A file with less than this share of a family's columns is an extract: what it lacks is counted, not warned of.
WHOLE_FILE = 0.5
#: Descriptions shorter than this say too little to tell two columns apart.
SHORTEST_DESCRIPTION = 12
#: A description of more headings than this is of none in particular: a column has hardly had more names.
MOST_NAMES = 3
_NAMED = 12  # columns named in one message; the rest are counted


class ColumnYears(Record):
    """Columns that not every year's files have, or only those with another column (``beside``).

    ``years`` is ``2017/18 on``, ``2016/17 to 2018/19`` or several such, separated by commas; none at all is "".
    """

    years: str
    columns: tuple[str, ...]
    beside: str | None = None

    @field_validator("years")
    @classmethod
    def _are_years(cls, years: str) -> str:
        list(_read_spans(years))
        return years

    def hold(self, year: int | None, header: frozenset[str]) -> bool:
        """Whether a file of ``year`` with the (folded) ``header`` has these columns."""
        if self.beside is not None and fold_heading(self.beside) not in header:
            return False
        spans = _read_spans(self.years)
        return any(year is None or first <= year <= last for first, last in spans)


@cache
def _read_spans(years: str) -> tuple[tuple[int, int], ...]:
    spans = []
    for span in filter(None, (part.strip() for part in years.split(","))):
        if span.endswith(" on"):
            spans.append((read_academic_year(span.removesuffix(" on")), 9999))
        else:
            first, _, last = span.partition(" to ")
            spans.append((read_academic_year(first), read_academic_year(last or first)))
    return tuple(spans)


@dataclass(frozen=True)
class WantedColumn:
    """A column that a family reads. ``expected``: whether whole files of this layout and year have it."""

    name: str
    also: tuple[str, ...] = ()  # what other years call it
    expected: bool = True
    mark: str = ""  # of an earlier year: a heading without it is not this column
    is_read: bool = True  # False: known to be another column, however like one that is read

    @property
    def spellings(self) -> frozenset[str]:
        """Its names, folded."""
        return frozenset(map(fold_heading, (self.name, *self.also)))


@dataclass(frozen=True)
class EarlierFile:
    """A file of the same family and an earlier year (or month), in the same edition."""

    name: str
    header: tuple[str, ...]


#: Heading, folded → what the department says of it, in all descriptions of an edition.
Descriptions = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Drift:
    """What a file's headings lack: faults to be warned of, and notes where the file is an extract anyway."""

    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = field(default=())


@lru_cache(8192)  # the headings of a file are compared again and again
def fold_heading(name: str) -> str:
    """A heading as headings are compared: lower case, single blanks."""
    return " ".join(name.lower().split())


def want_columns(
    names: Mapping[str, Iterable[str]],
    exceptions: Sequence[ColumnYears],
    header: Sequence[str],
    year: int | None,
    others: Iterable[str] = (),
) -> tuple[WantedColumn, ...]:
    """The columns ``names`` (each with its other names), expected as ``exceptions`` say, else since COMPLETE_SINCE.

    ``others`` are headings of columns that are not read and look like one that is.
    """
    folded = frozenset(map(fold_heading, header))
    complete = year is None or year >= COMPLETE_SINCE
    excepted: dict[str, bool] = {}
    for exception in exceptions:
        for name in exception.columns:
            excepted[name] = excepted.get(name, False) or exception.hold(year, folded)
    wanted = [WantedColumn(name, tuple(also), excepted.get(name, complete)) for name, also in names.items()]
    return (*wanted, *(WantedColumn(name, expected=False, is_read=False) for name in others))


def find_drift(
    file: str,
    header: Sequence[str],
    used: Iterable[str],
    wanted: Sequence[WantedColumn],
    *,
    descriptions: Descriptions | None = None,
    earlier: EarlierFile | None = None,
) -> Drift:
    """What ``file`` lacks of the columns ``wanted``, each with the unused heading that is likely it.

    ``used`` are the headings that were read. Columns with a likely heading are warned of one by one, whatever the
    file's year; columns without one together, where the file has most of its family's columns or an ``earlier`` file
    had them.
    """
    missing, strange = _part_headings(header, used, wanted)
    likely = dict(_pair(missing, strange, descriptions or {}))
    faults = [_describe_likely(file, column, *found, earlier) for column, found in likely.items()]
    gone = [column for column in missing if column not in likely]
    lost = [column for column in gone if column.expected and _had(earlier, column)]
    expected = [column for column in wanted if column.expected]
    lacking = [column for column in gone if column.expected and column not in lost]
    notes: tuple[str, ...] = ()
    if lost and earlier:
        faults.append(_describe_missing(file, lost, f"which {earlier.name} has"))
    if lacking and len(expected) - len(lost) - len(lacking) - len(likely) >= WHOLE_FILE * len(expected):
        faults.append(_describe_missing(file, lacking, "which files of this kind have"))
    elif lacking:
        has = len(expected) - len(lacking) - len(lost)
        notes = (f"an extract: it has {has} of the {len(expected)} columns that are read of such files",)
    return Drift(tuple(faults), notes)


def find_likely(header: Sequence[str], used: Iterable[str], wanted: Sequence[WantedColumn]) -> dict[str, str]:
    """The names of the columns ``wanted`` that ``header`` lacks and is spelled almost like, with that heading of it."""
    missing, strange = _part_headings(header, used, wanted)
    return {column.name: heading for column, (heading, _) in _pair(missing, strange, {})}


def _part_headings(
    header: Sequence[str], used: Iterable[str], wanted: Sequence[WantedColumn]
) -> tuple[list[WantedColumn], list[str]]:
    """The columns that a header lacks, and its headings that are of no column anybody knows."""
    present = {fold_heading(name) for name in header}
    missing = [column for column in wanted if column.is_read and not present & column.spellings]
    known = {fold_heading(name) for name in used}.union(*(column.spellings for column in wanted))
    return missing, [name for name in header if fold_heading(name) not in known]


def _had(earlier: EarlierFile | None, column: WantedColumn) -> bool:
    return earlier is not None and any(fold_heading(name) in column.spellings for name in earlier.header)


def _describe_likely(file: str, column: WantedColumn, heading: str, how: str, earlier: EarlierFile | None) -> Fault:
    had = f" ({earlier.name} has it)" if earlier and _had(earlier, column) else ""
    what = f"`{heading}` {how} `{column.name}`, which this file lacks{had}: if they are one column, it is not read"
    remedy = (
        f"If the heading was changed by hand, put back the publisher's file. If the publisher renamed {column.name}, "
        "report it, or add the new name to `renames` in the family's table in pipeline/sources/aliases."
    )
    return Fault(file, 1, heading, what, remedy)


def _describe_missing(file: str, columns: Sequence[WantedColumn], who_has: str) -> Fault:
    named = ", ".join(column.name for column in columns[:_NAMED])
    more = f" and {len(columns) - _NAMED} more" if len(columns) > _NAMED else ""
    what = f"the file lacks {count_noun(len(columns), 'column')}, {who_has}: {named}{more}. What they say is not read"
    remedy = "If headings were lost, put back the publisher's file. If the publisher dropped them, nothing can be done."
    return Fault(file, 1, columns[0].name if len(columns) == 1 else None, what, remedy)


def _pair(
    missing: Sequence[WantedColumn], strange: Sequence[str], descriptions: Descriptions
) -> Iterator[tuple[WantedColumn, tuple[str, str]]]:
    """Each missing column with the strange heading that is likely it, and how that is known; each heading once."""
    pairs = []
    said = {heading: descriptions.get(fold_heading(heading), frozenset()) for heading in strange}
    for place, column in enumerate(missing):
        alike = {heading: _measure_best(heading, column) for heading in strange}
        pairs += [(-score, place, heading, "is very like") for heading, score in alike.items() if score >= ALIKE]
        own = _find_words(column, descriptions)
        described = [heading for heading in strange if said[heading] & own]
        if len(described) == 1:
            pairs.append((-ALIKE, place, described[0], "is described in the same words as"))
    taken: set[str | int] = set()
    for _, place, heading, how in sorted(pairs):
        if place not in taken and heading not in taken:
            taken |= {place, heading}
            yield missing[place], (heading, how)


def _measure_best(heading: str, column: WantedColumn) -> float:
    if column.mark and column.mark.lower() not in heading.lower():
        return 0.0
    return max(measure_likeness(heading, name) for name in (column.name, *column.also))


@lru_cache(maxsize=65_536)
def measure_likeness(heading: str, name: str) -> float:
    """How alike two headings are, from 0 to 1: their letters, in the order given or with their parts sorted.

    Two that differ in a number (persistent absence at 10% and at 15%, 9-5 and 9-4), or in a whole part of one or two
    letters (_B and _G, _L and _M, an E more or less), are two columns, however alike the rest is.
    """
    one, other = ([part for part in re.split(r"[^a-z0-9]+", text.lower()) if part] for text in (heading, name))
    if sorted(re.findall(r"\d+", heading)) != sorted(re.findall(r"\d+", name)):
        return 0.0
    if "".join(one) == "".join(other):
        return 1.0
    short = [sorted(part for part in parts if len(part) <= 2 and part.isalpha()) for parts in (one, other)]
    if short[0] != short[1]:
        return 0.0
    return max(_compare("_".join(one), "_".join(other)), _compare("_".join(sorted(one)), "_".join(sorted(other))))


def _compare(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE else 0.0


def _find_words(column: WantedColumn, descriptions: Descriptions) -> frozenset[str]:
    return frozenset().union(*(descriptions.get(name, frozenset()) for name in column.spellings))


#: Headings under which the department's descriptions name a column, and under which they describe it; lower case.
_NAME_HEADINGS = ("fieldname", "field name", "metafile heading", "field reference", "variable", "col_name")
_TEXT_HEADINGS = (
    "label/description",
    "metafile description",
    "field description",
    "description",
    "label",
    "field name",
)


def read_descriptions(table: RawTable) -> Descriptions:
    """What one of the department's descriptions says of each heading; empty where it describes no columns."""
    headings = {fold_heading(name): name for name in table.header}
    name = next((headings[heading] for heading in _NAME_HEADINGS if heading in headings), None)
    texts = [headings[heading] for heading in _TEXT_HEADINGS if heading in headings and headings[heading] != name]
    if name is None or not texts:
        return {}
    found: dict[str, frozenset[str]] = {}
    for _, row in table.cells[[name, *texts]].iterrows():
        said = {" ".join(str(row[text]).lower().split()) for text in texts}
        about = frozenset(text for text in said if len(text) >= SHORTEST_DESCRIPTION)
        if about:
            found[fold_heading(str(row[name]))] = about
    return found


def join_descriptions(found: Iterable[Descriptions]) -> Descriptions:
    """All that an edition's descriptions say of each heading; what they say of many headings tells none of them."""
    joined: dict[str, frozenset[str]] = {}
    for one in found:
        for heading, said in one.items():
            joined[heading] = joined.get(heading, frozenset()) | said
    times = Counter(text for said in joined.values() for text in said)
    return {heading: frozenset(text for text in said if times[text] <= MOST_NAMES) for heading, said in joined.items()}
