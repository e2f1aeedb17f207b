"""Measuring a command: what it and every process that came of it cost."""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import find_project
from tests.bench.results import Cost

_COMPILED_ELSEWHERE = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
LOST = 1.05  # seen by this much more than accounted for: some processes were not waited for


def measure(
    command: Sequence[str], environment: Mapping[str, str] | None = None, *, allowed: Sequence[int] = (0,)
) -> Cost:
    """Run ``command`` in the project's folder and give its cost.

    ``environment`` is added to this program's own. Raises PipelineError where the command ends with a code not
    ``allowed``, with the last of what it said, and where processes used time that nobody accounted for.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        cost, said = Path(folder, "cost.json"), Path(folder, "said.txt")
        with said.open("wb") as stream:
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.supervise", str(cost), *command],
                cwd=find_project(),
                env=_describe_environment(environment or {}),
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
        last = said.read_text(encoding="utf-8", errors="replace")[-2000:]
        if done.returncode:
            raise PipelineError("a command could not be measured", where=" ".join(command), remedy=last)
        found = Cost.model_validate_json(cost.read_text(encoding="utf-8"))
    if found.exit_code not in allowed:
        raise PipelineError(f"ended with code {found.exit_code}", where=" ".join(command), remedy=last)
    if found.seen_core_seconds > found.core_seconds * LOST + 0.5:
        raise PipelineError(
            f"processes were seen to use {found.seen_core_seconds:.1f} core-seconds, and only "
            f"{found.core_seconds:.1f} were accounted for",
            where=" ".join(command),
            remedy="A process that ignores SIGCHLD loses what its children used: let it wait for them.",
        )
    return found


def _describe_environment(own: Mapping[str, str]) -> dict[str, str]:
    """This program's environment and ``own``, but for what would keep Python from compiled modules."""
    named = {**os.environ, **own}
    return {name: value for name, value in named.items() if name not in _COMPILED_ELSEWHERE}


def compile_modules() -> None:
    """Compile the project's modules and its environment's packages where that is not done.

    A way that starts Python for every school pays several times as much where every start compiles them anew.
    """
    for folder in (find_project() / "pipeline", find_project() / "tests", Path(sysconfig.get_path("purelib"))):
        compileall.compile_dir(folder, quiet=2, workers=0)
