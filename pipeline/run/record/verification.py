"""Is everything still as the manifest says? Every hash is computed again; nothing is changed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.edition.editions import load_edition
from pipeline.edition.pages import EDITION_PAGES
from pipeline.foundation.paths import EditionPaths, Workspace
from pipeline.foundation.vocabulary import count_noun
from pipeline.run.record.manifest import (
    MANIFEST,
    Manifest,
    hash_files,
    hash_inputs,
    list_versions,
    name_quarto,
    read_manifest,
)
from pipeline.run.rendering import BUILT_IN, find_quarto_version
from pipeline.run.stamps.made import hash_file

#: What the kinds of inputs of a manifest are called.
KINDS = {
    "edition": "the edition's description",
    "published": "published file",
    "local": "local file",
    "previous": "last year's facts",
    "policy": "policy",
    "indicators": "indicator",
    "suites": "suite of expectations",
    "notebooks": "notebook",
    "templates": "template",
    "advisers": "list of advisers",
    "quarto": "Quarto setting",
    "code": "code",
    "lock": "lock",
}


@dataclass(frozen=True)
class Finding:
    """One thing that is not as the manifest says: where, and what is the matter."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True)
class Verification:
    """What was compared with the manifest, and all that differs. ``manifest`` is the manifest's own SHA-256."""

    edition: str
    manifest: str
    compared: Mapping[str, int]  # "inputs", "outputs", "versions" → how many the manifest names
    inputs: tuple[Finding, ...]
    versions: tuple[Finding, ...]
    outputs: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 everything is as the manifest says; 5 something is not."""
        return 5 if self.inputs or self.versions or self.outputs else 0


def verify_edition(workspace: Workspace, name: str) -> Verification:
    """Compare the edition's inputs, the packages and the reports in place with the edition's manifest.

    Raises PipelineError where there is no such edition or no manifest, FaultyInput where ``edition.yaml`` is faulty.
    """
    edition = load_edition(workspace, name)
    manifest = read_manifest(edition.paths)
    return Verification(
        edition=name,
        manifest=hash_file(edition.paths.reports / MANIFEST),
        compared={
            "inputs": sum(len(files) for files in manifest.inputs.values()),
            "outputs": len(manifest.outputs),
            "versions": len(manifest.versions),
        },
        inputs=tuple(compare_inputs(manifest, hash_inputs(edition, manifest.policy, manifest.engine))),
        versions=tuple(compare_versions(manifest, find_versions(manifest))),
        outputs=tuple(compare_outputs(manifest, edition.paths)),
    )


def compare_inputs(manifest: Manifest, now: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    """Tell of each input that is not what the reports were made from. ``now`` are hashes by kind and name."""
    for kind in dict.fromkeys([*KINDS, *manifest.inputs]):
        then, found = manifest.inputs.get(kind, {}), now.get(kind, {})
        for name in sorted({*then, *found}):
            if name not in found:
                what = "is no longer there"
            elif name not in then:
                what = "is new since the reports were made"
            elif then[name] != found[name]:
                what = "has changed since the reports were made"
            else:
                continue
            yield Finding(f"{KINDS.get(kind, kind)} {name}", what)


def find_versions(manifest: Manifest) -> dict[str, str]:
    """The versions here of what the manifest's reports were made with: of Quarto only where it rendered them."""
    quarto = "" if manifest.engine == BUILT_IN.name else find_quarto_version()
    return {**list_versions(), **name_quarto(manifest.engine, quarto)}


def compare_versions(manifest: Manifest, now: Mapping[str, str]) -> Iterator[Finding]:
    """Tell of each package, and of Python, whose version is not the one the reports were made with."""
    for name in sorted({*manifest.versions, *now}):
        then, found = manifest.versions.get(name, "absent"), now.get(name, "absent")
        if then != found:
            yield Finding(name, f"is {found} here, was {then} when the reports were made")


def compare_outputs(manifest: Manifest, paths: EditionPaths) -> Iterator[Finding]:
    """Tell of each output that has changed or is missing, and of each file among the reports that is none of them."""
    now = hash_files({name: paths.reports / name for name in manifest.outputs})
    places = {_find_place(name) for name in manifest.outputs} - {_find_place(name) for name in now}
    lost = {place for place in places if place and not (paths.reports / place).is_dir()}
    for place in sorted(lost):
        files = sum(_find_place(name) == place for name in manifest.outputs)
        yield Finding(f"{place}/", f"the whole folder is missing ({count_noun(files, 'file')})")
    for name, then in sorted(manifest.outputs.items()):
        if name in now and now[name] != then:
            yield Finding(name, "has changed since it was made")
        elif name not in now and _find_place(name) not in lost:
            yield Finding(name, "is missing")
    yield from _find_strangers(manifest, paths)


def _find_place(name: str) -> str:
    """The folder of the report that an output belongs to; "" for what belongs to none."""
    top, *below = name.split("/")
    if top == "schools":
        return f"{top}/{below[0]}" if len(below) > 1 else ""
    return name.rpartition("/")[0]


def _find_strangers(manifest: Manifest, paths: EditionPaths) -> Iterator[Finding]:
    """Files among the reports that the run did not make: somebody might take one for a report and send it."""
    known = {_find_place(name) for name in manifest.outputs}
    strangers = [name for name in _list_reports(paths) if name not in manifest.outputs]
    folders = dict.fromkeys(place for name in strangers if (place := _find_place(name)) and place not in known)
    for place in folders:
        yield Finding(f"{place}/", _explain_folder(manifest, place))
    for name in strangers:
        if _find_place(name) not in folders:
            yield Finding(name, "is no file of this run; take it away, or it could be sent by mistake")


def _list_reports(paths: EditionPaths) -> list[str]:
    """Every file in the folders that a run fills, by its path below the edition's reports; a link counts as a file."""
    found = []
    pages = (paths.reports / page.folder for page in EDITION_PAGES)
    tops = (paths.reports / "schools", *pages, paths.area_site, paths.data_docs)
    for top in tops:
        for folder, folders, files in os.walk(top):
            links = [name for name in folders if (Path(folder) / name).is_symlink()]
            found += [(Path(folder) / name).relative_to(paths.reports).as_posix() for name in [*files, *links]]
    return sorted(found)


def _explain_folder(manifest: Manifest, place: str) -> str:
    whose = place.removeprefix("schools/")
    if whose.startswith("."):
        return "was left by a run that is under way or was cut off; the next run clears it"
    if whose in manifest.failed:
        return "is of an earlier run: in this one the report failed; do not send it"
    if whose in manifest.not_due:
        return f"is of an earlier run: no report is due now ({manifest.not_due[whose]}); take it away"
    return "is of no report of this run; take it away, or it could be sent by mistake"
