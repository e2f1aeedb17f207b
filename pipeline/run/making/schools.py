"""Making one school's report: a transaction that ends with all of its files in place, or none.

The notebook runs in a kernel of its own, in a private folder; what it says is rendered and checked; then the folder
is renamed into place. The executed notebook is the report: HTML, PDF and facts come from it and nothing else.
Several may be rendered together, where an engine is slow to start; each is a transaction of its own all the same.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.foundation.errors import FailedReport, MissingTool, PipelineError
from pipeline.foundation.machine import explain_machine_fault
from pipeline.foundation.writing import SET_ASIDE, replace_folder
from pipeline.render.engine import Rendered, name_report
from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.run.rendering import keep_engine
from pipeline.run.stamps.made import Made, hash_file, write_made

if TYPE_CHECKING:
    from pipeline.run.making.notebooks import Execution

MAKING = ".making-"  # what a folder is called in which a report is being made
_READABLE = 0o755  # a temporary folder is its maker's alone; a report's is for whoever may read the others


def make_report(job: ReportJob) -> ReportOutcome:
    """Run, render and check one report, as ``make_reports`` does."""
    (outcome,) = make_reports([job])
    return outcome


def make_reports(jobs: Sequence[ReportJob]) -> list[ReportOutcome]:
    """Run, render and check reports, each in a folder of its own; a failure is its school's outcome, not an exception.

    One notebook is run after the other; those that ran are then rendered together, by the one engine that all ``jobs``
    name. The outcomes come in the order of the jobs.

    Nothing is put in place: only the run that holds the edition does that, with ``put_in_place``. So a worker that
    outlives its run cannot change a report. A bug in the pipeline itself is an outcome too, with its traceback: the
    other schools must not wait for its mending.
    """
    begun = [_execute(job) for job in jobs]
    ready = [one for one in begun if one.fault is None]
    began = time.monotonic()
    rendered = _render(ready)
    share = (time.monotonic() - began) / max(len(ready), 1)
    for one, found in zip(ready, rendered, strict=True):
        one.seconds += share
        _finish(one, found)
    return [_describe(one) for one in begun]


@dataclass
class _Making:
    """A report on its way: the folder it is made in, what was run and written, and the fault that ended it, if any."""

    job: ReportJob
    folder: Path = Path()
    execution: Execution | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    fault: Exception | None = None
    seconds: float = 0.0

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Count what it takes, and keep what goes wrong as this report's own fault."""
        began = time.monotonic()
        try:
            yield
        except Exception as fault:
            self.fault = fault
        finally:
            self.seconds += time.monotonic() - began


def _execute(job: ReportJob) -> _Making:
    """Run the job's notebook in a new private folder, or bring the executed one that still holds."""
    making = _Making(job)
    with making.trying():
        import nbformat

        job.into.parent.mkdir(parents=True, exist_ok=True)
        making.folder = Path(tempfile.mkdtemp(prefix=f"{MAKING}{job.into.name}-", dir=job.into.parent))
        executed = making.folder / "notebook.ipynb"

        from pipeline.run.making.notebooks import Execution, execute_notebook, find_facts, strip_run_metadata
        from pipeline.run.making.pictures import take_in_pictures

        if job.render_only:
            shutil.copyfile(job.into / executed.name, executed)
            making.execution = Execution(nbformat.read(executed, as_version=4))
        else:
            making.execution = execute_notebook(job, executed)
            take_in_pictures(making.execution.notebook, job.notebook.parent)
            strip_run_metadata(making.execution.notebook, executed)
        making.facts = find_facts(making.execution.notebook, job.urn)
    return making


def _render(ready: Sequence[_Making]) -> list[Rendered | Exception]:
    """Render what was run; what an engine stops at is the fault of one, so the others are then given to it alone."""
    if not ready:
        return []
    notebooks = [one.execution.notebook for one in ready if one.execution]
    try:
        return list(keep_engine(ready[0].job.engine).render(notebooks))
    except Exception as fault:
        return [fault] if len(ready) == 1 else [found for one in ready for found in _render([one])]


def _finish(one: _Making, rendered: Rendered | Exception) -> None:
    """Check what was rendered and write the report's files, its own account last."""
    with one.trying():
        from pipeline.report.facts import compose_facts

        if isinstance(rendered, Exception):
            raise rendered
        for language, told in {"": rendered, **rendered.told}.items():
            _refuse_faults(one.job, told.html, told.pdf, one.facts.get("exhibits", ()))
            page, pdf = name_report(language)
            (one.folder / page).write_text(told.html, encoding="utf-8", newline="\n")
            (one.folder / pdf).write_bytes(told.pdf)
        for name, content in rendered.besides.items():
            (one.folder / name).write_bytes(content)
        (one.folder / "facts.json").write_text(compose_facts(one.facts), encoding="utf-8", newline="\n")
        one.files = {path.name: hash_file(path) for path in sorted(one.folder.iterdir())}
        write_made(one.folder, Made(one.job.key, one.files))


def _describe(one: _Making) -> ReportOutcome:
    used = one.execution
    outcome = ReportOutcome(
        one.job.urn,
        one.job.name,
        staged=str(one.folder) if one.folder.name else "",
        seconds=one.seconds,
        kernel_seconds=used.kernel_seconds if used else 0.0,
        kernel_bytes=used.kernel_bytes if used else 0,
    )
    if one.fault is None:
        return replace(outcome, files=one.files)
    if isinstance(one.fault, MissingTool):
        return replace(outcome, problem=str(one.fault), halt=one.fault)
    if isinstance(one.fault, PipelineError):
        return replace(outcome, problem=str(one.fault))
    if fault := explain_machine_fault(one.fault, one.job.workspace):
        return replace(outcome, problem=str(fault), halt=fault)
    said = f"a fault in the pipeline itself: {type(one.fault).__name__}: {one.fault}"
    return replace(outcome, problem=said, bug="".join(traceback.format_exception(one.fault)))


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


def _refuse_faults(job: ReportJob, html: str, pdf: bytes, exhibits: Sequence[str]) -> None:
    from pipeline.render.checks import check_html, check_pdf
    from pipeline.render.pdf import read_metadata, read_page

    faults = [*check_html(html), *check_pdf(pdf, urn=job.urn)]
    named = read_metadata(read_page(html)).urn
    if named != job.urn:
        faults.append(f"the page says that it is about URN {named}, not URN {job.urn}")
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
