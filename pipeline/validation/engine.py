"""The one door to Great Expectations: imported when first needed, told to be quiet, opened in memory only."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from great_expectations.data_context import AbstractDataContext


def load_great_expectations() -> ModuleType:
    """Import Great Expectations, which takes seconds, with its reporting of use switched off, and its thread.

    Even a progress bar that is not shown starts a thread that watches over it; a process with a thread of its own
    cannot be forked safely.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    with _without_looking_for_cycles():
        import great_expectations
    from tqdm import tqdm

    tqdm.monitor_interval = 0
    return great_expectations


@contextmanager
def _without_looking_for_cycles() -> Iterator[None]:
    """What an import makes stays: looking through it again and again for cycles is a third of the import's cost."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def open_context() -> AbstractDataContext:
    """A context that lives in memory, writes nothing and shows no progress."""
    context = load_great_expectations().get_context(mode="ephemeral")
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context
