"""Executing a notebook through papermill, and reading back what it published."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from traitlets.config import Config

from pipeline.errors import FailedReport
from pipeline.paths import find_project
from pipeline.run.jobs import FACTS, ReportJob

KERNEL = "python3"


def execute_notebook(job: ReportJob, executed: Path) -> nbformat.NotebookNode:
    """Execute the job's notebook with its parameters into ``executed`` and return it.

    Raises FailedReport naming the cell and the cause where a cell raises, runs out of time or its kernel dies, and
    where the notebook does not declare the parameters it is given.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    check_parameters(job.notebook, job.parameters, job.urn)
    try:
        with _kernel_environment(job) as sockets:
            return papermill.execute_notebook(
                _escape(job.notebook),
                _escape(executed),
                parameters=dict(job.parameters),
                kernel_name=KERNEL,
                progress_bar=False,
                log_output=False,
                request_save_on_cell_execute=False,
                execution_timeout=job.cell_seconds,
                config=_choose_transport(sockets),
                extra_arguments=["--Application.log_level=CRITICAL"],  # what goes wrong in a cell reaches us as outputs
            )
    except papermill.PapermillExecutionError as error:
        raise FailedReport(
            job.urn,
            f"{error.ename}: {error.evalue}",
            where=f"{job.notebook.name}, cell {error.cell_index + 1} ({_first_line(error.source)})",
            remedy=f"Open it with `{name_edit_command(job)}`.",
        ) from None
    except (CellTimeoutError, DeadKernelError, RuntimeError) as error:
        raise FailedReport(
            job.urn,
            str(error).strip().splitlines()[0],
            where=job.notebook.name,
            remedy=f"Open it with `{name_edit_command(job)}` to see which cell stops.",
        ) from None


def _choose_transport(sockets: Path) -> Config:
    """Talk to the kernel by sockets in the file system, which no other user can read; by ports only on Windows.

    The sockets' place is said here: left to itself, Jupyter may take one name in the working folder for every kernel,
    and two kernels would hear each other.
    """
    if os.name == "nt":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(sockets / "kernel")}})


def name_edit_command(job: ReportJob) -> str:
    """The command that opens the job's notebook with its parameters."""
    if job.urn is None:
        return f"jupyter lab {job.notebook.parent.name}/{job.notebook.name}"
    return f"make edit URN={job.urn} EDITION={job.edition}"


def check_parameters(notebook: Path, parameters: Mapping[str, Any], urn: int | None) -> None:
    """Refuse a notebook whose declared parameters are not those it will be given: papermill would only warn."""
    declared = _read_declared_parameters(notebook)
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


def _read_declared_parameters(notebook: Path) -> set[str]:
    import ast

    cells = nbformat.read(notebook, as_version=4).cells
    tagged = [cell for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    names: set[str] = set()
    for cell in tagged:
        for statement in ast.parse(cell.source).body:
            targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def find_facts(notebook: nbformat.NotebookNode, urn: int | None) -> dict[str, Any]:
    """The facts the notebook published, once, about the right school.

    Raises FailedReport where it published none, several, or another school's.
    """
    found = [
        output["data"][FACTS]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if FACTS in output.get("data", {})
    ]
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
    """Take the clock, absolute paths and machine names out of an executed notebook and save it.

    The same edition must give the same bytes wherever and whenever it is run.
    """
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("widgets", None)
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
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="kernel-") as sockets:  # short: the system limits a socket's path
        os.environ.update(
            {
                "SCHOOL_REPORTS_HOME": str(job.workspace),
                "PYTHONPATH": os.pathsep.join(dict.fromkeys([str(find_project()), *_listed("PYTHONPATH")])),
                "GX_ANALYTICS_ENABLED": "False",
                "PYTHONHASHSEED": "0",
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
                "PYDEVD_DISABLE_FILE_VALIDATION": "1",
                "JUPYTER_PLATFORM_DIRS": "1",
                "JUPYTER_RUNTIME_DIR": sockets,
            }
        )
        try:
            yield Path(sockets)
        finally:
            os.environ.clear()
            os.environ.update(before)


def _escape(path: Path) -> str:
    """papermill takes a path for a format string."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _listed(variable: str) -> list[str]:
    return [part for part in os.environ.get(variable, "").split(os.pathsep) if part]


def _first_line(source: str) -> str:
    lines = [line.strip() for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return lines[0][:80] if lines else "empty"
