"""Making one school's report: a transaction that ends with all of its files in place, or none.

The notebook runs in a kernel of its own, in a private folder; what it says is rendered and checked; then the folder
is renamed into place. The executed notebook is the report: HTML, PDF and facts come from it and nothing else.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import FailedReport, PipelineError
from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.made import Made, write_made
from pipeline.writing import SET_ASIDE, replace_folder

if TYPE_CHECKING:
    from pipeline.run.notebooks import Execution

MAKING = ".making-"  # what a folder is called in which a report is being made
_READABLE = 0o755  # a temporary folder is its maker's alone; a report's is for whoever may read the others


def make_report(job: ReportJob) -> ReportOutcome:
    """Run, render and check one report in a folder of its own; a failure is an outcome, not an exception.

    Nothing is put in place: only the run that holds the edition does that, with ``put_in_place``. So a worker that
    outlives its run cannot change a report. A bug in the pipeline itself is an outcome too, with its traceback: the
    other schools must not wait for its mending.
    """
    job.into.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f"{MAKING}{job.into.name}-", dir=job.into.parent))
    began = time.monotonic()
    try:
        execution = _fill(job, making)
        files = {path.name: hash_file(path) for path in sorted(making.iterdir())}
        write_made(making, Made(job.key, files))
        return ReportOutcome(
            job.urn,
            job.name,
            files=files,
            seconds=time.monotonic() - began,
            kernel_seconds=execution.kernel_seconds,
            kernel_bytes=execution.kernel_bytes,
            staged=str(making),
        )
    except PipelineError as error:
        return ReportOutcome(job.urn, job.name, str(error), staged=str(making))
    except Exception as error:
        said = f"a fault in the pipeline itself: {type(error).__name__}: {error}"
        return ReportOutcome(job.urn, job.name, said, traceback.format_exc(), staged=str(making))


def put_in_place(job: ReportJob, outcome: ReportOutcome) -> ReportOutcome:
    """Rename a finished report to where it belongs, and keep a failed one's notebook for the analyst.

    Gives the outcome as it is then. A report whose files are not those its maker named is a failure.
    """
    if not outcome.staged:
        return outcome
    staged = Path(outcome.staged)
    try:
        if outcome.problem:
            return replace(outcome, staged="", kept=_keep_failed(job, staged))
        changed = [name for name, digest in outcome.files.items() if not _is_file_of(staged / name, digest)]
        if changed:
            said = f"{', '.join(changed)} changed between being made and being put in place; run again"
            return ReportOutcome(job.urn, job.name, said)
        staged.chmod(_READABLE)
        replace_folder(staged, job.into)
        return replace(outcome, staged="")
    finally:
        _clear(staged)


def _is_file_of(path: Path, digest: str) -> bool:
    return path.is_file() and hash_file(path) == digest


def hash_file(path: Path) -> str:
    """The file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _fill(job: ReportJob, making: Path) -> Execution:
    import nbformat

    from pipeline.render.html import render_html
    from pipeline.render.pdf import render_pdf
    from pipeline.report.facts import write_facts
    from pipeline.run.notebooks import Execution, execute_notebook, find_facts, strip_run_metadata

    executed = making / "notebook.ipynb"
    if job.render_only:
        shutil.copyfile(job.into / executed.name, executed)
        execution = Execution(nbformat.read(executed, as_version=4))
    else:
        execution = execute_notebook(job, executed)
        strip_run_metadata(execution.notebook, executed)
    notebook = execution.notebook
    facts = find_facts(notebook, job.urn)
    html = render_html(notebook)
    pdf = render_pdf(html)
    _refuse_faults(job, html, pdf, facts["exhibits"])
    (making / "report.html").write_text(html, encoding="utf-8", newline="\n")
    (making / "report.pdf").write_bytes(pdf)
    (making / "facts.json").write_text(write_facts(facts), encoding="utf-8", newline="\n")
    return execution


def _refuse_faults(job: ReportJob, html: str, pdf: bytes, exhibits: Sequence[str]) -> None:
    from pipeline.render.checks import check_html, check_pdf

    faults = [*check_html(html), *check_pdf(pdf, urn=job.urn)]
    faults += [f"the exhibit {name} is missing" for name in exhibits if f'id="{name}"' not in html]
    if faults:
        raise FailedReport(
            job.urn,
            f"the rendered report fails {len(faults)} check(s): " + "; ".join(faults[:5]),
            where=job.notebook.name,
            remedy="Mend the notebook's cell that makes this part; docs/rendering.md lists what is checked.",
        )


def recover_interrupted(folder: Path) -> None:
    """Undo what an interrupted run left among the reports in ``folder``: half-made ones go, set-aside ones return."""
    for old in sorted(folder.glob(f"{SET_ASIDE}*")):
        place = folder / old.name.removeprefix(SET_ASIDE)
        if place.exists():
            _clear(old)
        else:
            old.rename(place)
    for making in sorted(folder.glob(f"{MAKING}*")):
        _clear(making)


def _keep_failed(job: ReportJob, making: Path) -> str:
    """Leave the failed notebook where the analyst can open it, apart from the reports."""
    executed = making / "notebook.ipynb"
    if not executed.is_file():
        return ""
    failed = job.workspace / "reports" / job.edition / "failed" / f"{job.into.name}.ipynb"
    failed.parent.mkdir(parents=True, exist_ok=True)
    executed.replace(failed)
    return failed.relative_to(job.workspace).as_posix()


def _clear(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
