"""Published files that came, or changed, since the reports were made: each read by itself, joined with nothing.

Years later than the edition's count here, which its reports leave aside; and so do terms of a year, each beside the
same term of another year alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.vocabulary import Level
from pipeline.sources.families.schools import fold_word
from pipeline.sources.families.tidy.ees import load_row_words
from pipeline.sources.frames import INSPECTIONS, OBSERVATIONS, shape_frame
from pipeline.sources.local.files import simplify
from pipeline.sources.reading import PublishedFile, RawTable, Reading, Source
from pipeline.sources.recognise import is_known, recognise, settle_year
from pipeline.sources.tabular.tables import read_table

_SPAN = "time identifier"  # the heading of the part of a year that a row is about


@dataclass(frozen=True)
class NewlyPublished:
    """What new files hold of schools: ``figures`` are OBSERVATIONS with ``span``, the part of the year in the file's
    words, "" for the whole; ``inspections`` are INSPECTIONS. ``faults`` are those of files that cannot be used,
    ``questions`` what their readers do not believe of the others."""

    figures: pd.DataFrame
    inspections: pd.DataFrame
    faults: tuple[Fault, ...]
    unread: tuple[str, ...]  # files that hold neither
    questions: tuple[Fault, ...] = ()


def read_new_files(files: Iterable[PublishedFile]) -> NewlyPublished:
    """Read each file by itself; one that cannot be used is left out, with all its faults."""
    figures, inspections = [], []
    faults: list[Fault] = []
    unread, questions = [], dict[Fault, None]()
    for file in files:
        try:
            readings = list(_read_file(file))
        except FaultyInput as error:
            faults += error.faults
            continue
        told = [one.observations.assign(span=span) for span, one in readings if one.observations is not None]
        judged = [one.inspections for _, one in readings if one.inspections is not None]
        questions |= dict.fromkeys(fault for _, one in readings for fault in one.faults)
        figures += [one[one["level"] == Level.SCHOOL] for one in told]
        inspections += judged
        if not told and not judged:
            unread.append(file.name)
    return NewlyPublished(
        pd.concat(figures, ignore_index=True) if figures else shape_frame(pd.DataFrame(), OBSERVATIONS).assign(span=""),
        pd.concat(inspections, ignore_index=True) if inspections else shape_frame(pd.DataFrame(), INSPECTIONS),
        tuple(faults),
        tuple(unread),
        tuple(questions),
    )


def _read_file(file: PublishedFile) -> Iterator[tuple[str, Reading]]:
    """What the file holds of whole years, then of each part of a year that it names."""
    table = read_table(file, knows=is_known)
    source = recognise(table)
    year = settle_year(table, source)
    yield "", _leave_laestabs(_read(source, table, year))
    heading = next((one for one in table.header if simplify(one) == _SPAN), None)
    if heading is None:
        return
    whole, words = load_row_words().whole_years, table.cells[heading].fillna("").map(fold_word)
    for span in sorted(set(words) - set(whole)):
        rows = (words == span).to_numpy()
        cells = table.cells[rows].reset_index(drop=True).assign(**{heading: whole[0]})
        part = replace(table, cells=cells, lines=table.lines[rows], widths=table.widths[rows])
        yield span, _leave_laestabs(_read(source, part, year))


def _read(source: Source, table: RawTable, year: int | None) -> Reading:
    return source.read(table, year)  # type: ignore[arg-type]  # None only where the source needs none


def _leave_laestabs(reading: Reading) -> Reading:
    """Without figures whose schools bear no URN: only a preparation with all files can join them."""
    return replace(reading, observations=None) if reading.by_laestab else reading
