"""The sample edition read and studied once for the tests that ask about all of it."""

from __future__ import annotations

import pytest

from pipeline.run.preparing.study import prepare_study
from pipeline.sources.prepare import prepare_edition
from pipeline.sources.prepared import Prepared, open_prepared
from pipeline.sources.reading import PublishedFile

from .by_hand import PUBLISHED


@pytest.fixture(scope="session")
def sample(tmp_path_factory) -> Prepared:
    folder = tmp_path_factory.mktemp("sample") / "prepared"
    files = [PublishedFile(path, path.relative_to(PUBLISHED).as_posix()) for path in sorted(PUBLISHED.rglob("*.csv"))]
    prepare_edition(files, folder, year=2025)
    prepare_study(open_prepared(folder), open_prepared(folder).schools()["urn"].tolist(), 2025, "published")
    return open_prepared(folder)
