"""What a report depends on: its key, a digest for each part, named in the words by which a person is told of it.

All that can change a report is in its key, and nothing else is: a report is made again when its key changed.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.run.made import hash_file, hash_json
from pipeline.run.rendering import hash_engine

if TYPE_CHECKING:
    from pipeline.edition.editions import Edition
    from pipeline.policy import Policy
    from pipeline.render.engine import EngineChoice
    from pipeline.run.due.code import Code
    from pipeline.run.due.digests import Digests
    from pipeline.run.jobs import ReportOutcome

#: Parts that only page and PDF rest on: where nothing else changed, the executed notebook still holds.
PAGE_PARTS = frozenset({"rendering engine", "how pages are laid out", "versions of what lays pages out"})

#: The packages whose version can change what a notebook says or shows, and those that can only change its page or PDF.
_PACKAGES = {
    "versions of Python and packages": (
        "great_expectations", "ipykernel", "ipython", "matplotlib", "nbclient", "nbformat", "numpy", "pandas",
        "papermill", "pyarrow", "pydantic", "scipy",
    ),
    "versions of what lays pages out": (
        "jinja2", "latex2mathml", "markupsafe", "mistune", "nbconvert", "typst", "vl-convert-python",
    ),
}  # fmt: skip


def describe_shared_parts(
    edition: Edition,
    policy: Policy,
    notebook: Path,
    parameters: Mapping[str, Any],
    code: Code,
    engine: EngineChoice,
) -> dict[str, str]:
    """The parts of a key that all reports made from ``notebook`` share, whatever the files hold."""
    said = edition.description
    whose = [said.area.name, said.organisation, said.colour]
    printed = [edition.name, said.title, said.year, edition.date.isoformat(), *whose]
    content = _read_notebook(notebook)
    return {
        "the edition's title, date, area, organisation or colour": hash_json(printed),
        "policy": hash_json([parameters["policy"], said.policy, policy.dump_rules()]),
        "notebook": hash_json(content),
        "files beside the notebook": _hash_beside(notebook),
        "rendering engine": hash_engine(engine),
        **code.hash_parts((cell["source"] for cell in content if cell["cell_type"] == "code"), engine.name),
        **_hash_versions(),
    }


def key_school(shared: dict[str, str], digests: Digests, urn: int) -> Mapping[str, str]:
    """The key of one school's report. What other schools' keys hold too is not copied: there may be thousands."""
    return digests.schools[urn].new_child(shared)


def key_edition(
    shared: Mapping[str, str],
    digests: Digests,
    outcomes: Iterable[ReportOutcome],
    roll: Sequence[Mapping[str, object]],
) -> dict[str, str]:
    """The key of a report made once an edition, after its schools: it rests on their facts and on who has none.

    ``roll`` lists every school of the area as the run leaves it.
    """
    facts = sorted(
        (outcome.urn or 0, outcome.files.get("facts.json", "")) for outcome in outcomes if not outcome.problem
    )
    return {
        "the schools' reports": hash_json(facts),
        "schools without a report": hash_json([one for one in roll if one["status"] != "done"]),
        **digests.edition,
        **shared,
    }


def name_changes(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """The parts of which two keys differ, in the order of the newer key."""
    return tuple(part for part in {**now, **before} if before.get(part) != now.get(part))


def _read_notebook(notebook: Path) -> list[dict[str, Any]]:
    """What of a notebook reaches a report: each cell's source, kind, name, tags and pictures, never outputs."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [
        {
            "cell_type": cell["cell_type"],
            "id": cell.get("id", ""),
            "source": "".join(cell["source"]),
            "tags": cell["metadata"].get("tags", []),
            "attachments": cell.get("attachments", {}),
        }
        for cell in cells
    ]


def _hash_beside(notebook: Path) -> str:
    """One hash of an analyst's own modules, tables and pictures in the notebooks' folder."""
    files = [
        path
        for path in sorted(notebook.parent.rglob("*"))
        if path.is_file() and path.suffix not in {".ipynb", ".pyc"} and not _is_hidden(path, notebook.parent)
    ]
    return hash_json([[path.relative_to(notebook.parent).as_posix(), hash_file(path)] for path in files])


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _hash_versions() -> dict[str, str]:
    found = {part: {name: _find_version(name) for name in names} for part, names in _PACKAGES.items()}
    found["versions of Python and packages"]["python"] = platform.python_version()
    return {part: hash_json(versions) for part, versions in found.items()}


@cache
def _find_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
