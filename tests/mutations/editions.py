"""The files that are changed: a few dozen schools of each real file, or of the synthetic sample's."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.foundation.paths import find_project
from pipeline.foundation.vocabulary import Level, Unit
from pipeline.sources.reading import PublishedFile
from pipeline.sources.recognise import recognise, settle_year
from pipeline.sources.tabular.tables import read_table

from .mutating import Sheet

#: Schools kept of a file: enough that a column shows what is usual, few enough to read it ten thousand times.
SCHOOLS = 40
#: Files that lie together: folder beside the published files, file, and the authority whose rows are kept (0: any).
_HAMPSHIRE = [
    *(("dfe", f"{year}/850_ks2final.csv", 850) for year in ("2016-2017", "2017-2018", "2018-2019")),
    ("dfe", "2018-2019/england_census.csv", 850),
    ("dfe", "2018-2019/england_abs.csv", 850),
]
_YORKSHIRE = [
    *(("dfe", f"{year}/815_ks4final.csv", 815) for year in ("2016-2017", "2017-2018")),
    *(("dfe", f"{year}/815_census.csv", 815) for year in ("2016-2017", "2017-2018")),
    ("dfe-more", "2018-2019/815_census.csv", 815),
    ("dfe-more", "2018-2019/815_ks4provisional.csv", 815),
    ("dfe", "2018-2019/england_ks4-pupdest.csv", 815),
]
_LATER = [
    ("dfe", "2023-2024/202324_information_about_schools_final.csv", 850),
    ("dfe", "2023-2024/absence_2023-2024.csv", 850),
    ("dfe", "2024-2025/england_census.csv", 850),
    ("dfe", "2024-2025/england_ks4-pupdest.csv", 850),
]
_SAMPLE = [
    "2022-2023/england_census.csv",
    "2022-2023/ks2_school_attainment_data.csv",
    "2022-2023/202223_performance_tables_schools_final.csv",
    "2023-2024/england_ks2final.csv",
    "2023-2024/england_ks4provisional.csv",
    "2023-2024/absence_2023-2024.csv",
    "2024-2025/england_ks2final.csv",
    "2024-2025/england_ks4final.csv",
    "2024-2025/england_census.csv",
    "2024-2025/england_ks4-pupdest.csv",
]


def list_real(published: Path) -> Iterator[list[Sheet]]:
    """Editions cut from the real files; ``published`` is their folder ``dfe``, beside which ``dfe-more`` lies."""
    for files in (_HAMPSHIRE, _YORKSHIRE, _LATER):
        found = [(published.parent / root / name, name, la) for root, name, la in files]
        yield [cut_file(path, name, la) for path, name, la in found if path.is_file()]


def list_sample() -> Iterator[list[Sheet]]:
    """The synthetic sample's files of three years."""
    folder = find_project() / "data" / "editions" / "sample" / "published"
    yield [cut_file(folder / name, name, 0) for name in _SAMPLE if (folder / name).is_file()]


def cut_file(path: Path, name: str, la: int) -> Sheet:
    """``SCHOOLS`` schools of the file, with the rows of their authority and of England."""
    table = read_table(PublishedFile(path, name))
    source = recognise(table)
    figures = source.read(table, settle_year(table, source)).observations
    assert figures is not None
    at_school = figures["level"] == str(Level.SCHOOL)
    of_area = figures["la"] == la if la else at_school
    lines = figures.loc[at_school & of_area & figures["value"].notna(), "line"]
    full = lines.value_counts().sort_index()
    kept = sorted(int(line) for line in full[full >= full.quantile(0.5)].index[:SCHOOLS])
    areas = figures.loc[~at_school & (of_area | figures["la"].isna()), "line"]
    wanted = {1, *kept, *(int(line) for line in areas)}
    rows = [tuple(row) for line, row in _read_lines(path) if line in wanted]
    columns = {str(column) for column in figures["column"].cat.categories}
    counts = {str(column) for column in figures.loc[figures["unit"] == str(Unit.PUPILS), "column"].unique()}
    header = rows[0]
    keys = [place for place, heading in enumerate(header) if heading.strip().upper() in _KEYS]
    return Sheet(
        name,
        tuple(rows),
        figures=tuple(place for place, heading in enumerate(header) if heading.strip() in columns),
        counts=tuple(place for place, heading in enumerate(header) if heading.strip() in counts),
        first=max(keys) + 1,
        schools=_find_schools(rows, [line for line, _ in _read_lines(path) if line in wanted], kept),
    )


_KEYS = ("URN", "ESTAB", "LEA", "LA", "SCHNAME", "SCHOOL_URN", "SCHOOL_LAESTAB", "SCHOOL_NAME")


def _find_schools(rows: Sequence[Sequence[str]], lines: Sequence[int], kept: Sequence[int]) -> tuple[int, ...]:
    schools = set(kept)
    return tuple(place for place, line in enumerate(lines) if line in schools)


def _read_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    reader = csv.reader(io.StringIO(text, newline=""))
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1
