"""Results of multi-academy trusts as the department publishes them, and which academies each trust has."""

from __future__ import annotations

from functools import cache

import pandas as pd
from pydantic import Field

from pipeline.foundation.vocabulary import Level
from pipeline.foundation.yaml_files import Record, read_record
from pipeline.sources.families.schools import ALIASES
from pipeline.sources.families.tidy.ees import number_bands, read_years, require_text
from pipeline.sources.families.wide import find_faulty_cells, make_observations, read_blocks
from pipeline.sources.frames import SCHOOLS, shape_frame
from pipeline.sources.plausibility import question_blocks
from pipeline.sources.reading import RawTable, Reading, Source
from pipeline.sources.tabular.columns import AliasTable, Columns, Measure, want_table
from pipeline.sources.tabular.headings import ColumnYears, WantedColumn
from pipeline.sources.tabular.identifiers import clear_words, list_faults, read_whole_numbers
from pipeline.sources.tabular.rows import Rows


class TrustResults(Record):
    """The columns of one key stage's trust file."""

    recognised_by: tuple[str, ...]
    renames: dict[str, dict[str, str]] = Field(default_factory=dict)
    bands: tuple[str, ...] = ()
    years: tuple[ColumnYears, ...] = ()  # columns that not every year's files have
    measures: dict[str, Measure]


class TrustAliases(Record):
    """All of ``aliases/trusts.yaml``."""

    results: dict[str, TrustResults]


@cache
def load_trust_aliases() -> TrustAliases:
    """The columns of trusts' results; raises FaultyInput naming every mistake in the table."""
    return read_record(ALIASES / "trusts.yaml", TrustAliases)


class TrustFile:
    """One key stage's results of trusts: one row a trust."""

    def __init__(self, family: str, title: str) -> None:
        self.family, self.title = family, title

    @property
    def _aliases(self) -> TrustResults:
        return load_trust_aliases().results[self.family]

    @property
    def _table_aliases(self) -> AliasTable:
        known = self._aliases
        return AliasTable(
            family=self.family,
            title=self.title,
            keys={name: name for name in (*known.recognised_by, "INSTITUTIONS_INMAT")},
            required=(),
            renames=known.renames,
            years=known.years,
            measures=known.measures,
        )

    def recognises(self, header: tuple[str, ...]) -> bool:
        present = {name.upper() for name in header}
        renames = self._aliases.renames
        return all({name, *renames.get(name, ())} & present for name in self._aliases.recognised_by)

    def list_wanted(self, header: tuple[str, ...], year: int | None) -> tuple[WantedColumn, ...]:
        return want_table(self._table_aliases, header, year)

    def find_year(self, table: RawTable) -> int | None:
        return _find_latest_year(Columns(table, {}))

    def read(self, table: RawTable, year: int) -> Reading:
        """OBSERVATIONS at trust level (``trust`` is the UID), and SCHOOLS rows that only say whose each academy is.

        A trust whose UID is no number is counted and left out. A UID that stands twice keeps the file out.
        """
        aliases = self._aliases
        table = number_bands(table, aliases.bands)
        columns = Columns(table, aliases.renames)
        uid_column = columns.find("TRUST_UID")
        uid_text = require_text(columns, "TRUST_UID")
        uid = read_whole_numbers(uid_text)
        twice = uid.notna() & uid.duplicated()
        what = "the trust stands in an earlier row too"
        refused = list_faults(table, twice, uid_column, what, "Keep the publisher's row.")
        index = table.cells.index
        level = pd.Series(pd.Categorical([str(Level.TRUST)] * len(index), [str(one) for one in Level]), index=index)
        nobody = pd.Series(pd.NA, index=index, dtype="Int32")
        rows = Rows(pd.Series("trust", index=index), level, nobody, nobody.astype("Int16"), table.lines)
        year = _find_latest_year(columns) or year
        blocks, _ = read_blocks(columns, self._table_aliases, rows, year, {})
        questions = question_blocks(blocks, rows, table)
        blocks = questions.blocks
        observations = make_observations(blocks, rows, table.file.name)
        observations["trust"] = uid.astype("Int32").array.take(list(range(len(uid))) * len(blocks))
        schools = _list_academies(columns, uid)
        unnumbered = uid_text[uid.isna()]
        kinds = {"trust": int(uid.notna().sum()), "trust without a UID, not read": len(unnumbered)}
        return Reading(
            observations=observations[observations["trust"].notna()].reset_index(drop=True),
            schools=schools,
            rows_by_kind={kind: count for kind, count in kinds.items() if count},
            columns_used=tuple(name for name in table.header if name in columns.used),
            columns_unused=columns.unused,
            faults=(*find_faulty_cells(blocks, rows, table.file.name, questions.shifted), *questions.faults),
            refused=tuple(refused),
            notes=tuple(f"{word!r} is not a trust's UID; its row is not read" for word in unnumbered),
            year=year,
        )


def _find_latest_year(columns: Columns) -> int | None:
    years = read_years(require_text(columns, "TIME_PERIOD"))
    return None if years.isna().all() else int(years.max())


def _list_academies(columns: Columns, uid: pd.Series) -> pd.DataFrame:
    """SCHOOLS rows with only urn, trust and trust_name, one for each academy in a trust."""
    listed = columns.text("INSTITUTIONS_INMAT")
    if listed is None:
        return shape_frame(pd.DataFrame(index=pd.RangeIndex(0)), SCHOOLS)
    academies = pd.DataFrame(
        {
            "urn": listed.str.split(";"),
            "trust": uid,
            "trust_name": clear_words(require_text(columns, "TRUST_NAME")),
            "file": columns.table.file.name,
            "line": columns.table.lines,
        }
    ).explode("urn", ignore_index=True)
    academies["urn"] = read_whole_numbers(academies["urn"])
    academies = academies.dropna(subset=["urn", "trust"]).drop_duplicates("urn").reset_index(drop=True)
    return shape_frame(academies, SCHOOLS)


SOURCES: tuple[Source, ...] = (
    TrustFile("trusts_ks2", "key stage 2 results of trusts"),
    TrustFile("trusts_ks4", "key stage 4 results of trusts"),
)
