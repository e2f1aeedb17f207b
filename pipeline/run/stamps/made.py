"""What a product was made from, kept beside it: so that it is made again where that changed, and only there.

Every step of a run keeps what it makes, and such an account of it: the prepared tables, the local tables, the study of
all schools, what each report draws on, every report. Whether it still holds is asked in one way, here.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions, version
from pathlib import Path
from typing import Any

from pipeline.foundation.writing import clear_beside, replace_folder, write_json_beside

MADE = "made.json"  # the account of a report
STAMP = "stamp.json"  # that of a folder of tables
UNKNOWN = "nothing says what it was made from"

#: Packages that are imported by another name than they are installed by.
_INSTALLED_AS = {
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "PIL": "pillow",
    "vl_convert": "vl-convert-python",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
_OWN = ("key", "files")
_VERSION = re.compile(r"^Version: *(\S+)", re.MULTILINE)  # the first such line of a package's metadata is the header


@dataclass(frozen=True)
class Made:
    """A product's own account.

    ``key`` is what it depends on (part → sha256), ``files`` what it is: name → sha256, or the size in bytes where a
    file is too large to be read in every run. ``told`` is whatever else was found in the making.
    """

    key: Mapping[str, str]
    files: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)


def describe_inputs(
    *,
    values: Mapping[str, object] | None = None,
    files: Mapping[str, Mapping[str, Path]] | None = None,
    code: Mapping[str, str] | None = None,
    packages: Mapping[str, Iterable[str]] | None = None,
) -> dict[str, str]:
    """Give the key of what is made from these inputs, and from nothing else: a SHA-256 for each part.

    A part is named in the words by which a person is told that it changed. ``values`` are anything that JSON holds,
    ``files`` each part's files by name (one that is not there counts as such), ``code`` hashes of modules as Code gives
    them, ``packages`` the names by which packages are imported, of which the versions count, and Python's.
    """
    found = {part: hash_json(value) for part, value in (values or {}).items()}
    for part, places in (files or {}).items():
        found[part] = hash_json([[name, hash_if_there(path)] for name, path in sorted(places.items())])
    found |= code or {}
    for part, names in (packages or {}).items():
        versions = {name: _find_imported(name) for name in sorted(names)}
        found[part] = hash_json({**versions, "python": platform.python_version()})
    return found


def find_reason(made: Made | None, key: Mapping[str, str], folder: Path) -> str:
    """Why what lies in ``folder``, of which ``made`` is the account, is to be made again; "" where it holds."""
    if made is None:
        return UNKNOWN
    changed = name_changes(made.key, key)
    return tell_changes(changed) if changed else tell_damaged(find_damaged(folder, made.files))


def name_changes(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """The parts of which two keys differ, in the order of the newer key."""
    return tuple(part for part in {**now, **before} if before.get(part) != now.get(part))


def tell_changes(parts: Iterable[str]) -> str:
    """Say that these parts of a key changed."""
    return f"changed: {', '.join(parts)}"


def find_damaged(folder: Path, files: Mapping[str, str | int]) -> dict[str, str]:
    """The files in ``folder`` that are gone or are not as their maker wrote them: name → what is wrong with it.

    ``files`` are the hashes, or sizes in bytes, they had when they were made.
    """
    found = {}
    for name, known in files.items():
        path = folder / name
        if not path.is_file():
            found[name] = "is gone"
        elif known != (path.stat().st_size if isinstance(known, int) else hash_file(path)):
            found[name] = "was changed"
    return found


def tell_damaged(damaged: Mapping[str, str]) -> str:
    """Say what is wrong with files."""
    return ", ".join(f"{name} {what}" for name, what in damaged.items())


def write_made(folder: Path, made: Made, name: str = MADE) -> None:
    """Write the account ``made`` of what lies in ``folder``; the one before stands until it is whole."""
    own = {"key": dict(made.key), "files": dict(made.files)}
    write_json_beside(folder / name, {**made.told, **own})


def keep_made(
    folder: Path, key: Mapping[str, str], write: Callable[[Path], None], told: Mapping[str, Any] | None = None
) -> None:
    """Have ``write`` fill a new folder, give it its stamp, and put it in the place of ``folder``."""
    making = clear_beside(folder)
    write(making)
    write_made(making, Made(key, measure_files(making.iterdir(), making), told or {}), STAMP)
    replace_folder(making, folder)


def read_made(folder: Path, name: str = MADE) -> Made | None:
    """Read the account of what lies in ``folder``; None where there is none that can be read."""
    try:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        key, files = content["key"], content["files"]
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None
    if not isinstance(key, dict) or not isinstance(files, dict):
        return None
    return Made(key, files, {name: told for name, told in content.items() if name not in _OWN})


def measure_files(paths: Iterable[Path], folder: Path) -> dict[str, int]:
    """The sizes in bytes of the files ``paths``, by their paths below ``folder``."""
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in sorted(paths)}


def hash_file(path: Path) -> str:
    """The file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_if_there(path: Path) -> str:
    """The same; "" where there is no such file."""
    return hash_file(path) if path.is_file() else ""


def hash_json(content: object) -> str:
    """The SHA-256 of ``content`` as JSON, in hexadecimal digits; names count in the order in which they stand."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def hash_key(key: Mapping[str, str]) -> str:
    """One SHA-256 of a whole key, for the key of what rests on its product."""
    return hash_json(sorted(key.items()))


def hash_folder(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file below ``folder`` by its path there; none where there is no such folder."""
    return {
        path.relative_to(folder).as_posix(): hash_file(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }


def find_version(package: str) -> str:
    """The version of an installed package; "" where it is not installed."""
    return _look_up_version(re.sub(r"[-_.]+", "-", package).lower())


@cache
def _look_up_version(package: str) -> str:
    """Its metadata is read once, however it is spelt, and no further than the version stands: a manifest asks of every
    package, and reading one's whole description takes milliseconds."""
    try:
        told = distribution(package).read_text("METADATA") or ""
        found = _VERSION.search(told)
        return found[1] if found else version(package)
    except PackageNotFoundError:
        return ""


@cache
def _find_imported(package: str) -> str:
    """The version of what is imported by the name ``package``."""
    return find_version(_INSTALLED_AS.get(package, package)) or ", ".join(
        f"{name} {version(name)}" for name in sorted(set(_list_distributions().get(package, ())))
    )


@cache
def _list_distributions() -> Mapping[str, list[str]]:
    """Which installed packages bring what can be imported: asked for a name of neither kind, it takes a while."""
    return packages_distributions()
