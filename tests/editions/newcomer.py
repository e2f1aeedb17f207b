"""A copy of the whole project for changing it as a newcomer would, with an edition of a few schools and its verbs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.foundation.paths import find_project


class Newcomer:
    """A copy of the project with the workspace ``made`` in it, changed as an analyst changes it, and its verbs."""

    def __init__(self, root: Path, made: Path) -> None:
        self.root = root
        ignored = shutil.ignore_patterns(".ipynb_checkpoints")  # what is compiled is compiled once
        for name in ("pipeline", "notebooks", "expectations"):
            shutil.copytree(find_project() / name, root / name, ignore=ignored)
        shutil.copy(find_project() / "requirements.lock", root)
        shutil.copytree(made, root, dirs_exist_ok=True)
        self._known = self._list_files()

    @property
    def reports(self) -> Path:
        return self.root / "reports" / "sample"

    def _list_files(self) -> dict[str, bytes]:
        folders = (self.root / name for name in ("pipeline", "notebooks", "expectations"))
        paths = [path for folder in folders for path in folder.rglob("*") if "__pycache__" not in path.parts]
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths if path.is_file()}

    def list_changed(self) -> set[str]:
        """The files of the project that are new or were changed."""
        return {name for name, content in self._list_files().items() if self._known.get(name) != content}

    def say(self, *words: str) -> tuple[int, str]:
        """Type a verb; give the exit code and all that was printed."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SCHOOL_REPORTS_")}
        environment |= {"PYTHONPATH": str(self.root), "COLUMNS": "200"}
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", *words],
            cwd=self.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout + done.stderr
