"""From an edition's published files to its prepared tables, once per edition.

Every file is read, reconciled and validated; a file that cannot be used is left out and reported with all its faults,
the others are still loaded. Then all schools are studied together. Nothing is done again while neither the files nor
the code concerned have changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.edition.editions import Edition
from pipeline.edition.schools import choose_schools
from pipeline.foundation.errors import Fault, FaultyInput, PipelineError
from pipeline.foundation.paths import find_project
from pipeline.foundation.vocabulary import count_noun
from pipeline.foundation.writing import write_json_beside
from pipeline.report.sentences.wording import write_date
from pipeline.run.made import find_damaged, hash_file, hash_folder
from pipeline.run.preparing.checking import FrameChecks
from pipeline.run.preparing.local import hash_local_files, list_local_warnings, prepare_local
from pipeline.run.preparing.study import prepare_study
from pipeline.sources.folding import list_account
from pipeline.sources.local import RETURNS_FILE
from pipeline.sources.prepared import Prepared, open_prepared
from pipeline.sources.reading import PublishedFile

STAMP = "edition.json"
#: What the stamp says of what was made: the tables, and the account of what was checked, which lies among the reports.
_MADE = ("tables", "data_docs")


@dataclass(frozen=True)
class PreparedEdition:
    """An edition whose files are read. ``faults`` are those of the files that had to be left out."""

    edition: Edition
    tables: Prepared
    faults: tuple[Fault, ...]


def prepare(
    edition: Edition, *, anew: bool = False, progress: Callable[[str], None] = lambda step: None
) -> PreparedEdition:
    """Read the edition's published and local files into ``prepared/`` and study all its schools.

    What is done and has not changed is not done again. ``progress`` is told what is being read. Raises FaultyInput
    where no published file at all could be used, and where a local one has a fault.
    """
    files = edition.list_published()
    stamp = _stamp(edition, files)
    current = _read_stamp(edition)
    if not anew and current is not None and current["key"] == stamp["key"] and _is_whole(edition, current):
        stamp |= {part: current.get(part, []) for part in ("faults", "warnings", *_MADE)}
        try:
            tables = _complete(edition, stamp["key"], progress)
        finally:
            _write_stamp(edition, stamp | {"tables": _list_tables(edition)})
    else:
        tables = _prepare_anew(edition, files, stamp, progress)
    return PreparedEdition(edition, tables, tuple(Fault(**fault) for fault in stamp["faults"]))


def _prepare_anew(
    edition: Edition, files: Sequence[PublishedFile], stamp: dict, progress: Callable[[str], None]
) -> Prepared:
    """Read all ``files``, validate them, write the stamp of what was made of them, and complete that."""
    from pipeline.sources.prepare import prepare_edition

    with FrameChecks(files, edition.description.area.model_dump()) as checks:
        found = prepare_edition(
            files,
            edition.paths.prepared,
            year=edition.year,
            listed=edition.description.area.schools,
            progress=progress,
            check=checks.check,
        )
        if not found.loaded:
            raise FaultyInput(found.faults)
        stamp["faults"] = [vars(fault) for fault in found.faults]
        _refuse_empty_area(edition, open_prepared(edition.paths.prepared))
        of_schools = _select_area(edition)
        _refuse_no_figures(edition, of_schools, found.faults)
        name = "all observations of the area"
        of_area = checks.check("observations", of_schools, name, year=edition.year, measures=_list_measures(files))()
        told = {(warning.file, warning.line, warning.column) for warning in found.warnings}
        new = [warning for warning in of_area if (warning.file, warning.line, warning.column) not in told]
        late = list_late_inspections(edition, open_prepared(edition.paths.prepared))
        stamp["warnings"] = [vars(warning) for warning in (*found.overall, *new, *late)]
        written = checks.write_data_docs(edition.paths.data_docs, title=edition.description.title, on=edition.date)
        try:
            return _complete(edition, stamp["key"], progress)
        finally:
            written()
            stamp |= {"tables": _list_tables(edition), "data_docs": hash_folder(edition.paths.data_docs)}
            _write_stamp(edition, stamp)


def _complete(edition: Edition, key: str, progress: Callable[[str], None]) -> Prepared:
    """Add to the prepared tables what the edition itself knows, and the study of all schools."""
    tables = open_prepared(edition.paths.prepared)
    prepare_local(edition, tables, key)
    prepare_study(tables, _list_area(edition, tables), edition.year, key, progress)
    return tables


def list_late_inspections(edition: Edition, tables: Prepared) -> list[Fault]:
    """What to know of the area's inspections that are dated after the review: they count, and may decide a category."""
    found, date = tables.inspections(), edition.date.isoformat()
    kinds = ["graded", "report card"]
    late = found[found["urn"].isin(_list_area(edition, tables)) & (found["date"] > date) & found["kind"].isin(kinds)]
    faults = []
    late = late.sort_values(["urn", "date", "line"]).drop_duplicates("urn", keep="last")
    for urn, day, file, line in zip(*(late[name] for name in ("urn", "date", "file", "line")), strict=True):
        what = (
            f"the inspection of {write_date(str(day))} is after the date of the review, "
            f"{write_date(date)}: it counts as the school's latest, and may decide its category"
        )
        remedy = (
            "If the review is to say what was known on its date, take a file of inspections of that time; "
            "else give `date:` in edition.yaml the day on which the reports are written."
        )
        faults.append(Fault(str(file), int(line), None, what, remedy, int(urn)))
    return faults


def _list_measures(files: Sequence[PublishedFile]) -> list[str]:
    """What a figure of the edition may be of: the tables' measures, and those of local returns where it has some."""
    from pipeline.sources.measures import list_measures

    return list(list_measures(with_returns=any(file.family == RETURNS_FILE.family for file in files)))


def list_warnings(tables: Prepared) -> tuple[Fault, ...]:
    """What was left out of, or could not be understood in, files that are otherwise used; what is alike as one."""
    found = [*list_local_warnings(tables.folder)]
    for account in sorted(tables.reconciliation(), key=lambda account: account.file):
        found += list_account(account)
    return tuple(found)


def list_overall_warnings(tables: Prepared) -> tuple[Fault, ...]:
    """What the suites warned of in all files together; nothing was left out for it."""
    return tuple(Fault(**warning) for warning in (_read_json(tables.folder / STAMP) or {}).get("warnings", []))


def _select_area(edition: Edition) -> pd.DataFrame:
    """The area's own observations: what the whole country's files hold besides was checked file by file."""
    tables = open_prepared(edition.paths.prepared)
    return tables.observations(urn=_list_area(edition, tables))


def _list_area(edition: Edition, tables: Prepared) -> list[int]:
    return sorted(int(urn) for urn in choose_schools(tables.schools(), edition.description.area.model_dump())["urn"])


#: What tells which schools a trust has, and what else can be done.
_TRUST_REMEDY = (
    "Add a file that numbers trusts by their UID: Get Information about Schools with all establishments and groups "
    "(edubasealldata, column Trusts (code)) and its links, Ofsted's outcomes, or the trusts' results; or list the "
    "schools in edition.yaml: area: {schools: [137158, 137981]}."
)


def _refuse_empty_area(edition: Edition, tables: Prepared) -> None:
    """Raise PipelineError where no file says which schools are the area's: with none of them, nothing can be judged."""
    if _list_area(edition, tables):
        return
    area, schools = edition.description.area, tables.schools()
    if area.trust is not None:
        others = schools["trust"].nunique()
        what = f"no file of this edition tells which schools the trust {area.trust} has"
        if others:
            what += f"; {count_noun(others, 'other trust')} have schools in it: is the UID right?"
        remedy = _TRUST_REMEDY
    elif area.authority is not None:
        what = f"no file of this edition names a school of authority {area.authority}"
        remedy = "Check `area:` in edition.yaml against the files: the three digits of the authority (885)."
    else:
        what = f"no file of this edition names any of the {count_noun(len(area.schools), 'school')} listed"
        remedy = (
            "Check the URNs in edition.yaml, or add a file that names them: a school list, or the register's links."
        )
    raise PipelineError(what, where=f"{edition.name}/edition.yaml", remedy=remedy)


#: What an edition needs beside lists of schools, links and inspections.
_RESULTS_REMEDY = (
    "Add a file of results to the edition's published folder: the performance tables of key stage 2 (…_ks2final.csv) "
    "or key stage 4 (…_ks4final.csv), school by school, or the tidy files of Explore Education Statistics; absence, "
    "the pupil census and destinations are read too. Download them as CSV for {area}, for {year} and the years before."
)


def _refuse_no_figures(edition: Edition, of_area: pd.DataFrame, faults: Sequence[Fault]) -> None:
    """Raise FaultyInput where no file gives a figure of the area's schools; ``faults`` are those of files left out."""
    if len(of_area):
        return
    tables = open_prepared(edition.paths.prepared)
    others = tables.observations()["urn"].nunique()
    titles = list(dict.fromkeys(account.title for account in tables.reconciliation() if account.loaded))
    if others:
        what = f"the files have figures of {count_noun(others, 'school')}, and none of this edition's area"
    else:
        there = "; ".join(titles)
        what = f"there is no file of results: what is there ({there}) says who the schools are, not how they do"
    if faults:
        what += f"; {count_noun(len({fault.file for fault in faults}), 'file')} had to be left out"
    area = edition.description.area
    whose = f"authority {area.authority}" if area.authority else f"trust {area.trust}" if area.trust else "your schools"
    remedy = _RESULTS_REMEDY.format(area=whose, year=edition.description.year)
    raise FaultyInput([Fault(edition.name, None, None, what, remedy), *faults])


def _stamp(edition: Edition, files: Sequence[PublishedFile]) -> dict:
    """What the prepared tables were made from, and the edition's facts that a notebook needs."""
    inputs = {file.name: [hash_file(file.path), file.year, file.family] for file in files}
    said = edition.description
    about = [inputs, edition.year, sorted(said.area.schools), said.smallest_number, _hash_readers()]
    key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
    return {
        "key": key,
        "inputs": {name: digest for name, (digest, _, _) in inputs.items()} | hash_local_files(edition),
        "name": edition.name,
        "title": said.title,
        "year": edition.year,
        "policy": said.policy,
        "organisation": said.organisation,
        "colour": said.colour,
        "area": said.area.model_dump(mode="json"),
        "date": edition.date.isoformat(),
    }


def _hash_readers() -> str:
    """One hash of all code and tables that turn published files into prepared ones."""
    project = find_project()
    digest = hashlib.sha256()
    for folder in ("pipeline/sources", "pipeline/validation", "expectations"):
        for path in sorted((project / folder).rglob("*")):
            if path.suffix in {".py", ".yaml", ".json"}:
                digest.update(path.relative_to(project).as_posix().encode() + path.read_bytes())
    for name in ("vocabulary.py", "writing.py", "yaml_files.py"):
        digest.update((project / "pipeline" / "foundation" / name).read_bytes())
    return digest.hexdigest()


def _is_whole(edition: Edition, stamp: dict) -> bool:
    """Whether all that was made lies where it was put: somebody may have cleared a folder."""
    if not all(part in stamp for part in _MADE):
        return False
    now, folder = _list_tables(edition), edition.paths.prepared
    # a folder of tables that is gone whole has a stamp of its own, and is made again by itself
    lost = [name for name, size in stamp["tables"].items() if now.get(name) != size and (folder / name).parent.is_dir()]
    return not lost and not find_damaged(edition.paths.data_docs, stamp["data_docs"])


def _list_tables(edition: Edition) -> dict[str, int]:
    """The prepared tables and their sizes; a country's are too large to be hashed in every run."""
    folder = edition.paths.prepared
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in sorted(folder.rglob("*.parquet"))}


def _read_stamp(edition: Edition) -> dict | None:
    return _read_json(edition.paths.prepared / STAMP)


def _read_json(path: Path) -> dict | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def _write_stamp(edition: Edition, stamp: dict) -> None:
    write_json_beside(edition.paths.prepared / STAMP, stamp)
