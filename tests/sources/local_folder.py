"""An edition's local folder for tests: files by hand, and the schools they may speak of."""

from __future__ import annotations

import datetime
from pathlib import Path

from pipeline.foundation.errors import FaultyInput
from pipeline.sources.local.folder import LocalReading, read_local
from pipeline.sources.local.rows import Schools

SCHOOLS = Schools(
    own={900001: "Ash Primary School", 900002: "Béatrice O'Neil School", 900012: "Wychlade High School"},
    others={900501: "Hollin Mount School"},
)
CATEGORIES = ("Secure Plus", "Light touch support", "Focus support", "secure_plus", "light_touch", "focus")
LAST_CATEGORIES = (*CATEGORIES, "Insufficient evidence", "insufficient_evidence")
DATE = datetime.date(2025, 12, 5)


def write(folder: Path, **files: str | bytes) -> Path:
    """Write each file by its stem; the text stands below the file's own name."""
    local = folder / "local"
    local.mkdir(exist_ok=True)
    for stem, text in files.items():
        (local / f"{stem}.csv").write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return local


def read(folder: Path, schools: Schools = SCHOOLS, **files: str | bytes) -> LocalReading:
    """Read a folder of ``files`` for the edition on 2024/25 that is dated 5 December 2025."""
    return read_local(
        write(folder, **files),
        schools,
        year=2025,
        date=DATE,
        categories=CATEGORIES,
        last_categories=LAST_CATEGORIES,
    )


def list_faults(folder: Path, **files: str | bytes) -> list[str]:
    """The first lines of every fault that reading ``files`` finds."""
    try:
        read(folder, **files)
    except FaultyInput as error:
        return [str(fault).splitlines()[0] for fault in error.faults]
    return []


def list_remedies(folder: Path, **files: str | bytes) -> list[str]:
    """The second lines: what to do next."""
    try:
        read(folder, **files)
    except FaultyInput as error:
        return [fault.remedy for fault in error.faults]
    return []
