"""What the documentation names in the code is there: paths, modules, and what is imported from them.

Of a module inside a room a page may give the end of its path alone.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from pipeline.foundation.paths import find_project

PROJECT = find_project()
PAGES = [
    *(PROJECT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted((PROJECT / "docs").glob("*.md")),
    *sorted((PROJECT / "docs" / "decisions").glob("*.md")),
]
FOLDERS = ("pipeline", "tests", "expectations", "notebooks", "docs")
KNOWN = [
    path.relative_to(PROJECT).as_posix() for name in FOLDERS for path in (PROJECT / name).rglob("*") if path.is_file()
]
PATH = re.compile(r"(?<![\w/.-])(?:pipeline|tests|expectations|notebooks)/[\w./*-]*[\w/*]")
FILE = re.compile(r"`([\w./*-]+\.py)`")
DOTTED = re.compile(r"(?<![\w/.-])pipeline(?:\.\w+)+")
IMPORT = re.compile(r"^ *from (pipeline[\w.]*) import ([\w, ]+)", re.M)
#: What a page calls the part of a name that its reader chooses, and files that are there only for a while.
CHOSEN = "NAME"
PASSING = ("notebooks/editing-",)


def list_defined(module: Path) -> set[str]:
    """The names that a module gives to those who import from it, read without running it."""
    found = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update(name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
    return found


def resolves(name: str) -> bool:
    """Whether a dotted name is a package, a module, or something that one of them defines."""
    place, parts = PROJECT, name.split(".")
    for at, part in enumerate(parts):
        if (place / part / "__init__.py").is_file():
            place /= part
            continue
        is_module = (place / f"{part}.py").is_file()
        rest = parts[at + 1 :] if is_module else parts[at:]
        module = place / (f"{part}.py" if is_module else "__init__.py")
        return len(rest) <= 1 and set(rest) <= list_defined(module)
    return (place / "__init__.py").is_file()


def list_wrong(text: str) -> list[str]:
    """Every path and dotted name of a page that leads nowhere."""
    paths = {name for name in PATH.findall(text) if not name.startswith(PASSING)}
    files, names = {*FILE.findall(text)} - paths, {*DOTTED.findall(text)}
    for module, imported in IMPORT.findall(text):
        names.update(f"{module}.{name.strip()}" for name in imported.split(",") if name.strip())
    return [
        *(path for path in sorted(paths) if not any(PROJECT.glob(path.rstrip("/").replace(CHOSEN, "*")))),
        *(file for file in sorted(files) if not any(f"/{one}".endswith(f"/{file}") for one in KNOWN)),
        *(name for name in sorted(names) if CHOSEN not in name.split(".") and not resolves(name)),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_what_a_page_names_in_the_code_is_there(page):
    assert list_wrong(page.read_text(encoding="utf-8")) == []


def test_what_leads_nowhere_is_found():
    wrong = ["pipeline/report/nowhere.py", "nobody.py", "pipeline.report.charts.nothing", "pipeline.validation.nowhere"]
    text = "in `pipeline/report/nowhere.py` and `nobody.py`: `pipeline.report.charts.nothing`\n"
    assert list_wrong(text + "    from pipeline.validation import describe_slice, nowhere\n") == wrong
    right = "`pipeline/report/`, `pipeline/sources/aliases/ees_NAME.yaml`, `charts.py`, `school/tables.py`, "
    assert (
        list_wrong(
            right + "`pipeline.report`, `pipeline.analysis.indicators.themes`, `pipeline.validation.describe_slice`"
        )
        == []
    )
