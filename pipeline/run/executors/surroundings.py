"""What a report depends on besides its job, so that a process elsewhere can be asked whether it has the same."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache, cached_property

from pipeline.foundation.paths import Workspace, find_project
from pipeline.run.jobs import ReportJob
from pipeline.run.rendering import BUILT_IN, find_quarto_version
from pipeline.run.stamps.made import find_version, hash_file, hash_if_there, hash_json

_NAMED = 3  # how many differing packages or files are said by name


@dataclass(frozen=True)
class Surroundings:
    """What a process that makes reports has around it.

    ``python`` and ``packages`` (name → "" where not installed) are versions. ``files`` are the project's own and the
    notebook (path within the project → sha256). ``edition`` is the sha256 of the prepared edition's stamp, "" where
    it is not there; ``quarto`` is Quarto's version, "" where there is none or the reports need none.
    """

    python: str
    packages: Mapping[str, str]
    files: Mapping[str, str]
    edition: str
    quarto: str = ""

    @cached_property
    def digest(self) -> str:
        """One sha256 of it all."""
        return hash_json(asdict(self))


def describe_surroundings(job: ReportJob) -> Surroundings:
    """Say what this process has around it for making ``job`` and others of its edition.

    Code and packages are looked at once in the life of a process: one that began before they changed has the old ones.
    """
    from pipeline.run.preparing.preparation import STAMP

    stamp = Workspace(job.workspace).edition(job.edition).prepared / STAMP
    files = {**_hash_project(), job.notebook.name: hash_if_there(job.notebook)}
    quarto = "" if job.engine.name == BUILT_IN.name else _find_quarto()
    return Surroundings(platform.python_version(), _list_packages(), files, hash_if_there(stamp), quarto)


def list_differences(there: Surroundings, here: Surroundings) -> list[str]:
    """Say in words how what is ``there`` differs from what is ``here``; empty where it does not."""
    found = []
    if there.python != here.python:
        found.append(f"Python is {there.python} there and {here.python} here")
    if there.quarto != here.quarto:
        found.append(f"Quarto is {there.quarto or 'not installed'} there and {here.quarto or 'not installed'} here")
    packages = [
        f"{name} is {_name_version(there.packages, name)} there and {_name_version(here.packages, name)} here"
        for name in _list_changed(there.packages, here.packages)
    ]
    found += _shorten(packages, "packages")
    files = _shorten(_list_changed(there.files, here.files), "files")
    if files:
        found.append(f"these files of the project differ, or did when the worker began: {', '.join(files)}")
    if there.edition != here.edition:
        found.append("it does not see the prepared edition that is here")
    return found


def _name_version(packages: Mapping[str, str], name: str) -> str:
    return packages.get(name) or "not installed"


def _list_changed(there: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    return sorted(name for name in there.keys() | here.keys() if there.get(name) != here.get(name))


def _shorten(said: list[str], what: str) -> list[str]:
    return said if len(said) <= _NAMED else [*said[:_NAMED], f"{len(said) - _NAMED} more {what}"]


@cache
def _list_packages() -> dict[str, str]:
    """The version installed of every package that the lock names."""
    lines = (find_project() / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return {name: find_version(name) for name in sorted(_read_names(lines))}


def _read_names(lines: Iterable[str]) -> set[str]:
    return {line.partition("==")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}


@cache
def _find_quarto() -> str:
    return find_quarto_version()


@cache
def _hash_project() -> dict[str, str]:
    project = find_project()
    paths = [path for folder in ("pipeline", "expectations") for path in (project / folder).rglob("*")]
    return {
        path.relative_to(project).as_posix(): hash_file(path)
        for path in sorted(paths)
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
