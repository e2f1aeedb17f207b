"""A review of an edition at any time: its files beside those that its reports were made from. No report is made, and
no category: those wait for the next edition, or for a panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.edition.editions import Edition, load_edition, read_policy_of
from pipeline.foundation.errors import Fault, FaultyInput
from pipeline.foundation.paths import Workspace
from pipeline.foundation.vocabulary import place_by_name
from pipeline.policy import Policy
from pipeline.run.desk.reviewing.findings import (
    Finding,
    Watched,
    find_moved_figures,
    find_new_inspections,
    find_new_notes,
    question_far_moves,
)
from pipeline.run.desk.reviewing.published import read_new_files
from pipeline.run.preparing.local import read_local_files
from pipeline.run.preparing.support import hash_local_inputs
from pipeline.run.record.manifest import Manifest, read_manifest
from pipeline.run.stamps.made import hash_file
from pipeline.sources.frames import LocalSlice
from pipeline.sources.local.files import (
    MODERATION_FILE,
    RETURNS_FILE,
    SELF_EVALUATION_FILE,
    SOFT_INTELLIGENCE_FILE,
)
from pipeline.sources.prepared import open_prepared


@dataclass(frozen=True)
class ChangedFile:
    """A file that is not as it was when the reports were made: ``how`` is new, changed or gone."""

    name: str
    how: str
    note: str = ""


@dataclass(frozen=True)
class Review:
    """What is known beyond an edition's reports. ``names`` is URN → school, ``findings`` stand by school."""

    edition: Edition
    policy: Policy
    names: Mapping[int, str]
    categories: Mapping[int, str]
    files: tuple[ChangedFile, ...]
    findings: tuple[Finding, ...]
    watched: tuple[Watched, ...]
    faults: tuple[Fault, ...]
    questions: tuple[Fault, ...] = ()  # of the new files' figures: what is not believed, of these schools or of a file

    def list_questions(self) -> list[str]:
        """What of the new files is not believed until a person has looked at it."""
        far = [f"{self.names[one.urn]} (URN {one.urn}). {one.what}" for one in self.findings if one.questioned]
        return [*far, *map(str, self.questions)]

    def list_schools(self, *, look: bool) -> list[tuple[int, list[Finding]]]:
        """The schools to look at, with all that is known of each; or those that are not, with what is."""
        by_school: dict[int, list[Finding]] = {}
        for one in self.findings:
            by_school.setdefault(one.urn, []).append(one)
        return [(urn, those) for urn, those in by_school.items() if any(one.look for one in those) == look]


def review_edition(workspace: Workspace, name: str, progress: Callable[[str], None]) -> Review:
    """Lay an edition's files beside those its reports were made from, and say what is new of each school.

    Raises PipelineError where no reports were made. A file that cannot be used is left out, with its faults.
    """
    from pipeline.report.area.notebook import read_facts, read_statuses

    edition = load_edition(workspace, name)
    policy, manifest = read_policy_of(edition), read_manifest(edition.paths)
    progress("the reports' facts")
    done = [one["urn"] for one in read_statuses(edition.paths) if one["status"] == "done"]
    facts = {urn: read_facts(edition.paths.school(urn)) for urn in done}
    progress("new files")
    published, files = _find_changed(edition, manifest)
    new = read_new_files(file for file in edition.list_published() if file.name in published)
    figures = new.figures[new.figures["urn"].isin(list(facts))]
    rows = set(zip(figures["file"].astype(str), figures["line"].astype(int), strict=True))
    local, faults = _read_local(edition)
    watched = _list_watched(policy)
    findings: list[Finding] = []
    for urn in sorted(facts, key=lambda urn: place_by_name(facts[urn]["school"]["name"], urn)):
        findings += find_moved_figures(urn, facts[urn], figures[figures["urn"] == urn], watched)
        findings += find_new_inspections(urn, facts[urn], new.inspections[new.inspections["urn"] == urn])
        if local is not None:
            frames = (local.soft_intelligence, local.self_evaluation, _find_latest_decisions(local))
            findings += find_new_notes(urn, facts[urn], *(frame[frame["urn"] == urn] for frame in frames))
    note = "no figure or inspection of it can be used here"
    told = [ChangedFile(one.name, one.how, note if one.name in new.unread else one.note) for one in files]
    return Review(
        edition=edition,
        policy=policy,
        names={urn: said["school"]["name"] for urn, said in facts.items()},
        categories={urn: said["final"]["title"] for urn, said in facts.items()},
        files=tuple(told),
        findings=tuple(question_far_moves(findings)),
        watched=watched,
        faults=(*new.faults, *faults),
        questions=tuple(fault for fault in new.questions if not fault.line or (fault.file, fault.line) in rows),
    )


def _find_changed(edition: Edition, manifest: Manifest) -> tuple[set[str], list[ChangedFile]]:
    """The names of published files that are new or changed, and all files that are not as they were.

    Local returns are read with the published files of an edition, and not here.
    """
    published = {file.name: hash_file(file.path) for file in edition.list_published()}
    read_here = {file.name for file in (SELF_EVALUATION_FILE, SOFT_INTELLIGENCE_FILE, MODERATION_FILE)}
    changed, files = set(), []
    for kind, now in (("published", published), ("local", hash_local_inputs(edition))):
        before = manifest.inputs.get(kind, {})
        for name in sorted({*now, *before}):
            if now.get(name) == before.get(name):
                continue
            how = "new" if name not in before else "gone" if name not in now else "changed"
            is_returns = name == RETURNS_FILE.name
            is_left = is_returns or (kind == "local" and name not in read_here)
            files.append(ChangedFile(name, how, "the verb plan says whose report it changes" if is_left else ""))
            if kind == "published" and how != "gone" and not is_returns:
                changed.add(name)
    return changed, files


def _read_local(edition: Edition) -> tuple[LocalSlice | None, tuple[Fault, ...]]:
    """The local files as they are now; None and every fault where one has some."""
    try:
        return read_local_files(edition, open_prepared(edition.paths.prepared)).local, ()
    except FaultyInput as error:
        return None, tuple(error.faults)


def _find_latest_decisions(local: LocalSlice) -> Any:
    """Of each school the panel's latest decision, which counts."""
    return local.moderation.sort_values(["urn", "date", "line"]).drop_duplicates("urn", keep="last")


def _list_watched(policy: Policy) -> tuple[Watched, ...]:
    from pipeline.analysis.indicators import load_indicators, load_themes

    themes = {key: theme.title for key, theme in load_themes().items()}
    return tuple(
        Watched(one, themes.get(one.theme, one.theme), policy.watched[one.key])
        for one in load_indicators()
        if one.key in policy.watched
    )
