"""The papers of an edition's meetings: a binder for each, and the form for decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pipeline.edition.editions import load_edition, read_policy_of
from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import EditionPaths, Workspace
from pipeline.foundation.vocabulary import count_noun
from pipeline.foundation.writing import clear_beside, replace_folder
from pipeline.policy import Policy
from pipeline.run.desk.packs.actions import Facts, read_last_year
from pipeline.run.desk.packs.decisions import (
    COLUMNS,
    FORM,
    Recorded,
    list_form_rows,
    record_decisions,
    refuse_unrecorded,
)
from pipeline.run.desk.packs.laying_out import lay_out_binder
from pipeline.run.desk.support.schools import name_schools
from pipeline.run.desk.support.writing import format_csv
from pipeline.run.record.made_facts import read_made_facts
from pipeline.run.record.papers import write_papers
from pipeline.sources.local.advisers import read_advisers


@dataclass(frozen=True)
class Binder:
    """One binder as it was written: whose papers of which ``meeting`` it holds, and which of several it is."""

    meeting: str
    schools: int
    path: Path
    which: str = ""  # "binder 2 of 5"; "" where it is the only one


def find_folder(paths: EditionPaths) -> Path:
    """Where an edition's papers for meetings stand."""
    return paths.reports / "packs"


def write_packs(workspace: Workspace, name: str, progress: Callable[[str], None]) -> tuple[Binder, ...]:
    """Write ``reports/EDITION/packs/`` whole, in place of the one before; give the binders, in the policy's order.

    Raises PipelineError where the policy names no meeting, no reports were made, or the form that stands there holds
    decisions that are not recorded; FaultyInput with every fault of that form and of programmes.csv.
    """
    edition = load_edition(workspace, name)
    policy = read_policy_of(edition)
    if not policy.meetings:
        what = f"the policy {policy.key} names no meeting"
        raise PipelineError(what, remedy="Add `meetings:` to it (docs/packs.md).")
    into = find_folder(edition.paths)
    progress("the reports' facts")
    made = read_made_facts(edition.paths, policy, "to make papers from")
    names = name_schools(edition)
    refuse_unrecorded(edition, policy, names, into / FORM)
    last_year = read_last_year(workspace, edition, names)
    advisers = read_advisers(edition.paths.local)
    making = clear_beside(into)
    making.mkdir(parents=True)
    binders, deciding = [], set[int]()
    for meeting in policy.meetings:
        schools = [facts for facts in made if meeting.is_for(facts["final"]["category"])]
        if not schools:
            continue
        parts = share_out(schools, meeting.schools_in_a_binder)
        for number, part in enumerate(parts, start=1):
            which = f"binder {number} of {len(parts)}" if len(parts) > 1 else ""
            stem = f"{meeting.key}-{number}" if which else meeting.key
            progress(f"{meeting.title}{f', {which}' if which else ''}: {count_noun(len(part), 'school')}")
            page = lay_out_binder(meeting, edition, policy, part, last_year, advisers, which=which)
            write_papers(making, stem, page, edition, policy, kind="binder", apart=bool(which))
            binders.append(Binder(meeting.title, len(part), into / f"{stem}.pdf", which))
        deciding |= {facts["school"]["urn"] for facts in schools if meeting.decides}
    rows = list_form_rows(policy, [facts for facts in made if facts["school"]["urn"] in deciding])
    (making / FORM).write_text(format_csv(COLUMNS, rows), encoding="utf-8-sig", newline="")
    replace_folder(making, into)
    return tuple(binders)


def share_out(schools: Sequence[Facts], most: int) -> list[Sequence[Facts]]:
    """``schools``, by name, in as few parts of at most ``most`` as there can be, as even as can be."""
    parts = -(-len(schools) // most)
    ends = [len(schools) * place // parts for place in range(parts + 1)]
    return [schools[first:end] for first, end in pairwise(ends)]


def record_form(workspace: Workspace, name: str, form: Path | None = None) -> Recorded:
    """Take the decisions of a filled form, the edition's own where none is named, over into moderation.csv."""
    edition = load_edition(workspace, name)
    policy: Policy = read_policy_of(edition)
    return record_decisions(edition, policy, name_schools(edition), form or find_folder(edition.paths) / FORM)
