"""One run of an edition at a time. The lock is the system's own, so that a process that died does not keep it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.paths import EditionPaths

LOCK = ".lock"
HOLDER = ".lock-holder"  # beside the lock: some systems let nobody else read a locked file


@contextmanager
def hold_edition(paths: EditionPaths) -> Iterator[None]:
    """Hold the edition's reports; raises PipelineError naming the process that does, where another one holds them."""
    from filelock import FileLock, Timeout

    name = paths.folder.name
    paths.reports.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(paths.reports / LOCK, timeout=0), paths.reports / HOLDER
    try:
        lock.acquire()
    except Timeout:
        raise PipelineError(
            f"another run of the edition {name} is under way{_name_holder(holder)}",
            remedy="Wait until it has finished, or stop it.",
        ) from None
    try:
        holder.write_text(json.dumps({"pid": os.getpid(), "host": platform.node()}), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _name_holder(holder: Path) -> str:
    try:
        said = json.loads(holder.read_text(encoding="utf-8"))
        return f": process {said['pid']} on {said['host']}"
    except (OSError, ValueError, KeyError, TypeError):  # it is being written, or was just given up
        return ""
