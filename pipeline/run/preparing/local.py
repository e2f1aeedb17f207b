"""From an edition's local files, and last year's reports, to its prepared local tables: read once, after the published.

A fault in one of them stops the run: these are the organisation's own files, and a report that left out a panel's
decision would be wrong. Editing one never makes the published files be read again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.edition.editions import Edition
from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.paths import LOCAL
from pipeline.foundation.vocabulary import Phase, Rating, format_date
from pipeline.run.stamps.code import Code
from pipeline.run.stamps.made import (
    STAMP,
    describe_inputs,
    find_reason,
    hash_file,
    keep_made,
    read_made,
)
from pipeline.sources.local import find_local_files
from pipeline.sources.local.files import (
    EARLY_FILE,
    EARLY_PUPILS_FILE,
    LAST_YEAR_FILE,
    LOCAL_FILES,
    MODERATION_FILE,
    RETURNS,
    RETURNS_FILE,
)

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.sources.frames import LocalSlice
    from pipeline.sources.joining.early import SettledEarly
    from pipeline.sources.local.folder import LocalReading
    from pipeline.sources.local.rows import Schools
    from pipeline.sources.prepared import Prepared

#: What this imports that reads no file: of the policy, whose words for a category are a part of the key, and of the
#: area's report.
_APART = ("pipeline.analysis", "pipeline.policy", "pipeline.report", "pipeline.run")
_WITHIN = ("pipeline.report", "pipeline.edition.schools", "pipeline.run", "pipeline.run.preparing.local")
#: Schools whose phase does not say of which ages their pupils are.
_ANY_AGE = {Phase.SPECIAL, Phase.ALTERNATIVE_PROVISION, Phase.INDEPENDENT, Phase.UNKNOWN}


def prepare_local(
    edition: Edition,
    published: str,
    progress: Callable[[str], None] = lambda step: None,
    code: Code | None = None,
) -> None:
    """Read the edition's local files into ``prepared/local/``, unless that is done and nothing has changed.

    ``published`` is the key of the prepared tables: other files, or other code to read them, and all is read anew.
    ``progress`` is told why it is; ``code`` is the code as it is, where it was read already.
    Raises FaultyInput with every fault of every local file; what was prepared of them before is then gone.
    """
    folder = edition.paths.prepared / LOCAL
    previous = list_previous_facts(edition)
    words, _ = _list_categories(edition)
    key = _describe_inputs(edition, published, previous, words, code or Code())
    reason = find_reason(read_made(folder, STAMP), key, folder)
    if not reason:
        return
    from pipeline.sources.local.prepared import write_local
    from pipeline.sources.prepared import open_prepared

    if folder.is_dir():
        progress(f"the local files again: {reason}")
    shutil.rmtree(folder, ignore_errors=True)
    tables = open_prepared(edition.paths.prepared)
    reading = read_local_files(edition, tables)
    settled = _settle_early(reading.local.early, tables, edition.description.smallest_number)
    local = replace(
        reading.local,
        last_year=_join_last_year(edition, previous, reading.local.last_year, tables),
        early=settled.standing,
        early_compared=settled.compared,
    )
    warnings = [
        *(*reading.warnings, *settled.warnings, *_question_phases(reading.local.early, edition, tables)),
        *(*_question_days(local, edition), *_check(local), *_note_previous(edition, previous)),
    ]
    told = {"warnings": [vars(warning) for warning in warnings]}
    keep_made(folder, key, lambda making: write_local(making, local), told)


def read_local_files(edition: Edition, tables: Prepared) -> LocalReading:
    """The edition's local files as they stand now, beside the schools that its prepared ``tables`` know.

    Raises FaultyInput with every fault of every file.
    """
    from pipeline.sources.local.folder import read_local

    words, last_words = _list_categories(edition)
    return read_local(
        edition.paths.local,
        name_schools(tables, edition),
        year=edition.year,
        date=edition.date,
        categories=words,
        last_categories=last_words,
        smallest=edition.description.smallest_number,
    )


def _settle_early(early: pd.DataFrame, tables: Prepared, smallest: int) -> SettledEarly:
    """Set the early results beside what has been published of the same schools."""
    from pipeline.sources.joining.early import settle_early

    if early.empty:
        return settle_early(early, early, smallest)
    urns, measures = sorted(set(early["urn"].astype(int))), sorted(set(early["measure"].astype(str)))
    return settle_early(early, tables.observations(urn=urns, measure=measures), smallest)


def _question_phases(early: pd.DataFrame, edition: Edition, tables: Prepared) -> list[Fault]:
    """Ask of each school with results of pupils that a school of its phase has not: a digit of the URN may be wrong.

    What is published of a school tells which pupils it has, whatever its phase.
    """
    import pandas as pd

    from pipeline.edition.schools import choose_schools
    from pipeline.sources.local.early_measures import EARLY

    urns = choose_schools(tables.schools(), edition.description.area.model_dump())["urn"].astype(int).tolist()
    returns = tables.observations(urn=urns, measure=sorted(RETURNS))
    figures = pd.concat([early[early["urn"].isin(urns)].astype(object), returns.astype(object)], ignore_index=True)
    if figures.empty:
        return []
    from pipeline.analysis.indicators import load_indicators

    phases: dict[str, set[str]] = {}
    for one in load_indicators():
        phases.setdefault(one.measure, {*_ANY_AGE}).update(one.applies_to)
    published = tables.observations(urn=urns, measure=sorted(EARLY.measures))
    known = set(zip(published["urn"].astype(int), published["measure"].astype(str), strict=True))
    schools = tables.schools().set_index("urn")[["name", "phase"]].astype(object)
    faults = []
    together: Iterable[Any] = figures.groupby(["file", "urn"])
    for (file, urn), rows in together:
        name, phase = schools.loc[urn].fillna({"name": f"URN {urn}", "phase": Phase.UNKNOWN})
        strange = [
            measure
            for measure in dict.fromkeys(rows["measure"])
            if phase not in phases.get(measure, {phase}) and (urn, measure) not in known
        ]
        if strange:
            told = ", ".join(EARLY.measures[one].name if one in EARLY.measures else one for one in strange)
            line = int(rows.loc[rows["measure"].isin(strange), "line"].min()) or None
            what = f"{name} is of the phase {phase}, whose schools have no such results: {told}"
            remedy = "They are used as they stand. Look whether the URN is right; if not, correct it."
            faults.append(Fault(file, line, "urn", what, remedy, int(urn)))
    return faults


def _question_days(local: LocalSlice, edition: Edition) -> list[Fault]:
    """Ask about what is dated after the day that reports print: on that day nobody knew it. One question a file."""
    faults = []
    for frame in (local.self_evaluation, local.soft_intelligence, local.moderation):
        later = frame[frame["date"].astype(str) > edition.date.isoformat()].sort_values("date")
        if later.empty:
            continue
        last = later.iloc[-1]
        rows = f"the last of {len(later)} rows" if len(later) > 1 else "the row"
        what = f"{rows} dated after {format_date(edition.date.isoformat())}, the day that is printed on the reports"
        remedy = f"Write `date: {last['date']}` or a later day in edition.yaml; or correct the row."
        faults.append(Fault(str(last["file"]), int(last["line"]), "date", what, remedy, int(last["urn"])))
    return faults


def list_local_warnings(prepared: Path, folder: str = LOCAL) -> tuple[Fault, ...]:
    """What is to be known of the local files of which ``folder``, within the tables in ``prepared``, was made."""
    made = read_made(prepared / folder, STAMP)
    return tuple(Fault(**warning) for warning in (made.told.get("warnings", ()) if made else ()))


def hash_local_files(edition: Edition) -> dict[str, str]:
    """The SHA-256 of each local file by its name, the local returns left out: they count among the published files."""
    found = find_local_files(edition.paths.local)
    return {file.name: hash_file(file.path) for stem, file in found.items() if stem != RETURNS_FILE.stem}


def _describe_inputs(
    edition: Edition, published: str, previous: Sequence[Path], words: Sequence[str], code: Code
) -> dict[str, str]:
    said = edition.description
    method = code.trace("pipeline.run.preparing.local", apart=_APART, within=_WITHIN)
    return describe_inputs(
        values={
            "prepared tables": published,
            "local files": hash_local_files(edition),
            # a misnamed file is a fault too
            "names of local files": sorted(path.name for path in edition.paths.local.glob("*")),
            "the edition's area, year, date or smallest number": [
                *(said.area.model_dump(mode="json"), edition.year, edition.date.isoformat(), said.smallest_number),
            ],
            "the policy's words for a category": list(words),
            "which edition is last year's": said.previous,
        },
        files={"last year's facts": {path.parent.name: path for path in previous}},
        code={"how local files are read": code.hash(method)},
        packages={"versions of Python and packages": method.packages},
    )


def _list_categories(edition: Edition) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words for a category that a panel may use, and those that may stand for last year's.

    The policy is opened only where a file needs it.
    """
    if not {MODERATION_FILE.stem, LAST_YEAR_FILE.stem} & set(find_local_files(edition.paths.local)):
        return (), ()
    from pipeline.policy import load_policy
    from pipeline.policy.outcome import INSUFFICIENT_EVIDENCE
    from pipeline.policy.panel.moderation import list_category_words

    policy = load_policy(edition.description.policy, beside=edition.paths.folder)
    words = list_category_words(policy)
    return words, (*words, policy.insufficient_evidence.title, INSUFFICIENT_EVIDENCE)


def name_schools(tables: Prepared, edition: Edition) -> Schools:
    """The edition's own schools by name, and all others that its files tell of."""
    from pipeline.edition.schools import choose_schools

    area, names = edition.description.area, _list_names(tables)
    chosen = set(choose_schools(tables.schools(), area.model_dump())["urn"])
    listed = {urn: names.get(urn, "") for urn in area.schools}
    return _tell_apart({urn: name for urn, name in names.items() if urn in chosen} | listed, names, edition)


def add_other_schools(own: Mapping[int, str], edition: Edition) -> Schools:
    """The schools that an edition's last run told of (URN → name), and all others that its files do."""
    from pipeline.sources.prepared import open_prepared

    prepared = edition.paths.prepared
    return _tell_apart(own, _list_names(open_prepared(prepared)) if prepared.is_dir() else {}, edition)


def _tell_apart(own: Mapping[int, str], names: Mapping[int, str], edition: Edition) -> Schools:
    from pipeline.sources.local.rows import Schools

    others = {urn: name for urn, name in names.items() if urn not in own}
    return Schools(own, others, only_own=not edition.description.area.schools)


def _list_names(tables: Prepared) -> dict[int, str]:
    schools = tables.schools()
    return {
        int(urn): " ".join(str(name).split())
        for urn, name in zip(schools["urn"], schools["name"].fillna(""), strict=True)
    }


def _check(local: LocalSlice) -> list[Fault]:
    """Check every frame that holds a row by its suite; give what it warns of.

    Raises FaultyInput with every critical failure of every frame.
    """
    frames = {
        "self_evaluation": local.self_evaluation,
        "soft_intelligence": local.soft_intelligence,
        "moderation": local.moderation,
        "categories_last_year": local.last_year,
        EARLY_FILE.stem: local.early[local.early["file"] == EARLY_FILE.name],
        EARLY_PUPILS_FILE.stem: local.early[local.early["file"] == EARLY_PUPILS_FILE.name],
    }
    faults: list[Fault] = []
    warnings: list[Fault] = []
    for about in LOCAL_FILES:
        frame = frames.get(about.stem)
        if frame is None or frame.empty:
            continue
        from pipeline.validation import check_frame, find_suite

        report = check_frame(find_suite(about.family, frame) or about.family, frame, name=about.name)
        faults += report.locate(report.critical)
        warnings += report.locate(report.warnings)
    if faults:
        raise FaultyInput(faults)
    return warnings


def list_previous_facts(edition: Edition) -> list[Path]:
    """The facts of last year's reports, where ``edition.yaml`` names an edition and its reports were made here."""
    previous = edition.description.previous
    if previous is None:
        return []
    reports = edition.paths.reports.parent / previous
    return sorted(reports.glob("schools/*/facts.json"))


def _note_previous(edition: Edition, facts: Sequence[Path]) -> list[Fault]:
    previous = edition.description.previous
    if previous is None or facts:
        return []
    what = f"the edition {previous} has no reports, so they tell no category of last year"
    remedy = f"Make them: `python -m pipeline reports {previous}`; or write {LAST_YEAR_FILE.name}."
    return [Fault(f"{edition.name}/edition.yaml", None, "previous", what, remedy)]


def _join_last_year(edition: Edition, facts: Sequence[Path], own: pd.DataFrame, tables: Prepared) -> pd.DataFrame:
    """LAST_YEAR: what last year's reports say, unless the local file says otherwise; one row a school, sorted by URN.

    A school that followed another as the same school takes over its category. Where the local file says otherwise of
    the category, what last year's report found is known all the same.
    """
    import pandas as pd

    from pipeline.sources.frames import LAST_YEAR, shape_frame

    source = f"the edition {edition.description.previous}"
    reported = pd.DataFrame([{**_read_category(path), "source": source} for path in facts], columns=list(LAST_YEAR))
    found = pd.concat([own, shape_frame(reported, LAST_YEAR)], ignore_index=True)
    links = tables.links()
    chained = links[links["chained"].fillna(False)]
    followed = found.merge(
        chained[["urn", "predecessor"]], left_on="urn", right_on="predecessor", suffixes=("_then", "")
    )
    followed["source"] = followed["source"] + " (URN " + followed["predecessor"].astype("string") + ")"
    both = pd.concat([found, followed], ignore_index=True)
    kept = both.dropna(subset=["findings"]).drop_duplicates("urn").set_index("urn")["findings"]
    both = both.drop_duplicates("urn", keep="first")
    both["findings"] = both["findings"].fillna(both["urn"].map(kept).astype("string"))
    return shape_frame(both.sort_values("urn", ignore_index=True), LAST_YEAR)


def _read_category(path: Path) -> dict[str, object]:
    """The category that a report of last year printed, the panel's where there was one, and what was found."""
    facts = json.loads(path.read_text(encoding="utf-8"))
    standing = facts.get("final") or facts["assignment"]
    return {
        "urn": int(facts["school"]["urn"]),
        "category": standing["category"],
        "findings": _keep_findings(facts),
    }


def _keep_findings(facts: Mapping[str, Any]) -> str | None:
    """A report's findings as LAST_YEAR holds them; None where its facts tell none."""
    if not {"indicators", "inspections", "policy"} <= facts.keys():
        return None
    ratings = [
        [comparison["comparator"], one["short_title"] or one["title"], comparison["rating"]]
        for one in facts["indicators"]
        for comparison in one["comparisons"]
        if comparison["rating"] != Rating.NOT_RATED
    ]
    inspected = sorted({one["date"] for one in facts["inspections"] if one["date"]})
    lasting = sorted({one["short_title"] or one["title"] for one in facts["indicators"] if one["persistent"]})
    kept = {
        "inspected": inspected,
        "ratings": sorted(ratings),
        "lasting": lasting,
        "policy": facts["policy"]["key"],
        "indicated": facts["assignment"]["category"],
    }
    return json.dumps(kept, ensure_ascii=False)
