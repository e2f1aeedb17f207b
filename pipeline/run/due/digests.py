"""What each school's report draws on of the prepared tables, as one digest a part: made once, after preparing.

A report is made again when a digest changed. They lie beside the prepared tables with a stamp of their own, so that a
run in which nothing changed reads them and no table.
"""

from __future__ import annotations

import hashlib
import json
from collections import ChainMap
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.foundation.paths import LOCAL, STUDY, SUPPORT
from pipeline.run.stamps.code import Code
from pipeline.run.stamps.made import STAMP, Made, describe_inputs, find_reason, hash_file, read_made, write_made

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from pipeline.analysis.indicators import Indicator
    from pipeline.edition.editions import Edition
    from pipeline.edition.schools import AreaSchool
    from pipeline.run.preparing.preparation import PreparedEdition
    from pipeline.sources.frames import StudySlice
    from pipeline.sources.prepared import Prepared

FILE = "digests.json"
INDICATOR = "indicator "  # how the parts are called that are indicators' own words
_SUPPORT = f"{SUPPORT}/support.json"  # among the prepared tables
#: Where a row was found in its file is printed with figures only.
_PLACE = ["file", "line"]


@dataclass(frozen=True)
class Digests:
    """``schools`` holds, by URN, each part's digest of every school due; ``edition`` those of all schools together."""

    area: tuple[AreaSchool, ...]
    schools: Mapping[int, ChainMap[str, str]]
    edition: Mapping[str, str]


def read_digests(prepared: PreparedEdition, progress: Callable[[str], None] = lambda step: None) -> Digests:
    """The digests of an edition that is prepared; made where they are not those of its tables.

    ``progress`` is told why they are made again.
    """
    edition, folder = prepared.edition, prepared.edition.paths.prepared
    key = _describe_inputs(edition, folder, prepared.code)
    made = read_made(folder, FILE)
    reason = find_reason(made, key, folder)
    if made is not None and not reason:
        try:
            return _unpack(made.told)
        except (KeyError, TypeError, ValueError, AttributeError):
            reason = f"{FILE} is not whole"
    if (folder / FILE).is_file():
        progress(f"what each report rests on, again: {reason}")
    found = digest_tables(edition, prepared.tables)
    told = {"area": [asdict(school) for school in found.area], "edition": found.edition, **_pack_schools(found.schools)}
    write_made(folder, Made(key, told=told), FILE)
    return _unpack(told)


def _unpack(told: Mapping[str, Any]) -> Digests:
    from pipeline.edition.schools import AreaSchool

    area = tuple(AreaSchool(**one) for one in told["area"])
    return Digests(area, _unpack_schools(told), dict(told["edition"]))


def _pack_schools(schools: Mapping[int, Mapping[str, str]]) -> dict[str, Any]:
    """What all schools share stands once, so that thousands of schools take little room in a file and in memory."""
    indicators: dict[str, str] = {}
    packed = {}
    for urn, parts in schools.items():
        concerning = {part: digest for part, digest in parts.items() if part.startswith(INDICATOR)}
        indicators.update(concerning)
        own = {part: digest for part, digest in parts.items() if part not in concerning}
        packed[urn] = {"own": own, "indicators": list(concerning)}
    return {"schools": packed, "indicators": indicators}


def _unpack_schools(content: Mapping[str, Any]) -> dict[int, ChainMap[str, str]]:
    """By URN, each part's digest; what is the same for several schools is held once for all of them."""
    together: dict[tuple[str, ...], dict[str, str]] = {}
    known: dict[str, str] = {}
    schools: dict[int, ChainMap[str, str]] = {}
    for urn, packed in content["schools"].items():
        concerning = tuple(packed["indicators"])
        if concerning not in together:
            together[concerning] = {part: content["indicators"][part] for part in concerning}
        own = {part: known.setdefault(digest, digest) for part, digest in packed["own"].items()}
        schools[int(urn)] = ChainMap(together[concerning], own)
    return schools


def list_schools(edition: Edition, tables: Prepared) -> tuple[AreaSchool, ...]:
    """Every school of the edition's area, due or not due with the reason."""
    from pipeline.analysis.indicators import load_indicators
    from pipeline.analysis.indicators.windows import list_behind
    from pipeline.edition.schools import choose_schools, list_area_schools

    schools, area = tables.schools(), edition.description.area.model_dump()
    latest = tables.latest_years(choose_schools(schools, area)["urn"], list_behind(load_indicators()))
    return list_area_schools(schools, latest, area, edition.year, tables.links(), on=edition.date.isoformat())


def digest_tables(edition: Edition, tables: Prepared) -> Digests:
    """Digest the prepared ``tables``: of each school due, its own rows and what they are held against."""
    from pipeline.analysis.indicators import load_indicators

    area = list_schools(edition, tables)
    due = [school.urn for school in area if not school.not_due]
    indicators = load_indicators()
    schools, observations = tables.schools(), tables.observations(urn=due)
    own = _digest_own_rows(due, schools, observations, tables)
    for urn, parts in _digest_support(due, tables).items():
        own[urn] |= parts
    shared = _digest_shared(due, schools, observations, indicators, tables)
    return Digests(
        area, {urn: ChainMap(shared[urn], own[urn]) for urn in due}, _digest_edition(own, indicators, tables)
    )


def _digest_own_rows(
    due: Sequence[int], schools: pd.DataFrame, observations: pd.DataFrame, tables: Prepared
) -> dict[int, dict[str, str]]:
    """By URN, the digests of the rows that are the school's alone."""
    from pipeline.sources.local.prepared import open_local

    study, local = tables.study(), open_local(tables.folder)
    moved = local.early_compared["moved"].to_numpy(dtype=bool)
    parts = {
        "own figures": [observations, tables.subjects(due).drop(columns=_PLACE)],
        "entry in the school lists": [schools.drop(columns=_PLACE), tables.links()],
        "inspections": [tables.inspections().drop(columns=_PLACE)],
        "similar schools": [study.similar, study.notes, study.figures],
        "local evidence": [
            frame.drop(columns=_PLACE) for frame in (local.self_evaluation, local.soft_intelligence, local.moderation)
        ],
        "last year's category": [local.last_year],
        "early results": [local.early, local.early_compared[~moved]],
        "early results that moved when published": [local.early_compared[moved]],
    }
    digests = {part: _digest_by_urn(frames, due) for part, frames in parts.items()}
    return {urn: {part: found[urn] for part, found in digests.items()} for urn in due}


def _digest_support(due: Sequence[int], tables: Prepared) -> dict[int, dict[str, str]]:
    """By URN, the digests of the year's days, which all schools share, and of what people changed and agreed there."""
    kept = json.loads((tables.folder / _SUPPORT).read_text(encoding="utf-8"))
    if kept is None:
        return {}
    own: dict[int, list[object]] = {urn: [] for urn in due}
    for change in kept["changes"]:
        beside = {"line": None, "is_agreed": kept["is_agreed"]}  # where a row stands is printed nowhere
        own.setdefault(change["urn"], []).append(change | beside)
    for urn, *agreed in kept["agreed"]:
        own.setdefault(urn, []).append(agreed)
    days = _hash_words(json.dumps(kept["year"]))
    part = "changes to the year of support"
    return {urn: {"terms of the year of support": days, part: _hash_words(json.dumps(own[urn]))} for urn in due}


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

    An indicator concerns the schools of its phases, and any other of which the files have its measure, early or
    published.
    """
    import pandas as pd

    from pipeline.analysis.context import load_context
    from pipeline.analysis.ratings.writing import list_writing_measures

    told = [frame[["urn", "measure"]].astype({"measure": str}) for frame in (observations, tables.early(due))]
    measured = pd.concat(told).drop_duplicates().groupby("urn")["measure"].agg(set).to_dict()
    own = schools[schools["urn"].isin(due)]
    held_against, spreads = _HeldAgainst(tables), _Spreads(tables.study(), list_writing_measures(indicators))
    words = dict(zip((one.key for one in indicators), _word_indicators(indicators), strict=True))
    found = {}
    for urn, phase, la in zip(own["urn"].tolist(), own["phase"].astype(str), own["la"].fillna(0).tolist(), strict=True):
        concerning = [one for one in indicators if phase in one.applies_to or one.measure in measured.get(urn, ())]
        # a fact of context is shown where the files have it of the school
        context = {one.measure for one in load_context()} & measured.get(urn, set())
        measures = sorted({one.measure for one in concerning} | context)
        found[urn] = {
            **{f"{INDICATOR}{one.key}": words[one.key] for one in concerning},
            "figures compared with": held_against.digest(urn, la, measures),
            "how far schools differ": spreads.digest({one.key for one in concerning}, measures),
        }
    return found


class _HeldAgainst:
    """England's and authorities' figures, and the country's cut points: digested by authority and measure."""

    def __init__(self, tables: Prepared) -> None:
        from pipeline.foundation.vocabulary import Level

        areas, distributions = tables.area_observations(), tables.distributions()
        level = areas["level"].astype(str)
        whose = areas["la"].fillna(0).astype(int).where(level == Level.AUTHORITY, 0)
        kept = (level == Level.AUTHORITY) | level.str.startswith("england")
        keys = list(zip(whose[kept], areas.loc[kept, "measure"].astype(str), strict=True))
        self._areas = _digest_groups(areas[kept].drop(columns=_PLACE), keys)
        self._cuts = _digest_groups(distributions, distributions["measure"].tolist())
        subjects = tables.subjects().drop(columns=_PLACE)
        self._subjects = _digest_rows(subjects[subjects["urn"].isna()])
        self._with_subjects = set(subjects["urn"].dropna().astype(int))

    def digest(self, urn: int, la: int, measures: Sequence[str]) -> str:
        """What the school ``urn`` of the authority ``la`` is held against in ``measures``, and in its subjects."""
        found = [
            found
            for measure in measures
            for found in (self._areas.get((0, measure)), self._areas.get((la, measure)), self._cuts.get(measure))
        ]
        subjects = [self._subjects] if urn in self._with_subjects else []
        return _hash_words(json.dumps([*found, *subjects]))


class _Spreads:
    """How far schools differ, indicator by indicator and pair by pair."""

    def __init__(self, study: StudySlice, writing_measures: Collection[str] = ()) -> None:
        pairs = list(zip(study.correlations["indicator"], study.correlations["other"], strict=True))
        self._spreads = _digest_groups(study.spreads, study.spreads["indicator"].tolist())
        self._pairs = dict(zip(pairs, _hash_rows(study.correlations).tolist(), strict=True))
        self._writing = _digest_rows(study.writing_pattern)
        self._writing_measures = set(writing_measures)

    def digest(self, indicators: set[str], measures: Sequence[str]) -> str:
        keys = sorted(indicators & self._spreads.keys())
        alone = [self._spreads[key] for key in keys]
        together = [self._pairs.get((one, other)) for one in keys for other in keys]
        writing = self._writing if self._writing_measures and self._writing_measures <= set(measures) else None
        return _hash_words(json.dumps([alone, together, writing]))


def _digest_groups(frame: pd.DataFrame, keys: Sequence[Hashable]) -> dict[Hashable, str]:
    """One SHA-256 over the hashes of the rows of each of ``keys``, which names every row's group."""
    digests: dict[Hashable, hashlib._Hash] = {}
    for key, row in zip(keys, _hash_rows(frame), strict=True):
        digests.setdefault(key, hashlib.sha256()).update(row.tobytes())
    return {key: digest.hexdigest() for key, digest in digests.items()}


def _digest_edition(
    own: Mapping[int, Mapping[str, str]], indicators: Sequence[Indicator], tables: Prepared
) -> dict[str, str]:
    """What the area's report and how far to trust it draw on besides the schools' reports."""
    study = tables.study()
    return {
        "figures of all schools": _hash_words(json.dumps([[urn, parts] for urn, parts in sorted(own.items())])),
        "figures compared with": _digest_rows(
            tables.area_observations().drop(columns=_PLACE), tables.distributions(), tables.authorities()
        ),
        "how far schools differ": _digest_rows(study.spreads, study.correlations, study.writing_pattern),
        "account of the files": hash_file(tables.folder / "reconciliation.json"),
        "indicators": _hash_words(*_word_indicators(indicators)),
    }


def _word_indicators(indicators: Sequence[Indicator]) -> list[str]:
    """Each indicator's file with those of its theme and subjects, as one digest."""
    from pipeline.analysis.indicators import load_subjects, load_themes
    from pipeline.analysis.indicators.themes import find_theme

    themes, subjects = load_themes(), load_subjects()
    told = ((one, find_theme(one.theme, themes), *(subjects[key] for key in one.subjects)) for one in indicators)
    return [_hash_words(*(each.model_dump_json() for each in words)) for words in told]


def _hash_words(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def _describe_inputs(edition: Edition, folder: Path, code: Code) -> dict[str, str]:
    """The key of the digests: all tables in ``folder`` by their own keys, the area, and the code with the indicators'
    own words."""
    accounts = [read_made(folder, "edition.json"), *(read_made(folder / at, STAMP) for at in (LOCAL, SUPPORT, STUDY))]
    method = code.trace("pipeline.run.due.digests")
    return describe_inputs(
        values={
            "prepared tables": [made and sorted(made.key.items()) for made in accounts],
            "the edition's area or year": [edition.description.area.model_dump(mode="json"), edition.year],
        },
        code={"how it is told what a report draws on": code.hash(method)},
        packages={"versions of Python and packages": method.packages},
    )
