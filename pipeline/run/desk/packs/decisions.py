"""The form on which a panel's decisions are written, and how they come from there into ``local/moderation.csv``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.edition.editions import Edition
from pipeline.foundation.errors import Fault, FaultyInput, PipelineError
from pipeline.foundation.vocabulary import count_noun
from pipeline.foundation.writing import write_beside
from pipeline.policy import Policy
from pipeline.policy.panel.moderation import list_category_words
from pipeline.run.desk.packs.actions import Facts
from pipeline.sources.local import compose_template, find_local_files
from pipeline.sources.local.categories import read_moderation
from pipeline.sources.local.files import FOR_THE_EYE, MODERATION_FILE, list_columns
from pipeline.sources.local.folder import list_days_of_panels
from pipeline.sources.local.rows import Schools, open_table, read_rows
from pipeline.sources.reading import PublishedFile

FORM = "decisions.csv"
COLUMNS = ("urn", FOR_THE_EYE, "category", "reason", "person", "date")
_WRITTEN = ("reason", "person", "date")  # what a row that nobody has filled in leaves empty


@dataclass(frozen=True)
class Recorded:
    """What came of a form: decisions taken over, those that were there already, and rows that nobody filled in."""

    new: int
    known: int
    empty: int


def list_form_rows(policy: Policy, schools: Sequence[Facts]) -> Iterator[tuple[str | int, ...]]:
    """A row a school: the category that is proposed, and nothing of what a person has to write."""
    for facts in schools:
        proposed = "" if facts["final"]["tier"] is None else policy.outcome(facts["final"]["category"]).title
        yield (facts["school"]["urn"], facts["school"]["name"], proposed, "", "", "")


def record_decisions(edition: Edition, policy: Policy, schools: Schools, form: Path) -> Recorded:
    """Take the filled rows of ``form`` over into ``local/moderation.csv``, below what stands there.

    A row is filled where reason, person or date is written; the same decision is taken over once. ``schools`` are
    those that the edition's files know; a form is about the area's alone. Raises FaultyInput with every fault of the
    filled rows, each asked as moderation.csv asks it, and PipelineError where there is no form, or moderation.csv is
    written so that nothing can be put below.
    """
    if not form.is_file():
        remedy = f"Make the papers first: `python -m pipeline packs {edition.name}`; or name the form with --form."
        raise PipelineError("there is no form with decisions", where=form.name, remedy=remedy)
    decided, empty = _read_decisions(PublishedFile(form, form.name), edition, policy, replace(schools, only_own=True))
    new = _list_new(edition, policy, schools, decided, form.name)
    if new:
        path = _find_moderation(edition) or edition.paths.folder / MODERATION_FILE.name
        text = _read_text(path) if path.is_file() else compose_template(MODERATION_FILE)
        write_beside(path, _add_rows(text, new))
    return Recorded(len(new), len(decided) - len(new), empty)


def refuse_unrecorded(edition: Edition, policy: Policy, schools: Schools, form: Path) -> None:
    """Raise PipelineError where ``form`` holds a decision that moderation.csv does not: a new one would lose it."""
    if not form.is_file():
        return
    decided, _ = _read_decisions(PublishedFile(form, form.name), edition, policy, replace(schools, only_own=True))
    if new := _list_new(edition, policy, schools, decided, form.name):
        what = f"{count_noun(len(new), 'decision')} in it {'is' if len(new) == 1 else 'are'} not recorded yet"
        remedy = f"Record them first: `python -m pipeline packs {edition.name} --record`; or move the form elsewhere."
        raise PipelineError(what, where=form.name, remedy=remedy)


def _read_decisions(
    file: PublishedFile, edition: Edition, policy: Policy, schools: Schools
) -> tuple[list[dict[str, Any]], int]:
    """The filled rows of a file with moderation.csv's columns, as MODERATION, and how many rows are not filled in."""
    rows, faults, _ = read_rows(open_table(file), MODERATION_FILE)
    filled = [row for row in rows if any(row[name] for name in _WRITTEN)]
    days = list_days_of_panels(edition.year, edition.date)
    found = read_moderation(filled, schools, days, list_category_words(policy))
    if faults:
        raise FaultyInput(sorted(faults, key=lambda fault: (fault.line or 0, fault.column or "")))
    return [dict(zip(found.columns, row, strict=True)) for row in found.itertuples(index=False)], len(rows) - len(
        filled
    )


def _list_new(
    edition: Edition, policy: Policy, schools: Schools, decided: Sequence[dict[str, Any]], form: str
) -> list[dict[str, Any]]:
    """Those of the form's decisions that moderation.csv does not hold.

    Raises FaultyInput for each that says otherwise than moderation.csv does of the same school and day.
    """
    path = _find_moderation(edition)
    there = _read_decisions(PublishedFile(path, MODERATION_FILE.name), edition, policy, schools)[0] if path else []
    known = {(one["urn"], one["date"]): one for one in there}
    new, faults = [], []
    for one in decided:
        other = known.get((one["urn"], one["date"]))
        if other is None:
            new.append(one)
        elif any(one[name] != other[name] for name in ("category", "reason", "person")):
            what = f"{MODERATION_FILE.name}, line {other['line']}, says otherwise of this school and day"
            faults.append(Fault(form, one["line"], None, what, "Correct one of the two.", one["urn"]))
    if faults:
        raise FaultyInput(faults)
    return new


def _find_moderation(edition: Edition) -> Path | None:
    found = find_local_files(edition.paths.local).get(MODERATION_FILE.stem)
    return found.path if found else None


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        what = "it is not written as UTF-8, so nothing is put below what stands in it"
        remedy = "Save it as CSV UTF-8, or copy the filled rows of the form into it by hand: its columns are the same."
        raise PipelineError(what, where=MODERATION_FILE.name, remedy=remedy) from None


def _add_rows(text: str, new: Sequence[dict[str, Any]]) -> str:
    """The file's text with a row for each decision below it, in the order of its own headings."""
    written = [line for line in text.removeprefix("\ufeff").splitlines() if line.strip() and not line.startswith("#")]
    header = next(csv.reader(written[:1]), [])
    columns = {heading: column for column, heading in list_columns(tuple(header), MODERATION_FILE) if heading}
    end = "\r\n" if "\r\n" in text else "\n"
    rows = io.StringIO(newline="")
    writer = csv.writer(rows, lineterminator=end)
    writer.writerows([[one[columns[heading]] if heading in columns else "" for heading in header] for one in new])
    return text + ("" if text.endswith("\n") else end) + rows.getvalue()
