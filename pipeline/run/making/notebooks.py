"""Executing a notebook through papermill, and reading back what it published."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import nbformat
from traitlets.config import Config

from pipeline.foundation.errors import FailedReport, FaultyInput, MissingTool
from pipeline.foundation.machine import NO_ROOM
from pipeline.render.content.document import is_for_officers, number_cell
from pipeline.render.content.outputs import settle_outputs
from pipeline.run.due.officer_cells import find_shared_names
from pipeline.run.jobs import FACTS, ReportJob
from pipeline.run.kernels.direct_client import DirectKernelClient
from pipeline.run.kernels.finding import DIRECT, find_kind
from pipeline.run.kernels.fork_client import NoForkServer, can_fork, make_scratch
from pipeline.run.kernels.launching import TRIMMED
from pipeline.run.kernels.preload import describe_environment
from pipeline.run.kernels.provisioner import ENDED, NOTES, SAID, register_provisioner
from pipeline.run.making.cells import CellFault, CellRunner
from pipeline.run.making.direct import DirectRunner

KERNEL = "school-report"
ENGINE = "school-report"
SPECS = Path(__file__).resolve().parents[1] / "kernels" / "specs"  # where Jupyter finds that kernel described


@dataclass(frozen=True)
class Execution:
    """An executed notebook, and the processor time and memory its kernel took where that is known."""

    notebook: nbformat.NotebookNode
    kernel_seconds: float = 0.0
    kernel_bytes: int = 0


def execute_notebook(job: ReportJob, executed: Path) -> Execution:
    """Execute the job's notebook with its parameters.

    Cells tagged officer-only run last, so that nothing they do can be met by the school's copy.

    Raises FailedReport naming the cell and the cause where a cell raises, asks to end the notebook, writes when it has
    ended, runs out of time or its kernel dies, where the notebook would not be the same with its officer-only cells run
    last, and where it does not declare the parameters it is given. What was done until then is in ``executed``.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    check_parameters(job.notebook, job.parameters, job.urn)
    check_cells(job)
    register_provisioner()
    _register_engine()
    seen: list[CellRunner] = []
    with _kernel_environment(job) as sockets:
        try:
            papermill.execute_notebook(
                _escape(job.notebook),
                None,
                parameters=dict(job.parameters),
                engine_name=ENGINE,
                kernel_name=KERNEL,
                progress_bar=False,
                log_output=False,
                request_save_on_cell_execute=False,
                autosave_cell_every=0,
                seen=seen,
                sockets=sockets,
                timeout_func=_share_time(job),
                shutdown_kernel="immediate",  # it is never used again, and has nothing of its own to put away
                config=_configure_manager(sockets),
                extra_arguments=list(TRIMMED),
            )
            used = _read_end(sockets)
            return Execution(seen[0].nb, used.get("seconds", 0.0), int(used.get("peak_bytes", 0)))
        except CellFault as fault:
            _keep(seen, executed)
            where = _name_cell(job, fault.index, seen[0].nb.cells)
            name, _, said = fault.what.partition(": ")
            if met := explain_fault_in_kernel(name, said, where):
                raise met from None
            if name == FaultyInput.__name__:  # says file, line and what to do: no notebook mends it
                raise FailedReport(job.urn, said) from None
            raise _refuse(job, fault.what, where, fault.remedy) from None
        except CellTimeoutError:
            _keep(seen, executed)
            raise _refuse(job, _explain_timeout(job), _name_running_cell(job, seen)) from None
        except (DeadKernelError, RuntimeError) as error:
            _keep(seen, executed)
            raise _refuse(job, explain_death(sockets) or str(error).strip(), _name_running_cell(job, seen)) from None


def explain_fault_in_kernel(name: str, said: str, where: str) -> OSError | MissingTool | None:
    """What a cell's exception says of the machine, which every other notebook would meet too; None for all else.

    ``name`` is the exception's class and ``said`` its text: nothing else of it leaves a kernel. ``where`` is the cell.
    """
    if name == "ModuleNotFoundError" and (found := re.search(r"No module named '(\w+)", said)):
        if found[1] == "pipeline":
            return None
        remedy = "Run `make setup`; a module of your own belongs beside the notebook, a package of your own in .venv."
        return MissingTool(f"the package {found[1]} is not installed, or not whole", where=where, remedy=remedy)
    number = re.match(r"\[Errno (\d+)\] ", said)
    return OSError(int(number[1]), said[number.end() :]) if number and int(number[1]) in NO_ROOM else None


def _refuse(job: ReportJob, what: str, where: str, remedy: str = "") -> FailedReport:
    opened = f"Open it with `{name_edit_command(job)}`."
    return FailedReport(job.urn, what, where=where, remedy=f"{remedy} {opened}" if remedy else opened)


def _name_cell(job: ReportJob, index: int, cells: Sequence[nbformat.NotebookNode]) -> str:
    """``report.ipynb, cell 5 (show())``, for a cell counted from 0; an officers' cell is not quoted."""
    cell = cells[index]
    said = "officer-only" if is_for_officers(cell) else _first_line(cell.source)
    return f"{job.notebook.name}, cell {number_cell(cells, index)} ({said})"


@cache
def _register_engine() -> None:
    """Let papermill run notebooks as it does, but let us keep hold of what was done where it stops half-way."""
    from papermill.engines import NBClientEngine, papermill_engines

    class KeepingEngine(NBClientEngine):
        @classmethod
        def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
            super().execute_notebook(nb, kernel_name, **options)
            return nbformat.v4.new_notebook()  # papermill would put it into text, even to write it nowhere

        @classmethod
        def execute_managed_notebook(
            cls, nb_man: Any, kernel_name: str, *, seen: list[Any], sockets: Path, **options: Any
        ) -> Any:
            options = {name: value for name, value in options.items() if name in CellRunner.class_trait_names()}
            options |= {"kernel_name": kernel_name, "log": logging.getLogger("papermill")}
            kernel = _take_direct_kernel(sockets)
            runner = DirectRunner(nb_man, kernel=kernel, **options) if kernel else CellRunner(nb_man, **options)
            seen.append(runner)
            return runner.execute()

    papermill_engines.register(ENGINE, KeepingEngine)
    logging.getLogger("papermill").addHandler(logging.NullHandler())  # what it says is said again, with the school


def _take_direct_kernel(sockets: Path) -> DirectKernelClient | None:
    """A direct kernel, where that is the kind to run cells in and it can be forked."""
    if find_kind() != DIRECT or not can_fork():
        return None
    try:
        return DirectKernelClient(sockets)
    except (NoForkServer, OSError):
        return None  # Jupyter is asked for one, which says why it starts cold


def _share_time(job: ReportJob) -> Callable[[Any], int]:
    """How many seconds a cell may take: its own limit, and what is left of the notebook's."""
    end = time.monotonic() + job.report_seconds
    return lambda cell: max(1, min(job.cell_seconds, int(end - time.monotonic())))


def _explain_timeout(job: ReportJob) -> str:
    return (
        f"it took longer than a cell may ({job.cell_seconds} seconds) or the whole notebook may "
        f"({job.report_seconds} seconds) and was stopped"
    )


def _keep(seen: Sequence[CellRunner], executed: Path) -> None:
    if seen:
        nbformat.write(seen[0].nb, executed)


def _name_running_cell(job: ReportJob, seen: Sequence[CellRunner]) -> str:
    """The last cell that was begun."""
    if not seen or not seen[0].has_begun:
        return job.notebook.name
    return _name_cell(job, seen[0].current, seen[0].nb.cells)


def explain_death(sockets: Path) -> str:
    """Why the kernel whose connection file lies in ``sockets`` ended by itself; empty where nobody saw it end."""
    ended = _read_end(sockets)
    if not ended:
        return ""
    status = int(ended["status"])
    said = next(sockets.glob(f"*.{SAID}"), None)
    words = said.read_text(encoding="utf-8", errors="replace").strip().splitlines() if said else []
    last = f": {words[0]}" if words else ""
    if status >= 0:
        return f"the kernel ended by itself with exit code {status}{last}"
    name = signal.Signals(-status).name if -status in set(signal.Signals) else str(-status)
    often = ", as the system does where memory runs out" if name == "SIGKILL" else ""
    return f"the kernel was stopped by {name}{often}{last}"


def _read_end(sockets: Path) -> dict[str, float]:
    """How the kernel whose connection file lies in ``sockets`` ended and what it used; empty where nobody saw it."""
    ended = next(sockets.glob(f"*.{ENDED}"), None)
    return json.loads(ended.read_text(encoding="utf-8")) if ended else {}


def _configure_manager(sockets: Path) -> Config:
    """A client that talks by sockets in the file system, which no other user can read; only on Windows by ports.

    The sockets' place is said here: left to itself, Jupyter may take one name in the working folder for every kernel,
    and two kernels would hear each other.
    """
    if os.name == "nt":
        return Config()
    place = {"ip": str(sockets / "kernel"), "connection_file": str(sockets / "connection.json")}
    return Config({"KernelManager": {"transport": "ipc", **place}})


def name_edit_command(job: ReportJob) -> str:
    """The command that opens the job's notebook with its parameters."""
    if job.urn is None:
        return f"jupyter lab {job.notebook.parent.name}/{job.notebook.name}"
    return f"make edit URN={job.urn} EDITION={job.edition}"


def check_parameters(notebook: Path, parameters: Mapping[str, Any], urn: int | None) -> None:
    """Refuse a notebook whose declared parameters are not those it will be given: papermill would only warn."""
    declared = _read_declared_parameters(notebook.read_text(encoding="utf-8"))
    unknown, lacking = sorted(set(parameters) - declared), sorted(declared - set(parameters))
    if not unknown and not lacking:
        return
    said = [f"does not declare {', '.join(unknown)}"] if unknown else []
    said += [f"declares {', '.join(lacking)}, which the run does not give"] if lacking else []
    raise FailedReport(
        urn,
        f"the cell tagged `parameters` {' and '.join(said)}",
        where=notebook.name,
        remedy=f"Let that cell assign exactly these names: {', '.join(sorted(parameters))}.",
    )


def check_cells(job: ReportJob) -> None:
    """Refuse a notebook with cells that cannot be carried as they are meant, all at once, before anything is run."""
    text = job.notebook.read_text(encoding="utf-8")
    if not (found := _find_unfit_cells(text)):
        return
    cells = nbformat.reads(text, as_version=4).cells
    (first, what, remedy), *others = found
    told = [what, *(f"{_name_cell(job, index, cells)}: {why}" for index, why, _ in others)]
    raise _refuse(job, "\n".join(told), _name_cell(job, first, cells), remedy)


@lru_cache(maxsize=4)  # a run's schools share a notebook
def _find_unfit_cells(text: str) -> tuple[tuple[int, str, str], ...]:
    """Each cell of a notebook, counted from 0, that cannot be carried, why, and what to do."""
    cells = nbformat.reads(text, as_version=4).cells
    shared = [
        (index, what, "Give it a name of its own, or take the tag off.") for index, what in find_shared_names(cells)
    ]
    kept = [
        (
            index,
            "it is tagged skip-execution and keeps an output, which was not made for this school",
            "Take the tag off, so that it runs, or clear its output; a picture may stand beside the notebook.",
        )
        for index, cell in enumerate(cells)
        if "skip-execution" in cell.metadata.get("tags", []) and cell.get("outputs")
    ]
    return (*shared, *kept)


@lru_cache(maxsize=4)  # a run's schools share a notebook
def _read_declared_parameters(text: str) -> frozenset[str]:
    import ast

    cells = nbformat.reads(text, as_version=4).cells
    tagged = [cell for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    names: set[str] = set()
    for cell in tagged:
        for statement in ast.parse(cell.source).body:
            targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(names)


def find_facts(notebook: nbformat.NotebookNode, urn: int | None) -> dict[str, Any]:
    """The facts the notebook published, once, about the right school.

    Raises FailedReport where it published none, several, or another school's, or did so for officers only.
    """
    publishing = [
        (cell, output["data"][FACTS])
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if FACTS in output.get("data", {})
    ]
    if any(is_for_officers(cell) for cell, _ in publishing):
        raise FailedReport(
            urn,
            "an officer-only cell published the facts, from which the school's copy and its message take their words",
            remedy="Call `publish_facts` in a cell that is not officer-only, the last one.",
        )
    found = [facts for _, facts in publishing]
    if len(found) != 1:
        raise FailedReport(
            urn,
            f"the notebook published its facts {len(found)} times",
            remedy="Keep exactly one cell that calls `publish_facts`, the last one.",
        )
    published = found[0].get("document", {}).get("urn")
    if published != urn:
        raise FailedReport(urn, f"the notebook published facts of URN {published}, not of URN {urn}")
    return found[0]


def strip_run_metadata(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Take the clock, chance, absolute paths and machine names out of an executed notebook and save it.

    The same edition must give the same bytes wherever and whenever it is run.
    """
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("widgets", None)
    settle_outputs(notebook)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "tags" in cell.metadata and not cell.metadata["tags"]:
            cell.metadata.pop("tags")
    for number, cell in enumerate(notebook.cells, start=1):
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = f"injected-{number}"
    nbformat.write(notebook, path)


@contextmanager
def _kernel_environment(job: ReportJob) -> Iterator[Path]:
    """Set what the kernel finds in its environment and give a folder for its sockets; put all back afterwards."""
    before, sockets = dict(os.environ), make_scratch()
    try:
        os.environ.update(
            describe_environment(
                SCHOOL_REPORTS_HOME=str(job.workspace),
                SCHOOL_REPORTS_NOTEBOOKS=str(job.notebook.parent.resolve()),
                JUPYTER_PATH=os.pathsep.join([str(SPECS), *filter(None, [os.environ.get("JUPYTER_PATH")])]),
                JUPYTER_PLATFORM_DIRS="1",
                JUPYTER_RUNTIME_DIR=str(sockets),
                **{NOTES: str(sockets)},
            )
        )
        yield sockets
    finally:
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(sockets, ignore_errors=True)


def _escape(path: Path) -> str:
    """papermill takes a path for a format string."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _first_line(source: str) -> str:
    lines = [line.strip() for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return lines[0][:80] if lines else "empty"
