"""Making one school's report: a transaction that ends with all of its files in place, or none.

The notebook runs in a kernel of its own, in a private folder; what it says is rendered and checked; then the folder
is renamed into place. The executed notebook is the report: HTML, PDF and facts come from it and nothing else.
"""

from __future__ import annotations

import hashlib
import shutil
import traceback
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import FailedReport, PipelineError
from pipeline.run.jobs import ReportJob, ReportOutcome
from pipeline.writing import SET_ASIDE, replace_folder


def make_report(job: ReportJob) -> ReportOutcome:
    """Run, render, check and put in place one report; a failure is an outcome, not an exception.

    A bug in the pipeline itself is an outcome too, with its traceback: the other schools must not wait for its mending.
    """
    making = job.into.with_name(f".making-{job.into.name}")
    _clear(making)
    making.mkdir(parents=True)
    try:
        _fill(job, making)
        files = {path.name: hash_file(path) for path in sorted(making.iterdir())}
        replace_folder(making, job.into)
        return ReportOutcome(job.urn, job.name, files=files)
    except PipelineError as error:
        return ReportOutcome(job.urn, job.name, str(error), kept=_keep_failed(job, making))
    except Exception as error:
        said = f"a fault in the pipeline itself: {type(error).__name__}: {error}"
        return ReportOutcome(job.urn, job.name, said, traceback.format_exc(), _keep_failed(job, making))
    finally:
        _clear(making)


def hash_file(path: Path) -> str:
    """The file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _fill(job: ReportJob, making: Path) -> None:
    from pipeline.render.html import render_html
    from pipeline.render.pdf import render_pdf
    from pipeline.report.facts import write_facts
    from pipeline.run.notebooks import execute_notebook, find_facts, strip_run_metadata

    executed = making / "notebook.ipynb"
    notebook = execute_notebook(job, executed)
    facts = find_facts(notebook, job.urn)
    strip_run_metadata(notebook, executed)
    html = render_html(notebook)
    pdf = render_pdf(html)
    _refuse_faults(job, html, pdf, facts["exhibits"])
    (making / "report.html").write_text(html, encoding="utf-8", newline="\n")
    (making / "report.pdf").write_bytes(pdf)
    (making / "facts.json").write_text(write_facts(facts), encoding="utf-8", newline="\n")


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
    for making in sorted(folder.glob(".making-*")):
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


def _clear(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
