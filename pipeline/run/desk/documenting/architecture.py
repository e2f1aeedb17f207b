"""The imports between floors, as the page on the architecture shows them: read from the code, never by hand."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from pipeline.run.stamps.imports import find_needs

_BEGIN, _END = "<!-- generated: floors -->", "<!-- end: floors -->"


def refresh_architecture(page: str, project: Path) -> str:
    """Give ``page`` with its floors as the code has them now: between two marks, nothing else is touched.

    Raises ValueError where the marks are not there.
    """
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"docs/architecture.md has no place for its floors between {_BEGIN} and {_END}")
    return f"{before}{_BEGIN}\n{_tabulate_floors(project)}\n{_END}{after}"


def list_floors(project: Path) -> list[tuple[str, ...]]:
    """The floors from the top down, each with its packages: those of the layers contract in ``pyproject.toml``."""
    settings = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["name"].startswith("floors"))
    return [tuple(part.strip().removeprefix("pipeline.") for part in layer.split("|")) for layer in layers]


def find_imports_between(project: Path) -> dict[str, set[str]]:
    """By package, the other packages of the product that its modules import, type checking aside."""
    found: dict[str, set[str]] = {}
    for path in sorted((project / "pipeline").rglob("*.py")):
        parts = path.relative_to(project / "pipeline").parts
        if len(parts) > 1:
            imported = set(_list_imported_packages(path.read_text(encoding="utf-8")))
            found.setdefault(parts[0], set()).update(imported - {parts[0]})
    return found


def _list_imported_packages(code: str) -> Iterator[str]:
    for name in find_needs(code).imports:
        parts = name.split(".")
        if parts[0] == "pipeline" and len(parts) > 1:
            yield parts[1]


def _tabulate_floors(project: Path) -> str:
    floors, imports = list_floors(project), find_imports_between(project)
    lines = ["| Floor | Package | What it is | Its rooms | Imports |", "|---|---|---|---|---|"]
    for height, packages in zip(range(len(floors), 0, -1), floors, strict=True):
        for package in packages:
            below = [one for floor in floors for one in floor if one in imports[package]]
            lines.append(
                f"| {height} | `{package}` | {_describe_package(project, package)} | {_list_rooms(project, package)} "
                f"| {', '.join(below) or 'nothing'} |"
            )
    return "\n".join(lines)


def _describe_package(project: Path, package: str) -> str:
    """The first sentence of the package's docstring."""
    text = (project / "pipeline" / package / "__init__.py").read_text(encoding="utf-8")
    said = " ".join((ast.get_docstring(ast.parse(text)) or "").split()).replace("``", "`")
    return re.split(r"(?<=[.])\s", said, maxsplit=1)[0].removesuffix(".")


def _list_rooms(project: Path, package: str) -> str:
    folder = project / "pipeline" / package
    rooms = sorted(path.parent.name for path in folder.glob("*/__init__.py"))
    return ", ".join(f"`{room}/`" for room in rooms) or "–"
