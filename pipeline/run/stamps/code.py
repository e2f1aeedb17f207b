"""What code a product rests on: the modules that make it, all that those import in turn, and the data they read.

Found by reading, not by importing: a change to the area's report is then no reason to make a school's again, and a
module that an analyst's own cell imports is.
"""

from __future__ import annotations

import hashlib
import os
import platform
import posixpath
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path

from pipeline.foundation.paths import find_project
from pipeline.run.stamps import imports
from pipeline.run.stamps.imports import Needs, find_needs
from pipeline.run.stamps.made import Made, hash_file, hash_json, read_made, write_made

PACKAGE = "pipeline"
#: What the modules need, by the hash of their text: beside what else Python derives from them.
FILE = Path(PACKAGE) / "__pycache__" / "needs.json"
#: What reads published and local files. What it makes of them is in the prepared tables, which count by themselves.
READERS = ("pipeline.sources",)
#: Of it, what reads the prepared tables again.
TABLES = (
    "pipeline.sources",
    "pipeline.sources.frames",
    "pipeline.sources.families.links",
    "pipeline.sources.joining.histories",
    "pipeline.sources.local",
    "pipeline.sources.local.prepared",
    "pipeline.sources.prepared",
    "pipeline.sources.tabular.reconcile",
)
#: What counts by what it says, wherever indicators, policies and suites are parts of their own.
TOLD_APART = (
    "expectations",
    "pipeline/analysis/indicators",
    "pipeline/policy/policies",
    "pipeline/render/language/books",
)
#: What tells whether a product holds makes none of it.
_KEEPING_ACCOUNT = ("pipeline.run.stamps.code", "pipeline.run.stamps.imports", "pipeline.run.stamps.made")


@dataclass(frozen=True)
class Rested:
    """What a product rests on: ``modules`` of ours, their data ``files`` (paths within the project), and the names by
    which other ``packages`` are imported."""

    modules: frozenset[str]
    files: frozenset[str]
    packages: frozenset[str]

    def __sub__(self, other: Rested) -> Rested:
        return Rested(self.modules - other.modules, self.files - other.files, self.packages - other.packages)

    def __or__(self, other: Rested) -> Rested:
        return Rested(self.modules | other.modules, self.files | other.files, self.packages | other.packages)

    def choose(self, prefixes: tuple[str, ...]) -> Rested:
        """The part of it that lies in the packages ``prefixes``; other packages are none of it."""
        modules = frozenset(name for name in self.modules if _lies_in(name, prefixes))
        folders = tuple(prefix.replace(".", "/") for prefix in prefixes)
        files = frozenset(name for name in self.files if _lies_in(name, folders, "/"))
        return Rested(modules, files, frozenset())


@dataclass(frozen=True)
class _Named:
    """What a module names its data by; ``by_loader`` where a template loader may look in the folder it looks in."""

    parts: frozenset[str]
    by_loader: bool

    @cached_property
    def patterns(self) -> list[str]:
        return [part for part in self.parts if "*" in part and part.strip("*")]


class Code:
    """The pipeline's modules, each read when it is first asked for and then the same for as long as this lives."""

    def __init__(self) -> None:
        self._project = find_project()
        self._read: dict[str, tuple[str, Needs]] = {}
        self._digests: dict[str, str] = {}
        self._imported: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {}
        self._data_of: dict[str, tuple[str, ...]] = {}
        self._learnt = False

    def trace(
        self,
        *roots: str,
        apart: Iterable[str] = READERS,
        within: Iterable[str] = TABLES,
        data_apart: tuple[str, ...] = (),
        beside: Iterable[Needs] = (),
    ) -> Rested:
        """Find all that the modules ``roots``, and the texts that need ``beside``, rest on.

        Modules in the packages ``apart`` are not followed, those named ``within`` them are: what the others make counts
        in another way. Nor do data files below the folders ``data_apart``.
        """
        stops, kept = (*_KEEPING_ACCOUNT, *apart), frozenset(within)
        modules, others = self._tell_apart([*roots, *(name for one in beside for name in self._list_needed(one))])
        waiting, packages = list(modules), set(others)
        seen: set[str] = set()
        found: list[str] = []
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in kept or not _lies_in(name, stops):
                found.append(name)
                modules, others = self._find_imported(name)
                waiting += modules
                packages |= others
        self._keep_known()
        files = {path for name in found for path in self._list_data(name)}
        return Rested(
            frozenset(found), frozenset(p for p in files if not _lies_in(p, data_apart, "/")), frozenset(packages)
        )

    def hash(self, rested: Rested) -> str:
        """Give one SHA-256 of the modules and data files that something rests on; other packages have versions."""
        modules = [[name, self._read_module(name)[0]] for name in sorted(rested.modules)]
        return hash_json([modules, [[name, self._hash_data(name)] for name in sorted(rested.files)]])

    @cached_property
    def _files(self) -> list[str]:
        """Every file of the package, and every suite beside it, by path within the project."""
        found = []
        for top in (PACKAGE, "expectations"):
            for folder, folders, names in os.walk(self._project / top):
                folders[:] = [name for name in folders if name != "__pycache__" and not name.startswith(".")]
                below = Path(folder).relative_to(self._project).as_posix()
                found += [f"{below}/{name}" for name in names if not name.startswith(".")]
        return sorted(found)

    @cached_property
    def _paths(self) -> dict[str, str]:
        """The file of every module by its dotted name."""
        files = [name for name in self._files if name.endswith(".py") and name.startswith(f"{PACKAGE}/")]
        return {name[:-3].replace("/", ".").removesuffix(".__init__"): name for name in files}

    @cached_property
    def _modules(self) -> frozenset[str]:
        return frozenset(self._paths.values())

    @cached_property
    def _data(self) -> list[str]:
        return [name for name in self._files if not name.endswith((".py", ".pyc"))]

    def _list_needed(self, needs: Needs) -> list[str]:
        return [*needs.imports, *(name for name in needs.names if name in self._paths)]

    def _find_imported(self, module: str) -> tuple[tuple[str, ...], frozenset[str]]:
        """The modules of ours that a module imports, the packages it lies in, and the packages of others."""
        if module not in self._imported:
            needed = self._list_needed(self._read_module(module)[1])
            self._imported[module] = self._tell_apart([*filter(None, [module.rpartition(".")[0]]), *needed])
        return self._imported[module]

    def _tell_apart(self, names: Iterable[str]) -> tuple[tuple[str, ...], frozenset[str]]:
        """Of imported names the modules of ours, all of a package where one ends with ``.*``; and others' packages."""
        modules: list[str] = []
        packages: set[str] = set()
        for name in names:
            package = name.removesuffix(".*")
            if package in self._paths:
                modules.append(package)
            else:
                packages |= _name_package(package)
            if package != name:
                modules += [one for one in self._paths if one.rpartition(".")[0] == package]
        return tuple(modules), frozenset(packages)

    def _read_module(self, name: str) -> tuple[str, Needs]:
        if name not in self._read:
            content = (self._project / self._paths[name]).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            if self._known.get(name, ("",))[0] != digest:
                package = name if self._paths[name].endswith("/__init__.py") else name.rpartition(".")[0]
                self._known[name] = digest, find_needs(content.decode("utf-8", "replace"), package)
                self._learnt = True
            self._read[name] = self._known[name]
        return self._read[name]

    @cached_property
    def _known(self) -> dict[str, tuple[str, Needs]]:
        """What the modules needed when they were read before: parsing them all takes a second."""
        made = read_made((self._project / FILE).parent, FILE.name)
        if made is None or made.key != _describe_reading():
            return {}
        try:
            return {
                name: (digest, Needs(*map(tuple, needs))) for name, (digest, *needs) in made.told["modules"].items()
            }
        except (KeyError, TypeError, ValueError, AttributeError):
            return {}

    def _keep_known(self) -> None:
        """Keep it for the next run; where the folder is not ours to write in, the next run reads again."""
        if not self._learnt:
            return
        self._learnt = False
        known = {name: [digest, *astuple(needs)] for name, (digest, needs) in sorted(self._known.items())}
        file = self._project / FILE
        beside = f"{FILE.stem}-{os.getpid()}.json"  # runs of two editions may read at the same time
        with suppress(OSError):
            write_made(file.parent, Made(_describe_reading(), told={"modules": known}), beside)
            file.with_name(beside).replace(file)

    def _list_data(self, module: str) -> tuple[str, ...]:
        """The data files that a module may read: those it names, and all in a folder that it names."""
        if module not in self._data_of:
            needs = self._read_module(module)[1]
            self._data_of[module] = tuple(self._find_data(module, needs)) if needs.files else ()
        return self._data_of[module]

    def _find_data(self, module: str, needs: Needs) -> Iterator[str]:
        own = self._paths[module].rpartition("/")[0]
        climbed = {posixpath.normpath(f"{own}/{steps}") for steps in needs.above}
        places = {own, *climbed, *(name.replace(".", "/") for name in needs.packages)}
        named = _Named(frozenset(part for text in needs.files for part in text.split("/")), bool(needs.packages))
        for name in self._data:
            if name.startswith("expectations/"):
                found = "expectations" in named.parts
            else:
                found = any(name.startswith(f"{place}/") and self._is_named(name, place, named) for place in places)
            if found:
                yield name

    def _is_named(self, name: str, place: str, named: _Named) -> bool:
        """Whether a module that lies in the folder ``place`` names a file below it, or a folder that holds it."""
        *folders, file = name.removeprefix(f"{place}/").split("/")
        below = place
        for folder in folders:
            below = f"{below}/{folder}"
            if folder not in named.parts and not (named.by_loader and folder == "templates"):
                return False
            if f"{below}/__init__.py" not in self._modules:
                return True  # a folder of data, and all that is in it
        return file in named.parts or any(fnmatchcase(file, pattern) for pattern in named.patterns)

    def _hash_data(self, name: str) -> str:
        if name not in self._digests:
            self._digests[name] = hash_file(self._project / name)
        return self._digests[name]


@cache
def _describe_reading() -> dict[str, str]:
    """What the modules' needs were found by."""
    return {"how imports are found": hash_file(Path(imports.__file__)), "Python": platform.python_version()}


def _lies_in(name: str, places: Iterable[str], separator: str = ".") -> bool:
    return any(name == place or name.startswith(f"{place}{separator}") for place in places)


def _name_package(name: str) -> set[str]:
    """The package of others that an imported name belongs to; of Python's own and of ours there is none."""
    top = name.partition(".")[0]
    return set() if top == PACKAGE or not top or top in sys.stdlib_module_names else {top}
