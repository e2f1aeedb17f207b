"""Great Expectations' own Data Docs of an edition's checks, as pages that need nothing from the network.

The site builder, its renderers and its file names are Great Expectations'; the page templates are ours, because its
own fetch fonts, styles and scripts from seven hosts and print the time at which they were made.
"""

from __future__ import annotations

import html
import logging
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.foundation.writing import replace_folder
from pipeline.validation.checks import Check, Example, ValidationReport
from pipeline.validation.engine import open_context
from pipeline.validation.suites import read_suite

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuite, ExpectationSuiteValidationResult
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context import AbstractDataContext
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

_VIEWS = "pipeline.validation.views"


def write_data_docs(reports: Sequence[ValidationReport], folder: Path, *, title: str, on: date) -> Path:
    """Write Data Docs of ``reports`` into ``folder`` and give the path of their ``index.html``.

    ``title`` and ``on`` are the edition's title and date: they stand where Great Expectations would put a run's name
    and the time of day. The same reports give the same bytes. What ``folder`` held before is replaced whole.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as work:
        site = Path(work) / folder.name
        _build_site(reports, site, title, on)
        replace_folder(site, folder)
    return folder / "index.html"


def _build_site(reports: Sequence[ValidationReport], site: Path, title: str, on: date) -> None:
    context = open_context()
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.render.renderer.site_builder import SiteBuilder

    run = RunIdentifier(run_name="edition", run_time=datetime(on.year, on.month, on.day, tzinfo=UTC))
    for name in sorted({report.suite for report in reports}):
        context.suites.add(_compose_out_suite(name))
    for place, report in enumerate(reports, start=1):
        _store(context, report, run, f"{place:03d}")
    page = {"view": {"module_name": _VIEWS, "class_name": "OfflinePage"}}
    builder = SiteBuilder(
        data_context=context,
        store_backend={"class_name": "TupleFilesystemStoreBackend", "base_directory": str(site)},
        site_name=title,
        show_how_to_buttons=False,
        site_section_builders={"expectations": page, "validations": page, "profiling": "None"},
        site_index_builder={
            "class_name": "DefaultSiteIndexBuilder",
            "view": {"module_name": _VIEWS, "class_name": "OfflineIndexPage"},
        },
    )
    with _raise_what_is_logged(SiteBuilder.__module__):
        builder.build()
    shutil.rmtree(site / "static")  # fonts and pictures of the stock pages


class _Raising(logging.Handler):
    """Raises the exception that is being logged."""

    def emit(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            raise error


@contextmanager
def _raise_what_is_logged(name: str) -> Iterator[None]:
    """Great Expectations logs why it could not write a page, with a traceback, and goes on without the page."""
    logger, handler = logging.getLogger(name), _Raising(logging.ERROR)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _compose_out_suite(name: str) -> ExpectationSuite:
    """A suite with its reasons where Data Docs print them."""
    from great_expectations import ExpectationSuite

    content = read_suite(name)
    expectations = (
        _configure(e["type"], e["kwargs"], e["severity"], e["description"], (e["meta"]["reason"], e["meta"]["remedy"]))
        for e in content["expectations"]
    )
    return ExpectationSuite(name=name, expectations=list(expectations), notes=content["notes"])


def _configure(
    kind: str, kwargs: dict[str, Any], severity: str, statement: str, notes: Iterable[str]
) -> ExpectationConfiguration:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.metadata_types import FailureSeverity

    # Great Expectations takes a description for a template in which markup and $ have a meaning.
    words = html.escape(f"{severity.capitalize()}: {statement}").replace("$", "$$")
    return ExpectationConfiguration(
        type=kind,
        kwargs=kwargs,
        severity=FailureSeverity(severity),
        description=words,
        notes=[_compose_as_markdown(note) for note in notes],
    )


def _compose_as_markdown(words: str) -> str:
    """``words`` so that Great Expectations, which takes a note for Markdown, prints them as they are."""
    return re.sub(r"([\\`*_{}\[\]()#+.!<>&|~\-])", r"\\\1", words)


def _store(context: AbstractDataContext, report: ValidationReport, run: RunIdentifier, batch: str) -> None:
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    key = ValidationResultIdentifier(
        expectation_suite_identifier=ExpectationSuiteIdentifier(name=report.suite), run_id=run, batch_identifier=batch
    )
    context.validation_results_store.set(key, _rebuild(report, run))


def _rebuild(report: ValidationReport, run: RunIdentifier) -> ExpectationSuiteValidationResult:
    """Great Expectations' own form of a report, without the clock and the machine."""
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult

    entries = read_suite(report.suite)["expectations"]
    results = [
        ExpectationValidationResult(
            success=check.success,
            expectation_config=_configure(
                check.expectation, dict(entry["kwargs"]), check.severity, check.statement, (check.reason, check.remedy)
            ),
            result=_rebuild_result(check),
        )
        for entry, check in zip(entries, report.results, strict=True)
    ]
    held = sum(check.success for check in report.results)
    return ExpectationSuiteValidationResult(
        success=not report.critical,
        results=results,
        suite_name=report.suite,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": held,
            "unsuccessful_expectations": len(results) - held,
            "success_percent": 100 * held / len(results),
        },
        meta={
            "run_id": run,
            "batch_spec": {"data_asset_name": _name_page(report)},
            "great_expectations_version": version("great_expectations"),
        },
    )


def _name_page(report: ValidationReport) -> str:
    rows = "1 row" if report.rows == 1 else f"{report.rows:,} rows"
    warnings = "1 warning" if len(report.warnings) == 1 else f"{len(report.warnings)} warnings"
    return f"{report.name} ({rows}, {len(report.critical)} critical, {warnings})"


def _rebuild_result(check: Check) -> dict[str, Any]:
    if check.observed:
        return {"observed_value": html.escape(check.observed)}
    if not check.examples:
        return {}
    return {
        "element_count": check.checked_count,
        "unexpected_count": check.unexpected_count,
        "unexpected_percent": 100 * check.unexpected_count / max(check.checked_count, 1),
        "partial_unexpected_list": [html.escape(_show(example)) for example in check.examples],
    }


def _show(example: Example) -> str:
    line = None if example.line is None else f"line {example.line}"
    urn = None if example.urn is None else f"URN {example.urn}"
    place = ", ".join(part for part in (example.file, line, example.column, urn) if part)
    return f"{example.value} ({place})" if place else example.value
