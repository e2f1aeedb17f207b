"""A copy of the whole project for changing it as a newcomer would, with an edition of a few schools and its verbs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from pipeline.foundation.paths import find_project

#: Verbs typed one after the other in one process: what is imported for the first is there for the others.
VERBS = """
import contextlib, io, json, sys
from pipeline.cli.verbs import main
for line in sys.stdin:
    sys.argv[1:], code, printed = json.loads(line), 0, io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    print(json.dumps((code, printed.getvalue())), flush=True)
"""


class Newcomer:
    """A copy of the project with the workspace ``made`` in it, changed as an analyst changes it, and its verbs.

    They run in one process, which begins with the first of them and ends with the block.
    """

    def __init__(self, root: Path, made: Path) -> None:
        self.root = root
        self._verbs: subprocess.Popen[str] | None = None
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

    def __enter__(self) -> Newcomer:
        return self

    def __exit__(self, *told: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._verbs is not None:
            self._verbs.communicate()

    def _begin(self) -> subprocess.Popen[str]:
        """The process of the verbs; what of the code was changed before its start is what they run."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SCHOOL_REPORTS_")}
        environment |= {"PYTHONPATH": str(self.root), "COLUMNS": "200"}
        command = [sys.executable, "-c", VERBS]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=self.root, env=environment, **pipes)

    def say(self, *words: str) -> tuple[int, str]:
        """Type a verb; give the exit code and all that was printed."""
        self._verbs = self._verbs or self._begin()
        self._verbs.stdin.write(json.dumps(words) + "\n")
        self._verbs.stdin.flush()
        said = self._verbs.stdout.readline()
        assert said, f"it ended with {self._verbs.wait()}"
        code, printed = json.loads(said)
        return code, printed
