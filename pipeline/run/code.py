"""What code a report rests on: the modules that its notebook's cells import, and all that those import in turn.

Found by reading, not by importing: a change to the area's report is then no reason to make a school's again, and a
module that an analyst's own cell imports is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from pipeline.paths import find_project

#: What lays a page out, and what runs a notebook and checks what came of it.
PAGES = ("pipeline.render.html", "pipeline.render.pdf", "pipeline.render.checks")
RUNNING = ("pipeline.run.notebooks", "pipeline.run.schools")

_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(pipeline[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)|import[ \t]+(pipeline[\w.]*))",
    re.MULTILINE,
)
_JUDGING = ("pipeline/analysis/", "pipeline/policy/")
#: Of the readers only these: what the others make of a file is in the prepared tables, whose rows are hashed.
_READ_BY_REPORTS = {
    "pipeline.sources.frames",
    "pipeline.sources.prepared",
    "pipeline.sources.reconcile",
    "pipeline.sources.local",
    "pipeline.sources.local.prepared",
}
#: Tables and templates beside the code. Indicators and policies are parts of a key of their own.
_BESIDE = {
    "pipeline.analysis": ("pipeline/analysis/progress_bands.yaml",),
    "pipeline.report": ("pipeline/report/templates/**/*",),
    "pipeline.validation": ("expectations/school_slice.json",),
    "pipeline.render": ("pipeline/render/templates/**/*", "pipeline/render/typst/**/*", "pipeline/render/filters/**/*"),
}


def hash_code(cells: Iterable[str]) -> dict[str, str]:
    """Give the SHA-256 of each part of the code that a notebook with these code ``cells`` rests on."""
    rests_on = _follow(name for cell in cells for name in _list_imports(cell))
    pages = _follow(PAGES) - rests_on
    judging = {name for name in rests_on if _find_file(name).as_posix().startswith(_JUDGING)}
    return {
        "how schools are judged": _hash_modules(judging),
        "how reports are written": _hash_modules(rests_on - judging),
        "how notebooks are run": _hash_modules(RUNNING),
        "how pages are laid out": _hash_modules(pages),
    }


def hash_modules(*roots: str) -> str:
    """Give one SHA-256 of the modules ``roots`` and all that they import."""
    return _hash_modules(_follow(roots))


def _follow(roots: Iterable[str]) -> set[str]:
    """The modules of the pipeline among ``roots``, the packages they lie in, and all that these import."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in found or not _is_followed(name):
            continue
        found.add(name)
        waiting += [name.rpartition(".")[0], *_list_imports_of(find_project() / _find_file(name))]
    return found


def _is_followed(name: str) -> bool:
    if name.startswith("pipeline.sources.") and name not in _READ_BY_REPORTS:
        return False
    return name.startswith("pipeline") and (find_project() / _find_file(name)).is_file()


def _list_imports_of(path: Path) -> tuple[str, ...]:
    written = path.stat()
    return _read_imports(path, written.st_mtime_ns, written.st_size)


@lru_cache(maxsize=512)
def _read_imports(path: Path, written: int, size: int) -> tuple[str, ...]:
    """Read once for all notebooks; a file that was ``written`` anew is read again."""
    return tuple(_list_imports(path.read_text(encoding="utf-8")))


def _list_imports(text: str) -> Iterator[str]:
    """Every module that ``text`` may import; a name imported from a package may be a module of it."""
    for package, names, module in _IMPORT.findall(text):
        yield module or package
        yield from (f"{package}.{name}" for name in re.findall(r"\w+", names))


def _find_file(name: str) -> Path:
    """Where the module ``name`` stands, relative to the project."""
    path = Path(*name.split("."))
    return path / "__init__.py" if (find_project() / path).is_dir() else path.with_suffix(".py")


def _hash_modules(names: Iterable[str]) -> str:
    chosen = sorted(set(names))
    packages = {name.rpartition(".")[0] for name in chosen} | set(chosen)
    beside = [pattern for package in sorted(packages) for pattern in _BESIDE.get(package, ())]
    files = {_find_file(name).as_posix() for name in chosen if _is_followed(name)}
    files |= {
        path.relative_to(find_project()).as_posix()
        for pattern in beside
        for path in find_project().glob(pattern)
        if path.is_file()
    }
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256((find_project() / name).read_bytes()).digest())
    return digest.hexdigest()
