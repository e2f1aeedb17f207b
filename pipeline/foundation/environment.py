"""Making the project's own environment, ``.venv``, from a hashed lock, with nothing but Python itself.

It runs under whatever Python the user has, so it keeps to what every Python 3 can read.

``python3 -m pipeline.foundation.environment run`` is what the Makefile calls first; ``test``, ``edit``, ``dask`` and
``send`` add what the tests, JupyterLab, a Dask cluster and sending by Notify or Microsoft 365 need. Nothing is done
where the environment already holds what the lock says. An environment that was left half made, or from which something
has gone since, is mended: what is not whole is installed again, and what cannot be mended is made anew.
"""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = PROJECT / ".venv"
LOCKS = {
    "run": "requirements.lock",
    "test": "requirements-test.lock",
    "edit": "requirements-edit.lock",
    "dask": "requirements-dask.lock",
    "send": "requirements-send.lock",
}
OLDEST = (3, 11)
_A_LINE_EACH = 20  # packages, in a log
_PIP = ["-m", "pip", "--disable-pip-version-check", "--no-input"]


def main(purpose: str) -> int:
    """Bring the environment to what ``purpose`` (run, test, edit, dask or send) needs; returns an exit code."""
    if sys.version_info < OLDEST:
        return _complain(
            "Python {}.{} is too old: 3.11 or newer is needed.".format(*sys.version_info[:2]),
            "Install a newer Python, then name it: make PYTHON=python3.12",
        )
    lock = PROJECT / LOCKS[purpose]
    done = ENVIRONMENT / (lock.name + ".done")
    key = _hash_files([lock])
    if _is_whole(done, key):
        return 0
    if not _bring_python():
        return 4
    for package in find_broken(_find_packages()):
        shutil.rmtree(str(_find_packages() / package))  # pip would take it for installed, or stop at it
    if not (_install_locked(lock) and _install_project()):
        return 4
    _note_whole(done, key, "*.dist-info")
    return 0


def _note_whole(done: Path, key: str, packages: str) -> None:
    done.write_text("\n".join([key, *sorted(path.name for path in _find_packages().glob(packages))]))


def _is_whole(done: Path, key: str) -> bool:
    """Whether the environment holds all the packages it held when ``done`` was noted for this very key."""
    if not done.is_file() or not os.access(str(_find_python()), os.X_OK):
        return False
    said = done.read_text().splitlines()
    if said[:1] != [key]:
        return False
    packages = _find_packages()
    return all((packages / name).is_dir() for name in said[1:]) and not find_broken(packages, said[1:])


def find_broken(packages: Path, names: Iterable[str] | None = None) -> list[str]:
    """The ``*.dist-info`` folders in ``packages`` (or those of ``names``) of which an installed file is not there.

    A package says in RECORD what it installed; one without RECORD was cut off while it was being installed.
    """
    broken = []
    for folder in sorted(packages.glob("*.dist-info")) if names is None else [packages / name for name in names]:
        try:
            with (folder / "RECORD").open(encoding="utf-8", newline="") as stream:
                files = [row[0] for row in csv.reader(stream) if row]
        except (OSError, UnicodeDecodeError, csv.Error):
            broken.append(folder.name)
            continue
        if not all((packages / file).exists() for file in files if not file.endswith(".pyc")):
            broken.append(folder.name)
    return broken


def _bring_python() -> bool:
    """See to it that the environment's Python and its pip work, making the environment anew where they do not."""
    if not ENVIRONMENT.exists():
        return _create()
    if not ENVIRONMENT.is_dir():
        _complain("A file stands where the environment .venv belongs.", "Move it away, then try again.")
        return False
    if _runs_pip():
        return True
    if any(ENVIRONMENT.iterdir()) and not (ENVIRONMENT / "pyvenv.cfg").is_file():
        _complain("The folder .venv is no environment that was made here.", "Remove it, then try again.")
        return False
    sys.stderr.write("The environment .venv does not work, and is made anew.\n")
    return _create(clear=True)


def _runs_pip() -> bool:
    try:
        return subprocess.run([str(_find_python()), *_PIP, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def _create(clear: bool = False) -> bool:
    try:
        venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt", clear=clear).create(ENVIRONMENT)
    except (subprocess.CalledProcessError, OSError) as error:
        _complain(
            "The environment .venv could not be made: {}".format(error),
            "On Debian and Ubuntu the package python3-venv is needed; remove .venv, then try again.",
        )
        return False
    return True


def _install_locked(lock: Path) -> bool:
    """Install exactly what the lock names, each file checked against its hash, and show how far it is."""
    total = sum("==" in line and not line.startswith((" ", "#")) for line in lock.read_text().splitlines())
    said, packages = [], 0
    command = [str(_find_python()), *_PIP, "install"]
    with subprocess.Popen(
        # A lock names all that is needed; what it leaves out (a package's own test script's parser) stays out.
        [*command, "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(lock)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=PROJECT,
    ) as pip:
        assert pip.stdout is not None  # it is piped
        for line in pip.stdout:
            said.append(line.rstrip())
            if line.startswith(("Collecting", "Processing", "Requirement already", "Ignoring")):
                packages += 1
                is_worth_a_line = packages % _A_LINE_EACH == 1 or packages == total
                _show("Setting up .venv from {}: {} of {} packages".format(lock.name, packages, total), is_worth_a_line)
            elif line.startswith("Installing collected"):
                _show("Setting up .venv: installing, about a minute", True)
    _show("")
    if pip.returncode:
        _complain("The packages could not be installed:", "\n".join(said[-15:]))
    return pip.returncode == 0


def _install_project() -> bool:
    """Let the environment find this project's package, and Jupyter its kernel, wherever it is started.

    Once for all purposes: what a second lock brings changes neither.
    """
    spec = PROJECT / "pipeline" / "run" / "kernels" / "specs" / "kernels" / "school-report"
    done = ENVIRONMENT / "project.done"
    key = _hash_files([PROJECT / "pyproject.toml", *sorted(path for path in spec.iterdir() if path.is_file())])
    kernel_is_there = (ENVIRONMENT / "share" / "jupyter" / "kernels" / spec.name / "kernel.json").is_file()
    if kernel_is_there and _is_whole(done, key):
        return True
    pip = [*_PIP, "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(PROJECT)]
    kernel = ["-m", "jupyter_client.kernelspecapp", "install", "--sys-prefix", "--log-level=ERROR", str(spec)]
    for command in (pip, kernel):
        ran = subprocess.run([str(_find_python()), *command], capture_output=True, text=True)
        if ran.returncode:
            _complain("The project could not be installed in .venv:", (ran.stdout + ran.stderr).strip()[-2000:])
            return False
    _note_whole(done, key, "school_standing-*.dist-info")
    return True


def _find_python() -> Path:
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _find_packages() -> Path:
    """The folder of the environment's packages; where there is none yet, a place that does not exist."""
    found = sorted(ENVIRONMENT.glob("Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages"))
    return found[-1] if found else ENVIRONMENT / "site-packages"


def _hash_files(paths: Iterable[Path]) -> str:
    content = b"".join(path.read_bytes() for path in paths)
    return hashlib.sha256(content + str(PROJECT).encode() + sys.version.encode()).hexdigest()


def _show(text: str, is_worth_a_line: bool = False) -> None:
    """Show how far it is: on a terminal in one line that changes, in a log in a few lines."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K" + text)
    elif is_worth_a_line:
        sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _complain(what: str, remedy: str) -> int:
    sys.stderr.write("Error: {}\n    {}\n".format(what, remedy))
    return 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
