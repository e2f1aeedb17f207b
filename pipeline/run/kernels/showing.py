"""What a report's kernel does besides what another does, so that nothing a cell shows is lost or changes hands.

An IPython extension, named in the kernelspec and so loaded into each kernel, wherever it comes from, JupyterLab's too:

- pyplot draws as in JupyterLab, as SVG; a picture brings the description it was given, and an Altair chart comes as its
  specification, to be drawn when the page is made;
- what drawing calls answer (``<BarContainer object of 3 artists>``) is not shown, for the picture is;
- what a thread prints or shows belongs to the cell that started it, or that gave it the work, and says so;
- threads and tasks of a cell that have not ended can be listed;
- modules and files beside the notebook are found, as in JupyterLab.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

INLINE = "module://matplotlib_inline.backend_inline"
BESIDE = "SCHOOL_REPORTS_NOTEBOOKS"  # in a kernel's environment: the folder of the notebook that it runs
SALT = "school-report"  # the ids in a drawing must not be chance's
_LOOKED_INTO = 1000  # entries of an answer; an answer of more is no drawing call's


def load_ipython_extension(shell: Any) -> None:
    """Make ``shell`` a report's; a kernel is made one once."""
    _stand_beside_the_notebook()
    _draw_as_jupyterlab_does(shell)
    _format_for_pages(shell)
    _Origins(shell).follow()
    shell.is_of_report = True


def _stand_beside_the_notebook() -> None:
    """JupyterLab starts a kernel in its notebook's folder; a run says which that is."""
    folder = os.environ.get(BESIDE)
    if folder and os.path.isdir(folder):  # noqa: PTH112  # nothing is imported here that a kernel need not have
        os.chdir(folder)
        sys.path.insert(0, folder)


# Pictures


def _draw_as_jupyterlab_does(shell: Any) -> None:
    """Have pyplot's pictures shown; matplotlib may have been imported long before there was this kernel, or never."""
    os.environ["MPLBACKEND"] = INLINE
    shell.config.InlineBackend.figure_formats = {"svg"}
    shell.display_formatter.formatters["image/svg+xml"].for_type_by_name(
        "matplotlib.figure", "Figure", _draw_svg
    )  # before, or without, pyplot
    if "matplotlib" not in sys.modules:
        return
    import matplotlib
    from matplotlib_inline.backend_inline import configure_inline_support

    matplotlib.use(INLINE)
    matplotlib.interactive(True)
    matplotlib.rcParams["svg.hashsalt"] = SALT
    configure_inline_support(shell, INLINE)


def _draw_svg(figure: Any) -> str | None:
    from IPython.core.pylabtools import print_figure

    return print_figure(figure, fmt="svg")


def _format_for_pages(shell: Any) -> None:
    """Give pictures their description, charts as what they are, and answers of drawing calls not at all."""
    formatter, hook = shell.display_formatter, shell.displayhook
    usual, usual_of_last_line = formatter.format, hook.compute_format_data

    def format(shown: Any, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle, metadata = usual(shown, include, exclude)
        if _is_kind(shown, "altair", "TopLevelMixin"):
            bundle |= describe_chart(shown)
        if _is_kind(shown, "matplotlib", "Figure") and (alt := str(shown.get_label() or "").strip()):
            for kind in [kind for kind in bundle if kind.startswith("image/")]:
                metadata.setdefault(kind, {}).setdefault("alt", alt)
        return bundle, metadata

    def format_last_line(shown: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return ({}, {}) if is_answer_of_drawing(shown) else usual_of_last_line(shown)

    formatter.format, hook.compute_format_data = format, format_last_line


def _is_kind(shown: Any, package: str, name: str) -> bool:
    """Whether ``shown`` is of the class ``name`` of ``package``, without importing it."""
    return any(one.__name__ == name and one.__module__.split(".")[0] == package for one in type(shown).__mro__)


def is_answer_of_drawing(shown: Any) -> bool:
    """Whether ``shown`` is what a drawing call answers: artists, their containers, axes, or a collection of these.

    A figure counts where pyplot shows it anyhow when the cell ends.
    """
    if _is_kind(shown, "matplotlib", "Figure"):
        return _is_open(shown)
    if _is_kind(shown, "matplotlib", "Artist") or _is_kind(shown, "matplotlib", "Container"):
        return True
    if isinstance(shown, dict):
        return _all_answer(list(shown.values()))
    if isinstance(shown, list | tuple):
        return _all_answer(list(shown))
    if _is_kind(shown, "numpy", "ndarray"):
        return shown.dtype == object and _all_answer(list(shown.flat))
    return _is_kind(getattr(shown, "figure", None), "matplotlib", "Figure")  # seaborn's grids


def _all_answer(held: list[Any]) -> bool:
    """Whether some of ``held`` are drawn, and the rest numbers that say where (``plt.hist``)."""
    if len(held) > _LOOKED_INTO:
        return False
    drawn = [one for one in held if not (_is_kind(one, "numpy", "ndarray") and one.dtype != object)]
    return bool(drawn) and all(one == [] or is_answer_of_drawing(one) for one in drawn)


def _is_open(figure: Any) -> bool:
    """Whether the figure stands among pyplot's, which are shown when their cell ends."""
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    open_ones = helpers.Gcf.get_all_fig_managers() if helpers else []
    return any(manager.canvas.figure is figure for manager in open_ones)


def describe_chart(chart: Any) -> dict[str, Any]:
    """An Altair chart as MIME type → content: its Vega-Lite specification, which no page draws by a script."""
    specification = chart.to_dict()
    major = specification["$schema"].rpartition("/v")[2].partition(".")[0]
    return {f"application/vnd.vegalite.v{major}+json": specification, "text/plain": "An Altair chart"}


# Whose an output is


class _Origins:
    """Whose cell a thread works for. ipykernel would give what it prints to whichever cell runs at that moment."""

    def __init__(self, shell: Any) -> None:
        self._shell, self._publisher = shell, shell.display_pub  # %%capture puts another in its place
        self._speakers = [sys.stdout, sys.stderr, self._publisher, shell.displayhook]

    def follow(self) -> None:
        """Have every thread that starts from now on, and every piece of work given to a pool, know its cell."""
        start, submit = threading.Thread.start, ThreadPoolExecutor.submit

        def start_for_cell(thread: threading.Thread) -> None:
            thread.run = self._under(self._header, thread.run)  # type: ignore[method-assign]
            if (file := sys._getframe(1).f_code.co_filename) in _CELLS:
                _STARTED.append((thread, file))
            start(thread)

        def submit_for_cell(pool: ThreadPoolExecutor, work: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
            return submit(pool, self._under(self._header, work), *args, **named)

        threading.Thread.start = start_for_cell  # type: ignore[assignment,method-assign]
        ThreadPoolExecutor.submit = submit_for_cell  # type: ignore[assignment,method-assign]
        self._shell.events.register("pre_run_cell", self._know_cell)

    @property
    def _header(self) -> dict[str, Any]:
        """The header of the message that runs the cell for which the present thread or task works."""
        return self._publisher.parent_header

    def _know_cell(self, info: Any) -> None:
        _CELLS[self._shell.compile.get_code_name(info.raw_cell, info.raw_cell, 0)] = self._header.get("msg_id", "")

    def _under(self, header: dict[str, Any], work: Callable[..., Any]) -> Callable[..., Any]:
        def work_for_cell(*args: Any, **named: Any) -> Any:
            for speaker in self._speakers:
                if hasattr(speaker, "set_thread_parent"):
                    speaker.set_thread_parent({"header": header})
            return work(*args, **named)

        return work_for_cell


_CELLS: dict[str, str] = {}  # what Python calls a cell's file, and the id of the message that ran the cell
_STARTED: list[tuple[threading.Thread, str]] = []  # by a cell's own code, and that cell's file


def list_unfinished() -> list[str]:
    """The ids of the messages that ran the cells of which a thread or a task has not ended.

    Raises RuntimeError where the kernel was not made a report's: then it did none of what this module does.
    """
    from IPython.core.getipython import get_ipython

    if not getattr(get_ipython(), "is_of_report", False):
        raise RuntimeError("pipeline.run.kernels.showing could not be loaded")
    files = {file for thread, file in _STARTED if thread.is_alive()}
    coroutines = [task.get_coro() for task in asyncio.all_tasks()]
    files |= {code.co_filename for one in coroutines if (code := getattr(one, "cr_code", None)) is not None}
    return sorted({_CELLS[file] for file in files if file in _CELLS})
