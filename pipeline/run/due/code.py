"""What code a report rests on: the modules that its notebook's cells import, and all that those import in turn.

Found by reading, not by importing: a change to the area's report is then no reason to make a school's again, and a
module that an analyst's own cell imports is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.foundation.paths import find_project

#: What lays a page out, by engine, and what runs a notebook and checks what came of it.
PAGES = {
    "built-in": ("pipeline.render.html", "pipeline.render.pdf", "pipeline.render.checks"),
    "quarto": ("pipeline.render.quarto", "pipeline.render.checks"),
}
RUNNING = (
    "pipeline.run.making.cells",
    "pipeline.run.kernels.showing",
    "pipeline.run.making.notebooks",
    "pipeline.run.making.officer_cells",
    "pipeline.run.making.pictures",
    "pipeline.run.making.schools",
)

_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(pipeline[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)|import[ \t]+(pipeline[\w.]*))",
    re.MULTILINE,
)
_JUDGING = ("pipeline.analysis", "pipeline.policy")
#: Of the readers only these: what the others make of a file is in the prepared tables, whose rows are hashed.
_READ_BY_REPORTS = {
    "pipeline.sources.frames",
    "pipeline.sources.prepared",
    "pipeline.sources.joining.reconcile",
    "pipeline.sources.local",
    "pipeline.sources.local.prepared",
}
#: Tables and templates beside the code. Indicators and policies are parts of a key of their own.
_BESIDE = {
    "pipeline.analysis": ("pipeline/analysis/*.yaml",),
    "pipeline.report": ("pipeline/report/templates/**/*",),
    "pipeline.validation": ("expectations/school_slice.json", "pipeline/validation/*.yaml"),
    "pipeline.render": ("pipeline/render/templates/**/*", "pipeline/render/typst/**/*"),
    "pipeline.render.quarto": ("pipeline/render/quarto/**/*",),
}


@dataclass(frozen=True)
class Module:
    """One module as it is written: the hash of its text, and what it may import."""

    digest: str
    imports: tuple[str, ...]


class Code:
    """The pipeline's modules as they are when this is made, by name."""

    def __init__(self) -> None:
        self._project = find_project()
        self._modules = dict(self._read_modules())

    def hash_parts(self, cells: Iterable[str], engine: str) -> dict[str, str]:
        """Give the SHA-256 of each part of the code that a notebook with these code ``cells`` rests on.

        ``engine`` is the name of what renders it.
        """
        rests_on = self._follow(name for cell in cells for name in _list_imports(cell))
        judging = {name for name in rests_on if name.startswith(_JUDGING)}
        return {
            "how schools are judged": self._hash(judging),
            "how reports are written": self._hash(rests_on - judging),
            "how notebooks are run": self._hash(RUNNING),
            "how pages are laid out": self._hash(self._follow(PAGES[engine]) - rests_on),
        }

    def hash_modules(self, *roots: str) -> str:
        """Give one SHA-256 of the modules ``roots`` and all that they import."""
        return self._hash(self._follow(roots))

    def _read_modules(self) -> Iterator[tuple[str, Module]]:
        for path in (self._project / "pipeline").rglob("*.py"):
            text = path.read_bytes()
            name = ".".join(path.relative_to(self._project).with_suffix("").parts).removesuffix(".__init__")
            yield name, Module(hashlib.sha256(text).hexdigest(), tuple(_list_imports(text.decode("utf-8"))))

    def _follow(self, roots: Iterable[str]) -> set[str]:
        """The modules among ``roots``, the packages they lie in, and all that these import."""
        found: set[str] = set()
        waiting = list(roots)
        while waiting:
            name = waiting.pop()
            if name in found or name not in self._modules or not _is_followed(name):
                continue
            found.add(name)
            waiting += [name.rpartition(".")[0], *self._modules[name].imports]
        return found

    def _hash(self, names: Iterable[str]) -> str:
        chosen = sorted(name for name in names if name in self._modules)
        digest = hashlib.sha256()
        for name in chosen:
            digest.update(f"{name} {self._modules[name].digest}\n".encode())
        for package in sorted(_BESIDE.keys() & set(chosen)):
            for pattern in _BESIDE[package]:
                self._add_files(digest, pattern)
        return digest.hexdigest()

    def _add_files(self, digest: hashlib._Hash, pattern: str) -> None:
        for path in sorted(self._project.glob(pattern)):
            if path.is_file() and path.suffix not in {".py", ".pyc"}:
                digest.update(f"{path.relative_to(self._project).as_posix()}\n".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())


def _is_followed(name: str) -> bool:
    return not name.startswith("pipeline.sources.") or name in _READ_BY_REPORTS


def _list_imports(text: str) -> Iterator[str]:
    """Every module that ``text`` may import; a name imported from a package may be a module of it."""
    for package, names, module in _IMPORT.findall(text):
        yield module or package
        yield from (f"{package}.{name}" for name in re.findall(r"\w+", names))
