"""A copy of the whole project for changing it as a newcomer would, with an edition of a few schools and its verbs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.foundation.paths import find_project

#: Verbs typed one after the other in one process: what is imported for the first is there for the others.
VERBS = """
import contextlib, io, json, sys
from pipeline.cli.verbs import main
said = []
for words in json.loads(sys.argv[1]):
    sys.argv[1:], code, printed = words, 0, io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    said.append((code, printed.getvalue()))
print(json.dumps(said))
"""


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
        return self.say_each(words)[0]

    def say_each(self, *verbs: Sequence[str]) -> list[tuple[int, str]]:
        """Type several verbs while nothing is changed; the exit code of each, and all that it printed."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SCHOOL_REPORTS_")}
        environment |= {"PYTHONPATH": str(self.root), "COLUMNS": "200"}
        done = subprocess.run(
            [sys.executable, "-c", VERBS, json.dumps(verbs)],
            cwd=self.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return [(code, said) for code, said in json.loads(done.stdout.splitlines()[-1])]
