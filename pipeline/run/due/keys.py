"""What a report depends on: its key, a digest for each part, named in the words by which a person is told of it.

All that can change a report is in its key, and nothing else is: a report is made again when its key changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import find_project
from pipeline.run.rendering import hash_engine
from pipeline.run.stamps.code import READERS, TOLD_APART
from pipeline.run.stamps.imports import Needs, find_needs, find_needs_of
from pipeline.run.stamps.made import describe_inputs

if TYPE_CHECKING:
    from pipeline.edition.editions import Edition
    from pipeline.policy import Policy
    from pipeline.render.engine import EngineChoice
    from pipeline.run.due.digests import Digests
    from pipeline.run.jobs import ReportOutcome
    from pipeline.run.stamps.code import Code

#: Parts that only page and PDF rest on: where nothing else changed, the executed notebook still holds.
PAGE_PARTS = frozenset({"rendering engine", "how pages are laid out", "versions of what lays pages out"})

#: What runs a notebook and checks what came of it, and what is in a kernel before its first cell.
RUNNING = (
    "pipeline.run.making.cells",
    "pipeline.run.kernels.provisioner",
    "pipeline.run.kernels.showing",
    "pipeline.run.making.notebooks",
    "pipeline.run.due.officer_cells",
    "pipeline.run.making.pictures",
    "pipeline.run.making.schools",
)
#: What lays a page out and checks it, and by engine the packages that lay out none.
LAYING_OUT = ("pipeline.render.checks", "pipeline.render.engines")
_OTHER_ENGINES = {"built-in": ("pipeline.render.quarto",), "quarto": ()}
#: What those import that runs none: what opens the engine, and what gives reports to processes.
_NOT_RUNNING = ("pipeline.render", "pipeline.run.executors")
#: What a report imports and never calls: it writes the pages on what was checked.
_PAGES_ON_CHECKS = ("pipeline.validation.data_docs", "pipeline.validation.views")
_JUDGING = ("pipeline.analysis", "pipeline.policy")
_NO_PYTHON = ("%", "!", "?")  # what a line begins with that IPython reads
#: The suite by which a report checks its own school's figures.
_SUITE = Path("expectations/school_slice.json")


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
    told = [said.contact and said.contact.model_dump(), *(step.model_dump(mode="json") for step in said.next_steps)]
    printed = [edition.name, said.title, said.year, edition.date.isoformat(), *whose, *told]
    content = _read_notebook(notebook)
    hashes, packages = describe_code(code, notebook, engine.name)
    return {
        **describe_inputs(
            values={
                "the edition's title, date, area, organisation, colour, contact or next steps": printed,
                "policy": [parameters["policy"], said.policy, policy.dump_rules()],
                "notebook": content,
            },
            files={"files beside the notebook": _list_beside(notebook)},
        ),
        "rendering engine": hash_engine(engine),
        **describe_inputs(
            files={"the suite that checks a school's figures": {_SUITE.name: find_project() / _SUITE}},
            code=hashes,
            packages=packages,
        ),
    }


def describe_code(code: Code, notebook: Path, engine: str) -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """The hash of each part of the code that a report made from ``notebook`` rests on, and the packages of each kind.

    It rests on what its cells import, and the modules beside it; on what runs it; and on what lays its pages out, which
    is ``engine``. Nothing is in two of these parts: what pages rest on needs no notebook to run again.
    """
    cells, own = read_cells(notebook), {name.partition("/")[0].removesuffix(".py") for name in _list_beside(notebook)}
    trace = partial(code.trace, data_apart=TOLD_APART)
    written = trace(beside=cells, apart=(*READERS, *_PAGES_ON_CHECKS))
    others = (*READERS, *_OTHER_ENGINES[engine])
    laid = trace(*LAYING_OUT, apart=others) - written
    run = trace(*RUNNING, apart=(*READERS, *_NOT_RUNNING, *_PAGES_ON_CHECKS)) - written - laid
    judging = written.choose(_JUDGING)
    hashes = {
        "how schools are judged": code.hash(judging),
        "how reports are written": code.hash(written - judging),
        "how notebooks are run": code.hash(run),
        "how pages are laid out": code.hash(laid),
    }
    packages = {
        "versions of Python and packages": (written | run).packages - own,
        "versions of what lays pages out": laid.packages - run.packages,
    }
    return hashes, packages


def key_school(shared: dict[str, str], digests: Digests, urn: int) -> Mapping[str, str]:
    """The key of one school's report. What other schools' keys hold too is not copied: there may be thousands."""
    return digests.schools[urn].new_child(shared)


def key_edition(
    shared: Mapping[str, str],
    digests: Digests,
    outcomes: Iterable[ReportOutcome],
    statuses: Sequence[Mapping[str, object]],
) -> dict[str, str]:
    """The key of a report made once an edition, after its schools: it rests on their facts and on who has none.

    ``statuses`` lists every school of the area as the run leaves it.
    """
    facts = sorted(
        (outcome.urn or 0, outcome.files.get("facts.json", "")) for outcome in outcomes if not outcome.problem
    )
    without = [one for one in statuses if one["status"] != "done"]
    return {
        **describe_inputs(values={"the schools' reports": facts, "schools without a report": without}),
        **digests.edition,
        **shared,
    }


def _read_notebook(notebook: Path) -> list[dict[str, Any]]:
    """What of a notebook reaches a report: each cell's source, kind, name, tags and pictures, never outputs."""
    if not notebook.exists():
        remedy = "Write it, put it back, or correct its name where pipeline/edition/pages.py has it."
        raise PipelineError("there is no such notebook", where=f"notebooks/{notebook.name}", remedy=remedy)
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


def _list_beside(notebook: Path) -> dict[str, Path]:
    """An analyst's own modules, tables and pictures in the notebooks' folder, by their paths in it."""
    return {
        path.relative_to(notebook.parent).as_posix(): path
        for path in sorted(notebook.parent.rglob("*"))
        if path.is_file() and path.suffix not in {".ipynb", ".pyc"} and not _is_hidden(path, notebook.parent)
    }


def read_cells(notebook: Path) -> list[Needs]:
    """What each code cell of a notebook needs, and each module that lies beside it."""
    sources = ["".join(cell["source"]) for cell in _read_notebook(notebook) if cell["cell_type"] == "code"]
    modules = [path for name, path in _list_beside(notebook).items() if name.endswith(".py")]
    beside = [find_needs(path.read_bytes().decode("utf-8", "replace")) for path in modules]
    return [*(_find_needs_of_cell(source) for source in sources), *beside]


def _find_needs_of_cell(source: str) -> Needs:
    if any(line.lstrip().startswith(_NO_PYTHON) for line in source.splitlines()):
        from pipeline.run.due.officer_cells import read_statements  # IPython takes half a second to import

        return find_needs_of(read_statements(source))
    return find_needs(source)


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
