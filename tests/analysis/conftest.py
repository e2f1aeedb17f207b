"""The sample edition read and studied once for the tests that ask about all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.run.preparing.study import prepare_study
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import Prepared, open_prepared
from pipeline.sources.reading import PublishedFile

from .by_hand import PUBLISHED


@pytest.fixture(scope="session")
def sample(make_once) -> Prepared:
    files = [PublishedFile(path, path.relative_to(PUBLISHED).as_posix()) for path in sorted(PUBLISHED.rglob("*.csv"))]

    def fill(folder: Path) -> None:
        prepare_edition(files, folder / "prepared", year=2025)
        tables = open_prepared(folder / "prepared")
        prepare_study(tables.folder, tables.schools()["urn"].tolist(), 2025, "published")

    return open_prepared(make_once("studied-sample", fill) / "prepared")
