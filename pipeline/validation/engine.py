"""The one door to Great Expectations: imported when first needed, told to be quiet, opened in memory only."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from great_expectations.data_context import AbstractDataContext

#: What Great Expectations imports, at a third of its own import's cost, for what no suite asks: charts, distributions.
_SELDOM_USED = ("altair", "scipy.stats")


def load_great_expectations() -> ModuleType:
    """Import Great Expectations, which takes seconds, with its reporting of use switched off, and its thread.

    Even a progress bar that is not shown starts a thread that watches over it; a process with a thread of its own
    cannot be forked safely.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    with _without_looking_for_cycles(), _without(_SELDOM_USED):
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


@contextmanager
def _without(names: Sequence[str]) -> Iterator[None]:
    """Who imports one of these modules meanwhile is given one that imports it at its first use."""
    later = {name: _Later(name) for name in names if name not in sys.modules}
    sys.modules.update(later)
    try:
        yield
    finally:
        for name in later:  # whoever imports it from now on is given the module itself
            del sys.modules[name]


class _Later(ModuleType):
    """A module that is imported when something of it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


def open_context() -> AbstractDataContext:
    """A context that lives in memory, writes nothing and shows no progress."""
    context = load_great_expectations().get_context(mode="ephemeral")
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context
