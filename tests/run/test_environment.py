"""The environment heals: half made, robbed of a package or of pip, the next command mends it or says what to do.

Real environments and the real pip, with packages of our own from a folder; only the project itself is not installed.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement

from pipeline.foundation import environment
from pipeline.foundation.paths import find_project
from pipeline.run.desk.doctor import MODULES, _examine_imports

pytestmark = pytest.mark.kernel  # each environment takes seconds to make

PACKAGES = ("alder", "beech")


def write_wheel(folder, name):
    """A package of one module as pip takes it."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}/__init__.py": b"LEAVES = 'green'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = []
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(content)}")
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""]).encode()
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def work_on(monkeypatch, folder):
    """Let the project be the one in ``folder``; packages come from its folder of wheels alone."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder / "wheels"))
    monkeypatch.setattr(environment, "PROJECT", folder)
    monkeypatch.setattr(environment, "ENVIRONMENT", folder / ".venv")
    monkeypatch.setattr(environment, "_install_project", lambda: True)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project with a lock of two packages, and its environment made: each test is given it as it was."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "wheels").mkdir()
    lock = "".join(write_wheel(folder / "wheels", name) for name in PACKAGES)
    (folder / "requirements.lock").write_text(lock)
    with pytest.MonkeyPatch.context() as here:
        work_on(here, folder)
        assert environment.main("run") == 0
    shutil.copytree(folder / ".venv", folder / "as it was", symlinks=True)
    return folder


@pytest.fixture
def project(made, monkeypatch):
    shutil.rmtree(made / ".venv", ignore_errors=True)
    shutil.copytree(made / "as it was", made / ".venv", symlinks=True)  # in its own place: an environment knows it
    work_on(monkeypatch, made)
    yield environment._find_packages()
    if (made / ".venv").is_file():
        (made / ".venv").unlink()


def is_whole(packages):
    return all((packages / name / "__init__.py").is_file() for name in PACKAGES) and environment._runs_pip()


def test_a_whole_environment_is_left_alone(project, monkeypatch):
    monkeypatch.setattr(environment.subprocess, "Popen", None)
    monkeypatch.setattr(environment.subprocess, "run", None)
    assert environment.main("run") == 0


def test_what_was_taken_out_of_it_comes_back_and_a_log_shows_how_far_it_is(project, capsys):
    shutil.rmtree(project / "alder")
    shutil.rmtree(project / "beech-1.0.dist-info")
    assert environment.main("run") == 0 and is_whole(project)
    said = capsys.readouterr().err
    assert [part in said for part in ("1 of 2 packages\n", "2 of 2 packages\n")] == [True, True]
    (project / "beech" / "__init__.py").unlink()
    (project / "beech-1.0.dist-info" / "RECORD").unlink()  # cut off while it was being installed
    (environment.ENVIRONMENT / "requirements.lock.done").unlink()
    assert environment.main("run") == 0 and is_whole(project)


def test_an_environment_whose_pip_or_python_is_gone_is_made_anew(project, capsys):
    for part in project.glob("pip*"):
        shutil.rmtree(part)
    assert not environment._runs_pip()
    for python in environment._find_python().parent.glob("python*"):
        python.unlink()
        python.symlink_to("/nowhere/python")
    assert not environment._runs_pip()
    assert environment.main("run") == 0 and is_whole(environment._find_packages())
    assert "does not work, and is made anew" in capsys.readouterr().err


def test_what_was_not_made_here_is_not_removed(project, capsys):
    shutil.rmtree(environment.ENVIRONMENT)
    environment.ENVIRONMENT.write_text("notes", encoding="utf-8")
    assert environment.main("run") == 4
    environment.ENVIRONMENT.unlink()
    environment.ENVIRONMENT.mkdir()
    (environment.ENVIRONMENT / "notes.txt").write_text("mine", encoding="utf-8")
    assert environment.main("run") == 4
    assert (environment.ENVIRONMENT / "notes.txt").is_file()
    said = capsys.readouterr().err
    assert "A file stands where the environment .venv belongs." in said and "Remove it, then try again." in said


def test_the_project_is_installed_once_for_all_purposes_and_again_once_it_changed(tmp_path, monkeypatch):
    """What pip and Jupyter would leave is laid by a stand-in: building the project takes its own build tools."""
    spec = tmp_path / "pipeline" / "run" / "kernels" / "specs" / "kernels" / "school-report"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text("{}")
    (tmp_path / "pyproject.toml").write_text("[project]")
    told = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages" / "school_standing-1.0.dist-info" / "RECORD"
    kernel = tmp_path / ".venv" / "share" / "jupyter" / "kernels" / "school-report" / "kernel.json"
    environment_python = tmp_path / ".venv" / "bin" / "python"
    environment_python.parent.mkdir(parents=True)
    environment_python.symlink_to(sys.executable)
    ran = []

    def lay(command, **_):
        ran.append(command[2])
        for path in (told, kernel):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(environment, "PROJECT", tmp_path)
    monkeypatch.setattr(environment, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(environment.subprocess, "run", lay)

    def count():
        ran.clear()
        assert environment._install_project()
        return len(ran)

    assert [count(), count()] == [2, 0]
    kernel.unlink()
    assert [count(), count()] == [2, 0]
    shutil.rmtree(told.parent)
    assert [count(), count()] == [2, 0]
    (spec / "kernel.json").write_text('{"argv": []}')
    assert [count(), count()] == [2, 0]
    (tmp_path / "pyproject.toml").write_text("[project]\nversion = '2'")
    assert [count(), count()] == [2, 0]


def test_the_doctor_imports_every_package_the_project_names(monkeypatch):
    named = tomllib.loads((find_project() / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    wanted = {Requirement(line).name.lower().replace("_", "-") for line in named}
    by_module = packages_distributions()
    found = {name.lower().replace("_", "-") for module in MODULES for name in by_module.get(module, ())}
    assert wanted <= found
    assert _examine_imports().well
    monkeypatch.setattr("pipeline.run.desk.doctor.MODULES", ("json", "no_such_package"))
    diagnosis = _examine_imports()
    assert not diagnosis.well and "no_such_package (ModuleNotFoundError" in diagnosis.found
