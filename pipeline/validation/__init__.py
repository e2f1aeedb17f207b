"""Checks of what was read, by suites of expectations that an analyst can edit.

The only importer of Great Expectations, and only when a check is run: importing this package is quick.
"""

from pipeline.validation.catalogue import describe_suites
from pipeline.validation.checks import Check, Example, ValidationReport, check_frame, find_suite
from pipeline.validation.data_docs import write_data_docs
from pipeline.validation.slices import describe_slice
from pipeline.validation.suites import list_suites

__all__ = [
    "Check",
    "Example",
    "ValidationReport",
    "check_frame",
    "describe_slice",
    "describe_suites",
    "find_suite",
    "list_suites",
    "write_data_docs",
]
