"""Faults of the machine rather than of the product: no room, no right to write, something in the way, no memory.

They are a person's to mend, so they are told without a traceback, wherever they were met.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from pipeline.foundation.errors import MissingTool, PipelineError
from pipeline.foundation.writing import BESIDE

_AGAIN = "then run the same command again: what was made is kept."
_ROOM = f"Free some space (`python -m pipeline doctor` says how much there is), {_AGAIN}"
_RIGHT = f"Let your user write there and close any program that holds it, {_AGAIN}"
#: What went wrong and what to do, by the system's own number for it.
_EXPLAINED = {
    errno.ENOSPC: ("the disk is full", _ROOM),
    errno.EDQUOT: ("the room allowed to your user is used up", _ROOM),
    errno.EFBIG: ("the file is larger than your user or the disk allows", _ROOM),
    errno.EROFS: ("the disk can only be read", f"Make it writable, or set SCHOOL_REPORTS_HOME elsewhere, {_AGAIN}"),
    errno.EACCES: ("it may not be opened or written", _RIGHT),
    errno.EPERM: ("it may not be changed", _RIGHT),
    errno.EBUSY: ("another program holds it", f"Close that program, {_AGAIN}"),
    errno.ETXTBSY: ("another program holds it", f"Close that program, {_AGAIN}"),
    errno.ENOTDIR: ("a file stands where a folder belongs", f"Move the file away, {_AGAIN}"),
    errno.EEXIST: ("a file stands where a folder belongs", f"Move the file away, {_AGAIN}"),
    errno.EISDIR: ("a folder stands where a file belongs", f"Move the folder away, {_AGAIN}"),
    errno.EIO: ("the disk does not answer", f"Have the disk looked at, {_AGAIN}"),
    errno.EMFILE: ("too many files are open", f"Raise the limit (`ulimit -n`) or make fewer at a time, {_AGAIN}"),
    errno.ENFILE: ("too many files are open on this machine", f"Close other programs, {_AGAIN}"),
    errno.ENOMEM: ("memory ran out", f"Close other programs or make fewer at a time (`--workers 1`), {_AGAIN}"),
    errno.EAGAIN: ("no more processes can be started", f"Close other programs or raise the limit, {_AGAIN}"),
}
#: Those of them that whoever writes next will meet too.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
#: Bytes of address space that a run takes at the least.
LEAST_MEMORY = 3 * 2**29
_NO_PACKAGE = "Run `make setup` (with conda: `conda env update -f environment.yml`), then the same command again."


def explain_machine_fault(error: BaseException, root: Path | None = None) -> PipelineError | None:
    """What ``error`` means for a user where it is the machine's fault or a package is missing; None where it is a bug.

    Paths are named as they stand below ``root`` or the working folder.
    """
    if isinstance(error, PipelineError):
        return None
    if isinstance(error, ImportError):
        return _explain_import(error)
    number = errno.ENOMEM if isinstance(error, MemoryError) else getattr(error, "errno", None)
    if not isinstance(error, OSError | MemoryError) or number not in _EXPLAINED:
        return None
    named = getattr(error, "filename", None)
    if number == errno.EEXIST and not Path(named or ".").is_file():
        return None  # somebody else made the folder in between: no file is in the way
    what, remedy = _EXPLAINED[number]
    place = Path(os.fsdecode(named)) if isinstance(named, str | bytes | os.PathLike) else None
    if place is not None and number in (errno.ENOTDIR, errno.EEXIST):
        place = next((part for part in (place, *place.parents) if part.is_file()), place)
    if place is not None and place.name.startswith(BESIDE):
        put = getattr(error, "filename2", None)  # where it should have been put; else its folder is in the way
        place = Path(os.fsdecode(put)) if put else place.parent
    return PipelineError(what, where=_shorten(place, root) if place is not None else "", remedy=remedy)


def refuse_too_little_memory() -> None:
    """Raise PipelineError where this process may not have the memory that a run takes.

    Libraries of numbers reserve memory when they are loaded and, where they get none, some try again for ever.
    """
    try:
        import resource
    except ImportError:  # Windows knows no such limit
        return
    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    if allowed != resource.RLIM_INFINITY and allowed < LEAST_MEMORY:
        raise PipelineError(
            f"a process may take {allowed // 2**20:,} MiB of memory here; {LEAST_MEMORY // 2**20:,} are needed",
            remedy="Raise the limit (`ulimit -v`), or ask whoever looks after this machine.",
        )


def _explain_import(error: ImportError) -> MissingTool | None:
    """A name that a package does not have is a bug of ours; a module or library that is not there is not."""
    package = (error.name or "").partition(".")[0]
    if package in ("", "pipeline") or str(error).startswith("cannot import name"):
        return None
    return MissingTool(f"the package {package} is not installed, or not whole", remedy=_NO_PACKAGE)


def _shorten(path: Path, root: Path | None) -> str:
    """A path as a person knows it: below the workspace, else below the working folder, else its last two parts."""
    for base in (root, Path.cwd()):
        if base is not None and path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return "/".join(path.parts[-2:]) if len(path.parts) > 2 else str(path)
