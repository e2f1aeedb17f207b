"""From an edition's published files to its prepared tables, once per edition.

Every file is read, reconciled and validated; a file that cannot be used is left out and reported with all its faults,
the others are still loaded. Then all schools are studied together. Nothing is done again while neither the files nor
the code concerned have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pipeline.edition.editions import Edition
from pipeline.foundation.errors import Fault, FaultyInput, PipelineError
from pipeline.foundation.vocabulary import count_noun, format_date
from pipeline.run.lock import hold_edition
from pipeline.run.preparing.local import list_local_warnings, prepare_local
from pipeline.run.preparing.study import prepare_study
from pipeline.run.preparing.support import hash_local_inputs, list_support_questions, prepare_support
from pipeline.run.stamps.code import Code
from pipeline.run.stamps.made import (
    UNKNOWN,
    Made,
    describe_inputs,
    find_damaged,
    find_reason,
    hash_file,
    hash_folder,
    hash_key,
    measure_files,
    read_made,
    tell_damaged,
    write_made,
)
from pipeline.sources.local import RETURNS_FILE
from pipeline.sources.reading import PublishedFile

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.sources.prepared import Prepared

STAMP = "edition.json"
#: What the account holds besides the edition's own facts: what was found, the URNs of the area's schools, and the pages
#: on what was checked, with their hashes, which lie among the reports.
_FOUND = ("faults", "warnings", "schools", "data_docs")
#: What reads published files and checks them; what this module itself has to do with it is in its own text.
_READING = ("pipeline.sources.prepare", "pipeline.run.preparing.checking", "pipeline.run.preparing.preparation")
#: What those import that makes no table: other steps, and what the area's report is written by. What an edition's
#: description says is a part of the key by itself.
_APART = ("pipeline.analysis", "pipeline.policy", "pipeline.report", "pipeline.run")
_WITHIN = (*_READING, "pipeline.report", "pipeline.edition.schools", "pipeline.run")


@dataclass(frozen=True)
class PreparedEdition:
    """An edition whose files are read. ``faults`` are those of the files that had to be left out, ``code`` is the code
    as it was then."""

    edition: Edition
    faults: tuple[Fault, ...]
    code: Code = field(default_factory=Code)

    @property
    def tables(self) -> Prepared:
        """The prepared tables, opened when first asked for: where nothing is due nobody asks."""
        from pipeline.sources.prepared import open_prepared

        return open_prepared(self.edition.paths.prepared)


def prepare(
    edition: Edition, *, anew: bool = False, progress: Callable[[str], None] = lambda step: None
) -> PreparedEdition:
    """Read the edition's published and local files into ``prepared/`` and study all its schools.

    What is done and has not changed is not done again. ``progress`` is told what is being read. Raises FaultyInput
    where no published file at all could be used, and where a local one has a fault; PipelineError where they would be
    read while another process works on the edition.
    """
    files, code = edition.list_published(), Code()
    inputs = {file.name: [hash_file(file.path), file.year, file.family] for file in files}
    key = _describe_inputs(edition, inputs, code)
    about = _describe_edition(edition, inputs)
    made = read_made(edition.paths.prepared, STAMP)
    reason = "asked for again" if anew else _find_reason(edition, made, key)
    if made is not None and not reason:
        told = {**about, **{part: made.told[part] for part in _FOUND}}
        if told != made.told:
            write_made(edition.paths.prepared, replace(made, told=told), STAMP)
    else:
        if edition.paths.prepared.is_dir():
            progress(f"all files again: {reason}")
        with hold_edition(edition.paths):
            told = _prepare_anew(edition, files, key, about, progress)
    _complete(edition, key, told["schools"], code, progress)
    return PreparedEdition(edition, tuple(Fault(**fault) for fault in told["faults"]), code)


def _prepare_anew(
    edition: Edition,
    files: Sequence[PublishedFile],
    key: dict[str, str],
    about: dict[str, Any],
    progress: Callable[[str], None],
) -> dict[str, Any]:
    """Read all ``files``, validate them, and write the account of what was made of them.

    Gives what the account tells: ``about`` the edition, and what was found.
    """
    from pipeline.run.preparing.checking import FrameChecks
    from pipeline.sources.prepare import prepare_edition
    from pipeline.sources.prepared import RECONCILIATION, open_prepared

    folder = edition.paths.prepared
    with FrameChecks(files, edition.description.area.model_dump()) as checks:
        found = prepare_edition(
            files,
            folder,
            year=edition.year,
            listed=edition.description.area.schools,
            progress=progress,
            check=checks.check,
        )
        if not found.loaded:
            raise FaultyInput(found.faults)
        told = {**about, "faults": [vars(fault) for fault in found.faults]}
        _refuse_empty_area(edition, open_prepared(folder))
        of_schools = _select_area(edition)
        _refuse_no_figures(edition, of_schools, found.faults)
        name = "all observations of the area"
        of_area = checks.check("observations", of_schools, name, year=edition.year, measures=_list_measures(files))()
        known = {(warning.file, warning.line, warning.column) for warning in found.warnings}
        new = [warning for warning in of_area if (warning.file, warning.line, warning.column) not in known]
        late = list_late_inspections(edition, open_prepared(folder))
        told["warnings"] = [vars(warning) for warning in (*found.overall, *new, *late)]
        told["schools"] = _list_area(edition, open_prepared(folder))
        written = checks.write_data_docs(edition.paths.data_docs, title=edition.description.title, on=edition.date)
        tables = measure_files([*folder.glob("*.parquet"), folder / RECONCILIATION], folder)
        written()
    # the process that checked has ended: the study of a country has its memory
    told["data_docs"] = hash_folder(edition.paths.data_docs)
    write_made(folder, Made(key, tables, told), STAMP)
    return told


def _complete(
    edition: Edition, key: dict[str, str], urns: Sequence[int], code: Code, progress: Callable[[str], None]
) -> None:
    """Add to the prepared tables what the edition itself knows, and the study of all schools for those of ``urns``."""
    published = hash_key(key)
    prepare_local(edition, published, progress, code)
    prepare_support(edition, published, progress, code)
    prepare_study(edition.paths.prepared, urns, edition.year, published, progress, code)


def list_late_inspections(edition: Edition, tables: Prepared) -> list[Fault]:
    """What to know of the area's inspections that are dated after the review: they count, and may decide a category.

    Where there are many, they are one fault with their number.
    """
    from pipeline.sources.tabular.folding import fold_faults

    found, date = tables.inspections(), edition.date.isoformat()
    kinds = ["graded", "report card"]
    late = found[found["urn"].isin(_list_area(edition, tables)) & (found["date"] > date) & found["kind"].isin(kinds)]
    faults = []
    late = late.sort_values(["urn", "date", "line"]).drop_duplicates("urn", keep="last")
    for urn, day, file, line in zip(*(late[name] for name in ("urn", "date", "file", "line")), strict=True):
        what = (
            f"the inspection of {format_date(str(day))} is after the date of the review, "
            f"{format_date(date)}: it counts as the school's latest, and may decide its category"
        )
        remedy = (
            "If the review is to say what was known on its date, take a file of inspections of that time; "
            "else give `date:` in edition.yaml the day on which the reports are written."
        )
        faults.append(Fault(str(file), int(line), None, what, remedy, int(urn)))
    return fold_faults(faults)


def _list_measures(files: Sequence[PublishedFile]) -> list[str]:
    """What a figure of the edition may be of: the tables' measures, and those of local returns where it has some."""
    from pipeline.sources.measures import list_measures

    return list(list_measures(with_returns=any(file.family == RETURNS_FILE.family for file in files)))


def list_warnings(tables: Prepared) -> tuple[Fault, ...]:
    """What was left out of, or could not be understood in, files that are otherwise used; what is alike as one."""
    from pipeline.sources.tabular.folding import list_account

    found = [*list_indicator_questions(), *list_local_warnings(tables.folder), *list_support_questions(tables.folder)]
    for account in sorted(tables.reconciliation(), key=lambda account: account.file):
        found += list_account(account)
    return tuple(found)


def refuse_faulty_indicators() -> None:
    """Raise FaultyInput where files of indicators have faults: with what is else a warning, so that a run tells all."""
    from pipeline.analysis.indicators import load_indicators

    try:
        load_indicators()
    except FaultyInput as error:
        raise FaultyInput([*error.faults, *list_indicator_questions()]) from None


def list_indicator_questions() -> list[Fault]:
    """What is to be asked of the indicators: a measure or group that no school can have a figure of, an order twice."""
    from pipeline.analysis.indicators import question_indicators
    from pipeline.sources.measures import list_groups

    return question_indicators(list_groups(with_returns=True))


def list_overall_warnings(tables: Prepared) -> tuple[Fault, ...]:
    """What the suites warned of in all files together; nothing was left out for it."""
    made = read_made(tables.folder, STAMP)
    return tuple(Fault(**warning) for warning in (made.told.get("warnings", ()) if made else ()))


def _select_area(edition: Edition) -> pd.DataFrame:
    """The area's own observations: what the whole country's files hold besides was checked file by file."""
    from pipeline.sources.prepared import open_prepared

    tables = open_prepared(edition.paths.prepared)
    return tables.observations(urn=_list_area(edition, tables))


def _list_area(edition: Edition, tables: Prepared) -> list[int]:
    from pipeline.edition.schools import choose_schools

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
    from pipeline.sources.prepared import open_prepared

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


def _describe_inputs(edition: Edition, inputs: dict[str, list], code: Code) -> dict[str, str]:
    """The key of the prepared tables. ``inputs`` are each published file's hash, year and kind by its name."""
    said = edition.description
    method = code.trace(*_READING, apart=_APART, within=_WITHIN)
    return describe_inputs(
        values={
            "published files": inputs,
            "the edition's year, area, date or smallest number": [
                *(edition.year, said.area.model_dump(mode="json"), edition.date.isoformat(), said.smallest_number),
            ],
        },
        code={"how published files are read and checked": code.hash(method)},
        packages={"versions of Python and packages": method.packages},
    )


def _describe_edition(edition: Edition, inputs: dict[str, list]) -> dict[str, Any]:
    """The edition's facts that a notebook and the manifest need."""
    said = edition.description
    return {
        "inputs": {
            **{name: digest for name, (digest, _, _) in inputs.items()},
            **hash_local_inputs(edition),
        },
        "name": edition.name,
        "title": said.title,
        "year": edition.year,
        "policy": said.policy,
        "organisation": said.organisation,
        "colour": said.colour,
        "contact": said.contact.model_dump(mode="json") if said.contact else None,
        "next_steps": [step.model_dump(mode="json") for step in said.next_steps],
        "area": said.area.model_dump(mode="json"),
        "date": edition.date.isoformat(),
    }


def _find_reason(edition: Edition, made: Made | None, key: dict[str, str]) -> str:
    """Why all files are to be read again; "" where what was made of them is whole: somebody may have cleared a folder.

    A folder of tables within has an account of its own, and is made again by itself.
    """
    reason = find_reason(made, key, edition.paths.prepared)
    if reason or made is None:
        return reason
    if any(part not in made.told for part in _FOUND) or not isinstance(made.told["data_docs"], dict):
        return UNKNOWN
    return tell_damaged(find_damaged(edition.paths.data_docs, made.told["data_docs"]))
