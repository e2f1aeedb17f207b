"""What a finished report was made from, kept beside it: ``made.json``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.foundation.writing import write_beside

MADE = "made.json"


@dataclass(frozen=True)
class Made:
    """A report's own account: ``key`` is what it depends on (part → sha256), ``files`` what it is (name → sha256)."""

    key: Mapping[str, str]
    files: Mapping[str, str]


def hash_file(path: Path) -> str:
    """The file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_json(content: object) -> str:
    """The SHA-256 of ``content`` as JSON, in hexadecimal digits; names count in the order in which they stand."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def hash_folder(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file below ``folder`` by its path there; none where there is no such folder."""
    return {
        path.relative_to(folder).as_posix(): hash_file(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }


def find_damaged(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    """The files in ``folder`` that are gone or hold other bytes than their maker wrote: name → what is wrong with it.

    ``files`` are the hashes they had when they were made.
    """
    found = {}
    for name, digest in files.items():
        path = folder / name
        if not path.is_file():
            found[name] = "is gone"
        elif hash_file(path) != digest:
            found[name] = "was changed"
    return found


def write_made(folder: Path, made: Made) -> None:
    """Write the account of the report in ``folder``."""
    content = {"key": dict(sorted(made.key.items())), "files": dict(sorted(made.files.items()))}
    write_beside(folder / MADE, json.dumps(content, indent=1) + "\n")


def read_made(folder: Path) -> Made | None:
    """Read the account of the report in ``folder``; None where there is none that can be read."""
    try:
        content = json.loads((folder / MADE).read_text(encoding="utf-8"))
        return Made(content["key"], content["files"])
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None
