"""What each school's report draws on of the prepared tables, as one digest a part: made once, after preparing.

A report is made again when a digest changed. They lie beside the prepared tables with a stamp of their own, so that a
run in which nothing changed reads them and no table.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.run.code import hash_modules
from pipeline.run.schools import hash_file
from pipeline.writing import write_beside

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from pipeline.analysis.indicators import Indicator
    from pipeline.report.area_schools import AreaSchool
    from pipeline.run.edition import Edition
    from pipeline.sources.frames import StudySlice
    from pipeline.sources.prepared import Prepared

FILE = "digests.json"
INDICATORS = Path("pipeline/analysis/indicators")
#: Where a row was found in its file is printed with figures only.
_PLACE = ["file", "line"]


@dataclass(frozen=True)
class Digests:
    """``schools`` holds, by URN, each part's digest of every school due; ``edition`` those of all schools together."""

    roll: tuple[AreaSchool, ...]
    schools: Mapping[int, Mapping[str, str]]
    edition: Mapping[str, str]


def read_digests(edition: Edition, tables: Prepared) -> Digests:
    """The digests of an edition whose tables are prepared; made where they are not those of the tables."""
    from pipeline.report.area_schools import AreaSchool

    path = tables.folder / FILE
    stamp = _describe_inputs(edition, tables)
    content = _read(path)
    if content.get("stamp") != stamp:
        made = digest_tables(edition, tables)
        content = {**asdict(made), "stamp": stamp}
        write_beside(path, json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    return Digests(
        tuple(AreaSchool(**one) for one in content["roll"]),
        {int(urn): parts for urn, parts in content["schools"].items()},
        content["edition"],
    )


def list_schools(edition: Edition, tables: Prepared) -> tuple[AreaSchool, ...]:
    """Every school of the edition's area, due or not due with the reason."""
    from pipeline.report.area_schools import list_area_schools

    return list_area_schools(
        tables.schools(), tables.latest_years(), edition.description.area.model_dump(), edition.year
    )


def digest_tables(edition: Edition, tables: Prepared) -> Digests:
    """Digest the prepared ``tables``: of each school due, its own rows and what they are held against."""
    from pipeline.analysis.indicators import load_indicators

    roll = list_schools(edition, tables)
    due = [school.urn for school in roll if not school.not_due]
    indicators = load_indicators()
    schools, observations = tables.schools(), tables.observations(urn=due)
    own = _digest_own_rows(due, schools, observations, tables)
    shared = _digest_shared(due, schools, observations, indicators, tables)
    return Digests(roll, {urn: {**own[urn], **shared[urn]} for urn in due}, _digest_edition(own, indicators, tables))


def _digest_own_rows(
    due: Sequence[int], schools: pd.DataFrame, observations: pd.DataFrame, tables: Prepared
) -> dict[int, dict[str, str]]:
    """By URN, the digests of the rows that are the school's alone."""
    from pipeline.sources.local import open_local

    study, local = tables.study(), open_local(tables.folder)
    parts = {
        "own figures": [observations],
        "entry in the school lists": [schools.drop(columns=_PLACE), tables.links()],
        "inspections": [tables.inspections().drop(columns=_PLACE)],
        "similar schools": [study.similar, study.notes, study.figures],
        "local evidence": [
            frame.drop(columns=_PLACE) for frame in (local.self_evaluation, local.soft_intelligence, local.moderation)
        ],
        "last year's category": [local.last_year],
    }
    digests = {part: _digest_by_urn(frames, due) for part, frames in parts.items()}
    return {urn: {part: found[urn] for part, found in digests.items()} for urn in due}


def _digest_by_urn(frames: Sequence[pd.DataFrame], urns: Sequence[int]) -> dict[int, str]:
    """One SHA-256 a URN over the hashes of its rows in all ``frames``, in the order in which they stand."""
    import numpy as np

    digests = {urn: hashlib.sha256() for urn in urns}
    for frame in frames:
        column = frame["urn"].to_numpy(dtype="int64")
        order = np.argsort(column, kind="stable")
        rows, column = _hash_rows(frame)[order], column[order]
        for urn, digest in digests.items():
            first, last = np.searchsorted(column, [urn, urn + 1])
            digest.update(f"{last - first};".encode() + rows[first:last].tobytes())
    return {urn: digest.hexdigest() for urn, digest in digests.items()}


def _hash_rows(frame: pd.DataFrame) -> np.ndarray:
    """A 64-bit hash of every row, the same on any machine: categories and texts count by their letters."""
    import pandas as pd

    return pd.util.hash_pandas_object(frame, index=False).to_numpy(dtype="<u8")


def _digest_rows(*frames: pd.DataFrame) -> str:
    """One SHA-256 over the hashes of all rows of ``frames``."""
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(f"{len(frame)};".encode() + _hash_rows(frame).tobytes())
    return digest.hexdigest()


def _digest_shared(
    due: Sequence[int],
    schools: pd.DataFrame,
    observations: pd.DataFrame,
    indicators: Sequence[Indicator],
    tables: Prepared,
) -> dict[int, dict[str, str]]:
    """By URN, the digests of what many schools share: the indicators that concern a school and what these rest on.

    An indicator concerns the schools of its phases, and any other of which the files have its measure.
    """
    measured = observations[["urn", "measure"]].drop_duplicates().groupby("urn")["measure"].agg(set).to_dict()
    own = schools[schools["urn"].isin(due)]
    made: dict[tuple, dict[str, str]] = {}
    found = {}
    for urn, phase, la in zip(own["urn"].tolist(), own["phase"].astype(str), own["la"].fillna(0).tolist(), strict=True):
        concerning = tuple(one for one in indicators if phase in one.applies_to or one.measure in measured.get(urn, ()))
        profile = (tuple(one.key for one in concerning), la)
        found[urn] = made.get(profile) or made.setdefault(profile, _digest_profile(concerning, la, tables))
    return found


def _digest_profile(indicators: Sequence[Indicator], la: int, tables: Prepared) -> dict[str, str]:
    from pipeline.analysis.context import CONTEXT
    from pipeline.vocabulary import Level

    measures = {one.measure for one in indicators} | {one.measure for one in CONTEXT}
    areas, distributions = tables.area_observations(), tables.distributions()
    level = areas["level"].astype(str)
    authority = (level == Level.AUTHORITY) & (areas["la"] == la).fillna(False).astype(bool)
    held_against = level.str.startswith("england") | authority
    return {
        **{f"indicator {one.key}": _hash_words(one.model_dump_json()) for one in indicators},
        "figures compared with": _digest_rows(
            areas[held_against & areas["measure"].isin(measures)].drop(columns=_PLACE),
            distributions[distributions["measure"].isin(measures)],
        ),
        "how far schools differ": _digest_spreads(tables.study(), indicators, measures),
    }


def _digest_spreads(study: StudySlice, indicators: Sequence[Indicator], measures: set[str]) -> str:
    from pipeline.analysis.writing import MEASURES

    keys = {one.key for one in indicators}
    together = study.correlations["indicator"].isin(keys) & study.correlations["other"].isin(keys)
    return _digest_rows(
        study.spreads[study.spreads["indicator"].isin(keys)],
        study.correlations[together],
        study.writing_pattern if measures.issuperset(MEASURES) else study.writing_pattern.iloc[:0],
    )


def _digest_edition(
    own: Mapping[int, Mapping[str, str]], indicators: Sequence[Indicator], tables: Prepared
) -> dict[str, str]:
    """What the area's report and how far to trust it draw on besides the schools' reports."""
    study = tables.study()
    return {
        "figures of all schools": _hash_words(json.dumps([[urn, parts] for urn, parts in sorted(own.items())])),
        "figures compared with": _digest_rows(tables.area_observations().drop(columns=_PLACE), tables.distributions()),
        "how far schools differ": _digest_rows(study.spreads, study.correlations, study.writing_pattern),
        "account of the files": hash_file(tables.folder / "reconciliation.json"),
        "indicators": _hash_words(*(one.model_dump_json() for one in indicators)),
    }


def _hash_words(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def _describe_inputs(edition: Edition, tables: Prepared) -> str:
    """A stamp of all that the digests follow from: the tables by their own stamps, the area, and the code."""
    from importlib.metadata import version

    from pipeline.paths import find_project

    stamp = json.loads((tables.folder / "edition.json").read_text(encoding="utf-8"))
    made = [_hash_if_there(tables.folder / part / "stamp.json") for part in ("study", "local")]
    indicators = [[path.name, hash_file(path)] for path in sorted((find_project() / INDICATORS).glob("*.yaml"))]
    area = edition.description.area.model_dump(mode="json")
    code = hash_modules("pipeline.run.digests", "pipeline.report.area_schools", "pipeline.analysis.indicators")
    inputs = [stamp["key"], made, indicators, area, edition.year, code, version("pandas")]
    return _hash_words(json.dumps(inputs, sort_keys=True))


def _hash_if_there(path: Path) -> str:
    return hash_file(path) if path.is_file() else ""


def _read(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
