"""The shipped sample editions as rows of text, read without the project's own readers."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

EDITIONS = Path(__file__).resolve().parents[2] / "data" / "editions"


def read_rows(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    text = io.StringIO(path.read_bytes().decode(encoding), newline="")
    return [{key: cell or "" for key, cell in row.items() if key} for row in csv.DictReader(text)]


@pytest.fixture(scope="session")
def county() -> Path:
    return EDITIONS / "sample" / "published"


@pytest.fixture(scope="session")
def ks2(county: Path) -> list[dict[str, str]]:
    return read_rows(county / "2024-2025" / "england_ks2final.csv")


@pytest.fixture(scope="session")
def ks4(county: Path) -> list[dict[str, str]]:
    return read_rows(county / "2024-2025" / "england_ks4final.csv")
