"""One run of an edition at a time. The lock is the system's own, so that a process that died does not keep it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.foundation.errors import PipelineError
from pipeline.foundation.paths import EditionPaths, Workspace

LOCK = ".lock"
HOLDER = ".lock-holder"  # beside the lock: some systems let nobody else read a locked file
_HELD: set[tuple[int, Path]] = set()  # by this process, whose number a forked one has not


@contextmanager
def hold_edition(paths: EditionPaths) -> Iterator[None]:
    """Hold the edition's reports; raises PipelineError naming the process that does, where another one holds them.

    A process that holds them already goes on holding them: whatever writes in an edition may hold it by itself.
    """
    holding = (os.getpid(), paths.reports)
    if holding in _HELD:
        yield
        return
    with hold_folder(paths.reports, f"another run of the edition {paths.folder.name} is under way"):
        _HELD.add(holding)
        try:
            yield
        finally:
            _HELD.discard(holding)


@contextmanager
def hold_edition_named(workspace: Workspace, name: str) -> Iterator[None]:
    """Hold the edition ``name``, for what reads its reports and writes beside them; raises PipelineError as
    ``load_edition`` and ``hold_edition`` do."""
    from pipeline.edition.editions import load_edition

    with hold_edition(load_edition(workspace, name).paths):
        yield


@contextmanager
def hold_folder(folder: Path, taken: str, remedy: str = "Wait until it has finished, or stop it.") -> Iterator[None]:
    """Hold ``folder``, which is made where it is not there.

    Raises PipelineError saying ``taken`` and naming the process that holds it, where another one does; with ``remedy``.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(folder / LOCK, timeout=0), folder / HOLDER
    try:
        lock.acquire()
    except Timeout:
        raise PipelineError(
            f"{taken}{_name_holder(holder)}",
            remedy=remedy,
        ) from None
    try:
        holder.write_text(json.dumps({"pid": os.getpid(), "host": platform.node()}), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def is_held(folder: Path) -> bool:
    """Whether a process holds ``folder`` at this moment."""
    from filelock import FileLock, Timeout

    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True


def _name_holder(holder: Path) -> str:
    try:
        said = json.loads(holder.read_text(encoding="utf-8"))
        return f": process {said['pid']} on {said['host']}"
    except (OSError, ValueError, KeyError, TypeError):  # it is being written, or was just given up
        return ""
