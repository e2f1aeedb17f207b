"""Making the project's own environment, ``.venv``, from a hashed lock, with nothing but Python itself.

It runs under whatever Python the user has, so it keeps to what every Python 3 can read.

``python3 -m pipeline.environment run`` is what the Makefile calls first; ``test``, ``edit``, ``dask`` and ``send`` add
what the tests, JupyterLab, a Dask cluster and sending by Notify or Microsoft 365 need. Nothing is done where the
environment already holds what the lock says.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ENVIRONMENT = PROJECT / ".venv"
LOCKS = {
    "run": "requirements.lock",
    "test": "requirements-test.lock",
    "edit": "requirements-edit.lock",
    "dask": "requirements-dask.lock",
    "send": "requirements-send.lock",
}
OLDEST = (3, 11)
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
    key = _hash_lock(lock)
    if done.is_file() and done.read_text() == key:
        return 0
    if not _find_python().is_file() and not _create():
        return 4
    if not (_install_locked(lock) and _install_project()):
        return 4
    done.write_text(key)
    return 0


def _create() -> bool:
    try:
        venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt").create(ENVIRONMENT)
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
            if line.startswith(("Collecting", "Requirement already", "Ignoring")):
                packages += 1
                _show("Setting up .venv from {}: {} of {} packages".format(lock.name, packages, total))
            elif line.startswith("Installing collected"):
                _show("Setting up .venv: installing, about a minute")
    _show("")
    if pip.returncode:
        _complain("The packages could not be installed:", "\n".join(said[-15:]))
    return pip.returncode == 0


def _install_project() -> bool:
    """Let the environment find this project's package, and Jupyter its kernel, wherever it is started."""
    spec = PROJECT / "pipeline" / "run" / "kernels" / "specs" / "kernels" / "school-report"
    pip = [*_PIP, "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(PROJECT)]
    kernel = ["-m", "jupyter_client.kernelspecapp", "install", "--sys-prefix", "--log-level=ERROR", str(spec)]
    for command in (pip, kernel):
        done = subprocess.run([str(_find_python()), *command], capture_output=True, text=True)
        if done.returncode:
            _complain("The project could not be installed in .venv:", (done.stdout + done.stderr).strip()[-2000:])
            return False
    return True


def _find_python() -> Path:
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _hash_lock(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes() + str(PROJECT).encode() + sys.version.encode()).hexdigest()


def _show(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K" + text)
    elif text.endswith("minute") or " 1 of " in text:
        sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _complain(what: str, remedy: str) -> int:
    sys.stderr.write("Error: {}\n    {}\n".format(what, remedy))
    return 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
