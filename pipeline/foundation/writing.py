"""Files and folders put in place whole, so that a reader never meets a half-written one; tables in Markdown."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

#: What a folder is called while the one that follows it takes its place: a run that is cut off leaves it behind.
SET_ASIDE = ".old-"
BESIDE = ".making-"  # how the name of a file or folder begins while it is being written


def write_beside(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 beside ``path`` and rename it into place; its folder is made where it is not there."""
    with _open_beside(path) as stream:
        stream.write(text)


def write_bytes_beside(path: Path, content: bytes) -> None:
    """Write ``content`` as ``write_beside`` writes text."""
    with _put_beside(path) as making:
        making.write_bytes(content)


def write_json_beside(path: Path, content: object) -> None:
    """Write ``content`` as JSON with its names sorted, as ``write_beside`` writes text, but piece by piece: a large
    edition's account is never whole in memory."""
    with _open_beside(path) as stream:
        json.dump(content, stream, ensure_ascii=False, indent=1, sort_keys=True)
        stream.write("\n")


@contextmanager
def _open_beside(path: Path) -> Iterator[IO[str]]:
    with _put_beside(path) as making, making.open("w", encoding="utf-8", newline="\n") as stream:
        yield stream


@contextmanager
def _put_beside(path: Path) -> Iterator[Path]:
    """What is written takes the place of ``path`` once it is whole; what goes wrong before leaves ``path`` as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f"{BESIDE}{path.name}")
    try:
        yield making
        making.replace(path)
    except BaseException:  # Ctrl-C too: left beside, it would be taken for a file of somebody's
        making.unlink(missing_ok=True)
        raise


def clear_beside(into: Path) -> Path:
    """Where the folder is written that is to take the place of ``into``; what was left there is gone."""
    making = into.with_name(f"{BESIDE}{into.name}")
    shutil.rmtree(making, ignore_errors=True)
    return making


def replace_folder(making: Path, into: Path) -> None:
    """Rename the finished folder ``making`` to ``into``; the one before is there until then.

    Raises FileExistsError where a file stands there: it is none of ours, and is left as it is.
    """
    if into.is_file():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(into))
    old = into.with_name(f"{SET_ASIDE}{into.name}")
    if old.exists():
        shutil.rmtree(old)
    if into.exists():
        into.rename(old)
    making.rename(into)
    shutil.rmtree(old, ignore_errors=True)


def format_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a Markdown table. A bar in a cell is escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
