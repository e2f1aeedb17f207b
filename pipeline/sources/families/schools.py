"""Who the schools are: the department's lists of schools, the rules that name a phase, and one row per school.

Rules and column names live in ``aliases/schools.yaml``, each with its source. No figure is read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field

from pipeline.foundation.vocabulary import Phase
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.sources.families.links import read_listed_links
from pipeline.sources.frames import LINKS, NAMES, SCHOOLS, shape_frame
from pipeline.sources.reading import RawTable, Reading, Source
from pipeline.sources.tabular.headings import ColumnYears, WantedColumn, fold_heading, want_columns
from pipeline.sources.tabular.identifiers import (
    clear_words,
    convert_each,
    list_faults,
    list_unreadable_dates,
    read_dates,
    read_whole_numbers,
)

ALIASES = Path(__file__).parent.parent / "aliases"
#: The columns of a place on the National Grid, and how many metres the grid is wide and high.
GRID = {"easting": 700_000, "northing": 1_300_000}


class ListColumns(Record):
    """Where one list of schools writes each field of SCHOOLS; ``optional`` are columns that whole lists may lack."""

    recognised_by: tuple[str, ...]
    columns: dict[str, str]
    renames: dict[str, dict[str, str]] = Field(default_factory=dict)
    optional: tuple[str, ...] = ()
    others: tuple[str, ...] = ()  # headings that look like one that is read, of columns that are not


class SchoolType(Record):
    """A type of establishment: ``kind`` is *mainstream*, *outside*, or the phase the type itself settles."""

    type: str
    kind: str
    state_funded: bool | None
    also: tuple[str, ...] = ()


class AgeRule(Record):
    """The phase of mainstream schools whose lowest and highest ages lie in these ranges, ends included."""

    phase: Phase
    low: tuple[int, int]
    high: tuple[int, int]


class SchoolRules(Record):
    """All of ``aliases/schools.yaml``."""

    lists: dict[str, ListColumns]
    statuses: dict[str, tuple[str, ...]]
    best_first: tuple[tuple[str, ...], ...]
    only_fill: tuple[str, ...]
    types: tuple[SchoolType, ...]
    ages: tuple[AgeRule, ...]
    phase_words: dict[str, Phase]
    census_phases: dict[Phase, str]
    outside_census: tuple[Phase, ...]
    census_words: dict[str, str]


@cache
def load_school_rules() -> SchoolRules:
    """The rules of ``aliases/schools.yaml``; raises FaultyInput naming every mistake in them."""
    return read_record(ALIASES / "schools.yaml", SchoolRules)


@lru_cache(maxsize=4096)
def fold_word(text: str) -> str:
    """A word as the rule tables compare it: lower case, single blanks, plain hyphens and apostrophes."""
    return " ".join(text.lower().replace("–", "-").replace("’", "'").split())


@cache
def _types_by_word() -> dict[str, SchoolType]:
    return {fold_word(word): kind for kind in load_school_rules().types for word in (kind.type, *kind.also)}


def describe_types(published: pd.Series) -> pd.Series:
    """Types in the register's words (``ACC`` and ``Converter academies`` are *Academy converter*).

    A type the rules do not know stands as it is.
    """
    known = _types_by_word()
    words = {word: known[fold_word(word)].type if fold_word(word) in known else word for word in published.unique()}
    return published.map(words).astype("string")


def find_state_funded(types: pd.Series) -> pd.Series:
    """Whether each type counts as state-funded in the performance tables; missing where the rules do not say."""
    known = _types_by_word()
    funded = {word: known[fold_word(word)].state_funded for word in types.unique() if fold_word(word) in known}
    return types.map(funded).astype("boolean")


def name_phase(type: str, low_age: int | None, high_age: int | None, word: str = "") -> Phase:
    """The phase of one school, from its type, else its ages (years, ends included), else the list's own word."""
    rules = load_school_rules()
    known = _types_by_word().get(fold_word(type))
    if known and known.kind == "outside":
        return Phase.UNKNOWN
    if known and known.kind != "mainstream":
        return Phase(known.kind)
    by_word = rules.phase_words.get(fold_word(word), Phase.UNKNOWN)
    if not known and by_word in (Phase.SPECIAL, Phase.ALTERNATIVE_PROVISION, Phase.INDEPENDENT, Phase.NURSERY):
        return by_word
    if low_age is None or high_age is None:
        return by_word
    for rule in rules.ages:
        if rule.low[0] <= low_age <= rule.low[1] and rule.high[0] <= high_age <= rule.high[1] and low_age <= high_age:
            return rule.phase
    return by_word


def name_census_phase(phase: Phase | str, type: str, low_age: int | None, high_age: int | None, word: str = "") -> str:
    """How the census counts one school: *primary*, *secondary*, *special*, or "" where it has no such row."""
    rules = load_school_rules()
    if phase in rules.outside_census:
        return ""
    known = _types_by_word().get(fold_word(type))
    if known and known.state_funded is False and known.type != "Non-maintained special school":
        return ""
    if (by_word := rules.census_words.get(fold_word(word))) and phase != Phase.SPECIAL:
        return by_word
    if phase == Phase.MIDDLE and low_age is not None and high_age is not None:
        return "primary" if 11 - low_age > high_age - 11 else "secondary"
    return rules.census_phases.get(Phase(phase), "")


@lru_cache(maxsize=4096)
def name_phase_apart(word: str) -> str:
    """The phase that a list's own word settles where it is no mainstream one; "" where it says less."""
    phase = load_school_rules().phase_words.get(fold_word(word), Phase.UNKNOWN)
    return str(phase) if phase in _list_phases_apart() else ""


def _list_phases_apart() -> tuple[Phase, ...]:
    """The phases that are no mainstream ones."""
    return (Phase.SPECIAL, *load_school_rules().outside_census)


def split_age_ranges(text: pd.Series) -> pd.DataFrame:
    """Columns ``low_age`` and ``high_age`` (Int16) of ``4-11`` or ``4 to 11``; missing where it is no range."""
    ages = text.astype("string").str.extract(r"^\s*(\d{1,2})\s*(?:-|–|to)\s*(\d{1,2})\s*$")
    return ages.set_axis(["low_age", "high_age"], axis=1).astype("Int64").astype("Int16")


def complete_schools(schools: pd.DataFrame, words: pd.Series | None = None) -> pd.DataFrame:
    """SCHOOLS whose type is in the register's words, with phase, census phase and funding that follow from it.

    ``schools`` has any columns of SCHOOLS, ``words`` its source's own word for the phase. A phase, census phase or
    funding that ``schools`` already holds stands where the rules know none; so does a phase that is no mainstream one
    where no type says otherwise: ages alone would make a pupil referral unit a secondary school.
    """
    completed = shape_frame(schools, SCHOOLS)
    no_ages = completed["low_age"].isna() | completed["high_age"].isna() | (completed["high_age"] == 0)
    completed.loc[no_ages, ["low_age", "high_age"]] = pd.NA
    completed["type"] = describe_types(completed["type"].fillna(""))
    completed["telephone"] = convert_each(completed["telephone"], _read_telephone).astype("string")
    key = completed[["type", "low_age", "high_age"]].assign(word="" if words is None else words.fillna(""))
    case, first = _number_cases(key)
    named = [_name_phases(*one) for one in key.iloc[first].itertuples(index=False)]
    typed = [type for type in completed["type"].unique() if fold_word(type) in _types_by_word()]
    untyped = ~completed["type"].isin(typed)
    apart = (untyped & completed["phase"].isin([str(one) for one in _list_phases_apart()])).to_numpy(dtype=bool)
    for place, (field, unknown) in enumerate((("phase", str(Phase.UNKNOWN)), ("census_phase", ""))):
        found = np.array([pair[place] for pair in named], dtype=object)[case]
        found[apart] = unknown
        given = completed[field].astype(object).to_numpy()
        given = np.where(pd.isna(given) | (given == ""), unknown, given)
        completed[field] = pd.Categorical(np.where(found != unknown, found, given))
    completed["state_funded"] = find_state_funded(completed["type"]).fillna(completed["state_funded"])
    return shape_frame(completed, SCHOOLS)


def _number_cases(key: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """A number for each row, the same for rows alike, from 0 in the order they first come in; and where they do."""
    number = np.zeros(len(key), dtype="int64")
    for name in key:
        codes, known = pd.factorize(key[name], use_na_sentinel=False)
        number = pd.factorize(number * len(known) + codes)[0]
    return number, np.unique(number, return_index=True)[1]


#: Ten or eleven figures, the first a nought; a spreadsheet drops that.
_TELEPHONE = re.compile(r"0\d{9,10}|[12]\d{9}", re.ASCII)
_SPACING = re.compile(r"[\s()-]", re.ASCII)


def _read_telephone(cell: str) -> str:
    """A number however spaced, with its nought; "" for all else."""
    figures = _SPACING.sub("", cell)
    if not _TELEPHONE.fullmatch(figures):
        return ""
    return figures if figures.startswith("0") else f"0{figures}"


def _name_phases(type: str, low_age: Any, high_age: Any, word: str) -> tuple[str, str]:
    low, high = (None if pd.isna(age) else int(age) for age in (low_age, high_age))
    phase = name_phase(type, low, high, word)
    return str(phase), name_census_phase(phase, type, low, high, word)


class SchoolList:
    """One of the department's lists of schools: the register, the spine, or the school information file."""

    needs_year = False

    def __init__(self, family: str, title: str) -> None:
        self.family, self.title = family, title

    @property
    def _aliases(self) -> ListColumns:
        return load_school_rules().lists[self.family]

    def recognises(self, header: tuple[str, ...]) -> bool:
        return all(_find_heading(name, self._aliases, header) for name in self._aliases.recognised_by)

    def list_wanted(self, header: tuple[str, ...], year: int | None) -> tuple[WantedColumn, ...]:
        aliases = self._aliases
        names = {name: tuple(aliases.renames.get(name, ())) for name in aliases.columns.values()}
        return want_columns(names, (ColumnYears(years="", columns=aliases.optional),), header, None, aliases.others)

    def find_year(self, table: RawTable) -> int | None:
        return None

    def read(self, table: RawTable, year: int | None) -> Reading:
        """SCHOOLS rows of the table; LINKS too, where it has them.

        The spine names each new academy's predecessor, the register's search download all linked schools.
        """
        found = {
            field: _find_heading(name, self._aliases, table.header) for field, name in self._aliases.columns.items()
        }
        columns = {field: name for field, name in found.items() if name}
        text = pd.DataFrame({field: clear_words(table.cells[name]) for field, name in columns.items()})
        for field in [field for field in self._aliases.columns if field not in columns]:
            text[field] = ""  # the register's download lets its user choose the columns
        urn = read_whole_numbers(text["urn"])
        faults = list_faults(table, urn.isna(), columns["urn"], "{cell} is not a URN", "Give the school's six digits.")
        faults += list_unreadable_dates(table, [columns[field] for field in ("opened", "closed") if field in columns])
        links, notes = (None, ()) if "linked" not in columns else read_listed_links(urn, text["linked"], text["opened"])
        types = text["type"].map(lambda word: _types_by_word().get(fold_word(word)))
        outside = types.map(lambda kind: kind is not None and kind.kind == "outside").astype(bool) & urn.notna()
        schools = _read_list(text, table)[urn.notna() & ~outside]
        kinds = {"school": len(schools), "not a school in England": int(outside.sum()), "no URN": int(urn.isna().sum())}
        return Reading(
            schools=complete_schools(schools, words=schools["phase_text"]),
            links=_read_spine_links(text) if "other_urn" in text else links,
            names=_read_spine_names(text) if "other_urn" in text else None,
            rows_by_kind={kind: rows for kind, rows in kinds.items() if rows},
            columns_used=tuple(columns.values()),
            columns_unused=tuple(name for name in table.header if name not in set(columns.values())),
            faults=tuple(faults),
            notes=(*notes, *_note_unnumbered_trusts(text)),
            year=year,
        )


def _find_heading(name: str, aliases: ListColumns, header: Sequence[str]) -> str | None:
    """The header's own spelling of a list's column, or of what else it is called; None where there is neither."""
    spellings = {fold_heading(heading): heading for heading in reversed(header)}
    found = (spellings.get(fold_heading(one)) for one in (name, *aliases.renames.get(name, ())))
    return next((heading for heading in found if heading), None)


def _note_unnumbered_trusts(text: pd.DataFrame) -> tuple[str, ...]:
    """A sentence where the list names trusts and numbers none: a trust is known by its number (UID)."""
    if "trust_name" not in text or not (text["trust_name"] != "").any() or (text["trust"] != "").any():
        return ()
    return ("trusts are named without their UID: which schools a trust has cannot be told from this file",)


def _read_list(text: pd.DataFrame, table: RawTable) -> pd.DataFrame:
    """SCHOOLS fields of a list, with ``phase_text``; rows without URN still among them."""
    schools = text.copy()
    for field in ("urn", "la", "low_age", "high_age", "trust", *GRID):
        if field in schools:
            schools[field] = read_whole_numbers(schools[field])
    if set(GRID) <= set(schools):
        schools[list(GRID)] = _keep_places(schools[list(GRID)])
    schools["laestab"] = number_establishments(text["la"], text["establishment"])
    for field in ("opened", "closed"):
        if field in schools:
            schools[field] = read_dates(schools[field])
    schools["status"] = _read_statuses(text)
    if "former_name" in schools:
        # Of a school that closed, the list's other name is the name of the academy that followed it.
        other = (text["is_new"] == "1") & (text["former_name"] != text["name"])
        schools["former_name"] = text["former_name"].where(other, "")
    schools["gender"] = (
        text["gender"].str.title().where(text["gender"].str.lower().isin(["mixed", "girls", "boys"]), "")
    )
    if "phase_text" not in schools:
        schools["phase_text"] = _word_phases(text)
    return schools.assign(file=table.file.name, line=table.lines)


def _keep_places(read: pd.DataFrame) -> pd.DataFrame:
    """Both numbers of a place where both lie on the grid; a register without a place for a school may write 0."""
    on_grid = pd.concat([read[name].between(1, most).fillna(False) for name, most in GRID.items()], axis=1)
    return read.where(on_grid.all(axis=1).astype(bool))


def number_establishments(authority: pd.Series, establishment: pd.Series) -> pd.Series:
    """LAESTAB (Int64): the authority's three digits, then the establishment's four."""
    return read_whole_numbers(authority) * 10_000 + read_whole_numbers(establishment)


def _read_statuses(text: pd.DataFrame) -> pd.Series:
    words = {word: status for status, known in load_school_rules().statuses.items() for word in known}
    status = text["status"].map(lambda word: words.get(fold_word(word), ""))
    if "is_new" in text:
        status = status.mask((status == "open") & (text["is_new"] == "1"), "new")
    return status


def _word_phases(text: pd.DataFrame) -> pd.Series:
    """What the list's flags for primary and secondary education say, in ``phase_words``."""
    primary, secondary = text["is_primary"] == "1", text["is_secondary"] == "1"
    words = np.select([primary & secondary, primary, secondary], ["all-through", "primary", "secondary"], "")
    return pd.Series(words, index=text.index)


#: What the spine says in OTHERURN of a new school that followed none.
NOBODY = 999_999


def _read_spine_links(text: pd.DataFrame) -> pd.DataFrame:
    """LINKS of new academies (a row with an opening date names in OTHERURN the school it follows)."""
    other = read_whole_numbers(text["other_urn"])
    new = other.notna() & (other != NOBODY) & (text["is_new"] == "1") & read_whole_numbers(text["urn"]).notna()
    links = pd.DataFrame(
        {
            "urn": read_whole_numbers(text["urn"])[new],
            "predecessor": other[new],
            "kind": "succession",
            "chained": True,
            "date": read_dates(text["opened"])[new],
        }
    )
    return shape_frame(links.reset_index(drop=True), LINKS)


def _read_spine_names(text: pd.DataFrame) -> pd.DataFrame:
    """NAMES of the schools in OTHERURN, as OTHERSCHNAME gives them beside a school's own name."""
    other = read_whole_numbers(text["other_urn"])
    named = pd.DataFrame({"urn": other, "name": text["former_name"]})[other.notna() & (text["former_name"] != "")]
    return shape_frame(named.reset_index(drop=True), NAMES)


class FoundSchools(NamedTuple):
    """SCHOOLS rows of one file, with its family and the year it is about (0 where it has none)."""

    family: str
    frame: pd.DataFrame
    year: int | None = None


_TEXTS = [field for field, kind in SCHOOLS.items() if kind in ("string", "category")]
#: Fields that only make sense together: all come from one row.
_TOGETHER = (("low_age", "high_age"), ("trust", "trust_name"), ("status", "closed"), ("easting", "northing"))


def merge_schools(frames: Iterable[FoundSchools | tuple]) -> pd.DataFrame:
    """One SCHOOLS row per URN, sorted, each field from the best source that has it.

    ``frames`` are FoundSchools or plain (family, SCHOOLS frame[, year]) tuples in any order. The order of sources is
    ``best_first`` in ``aliases/schools.yaml``; within one rank the later year, then the later file by name, decides.
    Phase, census phase and funding are then named from the merged type and ages, except that the census's own count
    stands, save for phases that have no row in it (a pupil referral unit is no secondary school wherever a file counts
    it); where no file gives ages or a word for the phase, that count (primary, secondary, special) names it. A school
    that only a trust's list numbers, without a name, is left out.
    """
    found = _stack_by_rank([FoundSchools(*given) for given in frames])
    if found.empty:
        return shape_frame(found, SCHOOLS)
    filling = load_school_rules().only_fill
    found = found[found["urn"].isin(found.loc[~found["family"].isin(filling), "urn"])]
    merged = pd.DataFrame(index=pd.Index(np.unique(found["urn"]), name="urn"))
    decides = {field: fields[0] for fields in _TOGETHER for field in fields}
    for field in [name for name in SCHOOLS if name not in ("urn", "file", "line")]:
        first = _find_first(found["urn"], found[decides.get(field, field)].notna())
        merged[field] = pd.Series(found[field].array.take(first), found["urn"].array.take(first))
    best = found[~found["family"].isin(filling)].drop_duplicates("urn").set_index("urn").reindex(merged.index)
    merged[["file", "line"]] = best[["file", "line"]]
    merged["la_name"] = merged["la_name"].fillna(merged["la"].map(_name_authorities(found)).astype("string"))
    counted = found[found["family"] == "census"].dropna(subset=["census_phase"]).drop_duplicates("urn")
    merged = merged.reset_index()
    merged[_TEXTS] = merged[_TEXTS].astype(object).fillna("")
    completed = complete_schools(merged)
    census_phase = completed["urn"].map(counted.set_index("urn")["census_phase"]).astype(object)
    census_phase = census_phase.fillna(completed["census_phase"].astype(object))
    phase = completed["phase"].astype(object)
    census_phase = census_phase.where(~phase.isin([str(one) for one in load_school_rules().outside_census]), "")
    counted_as = census_phase.where(census_phase != "", str(Phase.UNKNOWN))
    completed["census_phase"] = census_phase.astype("category")
    completed["phase"] = phase.where(phase != str(Phase.UNKNOWN), counted_as).astype("category")
    return shape_frame(completed, SCHOOLS)


def name_schools(schools: pd.DataFrame, names: Iterable[pd.DataFrame], links: pd.DataFrame) -> pd.DataFrame:
    """SCHOOLS in which a school without a name has the first that ``names`` (NAMES, the best first) give it.

    A name told only of whom it follows is that of the predecessor's one successor in ``links`` (LINKS).
    """
    unnamed = schools["name"].fillna("") == ""
    told = [frame for frame in names if len(frame)]
    if not told or not unnamed.any():
        return schools
    found = pd.concat(told, ignore_index=True)
    following = links.loc[links["chained"].astype(bool), ["predecessor", "urn"]].set_index("predecessor")["urn"]
    urn = found["urn"].fillna(found["predecessor"].map(following).astype("Int32"))
    named = pd.Series(found["name"].to_numpy(), index=urn)[urn.notna().to_numpy()]
    named = named[~named.index.duplicated()]
    filled = schools.copy()
    filled["name"] = schools["name"].mask(unnamed, schools["urn"].map(named).fillna("").astype("string"))
    return filled


def _stack_by_rank(frames: list[FoundSchools]) -> pd.DataFrame:
    """All rows, best first, with family, year and rank; an empty text or unknown phase is missing."""
    ranks = {family: rank for rank, families in enumerate(load_school_rules().best_first) for family in families}
    stacked = [pd.DataFrame(columns=[*SCHOOLS, "family", "year", "rank"])]
    for family, frame, year in frames:
        plain = shape_frame(frame, SCHOOLS).astype(dict.fromkeys(_TEXTS, "string"))
        rank = ranks.get(family, ranks["results"])
        stacked.append(plain.assign(family=family, year=year or 0, rank=rank))
    stacked = [frame for frame in stacked if len(frame)] or stacked
    found = pd.concat(stacked, ignore_index=True)
    for field in _TEXTS:
        found[field] = found[field].mask(found[field] == "")
    found["phase"] = found["phase"].mask(found["phase"] == str(Phase.UNKNOWN))
    order = ["urn", "rank", "year", "file", "line"]
    return found.sort_values(order, ascending=[True, True, False, False, True], kind="stable", ignore_index=True)


def _find_first(urn: pd.Series, there: pd.Series) -> np.ndarray:
    """The place of each URN's first row of those marked ``there``; rows of one URN stand together."""
    places = np.flatnonzero(there)
    return places[np.diff(urn.to_numpy()[places], prepend=-1) != 0]


def _name_authorities(found: pd.DataFrame) -> pd.Series:
    """The name of each authority number, from the best source that gives it."""
    named = found.dropna(subset=["la", "la_name"]).sort_values(["rank", "year"], ascending=[True, False], kind="stable")
    return named.drop_duplicates("la").set_index("la")["la_name"]


SOURCES: tuple[Source, ...] = (
    SchoolList("gias", "Get Information about Schools, all establishments"),
    SchoolList("spine", "performance tables, list of schools (spine)"),
    SchoolList("school_information", "performance tables, school information"),
)
