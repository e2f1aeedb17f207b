"""What a process preloads before it serves: everything a report needs, imported and used once on a school of a run."""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import os
import stat
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.foundation.paths import find_project
from pipeline.run.kernels.showing import INLINE

#: Else imported when first used: IPython's parts by their names in settings, the debugger by the first message.
_LATE = (
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.debugger_backport",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "IPython.utils.wildcard",
    "debugpy.server",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "jupyter_client.ioloop",
    "pdb",
    "pipeline.analysis.school",
    "pipeline.report.school.notebook",
    "pipeline.run.kernels.application",
    "pipeline.run.kernels.direct",
    "pipeline.run.kernels.showing",
    "tornado.platform.asyncio",
    "zmq.utils.garbage",
)
#: What workers make pages with, and what an analyst's own cells may draw with.
_OF_PAGES = ("matplotlib_inline.backend_inline", "nbconvert", "papermill", "pipeline.run.making.notebooks")

#: With these set before Python starts, what a report uses starts no thread: a process may fork only while it has one.
QUIET = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "GX_ANALYTICS_ENABLED": "False",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PYTHONHASHSEED": "0",
}


def describe_environment(**own: str) -> dict[str, str]:
    """The environment for a Python process of ours: this one's, quiet, able to import the package, and ``own``."""
    path = [str(find_project()), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, **QUIET, "PYTHONPATH": os.pathsep.join(dict.fromkeys(path)), **own}


@dataclass(frozen=True)
class Rehearsal:
    """The notebook that is gone through once in preloading, and the parameters of the school it is gone through for."""

    notebook: Path
    parameters: Mapping[str, Any]
    home: Path

    def describe(self) -> dict[str, Any]:
        """The same as plain values."""
        return {**asdict(self), "notebook": str(self.notebook), "home": str(self.home)}

    @classmethod
    def read(cls, described: Mapping[str, Any]) -> Rehearsal:
        """Undo ``describe``."""
        return cls(Path(described["notebook"]), described["parameters"], Path(described["home"]))


#: A report makes many small things that last to its end: to look among them for cycles every 700, as Python does, is a
#: tenth of its cost. Forked processes inherit this; a notebook that leaves large cycles behind is still tidied.
_RARELY = (50_000, 20, 50)


def preload(find_rehearsal: Callable[[], Rehearsal | None], *, pages: bool = True) -> None:
    """Import all that a kernel or a worker may need; then ask for a rehearsal and, where there is one, make its page.

    Without ``pages`` kernels alone are forked, and one that draws with matplotlib imports it. Nothing is kept but what
    libraries remember of themselves. What is set stays set: this process only forks.
    """
    gc.disable()  # what an import makes stays, and looking among it for cycles is a seventh of the cost
    _import_all((*_LATE, *_OF_PAGES) if pages else _LATE)
    from pipeline.run.kernels.direct import prepare_direct_kernel
    from pipeline.validation.engine import load_great_expectations

    load_great_expectations()
    if pages:
        from matplotlib.backends import backend_registry

        backend_registry.is_valid_backend(INLINE)  # asks every installed package whether it brings one
    gc.freeze()  # to look for cycles among what was imported takes a tenth of the time, and finds next to none
    if (rehearsal := find_rehearsal()) is not None:
        from pipeline.render.html import render_html
        from pipeline.run.kernels.rehearsal import rehearse_notebook

        os.environ["SCHOOL_REPORTS_HOME"] = str(rehearsal.home)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            render_html(rehearse_notebook(rehearsal.notebook, rehearsal.parameters))
    prepare_direct_kernel()
    gc.collect()
    gc.freeze()  # forked processes share these pages as long as nobody counts in them
    gc.enable()
    gc.set_threshold(*_RARELY)


def _import_all(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(ImportError):  # optional ones, and other versions' names
            importlib.import_module(name)


def list_threads() -> tuple[str, ...]:
    """The names of this process's threads besides the one that asks, as Python and the system know them."""
    named = [thread.name for thread in threading.enumerate() if thread is not threading.current_thread()]
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        return tuple(named)
    others = [task for task in tasks.iterdir() if int(task.name) != threading.get_native_id()]
    return tuple(sorted((task / "comm").read_text(encoding="utf-8").strip() for task in others)) + tuple(named)


def list_shared_files() -> tuple[str, ...]:
    """The files that a process forked from this one would hold open together with it, as a forked one sees it.

    Two processes that share an open file share the place at which they read, and would read each other's parts of it.
    matplotlib closes its fonts in a forked process; whatever does not must not be forked.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writing, "\n".join(_list_open_files()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        found = said.read().decode()
    os.waitpid(pid, 0)
    return tuple(found.splitlines())


def _list_open_files() -> list[str]:
    """Regular files open in this process, its standard streams apart."""
    found = set()
    for held in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if int(held.name) > 2 and stat.S_ISREG(held.stat().st_mode):
                found.add(str(held.readlink()))
    return sorted(found)
