"""The manifest: what went in, what came out, and with which versions, each with its SHA-256. Written last.

It tells no time and no absolute path, so the same inputs give the same manifest. Of schools it holds URNs, and the
reason why one has no report, which the index shows too.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.edition.editions import Edition
from pipeline.edition.pages import EDITION_PAGES
from pipeline.foundation.errors import FaultyInput, PipelineError
from pipeline.foundation.paths import EditionPaths, find_project
from pipeline.foundation.writing import write_json_beside
from pipeline.run.jobs import ReportOutcome
from pipeline.run.preparing.local import list_previous_facts
from pipeline.run.preparing.preparation import STAMP, PreparedEdition
from pipeline.run.preparing.support import hash_local_inputs
from pipeline.run.rendering import BUILT_IN, list_branding, list_settings
from pipeline.run.stamps.made import MADE, find_version, hash_file, hash_json
from pipeline.sources.local.advisers import read_advisers

if TYPE_CHECKING:
    from pipeline.render.engine import EngineChoice

MANIFEST = "manifest.json"
SCHEMA = 1
LOCK = "requirements.lock"

#: What people edit in the project to shape a report, by kind: the folders, and the suffixes of the files. Beside a
#: notebook anything counts: its cells may read or import it.
_EDITED = {
    "indicators": (("pipeline/analysis/indicators",), {".yaml"}),
    "suites": (("expectations",), {".json"}),
    "notebooks": (("notebooks",), set()),
    "templates": (("pipeline/render", "pipeline/report/templates"), {".j2", ".typ", ".lua", ".css", ".js", ".json"}),
}
#: Packages that shape no report: verbs, the sample's writer, sending; and the policies, of which the one used is named.
_SHAPES_NO_REPORT = ("pipeline/cli", "pipeline/sample", "pipeline/delivery", "pipeline/policy/policies")


@dataclass(frozen=True)
class Manifest:
    """What ``manifest.json`` says.

    ``inputs`` are hashes by kind and name, ``outputs`` hashes by path below ``reports/<edition>``. ``parameters`` are
    those of each report by its folder. ``failed`` and ``not_due`` give a reason for each URN (or page) without report;
    ``left_out`` names the published files that had faults.
    """

    edition: Mapping[str, object]
    inputs: Mapping[str, Mapping[str, str]]
    parameters: Mapping[str, Mapping[str, object]]
    versions: Mapping[str, str]
    outputs: Mapping[str, str]
    failed: Mapping[str, str]
    not_due: Mapping[str, str]
    left_out: Sequence[str]
    schema: int = SCHEMA

    @property
    def policy(self) -> str:
        """The policy by which the reports were made, as a run is told it."""
        return str(self.edition["policy"])

    @property
    def engine(self) -> str:
        """The name of the engine that rendered the reports."""
        return str(self.edition.get("engine", BUILT_IN.name))


def write_manifest(
    prepared: PreparedEdition,
    outcomes: Sequence[ReportOutcome],
    pages: Sequence[ReportOutcome],
    *,
    policy: str | None = None,
    engine: EngineChoice = BUILT_IN,
) -> None:
    """Write ``manifest.json`` when all else is in place.

    ``outcomes`` are those of all schools due, whose reports are in place or failed, ``pages`` those of EDITION_PAGES.
    ``policy`` is the one the reports were made by, where it is not the edition's own; ``engine`` is what rendered them.
    """
    edition = prepared.edition
    paths, policy = edition.paths, policy or edition.description.policy
    stamp = json.loads((paths.prepared / STAMP).read_text(encoding="utf-8"))
    reports = {f"schools/{outcome.urn}": outcome for outcome in outcomes}
    reports |= {page.folder: outcome for page, outcome in zip(EDITION_PAGES, pages, strict=True)}
    manifest = Manifest(
        edition={key: stamp[key] for key in ("name", "title", "year", "organisation", "area", "date")}
        | {"policy": policy, "previous": edition.description.previous, "engine": engine.name, "word": engine.word},
        inputs=_hash_beside_data(edition, policy, engine.name)
        | _split_read(stamp["inputs"], hash_local_inputs(edition)),
        parameters={place: _name_parameters(edition, policy, outcome) for place, outcome in reports.items()},
        versions={**list_versions(), **name_quarto(engine.name, engine.version)},
        outputs=_list_outputs(paths, reports),
        failed={
            place.removeprefix("schools/"): outcome.problem.splitlines()[0]
            for place, outcome in reports.items()
            if outcome.problem
        },
        not_due=_list_not_due(paths),
        left_out=sorted({fault.file for fault in prepared.faults}),
    )
    write_json_beside(paths.reports / MANIFEST, vars(manifest))


def read_manifest(paths: EditionPaths) -> Manifest:
    """Read the edition's manifest; raises PipelineError where there is none, or none of this schema."""
    again = f"Make it: `python -m pipeline reports {paths.folder.name}`."
    path = paths.reports / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PipelineError(f"the edition {paths.folder.name} has no manifest yet", remedy=again) from None
    except ValueError:
        raise PipelineError("it cannot be read", where=_name(path), remedy=again) from None
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise PipelineError("it was written by another version of this product", where=_name(path), remedy=again)
    try:
        return Manifest(**content)
    except TypeError:
        raise PipelineError("it is not whole", where=_name(path), remedy=again) from None


def hash_inputs(edition: Edition, policy: str, engine: str = BUILT_IN.name) -> dict[str, dict[str, str]]:
    """The SHA-256 of all that shapes the edition's reports as it is now, by kind and name.

    What is not there has no hash. ``code`` is one hash for each package, of all its files that have none of their own.
    ``engine`` is the name of what renders the reports.
    """
    read = {"published": hash_files(_find_published(edition)), "local": hash_local_inputs(edition)}
    return _hash_beside_data(edition, policy, engine) | read


def _hash_beside_data(edition: Edition, policy: str, engine: str) -> dict[str, dict[str, str]]:
    """The same but for the published and local files, which are hashed when they are read."""
    project = find_project()
    places = {kind: _find_edited(project, *where) for kind, where in _EDITED.items()}
    apart = {name for files in places.values() for name in files}
    places["lock"] = {LOCK: project / LOCK}
    places["edition"] = {edition.paths.description.name: edition.paths.description}
    places["policy"] = dict([find_policy_file(edition, policy)])
    if edition.branding is not None:
        places["branding"] = list_branding(edition)
    places["previous"] = dict(find_previous_facts(edition))
    if engine != BUILT_IN.name:
        places["quarto"] = list_settings(edition.paths.quarto)
    hashed = {kind: hash_files(files) for kind, files in places.items()}
    advisers = read_advisers(edition.paths.local)
    named = {"local/recipients.csv": hash_json(sorted(advisers.items()))} if advisers else {}
    return hashed | {"code": _hash_code(project, apart), "advisers": named}


def hash_files(places: Mapping[str, Path]) -> dict[str, str]:
    """The SHA-256 of each file by its name, in the order given; a file that is not there is left out."""
    found = {name: path for name, path in places.items() if path.is_file()}
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        return dict(zip(found, pool.map(hash_file, found.values()), strict=True))


@cache
def list_versions() -> Mapping[str, str]:
    """The versions of Python and of every package of the lock that is installed."""
    locked = re.findall(r"^([A-Za-z0-9._-]+)==", (find_project() / LOCK).read_text(encoding="utf-8"), re.MULTILINE)
    found = {name: find_version(name) for name in sorted(set(locked))}
    # some are of another system, or another Python
    return {"python": platform.python_version(), **{name: version for name, version in found.items() if version}}


def name_quarto(engine: str, version: str) -> dict[str, str]:
    """Quarto's version as it stands among the others, where ``engine`` is Quarto and it is here."""
    return {"quarto": version} if engine == "quarto" and version else {}


def find_policy_file(edition: Edition, policy: str) -> tuple[str, Path]:
    """The policy's file, and the name by which the manifest knows it."""
    from pipeline.policy.loading import list_policies
    from pipeline.policy.policy import FOLDER

    path = FOLDER / f"{policy}.yaml" if policy in list_policies() else edition.paths.folder / policy
    return "/".join(path.parts[-2:]), path


def find_previous_facts(edition: Edition) -> Iterator[tuple[str, Path]]:
    """The facts of last year's reports, by their paths below ``reports/``: they say which category a school had."""
    for path in list_previous_facts(edition):
        yield path.relative_to(edition.paths.reports.parent).as_posix(), path


def _find_published(edition: Edition) -> dict[str, Path]:
    """The edition's published files that are there; those that ``edition.yaml`` names in vain are passed over."""
    try:
        return {file.name: file.path for file in edition.list_published()}
    except FaultyInput as faulty:
        missing = {fault.column for fault in faulty.faults}
        said = edition.description
        there = [file for place, file in enumerate(said.published, start=1) if f"published.{place}" not in missing]
        return _find_published(
            Edition(edition.name, edition.paths, said.model_copy(update={"published": tuple(there)}))
        )
    except PipelineError:  # it has none at all
        return {}


def _find_edited(project: Path, folders: Iterable[str], suffixes: set[str]) -> dict[str, Path]:
    found = (path for folder in folders for path in _list_files(project / folder))
    return {path.relative_to(project).as_posix(): path for path in found if not suffixes or path.suffix in suffixes}


def _hash_code(project: Path, apart: set[str]) -> dict[str, str]:
    """One hash for each package: of every file's name and content, those called as one of ``apart`` left out."""
    packages: dict[str, list[list[str]]] = {}
    for path in _list_files(project / "pipeline"):
        name = path.relative_to(project).as_posix()
        if name in apart or name.startswith(tuple(f"{package}/" for package in _SHAPES_NO_REPORT)):
            continue
        packages.setdefault("/".join(name.split("/")[:-1][:2]), []).append([name, hash_file(path)])
    return {package: hash_json(files) for package, files in packages.items()}


def _list_files(folder: Path) -> list[Path]:
    """The files below ``folder``, sorted, without what Python, notebooks and desktops leave behind."""
    left_behind = ("__pycache__", ".")
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(p for p in found if not any(part.startswith(left_behind) for part in p.relative_to(folder).parts))


def _split_read(read: Mapping[str, str], local: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The hashes that the files had when they were read."""
    return {
        "published": {name: digest for name, digest in read.items() if name not in local},
        "local": {name: digest for name, digest in read.items() if name in local},
    }


def _name_parameters(edition: Edition, policy: str, outcome: ReportOutcome) -> dict[str, object]:
    whose = {} if outcome.urn is None else {"urn": outcome.urn}
    return {**whose, "edition": edition.name, "policy": policy}


def _list_outputs(paths: EditionPaths, reports: Mapping[str, ReportOutcome]) -> dict[str, str]:
    """The hash of every file the run made: a report's as its maker named them, the others' as they lie there."""
    made = {place: outcome for place, outcome in reports.items() if not outcome.problem}
    named = {f"{place}/{name}": digest for place, outcome in made.items() for name, digest in outcome.files.items()}
    for place in made:
        named[f"{place}/{MADE}"] = hash_file(paths.reports / place / MADE)
    others = [paths.reports / name for name in ("index.html", MADE, "schools.json")]
    others += [path for folder in (paths.area_site, paths.data_docs) for path in _list_files(folder)]
    named.update(hash_files({path.relative_to(paths.reports).as_posix(): path for path in others}))
    return named


def _list_not_due(paths: EditionPaths) -> dict[str, str]:
    statuses = json.loads((paths.reports / "schools.json").read_text(encoding="utf-8"))
    return {str(school["urn"]): school["reason"] for school in statuses if school["status"] == "not due"}


def _name(path: Path) -> str:
    return f"reports/{path.parent.name}/{path.name}"
