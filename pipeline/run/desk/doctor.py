"""What is missing on this machine, and what would bring it."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline.foundation.errors import MissingTool
from pipeline.foundation.paths import Workspace, find_project

#: The modules of the packages that pyproject.toml names.
MODULES = (
    *("bs4", "email_validator", "filelock", "great_expectations", "ipykernel", "IPython", "jinja2", "jupyter_client"),
    *("markupsafe", "matplotlib", "nbclient", "nbconvert", "nbformat", "numpy", "packaging", "pandas", "papermill"),
    *(
        "dateutil",
        "latex2mathml",
        "lxml",
        "openpyxl",
        "pikepdf",
        "psutil",
        "pyarrow",
        "pydantic",
        "pypdfium2",
        "yaml",
        "requests",
        "rich",
        "scipy",
        "urllib3",
        "setuptools",
    ),
    *("traitlets", "typer", "typst"),
)


@dataclass(frozen=True)
class Diagnosis:
    """One thing looked at. ``needed`` is false for what only some users want."""

    what: str
    well: bool
    found: str
    remedy: str = ""
    needed: bool = True


def examine_machine(workspace: Workspace) -> tuple[Diagnosis, ...]:
    """Look at everything a run needs, then at what only some users want. Changes nothing."""
    return (
        _examine_python(),
        *_examine_packages(),
        _examine_imports(),
        _examine_kernel(),
        _examine_typst(),
        _examine_room(workspace),
        _examine_jupyterlab(),
        _examine_quarto(),
        _examine_published(),
    )


def _examine_python() -> Diagnosis:
    well = sys.version_info >= (3, 11)
    return Diagnosis("Python 3.11 or newer", well, platform.python_version(), "Install a newer Python.")


def _examine_packages() -> list[Diagnosis]:
    """Compare what is installed with the lock."""
    lock = find_project() / "requirements.lock"
    if not lock.is_file():
        return [Diagnosis("requirements.lock", False, "not there", "Take the project afresh: the lock belongs to it.")]
    from packaging.requirements import Requirement

    wrong = []
    for line in lock.read_text(encoding="utf-8").splitlines():
        if "==" not in line or line.startswith((" ", "#")):
            continue
        wanted = Requirement(line.rstrip("\\ "))
        if wanted.marker and not wanted.marker.evaluate():
            continue
        try:
            installed = version(wanted.name)
        except PackageNotFoundError:
            installed = "missing"
        if not wanted.specifier.contains(installed if installed != "missing" else "0", prereleases=True):
            wrong.append(f"{wanted.name} {installed}, locked {wanted.specifier}")
    found = "as locked" if not wrong else "; ".join(wrong[:8]) + (" …" if len(wrong) > 8 else "")
    remedy = "Run `make setup` to install what the lock names; other versions may give other bytes."
    return [Diagnosis("packages", not wrong, found, remedy)]


def _examine_imports() -> Diagnosis:
    """Import what the product imports: a package can be installed and not be whole, or lack a library of the system."""
    failed = []
    for module in MODULES:
        try:
            importlib.import_module(module)
        except Exception as error:  # whatever a package raises, it cannot be used
            failed.append(f"{module} ({type(error).__name__}: {error})")
    remedy = "Run `make setup`; with conda, `conda env update -f environment.yml`."
    return Diagnosis("each package can be imported", not failed, "; ".join(failed) or f"all {len(MODULES)}", remedy)


def _examine_kernel() -> Diagnosis:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec("school-report")
    except NoSuchKernel:
        remedy = "Runs do without; JupyterLab and papermill find it after `make setup`."
        return Diagnosis("Jupyter kernel school-report", False, "not installed", remedy, needed=False)
    return Diagnosis("Jupyter kernel school-report", True, spec.display_name)


def _examine_typst() -> Diagnosis:
    try:
        import typst

        return Diagnosis("typst", True, typst.__version__)  # type: ignore[attr-defined]  # its stub leaves it out
    except ImportError:
        return Diagnosis("typst", False, "not found", "Run `make setup`.")


def _examine_room(workspace: Workspace) -> Diagnosis:
    folder = workspace.reports if workspace.reports.is_dir() else workspace.root
    free = shutil.disk_usage(folder).free
    well = os.access(folder, os.W_OK) and free > 2**30
    found = f"{free / 2**30:.0f} GB free" if os.access(folder, os.W_OK) else "cannot be written"
    return Diagnosis("room for reports", well, found, "Free some space (1 GB), or set SCHOOL_REPORTS_HOME to a folder.")


def _examine_jupyterlab() -> Diagnosis:
    try:
        return Diagnosis("JupyterLab", True, version("jupyterlab"), needed=False)
    except PackageNotFoundError:
        return Diagnosis("JupyterLab", False, "not installed", "`make edit` installs it when first used.", needed=False)


def _examine_quarto() -> Diagnosis:
    from pipeline.render.quarto import find_quarto

    what = "Quarto 1.9 or newer"
    try:
        quarto = find_quarto()
    except MissingTool as fault:
        remedy = f"Only for those who want reports laid out by it. {fault.remedy}"
        return Diagnosis(what, False, fault.what, remedy, needed=False)
    return Diagnosis(what, True, f"{quarto.version} at {quarto.path}", needed=False)


def _examine_published() -> Diagnosis:
    named = os.environ.get("SCHOOL_DATA_DIR")
    folder = Path(named) if named else find_project().parent / "shared" / "dfe"
    remedy = "Only for the tests on real files: set SCHOOL_DATA_DIR to their folder."
    found = "there" if folder.is_dir() else "not there"
    return Diagnosis("real published files", folder.is_dir(), found, remedy, needed=False)
