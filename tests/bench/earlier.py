"""An earlier version of this project, measured beside the present one: what was there before is the fairest yardstick.

It reads an invented country of its own format, with as many schools, and makes the smaller report that it made.
"""

from __future__ import annotations

import compileall
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.foundation.paths import find_project
from tests.bench.accounting import measure
from tests.bench.results import Cost

COMMIT = "d23e064"  # before direct kernels, and before reports of four pages
_SUBJECT = """
import json, sys
from pathlib import Path
from pipeline.paths import Workspace
from tests.bench.country import write_country
from tests.bench.ways import find_subject
home, reported, country, years = Path(sys.argv[1]), *map(int, sys.argv[2:])
name = write_country(home, reported=reported, country=country, years=years)
print(json.dumps([name, find_subject(Workspace(home), name).urns]))
"""


class Earlier:
    """The version at COMMIT in ``project``, and its invented edition in ``home``."""

    def __init__(self, project: Path, home: Path, reported: int, country: int, years: int) -> None:
        self._project, self._home = project, home
        asked = [sys.executable, "-c", _SUBJECT, str(home), str(reported), str(country), str(years)]
        done = subprocess.run(asked, cwd=project, capture_output=True, text=True, check=True)
        self._edition, self._urns = json.loads(done.stdout.splitlines()[-1])

    def report(self, schools: int, environment: dict[str, str]) -> Cost:
        """What reports of so many schools cost, evenly from all, in a run of their own."""
        step = len(self._urns) / schools
        urns = [self._urns[int(number * step)] for number in range(schools)]
        told = [word for urn in urns for word in ("--urn", str(urn))]
        command = [sys.executable, "-m", "pipeline", "reports", self._edition, "--again", *told]
        home = {"SCHOOL_REPORTS_HOME": str(self._home)}
        return measure(["env", "-C", str(self._project), *command], {**environment, **home})


@contextmanager
def open_earlier(home: Path, sizes: Sequence[int], country: int, years: int) -> Iterator[Earlier | None]:
    """The earlier version, for runs of up to the last of ``sizes`` schools; None where its code cannot be had here."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        packed, project = Path(folder, "code.tar"), Path(folder, "code")
        if not pack_commit(COMMIT, packed):
            yield None
            return
        with tarfile.open(packed) as code:
            code.extractall(project, filter="data")
        compileall.compile_dir(project, quiet=2, workers=0)  # or its first run would pay for it
        yield Earlier(project, home / "earlier", 2 * sizes[-1], country, years)


def pack_commit(commit: str, packed: Path) -> bool:
    """Write the files of a commit to ``packed``; False where git, the history or the commit is not here."""
    command = ["git", "-C", str(find_project()), "archive", "--format=tar", f"--output={packed}", commit]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False
